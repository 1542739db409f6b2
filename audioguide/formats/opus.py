"""Opus in Ogg: parts are coded by fresh encoders, and their packets laid on pages here.

Opus has one rate, 48 kHz. Under 64 kbit/s it codes speech in another way, which starts badly, and every part is a start.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, ClassVar

from audioguide.audio import ffmpeg_build
from audioguide.errors import AudioError
from audioguide.formats import Contents, EncodedPart, Encoding, PartSound, Tags, ogg, refuse_others, refuse_silence
from audioguide.formats.coder import Coded, Packets, code_parts, measured
from audioguide.formats.vorbis import comment_block, picture_block

_RATE_HZ = 48_000
_QUANTUM = 960
_PACKETS = Packets(_QUANTUM, lead=4, tail=2)
_PRE_SKIP = 312
"""Samples of the encoder's own delay, which players leave out."""
_KBPS = (64, 80, 96, 112, 128, 144, 160, 192, 224, 256, 320)
_MAX_KBPS = 256
"""Of each channel."""
_SILENCE = {1: bytes.fromhex("f8fffe"), 2: bytes.fromhex("fcfffe")}
"""A packet in which what sounded before rings out: 20 ms of nothing, mono and stereo."""
_A_SECOND = 50
_MOST_LENGTHS = 240
"""Of the 255 that a page can tell, so that one more packet always fits."""
_BITEXACT = ("-flags", "+bitexact", "-fflags", "+bitexact")


class Opus:
    """Opus at a variable bitrate, with Vorbis comments."""

    name: ClassVar[str] = "opus"
    suffix: ClassVar[str] = ".opus"
    media_type: ClassVar[str] = "audio/ogg"
    ceiling_dbtp: ClassVar[float] = -3.0
    loss_db: ClassVar[float] = 0.0
    lead_quanta: ClassVar[int] = 16
    """Under music: packets are told as differences from those before."""
    tail_quanta: ClassVar[int] = 2
    own_rate_hz: ClassVar[int | None] = _RATE_HZ
    usual_kbps: ClassVar[tuple[int, int]] = (64, 96)

    def quantum(self, rate_hz: int) -> int:
        """960 samples. Raises AudioError for any rate but 48 kHz."""
        refuse_others("Opus", Encoding(rate_hz, channels=1, bitrate_kbps=0), rates_hz=[_RATE_HZ])
        return _QUANTUM

    def fingerprint(self, encoding: Encoding) -> str:
        """The ffmpeg build and every setting that decides the bytes. Raises AudioError."""
        _check(encoding)
        settings = f"{encoding.channels} ch, {encoding.bitrate_kbps} kbit/s"
        return f"opus: {settings}, {_PACKETS}, {self.lead_quanta} under music, {ffmpeg_build()}"

    def encode(self, parts: Sequence[PartSound], encoding: Encoding) -> list[EncodedPart]:
        """Encode parts, in order, and measure them decoded. Raises AudioError."""
        _check(encoding)
        codec = ["-c:a", "libopus", "-b:a", f"{encoding.bitrate_kbps}k", *_BITEXACT, "-f", "ogg"]
        return [_own(coded) for coded in code_parts(parts, encoding, _PACKETS, codec)]

    def mux(self, file: IO[bytes], parts: Iterable[bytes], contents: Contents, *, scratch: Path) -> None:  # noqa: ARG002 - needs none
        """Write the Ogg file. Raises AudioError for tags that cannot be written, and where there is no sound."""
        encoding = contents.encoding
        _check(encoding)
        refuse_silence(contents.total_frames)
        writer = ogg.OggWriter(file)
        writer.header(_opus_head(encoding.channels))
        writer.header(b"OpusTags" + _comments(contents.tags))
        packets = chain.from_iterable(map(_unframed, parts))
        end = _PRE_SKIP + contents.total_frames
        for count, page in _pages(chain(packets, [_SILENCE[encoding.channels]])):
            granule = count * _QUANTUM
            writer.sound(page, min(granule, end), last=granule >= end)


def _check(encoding: Encoding) -> None:
    """What Opus has, as far as parts of it can be joined. Raises AudioError."""
    offered = [kbps for kbps in _KBPS if kbps <= _MAX_KBPS * encoding.channels]
    refuse_others("Opus", encoding, rates_hz=[_RATE_HZ], bitrates_kbps=offered)


def _own(coded: Coded) -> EncodedPart:
    """The part's own packets, measured."""
    head, _, *packets = ogg.read_packets(coded.raw) or [b"", b""]
    if head != _opus_head(coded.clip.channels):
        raise AudioError("ffmpeg's Opus encoder has another delay than expected", hint="use the ffmpeg of its wheel")
    own, clip = coded.cut(packets, quantum=_QUANTUM)
    return measured(_framed(own), clip, quantum=_QUANTUM)


def _framed(packets: Sequence[bytes]) -> bytes:
    """Packets as the store keeps them: each after its length in two bytes."""
    return b"".join(len(packet).to_bytes(2, "big") + packet for packet in packets)


def _unframed(data: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(data):
        start = position + 2
        position = start + int.from_bytes(data[position:start], "big")
        yield data[start:position]


def _pages(packets: Iterable[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """The packets of each page, a second or what fits, and how many there were up to its end."""
    page: list[bytes] = []
    lengths = 0
    count = 0
    for packet in packets:
        if page and (len(page) == _A_SECOND or lengths + ogg.lacing_count(packet) > _MOST_LENGTHS):
            yield count, page
            page, lengths = [], 0
        page.append(packet)
        lengths += ogg.lacing_count(packet)
        count += 1
    yield count, page


def _opus_head(channels: int) -> bytes:
    """Version 1, channels, delay, the rate of what went in, no gain, mono or stereo."""
    return b"OpusHead" + struct.pack("<BBHIhB", 1, channels, _PRE_SKIP, _RATE_HZ, 0, 0)


def _comments(tags: Tags) -> bytes:
    if tags.cover is None:
        return comment_block(tags)
    picture = base64.b64encode(picture_block(tags.cover)).decode("ascii")
    return comment_block(tags, ("METADATA_BLOCK_PICTURE", picture))
