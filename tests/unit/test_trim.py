"""Silence goes, speech stays: faint fricatives, short words, noisy rooms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audioguide.audio import Clip, frames_of, mono, silence
from audioguide.trim import Trimmed, percentile, trim

RATES_HZ = [22050, 24000, 44100, 48000]
QUIET_MS, FRICATIVE_MS, VOWEL_MS = 300, 120, 400


def vowel(ms: float, rate_hz: int, peak: float = 0.5) -> NDArray[np.float64]:
    """A buzz of 120 Hz, strong below and weak above."""
    time = np.arange(frames_of(ms, rate_hz)) / rate_hz
    wave = sum(np.cos(2 * np.pi * 120 * n * time) / n**1.5 for n in range(1, 20))
    return np.asarray(wave / 2.5 * peak)


def fricative(ms: float, rate_hz: int, level_db: float, seed: int = 0) -> NDArray[np.float64]:
    """Bright noise, as in "s" and "f"."""
    noise = np.diff(np.random.default_rng(seed).normal(size=frames_of(ms, rate_hz) + 1))
    return np.asarray(noise / noise.std() * 10 ** (level_db / 20))


def hush(ms: float, rate_hz: int, level_db: float = -78, seed: int = 1) -> NDArray[np.float64]:
    """The noise that an engine leaves in its pauses."""
    return np.random.default_rng(seed).normal(size=frames_of(ms, rate_hz)) * 10 ** (level_db / 20)


def word(rate_hz: int, fricative_db: float, hush_db: float = -78) -> Clip:
    """300 ms of hush, a fricative, a vowel, a fricative, 300 ms of hush."""
    middle = [fricative(FRICATIVE_MS, rate_hz, fricative_db), vowel(VOWEL_MS, rate_hz)]
    ending = [fricative(FRICATIVE_MS, rate_hz, fricative_db, seed=2), hush(QUIET_MS, rate_hz, hush_db, seed=3)]
    return mono(np.concatenate([hush(QUIET_MS, rate_hz, hush_db), *middle, *ending]), rate_hz)


def trimmed(clip: Clip) -> Trimmed:
    result = trim(clip)
    assert result is not None
    return result


@pytest.mark.parametrize("hush_db", [-400, -78])
@pytest.mark.parametrize("fricative_db", [-20, -40, -50])
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_faint_fricatives_stay_and_silence_goes(rate_hz: int, fricative_db: float, hush_db: float) -> None:
    """The first and the last sound are found to 10 ms, though a fricative lies 40 dB under the vowel."""
    clip = word(rate_hz, fricative_db, hush_db)
    result = trimmed(clip)
    onset = (result.cut_frames + result.onset_frames) * 1000 / rate_hz
    end = (result.cut_frames + result.clip.frames - result.offset_frames) * 1000 / rate_hz
    assert onset == pytest.approx(QUIET_MS, abs=10)
    assert end == pytest.approx(QUIET_MS + 2 * FRICATIVE_MS + VOWEL_MS, abs=10)
    assert result.onset_frames == frames_of(30, rate_hz)
    assert result.offset_frames == frames_of(60, rate_hz)


def test_the_samples_between_the_fades_are_the_clips_own() -> None:
    clip = word(44100, -30)
    result = trimmed(clip)
    fade = frames_of(5, 44100)
    part = clip.samples[result.cut_frames : result.cut_frames + result.clip.frames]
    assert np.array_equal(result.clip.samples[fade:-fade], part[fade:-fade])
    assert np.all(np.abs(result.clip.samples) <= np.abs(part))


def test_both_ends_are_faded_by_a_raised_cosine() -> None:
    """Over 5 ms, half way after 2.5: from nothing to all."""
    steady = mono(np.full(24000, 0.5) * np.sign(np.sin(np.arange(24000))), 24000)
    level = np.abs(trimmed(steady).clip.samples[:, 0])
    assert level[0] == pytest.approx(0, abs=1e-3)
    assert level[[59, 60]].mean() == pytest.approx(0.25, abs=1e-3)
    assert np.all(np.diff(level[:120]) > 0)
    assert level[120:-120] == pytest.approx(0.5)
    assert level[-120:] == pytest.approx(level[:120][::-1], abs=1e-4)


def test_nothing_is_added_where_there_is_little_silence() -> None:
    """Speech at the very start and end keeps what is around it."""
    bare = mono(vowel(500, 44100), 44100)
    result = trimmed(bare)
    assert (result.clip.frames, result.onset_frames, result.offset_frames) == (bare.frames, 0, 0)
    near = mono(np.concatenate([hush(10, 44100), vowel(500, 44100), hush(20, 44100)]), 44100)
    result = trimmed(near)
    assert (result.clip.frames, result.cut_frames) == (near.frames, 0)
    assert result.onset_frames == pytest.approx(441, abs=221)
    assert result.offset_frames == pytest.approx(882, abs=221)


def test_pauses_inside_stay() -> None:
    """Two words with a second between them are cut at their outer ends alone."""
    gap = [vowel(200, 24000), hush(1000, 24000), vowel(200, 24000)]
    result = trimmed(mono(np.concatenate([hush(500, 24000), *gap, hush(500, 24000)]), 24000))
    assert result.clip.duration_s == pytest.approx(1.4 + 0.09, abs=0.011)


def test_a_click_before_the_speech_is_no_speech() -> None:
    """A single loud sample, 200 ms ahead, does not hold the silence."""
    clip = word(44100, -30)
    clip.samples[frames_of(100, 44100)] = 0.5
    result = trimmed(clip)
    assert (result.cut_frames + result.onset_frames) / 44.1 == pytest.approx(QUIET_MS, abs=10)


def test_noise_that_could_be_speech_stays() -> None:
    """Noise less than 25 dB under the speech is kept whole: better a breath too much than a word too little."""
    clip = word(44100, -30, hush_db=-34)
    assert trimmed(clip).clip.frames == clip.frames


@pytest.mark.parametrize("offset", [0.0, 0.002])
def test_a_constant_offset_is_no_sound(offset: float) -> None:
    clip = word(44100, -30)
    result = trimmed(Clip(clip.samples + np.float32(offset), 44100))
    assert (result.cut_frames + result.onset_frames) / 44.1 == pytest.approx(QUIET_MS, abs=10)


@pytest.mark.parametrize(
    "clip",
    [silence(0, 44100), silence(1, 44100), silence(44100, 44100), mono(hush(500, 44100, -75), 44100)],
    ids=["empty", "one frame", "zeros", "faint noise"],
)
def test_silence_holds_no_speech(clip: Clip) -> None:
    assert trim(clip) is None


def test_either_channel_may_speak() -> None:
    speech = word(44100, -30).samples
    result = trimmed(Clip(np.concatenate([np.zeros_like(speech), speech], axis=1), 44100))
    assert result.clip.channels == 2
    assert (result.cut_frames + result.onset_frames) / 44.1 == pytest.approx(QUIET_MS, abs=10)


def test_the_clip_is_not_changed_in_place() -> None:
    clip = mono(vowel(100, 44100), 44100)
    before = clip.samples.tobytes()
    trim(clip)
    assert clip.samples.tobytes() == before


SOUNDS: dict[str, Callable[[float, int], NDArray[np.float64]]] = {
    "vowel": vowel,
    "fricative": lambda ms, rate_hz: np.diff(np.random.default_rng(4).normal(size=frames_of(ms, rate_hz) + 1)) / 50,
    "hush": hush,
    "zeros": lambda ms, rate_hz: np.zeros(frames_of(ms, rate_hz)),
}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(SOUNDS)), st.floats(0, 120)), max_size=6),
    st.sampled_from([8000, *RATES_HZ]),
    st.integers(1, 2),
)
def test_the_figures_fit_any_sound(parts: list[tuple[str, float]], rate_hz: int, channels: int) -> None:
    """Never longer than the input; the speech lies within the clip; a second trim finds it in the same place."""
    wave = np.concatenate([np.zeros(0), *(SOUNDS[kind](ms, rate_hz) for kind, ms in parts)])
    clip = Clip(np.repeat(wave.astype(np.float32)[:, None], channels, axis=1), rate_hz)
    if (result := trim(clip)) is None:
        return
    assert 0 < result.clip.frames <= clip.frames
    assert 0 <= result.cut_frames <= clip.frames - result.clip.frames
    assert 0 <= result.onset_frames <= frames_of(30, rate_hz)
    assert 0 <= result.offset_frames <= frames_of(60, rate_hz)
    assert result.onset_frames + result.offset_frames < result.clip.frames


@given(count=st.integers(1, 400), percent=st.sampled_from([0, 1, 3, 50, 97, 100]), seed=st.integers(0, 99))
def test_percentile_is_numpys_to_the_last_bit(count: int, percent: int, seed: int) -> None:
    levels = np.random.default_rng(seed).normal(-40, 20, count)
    assert percentile(levels, percent) == np.percentile(levels, percent)
