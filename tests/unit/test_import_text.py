"""Headings found in text that has no marks for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioguide.errors import ImportFailed
from audioguide.importers import read_data
from audioguide.importers.article import KINDS, Article

PARAGRAPH = "The path begins behind the old station, and it is longer than it looks on the map."


def _read(text: str) -> Article:
    return read_data(text.encode(), name="walk.txt")


def _titles(text: str) -> list[str]:
    article = _read(text)
    return [article.title, *(part.title for part in article.parts)]


def test_short_lines_between_blank_lines_are_headings() -> None:
    text = f"A Walk\n\n{PARAGRAPH}\n\nThe Fort\n\n{PARAGRAPH}\n\nHow do I get back?\n\n{PARAGRAPH}\n"
    assert _titles(text) == ["A Walk", "Introduction", "The Fort", "How do I get back?"]


def test_a_last_piece_set_off_by_two_blank_lines_is_the_conclusion() -> None:
    text = f"A Walk\n\n{PARAGRAPH}\n\nThe Fort\n\n{PARAGRAPH}\n\n\nIn the end it was worth it.\n"
    assert _titles(text)[-1] == "Conclusion"


def test_wide_gaps_everywhere_are_no_conclusion() -> None:
    text = f"A Walk\n\n\n{PARAGRAPH}\n\n\nThe Fort\n\n\n{PARAGRAPH}\n\n\n{PARAGRAPH}\n"
    assert _titles(text) == ["A Walk", "Introduction", "The Fort"]


def test_what_we_add_is_in_the_language_of_the_text() -> None:
    german = "Der Weg beginnt hinter dem alten Bahnhof, und er ist nicht so kurz, wie es auf der Karte aussieht."
    text = f"Ein Spaziergang\n\n{german}\n\nDie Festung\n\n{german}\n\n\n{german}\n"
    assert _titles(text) == ["Ein Spaziergang", "Einleitung", "Die Festung", "Fazit"]


@pytest.mark.parametrize(
    "line",
    [
        "- Bread",
        "and so on",
        "Dear Ann,",
        "It was late.",
        '"Never," he said',
        "See https://example.org for more",
        "Figure 3: The gate",
        "Note: bring water",
        "Read on at example.org/fort",
        "One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen, fifteen",
    ],
)
def test_other_short_lines_are_no_headings(line: str) -> None:
    assert _titles(f"A Walk\n\n{PARAGRAPH}\n\n{line}\n\n{PARAGRAPH}\n") == ["A Walk", "A Walk"]


@pytest.mark.parametrize(
    ("heading", "level"),
    [
        ("The Fort\n========", 1),
        ("The Fort\n--------", 2),
        ("## The Fort", 2),
        ("**The Fort**", 2),
        ("1.2 The Fort", 2),
        ("Chapter 3. The Fort", 1),
        ("THE FORT", 1),
    ],
)
def test_marked_headings_have_their_level(heading: str, level: int) -> None:
    part = _read(f"A Walk\n\n{PARAGRAPH}\n\n{heading}\n\n{PARAGRAPH}\n").parts[1]
    assert (part.title.split()[-1].lower(), part.level) == ("fort", level)


@pytest.mark.parametrize("heading", ["What is new in 4.0", "Table manners", "Chapter 1: The start", "3 things to know"])
def test_headings_with_numbers_and_colons_are_headings(heading: str) -> None:
    assert heading in _titles(f"A Walk\n\n{PARAGRAPH}\n\n{heading}\n\n{PARAGRAPH}\n")


def test_capitals_above_their_text_are_a_heading() -> None:
    text = f"A Walk\n\n{PARAGRAPH}\n\nTHE FORT\n{PARAGRAPH}\nIt stands.\n"
    assert _titles(text) == ["A Walk", "Introduction", "THE FORT"]


def test_lines_of_a_wrapped_paragraph_are_joined() -> None:
    (part,) = _read("The path begins behind\nthe old station,\nand goes on.\n\nIt ends\nat the fort.\n").parts
    assert part.paragraphs() == ("The path begins behind the old station, and goes on.", "It ends at the fort.")


def test_long_lines_are_paragraphs_without_blank_lines() -> None:
    text = f"A Walk\n{PARAGRAPH * 3}\nThe Fort\n{PARAGRAPH * 3}\n{PARAGRAPH * 2}\n"
    assert _titles(text) == ["A Walk", "Introduction", "The Fort"]


def test_list_items_are_items() -> None:
    part = _read("A Walk\n\nTake with you:\n\n- bread, and\n  some water\n- a map\n\n2. a hat\n").parts[0]
    assert [(block.kind, block.text) for block in part.blocks[1:]] == [
        ("list", "bread, and some water"),
        ("list", "a map"),
        ("list", "a hat"),
    ]


def test_a_byline_gives_the_author() -> None:
    article = _read(f"A Walk\n\nBy Ann Walker\n\n{PARAGRAPH}\n")
    assert (article.author, article.parts[0].paragraphs()) == ("Ann Walker", (PARAGRAPH,))


def test_a_date_under_the_title_is_the_date() -> None:
    article = _read(f"A Walk\n\nMay 1, 2026\n\nBy Ann Walker\n\n{PARAGRAPH}\n")
    assert (article.author, article.date, article.parts[0].paragraphs()) == ("Ann Walker", "2026-05-01", (PARAGRAPH,))


def test_utf_16_is_read_by_its_mark() -> None:
    assert read_data("Grüße aus Köln.".encode("utf-16"), name="a.txt").parts[0].paragraphs() == ("Grüße aus Köln.",)


def test_other_encodings_are_refused_with_the_place() -> None:
    with pytest.raises(ImportFailed, match="byte 2 is wrong"):
        read_data("Grüße".encode("latin-1"), name="a.txt")


def test_data_is_no_text() -> None:
    with pytest.raises(ImportFailed, match="zero bytes"):
        read_data(b"abc\0def", name="")


def test_formats_that_are_not_read_say_what_to_do() -> None:
    with pytest.raises(ImportFailed) as caught:
        read_data(b"\xd0\xcf\x11\xe0", name="a.doc")
    assert caught.value.hint == "save it as .docx"


TOKENS = (
    "Walks",
    "and",
    " ",
    " ",
    ". ",
    "? ",
    "\n",
    "\n\n",
    "\n\n\n",
    "- ",
    "# ",
    "===\n",
    "1. ",
    "\t",
    "> ",
    "|",
    "[",
    "\\",
    "é漢",
)
ADDED = ("Untitled", "Introduction", "Conclusion", "Introducción", "Conclusión")


@given(st.lists(st.sampled_from(TOKENS), max_size=40).map("".join).filter(lambda text: any(map(str.isalpha, text))))
def test_no_word_is_lost_or_doubled(text: str) -> None:
    pieces = text.split("Walks")  # each a word of its own, for a heading that repeats the title is the title
    text = "".join(f"{piece}Walk{'xyz'[number % 3] * (number // 3 + 1)}" for number, piece in enumerate(pieces))
    text += "\n\nThe end is here.\n"  # a title alone is no article
    article = read_data(text.encode(), name="untitled.txt")
    titles = [part.title for part in article.parts]
    pieces = [text for part in article.parts for text in part.paragraphs(frozenset(KINDS))]
    alone = len(article.parts) == 1 and article.parts[0].blocks and article.parts[0].level == 1
    if not alone or article.title not in titles:
        pieces += titles
    if article.title not in titles or alone:
        pieces.append(article.title)
    letters = sorted(char for piece in pieces if piece not in ADDED for char in piece if char.isalpha())
    assert letters == sorted(char for char in text if char.isalpha())
