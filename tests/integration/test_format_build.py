"""Builds that make several formats."""

from __future__ import annotations

import hashlib
import json
import mmap
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import audioguide.media as media_module
from audioguide.audio import decode, run_ffmpeg
from audioguide.build import build
from audioguide.cli import main
from audioguide.episode import Episode
from audioguide.errors import AudioError
from audioguide.formats import FORMATS, get_format
from audioguide.parts import PartDone
from audioguide.peaks import true_peak_dbtp
from tests.desk import Built, Desk, Document, script
from tests.sound_files import ffprobe

SECTIONS = [
    {"title": "Möwen & mehr", "segments": ["One two three. Four five six.", "Seven eight nine."]},
    {"title": "The harbour", "segments": ["Ten eleven twelve.", "Thirteen fourteen."]},
    {"title": "The end", "segments": ["That was all."]},
]
SPOKEN = [
    {
        "title": "The harbour",
        "segments": [
            "The harbour wakes before the town does, and the first steamer comes in from the north.",
            "She sells sea shells by the sea shore; in 1873 she sold more of them than anybody else.",
            "Will jogging bulk up your legs? When we train, fibres take small damage, and the body repairs them.",
        ],
    }
]
ALL = list(FORMATS)


def document(formats: list[str], **output: Any) -> Document:
    return script(SECTIONS, engine="diary", output={"formats": formats, **output})


def media(built: Built) -> dict[str, Path]:
    """Each format's file."""
    paths = [built.folder / str(file["name"]) for file in built.facts["files"] if file["type"].startswith("audio/")]
    return {path.suffix[1:]: path for path in paths}


def duration_s(path: Path, rate_hz: int = 44_100) -> float:
    rate_hz = 48_000 if path.suffix == ".opus" else rate_hz
    return len(run_ffmpeg(["-i", str(path), "-map", "0:a", "-f", "s16le", "pipe:1"])) / 2 / rate_hz


def test_one_build_makes_every_format_and_speaks_once(desk: Desk) -> None:
    built = desk.build(document(ALL))
    assert list(media(built)) == ALL
    assert len(desk.asked()) == 6
    assert built.counts == (6, 0, 5 * 4)  # FLAC and WAV share their parts


@pytest.mark.parametrize("name", ALL)
def test_the_first_format_gives_the_episode_its_length_and_checksum(name: str, desk: Desk) -> None:
    built = desk.build(document([name, "mp3" if name != "mp3" else "wav"]))
    assert built.facts["files"][0]["type"] == get_format(name).media_type
    assert built.facts["sha256"] == built.facts["files"][0]["sha256"]
    assert built.facts["bytes"] == built.media.stat().st_size
    assert built.facts["duration_s"] == pytest.approx(duration_s(built.media), abs=0.0006)
    assert built.facts["chapters"][-1]["end_s"] == built.facts["duration_s"]


def test_every_format_has_the_chapters_at_its_own_times(desk: Desk) -> None:
    built = desk.build(document(ALL))
    first = built.facts["chapters"]
    for path in media(built).values():
        found = ffprobe(path)["chapters"]
        assert [chapter["tags"]["title"] for chapter in found] == [section["title"] for section in SECTIONS]
        starts = [float(chapter["start_time"]) for chapter in found]
        # Each pause is rounded to the format's packets: at most half of 26 ms away, and so are the first format's.
        assert starts == pytest.approx([chapter["start_s"] for chapter in first], abs=0.03 * 3)


def loudness_lufs(path: Path) -> float:
    """As ffmpeg's own meter has it."""
    meter = "ebur128=metadata=1,ametadata=print:key=lavfi.r128.I:file=-"
    told = run_ffmpeg(["-i", str(path), "-map", "0:a", "-af", meter, "-f", "null", "-"])
    return float(told.decode().strip().splitlines()[-1].partition("=")[2])


def test_each_format_is_as_loud_as_the_script_says_and_under_its_peak(desk: Desk) -> None:
    """Spoken by hibari, whose peaks need the limiter."""
    built = desk.build(script(SPOKEN, engine="hibari", output={"formats": ALL}))
    assert {name: round(loudness_lufs(path), 1) for name, path in media(built).items()} == pytest.approx(
        dict.fromkeys(ALL, -16), abs=0.5
    )
    assert max(true_peak_dbtp(decode(path)) for path in media(built).values()) < -1


def test_nothing_is_made_anew_where_nothing_changed(desk: Desk) -> None:
    first = desk.build(document(ALL))
    before = {path: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    again = desk.build(document(ALL))
    assert again.counts == (0, 6, 0)
    assert {path: path.stat().st_mtime_ns for path in first.folder.iterdir() if path in media(first).values()} == {
        path: before[path] for path in media(first).values()
    }


@pytest.mark.parametrize("name", ALL)
def test_an_edit_gives_the_bytes_of_a_build_from_nothing(name: str, desk: Desk) -> None:
    desk.build(document([name]))
    edited = document([name])
    edited["sections"] = [
        SECTIONS[0],
        {"title": "The harbour", "segments": ["Ten.", "Thirteen fourteen."]},
        SECTIONS[2],
    ]
    quick = desk.build(edited)
    assert quick.counts == (1, 5, 1)
    cold = desk.build(edited, cache=desk.folder / "cold", output=desk.folder / "elsewhere")
    assert quick.data == cold.data


@pytest.mark.parametrize("name", ALL)
def test_a_file_of_many_steps_is_copied_and_hashed_whole(
    name: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_module, "_STEP_BYTES", mmap.ALLOCATIONGRANULARITY + 904)
    edited = document([name]) | {
        "sections": [*SECTIONS[:2], {"title": "The end", "segments": ["That was nearly all."]}]
    }
    for built in map(desk.build, (document([name]), edited)):
        assert built.media.stat().st_size > 5 * mmap.ALLOCATIONGRANULARITY
        assert built.facts["sha256"] == hashlib.sha256(built.data).hexdigest()
    cold = desk.build(edited, cache=desk.folder / "cold", output=desk.folder / "elsewhere")
    assert cold.data == desk.build(edited).data


@pytest.mark.parametrize("name", ALL)
def test_a_part_that_vanished_from_the_store_is_made_again(name: str, desk: Desk) -> None:
    first = desk.build(document([name]))
    for path in (desk.cache / "parts").rglob("*.age"):
        path.unlink()
    renamed = document([name])
    renamed["episode"] = {"title": "Another title", "language": "en"}
    again = desk.build(renamed)
    assert duration_s(again.media) == duration_s(first.media)
    assert again.facts["spoken"] == 0


def test_parts_that_vanish_just_before_the_file_is_written_are_made_again(desk: Desk) -> None:
    """Between the last part and the file: what a clearing of the store at that moment does."""
    expected = desk.build(document(["m4b"]), cache=desk.folder / "other", output=desk.folder / "elsewhere").data
    order, count = desk.order(document(["m4b"])), 0
    for event in build(order, desk.settled()):
        count += isinstance(event, PartDone)
        if count == 5:
            gone = list((desk.cache / "parts").rglob("*.age"))
            assert gone or isinstance(event, Episode)
            for path in gone:
                path.unlink()
            count += 1
        if isinstance(event, Episode):
            assert (event.folder / "episode.m4b").read_bytes() == expected


@pytest.mark.parametrize("name", ALL)
def test_an_edit_under_music_gives_the_bytes_of_a_build_from_nothing(name: str, desk: Desk) -> None:
    desk.sound("theme.wav", duration_s=7)
    music = {"theme": {"file": "theme.wav", "gain": "-14 dB"}}
    sections = [{**section, "music": "theme"} for section in SECTIONS]
    desk.build(script(sections, music=music, output={"formats": [name]}))
    sections[1] = {**sections[1], "segments": ["Ten.", "Thirteen fourteen."]}
    edited = script(sections, music=music, output={"formats": [name]})
    quick = desk.build(edited)
    cold = desk.build(edited, cache=desk.folder / "cold", output=desk.folder / "elsewhere")
    assert quick.data == cold.data
    assert quick.facts["duration_s"] == pytest.approx(duration_s(quick.media), abs=0.0006)


def test_opus_is_made_at_its_own_rate_whatever_the_script_says(desk: Desk) -> None:
    built = desk.build(document(["opus"], sample_rate="24 kHz"))
    assert ffprobe(built.media)["streams"][0]["sample_rate"] == "48000"
    last = built.facts["segments"][-1]
    assert last["end_s"] < built.facts["duration_s"] == pytest.approx(duration_s(built.media), abs=0.0006)


def test_a_bitrate_that_a_further_format_lacks_is_told_before_anything_is_spoken(desk: Desk) -> None:
    with pytest.raises(AudioError, match="Opus is not written with 48 kbit/s") as caught:
        desk.build(document(["mp3", "opus"], bitrate="48k"))
    assert str(caught.value.where).endswith("episode.yaml: output")
    assert "64" in str(caught.value.hint)
    assert desk.asked() == []


def test_the_command_line_chooses_other_formats(desk: Desk) -> None:
    path = desk.write(script(SECTIONS))
    arguments = ["build", str(path), "--format", "opus", "--format", "flac", "--format", "opus", "--json"]
    done = CliRunner().invoke(main, arguments, env={"AUDIOGUIDE_CACHE": str(desk.cache)})
    assert done.exit_code == 0, done.output
    episode = json.loads(done.stdout)["episodes"][0]
    assert [file["name"] for file in episode["files"][:2]] == ["episode.opus", "episode.flac"]
    usual = CliRunner().invoke(main, ["build", str(path), "--json"], env={"AUDIOGUIDE_CACHE": str(desk.cache)})
    assert json.loads(usual.stdout)["episodes"][0]["files"][0]["name"] == "episode.mp3"


def test_a_format_that_there_is_not_is_a_mistake_on_the_command_line(desk: Desk) -> None:
    done = CliRunner().invoke(main, ["build", str(desk.write(script(SECTIONS))), "--format", "mp4"])
    assert done.exit_code == 2
    assert "'mp3', 'm4b', 'opus', 'flac', 'wav'" in done.output
