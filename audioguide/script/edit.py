"""Change one thing of a script where it stands in the file; every other byte stays.

Edits go by the positions of the parsed tree. Each is tried: the new text is parsed again, and must say what was asked
for and nothing else, else the next way to write it is tried. So whatever comes out is right, or nothing comes out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from audioguide.errors import AudioguideError
from audioguide.script.document import Document, parse
from audioguide.script.keys import key_removed, key_set, map_opened, map_placed
from audioguide.script.problems import Problems, Steps
from audioguide.script.source import Edit, apply
from audioguide.script.tree import AliasNode, ListNode, MapNode, Node, ScalarNode, child, plain
from audioguide.script.words import one_line, paragraph_spans, paragraph_texts, rewordings

FIELDS = ("text", "voice", "speed", "pause", "gain")
"""What of a segment can be changed."""


@dataclass(frozen=True, slots=True)
class Spot:
    """What is edited: a segment, a title, or the paragraph of that number of a text."""

    steps: Steps
    paragraph: int | None = None


class EditRefused(AudioguideError):
    """A change that cannot be written into the file without touching more than is meant."""


def edited(document: Document, spot: Spot, field: str, value: str | None) -> str:
    """The file's text with one thing changed. `value` None: the key goes, and the default holds again.

    A segment's `field` is one of FIELDS; any other spot has "text" alone. Raises EditRefused.
    """
    if reason := why_not(document, spot, field):
        raise EditRefused(f"cannot be edited here: {reason}")
    if field == "text":
        return _reworded(document, spot, one_line(value or ""))
    node = _at(document, spot.steps)
    if isinstance(node, MapNode):
        return _rekeyed(document, spot.steps, node, field, value)
    assert isinstance(node, ScalarNode)
    if value is None:
        return document.text
    expected = _with(document, spot.steps, lambda said: {"say": one_line(said), field: value})
    return _tried(document, map_opened(document.text, node, field, value), expected, _said(spot.steps))


def pronounced(document: Document, word: str, value: str | None) -> str:
    """The file's text with a word's spoken form set, or taken away. Raises EditRefused."""
    written = document.tree.entries.get("pronounce")
    words = written[1] if written else None
    if words is not None and (isinstance(words, AliasNode) or _has_anchor(document, words)):
        raise EditRefused("cannot be edited here: pronounce is an alias or has an anchor", hint="edit it in the file")
    if words is not None and not isinstance(words, MapNode):
        raise EditRefused("cannot be edited here: pronounce is no map", hint="mend that first")
    if words is None:
        if value is None:
            return document.text
        expected = _with(document, (), lambda tree: {**tree, "pronounce": {word: value}})
        return _tried(document, map_placed(document.text, document.tree, "pronounce", word, value), expected)
    if value is None and set(words.entries) == {word}:
        return _rekeyed(document, (), document.tree, "pronounce", None)
    return _rekeyed(document, ("pronounce",), words, word, value)


def why_not(document: Document, spot: Spot, field: str) -> str | None:
    """Why a field of a segment cannot be edited; None where it can."""
    return reasons(document, spot, (field,)).get(field)


def reasons(document: Document, spot: Spot, fields: Sequence[str]) -> dict[str, str]:
    """The fields that cannot be edited -> why."""
    way = _way(document, spot.steps)
    if reason := _why_out_of_reach(document, spot, way):
        return dict.fromkeys(fields, reason)
    ask = _why_no_segment if spot.paragraph is None else _why_no_paragraph
    found = {field: ask(document, way[-1], field) for field in fields}
    return {field: reason for field, reason in found.items() if reason}


def _way(document: Document, steps: Steps) -> list[Node]:
    """The nodes from the root to a place; it ends at an alias."""
    way: list[Node] = [document.tree]
    for step in steps:
        below = None if isinstance(way[-1], AliasNode) else child(way[-1], step)
        if below is None:
            break
        way.append(below)
    return way


def _at(document: Document, steps: Steps) -> Node | None:
    """The node of a place; None where there is none, or an alias on the way."""
    way = _way(document, steps)
    return way[-1] if len(way) > len(steps) else None


def _why_out_of_reach(document: Document, spot: Spot, way: Sequence[Node]) -> str | None:
    if document.encoding != "utf-8":
        return "the file is UTF-16: save it as UTF-8 to edit it here"
    if isinstance(way[-1], AliasNode) or len(way) <= len(spot.steps):
        return _ALIAS
    return _ANCHOR if any(_has_anchor(document, node) for node in way) else None


_ALIAS = "it is an alias (*name) of something that stands elsewhere: edit it there"
_ANCHOR = "it carries an anchor (&name), and other places may use it: edit it in the file"


def _has_anchor(document: Document, node: Node) -> bool:
    return document.text[node.start : node.start + 1] in {"&", "!"}


def _why_no_paragraph(document: Document, node: Node, field: str) -> str | None:
    if field != "text":
        return "a paragraph of a text has no keys of its own: write it under segments to give it some"
    if isinstance(node, ScalarNode) and paragraph_spans(document.text, node) is None:
        return "it cannot be told where the paragraph ends in the file: edit it there"
    return None


def _why_no_segment(document: Document, node: Node, field: str) -> str | None:
    if isinstance(node, ListNode):
        return "it is a list: mend that in the file"
    key = "say" if field == "text" else field
    value = child(node, key) if isinstance(node, MapNode) else node
    if isinstance(value, AliasNode):
        return _ALIAS
    if value is not None and _has_anchor(document, value):
        return _ANCHOR
    if isinstance(value, ScalarNode) and value.start == value.end:
        return "it is empty: write it in the file"
    return None


# -- the ways to write it ----------------------------------------------------------------------------------------------


def _reworded(document: Document, spot: Spot, text: str) -> str:
    if not text:
        raise EditRefused("the text is empty", hint="write something")
    steps = spot.steps
    node = _at(document, steps)
    if isinstance(node, MapNode):
        steps = (*steps, "say")
        node = child(node, "say")
    if not isinstance(node, ScalarNode):
        raise EditRefused("cannot be edited here: there is no text", hint="edit it in the file")
    in_flow = _is_in_flow(document, steps)
    ways = rewordings(document.text, node, text, spot.paragraph, in_flow=in_flow)
    if spot.paragraph is None:
        return _tried(document, ways, _with(document, steps, lambda _: text), _said(steps))
    texts = paragraph_texts(node.value)
    texts[spot.paragraph] = text
    return _tried(document, ways, _with(document, steps, lambda _: texts), lambda data: _as_paragraphs(data, steps))


def _is_in_flow(document: Document, steps: Steps) -> bool:
    """Whether a list or map around it is written in brackets."""
    around = (_at(document, steps[:count]) for count in range(len(steps)))
    return any(node is not None and document.text[node.start : node.start + 1] in {"[", "{"} for node in around)


def _rekeyed(document: Document, steps: Steps, holder: MapNode, key: str, value: str | None) -> str:
    """A key of a map set, or taken away; `pause` written as a map keeps its other pauses."""
    below = child(holder, key)
    if key == "pause" and isinstance(below, MapNode) and (value is not None or len(below.entries) > 1):
        return _rekeyed(document, (*steps, key), below, "segment", value)
    if key == "pause" and isinstance(below, MapNode) and "segment" not in below.entries:
        return document.text
    if value is None and below is None:
        return document.text
    if value is None and len(holder.entries) == 1:
        return _rekeyed(document, steps[:-1], _map_at(document, steps[:-1]), str(steps[-1]), None)

    def change(data: dict[str, Any]) -> dict[str, Any]:
        kept = {name: one for name, one in data.items() if name != key or value is not None}
        return kept if value is None else {**kept, key: value}

    ways = key_removed(document.text, holder, key) if value is None else key_set(document.text, holder, key, value)
    return _tried(document, ways, _with(document, steps, change))


def _map_at(document: Document, steps: Steps) -> MapNode:
    node = _at(document, steps)
    if not isinstance(node, MapNode):
        raise EditRefused("is all that is written there", hint="edit it in the file")
    return node


# -- proof -------------------------------------------------------------------------------------------------------------


def _tried(
    document: Document,
    ways: Iterable[Sequence[Edit]],
    expected: Any,
    read: Callable[[Any], Any] = lambda data: data,
) -> str:
    """The first of the ways after which the file says what is expected. Raises EditRefused."""
    for edits in ways:
        text = apply(document.text, edits)
        if _reads(text, document.file, read) == expected:
            return text
    raise EditRefused("cannot be written there without touching more of the file", hint="edit it in the file")


def _reads(text: str, file: str, read: Callable[[Any], Any]) -> Any:
    """What a text says; None where it is no YAML, or has more in it that is wrong."""
    problems = Problems((file,))
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    tree = parse(text, file, problems)
    try:
        return read(plain(tree)) if tree and not problems.listed("error") else None
    except (KeyError, IndexError, TypeError, AttributeError):
        return None


def _with(document: Document, steps: Steps, change: Callable[[Any], Any]) -> Any:
    """What the file says, with one thing changed in one place: what aliases share is not shared here."""
    return _changed(json.loads(json.dumps(plain(document.tree))), steps, change)


def _changed(data: Any, steps: Steps, change: Callable[[Any], Any]) -> Any:
    if not steps:
        return change(data)
    around = data
    for step in steps[:-1]:
        around = around[step]
    around[steps[-1]] = change(around[steps[-1]])
    return data


def _said(steps: Steps) -> Callable[[Any], Any]:
    """A reading of a file in which line breaks inside one text are blanks."""

    def read(data: Any) -> Any:
        return _changed(json.loads(json.dumps(data)), steps, _flat)

    return read


def _flat(said: Any) -> Any:
    return {**said, "say": one_line(said["say"])} if isinstance(said, dict) else one_line(said)


def _as_paragraphs(data: Any, steps: Steps) -> Any:
    return _changed(json.loads(json.dumps(data)), steps, paragraph_texts)
