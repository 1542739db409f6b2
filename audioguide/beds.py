"""Music under speech: a bed runs on without a break under neighbouring sections that name it, and ducks where they speak.

Everything is a function of the place in the run, so each part under a bed can be mixed by itself, with as much of its
neighbours as the limiter and the encoder look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audioguide.audio import Clip, Samples, decode, frames_of, with_channels
from audioguide.loudness import clip_lufs
from audioguide.plan import Bed

LOOP_MS = 500
"""The end of the bed and its beginning overlap by so much where it loops."""
QUIETEST_LUFS = -60.0
"""A bed as quiet as that is taken as it is: there is nothing to bring to a level."""


@dataclass(frozen=True, slots=True)
class BedSpan:
    """Where a part lies in its run, in frames from the run's start, and the speech that its bed ducks under."""

    bed: Bed
    sound: str
    """The hash of the bed's file."""
    start: int
    run_frames: int
    speech: tuple[tuple[int, int], ...]
    """Spans of speech in the run that this part's window can hear of."""


def reach_frames(bed: Bed, rate_hz: int) -> int:
    """How far from its place speech changes the bed."""
    return frames_of(max(bed.attack_ms, bed.release_ms), rate_hz)


def near(spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[tuple[int, int], ...]:
    """The spans that touch the stretch from `start` to `end`."""
    return tuple((first, last) for first, last in spans if last > start and first < end)


def bed_facts(span: BedSpan, rate_hz: int, *, window: int) -> dict[str, object]:
    """What decides the bed under a part, for its key: nothing that it cannot hear."""
    bed = span.bed
    fade_out = span.start + window > span.run_frames - frames_of(bed.fade_out_ms, rate_hz)
    return {
        "sound": span.sound,
        "gain_db": bed.gain_db,
        "duck": [bed.duck_db, bed.attack_ms, bed.release_ms],
        "at": span.start,
        "fade_in_ms": bed.fade_in_ms if span.start - window < frames_of(bed.fade_in_ms, rate_hz) else 0,
        "fade_out": [bed.fade_out_ms, span.run_frames - span.start] if fade_out else None,
        "speech": [[first - span.start, last - span.start] for first, last in span.speech],
    }


def bed_samples(
    span: BedSpan, start: int, frames: int, *, loudness_lufs: float, rate_hz: int, channels: int
) -> Samples:
    """The bed from `start` (frames in the run) on, faded and ducked; silence outside the run."""
    loop, head = _loop(span.bed.path, span.sound, rate_hz, channels, loudness_lufs + span.bed.gain_db)
    at = np.arange(start, start + frames)
    samples = np.asarray(loop.samples[np.mod(at, loop.frames)])
    first = (at >= 0) & (at < len(head))
    samples[first] = head[at[first]]
    gain = _fades(span, at, rate_hz) * _ducking(span, at, rate_hz)
    return np.asarray(samples * gain[:, None].astype(np.float32), np.float32)


@lru_cache(maxsize=4)
def _loop(path: Path, _sound: str, rate_hz: int, channels: int, level_lufs: float) -> tuple[Clip, Samples]:
    """The bed at its level, its end overlapping its beginning so that it repeats without a click; and that beginning.

    `_sound` is the hash of the file's content: a file that changed while the program runs is read again.
    """
    clip = with_channels(decode(path, rate_hz=rate_hz, channels=channels), channels)
    measured_lufs = clip_lufs(clip)
    gain_db = level_lufs - measured_lufs if measured_lufs > QUIETEST_LUFS else 0.0
    samples = clip.samples * np.float32(10 ** (gain_db / 20))
    overlap = min(frames_of(LOOP_MS, rate_hz), clip.frames // 4)
    rise = np.sin(np.linspace(0, np.pi / 2, overlap, dtype=np.float32))[:, None]
    looped = samples[overlap:].copy()
    if overlap:
        looped[-overlap:] = looped[-overlap:] * rise[::-1] + samples[:overlap] * rise
    return Clip(np.roll(looped, overlap, axis=0), rate_hz), samples[:overlap]


def _fades(span: BedSpan, at: NDArray[np.int64], rate_hz: int) -> NDArray[np.float64]:
    """Raised cosines at both ends of the run, 0 outside it."""
    rise = at / max(1, frames_of(span.bed.fade_in_ms, rate_hz))
    fall = (span.run_frames - at) / max(1, frames_of(span.bed.fade_out_ms, rate_hz))
    share = np.clip(np.minimum(rise, fall), 0.0, 1.0)
    share[(at < 0) | (at >= span.run_frames)] = 0.0
    faded: NDArray[np.float64] = 0.5 - 0.5 * np.cos(np.pi * share)
    return faded


def _ducking(span: BedSpan, at: NDArray[np.int64], rate_hz: int) -> NDArray[np.float64]:
    """The factor that speech leaves of the bed: down before it begins, back after it ends, in straight lines of dB."""
    attack = max(1, frames_of(span.bed.attack_ms, rate_hz))
    release = max(1, frames_of(span.bed.release_ms, rate_hz))
    depth = np.zeros(len(at))
    for first, last in span.speech:
        before = 1 - (first - at) / attack
        after = 1 - (at - last) / release
        depth = np.maximum(depth, np.clip(np.minimum(before, after), 0.0, 1.0))
    ducked: NDArray[np.float64] = 10 ** (-span.bed.duck_db * depth / 20)
    return ducked
