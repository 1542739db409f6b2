"""Is a sound file whole? A look at what each format says of its own length: decoders play half a file without complaint."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

from audioguide.audio import from_flac
from audioguide.engines import mp3_frames
from audioguide.errors import AudioError

_UNKNOWN_BYTES = 0x7FFF0000
"""A length from here on is a streaming server's way to say that it does not know."""


def wav_fault(data: bytes) -> str | None:
    """Why these bytes are no whole WAV file, or None."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return _no_file(data, "WAV")
    place = 12
    while place + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, place)
        place += 8
        if name == b"data":
            missing = size - (len(data) - place)
            return f"its sound lacks {missing} bytes" if missing > 0 and size < _UNKNOWN_BYTES else None
        place += size + size % 2
    return "it holds no sound"


def flac_fault(data: bytes) -> str | None:
    """Why these bytes are no whole FLAC file, or None: decoded, it must be as long as it says."""
    if data[:4] != b"fLaC" or len(data) < 42:
        return _no_file(data, "FLAC")
    said = int.from_bytes(data[18:26]) & 0xFFFFFFFFF  # STREAMINFO: 36 bits after rate, channels and width
    try:
        found = from_flac(data).frames
    except AudioError:
        return "its sound cannot be unpacked"
    return f"it lacks {said - found} of {said} frames" if found < said else None


def _no_file(data: bytes, form: str) -> str:
    return f"it is no {form} file" if data else "it is empty"


FAULTS: Mapping[str, Callable[[bytes], str | None]] = {"wav": wav_fault, "mp3": mp3_frames.fault_of, "flac": flac_fault}
"""Format -> what is wrong with a file of it."""
