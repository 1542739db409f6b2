"""`audioguide build`: scripts become episodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from audioguide.build import BuildFailed, Overrides, build
from audioguide.cli.output import emit, emit_json, json_option
from audioguide.cli.progress import BuildProgress
from audioguide.cli.summary import summary_lines
from audioguide.episode import Episode
from audioguide.parts import Failure, PartDone
from audioguide.plan import Plan
from audioguide.settings import Settings, load_settings

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
    overrides = Overrides(engine=engine, voice=voice, force=force)
    episodes: list[Episode] = []
    failures: list[Failure] = []
    failed: BuildFailed | None = None
    for script in scripts:
        try:
            episodes.append(_build(script, settings, overrides, quiet=as_json))
        except BuildFailed as error:
            failures += error.failures
            failed = error
        if not as_json and not failed:
            emit("\n".join(summary_lines(episodes[-1])))
    if as_json:
        emit_json({"episodes": [_facts(episode) for episode in episodes], "failures": [_told(f) for f in failures]})
        if failed:
            raise SystemExit(1)
    elif failed:
        raise failed


def _build(script: Path, settings: Settings, overrides: Overrides, *, quiet: bool) -> Episode:
    with BuildProgress(script.stem, quiet=quiet) as progress:
        for event in build(script, settings, overrides):
            match event:
                case Plan():
                    progress.planned(event)
                case PartDone():
                    progress.done(event)
                case Episode():
                    return event
    raise AssertionError("a build ends with its episode")


def _facts(episode: Episode) -> dict[str, Any]:
    facts = {**episode.facts, "path": str(episode.folder)}
    return {key: facts[key] for key in EPISODE_KEYS}


def _told(failure: Failure) -> dict[str, Any]:
    return {"where": failure.where, "message": failure.message, "hint": failure.hint}
