"""WAV: the samples as they are, after tags and chapters; RF64 where the file outgrows 32 bits."""

from __future__ import annotations

import struct
from typing import ClassVar

from audioguide.audio import frames_of
from audioguide.formats import ChapterMark, Encoding, Tags, id3, refuse_silence
from audioguide.formats.pcm import BITS, PcmParts, check
from audioguide.formats.plain import plain_text

_PCM = 1
_LARGEST_RIFF = 0xFFFFFFFE
_IN_DS64 = 0xFFFFFFFF
"""A size that 32 bits cannot tell is written so, and stands in the `ds64` chunk."""
_DS64_BYTES = 28


class Wav(PcmParts):
    """PCM in a RIFF file: LIST INFO, cue points with labels, and an ID3 tag, which more programs read."""

    name: ClassVar[str] = "wav"
    suffix: ClassVar[str] = ".wav"
    media_type: ClassVar[str] = "audio/wav"

    def prologue(self, tags: Tags, *, total_frames: int, data_bytes: int, encoding: Encoding) -> bytes:
        """Everything but the samples. Raises AudioError for tags that cannot be written, and where there is no sound."""
        check(encoding)
        refuse_silence(total_frames)
        chunks = _chunk(b"fmt ", _fmt(encoding)) + _info(tags) + _cues(tags.chapters, encoding.rate_hz)
        chunks += _chunk(b"id3 ", id3.write_tag(tags, kind="a WAV"))
        whole = len(b"WAVE") + len(chunks) + 8 + data_bytes
        if whole <= _LARGEST_RIFF:
            return b"RIFF" + struct.pack("<I", whole) + b"WAVE" + chunks + b"data" + struct.pack("<I", data_bytes)
        sizes = struct.pack("<QQQI", whole + 8 + _DS64_BYTES, data_bytes, total_frames, 0)
        head = b"RF64" + struct.pack("<I", _IN_DS64) + b"WAVE" + _chunk(b"ds64", sizes)
        return head + chunks + b"data" + struct.pack("<I", _IN_DS64)

    def epilogue(self, encoding: Encoding) -> bytes:
        """Nothing."""
        check(encoding)
        return b""


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def _fmt(encoding: Encoding) -> bytes:
    frame_bytes = encoding.channels * BITS // 8
    rate_hz = encoding.rate_hz
    return struct.pack("<HHIIHH", _PCM, encoding.channels, rate_hz, rate_hz * frame_bytes, frame_bytes, BITS)


def _info(tags: Tags) -> bytes:
    texts = {
        b"INAM": tags.title,
        b"IART": tags.artist,
        b"IPRD": tags.album,
        b"ICRD": tags.date[:10],
        b"ILNG": tags.language,
        b"ICMT": tags.comment,
        b"IPRT": "" if tags.track is None else str(tags.track),
        b"IGNR": tags.genre,
    }
    return _chunk(b"LIST", b"INFO" + b"".join(_chunk(name, _zero_ended(text)) for name, text in texts.items() if text))


def _cues(chapters: tuple[ChapterMark, ...], rate_hz: int) -> bytes:
    """A cue point at each chapter's first sample, and its title as the label.

    Counted from 0 as ffmpeg counts the ID3 tag's chapters: it reads both, and takes equal numbers for the same chapter.
    """
    if not chapters:
        return b""
    points = struct.pack("<I", len(chapters))
    labels = b"adtl"
    for number, mark in enumerate(chapters):
        sample = frames_of(mark.start_ms, rate_hz)
        points += struct.pack("<II4sIII", number, sample, b"data", 0, 0, sample)
        labels += _chunk(b"labl", struct.pack("<I", number) + _zero_ended(mark.title))
    return _chunk(b"cue ", points) + _chunk(b"LIST", labels)


def _zero_ended(text: str) -> bytes:
    return plain_text(text).encode() + b"\0"
