"""The installed command, from the sample script to the finished episode, read back by other programs."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mutagen.id3 import ID3

from audioguide.script.load import load_script
from tests.tools import require_tool

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "legs.yaml"
COMMAND = Path(sys.executable).parent / "audioguide"
TITLES = [section.title for section in load_script(SCRIPT).script.sections]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("e2e")


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    """Run the command in a folder of its own, with a store of its own, without the network."""
    environment = {
        **os.environ,
        "AUDIOGUIDE_CACHE": str(folder / "cache"),
        "AUDIOGUIDE_OFFLINE": "1",
        "XDG_CONFIG_HOME": str(folder / "config"),
        "NO_COLOR": "1",
    }

    def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        line = [str(COMMAND), *map(str, arguments)]
        return subprocess.run(
            line, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    return command


@pytest.fixture(scope="module")
def said(run: Run) -> dict[str, Any]:
    """What `build --json` says of the sample episode."""
    done = run("build", SCRIPT, "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["failures"] == []
    (episode,) = document["episodes"]
    return dict(episode)


@pytest.fixture(scope="module")
def media(said: dict[str, Any], folder: Path) -> Path:
    return folder / str(said["path"]) / str(said["files"][0]["name"])


def _probe(media: Path) -> dict[str, Any]:
    arguments = ["-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json", str(media)]
    done = subprocess.run([require_tool("ffprobe"), *arguments], capture_output=True, check=True)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_what_is_said_is_what_lies_there(said: dict[str, Any], media: Path) -> None:
    data = media.read_bytes()
    assert (said["id"], said["bytes"]) == ("legs", len(data))
    assert said["sha256"] == hashlib.sha256(data).hexdigest()
    assert said["files"][0] == {"name": "legs.mp3", "type": "audio/mpeg", "bytes": len(data), "sha256": said["sha256"]}
    for file in said["files"]:
        kept = (media.parent / file["name"]).read_bytes()
        assert (len(kept), hashlib.sha256(kept).hexdigest()) == (file["bytes"], file["sha256"])
    document = json.loads((media.parent / "episode.json").read_bytes())
    assert {key: document[key] for key in document if key in said} == {key: said[key] for key in said if key != "path"}
    assert said["spoken"] > 20
    assert said["loudness_lufs"] == pytest.approx(-16, abs=0.5)
    assert said["true_peak_dbtp"] <= -1


def test_every_segment_is_in_its_chapter(said: dict[str, Any], media: Path) -> None:
    document = json.loads((media.parent / "episode.json").read_bytes())
    chapters = {chapter["id"]: chapter for chapter in said["chapters"]}
    assert [chapter["title"] for chapter in said["chapters"]] == TITLES
    starts = [segment["start_s"] for segment in document["segments"]]
    assert starts == sorted(starts)
    for segment in document["segments"]:
        chapter = chapters[segment["section"]]
        assert chapter["start_s"] <= segment["start_s"] < segment["end_s"] <= chapter["end_s"]
        assert segment["text"]


def test_ffprobe_reads_length_tags_and_chapters(said: dict[str, Any], media: Path) -> None:
    probed = _probe(media)
    (stream,) = (stream for stream in probed["streams"] if stream["codec_type"] == "audio")
    assert (stream["codec_name"], stream["sample_rate"], stream["channels"]) == ("mp3", "44100", 1)
    assert float(probed["format"]["duration"]) == pytest.approx(said["duration_s"], abs=0.08)  # Info frame and silence
    tags = {key.lower(): value for key, value in probed["format"]["tags"].items()}
    assert (tags["title"], tags["artist"]) == ("Will jogging bulk up your legs?", "The Running Desk")
    assert [chapter["tags"]["title"] for chapter in probed["chapters"]] == TITLES
    edges = [(float(chapter["start_time"]), float(chapter["end_time"])) for chapter in probed["chapters"]]
    assert edges[0][0] == 0
    assert edges[-1][1] == pytest.approx(said["duration_s"], abs=0.001)
    told = [(chapter["start_s"], chapter["end_s"]) for chapter in said["chapters"]]
    assert edges == [pytest.approx(edge, abs=0.0011) for edge in told]


def test_mutagen_reads_chapters_and_their_table(said: dict[str, Any], media: Path) -> None:
    tags: Any = ID3(media)  # type: ignore[no-untyped-call] # mutagen has no types
    frames = {frame.element_id: frame for frame in tags.getall("CHAP")}
    (table,) = tags.getall("CTOC")
    assert len(frames) == len(TITLES)
    assert [str(frames[name].sub_frames["TIT2"]) for name in table.child_element_ids] == TITLES
    times = [(frames[name].start_time, frames[name].end_time) for name in table.child_element_ids]
    assert times[0][0] == 0
    assert all(end == start for (_, end), (start, _) in itertools.pairwise(times))
    assert times[-1][1] == round(said["duration_s"] * 1000)


def test_mediainfo_reads_a_constant_bitrate(said: dict[str, Any], media: Path) -> None:
    done = subprocess.run(
        [require_tool("mediainfo"), "--Output=JSON", str(media)], capture_output=True, check=True, text=True
    )
    tracks = {track["@type"]: track for track in json.loads(done.stdout)["media"]["track"]}
    assert tracks["Audio"]["BitRate"] == "96000"
    assert float(tracks["General"]["Duration"]) == pytest.approx(said["duration_s"], abs=0.1)
    assert tracks["General"]["Title"] == "Will jogging bulk up your legs?"


def test_decoders_agree_on_the_exact_length(said: dict[str, Any], media: Path) -> None:
    frames = round(said["duration_s"] * 44_100 / 1152) * 1152
    assert frames / 44_100 == pytest.approx(said["duration_s"], abs=0.0006)
    by_ffmpeg = subprocess.run(
        [require_tool("ffmpeg"), "-v", "error", "-i", str(media), "-f", "s16le", "-"], capture_output=True, check=True
    )
    assert by_ffmpeg.stderr == b""
    assert len(by_ffmpeg.stdout) == 2 * frames
    by_mpg123 = subprocess.run(
        [require_tool("mpg123"), "-q", "-s", "-e", "s16", str(media)], capture_output=True, check=True
    )
    assert by_mpg123.stderr == b""
    assert len(by_mpg123.stdout) == 2 * frames


def test_a_checker_finds_no_fault(media: Path) -> None:
    done = subprocess.run([require_tool("mp3val"), str(media)], capture_output=True, check=True, text=True)
    assert "WARNING" not in done.stdout
    assert "ERROR" not in done.stdout
    assert done.stdout.count("INFO") == 1


def test_loudness_is_what_another_meter_reads(said: dict[str, Any], media: Path) -> None:
    arguments = ["-hide_banner", "-nostats", "-i", str(media), "-af", "ebur128", "-f", "null", "-"]
    done = subprocess.run([require_tool("ffmpeg"), *arguments], capture_output=True, check=True, text=True)
    lufs = float(re.findall(r"I:\s+(-?[\d.]+) LUFS", done.stderr)[-1])
    assert said["loudness_lufs"] == pytest.approx(lufs, abs=0.1)


def test_a_second_build_does_nothing_and_changes_nothing(run: Run, said: dict[str, Any], media: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in media.parent.iterdir()}
    (again,) = json.loads(run("build", SCRIPT, "--json").stdout)["episodes"]
    assert (again["spoken"], again["encoded"], again["reused"]) == (0, 0, said["spoken"] + said["reused"])
    assert again["sha256"] == said["sha256"]
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in media.parent.iterdir()} == before


def test_a_plan_after_the_build_has_nothing_to_speak(run: Run, said: dict[str, Any]) -> None:
    done = run("plan", SCRIPT, "--json")
    (told,) = json.loads(done.stdout)["episodes"]
    assert (told["id"], told["speak"]) == (said["id"], 0)
    assert {segment["status"] for segment in told["segments"]} == {"reuse"}
    assert told["minutes"] * 60 == pytest.approx(said["duration_s"], rel=0.15)


@pytest.mark.usefixtures("said")
def test_the_summary_for_people_names_the_file_on_stdout(run: Run) -> None:
    done = run("build", SCRIPT)
    assert done.returncode == 0
    assert "legs.mp3" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_mistake_is_told_with_its_place_and_exit_2(run: Run, folder: Path) -> None:
    path = folder / "wrong.yaml"
    path.write_text("version: 1\nsections:\n  - title: A\n    segmants: [Hello.]\n", "utf-8")
    done = run("build", path)
    assert done.returncode == 2
    assert "wrong.yaml:4:5: " in done.stderr
    assert "did you mean" in done.stderr
    assert not (folder / "output" / "wrong").exists()
    as_json = run("build", path, "--json")
    assert as_json.returncode == 2
    assert json.loads(as_json.stdout)["problems"][0]["line"] == 4


def test_an_engine_of_the_network_is_refused_offline(run: Run, folder: Path) -> None:
    path = folder / "online.yaml"
    path.write_text(
        "version: 1\nepisode: {title: A, language: en}\nvoices: {host: {engine: gtts}}\n"
        "sections:\n  - {title: A, text: Hello there.}\n",
        "utf-8",
    )
    done = run("build", path)
    assert done.returncode == 1
    assert "offline" in done.stderr
    assert "hint" in done.stderr
    assert "Traceback" not in done.stderr
