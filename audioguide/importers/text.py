"""Plain text -> Article: headings are found by how they stand on the page, for nothing marks them.

A heading is a short line without a final stop, alone between blank lines, before a paragraph; or a line underlined, in
capitals, numbered, bold, or marked with `#`. A last piece that two blank lines set off is the conclusion.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from audioguide.errors import ImportFailed
from audioguide.importers.article import Article, Block, Heading, clean, make_article
from audioguide.importers.dates import iso_date
from audioguide.importers.language import guess_language

MAX_TEXT_BYTES = 5_000_000  # as much as a script may hold
MAX_LINES = 200_000
MAX_HEADING_CHARS = 90
MAX_HEADING_WORDS = 14
MAX_LINE_CHARS = 120
"""The longest line of text that somebody broke by hand or by an editor; longer ones hold a paragraph each."""
CONCLUSION = {
    "de": "Fazit",
    "en": "Conclusion",
    "es": "Conclusión",
    "fr": "Conclusion",
    "it": "Conclusione",
    "nl": "Conclusie",
    "pt": "Conclusão",
}

_BULLET = re.compile(r"\s*(?:[-*+•‣◦▪–·]\s+|\(?(?:\d{1,3}|[a-zA-Z])[.)]\s+)(?=\S)")
_RULER = re.compile(r"\s*([-=_*~#.+–—])(?:\s*\1){2,}\s*")
_UNDERLINE = re.compile(r"\s*([=~^-])\1{2,}\s*")
_HASHES = re.compile(r"(#{1,6})\s+(\S.*?)\s*#*\s*")
_BOLD = re.compile(r"(\*\*|__)([^\s*_][^*_]*[^\s*_.,;])\1")
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,4})[.)]?\s+\D")
_NAMED = re.compile(
    r"(?:chapter|part|section|appendix|act|scene|book|kapitel|teil|chapitre|partie|capítulo|capitolo|hoofdstuk)\s+"
    r"(?:\d+|[ivxlc]+|one|two|three|four|five|six|seven|eight|nine|ten)\b.*",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:fig(?:ure)?|table|listing|file(?:name)?|photo|image|note|tip|warning|source|credit|abb(?:ildung)?|tabelle)\b\.?\s*"
    r"(?:[\w.-]*\d[\w.-]*\b|:)|.*\s\S+[./][^\W\d]\w*$",
    re.IGNORECASE,
)
"""Captions, and lines that end in a file's or a site's name."""
_ENDS_OPEN = (".", ",", ";", ":", "…", "。", "、", "，", "；", "-", "—", "–", "&", "/")
_FINAL_STOP = re.compile(r"[.!?…。！？:;]['\"”’»)\]]*$")
_BYLINE = re.compile(r"(?:by|von|par|por|di|door)\s+([^\W\d_][^\d,;:.!?]{2,58}[^\W\d_.])", re.IGNORECASE)
_DATELINE = re.compile(r"(?:last )?(?:published|posted|updated|written|date)(?: on)?:?\s+", re.IGNORECASE)
_FOOTNOTE = re.compile(r"\s*\[\^?\w{1,4}\]:?\s+\S")


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands between blank lines."""

    lines: tuple[str, ...]
    gap: int
    """The blank lines before it."""

    @property
    def text(self) -> str:
        return clean(" ".join(self.lines))


def read(data: bytes, known: Article, *, name: str = "") -> Article:
    """The article of a plain text; `known` holds what is known of it from elsewhere."""
    text = decode(data)
    known = replace(known, language=known.language or guess_language(text))
    pieces: Sequence[_Piece] = _pieces(text)
    title, pieces = _title(pieces, known.title)
    author, date, pieces = _byline(pieces)
    known = replace(known, title=title, author=known.author or author, date=known.date or date)
    return make_article(known, _stream(pieces, known.language), name=name)


def decode(data: bytes) -> str:
    """Text of UTF-8, or of UTF-16 with a byte order mark. Raises ImportFailed with the offset of the first bad byte."""
    if len(data) > MAX_TEXT_BYTES:
        raise ImportFailed(f"larger than {MAX_TEXT_BYTES // 10**6} MB of text", hint="import it in parts")
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"not text in {encoding.removesuffix('-sig').upper()}: byte {error.start} is wrong"
        raise ImportFailed(message, hint="save it as UTF-8") from error
    if "\0" in text:
        raise ImportFailed("not text: it holds zero bytes", hint="name a text, Markdown, HTML, Word, EPUB or PDF file")
    return text


def _pieces(data: str) -> list[_Piece]:
    """The text in pieces, underlines with their heading, each line for itself where lines are paragraphs."""
    lines = data.expandtabs(4).splitlines()
    if len(lines) > MAX_LINES:
        raise ImportFailed(f"has more than {MAX_LINES:,} lines", hint="import it in parts")
    by_line = _lines_are_paragraphs(lines)
    pieces, block, gap, blanks = list[_Piece](), list[str](), 0, 0

    def close() -> None:
        if block:
            pieces.extend(_split(block, gap, by_line=by_line))
        block.clear()

    for line in lines:
        ruler = _RULER.fullmatch(line) and not (block and _UNDERLINE.fullmatch(line))
        if not line.strip() or ruler:
            close()
            blanks += 1
            continue
        if not block:
            gap, blanks = blanks, 0
        block.append(line)
    close()
    return pieces


def _lines_are_paragraphs(lines: Sequence[str]) -> bool:
    """Whether the text is not wrapped: a good part of what is written stands in lines too long for that."""
    total = sum(map(len, lines))
    return sum(len(line) for line in lines if len(line.strip()) > MAX_LINE_CHARS) > total / 2


def _split(block: Sequence[str], gap: int, *, by_line: bool) -> Iterator[_Piece]:
    """One block of lines -> its pieces: a heading above its text, list items, paragraphs."""
    start = 0
    for index in range(1, len(block)):
        if _parts_here(block, index, by_line=by_line) or (index - start == 1 and _tight_heading(block[start:])):
            yield _Piece(tuple(block[start:index]), 0 if start else gap)
            start = index
    yield _Piece(tuple(block[start:]), 0 if start else gap)


def _parts_here(block: Sequence[str], index: int, *, by_line: bool) -> bool:
    """Whether a new piece begins at that line of the block."""
    above, line = block[index - 1], block[index]
    if _UNDERLINE.fullmatch(line):
        return False
    opens = (_BULLET.match(line), _FOOTNOTE.match(line), _HASHES.fullmatch(line.strip()), by_line)
    closes = (_UNDERLINE.fullmatch(above), _HASHES.fullmatch(above.strip()))
    if _UNDERLINE.fullmatch("".join(block[index + 1 : index + 2])) and len(line) <= MAX_HEADING_CHARS:
        return True
    return any(opens) or any(closes)


def _tight_heading(lines: Sequence[str]) -> bool:
    """Whether the first of these lines is in capitals above text that is not."""
    above, below = lines[0].strip(), lines[1].strip()
    return _capitals(above) and not _capitals(below) and _short(above) and not _UNDERLINE.fullmatch(below)


def _capitals(line: str) -> bool:
    return line.isupper() and sum(char.isalpha() for char in line) >= 4


def _short(line: str) -> bool:
    return len(line) <= MAX_HEADING_CHARS and len(line.split()) <= MAX_HEADING_WORDS


def _could_be_heading(piece: _Piece) -> bool:
    """Whether a piece looks like a heading, whatever stands around it."""
    if len(piece.lines) != 1:
        return False
    line = piece.text
    first = next((char for char in line if char.isalnum()), "")
    return (
        _short(line)
        and first != ""
        and not first.islower()
        and not (line.endswith(_ENDS_OPEN) and not _NAMED.fullmatch(line))
        and line[0] not in "\"“„«‘'>|([{<•*-–—"
        and not _LABEL.match(line)
        and not re.search(r"https?://|www\.|\S@\S|[.!?]\s+\S.*[!?]$", line)
        and not (line.endswith("!") and len(line.split()) > 5)
    )


def _marked_heading(piece: _Piece) -> Heading | None:
    """The heading that a piece is by its own marks: underlined, `#`, in capitals, or a numbered chapter."""
    line = piece.lines[0].strip()
    if len(piece.lines) == 2 and (under := _UNDERLINE.fullmatch(piece.lines[1])) and len(line) <= MAX_HEADING_CHARS:
        return Heading({"=": 1, "-": 2}.get(under[1], 3), line)
    if len(piece.lines) == 1 and (marks := _HASHES.fullmatch(line)):
        return Heading(len(marks[1]), marks[2])
    if len(piece.lines) == 1 and (bold := _BOLD.fullmatch(line)) and _short(line):
        return Heading(2, bold[2])
    return None


def _level(text: str) -> int:
    """1, or as deep as the number before the heading goes."""
    numbered = _NUMBERED.match(text)
    return 1 + numbered[1].count(".") if numbered else 1


def _title(pieces: Sequence[_Piece], title: str) -> tuple[str, Sequence[_Piece]]:
    """The text's title where its first line is one, and the pieces after it."""
    if title or len(pieces) < 2 or _marked_heading(pieces[0]) or not _could_be_heading(pieces[0]):
        return title, pieces
    return (pieces[0].text, pieces[1:]) if not _BULLET.match(pieces[1].lines[0]) else (title, pieces)


def _byline(pieces: Sequence[_Piece]) -> tuple[str, str, Sequence[_Piece]]:
    """The author and the date where lines under the title say them, and the pieces after those."""
    author, date = "", ""
    while len(pieces) > 1 and len(pieces[0].lines) == 1:
        line = pieces[0].text
        byline = _BYLINE.fullmatch(line)
        if not author and byline and len(byline[1].split()) <= 6:
            author = byline[1]
        elif not date and (found := iso_date(_DATELINE.sub("", line))):
            date = found
        else:
            break
        pieces = pieces[1:]
    return author, date, pieces


def _stream(pieces: Sequence[_Piece], language: str) -> Iterator[Heading | Block]:
    found = _headings(pieces)
    conclusion = _conclusion(pieces, found)
    for index, piece in enumerate(pieces):
        if heading := found.get(index):
            yield heading
            continue
        if index == conclusion:
            yield Heading(1, CONCLUSION.get(language.partition("-")[0].lower(), CONCLUSION["en"]))
        yield _block(piece)


def _block(piece: _Piece) -> Block:
    line = piece.lines[0]
    if _FOOTNOTE.match(line):
        return Block("footnote", piece.text)
    if bullet := _BULLET.match(line):
        return Block("list", clean(" ".join((line[bullet.end() :], *piece.lines[1:]))))
    if line.lstrip().startswith(">"):
        return Block("quote", clean(" ".join(one.strip().lstrip("> ") for one in piece.lines)))
    return Block("paragraph", piece.text)


def _headings(pieces: Sequence[_Piece]) -> dict[int, Heading]:
    """Index of a piece -> the heading it is."""
    found = {index: heading for index, piece in enumerate(pieces) if (heading := _marked_heading(piece))}
    run = list[int]()
    for index, piece in enumerate(pieces):
        if index in found:
            run = []
        elif _could_be_heading(piece):
            run.append(index)
        else:
            chosen = run if _is_text(piece) else []
            found |= {one: Heading(_level(pieces[one].text), pieces[one].text) for one in _of_run(chosen, pieces)}
            run = []
    return found


def _is_text(piece: _Piece) -> bool:
    """Whether a piece can stand under a heading: several lines, a sentence, a list."""
    return len(piece.lines) > 1 or bool(_FINAL_STOP.search(piece.text)) or not _short(piece.text) or _is_item(piece)


def _is_item(piece: _Piece) -> bool:
    return bool(_BULLET.match(piece.lines[0]))


def _of_run(run: Sequence[int], pieces: Sequence[_Piece]) -> Sequence[int]:
    """Which of the short lines above one paragraph are headings: one or two; of more, what a wider gap sets off."""
    run = [index for index in run if not (_is_item(pieces[index]) and index + 1 in run)]
    if len(run) <= 2:
        return run
    return [run[-1]] if pieces[run[-1]].gap > pieces[run[-2]].gap else []


def _conclusion(pieces: Sequence[_Piece], found: dict[int, Heading]) -> int | None:
    """The index of a last piece of text that stands apart without a heading, or None."""
    if not found:
        return None
    last = max(found)
    breaks = [index for index in range(last + 2, len(pieces)) if pieces[index].gap >= 2 and pieces[index - 1].gap < 2]
    usual = [b.gap for a, b in pairwise(pieces[:last]) if not _could_be_heading(a) and not _could_be_heading(b)]
    if len(breaks) == 1 and all(gap < 2 for gap in usual) and len(pieces) - breaks[0] <= 4:
        return breaks[0]
    return None
