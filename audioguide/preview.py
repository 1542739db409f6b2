"""A stretch of an episode, spoken and mixed as the build would, without encoding: quick to hear, and to look up.

Utterances go through the store: what was spoken once is not spoken again, and a build finds what a preview spoke.
"""

from __future__ import annotations

import json
import threading
import wave
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, cast

import numpy as np

from audioguide.audio import frames_of
from audioguide.bench import make_parts, part_sound
from audioguide.episode import episode_folder
from audioguide.errors import AudioguideError, EngineError, OutputError
from audioguide.files import atomic_file, scratch_folder
from audioguide.formats import Encoding, PartSound, Tags, encoding_for, get_format
from audioguide.formats.mp3 import Mp3
from audioguide.mix import MixedPart
from audioguide.parts import (
    DryFacts,
    DryPart,
    PartJob,
    Workshop,
    bed_jobs,
    bed_runs,
    dry_facts_of,
    dry_parts,
    plain_jobs,
)
from audioguide.plan import Plan, Speech, predicted_s
from audioguide.record import Record, load_record
from audioguide.settings import Settings
from audioguide.store import Store, open_store
from audioguide.trim import AFTER_MS

SPLIT_PAUSE_MS = 120
"""Where so much silence follows a segment's first utterance, that one is handed on before the rest is spoken."""


Make = Callable[[DryPart, Workshop], MixedPart]
"""Makes a part's sound, or knows it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a spoken segment lies in the episode."""

    speech: Speech
    start_s: float
    duration_s: float
    """From its first speech to the end of its last."""
    cached: bool
    """Its sound, or all of its utterances, are in the store."""
    measured: bool
    """False: it was never spoken, and its length is a guess from its letters."""


@dataclass(frozen=True, slots=True)
class Laid:
    """Where a cue lies in the episode: the same of any cue, in frames."""

    part: DryPart
    at: int
    """Where its part begins."""
    facts: DryFacts
    cached: bool
    measured: bool


def record_of(plan: Plan, workshop: Workshop, settings: Settings) -> Record:
    """What is known of the episode that was built last; empty where there is none."""
    return load_record(settings.state_folder, media_path(plan, workshop, settings))


def media_path(plan: Plan, workshop: Workshop, settings: Settings) -> Path:
    """Where the episode's first file lies, or will."""
    return episode_folder(plan, settings.output) / f"{plan.id}{get_format(workshop.format).suffix}"


def places(plan: Plan, workshop: Workshop, before: Record, *, heard: range = range(0)) -> list[Place]:
    """Every spoken segment in order, those of extra tracks last. Times are those of the next build, exact once all is built.

    `before` tells what lies in the episode that was built last. The cues at the places in `heard` were spoken just now:
    they are measured anyhow.
    """
    parts, known = dry_parts(plan, workshop), before.dry_facts()
    for index in [index for index in heard if parts[index].key not in known]:
        mixed = part_sound(parts[index], workshop)
        known[parts[index].key] = DryFacts(mixed.frames, mixed.spans)
    rate_hz = workshop.encoding.rate_hz
    return [
        Place(one.part.cue, *seconds_of(one, rate_hz), one.cached, one.measured)
        for one in laid_out(parts, workshop, known)
        if isinstance(one.part.cue, Speech)
    ]


def laid_out(parts: Sequence[DryPart], workshop: Workshop, known: Mapping[str, DryFacts]) -> Iterator[Laid]:
    """Every part in order, those of extra tracks last. `known`: how parts are laid out, by their keys; others are looked up or guessed."""
    store = open_store(workshop.store)
    at = 0
    for part in parts:
        facts = known.get(part.key) or _kept(store, part.key)
        utterances = part.cue.utterances if isinstance(part.cue, Speech) else ()
        cached = bool(facts) or all(store.has("speech", utterance.key) for utterance in utterances)
        laid = facts or _guessed(part, workshop.encoding.rate_hz)
        at = 0 if part.opens else at
        yield Laid(part, at, laid, cached, measured=facts is not None)
        at += laid.frames


def seconds_of(laid: Laid, rate_hz: int) -> tuple[float, float]:
    """When its speech or sound begins, and how long it lasts."""
    first, last = laid.facts.spans[0][0], laid.facts.spans[-1][1]
    return round((laid.at + first) / rate_hz, 3), round((last - first) / rate_hz, 3)


def _kept(store: Store, key: str) -> DryFacts | None:
    """How a part is laid out, if it was made."""
    entry = next((entry for kind in ("dry", "parts") if (entry := store.get(kind, key))), None)
    return dry_facts_of(entry) if entry else None


def _guessed(part: DryPart, rate_hz: int) -> DryFacts:
    """The layout of a part that was never made, from its letters; a sound's length is not guessed."""
    lead = frames_of(part.spacing.lead_ms, rate_hz)
    after = frames_of(part.spacing.after_ms, rate_hz)
    speech_s = 0.0
    if isinstance(part.cue, Speech):
        speech_s = sum(predicted_s(utterance) for utterance in part.cue.utterances)
        speech_s += sum(part.spacing.between_ms) / 1000
    end = lead + round(speech_s * rate_hz)
    return DryFacts(end + after, ((lead, end),))


# -- sound -------------------------------------------------------------------------------------------------------------


def sounds(plan: Plan, workshop: Workshop, chosen: range) -> Iterator[bytes]:
    """The cues at those places as they sound in the episode, without music: samples (s16le), piece after piece.

    The first piece is the first utterance alone, so that it can be heard while the next are spoken. Raises
    AudioguideError.
    """
    yield from sounds_of(dry_parts(plan, workshop)[chosen.start : chosen.stop], workshop)


def sounds_of(parts: Sequence[DryPart], workshop: Workshop, make: Make = part_sound) -> Iterator[bytes]:
    """As `sounds`, of parts that are known already. `make` gives the sound of whole parts."""
    begun = _begun(parts[0], workshop)
    if begun:
        yield begun
    overhang = b""
    for number, part in enumerate(parts):
        mixed = make(part, workshop)
        end = mixed.frames * 2 * workshop.encoding.channels
        yield _under(overhang, mixed.pcm[:end])[0 if number else len(begun) :]
        overhang = mixed.pcm[end:]
    if overhang:
        yield overhang


def _under(overhang: bytes, pcm: bytes) -> bytes:
    """The samples with those of the part before that sound on over them."""
    if not overhang:
        return pcm
    both = np.frombuffer(pcm, "<i2").astype(np.int32)
    both[: len(overhang) // 2] += np.frombuffer(overhang, "<i2")
    return np.clip(both, -32768, 32767).astype("<i2").tobytes()


def frames_heard(part: DryPart, frames: int, workshop: Workshop) -> int:
    """How long a part of so many frames sounds where nothing follows: its overhang is heard too."""
    return frames + workshop.quantum if part.spacing.close else frames


def comes_in_two(part: DryPart) -> bool:
    """Whether there is a pause to cut in after its first utterance."""
    return isinstance(part.cue, Speech) and part.spacing.between_ms[:1] >= (SPLIT_PAUSE_MS,)


def _begun(part: DryPart, workshop: Workshop) -> bytes:
    """A part's first utterance, ahead of the rest, where there is a pause to cut in after it."""
    if not isinstance(part.cue, Speech) or not comes_in_two(part):
        return b""
    after_ms = part.spacing.between_ms[0]
    alone = replace(
        part,
        cue=replace(part.cue, utterances=part.cue.utterances[:1]),
        spacing=replace(part.spacing, between_ms=(), after_ms=after_ms, next_is_speech=True, close=False),
    )
    return _beginning(part_sound(alone, workshop), workshop)


def _beginning(mixed: MixedPart, workshop: Workshop) -> bytes:
    """The samples up to the silence after the first speech."""
    end = mixed.spans[0][1] + frames_of(AFTER_MS, workshop.encoding.rate_hz)
    return mixed.pcm[: end * 2 * workshop.encoding.channels]


def sounds_with_music(plan: Plan, workshop: Workshop, chosen: range, before: Record) -> Iterator[bytes]:
    """As `sounds`, with the beds that lie under it.

    A bed ducks and fades with all that is said over it: everything under the same bed is spoken first, once.
    """
    dry = dry_parts(plan, workshop)
    covered = [run for bed, run in bed_runs(plan) if bed is not None and set(run) & set(chosen)]
    needed = {index for run in covered for index in run}
    known = _laid_out([dry[index] for index in sorted(needed)], workshop, before)
    heard = _with_beds(plan, needed)
    jobs = {job.index: job for job in [*plain_jobs(heard, dry), *bed_jobs(heard, dry, known, workshop)]}
    for index in chosen:
        yield part_sound(_cut_out(jobs[index], chosen), workshop).pcm


def _cut_out(job: PartJob, chosen: range) -> PartJob:
    """The job as it sounds alone: at close seams without what is not asked for."""
    if job.before and job.before.spacing.close and job.before.index not in chosen:
        job = replace(job, before=None)
    if job.dry.spacing.close and job.index == chosen[-1]:
        job = replace(job, after=None)
    return job


def _laid_out(parts: Sequence[DryPart], workshop: Workshop, before: Record) -> dict[int, DryFacts]:
    """How long each part is, and where its speech lies; what is not known yet is spoken."""
    known = before.dry_facts()
    made = make_parts([part for part in parts if part.key not in known], workshop)
    for part in made:
        if part.failure:
            raise EngineError(part.failure.message, where=part.failure.where, hint=part.failure.hint)
    laid_out = {part.index: part.dry for part in made if part.dry}
    return laid_out | {part.index: known[part.key] for part in parts if part.key in known}


def _with_beds(plan: Plan, needed: Collection[int]) -> Plan:
    """The plan with music only where those cues are."""
    sections = []
    at = 0
    for section in plan.sections:
        own = range(at, at + len(section.cues))
        sections.append(section if any(place in needed for place in own) else replace(section, bed=None))
        at = own.stop
    return replace(plan, sections=tuple(sections))


# -- to a file, to the ear ---------------------------------------------------------------------------------------------


def write_sound(path: Path, pieces: Iterable[bytes], workshop: Workshop, *, title: str) -> None:
    """Write samples to a WAV or MP3 file, by its suffix; whole, or not at all. Raises AudioguideError."""
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        hint = f"end its name in {' or '.join(_WRITERS)}"
        raise OutputError("is no kind of file that a preview can be", where=str(path), hint=hint)
    try:
        with atomic_file(path, durable=False) as file:
            write(file, pieces, workshop.encoding, title)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", where=str(path), hint="name another file") from error


def _write_wav(file: IO[bytes], pieces: Iterable[bytes], encoding: Encoding, _title: str) -> None:
    with wave.open(file, "wb") as out:
        out.setnchannels(encoding.channels)
        out.setsampwidth(2)
        out.setframerate(encoding.rate_hz)
        for piece in pieces:
            out.writeframesraw(piece)


def _write_mp3(file: IO[bytes], pieces: Iterable[bytes], encoding: Encoding, title: str) -> None:
    form = Mp3()
    encoding = encoding_for(form, rate_hz=encoding.rate_hz, channels=encoding.channels, bitrate_kbps=None)
    pcm = b"".join(pieces)
    quantum_bytes = form.quantum(encoding.rate_hz) * encoding.channels * 2
    whole = pcm + bytes(-len(pcm) % quantum_bytes)
    part = form.encode([PartSound(whole)], encoding)[0]
    tags = Tags(title=title)
    file.write(form.prologue(tags, total_frames=part.frames, data_bytes=len(part.data), encoding=encoding))
    file.write(part.data)
    file.write(form.epilogue(encoding))


_WRITERS: Mapping[str, Callable[[IO[bytes], Iterable[bytes], Encoding, str], None]] = {
    ".wav": _write_wav,
    ".mp3": _write_mp3,
}


def play_sound(pieces: Iterable[bytes], workshop: Workshop, play: Callable[[Path], None]) -> None:
    """Play samples as soon as the first piece is there; whatever is made meanwhile follows in one go.

    `play` plays a WAV file and returns when it ends. Raises what it raises, and what making the pieces raises.
    """
    waiting: SimpleQueue[bytes | None] = SimpleQueue()
    stopped = threading.Event()
    with scratch_folder() as folder, ThreadPoolExecutor(1) as pool:
        playing = pool.submit(_play_waiting, waiting, stopped, lambda pcm: _play(pcm, folder, workshop, play))
        try:
            for piece in pieces:
                waiting.put(piece)
                if playing.done():
                    break
            waiting.put(None)
            playing.result()
        except BaseException:
            stopped.set()
            waiting.put(None)
            raise


def _play_waiting(waiting: SimpleQueue[bytes | None], stopped: threading.Event, play: Callable[[bytes], None]) -> None:
    """Play what waits, all of it at once, again and again until None comes."""
    ended = False
    while not ended:
        batch = [waiting.get()]
        while not waiting.empty():
            batch.append(waiting.get())
        ended = None in batch
        if (pcm := b"".join(piece for piece in batch if piece)) and not stopped.is_set():
            play(pcm)


def _play(pcm: bytes, folder: Path, workshop: Workshop, play: Callable[[Path], None]) -> None:
    path = folder / "preview.wav"
    with path.open("wb") as file:
        _write_wav(file, [pcm], workshop.encoding, "")
    play(path)


# -- the episode that was built ----------------------------------------------------------------------------------------


def built_episode(plan: Plan, output: Path) -> Mapping[str, Any]:
    """The content of episode.json. Raises AudioguideError where the episode was not built yet."""
    path = episode_folder(plan, output) / "episode.json"
    hint = f"build it first: audioguide build {plan.loaded.path}"
    try:
        facts: dict[str, Any] = json.loads(path.read_bytes())
        facts["segments"], facts["duration_s"]
    except FileNotFoundError:
        raise AudioguideError("is not built yet", where=str(plan.loaded.path), hint=hint) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AudioguideError("cannot be read", where=str(path), hint=hint) from error
    return facts


def segment_at(facts: Mapping[str, Any], time_s: float) -> Mapping[str, Any]:
    """The segment of a built episode that sounds at that time, else the one before the pause. Raises AudioguideError."""
    if not 0 <= time_s <= facts["duration_s"] or not facts["segments"]:
        length = f"{facts['duration_s']:.1f} s"
        raise AudioguideError("is not in the episode", where=f"{time_s:g} s", hint=f"it is {length} long")
    begun: list[Mapping[str, Any]] = [one for one in facts["segments"] if one["start_s"] <= time_s]
    return begun[-1] if begun else cast("Mapping[str, Any]", facts["segments"][0])
