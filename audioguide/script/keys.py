"""Keys of a map where they stand in the file: set, added and taken away, in block style and in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from audioguide.script.source import Edit, content_end, line_end, newline_of, next_line, quoted_as, scalar
from audioguide.script.tree import MapNode, Node, ScalarNode
from audioguide.script.words import double_quoted

Way = Sequence[Edit]
"""Edits that belong together."""
_NUMBER = re.compile(r"\d{1,3}(\.\d{1,3})?")


def key_set(source: str, holder: MapNode, key: str, value: str) -> Iterator[Way]:
    """Ways to give a key a value: in the place of the one that it has, else behind the last key."""
    if key in holder.entries:
        yield from _replaced(source, holder.entries[key][1], value)
        return
    for pair in _pairs(key, value):
        if _is_flow(source, holder):
            end = content_end(source, _last(holder))
            yield [Edit(end, end, f", {pair}")]
            continue
        indent = newline_of(source) + " " * _indent(holder)
        end = line_end(source, content_end(source, _last(holder)))
        yield [Edit(end, end, indent + pair)]
        first = next(iter(holder.entries.values()))[0]
        yield [Edit(first.start, first.start, pair + indent)]


def _replaced(source: str, node: Node, value: str) -> Iterator[Way]:
    span = node.start, content_end(source, node)
    if isinstance(node, ScalarNode) and node.style in {"'", '"'}:
        yield [Edit(*span, quoted_as(value, node.style))]
    yield [Edit(*span, _value(value))]
    yield [Edit(*span, double_quoted(value))]


def key_removed(source: str, holder: MapNode, key: str) -> Iterator[Way]:
    """Ways to take a key away; a comment on its line stays."""
    entries = list(holder.entries.values())
    number = list(holder.entries).index(key)
    start, end = entries[number][0].start, content_end(source, entries[number][1])
    following = entries[number + 1][0].start if number + 1 < len(entries) else None
    if _is_flow(source, holder):
        yield from _out_of_flow(source, holder, number, (start, end), following)
        return
    yield from _out_of_block(source, (start, end), following)


def _out_of_block(source: str, span: tuple[int, int], following: int | None) -> Iterator[Way]:
    start, end = span
    line_start = source.rfind("\n", 0, start) + 1
    stop = line_end(source, end)
    if source[end:stop].strip():  # a comment
        yield [Edit(start, end + len(source[end:stop]) - len(source[end:stop].lstrip()), "")]
        return
    if source[line_start:start].strip() and following is not None:  # it stands behind the dash of its segment
        if not source[stop:following].strip():
            yield [Edit(start, following, "")]
        return
    if not source[line_start:start].strip():
        behind = next_line(source, end)
        whole = behind > stop
        yield [Edit(line_start if whole else max(0, _before_break(source, line_start)), behind if whole else stop, "")]


def _before_break(source: str, line_start: int) -> int:
    """The end of the line before."""
    return line_start - (2 if source[line_start - 2 : line_start] == "\r\n" else 1)


def _out_of_flow(
    source: str, holder: MapNode, number: int, span: tuple[int, int], following: int | None
) -> Iterator[Way]:
    start, end = span
    if number:
        before = content_end(source, list(holder.entries.values())[number - 1][1])
        if re.fullmatch(r"\s*,\s*", source[before:start]):
            yield [Edit(before, end, "")]
        comma = source.find(",", before, start)
        if comma >= 0:
            yield [Edit(comma, comma + 1, ""), Edit(start, end, "")]
    elif following is not None:
        yield [Edit(start, following, "")]


def map_opened(source: str, node: ScalarNode, key: str, value: str) -> Iterator[Way]:
    """Ways to make a plain segment a map with its text and one more key: on one line where it stands on one."""
    end = content_end(source, node)
    said = source[node.start : end]
    if node.style in {"|", ">"}:
        yield [
            Edit(
                node.start,
                end,
                f"say: {_indented(said)}{newline_of(source)}{' ' * (node.column - 1)}{key}: {_value(value)}",
            )
        ]
    else:
        for text in (said, double_quoted(" ".join(node.value.split()))):
            yield [Edit(node.start, end, f"{{say: {text}, {key}: {_value(value)}}}")]
    indent = newline_of(source) + " " * (node.column - 1)
    stop = line_end(source, end)
    for written in (_value(value), double_quoted(value)):
        yield [Edit(node.start, node.start, "say: "), Edit(stop, stop, f"{indent}{key}: {written}")]
        text = double_quoted(" ".join(node.value.split()))
        yield [Edit(node.start, end, f"{{say: {text}, {key}: {written}}}")]


def _indented(block: str) -> str:
    """A block's text, its lines two columns further in; its header stays."""
    return re.sub(r"\n(?=[^\r\n])", "\n  ", block)


def map_placed(source: str, tree: MapNode, key: str, word: str, value: str) -> Iterator[Way]:
    """Ways to write a map with one entry into the file: before its sections and the comment above them."""
    for pair in _pairs(word, value):
        entry = f"{key}: {{{pair}}}"
        if _is_flow(source, tree):
            end = content_end(source, _last(tree))
            yield [Edit(end, end, f", {entry}")]
            continue
        anchor = tree.entries["sections"][0] if "sections" in tree.entries else next(iter(tree.entries.values()))[0]
        at = _above_comment(source, source.rfind("\n", 0, anchor.start) + 1)
        yield [Edit(at, at, entry + newline_of(source))]
        yield [Edit(anchor.start, anchor.start, entry + newline_of(source) + " " * (anchor.column - 1))]


def _above_comment(source: str, line_start: int) -> int:
    """The beginning of the comment that ends on the line before, if there is one."""
    while line_start:
        before = source.rfind("\n", 0, line_start - 1) + 1
        if not source[before:line_start].lstrip().startswith("#"):
            return line_start
        line_start = before
    return line_start


def _pairs(key: str, value: str) -> Iterator[str]:
    """`key: value`, in fewer quotes first."""
    for name in (scalar(key), double_quoted(key)):
        for written in (_value(value), double_quoted(value)):
            yield f"{name}: {written}"


def _value(value: str) -> str:
    """The value as people write it: numbers without quotes, for here they are text anyway."""
    return value if _NUMBER.fullmatch(value) else scalar(value)


def _is_flow(source: str, node: Node) -> bool:
    return source[node.start : node.start + 1] in {"{", "["}


def _last(holder: MapNode) -> Node:
    return max((value for _, value in holder.entries.values()), key=lambda node: node.start)


def _indent(holder: MapNode) -> int:
    return next(iter(holder.entries.values()))[0].column - 1
