"""The words of a scalar where they stand in the file: what changes in them is replaced, and the lines around stay.

A line break in YAML's wrapped styles is a blank, so that a text and its file have the same words; only their line breaks
are the file's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from audioguide.script.source import WIDTH, Edit, newline_of, quoted_as, rewritten, scalar
from audioguide.script.tree import ScalarNode
from audioguide.text import paragraphs

_BLANKS = re.compile(r"[ \t\r\n\x85\u2028\u2029]+")
_WORD = re.compile(r"[^ \t\r\n]+")
_PARTED = re.compile(r"\n[ \t]*\n")
_SLACK = 20
"""How much longer than the others a line may become before it is broken: one line that changed is easier to review."""


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
    parts = _PARTED.split(value.replace("\r\n", "\n").replace("\r", "\n"))
    texts = [text for part in parts if (text := one_line(part))]
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


def rewordings(
    source: str, node: ScalarNode, text: str, paragraph: int | None, *, in_flow: bool
) -> Iterator[Sequence[Edit]]:
    """Ways to give a scalar, or one of its paragraphs, another text: first those that touch least."""
    span = content_span(source, node)
    if paragraph is not None:
        spans = paragraph_spans(source, node)
        assert spans is not None
        span = spans[paragraph]
    if node.style or scalar(text) == text:  # what any other reader of YAML would take for a number stands in quotes
        edit = _reworded(source, span, _written(text, node.style))
        yield [_folded(source, edit, node, span)]
        yield [edit]
    if paragraph is None or len(paragraph_texts(node.value)) == 1:
        end = node.start + len(source[node.start : node.end].rstrip())
        yield [Edit(node.start, end, rewritten(source, node, text, in_flow=in_flow))]
        yield [Edit(node.start, end, double_quoted(text))]


def _written(text: str, style: str) -> str:
    return quoted_as(text, style)[1:-1] if style in {"'", '"'} else text


def double_quoted(text: str) -> str:
    """The text as any YAML reader reads it anywhere."""
    marked = quoted_as(text, '"').replace("\ufeff", "\\uFEFF")
    return marked.replace("\x85", "\\N").replace("\u2028", "\\L").replace("\u2029", "\\P")


def _reworded(source: str, span: tuple[int, int], text: str) -> Edit:
    """The words between those that stay at the beginning and those that stay at the end."""
    old = list(_WORD.finditer(source, *span))
    new = text.split(" ")
    before = _alike([word[0] for word in old], new)
    after = _alike([word[0] for word in old[before:]][::-1], new[before:][::-1])
    gone, come = old[before : len(old) - after], " ".join(new[before : len(new) - after])
    if gone and come:
        return Edit(gone[0].start(), gone[-1].end(), come)
    if gone and before:
        return Edit(old[before - 1].end(), gone[-1].end(), "")
    if gone:
        return Edit(gone[0].start(), old[len(gone)].start() if after else gone[-1].end(), "")
    if not before:
        return Edit(span[0], span[0], f"{come} " if old else come)
    end = old[before - 1].end()
    return Edit(end, end, f" {come}" if come else "")


def _alike(left: Sequence[str], right: Sequence[str]) -> int:
    """How many words are the same at the beginning."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def _folded(source: str, edit: Edit, node: ScalarNode, span: tuple[int, int]) -> Edit:
    """The edit, with its line broken where that is running text and the line would become far too long."""
    first = source.rfind("\n", 0, edit.start) + 1
    if node.style not in {"|", ">"}:
        return edit
    lines = [line.rstrip("\r") for line in source[span[0] : span[1]].split("\n")]
    longest = max(WIDTH, *map(len, lines)) + _SLACK
    end = source.find("\n", edit.end)
    last = len(source) if end < 0 else end
    line = (source[first : edit.start] + edit.text + source[edit.end : last]).rstrip("\r")
    if len(line) <= longest:
        return edit
    indent = len(line) - len(line.lstrip(" "))
    at = edit.start - first
    return _broken(edit, at, indent, newline_of(source))


def _broken(edit: Edit, column: int, indent: int, newline: str) -> Edit:
    """The edit's words over as many lines as they need; they begin in that column."""
    lines, current = list[str](), " " * column
    for number, word in enumerate(edit.text.split(" ")):
        longer = f"{current} {word}" if number else f"{current}{word}"
        if len(longer) > WIDTH and current.strip(" ") and number:
            lines.append(current)
            longer = " " * indent + word
        current = longer
    return Edit(edit.start, edit.end, newline.join([*lines, current])[column:])
