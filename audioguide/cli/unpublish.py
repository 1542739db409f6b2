"""`audioguide unpublish`: episodes leave a feed folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from audioguide.cli.output import json_option
from audioguide.cli.publish import tell

_EPILOG = """\b
Examples:
  audioguide unpublish legs --to site
  audioguide unpublish scripts/legs.yaml --to site --now
"""


@click.command(name="unpublish", epilog=_EPILOG)
@click.argument("episodes", nargs=-1, required=True, metavar="EPISODE…")
@click.option(
    "--to",
    "--from",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder.  [default: publish.to in the show.yaml of a script]",
)
@click.option("--now", "erase", is_flag=True, help="Remove its files at once, not after two days.")
@json_option
def command(episodes: tuple[str, ...], folder: Path | None, erase: bool, as_json: bool) -> None:
    """Take each EPISODE, an id or a script, out of the feed in the folder DIR.

    Its guid and date stay known: published again, it is the same episode to everybody. Its files stay for two days, since
    apps that have not seen the new feed still ask for them; a later publish removes them.
    """
    from audioguide.publish.publication import Request, unpublish

    folder = folder or next(filter(None, map(_folder, episodes)), None)
    if folder is None:
        raise click.UsageError("--to is missing, and no script among the episodes has a show.yaml with publish.to")
    request = Request(folder, datetime.now(UTC))
    tell(unpublish([_id(one) for one in episodes], request, erase=erase), folder, as_json=as_json)


def _id(episode: str) -> str:
    """The id that is named, or that of the script that is."""
    path = Path(episode)
    if not _is_script(path):
        return episode
    from audioguide.script.load import load_script
    from audioguide.text import slug

    return load_script(path).script.episode.id or slug(path.stem) or "episode"


def _folder(episode: str) -> Path | None:
    """Where a script's show is published; None for an id."""
    from audioguide.publish.written import read_written

    return read_written(Path(episode)).folder if _is_script(Path(episode)) else None


def _is_script(path: Path) -> bool:
    return path.suffix.lower() in {".yaml", ".yml"}
