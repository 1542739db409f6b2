"""What every form of a transcript is made of: who says what from when to when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from audioguide.plan import Plan
from audioguide.timeline import Line, Timeline
from audioguide.words import Word

_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it is shown, timed from the start of the episode."""

    address: str
    speaker: str
    """Empty where the episode has one voice."""
    language: str
    text: str
    start_ms: int
    end_ms: int
    words: tuple[Word, ...] = ()
    """Those whose time is known, in frames."""
    pieces: tuple[Word, ...] = ()
    """What is known of longer stretches, in the same way."""
    rate_hz: int = 1000

    def ms(self, frame: int) -> int:
        """When a frame is heard."""
        return _ms(frame, self.rate_hz)


@dataclass(frozen=True, slots=True)
class Heading:
    """A chapter's title and when it begins."""

    id: str
    title: str
    start_ms: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """An episode as text."""

    title: str
    language: str
    headings: tuple[Heading, ...]
    sentences: tuple[Sentence, ...]


def transcript_of(plan: Plan, timeline: Timeline) -> Transcript:
    """The transcript of a timeline. Speakers are named where there are several."""
    voices = {line.voice for line in timeline.lines}
    names = {voice: speaker_name(voice) if len(voices) > 1 else "" for voice in voices}
    return Transcript(
        title=shown(plan.title),
        language=plan.language,
        headings=tuple(
            Heading(chapter.section.id, shown(chapter.section.title), _ms(chapter.span.start, timeline.rate_hz))
            for chapter in timeline.chapters
        ),
        sentences=tuple(
            sentence
            for line in timeline.lines
            if (sentence := _sentence(line, names[line.voice], timeline.rate_hz)).text.strip()
        ),
    )


def speaker_name(voice: str) -> str:
    """A voice's name in the script as a name to show: `second_host` -> `Second host`."""
    name = shown(voice.replace("_", " ").replace("-", " ")).strip()
    return name[:1].upper() + name[1:]


def shown(text: str) -> str:
    """The text with a space in place of each character that no document may hold; no place moves."""
    return _UNFIT.sub(" ", text)


def _sentence(line: Line, speaker: str, rate_hz: int) -> Sentence:
    return Sentence(
        address=line.address,
        speaker=speaker,
        language=line.language,
        text=shown(line.text),
        start_ms=_ms(line.span.start, rate_hz),
        end_ms=_ms(line.span.end, rate_hz),
        words=line.words,
        pieces=line.pieces,
        rate_hz=rate_hz,
    )


def _ms(frame: int, rate_hz: int) -> int:
    return round(frame * 1000 / rate_hz)
