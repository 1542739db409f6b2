"""Article -> the text of a script, laid out for people, with a memory of what was imported.

The memory is a comment above each section's text: `# imported 1a2b3c: 4d5e6f 708192`, the hash of the source's heading
and of each paragraph. `--update` tells by it what the source changed and what a hand did. It lives in the script, so it
moves, is renamed and is committed with it, and a section that is cut and pasted elsewhere takes it along.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audioguide.errors import EngineError
from audioguide.importers.article import DEFAULT_KINDS, KINDS, MAX_LEVEL, Article, Part, escape_marks, to_depth
from audioguide.importers.dates import iso_date
from audioguide.script.load import SHOW_FILE
from audioguide.script.model import FORMAT_VERSION
from audioguide.script.source import WIDTH, scalar, wrapped
from audioguide.script.values import MAX_CHAPTERS
from audioguide.text import slug

WORDS_PER_MINUTE = 150
SCHEMA_FILE = "audioguide.schema.json"
MEMORY = "# imported "
LIST = "# imported sections "
RECIPE = "# Imported by: audioguide import "
_HASH_CHARS = 6


@dataclass(frozen=True, slots=True)
class Choices:
    """What of a source is read, and how deep its headings go."""

    depth: int = MAX_LEVEL
    kinds: frozenset[str] = DEFAULT_KINDS

    @property
    def flags(self) -> list[str]:
        """The options of the command that stand for these choices."""
        depth = [f"--depth {self.depth}"] if self.depth != MAX_LEVEL else []
        keep = [f"--keep {name}" for name in KINDS if name in self.kinds - DEFAULT_KINDS]
        drop = [f"--drop {name}" for name in KINDS if name in DEFAULT_KINDS - self.kinds]
        return depth + keep + drop


@dataclass(frozen=True, slots=True)
class Imported:
    """A section as it goes into a script."""

    title: str
    level: int
    paragraphs: tuple[str, ...]
    """Plain text, marks not yet escaped."""
    left_out: str
    """What is not read, in words; "" where all is."""
    spoken_title: bool
    """True: nothing but the heading is there to read, so the heading is read."""

    @property
    def words(self) -> int:
        """How many words are read; two letters of a writing without blanks count as one."""
        return sum(count_words(text) for text in self.paragraphs)


def count_words(text: str) -> int:
    """Words as they are timed: parted by blanks, and two letters of Chinese or Japanese to the word."""
    dense = sum(1 for char in text if "\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3")
    return len(text.split()) + dense // 2


def sections_of(article: Article, choices: Choices) -> tuple[Imported, ...]:
    """The sections that a script of the article has."""
    return tuple(_section(part, choices.kinds) for part in to_depth(article.parts, choices.depth))


def _section(part: Part, kinds: frozenset[str]) -> Imported:
    paragraphs = part.paragraphs(kinds)
    counts = part.left_out(kinds)
    left_out = ", ".join(
        f"{counts[name]} {kind.name if counts[name] == 1 else kind.plural}"
        for name, kind in KINDS.items()
        if counts[name]
    )
    flags = " ".join(f"--keep {name}" for name in KINDS if counts[name])
    told = f"{left_out} ({flags})" if left_out else ""
    return Imported(part.title, part.level, paragraphs or (part.title,), told, not paragraphs)


def minutes_of(sections: Iterable[Imported]) -> float:
    """How long the sections take to speak, by a usual pace."""
    return round(sum(section.words for section in sections) / WORDS_PER_MINUTE, 1)


def hash_of(text: str) -> str:
    """The memory of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_CHARS]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a script is written beside, and with."""

    schema: str = ""
    """The schema's file beside it."""
    image: str = ""
    """The cover's file beside it."""
    voices: bool = False
    """True: a show.yaml beside it chooses the voices."""


def script_text(article: Article, choices: Choices, *, recipe: str, beside: Surroundings = Surroundings()) -> str:
    """The whole script. `recipe` is the source as the command names it."""
    sections = sections_of(article, choices)
    lines = [f"# yaml-language-server: $schema={beside.schema}"] if beside.schema else []
    lines += [
        RECIPE + " ".join([shlex.quote(recipe), *choices.flags]),
        '# Lines that begin with "# imported" remember the source for --update; leave them where they are.',
    ]
    lines += list_lines(hash_of(section.title) for section in sections)
    lines += [f"version: {FORMAT_VERSION}", "episode:", *episode_lines(article, beside.image)]
    lines += [] if beside.voices else voice_lines(language_tag(article.language))
    lines.append("sections:")
    taken = set[str]()
    lowest = lowest_chapters(sections)
    for section in sections:
        lines += [*section_lines(section, free_id(section.title, taken), chapter=section.level <= lowest), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def lowest_chapters(sections: Sequence[Imported]) -> int:
    """The lowest level of headings that are chapters, so that an episode has no more of them than its file can hold."""
    for level in range(MAX_LEVEL, 0, -1):
        if sum(section.level <= level for section in sections) <= MAX_CHAPTERS:
            return level
    return MAX_LEVEL  # too many of the highest: `check` tells it


def free_id(title: str, taken: set[str]) -> str:
    """An id made of the title that is not taken yet; it is added to `taken`."""
    made = slug(title) or "section"
    numbered = (f"{made}-{number}" for number in range(2, len(taken) + 3))
    chosen = next(candidate for candidate in (made, *numbered) if candidate not in taken)
    taken.add(chosen)
    return chosen


def episode_lines(article: Article, image: str) -> Iterator[str]:
    """What is known of the episode, key by key."""
    date = iso_date(article.date)
    values = {
        "title": article.title,
        "subtitle": article.subtitle,
        "author": article.author,
        "description": article.description,
        "language": language_tag(article.language),
        "link": article.link,
        "image": image,
        "license": article.license,
    }
    for name, value in values.items():
        if value:
            yield from key_lines(name, value, indent=2)
    if date:
        yield f"  date: {date}"
    if article.tags:
        yield "  tags:"
        yield from (f"    - {scalar(tag)}" for tag in article.tags)
    if article.date and not date:
        yield f"  # date: the source says {article.date}"
    if article.image and not image:
        yield f"  # image: the source names {article.image}; copy it beside the script to use it"


def voice_lines(language: str) -> list[str]:
    """A voice for a language that the default one does not speak: one of this machine. The network is never chosen."""
    from audioguide.engines import engine_names, get_engine

    def speaks(name: str) -> bool:
        try:
            engine = get_engine(name)
            return not engine.online and engine.default_voice(language) is not None
        except EngineError:
            return False

    names = [name for name in engine_names() if name != "tone"]
    if not language or speaks(names[0]):
        return []
    chosen = next(filter(speaks, names), None)
    if chosen is None:
        told = f"no voice of this machine speaks {language}; audioguide voices lists those of the network"
        return comment_lines(told, indent=0)
    return ["voices:", f"  host: {{engine: {chosen}}}  # speaks {language}; audioguide voices lists all that do"]


def section_lines(section: Imported, section_id: str, *, indent: int = 2, chapter: bool = True) -> Iterator[str]:
    """A section of a script: an entry of `sections`, without its line of memory where it is."""
    inner = " " * (indent + 2)
    yield f"{' ' * indent}- id: {section_id}"
    yield from key_lines("title", section.title, indent=indent + 2)
    if not chapter:
        yield f"{inner}chapter: false  # a file holds {MAX_CHAPTERS} chapters, and the higher headings are these"
    if section.left_out:
        yield from comment_lines(f"left out: {section.left_out}", indent=indent + 2)
    if section.spoken_title:
        yield f"{inner}# there is nothing to read under this heading, so the heading is read"
    hashes = map(hash_of, section.paragraphs)
    yield from memory_lines(hash_of(section.title), hashes, indent=indent + 2)
    yield f"{inner}text: |"
    yield from body_lines(map(escape_marks, section.paragraphs), indent=indent + 4)


def memory_lines(heading: str, hashes: Iterable[str], *, indent: int) -> Iterator[str]:
    """The comment that remembers a section of the source, by the hashes of its heading and its paragraphs."""
    blank = " " * indent
    yield from textwrap.wrap(
        f"{MEMORY}{heading}: {' '.join(hashes)}", WIDTH, initial_indent=blank, subsequent_indent=blank + MEMORY
    )


def list_lines(hashes: Iterable[str]) -> list[str]:
    """The comment at the script's head that remembers which headings there were: one without a section was taken out."""
    return textwrap.wrap(" ".join(hashes), WIDTH, initial_indent=LIST, subsequent_indent=LIST)


def body_lines(paragraphs: Iterable[str], *, indent: int) -> Iterator[str]:
    """The lines of a literal block, a blank line between paragraphs."""
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield ""
        yield from wrapped(paragraph, indent)


def comment_lines(text: str, *, indent: int) -> list[str]:
    """A comment, wrapped."""
    begin = " " * indent + "# "
    return textwrap.wrap(text, WIDTH, initial_indent=begin, subsequent_indent=begin, break_long_words=False)


def key_lines(name: str, value: str, *, indent: int) -> list[str]:
    """`name: value`, folded where it is long."""
    line = f"{' ' * indent}{name}: {scalar(value)}"
    if len(line) <= WIDTH or " " not in value:
        return [line]
    return [f"{' ' * indent}{name}: >-", *wrapped(value, indent + 2)]


def language_tag(text: str) -> str:
    """A BCP 47 tag, "" where the text is none."""
    tag = text.strip().replace("_", "-")
    return tag if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag) else ""


def surroundings_of(folder: Path, *, image: str = "") -> Surroundings:
    """What stands in the folder that a script goes to."""
    show = folder / SHOW_FILE
    schema = SCHEMA_FILE if (folder / SCHEMA_FILE).is_file() else ""
    return Surroundings(schema, image, voices=show.is_file() and _chooses_voices(show))


def _chooses_voices(show: Path) -> bool:
    from audioguide.script.document import read_document
    from audioguide.script.problems import Problems

    document = read_document(show, Problems((str(show),)))
    return document is not None and "voices" in document.tree.entries
