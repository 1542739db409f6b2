"""Each engine speaks the sample script to the end, and voices of four engines share one episode at one level."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audioguide.audio import Clip
from audioguide.engines import get_engine
from audioguide.engines.gtts import Gtts
from audioguide.errors import EngineUnavailable
from audioguide.ledger import Order
from audioguide.loudness import clip_lufs
from tests.desk import Desk, Document, script
from tests.stand_in.gtts import StandIn
from tests.stand_in.openai import SpeechServer

SAMPLE = Path(__file__).parents[2] / "scripts"


def _needs(*engines: str) -> None:
    for name in engines:
        try:
            get_engine(name)
        except EngineUnavailable as error:
            if os.environ.get("AUDIOGUIDE_REQUIRE_TOOLS") == "1":
                pytest.fail(str(error))
            pytest.skip(str(error))


def _sample(desk: Desk, engine: str) -> Mapping[str, Any]:
    """What a build of the sample says of it when that engine speaks."""
    for name in ("legs.yaml", "show.yaml"):
        shutil.copy(SAMPLE / name, desk.folder / name)
    built = desk.run(replace(Order(desk.folder / "legs.yaml"), engine=engine))
    assert built.facts["draft"]
    return built.facts


def _is_an_episode(facts: Mapping[str, Any]) -> None:
    assert len(facts["chapters"]) == 5
    assert facts["spoken"] > 20
    assert facts["loudness_lufs"] == pytest.approx(-16, abs=0.5)
    assert facts["true_peak_dbtp"] <= -1
    for chapter in facts["chapters"]:
        assert chapter["loudness_lufs"] == pytest.approx(facts["loudness_lufs"], abs=1.0)


@pytest.mark.parametrize("engine", ["hibari", "piper", "espeak"])
def test_the_sample_is_spoken_offline(desk: Desk, engine: str) -> None:
    _needs(engine)
    _is_an_episode(_sample(desk, engine))


@pytest.mark.slow
def test_the_sample_is_spoken_by_google_translate(
    desk: Desk, gtts_stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gtts, "interval_s", 0.0, raising=False)  # the stand-in needs no rest
    facts = _sample(desk, "gtts")
    _is_an_episode(facts)
    assert len(gtts_stand_in.texts) == facts["spoken"] == len(set(gtts_stand_in.texts))
    assert all(len(text) <= 100 for text in gtts_stand_in.texts)


def test_the_sample_is_spoken_by_a_speech_server(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with SpeechServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        facts = _sample(desk, "openai")
        assert len(facts["chapters"]) == 5
        assert len(server.asked) == facts["spoken"] > 20
        assert facts["true_peak_dbtp"] <= -1


LINES = {
    "ann": "Welcome to the harbour, where four of us will show you around this morning.",
    "bob": "I was born in that house by the water, and I never left for long.",
    "cat": "The fishermen came back before dawn, and the whole street smelled of it.",
    "dan": "Nobody remembers who built the tower, but everybody has a story about it.",
}


def _four_voices(desk: Desk) -> Document:
    desk.sound("bed.wav", duration_s=6, level=0.2, rate_hz=48_000)
    turns = [{"say": line, "voice": name} for name, line in LINES.items()]
    voices = {
        "ann": {"engine": "hibari"},
        "bob": {"engine": "piper"},
        "cat": {"engine": "espeak", "gain": "0 dB"},
        "dan": {"engine": "gtts"},
    }
    return script(
        [
            {"title": "The four", "segments": turns},
            {"title": "Again, over music", "music": "sea", "segments": turns[::-1]},
        ],
        voices=voices,
        defaults={"voice": "ann"},
        music={"sea": {"file": "bed.wav", "gain": "-18 dB"}},
    )


def _heard(clip: Clip, start_s: float, end_s: float) -> float:
    first, last = round(start_s * clip.rate_hz), round(end_s * clip.rate_hz)
    return clip_lufs(Clip(clip.samples[first:last], clip.rate_hz))


def test_voices_of_four_engines_share_an_episode_at_one_level(desk: Desk, gtts_stand_in: StandIn) -> None:
    _needs("piper", "espeak")
    built = desk.build(_four_voices(desk))
    assert gtts_stand_in.texts == [LINES["dan"]]
    assert built.counts[:2] == (4, 0)
    assert built.facts["loudness_lufs"] == pytest.approx(-16, abs=0.5)
    assert clip_lufs(built.decoded()) == pytest.approx(built.facts["loudness_lufs"], abs=0.1)
    segments = built.facts["segments"]
    assert [segment["voice"] for segment in segments] == ["ann", "bob", "cat", "dan", "dan", "cat", "bob", "ann"]
    clip = built.decoded()
    levels = [_heard(clip, segment["start_s"], segment["end_s"]) for segment in segments]
    assert max(levels[:4]) - min(levels[:4]) < 1.0
    assert max(levels) - min(levels) < 1.5
