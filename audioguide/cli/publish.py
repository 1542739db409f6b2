"""`audioguide publish`: scripts become a folder for any static host: a podcast's feed, or an audio guide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audioguide.cli.output import emit, emit_json, error_document, json_option, note
from audioguide.cli.scripts import expanded
from audioguide.ledger import Found, Order, unchanged
from audioguide.settings import Settings, load_settings

if TYPE_CHECKING:
    from audioguide.publish.collect import Built
    from audioguide.publish.model import Finding
    from audioguide.publish.publication import NotPublished, Published

_EPILOG = """\b
Examples:
  audioguide publish scripts/legs.yaml --to site --base-url https://example.org/show/
  audioguide publish scripts/*.yaml --to site --keep 50
  audioguide publish scripts/next.yaml --to site --draft
  audioguide publish walk/show.yaml --guide --to tour --base-url https://example.org/walk/
Then copy the folder to your host, or try it here: audioguide serve site
"""


@click.command(name="publish", epilog=_EPILOG)
@click.argument("scripts", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SCRIPT…")
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder to publish to.  [default: publish.to in show.yaml]",
)
@click.option(
    "--base-url",
    metavar="URL",
    help="Where the folder will be on the web.  [default: publish.base_url in show.yaml, else as published before]",
)
@click.option("--guide", is_flag=True, help="Publish an audio guide, in all its languages, as an app for phones.")
@click.option("--draft", is_flag=True, help="A page for each episode, but no place in the feed.")
@click.option(
    "--keep",
    metavar="N",
    type=click.IntRange(1),
    help="Keep the newest N episodes in the feed; trailers stay.  [default: publish.keep in show.yaml, else all]",
)
@click.option("--force", is_flag=True, help="Publish what does not check out, and replace files that are in the way.")
@click.option("-o", "--output", metavar="DIR", help="Where episodes are built.  [default: output]")
@json_option
def command(
    scripts: tuple[Path, ...],
    folder: Path | None,
    base_url: str | None,
    guide: bool,
    draft: bool,
    keep: int | None,
    force: bool,
    output: str | None,
    as_json: bool,
) -> None:
    """Build what is missing, and bring the folder DIR to it: feed, sound, chapters, transcripts, cover, pages.

    What was published before stays, under the same guids and dates. The folder is never without a working feed, and
    nothing in it changes where nothing changed.
    """
    from audioguide.publish.written import read_written

    scripts = expanded(scripts)
    written = read_written(scripts[0])
    folder = folder or written.folder
    if folder is None:
        raise click.UsageError("--to is missing, and the script's show.yaml has no publish.to")
    asked = _Asked(folder, base_url or written.base_url, force, load_settings({"output": output}), as_json)
    if not guide:
        _publish_feed(scripts, asked, draft=draft, keep=keep or written.keep)
    elif draft or keep:
        raise click.UsageError("--draft and --keep are for feeds, not for guides")
    else:
        _publish_guide(scripts, asked, reference=written.reference)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line and the script say of a publish."""

    folder: Path
    base_url: str | None
    force: bool
    settings: Settings
    as_json: bool

    def built(self, scripts: Sequence[Path]) -> list[Built]:
        """Each script, built where that is missing."""
        return [_built(script, self.settings, quiet=self.as_json) for script in scripts]


def _publish_guide(scripts: Sequence[Path], asked: _Asked, *, reference: str | None) -> None:
    from audioguide.cli.publish_guide import in_every_language, tell_guide, told_of
    from audioguide.guide.publication import Request, check_request, publish_guide

    request = Request(asked.folder, datetime.now(UTC), asked.base_url, reference, asked.force)
    check_request(request)  # a mistake that is told before anything is built
    built = asked.built(in_every_language(scripts))
    tell_guide(publish_guide([told_of(one) for one in built], request), asked.folder, as_json=asked.as_json)


def _publish_feed(scripts: Sequence[Path], asked: _Asked, *, draft: bool, keep: int | None) -> None:
    from audioguide.publish.publication import NotPublished, Request, publish
    from audioguide.publish.show import base_url_of
    from audioguide.publish.state import State, load_state

    folder, base_url, as_json = asked.folder, asked.base_url, asked.as_json
    base_url_of(base_url, load_state(folder) or State())  # a mistake that is told before anything is built
    built = asked.built(scripts)
    request = Request(folder, datetime.now(UTC), base_url, draft=draft, keep=keep, force=asked.force)
    try:
        published = publish(built, request)
    except NotPublished as error:
        _tell_findings(error, as_json=as_json)
        raise SystemExit(1) from None
    tell(published, folder, as_json=as_json)


def _built(script: Path, settings: Settings, *, quiet: bool) -> Built:
    from audioguide.build import plan_script
    from audioguide.publish.collect import Built

    order = Order(script)
    found = unchanged(order, settings) or _build(order, settings, quiet=quiet)
    return Built(plan_script(order), found.folder, found.facts)


def _build(order: Order, settings: Settings, *, quiet: bool) -> Found:
    from audioguide.build import build
    from audioguide.cli.progress import BuildProgress
    from audioguide.episode import Episode
    from audioguide.parts import PartDone
    from audioguide.plan import Plan

    with BuildProgress(order.script.stem, quiet=quiet) as progress:
        for event in build(order, settings):
            match event:
                case Plan():
                    progress.planned(event)
                case PartDone():
                    progress.done(event)
                case Episode():
                    return Found(event.folder, event.facts)
    raise AssertionError("a build ends with its episode")


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    """Each finding for people: where and what, then its hint."""
    return [
        row
        for finding in findings
        for row in (
            f"{finding.where}: {'advice: ' if finding.level == 'advice' else ''}{finding.message}",
            f"  hint: {finding.hint}",
        )
    ]


def _tell_findings(error: NotPublished, *, as_json: bool) -> None:
    if as_json:
        emit_json({**error_document(error), "findings": [asdict(finding) for finding in error.findings]})
        return
    for row in finding_lines(error.findings):
        note(row)
    note("nothing was published; --force publishes all the same")


def tell(published: Published, folder: Path, *, as_json: bool) -> None:
    """What the folder holds now, and what changed."""
    if as_json:
        emit_json(_document(published, folder))
        return
    state = published.state
    assert state.show
    for notice in published.notices:
        note(f"note: {notice}")
    if published.overridden:
        note("published all the same, because of --force:")
        for row in finding_lines(published.overridden):
            note(row)
    for episode in state.listed():
        emit(f"{episode.published:%Y-%m-%d}  {episode.title}")
    for episode in state.drafts():
        emit(f"draft       {episode.title}: {state.show.url(episode.page)}")
    changes = published.changes
    if not changes.written and not changes.removed:
        emit(f"{folder}: nothing changed")
    else:
        emit(f"{folder}: {len(changes.written)} files written, {len(changes.removed)} removed")
    emit(f"feed: {state.show.feed_url}")


def _document(published: Published, folder: Path) -> dict[str, Any]:
    state = published.state
    assert state.show
    episodes = [
        {
            "id": name,
            "guid": entry.guid,
            "status": entry.status,
            "published": entry.published.isoformat(),
            "title": entry.episode.title,
            "url": state.show.url(entry.episode.page),
            "enclosure": state.show.url(entry.episode.media[0].name),
        }
        for name, entry in state.episodes.items()
        if entry.episode
    ]
    return {
        "path": str(folder),
        "feed": state.show.feed_url,
        "guid": state.show.guid,
        "episodes": episodes,
        "written": list(published.changes.written),
        "removed": list(published.changes.removed),
        "notices": list(published.notices),
        "findings": [asdict(finding) for finding in published.overridden],
    }
