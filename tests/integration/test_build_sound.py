"""The episode as it sounds: measured on the decoded file, with the embedded voice."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audioguide.audio import Clip, run_ffmpeg
from audioguide.beds import BedSpan, bed_samples
from audioguide.bench import load_sound
from audioguide.parts import sound_hash
from tests.desk import Built, Desk, Document, script, sounding

SECTIONS: list[Document] = [
    {
        "title": "Welcome",
        "segments": [
            "Good morning to you all. We begin at the old harbour gate. It is rather early.",
            "Keep the water on your left hand side.",
            "Nobody needs a ticket for this walk.",
        ],
    },
    {"title": "The fort", "segments": ["Six men once kept the watch up here. They were seldom sober."]},
    {"title": "She sells", "segments": ["She sells seven small sea shells here.", "Four fishermen saw it happen."]},
]
PAUSES = {"pause": {"sentence": "620ms", "segment": "900ms", "section": "1.4s"}}
RATES = {"44.1 kHz": "96k", "48 kHz": "96k", "24 kHz": "64k"}


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A short walk, spoken by hibari."""
    folder = tmp_path_factory.mktemp("walk")
    return Desk(folder, folder / "none").build(script(SECTIONS, engine="hibari", defaults=PAUSES))


@pytest.fixture(scope="module")
def decoded(spoken: Built) -> Clip:
    """What listeners hear."""
    return spoken.decoded()


def _ffmpeg_lufs(path: Path) -> tuple[float, float]:
    meter = ["-af", "ebur128=peak=true:metadata=1,ametadata=print:file=-", "-f", "null", "-"]
    said = run_ffmpeg(["-i", str(path), *meter]).decode()
    peak = max(float(found) for found in re.findall(r"r128\.true_peak=(\S+)", said))
    return float(re.findall(r"r128\.I=(\S+)", said)[-1]), 20 * float(np.log10(peak))


def test_the_decoded_length_is_the_length_that_is_told(spoken: Built, decoded: Clip) -> None:
    frames = spoken.facts["duration_s"] * 44_100
    assert abs(decoded.frames - frames) < 22.1  # duration_s is rounded to the millisecond
    assert decoded.frames % 1152 == 0


def test_chapters_tile_the_episode_and_begin_with_their_first_sound(spoken: Built, decoded: Clip) -> None:
    chapters = spoken.facts["chapters"]
    assert [chapter["title"] for chapter in chapters] == ["Welcome", "The fort", "She sells"]
    assert chapters[0]["start_s"] == 0
    assert chapters[-1]["end_s"] == spoken.facts["duration_s"]
    assert all(before["end_s"] == after["start_s"] for before, after in pairwise(chapters))
    stretches = sounding(decoded, gap_ms=450)
    for chapter in chapters[1:]:
        nearest = min((start for start, _ in stretches), key=lambda start: abs(start - chapter["start_s"]))
        assert nearest == pytest.approx(chapter["start_s"], abs=0.030)


def test_the_first_sound_comes_after_the_lead_in(decoded: Clip) -> None:
    assert sounding(decoded)[0][0] == pytest.approx(0.230, abs=0.03)


def test_every_pause_is_heard_as_it_is_written(decoded: Clip) -> None:
    """To 35 ms by this plain threshold, which cuts soft beginnings and ends of words; notes below are exact."""
    stretches = sounding(decoded, gap_ms=450)
    gaps = [start - end for (_, end), (start, _) in pairwise(stretches)]
    expected = [0.62, 0.62, 0.9, 0.9, 1.4, 0.62, 1.4, 0.9]
    assert len(gaps) == len(expected)
    assert gaps == pytest.approx(expected, abs=0.035)


def test_segments_are_where_they_are_said_to_be(spoken: Built, decoded: Clip) -> None:
    stretches = sounding(decoded, gap_ms=750)
    assert len(stretches) == len(spoken.facts["segments"])
    for segment, (start, end) in zip(spoken.facts["segments"], stretches, strict=True):
        assert start == pytest.approx(segment["start_s"], abs=0.03)
        assert end == pytest.approx(segment["end_s"], abs=0.03)


def test_loudness_and_peak_are_what_ffmpeg_measures_and_what_was_asked(spoken: Built) -> None:
    lufs, peak = _ffmpeg_lufs(spoken.media)
    assert spoken.facts["loudness_lufs"] == pytest.approx(lufs, abs=0.1)
    assert spoken.facts["true_peak_dbtp"] == pytest.approx(peak, abs=0.2)
    assert lufs == pytest.approx(-16, abs=0.5)
    assert peak <= -1
    for chapter in spoken.facts["chapters"]:
        assert chapter["loudness_lufs"] == pytest.approx(spoken.facts["loudness_lufs"], abs=1.0)


@pytest.mark.parametrize("lufs", [-23.0, -19.0])
def test_another_loudness_is_reached(desk: Desk, lufs: float) -> None:
    built = desk.build(script(SECTIONS[:2], engine="hibari", output={"loudness": f"{lufs:g} LUFS"}))
    assert _ffmpeg_lufs(built.media)[0] == pytest.approx(lufs, abs=0.5)


@pytest.mark.parametrize("channels", ["mono", "stereo"])
@pytest.mark.parametrize("rate", RATES)
def test_every_rate_decodes_to_the_exact_length_at_the_same_loudness(desk: Desk, rate: str, channels: str) -> None:
    output = {"sample_rate": rate, "bitrate": RATES[rate], "channels": channels}
    built = desk.build(script(SECTIONS[1:2], engine="hibari", output=output))
    clip = built.decoded()
    assert clip.rate_hz == built.plan.output.rate_hz
    assert clip.frames == sum(part.facts.frames for part in built.parts if part.facts)
    lufs, peak = _ffmpeg_lufs(built.media)
    assert lufs == pytest.approx(-16, abs=1.0)
    assert peak <= -1
    assert built.facts["loudness_lufs"] == pytest.approx(lufs, abs=0.1)


# -- pauses to the frame, with notes whose edges are known -----------------------------------------------------------------


def _edges(clip: Clip, gap_ms: float) -> list[tuple[float, float]]:
    return sounding(clip, above_dbfs=-40, gap_ms=gap_ms)


@pytest.mark.parametrize("pause_ms", [150, 400, 1000])
def test_pauses_inside_and_between_segments(desk: Desk, pause_ms: int) -> None:
    """Of notes: inside ± 10 ms, between ± 15 ms, beyond the few milliseconds in which a note rises and falls."""
    pauses = {"pause": {"sentence": f"{pause_ms}ms", "segment": f"{pause_ms + 60}ms"}}
    segments = ["Goodness. Marvellous. Wonderful.", "Indescribable.", "Nonetheless. Henceforth."]
    built = desk.build(script([{"title": "A", "segments": segments}], defaults=pauses))
    stretches = _edges(built.decoded(), 120)
    gaps = [1000 * (start - end) for (_, end), (start, _) in pairwise(stretches)]
    inside, between = pause_ms, pause_ms + 60
    expected = [inside, inside, between, between, inside]
    assert len(gaps) == len(expected)
    edge = float(np.mean([gap - want for gap, want in zip(gaps, expected, strict=True) if want == inside]))
    assert abs(edge) < 10  # how much of a note's fading edges lies under the threshold
    for gap, want in zip(gaps, expected, strict=True):
        assert gap - edge == pytest.approx(want, abs=10 if want == inside else 15)


# -- music -----------------------------------------------------------------------------------------------------------------

MUSIC = {"theme": {"file": "bed.wav", "gain": "-10 dB", "fade_in": "500ms", "fade_out": "1s", "duck": "12 dB"}}


@pytest.fixture(scope="module")
def musical(tmp_path_factory: pytest.TempPathFactory) -> tuple[Built, Built]:
    """Two sections under one bed and one without; the same without the bed."""
    folder = tmp_path_factory.mktemp("music")
    desk = Desk(folder, folder / "none")
    desk.sound("bed.wav", duration_s=3.3, hz=210)
    pauses = {"pause": {"segment": "2.5s", "section": "3s"}}
    sections: list[Document] = [
        {"title": "A", "music": "theme", "segments": ["Goodness gracious.", "Marvellous."]},
        {"title": "B", "music": "theme", "segments": ["Wonderful."]},
        {"title": "C", "segments": ["Henceforth."]},
    ]
    under = desk.build(script(sections, music=MUSIC, defaults=pauses))
    bare = script([{**section, "music": "none"} for section in sections], music=MUSIC, defaults=pauses)
    return under, desk.build(bare, output=folder / "bare")


def _level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(samples)) + 1e-20))


def test_a_bed_across_sections_is_what_one_mix_would_give(musical: tuple[Built, Built]) -> None:
    """The decoded difference from the episode without music is the bed, as it is made for the whole run in one go."""
    under, bare = musical
    first, second = under.decoded(), bare.decoded()
    assert first.frames == second.frames
    bed = under.plan.sections[0].bed
    assert bed
    parts = sorted((part for part in under.parts if part.facts), key=lambda part: part.index)
    starts = np.cumsum([0, *(part.facts.frames for part in parts if part.facts)]).tolist()
    speech = tuple(
        (start + begin, start + end)
        for part, start in zip(parts[:3], starts, strict=False)
        if part.facts
        for begin, end in part.facts.spans
    )
    whole = BedSpan(bed, sound_hash(bed.path), 0, starts[3], speech)
    wanted = bed_samples(whole, 0, starts[3], loudness_lufs=-16, rate_hz=44_100, channels=1)
    heard = first.samples[: starts[3]] - second.samples[: starts[3]]
    assert _level_db(heard - wanted) - _level_db(wanted) < -25
    for seam in starts[1:3]:
        around = slice(seam - 1152, seam + 1152)
        assert _level_db((heard - wanted)[around]) - _level_db(wanted[around]) < -25  # no worse than elsewhere
        for at in range(seam - 4410, seam + 4410, 441):  # and in no hundredth of a second a dip
            step = slice(at, at + 441)
            assert _level_db(heard[step]) == pytest.approx(_level_db(wanted[step]), abs=1.5)
    after = slice(starts[3] + 2304, None)
    assert np.abs(first.samples[after] - second.samples[after]).max() < 0.01


def test_a_bed_ducks_under_speech_and_fades_at_its_end(musical: tuple[Built, Built]) -> None:
    under, bare = musical
    bed = under.decoded().samples - bare.decoded().samples
    segments = under.facts["segments"]

    def level_db(start_s: float, end_s: float) -> float:
        return float(10 * np.log10(np.mean(bed[round(start_s * 44_100) : round(end_s * 44_100)] ** 2) + 1e-12))

    free = level_db(segments[0]["end_s"] + 1.0, segments[1]["start_s"] - 0.4)
    for segment in segments[:3]:
        assert level_db(segment["start_s"], segment["end_s"]) == pytest.approx(free - 12, abs=1.5)
    end_s = under.facts["chapters"][2]["start_s"]
    assert level_db(end_s - 0.2, end_s - 0.1) < free - 12
    assert level_db(end_s + 0.1, end_s + 0.5) < free - 30


def test_music_leaves_the_speech_its_place(musical: tuple[Built, Built]) -> None:
    under, bare = musical
    assert under.facts["segments"] == bare.facts["segments"]
    assert [chapter["start_s"] for chapter in under.facts["chapters"]] == [
        chapter["start_s"] for chapter in bare.facts["chapters"]
    ]


def test_a_loaded_sound_is_kept_by_its_content(desk: Desk) -> None:
    path = desk.sound("a.wav", duration_s=0.2)
    first = load_sound(path, sound_hash(path), 44_100, 1)
    assert load_sound(path, sound_hash(path), 44_100, 1) is first
    desk.sound("a.wav", duration_s=0.3)
    assert load_sound(path, sound_hash(path), 44_100, 1).frames == 13_230


@pytest.mark.parametrize("rate", RATES)
def test_the_loudest_sound_stays_under_the_peak(desk: Desk, rate: str) -> None:
    """Noise at full scale comes out of the codec higher than it went in: such a part is made again, lower."""
    noise = np.random.default_rng(5).choice([-1.0, 1.0], 30_000).astype(np.float32)
    soundfile.write(desk.folder / "noise.wav", noise, 44_100)
    output = {"sample_rate": rate, "bitrate": "32k"}
    built = desk.build(script([{"title": "A", "segments": [{"play": "noise.wav"}]}], output=output))
    assert _ffmpeg_lufs(built.media)[1] <= -0.9
    assert built.facts["true_peak_dbtp"] <= -1
