"""How loud sound is, and how it gets as loud as it should be: the meter of ITU-R BS.1770-4, make-up gain, a limiter.

Speech keeps its own dynamics: one gain an utterance, and a limiter that touches the few peaks above the ceiling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from audioguide.audio import Clip, Samples, frames_of, resample, scale

Floats = NDArray[np.float64]

_STEP_S = 0.1
_MOMENTARY_S = 0.4
_SHORT_TERM_S = 3.0
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_OFFSET_DB = -0.691
"""BS.1770-4: with it a sine of 997 Hz at 0 dBFS in one channel reads -3.01 LUFS."""

_TAIL_MS = 60
"""The K filter's response is more than 160 dB down by then: its slowest pole halves every 3 ms."""

_ROWS = 16
"""Blocks of one FFT call: numpy transforms rows side by side, twice as fast as one by one, and the cache holds these."""

_OVERSAMPLING = 4
_BLOCK = 8
"""Frames a limiter's block, a power of two."""
_PEAK_STRETCH, _PEAK_CONTEXT = 1024, 128
"""Frames that are searched for a true peak at once, and what the resampler sees around them."""
_PEAK_ABOVE = 1.5
"""The highest sample, over the samples of a stretch that may hold the highest peak."""
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


def k_weighted(clip: Clip) -> Samples:
    """The samples as BS.1770-4 weighs them (a high shelf, then a high-pass), at any rate from 8 to 192 kHz.

    The filter acts on the spectrum of overlapping blocks, since numpy has no recursive filter.
    """
    if not clip.frames:
        return clip.samples
    tail = frames_of(_TAIL_MS, clip.rate_hz)
    size = 1 << (5 * tail - 1).bit_length()
    hop = size - tail
    rows = -(-clip.frames // hop)
    response = _k_response(clip.rate_hz, size)
    weighted = np.empty((rows * hop, clip.channels), np.float32)
    padded = np.zeros(tail + rows * hop, np.float32)
    for channel in range(clip.channels):
        padded[tail : tail + clip.frames] = clip.samples[:, channel]
        overlapping = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
        for row in range(0, rows, _ROWS):
            blocks = np.fft.irfft(np.fft.rfft(overlapping[row : row + _ROWS]) * response, size)[:, tail:]
            weighted[row * hop : row * hop + blocks.size, channel] = blocks.reshape(-1)
    return weighted[: clip.frames]


@lru_cache(maxsize=32)
def _k_response(rate_hz: int, size: int) -> NDArray[np.complex64]:
    """The two biquads' response at the bins of an FFT.

    BS.1770 gives coefficients for 48 kHz alone. The analogue prototypes behind them, and so the bilinear forms for
    other rates, are Brecht De Man's ("Evaluation of implementations of the EBU R128 loudness measurement", AES 2018),
    which libebur128 uses too.
    """
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    k, q = math.tan(math.pi * 1681.974450955533 / rate_hz), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    shelf = (high + band * k / q + k * k) + 2 * (k * k - high) * z + (high - band * k / q + k * k) * z * z
    shelf /= (1 + k / q + k * k) + 2 * (k * k - 1) * z + (1 - k / q + k * k) * z * z
    k, q = math.tan(math.pi * 38.13547087602444 / rate_hz), 0.5003270373238773
    a0 = 1 + k / q + k * k
    high_pass = (1 - z) ** 2 / (1 + 2 * (k * k - 1) / a0 * z + (1 - k / q + k * k) / a0 * z * z)
    response: NDArray[np.complex64] = (shelf * high_pass).astype(np.complex64)
    return response


def block_powers(clip: Clip, *, block_frames: int) -> Floats:
    """The K-weighted mean power of each block, channels added; the last block counts as filled up with silence."""
    return _powers(k_weighted(clip), block_frames)


def _powers(weighted: Samples, block_frames: int) -> Floats:
    blocks = -(-len(weighted) // block_frames)
    filled = np.zeros((blocks * block_frames, weighted.shape[1]), np.float32)
    filled[: len(weighted)] = weighted
    rows = filled.reshape(blocks, block_frames * weighted.shape[1])
    powers: Floats = np.einsum("ij,ij->i", rows, rows).astype(np.float64) / block_frames
    return powers


def integrated_lufs(powers: Floats, *, block_s: float) -> float:
    """The gated loudness of block powers, whose blocks may have any length; -inf for silence.

    What is shorter than one window of 400 ms is measured as a whole.
    """
    windows = _windows(powers, block_s, _MOMENTARY_S)
    if not len(windows) and len(powers):
        windows = np.array([powers.mean()])
    loud = windows[windows > _power_of(_ABSOLUTE_GATE_LUFS)]
    if not len(loud):
        return -math.inf
    gate = loud.mean() * 10 ** (_RELATIVE_GATE_LU / 10)
    return float(_lufs(loud[loud > gate].mean()))


def momentary_lufs(powers: Floats, *, block_s: float) -> Floats:
    """The loudness of each window of 400 ms, one every 100 ms; empty where the sound is shorter."""
    return _lufs(_windows(powers, block_s, _MOMENTARY_S))


def short_term_lufs(powers: Floats, *, block_s: float) -> Floats:
    """The loudness of each window of 3 s, one every 100 ms; empty where the sound is shorter."""
    return _lufs(_windows(powers, block_s, _SHORT_TERM_S))


def _windows(powers: Floats, block_s: float, window_s: float) -> Floats:
    """Mean power of each window; where its edge cuts a block, the block's energy is shared in proportion."""
    length_s = len(powers) * block_s
    count = max(0, math.floor((length_s - window_s) / _STEP_S + 1e-6) + 1)
    energy = np.concatenate([[0.0], np.cumsum(powers)])
    starts = np.arange(count) * (_STEP_S / block_s)
    edges = np.arange(len(energy))
    ends = np.interp(starts + window_s / block_s, edges, energy)
    powers_within: Floats = np.maximum(ends - np.interp(starts, edges, energy), 0) * (block_s / window_s)
    return powers_within


def _lufs(power: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return _OFFSET_DB + 10 * np.log10(power)


def _power_of(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET_DB) / 10))


def clip_lufs(clip: Clip) -> float:
    """The integrated loudness of a clip; -inf for silence."""
    return _gated_lufs(_energy(k_weighted(clip)), clip)


def _energy(weighted: Samples) -> Samples:
    """The sum of squares of each block of `_BLOCK` frames, over all channels."""
    filled = np.zeros((-(-len(weighted) // _BLOCK) * _BLOCK, weighted.shape[1]), np.float32)
    np.square(weighted, out=filled[: len(weighted)])
    ones = np.ones(_BLOCK * weighted.shape[1], np.float32)
    sums: Samples = filled.reshape(-1, len(ones)) @ ones
    return sums


def _gated_lufs(energy: Samples, clip: Clip) -> float:
    """The integrated loudness of a clip from its blocks' energy; whole steps of 100 ms count, or all if below 400."""
    steps = clip.frames * 10 // clip.rate_hz
    if steps < 4:
        return integrated_lufs(np.array([energy.sum(dtype=np.float64) / max(clip.frames, 1)]), block_s=_STEP_S)
    edges = np.rint(np.arange(steps + 1) * (clip.rate_hz * _STEP_S / _BLOCK)).astype(np.int64)
    sums = np.add.reduceat(energy[: edges[-1]], edges[:-1], dtype=np.float64)
    return integrated_lufs(sums / (np.diff(edges) * _BLOCK), block_s=_STEP_S)


def true_peak_dbtp(clip: Clip) -> float:
    """The highest level between the samples too, read at four times the rate (BS.1770-4, annex 2); -inf for silence.

    Only stretches whose samples come within 3.5 dB of the highest are read so closely: a peak lies hardly further above
    its own samples (a tone at a quarter of the rate 3 dB; of speech, of 66 stretches of five seconds none 1.6 dB).
    """
    rows = -(-clip.frames // _PEAK_STRETCH) or 1
    peak = 0.0
    for channel in range(clip.channels):
        padded = np.zeros(rows * _PEAK_STRETCH + 2 * _PEAK_CONTEXT, np.float32)
        padded[_PEAK_CONTEXT : _PEAK_CONTEXT + clip.frames] = clip.samples[:, channel]
        stretches = np.lib.stride_tricks.sliding_window_view(padded, _PEAK_STRETCH + 2 * _PEAK_CONTEXT)[::_PEAK_STRETCH]
        highest = np.abs(stretches).max(axis=1)
        near = stretches[highest > highest.max() / _PEAK_ABOVE]
        peak = max([peak, *(_peak_of(near[row : row + _ROWS]) for row in range(0, len(near), _ROWS))])
    return 20 * math.log10(peak) if peak else -math.inf


def _peak_of(stretches: Samples) -> float:
    """The true peak of stretches of sound, a row each, without their context; resampled side by side as channels."""
    over = resample(Clip(np.ascontiguousarray(stretches.T), 1), _OVERSAMPLING).samples
    edge = _PEAK_CONTEXT * _OVERSAMPLING // 2
    return float(np.abs(over[edge:-edge]).max())


def _block_peaks(clip: Clip) -> Samples:
    """The highest level of each block of `_BLOCK` frames, over all channels, at four times the rate."""
    blocks = -(-clip.frames // _BLOCK)
    filled = np.zeros((blocks * _BLOCK, clip.channels), np.float32)
    filled[: clip.frames] = clip.samples
    over = resample(Clip(filled, clip.rate_hz), clip.rate_hz * _OVERSAMPLING).samples
    np.abs(over, out=over)
    peaks = over[:, 0] if clip.channels == 1 else over.max(axis=1)
    while len(peaks) > blocks:
        peaks = np.maximum(peaks[0::2], peaks[1::2])
    return peaks


def limit(clip: Clip, *, ceiling_dbtp: float) -> Clip:
    """The same sound with no peak above the ceiling; the very same samples where nothing exceeds it.

    It looks 5 ms ahead and lets go as gently as it takes hold, so that the gain holds no sound of its own.
    """
    reduction = _reduction(_block_peaks(clip), ceiling_dbtp, clip.rate_hz)
    return clip if reduction is None else _reduced(clip, reduction)


def _reduction(peaks: Samples, ceiling_dbtp: float, rate_hz: int) -> Samples | None:
    """What to take off the gain of each block, 0 to 1; None where no peak exceeds the ceiling."""
    ceiling = np.float32(10 ** (ceiling_dbtp / 20))
    needed = 1 - ceiling / np.maximum(peaks, ceiling)
    if not needed.any():
        return None
    width = max(1, frames_of(_LOOK_AHEAD_MS, rate_hz) // _BLOCK)
    held = _sliding_max(np.pad(needed, 2 * width), 2 * width + 3)
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
    """The mean of each `width` neighbours. Where all are 0 it is exactly 0."""
    total = np.zeros(len(values) + 1)
    np.cumsum(values, out=total[1:])
    return ((total[width:] - total[:-width]) / width).astype(np.float32)


def _reduced(clip: Clip, reduction: Samples) -> Clip:
    """The samples at the gain that lies between the blocks' centres."""
    around = np.stack([np.roll(reduction, 1), reduction, np.roll(reduction, -1)], axis=1)
    around[0, 0], around[-1, 2] = reduction[0], reduction[-1]
    curve = (1 - around @ _interpolation()).reshape(-1, 1)
    return Clip(clip.samples * curve[: clip.frames], clip.rate_hz)


@cache
def _interpolation() -> Samples:
    """How much of the gain before, of its own and of the gain after makes the gain of each frame of a block."""
    centre = (_BLOCK * _OVERSAMPLING - 1) / 2 / _OVERSAMPLING
    past = (np.arange(_BLOCK) - centre) / _BLOCK
    return np.stack([np.maximum(-past, 0), 1 - np.abs(past), np.maximum(past, 0)]).astype(np.float32)


def level(clip: Clip, *, target_lufs: float, makeup_db: float, ceiling_dbtp: float, gain_db: float = 0.0) -> Levelled:
    """The clip at the target's loudness, its peaks under the ceiling; `gain_db` then raises or lowers it.

    The make-up gain is this clip's own, at most 4 dB from `makeup_db`, the gain that brings its voice to -16 LUFS. A
    clip under 0.45 s takes the voice's. The same clip gives the same bytes, whatever stands around it.
    """
    peaks = _block_peaks(clip)
    makeup_db += target_lufs - _MAKEUP_REFERENCE_LUFS
    if clip.duration_s >= _SHORTEST_LEVELLED_S:
        makeup_db = _own_makeup_db(clip, peaks, usual_db=makeup_db, target_lufs=target_lufs, ceiling_dbtp=ceiling_dbtp)
    total_db = makeup_db + gain_db
    louder = scale(clip, total_db)
    reduction = _reduction(peaks, ceiling_dbtp - total_db, clip.rate_hz)
    if reduction is None:
        return Levelled(louder, total_db, 0.0)
    return Levelled(_reduced(louder, reduction), total_db, float(np.count_nonzero(reduction) / len(reduction)))


def _own_makeup_db(clip: Clip, peaks: Samples, *, usual_db: float, target_lufs: float, ceiling_dbtp: float) -> float:
    """The gain with which the limited clip reaches the target, near the usual one.

    The limiter's gain moves slowly beside the K filter, so it is applied to the weighted energy of its blocks: neither
    the filter nor the oversampling is run again.
    """
    energy = _energy(k_weighted(clip))
    lowest_db, highest_db = usual_db - _MAKEUP_BOUND_DB, usual_db + _MAKEUP_BOUND_DB
    gain_db, lufs, slope = 0.0, _gated_lufs(energy, clip), 1.0
    if lufs == -math.inf:
        return usual_db
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
    return gain_db
