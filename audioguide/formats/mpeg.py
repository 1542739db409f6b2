"""MPEG audio, layer III, as bytes: frame headers, frame lengths, a silent frame, the Info frame that tells the length.

Only what a constant bitrate needs. MPEG-1 (32 to 48 kHz) has frames of 1152 samples, MPEG-2 (16 to 24 kHz) of 576.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from audioguide.errors import AudioError

_RATES_HZ = {1: (44100, 48000, 32000), 2: (22050, 24000, 16000)}
_BITRATES_KBPS = {
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLES = {1: 1152, 2: 576}
_SIDE_BYTES = {(1, 1): 17, (1, 2): 32, (2, 1): 9, (2, 2): 17}
_VERSION_BITS = {1: 3, 2: 2}

_HEADER = struct.Struct(">I")
_PADDING = 0x00000200
# The mode extension says how one stereo frame is coded, the padding bit how long it is: both change within a stream.
_SAME_ALONG_A_STREAM = 0xFFFFFFFF & ~_PADDING & ~0x00000030

ENCODER_DELAY = 576
"""LAME's own delay: samples of silence that it puts before the first."""
DECODER_DELAY = 529
"""Samples that every layer III decoder adds before the first."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What every frame of one constant-bitrate stream has in common."""

    rate_hz: int
    channels: int
    bitrate_kbps: int

    def __post_init__(self) -> None:
        """Refuse what no MPEG header can say. Raises AudioError."""
        version = self.version
        allowed = _BITRATES_KBPS[version]
        if self.channels not in {1, 2}:
            raise AudioError(f"MP3 has one or two channels, not {self.channels}", hint="choose mono or stereo")
        if self.bitrate_kbps not in allowed:
            raise AudioError(
                f"MP3 at {self.rate_hz} Hz has no {self.bitrate_kbps} kbit/s",
                hint=f"bitrates at this rate: {', '.join(map(str, allowed))}",
            )

    @property
    def version(self) -> int:
        """1 or 2: MPEG-1 or MPEG-2."""
        return _version(self.rate_hz)

    @property
    def samples(self) -> int:
        """Samples of each channel in a frame."""
        return _SAMPLES[self.version]

    @property
    def header(self) -> int:
        """The four bytes that begin a frame without padding: no CRC, original, joint stereo where there are two."""
        rate = _RATES_HZ[self.version].index(self.rate_hz)
        bitrate = 1 + _BITRATES_KBPS[self.version].index(self.bitrate_kbps)
        mode = 3 if self.channels == 1 else 1
        return 0xFFE10004 | _VERSION_BITS[self.version] << 19 | 1 << 17 | bitrate << 12 | rate << 10 | mode << 6

    @property
    def frame_bytes(self) -> int:
        """The length of a frame without padding."""
        return self.samples // 8 * 1000 * self.bitrate_kbps // self.rate_hz

    @property
    def side_bytes(self) -> int:
        """The length of the side information that follows a frame's header."""
        return _SIDE_BYTES[self.version, self.channels]


def _version(rate_hz: int) -> int:
    for version, rates in _RATES_HZ.items():
        if rate_hz in rates:
            return version
    known = sorted(rate for rates in _RATES_HZ.values() for rate in rates)
    raise AudioError(f"MP3 has no {rate_hz} Hz", hint=f"rates: {', '.join(map(str, known))}")


def samples_per_frame(rate_hz: int) -> int:
    """1152, or 576 under 32 kHz. Raises AudioError for a rate that MP3 does not have."""
    return _SAMPLES[_version(rate_hz)]


def read_header(data: bytes) -> Stream:
    """The stream that the first frame of `data` belongs to. Raises AudioError where no frame begins there."""
    word = int.from_bytes(data[:4], "big")
    version = {bits: number for number, bits in _VERSION_BITS.items()}.get(word >> 19 & 3)
    bitrate, rate = word >> 12 & 15, word >> 10 & 3
    # Sync, layer III, a version of ours, neither "free" nor forbidden bitrate, rate known.
    if len(data) < 4 or word >> 21 != 0x7FF or word >> 17 & 3 != 1 or version is None:
        raise AudioError("is not an MPEG layer III stream")
    if bitrate in {0, 15} or rate == 3:
        raise AudioError("has an MPEG frame header without bitrate or rate")
    channels = 1 if word >> 6 & 3 == 3 else 2
    return Stream(_RATES_HZ[version][rate], channels, _BITRATES_KBPS[version][bitrate - 1])


def frame_lengths(data: bytes) -> list[int]:
    """The length of every frame of a constant-bitrate stream that fills `data`. Raises AudioError for anything else."""
    stream = read_header(data)
    expected = int.from_bytes(data[:4], "big") & _SAME_ALONG_A_STREAM
    plain = stream.frame_bytes
    lengths = []
    position = 0
    while position <= len(data) - _HEADER.size:
        (word,) = _HEADER.unpack_from(data, position)
        if word & _SAME_ALONG_A_STREAM != expected:
            break
        length = plain + 1 if word & _PADDING else plain
        lengths.append(length)
        position += length
    if position < len(data):
        raise AudioError(f"no frame of the same MPEG stream begins at byte {position}")
    if position > len(data):
        raise AudioError(f"the last MPEG frame lacks {position - len(data)} bytes")
    return lengths


def silent_frame(stream: Stream) -> bytes:
    """A frame that holds nothing: what sounded before rings out in it."""
    return stream.header.to_bytes(4, "big").ljust(stream.frame_bytes, b"\0")


def info_frame(stream: Stream, *, frames: int, stream_bytes: int, length: int) -> bytes:
    """The frame before all others that tells decoders what to play: `length` samples, from the first that was encoded.

    `frames` and `stream_bytes` count the frames that follow it.
    """
    padding = frames * stream.samples - ENCODER_DELAY - length
    assert 0 <= padding < 4096, padding
    carrier = _roomy(stream)
    total = carrier.frame_bytes + stream_bytes
    seek = bytes(
        min(255, (100 * carrier.frame_bytes + percent * stream_bytes) * 256 // (100 * total)) for percent in range(100)
    )
    head = carrier.header.to_bytes(4, "big") + bytes(carrier.side_bytes)
    # Flags 15: frames, bytes, seek table and quality follow.
    xing = b"Info" + struct.pack(">III", 15, frames, total) + seek + struct.pack(">I", 0)
    delays = (ENCODER_DELAY << 12 | padding).to_bytes(3, "big")
    # Tag revision 0 and method 1 (CBR); low-pass, peak and replay gains unknown; bitrate; delays; nothing; sizes.
    lame = b"LAME3.100" + b"\x01" + bytes(10) + bytes([min(255, stream.bitrate_kbps)]) + delays + bytes(4)
    body = head + xing + lame + struct.pack(">IH", total, 0)
    return (body + struct.pack(">H", _crc16(body))).ljust(carrier.frame_bytes, b"\0")


def _roomy(stream: Stream) -> Stream:
    """The same stream, at a higher bitrate where its own frames are too small for an Info frame."""
    needed = 4 + stream.side_bytes + 120 + 36
    bitrates = (kbps for kbps in _BITRATES_KBPS[stream.version] if kbps >= stream.bitrate_kbps)
    carriers = (Stream(stream.rate_hz, stream.channels, kbps) for kbps in bitrates)
    return next(carrier for carrier in carriers if carrier.frame_bytes >= needed)


def _crc16(data: bytes) -> int:
    """CRC-16 with the polynomial 0xA001, lowest bit first, starting at 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
