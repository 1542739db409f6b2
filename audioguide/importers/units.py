"""The units of a script's text where they stand in the file: what `--update` compares, replaces, removes and adds.

A unit is a paragraph of a literal `text:`, a spoken entry of `segments:`, or, where the text is written in another way,
the whole of it. Editing gives Edits: stretches of the file and what takes their place. All other bytes stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from audioguide.importers.article import escape_marks
from audioguide.importers.write import hash_of
from audioguide.script.source import (
    Edit,
    content_end,
    line_end,
    lines_of,
    newline_of,
    next_line,
    rewritten,
    scalar,
    wrapped,
)
from audioguide.script.tree import ListNode, MapNode, Node, ScalarNode
from audioguide.text import paragraphs
from audioguide.text.marks import MarkError, read_marks


@dataclass(frozen=True)
class Unit:
    """A piece of text that is spoken: a paragraph or a segment."""

    raw: str
    """As written, marks and all, on one line."""
    start: int
    end: int
    """The characters of the file that hold it."""
    plain: bool
    """True: nothing but the text is written there, so that it can be taken away with it."""

    @cached_property
    def shown(self) -> str:
        """The text without its marks."""
        try:
            return " ".join(read_marks(self.raw).shown.split())
        except MarkError:
            return self.raw

    @cached_property
    def hash(self) -> str:
        """What the memory would hold of it."""
        return hash_of(self.shown)


class Body:
    """A section's units; these cannot be edited in place, so whatever changes is left to the person."""

    def __init__(self, units: Iterable[Unit]) -> None:
        """`units` in the order of the file."""
        self.units = tuple(units)

    def replaced(self, index: int, raw: str) -> list[Edit] | None:  # noqa: ARG002 - a body that cannot
        """The edits that give a unit another text; None where they cannot be made."""
        return None

    def removed(self, span: range) -> list[Edit] | None:  # noqa: ARG002 - a body that cannot
        """The edits that take units away; None where they cannot be made."""
        return None

    def added(self, index: int, raws: Sequence[str]) -> list[Edit] | None:  # noqa: ARG002 - a body that cannot
        """The edits that add units before that index (their count: at the end); None where they cannot be made."""
        return None


class LiteralBody(Body):
    """`text: |`: a paragraph is a unit, and its lines are the file's."""

    def __init__(self, source: str, node: ScalarNode) -> None:
        """`source` is the whole file's text."""
        self._newline = newline_of(source)
        header = source.index("\n", node.start) + 1
        lines = list(lines_of(source, header, node.end))
        filled = [text for _, _, text in lines if text.strip()]
        self._indent = min((len(text) - len(text.lstrip(" ")) for text in filled), default=0)
        super().__init__(_paragraphs(lines))

    def _text(self, raw: str) -> str:
        return self._newline.join(wrapped(raw, self._indent))

    def replaced(self, index: int, raw: str) -> list[Edit] | None:
        """The paragraph's lines, wrapped anew."""
        unit = self.units[index]
        return [Edit(unit.start, unit.end, self._text(raw))]

    def removed(self, span: range) -> list[Edit] | None:
        """The paragraphs, with the blank lines to the next one, or to the one before where they are the last."""
        if span.stop < len(self.units):
            return [Edit(self.units[span.start].start, self.units[span.stop].start, "")]
        return [Edit(self.units[span.start - 1].end, self.units[-1].end, "")] if span.start else None

    def added(self, index: int, raws: Sequence[str]) -> list[Edit] | None:
        """New paragraphs with a blank line to either side."""
        blank = self._newline * 2
        if index:
            end = self.units[index - 1].end
            return [Edit(end, end, "".join(blank + self._text(raw) for raw in raws))]
        start = self.units[0].start
        return [Edit(start, start, "".join(self._text(raw) + blank for raw in raws))]


def _paragraphs(lines: Iterable[tuple[int, int, str]]) -> Iterator[Unit]:
    block = list[tuple[int, int, str]]()
    for line in (*lines, (0, 0, "")):
        if line[2].strip():
            block.append(line)
        elif block:
            raw = " ".join(" ".join(text for _, _, text in block).split())
            yield Unit(raw, block[0][0], block[-1][1], plain=True)
            block = []


class ListBody(Body):
    """`segments:`: a spoken entry is a unit; pauses and sounds between them are nobody's but the person's."""

    def __init__(self, source: str, node: ListNode) -> None:
        """`source` is the whole file's text."""
        self._source = source
        self._newline = newline_of(source)
        self._column = node.column - 1
        self._flow = source[node.start : node.start + 1] == "["
        self._entries = [(item, said) for item in node.items if (said := _said(item)) is not None]
        super().__init__(
            Unit(" ".join(said.value.split()), said.start, said.end, plain=said is item) for item, said in self._entries
        )

    def replaced(self, index: int, raw: str) -> list[Edit] | None:
        """The scalar in its own style; what else the segment says stays."""
        item, said = self._entries[index]
        in_flow = self._flow or self._source[item.start] == "{"
        text = rewritten(self._source, said, raw, in_flow=in_flow)
        return [Edit(said.start, content_end(self._source, said), text)]

    def removed(self, span: range) -> list[Edit] | None:
        """The lines of the entries."""
        if self._flow or len(span) == len(self.units):
            return None
        return [self._lines_of(self._entries[index][0]) for index in span]

    def _lines_of(self, item: Node) -> Edit:
        start = self._source.rfind("\n", 0, item.start) + 1
        return Edit(start, next_line(self._source, content_end(self._source, item)), "")

    def added(self, index: int, raws: Sequence[str]) -> list[Edit] | None:
        """New plain entries after the one before, or before the first."""
        if self._flow or not self.units:
            return None
        entries = [f"{' ' * self._column}- {scalar(raw)}" for raw in raws]
        if index:
            end = line_end(self._source, content_end(self._source, self._entries[index - 1][0]))
            return [Edit(end, end, "".join(self._newline + entry for entry in entries))]
        start = self._source.rfind("\n", 0, self._entries[0][0].start) + 1
        if self._source[start : self._entries[0][0].start].strip() != "-":
            return None
        return [Edit(start, start, "".join(entry + self._newline for entry in entries))]


def body_of(source: str, section: MapNode) -> Body:
    """The units of a section's `text` or `segments`."""
    node = next((section.entries[name][1] for name in ("text", "segments") if name in section.entries), None)
    if isinstance(node, ScalarNode) and node.style == "|":
        return LiteralBody(source, node)
    if isinstance(node, ScalarNode):
        return Body([Unit(raw, node.start, node.end, plain=False) for raw in paragraphs(node.value)])
    return ListBody(source, node) if isinstance(node, ListNode) else Body(())


def _said(item: Node) -> ScalarNode | None:
    """The scalar that an entry of `segments` speaks; None for pauses, sounds and what is reached by an alias."""
    if isinstance(item, ScalarNode):
        return item
    said = item.entries["say"][1] if isinstance(item, MapNode) and "say" in item.entries else None
    return said if isinstance(said, ScalarNode) else None


def with_marks(unit: Unit, new: str) -> str | None:
    """The new text of a unit with the marks that the old one had, or None where a mark's place is gone."""
    from difflib import SequenceMatcher

    if unit.raw == escape_marks(unit.shown):
        return escape_marks(new)
    try:
        old = read_marks(unit.raw)
    except MarkError:
        return None
    before, after = list(re.finditer(r"\S+", old.shown)), new.split()
    matcher = SequenceMatcher(None, [word[0] for word in before], after, autojunk=False)
    pieces = list[str]()
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        if tag == "equal":
            begin = 0 if first == 0 else old.starts[before[first].start()]
            end = len(unit.raw) if last == len(before) else old.ends[before[last - 1].end() - 1]
            pieces.append(unit.raw[begin:end])
        else:
            pieces.append(escape_marks(" ".join(after[new_first:new_last])))
    raw = " ".join(filter(None, pieces))
    return raw if _same_marks(unit.raw, raw, new) else None


def _same_marks(old: str, new: str, shown: str) -> bool:
    """Whether a text has all the marks of another, and shows what it should."""
    try:
        before, after = read_marks(old), read_marks(new)
    except MarkError:
        return False
    return (
        " ".join(after.shown.split()) == shown
        and [said.spoken for said in before.said] == [said.spoken for said in after.said]
        and [pause for _, pause in before.pauses] == [pause for _, pause in after.pauses]
        and old.count("*") - before.shown.count("*") == new.count("*") - after.shown.count("*")
    )
