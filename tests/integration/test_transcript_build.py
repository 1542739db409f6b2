"""A build leaves transcripts beside the sound, timed like it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import srt  # type: ignore[import-untyped]  # it has no types
import webvtt

from audioguide.build import build
from audioguide.episode import Episode
from audioguide.ledger import Order
from audioguide.settings import load_settings

SCRIPT = """
version: 1
episode: {id: talk, title: "Salt & pepper"}
voices:
  host: {engine: tone, name: low}
  guest: {engine: tone, name: high}
sections:
  - title: First
    segments:
      - {say: "It is 5 km from here. Are you ready?", voice: host}
      - {say: "I am, and I have been since we left the house this morning, if I may say so.", voice: guest}
  - title: Second
    segments:
      - {say: "Then let us go.", voice: host}
"""


def built(folder: Path, text: str = SCRIPT) -> Episode:
    script = folder / "talk.yaml"
    script.write_text(text)
    *_, episode = build(Order(script), load_settings({"output": str(folder / "out")}))
    assert isinstance(episode, Episode)
    return episode


@pytest.fixture
def episode(tmp_path: Path) -> Episode:
    return built(tmp_path)


def test_episode_json_lists_every_transcript(episode: Episode) -> None:
    media, *files = episode.facts["files"]
    assert media["type"] == "audio/mpeg"
    assert [file["name"] for file in files] == ["talk.vtt", "talk.srt", "talk.transcript.json", "talk.html"]
    for file in files:
        data = (episode.folder / file["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])


def test_captions_are_the_text_as_written_at_the_times_of_the_segments(episode: Episode) -> None:
    captions = webvtt.read(str(episode.folder / "talk.vtt")).captions
    assert [(caption.voice, caption.text.replace("\n", " ")) for caption in captions] == [
        ("Host", "It is 5 km from here."),
        ("Host", "Are you ready?"),
        ("Guest", "I am, and I have been since we left the house this morning, if I may say so."),
        ("Host", "Then let us go."),
    ]
    segments = episode.facts["segments"]
    starts = [f"00:00:{segment['start_s']:06.3f}" for segment in segments]
    assert [captions[n].start for n in (0, 2, 3)] == starts
    cues = list(srt.parse((episode.folder / "talk.srt").read_text(encoding="utf-8")))
    assert cues[-1].end.total_seconds() == pytest.approx(segments[-1]["end_s"], abs=0.0011)
    assert cues[-1].end.total_seconds() < episode.facts["duration_s"]


def test_segments_and_page_have_every_sentence(episode: Episode) -> None:
    document = json.loads((episode.folder / "talk.transcript.json").read_bytes())
    assert [segment["speaker"] for segment in document["segments"]] == ["Host", "Host", "Guest", "Host"]
    page = (episode.folder / "talk.html").read_text(encoding="utf-8")
    assert page.count("<span ") == 4
    assert "<title>Salt &amp; pepper</title>" in page


def test_a_build_that_changes_nothing_leaves_transcripts_alone(tmp_path: Path) -> None:
    folder = built(tmp_path).folder
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("talk.*") if path.suffix != ".mp3"}
    built(tmp_path)
    assert {path.name: path.stat().st_mtime_ns for path in folder.glob("talk.*") if path.suffix != ".mp3"} == before


def test_words_of_hibari_reach_the_episode(tmp_path: Path) -> None:
    text = SCRIPT.replace("engine: tone, name: low", "engine: hibari").replace(
        "engine: tone, name: high", "engine: hibari"
    )
    folder = built(tmp_path, text).folder
    first, *_, last = json.loads((folder / "talk.transcript.json").read_bytes())["segments"]
    assert [word["body"] for word in first["words"]] == first["body"].split()
    assert first["startTime"] <= first["words"][0]["startTime"] <= first["startTime"] + 0.1
    assert last["endTime"] - 0.1 <= last["words"][-1]["endTime"] <= last["endTime"]
