"""Articles in: a file, a page, a book becomes an Article; an Article becomes the text of a script.

A format is a file of this room and a row of IMPORTERS. Each reader takes the source's bytes and what is known of it,
and raises ImportFailed, and nothing else, for what it cannot read.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from audioguide.errors import ImportFailed, Problem, ScriptError
from audioguide.importers.article import Article, Part, escape_marks, key, under

if TYPE_CHECKING:
    from audioguide.script.load import LoadedScript
    from audioguide.script.model import Section, Source

MAX_SOURCE_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Importer:
    """A format: the endings of its files, how its data shows itself, and the module that reads it."""

    suffixes: tuple[str, ...]
    shows: Callable[[bytes], object]
    module: str

    def read(self, data: bytes, known: Article, *, name: str = "") -> Article:
        """The article in data of this format."""
        article: Article = import_module(self.module).read(data, known, name=name)
        return article


_HTML_START = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html)\b", re.IGNORECASE | re.DOTALL
)
_MARKDOWN_START = re.compile(rb"(?:---|\+\+\+)[ \t]*\r?\n\w|#{1,6}[ \t]+\S")

IMPORTERS: dict[str, Importer] = {
    "html": Importer(
        (".html", ".htm", ".xhtml"), lambda data: _HTML_START.match(data[:4096]), "audioguide.importers.html"
    ),
    "markdown": Importer(
        (".md", ".markdown", ".mdown", ".mkd"), _MARKDOWN_START.match, "audioguide.importers.markdown"
    ),
    "docx": Importer((".docx",), lambda data: _is_zip_with(data, b"word/"), "audioguide.importers.docx"),
    "epub": Importer((".epub",), lambda data: _is_zip_with(data, b"META-INF/"), "audioguide.importers.epub"),
    "pdf": Importer((".pdf",), lambda data: b"%PDF-" in data[:1024], "audioguide.importers.pdf"),
    "text": Importer((".txt", ".text"), lambda _: True, "audioguide.importers.text"),
}
"""Format -> its importer. The first that recognises the data wins where the name says nothing."""

_ELSEWHERE: dict[str, str] = {
    ".doc": "save it as .docx",
    ".odt": "save it as .docx",
    ".rtf": "save it as .docx",
    ".pages": "export it as .docx",
    ".mobi": "convert it to .epub",
    ".azw3": "convert it to .epub",
    ".tex": "convert it to .html or .pdf",
    ".gz": "unpack it first",
    ".zip": "unpack it first",
}
"""The endings of formats that are not read -> what to do."""


def _is_zip_with(data: bytes, folder: bytes) -> bool:
    return data.startswith(b"PK\x03\x04") and folder in data


def read_article(path: Path) -> Article:
    """The article in a file. Raises ImportFailed where it cannot be read or holds no text."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ImportFailed("not a file", where=str(path), hint="name a file that holds an article")
        with path.open("rb") as file:
            data = file.read(MAX_SOURCE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ImportFailed(f"cannot be read: {reason}", where=str(path)) from error
    return read_data(data, name=path.name)


def read_data(data: bytes, *, name: str = "", known: Article | None = None) -> Article:
    """The article in data; `name` (a file's name) helps to tell the format and, at need, gives the title."""
    if len(data) > MAX_SOURCE_BYTES:
        raise ImportFailed(f"larger than {MAX_SOURCE_BYTES // 10**6} MB", where=name, hint="import it in parts")
    importer = IMPORTERS[format_of(data, name)]
    try:
        article = importer.read(data, known or Article(""), name=name)
    except ImportFailed as error:
        raise ImportFailed(error.message, where=error.where or name or "standard input", hint=error.hint) from error
    if not any(part.blocks or part.title for part in article.parts):
        raise ImportFailed("has no text", where=name or "standard input", hint="is it the right file?")
    return article


def format_of(data: bytes, name: str) -> str:
    """The format of data, by its name's ending, else by how it begins. Raises ImportFailed for one that is not read."""
    suffix = Path(name).suffix.lower()
    for format_name, importer in IMPORTERS.items():
        if suffix in importer.suffixes:
            return format_name
    if hint := _ELSEWHERE.get(suffix):
        raise ImportFailed(f"{suffix} files are not read", where=name, hint=hint)
    return next(format_name for format_name, importer in IMPORTERS.items() if importer.shows(data))


def fill_sections(loaded: LoadedScript) -> LoadedScript:
    """The script with the text of articles in place of every `from`: a segment per paragraph.

    Raises ScriptError with the place of every file that cannot be read and every heading that is not found.
    """
    if not any(section.source for section in loaded.script.sections):
        return loaded
    problems, articles = list[Problem](), dict[Path, Article]()
    sections = tuple(
        _filled(section, loaded, index, problems=problems, articles=articles)
        for index, section in enumerate(loaded.script.sections)
    )
    if problems:
        raise ScriptError(problems)
    return replace(loaded, script=loaded.script.model_copy(update={"sections": sections}))


def _filled(
    section: Section,
    loaded: LoadedScript,
    index: int,
    *,
    problems: list[Problem],
    articles: dict[Path, Article],
) -> Section:
    """The section with its article's text; what is wrong goes to `problems`."""
    from audioguide.script.model import Say

    if (source := section.source) is None:
        return section

    def wrong(field: str, message: str, hint: str | None = None) -> Section:
        place = loaded.places.of(("sections", index, "from", field))
        path = f"sections[{index}].from.{field}"
        problems.append(Problem(str(place.file), place.line, place.column, path, message, hint))
        return section

    path = loaded.path.parent / source.file
    if not path.resolve().is_relative_to(loaded.root.resolve()):
        return wrong(
            "file", f'"{source.file}" is not in the folder of the script', "copy the article beside the script"
        )
    try:
        article = articles[path] if path in articles else articles.setdefault(path, read_article(path))
    except ImportFailed as error:
        return wrong("file", f'"{source.file}": {error.message}', error.hint)
    chosen = find_heading(article, source.heading)
    if chosen is None:
        return wrong("heading", f'"{source.heading}" is not a heading of {source.file}', _nearest(article, source))
    segments = tuple(Say(say=escape_marks(text)) for part in chosen for text in part.paragraphs())
    if not segments:
        field = "heading" if source.heading else "file"
        return wrong(field, "has no text that is read", "write the text here, or choose another heading")
    return section.model_copy(update={"segments": segments})


def find_heading(article: Article, heading: str | None) -> tuple[Part, ...] | None:
    """The parts under a heading, its subsections' included; all parts for None or the article's own title."""
    if heading is None:
        return article.parts
    for same in (str.strip, key):
        for index, part in enumerate(article.parts):
            if same(part.title) == same(heading):
                return tuple(under(article.parts, index))
    return article.parts if key(article.title) == key(heading) else None


def _nearest(article: Article, source: Source) -> str:
    titles = [part.title for part in article.parts]
    near = get_close_matches(source.heading or "", titles, n=1, cutoff=0.5)
    if near:
        return f'did you mean "{near[0]}"?'
    return f"its headings: {', '.join(titles[:8])}{' …' if len(titles) > 8 else ''}"
