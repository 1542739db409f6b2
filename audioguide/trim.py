"""Take the silence off both ends of speech, so that a script's pauses are the pauses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audioguide.audio import Clip, Samples, frames_of, padded

_FRAME_MS = 5
BEFORE_MS = 30
AFTER_MS = 60
_FADE_MS = 5

_SILENCE_DB = -70.0
"""A clip whose loudest 5 ms stay under this holds no speech."""
_LOUD_DB = -20.0
"""Frames this near the loudest make the reference."""
_RANGE_DB = -40.0
_FLOOR_PERCENTILE = 3
_OVER_FLOOR_DB = 8.0
_HIGHEST_DB = -25.0
"""However noisy the floor, what lies less than this under the reference is speech."""
_RUN = 4
_RUN_ACTIVE = 3


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Speech with up to 30 ms before it and 60 ms after it, faded over 5 ms at both ends."""

    clip: Clip
    onset_frames: int
    """From the start of the clip to the first speech."""
    offset_frames: int
    """From the last speech to the end of the clip."""
    cut_frames: int
    """What was cut off the start: by so much do the times of words move."""


def trim(clip: Clip) -> Trimmed | None:
    """The speech of a clip; None where there is only silence. Nothing is ever added."""
    size = frames_of(_FRAME_MS, clip.rate_hz)
    active = _active_frames(clip.samples, size)
    if active is None:
        return None
    first, last = active[0] * size, min((active[1] + 1) * size, clip.frames)
    start = max(0, first - frames_of(BEFORE_MS, clip.rate_hz))
    end = min(clip.frames, last + frames_of(AFTER_MS, clip.rate_hz))
    speech = Clip(_faded(clip.samples[start:end], frames_of(_FADE_MS, clip.rate_hz)), clip.rate_hz)
    return Trimmed(speech, onset_frames=first - start, offset_frames=end - last, cut_frames=start)


def _active_frames(samples: Samples, size: int) -> tuple[int, int] | None:
    """The first and the last frame of speech: where 3 of 4 frames are active."""
    levels = _levels_db(samples, size)
    if levels.max(initial=-np.inf) < _SILENCE_DB:
        return None
    # Fricatives are faint and bright: the difference from sample to sample shows them where the level does not.
    active = _above(levels) | _above(_levels_db(np.diff(samples, axis=0, prepend=samples[:1]), size))
    near = np.convolve(active, np.ones(_RUN, np.int64))
    ends = np.flatnonzero(near >= _RUN_ACTIVE)
    if not len(ends):
        return None
    first = max(0, int(ends[0]) - _RUN + 1)
    last = min(int(ends[-1]), len(active) - 1)
    return first + int(np.argmax(active[first:])), last - int(np.argmax(active[last::-1]))


def _levels_db(samples: Samples, size: int) -> NDArray[np.float64]:
    """The level of each frame, the last one filled up with silence."""
    rows = padded(samples, 0, -len(samples) % size).reshape(-1, size * samples.shape[1])
    levels: NDArray[np.float64] = 10 * np.log10(np.einsum("ij,ij->i", rows, rows).astype(np.float64) / size + 1e-14)
    return levels


def _above(levels: NDArray[np.float64]) -> NDArray[np.bool_]:
    loud = levels[levels >= levels.max() + _LOUD_DB]
    reference = 10 * np.log10(np.mean(10 ** (loud / 10)))
    floor = percentile(levels, _FLOOR_PERCENTILE)
    threshold = max(reference + _RANGE_DB, min(floor + _OVER_FLOOR_DB, reference + _HIGHEST_DB))
    above: NDArray[np.bool_] = levels > threshold
    return above


def percentile(levels: NDArray[np.float64], percent: float) -> float:
    """What numpy says, to the last bit; its own loads masked arrays at the first call, and takes longer than the sound."""
    ordered = np.sort(levels)
    place = (len(ordered) - 1) * (percent / 100)
    low, high = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
    share = place - int(place)
    return float(low + (high - low) * share if share < 0.5 else high - (high - low) * (1 - share))


def _faded(samples: Samples, fade_frames: int) -> Samples:
    frames = min(fade_frames, len(samples) // 2)
    rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(frames) + 0.5) / max(frames, 1))).astype(np.float32)[:, None]
    faded = samples.copy()
    faded[:frames] *= rise
    faded[len(faded) - frames :] *= rise[::-1]
    return faded
