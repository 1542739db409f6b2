"""The files of a guide's stops: cut out of the episode, tagged, and left alone where nothing changes."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mutagen.id3 import ID3
from PIL import Image

from audioguide.audio import Clip, run_ffmpeg
from tests.desk import Built, Desk, Document, script
from tests.tools import require_tool

WELCOME: Mapping[str, Any] = {"id": "welcome", "title": "Welcome", "segments": ["Welcome to the walk. It is short."]}
FORT: Mapping[str, Any] = {
    "id": "fort",
    "title": "The fort & its wall",
    "stop": 12,
    "image": "pictures/fort.png",
    "link": "https://example.org/fort",
    "location": {"name": "Fort Hill", "geo": "geo:47.37, 8.54"},
    "segments": ["This is the fort.", {"id": "wall", "say": "Its wall is high. [pause 1s] Very high."}],
    "more": ["There is a well in it.", "It is deep."],
}
MILL: Mapping[str, Any] = {"id": "mill", "title": "The mill", "stop": 3, "segments": ["This mill has no wheel."]}


def guide(*sections: Mapping[str, Any], **more: Any) -> Document:
    """A guide spoken by an engine that keeps a diary."""
    episode = {"id": "walk", "title": "A walk", "kind": "guide", "language": "de", "author": "Ada Ström"}
    return script(sections, engine="diary", **more) | {"episode": episode}


WALK = (WELCOME, FORT, MILL)


@pytest.fixture
def town(desk: Desk) -> Desk:
    """A desk with the fort's picture."""
    (desk.folder / "pictures").mkdir()
    Image.new("RGB", (64, 48), (90, 120, 60)).save(desk.folder / "pictures" / "fort.png")
    return desk


def names(built: Built) -> list[str]:
    return sorted(path.name for path in (built.folder / "stops").iterdir())


def contents(built: Built) -> dict[str, bytes]:
    return {name: (built.folder / "stops" / name).read_bytes() for name in names(built)}


def times(built: Built) -> dict[str, int]:
    return {name: (built.folder / "stops" / name).stat().st_mtime_ns for name in names(built)}


def decoded(path: Path) -> Clip:
    raw = run_ffmpeg(["-i", str(path), "-f", "f32le", "-c:a", "pcm_f32le", "pipe:1"])
    return Clip(np.frombuffer(raw, "<f4").reshape(-1, 1), 44_100)


def stop_of(built: Built, identity: str) -> dict[str, Any]:
    return dict(next(stop for stop in built.facts["stops"] if stop["id"] == identity))


def tag_of(built: Built, name: str) -> Any:
    return ID3(built.folder / "stops" / name)  # type: ignore[no-untyped-call] # mutagen has no types


# what is there


def test_each_stop_and_each_extra_track_is_a_file_with_transcripts(town: Desk) -> None:
    built = town.build(guide(*WALK))
    assert built.facts["kind"] == "guide"
    stems = ["003-mill", "012-fort-more", "012-fort"]
    assert names(built) == sorted(
        f"{stem}{suffix}" for stem in stems for suffix in (".mp3", ".vtt", ".transcript.json")
    )


def test_episode_json_tells_of_every_stop(town: Desk) -> None:
    built = town.build(guide(*WALK))
    fort, mill = stop_of(built, "fort"), stop_of(built, "mill")
    assert [stop["number"] for stop in built.facts["stops"]] == [12, 3]
    data = (built.folder / fort["file"]).read_bytes()
    assert fort.pop("bytes") == len(data)
    assert len(fort.pop("sha256")) == 64
    more = fort.pop("more")
    assert fort.pop("end_s") - fort.pop("start_s") == pytest.approx(fort.pop("duration_s"), abs=0.002)
    assert fort == {
        "number": 12,
        "id": "fort",
        "title": "The fort & its wall",
        "file": "stops/012-fort.mp3",
        "type": "audio/mpeg",
        "image": "pictures/fort.png",
        "location": {"name": "Fort Hill", "geo": "47.37,8.54"},
        "link": "https://example.org/fort",
        "transcript": "stops/012-fort.transcript.json",
        "vtt": "stops/012-fort.vtt",
    }
    assert sorted(more) == sorted(["file", "type", "bytes", "sha256", "duration_s", "transcript", "vtt"])
    assert more["file"] == "stops/012-fort-more.mp3"
    assert (mill["image"], mill["location"], mill["link"], mill["more"]) == (None, None, None, None)
    assert mill["end_s"] == pytest.approx(built.facts["duration_s"], abs=0.001)
    assert json.loads((built.folder / "episode.json").read_bytes())["stops"] == built.facts["stops"]


def test_a_transcript_counts_from_the_start_of_its_own_file(town: Desk) -> None:
    built = town.build(guide(*WALK))
    whole = json.loads((built.folder / "walk.transcript.json").read_bytes())["segments"]
    fort = stop_of(built, "fort")
    own = json.loads((built.folder / fort["transcript"]).read_bytes())["segments"]
    assert [line["body"] for line in own] == ["This is the fort.", "Its wall is high.", "Very high."]
    shifts = [there["startTime"] - line["startTime"] for there, line in zip(whole[2:5], own, strict=True)]
    assert shifts == pytest.approx([fort["start_s"]] * 3, abs=0.002)
    more = json.loads((built.folder / fort["more"]["transcript"]).read_bytes())["segments"]
    assert [line["body"] for line in more] == ["There is a well in it.", "It is deep."]
    assert "There is a well" in (built.folder / fort["more"]["vtt"]).read_text("utf-8")
    assert "There is a well" not in (built.folder / "walk.vtt").read_text("utf-8")


# the sound


@pytest.mark.parametrize("music", ["none", "theme"])
def test_a_stop_sounds_as_it_does_in_the_episode(town: Desk, music: str) -> None:
    """Sample by sample; only where music runs on does the first packet lack what the one before carries of it."""
    town.sound("bed.wav", duration_s=2)
    sections = [{**section, "music": music} for section in WALK]
    built = town.build(guide(*sections, music={"theme": {"file": "bed.wav"}}))
    whole = decoded(built.media).samples
    seam = 0 if music == "none" else 1152
    for stop in built.facts["stops"]:
        own = decoded(built.folder / stop["file"]).samples
        start, end = round(stop["start_s"] * 44_100), round(stop["end_s"] * 44_100)
        start, end = round(start / 1152) * 1152, round(end / 1152) * 1152
        assert len(own) == end - start
        assert np.max(np.abs(own[seam : len(own) - seam] - whole[start + seam : end - seam])) < 1e-4


def test_the_whole_episode_is_the_same_with_and_without_extra_tracks(town: Desk) -> None:
    bare = {key: value for key, value in FORT.items() if key != "more"}
    assert town.build(guide(WELCOME, bare, MILL)).data == town.build(guide(*WALK)).data


def test_nothing_is_spoken_or_encoded_twice(town: Desk) -> None:
    built = town.build(guide(*WALK))
    asked = town.asked()
    assert len(asked) == len(set(asked)) == 8
    assert built.counts == (8, 0, 6)


def test_a_further_format_holds_the_episode_alone(town: Desk) -> None:
    built = town.build(guide(*WALK, output={"formats": ["mp3", "wav"]}))
    assert built.counts == (8, 0, 6 + 4)
    assert {Path(stop["file"]).suffix for stop in built.facts["stops"]} == {".mp3"}


@pytest.mark.parametrize(("form", "suffix"), [("m4b", ".m4b"), ("opus", ".opus"), ("wav", ".wav"), ("flac", ".flac")])
def test_stops_are_written_in_the_first_format_whatever_it_is(town: Desk, form: str, suffix: str) -> None:
    built = town.build(guide(*WALK, output={"formats": [form]}))
    for stop in built.facts["stops"]:
        assert Path(stop["file"]).suffix == suffix
        raw = run_ffmpeg(["-i", str(built.folder / stop["file"]), "-f", "f32le", "-ar", "44100", "-ac", "1", "pipe:1"])
        assert len(raw) / 4 / 44_100 == pytest.approx(stop["duration_s"], abs=0.03)


# the tags


def test_a_stop_is_tagged_as_a_track_of_the_guide(town: Desk) -> None:
    built = town.build(guide(*WALK))
    tag = tag_of(built, "012-fort.mp3")
    texts = {name: str(tag[name]) for name in ("TIT2", "TALB", "TPE1", "TRCK", "TLAN")}
    assert texts == {
        "TIT2": "The fort & its wall",
        "TALB": "A walk",
        "TPE1": "Ada Ström",
        "TRCK": "12",
        "TLAN": "deu",
    }
    assert tag["WOAF"].url == "https://example.org/fort"
    (cover,) = tag.getall("APIC")
    assert Image.open(io.BytesIO(cover.data)).size == (64, 48)
    assert not tag.getall("CHAP")
    assert str(tag_of(built, "012-fort-more.mp3")["TIT2"]) == "The fort & its wall +"
    assert not tag_of(built, "003-mill.mp3").getall("APIC")


def test_a_stop_without_a_picture_has_the_guides(town: Desk) -> None:
    document = guide(*WALK)
    document["episode"]["image"] = "pictures/fort.png"
    built = town.build(document)
    assert tag_of(built, "003-mill.mp3").getall("APIC")


def test_players_and_checkers_find_nothing_wrong(town: Desk) -> None:
    built = town.build(guide(*WALK))
    for path in sorted((built.folder / "stops").glob("*.mp3")):
        shown = [require_tool("ffprobe"), "-v", "error", "-show_format", "-of", "json", str(path)]
        probed = subprocess.run(shown, capture_output=True, check=True)
        assert probed.stderr == b""
        facts = json.loads(probed.stdout)["format"]
        assert facts["tags"]["track"] == str(int(path.name[:3]))
        assert float(facts["duration"]) == pytest.approx(len(decoded(path).samples) / 44_100, abs=0.1)
        checked = subprocess.run([require_tool("mp3val"), str(path)], capture_output=True, text=True, check=True)
        assert "WARNING" not in checked.stdout
        assert "ERROR" not in checked.stdout


# again


def test_building_again_rewrites_no_stop(town: Desk) -> None:
    first = town.build(guide(*WALK))
    before = times(first)
    again = town.build(guide(*WALK))
    assert again.counts == (0, 8, 0)
    assert times(again) == before


def test_an_edit_rewrites_the_files_of_its_stop_alone(town: Desk) -> None:
    """The stops after it move in the episode, and stay as they are."""
    before = times(town.build(guide(*WALK)))
    town.asked()
    edited = {**FORT, "segments": ["This was the fort.", *FORT["segments"][1:]]}
    built = town.build(guide(WELCOME, edited, MILL))
    assert town.asked() == ["This was the fort."]
    after = times(built)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"012-fort.mp3", "012-fort.vtt", "012-fort.transcript.json"}
    cold = town.build(guide(WELCOME, edited, MILL), cache=town.folder / "cold", output=town.folder / "cold-output")
    assert contents(built) == contents(cold)
    assert built.facts["stops"] == cold.facts["stops"]


def test_an_edit_of_the_extra_track_leaves_the_episode_alone(town: Desk) -> None:
    first = town.build(guide(*WALK))
    before, episode = times(first), first.media.stat().st_mtime_ns
    built = town.build(guide(WELCOME, {**FORT, "more": ["There is no well in it.", "It is deep."]}, MILL))
    changed = {name for name, moment in times(built).items() if before[name] != moment}
    assert {name.partition(".")[0] for name in changed} == {"012-fort-more"}
    assert built.media.stat().st_mtime_ns == episode
    assert built.counts[0] == 1


def test_stops_are_cut_out_of_the_episode_where_the_store_was_cleared(town: Desk) -> None:
    first = contents(town.build(guide(WELCOME, MILL)))
    town.asked()
    for kind in ("speech", "parts"):
        (town.cache / kind).rename(town.folder / f"gone-{kind}")
    built = town.build(guide(WELCOME, {**MILL, "title": "The old mill"}))
    assert town.asked() == []
    assert names(built) == sorted(first)


def test_order_decides_nothing_about_a_stops_file(town: Desk) -> None:
    before = contents(town.build(guide(WELCOME, FORT, MILL, {**WELCOME, "id": "end", "title": "The end"})))
    after = contents(town.build(guide(WELCOME, MILL, FORT, {**WELCOME, "id": "end", "title": "The end"})))
    assert before == after


def test_the_files_of_a_stop_that_is_no_more_are_gone(town: Desk) -> None:
    built = town.build(guide(*WALK))
    (built.folder / "stops" / "notes.txt").write_text("mine")
    built = town.build(guide(WELCOME, {**MILL, "stop": 4}))
    assert names(built) == ["004-mill.mp3", "004-mill.transcript.json", "004-mill.vtt", "notes.txt"]


def test_a_script_that_is_no_guide_any_more_has_no_stops(town: Desk) -> None:
    town.build(guide(*WALK))
    stray = town.folder / "output" / "walk" / "stops" / ".audioguide-stray"
    stray.write_bytes(b"of a killed build")
    built = town.build(script([WELCOME], engine="diary") | {"episode": {"id": "walk", "title": "A walk"}})
    assert not (built.folder / "stops").exists()
    assert (built.facts["kind"], built.facts["stops"]) == ("episode", [])
