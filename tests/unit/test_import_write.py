"""The script that an import writes: it reads as it was meant, whatever the article holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audioguide.importers.article import Article, Block, Heading, make_article
from audioguide.importers.dates import iso_date
from audioguide.importers.write import Choices, Surroundings, language_tag, script_text, sections_of
from audioguide.script.load import load_script
from audioguide.script.model import Script
from audioguide.text import has_speech, paragraphs
from audioguide.text.marks import read_marks

WORDS = re.split(
    " ",
    "Walks and forts, yes no null ~ 1e3 0x1F 12:30 2026-11-22 - -- --- ... # #x : :x x: ? * *x* & &a ! !!int % @ ` | > "
    "{ } [ ] {a [pause 1s] [[a|b]] [[ \\ \\[ ' \" '' = << on off é漢字 אב \u00a0 \u2028 \x85 \x07 \ufeff \ud800 \U0001f600 a.b ",
)
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=30).map(" ".join)
titles = texts.filter(has_speech)


def _script(article: Article, folder: Path, choices: Choices | None = None) -> tuple[str, Script]:
    text = script_text(article, choices or Choices(), recipe="a.txt")
    path = folder / "script.yaml"
    path.write_text(text, encoding="utf-8")
    return text, load_script(path).script


def _article(*events: Heading | Block, **known: Any) -> Article:
    return make_article(Article(**{"title": "Walk", "language": "en"} | known), events)


def _section(heading: str, *said: str) -> list[Heading | Block]:
    return [Heading(2, heading), *_text(*said)]


def _text(*said: str) -> list[Block]:
    return [Block("paragraph", one) for one in said]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    title=titles, author=texts, parts=st.lists(st.tuples(titles, st.lists(texts, max_size=3)), min_size=1, max_size=4)
)
def test_what_is_written_is_read_again(
    title: str, author: str, parts: list[tuple[str, list[str]]], tmp_path: Path
) -> None:
    events = [event for heading, said in parts for event in _section(heading, *said, "End.")]
    article = _article(*events, title=title, author=author, tags=(title,))
    text, script = _script(article, tmp_path)
    assert script.episode.title == article.title
    assert list(script.episode.tags) == list(article.tags)
    for section, meant in zip(script.sections, sections_of(article, Choices()), strict=True):
        assert section.title == meant.title
        assert [read_marks(one).shown for one in paragraphs(section.text or "")] == list(meant.paragraphs)
    read = yaml.safe_load(text)  # another reader takes it for the same
    assert read["episode"]["title"] == article.title


def test_lines_are_wrapped_at_100_columns(tmp_path: Path) -> None:
    text, _ = _script(_article(*_text("word " * 200), description="word " * 100), tmp_path)
    assert max(map(len, text.splitlines())) <= 100


def test_equal_titles_have_ids_of_their_own(tmp_path: Path) -> None:
    events = [event for _ in range(3) for event in _section("Fort", "A.")]
    _, script = _script(_article(*events, Heading(2, "Fort 2"), *_text("B.")), tmp_path)
    assert [section.id for section in script.sections] == ["fort", "fort-2", "fort-3", "fort-2-2"]


def test_the_schema_is_named_only_where_it_stands(tmp_path: Path) -> None:
    article = _article(*_text("A."))
    assert script_text(article, Choices(), recipe="a", beside=Surroundings(schema="a.json")).startswith(
        "# yaml-language-server: $schema=a.json\n"
    )
    assert "yaml-language-server" not in script_text(article, Choices(), recipe="a")
    assert _script(article, tmp_path)


def test_what_is_left_out_is_told_and_can_be_kept(tmp_path: Path) -> None:
    article = _article(Heading(2, "Fort"), *_text("A."), Block("table", "1620, 1623"), Heading(2, "End"), *_text("B."))
    text, _ = _script(article, tmp_path)
    assert "# left out: 1 row of a table (--keep table)" in text
    kept, script = _script(article, tmp_path, Choices(kinds=frozenset({"paragraph", "table"})))
    assert "left out" not in kept
    assert paragraphs(script.sections[0].text or "") == ("A.", "1620, 1623")


def test_a_heading_without_text_is_read(tmp_path: Path) -> None:
    _, script = _script(_article(Heading(2, "Part One"), Heading(3, "Fort"), *_text("A.")), tmp_path)
    assert (script.sections[0].title, script.sections[0].text) == ("Part One", "Part One\n")


def test_deeper_headings_go_into_the_section_above() -> None:
    article = _article(
        Heading(2, "A"), *_text("One."), Heading(3, "B"), *_text("Two."), Heading(2, "C"), *_text("Three.")
    )
    sections = sections_of(article, Choices(depth=2))
    assert [(one.title, one.paragraphs) for one in sections] == [("A", ("One.", "B", "Two.")), ("C", ("Three.",))]
    without = sections_of(article, Choices(depth=2, kinds=frozenset({"paragraph"})))
    assert without[0].paragraphs == ("One.", "Two.")


def test_choices_are_remembered_as_flags() -> None:
    choices = Choices(depth=2, kinds=frozenset({"paragraph", "heading", "quote", "table"}))
    assert choices.flags == ["--depth 2", "--keep table", "--drop list"]


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2026-05-01", "2026-05-01"),
        ("2026-05-01T10:00:00Z", "2026-05-01T10:00:00+00:00"),
        ("Fri, 01 May 2026 10:00:00 +0200", "2026-05-01T10:00:00+02:00"),
        ("May 1, 2026", "2026-05-01"),
        ("1 May 2026", "2026-05-01"),
        ("2026", ""),
        ("soon", ""),
        ("", ""),
    ],
)
def test_dates_are_understood_or_left_out(written: str, date: str) -> None:
    assert iso_date(written) == date


def test_a_date_that_is_not_understood_is_a_comment(tmp_path: Path) -> None:
    text, script = _script(_article(*_text("A."), date="last spring"), tmp_path)
    assert "# date: the source says last spring" in text
    assert script.episode.date is None


def test_languages_are_tags() -> None:
    assert [language_tag(text) for text in ("en_US", "de", "English!", "")] == ["en-US", "de", "", ""]
