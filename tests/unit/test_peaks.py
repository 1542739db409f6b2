"""Peaks between samples: where they matter, and where a look at the samples is enough."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audioguide.audio import Clip, mono, resample, scale
from audioguide.peaks import BLOCK, block_peaks, true_peak_dbtp
from tests.unit.test_loudness import babble


def test_peaks_are_those_of_four_times_the_rate() -> None:
    """As soxr reads them too, which knows nothing of blocks: each peak is in the block where it lies.

    For sound up to 0.9 of the band: soxr takes off what is above.
    """
    clip = resample(babble(3, 1.0, 39000), 44100)
    over = np.abs(resample(clip, 4 * clip.rate_hz).samples[:, 0])
    blocks = len(over) // (4 * BLOCK)
    expected = over[: blocks * 4 * BLOCK].reshape(blocks, -1).max(axis=1)
    assert block_peaks(clip)[:blocks] == pytest.approx(expected, abs=0.001)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.floats(0.05, 0.9))
def test_what_reaches_the_level_that_matters_is_the_same(seed: int, near: float) -> None:
    """And what stays under it stays under it."""
    clip = babble(seed, 0.5)
    every, some = block_peaks(clip), block_peaks(clip, near=near)
    assert some[every >= near] == pytest.approx(every[every >= near])
    assert np.all(some[every < near] < near)


@pytest.mark.parametrize("frames", [1, 7, 8, 9, 515])
def test_a_peak_at_either_end_counts(frames: int) -> None:
    for place in (0, frames - 1):
        samples = np.zeros((frames, 1), np.float32)
        samples[place] = -0.5
        peaks = block_peaks(Clip(samples, 44100), near=0.5)
        assert len(peaks) == -(-frames // BLOCK)
        assert peaks[place // BLOCK] == peaks.max() == pytest.approx(0.5)


def test_the_louder_channel_counts() -> None:
    clip = babble(4, 0.5)
    both = Clip(np.concatenate([scale(clip, -12).samples, clip.samples], axis=1), clip.rate_hz)
    assert true_peak_dbtp(both) == pytest.approx(true_peak_dbtp(clip))
    assert block_peaks(both) == pytest.approx(block_peaks(clip))


def test_a_peak_between_two_samples_is_found() -> None:
    """A tone at a quarter of the rate whose samples all lie 3 dB under its crest."""
    tone = mono(np.sin(np.arange(4410) * np.pi / 2 + np.pi / 4) * np.hanning(4410) * 0.5, 44100)
    assert 20 * np.log10(np.abs(tone.samples).max()) == pytest.approx(-9.03, abs=0.01)
    assert true_peak_dbtp(tone) == pytest.approx(-6.02, abs=0.02)
