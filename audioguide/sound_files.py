"""What kind of sound a file holds, by its first bytes.

The name of a file is never trusted: a playlist called .mp3 would make ffmpeg open other files and addresses. So ffmpeg
is always told which format to read, and formats that point to other files (playlists, cue sheets, scripts) have no row.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO

from audioguide.errors import AudioError

HEAD_BYTES = 16
"""As much of a file as tells its format."""
_FORMATS: tuple[tuple[int, bytes, str], ...] = (
    (8, b"WAVE", "wav"),
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (4, b"ftyp", "mov"),
    (8, b"AIFF", "aiff"),
    (8, b"AIFC", "aiff"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"caff", "caf"),
    (0, b".snd", "au"),
    (0, b"riff\x2e\x91\xcf\x11", "w64"),
    (0, b"wvpk", "wv"),
    (0, b"MAC ", "ape"),
    (0, b"TTA1", "tta"),
    (0, b"tBaK", "tak"),
    (0, b"MPCK", "mpc8"),
    (0, b"MP+", "mpc"),
    (0, b"DSD ", "dsf"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"#!AMR", "amr"),
    (0, b"Creative Voice", "voc"),
    (0, b"\x0b\x77", "ac3"),
    (0, b"\x7f\xfe\x80\x01", "dts"),
    (0, b"FLV\x01", "flv"),
    (8, b"AVI ", "avi"),
)
"""Where, which bytes, ffmpeg's name of the format."""
READ_BY_LIBSNDFILE = frozenset({"wav", "flac", "ogg", "aiff", "caf", "au", "w64", "mp3"})
KNOWN = "WAV, FLAC, MP3, AAC, M4A, Ogg, Opus, AIFF, WMA, WebM and the like are read"


def sound_format(head: bytes) -> str | None:
    """Give ffmpeg's name of the format that a file's first bytes show, None for anything but a sound file."""
    for offset, magic, name in _FORMATS:
        if head[offset : offset + len(magic)] == magic:
            return name
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "aac" if head[1] & 0xF6 == 0xF0 else "mp3"
    return None


def format_of(file: IO[bytes]) -> str | None:
    """The same of an open file, whose tag (ID3) may stand before the sound; read from its start."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head.startswith(b"ID3") or len(head) < 10:
        return sound_format(head)
    size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    file.seek(10 + size + (10 if head[5] & 0x10 else 0))
    return sound_format(file.read(HEAD_BYTES)) or "mp3"


def ffmpeg_input(source: bytes | Path, *, where: str | None = None) -> list[str]:
    """What makes ffmpeg read this file, or these bytes on its standard input, and no other. Raises AudioError."""
    name = where or (None if isinstance(source, bytes) else str(source))
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            kind = format_of(file)
    except OSError as error:
        raise AudioError(f"cannot be read: {error.strerror}", where=name) from error
    if kind is None:
        raise AudioError("is not a sound file", where=name, hint=KNOWN)
    address = "pipe:0" if isinstance(source, bytes) else f"file:{source}"
    return ["-protocol_whitelist", "file,pipe,fd", "-f", kind, "-i", address]
