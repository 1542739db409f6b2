"""A voice with a fallback: the whole episode switches, or none of it, and the result says so."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from audioguide.build import BuildFailed
from audioguide.cli import main
from tests.desk import Desk, Document, script
from tests.stand_in.absent import absent_engine


def document(**voices: dict[str, Any]) -> Document:
    host = {"engine": "diary", "fallback": "offline"}
    segments = ["One is first.", {"say": "Guest.", "voice": "guest"}, "Two is second.", "Three ends it."]
    return script(
        [{"title": "A", "segments": segments}],
        voices={"host": host, "guest": {"engine": "tone"}, "offline": {"engine": "tone", "name": "low"}, **voices},
    )


def voices_of(built: Any) -> list[tuple[str, str]]:
    return [(speech.utterances[0].engine, speech.utterances[0].request.voice) for speech in built.plan.speeches()]


def test_engine_that_fails_midway_gives_way_in_the_whole_episode(desk: Desk) -> None:
    desk.refuse("Two.final")
    built = desk.build(document())
    assert voices_of(built) == [("tone", "low"), ("tone", "mid"), ("tone", "low"), ("tone", "low")]
    assert built.facts["fallbacks"] == {"host": "offline"}
    assert built.facts["engines"].keys() == {"tone"}


def test_engine_that_works_keeps_its_voice(desk: Desk) -> None:
    built = desk.build(document())
    assert [engine for engine, _ in voices_of(built)] == ["diary", "tone", "diary", "diary"]
    assert built.facts["fallbacks"] == {}


def test_voice_comes_back_with_its_engine(desk: Desk) -> None:
    desk.refuse("Two.final")
    desk.build(document())
    desk.refuse()
    assert desk.build(document()).facts["fallbacks"] == {}


def test_text_that_an_engine_refuses_is_no_reason_to_switch(desk: Desk) -> None:
    desk.refuse("Two")
    with pytest.raises(BuildFailed):
        desk.build(document())


def test_voice_without_fallback_keeps_the_episode_from_switching(desk: Desk) -> None:
    desk.refuse("Guest.final", "One.final")
    with pytest.raises(BuildFailed):
        desk.build(document(guest={"engine": "diary"}))


def test_fallbacks_are_followed_to_one_that_speaks(desk: Desk) -> None:
    desk.refuse("One.final")
    second = {"engine": "diary", "name": "high", "fallback": "last"}
    built = desk.build(document(offline=second, last={"engine": "tone", "name": "high"}))
    assert built.facts["fallbacks"] == {"host": "last"}


def test_fallbacks_in_a_circle_end(desk: Desk) -> None:
    desk.refuse("One.final")
    voices = {name: {"engine": "diary", "fallback": other} for name, other in ("ab", "bc", "ca")}
    with pytest.raises(BuildFailed):
        desk.build(document(host={"engine": "diary", "fallback": "a"}, **voices))


def test_engine_that_is_not_installed_gives_way(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    absent_engine(monkeypatch)
    path = desk.write(document(host={"engine": "absent", "fallback": "offline"}))
    result = CliRunner().invoke(main, ["build", str(path), "-o", str(desk.folder / "out")])
    assert result.exit_code == 0, result.output
    assert "offline speaks in the place of host" in result.output


def test_network_that_is_switched_off_leads_to_the_fallback(desk: Desk) -> None:
    built = desk.build(document(host={"engine": "gtts", "fallback": "offline"}), offline=True)
    assert built.facts["fallbacks"] == {"host": "offline"}
