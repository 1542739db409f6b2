"""`audioguide build`: scripts become episodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from audioguide.cli.output import emit, emit_json, failure_facts, failure_lines, go_on_line, json_option, note
from audioguide.cli.scripts import expanded
from audioguide.cli.summary import catalogue_lines, clock, summary_lines
from audioguide.errors import AudioguideError, ScriptError
from audioguide.formats import FORMATS
from audioguide.ledger import Found, Order, Outcome, unchanged
from audioguide.settings import Settings, load_settings

EPISODE_KEYS = (
    "id",
    "kind",
    "path",
    "files",
    "duration_s",
    "bytes",
    "sha256",
    "loudness_lufs",
    "true_peak_dbtp",
    "spoken",
    "reused",
    "encoded",
    "chapters",
    "stops",
    "fallbacks",
)
"""What `build --json` says of an episode; episode.json says more."""


@click.command(
    name="build",
    epilog="""\b
Examples:
  audioguide build scripts/legs.yaml
  audioguide build scripts/*.yaml -o output --jobs 4
  audioguide build scripts/*.yaml --keep-going --workers dask://scheduler:8786
  audioguide build scripts/legs.yaml --format m4b --format mp3
  audioguide build scripts/walk                        a guide, in all languages of its show.yaml
  audioguide build scripts/legs.yaml --engine tone     a draft in output/legs.draft/
""",
)
@click.argument("scripts", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SCRIPT…")
@click.option("-o", "--output", metavar="DIR", help="Where episodes are written.  [default: output]")
@click.option("--engine", metavar="NAME", help="Speak with this engine instead: a draft in a folder of its own.")
@click.option("--voice", metavar="NAME", help="Speak with this voice instead: a draft in a folder of its own.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="NAME",
    type=click.Choice(list(FORMATS)),
    help=f"Write this format instead of the script's: {', '.join(FORMATS)}. Repeatable.",
)
@click.option("--jobs", metavar="N", help="How many things are spoken and encoded at once.  [default: all cores]")
@click.option(
    "--workers", metavar="WHO", help="threads, serial, processes, dask://HOST:PORT or dask://local?workers=N."
)
@click.option("--force", is_flag=True, help="Speak and encode everything again, whatever the store has.")
@click.option(
    "--keep-going", is_flag=True, help="Make the other episodes where one fails; the failures come at the end."
)
@click.option("--verify", is_flag=True, help="Build it once more from nothing, compare every byte, and decode it all.")
@click.option("--report", is_flag=True, help="Show how each episode sounds, on a page beside it.")
@json_option
def command(
    scripts: tuple[Path, ...],
    engine: str | None,
    voice: str | None,
    formats: tuple[str, ...],
    force: bool,
    keep_going: bool,
    verify: bool,
    report: bool,
    as_json: bool,
    **machine: str | None,
) -> None:
    """Make the episode of each SCRIPT: OUTPUT/EPISODE-ID/EPISODE-ID.mp3 (or what its script names) with chapters, and what belongs to it."""
    settings = load_settings(machine)
    orders = [Order(script, engine, voice, formats) for script in expanded(scripts)]
    sources: dict[str, str] = {}
    if len(orders) == 1:
        outcomes = _one(orders[0], settings, sources, force=force, quiet=as_json)
    else:
        outcomes = _many(orders, settings, force=force, keep_going=keep_going, quiet=as_json)
    if verify:
        outcomes = [_verified(outcome, settings, quiet=as_json) for outcome in outcomes]
    if report:
        _write_reports(outcomes, settings, sources, quiet=as_json)
    _tell(outcomes, as_json=as_json)
    wrong = [outcome.error for outcome in outcomes if outcome.error]
    if wrong:
        raise SystemExit(2 if all(isinstance(error, ScriptError) for error in wrong) else 1)


def _one(order: Order, settings: Settings, sources: dict[str, str], *, force: bool, quiet: bool) -> list[Outcome]:
    """Build one script, with a bar; quick where nothing changed. `sources` gets what was done for each address."""
    if not force and (found := unchanged(order, settings)):
        return [Outcome(order, found)]
    from audioguide.build import BuildFailed

    try:
        return [Outcome(order, _build(order, settings, sources, force=force, quiet=quiet))]
    except BuildFailed as error:
        return [Outcome(order, error=error)]


def _many(orders: Sequence[Order], settings: Settings, *, force: bool, keep_going: bool, quiet: bool) -> list[Outcome]:
    """Build a catalogue, with a line for each episode that is done; the outcomes in the order of the scripts."""
    from audioguide.catalogue import build_catalogue

    outcomes: dict[Order, Outcome] = {}
    for outcome in build_catalogue(orders, settings, force=force, keep_going=keep_going):
        outcomes[outcome.order] = outcome
        if not quiet:
            note(f"{len(outcomes)} of {len(orders)}: {outcome.order.script} {'done' if outcome.found else 'failed'}")
    return [outcomes[order] for order in orders if order in outcomes]


def _verified(outcome: Outcome, settings: Settings, *, quiet: bool) -> Outcome:
    """The outcome, or the failure where the episode is not what it should be."""
    if outcome.found is None:
        return outcome
    from audioguide.verify import verify

    try:
        seen = verify(outcome.order, settings, outcome.found)
    except AudioguideError as error:
        return Outcome(outcome.order, error=error)
    if not quiet:
        kept = f"; the speech of {seen.kept} utterances was taken as it is" if seen.kept else ""
        note(
            f"{outcome.order.script}: verified: {seen.files} files are the same when built from nothing, "
            f"{clock(seen.duration_s)} decode without a fault{kept}"
        )
    return outcome


def _write_reports(outcomes: Sequence[Outcome], settings: Settings, sources: Mapping[str, str], *, quiet: bool) -> None:
    """A report beside each episode that was made."""
    from audioguide.cli.report import report_of

    for outcome in outcomes:
        if outcome.found:
            facts = outcome.found.facts
            known = sources if facts["spoken"] else {segment["address"]: "reused" for segment in facts["segments"]}
            report = report_of(outcome.order, outcome.found, settings, known)
            for line in () if quiet else (*report.facts.warnings, f"wrote {report.path}"):
                note(line)


def _tell(outcomes: Sequence[Outcome], *, as_json: bool) -> None:
    """Results on standard output; every failure, with its address, at the end of standard error."""
    episodes = [outcome.found for outcome in outcomes if outcome.found]
    wrong = [outcome.error for outcome in outcomes if outcome.error]
    if as_json:
        failures = [fact for error in wrong for fact in failure_facts(error)]
        emit_json({"episodes": [_facts(episode) for episode in episodes], "failures": failures})
        return
    if len(outcomes) == 1:
        for episode in episodes:
            emit("\n".join(summary_lines(episode.folder, episode.facts)))
    elif episodes:
        emit("\n".join(catalogue_lines([episode.facts for episode in episodes])))
    for error in wrong:
        for line in failure_lines(error):
            note(line)
    if any(part.final for error in wrong for part in getattr(error, "failures", ())):
        note(go_on_line())


def _build(order: Order, settings: Settings, sources: dict[str, str], *, force: bool, quiet: bool) -> Found:
    """Build one script and draw how far it is. Raises BuildFailed."""
    from audioguide.build import build
    from audioguide.cli.progress import BuildProgress
    from audioguide.episode import Episode
    from audioguide.parts import PartDone
    from audioguide.plan import Plan

    addresses: list[str] = []
    with BuildProgress(order.script.stem, quiet=quiet) as progress:
        for event in build(order, settings, force=force):
            match event:
                case Plan():
                    progress.planned(event)
                    addresses = [cue.address for cue in event.every_cue()]
                case PartDone():
                    progress.done(event)
                    if event.spoken or addresses[event.index] not in sources:  # a further format speaks nothing anew
                        sources[addresses[event.index]] = "spoken" if event.spoken else "reused"
                case Episode():
                    return Found(event.folder, event.facts)
    raise AssertionError("a build ends with its episode")


def _facts(episode: Found) -> dict[str, Any]:
    facts = {"kind": "episode", "stops": [], "fallbacks": {}, **episode.facts, "path": str(episode.folder)}
    return {key: facts[key] for key in EPISODE_KEYS}
