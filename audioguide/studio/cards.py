"""The cards of a script: every section and segment as it is written, with its address and what can be edited in it.

Read from the positioned tree, so that a script with mistakes has cards too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from audioguide.plan.addresses import section_ids
from audioguide.script import units
from audioguide.script.document import Document
from audioguide.script.edit import FIELDS, Spot, reasons
from audioguide.script.load import LoadedScript
from audioguide.script.model import Say, Section, Sound
from audioguide.script.stops import EXTRA
from audioguide.script.tree import ListNode, MapNode, Node, ScalarNode, child, target
from audioguide.script.words import one_line, paragraphs_of


@dataclass(frozen=True, slots=True)
class Card:
    """A segment as it is written."""

    address: str
    kind: str
    """speech, sound or pause."""
    text: str
    spoken: str | None
    voice: str | None
    """As written; None: the default."""
    speed: str | None
    pause: str | None
    gain: str | None
    line: int
    spot: Spot | None
    """Where it stands; None: not in this file."""
    fixed: dict[str, str]
    """What cannot be edited here -> why."""

    @property
    def written(self) -> tuple[str | None, ...]:
        """All that is written of it."""
        return self.kind, self.text, self.spoken, self.voice, self.speed, self.pause, self.gain


@dataclass(frozen=True, slots=True)
class SectionCards:
    """A section as it is written."""

    id: str
    title: str
    line: int
    chapter: bool
    spot: Spot
    cards: tuple[Card, ...]


def cards_of(document: Document, sections: Sequence[Section] = ()) -> list[SectionCards]:
    """Every section of a script. `sections`: the model's, which have the text of articles in the place of `from`."""
    listed = child(document.tree, "sections")
    nodes = target(listed).items if listed is not None and isinstance(target(listed), ListNode) else ()  # type: ignore[union-attr]
    maps = [(index, node) for index, item in enumerate(nodes) if isinstance(node := target(item), MapNode)]
    identities = section_ids([(_text(node, "id") or None, _text(node, "title")) for _, node in maps])
    return [
        _section(document, index, node, identity, sections[index] if index < len(sections) else None)
        for (index, node), identity in zip(maps, identities, strict=True)
    ]


def _section(document: Document, index: int, node: MapNode, identity: str, model: Section | None) -> SectionCards:
    steps = ("sections", index)
    cards = list(_cards(document, index, node, identity, model))
    announced = _truth(node, "announce", _truth(_map(document.tree, "defaults"), "announce", otherwise=False))
    if announced:
        cards.insert(0, _title_card(document, node, identity, index))
    return SectionCards(
        identity,
        _text(node, "title"),
        node.line,
        _truth(node, "chapter", otherwise=True),
        Spot((*steps, "title")),
        tuple(cards),
    )


def _cards(document: Document, index: int, node: MapNode, identity: str, model: Section | None) -> Iterator[Card]:
    yield from _body(document, index, node, identity, model)
    extra = child(node, EXTRA)
    if extra is not None and isinstance(listed := target(extra), ListNode):
        yield from _listed(document, listed, f"{identity}.{EXTRA}", ("sections", index, EXTRA))


def _body(document: Document, index: int, node: MapNode, identity: str, model: Section | None) -> Iterator[Card]:
    body = next((target(node.entries[key][1]) for key in ("segments", "text") if key in node.entries), None)
    if isinstance(body, ListNode):
        yield from _listed(document, body, identity, ("sections", index, "segments"))
    elif isinstance(body, ScalarNode):
        yield from _paragraphs(document, body, identity, ("sections", index, "text"))
    elif "from" in node.entries and model is not None:
        yield from _from_article(node, model, identity)


def _listed(document: Document, body: ListNode, identity: str, steps: tuple[str | int, ...]) -> Iterator[Card]:
    position = 0
    for number, item in enumerate(body.items):
        node = target(item)
        kind = next((key for key in _KINDS if key in _keys(node)), "say")
        position += kind == "say"
        named = _text(node, "id") if isinstance(node, MapNode) else ""
        stem = identity.partition(".")[0] if named and kind == "say" else identity
        names = {"say": named or str(position), "play": f"play-{number + 1}", "pause": f"pause-{number + 1}"}
        spot = Spot((*steps, number))
        card_kind, fields = _KINDS[kind]
        yield Card(
            address=f"{stem}.{names[kind]}",
            kind=card_kind,
            text=one_line(node.value if isinstance(node, ScalarNode) else _text(node, kind)),
            spoken=(_text(node, "spoken") or None) if isinstance(node, MapNode) else None,
            voice=_text(node, "voice") or None,
            speed=_text(node, "speed") or None,
            pause=_pause(node),
            gain=_text(node, "gain") or None,
            line=item.line,
            spot=spot,
            fixed=_fixed(document, spot, fields) | _pause_follows(body, number, kind),
        )


FOLLOWED = "the pause that stands after it holds: edit that one"


def _pause_follows(body: ListNode, number: int, kind: str) -> dict[str, str]:
    """An entry that is a pause takes the place of the pause of the segment before it."""
    following = target(body.items[number + 1]) if number + 1 < len(body.items) else None
    is_pause = isinstance(following, MapNode) and "pause" in following.entries and "say" not in following.entries
    return {"pause": FOLLOWED} if is_pause and kind != "pause" else {}


_KINDS = {
    "say": ("speech", ("text", "voice", "speed", "pause", "gain")),
    "play": ("sound", ("gain",)),
    "pause": ("pause", ("pause",)),
}
"""The key that makes a segment what it is -> the card's kind, and what of it can be edited."""


def _fixed(document: Document, spot: Spot, fields: Sequence[str]) -> dict[str, str]:
    """Why each field cannot be edited; those that can are left out."""
    return {field: "" for field in FIELDS if field not in fields} | reasons(document, spot, fields)


def _paragraphs(document: Document, body: ScalarNode, identity: str, steps: tuple[str | int, ...]) -> Iterator[Card]:
    for number, (text, line) in enumerate(paragraphs_of(document.text, body)):
        spot = Spot(steps, number)
        fixed = _fixed(document, spot, ("text", "voice", "speed", "pause", "gain"))
        yield Card(f"{identity}.{number + 1}", "speech", text, None, None, None, None, None, line, spot, fixed)


def _from_article(node: MapNode, model: Section, identity: str) -> Iterator[Card]:
    source = f"it is read from {model.source.file}" if model.source else "it is not in this file"
    fixed = dict.fromkeys(FIELDS, f"{source}: edit it there")
    for number, segment in enumerate(model.segments or ()):
        if isinstance(segment, Say):
            line = node.entries["from"][0].line
            address = f"{identity}.{number + 1}"
            yield Card(address, "speech", one_line(segment.say), None, None, None, None, None, line, None, fixed)


def _title_card(document: Document, node: MapNode, identity: str, index: int) -> Card:
    fixed = dict.fromkeys(FIELDS, "it is the section's title, which is announced: edit the title")
    title = child(document.tree, "sections")
    line = node.entries["title"][1].line if title is not None and "title" in node.entries else node.line
    spot = Spot(("sections", index, "title"))
    return Card(f"{identity}.title", "speech", _text(node, "title"), None, None, None, None, None, line, spot, fixed)


def with_ends(sections: Sequence[SectionCards], loaded: LoadedScript) -> Sequence[SectionCards]:
    """Intro and outro as cards of the first and the last section, which they belong to."""
    found = list(sections)
    if intro := loaded.script.intro:
        card = _end_card("intro", intro, loaded)
        found[0] = replace(found[0], cards=(card, *found[0].cards))
    if outro := loaded.script.outro:
        card = _end_card("outro", outro, loaded)
        found[-1] = replace(found[-1], cards=(*found[-1].cards, card))
    return found


def _end_card(name: str, sound: Sound, loaded: LoadedScript) -> Card:
    fixed = dict.fromkeys(FIELDS, f"it is the {name} of the whole episode: edit it in the file")
    line = loaded.places.of((name,)).line
    return Card(name, "sound", sound.play, None, None, None, None, None, line, None, fixed)


def _keys(node: Node) -> set[str]:
    return set(node.entries) if isinstance(node, MapNode) else set()


def _map(node: Node, key: str) -> Node:
    found = child(node, key)
    return target(found) if found is not None else node


def _text(node: Node, key: str) -> str:
    """A value that is text, "" for anything else."""
    found = child(node, key)
    scalar = target(found) if found is not None else None
    return scalar.value.strip() if isinstance(scalar, ScalarNode) else ""


def _pause(node: Node) -> str | None:
    """The pause that is written, alone or beside `say`."""
    return _text(node, "pause") or _text(_map(node, "pause"), "segment") or None


def _truth(node: Node, key: str, otherwise: bool) -> bool:  # noqa: FBT001 - what holds where nothing is written
    try:
        return units.boolean(_text(node, key)) if _text(node, key) else otherwise
    except ValueError:
        return otherwise  # a mistake, which is told elsewhere
