"""`audioguide feed`: what a feed says, held to what its readers ask for."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from audioguide.cli.output import emit, emit_json, json_option
from audioguide.cli.publish import finding_lines

_EPILOG = """\b
Examples:
  audioguide feed check site
  audioguide feed check https://example.org/show/feed.xml
"""


@click.group(name="feed")
def command() -> None:
    """Examine a feed folder or a live feed."""


@command.command(epilog=_EPILOG)
@click.argument("source", metavar="DIR|URL")
@click.option("--allow-private", is_flag=True, help="Fetch from this machine and private networks too.")
@json_option
def check(source: str, allow_private: bool, as_json: bool) -> None:
    """Find everything that a directory or a player would stumble over, each with what to do about it.

    Exit 1 where there is an error; advice alone is no reason.
    """
    from audioguide.importers.fetch import is_public, is_url
    from audioguide.publish.check import check_folder, check_url

    now = datetime.now(UTC)
    if is_url(source):
        findings = check_url(source, allows=(lambda _: True) if allow_private else is_public, now=now)
    else:
        findings = check_folder(Path(source), now=now)
    wrong = sum(finding.level == "error" for finding in findings)
    if as_json:
        emit_json({"findings": [asdict(finding) for finding in findings]})
    else:
        for row in finding_lines(findings):
            emit(row)
        emit(
            f"{source}: {wrong} errors, {len(findings) - wrong} pieces of advice" if findings else f"{source}: all good"
        )
    raise SystemExit(1 if wrong else 0)
