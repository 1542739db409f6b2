"""Real speech: the meter beside ffmpeg's own, levels that land, trims that lose nothing."""

from __future__ import annotations

import re

import numpy as np
import pytest

from audioguide.audio import Clip, mono, resample, run_ffmpeg, scale
from audioguide.loudness import block_powers, clip_lufs, integrated_lufs, level
from audioguide.peaks import true_peak_dbtp
from audioguide.trim import trim

SENTENCES = [
    "She sells sea shells; he fishes for sole.",
    "In eighteen forty-eight the last of the old bridges was taken down, stone by stone, and sold.",
    "Welcome.",
    "What you see in front of you is the oldest clock in the town, and it has never once been right.",
    "Fifteen ships left for the south; six came back.",
]
HIBARI_MAKEUP_DB = 10.1
CEILING_DBTP = -2.0


@pytest.fixture(scope="module")
def speech() -> list[Clip]:
    """The sentences as hibari speaks them, at its own rate."""
    from hibari import Hibari

    voice = Hibari()
    return [mono(voice(sentence, seed=1), 24000) for sentence in SENTENCES]


def ffmpeg_reads(clip: Clip) -> tuple[float, float]:
    """The integrated loudness and the true peak (dBTP) that ffmpeg's ebur128 finds."""
    source = ["-f", "f32le", "-ar", str(clip.rate_hz), "-ac", str(clip.channels), "-i", "pipe:0"]
    meter = ["-af", "ebur128=peak=true:metadata=1,ametadata=print:file=-", "-f", "null", "-"]
    said = run_ffmpeg([*source, *meter], data=clip.samples.tobytes()).decode()
    lufs = float(re.findall(r"r128\.I=(\S+)", said)[-1])
    peak = max(float(found) for found in re.findall(r"r128\.true_peak=(\S+)", said))
    return lufs, 20 * float(np.log10(peak))


def together(clips: list[Clip]) -> Clip:
    return Clip(np.concatenate([clip.samples for clip in clips]), clips[0].rate_hz)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate_hz", [24000, 44100, 48000])
def test_the_meter_agrees_with_ffmpeg(speech: list[Clip], rate_hz: int, channels: int) -> None:
    """Within 0.1 LU and 0.1 dB, for each sentence and for all of them, as a whole and in MP3's blocks."""
    for clip in [*speech, together(speech)]:
        at_rate = resample(clip, rate_hz)
        sound = Clip(np.repeat(at_rate.samples, channels, axis=1), rate_hz)
        lufs, dbtp = ffmpeg_reads(sound)
        assert clip_lufs(sound) == pytest.approx(lufs, abs=0.1)
        assert true_peak_dbtp(sound) == pytest.approx(dbtp, abs=0.1)
        powers = block_powers(sound, block_frames=1152)
        assert integrated_lufs(powers, block_s=1152 / rate_hz) == pytest.approx(lufs, abs=0.1)


@pytest.mark.parametrize("input_db", [-9.0, 0.0, 3.0])
@pytest.mark.parametrize("rate_hz", [24000, 44100, 48000])
def test_speech_lands_at_the_target(speech: list[Clip], rate_hz: int, input_db: float) -> None:
    """By ffmpeg's meter too: every sentence at -16 LUFS ± 0.1, no peak above the ceiling.

    All of them together read about 0.2 less: windows across their seams catch a fading end and a soft beginning.
    """
    levelled = []
    for clip in speech:
        trimmed = trim(scale(resample(clip, rate_hz), input_db))
        assert trimmed is not None
        found = level(trimmed.clip, target_lufs=-16, makeup_db=HIBARI_MAKEUP_DB - input_db, ceiling_dbtp=CEILING_DBTP)
        lufs, dbtp = ffmpeg_reads(found.clip)
        assert lufs == pytest.approx(-16, abs=0.1)
        assert dbtp <= CEILING_DBTP + 0.05
        assert true_peak_dbtp(found.clip) <= CEILING_DBTP + 0.05
        assert found.reduced < 0.2
        levelled.append(found.clip)
    assert ffmpeg_reads(together(levelled))[0] == pytest.approx(-16, abs=0.3)


def test_two_voices_land_at_one_level(speech: list[Clip]) -> None:
    """A higher, quicker, brighter and much softer voice sounds as loud as the first."""
    first = speech[1]
    brighter = first.samples[1:] - 0.5 * first.samples[:-1]
    second = scale(Clip(brighter, 28000), -12)
    levels = [
        clip_lufs(level(clip, target_lufs=-16, makeup_db=-16 - clip_lufs(clip), ceiling_dbtp=CEILING_DBTP).clip)
        for clip in (resample(first, 44100), resample(second, 44100))
    ]
    assert levels == pytest.approx([-16, -16], abs=0.1)


def test_trimming_takes_the_silence_and_no_speech(speech: list[Clip]) -> None:
    """What is cut off holds less than a millionth of the sound; less than 100 ms of quiet is left at each end."""
    for clip in speech:
        result = trim(clip)
        assert result is not None
        end = result.cut_frames + result.clip.frames
        cut = np.concatenate([clip.samples[: result.cut_frames], clip.samples[end:]])
        assert len(cut) > 2400
        assert float(np.square(cut).sum()) < 1e-5 * float(np.square(clip.samples).sum())
        again = trim(result.clip)
        assert again is not None
        assert again.cut_frames < 240
        assert result.clip.frames - again.clip.frames < 720
