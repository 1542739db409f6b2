"""How loud sound is, and how it gets as loud as it should be: the meter of ITU-R BS.1770-4, make-up gain, a limiter.

Speech keeps its own dynamics: one gain an utterance, and a limiter that touches the few peaks above the ceiling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from audioguide.audio import Clip, Samples, frames_of, padded, scale
from audioguide.peaks import BLOCK, OVERSAMPLING, block_peaks
from audioguide.weighting import k_weighted

Floats = NDArray[np.float64]
Powers = NDArray[np.floating]

_STEP_S = 0.1
_MOMENTARY_S = 0.4
_SHORT_TERM_S = 3.0
_AT_ONCE = 6000
"""Windows that are worked out together, ten minutes of them: ten hours have 360,000."""
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_OFFSET_DB = -0.691
"""BS.1770-4: with it a sine of 997 Hz at 0 dBFS in one channel reads -3.01 LUFS."""

_LOOK_AHEAD_MS = 5

_MAKEUP_REFERENCE_LUFS = -16.0
_MAKEUP_BOUND_DB = 4.0
_SHORTEST_LEVELLED_S = 0.45
_LEVEL_ERROR_LU = 0.05
_LEVEL_ROUNDS = 8
_LEAST_SLOPE = 0.25


@dataclass(frozen=True, slots=True)
class Levelled:
    """A clip at its level: the constant gain it was given, and the share of its frames that the limiter touched."""

    clip: Clip
    gain_db: float
    reduced: float


def block_powers(clip: Clip, *, block_frames: int) -> Floats:
    """The K-weighted mean power of each block, channels added; the last block counts as filled up with silence."""
    return _powers(k_weighted(clip), block_frames)


def _powers(weighted: Samples, block_frames: int) -> Floats:
    rows = _filled(weighted, block_frames).reshape(-1, block_frames * weighted.shape[1])
    powers: Floats = np.einsum("ij,ij->i", rows, rows).astype(np.float64) / block_frames
    return powers


def _filled(samples: Samples, block_frames: int) -> Samples:
    """The samples, with silence up to whole blocks."""
    missing = -len(samples) % block_frames
    return padded(samples, 0, missing) if missing else samples


def integrated_lufs(powers: Powers, *, block_s: float) -> float:
    """The gated loudness of block powers, whose blocks may have any length; -inf for silence.

    What is shorter than one window of 400 ms is measured as a whole.
    """
    windows = _windows(powers, block_s, _MOMENTARY_S)
    if not len(windows) and len(powers):
        windows = np.array([powers.mean(dtype=np.float64)])
    return _gated(windows)


def _gated(windows: Floats) -> float:
    """The loudness of windows of 400 ms that are not much softer than the rest."""
    loud = windows[windows > _power_of(_ABSOLUTE_GATE_LUFS)]
    if not len(loud):
        return -math.inf
    gate = loud.mean() * 10 ** (_RELATIVE_GATE_LU / 10)
    return float(_lufs(loud[loud > gate].mean()))


def momentary_lufs(powers: Powers, *, block_s: float) -> Floats:
    """The loudness of each window of 400 ms, one every 100 ms; empty where the sound is shorter."""
    return _lufs(_windows(powers, block_s, _MOMENTARY_S))


def short_term_lufs(powers: Powers, *, block_s: float) -> Floats:
    """The loudness of each window of 3 s, one every 100 ms; empty where the sound is shorter."""
    return _lufs(_windows(powers, block_s, _SHORT_TERM_S))


def _windows(powers: Powers, block_s: float, window_s: float) -> Floats:
    """Mean power of each window; where its edge cuts a block, the block's energy is shared in proportion."""
    length_s = len(powers) * block_s
    count = max(0, math.floor((length_s - window_s) / _STEP_S + 1e-6) + 1)
    step, width = _STEP_S / block_s, window_s / block_s
    some = (
        _some_windows(powers, np.arange(first, min(first + _AT_ONCE, count)) * step, width)
        for first in range(0, count, _AT_ONCE)
    )
    return np.concatenate([*some, np.zeros(0)])


def _some_windows(powers: Powers, starts: Powers, width: float) -> Floats:
    """The windows of `width` blocks that begin at these places, counted in blocks."""
    first = int(starts[0])
    within = powers[first : math.ceil(starts[-1] + width) + 1].astype(np.float64)
    energy = np.concatenate([[0.0], np.cumsum(within)])
    edges = np.arange(len(energy)) + first
    ends = np.interp(starts + width, edges, energy)
    means: Floats = np.maximum(ends - np.interp(starts, edges, energy), 0) / width
    return means


def _lufs(power: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return _OFFSET_DB + 10 * np.log10(power)


def _power_of(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET_DB) / 10))


def clip_lufs(clip: Clip) -> float:
    """The integrated loudness of a clip; -inf for silence."""
    return _gated_lufs(_energy(k_weighted(clip)), clip)


def _energy(weighted: Samples) -> Samples:
    """The sum of squares of each block of `BLOCK` frames, over all channels."""
    rows = _filled(weighted, BLOCK).reshape(-1, BLOCK * weighted.shape[1])
    sums: Samples = np.square(rows) @ np.ones(rows.shape[1], np.float32)
    return sums


def _gated_lufs(energy: Samples, clip: Clip) -> float:
    """The integrated loudness of a clip from its blocks' energy; whole steps of 100 ms count, or all if below 400."""
    steps = clip.frames * 10 // clip.rate_hz
    if steps < 4:
        return integrated_lufs(np.array([energy.sum(dtype=np.float64) / max(clip.frames, 1)]), block_s=_STEP_S)
    edges = np.rint(np.arange(steps + 1) * (clip.rate_hz * _STEP_S / BLOCK)).astype(np.int64)
    powers = np.add.reduceat(energy[: edges[-1]], edges[:-1], dtype=np.float64) / (np.diff(edges) * BLOCK)
    pairs = powers[:-1] + powers[1:]
    return _gated((pairs[:-2] + pairs[2:]) / 4)


def limit(clip: Clip, *, ceiling_dbtp: float) -> Clip:
    """The same sound with no peak above the ceiling; the very same samples where nothing exceeds it.

    It looks 5 ms ahead and lets go as gently as it takes hold, so that the gain holds no sound of its own.
    """
    peaks = block_peaks(clip, near=10 ** (ceiling_dbtp / 20))
    reduction = _reduction(peaks, ceiling_dbtp, clip.rate_hz)
    return clip if reduction is None else _reduced(clip, reduction)


def _reduction(peaks: Samples, ceiling_dbtp: float, rate_hz: int) -> Samples | None:
    """What to take off the gain of each block, 0 to 1; None where no peak exceeds the ceiling."""
    ceiling = np.float32(10 ** (ceiling_dbtp / 20))
    needed = 1 - ceiling / np.maximum(peaks, ceiling)
    if not needed.any():
        return None
    width = max(1, frames_of(_LOOK_AHEAD_MS, rate_hz) // BLOCK)
    held = _sliding_max(padded(needed.astype(np.float32, copy=False), 2 * width, 2 * width), 2 * width + 3)
    return _sliding_mean(_sliding_mean(held, width), width)


def _sliding_max(values: Samples, width: int) -> Samples:
    """The maximum of each `width` neighbours: maxima of 2, of 4, of 8, and two of those that overlap."""
    size = 1
    while 2 * size <= width:
        values = np.maximum(values[:-size], values[size:])
        size *= 2
    rest = width - size
    return np.maximum(values[: len(values) - rest], values[rest:])


def _sliding_mean(values: Samples, width: int) -> Samples:
    """The mean of each `width` neighbours, from sums of 2, of 4, of 8. Where all are 0 it is exactly 0."""
    total = np.zeros(len(values) - width + 1, np.float32)
    sums, size, at = values, 1, 0
    while size <= width:
        if width & size:
            total += sums[at : at + len(total)]
            at += size
        sums = sums[:-size] + sums[size:]
        size *= 2
    return total / np.float32(width)


def _reduced(clip: Clip, reduction: Samples) -> Clip:
    """The samples at the gain that lies between the blocks' centres."""
    around = np.stack([np.roll(reduction, 1), reduction, np.roll(reduction, -1)], axis=1)
    around[0, 0], around[-1, 2] = reduction[0], reduction[-1]
    curve = (1 - around @ _interpolation()).reshape(-1, 1)
    return Clip(clip.samples * curve[: clip.frames], clip.rate_hz)


@cache
def _interpolation() -> Samples:
    """How much of the gain before, of its own and of the gain after makes the gain of each frame of a block."""
    centre = (BLOCK * OVERSAMPLING - 1) / 2 / OVERSAMPLING
    past = (np.arange(BLOCK) - centre) / BLOCK
    return np.stack([np.maximum(-past, 0), 1 - np.abs(past), np.maximum(past, 0)]).astype(np.float32)


def level(clip: Clip, *, target_lufs: float, makeup_db: float, ceiling_dbtp: float, gain_db: float = 0.0) -> Levelled:
    """The clip at the target's loudness, its peaks under the ceiling; `gain_db` then raises or lowers it.

    The make-up gain is this clip's own, at most 4 dB from `makeup_db`, the gain that brings its voice to -16 LUFS. A
    clip under 0.45 s takes the voice's. The same clip gives the same bytes, whatever stands around it.
    """
    makeup_db += target_lufs - _MAKEUP_REFERENCE_LUFS
    loudest_db = makeup_db + _MAKEUP_BOUND_DB + max(0.0, gain_db)
    peaks = block_peaks(clip, near=10 ** ((ceiling_dbtp - loudest_db) / 20))
    made_up = _MadeUp(makeup_db, None)
    if clip.duration_s >= _SHORTEST_LEVELLED_S:
        made_up = _made_up(clip, peaks, usual_db=makeup_db, target_lufs=target_lufs, ceiling_dbtp=ceiling_dbtp)
    total_db = made_up.gain_db + gain_db
    louder = scale(clip, total_db)
    reduction = made_up.reduction
    if reduction is None or gain_db:
        reduction = _reduction(peaks, ceiling_dbtp - total_db, clip.rate_hz)
    if reduction is None:
        return Levelled(louder, total_db, 0.0)
    return Levelled(_reduced(louder, reduction), total_db, float(np.count_nonzero(reduction) / len(reduction)))


@dataclass(frozen=True, slots=True)
class _MadeUp:
    """A make-up gain, and what the limiter takes off it where that is known."""

    gain_db: float
    reduction: Samples | None


def _made_up(clip: Clip, peaks: Samples, *, usual_db: float, target_lufs: float, ceiling_dbtp: float) -> _MadeUp:
    """The gain with which the limited clip reaches the target, near the usual one.

    The limiter's gain moves slowly beside the K filter, so it is applied to the weighted energy of its blocks: neither
    the filter nor the oversampling is run again.
    """
    energy = _energy(k_weighted(clip))
    lowest_db, highest_db = usual_db - _MAKEUP_BOUND_DB, usual_db + _MAKEUP_BOUND_DB
    gain_db, lufs, slope = 0.0, _gated_lufs(energy, clip), 1.0
    reduction = None
    if lufs == -math.inf:
        return _MadeUp(usual_db, None)
    for _ in range(_LEVEL_ROUNDS):
        next_db = min(max(gain_db + (target_lufs - lufs) / slope, lowest_db), highest_db)
        if next_db == gain_db:
            break
        reduction = _reduction(peaks, ceiling_dbtp - next_db, clip.rate_hz)
        left = energy if reduction is None else energy * np.square(1 - reduction)
        next_lufs = next_db + _gated_lufs(left, clip)
        slope = min(max((next_lufs - lufs) / (next_db - gain_db), _LEAST_SLOPE), 1.0)
        gain_db, lufs = next_db, next_lufs
        if abs(target_lufs - lufs) < _LEVEL_ERROR_LU:
            break
    return _MadeUp(gain_db, reduction)
