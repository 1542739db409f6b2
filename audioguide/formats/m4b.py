"""M4B: AAC in an MP4 file. Parts are coded by fresh encoders and joined as ADTS; ffmpeg writes the container.

ffmpeg's fast search for scale factors, not its default: that one starts badly, and every part is a start.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, ClassVar

from audioguide.audio import ffmpeg_build, run_ffmpeg
from audioguide.errors import AudioError
from audioguide.files import scratch_folder
from audioguide.formats import Contents, EncodedPart, Encoding, PartSound, Tags, adts, refuse_others, refuse_silence
from audioguide.formats.coder import Coded, Packets, code_parts, measured
from audioguide.formats.languages import iso_639_2
from audioguide.formats.plain import plain_text
from audioguide.script.values import MAX_CHAPTERS

_MAX_TITLE_BYTES = 255
_QUANTUM = 1024
_PACKETS = Packets(_QUANTUM, lead=4, tail=2)
_PRIMING = 1024
"""Samples by which the decoded sound comes late."""
_RATES_HZ = (24_000, 44_100, 48_000)
_KBPS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 192, 224, 256, 320)
_MAX_PACKET_BITS = 6144
"""Of each channel."""
_BITEXACT = ("-flags", "+bitexact", "-fflags", "+bitexact")
_AUDIOBOOK = "2"
_PICTURES = {"image/jpeg": "jpeg_pipe", "image/png": "png_pipe"}
_TIMEOUT_S = 3600.0


class M4b:
    """AAC-LC in MP4, with both kinds of chapters: Nero's list and a text track."""

    name: ClassVar[str] = "m4b"
    suffix: ClassVar[str] = ".m4b"
    media_type: ClassVar[str] = "audio/mp4"
    ceiling_dbtp: ClassVar[float] = -3.0
    loss_db: ClassVar[float] = 0.05
    lead_quanta: ClassVar[int] = 64
    """Under music: after a second and a half the encoder spends as many bits as if it had never started."""
    tail_quanta: ClassVar[int] = 2
    own_rate_hz: ClassVar[int | None] = None
    usual_kbps: ClassVar[tuple[int, int]] = (64, 96)

    def quantum(self, rate_hz: int) -> int:
        """1024 samples. Raises AudioError for a rate that is not offered."""
        refuse_others("AAC", Encoding(rate_hz, channels=1, bitrate_kbps=0), rates_hz=_RATES_HZ)
        return _QUANTUM

    def fingerprint(self, encoding: Encoding) -> str:
        """The ffmpeg build and every setting that decides the bytes. Raises AudioError."""
        _check(encoding)
        settings = f"{encoding.rate_hz} Hz, {encoding.channels} ch, {encoding.bitrate_kbps} kbit/s"
        return f"aac: {settings}, fast, {_PACKETS}, {self.lead_quanta} under music, {ffmpeg_build()}"

    def encode(self, parts: Sequence[PartSound], encoding: Encoding) -> list[EncodedPart]:
        """Encode parts, in order, and measure them decoded. Raises AudioError."""
        _check(encoding)
        codec = ["-c:a", "aac", "-aac_coder", "fast", "-b:a", f"{encoding.bitrate_kbps}k", *_BITEXACT, "-f", "adts"]
        return [_own(coded) for coded in code_parts(parts, encoding, _PACKETS, codec)]

    def mux(self, file: IO[bytes], parts: Iterable[bytes], contents: Contents, *, scratch: Path) -> None:
        """Write the MP4 file. Raises AudioError for tags that cannot be written, and where there is no sound."""
        encoding = contents.encoding
        _check(encoding)
        refuse_silence(contents.total_frames)
        metadata = _metadata(contents.tags)
        with scratch_folder(scratch) as folder:
            paths = _Paths(folder)
            with paths.sound.open("wb") as sound:
                sound.writelines(parts)
                sound.write(adts.silent_packet(encoding.rate_hz, encoding.channels))
            paths.metadata.write_text(metadata, "utf-8")
            if contents.tags.cover is not None:
                paths.cover.write_bytes(contents.tags.cover.data)
            run_ffmpeg([*_inputs(paths, contents), *_container(contents), str(paths.movie)], timeout_s=_TIMEOUT_S)
            with paths.movie.open("rb") as movie:
                shutil.copyfileobj(movie, file, 1 << 20)


def _check(encoding: Encoding) -> None:
    """What AAC has. Raises AudioError."""
    most = _MAX_PACKET_BITS * encoding.channels * encoding.rate_hz // _QUANTUM // 1000
    offered = [kbps for kbps in _KBPS if kbps <= most]
    refuse_others("AAC", encoding, rates_hz=_RATES_HZ, bitrates_kbps=offered)


def _own(coded: Coded) -> EncodedPart:
    """The part's own packets, measured."""
    packets, clip = coded.cut(adts.packets(coded.raw), quantum=_QUANTUM, delay=_PRIMING)
    return measured(b"".join(packets), clip, quantum=_QUANTUM)


# -- the container -----------------------------------------------------------------------------------------------------


class _Paths:
    """What ffmpeg reads and writes."""

    def __init__(self, folder: Path) -> None:
        self.sound, self.metadata, self.cover, self.movie = (
            folder / name for name in ("sound", "metadata", "cover", "movie")
        )


def _inputs(paths: _Paths, contents: Contents) -> list[str]:
    """The joined packets, begun so much earlier as a decoder needs to come to them; tags; the cover."""
    priming_s = _PRIMING / contents.encoding.rate_hz
    inputs = ["-itsoffset", f"-{priming_s:.9f}", "-f", "aac", "-i", str(paths.sound)]
    inputs += ["-f", "ffmetadata", "-i", str(paths.metadata)]
    if cover := contents.tags.cover:
        inputs += ["-f", _PICTURES[cover.media_type], "-i", str(paths.cover)]
    return inputs


def _container(contents: Contents) -> list[str]:
    maps = ["-map", "0:a", "-map_metadata", "1", "-map_chapters", "1", "-c", "copy"]
    if contents.tags.cover is not None:
        maps += ["-map", "2:v", "-disposition:v:0", "attached_pic"]
    if contents.tags.language:
        maps += ["-metadata:s:a:0", f"language={iso_639_2(contents.tags.language)}"]
    flags = ["-movie_timescale", str(contents.encoding.rate_hz), "-movflags", "+faststart", *_BITEXACT]
    return [*maps, *flags, "-f", "ipod"]


def _metadata(tags: Tags) -> str:
    """Tags and chapters in ffmpeg's own format. Raises AudioError for more chapters than a file holds."""
    if len(tags.chapters) > MAX_CHAPTERS:
        raise AudioError(
            f"an M4B file holds {MAX_CHAPTERS} chapters, not {len(tags.chapters)}",
            hint="join sections, or give some of them `chapter: false`",
        )
    lines = [";FFMETADATA1", *(f"{name}={_escaped(text)}" for name, text in _fields(tags) if text)]
    for mark in tags.chapters:
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={mark.start_ms}", f"END={mark.end_ms}"]
        lines.append(f"title={_escaped(_fitted(mark.title))}")
    return "\n".join([*lines, ""])


def _fitted(title: str) -> str:
    """What a chapter's title has room for: ffmpeg would cut it in the middle of a character, which readers refuse."""
    data = title.encode()
    return title if len(data) <= _MAX_TITLE_BYTES else data[: _MAX_TITLE_BYTES - 3].decode("utf-8", "ignore") + "…"


def _fields(tags: Tags) -> Iterator[tuple[str, str]]:
    yield "title", tags.title
    yield "artist", tags.artist
    yield "album_artist", tags.artist
    yield "album", tags.album
    yield "date", tags.date[:10]
    yield "track", "" if tags.track is None else str(tags.track)
    yield "genre", tags.genre
    yield "comment", tags.comment
    yield "description", tags.comment
    yield "media_type", _AUDIOBOOK


def _escaped(text: str) -> str:
    """As ffmpeg reads a line of it: one that ends with a backslash would go on with the next, so a blank follows it."""
    plain = plain_text(text)
    return "".join(f"\\{char}" if char in "=;#\\\n" else char for char in plain) + " " * plain.endswith("\\")
