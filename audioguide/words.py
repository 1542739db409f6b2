"""When each word sounds, from the engine's clip to the text as it is written."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple

from audioguide.text.matching import matches

_NUMBER: Final = "i"
WORD_BYTES = 16
"""What a word takes in Words."""


@dataclass(frozen=True, slots=True)
class WordTiming:
    """When a word sounds, counted from the start of the clip; the span counts code points of the request's text."""

    start_ms: int
    end_ms: int
    span: tuple[int, int]


class Word(NamedTuple):
    """A word, or a few that have one time together: `start` and `end` in frames, `first` to `last` its code points."""

    start: int
    end: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Words:
    """The words of an utterance or of a sentence, in order. Kept as numbers: ten hours have more than 100,000 words."""

    packed: bytes = b""
    """The four numbers of each Word, 32 bits each."""

    @classmethod
    def of(cls, words: Iterable[Word]) -> Words:
        """These words."""
        return cls.of_numbers(chain.from_iterable(words))

    @classmethod
    def of_numbers(cls, numbers: Iterable[int]) -> Words:
        """The words of which these are the numbers, four each."""
        return cls(array(_NUMBER, numbers).tobytes())

    @property
    def numbers(self) -> memoryview[int]:
        """The four numbers of each word, one word after the other."""
        return memoryview(self.packed).cast(_NUMBER)

    def __len__(self) -> int:
        """How many words there are."""
        return len(self.packed) // WORD_BYTES

    def __iter__(self) -> Iterator[Word]:
        """Each word."""
        return map(Word._make, zip(*[iter(self.numbers)] * 4, strict=True))


NO_WORDS = Words()


def from_onset(timings: Iterable[WordTiming], *, onset_ms: float, rate_hz: int) -> tuple[Word, ...]:
    """An engine's words, counted in frames from the first speech of its clip, which lies at `onset_ms`."""
    return tuple(
        Word(
            round((word.start_ms - onset_ms) * rate_hz / 1000),
            round((word.end_ms - onset_ms) * rate_hz / 1000),
            *word.span,
        )
        for word in timings
    )


def moved(words: Iterable[Word], start: int, end: int) -> Words:
    """Words counted from `start`, held between `start` and `end`; what has no time left there is left out."""
    placed = []
    for word in words:
        begin, stop = max(start, start + word.start), min(end, start + word.end)
        if begin < stop:
            placed.append(Word(begin, stop, word.first, word.last))
    return Words.of(placed)


def carried(words: Sequence[Word], said: str, written: str) -> tuple[Word, ...]:
    """The words of a text as it is said, as words of the text as it is written.

    Words that were expanded share their time, as those do that had one time before.
    """
    if said == written or not words:
        return tuple(words)
    result: list[Word] = []
    at, last_used = 0, -1
    count, firsts, lasts = len(words), [word.first for word in words], [word.last for word in words]
    for (first, last), (begin, stop) in matches(said, written):
        while at < count and lasts[at] <= first:
            at += 1
        after = at
        while after < count and firsts[after] < last:
            after += 1
        if after == at:
            continue
        if at == last_used:
            result[-1] = Word(result[-1].start, words[after - 1].end, result[-1].first, stop)
        else:
            result.append(Word(words[at].start, words[after - 1].end, begin, stop))
        last_used = after - 1
    return tuple(result)
