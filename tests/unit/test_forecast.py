"""The forecast says what a build then does."""

from __future__ import annotations

from typing import Any

import pytest

from audioguide.build import plan_script, workshop_of
from audioguide.forecast import Forecast, forecast
from tests.desk import Desk, Document, script


def _told(desk: Desk, document: Document) -> Forecast:
    plan = plan_script(desk.order(document))
    settings = desk.settled()
    return forecast(plan, workshop_of(plan, settings), settings.output)


def _of(*segments: Any) -> Document:
    return script([{"title": "A", "segments": list(segments)}], engine="diary")


def test_before_the_first_build_everything_is_new(desk: Desk) -> None:
    told = _told(desk, _of("Hello there.", "Good. Good.", "Good."))
    assert (told.speak, told.reuse, told.characters) == (2, 0, len("Hello there.") + len("Good."))
    assert [(one.address, one.status, one.why) for one in told.segments] == [
        ("a.1", "speak", "new"),
        ("a.2", "speak", "new"),
        ("a.3", "speak", "new"),
    ]
    assert (told.engines["diary"].speak, told.engines["diary"].characters) == (2, told.characters)
    assert desk.asked() == []


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (["One one.", "Two two."], [("reuse", "spoken before"), ("reuse", "spoken before")]),
        (["One one.", "Two three."], [("reuse", "spoken before"), ("speak", "the text changed")]),
        (["One one.", "Two two.", "New new."], [("reuse", "spoken before")] * 2 + [("speak", "new")]),
        (["Two two.", "One one."], [("reuse", "spoken before")] * 2),
        (["One one.", {"say": "Two two.", "gain": "-3 dB"}], [("reuse", "spoken before")] * 2),
        (["One one.", {"say": "Two two.", "speed": 1.5}], [("reuse", "spoken before"), ("speak", "its sound is not")]),
    ],
    ids=["nothing", "edited", "added", "swapped", "gain", "speed"],
)
def test_it_says_what_the_next_build_does_and_why(desk: Desk, after: list[Any], told: list[tuple[str, str]]) -> None:
    desk.build(_of("One one.", "Two two."))
    desk.asked()
    found = _told(desk, _of(*after))
    assert [one.status for one in found.segments] == [status for status, _ in told]
    assert all(one.why.startswith(why) for one, (_, why) in zip(found.segments, told, strict=True))
    built = desk.build(_of(*after))
    assert built.counts[:2] == (found.speak, found.reuse)
    assert len(desk.asked()) == found.speak


def test_parts_under_music_are_known_too(desk: Desk) -> None:
    desk.sound("bed.wav", duration_s=1)
    document = script(
        [{"title": "A", "music": "theme", "text": "Hello there."}],
        engine="diary",
        music={"theme": {"file": "bed.wav"}},
    )
    desk.build(document)
    for entry in (desk.cache / "speech").rglob("*.age"):
        entry.unlink()
    assert _told(desk, document).speak == 0
    assert desk.build(document).counts == (0, 1, 0)
