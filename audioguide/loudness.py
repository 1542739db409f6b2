"""How loud sound is, and how it gets as loud as it should be: the meter of ITU-R BS.1770-4, make-up gain, a limiter.

Speech keeps its own dynamics: one gain an utterance, and a limiter that touches the few peaks above the ceiling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

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

_TAIL_MS = 80
"""The K filter's response is more than 160 dB down by then: its slowest pole halves every 3 ms."""

_OVERSAMPLING = 4
_BLOCK = 2
"""Frames a limiter's block: 8 samples at four times the rate."""
_LOOK_AHEAD_MS = 5

_MAKEUP_REFERENCE_LUFS = -16.0
_MAKEUP_BOUND_DB = 4.0
_SHORTEST_LEVELLED_S = 0.45
_LEVEL_ERROR_LU = 0.05
_LEVEL_ROUNDS = 8


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
    tail = frames_of(_TAIL_MS, clip.rate_hz)
    size = 1 << (min(6 * tail, clip.frames + tail) - 1).bit_length()
    response = _k_response(clip.rate_hz, size)
    weighted = np.empty_like(clip.samples)
    for channel in range(clip.channels):
        padded = np.concatenate([np.zeros(tail, np.float32), clip.samples[:, channel]])
        for start in range(0, clip.frames, size - tail):
            block = np.fft.rfft(padded[start : start + size], size)
            block *= response
            piece = np.fft.irfft(block, size)[tail:]
            weighted[start : start + size - tail, channel] = piece[: clip.frames - start]
    return weighted


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
    rows = filled.reshape(blocks, -1)
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
    block_frames = frames_of(10, clip.rate_hz)
    return integrated_lufs(block_powers(clip, block_frames=block_frames), block_s=block_frames / clip.rate_hz)


def true_peak_dbtp(clip: Clip) -> float:
    """The highest level between the samples too, read at four times the rate (BS.1770-4, annex 2); -inf for silence."""
    peak = float(_block_peaks(clip).max(initial=0.0))
    return 20 * math.log10(peak) if peak else -math.inf


def _block_peaks(clip: Clip) -> Samples:
    """The highest level of each block of `_BLOCK` frames, over all channels, at four times the rate."""
    over = np.abs(resample(clip, clip.rate_hz * _OVERSAMPLING).samples)
    loudest = over[:, 0] if clip.channels == 1 else over.max(axis=1)
    wanted = -(-clip.frames // _BLOCK) * _BLOCK * _OVERSAMPLING
    peaks = np.pad(loudest[:wanted], (0, max(0, wanted - len(loudest))))
    while len(peaks) > wanted // (_BLOCK * _OVERSAMPLING):
        peaks = np.maximum(peaks[0::2], peaks[1::2])
    return peaks


def limit(clip: Clip, *, ceiling_dbtp: float) -> Clip:
    """The same sound with no peak above the ceiling; the very same samples where nothing exceeds it.

    It looks 5 ms ahead and lets go as gently as it takes hold, so that the gain holds no sound of its own.
    """
    reduction = _reduction(_block_peaks(clip), ceiling_dbtp, clip.rate_hz)
    return clip if reduction is None else _reduced(clip, reduction)


def _reduction(peaks: Samples, ceiling_dbtp: float, rate_hz: int) -> Floats | None:
    """What to take off the gain of each block, 0 to 1; None where no peak exceeds the ceiling."""
    ceiling = np.float32(10 ** (ceiling_dbtp / 20))
    needed = 1 - ceiling / np.maximum(peaks, ceiling)
    if not needed.any():
        return None
    width = max(1, frames_of(_LOOK_AHEAD_MS, rate_hz) // _BLOCK)
    held = _sliding_max(np.pad(needed, 2 * width), 2 * width + 3)
    return _sliding_mean(_sliding_mean(held.astype(np.float64), width), width)


def _sliding_max(values: Samples, width: int) -> Samples:
    """The maximum of each `width` neighbours: maxima of 2, of 4, of 8, and two of those that overlap."""
    size = 1
    while 2 * size <= width:
        values = np.maximum(values[:-size], values[size:])
        size *= 2
    rest = width - size
    return np.maximum(values[: len(values) - rest], values[rest:])


def _sliding_mean(values: Floats, width: int) -> Floats:
    """The mean of each `width` neighbours. Where all are 0 it is exactly 0."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    means: Floats = (total[width:] - total[:-width]) / width
    return means


def _reduced(clip: Clip, reduction: Floats) -> Clip:
    """The samples at the gain that lies between the blocks' centres: 0.875 frames into a block of two."""
    before, after = np.concatenate([reduction[:1], reduction[:-1]]), np.concatenate([reduction[1:], reduction[-1:]])
    curve = np.empty(_BLOCK * len(reduction), np.float32)
    curve[0::2] = 1 - (0.4375 * before + 0.5625 * reduction)
    curve[1::2] = 1 - (0.9375 * reduction + 0.0625 * after)
    return Clip(clip.samples * curve[: clip.frames, None], clip.rate_hz)


def level(clip: Clip, *, target_lufs: float, makeup_db: float, ceiling_dbtp: float, gain_db: float = 0.0) -> Levelled:
    """The clip at the target's loudness, its peaks under the ceiling; `gain_db` then raises or lowers it.

    The make-up gain is this clip's own, at most 4 dB from `makeup_db`, the gain that brings its voice to -16 LUFS. A
    clip under 0.45 s takes the voice's. The same clip gives the same bytes, whatever stands around it.
    """
    peaks = _block_peaks(clip)
    usual_db = makeup_db + target_lufs - _MAKEUP_REFERENCE_LUFS
    gain_db += (
        usual_db
        if clip.duration_s < _SHORTEST_LEVELLED_S
        else _makeup(clip, peaks, usual_db, target_lufs, ceiling_dbtp)
    )
    louder = scale(clip, gain_db)
    reduction = _reduction(peaks * np.float32(10 ** (gain_db / 20)), ceiling_dbtp, clip.rate_hz)
    if reduction is None:
        return Levelled(louder, gain_db, 0.0)
    return Levelled(_reduced(louder, reduction), gain_db, float(np.count_nonzero(reduction) / len(reduction)))


def _makeup(clip: Clip, peaks: Samples, usual_db: float, target_lufs: float, ceiling_dbtp: float) -> float:
    """The gain with which the limited clip reaches the target.

    The limiter's gain moves slowly beside the K filter, so it is applied to the weighted power of its blocks: neither
    the filter nor the oversampling is run again.
    """
    energy = _powers(k_weighted(clip), _BLOCK)
    block = frames_of(10, clip.rate_hz) // _BLOCK
    low, high = usual_db - _MAKEUP_BOUND_DB, usual_db + _MAKEUP_BOUND_DB
    gain_db = usual_db
    for _ in range(_LEVEL_ROUNDS):
        reduction = _reduction(peaks * np.float32(10 ** (gain_db / 20)), ceiling_dbtp, clip.rate_hz)
        left = energy if reduction is None else energy * (1 - reduction) ** 2
        sums = np.add.reduceat(left, np.arange(0, len(left), block)) / block
        lufs = gain_db + integrated_lufs(sums, block_s=block * _BLOCK / clip.rate_hz)
        wanted = min(max(gain_db + target_lufs - lufs, low), high) if lufs > -math.inf else usual_db
        if abs(wanted - gain_db) < _LEVEL_ERROR_LU:
            break
        gain_db = wanted
    return gain_db
