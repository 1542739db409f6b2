"""Words keep their times on the way from what is said to what is written."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioguide.engines import WordTiming
from audioguide.text.matching import matches
from audioguide.words import Word, carried, from_onset, moved

TEXT = st.lists(st.sampled_from(["a", "B", "b,", "5", "five", "km", "kilometres", "—", "the"]), max_size=12).map(
    " ".join
)


def timed(text: str) -> list[Word]:
    """The words of a text, one every 100 frames."""
    words, at = [], 0
    for number, word in enumerate(text.split()):
        at = text.index(word, at)
        words.append(Word(100 * number, 100 * number + 90, at, at + len(word)))
        at += len(word)
    return words


def shown(said: str, written: str) -> list[tuple[str, int, int]]:
    return [(written[word.first : word.last], word.start, word.end) for word in carried(timed(said), said, written)]


@pytest.mark.parametrize(
    ("said", "written", "expected"),
    [
        ("one two", "one two", [("one", 0, 90), ("two", 100, 190)]),
        ("So, one!", "so one", [("so", 0, 90), ("one", 100, 190)]),
        ("for eight to twelve weeks", "for 8–12 weeks", [("for", 0, 90), ("8–12", 100, 390), ("weeks", 400, 490)]),
        ("five kilometres on", "5 km on", [("5", 0, 90), ("km", 100, 190), ("on", 200, 290)]),
        ("five percent less", "5% less", [("5%", 0, 190), ("less", 200, 290)]),
        ("high low", "high — low", [("high", 0, 90), ("low", 100, 190)]),
        ("Doctor Who", "Dr. Who", [("Dr.", 0, 90), ("Who", 100, 190)]),
        ("", "one", []),
        ("one", "", []),
    ],
)
def test_words_are_found_again(said: str, written: str, expected: list[tuple[str, int, int]]) -> None:
    assert shown(said, written) == expected


def test_a_sentence_that_was_worded_otherwise_has_no_words() -> None:
    assert shown("something else entirely is heard here", "The text that listeners read") == []


def test_words_with_one_time_stay_together() -> None:
    said, written = "on May five here", "On May five here"
    words = [Word(0, 90, 0, 2), Word(100, 290, 3, 11), Word(300, 390, 12, 16)]
    assert carried(words, said, written) == (Word(0, 90, 0, 2), Word(100, 290, 3, 11), Word(300, 390, 12, 16))


@given(said=TEXT, written=TEXT)
def test_matches_are_in_order_and_do_not_overlap(said: str, written: str) -> None:
    found = list(matches(said, written))
    for (first, second), (third, fourth) in pairwise(found):
        assert first[1] < third[0]
        assert second[1] < fourth[0]
    assert all(said[a:b].strip() and written[c:d].strip() for (a, b), (c, d) in found)


@given(said=TEXT, written=TEXT)
def test_carried_words_are_in_order(said: str, written: str) -> None:
    words = carried(timed(said), said, written)
    assert all(word.start < word.end and word.first < word.last for word in words)
    assert all(one.end <= other.start and one.last <= other.first for one, other in pairwise(words))


@given(text=TEXT)
def test_equal_texts_lose_no_word(text: str) -> None:
    assert carried(timed(text), text, text) == tuple(timed(text))
    assert [text[a:b] for (a, b), _ in matches(text, text)] == text.split()


def test_times_count_from_the_first_speech() -> None:
    assert from_onset([WordTiming(230, 480, (0, 3))], onset_ms=200, rate_hz=44_100) == (Word(1323, 12_348, 0, 3),)


def test_words_stay_within_their_speech() -> None:
    words = [Word(-50, 40, 0, 2), Word(40, 400, 3, 5), Word(400, 500, 6, 8)]
    assert list(moved(words, 1000, 1300)) == [Word(1000, 1040, 0, 2), Word(1040, 1300, 3, 5)]
