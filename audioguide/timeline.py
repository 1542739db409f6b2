"""When everything sounds: counted in frames from the parts that were made, turned into milliseconds once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from audioguide.parts import PartFacts
from audioguide.plan import Plan, PlannedSection, Speech, Utterance
from audioguide.words import NO_WORDS, Word, Words, carried, moved


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end`, in frames from the start of the episode."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section with a mark. Chapters tile the episode: each ends where the next begins."""

    section: PlannedSection
    span: Span


@dataclass(frozen=True, slots=True)
class Line:
    """What a transcript shows at one time: a sentence as it is written."""

    address: str
    voice: str
    text: str
    span: Span
    """From the start of its speech to the end of it."""
    language: str
    """What it is spoken in, as BCP 47."""
    begin: int
    """The frame that `words` and `pieces` count from."""
    words: Words
    """Those whose time is known, with code points of `text`."""
    pieces: Words
    """Where a sentence was spoken in several pieces: when each of them sounds, in the same way."""


@dataclass(frozen=True, slots=True)
class TimedSegment:
    """A spoken segment with the span of its speech."""

    speech: Speech
    span: Span
    begin: int
    """The frame where its part begins."""
    facts: PartFacts


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """One episode in time. `powers` are K-weighted, one per quantum of the format."""

    rate_hz: int
    frames: int
    chapters: tuple[Chapter, ...]
    segments: tuple[TimedSegment, ...]
    powers: NDArray[np.float32]
    quantum: int
    true_peak_dbtp: float

    def seconds(self, frame: int) -> float:
        """A place in the episode in seconds, rounded to the millisecond."""
        return round(frame / self.rate_hz, 3)

    def loudness_lufs(self, span: Span | None = None) -> float:
        """The integrated loudness of the episode, or of a stretch of it."""
        from audioguide.loudness import integrated_lufs

        powers = self.powers[span.start // self.quantum : -(-span.end // self.quantum)] if span else self.powers
        return integrated_lufs(powers, block_s=self.quantum / self.rate_hz)

    def lines(self) -> Iterator[Line]:
        """Every line, made as it is asked for: ten hours have thousands."""
        for segment in self.segments:
            yield from _lines(segment)


def lay_out(plan: Plan, parts: Sequence[PartFacts], *, quantum: int, rate_hz: int) -> Timeline:
    """The timeline of an episode whose parts, one a cue and in order, are these, made at `rate_hz`.

    At a close seam what is said may last a few milliseconds into what follows: it is told to end where that begins.
    """
    starts = list(accumulate((part.frames for part in parts), initial=0))
    begins = [start + part.spans[0][0] for start, part in zip(starts, parts, strict=False)]
    marks: list[tuple[PlannedSection, int]] = []
    segments: list[TimedSegment] = []
    index = 0
    for section in plan.sections:
        for number, cue in enumerate(section.cues):
            start, facts = starts[index], parts[index]
            if number == 0 and section.chapter:
                marks.append((section, begins[index]))
            index += 1
            if isinstance(cue, Speech):
                latest = begins[index] if index < len(begins) else starts[-1]
                facts = _ending_by(latest - start, facts)
                span = Span(start + facts.spans[0][0], start + facts.spans[-1][1])
                segments.append(TimedSegment(cue, span, start, facts))
    frames = starts[-1]
    return Timeline(
        rate_hz=rate_hz,
        frames=frames,
        chapters=_chapters(marks, frames),
        segments=tuple(segments),
        powers=np.concatenate([part.powers for part in parts]),
        quantum=quantum,
        true_peak_dbtp=max(part.true_peak_dbtp for part in parts),
    )


def _ending_by(frames: int, facts: PartFacts) -> PartFacts:
    """The part as it is told where something else begins after so many frames."""
    if facts.spans[-1][1] <= frames:
        return facts
    spans = tuple((first, min(last, frames)) for first, last in facts.spans)
    return replace(facts, spans=spans, words=tuple(moved(words, 0, frames) for words in facts.words))


_Spoken = tuple[Utterance, tuple[int, int], Words]
"""An utterance, and from where to where in its part it sounds."""


def _lines(segment: TimedSegment) -> list[Line]:
    """One line a sentence; the pieces of a sentence that was too long for its engine are one line."""
    facts = segment.facts
    sentences: list[list[_Spoken]] = []
    words = facts.words or (NO_WORDS,) * len(facts.spans)
    for spoken in zip(segment.speech.utterances, facts.spans, words, strict=True):
        if spoken[0].text or not sentences:
            sentences.append([])
        sentences[-1].append(spoken)
    return [_line(segment, pieces) for pieces in sentences]


def _line(segment: TimedSegment, pieces: Sequence[_Spoken]) -> Line:
    first, begin = pieces[0][0], segment.begin
    if len(pieces) == 1:
        words, whole = _carried(pieces[0][2], first.request.text, first.text), NO_WORDS
    else:
        words, whole = _joined(pieces)
    return Line(
        address=segment.speech.address,
        voice=segment.speech.voice,
        text=first.text,
        span=Span(begin + pieces[0][1][0], begin + pieces[-1][1][1]),
        language=first.request.language,
        begin=begin,
        words=words,
        pieces=whole,
    )


def _carried(words: Words, said: str, written: str) -> Words:
    return words if said == written else Words.of(carried(tuple(words), said, written))


def _joined(pieces: Sequence[_Spoken]) -> tuple[Words, Words]:
    """The words of a sentence of several pieces, and these pieces."""
    words: list[Word] = []
    whole: list[Word] = []
    at = 0
    for utterance, span, known in pieces:
        words += (Word(word.start, word.end, at + word.first, at + word.last) for word in known)
        whole.append(Word(*span, at, at + len(utterance.request.text)))
        at += len(utterance.request.text) + 1
    said = " ".join(utterance.request.text for utterance, _, _ in pieces)
    return _carried(Words.of(words), said, pieces[0][0].text), _carried(Words.of(whole), said, pieces[0][0].text)


def _chapters(marks: Sequence[tuple[PlannedSection, int]], frames: int) -> tuple[Chapter, ...]:
    """The first starts at 0, whatever sounds before its speech."""
    starts = [0, *(start for _, start in marks[1:])]
    ends = [*starts[1:], frames]
    return tuple(
        Chapter(section, Span(start, end)) for (section, _), start, end in zip(marks, starts, ends, strict=False)
    )
