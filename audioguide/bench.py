"""Parts are made here: spoken, levelled, mixed, encoded and kept.

A batch is plain data in and plain data out, through the store. So any number of workers may make any batch in any
order, and the bytes are the same.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from audioguide.audio import (
    Clip,
    Samples,
    decode,
    from_flac,
    from_s16,
    resample,
    scale,
    to_flac,
    to_s16,
    with_channels,
)
from audioguide.beds import bed_samples
from audioguide.engines import get_engine
from audioguide.errors import AudioError, AudioguideError, EngineUnavailable, StoreError
from audioguide.formats import EncodedPart, PartSound, get_format
from audioguide.interrupt import go_on_or_stop
from audioguide.loudness import level, limit
from audioguide.mix import MixedPart, mix_playback, mix_speech, with_room
from audioguide.parts import (
    WINDOW_QUANTA,
    DryFacts,
    DryPart,
    Failure,
    PartDone,
    PartFacts,
    PartJob,
    Workshop,
    dry_facts_of,
    entry_of,
    facts_of,
    kept_facts,
    sound_hash,
)
from audioguide.plan import Playback, Speech, Utterance
from audioguide.speech import speak, stretched
from audioguide.store import Entry, Store, open_store
from audioguide.trim import trim
from audioguide.words import Word, from_onset, moved

JOIN_LOSS_DB = 0.2
"""Sentences at one level read so much quieter when joined: windows across seams catch their soft edges (measured)."""
PEAK_STEPS = 3
"""How often a part whose true peak came out too high is made again, each time 1 dB lower."""

AT_HAND = 3
"""Dry parts that are held for the next part: its own, and its neighbours'."""


def make_parts(
    jobs: Sequence[PartJob | DryPart], workshop: Workshop, cancelled: threading.Event | None = None
) -> list[PartDone]:
    """Make a batch of parts, or find them in the store.

    What one part cannot have is in its result, and the others are made. Raises StoreError where nothing can be kept.
    """
    return _Bench(workshop).make(jobs, cancelled)


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking engines of the network ahead."""

    jobs: list[PartJob | DryPart]
    """What can be made without the network now."""
    failed: list[PartDone]
    spoken: dict[int, tuple[str, ...]]
    """The keys of what was spoken, by the part's index."""


def ask_network(
    jobs: Sequence[PartJob | DryPart], workshop: Workshop, cancelled: threading.Event | None = None
) -> Asked:
    """Have the speech of network engines in the store, for workers that must not ask themselves.

    Raises StoreError where nothing can be kept.
    """
    return _Bench(workshop).ask(jobs, cancelled)


def part_sound(job: PartJob | DryPart, workshop: Workshop) -> MixedPart:
    """A part as it sounds just before it is encoded; a DryPart without its music. What is spoken for it is kept.

    Raises AudioguideError, with the part's address, where it cannot be made.
    """
    try:
        return _Bench(workshop).sound(job)
    except AudioguideError as error:
        error.where = error.where or (job if isinstance(job, DryPart) else job.dry).cue.address
        raise


@dataclass(frozen=True, slots=True)
class _View:
    """A part and what is around it: `clip`, in which the part begins at the frame `start`."""

    clip: Clip
    start: int
    facts: DryFacts
    overhang: int
    """How many frames it sounds on into what is around it."""

    def pcm(self, first: int, last: int) -> bytes:
        """The samples between two frames, counted from the part's start."""
        return to_s16(Clip(self.clip.samples[self.start + first : self.start + last], self.clip.rate_hz))

    def part_sound(self, workshop: Workshop) -> PartSound:
        """What is encoded, and what the encoder is given of the neighbours."""
        end = self.facts.frames
        return PartSound(self.pcm(0, end), self.pcm(-workshop.lead, 0), self.pcm(end, end + workshop.tail))


class _Bench:
    """One worker's hands for one batch."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.encoding = workshop.encoding
        self.store: Store = open_store(workshop.store, spare=workshop.spare)
        self.format = get_format(workshop.format)
        self.quantum = workshop.quantum
        self.spoken: list[str] = []
        self.reused: list[str] = []
        self.at_hand: dict[str, tuple[DryFacts, Clip]] = {}

    def make(self, jobs: Sequence[PartJob | DryPart], cancelled: threading.Event | None) -> list[PartDone]:
        done: list[PartDone] = []
        waiting: list[tuple[PartJob, PartSound, DryFacts]] = []
        for job in jobs:
            if cancelled and cancelled.is_set():
                break
            self.spoken, self.reused = [], []
            try:
                done.append(self._one(job, waiting))
            except StoreError:
                raise
            except AudioguideError as error:
                done.append(self._failed(job, error))
        go_on_or_stop()
        encoded = self._encode(waiting)
        return [
            replace(part, facts=encoded[part.index], encoded=True) if part.index in encoded else part for part in done
        ]

    def ask(self, jobs: Sequence[PartJob | DryPart], cancelled: threading.Event | None) -> Asked:
        asked = Asked([], [], {})
        for job in jobs:
            if cancelled and cancelled.is_set():
                break
            self.spoken = []
            try:
                for utterance in self._online(job):
                    heard = speak(utterance, self.store, offline=self.workshop.offline, fresh=self.workshop.fresh)
                    self.spoken += [] if heard.reused else [utterance.key]
                asked.jobs.append(job)
                asked.spoken[job.index] = tuple(self.spoken)
            except StoreError:
                raise
            except AudioguideError as error:
                asked.failed.append(self._failed(job, error))
        return asked

    def _online(self, job: PartJob | DryPart) -> Sequence[Utterance]:
        """What the job needs of the network, if it is not made already."""
        kind = "dry" if isinstance(job, DryPart) else "parts"
        if not self.workshop.fresh and self.store.has(kind, job.key):
            return ()
        return online_utterances(job)

    def sound(self, job: PartJob | DryPart) -> MixedPart:
        if isinstance(job, DryPart) or job.alone:
            return self._mixed(job if isinstance(job, DryPart) else job.dry)[0]
        view = self._view(job)
        overhang = 0 if job.after else view.overhang
        return MixedPart(view.pcm(0, view.facts.frames + overhang), view.facts.frames, view.facts.spans)

    def _one(self, job: PartJob | DryPart, waiting: list[tuple[PartJob, PartSound, DryFacts]]) -> PartDone:
        if isinstance(job, DryPart):
            facts = self._kept_dry(job)[0]
            return PartDone(job.index, dry=facts, spoken=tuple(self.spoken), reused=tuple(self.reused))
        if found := self._found(job):
            return found
        if job.alone:
            mixed, facts = self._mixed(job.dry)
            waiting.append((job, PartSound(mixed.pcm), facts))
        else:
            view = self._view(job)
            waiting.append((job, view.part_sound(self.workshop), view.facts))
        return PartDone(job.index, spoken=tuple(self.spoken), reused=tuple(self.reused))

    def _found(self, job: PartJob) -> PartDone | None:
        """The part as the store has it."""
        entry = None if self.workshop.fresh else self.store.get("parts", job.key)
        if entry is None:
            return None
        cue = job.dry.cue
        keys = tuple(utterance.key for utterance in cue.utterances) if isinstance(cue, Speech) else ()
        return PartDone(job.index, facts_of(entry), reused=keys)

    def _failed(self, job: PartJob | DryPart, error: AudioguideError) -> PartDone:
        cue = job.cue if isinstance(job, DryPart) else job.dry.cue
        final = isinstance(error, EngineUnavailable)
        failure = Failure(error.where or cue.address, error.message, error.hint, final)
        return PartDone(job.index, spoken=tuple(self.spoken), reused=tuple(self.reused), failure=failure)

    # -- dry -------------------------------------------------------------------------------------------------------

    def _mixed(self, dry: DryPart) -> tuple[MixedPart, DryFacts]:
        """The cue, spoken or read from its file, levelled, with its silence."""
        if isinstance(dry.cue, Playback):
            mixed = mix_playback(self._sound(dry.cue), dry.spacing, quantum=self.quantum)
            return mixed, DryFacts(mixed.frames, mixed.spans)
        heard = [self._heard(utterance, dry.cue) for utterance in dry.cue.utterances]
        mixed = mix_speech([clip for clip, _ in heard], dry.spacing, quantum=self.quantum)
        words = tuple(moved(words, *span) for (_, words), span in zip(heard, mixed.spans, strict=True))
        return mixed, DryFacts(mixed.frames, mixed.spans, words if any(words) else ())

    def _kept_dry(self, dry: DryPart) -> tuple[DryFacts, Clip]:
        """A dry part that is heard together with others, and its overhang: it is asked for by each of them."""
        if dry.key not in self.at_hand:
            if len(self.at_hand) == AT_HAND:
                del self.at_hand[next(iter(self.at_hand))]
            self.at_hand[dry.key] = self._dry(dry)
        return self.at_hand[dry.key]

    def _dry(self, dry: DryPart) -> tuple[DryFacts, Clip]:
        """A dry part, from the store where it is there."""
        entry = self.store.get("dry", dry.key)
        if entry is not None and not self.workshop.fresh:
            try:
                clip = from_flac(entry.data)
            except AudioError:
                clip = None
            if clip is not None:
                if isinstance(dry.cue, Speech):
                    self.reused += [utterance.key for utterance in dry.cue.utterances]
                return dry_facts_of(entry), clip
        mixed, facts = self._mixed(dry)
        clip = from_s16(mixed.pcm, self.encoding.rate_hz, self.encoding.channels)
        made = Entry(kept_facts(facts), to_flac(clip))
        entry = self.store.put("dry", dry.key, made, replace=entry is not None)
        return (facts, clip) if entry is made else (dry_facts_of(entry), from_flac(entry.data))

    def _heard(self, utterance: Utterance, speech: Speech) -> tuple[Clip, tuple[Word, ...]]:
        """An utterance as it sounds in the episode, and its words counted from its first speech.

        It is trimmed, at the project's rate, at its level, with its room.
        """
        heard = speak(utterance, self.store, offline=self.workshop.offline, fresh=self.workshop.fresh)
        (self.reused if heard.reused else self.spoken).append(utterance.key)
        spoken = stretched(heard.spoken, utterance.stretch)
        trimmed = trim(spoken.clip)
        if trimmed is None:
            raise AudioError(f"{utterance.engine} made silence of it", where=speech.address, hint="word it otherwise")
        ratio = self.encoding.rate_hz / trimmed.clip.rate_hz
        # One voice in both of two channels is heard, and measured, 3 dB louder than in one.
        both_db = 10 * math.log10(self.encoding.channels)
        target_lufs = self.workshop.loudness_lufs + self.format.loss_db + JOIN_LOSS_DB - both_db
        levelled = level(  # at the voice's own rate, which is about half of the project's
            trimmed.clip,
            target_lufs=target_lufs,
            makeup_db=get_engine(utterance.engine).makeup_db(utterance.request),
            ceiling_dbtp=self._ceiling_dbtp(),
            gain_db=speech.gain_db,
        )
        placed = replace(
            trimmed,
            clip=resample(levelled.clip, self.encoding.rate_hz),
            onset_frames=round(trimmed.onset_frames * ratio),
            offset_frames=round(trimmed.offset_frames * ratio),
        )
        onset_ms = (trimmed.cut_frames + trimmed.onset_frames) * 1000 / trimmed.clip.rate_hz
        words = from_onset(spoken.words, onset_ms=onset_ms, rate_hz=self.encoding.rate_hz)
        return with_channels(with_room(placed), self.encoding.channels), words

    def _sound(self, cue: Playback) -> Clip:
        sound = load_sound(cue.path, sound_hash(cue.path), self.encoding.rate_hz, self.encoding.channels)
        clip = scale(sound, cue.gain_db)
        return limit(clip, ceiling_dbtp=self._ceiling_dbtp())

    # -- with what is around it ------------------------------------------------------------------------------------

    def _view(self, job: PartJob) -> _View:
        """The part with its bed, and what the encoder and the limiter look at of its neighbours, limited together."""
        facts, clip = self._kept_dry(job.dry)
        window = WINDOW_QUANTA * self.quantum
        start = self.workshop.lead + window
        samples = np.zeros((start + facts.frames + self.workshop.tail + window, clip.channels), np.float32)
        _lay(samples, clip.samples, start)
        if job.before:
            laid_out, heard = self._kept_dry(job.before)
            _lay(samples, heard.samples, start - laid_out.frames)
        if job.after:
            _lay(samples, self._kept_dry(job.after)[1].samples, start + facts.frames)
        if job.bed:
            samples += bed_samples(
                job.bed,
                job.bed.start - start,
                len(samples),
                loudness_lufs=self.workshop.loudness_lufs,
                rate_hz=clip.rate_hz,
                channels=clip.channels,
            )
        limited = limit(Clip(samples, clip.rate_hz), ceiling_dbtp=self._ceiling_dbtp())
        return _View(limited, start, facts, overhang=clip.frames - facts.frames)

    # -- encoding --------------------------------------------------------------------------------------------------

    def _ceiling_dbtp(self, steps: int = 0) -> float:
        """The format's ceiling keeps the decoded sound under -1 dBTP; the script may ask for another peak."""
        return self.format.ceiling_dbtp + (self.workshop.true_peak_dbtp + 1.0) - steps

    def _encode(self, waiting: Sequence[tuple[PartJob, PartSound, DryFacts]]) -> dict[int, PartFacts]:
        if not waiting:
            return {}
        parts = self.format.encode([sound for _, sound, _ in waiting], self.encoding)
        return {
            job.index: self._keep(job, dry, self._calmed(sound, part))
            for (job, sound, dry), part in zip(waiting, parts, strict=True)
        }

    def _calmed(self, sound: PartSound, part: EncodedPart) -> EncodedPart:
        """The part, made again at a lower ceiling where its decoded peak came out above what the script allows."""
        for step in range(1, PEAK_STEPS + 1):
            if part.true_peak_dbtp <= self.workshop.true_peak_dbtp:
                break
            clip = from_s16(sound.pcm, self.encoding.rate_hz, self.encoding.channels)
            lower = to_s16(limit(clip, ceiling_dbtp=self._ceiling_dbtp(step)))
            part = self.format.encode([replace(sound, pcm=lower)], self.encoding)[0]
        return part

    def _keep(self, job: PartJob, dry: DryFacts, part: EncodedPart) -> PartFacts:
        powers = part.powers.astype(np.float32)
        facts = PartFacts(part.frames, len(part.data), dry.spans, powers, part.true_peak_dbtp, dry.words)
        return facts_of(
            self.store.put("parts", job.key, entry_of(facts, part.data), replace=self.workshop.fresh is not None)
        )


def _lay(samples: Samples, over: Samples, at: int) -> None:
    """Add sound to `samples` from the frame `at` on, as far as it lies within."""
    first, last = max(0, at), min(len(samples), at + len(over))
    if first < last:
        samples[first:last] += over[first - at : last - at]


def online_utterances(job: PartJob | DryPart) -> list[Utterance]:
    """What an engine of the network speaks of a job: what may be gone from the store of its neighbours too."""
    cues = [part.cue for part in ((job,) if isinstance(job, DryPart) else job.heard)]
    utterances = [utterance for cue in cues if isinstance(cue, Speech) for utterance in cue.utterances]
    return [utterance for utterance in utterances if get_engine(utterance.engine).online]


@lru_cache(maxsize=8)
def load_sound(path: Path, _sound: str, rate_hz: int, channels: int) -> Clip:
    """A sound file at the project's rate, kept for the next part that plays it. Raises AudioError.

    `_sound` is the hash of the file's content: a file that changed while the program runs is read again.
    """
    return with_channels(decode(path, rate_hz=rate_hz, channels=channels), channels)
