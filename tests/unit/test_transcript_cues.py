"""A sentence becomes cues that fit, hide nothing, and follow one another without a gap."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audioguide.transcript.captions import SRT, VTT
from audioguide.transcript.cues import Cue, Shape, cues_of
from audioguide.transcript.model import Sentence, shown
from audioguide.words import Word, Words

LONG = (
    "In the day or two that follow, the body repairs those fibres with new protein and leaves them a little "
    "thicker than before; repeat that for weeks, and the change can be measured."
)
WORDS = st.lists(st.text("abcdeéß'-.,;:!?&<>", min_size=1, max_size=32), min_size=1, max_size=60).map(" ".join)


def sentence(text: str, *, end_ms: int = 0, words: tuple[Word, ...] = (), pieces: tuple[Word, ...] = ()) -> Sentence:
    """A sentence from second 1 on, by default as long as it takes to say it."""
    return Sentence("a.1", "", "en", text, 1000, end_ms or 1300 + 70 * len(text), Words.of(words), Words.of(pieces))


def bare(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())


def hold(cues: list[Cue], of: Sentence, shape: Shape) -> None:
    """What is true of all cues."""
    assert bare("".join(row for cue in cues for row in cue.rows)) == bare(of.text)
    for cue in cues:
        assert 1 <= len(cue.rows) <= 2
        assert all(row and row == row.strip() for row in cue.rows)
        assert all(len(shape.escape(row)) <= shape.width for row in cue.rows)
        assert cue.start_ms < cue.end_ms
    assert cues[0].start_ms == of.start_ms
    assert cues[-1].end_ms == of.end_ms
    assert all(before.end_ms == after.start_ms for before, after in pairwise(cues))


@pytest.mark.parametrize("shape", [VTT, SRT], ids=["vtt", "srt"])
@given(text=st.text(max_size=400).map(shown).filter(str.strip))
@example(text="-->" * 40)
@example(text="&" * 200)
@example(text="a" * 31 + " " + "b" * 33)
@example(text="नमस्ते" * 20)
@example(text="筋肉は、普段より大きな負荷がかかると成長します。" * 5)
@example(text=" \u200b e\u0301" * 30)
def test_any_text_fits_and_tiles(shape: Shape, text: str) -> None:
    hold(cues_of(sentence(text), shape), sentence(text), shape)


@given(text=WORDS)
def test_no_word_is_parted_where_words_fit_a_row(text: str) -> None:
    shape = Shape(32, str)
    cues = cues_of(sentence(text), shape)
    hold(cues, sentence(text), shape)
    assert [word for cue in cues for row in cue.rows for word in row.split()] == text.split()


@given(text=WORDS)
def test_no_more_cues_than_needed(text: str) -> None:
    """Greedy filling gives the fewest."""
    rows, row = 1, ""
    for word in text.split():
        if row and len(row) + 1 + len(word) > 32:
            rows, row = rows + 1, word
        else:
            row = f"{row} {word}".strip()
    assert len(cues_of(sentence(text), Shape(32, str))) == -(-rows // 2)


@given(
    text=WORDS,
    marks=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 99_000), st.integers(0, 2000)), max_size=20),
    name=st.sampled_from(["", "Host: ", "A rather long label: "]),
)
def test_times_hold_whatever_an_engine_says_of_its_words(
    text: str, marks: list[tuple[int, int, int]], name: str
) -> None:
    words = tuple(
        Word(start, start + length, first, first + 1) for first, start, length in marks if first + 1 <= len(text)
    )
    of = sentence(text, words=words)
    cues = cues_of(of, SRT, name=name)
    hold(cues, Sentence("a.1", "", "en", name + text, of.start_ms, of.end_ms), SRT)


def _not_plain(text: str) -> str:
    """Nothing is written otherwise, but the text as a whole seems to be: so its units are looked at one by one."""
    return text if len(text) < 2 else f"{text} "


@given(
    text=st.lists(st.text("abcdeéß'-.,;:!?”)", min_size=1, max_size=16), min_size=1, max_size=60).map(" ".join),
    width=st.sampled_from([32, 42, 65]),
    lead=st.integers(0, 16),
    name=st.sampled_from(["", "Host: ", "A longer name: "]),
)
@example(text=LONG, width=32, lead=0, name="Host: ")
@example(text=LONG, width=65, lead=13, name="")
@example(text="a bb " * 30 + "c", width=32, lead=16, name="")
def test_the_quick_way_cuts_as_the_other_does(text: str, width: int, lead: int, name: str) -> None:
    """Most sentences are words with a space between: these take a shorter way to the same cues."""
    cut = [
        cues_of(sentence(text), Shape(width, escape), name=name, lead=lead)
        for escape in (str, _not_plain)
        if len(name + text) > width
    ]
    assert cut[:1] == cut[1:]


def test_a_lead_takes_room_in_the_first_row_of_every_cue() -> None:
    cues = cues_of(sentence(LONG), VTT, lead=30)
    assert len(cues) > 1
    assert all(len(cue.rows[0]) <= 35 for cue in cues)


def test_cuts_fall_where_the_sentence_breathes() -> None:
    rows = [cue.rows for cue in cues_of(sentence(LONG), SRT)]
    assert rows == [
        ("In the day or two that follow,", "the body repairs those fibres"),
        ("with new protein and leaves them", "a little thicker than before;"),
        ("repeat that for weeks,", "and the change can be measured."),
    ]


def test_a_cue_begins_with_its_first_word() -> None:
    at = LONG.index("with new"), LONG.index("repeat")
    words = tuple(Word(1000 + 80 * n, 1060 + 80 * n, n, n + 4) for n in at)
    cues = cues_of(sentence(LONG, words=words), SRT)
    assert [cue.start_ms for cue in cues] == [1000, 1000 + 80 * at[0], 1000 + 80 * at[1]]


def test_a_piece_of_a_sentence_tells_when_it_begins() -> None:
    at = LONG.index("repeat")
    pieces = (Word(1000, 7000, 0, at - 1), Word(7200, 13_000, at, len(LONG)))
    cues = cues_of(sentence(LONG, end_ms=13_000, pieces=pieces), SRT)
    assert cues[-1].start_ms == 7200
    assert 3500 < cues[1].start_ms < 4500


def test_letters_share_the_time_where_nothing_is_known() -> None:
    cues = cues_of(sentence(LONG, end_ms=1000 + 100 * len(LONG)), SRT)
    assert [cue.start_ms for cue in cues[1:]] == [1000 + 100 * LONG.index(word) for word in ("with new", "repeat")]


def test_times_that_would_flash_a_cue_are_not_believed() -> None:
    at = LONG.index("with new"), LONG.index("repeat")
    words = (Word(1100, 1150, at[0], at[0] + 4), Word(1180, 1300, at[1], at[1] + 6))
    assert cues_of(sentence(LONG, words=words), SRT) == cues_of(sentence(LONG), SRT)


def test_a_name_never_stands_alone() -> None:
    cues = cues_of(sentence(LONG), SRT, name="Host: ")
    assert cues[0].rows[0].startswith("Host: In the day")


def test_scripts_without_spaces_are_parted_after_their_punctuation() -> None:
    text = "筋肉は、普段より大きな負荷がかかると成長します、そして、休むと元に戻ります。"
    (cue,) = cues_of(sentence(text), SRT)
    assert cue.rows[0][-1] == "、"
