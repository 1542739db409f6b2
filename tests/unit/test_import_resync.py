"""A changed article comes into its script; what a hand did stays."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from audioguide.importers.article import Article, Block, Heading, make_article
from audioguide.importers.resync import Resync, resync
from audioguide.importers.write import Choices, script_text, sections_of
from audioguide.script.document import parse
from audioguide.script.problems import Problems
from audioguide.script.tree import MapNode, plain
from audioguide.text import paragraphs

Sections = Sequence[tuple[str, Sequence[str]]]

WALK: Sections = (
    ("The Harbour", ("Boats leave in the morning.", "Most are back before noon.", "A few stay out.")),
    ("The Market", ("Fish is sold here.",)),
    ("The Fort", ("It was built in three years.", "It was never taken.")),
)


def _article(sections: Sections) -> Article:
    events: list[Heading | Block] = []
    for title, said in sections:
        events += [Heading(2, title), *(Block("paragraph", text) for text in said)]
    return make_article(Article("Walk", language="en"), events)


def _script(sections: Sections = WALK) -> str:
    return script_text(_article(sections), Choices(), recipe="walk.txt")


def _tree(text: str) -> MapNode:
    problems = Problems(("script",))
    tree = parse(text, "script", problems)
    assert tree is not None, problems.listed("error")
    return tree


def _resync(script: str, sections: Sections, *, settle: bool = False) -> Resync:
    done = resync(script, _tree(script), sections_of(_article(sections), Choices()), settle=settle)
    _tree(done.text)
    return done


def _with(changes: dict[str, Sequence[str] | None], base: Sections = WALK) -> Sections:
    """The walk with other paragraphs in some sections; None: without the section."""
    return [(title, changes.get(title, said) or ()) for title, said in base if changes.get(title, said) is not None]


def _sections(text: str) -> list[Any]:
    sections: list[Any] = plain(_tree(text))["sections"]
    return sections


def _said(text: str) -> list[tuple[str, list[str]]]:
    return [(one["title"], list(paragraphs(one["text"]))) for one in _sections(text)]


def _kinds(done: Resync) -> list[tuple[str, str]]:
    return [(change.kind, change.title) for change in done.changes]


def test_an_article_that_did_not_change_changes_nothing() -> None:
    done = _resync(_script(), WALK)
    assert (done.text, done.changes) == (_script(), ())


def test_a_changed_paragraph_changes_its_lines_and_its_memory_only() -> None:
    done = _resync(_script(), _with({"The Market": ("Fish and bread are sold here.",)}))
    assert _kinds(done) == [("changed", "The Market")]
    before, after = _script().splitlines(), done.text.splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [new.split()[0] for _, new in changed] == ["#", "Fish"]


def test_paragraphs_come_and_go() -> None:
    harbour = ("First of all.", "Boats leave in the morning.", "A few stay out.", "The end.")
    done = _resync(_script(), _with({"The Harbour": harbour}))
    assert _said(done.text)[0] == ("The Harbour", list(harbour))


def test_new_and_removed_sections() -> None:
    new = [("The Gate", ("It is open.",)), *_with({"The Market": None}), ("The End", ("Home.",))]
    done = _resync(_script(), new)
    assert sorted(_kinds(done)) == [("new", "The End"), ("new", "The Gate"), ("removed", "The Market")]
    assert [(title, tuple(said)) for title, said in _said(done.text)] == new
    assert _sections(done.text)[0]["id"] == "the-gate"


def test_a_changed_heading_changes_the_title_and_keeps_the_id() -> None:
    done = _resync(_script(), [("The Old Harbour", WALK[0][1]), *WALK[1:]])
    section = _sections(done.text)[0]
    assert (section["title"], section["id"]) == ("The Old Harbour", "the-harbour")


def test_a_title_that_a_hand_chose_stays() -> None:
    script = _script().replace("title: The Harbour", "title: Boats")
    done = _resync(script, [("The Old Harbour", WALK[0][1]), *WALK[1:]])
    assert _sections(done.text)[0]["title"] == "Boats"
    assert _kinds(_resync(done.text, [("The Old Harbour", WALK[0][1]), *WALK[1:]])) == []


def test_keys_and_comments_of_a_hand_stay() -> None:
    script = _script().replace(
        "    title: The Market\n", "    title: The Market   # loud\n    voice: host\n    pause: {segment: 1s}\n"
    )
    done = _resync(script, _with({"The Market": ("Bread is sold here.",)}))
    assert "title: The Market   # loud\n    voice: host\n    pause: {segment: 1s}\n" in done.text
    assert _said(done.text)[1] == ("The Market", ["Bread is sold here."])


def test_marks_stay_in_a_paragraph_that_the_source_changed_elsewhere() -> None:
    script = _script().replace("built in three years.", "[[built|bilt]] in [pause 1s] three years.")
    done = _resync(script, _with({"The Fort": ("It was built in three long years.", "It was never taken.")}))
    assert _said(done.text)[2][1][0] == "It was [[built|bilt]] in [pause 1s] three long years."
    assert _kinds(done) == [("changed", "The Fort")]


def test_a_mark_on_a_word_that_is_gone_is_a_conflict() -> None:
    script = _script().replace("built in three years.", "[[built|bilt]] in three years.")
    done = _resync(script, _with({"The Fort": ("It was raised in three years.", "It was never taken.")}))
    assert _kinds(done) == [("conflict", "The Fort")]
    assert done.text == script


def test_both_changed_is_a_conflict_that_is_shown_until_it_is_settled() -> None:
    script = _script().replace("Fish is sold here.", "Fresh fish is sold here.")
    new = _with({"The Market": ("Dried fish is sold here.",)})
    done = _resync(script, new)
    assert _kinds(done) == [("conflict", "The Market")]
    assert {"-Fresh fish is sold here.", "+Dried fish is sold here."} <= set(done.changes[0].diff)
    assert done.text == script
    assert _kinds(_resync(done.text, new)) == [("conflict", "The Market")]
    settled = _resync(done.text, new, settle=True)
    assert "Fresh fish" in settled.text
    assert _resync(settled.text, new).changes == ()


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    script = _script().replace("Fish is sold here.", "Dried fish is sold here.")
    assert _kinds(_resync(script, _with({"The Market": ("Dried fish is sold here.",)}))) == []


def test_a_change_beside_a_hands_change_comes_in() -> None:
    script = _script().replace("Boats leave in the morning.", "Boats leave at six.")
    done = _resync(
        script, _with({"The Harbour": ("Boats leave in the morning.", "Most are back by noon.", "A few stay out.")})
    )
    assert _said(done.text)[0][1] == ["Boats leave at six.", "Most are back by noon.", "A few stay out."]
    assert _kinds(done) == [("changed", "The Harbour")]


def test_what_a_hand_took_out_stays_out() -> None:
    script = _script().replace("      A few stay out.\n", "")
    market = script.index("  - id: the-market")
    script = script[:market] + script[script.index("  - id: the-fort") :]
    done = _resync(script, _with({"The Fort": ("It was built in four years.", "It was never taken.")}))
    assert [title for title, _ in _said(done.text)] == ["The Harbour", "The Fort"]
    assert _said(done.text)[0][1] == list(WALK[0][1][:2])
    assert _kinds(done) == [("changed", "The Fort")]


def test_what_a_hand_added_stays() -> None:
    script = _script() + "\n  - title: Thanks\n    text: Thank you for listening.\n"
    done = _resync(script, _with({"The Fort": None}))
    assert [one["title"] for one in _sections(done.text)] == ["The Harbour", "The Market", "Thanks"]


def test_a_removed_section_that_a_hand_edited_is_left_to_the_person() -> None:
    script = _script().replace("title: The Fort\n", "title: The Fort\n    voice: host\n")
    done = _resync(script, _with({"The Fort": None}))
    assert (_kinds(done), "The Fort" in done.text) == ([("conflict", "The Fort")], True)


def _listed(script: str) -> str:
    """The script with the harbour's text as a list of segments, as a hand would write it."""
    begin = script.index("    text: |\n      Boats")
    end = script.index("  - id: the-market")
    segments = (
        "    segments:\n"
        "      - Boats leave in the morning.   # early\n"
        "      - {say: Most are back before noon., voice: host}\n"
        "      - {pause: 2s}\n"
        "      - say: >-\n"
        "          A few\n"
        "          stay out.\n"
        "        speed: 0.9\n\n"
    )
    return script[:begin] + segments + script[end:]


def test_segments_of_a_hand_are_edited_in_place() -> None:
    new = _with(
        {
            "The Harbour": (
                "Boats leave at dawn: early.",
                "Most are back, laden, before noon.",
                "Some stay out.",
                "The end.",
            )
        }
    )
    done = _resync(_listed(_script()), new)
    assert _sections(done.text)[0]["segments"] == [
        "Boats leave at dawn: early.",
        {"say": "Most are back, laden, before noon.", "voice": "host"},
        {"pause": "2s"},
        {"say": "Some stay out.", "speed": "0.9"},
        "The end.",
    ]
    assert "  # early\n" in done.text
    assert _kinds(done) == [("changed", "The Harbour")]


def test_a_plain_segment_is_removed_and_one_with_a_voice_is_not() -> None:
    script = _listed(_script())
    done = _resync(script, _with({"The Harbour": ("Most are back before noon.", "A few stay out.")}))
    assert len(_sections(done.text)[0]["segments"]) == 3
    kept = _resync(script, _with({"The Harbour": ("Boats leave in the morning.", "A few stay out.")}))
    assert (_kinds(kept), kept.text) == ([("conflict", "The Harbour")], script)


@pytest.mark.parametrize(
    "text",
    [
        "    text: Fish is sold here.\n",
        '    text: "Fish is sold here."\n',
        "    text: >-\n      Fish is\n      sold here.\n",
        "    segments: [Fish is sold here.]\n",
    ],
    ids=["plain", "quoted", "folded", "flow"],
)
def test_text_in_another_style_is_never_broken(text: str) -> None:
    script = _script().replace("    text: |\n      Fish is sold here.\n", text)
    assert _resync(script, WALK).text == script
    done = _resync(script, _with({"The Market": ("Fish, bread: all [sold] here.", "And cheese.")}))
    said = _sections(done.text)[1]
    conflict = ("conflict", "The Market") in _kinds(done)
    assert conflict == (text in done.text)
    assert conflict or next(iter(said.get("segments") or paragraphs(said["text"]))) == "Fish, bread: all [sold] here."


def test_text_that_looks_like_memory_is_text() -> None:
    odd: Sections = [("The Harbour", ("# imported aaaaaa: bbbbbb", "Boats.")), *WALK[1:]]
    assert _resync(_script(odd), odd).text == _script(odd)


def test_a_script_without_memory_is_compared_with_the_source() -> None:
    script = "\n".join(line for line in _script().splitlines() if "# imported" not in line) + "\n"
    done = _resync(script, _with({"The Market": ("Dried fish is sold here.",)}))
    assert _kinds(done) == [("conflict", "The Market")]
    assert "Fish is sold here." in done.text


def test_a_section_that_reads_its_article_itself_is_left_alone() -> None:
    script = "version: 1\nsections:\n" + "".join(
        f"  - title: T{number}\n    from: {{file: walk.txt, heading: {title}}}\n"
        for number, (title, _) in enumerate(WALK)
    )
    done = _resync(script, _with({"The Market": ("Dried fish is sold here.",)}))
    assert (done.text, done.changes) == (script, ())


def test_line_breaks_of_the_file_stay() -> None:
    script = _script().replace("\n", "\r\n")
    done = _resync(script, [*_with({"The Market": ("One.", "Two.")}), ("The End", ("Home.",))])
    assert done.text.count("\n") == done.text.count("\r\n")
    assert _said(done.text)[1] == ("The Market", ["One.", "Two."])


def test_line_breaks_of_a_list_stay() -> None:
    script = _listed(_script()).replace("\n", "\r\n")
    new = _with(
        {
            "The Harbour": (
                "Start.",
                "Boats leave in the morning.",
                "Most are back before noon.",
                "Few stay out.",
                "End.",
            )
        }
    )
    done = _resync(script, new)
    assert done.text.count("\n") == done.text.count("\r\n")
    said = _sections(done.text)[0]["segments"]
    assert (len(said), said[0], said[-1]) == (6, "Start.", "End.")


@pytest.mark.parametrize("seed", range(60))
def test_any_change_of_an_untouched_script_comes_in_whole(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same cases every time
    new = [(title, list(said)) for title, said in WALK]
    for number in range(dice.randint(1, 6)):
        title, said = dice.choice(new)
        place = dice.randrange(len(said))
        match dice.randrange(5):
            case 0:
                said[place] = f"Changed: {number}, {'word ' * dice.randint(0, 40)}[here]."
            case 1:
                said.insert(place, f"New {number} # *here*.")
            case 2 if len(said) > 1:
                said.pop(place)
            case 3 if len(new) > 1:
                new.remove((title, said))
            case _:
                new.insert(dice.randint(0, len(new)), (f"Stage {number}", [f"Stage {number} it is."]))
    done = _resync(_script(), new)
    assert [change for change in done.changes if change.kind == "conflict"] == []
    assert sorted(_said(done.text)) == sorted(_said(_script(new)))
    assert _resync(done.text, new).text == done.text
