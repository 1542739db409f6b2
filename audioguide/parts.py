"""A part: one cue and the pause after it. What decides its bytes, the key that says so, and what is known of it when done.

Parts know nothing of each other, unless sound runs across the seam: music, or cues so close that there is no silence
between them. Then a part also hears of its neighbours.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioguide.beds import BedSpan, bed_facts, near, reach_frames
from audioguide.errors import AudioError
from audioguide.formats import Encoding, get_format
from audioguide.mix import MIX_VERSION, Spacing, is_close
from audioguide.plan import Bed, Cue, Plan, Playback, Speech, Track
from audioguide.store import Entry, Store, key_of
from audioguide.trim import BEFORE_MS
from audioguide.words import Words

ENDS = ("intro", "outro")
"""Cues that belong to the first and the last chapter, but not to the section whose bed it is."""
WINDOW_QUANTA = 2
"""What the limiter looks at beyond what the encoder is given of the neighbours."""


@dataclass(frozen=True, slots=True)
class DryPart:
    """A cue by itself, without music: what is said or played, and the silence around it."""

    index: int
    key: str
    cue: Cue
    spacing: Spacing
    opens: bool = False
    """Whether a track begins with it: the episode, or an extra track, whose time counts from there."""


@dataclass(frozen=True, slots=True)
class PartJob:
    """Everything that decides one encoded part. `key` is the store's key of the result.

    `bed` only where music lies under it; `before` and `after` where it is heard together with its neighbours: in a run,
    and at a close seam.
    """

    key: str
    dry: DryPart
    bed: BedSpan | None = None
    before: DryPart | None = None
    after: DryPart | None = None

    @property
    def index(self) -> int:
        """Its place in the episode."""
        return self.dry.index

    @property
    def alone(self) -> bool:
        """Whether nothing sounds across its seams."""
        return self.bed is None and self.before is None and self.after is None

    @property
    def heard(self) -> tuple[DryPart, ...]:
        """The parts that its sound is made of: its own, and its neighbours'."""
        return tuple(part for part in (self.before, self.dry, self.after) if part)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all parts of an episode share. `fresh` names a run in which nothing from the store is good enough."""

    store: str
    format: str
    encoding: Encoding
    loudness_lufs: float
    true_peak_dbtp: float
    offline: bool = False
    fresh: str | None = None
    spare: str | None = None
    """A folder for what is made, where the store can only be read."""

    @property
    def quantum(self) -> int:
        """The frames of one quantum of the format."""
        return get_format(self.format).quantum(self.encoding.rate_hz)

    @property
    def lead(self) -> int:
        """The frames that the encoder is given of what sounds before a part, where sound runs across the seam."""
        return get_format(self.format).lead_quanta * self.quantum

    @property
    def tail(self) -> int:
        """As `lead`, of what sounds after it."""
        return get_format(self.format).tail_quanta * self.quantum


PartWords = tuple[Words, ...]
"""Of each utterance of a part, in order, the words whose time is known: frames from the part's start, code points of what
is asked of the engine. Empty where no engine said anything."""


@dataclass(frozen=True, slots=True)
class DryFacts:
    """How long a dry part is, and where each utterance's speech lies in it."""

    frames: int
    spans: tuple[tuple[int, int], ...]
    words: PartWords = ()


@dataclass(frozen=True, slots=True, eq=False)
class PartFacts:
    """What is known of a finished part without opening it; measured on its decoded sound."""

    frames: int
    bytes: int
    spans: tuple[tuple[int, int], ...]
    """Where each utterance's speech, or the sound, lies: frames from the part's start."""
    powers: NDArray[np.float32]
    """K-weighted power of each quantum, as it is kept."""
    true_peak_dbtp: float
    words: PartWords = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A part that could not be made, and why. `final`: no other part of that engine can be made now either."""

    where: str
    message: str
    hint: str | None
    final: bool


@dataclass(frozen=True, slots=True)
class PartDone:
    """A part that is finished (`facts`), laid out (`dry`), or failed; and the keys of what was spoken or reused for it."""

    index: int
    facts: PartFacts | None = None
    dry: DryFacts | None = None
    spoken: tuple[str, ...] = ()
    reused: tuple[str, ...] = ()
    encoded: bool = False
    failure: Failure | None = None


def dry_parts(plan: Plan, workshop: Workshop) -> list[DryPart]:
    """Every cue with the silence around it: those of the episode in order, then those of the extra tracks."""
    shared = _shared_facts(workshop)
    quantum_ms = workshop.quantum * 1000 / workshop.encoding.rate_hz
    parts: list[DryPart] = []
    for track in plan.tracks():
        opening = len(parts)
        for cue, spacing in zip(track.cues, _spacings(track, quantum_ms), strict=True):
            key = key_of({**shared, **_cue_facts(cue), "silence": _silence_facts(spacing)})
            parts.append(DryPart(len(parts), key, cue, spacing, opens=len(parts) == opening))
    return parts


def _spacings(track: Track, quantum_ms: float) -> Iterator[Spacing]:
    """The pauses in and after each cue of a track. No seam is close where a file ends."""
    lead_ms, room_ms = track.lead_in_ms, BEFORE_MS
    for place, (cue, following) in enumerate(zip(track.cues, [*track.cues[1:], None], strict=True)):
        between = tuple(u.pause_ms for u in cue.utterances[:-1]) if isinstance(cue, Speech) else ()
        next_is_speech = isinstance(following, Speech)
        near = is_close(cue.pause_ms, next_is_speech=next_is_speech, quantum_ms=quantum_ms)
        close = near and following is not None and place not in track.cuts
        spacing = Spacing(lead_ms, between, cue.pause_ms, next_is_speech, room_ms=room_ms, close=close)
        yield spacing
        lead_ms, room_ms = 0, spacing.next_room_ms or BEFORE_MS


def _silence_facts(spacing: Spacing) -> list[object]:
    """What a part's spacing adds to its key; what is usual adds nothing."""
    facts: list[object] = [spacing.lead_ms, spacing.between_ms, spacing.after_ms, spacing.next_is_speech]
    return [*facts, spacing.room_ms, spacing.close] if spacing.close or spacing.room_ms < BEFORE_MS else facts


def _shared_facts(workshop: Workshop) -> dict[str, object]:
    return {
        "part": 1,
        "mix": MIX_VERSION,
        "format": get_format(workshop.format).fingerprint(workshop.encoding),
        "loudness": workshop.loudness_lufs,
        "true_peak": workshop.true_peak_dbtp,
    }


def _cue_facts(cue: Cue) -> dict[str, object]:
    if isinstance(cue, Playback):
        return {"sound": sound_hash(cue.path), "gain_db": cue.gain_db}
    heard = [
        utterance.key if utterance.stretch == 1 else (utterance.key, utterance.stretch) for utterance in cue.utterances
    ]
    return {"speech": heard, "gain_db": cue.gain_db}


def bed_runs(plan: Plan) -> list[tuple[Bed | None, list[int]]]:
    """Stretches under one bed, or under none, each with the places of its cues. No bed lies under an extra track."""
    beds = [None if cue.address in ENDS else section.bed for section in plan.sections for cue in section.cues]
    beds += [None for section in plan.sections if section.more for _ in section.more.cues]
    return [(bed, [index for index, _ in run]) for bed, run in groupby(enumerate(beds), key=lambda item: item[1])]


def plain_jobs(plan: Plan, dry: Sequence[DryPart]) -> list[PartJob]:
    """The jobs of all parts that no music lies under."""
    return [_plain_job(dry, index) for bed, run in bed_runs(plan) if bed is None for index in run]


def _plain_job(dry: Sequence[DryPart], index: int) -> PartJob:
    part, before, after = dry[index], _close_before(dry, index), _close_after(dry, index)
    if before is None and after is None:
        return PartJob(part.key, part)
    return PartJob(key_of({"close": 1, "parts": _keys(part, before, after)}), part, None, before, after)


def missing_pieces(jobs: Sequence[PartJob], store: Store, *, fresh: bool = False) -> Iterator[DryPart]:
    """The dry parts that jobs are made of, as far as the store has neither the part nor them; all of them for a fresh run."""
    for job in jobs:
        if fresh or not store.has("parts", job.key):
            yield from (part for part in job.heard if fresh or not store.has("dry", part.key))


def _close_before(dry: Sequence[DryPart], index: int) -> DryPart | None:
    return dry[index - 1] if index and dry[index - 1].spacing.close else None


def _close_after(dry: Sequence[DryPart], index: int) -> DryPart | None:
    return dry[index + 1] if dry[index].spacing.close else None


def _keys(*parts: DryPart | None) -> list[str | None]:
    return [part.key if part else None for part in parts]


def bed_jobs(plan: Plan, dry: Sequence[DryPart], known: Mapping[int, DryFacts], workshop: Workshop) -> list[PartJob]:
    """The jobs of all parts under music, once it is known how long each of their runs' parts is."""
    jobs = []
    for bed, run in bed_runs(plan):
        if bed is not None:
            jobs += _run_jobs(bed, run, dry, [known[index] for index in run], workshop)
    return jobs


def _run_jobs(
    bed: Bed, run: Sequence[int], dry: Sequence[DryPart], known: Sequence[DryFacts], workshop: Workshop
) -> list[PartJob]:
    rate_hz = workshop.encoding.rate_hz
    starts = [0, *np.cumsum([facts.frames for facts in known]).tolist()]
    speech = [
        (start + first, start + last)
        for index, start, facts in zip(run, starts, known, strict=False)
        if isinstance(dry[index].cue, Speech)
        for first, last in facts.spans
    ]
    sound = sound_hash(bed.path)
    window = max(workshop.lead, workshop.tail) + WINDOW_QUANTA * workshop.quantum
    reach = reach_frames(bed, rate_hz) + window
    jobs = []
    for number, index in enumerate(run):
        part = dry[index]
        heard = near(speech, starts[number] - reach, starts[number + 1] + reach)
        span = BedSpan(bed, sound, starts[number], starts[-1], heard)
        before = dry[index - 1] if number else _close_before(dry, index)
        after = dry[index + 1] if number + 1 < len(run) else _close_after(dry, index)
        facts = bed_facts(span, rate_hz, window=known[number].frames + window)
        key = key_of({"wet": 1, "parts": _keys(part, before, after), "bed": facts})
        jobs.append(PartJob(key, part, span, before, after))
    return jobs


def facts_of(entry: Entry) -> PartFacts:
    """The facts that the store keeps with a part."""
    kept = entry.facts
    powers = np.frombuffer(base64.b64decode(kept["powers"]), "<f4")
    return PartFacts(kept["frames"], len(entry.data), spans_of(kept), powers, kept["true_peak_dbtp"], words_of(kept))


def entry_of(facts: PartFacts, data: bytes) -> Entry:
    """What the store keeps of a part."""
    return Entry(
        {
            **kept_facts(facts),
            "powers": base64.b64encode(facts.powers.astype("<f4").tobytes()).decode(),
            "true_peak_dbtp": facts.true_peak_dbtp,
        },
        data,
    )


def dry_facts_of(entry: Entry) -> DryFacts:
    """The facts that the store keeps with a dry part."""
    return DryFacts(entry.facts["frames"], spans_of(entry.facts), words_of(entry.facts))


def kept_facts(facts: DryFacts | PartFacts) -> dict[str, Any]:
    """What the store keeps with every part, dry or finished. The words of an utterance are one list of numbers."""
    return {
        "frames": facts.frames,
        "spans": [list(span) for span in facts.spans],
        "words": [words.numbers.tolist() for words in facts.words],
    }


def spans_of(kept: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """The spans in what `kept_facts` made."""
    return tuple((start, end) for start, end in kept["spans"])


def words_of(kept: Mapping[str, Any]) -> PartWords:
    """The words in what `kept_facts` made."""
    return tuple(map(Words.of_numbers, kept.get("words", ())))


def sound_hash(path: Path) -> str:
    """What tells one sound file from another: its content. Raises AudioError."""
    try:
        status = path.stat()
        return _hash_of(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise AudioError(f"cannot be read: {error.strerror}", where=str(path)) from error


@lru_cache(maxsize=256)
def _hash_of(path: Path, _size_bytes: int, _mtime_ns: int) -> str:
    """Hashed again only where size or time of change say that it is another."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
