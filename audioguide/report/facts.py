"""The numbers of a report: what people read in its tables, programs in its JSON, and what is worth a second look."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from audioguide.plan import Plan, Speech
from audioguide.record import Record
from audioguide.report.measure import Measured

LONG_SILENCE_S = 2.0
"""Silences from here on are listed."""
VERY_LONG_SILENCE_S = 5.0
"""And from here on warned of."""
CHAPTER_OFF_LU = 1.0
EPISODE_OFF_LU = 0.5
SEGMENT_OFF_LU = 3.0
PACE_OFF = 0.35
"""The share of its voice's usual pace by which a segment is slow or quick."""
FEW_WORDS = 6
"""Fewer words tell nothing of the pace."""
MANY = 5
"""How many of the slowest and quickest are named."""


@dataclass(frozen=True, slots=True)
class ChapterRow:
    """A chapter, and how far its loudness is from what was asked for."""

    title: str
    start_s: float
    end_s: float
    loudness_lufs: float
    off_lu: float
    music: str | None


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A spoken segment."""

    address: str
    voice: str
    text: str
    start_s: float
    end_s: float
    loudness_lufs: float
    true_peak_dbtp: float | None
    """None where the build's own measurement is lost."""
    words_per_min: float | None
    """None where it has too few words."""
    source: str | None
    """What the last build did for it, `spoken` or `reused`; None where that is not known."""
    line: int | None
    """Where it is written; None where the script has changed."""

    @property
    def duration_s(self) -> float:
        """From the start of its speech to the end."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class SpeakerRow:
    """A voice of the script: what speaks it, and how much."""

    voice: str
    engine: str | None
    name: str | None
    """The engine's own name of the voice."""
    language: str | None
    segments: int
    speech_s: float
    words_per_min: float | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a report says."""

    chapters: tuple[ChapterRow, ...]
    segments: tuple[SegmentRow, ...]
    speakers: tuple[SpeakerRow, ...]
    silences: tuple[tuple[float, float], ...]
    loudness_lufs: float
    true_peak_dbtp: float
    warnings: tuple[str, ...]

    def by_pace(self) -> list[SegmentRow]:
        """Every segment whose pace is known, the slowest first."""
        return sorted((row for row in self.segments if row.words_per_min), key=lambda row: row.words_per_min or 0)


def gather(
    plan: Plan, episode: Mapping[str, Any], measured: Measured, record: Record, sources: Mapping[str, str]
) -> Facts:
    """The facts of a built episode. `plan` is that of its script as it is now, which may have changed since.

    `sources`: what the build did for each address, where that is known.
    """
    speeches = {speech.address: speech for speech in plan.speeches()}
    peaks = _Peaks(record, plan.output.rate_hz)
    segments = tuple(
        _segment(one, measured, speeches.get(one["address"]), peaks, sources) for one in episode["segments"]
    )
    found = Facts(
        chapters=tuple(_chapters(plan, episode, measured)),
        segments=segments,
        speakers=tuple(_speakers(segments, speeches)),
        silences=tuple(measured.silences(at_least_s=LONG_SILENCE_S)),
        loudness_lufs=measured.loudness_lufs(0, measured.duration_s),
        true_peak_dbtp=episode["true_peak_dbtp"],
        warnings=(),
    )
    return replace(found, warnings=tuple(_warnings(plan, found, speeches)))


class _Peaks:
    """The true peak of each part, as the build measured it, by time."""

    def __init__(self, record: Record, rate_hz: int) -> None:
        self._parts: list[tuple[float, float]] = []
        at = 0
        for place in record.places.values():
            at += place.facts.frames
            self._parts.append((at / rate_hz, place.facts.true_peak_dbtp))

    def at(self, time_s: float) -> float | None:
        """Of the part that sounds then."""
        from bisect import bisect_right

        index = bisect_right(self._parts, (time_s, math.inf))
        return self._parts[index][1] if index < len(self._parts) else None


def _segment(
    one: Mapping[str, Any], measured: Measured, speech: Speech | None, peaks: _Peaks, sources: Mapping[str, str]
) -> SegmentRow:
    duration_s, words = one["end_s"] - one["start_s"], len(one["text"].split())
    return SegmentRow(
        address=one["address"],
        voice=one["voice"],
        text=one["text"],
        start_s=one["start_s"],
        end_s=one["end_s"],
        loudness_lufs=measured.loudness_lufs(one["start_s"], one["end_s"]),
        true_peak_dbtp=peaks.at(one["start_s"]),
        words_per_min=words * 60 / duration_s if words >= FEW_WORDS and duration_s > 0 else None,
        source=sources.get(one["address"]),
        line=speech.line if speech and speech.text == one["text"] else None,
    )


def _chapters(plan: Plan, episode: Mapping[str, Any], measured: Measured) -> Iterator[ChapterRow]:
    beds = {section.id: section.bed.name for section in plan.sections if section.bed}
    for chapter in episode["chapters"]:
        lufs = measured.loudness_lufs(chapter["start_s"], chapter["end_s"])
        off_lu = lufs - plan.output.loudness_lufs
        music = beds.get(chapter["id"])
        yield ChapterRow(chapter["title"], chapter["start_s"], chapter["end_s"], lufs, off_lu, music)


def _speakers(segments: Sequence[SegmentRow], speeches: Mapping[str, Speech]) -> Iterator[SpeakerRow]:
    """In the order in which they are first heard."""
    for voice in dict.fromkeys(row.voice for row in segments):
        own = [row for row in segments if row.voice == voice]
        speech_s = sum(row.duration_s for row in own)
        words = sum(len(row.text.split()) for row in own)
        speech = next((speeches[row.address] for row in own if row.address in speeches), None)
        utterance = speech.utterances[0] if speech and speech.voice == voice else None
        yield SpeakerRow(
            voice=voice,
            engine=utterance.engine if utterance else None,
            name=utterance.request.voice if utterance else None,
            language=utterance.request.language if utterance else None,
            segments=len(own),
            speech_s=speech_s,
            words_per_min=words * 60 / speech_s if speech_s else None,
        )


# -- warnings ----------------------------------------------------------------------------------------------------------


def _warnings(plan: Plan, facts: Facts, speeches: Mapping[str, Speech]) -> Iterator[str]:
    built = {row.address: row.text for row in facts.segments}
    if built != {address: speech.text for address, speech in speeches.items()}:
        yield f"The script has changed since this was built: audioguide build {plan.loaded.path}"
    yield from _loudness_warnings(plan, facts, speeches)
    for start_s, end_s in facts.silences:
        if end_s - start_s >= VERY_LONG_SILENCE_S:
            yield f"Nothing sounds for {end_s - start_s:.1f} s from {clock(start_s)} on."
    yield from _pace_warnings(facts.segments)


def _loudness_warnings(plan: Plan, facts: Facts, speeches: Mapping[str, Speech]) -> Iterator[str]:
    target = plan.output.loudness_lufs
    gains = any(speech.gain_db for speech in speeches.values())
    if abs(facts.loudness_lufs - target) > EPISODE_OFF_LU and not gains:
        yield f"The episode is at {facts.loudness_lufs:.1f} LUFS; {target:g} LUFS was asked for."
    if facts.true_peak_dbtp > plan.output.true_peak_dbtp:
        yield f"Peaks reach {facts.true_peak_dbtp:.1f} dBTP; at most {plan.output.true_peak_dbtp:g} dBTP was asked for."
    for chapter in facts.chapters:
        if abs(chapter.off_lu) > CHAPTER_OFF_LU:
            how = "louder" if chapter.off_lu > 0 else "quieter"
            yield f"“{chapter.title}” is {abs(chapter.off_lu):.1f} LU {how} than the target."
    for row in facts.segments:
        own_db = speeches[row.address].gain_db if row.address in speeches else 0.0
        off_lu = row.loudness_lufs - target - own_db
        if row.words_per_min and abs(off_lu) > SEGMENT_OFF_LU and math.isfinite(off_lu):
            yield f"{row.address} is {abs(off_lu):.1f} LU {'louder' if off_lu > 0 else 'quieter'} than its voice should be."


def _pace_warnings(segments: Sequence[SegmentRow]) -> Iterator[str]:
    """Segments far from what is usual for their voice: a word that an engine spells out, a sentence that it cut off."""
    for voice in dict.fromkeys(row.voice for row in segments):
        own = [(row, row.words_per_min) for row in segments if row.voice == voice and row.words_per_min]
        usual = statistics.median(pace for _, pace in own) if own else 0.0
        for row, pace in own:
            if abs(pace / usual - 1) > PACE_OFF:
                how = "slow" if pace < usual else "quick"
                yield f"{row.address} is {how}: {pace:.0f} words a minute, where {voice} usually says {usual:.0f}."


def clock(seconds: float) -> str:
    """Seconds as `2:05`, from an hour on as `1:02:05`."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
