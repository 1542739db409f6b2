"""Addresses name segments, sections and stretches."""

from __future__ import annotations

from typing import Any

import pytest

from audioguide.errors import AudioguideError
from audioguide.plan import Plan, Speech, make_plan
from audioguide.plan.addresses import cues_at
from audioguide.script.load import load_script
from tests.desk import Desk, script

SECTIONS: list[dict[str, Any]] = [
    {"id": "welcome", "title": "Welcome", "segments": ["One.", {"id": "teaser", "say": "Two."}, {"play": "bell.wav"}, "Three."]},
    {"id": "end", "title": "The end", "announce": True, "segments": ["Four.", "Five."]},
]  # fmt: skip


@pytest.fixture
def plan(desk: Desk) -> Plan:
    desk.sound("bell.wav", duration_s=0.5)
    return make_plan(load_script(desk.write(script(SECTIONS, intro={"play": "bell.wav"}))))


@pytest.mark.parametrize(
    ("address", "texts"),
    [
        ("welcome.1", ["One."]),
        ("welcome.teaser", ["Two."]),
        ("welcome.2", ["Two."]),
        ("welcome.3", ["Three."]),
        ("welcome.play-3", ["bell.wav"]),
        ("intro", ["bell.wav"]),
        ("welcome", ["bell.wav", "One.", "Two.", "bell.wav", "Three."]),
        ("welcome.1..2", ["One.", "Two."]),
        ("welcome.2..3", ["Two.", "bell.wav", "Three."]),
        ("welcome.3..end.1", ["Three.", "The end", "Four."]),
        ("welcome..end", ["bell.wav", "One.", "Two.", "bell.wav", "Three.", "The end", "Four.", "Five."]),
        ("end.title", ["The end"]),
        ("end.1", ["Four."]),
    ],
)
def test_an_address_names_its_cues(plan: Plan, address: str, texts: list[str]) -> None:
    cues = list(plan.cues())
    named = [cues[index] for index in cues_at(plan, address)]
    assert [cue.text if isinstance(cue, Speech) else cue.path.name for cue in named] == texts


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("welcome.teser", 'did you mean "welcome.teaser"?'),
        ("welcom", 'did you mean "welcome"?'),
        ("welcome.1..teser", 'did you mean "welcome.teaser"?'),
        ("zzz", "every address is listed by: audioguide preview"),
        ("", "every address is listed by: audioguide preview"),
        ("welcome.1..", 'did you mean "welcome.'),
    ],
)
def test_an_unknown_address_gets_the_nearest_one(plan: Plan, address: str, hint: str) -> None:
    with pytest.raises(AudioguideError) as caught:
        cues_at(plan, address)
    assert hint in str(caught.value.hint)


def test_a_stretch_goes_forward(plan: Plan) -> None:
    with pytest.raises(AudioguideError, match="comes before"):
        cues_at(plan, "end.1..welcome.1")
