"""Change one thing of a script where it stands in the file; every other byte stays.

Edits go by the positions of the parsed tree. Each is tried: the new text is parsed again, and must say what was asked
for and nothing else, else the next way to write it is tried. So whatever comes out is right, or nothing comes out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from audioguide.script.document import Document
from audioguide.script.problems import Steps
from audioguide.script.tree import AliasNode, MapNode, Node, ScalarNode, child, target
from audioguide.text import paragraphs

FIELDS = ("text", "voice", "speed", "pause", "gain")
"""What of a segment can be changed."""

_BLANKS = re.compile(r"[ \t\r\n\x85\u2028\u2029]+")
_PARTED = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Spot:
    """What is edited: a segment, a title, or the paragraph of that number of a text."""

    steps: Steps
    paragraph: int | None = None


def one_line(text: str) -> str:
    """The text with every line break and run of blanks as one blank; blanks that never break stay."""
    return _BLANKS.sub(" ", text).strip(" ")


def paragraphs_of(source: str, node: ScalarNode) -> list[tuple[str, int]]:
    """The paragraphs of a text, and the line on which each begins."""
    texts = paragraph_texts(node.value)
    spans = paragraph_spans(source, node)
    if spans is None:
        return [(text, node.line) for text in texts]
    lines = [node.line + source.count("\n", node.start, start) for start, _ in spans]
    return list(zip(texts, lines, strict=True))


def paragraph_texts(value: str) -> list[str]:
    """The paragraphs of a text, each on one line, as many as are spoken."""
    texts = [
        text for part in _PARTED.split(value.replace("\r\n", "\n").replace("\r", "\n")) if (text := one_line(part))
    ]
    spoken = paragraphs(value)
    return texts if len(texts) == len(spoken) else list(spoken)


def paragraph_spans(source: str, node: ScalarNode) -> list[tuple[int, int]] | None:
    """Where each paragraph of a text stands in the file; None where that cannot be told."""
    start, end = content_span(source, node)
    count = len(paragraph_texts(node.value))
    if count == 1:
        return [(start, end)]
    for blank_lines in (1,) if node.style == "|" else (2, 1):
        spans = list(_stretches(source, start, end, blank_lines))
        if len(spans) == count:
            return spans
    return None


def _stretches(source: str, start: int, end: int, blank_lines: int) -> Iterator[tuple[int, int]]:
    """The stretches of a text between so many blank lines."""
    gap = re.compile(rf"(?:[ \t]*\r?\n){{{blank_lines + 1},}}[ \t]*")
    at = start
    for match in gap.finditer(source, start, end):
        yield at, match.start()
        at = match.end()
    yield at, end


def content_span(source: str, node: ScalarNode) -> tuple[int, int]:
    """Where the words of a scalar begin and end: without its quotes or its block's header."""
    if node.style in {"'", '"'}:
        return node.start + 1, node.end - 1
    end = node.start + len(source[node.start : node.end].rstrip())
    if node.style in {"|", ">"}:
        begin = source.find("\n", node.start, end) + 1 or end
        return begin + len(source[begin:end]) - len(source[begin:end].lstrip()), end
    return node.start, end


def why_not(document: Document, spot: Spot, field: str) -> str | None:
    """Why a field of a segment cannot be edited; None where it can."""
    if document.encoding != "utf-8":
        return "the file is UTF-16: save it as UTF-8 to edit it here"
    node: Node | None = document.tree
    for step in spot.steps:
        if isinstance(node, AliasNode) or node is None:
            break
        node = child(node, step)
    if node is None or isinstance(node, AliasNode):
        return "it is an alias (*name) of a text that stands elsewhere: edit it there"
    if spot.paragraph is not None:
        return _why_no_paragraph(document, node, field)
    return _why_no_segment(document, node, field)


def _why_no_paragraph(document: Document, node: Node, field: str) -> str | None:
    if field != "text":
        return "a paragraph of a text has no keys of its own: write it under segments to give it some"
    if _is_anchored(document, node):
        return "the text carries an anchor (&name): edit it in the file"
    if isinstance(node, ScalarNode) and paragraph_spans(document.text, node) is None:
        return "it cannot be told where the paragraph ends in the file: edit it there"
    return None


def _why_no_segment(document: Document, node: Node, field: str) -> str | None:
    said = child(node, "say") if isinstance(node, MapNode) else node
    if isinstance(said, AliasNode) and field == "text":
        return "it is an alias (*name) of a text that stands elsewhere: edit it there"
    if any(_is_anchored(document, one) for one in (node, said) if one is not None):
        return "it carries an anchor (&name), and other places use it: edit it in the file"
    if field == "text" and isinstance(said, ScalarNode) and said.start == said.end:
        return "it is empty: write it in the file"
    return None


def _is_anchored(document: Document, node: Node) -> bool:
    return document.text[node.start : node.start + 1] in {"&", "!"} and not isinstance(target(node), AliasNode)
