"""Cuts, ids, characters and English number words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioguide.text import has_speech, paragraphs, scripts_of, slug, split_long, visible
from audioguide.text.english_numbers import cardinal, number, ordinal, year


@pytest.mark.parametrize(
    ("max_chars", "expected"),
    [
        (100, ("One two, three four; five six. Seven and eight.",)),
        (40, ("One two, three four; five six.", "Seven and eight.")),
        (25, ("One two, three four;", "five six. Seven", "and eight.")),
        (7, ("One", "two,", "three", "four;", "five", "six.", "Seven", "and", "eight.")),
    ],
)
def test_long_text_is_cut_at_the_best_place_that_fits(max_chars: int, expected: tuple[str, ...]) -> None:
    assert split_long("One two, three four; five six. Seven and eight.", max_chars) == expected


def test_word_that_is_too_long_is_cut_anywhere() -> None:
    assert split_long("abcdefgh", 3) == ("abc", "def", "gh")


def test_nothing_has_no_pieces() -> None:
    assert split_long("  ", 10) == ()


@given(text=st.one_of(st.text(), st.text("ab ,.;—é日", max_size=400)), max_chars=st.integers(1, 60))
def test_cut_respects_the_limit_and_loses_nothing(text: str, max_chars: int) -> None:
    pieces = split_long(text, max_chars)
    assert all(0 < len(piece) <= max_chars for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Will jogging bulk up your legs?", "will-jogging-bulk-up-your-legs"),
        ("The Runner’s Knee", "the-runners-knee"),
        ("Crème brûlée à la Straße", "creme-brulee-a-la-strasse"),
        ("Ærø & Łódź", "aero-lodz"),
        ("ﬁve ①②", "five-12"),
        ("2026", "s-2026"),
        ("旧市街", "s-a134059b"),
        ("🎉 —", ""),
        ("", ""),
        ("a" * 70, "a" * 60),
        ("word " * 20, "-".join(["word"] * 12)),
    ],
)
def test_slug_of_a_title(title: str, expected: str) -> None:
    assert slug(title) == expected


@given(title=st.text())
def test_slug_is_an_id_or_nothing(title: str) -> None:
    made = slug(title)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", made) or (made == "" and not has_speech(title))
    assert not made.isdigit()


@given(text=st.text())
def test_visible_text_cannot_steer_a_terminal(text: str) -> None:
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\ud800-\udfff]", visible(text))


def test_visible_shows_escapes() -> None:
    assert visible("a\x1b[0m\n\u202eé") == r"a\x1b[0m\n\u202eé"


def test_scripts_are_those_of_the_letters() -> None:
    assert scripts_of("Tea, чай 茶 ひ カ 한 ｶ 5 ½ é!") == {"LATIN", "CYRILLIC", "CJK", "HIRAGANA", "KATAKANA", "HANGUL"}
    assert scripts_of("5 €") == frozenset()


@pytest.mark.parametrize(
    ("text", "speaks"), [("a", True), ("5", True), ("½", True), ("日", True), ("_—🎉 .", False), ("", False)]
)
def test_speech_is_a_letter_or_a_digit(text: str, speaks: bool) -> None:  # noqa: FBT001 - a table's column
    assert has_speech(text) is speaks


def test_paragraphs_are_parted_by_blank_lines() -> None:
    assert paragraphs("\n One\ntwo.\r\n \t\r\nThree.\n\n\n") == ("One two.", "Three.")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "zero"),
        (-7, "minus seven"),
        (115, "one hundred fifteen"),
        (1_000_000, "one million"),
        (1_002_003, "one million two thousand three"),
        (10**18, "one" + " zero" * 18),
    ],
)
def test_cardinal(value: int, words: str) -> None:
    assert cardinal(value) == words


def test_british_numbers_have_and() -> None:
    assert cardinal(1_000_105, joined_by="and") == "one million one hundred and five"
    assert cardinal(1_005, joined_by="and") == "one thousand and five"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1, "first"),
        (12, "twelfth"),
        (20, "twentieth"),
        (23, "twenty-third"),
        (100, "one hundredth"),
        (1009, "one thousand ninth"),
    ],
)
def test_ordinal(value: int, words: str) -> None:
    assert ordinal(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1066, "ten sixty-six"),
        (1900, "nineteen hundred"),
        (1905, "nineteen oh five"),
        (2000, "two thousand"),
        (2005, "two thousand five"),
        (2026, "twenty twenty-six"),
        (476, "four hundred seventy-six"),
    ],
)
def test_year(value: int, words: str) -> None:
    assert year(value) == words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("1,250.50", "one thousand two hundred fifty point five zero"),
        ("007", "zero zero seven"),
        (".5", "zero point five"),
    ],
)
def test_written_number(written: str, words: str) -> None:
    assert number(written) == words
