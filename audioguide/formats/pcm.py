"""Parts without loss: a part's data are its samples, so WAV and FLAC share what the store keeps of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from audioguide.audio import from_s16
from audioguide.formats import EncodedPart, Encoding, PartSound, refuse_others
from audioguide.formats.coder import measured

BITS = 16
_QUANTA_A_SECOND = 50
_RATES_HZ = (16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


class PcmParts:
    """What the formats without loss have in common: 16-bit samples, quanta of 20 ms."""

    ceiling_dbtp: ClassVar[float] = -1.1
    loss_db: ClassVar[float] = 0.0
    lead_quanta: ClassVar[int] = 0
    tail_quanta: ClassVar[int] = 0
    own_rate_hz: ClassVar[int | None] = None
    usual_kbps: ClassVar[tuple[int, int]] = (0, 0)

    def quantum(self, rate_hz: int) -> int:
        """20 ms. Raises AudioError for a rate that is not offered."""
        check(Encoding(rate_hz, channels=1, bitrate_kbps=0))
        return rate_hz // _QUANTA_A_SECOND

    def fingerprint(self, encoding: Encoding) -> str:
        """Rate and channels: nothing else decides the samples. Raises AudioError."""
        check(encoding)
        return f"pcm: {encoding.rate_hz} Hz, {encoding.channels} ch, {BITS} bit"

    def encode(self, parts: Sequence[PartSound], encoding: Encoding) -> list[EncodedPart]:
        """Measure parts, in order. Raises AudioError."""
        check(encoding)
        return [_coded(part, encoding, self.quantum(encoding.rate_hz)) for part in parts]


def check(encoding: Encoding) -> None:
    """One or two channels, at a rate that is offered. Raises AudioError."""
    refuse_others("sound without loss", encoding, rates_hz=_RATES_HZ)


def _coded(part: PartSound, encoding: Encoding, quantum: int) -> EncodedPart:
    assert part.pcm, "a part without sound"
    assert not len(part.pcm) % (quantum * encoding.channels * BITS // 8), "a part is a whole number of quanta"
    return measured(part.pcm, from_s16(part.pcm, encoding.rate_hz, encoding.channels), quantum=quantum)
