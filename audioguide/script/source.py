"""The text of a YAML file and the positions in it: stretches to replace, ends of lines and values, ways to write a value."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audioguide.script.tree import AliasNode, ListNode, Node, ScalarNode

WIDTH = 100
"""How long a line of running text becomes at most, where there is a blank to break it at."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of the file, in code points, and what takes its place."""

    start: int
    end: int
    text: str


def apply(source: str, edits: Sequence[Edit]) -> str:
    """The text with every edit made; they do not overlap."""
    pieces, position = list[str](), 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        assert edit.start >= position, "edits overlap"
        pieces += [source[position : edit.start], edit.text]
        position = edit.end
    return "".join([*pieces, source[position:]])


def content_end(source: str, node: Node) -> int:
    """Where what a node holds ends: the parser's own mark of a block stands behind the comments after it."""
    if isinstance(node, AliasNode) or source[node.start : node.start + 1] in {"{", "["}:
        return node.end
    if isinstance(node, ScalarNode):
        return node.start + len(source[node.start : node.end].rstrip())
    inner = node.items if isinstance(node, ListNode) else [value for _, value in node.entries.values()]
    ends = [content_end(source, one) for one in inner]
    return max(ends, default=node.start)


def lines_of(source: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The lines of a stretch: where each begins, where it ends without its break, and its text."""
    for match in re.finditer(r"[^\r\n]*(?:\r\n|\n|\r|\Z)", source[start:end]):
        text = match[0].rstrip("\r\n")
        yield start + match.start(), start + match.start() + len(text), text


def line_end(source: str, position: int) -> int:
    """Where the line of a position ends, its break not included."""
    match = re.compile(r"[^\r\n]*").match(source, position)
    return match.end() if match else position


def next_line(source: str, position: int) -> int:
    """Where the line after that of a position begins, or the file ends."""
    end = source.find("\n", position)
    return len(source) if end < 0 else end + 1


def newline_of(source: str) -> str:
    """The file's line break."""
    return "\r\n" if "\r\n" in source else "\n"


def rewritten(source: str, node: ScalarNode, raw: str, *, in_flow: bool) -> str:
    """A scalar's new text in the style of the old."""
    if node.style in {"|", ">"}:
        header, _, rest = source[node.start : node.end].partition("\n")
        first = next((line for line in rest.splitlines() if line.strip()), "")
        indent = len(first) - len(first.lstrip(" "))
        return newline_of(source).join([header.rstrip("\r"), *wrapped(raw, indent)])
    if node.style or (in_flow and re.search(r"[,\[\]{}]", raw)):
        return quoted_as(raw, node.style)
    return scalar(raw)


def quoted_as(raw: str, style: str) -> str:
    """The text in single quotes, or in double ones."""
    if style == "'":
        return "'" + raw.replace("'", "''") + "'"
    return '"' + raw.replace("\\", "\\\\").replace('"', '\\"') + '"'


def wrapped(text: str, indent: int) -> list[str]:
    """The text in lines, broken at blanks only, so that joining them by blanks gives the text again."""
    blank = " " * indent
    return textwrap.wrap(
        text, WIDTH, initial_indent=blank, subsequent_indent=blank, break_long_words=False, break_on_hyphens=False
    )


def scalar(text: str) -> str:
    """The text as a YAML scalar on one line, in quotes wherever YAML would read something else."""
    if _is_plain(f"- {text}", text) and _is_plain(f"a: {text}", text):
        return text
    if "\\" in text or '"' in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def _is_plain(line: str, text: str) -> bool:
    """Whether any YAML reader, ours or another's, takes the one value of the line for that text and nothing else."""
    import yaml

    try:
        root = yaml.compose(line, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return False
    value = root.value[0] if root is not None else None
    last = value[1] if isinstance(value, tuple) else value
    return isinstance(last, yaml.ScalarNode) and (last.tag, last.value) == (
        yaml.resolver.Resolver.DEFAULT_SCALAR_TAG,
        text,
    )
