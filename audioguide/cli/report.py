"""`audioguide report`: a picture of a built episode."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audioguide.cli.output import emit, emit_json, json_option
from audioguide.cli.times import episodes_option
from audioguide.ledger import Found, Order
from audioguide.settings import Settings, load_settings

if TYPE_CHECKING:
    from audioguide.plan import Plan
    from audioguide.report import Report


@click.command(
    name="report",
    epilog="""\b
Examples:
  audioguide report scripts/legs.yaml             writes output/legs/legs.report.html
  audioguide report scripts/legs.yaml -o legs.html
""",
)
@click.argument("script", type=click.Path(path_type=Path))
@click.option("-o", "target", type=click.Path(path_type=Path), metavar="FILE", help="Write the page there.")
@episodes_option
@json_option
def command(*, script: Path, target: Path | None, output: str | None, as_json: bool) -> None:
    """Show how the built episode of SCRIPT sounds, on one page: waveform, loudness, chapters, speakers, every segment.

    Also tells what is worth a second look. The page fetches nothing from the network.
    """
    from audioguide.build import plan_script
    from audioguide.preview import built_episode
    from audioguide.report import write_report

    settings = load_settings({"output": output})
    order = Order(script)
    plan = plan_script(order)
    episode = built_episode(plan, settings.output)
    report = write_report(plan_of_built(order, episode), episode, settings, target=target)
    if as_json:
        emit_json(report.document())
        return
    for warning in report.facts.warnings:
        emit(f"warning: {warning}")
    emit(f"wrote {report.path}")


def plan_of_built(order: Order, episode: Mapping[str, Any]) -> Plan:
    """The plan of a built episode: the voices that gave way in it give way."""
    from audioguide.build import plan_script

    return plan_script(order, unavailable=frozenset(episode.get("fallbacks", ())))


def report_of(order: Order, found: Found, settings: Settings, sources: Mapping[str, str]) -> Report:
    """Write the report of what was just built, beside it. `sources`: what the build did for each address, if known."""
    from audioguide.report import write_report

    return write_report(plan_of_built(order, found.facts), found.facts, settings, sources=sources)
