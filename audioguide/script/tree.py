"""YAML as a tree of positioned nodes, built from the parser's events within limits.

Composing deep input with libyaml's loader ends the process, and no loader counts what aliases expand to; so events are
counted here as they come. Every scalar stays text. Lines and columns count from 1; `start` and `end` are code points
of the document's text, so that an editor can replace one scalar and leave every other byte alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import yaml

from audioguide.script.problems import Place, Problems, Step, Steps, Stop, quoted

MAX_DEPTH = 50
MAX_ALIASES = 1_000
MAX_NODES = 100_000
"""Values after aliases are expanded; keys do not count. Ten hours of speech, with four keys a segment, have 50,000."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


class ScalarNode(NamedTuple):
    """A value or key as text. `style` is the quote or block sign, empty for a plain one."""

    value: str
    style: str
    start: int
    end: int
    line: int
    column: int
    file: str


class ListNode(NamedTuple):
    """A list, in the order written."""

    items: tuple[Node, ...]
    start: int
    end: int
    line: int
    column: int
    file: str


class MapNode(NamedTuple):
    """A map, in the order written: key -> (the key's own node, the value)."""

    entries: dict[str, tuple[ScalarNode, Node]]
    start: int
    end: int
    line: int
    column: int
    file: str


class AliasNode(NamedTuple):
    """An alias: it stands here, its value stands at the anchor. What is reached through it cannot be edited in place."""

    target: Node
    start: int
    end: int
    line: int
    column: int
    file: str


Node = ScalarNode | ListNode | MapNode | AliasNode


def place_of(node: Node) -> Place:
    """Where a node begins."""
    return Place(node.file, node.line, node.column)


def target(node: Node) -> Node:
    """The node itself, or what an alias stands for."""
    while isinstance(node, AliasNode):
        node = node.target
    return node


def child(node: Node, step: Step) -> Node | None:
    """What a map holds under a key, or a list at an index."""
    node = target(node)
    if isinstance(node, MapNode) and isinstance(step, str):
        entry = node.entries.get(step)
        return entry[1] if entry else None
    if isinstance(node, ListNode) and isinstance(step, int):
        return node.items[step] if 0 <= step < len(node.items) else None
    return None


def find(node: Node, steps: Steps) -> tuple[Node, int]:
    """The deepest node on the way, and how many steps lead to it."""
    for done, step in enumerate(steps):
        below = child(node, step)
        if below is None:
            return node, done
        node = below
    return node, len(steps)


def plain(node: Node) -> Any:
    """The tree as dicts, lists and text; what an alias names several times is one object."""
    if type(node) is ScalarNode:
        return node.value
    if type(node) is MapNode:
        return {key: plain(entry[1]) for key, entry in node.entries.items()}
    if type(node) is ListNode:
        return [plain(item) for item in node.items]
    return plain(target(node))


class _Frame:
    """A list or map that is still open."""

    __slots__ = ("anchor", "counted", "entries", "items", "key", "mark")

    def __init__(self, event: Any, counted: int) -> None:
        self.anchor: str | None = event.anchor
        self.mark = event.start_mark
        self.counted = counted
        self.items: list[Node] = []
        self.entries: dict[str, tuple[ScalarNode, Node]] | None = (
            {} if isinstance(event, yaml.MappingStartEvent) else None
        )
        self.key: ScalarNode | None = None


class Builder:
    """Puts the events together; holds what is open and what has been counted."""

    def __init__(self, file: str, problems: Problems) -> None:
        self._file = file
        self._problems = problems
        self._open: list[_Frame] = []
        self._anchors: dict[str, tuple[Node, int] | None] = {}
        self._root: Node | None = None
        self._nodes = 0
        self._aliases = 0
        self._handlers: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceEndEvent: self._end,
            yaml.MappingEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }

    def build(self, events: Iterator[Any]) -> Node:
        """The document's root. Raises Stop where a limit is passed or the parser gives up."""
        handlers = self._handlers
        for event in events:
            if handler := handlers.get(type(event)):
                handler(event)
        if self._root is None:
            raise Stop(Place(self._file, 1, 1), "the file is empty", hint='begin with "version: 1"')
        return self._root

    def _place(self, mark: Any) -> Place:
        return Place(self._file, mark.line + 1, mark.column + 1)

    def _path(self) -> Steps:
        """The way to the value that comes next."""
        steps: list[Step] = []
        for frame in self._open:
            if frame.entries is None:
                steps.append(len(frame.items))
            elif frame.key is not None:
                steps.append(frame.key.value)
        return tuple(steps)

    def _document(self, event: Any) -> None:
        if self._root is not None:
            raise Stop(
                self._place(event.start_mark), 'a second document begins ("---")', hint="keep one script per file"
            )

    def _count(self, mark: Any, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise Stop(self._place(mark), f"more than {MAX_NODES:,} values", hint="split the episode")

    def _tagged(self, event: Any) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            message = f"has the tag {quoted(tag)}, and scripts use none"
            self._problems.add(self._place(event.start_mark), self._path(), message, hint="write the value alone")

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark, event.end_mark
        line, column = start.line + 1, start.column + 1
        node = ScalarNode(event.value, event.style or "", start.index, end.index, line, column, self._file)
        if event.tag is not None:
            self._tagged(event)
        if node.style == '"' and (found := _CONTROL.search(node.value)):
            message = f"holds the control character U+{ord(found[0]):04X}"
            self._problems.add(place_of(node), self._path(), message, hint="delete it")
            node = node._replace(value=_CONTROL.sub("\ufffd", node.value))
        frame = self._open[-1] if self._open else None
        if frame is not None and frame.entries is not None and frame.key is None:
            self._key(frame, node)
            return
        self._count(start, 1)
        self._add(node, event.anchor, 1)

    def _key(self, frame: _Frame, node: ScalarNode) -> None:
        place, name = place_of(node), node.value
        if name == "<<":
            hint = "write the keys out; an anchor may stand for a whole value"
            self._problems.add(place, self._path(), "merge keys (<<) are not read", hint=hint)
        elif not name.strip():
            self._problems.add(place, self._path(), "a key is empty", hint='write "key: value"')
        elif frame.entries is not None and name in frame.entries:
            first = frame.entries[name][0].line
            message = f"is written twice, on line {first} and on line {node.line}"
            self._problems.add(place, (*self._path(), name), message, hint="keep one")
        frame.key = node

    def _start(self, event: Any) -> None:
        self._tagged(event)
        self._refuse_as_key(event)
        if len(self._open) >= MAX_DEPTH:
            raise Stop(self._place(event.start_mark), f"nested more than {MAX_DEPTH} deep")
        self._count(event.start_mark, 1)
        self._open.append(_Frame(event, self._nodes))
        if event.anchor:
            self._anchors[event.anchor] = None

    def _refuse_as_key(self, event: Any) -> None:
        frame = self._open[-1] if self._open else None
        if frame is not None and frame.entries is not None and frame.key is None:
            raise Stop(self._place(event.start_mark), "a key must be plain text", hint="put it in quotes")

    def _end(self, event: Any) -> None:
        frame = self._open.pop()
        mark = frame.mark
        if not frame.items and not frame.entries:
            hint = "write something or leave the key out"
            self._problems.add(self._place(mark), self._path(), "is empty", hint=hint)
        position = (mark.index, event.end_mark.index, mark.line + 1, mark.column + 1, self._file)
        entries = frame.entries
        node = ListNode(tuple(frame.items), *position) if entries is None else MapNode(entries, *position)
        self._add(node, frame.anchor, self._nodes - frame.counted + 1)

    def _alias(self, event: Any) -> None:
        self._refuse_as_key(event)
        mark, name = event.start_mark, quoted(event.anchor)
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise Stop(self._place(mark), f"more than {MAX_ALIASES:,} aliases (*name)")
        if event.anchor not in self._anchors:
            hint = "text that begins with * must stand in quotes"
            raise Stop(self._place(mark), f"the alias {name} has no anchor before it", hint=hint)
        anchored = self._anchors[event.anchor]
        if anchored is None:
            raise Stop(self._place(mark), f"the alias {name} stands inside its own anchor")
        self._count(mark, anchored[1])
        end = event.end_mark.index
        self._add(AliasNode(anchored[0], mark.index, end, mark.line + 1, mark.column + 1, self._file), None, 0)

    def _add(self, node: Node, anchor: str | None, size: int) -> None:
        """Give a finished value to what is open around it."""
        if anchor:
            self._anchors[anchor] = (node, size)
        if not self._open:
            self._root = node
            return
        frame = self._open[-1]
        if frame.entries is None:
            frame.items.append(node)
        elif frame.key is not None:
            frame.entries[frame.key.value] = (frame.key, node)
            frame.key = None
