"""An episode spoken by a speech server: what it would cost, how it is made, what is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from audioguide.build import BuildFailed
from audioguide.cli import main
from tests.desk import Desk, Document, script
from tests.stand_in.openai import SpeechServer


@pytest.fixture
def server() -> Iterator[SpeechServer]:
    with SpeechServer() as server:
        yield server


def document(**voice: str) -> Document:
    lines = ["One is the first line.", "Two comes after it.", "Three is the third of them.", "Four ends it."]
    return script([{"title": "A", "segments": lines}], voices={"host": {"engine": "openai", **voice}})


def test_server_is_asked_side_by_side_and_once(desk: Desk, server: SpeechServer) -> None:
    started = time.monotonic()
    assert desk.build(document(base_url=server.url)).counts[0] == 4
    assert time.monotonic() - started < 3.5  # not a second apart, as services that nobody pays for are asked
    assert len(server.asked) == 4
    assert desk.build(document(base_url=server.url)).counts[0] == 0
    assert len(server.asked) == 4


def test_wrong_key_stops_the_build_at_once(desk: Desk, server: SpeechServer) -> None:
    server.answer_with(["401"] * 9)
    with pytest.raises(BuildFailed) as caught:
        desk.build(document(base_url=server.url), jobs=1)
    assert caught.value.hint == "check OPENAI_API_KEY"
    assert len(server.asked) <= 4


@pytest.mark.parametrize(
    ("voice", "cost", "told"),
    [
        ({"model": "tts-1-hd"}, 81 * 30 / 1e6, "about $0.01"),
        ({"model": "tts-9"}, None, "at a price that is not known"),
        ({"base_url": "http://127.0.0.1:9/v1"}, 0.0, "81 characters\n"),
    ],
    ids=["known", "unknown", "this machine"],
)
def test_plan_tells_the_cost(desk: Desk, voice: dict[str, str], cost: float | None, told: str) -> None:
    path = str(desk.write(document(**voice)))
    (planned,) = json.loads(CliRunner().invoke(main, ["plan", path, "--json"]).stdout)["episodes"]
    expected = cost if cost is None else pytest.approx(cost)
    assert planned["engines"]["openai"] == {"speak": 4, "characters": 81, "cost": expected}
    assert told in CliRunner().invoke(main, ["plan", path]).stdout
