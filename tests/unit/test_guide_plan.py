"""A guide's plan: stops, their extra tracks, and the addresses of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from audioguide.errors import AudioguideError, ScriptError
from audioguide.formats import Encoding
from audioguide.languages import text_hash
from audioguide.parts import Workshop, bed_runs, dry_parts
from audioguide.plan import Plan, Speech, lasting_s, make_plan
from audioguide.plan.addresses import cues_at
from audioguide.script.load import load_script
from tests.desk import Desk, Document, script

WORKSHOP = Workshop("memory://", "mp3", Encoding(44_100, 1, 96), -16.0, -1.0)
FORT: dict[str, Any] = {
    "id": "fort",
    "title": "The fort",
    "stop": 12,
    "segments": ["It is old.", {"id": "wall", "say": "It is high."}],
    "more": ["It is deep.", {"play": "bell.wav"}, {"id": "well", "say": "It has a well."}],
}
MILL = {"id": "mill", "title": "The mill", "stop": 3, "segments": ["It has no wheel."], "more": ["It had one."]}


def guide(*sections: Mapping[str, Any], **more: Any) -> Document:
    """A guide of these sections."""
    return script(sections, **more) | {"episode": {"title": "A walk", "kind": "guide", "language": "en"}}


@pytest.fixture
def planned(desk: Desk) -> Callable[..., Plan]:
    """The plan of a guide."""
    desk.sound("bell.wav", duration_s=0.5)

    def make(*sections: Mapping[str, Any], **more: Any) -> Plan:
        return make_plan(load_script(desk.write(guide(*sections, **more))))

    return make


Planned = Callable[..., Plan]


def test_extra_tracks_are_made_and_are_no_part_of_the_episode(planned: Planned) -> None:
    plan = planned({"title": "Welcome", "text": "Hello."}, FORT, MILL)
    assert plan.kind == "guide"
    assert [(stop.stop, stop.id) for stop in plan.stops()] == [(12, "fort"), (3, "mill")]
    assert [cue.address for cue in plan.cues()] == ["welcome.1", "fort.1", "fort.wall", "mill.1"]
    extra = ["fort.more.1", "fort.more.play-2", "fort.well", "mill.more.1"]
    assert [cue.address for cue in plan.every_cue()][4:] == extra
    assert len(plan.utterances) == 7
    assert plan.duration_s() == lasting_s(plan.cues()) < lasting_s(plan.every_cue())


def test_an_extra_track_begins_and_ends_as_an_episode_does(planned: Planned) -> None:
    plan = planned(FORT, {**MILL, "more": [{"pause": "1s"}, "It had one.", {"pause": "3s"}]})
    fort, mill = (stop.more for stop in plan.stops())
    assert fort is not None
    assert mill is not None
    assert (fort.lead_in_ms, fort.cues[-1].pause_ms) == (plan.lead_in_ms, 800)
    assert (mill.lead_in_ms, mill.cues[-1].pause_ms) == (1000, 3000)
    parts = dry_parts(plan, WORKSHOP)
    assert [part.cue.address for part in parts if part.opens] == ["fort.1", "fort.more.1", "mill.more.1"]
    assert [part.spacing.lead_ms for part in parts if part.opens] == [200, 200, 1000]
    assert [part.index for part in parts] == list(range(len(parts)))


def test_neither_the_title_nor_music_is_in_an_extra_track(planned: Planned, desk: Desk) -> None:
    desk.sound("bed.wav", duration_s=2)
    plan = planned({**FORT, "announce": True, "music": "theme"}, music={"theme": {"file": "bed.wav"}})
    assert [cue.address for cue in plan.every_cue()].count("fort.title") == 1
    assert [(bed is not None, len(run)) for bed, run in bed_runs(plan)] == [(True, 3), (False, 3)]


def test_an_extra_track_changes_no_part_of_the_episode(planned: Planned) -> None:
    without = {key: value for key, value in FORT.items() if key != "more"}
    keys = [[part.key for part in dry_parts(planned(fort, MILL), WORKSHOP)] for fort in (without, FORT)]
    assert keys[0][:3] == keys[1][:3]


def test_an_extra_track_without_sound_is_a_mistake_at_its_place(planned: Planned) -> None:
    with pytest.raises(ScriptError, match=r"sections\[0\]\.more: has nothing to say or play"):
        planned({**FORT, "more": [{"pause": "1s"}]})


@pytest.mark.parametrize(
    ("address", "texts"),
    [
        ("fort", ["It is old.", "It is high."]),
        ("fort.more", ["It is deep.", "bell.wav", "It has a well."]),
        ("fort.more.1", ["It is deep."]),
        ("fort.more.2", ["It has a well."]),
        ("fort.well", ["It has a well."]),
        ("fort.more.1..2", ["It is deep.", "bell.wav", "It has a well."]),
        ("fort..mill", ["It is old.", "It is high.", "It has no wheel."]),
        ("mill.more.1", ["It had one."]),
    ],
)
def test_an_address_names_what_is_in_an_extra_track(planned: Planned, address: str, texts: list[str]) -> None:
    plan = planned(FORT, MILL)
    cues = list(plan.every_cue())
    named = [cues[index] for index in cues_at(plan, address)]
    assert [cue.text if isinstance(cue, Speech) else cue.path.name for cue in named] == texts


@pytest.mark.parametrize("address", ["mill..fort.more", "fort.1..mill.more.1", "fort.more.1..mill.more.1"])
def test_a_stretch_stays_in_one_track(planned: Planned, address: str) -> None:
    with pytest.raises(AudioguideError, match="are not in one track"):
        cues_at(planned(FORT, MILL), address)


@pytest.mark.parametrize(
    "change",
    [
        {"segments": ["It is  old.", {"id": "gate", "say": "It is high. [pause 1s]"}]},
        {"segments": ["It is old. It is high."]},
        {"segments": ["It is old.", {"say": "It is high.", "spoken": "It is hi."}]},
        {"stop": 14, "voice": "host", "announce": True, "link": "https://example.org"},
    ],
    ids=["spaces, marks and ids", "segments", "spoken form", "facts"],
)
def test_what_needs_no_translation_leaves_the_text_of_a_stop_as_it_is(
    planned: Planned, change: Mapping[str, Any]
) -> None:
    assert _hash(planned(FORT)) == _hash(planned({**FORT, **change}))


@pytest.mark.parametrize(
    "change",
    [
        {"title": "A fort"},
        {"segments": ["It is old.", "It is not high."]},
        {"more": ["It is deep."]},
        {"segments": ["It is old."], "more": ["It is high.", *FORT["more"]]},
    ],
    ids=["title", "words", "extra track", "moved to the extra track"],
)
def test_what_needs_a_translation_changes_the_text_of_a_stop(planned: Planned, change: Mapping[str, Any]) -> None:
    assert _hash(planned(FORT)) != _hash(planned({**FORT, **change}))


def _hash(plan: Plan) -> str:
    return text_hash(next(plan.stops()))


def test_a_syllable_takes_longer_than_a_letter(planned: Planned) -> None:
    letters, syllables = (
        planned({"title": "A", "stop": 1, "text": text}).speech_s() for text in ("abcdefghijkl", "広場の古い井戸です。")
    )
    assert syllables > 2 * letters
