"""Curves as SVG paths, in a box that is COLUMNS wide and HEIGHT high and is stretched to the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from audioguide.report.facts import SegmentRow
from audioguide.report.measure import Floats, Measured

COLUMNS = 1000
HEIGHT = 100
LOUDEST_LUFS, QUIETEST_LUFS = -6.0, -42.0
"""The top and the bottom of the loudness curve."""
_STEP_S = 0.1
_MOMENTARY_CENTRE_S, _SHORT_TERM_CENTRE_S = 0.2, 1.5


def outline(measured: Measured, segments: Sequence[SegmentRow]) -> Iterator[tuple[str | None, str]]:
    """The waveform as filled shapes, each with the voice that speaks there; None where nobody does."""
    columns = min(COLUMNS, len(measured.lows))
    edges = np.linspace(0, len(measured.lows), columns + 1).astype(np.int64)[:-1]
    lows, highs = np.minimum.reduceat(measured.lows, edges), np.maximum.reduceat(measured.highs, edges)
    voices = _voices(measured.duration_s, segments, columns)
    width = COLUMNS / columns
    at = 0
    for voice, run in groupby(voices):
        count = len(list(run))
        last = min(columns, at + count + 1)  # a column more, so that shapes touch
        xs = (np.arange(at, last) + 0.5) * width
        yield voice, _shape(xs, highs[at:last], lows[at:last])
        at += count


def _voices(duration_s: float, segments: Sequence[SegmentRow], columns: int) -> list[str | None]:
    voices: list[str | None] = [None] * columns
    for row in segments:
        first = int(row.start_s / duration_s * columns)
        last = min(columns, int(row.end_s / duration_s * columns) + 1)
        voices[first:last] = [row.voice] * (last - first)
    return voices


def _shape(xs: NDArray[np.floating], highs: Sequence[float] | np.ndarray, lows: Sequence[float] | np.ndarray) -> str:
    """A closed shape between two curves of samples, at least a hair high."""
    middle, thinnest = HEIGHT / 2, 0.4
    tops = middle - np.maximum(np.asarray(highs) * middle, thinnest)
    bottoms = middle - np.minimum(np.asarray(lows) * middle, -thinnest)
    there = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, tops, strict=True))
    back = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs[::-1], bottoms[::-1], strict=True))
    return f"M{there} {back}Z"


def level_y(lufs: float) -> float:
    """How far down in the box a loudness lies."""
    share = (LOUDEST_LUFS - lufs) / (LOUDEST_LUFS - QUIETEST_LUFS)
    return min(max(share, 0.0), 1.0) * HEIGHT


def momentary_area(measured: Measured) -> str:
    """Everything below the momentary loudness; of each column the loudest."""
    points = list(_curve(measured.momentary(), _MOMENTARY_CENTRE_S, measured.duration_s))
    if not points:
        return ""
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f"M{points[0][0]:.1f},{HEIGHT} {line} {points[-1][0]:.1f},{HEIGHT}Z"


def short_term_line(measured: Measured) -> str:
    """The short-term loudness."""
    points = list(_curve(measured.short_term(), _SHORT_TERM_CENTRE_S, measured.duration_s))
    return "M" + " ".join(f"{x:.1f},{y:.1f}" for x, y in points) if points else ""


def _curve(levels_lufs: Floats, centre_s: float, duration_s: float) -> Iterator[tuple[float, float]]:
    if not len(levels_lufs):
        return
    columns = min(COLUMNS, len(levels_lufs))
    edges = np.linspace(0, len(levels_lufs), columns + 1).astype(np.int64)[:-1]
    highest = np.maximum.reduceat(levels_lufs, edges)
    middles = np.concatenate([(edges[1:] + edges[:-1] - 1) / 2, [(edges[-1] + len(levels_lufs) - 1) / 2]])
    for middle, lufs in zip(middles, highest, strict=True):
        yield (middle * _STEP_S + centre_s) / duration_s * COLUMNS, level_y(float(lufs))


def ticks(duration_s: float) -> list[float]:
    """Round times for an axis, at most eight."""
    steps = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400)
    step = next((step for step in steps if duration_s / step <= 8), 28_800)
    return [float(at) for at in range(0, int(duration_s) + 1, step)]
