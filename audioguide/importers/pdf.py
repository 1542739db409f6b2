"""PDF -> Article: its outline gives the headings, its lines are joined to paragraphs again."""

from __future__ import annotations

import io
import logging
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from audioguide.errors import ImportFailed
from audioguide.importers.article import Article, Block, Heading, clean, key, make_article

MAX_PAGES = 3_000
MAX_SECONDS = 60.0
MAX_OUTLINE = 5_000
_STOP = re.compile(r"[.!?:…。！？][\"'”’»)\]]*$")
_PAGE_NUMBER = re.compile(r"\W*(?:page\s+)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:/|of)\s*\d{1,4})?\W*", re.IGNORECASE)
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*(?:\d{1,4}|[ivxlc]{1,7})\s*$", re.IGNORECASE)
_DATE = re.compile(r"D:(\d{4})(\d{2})?(\d{2})?")

logging.getLogger("pypdf").addHandler(logging.NullHandler())  # its complaints about odd files are for developers


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the outline: where it leads to."""

    level: int
    title: str
    page: int


def read(data: bytes, known: Article, *, name: str = "") -> Article:
    """The article of a PDF. Without an outline it is one part, and a notice says so."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(data))
        _unlock(reader)
        pages, entries = _pages(reader), _outline(reader)
        known = _described(reader, known)
    except ImportFailed:
        raise
    except Exception as error:
        raise ImportFailed("is damaged, or no PDF that can be read", hint="save it anew as PDF") from error
    if not any(pages):
        raise ImportFailed("has no text: its pages are pictures", hint="run it through a text recognition first")
    if not entries:
        notice = "the PDF has no outline, so its headings are not known: it becomes one section"
        known = replace(known, notices=(*known.notices, notice))
    return make_article(known, _stream(_without_margins(pages), entries), name=name)


def _unlock(reader: Any) -> None:
    if reader.is_encrypted and not reader.decrypt(""):
        raise ImportFailed("is locked with a password", hint="save a copy without a password")


def _pages(reader: Any) -> list[list[str]]:
    """The lines of each page."""
    if len(reader.pages) > MAX_PAGES:
        raise ImportFailed(f"has more than {MAX_PAGES:,} pages", hint="import it in parts")
    until, pages = time.monotonic() + MAX_SECONDS, list[list[str]]()
    for page in reader.pages:
        pages.append([line.rstrip() for line in page.extract_text().splitlines()])
        if time.monotonic() > until:
            raise ImportFailed(f"takes longer than {MAX_SECONDS:.0f} s to read", hint="import it in parts")
    return pages


def _outline(reader: Any) -> list[_Entry]:
    """The outline's lines in order, with their pages."""
    found = list[_Entry]()

    def take(entries: Sequence[Any], level: int) -> None:
        for entry in entries:
            if len(found) > MAX_OUTLINE or level > 20:
                return
            if isinstance(entry, list):
                take(entry, level + 1)
            elif title := clean(str(entry.title or "")):
                page = reader.get_destination_page_number(entry)
                found.append(_Entry(level, title, page if page is not None and page >= 0 else _last_page(found)))

    take(reader.outline, 1)
    return found


def _last_page(found: Sequence[_Entry]) -> int:
    return found[-1].page if found else 0


def _described(reader: Any, known: Article) -> Article:
    info = reader.metadata or {}
    date = _DATE.match(str(info.get("/CreationDate") or ""))
    root = reader.trailer["/Root"]
    return replace(
        known,
        title=clean(str(info.get("/Title") or "")) or known.title,
        author=clean(str(info.get("/Author") or "")) or known.author,
        description=clean(str(info.get("/Subject") or "")),
        date="-".join((date[1], date[2] or "01", date[3] or "01")) if date else "",
        language=clean(str(root.get("/Lang") or "")) or known.language,
        tags=tuple(filter(None, map(clean, re.split("[,;]", str(info.get("/Keywords") or ""))))),
    )


def _without_margins(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """The pages without running heads, feet and page numbers: what stands at the edge of many pages."""
    edges = Counter[str]()
    for page in pages:
        edges.update({_edge(line) for line in (*page[:2], *page[-2:])})
    often = {edge for edge, count in edges.items() if count > max(2, len(pages) // 3) and edge}
    return [_trimmed(page, often) for page in pages]


def _edge(line: str) -> str:
    """What is the same in one running head on several pages: not its numbers."""
    return key(re.sub(r"\d+", "", line))


def _trimmed(page: Sequence[str], often: set[str]) -> list[str]:
    lines = [line for line in page if not _LEADERS.search(line)]  # a printed table of contents
    for _ in range(2):
        for place in (0, -1):
            if lines and (_edge(lines[place]) in often or _PAGE_NUMBER.fullmatch(lines[place])):
                del lines[place]
    return lines


def _stream(pages: Sequence[Sequence[str]], entries: Sequence[_Entry]) -> Iterator[Heading | Block]:
    lines = [line for page in pages for line in page]
    width = sorted(map(len, lines))[int(len(lines) * 0.8)] if lines else 0
    marks = dict[int, list[Heading]]()
    starts = [sum(map(len, pages[:number])) for number in range(len(pages) + 1)]
    drop, after = set[int](), 0
    for entry in entries:
        page = min(entry.page, len(pages) - 1)
        first, last = _lines_of(entry.title, lines, max(starts[page], after), starts[page + 1])
        marks.setdefault(first, []).append(Heading(entry.level, entry.title))
        drop |= set(range(first, last))
        after = last
    paragraph = list[str]()
    for index in range(len(lines) + 1):
        if index in marks:
            yield from _closed(paragraph)
            yield from marks[index]
        if index < len(lines) and index not in drop:
            yield from _with_line(paragraph, lines[index], width)
    yield from _closed(paragraph)


def _lines_of(title: str, lines: Sequence[str], start: int, end: int) -> tuple[int, int]:
    """The lines that show a heading, from `start` to before `end`; an empty range at `start` where none does."""
    wanted = key(re.sub(r"^[\d.]+\s+", "", title)).replace(" ", "")
    for first in range(start, end):
        shown = ""
        for last in range(first, min(first + 4, end)):
            shown += key(lines[last]).replace(" ", "")
            if wanted and shown.endswith(wanted) and len(shown) <= len(wanted) + 14:
                return first, last + 1
    return start, start


def _with_line(paragraph: list[str], line: str, width: int) -> Iterator[Block]:
    """Adds a line; a paragraph ends at a blank line, or at a final stop before the line is full."""
    if not line.strip():
        yield from _closed(paragraph)
        return
    if paragraph and line.startswith("  ") and not paragraph[-1].startswith("  ") and _STOP.search(paragraph[-1]):
        yield from _closed(paragraph)
    paragraph.append(line)
    if _STOP.search(line) and len(line) < width * 0.9:
        yield from _closed(paragraph)


def _closed(paragraph: list[str]) -> Iterator[Block]:
    text = ""
    for line in paragraph:
        hyphenated = re.search(r"[^\W\d_]-$", text) and line.lstrip()[:1].islower()
        text = text[:-1] + line.lstrip() if hyphenated else f"{text} {line.strip()}"
    paragraph.clear()
    if text.strip():
        yield Block("paragraph", text)
