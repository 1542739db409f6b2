"""The meter against the reference signals of ITU-R BS.1770-4 and EBU Tech 3341, the gains against the meter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audioguide.audio import Clip, mono, scale, silence
from audioguide.loudness import (
    block_powers,
    clip_lufs,
    integrated_lufs,
    level,
    limit,
    momentary_lufs,
    short_term_lufs,
)
from audioguide.peaks import true_peak_dbtp
from audioguide.weighting import k_weighted

RATES_HZ = [24000, 44100, 48000]
CEILING_DBTP = -2.0


def sine(
    frequency_hz: float, peak_db: float, seconds: float, rate_hz: int, phase_deg: float = 0
) -> NDArray[np.float64]:
    angle = 2 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz + math.radians(phase_deg)
    wave: NDArray[np.float64] = 10 ** (peak_db / 20) * np.sin(angle)
    return wave


def steps(parts: list[tuple[float, float]], rate_hz: int) -> Clip:
    """A stereo tone of 1 kHz whose level changes: (seconds, dBFS) after (seconds, dBFS)."""
    wave = sine(1000, 0, sum(seconds for seconds, _ in parts), rate_hz)
    gains = np.concatenate([np.full(round(seconds * rate_hz), 10 ** (peak_db / 20)) for seconds, peak_db in parts])
    frames = min(len(wave), len(gains))
    return Clip(np.repeat((wave[:frames] * gains[:frames]).astype(np.float32)[:, None], 2, axis=1), rate_hz)


def babble(seed: int, seconds: float, rate_hz: int = 44100, peak_db: float = -6) -> Clip:
    """Noise with the peaks and the gaps of speech: syllables of many sizes, some faint."""
    random = np.random.default_rng(seed)
    frames = round(seconds * rate_hz)
    syllables = np.exp(random.normal(-1, 1, round(seconds * 8) + 2))
    swell = np.interp(np.arange(frames), np.arange(len(syllables)) * rate_hz / 8, syllables)
    noise = np.convolve(random.laplace(size=frames), np.ones(8), "same") * swell
    return mono(noise * 10 ** (peak_db / 20) / np.abs(noise).max(), rate_hz)


EBU_3341 = {
    "case 1": ([(20, -23)], -23.0),
    "case 2": ([(20, -33)], -33.0),
    "case 3": ([(10, -36), (60, -23), (10, -36)], -23.0),
    "case 4": ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23.0),
    "case 5": ([(20, -26), (20.1, -20), (20, -26)], -23.0),
}


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(("parts", "lufs"), EBU_3341.values(), ids=EBU_3341)
def test_integrated_loudness_of_the_ebu_sequences(parts: list[tuple[float, float]], lufs: float, rate_hz: int) -> None:
    """EBU Tech 3341, cases 1 to 5, within 0.1 LU, in the blocks of MP3; case 6 has five channels."""
    powers = block_powers(steps(parts, rate_hz), block_frames=1152)
    assert integrated_lufs(powers, block_s=1152 / rate_hz) == pytest.approx(lufs, abs=0.1)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_clip_is_measured_as_its_blocks_are(rate_hz: int) -> None:
    """Case 5, shorter: `clip_lufs` gates as `integrated_lufs` does."""
    clip = steps([(2, -26), (2.01, -20), (2, -26), (4, -45)], rate_hz)
    assert clip_lufs(clip) == pytest.approx(-23.0, abs=0.2)
    powers = block_powers(clip, block_frames=rate_hz // 100)
    assert clip_lufs(clip) == pytest.approx(integrated_lufs(powers, block_s=0.01), abs=0.01)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_short_term_and_momentary_loudness_of_the_ebu_sequences(rate_hz: int) -> None:
    """Cases 9 and 12 alternate so that every whole window holds the same energy."""
    slow = block_powers(steps([(1.34, -20), (1.66, -30)] * 5, rate_hz), block_frames=rate_hz // 100)
    quick = block_powers(steps([(0.18, -20), (0.22, -30)] * 25, rate_hz), block_frames=rate_hz // 100)
    assert short_term_lufs(slow, block_s=0.01) == pytest.approx(-23.0, abs=0.1)
    assert momentary_lufs(quick, block_s=0.01) == pytest.approx(-23.0, abs=0.1)
    assert len(short_term_lufs(slow, block_s=0.01)) == 121
    assert len(momentary_lufs(quick, block_s=0.01)) == 97


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 96000, 192000, *RATES_HZ])
def test_a_full_sine_in_one_channel_reads_three_below_nought(rate_hz: int) -> None:
    """BS.1770-4: 997 Hz at 0 dBFS in one channel is -3.01 LUFS; the same in both is 3 more. The bilinear forms bend by 0.05."""
    one = mono(sine(997, 0, 3, rate_hz), rate_hz)
    both = Clip(np.repeat(one.samples, 2, axis=1), rate_hz)
    assert clip_lufs(one) == pytest.approx(-3.01, abs=0.1)
    assert clip_lufs(both) == pytest.approx(0.0, abs=0.1)


def test_the_filter_is_that_of_the_recommendation() -> None:
    """BS.1770-4's own coefficients for 48 kHz, run sample by sample, give the same response."""
    shelf = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (-1.69065929318241, 0.73248077421585))
    high_pass = ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))
    wave = [1.0] + [0.0] * 2399
    for (b0, b1, b2), (a1, a2) in (shelf, high_pass):
        out: list[float] = []
        for i, x in enumerate(wave):
            x1, x2 = (wave[i - 1] if i > 0 else 0.0), (wave[i - 2] if i > 1 else 0.0)
            y1, y2 = (out[i - 1] if i > 0 else 0.0), (out[i - 2] if i > 1 else 0.0)
            out.append(b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2)
        wave = out
    impulse = mono(np.array([1.0] + [0.0] * 2399), 48000)
    assert k_weighted(impulse)[:, 0] == pytest.approx(np.array(wave), abs=2e-6)


@pytest.mark.parametrize("at", [1, 54321, 120_000])
@pytest.mark.parametrize("rate_hz", [8000, 44100, 192_000])
def test_the_rows_of_the_filter_leave_no_seam(at: int, rate_hz: int) -> None:
    """A sound is weighed the same wherever it lies and however long the clip is, at any rate."""
    burst = babble(1, 44100 / rate_hz, rate_hz)
    late = Clip(np.concatenate([np.zeros((at, 1), np.float32), burst.samples, np.zeros((9, 1), np.float32)]), rate_hz)
    assert k_weighted(late)[at:-9] == pytest.approx(k_weighted(burst), abs=1e-6)


def test_the_filter_forgets_what_stands_still() -> None:
    """A high-pass: of a constant nothing is left, to the last bit that a sample has."""
    still = mono(np.ones(200_000), 44100)
    assert np.abs(k_weighted(still)[50_000:]).max() < 1e-6


@settings(max_examples=15, deadline=None)
@given(st.integers(min_value=1, max_value=2205), st.floats(min_value=1, max_value=3))
def test_blocks_may_have_any_length(block_frames: int, seconds: float) -> None:
    """Up to 50 ms: no energy is lost, and blurred edges or one window more do not move the loudness."""
    swell = 1 + 0.1 * np.sin(np.arange(round(seconds * 44100)) / 7000)
    clip = mono(swell * np.random.default_rng(7).normal(size=len(swell)) / 20, 44100)
    powers = block_powers(clip, block_frames=block_frames)
    assert integrated_lufs(powers, block_s=block_frames / 44100) == pytest.approx(clip_lufs(clip), abs=0.1)
    energy = float(np.square(k_weighted(clip), dtype=np.float64).sum())
    assert float(powers.sum()) * block_frames == pytest.approx(energy, rel=1e-4)


def test_a_clip_shorter_than_a_window_is_measured_whole() -> None:
    """100 ms of a tone are as loud as the tone, but for the filter's start."""
    short = mono(sine(1000, -23, 0.1, 44100), 44100)
    powers = block_powers(short, block_frames=441)
    assert clip_lufs(short) == pytest.approx(-26.0, abs=0.2)
    assert integrated_lufs(powers, block_s=0.01) == pytest.approx(clip_lufs(short), abs=0.01)
    assert len(momentary_lufs(powers, block_s=0.01)) == 0


@pytest.mark.parametrize("frames", [0, 1, 44100])
def test_silence_has_no_loudness_and_no_peak(frames: int) -> None:
    quiet = silence(frames, 44100)
    assert clip_lufs(quiet) == -math.inf
    assert true_peak_dbtp(quiet) == -math.inf
    assert integrated_lufs(block_powers(quiet, block_frames=1152), block_s=1152 / 44100) == -math.inf
    assert limit(quiet, ceiling_dbtp=-2).frames == frames
    assert level(quiet, target_lufs=-16, makeup_db=10, ceiling_dbtp=-2).gain_db == 10


EBU_PEAKS = {
    "case 15": (4, 0, 0.50, -6.0),
    "case 16": (4, 45, 0.50, -6.0),
    "case 17": (6, 60, 0.50, -6.0),
    "case 18": (8, 67.5, 0.50, -6.0),
    "case 19": (4, 45, 1.41, 3.0),
}


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(("share", "phase_deg", "peak", "dbtp"), EBU_PEAKS.values(), ids=EBU_PEAKS)
def test_true_peak_of_the_ebu_tones(share: int, phase_deg: float, peak: float, dbtp: float, rate_hz: int) -> None:
    """EBU Tech 3341, cases 15 to 19: +0.2, -0.4 dB, though no sample may lie on the peak."""
    wave = sine(rate_hz / share, 20 * math.log10(peak), 1, rate_hz, phase_deg)
    fade = np.minimum(1, np.arange(len(wave)) / 1000)  # the tones of the EBU start gently: a step rings
    assert dbtp - 0.4 <= true_peak_dbtp(mono(wave * fade * fade[::-1], rate_hz)) <= dbtp + 0.2


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("frequency_hz", [60, 300, 1000, 3000])
def test_the_limiter_adds_nothing_to_a_tone(frequency_hz: float, rate_hz: int) -> None:
    """THD+N of a tone 6 dB over the ceiling is under -100 dB: the gain stands still from wave to wave."""
    wave = sine(frequency_hz, CEILING_DBTP + 6, 3, rate_hz)
    out = limit(mono(wave, rate_hz), ceiling_dbtp=CEILING_DBTP)
    middle = out.samples[rate_hz:-rate_hz, 0].astype(np.float64)
    tone = np.stack([wave, sine(frequency_hz, 0, 3, rate_hz, 90)], axis=1)[rate_hz:-rate_hz]
    rest = middle - tone @ np.linalg.lstsq(tone, middle, rcond=None)[0]
    assert 10 * math.log10(float(np.square(rest).mean() / np.square(middle).mean())) < -100
    assert true_peak_dbtp(out) == pytest.approx(CEILING_DBTP, abs=0.02)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 999),
    seconds=st.floats(0.001, 1.5),
    over_db=st.floats(-3, 20),
    rate_hz=st.sampled_from([8000, 22050, *RATES_HZ]),
)
def test_no_peak_is_left_above_the_ceiling(seed: int, seconds: float, over_db: float, rate_hz: int) -> None:
    clip = babble(seed, seconds, rate_hz, CEILING_DBTP + over_db)
    out = limit(clip, ceiling_dbtp=CEILING_DBTP)
    assert out.frames == clip.frames
    assert true_peak_dbtp(out) <= CEILING_DBTP + 0.05
    assert np.all(np.abs(out.samples) <= np.abs(clip.samples))


def test_what_lies_under_the_ceiling_is_the_same_to_the_bit() -> None:
    quiet = babble(3, 1.0, peak_db=-3)
    assert limit(quiet, ceiling_dbtp=-2) is quiet
    levelled = level(quiet, target_lufs=-40, makeup_db=0, ceiling_dbtp=-2)
    assert levelled.reduced == 0
    assert np.array_equal(levelled.clip.samples, scale(quiet, levelled.gain_db).samples)


def test_the_limiter_acts_near_peaks_alone() -> None:
    """Further than 25 ms from a peak every sample is as it was: no release, so no pumping."""
    clip = scale(babble(3, 1.0), -20)
    clip.samples[22050:22060] = 0.99
    out = limit(clip, ceiling_dbtp=-6)
    assert np.array_equal(out.samples[: 22050 - 1100], clip.samples[: 22050 - 1100])
    assert np.array_equal(out.samples[22050 + 1100 :], clip.samples[22050 + 1100 :])
    assert true_peak_dbtp(out) <= -6 + 0.05


def test_both_channels_are_limited_as_one() -> None:
    """Where only the left is too loud, the right gives way with it: the image stays where it is."""
    left = babble(4, 1.0, peak_db=3).samples
    out = limit(Clip(np.concatenate([left, left / 2], axis=1), 44100), ceiling_dbtp=-2)
    assert out.samples[:, 1] == pytest.approx(out.samples[:, 0] / 2, abs=1e-7)


@pytest.mark.parametrize("target_lufs", [-19.0, -16.0])
@pytest.mark.parametrize("input_db", [-18.0, -12.0, -6.0])
def test_voices_of_any_strength_land_at_the_target(input_db: float, target_lufs: float) -> None:
    """The voice's constant says how far off it is on the whole; each clip is then brought to the target itself."""
    for seed in range(4):
        clip = babble(seed, 2.0, peak_db=input_db)
        makeup_db = -16 - clip_lufs(clip) + 1
        levelled = level(clip, target_lufs=target_lufs, makeup_db=makeup_db, ceiling_dbtp=CEILING_DBTP)
        assert clip_lufs(levelled.clip) == pytest.approx(target_lufs, abs=0.1)
        assert true_peak_dbtp(levelled.clip) <= CEILING_DBTP + 0.05


def test_the_make_up_keeps_within_four_db_of_the_voice() -> None:
    """A whisper stays a whisper: 4 dB more than its voice gets, and no more."""
    whisper = babble(5, 1.0, peak_db=-40)
    assert level(whisper, target_lufs=-16, makeup_db=10, ceiling_dbtp=-2).gain_db == 14
    assert level(whisper, target_lufs=-18, makeup_db=10, ceiling_dbtp=-2).gain_db == 12
    assert level(babble(5, 1.0, peak_db=0), target_lufs=-40, makeup_db=10, ceiling_dbtp=-2).gain_db == -18


def test_a_word_takes_the_voice_gain() -> None:
    """Under 0.45 s loudness says little; the constant moves with the target."""
    word = babble(6, 0.44)
    assert level(word, target_lufs=-19, makeup_db=3.5, ceiling_dbtp=-2).gain_db == pytest.approx(0.5)
    assert level(babble(6, 0.46), target_lufs=-19, makeup_db=3.5, ceiling_dbtp=-2).gain_db != pytest.approx(0.5)


def test_the_script_gain_comes_on_top() -> None:
    """It is added to the make-up, beyond its bound, and the sum goes through the limiter."""
    clip = babble(8, 2.0)
    makeup_db = -16 - clip_lufs(clip)
    plain = level(clip, target_lufs=-16, makeup_db=makeup_db, ceiling_dbtp=-2)
    softer = level(clip, target_lufs=-16, makeup_db=makeup_db, ceiling_dbtp=-2, gain_db=-9)
    louder = level(clip, target_lufs=-16, makeup_db=makeup_db, ceiling_dbtp=-2, gain_db=9)
    assert softer.gain_db == pytest.approx(plain.gain_db - 9)
    assert louder.gain_db == pytest.approx(plain.gain_db + 9)
    assert softer.reduced <= plain.reduced < louder.reduced <= 1
    assert true_peak_dbtp(louder.clip) <= -2 + 0.05


def test_the_same_clip_gives_the_same_bytes() -> None:
    once, again = (level(babble(9, 2.0), target_lufs=-16, makeup_db=5, ceiling_dbtp=-2) for _ in range(2))
    assert once.clip.samples.tobytes() == again.clip.samples.tobytes()
    assert (once.gain_db, once.reduced) == (again.gain_db, again.reduced)


def test_no_clip_is_changed_in_place() -> None:
    clip = babble(10, 1.0, peak_db=3)
    before = clip.samples.tobytes()
    level(clip, target_lufs=-10, makeup_db=0, ceiling_dbtp=-2)
    limit(clip, ceiling_dbtp=-20)
    true_peak_dbtp(clip)
    assert clip.samples.tobytes() == before
