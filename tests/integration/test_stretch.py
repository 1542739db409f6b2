"""A voice whose engine has no pace of its own is played faster or slower, at the same pitch."""

from __future__ import annotations

import numpy as np
import pytest

from audioguide.audio import mono, run_ffmpeg, stretch
from audioguide.errors import AudioError


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.25, 2.0])
def test_stretched_sound_keeps_its_pitch(factor: float) -> None:
    rate_hz = 24_000
    tone = mono(0.3 * np.sin(2 * np.pi * 220 * np.arange(2 * rate_hz) / rate_hz), rate_hz)
    changed = stretch(tone, factor)
    spectrum = np.abs(np.fft.rfft(changed.samples[:, 0]))
    assert abs(changed.duration_s - 2 / factor) < 0.1
    assert abs(np.argmax(spectrum) / changed.duration_s - 220) < 5


def test_at_normal_pace_nothing_is_touched() -> None:
    clip = mono(np.zeros(100), 24_000)
    assert stretch(clip, 1.0) is clip


def test_a_program_that_reads_slowly_gets_all_of_its_input() -> None:
    """More than a pipe holds, for longer than a look at Ctrl-C takes: twenty seconds, read at eight times their pace."""
    samples = np.zeros(20 * 48_000, "<f4").tobytes()
    form = ["-f", "f32le", "-ar", "48000", "-ac", "1"]
    heard = run_ffmpeg(["-readrate", "8", *form, "-i", "pipe:0", *form, "pipe:1"], data=samples, timeout_s=60)
    assert len(heard) == len(samples)


def test_a_program_that_takes_too_long_is_ended() -> None:
    samples = np.zeros(20 * 48_000, "<f4").tobytes()
    form = ["-f", "f32le", "-ar", "48000", "-ac", "1"]
    with pytest.raises(AudioError, match="did not end"):
        run_ffmpeg(["-readrate", "1", *form, "-i", "pipe:0", *form, "pipe:1"], data=samples, timeout_s=0.5)
