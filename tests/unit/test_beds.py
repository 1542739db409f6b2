"""Music under speech: continuous, faded, ducked, and a function of the place alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audioguide.audio import Clip, Samples, mono
from audioguide.beds import LOOP_MS, BedSpan, bed_facts, bed_samples, near, reach_frames
from audioguide.loudness import clip_lufs
from audioguide.parts import sound_hash
from audioguide.plan import Bed

RATE_HZ = 8000
"""Low, to be quick: nothing here depends on it."""
RUN = 20 * RATE_HZ


def _file(folder: Path, name: str, *, hz: float = 200.0, duration_s: float = 3.0) -> Path:
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    soundfile.write(folder / name, (0.3 * np.sin(2 * np.pi * hz * time_s)).astype(np.float32), RATE_HZ)
    return folder / name


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Bed:
    """Three seconds of a steady tone, with the default fades and ducking."""
    path = _file(tmp_path_factory.mktemp("beds"), "bed.wav")
    return Bed("theme", path, -14.0, 1000, 3000, 10.0, 200, 800)


def _span(bed: Bed, speech: tuple[tuple[int, int], ...] = (), start: int = 0) -> BedSpan:
    return BedSpan(bed, sound_hash(bed.path), start, RUN, speech)


def _whole(span: BedSpan, start: int = 0, frames: int = RUN) -> Samples:
    return bed_samples(span, start, frames, loudness_lufs=-16.0, rate_hz=RATE_HZ, channels=1)


def _level_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(samples)) + 1e-20))


def _at(samples: Samples, start_s: float, end_s: float) -> Samples:
    return samples[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]


def test_it_lies_its_gain_below_the_episode(bed: Bed) -> None:
    assert clip_lufs(Clip(_at(_whole(_span(bed)), 1, 2.4), RATE_HZ)) == pytest.approx(-30, abs=0.1)
    softer = _whole(_span(replace(bed, gain_db=-20)))
    assert clip_lufs(Clip(_at(softer, 1, 2.4), RATE_HZ)) == pytest.approx(-36, abs=0.1)


def test_it_rises_falls_and_is_silent_outside_its_run(bed: Bed) -> None:
    samples = _whole(_span(bed), -RATE_HZ, RUN + 2 * RATE_HZ)
    inside = samples[RATE_HZ : RATE_HZ + RUN]
    assert not samples[:RATE_HZ].any()
    assert not samples[RATE_HZ + RUN :].any()
    full = _level_db(_at(inside, 1.1, 2.4))
    rising = [_level_db(_at(inside, start, start + 0.1)) for start in (0.0, 0.2, 0.4, 0.6, 0.9)]
    falling = [_level_db(_at(inside, start, start + 0.1)) for start in (17.1, 18, 18.5, 19, 19.8)]
    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)
    assert rising[0] < full - 20 > falling[-1]
    assert rising[-1] == pytest.approx(full, abs=0.5)
    assert _level_db(_at(inside, 16, 16.9)) == pytest.approx(full, abs=0.1)
    assert _level_db(_at(inside, 0.5, 0.51)) == pytest.approx(full - 6, abs=0.6)  # half way of a raised cosine


def test_it_ducks_before_speech_and_comes_back_after(bed: Bed) -> None:
    ducked = _whole(_span(bed, ((8 * RATE_HZ, 10 * RATE_HZ),)))
    gain = {
        at: _level_db(_at(ducked, at, at + 0.02)) - _level_db(_at(_whole(_span(bed)), at, at + 0.02))
        for at in (7.7, 7.89, 8.0, 9.0, 9.98, 10.39, 10.85)
    }
    expected = {7.7: 0, 7.89: -5, 8.0: -10, 9.0: -10, 9.98: -10, 10.39: -5, 10.85: 0}
    assert gain == pytest.approx(expected, abs=0.3)


def test_it_stays_down_between_sentences_that_are_near(bed: Bed) -> None:
    spans = ((8 * RATE_HZ, 9 * RATE_HZ), (round(9.25 * RATE_HZ), 10 * RATE_HZ))
    between = _at(_whole(_span(bed, spans)), 9.05, 9.2)
    assert _level_db(between) < _level_db(_at(_whole(_span(bed)), 9.05, 9.2)) - 7


def test_it_repeats_without_a_click(bed: Bed) -> None:
    samples = _at(_whole(_span(bed)), 1.5, 16.5)[:, 0]
    steepest = 2 * np.pi * 200 / RATE_HZ * np.abs(_at(samples[:, None], 0, 0.5)).max()
    assert np.abs(np.diff(samples)).max() <= 1.5 * steepest
    period = 3 * RATE_HZ - LOOP_MS * RATE_HZ // 1000
    steady = _whole(_span(bed))
    later = slice(5 * RATE_HZ, 6 * RATE_HZ)
    assert np.allclose(steady[later], steady[later.start + period : later.stop + period], atol=1e-6)


SPANS = st.lists(st.tuples(st.integers(0, RUN), st.integers(1, 3 * RATE_HZ)), max_size=4).map(
    lambda found: tuple(sorted((start, start + length) for start, length in found))
)


@settings(max_examples=12, deadline=None)
@given(speech=SPANS, start=st.integers(0, RUN - 1), frames=st.integers(1, 4 * RATE_HZ))
def test_a_stretch_is_the_same_mixed_by_itself(
    bed: Bed, speech: tuple[tuple[int, int], ...], start: int, frames: int
) -> None:
    """With the speech that lies within reach, and no other: bit for bit what one mix of the whole run gives."""
    whole = _whole(_span(bed, speech), 0, RUN + 4 * RATE_HZ)
    reach = reach_frames(bed, RATE_HZ)
    heard = near(speech, start - reach, start + frames + reach)
    alone = _whole(_span(bed, heard, start), start, frames)
    assert np.array_equal(alone, whole[start : start + frames])


@settings(max_examples=40, deadline=None)
@given(
    place=st.integers(0, RUN - RATE_HZ),
    change=st.sampled_from(["fade_in", "fade_out", "longer run", "far speech"]),
)
def test_facts_that_are_the_same_mean_samples_that_are_the_same(bed: Bed, place: int, change: str) -> None:
    """What decides the bed under a part is in its facts, so parts with equal facts may share their sound."""
    frames, window = RATE_HZ, RATE_HZ + 500
    reach = reach_frames(bed, RATE_HZ) + 500
    speech: tuple[tuple[int, int], ...] = ((place + 1000, place + 3000),)
    before = _span(bed, near(speech, place - reach, place + frames + reach), place)
    other, run, spans = bed, RUN, speech
    match change:
        case "fade_in":
            other = replace(bed, fade_in_ms=400)
        case "fade_out":
            other = replace(bed, fade_out_ms=900)
        case "longer run":
            run = RUN + 5 * RATE_HZ
        case _:
            spans = (*speech, (place + 9 * RATE_HZ, place + 10 * RATE_HZ))
    after = BedSpan(other, before.sound, place, run, near(spans, place - reach, place + frames + reach))
    facts = [bed_facts(span, RATE_HZ, window=window) for span in (before, after)]
    if facts[0] == facts[1]:
        heard = [_whole(span, place - 500, frames + 1000) for span in (before, after)]
        assert np.array_equal(heard[0], heard[1])


def test_a_change_far_away_leaves_the_facts_of_a_part_alone(bed: Bed) -> None:
    """An edit at the end of a run must not make its beginning anew."""
    place, window = 8 * RATE_HZ, RATE_HZ
    span = _span(bed, ((place, place + 500),), place)
    longer = replace(span, run_frames=RUN + 10 * RATE_HZ)
    faded = replace(longer, bed=replace(bed, fade_out_ms=1000, fade_in_ms=500))
    assert bed_facts(span, RATE_HZ, window=window) == bed_facts(faded, RATE_HZ, window=window)


@pytest.mark.parametrize(
    "changed",
    [
        lambda bed: replace(bed, gain_db=-13.0),
        lambda bed: replace(bed, duck_db=9.0),
        lambda bed: replace(bed, attack_ms=100),
        lambda bed: replace(bed, release_ms=100),
    ],
    ids=["gain", "duck", "attack", "release"],
)
def test_what_is_heard_everywhere_is_in_the_facts(bed: Bed, changed: Callable[[Bed], Bed]) -> None:
    spans = [_span(which, ((0, 10),), 9 * RATE_HZ) for which in (bed, changed(bed))]
    facts = [bed_facts(span, RATE_HZ, window=100) for span in spans]
    assert facts[0] != facts[1]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(speech=SPANS, start=st.integers(-1000, RUN), length=st.integers(1, RUN))
def test_near_is_what_touches(speech: tuple[tuple[int, int], ...], start: int, length: int) -> None:
    found = near(speech, start, start + length)
    assert all(
        (span in found) == (set(range(*span)) & set(range(start, start + length)) != set()) for span in speech[:1]
    )


def test_a_file_that_changed_is_read_again(tmp_path: Path, bed: Bed) -> None:
    path = _file(tmp_path, "bed.wav", hz=200)
    first = _whole(_span(replace(bed, path=path)), 0, RATE_HZ)
    _file(tmp_path, "bed.wav", hz=300, duration_s=3.5)
    assert not np.allclose(_whole(_span(replace(bed, path=path)), 0, RATE_HZ), first)


def test_silence_as_a_bed_stays_silence(tmp_path: Path, bed: Bed) -> None:
    path = tmp_path / "silent.wav"
    soundfile.write(path, mono(np.zeros(RATE_HZ), RATE_HZ).samples, RATE_HZ)
    assert not _whole(_span(replace(bed, path=path))).any()


def test_two_channels_get_both(bed: Bed) -> None:
    stereo = bed_samples(_span(bed), 0, 4000, loudness_lufs=-16.0, rate_hz=RATE_HZ, channels=2)
    assert stereo.shape == (4000, 2)
    assert np.array_equal(stereo[:, 0], stereo[:, 1])
