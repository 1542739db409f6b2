"""`audioguide build`: scripts become episodes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audioguide.cli.output import emit, emit_json, json_option
from audioguide.cli.summary import summary_lines
from audioguide.ledger import Found, Order, unchanged
from audioguide.settings import Settings, load_settings

if TYPE_CHECKING:
    from audioguide.build import BuildFailed
    from audioguide.parts import Failure

EPISODE_KEYS = (
    "id",
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
    "fallbacks",
)
"""What `build --json` says of an episode; episode.json says more."""


@click.command(
    name="build",
    epilog="""\b
Examples:
  audioguide build scripts/legs.yaml
  audioguide build scripts/*.yaml -o output --jobs 4
  audioguide build scripts/legs.yaml --engine tone     a draft in output/legs.draft/
""",
)
@click.argument("scripts", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SCRIPT…")
@click.option("-o", "--output", metavar="DIR", help="Where episodes are written.  [default: output]")
@click.option("--engine", metavar="NAME", help="Speak with this engine instead: a draft in a folder of its own.")
@click.option("--voice", metavar="NAME", help="Speak with this voice instead: a draft in a folder of its own.")
@click.option("--jobs", metavar="N", help="How many things are spoken and encoded at once.  [default: all cores]")
@click.option("--force", is_flag=True, help="Speak and encode everything again, whatever the store has.")
@json_option
def command(
    scripts: tuple[Path, ...],
    output: str | None,
    engine: str | None,
    voice: str | None,
    jobs: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Make the episode of each SCRIPT: OUTPUT/EPISODE-ID/EPISODE-ID.mp3 with chapters, and what belongs to it."""
    settings = load_settings({"output": output, "jobs": jobs})
    episodes: list[Found] = []
    failed: list[BuildFailed] = []
    for script in scripts:
        order = Order(script, engine, voice)
        found = None if force else unchanged(order, settings)
        outcome = found or _build(order, settings, force=force, quiet=as_json)
        if isinstance(outcome, Found):
            episodes.append(outcome)
            if not as_json:
                emit("\n".join(summary_lines(outcome.folder, outcome.facts)))
        else:
            failed.append(outcome)
    if as_json:
        failures = [_told(failure) for error in failed for failure in error.failures]
        emit_json({"episodes": [_facts(episode) for episode in episodes], "failures": failures})
        raise SystemExit(1 if failed else 0)
    if failed:
        raise failed[0]


def _build(order: Order, settings: Settings, *, force: bool, quiet: bool) -> Found | BuildFailed:
    """Build one script; a part that could not be made is told at the end, after all other scripts."""
    from audioguide.build import BuildFailed, build
    from audioguide.cli.progress import BuildProgress
    from audioguide.episode import Episode
    from audioguide.parts import PartDone
    from audioguide.plan import Plan

    with BuildProgress(order.script.stem, quiet=quiet) as progress:
        try:
            for event in build(order, settings, force=force):
                match event:
                    case Plan():
                        progress.planned(event)
                    case PartDone():
                        progress.done(event)
                    case Episode():
                        return Found(event.folder, event.facts)
        except BuildFailed as error:
            return error
    raise AssertionError("a build ends with its episode")


def _facts(episode: Found) -> dict[str, Any]:
    facts = {"fallbacks": {}, **episode.facts, "path": str(episode.folder)}
    return {key: facts[key] for key in EPISODE_KEYS}


def _told(failure: Failure) -> dict[str, Any]:
    return {"where": failure.where, "message": failure.message, "hint": failure.hint}
