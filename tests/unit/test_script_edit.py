"""An edit changes what was asked for, and no other byte of the file."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from audioguide.script.document import Document, parse
from audioguide.script.edit import EditRefused, Spot, edited, pronounced
from audioguide.script.model import Script
from audioguide.script.problems import Problems
from audioguide.script.tree import plain
from audioguide.script.words import one_line, paragraph_texts

SCRIPT = """\
# A comment at the top
version: 1   # the version
voices: {host: {engine: tone}, guest: {engine: tone}}
sections:
  # the first
  - id: welcome
    title: Welcome   # a title
    segments:
      - Hello, and welcome.     # a comment
      - {id: teaser, say: "Do [x] \\"big\\"?", voice: guest, speed: 0.95}  # in brackets
      - {say: 'CIA', spoken: "C. I. A."}
      - {pause: 2s}
      - say: In a block   # said
        voice: guest  # who
        pause: {segment: 1s, sentence: 2s}
      - >-
        What people do see is shape. As the layer of fat above a muscle gets thinner, the muscle shows. Legs
        can look firmer at 70 kg than they did at 75 kg, with hardly any more muscle in them.
      - A plain one
        over two lines
      - "One in quotes
        over two lines"
      - say: |
          A block of its own,
          on two lines.
        speed: 1.1
  - {title: In brackets, segments: [One of two, {say: The other, voice: guest}, {say: "Goodbye", pause: {segment: 1s}}]}
  - title: How
    text: |  # keep this
      When we train, fibres take small damage.
      More of it stands on the second line.

      The body repairs them.

  - title: 'Folded'
    text: >
      One two
      three.


      Four five.
  - title: Quoted
    text: "Six
      seven.


      Eight."
"""
LINES = SCRIPT.count("\n")


def _document(text: str) -> Document:
    problems = Problems(("script.yaml",))
    tree = parse(text, "script.yaml", problems)
    assert tree is not None
    assert not problems.listed("error")
    return Document("script.yaml", text, "utf-8", tree)


def _data(text: str) -> Any:
    return plain(_document(text).tree)


def _segment(section: int, number: int) -> Spot:
    return Spot(("sections", section, "segments", number))


SPOKEN = [_segment(0, number) for number in (0, 1, 2, 4, 5, 6, 7, 8)] + [_segment(1, number) for number in range(3)]
TITLES = [Spot(("sections", index, "title")) for index in range(5)]
PARAGRAPHS = [Spot(("sections", index, "text"), number) for index in (2, 3, 4) for number in (0, 1)]
ENDS = {"\n": SCRIPT, "\r\n": SCRIPT.replace("\n", "\r\n")}


def _changed_lines(before: str, after: str) -> list[str]:
    told = difflib.unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm="")
    return [line for line in told if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]


def _outside(before: str, after: str) -> tuple[str, str]:
    """What is the same at both ends of two texts."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return before[:start], before[len(before) - end :] if end else ""


def _said(data: Any, spot: Spot) -> Any:
    for step in spot.steps:
        data = data[step]
    return data["say"] if isinstance(data, dict) else data


def _without(data: Any, spot: Spot, key: str = "say") -> Any:
    """The data with a hole where the edit was."""
    around = data
    for step in spot.steps[:-1]:
        around = around[step]
    item = around[spot.steps[-1]]
    around[spot.steps[-1]] = {**item, key: None} if isinstance(item, dict) else None
    return data


# -- texts -------------------------------------------------------------------------------------------------------------

_NO_YAML = re.compile("[^ -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\ufffe\uffff]")
"""What no YAML file holds."""
WORDS = st.lists(
    st.one_of(
        st.sampled_from(
            ["Hello", "and", "#", "a:", "- b", "[x]", "{y}", "'q'", '"z"', "&a", "*b", "é\u00a0è", "|", ">", "---"]
        ),
        st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=12,
).map(lambda words: one_line(" ".join(words)))


@given(spot=st.sampled_from(SPOKEN + TITLES), text=WORDS, ends=st.sampled_from(list(ENDS)))
@example(spot=SPOKEN[0], text="No", ends="\n")
@example(spot=SPOKEN[0], text="Two: one # three", ends="\r\n")
def test_any_text_goes_in_and_nothing_else_changes(spot: Spot, text: str, ends: str) -> None:
    assume(text.strip())
    before = ENDS[ends]
    try:
        after = edited(_document(before), spot, "text", text)
    except EditRefused:
        assert _NO_YAML.search(text)
        return
    data = _data(after)
    assert one_line(_said(data, spot)) == text
    Script.model_validate(data)
    assert _without(data, spot) == _without(_data(before), spot)
    _assert_only_there(before, after, spot)


def _assert_only_there(before: str, after: str, spot: Spot) -> None:
    """The bytes around the segment are those of before."""
    node: Any = _document(before).tree
    for step in spot.steps:
        node = node.entries[step][1] if isinstance(step, str) else node.items[step]
    head, tail = _outside(before, after)
    assert len(head) >= node.start or head == before[: len(head)] == after[: len(head)]
    assert before[: node.start] == after[: node.start]
    behind = before[node.end :]
    assert after.endswith(behind)
    assert tail is not None


@given(spot=st.sampled_from(PARAGRAPHS), text=WORDS, ends=st.sampled_from(list(ENDS)))
def test_any_paragraph_goes_in_and_the_others_stay(spot: Spot, text: str, ends: str) -> None:
    assume(text.strip())
    before = ENDS[ends]
    try:
        after = edited(_document(before), spot, "text", text)
    except EditRefused:
        assert _NO_YAML.search(text)
        return
    old, new = (paragraph_texts(_said(_data(one), spot)) for one in (before, after))
    assert spot.paragraph is not None
    old[spot.paragraph] = text
    assert new == old
    assert _without(_data(after), spot) == _without(_data(before), spot)
    _assert_only_there(before, after, spot)


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("spot", SPOKEN + TITLES + PARAGRAPHS, ids=str)
def test_no_text_is_refused_where_any_text_could_stand(spot: Spot, ends: str) -> None:
    for text in ("New: [words] 'and' \"more\" \\ of # them", "- a", "No", "Simple words."):
        assert edited(_document(ENDS[ends]), spot, "text", text) != ENDS[ends]


@pytest.mark.parametrize(
    ("spot", "text", "line"),
    [
        (_segment(0, 0), "Hello, and goodbye.", "      - Hello, and goodbye.     # a comment"),
        (_segment(0, 0), "Hello: you.", '      - "Hello: you."     # a comment'),
        (
            _segment(0, 1),
            'Do [x] "bigger"?',
            '      - {id: teaser, say: "Do [x] \\"bigger\\"?", voice: guest, speed: 0.95}  # in brackets',
        ),
        (_segment(0, 2), "It's", "      - {say: 'It''s', spoken: \"C. I. A.\"}"),
        (_segment(0, 4), "In another block", "      - say: In another block   # said"),
        (Spot(("sections", 2, "text"), 1), "The body mends them.", "      The body mends them."),
        (
            Spot(("sections", 2, "text"), 0),
            "When we train, fibres take small damage. More of that stands on the second line.",
            "      More of that stands on the second line.",
        ),
        (Spot(("sections", 3, "text"), 0), "One three.", "      One"),
        (Spot(("sections", 0, "title")), "Hello", "    title: Hello   # a title"),
    ],
)
def test_the_difference_is_one_line(spot: Spot, text: str, line: str) -> None:
    changed = _changed_lines(SCRIPT, edited(_document(SCRIPT), spot, "text", text))
    assert len(changed) == 2
    assert changed[1] == f"+{line}"


def test_one_word_of_a_folded_text_changes_one_line() -> None:
    text = one_line(_said(_data(SCRIPT), _segment(0, 5))).replace("fat", "very thick fat")
    assert len(_changed_lines(SCRIPT, edited(_document(SCRIPT), _segment(0, 5), "text", text))) == 2


def test_a_line_that_becomes_far_too_long_is_broken() -> None:
    text = "The body repairs them. " + "And then it goes on to say much more than that. " * 8
    after = edited(_document(SCRIPT), Spot(("sections", 2, "text"), 1), "text", text)
    assert max(map(len, after.split("\n"))) <= 125
    assert len(_changed_lines(SCRIPT, after)) > 3


# -- keys --------------------------------------------------------------------------------------------------------------

VALUES = {"voice": "guest", "speed": "1.25", "pause": "800ms", "gain": "-3 dB"}


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("field", VALUES)
@pytest.mark.parametrize("spot", SPOKEN, ids=str)
def test_a_key_is_set_changed_and_taken_away(spot: Spot, field: str, ends: str) -> None:
    before, value = ENDS[ends], VALUES[field]
    data = _data(edited(_document(before), spot, field, value))
    item: Any = data
    for step in spot.steps:
        item = item[step]
    written = item[field]
    assert (written["segment"] if isinstance(written, dict) else written) == value
    assert one_line(item["say"]) == one_line(_said(_data(before), spot))
    Script.model_validate(data)
    once_more = edited(_document(edited(_document(before), spot, field, value)), spot, field, None)
    gone: Any = _data(once_more)
    for step in spot.steps:
        gone = gone[step]
    assert field not in gone or gone[field] == {"sentence": "2s"}


@pytest.mark.parametrize(
    ("spot", "field", "value", "changed"),
    [
        (_segment(0, 0), "voice", "guest", ['+      - {say: "Hello, and welcome.", voice: guest}     # a comment']),
        (_segment(0, 2), "gain", "-3 dB", ["+      - {say: 'CIA', spoken: \"C. I. A.\", gain: -3 dB}"]),
        (_segment(0, 4), "voice", None, ["-        voice: guest  # who", "+        # who"]),
        (_segment(0, 4), "speed", "1.2", ["+        speed: 1.2"]),
        (_segment(0, 4), "pause", "3s", ["+        pause: {segment: 3s, sentence: 2s}"]),
        (_segment(0, 3), "pause", "1s", ["+      - {pause: 1s}"]),
        (
            _segment(1, 2),
            "pause",
            None,
            ['+  - {title: In brackets, segments: [One of two, {say: The other, voice: guest}, {say: "Goodbye"}]}'],
        ),
        (
            _segment(1, 2),
            "pause",
            "2s",
            [
                '+  - {title: In brackets, segments: [One of two, {say: The other, voice: guest}, {say: "Goodbye", pause: {segment: 2s}}]}'
            ],
        ),
        (_segment(0, 8), "speed", None, ["-        speed: 1.1"]),
        (_segment(1, 0), "voice", "guest", ["+  - {title: In brackets, segments: [{say: One of two, voice: guest}, "]),
    ],
)
def test_a_key_changes_one_line(spot: Spot, field: str, value: str | None, changed: list[str]) -> None:
    told = _changed_lines(SCRIPT, edited(_document(SCRIPT), spot, field, value))
    assert len(told) <= 2
    assert all(any(line.startswith(part) for line in told) for part in changed), told


def test_what_is_so_already_is_not_written() -> None:
    assert edited(_document(SCRIPT), _segment(0, 1), "voice", "guest") == SCRIPT
    assert edited(_document(SCRIPT), _segment(0, 0), "voice", None) == SCRIPT
    assert edited(_document(SCRIPT), _segment(0, 0), "text", " Hello,\nand  welcome. ") == SCRIPT


# -- spoken forms ------------------------------------------------------------------------------------------------------

NONE = SCRIPT
FLOW = SCRIPT.replace("sections:\n", "pronounce: {km: kilometre}  # c\nsections:\n", 1)
BLOCK = SCRIPT.replace("sections:\n", "pronounce:\n  # the words\n  km: kilometre  # c\n  big: bigg\nsections:\n", 1)


@given(
    text=st.sampled_from([NONE, FLOW, BLOCK]),
    word=WORDS.filter(lambda word: len(word) < 60),
    value=WORDS,
    ends=st.sampled_from(list(ENDS)),
)
def test_any_word_gets_any_spoken_form(text: str, word: str, value: str, ends: str) -> None:
    assume(word.strip())
    assume(value.strip())
    assume(word != "<<")
    before = text.replace("\n", ends)
    try:
        after = pronounced(_document(before), word, value)
    except EditRefused:
        assert _NO_YAML.search(word + value)
        return
    old, new = _data(before), _data(after)
    assert new.pop("pronounce") == {**old.pop("pronounce", {}), word: value}
    assert new == old
    assert len(_changed_lines(before, after)) <= 2


@pytest.mark.parametrize(
    ("text", "word", "value", "changed"),
    [
        (NONE, "km", "kilometre", ["+pronounce: {km: kilometre}"]),
        (FLOW, "kg", "kilo", ["-pronounce: {km: kilometre}  # c", "+pronounce: {km: kilometre, kg: kilo}  # c"]),
        (FLOW, "km", None, ["-pronounce: {km: kilometre}  # c"]),
        (BLOCK, "kg", "a: b", ['+  kg: "a: b"']),
        (BLOCK, "km", "x", ["-  km: kilometre  # c", "+  km: x  # c"]),
        (BLOCK, "km", None, ["-  km: kilometre  # c", "+  # c"]),
        (BLOCK, "big", None, ["-  big: bigg"]),
    ],
)
def test_a_word_changes_one_line(text: str, word: str, value: str | None, changed: list[str]) -> None:
    told = _changed_lines(text, pronounced(_document(text), word, value))
    assert [line for line in told if line != "+# c"] == changed


def test_a_comment_above_the_sections_stays_with_them() -> None:
    before = SCRIPT.replace("sections:\n", "# What is said\nsections:\n", 1)
    assert "pronounce: {km: kilometre}\n# What is said\nsections:\n" in pronounced(_document(before), "km", "kilometre")


def test_the_sample_can_be_edited_everywhere(request: pytest.FixtureRequest) -> None:
    text = (Path(request.config.rootpath) / "scripts" / "legs.yaml").read_text("utf-8")
    data = _data(text)
    for index, section in enumerate(data["sections"]):
        for number in range(len(section.get("segments", ()))):
            said = _said(data, _segment(index, number))
            after = edited(_document(text), _segment(index, number), "text", f"Now {one_line(said)}")
            assert len(_changed_lines(text, after)) == 2
        for number, paragraph in enumerate(paragraph_texts(section.get("text", ""))):
            spot = Spot(("sections", index, "text"), number)
            assert len(_changed_lines(text, edited(_document(text), spot, "text", f"Now {paragraph}"))) == 2
