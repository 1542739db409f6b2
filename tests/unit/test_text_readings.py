"""What is written is spoken as a person would read it: a table a language."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from audioguide.text import read_segment

GOLDEN = Path(__file__).parents[1] / "golden"


def table() -> list[dict[str, str]]:
    rows = []
    for path in sorted(GOLDEN.glob("readings_*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return rows


def spoken(text: str, language: str = "en-US") -> str:
    return " ".join(sentence.spoken for sentence in read_segment(text, language=language, pronounce={}))


@pytest.mark.parametrize("row", table(), ids=lambda row: f"{row['language']}: {row['written']}")
def test_reading_is_what_a_person_would_say(row: dict[str, str]) -> None:
    assert spoken(row["written"], row["language"]) == row["spoken"]


def test_amount_with_a_fraction_sign_behind_its_decimals_is_read() -> None:
    assert spoken("It is $1.5½.") == "It is one point five and a half dollars."


@pytest.mark.parametrize(("language", "lines"), [("en", 120), ("de", 40), ("fr", 40), ("es", 40)])
def test_tables_are_large_enough_to_mean_something(language: str, lines: int) -> None:
    assert sum(row["language"].startswith(language) for row in table()) >= lines


@pytest.mark.parametrize("row", table(), ids=lambda row: f"{row['language']}: {row['written']}")
def test_no_digit_is_left_to_the_engine(row: dict[str, str]) -> None:
    """Engines differ in how they read digits; words they read alike. "A4" stays: its letter would become the article."""
    assert not re.search(r"(?<!\bA)[0-9]", spoken(row["written"], row["language"]))


@pytest.mark.parametrize("row", table(), ids=lambda row: f"{row['language']}: {row['written']}")
def test_reading_read_again_stays(row: dict[str, str]) -> None:
    """What has been read has nothing left to be read."""
    for sentence in read_segment(row["written"], language=row["language"], pronounce={}):
        assert spoken(sentence.spoken, row["language"]).rstrip(".") == sentence.spoken.rstrip(".")


def test_language_without_tables_keeps_its_words() -> None:
    assert spoken("«**Привет**», — 5 км…", "ru") == "Привет, 5 км..."


def test_other_writing_is_left_as_it_is() -> None:
    assert spoken("He wrote 日本 and Москва.") == "He wrote 日本 and Москва."
