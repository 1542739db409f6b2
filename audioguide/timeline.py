"""When everything sounds: counted in frames from the parts that were made, turned into milliseconds once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audioguide.parts import PartFacts
from audioguide.plan import Plan, PlannedSection, Speech, Utterance
from audioguide.words import Word, carried, moved


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
    words: tuple[Word, ...] = ()
    """Those whose time is known: frames of the episode, code points of `text`."""
    pieces: tuple[Word, ...] = ()
    """Where a sentence was spoken in several pieces: when each of them sounds, in the same way."""
    language: str = ""
    """What it is spoken in, as BCP 47."""


@dataclass(frozen=True, slots=True)
class TimedSegment:
    """A spoken segment with the span of its speech."""

    speech: Speech
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """One episode in time. `powers` are K-weighted, one per quantum of the format."""

    rate_hz: int
    frames: int
    chapters: tuple[Chapter, ...]
    segments: tuple[TimedSegment, ...]
    lines: tuple[Line, ...]
    powers: NDArray[np.float64]
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


def lay_out(plan: Plan, parts: Sequence[PartFacts], *, quantum: int, rate_hz: int) -> Timeline:
    """The timeline of an episode whose parts, one a cue and in order, are these, made at `rate_hz`.

    At a close seam what is said may last a few milliseconds into what follows: it is told to end where that begins.
    """
    starts = np.concatenate([[0], np.cumsum([part.frames for part in parts])]).tolist()
    begins = [start + part.spans[0][0] for start, part in zip(starts, parts, strict=False)]
    marks: list[tuple[PlannedSection, int]] = []
    segments: list[TimedSegment] = []
    lines: list[Line] = []
    index = 0
    for section in plan.sections:
        for number, cue in enumerate(section.cues):
            start, facts = starts[index], parts[index]
            if number == 0 and section.chapter:
                marks.append((section, begins[index]))
            index += 1
            if isinstance(cue, Speech):
                latest = begins[index] if index < len(begins) else starts[-1]
                spans = [Span(start + first, min(start + last, latest)) for first, last in facts.spans]
                segments.append(TimedSegment(cue, Span(spans[0].start, spans[-1].end)))
                words = facts.words or ((),) * len(spans)
                lines += _lines(cue, spans, [moved(of_one, start, latest) for of_one in words])
    frames = starts[-1]
    return Timeline(
        rate_hz=rate_hz,
        frames=frames,
        chapters=_chapters(marks, frames),
        segments=tuple(segments),
        lines=tuple(lines),
        powers=np.concatenate([part.powers for part in parts]),
        quantum=quantum,
        true_peak_dbtp=max(part.true_peak_dbtp for part in parts),
    )


_Spoken = tuple[Utterance, Span, Sequence[Word]]


def _lines(speech: Speech, spans: Sequence[Span], words: Sequence[Sequence[Word]]) -> list[Line]:
    """One line a sentence; the pieces of a sentence that was too long for its engine are one line."""
    sentences: list[list[_Spoken]] = []
    for utterance, span, known in zip(speech.utterances, spans, words, strict=True):
        if utterance.text or not sentences:
            sentences.append([])
        sentences[-1].append((utterance, span, known))
    return [_line(speech, pieces) for pieces in sentences]


def _line(speech: Speech, pieces: Sequence[_Spoken]) -> Line:
    text = pieces[0][0].text
    said = " ".join(utterance.request.text for utterance, _, _ in pieces)
    words: list[Word] = []
    whole: list[Word] = []
    at = 0
    for utterance, span, known in pieces:
        words += (Word(word.start, word.end, at + word.first, at + word.last) for word in known) if at else known
        whole.append(Word(span.start, span.end, at, at + len(utterance.request.text)))
        at += len(utterance.request.text) + 1
    return Line(
        address=speech.address,
        voice=speech.voice,
        text=text,
        span=Span(pieces[0][1].start, pieces[-1][1].end),
        words=carried(words, said, text),
        pieces=carried(whole, said, text) if len(whole) > 1 else (),
        language=pieces[0][0].request.language,
    )


def _chapters(marks: Sequence[tuple[PlannedSection, int]], frames: int) -> tuple[Chapter, ...]:
    """The first starts at 0, whatever sounds before its speech."""
    starts = [0, *(start for _, start in marks[1:])]
    ends = [*starts[1:], frames]
    return tuple(
        Chapter(section, Span(start, end)) for (section, _), start, end in zip(marks, starts, ends, strict=False)
    )
