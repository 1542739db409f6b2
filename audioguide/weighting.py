"""The K filter of ITU-R BS.1770-4: a high shelf for the head, then a high-pass, at any rate from 8 to 192 kHz.

A recursive filter as products of matrices: within a row of samples everything that they do to each other, and between rows
the filter's four states. A hundred times quicker than a loop, and six times quicker than over a spectrum.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from audioguide.audio import Clip, Samples

Floats = NDArray[np.float64]

_ROW = 64
_SIDE_BY_SIDE = 32
"""Rows of one product: more would be spread over cores that other workers use."""
_ROWS = 2048
"""Rows that are filtered at once, a multiple of `_SIDE_BY_SIDE`: half a megabyte stays in the cache."""
_FORGOTTEN = 1e-12


@dataclass(frozen=True, slots=True)
class _Matrices:
    """What a row of samples becomes; all stand on the right of a product."""

    own: Samples
    """From its samples to its output, and to the four states it leaves."""
    before: Samples
    """From the states it finds to what they add to its output."""
    onward: tuple[Floats, ...]
    """From states to those after a row of silence, after two, after four, until all is forgotten."""


def k_weighted(clip: Clip) -> Samples:
    """The samples as BS.1770-4 weighs them, of the clip's shape."""
    matrices = _matrices(clip.rate_hz)
    weighted = np.empty((-(-clip.frames // _ROW) * _ROW, clip.channels), np.float32)
    for channel in range(clip.channels):
        at = 0
        for filtered in _filtered(clip.samples[:, channel], matrices):
            weighted[at : at + len(filtered), channel] = filtered
            at += len(filtered)
    return weighted[: clip.frames]


def _filtered(samples: Samples, matrices: _Matrices) -> Iterator[Samples]:
    """The output, stretch after stretch; the last one is filled up to a whole row."""
    states = np.zeros((1, 4))
    for start in range(0, len(samples), _ROWS * _ROW):
        given = samples[start : start + _ROWS * _ROW]
        rows = -(-len(given) // _ROW)
        stacks = -(-rows // _SIDE_BY_SIDE)
        filled = np.zeros((stacks, _SIDE_BY_SIDE, _ROW), np.float32)
        filled.reshape(-1)[: len(given)] = given
        made = np.matmul(filled, matrices.own).reshape(-1, _ROW + 4)[:rows]
        left = np.concatenate([states, made[:, _ROW:]])
        for number, onward in enumerate(matrices.onward):
            left[1 << number :] += left[: -(1 << number)] @ onward
        states = left[-1:]
        found = np.zeros((stacks, _SIDE_BY_SIDE, 4), np.float32)
        found.reshape(-1, 4)[:rows] = left[:-1]
        yield (made[:, :_ROW] + np.matmul(found, matrices.before).reshape(-1, _ROW)[:rows]).reshape(-1)


@lru_cache(maxsize=32)
def _matrices(rate_hz: int) -> _Matrices:
    """`states' = turn states + enter x` and `y = see states + straight x`, for a whole row at once."""
    turn, enter, see, straight = _in_series(*_sections(rate_hz))
    powers = [np.eye(4)]
    while len(powers) <= _ROW:
        powers.append(turn @ powers[-1])
    after = [straight, *(float(see @ power @ enter) for power in powers[: _ROW - 1])]
    own = np.zeros((_ROW, _ROW + 4))
    for place in range(_ROW):
        own[place, place:_ROW] = after[: _ROW - place]
        own[place, _ROW:] = powers[_ROW - 1 - place] @ enter
    before = np.stack([see @ power for power in powers[:_ROW]], axis=1)
    onward = [powers[_ROW].T]
    while np.abs(onward[-1]).max() > _FORGOTTEN:
        onward.append(onward[-1] @ onward[-1])
    return _Matrices(own.astype(np.float32), before.astype(np.float32), tuple(onward))


_Section = tuple[Floats, Floats, Floats, float]


def _sections(rate_hz: int) -> tuple[_Section, _Section]:
    """The shelf and the high-pass.

    BS.1770 gives coefficients for 48 kHz alone. The analogue prototypes behind them, and so the bilinear forms for
    other rates, are Brecht De Man's ("Evaluation of implementations of the EBU R128 loudness measurement", AES 2018),
    which libebur128 uses too.
    """
    high = 10 ** (3.999843853973347 / 20)
    shelf = _section(1681.974450955533 / rate_hz, 0.7071752369554196, high, high**0.4996667741545416, 1.0)
    k, q = math.tan(math.pi * 38.13547087602444 / rate_hz), 0.5003270373238773
    return shelf, _section(38.13547087602444 / rate_hz, q, 1 + k / q + k * k, 0.0, 0.0)


def _section(frequency: float, q: float, high: float, band: float, low: float) -> _Section:
    """The bilinear form of (high s² + band s/q + low) / (s² + s/q + 1), with s = 1 at `frequency` of the rate.

    Its states are those of two integrators (Zavalishin, "The Art of VA Filter Design", 2012): they keep their precision where the
    frequency is low, which those of the direct forms do not.
    """
    g = math.tan(math.pi * frequency)
    a = g / (1 + g * (g + 1 / q))
    turn = np.array([[2 * a / g - 1, -2 * a], [2 * a, 1 - 2 * a * g]])
    enter = np.array([2 * a, 2 * a * g])
    # What lies in the band and below it, of the states and of the input; what is left lies above.
    of_band, of_low = np.array([a / g, -a]), np.array([a, 1 - a * g])
    band_x, low_x = a, a * g
    see = (band - high) / q * of_band + (low - high) * of_low
    return turn, enter, see, high + (band - high) / q * band_x + (low - high) * low_x


def _in_series(first: _Section, second: _Section) -> _Section:
    """One section after the other."""
    turn = np.block([[first[0], np.zeros((2, 2))], [np.outer(second[1], first[2]), second[0]]])
    enter = np.concatenate([first[1], second[1] * first[3]])
    return turn, enter, np.concatenate([second[3] * first[2], second[2]]), first[3] * second[3]
