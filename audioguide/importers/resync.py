"""Bring a changed article into its script: what the source changed goes in, what a hand changed stays.

Three texts meet in each section: what was imported (known by the hashes of the memory), what the script has now, and what
the source has now. Where only the source changed, the script follows; where both did, it is a conflict: the script stays
as it is, the difference is shown, and the memory keeps the old state so that it is shown again until it is settled.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from audioguide.importers.article import escape_marks, key
from audioguide.importers.units import Body, Unit, body_of, with_marks
from audioguide.importers.write import (
    MEMORY,
    Imported,
    free_id,
    hash_of,
    list_lines,
    memory_lines,
    section_lines,
)
from audioguide.script.source import Edit, apply, content_end, line_end, newline_of, next_line, scalar, wrapped
from audioguide.script.tree import ListNode, MapNode, Node, ScalarNode, target

_MEMORY_LINE = re.compile(r"^[ \t]*# imported ((?:[0-9a-f]{6}:)?[0-9a-f ]*)[ \t]*\r?$", re.MULTILINE)
_LIST_LINE = re.compile(r"^# imported sections ([0-9a-f ]+?)[ \t]*\r?$", re.MULTILINE)
_ALIKE = 0.5
"""Sections of different headings are the same one where they share so much of their paragraphs."""


@dataclass(frozen=True)
class Old:
    """A section of the script."""

    node: MapNode
    title: str
    body: Body
    memory: tuple[str, ...]
    """The hashes of the paragraphs as they were imported."""
    heading: str
    """The hash of the heading as it was imported, "" where there is no memory."""
    remembered_at: tuple[tuple[int, int], ...]
    """Where the memory's lines stand; where they would, if there are none."""

    @property
    def names(self) -> set[str]:
        """What the section is called, and the heading that it reads by itself."""
        source = target(self.node.entries["from"][1]) if "from" in self.node.entries else None
        heading = source.entries.get("heading") if isinstance(source, MapNode) else None
        named = target(heading[1]) if heading else None
        return {key(self.title)} | ({key(named.value)} if isinstance(named, ScalarNode) else set())

    @property
    def untouched(self) -> bool:
        """Whether the section is as the import wrote it."""
        as_imported = tuple(unit.hash for unit in self.body.units) == self.memory
        plain = all(unit.plain and not _has_marks(unit) for unit in self.body.units)
        return as_imported and plain and hash_of(self.title) == self.heading and set(self.node.entries) <= _WRITTEN


_WRITTEN = {"id", "title", "text"}


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one section: `new`, `changed`, `removed` or `conflict`, and the difference to look at."""

    kind: str
    title: str
    diff: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resync:
    """The script's new text, and what was done to it."""

    text: str
    changes: tuple[Change, ...]


@dataclass(slots=True)
class _Merge:
    """One section under way."""

    edits: list[Edit] = field(default_factory=list)
    memory: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


def resync(source: str, tree: MapNode, new: Sequence[Imported], *, settle: bool = False) -> Resync:
    """The script `source` with the sections of the article brought in.

    `settle`: conflicts are taken as settled in the script's favour, and not shown again.
    """
    listed = target(tree.entries["sections"][1])
    assert isinstance(listed, ListNode)
    return _Resyncing(source, tree, listed, new).run(settle=settle)


class _Resyncing:
    """One script under way: its edits gather here."""

    def __init__(self, source: str, tree: MapNode, listed: ListNode, new: Sequence[Imported]) -> None:
        self.source, self.listed, self.new = source, listed, new
        self.olds = [_old(source, node) for node in listed.items if isinstance(node, MapNode)]
        self.pairs = _matched(self.olds, new)
        self.headings = [line for line in _LIST_LINE.finditer(source) if not _inside_scalar(tree, line.start())]
        self.edits, self.changes = list[Edit](), list[Change]()

    def run(self, *, settle: bool) -> Resync:
        for index, section in enumerate(self.new):
            if (number := self.pairs.get(index)) is not None:
                merged = _merge_section(self.source, self.olds[number], section, settle=settle)
                self.edits += merged.edits
                self.changes += _told(section.title, merged)
        known = {each for line in self.headings for each in line[1].split()}
        added = [
            index
            for index, section in enumerate(self.new)  # a known heading without a section was taken out by hand
            if index not in self.pairs and hash_of(section.title) not in known
        ]
        paired = set(self.pairs.values())
        gone = [old for place, old in enumerate(self.olds) if old.heading and place not in paired]
        if len(gone) < len(self.olds) or added:  # or no section would be left
            for old in gone:
                self._remove(old)
        self._add(added)
        self._list_headings()
        return Resync(apply(self.source, self.edits), tuple(self.changes))

    def _remove(self, old: Old) -> None:
        """Takes a section away that the source no longer has, unless a hand has been at it."""
        start = self.source.rfind("\n", 0, old.node.start) + 1
        on_own_line = self.source[start : old.node.start].strip() == "-"
        if not old.untouched or not on_own_line:
            diff = _diff([unit.shown for unit in old.body.units], ())
            self.changes.append(Change("conflict", old.title, tuple(diff)))
            return
        end = next_line(self.source, content_end(self.source, old.node))
        blank = re.compile(r"(?:[ \t]*\r?\n)*").match(self.source, end)
        self.edits.append(Edit(start, blank.end() if blank else end, ""))
        self.changes.append(Change("removed", old.title))

    def _add(self, added: Sequence[int]) -> None:
        """Puts new sections behind the section that comes before them in the source."""
        taken = {_id_of(old) for old in self.olds}
        for index in added:
            section = self.new[index]
            if self.source[self.listed.start] == "[":
                self.changes.append(Change("conflict", section.title, tuple(_diff((), section.paragraphs))))
                continue
            lines = section_lines(section, free_id(section.title, taken), indent=self.listed.column - 1)
            self.changes.append(Change("new", section.title))
            self.edits.append(self._placed(list(lines), index))

    def _placed(self, lines: Sequence[str], index: int) -> Edit:
        newline = newline_of(self.source)
        before = [place for place in self.pairs if place < index]
        if not before:
            at = self.source.rfind("\n", 0, self.listed.start) + 1
            return Edit(at, at, newline.join([*lines, "", ""]))
        above = self.olds[self.pairs[max(before)]]
        at = line_end(self.source, content_end(self.source, above.node))
        return Edit(at, at, newline * 2 + newline.join(lines))

    def _list_headings(self) -> None:
        """Brings the list of headings up to date, where the script has one."""
        hashes = [hash_of(section.title) for section in self.new]
        if not self.headings or [each for line in self.headings for each in line[1].split()] == hashes:
            return
        text = "".join(line + newline_of(self.source) for line in list_lines(hashes))
        first, *others = [(line.start(), next_line(self.source, line.end())) for line in self.headings]
        self.edits += [Edit(*first, text), *(Edit(*other, "") for other in others)]


def _old(source: str, node: MapNode) -> Old:
    title = target(node.entries["title"][1])
    body_key = next((node.entries[name][0] for name in ("text", "segments", "from") if name in node.entries), None)
    end = content_end(source, node)
    start = source.rfind("\n", 0, node.start) + 1
    found = [line for line in _MEMORY_LINE.finditer(source, start, end) if not _inside_scalar(node, line.start())]
    heading, _, hashes = " ".join(line[1] for line in found).rpartition(":")
    at = source.rfind("\n", 0, body_key.start) + 1 if body_key else start
    return Old(
        node,
        title.value.strip() if isinstance(title, ScalarNode) else "",
        body_of(source, node),
        tuple(hashes.split()),
        heading,
        tuple((line.start(), next_line(source, line.end())) for line in found) or ((at, at),),
    )


def _inside_scalar(node: Node, position: int) -> bool:
    """Whether a place lies inside a value: what looks like a comment there is text."""
    match node:
        case ScalarNode():
            return node.start <= position < node.end
        case ListNode():
            return any(_inside_scalar(item, position) for item in node.items)
        case MapNode():
            return any(_inside_scalar(value, position) for _, value in node.entries.values())
        case _:
            return False


def _matched(olds: Sequence[Old], new: Sequence[Imported]) -> dict[int, int]:
    """Index of a section of the source -> that of its section in the script."""
    pairs = dict[int, int]()
    free = dict.fromkeys(range(len(olds)))

    def pair(index: int, candidates: Sequence[int]) -> None:
        if candidates:
            hashes = set(map(hash_of, new[index].paragraphs))
            best = max(candidates, key=lambda number: len(hashes & set(olds[number].memory)))
            pairs[index] = best
            free.pop(best)

    for index, section in enumerate(new):
        pair(index, [number for number in free if olds[number].heading == hash_of(section.title)])
    for index, section in enumerate(new):
        if index not in pairs:
            hashes = set(map(hash_of, section.paragraphs))
            pair(index, [one for one in free if len(hashes & set(olds[one].memory)) > _ALIKE * len(olds[one].memory)])
    for index, section in enumerate(new):
        if index not in pairs:
            pair(index, [one for one in free if not olds[one].heading and key(section.title) in olds[one].names])
    return pairs


def _told(title: str, merged: _Merge) -> Iterator[Change]:
    """What is said of a section after its merge; nothing where only its memory was brought up to date."""
    if any(edit.text.strip() or edit.start < edit.end for edit in merged.edits if not _is_memory(edit)):
        yield Change("changed", title)
    if merged.conflicts:
        yield Change("conflict", title, tuple(merged.conflicts))


def _is_memory(edit: Edit) -> bool:
    return edit.text.lstrip().startswith(MEMORY)


def _merge_section(source: str, old: Old, new: Imported, *, settle: bool) -> _Merge:
    """What to do to one section: its paragraphs, its title, its memory."""
    merge = _Merge()
    theirs = [hash_of(text) for text in new.paragraphs]
    if old.heading:
        _merge_paragraphs(old, new, theirs, merge)
    elif [unit.hash for unit in old.body.units] == theirs:
        merge.memory = theirs
    elif old.body.units:
        merge.conflicts += _diff([unit.shown for unit in old.body.units], new.paragraphs)
    else:
        return merge  # it reads its article itself
    if old.heading and hash_of(new.title) != old.heading:
        _merge_title(old, new, merge)
    if settle and merge.conflicts:
        merge.memory, merge.conflicts = theirs, []
    if old.heading or not merge.conflicts:
        merge.edits += _memory_edits(source, old, hash_of(new.title), merge)
    return merge


def _merge_title(old: Old, new: Imported, merge: _Merge) -> None:
    """A heading that the source changed goes in, unless a hand chose another title."""
    node = old.node.entries["title"][1]
    if hash_of(old.title) == old.heading and isinstance(node, ScalarNode) and node.style not in {"|", ">"}:
        merge.edits.append(Edit(node.start, node.end, scalar(new.title)))


def _memory_edits(source: str, old: Old, heading: str, merge: _Merge) -> list[Edit]:
    """What brings the memory up to date; nothing where it is, or where there is no room for a comment."""
    if (heading, tuple(merge.memory)) == (old.heading, old.memory) or source[old.node.start] == "{":
        return []
    newline = newline_of(source)
    text = "".join(line + newline for line in memory_lines(heading, merge.memory, indent=old.node.column - 1))
    first, *others = old.remembered_at
    return [Edit(*first, text), *(Edit(*other, "") for other in others)]


def _merge_paragraphs(old: Old, new: Imported, theirs: Sequence[str], merge: _Merge) -> None:
    """Three ways: the memory against the source says what the source did, against the script what a hand did."""
    kept = _blocks(old.memory, [unit.hash for unit in old.body.units])
    for base, incoming in _chunks(old.memory, theirs):
        if [old.memory[index] for index in base] == [theirs[index] for index in incoming]:
            merge.memory += theirs[incoming.start : incoming.stop]
            continue
        edits = _chunk(old, new, base, incoming, kept)
        if edits is None:
            merge.memory += old.memory[base.start : base.stop]
            shown = [old.body.units[index].shown for index in _span(old, base, kept)]
            merge.conflicts += _diff(shown, [new.paragraphs[index] for index in incoming])
        else:
            merge.memory += theirs[incoming.start : incoming.stop]
            merge.edits += edits


def _chunks(base: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[range, range]]:
    """What the source left and what it changed, stretch by stretch; one paragraph at a time where their number stayed."""
    for tag, first, last, new_first, new_last in SequenceMatcher(None, base, theirs, autojunk=False).get_opcodes():
        if tag == "replace" and last - first == new_last - new_first:
            for step in range(last - first):
                yield range(first + step, first + step + 1), range(new_first + step, new_first + step + 1)
        else:
            yield range(first, last), range(new_first, new_last)


def _blocks(base: Sequence[str], mine: Sequence[str]) -> dict[int, int]:
    """Index of a remembered paragraph -> that of the unit which still has it."""
    matcher = SequenceMatcher(None, base, mine, autojunk=False)
    return {block.a + step: block.b + step for block in matcher.get_matching_blocks() for step in range(block.size)}


def _span(old: Old, base: range, kept: dict[int, int]) -> range:
    """The units that stand where remembered paragraphs stood, a hand's own included."""
    if base and all(index in kept for index in base) and kept[base[-1]] - kept[base[0]] == len(base) - 1:
        return range(kept[base[0]], kept[base[-1]] + 1)
    before = [kept[index] for index in kept if index < base.start]
    after = [kept[index] for index in kept if index >= base.stop]
    start = max(before, default=-1) + 1
    return range(start, max(min(after, default=len(old.body.units)), start))


def _chunk(old: Old, new: Imported, base: range, incoming: range, kept: dict[int, int]) -> list[Edit] | None:
    """The edits that bring one changed stretch in; None for a conflict."""
    span = _span(old, base, kept)
    units = [old.body.units[index] for index in span]
    texts = [new.paragraphs[index] for index in incoming]
    if [unit.shown for unit in units] == texts:
        return []  # the hand did the same
    if not base:
        place = kept[base.start - 1] + 1 if base.start - 1 in kept else kept.get(base.stop)
        return None if place is None else old.body.added(place, [escape_marks(text) for text in texts])
    if [unit.hash for unit in units] != [old.memory[index] for index in base]:
        return None
    return _replaced(old.body, span, texts)


def _replaced(body: Body, span: range, texts: Sequence[str]) -> list[Edit] | None:
    """Other texts for the units of a span, more or fewer."""
    common = min(len(span), len(texts))
    steps = [_replacement(body, index, text) for index, text in zip(span[:common], texts, strict=False)]
    if rest := span[common:]:
        loose = all(body.units[index].plain and not _has_marks(body.units[index]) for index in rest)
        steps.append(body.removed(rest) if loose else None)
    if more := texts[common:]:
        steps.append(body.added(span.start + common, [escape_marks(text) for text in more]))
    if any(step is None for step in steps):
        return None
    return [edit for step in steps for edit in step or ()]


def _has_marks(unit: Unit) -> bool:
    return unit.raw != escape_marks(unit.shown)


def _replacement(body: Body, index: int, text: str) -> list[Edit] | None:
    raw = with_marks(body.units[index], text)
    return body.replaced(index, raw) if raw is not None else None


def _diff(mine: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """The script's paragraphs against the source's, line by line."""
    before = [line for text in mine for line in (*wrapped(text, 0), "")]
    after = [line for text in theirs for line in (*wrapped(text, 0), "")]
    return list(difflib.unified_diff(before, after, "script", "source", lineterm="", n=1))


def _id_of(old: Old) -> str:
    from audioguide.text import slug

    node = target(old.node.entries["id"][1]) if "id" in old.node.entries else None
    return node.value.strip() if isinstance(node, ScalarNode) else slug(old.title)
