"""What every importer makes of a source: an Article of parts, each a heading and its blocks in reading order."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import PurePath

from audioguide.errors import ImportFailed
from audioguide.importers.language import guess_language
from audioguide.text.characters import has_speech
from audioguide.text.marks import MarkError, read_marks

MAX_LEVEL = 6
MAX_HEADING_CHARS = 300  # what is longer is text, whatever it is marked as
MAX_BLOCKS = 50_000  # half of the nodes that a script may have
MAX_WORDS_ABOVE_TITLE = 40  # a byline, a date, a motto


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of block: whether it is read unless somebody says otherwise, and what a count of it is called."""

    kept: bool
    name: str
    plural: str


KINDS: dict[str, Kind] = {
    "paragraph": Kind(kept=True, name="paragraph", plural="paragraphs"),
    "list": Kind(kept=True, name="list item", plural="list items"),
    "quote": Kind(kept=True, name="quotation", plural="quotations"),
    "heading": Kind(kept=True, name="deeper heading", plural="deeper headings"),
    "table": Kind(kept=False, name="row of a table", plural="rows of tables"),
    "code": Kind(kept=False, name="piece of code", plural="pieces of code"),
    "caption": Kind(kept=False, name="caption", plural="captions"),
    "footnote": Kind(kept=False, name="footnote", plural="footnotes"),
    "image": Kind(kept=False, name="image's alternative text", plural="images' alternative texts"),
}
"""Name, as `--keep` and `--drop` take it -> the rule. A kind that is left out is counted and named to the user."""

DEFAULT_KINDS = frozenset(name for name, kind in KINDS.items() if kind.kept)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as it comes along in the source; level 1 is the highest."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list item, a row of a table … as it comes along in the source; `kind` is a key of KINDS."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with the blocks up to the next heading."""

    title: str
    level: int
    blocks: tuple[Block, ...]

    def paragraphs(self, kinds: frozenset[str] = DEFAULT_KINDS) -> tuple[str, ...]:
        """The texts that are read, as plain text."""
        return tuple(block.text for block in self.blocks if block.kind in kinds)

    def left_out(self, kinds: frozenset[str] = DEFAULT_KINDS) -> Counter[str]:
        """How many blocks of which kind are not read."""
        return Counter(block.kind for block in self.blocks if block.kind not in kinds)


@dataclass(frozen=True, slots=True)
class Article:
    """An article's parts and what is known of it; "" where the source does not say."""

    title: str
    parts: tuple[Part, ...] = ()
    subtitle: str = ""
    author: str = ""
    description: str = ""
    date: str = ""
    """ISO 8601, or as the source has it."""
    language: str = ""
    link: str = ""
    license: str = ""
    tags: tuple[str, ...] = ()
    image: str = ""
    """The cover picture as the source names it: a path beside it or an address."""
    cover: bytes = b""
    """The cover picture itself, where the source holds it."""
    notices: tuple[str, ...] = ()
    """What the person who imports should know."""


_SPACES = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
_INVISIBLE = (0x00AD, 0x200B, 0x2060, 0xFEFF)  # soft hyphen, places where a line may or may not break
_TRANSLATION: dict[int, str] = dict.fromkeys(_SPACES, " ") | dict.fromkeys(_INVISIBLE, "")
_UNUSABLE = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufff9-\uffff]|[\U0001fffe\U0001ffff\U000f0000-\U0010ffff]")


def clean(text: str) -> str:
    """The text on one line, single spaces between words, without characters that no script may hold."""
    return " ".join(_UNUSABLE.sub("", text.translate(_TRANSLATION)).split())


def key(text: str) -> str:
    """What two spellings of one heading share: letters and digits, no case, single spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(char if char.isalnum() else " " for char in folded).split()) or folded.strip()


def make_article(known: Article, stream: Iterable[Heading | Block], *, name: str = "") -> Article:
    """The article with its parts made of `stream`, and its title found.

    A lone top heading that comes first is the title and no part of its own. Text before the first heading becomes an
    introduction. `name` is the file's name, the title where there is no other.
    """
    events = [event for event in map(_cleaned, stream) if has_speech(event.text)]
    if len(events) > MAX_BLOCKS:
        raise ImportFailed(f"has more than {MAX_BLOCKS:,} paragraphs", hint="import it in parts")
    known = _cleaned_data(known)
    language = known.language.replace("_", "-") or guess_language(" ".join(event.text for event in events[:200]))
    title, events = _take_title(known.title, events)
    title = title or _title_of_name(name) or "Untitled"
    parts = _parts(events)
    if parts and not parts[0].title:
        parts[0] = _named_introduction(parts, title, language)
    return replace(known, title=title, language=language, parts=tuple(parts))


def _cleaned_data(known: Article) -> Article:
    texts = {
        field.name: clean(value) for field in fields(known) if isinstance(value := getattr(known, field.name), str)
    }
    return replace(known, **texts, tags=tuple(filter(None, map(clean, known.tags))))  # type: ignore[arg-type]  # text fields


def _cleaned(event: Heading | Block) -> Heading | Block:
    if isinstance(event, Heading) and len(event.text) > MAX_HEADING_CHARS:
        return Block("paragraph", clean(event.text))
    if isinstance(event, Heading):
        return Heading(min(max(event.level, 1), MAX_LEVEL), clean(event.text))
    return Block(event.kind, clean(event.text))


def _take_title(title: str, events: list[Heading | Block]) -> tuple[str, list[Heading | Block]]:
    """The title, and the events without the heading that is the title."""
    first = next((event for event in events if isinstance(event, Heading)), None)
    if first is None:
        return title, events
    before = events[: events.index(first)]
    others = [event for event in events[len(before) + 1 :] if isinstance(event, Heading)]
    alone = all(other.level > first.level for other in others)
    if title and key(title) == key(first.text):
        is_title = alone or not _has_text(events, first)
    else:
        leads = not before or (first.level == 1 and _words(before) <= MAX_WORDS_ABOVE_TITLE)
        is_title = not title and alone and leads and (first.level == 1 or bool(others))
    if is_title:
        return title or first.text, [event for event in events if event is not first]
    return title or ("" if before else first.text), events


def _words(events: Iterable[Heading | Block]) -> int:
    return sum(len(event.text.split()) for event in events)


def _has_text(events: Sequence[Heading | Block], heading: Heading) -> bool:
    after = next(index for index, event in enumerate(events) if event is heading) + 1
    return after < len(events) and isinstance(events[after], Block)


def _title_of_name(name: str) -> str:
    words = clean(re.sub(r"[-_.\s]+", " ", PurePath(name).stem if name else ""))
    return words[:1].upper() + words[1:]


def _parts(events: Iterable[Heading | Block]) -> list[Part]:
    heading, blocks = Heading(0, ""), list[Block]()
    parts = list[Part]()

    def close() -> None:
        if heading.text or blocks:
            parts.append(Part(heading.text, heading.level, tuple(blocks)))

    for event in events:
        if isinstance(event, Heading):
            close()
            heading, blocks = event, []
        else:
            blocks.append(event)
    close()
    return parts


INTRODUCTION = {
    "de": "Einleitung",
    "en": "Introduction",
    "es": "Introducción",
    "fr": "Introduction",
    "it": "Introduzione",
    "nl": "Inleiding",
    "pt": "Introdução",
}
"""Language -> the title of text that stands before the first heading."""


def _named_introduction(parts: Sequence[Part], title: str, language: str) -> Part:
    """The first part under a title of its own: the article's where there is no other part."""
    if len(parts) == 1:
        return replace(parts[0], title=title, level=1)
    name = INTRODUCTION.get(language.partition("-")[0].lower(), INTRODUCTION["en"])
    return replace(parts[0], title=name, level=min(part.level for part in parts[1:]))


def escape_marks(text: str) -> str:
    r"""The text as a script must have it to be read as it is: `\[`, `\*`, `\\` where a mark would be seen in it."""
    try:
        literal = read_marks(text).shown == text
    except MarkError:
        literal = False
    return text if literal else re.sub(r"([\\\[*])", r"\\\1", text)


def under(parts: Sequence[Part], index: int) -> Sequence[Part]:
    """The part of that index and its subsections."""
    end = index + 1
    while end < len(parts) and parts[end].level > parts[index].level:
        end += 1
    return parts[index:end]


def chapters_of(article: Article) -> tuple[Article, ...]:
    """An article for each top heading, with what stands under it."""
    parts, chapters, index = article.parts, list[Article](), 0
    while index < len(parts):
        own = under(parts, index)
        chapters.append(replace(article, title=own[0].title, parts=tuple(own)))
        index += len(own)
    return tuple(chapters)


def to_depth(parts: Sequence[Part], depth: int) -> Iterator[Part]:
    """The parts, headings below level `depth` as blocks of the part above them."""
    above: Part | None = None
    for part in parts:
        if above is not None and part.level > depth:
            above = replace(above, blocks=(*above.blocks, Block("heading", part.title), *part.blocks))
            continue
        if above is not None:
            yield above
        above = part
    if above is not None:
        yield above
