"""Parts: what their keys follow from, and what is kept of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioguide.errors import AudioError
from audioguide.formats import Encoding
from audioguide.parts import (
    DryFacts,
    DryPart,
    PartFacts,
    PartJob,
    Workshop,
    bed_jobs,
    bed_runs,
    dry_facts_of,
    dry_parts,
    entry_of,
    facts_of,
    kept_facts,
    plain_jobs,
    sound_hash,
)
from audioguide.plan import Plan, make_plan
from audioguide.script.load import load_script
from audioguide.store import Entry
from audioguide.words import Word, Words
from tests.desk import Desk, Document, script

WORKSHOP = Workshop("/nowhere", "mp3", Encoding(44_100, 1, 96), -16.0, -1.0)
SEGMENTS = ["One two.", "Three four.", "Five six."]


@pytest.fixture
def planned(desk: Desk) -> Callable[[Document], Plan]:
    return lambda document: make_plan(load_script(desk.write(document)))


Planned = Callable[[Document], Plan]


def _keys(plan: Plan, workshop: Workshop = WORKSHOP) -> list[str]:
    return [part.key for part in dry_parts(plan, workshop)]


def _of(*segments: Any, **section: Any) -> Document:
    return script([{"title": "A", "segments": list(segments), **section}])


def _changed(before: list[str], after: list[str]) -> list[int]:
    return [index for index, key in enumerate(after) if key not in before]


@pytest.mark.parametrize(
    ("segments", "changed"),
    [
        (SEGMENTS, []),
        (["One two.", "Three four!", "Five six."], [1]),
        (["One two.", {"say": "Three four.", "gain": "-1 dB"}, "Five six."], [1]),
        (["One two.", {"say": "Three four.", "pause": "1s"}, "Five six."], [1]),
        (["One two.", {"say": "Three four.", "id": "x"}, "Five six."], []),
        (["One two.", "Three four.", "New.", "Five six."], [2]),
    ],
    ids=["nothing", "text", "gain", "pause", "id", "inserted"],
)
def test_an_edit_changes_the_part_that_it_touches(planned: Planned, segments: list[Any], changed: list[int]) -> None:
    assert _changed(_keys(planned(_of(*SEGMENTS))), _keys(planned(_of(*segments)))) == changed


def test_titles_and_metadata_change_no_part(planned: Planned) -> None:
    retitled = script([{"title": "Z", "link": "https://example.org", "segments": SEGMENTS}])
    retitled["episode"] = {"title": "Other", "description": "Words", "language": "en", "number": 3}
    assert _keys(planned(retitled)) == _keys(planned(_of(*SEGMENTS)))


@pytest.mark.parametrize(
    "workshop",
    [
        replace(WORKSHOP, loudness_lufs=-18.0),
        replace(WORKSHOP, true_peak_dbtp=-2.0),
        replace(WORKSHOP, encoding=Encoding(44_100, 2, 96)),
        replace(WORKSHOP, encoding=Encoding(48_000, 1, 96)),
        replace(WORKSHOP, encoding=Encoding(44_100, 1, 128)),
    ],
    ids=["loudness", "peak", "channels", "rate", "bitrate"],
)
def test_what_the_file_is_changes_every_part(planned: Planned, workshop: Workshop) -> None:
    plan = planned(_of(*SEGMENTS))
    assert not set(_keys(plan, workshop)) & set(_keys(plan))


def test_where_the_store_is_and_how_it_is_used_changes_no_part(planned: Planned) -> None:
    plan = planned(_of(*SEGMENTS))
    assert _keys(plan, replace(WORKSHOP, store="/other", offline=True, fresh="now")) == _keys(plan)


def test_a_played_sound_is_known_by_its_content(planned: Planned, desk: Desk) -> None:
    def keys(name: str) -> list[str]:
        return _keys(planned(_of({"play": name}, "One.")))

    desk.sound("a.wav", duration_s=0.2)
    before = keys("a.wav")
    (desk.folder / "b.wav").write_bytes((desk.folder / "a.wav").read_bytes())
    assert keys("b.wav") == before
    desk.sound("a.wav", duration_s=0.3)
    assert _changed(before, keys("a.wav")) == [0]


def test_a_sound_that_is_gone_is_an_error_with_its_name(desk: Desk) -> None:
    with pytest.raises(AudioError) as caught:
        sound_hash(desk.folder / "gone.wav")
    assert caught.value.where == str(desk.folder / "gone.wav")


# -- under music -------------------------------------------------------------------------------------------------------


def _under_music(desk: Desk, planned: Planned, *titles: str, last: str = "End here.") -> Plan:
    desk.sound("bed.wav", duration_s=1)
    sections = [{"title": title, "music": "theme", "segments": [f"Words of {title}.", "More."]} for title in titles]
    sections.append({"title": "plain", "segments": [last]})
    return planned(script(sections, music={"theme": {"file": "bed.wav"}}))


def _laid(dry: list[DryPart], frames: int = 60_000) -> dict[int, DryFacts]:
    return {part.index: DryFacts(frames, ((2000, frames - 20_000),)) for part in dry}


def test_neighbours_under_one_bed_are_one_run(desk: Desk, planned: Planned) -> None:
    plan = _under_music(desk, planned, "a", "b")
    runs = [(bed.name if bed else None, run) for bed, run in bed_runs(plan)]
    assert runs == [("theme", [0, 1, 2, 3]), (None, [4])]


def test_a_part_under_music_hears_its_neighbours_and_no_other(desk: Desk, planned: Planned) -> None:
    plan = _under_music(desk, planned, "a", "b")
    dry = dry_parts(plan, WORKSHOP)
    jobs = bed_jobs(plan, dry, _laid(dry), WORKSHOP)
    assert [job.index for job in plain_jobs(plan, dry)] == [4]
    assert [(job.before and job.before.index, job.index, job.after and job.after.index) for job in jobs] == [
        (None, 0, 1),
        (0, 1, 2),
        (1, 2, 3),
        (2, 3, None),
    ]
    assert [job.bed.start for job in jobs if job.bed] == [0, 60_000, 120_000, 180_000]
    assert len({job.key for job in jobs}) == 4


def test_what_comes_after_the_run_does_not_change_it(desk: Desk, planned: Planned) -> None:
    keys = []
    for last in ("End here.", "Another end, and a longer one."):
        plan = _under_music(desk, planned, "a", last=last)
        dry = dry_parts(plan, WORKSHOP)
        keys.append([job.key for job in bed_jobs(plan, dry, _laid(dry), WORKSHOP)])
    assert keys[0] == keys[1]


# -- close seams -------------------------------------------------------------------------------------------------------


def _jobs(plan: Plan, workshop: Workshop = WORKSHOP) -> list[PartJob]:
    dry = dry_parts(plan, workshop)
    return sorted([*plain_jobs(plan, dry), *bed_jobs(plan, dry, _laid(dry), workshop)], key=lambda job: job.index)


def _heard(jobs: list[PartJob]) -> list[list[int]]:
    return [[part.index for part in job.heard] for job in jobs]


LINES = ["One.", "Two.", {"pause": "500ms"}, "Three.", {"pause": "20ms"}, "Four.", {"pause": "20ms"}, "Five."]


def test_parts_at_a_close_seam_hear_each_other(planned: Planned) -> None:
    jobs = _jobs(planned(_of(*LINES)))
    assert _heard(jobs) == [[0], [1], [2, 3], [2, 3, 4], [3, 4]]
    assert [job.alone for job in jobs] == [True, True, False, False, False]
    assert [job.key == job.dry.key for job in jobs] == [True, True, False, False, False]


@pytest.mark.parametrize(("edited", "changed"), [(0, [0]), (1, [1]), (3, [2, 3]), (5, [2, 3, 4]), (7, [3, 4])], ids=str)
def test_an_edit_changes_its_part_and_those_close_to_it(planned: Planned, edited: int, changed: list[int]) -> None:
    lines = [*LINES[:edited], "Another.", *LINES[edited + 1 :]]
    before, after = ([job.key for job in _jobs(planned(_of(*of)))] for of in (LINES, lines))
    assert _changed(before, after) == changed


@pytest.mark.parametrize(
    ("after", "pause_ms", "close"),
    [
        ("Two.", 93, True),  # 80 ms, and half a frame of MP3
        ("Two.", 94, False),
        ({"play": "a.wav"}, 63, True),
        ({"play": "a.wav"}, 64, False),
    ],
    ids=str,
)
def test_a_seam_is_close_where_rounding_could_leave_too_little_silence(
    planned: Planned, desk: Desk, after: Any, pause_ms: int, *, close: bool
) -> None:
    desk.sound("a.wav", duration_s=0.2)
    plan = planned(_of("One.", {"pause": f"{pause_ms}ms"}, after, {"pause": "0s"}))
    assert [part.spacing.close for part in dry_parts(plan, WORKSHOP)] == [close, False]


def test_a_close_seam_of_usual_room_leaves_the_next_part_as_it_is(planned: Planned) -> None:
    keys = [_keys(planned(_of("One.", {"pause": pause}, "Two."))) for pause in ("500ms", "30ms", "20ms")]
    assert len({of_one[0] for of_one in keys}) == 3
    assert keys[0][1] == keys[1][1] != keys[2][1]


def test_where_a_stop_is_cut_out_no_seam_is_close(planned: Planned) -> None:
    sections: list[Document] = [
        {"title": "Before", "segments": ["One.", "Two."]},
        {"title": "Between", "segments": ["Three."]},
        {"title": "Fort", "stop": 1, "segments": ["Four.", "Five."], "more": ["Eight.", "Nine."]},
        {"title": "After", "segments": ["Six.", "Seven."]},
    ]
    document = script(sections, defaults={"pause": {"segment": "0s", "section": "0s"}})
    document["episode"] = {"title": "A walk", "kind": "guide", "language": "en"}
    closes = [part.spacing.close for part in dry_parts(planned(document), WORKSHOP)]
    assert closes == [True, True, False, True, False, True, False, True, False]


def test_at_the_border_of_a_run_only_a_close_seam_is_heard_across(planned: Planned, desk: Desk) -> None:
    desk.sound("bed.wav", duration_s=1)
    heard = {}
    for pause in ("500ms", "20ms"):
        sections = [
            {"title": "A", "segments": ["One."]},
            {"title": "B", "music": "theme", "segments": ["Two.", "Three."]},
            {"title": "C", "segments": ["Four."]},
        ]
        document = script(sections, music={"theme": {"file": "bed.wav"}}, defaults={"pause": {"section": pause}})
        heard[pause] = _heard(_jobs(planned(document)))
    assert heard == {"500ms": [[0], [1, 2], [1, 2], [3]], "20ms": [[0, 1], [0, 1, 2], [1, 2, 3], [2, 3]]}


# -- facts -------------------------------------------------------------------------------------------------------------

SPANS = st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1, max_size=5).map(tuple)
WORDS = st.lists(st.lists(st.builds(Word, *[st.integers(0, 10**9)] * 4), max_size=3).map(Words.of), max_size=3).map(
    tuple
)


@given(
    frames=st.integers(1, 10**8),
    spans=SPANS,
    words=WORDS,
    powers=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=20),
    peak=st.floats(-80, 3),
    data=st.binary(max_size=50),
)
def test_what_is_known_of_a_part_survives_the_store(
    frames: int,
    spans: tuple[tuple[int, int], ...],
    words: tuple[Words, ...],
    *,
    powers: list[float],
    peak: float,
    data: bytes,
) -> None:
    facts = PartFacts(frames, len(data), spans, np.array(powers, np.float32), peak, words)
    entry = entry_of(facts, data)
    found = facts_of(Entry(json.loads(json.dumps(entry.facts)), entry.data))
    assert (found.frames, found.bytes, found.spans, found.true_peak_dbtp) == (frames, len(data), spans, peak)
    assert np.array_equal(found.powers, facts.powers)
    assert found.words == words
    dry = DryFacts(frames, spans, words)
    assert dry_facts_of(Entry(json.loads(json.dumps(kept_facts(dry))), b"")) == dry
