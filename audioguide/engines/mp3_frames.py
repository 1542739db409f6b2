"""Is an MP3 file whole? A look at its frames, without decoding: a decoder plays half a file without complaint."""

from __future__ import annotations

_MPEG1_KBPS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG2_KBPS = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATE_HZ = (44_100, 48_000, 32_000)
_VERSIONS = {3: (_MPEG1_KBPS, 1, 144_000), 2: (_MPEG2_KBPS, 2, 72_000), 0: (_MPEG2_KBPS, 4, 72_000)}
"""Version bits of a layer III header -> bit rates, divisor of the sample rate, bytes of a frame x rate / kbit/s."""


def frame_bytes(header: bytes) -> int | None:
    """The length of the layer III frame that these four bytes begin, None where they begin none."""
    if len(header) < 4:
        return None
    word = int.from_bytes(header[:4])
    version, layer, bit_rate, rate = word >> 19 & 3, word >> 17 & 3, word >> 12 & 15, word >> 10 & 3
    if word >> 21 != 0x7FF or layer != 1 or version not in _VERSIONS or not 0 < bit_rate < 15 or rate == 3:
        return None
    rates_kbps, divisor, factor = _VERSIONS[version]
    return factor * rates_kbps[bit_rate - 1] * divisor // _RATE_HZ[rate] + (word >> 9 & 1)


def fault_of(data: bytes) -> str | None:
    """Why these bytes are no whole MP3 file, or None. Tags before and after the frames, and zeros, are allowed."""
    place, end = _after_id3v2(data), _before_id3v1(data)
    frames = 0
    while place < end and (size := frame_bytes(data[place : place + 4])) is not None:
        place += size
        frames += 1
    if not frames:
        return "it holds no MP3 frame"
    if place > end:
        return f"its last frame lacks {place - end} bytes"
    if data[place:end].strip(b"\0"):
        return f"it is damaged {place} bytes from its start"
    return None


def _after_id3v2(data: bytes) -> int:
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    first, second, third, fourth = data[6:10]  # seven bits in each
    return 10 + (first << 21 | second << 14 | third << 7 | fourth)


def _before_id3v1(data: bytes) -> int:
    return len(data) - 128 if data[-128:-125] == b"TAG" else len(data)
