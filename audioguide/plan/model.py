"""What a plan is made of: cues in order, each with everything decided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, chain, pairwise
from pathlib import Path

from audioguide.engines import SpeechRequest
from audioguide.script.load import LoadedScript
from audioguide.script.model import Script

LETTERS_PER_S = 18.5
"""How fast hibari speaks at speed 1.0, spaces counted (measured over 28 sentences)."""
LETTERS_PER_SYLLABLE = 3
"""A Chinese character, a kana or a Korean block takes about as long as so many letters."""
_SYLLABLES = "[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
"""Compiled where a text needs it: that takes some milliseconds."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What an engine speaks in one request: a sentence, or a piece of one that is too long for the engine."""

    text: str
    """As written: what a transcript shows. Empty for the further pieces of a sentence."""
    engine: str
    request: SpeechRequest
    key: str
    """The store's key of its sound."""
    pause_ms: int
    """Silence between this utterance and the next of its segment."""
    stretch: float = 1.0
    """How much faster its sound is played, at the same pitch: the speed of a voice whose engine has none."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A segment that is spoken."""

    address: str
    section: str
    voice: str
    text: str
    gain_db: float
    utterances: tuple[Utterance, ...]
    pause_ms: int
    line: int


@dataclass(frozen=True, slots=True)
class Playback:
    """A sound file that is played by itself."""

    address: str
    path: Path
    gain_db: float
    pause_ms: int
    line: int


Cue = Speech | Playback


@dataclass(frozen=True, slots=True)
class Bed:
    """Music under speech, with every default resolved."""

    name: str
    path: Path
    gain_db: float
    fade_in_ms: int
    fade_out_ms: int
    duck_db: float
    attack_ms: int
    release_ms: int


@dataclass(frozen=True, slots=True)
class Track:
    """Cues that make one stretch of sound, and the silence before the first."""

    lead_in_ms: int
    cues: tuple[Cue, ...]
    cuts: frozenset[int] = frozenset()
    """The places of cues after which it is cut, to make files of their own of what lies between."""


@dataclass(frozen=True, slots=True)
class PlannedSection:
    """A section with its cues; `chapter` false: it carries no mark."""

    id: str
    title: str
    chapter: bool
    cues: tuple[Cue, ...]
    bed: Bed | None
    image: Path | None
    link: str | None
    location: tuple[str, str] | None
    stop: int | None = None
    """Its number where it is a stop of a guide."""
    more: Track | None = None
    """A stop's extra track, which is no part of the episode."""


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """The files that are made, every default resolved."""

    formats: tuple[str, ...]
    bitrate_kbps: int | None
    """None: each format's own."""
    rate_hz: int
    channels: int
    loudness_lufs: float
    true_peak_dbtp: float


@dataclass(frozen=True)
class Plan:
    """An episode, ready to be spoken. `draft`: voices were overridden; it never replaces the episode."""

    loaded: LoadedScript
    id: str
    title: str
    language: str
    sections: tuple[PlannedSection, ...]
    output: OutputPlan
    draft: bool
    lead_in_ms: int
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    """Voices whose engines are not available -> the voice that speaks in the place of each, in the whole episode."""

    @property
    def script(self) -> Script:
        """The script that it was made of."""
        return self.loaded.script

    @cached_property
    def utterances(self) -> dict[str, Utterance]:
        """Each different utterance once, by the key of its sound, in the order of the episode."""
        return {utterance.key: utterance for speech in self.every_speech() for utterance in speech.utterances}

    def cues(self) -> Iterator[Cue]:
        """Every cue of the episode, in order."""
        for section in self.sections:
            yield from section.cues

    def tracks(self) -> Iterator[Track]:
        """What is made: the episode, then the stops' extra tracks."""
        yield Track(self.lead_in_ms, tuple(self.cues()), frozenset(self._cuts()))
        yield from (section.more for section in self.sections if section.more)

    def _cuts(self) -> Iterator[int]:
        """The places of the episode's cues after which a stop begins or has ended."""
        ends = accumulate(len(section.cues) for section in self.sections)
        for (section, following), end in zip(pairwise(self.sections), ends, strict=False):
            if section.stop is not None or following.stop is not None:
                yield end - 1

    def every_cue(self) -> Iterator[Cue]:
        """Every cue that is made, in the order of the tracks."""
        return chain.from_iterable(track.cues for track in self.tracks())

    def speeches(self) -> Iterator[Speech]:
        """Every spoken segment of the episode, in order."""
        return (cue for cue in self.cues() if isinstance(cue, Speech))

    def every_speech(self) -> Iterator[Speech]:
        """Every spoken segment, those of the extra tracks last."""
        return (cue for cue in self.every_cue() if isinstance(cue, Speech))

    def stops(self) -> Iterator[PlannedSection]:
        """The sections that are stops, in order."""
        return (section for section in self.sections if section.stop is not None)

    @property
    def kind(self) -> str:
        """What it is: an episode, or a guide whose sections are stops."""
        return self.script.episode.kind or "episode"

    def speech_s(self) -> float:
        """How long the speech will last, as far as can be said before it is spoken."""
        return sum(predicted_s(utterance) for speech in self.speeches() for utterance in speech.utterances)

    def duration_s(self) -> float:
        """How long the episode will be, as far as can be said before it is spoken; sounds are not counted."""
        return lasting_s(self.cues())


def lasting_s(cues: Iterable[Cue]) -> float:
    """How long cues will last, pauses included, as far as can be said before they are spoken; sounds are not counted."""
    speeches = [cue for cue in cues if isinstance(cue, Speech)]
    pauses = sum(sum(u.pause_ms for u in speech.utterances[:-1]) + speech.pause_ms for speech in speeches)
    return sum(predicted_s(utterance) for speech in speeches for utterance in speech.utterances) + pauses / 1000


def predicted_s(utterance: Utterance) -> float:
    """How long an utterance will last, from its letters and the voice's pace."""
    text = utterance.request.text
    letters = len(text) + (0 if text.isascii() else len(re.findall(_SYLLABLES, text)) * (LETTERS_PER_SYLLABLE - 1))
    return letters / LETTERS_PER_S / utterance.request.speed / utterance.stretch
