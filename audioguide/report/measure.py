"""What a finished file holds: its outline, its loudness, its silences. Decoded block after block."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audioguide.audio import Clip, decode_in_blocks, padded
from audioguide.errors import AudioError
from audioguide.loudness import block_powers, integrated_lufs, momentary_lufs, short_term_lufs

STEPS_PER_S = 50
"""How finely a file is looked at."""
_BLOCK_S = 20.0
_CONTEXT_STEPS = 3
"""60 ms: how long what came before is heard in the loudness filter."""
_SILENT = 10 ** (-50 / 20)
"""Samples below -50 dBFS are silence."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A file, a value for each step of 20 ms: its lowest and highest sample, and its K-weighted power."""

    duration_s: float
    lows: NDArray[np.float32]
    highs: NDArray[np.float32]
    powers: Floats

    def loudness_lufs(self, start_s: float, end_s: float) -> float:
        """The integrated loudness of a stretch."""
        first, last = round(start_s * STEPS_PER_S), max(1, round(end_s * STEPS_PER_S))
        return integrated_lufs(self.powers[first:last], block_s=1 / STEPS_PER_S)

    def momentary(self) -> Floats:
        """The loudness of 400 ms, every 100 ms."""
        return momentary_lufs(self.powers, block_s=1 / STEPS_PER_S)

    def short_term(self) -> Floats:
        """The loudness of 3 s, every 100 ms."""
        return short_term_lufs(self.powers, block_s=1 / STEPS_PER_S)

    def silences(self, *, at_least_s: float) -> list[tuple[float, float]]:
        """Every stretch without sound that is so long: (start, end) in seconds."""
        quiet = np.maximum(self.highs, -self.lows) < _SILENT
        edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(np.int8)))
        stretches = edges.reshape(-1, 2) / STEPS_PER_S
        return [(float(start), float(end)) for start, end in stretches if end - start >= at_least_s]


def measure(path: Path) -> Measured:
    """Decode a file and measure it. Raises AudioError."""
    lows, highs, powers = [], [], []
    frames, rate_hz = 0, 1
    context: Clip | None = None
    for block in decode_in_blocks(path, block_s=_BLOCK_S):
        rate_hz = block.rate_hz
        step = rate_hz // STEPS_PER_S
        frames += block.frames
        whole = _filled(block, step)
        steps = whole.samples.reshape(len(whole.samples) // step, -1)
        lows.append(steps.min(axis=1))
        highs.append(steps.max(axis=1))
        powers.append(_powers(context, whole, step))
        context = Clip(whole.samples[-_CONTEXT_STEPS * step :], rate_hz)
    if not frames:
        raise AudioError("holds no sound", where=str(path))
    return Measured(frames / rate_hz, np.concatenate(lows), np.concatenate(highs), np.concatenate(powers))


def _filled(block: Clip, step: int) -> Clip:
    """The block, its last step filled up with silence."""
    return Clip(padded(block.samples, 0, -block.frames % step), block.rate_hz)


def _powers(context: Clip | None, block: Clip, step: int) -> Floats:
    """The power of each step of a block, heard after what came before."""
    if context is None:
        return block_powers(block, block_frames=step)
    both = Clip(np.concatenate([context.samples, block.samples]), block.rate_hz)
    return block_powers(both, block_frames=step)[context.frames // step :]
