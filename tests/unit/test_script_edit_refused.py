"""What an edit leaves alone, and what it does to files that are not as they should be: nothing, or what was asked for."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from audioguide.script.document import Document, parse
from audioguide.script.edit import FIELDS, EditRefused, Spot, edited, why_not
from audioguide.script.problems import Problems
from tests.unit.test_script_edit import PARAGRAPHS, SCRIPT, SPOKEN, WORDS, _document, _segment

SHARED = """\
version: 1
sections:
  - title: One
    segments:
      - &same The same text.
      - *same
      - {say: *same, voice: host}
      - say:
      - &map {say: In a map.}
  - title: Two
    text: &text |
      A paragraph.
  - &section
    title: Three
    segments: [Four]
  - title: Escaped
    text: "Five.\\n\\nSix."
  - title: Lists
    segments: [[A list]]
"""


@pytest.mark.parametrize(
    ("spot", "field", "told"),
    [
        (_segment(0, 0), "text", "anchor"),
        (_segment(0, 1), "text", "alias"),
        (_segment(0, 1), "voice", "alias"),
        (_segment(0, 2), "text", "alias"),
        (_segment(0, 3), "text", "empty"),
        (_segment(0, 4), "voice", "anchor"),
        (Spot(("sections", 1, "text"), 0), "text", "anchor"),
        (_segment(2, 0), "text", "anchor"),
        (Spot(("sections", 3, "text"), 1), "text", "cannot be told"),
        (Spot(("sections", 3, "text"), 1), "voice", "no keys of its own"),
        (_segment(4, 0), "pause", "is a list"),
    ],
)
def test_what_cannot_be_edited_says_why(spot: Spot, field: str, told: str) -> None:
    problems = Problems(("script.yaml",))
    tree = parse(SHARED, "script.yaml", problems)
    assert tree
    document = Document("script.yaml", SHARED, "utf-8", tree)
    assert told in (why_not(document, spot, field) or "")
    with pytest.raises(EditRefused, match=told):
        edited(document, spot, field, "something")


def test_a_neighbour_of_an_alias_can_be_edited() -> None:
    document = _document(SHARED.replace("      - say:\n", ""))
    assert "voice: guest" in edited(document, _segment(0, 2), "voice", "guest")


def test_utf_16_is_for_reading() -> None:
    document = Document("script.yaml", SCRIPT, "utf-16-le", _document(SCRIPT).tree)
    assert all("UTF-16" in (why_not(document, SPOKEN[0], field) or "") for field in FIELDS)


@pytest.mark.parametrize("text", ["", "  \n ", "a \ud800 b", "a \x07 b"])
def test_what_no_script_can_hold_is_refused(text: str) -> None:
    for spot in (SPOKEN[0], SPOKEN[5], PARAGRAPHS[0]):
        with pytest.raises(EditRefused):
            edited(_document(SCRIPT), spot, "text", text)


# -- whatever the file is ----------------------------------------------------------------------------------------------

ODD = """\
version: 1
sections:
  - title: >-
      A folded
      title
    segments:
    - |+
      keep

    - say: >+
        keep too

      voice: host
    - "a\\
       b"
    - {"say": "q", "voice": host}
    -   say: deep
        pause:
          segment: 1s # c
    - [a, b]
    - ~
    -
  - {title: "x", # comment
     segments: [ "a" , # c
       {say: b, # d
        voice: host, }, 'c' ]}
"""
SIGNS = [*" \n#:-'\"|>{}[],&*~?!%@`", "\n\n", "- ", "say: ", "\r\n", "é", "🙂"]


@given(
    text=st.sampled_from([SCRIPT, SHARED, ODD]),
    blows=st.lists(st.tuples(st.floats(0, 1), st.sampled_from(SIGNS), st.integers(0, 2)), max_size=4),
    spot=st.builds(_segment, st.integers(0, 2), st.integers(0, 8)),
    field=st.sampled_from(FIELDS),
    value=st.one_of(WORDS, st.sampled_from(["1s", "host"])),
)
def test_any_file_is_edited_or_left_alone(
    text: str, blows: list[tuple[float, str, int]], spot: Spot, *, field: str, value: str
) -> None:
    for place, sign, gone in blows:
        at = int(place * (len(text) - 1))
        text = text[:at] + sign + text[at + gone :]
    tree = parse(text, "script.yaml", Problems(("script.yaml",)))
    assume(tree)
    assert tree
    document = Document("script.yaml", text, "utf-8", tree)
    for wanted in (value, None) if field != "text" else (value,):
        try:
            after = edited(document, spot, field, wanted)
        except EditRefused:
            continue
        assert parse(after, "script.yaml", Problems(("script.yaml",)))
