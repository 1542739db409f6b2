"""AAC packets in ADTS, as bytes: where each begins and ends, and one that holds silence."""

from __future__ import annotations

from audioguide.errors import AudioError

_HEADER_BYTES = 7
_RATES_HZ = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000)
_LOW_COMPLEXITY = 1
_SILENCE = {1: bytes.fromhex("00000007"), 2: bytes.fromhex("2000000000000e")}
"""One channel element without a single band, mono and stereo, and the end mark."""


def packets(data: bytes) -> list[bytes]:
    """Every packet of a stream that fills `data`, with its header. Raises AudioError for anything else."""
    found = []
    position = 0
    while position < len(data):
        head = data[position : position + _HEADER_BYTES]
        length = int.from_bytes(head[3:6], "big") >> 5 & 0x1FFF
        # Sync word, layer 0, no checksum.
        if len(head) < _HEADER_BYTES or head[0] != 0xFF or head[1] & 0xF7 != 0xF1 or length <= _HEADER_BYTES:
            raise AudioError(f"no AAC packet begins at byte {position}")
        found.append(data[position : position + length])
        position += length
    if position > len(data):
        raise AudioError(f"the last AAC packet lacks {position - len(data)} bytes")
    return found


def silent_packet(rate_hz: int, channels: int) -> bytes:
    """A packet in which what sounded before rings out."""
    body = _SILENCE[channels]
    length = _HEADER_BYTES + len(body)
    rate = _RATES_HZ.index(rate_hz)
    # MPEG-4, no checksum; profile, rate and channels; length; a buffer of unknown fullness; one block.
    head = 0xFFF1 << 40 | _LOW_COMPLEXITY << 38 | rate << 34 | channels << 30 | length << 13 | 0x7FF << 2
    return head.to_bytes(_HEADER_BYTES, "big") + body
