"""When everything sounds: counted in frames from the parts that were made, turned into milliseconds once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audioguide.parts import PartFacts
from audioguide.plan import Plan, PlannedSection, Speech


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


def lay_out(plan: Plan, parts: Sequence[PartFacts], *, quantum: int) -> Timeline:
    """The timeline of an episode whose parts, one a cue and in order, are these."""
    starts = np.concatenate([[0], np.cumsum([part.frames for part in parts])])
    marks: list[tuple[PlannedSection, int]] = []
    segments: list[TimedSegment] = []
    lines: list[Line] = []
    index = 0
    for section in plan.sections:
        for number, cue in enumerate(section.cues):
            start, facts = int(starts[index]), parts[index]
            if number == 0 and section.chapter:
                marks.append((section, start + facts.spans[0][0]))
            if isinstance(cue, Speech):
                spans = [Span(start + first, start + last) for first, last in facts.spans]
                segments.append(TimedSegment(cue, Span(spans[0].start, spans[-1].end)))
                lines += _lines(cue, spans)
            index += 1
    frames = int(starts[-1])
    return Timeline(
        rate_hz=plan.output.rate_hz,
        frames=frames,
        chapters=_chapters(marks, frames),
        segments=tuple(segments),
        lines=tuple(lines),
        powers=np.concatenate([part.powers for part in parts]),
        quantum=quantum,
        true_peak_dbtp=max(part.true_peak_dbtp for part in parts),
    )


def _lines(speech: Speech, spans: Sequence[Span]) -> list[Line]:
    """One line a sentence; the pieces of a sentence that was too long for its engine are one line."""
    lines: list[Line] = []
    for utterance, span in zip(speech.utterances, spans, strict=True):
        if utterance.text or not lines:
            lines.append(Line(speech.address, speech.voice, utterance.text, span))
        else:
            before = lines[-1]
            lines[-1] = Line(before.address, before.voice, before.text, Span(before.span.start, span.end))
    return lines


def _chapters(marks: Sequence[tuple[PlannedSection, int]], frames: int) -> tuple[Chapter, ...]:
    """The first starts at 0, whatever sounds before its speech."""
    starts = [0, *(start for _, start in marks[1:])]
    ends = [*starts[1:], frames]
    return tuple(
        Chapter(section, Span(start, end)) for (section, _), start, end in zip(marks, starts, ends, strict=False)
    )
