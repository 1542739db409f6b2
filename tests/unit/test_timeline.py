"""The timeline: chapters tile the episode, lines follow the sentences."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audioguide.parts import PartFacts
from audioguide.plan import Plan, make_plan
from audioguide.script.load import load_script
from audioguide.timeline import Span, Timeline, lay_out
from audioguide.words import Word, Words
from tests.desk import Desk, Document, script

QUANTUM = 1152


@pytest.fixture
def planned(desk: Desk) -> Callable[[Document], Plan]:
    return lambda document: make_plan(load_script(desk.write(document)))


Planned = Callable[[Document], Plan]


def _facts(quanta: int, spans: tuple[tuple[int, int], ...], level: float = 0.01) -> PartFacts:
    return PartFacts(quanta * QUANTUM, 0, spans, np.full(quanta, level, np.float32), -3.0)


def _laid(plan: Plan, quanta: list[int], onset: int = 1323) -> tuple[Timeline, list[PartFacts]]:
    """A timeline of parts of these lengths; their utterances share each part's time."""
    parts = []
    for speech, length in zip(plan.speeches(), quanta, strict=True):
        share = (length * QUANTUM - onset) // (len(speech.utterances) + 1)
        spans = tuple((onset + n * share, onset + n * share + share // 2) for n in range(len(speech.utterances)))
        parts.append(_facts(length, spans))
    return lay_out(plan, parts, quantum=QUANTUM, rate_hz=44_100), parts


SECTIONS = st.lists(
    st.tuples(st.booleans(), st.lists(st.integers(5, 400), min_size=1, max_size=3)), min_size=1, max_size=5
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sections=SECTIONS, onset=st.integers(0, 2000))
def test_chapters_tile_the_episode_and_begin_with_sound(
    planned: Planned, sections: list[tuple[bool, list[int]]], onset: int
) -> None:
    document = script(
        [
            {"title": f"T {number}", "chapter": chapter, "segments": ["Words."] * len(lengths)}
            for number, (chapter, lengths) in enumerate(sections)
        ]
    )
    quanta = [length for _, lengths in sections for length in lengths]
    timeline, _ = _laid(planned(document), quanta, onset)
    assert timeline.frames == sum(quanta) * QUANTUM
    marked = [number for number, (chapter, _) in enumerate(sections) if chapter]
    assert [chapter.section.title for chapter in timeline.chapters] == [f"T {number}" for number in marked]
    edges = [(chapter.span.start, chapter.span.end) for chapter in timeline.chapters]
    if edges:
        assert edges[0][0] == 0
        assert edges[-1][1] == timeline.frames
        assert all(end == start for (_, end), (start, _) in itertools.pairwise(edges))
        assert all(start < end for start, end in edges)
    before = [sum(length for _, lengths in sections[:number] for length in lengths) for number in marked]
    assert [start for start, _ in edges[1:]] == [quanta_before * QUANTUM + onset for quanta_before in before[1:]]


def test_segments_and_lines_lie_where_their_parts_do(planned: Planned) -> None:
    plan = planned(script([{"title": "A", "segments": ["One. Two.", "Three."]}]))
    parts = [_facts(100, ((1000, 2000), (5000, 9000))), _facts(50, ((1500, 3000),))]
    timeline = lay_out(plan, parts, quantum=QUANTUM, rate_hz=44_100)
    second = 100 * QUANTUM
    assert [(segment.speech.address, segment.span) for segment in timeline.segments] == [
        ("a.1", Span(1000, 9000)),
        ("a.2", Span(second + 1500, second + 3000)),
    ]
    assert [(line.text, line.span) for line in timeline.lines()] == [
        ("One.", Span(1000, 2000)),
        ("Two.", Span(5000, 9000)),
        ("Three.", Span(second + 1500, second + 3000)),
    ]


def test_the_pieces_of_a_long_sentence_are_one_line(planned: Planned) -> None:
    sentence = ", ".join(["a clause of some length"] * 30) + "."
    plan = planned(script([{"title": "A", "text": sentence}]))
    timeline, parts = _laid(plan, [400])
    (line,) = timeline.lines()
    assert len(parts[0].spans) > 1
    assert (line.text, line.span) == (sentence, Span(parts[0].spans[0][0], parts[0].spans[-1][1]))


def test_what_sounds_on_into_the_next_part_is_told_to_end_where_that_begins(planned: Planned) -> None:
    plan = planned(script([{"title": "A", "segments": ["One.", "Two."]}, {"title": "B", "segments": ["Three."]}]))
    length = 10 * QUANTUM
    words = (Words.of([Word(1000, 4000, 0, 3), Word(4000, length + 500, 3, 4)]),)
    parts = [
        replace(_facts(10, ((1000, length + 500),)), words=words),
        _facts(10, ((220, length + 100),)),
        _facts(10, ((1323, length - 2000),)),
    ]
    timeline = lay_out(plan, parts, quantum=QUANTUM, rate_hz=44_100)
    second, third = length + 220, 2 * length + 1323
    spans = [Span(1000, second), Span(second, 2 * length + 100), Span(third, 3 * length - 2000)]
    lines = list(timeline.lines())
    assert [line.span for line in lines] == [segment.span for segment in timeline.segments] == spans
    assert lines[0].begin == 0
    assert list(lines[0].words) == [Word(1000, 4000, 0, 3), Word(4000, second, 3, 4)]
    assert [chapter.span.start for chapter in timeline.chapters] == [0, third]


def test_loudness_of_a_stretch_and_of_all(planned: Planned) -> None:
    plan = planned(script([{"title": "A", "segments": ["One.", "Two."]}]))
    parts = [_facts(400, ((0, 1),), 0.01), _facts(400, ((0, 1),), 0.001)]
    timeline = lay_out(plan, parts, quantum=QUANTUM, rate_hz=44_100)
    loud, soft = Span(0, 400 * QUANTUM), Span(400 * QUANTUM, 800 * QUANTUM)
    assert timeline.loudness_lufs(loud) == pytest.approx(-0.691 - 20, abs=0.01)
    assert timeline.loudness_lufs(soft) == pytest.approx(-0.691 - 30, abs=0.01)
    assert timeline.loudness_lufs(soft) < timeline.loudness_lufs() < timeline.loudness_lufs(loud)


def test_the_highest_peak_of_all_parts_counts(planned: Planned) -> None:
    plan = planned(script([{"title": "A", "segments": ["One.", "Two."]}]))
    parts = [_facts(9, ((0, 1),)), PartFacts(QUANTUM, 0, ((0, 1),), np.ones(1, np.float32), -1.5)]
    assert lay_out(plan, parts, quantum=QUANTUM, rate_hz=44_100).true_peak_dbtp == -1.5


def test_seconds_are_rounded_to_the_millisecond(planned: Planned) -> None:
    timeline, _ = _laid(planned(script([{"title": "A", "segments": ["One."]}])), [9])
    assert timeline.seconds(44_100) == 1.0
    assert timeline.seconds(1) == 0.0
    assert timeline.seconds(52_920) == 1.2
