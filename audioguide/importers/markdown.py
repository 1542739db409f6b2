"""Markdown -> Article, by CommonMark's rules with tables and footnotes; front matter says what is known of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from audioguide.importers.article import Article, Block, Heading, clean, make_article
from audioguide.importers.text import decode

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

MAX_FRONT_MATTER_CHARS = 65_536
_YAML_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML_MATTER = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FOOTNOTE = re.compile(r"^\[\^([^\]\s]+)\]:[ \t]*(.*(?:\n(?:[ \t]+.*|(?=\n[ \t]+)))*)", re.MULTILINE)
_FOOTNOTE_MARK = re.compile(r"\[\^[^\]\s]+\]")

_FIELDS: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "subtitle": ("subtitle", "tagline"),
    "author": ("author", "authors", "by", "byline"),
    "description": ("description", "summary", "excerpt", "abstract"),
    "date": ("date", "published", "publishdate", "pubdate", "created"),
    "language": ("language", "lang", "locale"),
    "link": ("link", "canonical_url", "canonicalurl", "canonical", "url", "permalink"),
    "image": ("image", "cover", "cover_image", "coverimage", "featured_image", "thumbnail", "banner"),
    "license": ("license", "licence"),
}
"""A field of Article -> the keys of front matter that blogs' tools write for it."""
_MAX_BRACKETS, _MAX_OPEN = 8, 20
_BRACKET = re.compile(r"\\.|[\[\]]", re.DOTALL)
"""Brackets open at once, of which the innermost can still be a link: a parser looks for the end of each anew."""
_TAGS = ("tags", "keywords", "categories")


def read(data: bytes, known: Article, *, name: str = "") -> Article:
    """The article of a Markdown text; front matter wins over `known`."""
    matter, body = _front_matter(decode(data).replace("\r\n", "\n").replace("\r", "\n"))
    known = _with(known, matter)
    return make_article(known, _stream(body), name=name)


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    head = text[:MAX_FRONT_MATTER_CHARS]
    if match := _YAML_MATTER.match(head):
        matter = _yaml_matter(match[1])
        return (matter, text[match.end() :]) if matter is not None else ({}, text)
    if match := _TOML_MATTER.match(head):
        try:
            return tomllib.loads(match[1]), text[match.end() :]
        except tomllib.TOMLDecodeError:
            return {}, text
    return {}, text


def _yaml_matter(text: str) -> dict[str, Any] | None:
    """The map as plain text values, within the limits of scripts; None where it is no map."""
    from audioguide.script.document import parse
    from audioguide.script.problems import Problems
    from audioguide.script.tree import plain

    tree = parse(text, "", Problems(("",)))
    return plain(tree) if tree else None


def _with(known: Article, matter: dict[str, Any]) -> Article:
    by_key = {str(name).lower().replace("-", "_"): value for name, value in matter.items()}
    found = {
        field: text
        for field, names in _FIELDS.items()
        if (text := next((text for name in names if (text := _text_of(by_key.get(name)))), ""))
    }
    tags = next((tags for name in _TAGS if (tags := _list_of(by_key.get(name)))), known.tags)
    return replace(known, **found, tags=tags)  # type: ignore[arg-type]  # the keys of _FIELDS are text fields


def _list_of(value: object) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else str(value or "").split(",")
    return tuple(text for entry in entries if (text := clean(str(entry))))


def _text_of(value: object) -> str:
    return ", ".join(_list_of(value)) if isinstance(value, list) else clean("" if value is None else str(value))


def _stream(body: str) -> Iterator[Heading | Block]:
    from markdown_it import MarkdownIt

    from audioguide.importers.markup import parse, walk

    notes = [Block("footnote", note[2]) for note in _FOOTNOTE.finditer(body)] if "[^" in body else []
    body = _FOOTNOTE_MARK.sub("", _FOOTNOTE.sub("", body)) if notes else body
    parser = MarkdownIt("commonmark", {"maxNesting": 40}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("link", "lone_bracket", _lone_bracket)
    yield from walk(parse(f"<html><body>{parser.render(body)}</body></html>"))
    yield from notes


def _lone_bracket(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as the parser calls its rules
    """A bracket that opens no link is text, which is found out at once and not by reading on to the end."""
    if not state.src.startswith(("[", "!["), state.pos):
        return False
    known = state.env.setdefault("lone brackets", {})
    if state.src not in known:
        known.clear()
        known[state.src] = (state.src.rfind("]"), _hopeless(state.src))
    last, hopeless = known[state.src]
    bracket = state.pos + (state.src[state.pos] == "!")
    if bracket < last and bracket not in hopeless:
        return False
    if not silent:
        state.pending += state.src[state.pos]
    state.pos += 1
    return True


def _hopeless(text: str) -> frozenset[int]:
    """Brackets that are no link's: around many others, or left open in great number. Few are looked at by the parser."""
    if text.count("[") <= _MAX_OPEN:
        return frozenset()
    found: set[int] = set()
    still_open: list[tuple[int, int]] = []
    for match in _BRACKET.finditer(text):
        if match[0] == "[":
            still_open.append((match.start(), 1))
        elif match[0] == "]" and still_open:
            start, height = still_open.pop()
            if height > _MAX_BRACKETS:
                found.add(start)
            if still_open:
                above, tallest = still_open[-1]
                still_open[-1] = (above, max(tallest, height + 1))
    if len(still_open) > _MAX_OPEN:
        found.update(start for start, _ in still_open)
    return frozenset(found)
