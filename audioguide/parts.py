"""A part: one cue and the pause after it, spoken, levelled, mixed, encoded and kept.

The work of a build, cut into pieces that know nothing of each other: plain data in, plain data out, through the store.
So any number of workers may make them in any order, and the bytes are the same.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioguide.audio import Clip, decode, resample, with_channels
from audioguide.engines import get_engine
from audioguide.errors import AudioError, AudioguideError, EngineUnavailable, StoreError
from audioguide.formats import EncodedPart, Encoding, Format, PartSound, get_format
from audioguide.loudness import level, limit
from audioguide.mix import MIX_VERSION, MixedPart, Spacing, mix_playback, mix_speech, with_room
from audioguide.plan import Cue, Plan, Playback, Speech, Utterance
from audioguide.speech import speak
from audioguide.store import Entry, Store, key_of, open_store
from audioguide.trim import trim

PEAK_STEPS = 3
"""How often a part whose true peak came out too high is made again, each time 1 dB lower."""


@dataclass(frozen=True, slots=True)
class PartJob:
    """Everything that decides one part. `key` is the store's key of the encoded result."""

    index: int
    key: str
    cue: Cue
    spacing: Spacing


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all parts of an episode share."""

    store: str
    format: str
    encoding: Encoding
    loudness_lufs: float
    true_peak_dbtp: float
    offline: bool = False


@dataclass(frozen=True, slots=True)
class PartFacts:
    """What is known of a finished part without opening it; all measured on its decoded sound."""

    frames: int
    bytes: int
    spans: tuple[tuple[int, int], ...]
    """Where each utterance's speech lies, in frames from the part's start."""
    powers: NDArray[np.float64]
    """K-weighted power of each quantum."""
    true_peak_dbtp: float


@dataclass(frozen=True, slots=True)
class Failure:
    """A part that could not be made, and why."""

    where: str
    message: str
    hint: str | None
    final: bool
    """True: no other part of that engine can be made now either."""


@dataclass(frozen=True, slots=True)
class PartDone:
    """A part that is finished, or failed. `spoken` and `reused` hold the keys of its utterances."""

    index: int
    facts: PartFacts | None
    spoken: tuple[str, ...] = ()
    reused: tuple[str, ...] = ()
    encoded: bool = False
    failure: Failure | None = None


def part_jobs(plan: Plan, workshop: Workshop) -> list[PartJob]:
    """The parts of an episode, in order."""
    shared = _shared_facts(workshop)
    cues = list(plan.cues())
    jobs = []
    for index, (cue, following) in enumerate(zip(cues, [*cues[1:], None], strict=True)):
        between = tuple(u.pause_ms for u in cue.utterances[:-1]) if isinstance(cue, Speech) else ()
        lead_ms = plan.lead_in_ms if index == 0 else 0
        spacing = Spacing(lead_ms, between, cue.pause_ms, next_is_speech=isinstance(following, Speech))
        jobs.append(PartJob(index, key_of({**shared, **_cue_facts(cue), "spacing": _listed(spacing)}), cue, spacing))
    return jobs


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
    return {"speech": [utterance.key for utterance in cue.utterances], "gain_db": cue.gain_db}


def _listed(spacing: Spacing) -> list[object]:
    return [spacing.lead_ms, list(spacing.between_ms), spacing.after_ms, spacing.next_is_speech]


def sound_hash(path: Path) -> str:
    """What tells one sound file from another: its content."""
    import hashlib

    try:
        status = path.stat()
        return _hash_of(str(path), status.st_size, status.st_mtime_ns) or hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise AudioError(f"cannot be read: {error.strerror}", where=str(path)) from error


@lru_cache(maxsize=256)
def _hash_of(path: str, _size: int, _mtime_ns: int) -> str:
    import hashlib

    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def facts_of(entry: Entry) -> PartFacts:
    """The facts that the store keeps with a part."""
    kept = entry.facts
    powers = np.frombuffer(base64.b64decode(kept["powers"]), "<f4").astype(np.float64)
    spans = tuple((start, end) for start, end in kept["spans"])
    return PartFacts(kept["frames"], len(entry.data), spans, powers, kept["true_peak_dbtp"])


def make_parts(jobs: Sequence[PartJob], workshop: Workshop, cancelled: threading.Event | None = None) -> list[PartDone]:
    """Make a batch of parts, or find them in the store. Never raises for what one part cannot have: it is in the result."""
    return _Bench(workshop, cancelled).make(jobs)


class _Bench:
    """One worker's hands for one batch."""

    def __init__(self, workshop: Workshop, cancelled: threading.Event | None) -> None:
        self.workshop = workshop
        self.store: Store = open_store(workshop.store)
        self.format: Format = get_format(workshop.format)
        self.quantum = self.format.quantum(workshop.encoding.rate_hz)
        self.cancelled = cancelled

    def make(self, jobs: Sequence[PartJob]) -> list[PartDone]:
        done: dict[int, PartDone] = {}
        mixed: dict[int, MixedPart] = {}
        for job in jobs:
            if self.cancelled and self.cancelled.is_set():
                break
            done[job.index] = self._found(job) or self._mixed(job, mixed)
        waiting = [job for job in jobs if job.index in mixed]
        for job, encoded in zip(waiting, self._encode(waiting, mixed), strict=True):
            done[job.index] = replace(done[job.index], facts=self._keep(job, mixed[job.index], encoded), encoded=True)
        return [done[job.index] for job in jobs if job.index in done]

    def _found(self, job: PartJob) -> PartDone | None:
        """The part as the store has it."""
        entry = self.store.get("parts", job.key)
        if entry is None:
            return None
        return PartDone(job.index, facts_of(entry), reused=_keys(job.cue))

    def _mixed(self, job: PartJob, mixed: dict[int, MixedPart]) -> PartDone:
        """Speak and mix a part; a failure is noted, and the build goes on with the others."""
        spoken: list[str] = []
        reused: list[str] = []
        try:
            ceiling_dbtp = self._ceiling_dbtp()
            if isinstance(job.cue, Playback):
                mixed[job.index] = mix_playback(self._sound(job.cue, ceiling_dbtp), job.spacing, quantum=self.quantum)
            else:
                clips = []
                for utterance in job.cue.utterances:
                    heard = speak(utterance, self.store, offline=self.workshop.offline)
                    (reused if heard.reused else spoken).append(utterance.key)
                    clips.append(self._levelled(heard.spoken.clip, utterance, job.cue, ceiling_dbtp))
                mixed[job.index] = mix_speech(clips, job.spacing, quantum=self.quantum)
        except StoreError:
            raise
        except AudioguideError as error:
            final = isinstance(error, EngineUnavailable)
            failure = Failure(_place(job.cue, error), error.message, error.hint, final)
            return PartDone(job.index, None, tuple(spoken), tuple(reused), failure=failure)
        return PartDone(job.index, None, tuple(spoken), tuple(reused))

    def _ceiling_dbtp(self, steps: int = 0) -> float:
        """The format's ceiling is for -1 dBTP after decoding; the script may ask for another peak."""
        return self.format.ceiling_dbtp + (self.workshop.true_peak_dbtp + 1.0) - steps

    def _levelled(self, clip: Clip, utterance: Utterance, speech: Speech, ceiling_dbtp: float) -> Clip:
        """An utterance as it is heard in the episode: trimmed, at the project's rate, at its level, with its room."""
        trimmed = trim(clip)
        if trimmed is None:
            raise AudioError(f"{utterance.engine} made silence of it", where=speech.address, hint="word it otherwise")
        encoding = self.workshop.encoding
        scale = encoding.rate_hz / clip.rate_hz
        at_rate = replace(
            trimmed,
            clip=resample(trimmed.clip, encoding.rate_hz),
            onset_frames=round(trimmed.onset_frames * scale),
            offset_frames=round(trimmed.offset_frames * scale),
        )
        target_lufs = self.workshop.loudness_lufs + self.format.loss_db
        levelled = level(
            at_rate.clip,
            target_lufs=target_lufs,
            makeup_db=get_engine(utterance.engine).makeup_db(utterance.request) + target_lufs + 16.0,
            ceiling_dbtp=ceiling_dbtp,
            gain_db=speech.gain_db,
        )
        return with_channels(with_room(replace(at_rate, clip=levelled.clip)), encoding.channels)

    def _sound(self, cue: Playback, ceiling_dbtp: float) -> Clip:
        clip = load_sound(cue.path, self.workshop.encoding.rate_hz, self.workshop.encoding.channels)
        return limit(Clip(clip.samples * np.float32(10 ** (cue.gain_db / 20)), clip.rate_hz), ceiling_dbtp=ceiling_dbtp)

    def _encode(self, jobs: Sequence[PartJob], mixed: Mapping[int, MixedPart]) -> Iterable[EncodedPart]:
        if not jobs:
            return []
        sounds = [PartSound(mixed[job.index].pcm) for job in jobs]
        return [self._calmed(sound, part) for sound, part in zip(sounds, self._encoded(sounds), strict=True)]

    def _encoded(self, sounds: Sequence[PartSound]) -> list[EncodedPart]:
        return self.format.encode(sounds, self.workshop.encoding)

    def _calmed(self, sound: PartSound, part: EncodedPart) -> EncodedPart:
        """The part, made again at a lower ceiling where its decoded peak came out above what the script allows."""
        for step in range(1, PEAK_STEPS + 1):
            if part.true_peak_dbtp <= self.workshop.true_peak_dbtp:
                break
            clip = _limited(sound, self.workshop.encoding, self._ceiling_dbtp(step))
            part = self._encoded([replace(sound, pcm=clip)])[0]
        return part

    def _keep(self, job: PartJob, mixed: MixedPart, encoded: EncodedPart) -> PartFacts:
        facts = {
            "frames": encoded.frames,
            "spans": [list(span) for span in mixed.spans],
            "powers": base64.b64encode(encoded.powers.astype("<f4").tobytes()).decode(),
            "true_peak_dbtp": encoded.true_peak_dbtp,
        }
        entry = Entry(facts, encoded.data)
        self.store.put("parts", job.key, entry)
        return facts_of(entry)


def _limited(sound: PartSound, encoding: Encoding, ceiling_dbtp: float) -> bytes:
    from audioguide.audio import from_s16, to_s16

    return to_s16(limit(from_s16(sound.pcm, encoding.rate_hz, encoding.channels), ceiling_dbtp=ceiling_dbtp))


def _keys(cue: Cue) -> tuple[str, ...]:
    return tuple(utterance.key for utterance in cue.utterances) if isinstance(cue, Speech) else ()


def _place(cue: Cue, error: AudioguideError) -> str:
    return error.where or cue.address


@lru_cache(maxsize=8)
def load_sound(path: Path, rate_hz: int, channels: int) -> Clip:
    """A sound file at the project's rate. Kept for the next part that plays it."""
    return with_channels(decode(path, rate_hz=rate_hz, channels=channels), channels)
