"""A YAML file as read: bytes -> text -> the positioned tree, each failure with its place and in an author's words."""

from __future__ import annotations

import codecs
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from audioguide.script.problems import Place, Problems, Stop
from audioguide.script.tree import MAX_DEPTH, Builder, MapNode, place_of

MAX_BYTES = 5_000_000

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
"""Compiled where a file holds one: that takes some milliseconds."""
_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file as read: its text without a byte order mark, and the tree of it."""

    file: str
    text: str
    encoding: str
    tree: MapNode


def read_document(path: Path, problems: Problems, data: bytes | None = None) -> Document | None:
    """Read one YAML file; None where it cannot be used, and `problems` says why.

    `data`: what the file is to hold, where that is not there yet.
    """
    file = str(path)
    try:
        data = _read_bytes(path) if data is None else data
        text, encoding = _decode(data, file)
        tree = parse(text, file, problems)
    except Stop as stop:
        problems.add(stop.place, (), stop.message, hint=stop.hint)
        return None
    return Document(file, text, encoding, tree) if tree else None


def parse(text: str, file: str, problems: Problems) -> MapNode | None:
    """The tree of one document; None where there is none, and `problems` says why."""
    try:
        root = Builder(file, problems).build(_events(text, file))
    except Stop as stop:
        problems.add(stop.place, (), stop.message, hint=stop.hint)
        return None
    if isinstance(root, MapNode):
        return root
    problems.add(place_of(root), (), "a script is a map of keys and values", hint='begin with "version: 1"')
    return None


def _read_bytes(path: Path) -> bytes:
    place = Place(str(path), 1, 1)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise Stop(place, "this is a folder", hint="name a script in it")
        if not stat.S_ISREG(mode):
            raise Stop(place, "this is not a regular file")
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise Stop(place, "there is no such file") from None
    except (OSError, ValueError) as error:
        raise Stop(place, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MAX_BYTES:
        raise Stop(place, f"the file is larger than {MAX_BYTES // 1_000_000} MB", hint="split the episode")
    return data


def _decode(data: bytes, file: str) -> tuple[str, str]:
    """The text without its byte order mark, and the encoding's name."""
    mark, encoding = next((entry for entry in _ENCODINGS if data.startswith(entry[0])), (b"", "utf-8"))
    if encoding == "utf-32":
        raise Stop(Place(file, 1, 1), "the file is UTF-32", hint="save it as UTF-8")
    body = data[len(mark) :]
    try:
        return body.decode(encoding), encoding
    except UnicodeDecodeError as error:
        place = _place_at(body[: error.start].decode(encoding, "replace"), file)
        offset = error.start + len(mark)
        name = encoding.upper()[:6].rstrip("-")
        message = f"byte 0x{body[error.start]:02x} at offset {offset} is not {name}"
        raise Stop(place, message, hint="save the file as UTF-8") from None


def _place_at(before: str, file: str) -> Place:
    """The place just after a text."""
    lines = re.split("\r\n|[\r\n\x85\u2028\u2029]", before)
    return Place(file, len(lines), len(lines[-1]) + 1)


def _events(text: str, file: str) -> Iterator[Any]:
    """The parser's events; whatever the parser raises becomes a Stop."""
    try:
        yield from yaml.parse(text, Loader=_PARSER)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text, file) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        found = re.search(_UNPRINTABLE, text)
        if found is None:
            raise Stop(Place(file, 1, 1), f"YAML cannot be read: {error}") from None
        code = f"U+{ord(found[0]):04X}"
        place = _place_at(text[: found.start()], file)
        raise Stop(place, f"the character {code} is not allowed in YAML", hint="delete it") from None


_QUOTE = "text that begins with a quote, a bracket, * or & must stand in quotes as a whole"
_INDENT = (
    "the lines do not fit together; check the indentation, and put text that begins with a quote, [ or { in quotes"
)
_SYNTAX: tuple[tuple[str, str, str | None], ...] = (
    ("mapping values are not allowed", 'a ": " stands where none may', 'put text that contains ": " in quotes'),
    ("expected alphabetic or numeric", "an anchor or alias has no name", _QUOTE),
    ("could not find expected ':'", 'a ":" is missing', 'write "key: value"'),
    ("expected ',' or", 'a "," or a closing bracket is missing', _QUOTE),
    ("expected closing bracket", "a bracket is not closed", None),
    ("expected key", _INDENT, None),
    ("expected '-' indicator", _INDENT, None),
    ("expected <block end>", _INDENT, None),
    ("expected node content", "a value is missing or begins with a sign that YAML keeps for itself", _QUOTE),
    ("cannot start any token", "a value begins with a sign that YAML keeps for itself", "put it in quotes"),
    ("unexpected end of stream", "a quote is not closed", None),
    ("expected <document start>", "text stands after the end of the document", None),
    ("undefined tag handle", "tags (!name) are not used in scripts", "write the value alone"),
    ("Unicode character escape", "the escape stands for no character", "delete it"),
    ("maximum nesting depth", f"nested more than {MAX_DEPTH} deep", None),
    ("escape", "an unknown escape", "write \\\\ for a backslash, or use single quotes: '…'"),
)


def _syntax_error(error: yaml.MarkedYAMLError, text: str, file: str) -> Stop:
    """The parser's complaint in the words of the people who write scripts."""
    mark = error.problem_mark or error.context_mark
    if "alphabetic or numeric" in str(error.problem):
        mark = error.context_mark or mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
    problem = str(error.problem or error.context)
    if mark and (mark_of_tab := _tab(text, mark.index)) is not None:
        place = _place_at(text[:mark_of_tab], file)
        return Stop(place, "a tab stands in the indentation", hint="indent with spaces")
    if mark and mark.index >= len(text.rstrip()) and "flow" in str(error.context):
        problem = "expected closing bracket"
    message, hint = next(((said, do) for part, said, do in _SYNTAX if part in problem), (f"not YAML: {problem}", None))
    context = error.context_mark
    if mark and context and context.line != mark.line and not hint:
        hint = f"it began on line {context.line + 1}"
    return Stop(place, message, hint=hint)


def _tab(text: str, index: int) -> int | None:
    """The index of the tab that broke the parse at `index`, if one did: there, or in that line's indentation."""
    if text[index : index + 1] == "\t":
        return index
    start = max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1
    found = re.compile(r"[ \-]*\t").match(text, start)
    return found.end() - 1 if found else None
