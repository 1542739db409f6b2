"""A sentence -> cues that fit a screen: cut where it breathes, timed by its words."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from math import inf
from operator import attrgetter, sub
from typing import Final

from audioguide.transcript.model import Sentence

MIN_CUE_MS = 300
"""Where the words' times would make a cue shorter than this, letters decide when its sentence is cut."""

_WORD: Final = re.compile(r"\S+")
_CLOSING: Final = r".,;:!?…%)\]}»”’\"'。、，；：！？）」』】〉》"
_UNSPACED: Final = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Letters of scripts that put no space between words: Thai to Khmer, kana, ideographs."""
_GLUE: Final = frozenset("\u200d\ufe0e\ufe0f")

_ENDS: Final = {
    **dict.fromkeys(".!?…。！？", 0.8),
    **dict.fromkeys(";:—–；：", 0.7),
    **dict.fromkeys(",)，、）", 0.5),
}
"""How good it is to end a row or a cue after a character, against how far that is from an even share."""
_SHORT_WORD: Final = -0.25
"""Little words lean on what follows: an article, a preposition."""
_AFTER_NAME: Final = -2.0
"""A name stands before what is said, not by itself."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What fits a cue: two rows of `width` characters, as they are written to the file by `escape`."""

    width: int
    escape: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown at a time: one or two rows, and whose words they are."""

    start_ms: int
    end_ms: int
    rows: tuple[str, ...]


Span = tuple[int, int]


def cues_of(sentence: Sentence, shape: Shape, *, name: str = "", lead: int = 0) -> list[Cue]:
    """The cues of a sentence, in order: each ends where the next begins, and together they last as long as it does.

    `name` is shown before what is said; `lead` columns of every cue's first row are taken by something else.
    """
    text = name + sentence.text
    columns = len(shape.escape(text))
    if columns <= shape.width - lead:
        return [Cue(sentence.start_ms, sentence.end_ms, (text.strip(),))]
    width = shape.width - lead
    if columns == len(text) and _is_plain(text, width):
        cut = _PlainLayout(text, shape, lead, named=len(name)).cues()
    else:
        cut = _Layout(text, shape, lead, named=len(name)).cues()
    times = _times(sentence, [max(0, rows[0][0] - len(name)) for rows in cut])
    return [
        Cue(start, end, tuple([text[first:last] for first, last in rows]))
        for rows, (start, end) in zip(cut, pairwise(times), strict=True)
    ]


def _is_plain(text: str, width: int) -> bool:
    """Whether a text is words that are no longer than this, and one space between any two."""
    words = text.split()
    spaced = text.isascii() or not _unspaced().search(text)
    return spaced and " ".join(words) == text and len(max(words, key=len)) <= width


class _PlainLayout:
    """What _Layout does, for a plain text, in a third of the time: ten hours have thousands. A row ends before a space."""

    def __init__(self, text: str, shape: Shape, lead: int, named: int) -> None:
        self.text = text
        self.width = shape.width
        self.first_width = shape.width - lead
        self.named = named

    def cues(self) -> list[list[Span]]:
        """Rows of every cue as spans of the text: as few cues as can be, cut at the best places that leaves."""
        nearest = self._nearest_ends()
        cues: list[list[Span]] = []
        start = 0
        while nearest:
            row = self._row_end(start, self.first_width)
            reach = self._row_end(row + 1, self.width) if row < len(self.text) else row
            even = (len(self.text) - start) / len(nearest)
            end = self._best(start, nearest.pop(), reach, even=even)
            cues.append([(start, end)] if end <= row else self._rows(start, end, row))
            start = end + 1
        return cues

    def _nearest_ends(self) -> list[int]:
        """Where each cue must end at least, so that those after it hold the rest; that of the last cue comes first."""
        width, first_width, find = self.width, self.first_width, self.text.find
        ends, end = [], len(self.text)
        while end > 0:
            ends.append(end)
            space = find(" ", end - width - 1) if end > width else 0
            end = find(" ", space - first_width - 1) if space > first_width else 0
        return ends

    def _row_end(self, start: int, width: int) -> int:
        """Where a row ends at the latest that begins here."""
        end = start + width
        return self.text.rfind(" ", start, end + 1) if end < len(self.text) else len(self.text)

    def _rows(self, start: int, end: int, furthest: int) -> list[Span]:
        """The two rows of a cue; the first ends at `furthest` at the latest."""
        nearest = self.text.find(" ", max(start, end - self.width - 1))
        middle = self._best(start, nearest, furthest, even=(end - start) / 2)
        return [(start, middle), (middle + 1, end)]

    def _best(self, start: int, nearest: int, furthest: int, *, even: float) -> int:
        """Of the ends from one to the other, the one to end a row or a cue at; `even` is how long that should be."""
        if nearest == furthest:
            return nearest
        end = self.text.rfind(" ", 0, nearest)
        best, highest = nearest, -inf
        for word in self.text[end + 1 : furthest].split(" "):
            end += 1 + len(word)
            strength = _strength(word) if end > self.named else _AFTER_NAME
            score = strength - abs(end - start - even) / even
            if score > highest:
                best, highest = end, score
        return best


@lru_cache(maxsize=4096)
def _strength(word: str) -> float:
    """How good it is to end a row or a cue after a word."""
    return _ENDS.get(word.rstrip("\"'”’»")[-1:], _SHORT_WORD if len(word) <= 3 else 0.0)


class _Layout:
    """One sentence on its way into rows. Units are what is never parted: words, or characters where no spaces are."""

    def __init__(self, text: str, shape: Shape, lead: int, named: int) -> None:
        self.text = text
        self.width = shape.width
        self.named = named
        columns = _columns(text, shape.escape)
        self.units = _units(text, columns, shape.width - lead)
        self.starts = [columns[first] for first, _ in self.units]
        self.ends = [columns[last] for _, last in self.units]
        self.first_row_ends = self._row_ends(shape.width - lead)
        later = self._row_ends(shape.width) if lead else self.first_row_ends
        self.reach = [later[last + 1] if last + 1 < len(later) else last for last in self.first_row_ends]
        """The last unit of a cue that begins with this one."""

    def cues(self) -> list[list[Span]]:
        """Rows of every cue as spans of the text: as few cues as can be, cut at the best places that leaves."""
        count = len(self.units)
        reach = self.reach
        needed = [0] * (count + 1)
        for unit in range(count - 1, -1, -1):
            needed[unit] = 1 + needed[reach[unit] + 1]
        cues: list[list[Span]] = []
        unit = 0
        while unit < count:
            after = needed[unit] - 1
            fits = [last for last in range(unit, reach[unit] + 1) if needed[last + 1] <= after]
            last = self._best(unit, fits, share=after + 1)
            cues.append(self._rows(unit, last))
            unit = last + 1
        return cues

    def _row_ends(self, width: int) -> list[int]:
        """For every unit the last one of a row that begins with it."""
        return [bisect_right(self.ends, start + width) - 1 for start in self.starts]

    def _rows(self, unit: int, last: int) -> list[Span]:
        furthest = self.first_row_ends[unit]
        if last <= furthest:
            return [(self.units[unit][0], self.units[last][1])]
        fits = [end for end in range(unit, furthest + 1) if self.ends[last] - self.starts[end + 1] <= self.width]
        end = self._best(unit, fits, share=2, last=last)
        return [(self.units[unit][0], self.units[end][1]), (self.units[end + 1][0], self.units[last][1])]

    def _best(self, unit: int, fits: Sequence[int], *, share: int, last: int = -1) -> int:
        """Of the units that may be the last one of a part, the one to end it after; `share` parts go up to `last`."""
        if len(fits) == 1:
            return fits[0]
        begin = self.starts[unit]
        even = max(1, (self.ends[last] - begin) / share)
        return max(fits, key=lambda end: self._strength(end) - abs(self.ends[end] - begin - even) / even)

    def _strength(self, unit: int) -> float:
        first, last = self.units[unit]
        return _AFTER_NAME if last <= self.named else _strength(self.text[first:last])


def _columns(text: str, escape: Callable[[str], str]) -> Sequence[int]:
    """Where every character stands once it is escaped, and where the text ends."""
    if len(escape(text)) == len(text):
        return range(len(text) + 1)
    return list(accumulate((len(escape(char)) for char in text), initial=0))


def _units(text: str, columns: Sequence[int], width: int) -> list[Span]:
    words = [match.span() for match in _WORD.finditer(text)]
    spaced = text.isascii() or not _unspaced().search(text)
    if spaced and all(columns[last] - columns[first] <= width for first, last in words):
        return words
    units: list[Span] = []
    for first, last in words:
        if columns[last] - columns[first] <= width and (spaced or not _unspaced().search(text, first, last)):
            units.append((first, last))
        else:
            units += _atoms(text, columns, (first, last), width)
    return units


@lru_cache(maxsize=1)
def _unspaced() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}]")


@lru_cache(maxsize=64)
def _atom(width: int) -> re.Pattern[str]:
    return re.compile(rf"(?:(?:(?![{_UNSPACED}])\w){{1,{width}}}|.)[{_CLOSING}]*")


def _atoms(text: str, columns: Sequence[int], span: Span, width: int) -> list[Span]:
    """What a word that is longer than a row, or holds several words without spaces, may be parted into."""
    atoms: list[Span] = []
    for match in _atom(width).finditer(text, *span):
        first, last = match.span()
        if atoms and _leans(text[first]) and columns[last] - columns[atoms[-1][0]] <= width:
            atoms[-1] = (atoms[-1][0], last)
        elif columns[last] - columns[first] <= width:
            atoms.append((first, last))
        else:
            atoms += ((place, place + 1) for place in range(first, last))
    return atoms


def _leans(char: str) -> bool:
    """The character is drawn onto the one before it."""
    return char in _GLUE or unicodedata.category(char)[0] == "M"


def _times(sentence: Sentence, places: Sequence[int]) -> list[int]:
    """When each of these places in the text is reached, the first at its start; and when it ends."""
    if len(places) == 1:
        return [sentence.start_ms, sentence.end_ms]
    times = _timed(sentence, *_known(sentence), places)
    if min(map(sub, times[1:], times)) >= MIN_CUE_MS:
        return times
    return _timed(sentence, (), (), places)


def _known(sentence: Sentence) -> tuple[Sequence[int], Sequence[int]]:
    """The places whose time is known, in order, and their times."""
    if sentence.pieces:
        known = sorted((*sentence.pieces, *sentence.words), key=attrgetter("first"))
        return [word.first for word in known], [word.start for word in known]
    numbers = sentence.words.numbers
    return numbers[2::4], numbers[::4]


def _timed(sentence: Sentence, known: Sequence[int], starts: Sequence[int], places: Sequence[int]) -> list[int]:
    reached = [_reached(sentence, known, starts, place) for place in places[1:]]
    return [sentence.start_ms, *reached, sentence.end_ms]


def _reached(sentence: Sentence, known: Sequence[int], starts: Sequence[int], place: int) -> int:
    """When a place is reached: at the start of the word that is there, else by letters between the two around it."""
    after = bisect_right(known, place)
    first, start = (known[after - 1], starts[after - 1]) if after else (0, sentence.start_ms)
    last, end = (known[after], starts[after]) if after < len(known) else (len(sentence.text), sentence.end_ms)
    return start + round((end - start) * (place - first) / (last - first))
