"""What every form of a transcript is made of: who says what from when to when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

import numpy as np

from audioguide.plan import Plan
from audioguide.timeline import Timeline
from audioguide.words import NO_WORDS, WORD_BYTES, Words

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
    words: Words = NO_WORDS
    """Those whose time is known, in milliseconds as well."""
    pieces: Words = NO_WORDS
    """What is known of longer stretches, in the same way."""


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
    voices = {segment.speech.voice for segment in timeline.segments}
    names = {voice: speaker_name(voice) if len(voices) > 1 else "" for voice in voices}
    return Transcript(
        title=shown(plan.title),
        language=plan.language,
        headings=tuple(
            Heading(chapter.section.id, shown(chapter.section.title), _ms(chapter.span.start, timeline.rate_hz))
            for chapter in timeline.chapters
        ),
        sentences=tuple(_sentences(timeline, names)),
    )


def speaker_name(voice: str) -> str:
    """A voice's name in the script as a name to show: `second_host` -> `Second host`."""
    name = shown(voice.replace("_", " ").replace("-", " ")).strip()
    return name[:1].upper() + name[1:]


def shown(text: str) -> str:
    """The text with a space in place of each character that no document may hold; no place moves."""
    return text if text.isprintable() else _UNFIT.sub(" ", text)


def _sentences(timeline: Timeline, names: Mapping[str, str]) -> Iterator[Sentence]:
    rate_hz = timeline.rate_hz
    lines = [(line, text) for line in timeline.lines() if (text := shown(line.text)).strip()]
    begins = [line.begin for line, _ in lines]
    words = _in_ms([line.words for line, _ in lines], begins, rate_hz)
    pieces = _in_ms([line.pieces for line, _ in lines], begins, rate_hz)
    for (line, text), of_words, of_pieces in zip(lines, words, pieces, strict=True):
        yield Sentence(
            address=line.address,
            speaker=names[line.voice],
            language=line.language,
            text=text,
            start_ms=_ms(line.span.start, rate_hz),
            end_ms=_ms(line.span.end, rate_hz),
            words=of_words,
            pieces=of_pieces,
        )


def _in_ms(known: Sequence[Words], begins: Sequence[int], rate_hz: int) -> Iterator[Words]:
    """Words whose times count frames from these places, each as `_ms` has it: all at once, which is a fraction of the time."""
    counts = [len(words) for words in known]
    numbers = np.frombuffer(b"".join(words.packed for words in known), np.intc).reshape(-1, 4).copy()
    frames = numbers[:, :2] + np.repeat(np.array(begins, np.int64), counts)[:, None]
    numbers[:, :2] = np.rint(frames * 1000 / rate_hz)
    packed = numbers.tobytes()
    for first, last in pairwise(accumulate(counts, initial=0)):
        yield Words(packed[WORD_BYTES * first : WORD_BYTES * last])


def _ms(frame: int, rate_hz: int) -> int:
    return round(frame * 1000 / rate_hz)
