"""The pipeline: script -> plan -> parts -> episode. The only room that knows the order of stages.

`build` is a generator, and each of its events is a stage's result. Only the thread that listens yields, so a listener
needs no lock. Whatever was spoken or encoded stays in the store, whenever a build ends.
"""

from __future__ import annotations

import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from audioguide.bench import make_parts
from audioguide.episode import (
    Episode,
    Told,
    episode_document,
    episode_folder,
    held_folder,
    tags_of,
    told_of,
    write_document,
    write_episode,
    write_transcripts,
)
from audioguide.errors import AudioError, AudioguideError, EngineError
from audioguide.foreman import Foreman, hired
from audioguide.formats import Spliced, encoding_for, get_format
from audioguide.importers import fill_sections
from audioguide.languages import compare_languages
from audioguide.ledger import Order, remember
from audioguide.media import Made, PartLost, Written, opening_of, write_media
from audioguide.parts import (
    Failure,
    PartDone,
    PartFacts,
    PartJob,
    Workshop,
    bed_jobs,
    bed_runs,
    dry_parts,
    missing_pieces,
    plain_jobs,
)
from audioguide.plan import Plan, Speech, make_plan
from audioguide.record import Record, load_record, record_of, save_record
from audioguide.script.load import SHOW_FILE, load_script
from audioguide.settings import Settings
from audioguide.stops import StopWriter, sweep_stops
from audioguide.store import Store, open_store, prune_now_and_then
from audioguide.timeline import lay_out


class BuildFailed(EngineError):
    """Some parts could not be made; `failures` has each with its address. Everything else is finished and kept."""

    def __init__(self, failures: Sequence[Failure], *, where: str, kept: int = 0, missing: int = 0) -> None:
        """`failures` must not be empty. `kept`, `missing`: utterances that lie in the store, and that do not."""
        first = failures[0]
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        super().__init__(f"{first.where}: {first.message}{more}", where=where, hint=first.hint)
        self.failures = tuple(failures)
        self.kept = kept
        self.missing = missing


def plan_script(order: Order, *, unavailable: frozenset[str] = frozenset()) -> Plan:
    """The plan of a script file; the voices in `unavailable` give way to their fallbacks. Raises ScriptError."""
    loaded = fill_sections(load_script(order.script))
    plan = make_plan(loaded, engine=order.engine, voice=order.voice, unavailable=unavailable)
    formats = tuple(dict.fromkeys(order.formats)) or plan.output.formats
    return replace(plan, output=replace(plan.output, formats=formats))


def build(
    order: Order, settings: Settings, *, force: bool = False, foreman: Foreman | None = None
) -> Iterator[Plan | PartDone | Episode]:
    """Make the episode of a script: first its Plan, then each part as it is done, then the Episode.

    Where an engine turns out to be unavailable and the script names a fallback for its voice, a second Plan follows, in which
    the fallback speaks in the whole episode.

    `force`: speak and encode everything again, whatever the store has. `foreman`: whose workers make it, where they make
    other episodes too. Raises ScriptError before anything is written; BuildFailed after everything that can be made is
    made and kept.
    """
    if foreman is None:
        with hired(settings) as own:
            yield from build(order, settings, force=force, foreman=own)
        return
    unavailable: frozenset[str] = frozenset()
    while True:
        plan = plan_script(order, unavailable=unavailable)
        yield plan
        done: dict[int, PartDone] = {}
        try:
            yield (yield from _build_planned(plan, order, foreman, done, force=force))
        except BuildFailed:
            if not (giving_way := _giving_way(plan, done)) - unavailable:
                raise
            unavailable |= giving_way
        else:
            return


def _build_planned(
    plan: Plan, order: Order, foreman: Foreman, done: dict[int, PartDone], *, force: bool
) -> Generator[PartDone, None, Episode]:
    settings = foreman.settings
    folder = episode_folder(plan, settings.output)
    workshops = workshops_of(plan, settings, force=force)
    _check_encodings(workshops, where=str(order.script))
    with held_folder(folder):
        media: list[_Media] = []
        for workshop in workshops:
            of_format = plan if not media else _without_extras(plan)
            work = _Work(of_format, replace(workshop, spare=foreman.spare), folder, foreman)
            of_one = {} if media else done
            jobs = yield from _make_all(work, of_one)
            failures = [part.failure for _, part in sorted(of_one.items()) if part.failure]
            if failures:
                store = open_store(work.workshop.store, spare=work.workshop.spare)
                kept = sum(store.has("speech", key) for key in plan.utterances)
                raise BuildFailed(failures, where=str(order.script), kept=kept, missing=len(plan.utterances) - kept)
            media.append(_write(work, jobs, of_one, is_first=not media))
        episode = _finish(plan, folder, media)
        engines = {utterance.engine for utterance in plan.utterances.values()}
        if not plan.fallbacks:  # next time the voices that were asked for may be there again
            remember(order, settings, inputs=plan.loaded.files, folder=folder, engines=engines)
        if plan.script.languages:
            compare_languages(plan.loaded.path.parent / SHOW_FILE)
    if (episode.facts["spoken"] or episode.facts["encoded"]) and not foreman.spare:
        prune_now_and_then(settings)
    return episode


def _giving_way(plan: Plan, done: Mapping[int, PartDone]) -> frozenset[str]:
    """The voices whose engines turned out to be unavailable, if the script names another for each that was heard of."""
    cues = list(plan.every_cue())
    failed = [cues[index] for index, part in done.items() if part.failure and part.failure.final]
    names = {plan.fallbacks.get(cue.voice, cue.voice) for cue in failed if isinstance(cue, Speech)}
    voices = plan.script.voices
    able = all(name in voices and voices[name].fallback not in {None, *plan.fallbacks} for name in names)
    return frozenset(names) if able and not plan.draft else frozenset()


def _check_encodings(workshops: Sequence[Workshop], *, where: str) -> None:
    """Every format has what is asked of it: told before anything is spoken. Raises AudioError."""
    for workshop in workshops:
        try:
            get_format(workshop.format).fingerprint(workshop.encoding)
        except AudioError as error:
            error.where = error.where or f"{where}: output"
            raise


class _Work:
    """One file of an episode on its way: what is to be made, with what, and what lies there from before."""

    def __init__(self, plan: Plan, workshop: Workshop, folder: Path, foreman: Foreman) -> None:
        self.plan, self.workshop, self.foreman = plan, workshop, foreman
        self.form = get_format(workshop.format)
        self.state_folder = foreman.settings.state_folder
        path = folder / f"{plan.id}{self.form.suffix}"
        spliced = isinstance(self.form, Spliced) and not workshop.fresh
        self.before = load_record(self.state_folder, path) if spliced else Record(path)


@dataclass(frozen=True, slots=True)
class _Media:
    """A media file that is written: what episode.json says of it, and the parts it is made of."""

    facts: dict[str, object]
    done: Mapping[int, PartDone]
    told: Told | None
    """Of the first one."""
    stops: Sequence[Mapping[str, object]] = ()
    """What episode.json says of each stop."""


def _make_all(work: _Work, done: dict[int, PartDone]) -> Generator[PartDone, None, list[PartJob]]:
    """Every part of the episode: first those that stand alone, and what the others are made of; then these."""
    plan, workshop, before = work.plan, work.workshop, work.before
    dry = dry_parts(plan, workshop)
    jobs = plain_jobs(plan, dry)
    done.update({job.index: part for job in jobs if (part := _known(job, before))})
    yield from list(done.values())
    missing = [job for job in jobs if job.index not in done]
    close = [job for job in missing if not job.alone]
    covered = [dry[index] for bed, run in bed_runs(plan) if bed is not None for index in run]
    laid_out = before.dry_facts()
    known = {part.index: laid_out[part.key] for part in covered if part.key in laid_out}
    unknown = [part for part in covered if part.index not in known]
    store = open_store(workshop.store, spare=workshop.spare)
    pieces = {part.index: part for part in [*unknown, *missing_pieces(close, store, fresh=bool(workshop.fresh))]}
    failed = False
    for part in work.foreman.make([*(job for job in missing if job.alone), *pieces.values()], workshop):
        failed = failed or part.failure is not None
        if part.dry:
            known[part.index] = part.dry
        if part.facts or part.failure:
            yield part
        done[part.index] = part if part.failure else _with_counts(done.get(part.index, part), part)
    if not failed:
        music = bed_jobs(plan, dry, known, workshop)
        for part in _make_together([*close, *music], work):
            done[part.index] = _with_counts(part, done.get(part.index, part))
            yield done[part.index]
        jobs = sorted([*jobs, *music], key=lambda job: job.index)
    return jobs


def _with_counts(part: PartDone, other: PartDone) -> PartDone:
    """The part, with what was spoken and reused for the other."""
    return replace(part, spoken=other.spoken, reused=other.reused)


def _make_together(jobs: Sequence[PartJob], work: _Work) -> Iterator[PartDone]:
    """Parts that are heard together with their neighbours."""
    unchanged = {job.index: part for job in jobs if (part := _known(job, work.before))}
    missing = [job for job in jobs if job.index not in unchanged]
    return chain(unchanged.values(), work.foreman.make(missing, work.workshop))


def _known(job: PartJob, before: Record) -> PartDone | None:
    """The part as it lies in the episode that was built before."""
    place = before.places.get(job.key)
    return PartDone(job.index, place.facts) if place else None


def workshops_of(plan: Plan, settings: Settings, *, force: bool = False) -> list[Workshop]:
    """What the parts of each of the plan's formats share on this machine; first that of the first format."""
    output = plan.output
    fresh = uuid.uuid4().hex if force else None
    asked = {"rate_hz": output.rate_hz, "channels": output.channels}
    return [
        Workshop(
            store=settings.cache,
            format=name,
            encoding=encoding_for(get_format(name), **asked, bitrate_kbps=output.bitrate_kbps),
            loudness_lufs=output.loudness_lufs,
            true_peak_dbtp=output.true_peak_dbtp,
            offline=settings.offline,
            fresh=fresh,
        )
        for name in output.formats
    ]


def workshop_of(plan: Plan, settings: Settings) -> Workshop:
    """What the parts of the plan's first format share on this machine."""
    return workshops_of(plan, settings)[0]


def _write(work: _Work, jobs: Sequence[PartJob], done: dict[int, PartDone], *, is_first: bool) -> _Media:
    """Write one media file from its finished parts; the first one with its stops, while its transcripts are put together."""
    plan, workshop, path = work.plan, work.workshop, work.before.media
    store = open_store(workshop.store, spare=workshop.spare)
    length = sum(1 for _ in plan.cues())
    for _ in range(3):
        every = [(job, _facts(done[job.index])) for job in jobs]
        made = every[:length]
        timeline = lay_out(
            plan, [facts for _, facts in made], quantum=workshop.quantum, rate_hz=workshop.encoding.rate_hz
        )
        opening = opening_of(workshop, tags_of(plan, timeline), made)
        with ThreadPoolExecutor(1, "audioguide-texts") as aside:  # the disk has the sound, the processor the text
            told = aside.submit(told_of, plan, timeline) if is_first else None
            try:
                written = write_media(path, workshop, opening, made, store, before=work.before)
                stops = _write_stops(work, every, made, written, store) if is_first else []
            except PartLost as lost:
                rest = [job for job in jobs[lost.index :] if job.key not in work.before.places]
                _make_again(rest, workshop, done, where=str(plan.loaded.path))
                continue
            save_record(work.state_folder, path, prologue_bytes=written.prologue_bytes, parts=made)
        facts = {"name": path.name, "type": work.form.media_type, "bytes": written.bytes, "sha256": written.sha256}
        return _Media(facts, done, told.result() if told else None, stops)
    raise AudioguideError(
        "finished parts keep vanishing from the store", where=workshop.store, hint="is it being cleared?"
    )


def _write_stops(work: _Work, every: Made, made: Made, written: Written, store: Store) -> list[dict[str, Any]]:
    """Write the stops of a guide, cut out of the episode that was just written, or from its parts where it is muxed."""
    if not any(work.plan.stops()):
        return []
    path = work.before.media
    laid = record_of(path, prologue_bytes=written.prologue_bytes, parts=made)
    before = laid if isinstance(work.form, Spliced) else Record(path)
    return StopWriter(work.plan, work.workshop, path.parent, store, before).write(every)


def _without_extras(plan: Plan) -> Plan:
    """The plan of a further format: stops, and their extra tracks with them, are written in the first one alone."""
    return replace(plan, sections=tuple(replace(section, more=None) for section in plan.sections))


def _finish(plan: Plan, folder: Path, media: Sequence[_Media]) -> Episode:
    """Write what tells of the episode; its times are those of the first media file."""
    told = media[0].told
    assert told
    write_document(folder / f"{plan.id}.chapters.json", told.chapters)
    files = [*(file.facts for file in media), *write_transcripts(folder, plan.id, told.transcripts)]
    document = episode_document(plan, told, files, _counts(plan, media), stops=media[0].stops)
    write_episode(folder, document)
    sweep_stops(folder, document)
    return Episode(folder, document)


def _make_again(jobs: Sequence[PartJob], workshop: Workshop, done: dict[int, PartDone], *, where: str) -> None:
    """Make parts that were lost since; what was spoken and encoded for them the first time still counts."""
    again = make_parts(jobs, workshop)
    if failures := [part.failure for part in again if part.failure]:
        raise BuildFailed(failures, where=where)
    for part in again:
        first = done[part.index]
        done[part.index] = replace(part, spoken=first.spoken + part.spoken, encoded=first.encoded or part.encoded)


def _facts(part: PartDone) -> PartFacts:
    assert part.facts
    return part.facts


def _counts(plan: Plan, media: Sequence[_Media]) -> dict[str, int]:
    parts = [part for file in media for part in file.done.values()]
    spoken = {key for part in parts for key in part.spoken}
    encoded = sum(1 for part in parts if part.encoded)
    return {"spoken": len(spoken), "reused": len(plan.utterances) - len(spoken), "encoded": encoded}
