"""FLAC: all parts through one encoder, since its frames are numbered and a file carries a checksum of all samples.

libFLAC takes five seconds for an hour. Its own tags are replaced by ours.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, ClassVar

import numpy as np

from audioguide.errors import AudioError
from audioguide.formats import Contents, Tags, refuse_silence
from audioguide.formats.pcm import BITS, PcmParts, check
from audioguide.formats.vorbis import comment_block, picture_block

_STREAM_INFO, _COMMENTS, _PICTURE = 0, 4, 6
_LAST = 0x80
_MAX_BLOCK_BYTES = (1 << 24) - 1


class Flac(PcmParts):
    """FLAC at 16 bits, with Vorbis comments."""

    name: ClassVar[str] = "flac"
    suffix: ClassVar[str] = ".flac"
    media_type: ClassVar[str] = "audio/flac"

    def mux(self, file: IO[bytes], parts: Iterable[bytes], contents: Contents, *, scratch: Path) -> None:
        """Tags, then the frames of all parts. Raises AudioError for tags that cannot be written, and without sound."""
        import soundfile

        encoding = contents.encoding
        check(encoding)
        refuse_silence(contents.total_frames)
        blocks = _blocks(contents.tags)
        with tempfile.TemporaryFile(dir=scratch) as coded:
            # By its number: by the file object it would call back, where no signal may raise.
            form = {"subtype": f"PCM_{BITS}", "format": "FLAC", "closefd": False}
            with soundfile.SoundFile(coded.fileno(), "w", encoding.rate_hz, encoding.channels, **form) as encoder:
                for pcm in parts:
                    encoder.write(np.frombuffer(pcm, "<i2").reshape(-1, encoding.channels))
            stream_info = _stream_info(coded)
            file.write(b"fLaC" + _joined([(_STREAM_INFO, stream_info), *blocks]))
            shutil.copyfileobj(coded, file, 1 << 20)


def _blocks(tags: Tags) -> list[tuple[int, bytes]]:
    """Comments and cover. Raises AudioError for what is too large."""
    blocks = [(_COMMENTS, comment_block(tags))]
    if tags.cover is not None:
        blocks.append((_PICTURE, picture_block(tags.cover)))
    if max(len(data) for _, data in blocks) > _MAX_BLOCK_BYTES:
        raise AudioError("a FLAC file holds a cover of up to 16 MiB", hint="use a smaller picture")
    return blocks


def _joined(blocks: list[tuple[int, bytes]]) -> bytes:
    kinds = [kind | (_LAST if kind == blocks[-1][0] else 0) for kind, _ in blocks]
    return b"".join(
        bytes([kind]) + len(data).to_bytes(3, "big") + data for kind, (_, data) in zip(kinds, blocks, strict=True)
    )


def _stream_info(coded: IO[bytes]) -> bytes:
    """The encoder's own first block; the file stands at its first frame then."""
    coded.seek(len(b"fLaC"))
    found = b""
    kind = 0
    while not kind & _LAST:
        kind, *size = coded.read(4)
        data = coded.read(int.from_bytes(bytes(size), "big"))
        found = found or data
    return found
