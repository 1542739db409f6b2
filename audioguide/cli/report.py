"""`audioguide report`: a picture of a built episode."""

from __future__ import annotations

from pathlib import Path

import click

from audioguide.cli.output import emit, emit_json, json_option
from audioguide.cli.times import episodes_option
from audioguide.settings import load_settings


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
    from audioguide.ledger import Order
    from audioguide.preview import built_episode
    from audioguide.report import write_report

    settings = load_settings({"output": output})
    plan = plan_script(Order(script))
    report = write_report(plan, built_episode(plan, settings.output), settings, target=target)
    if as_json:
        emit_json(report.document())
        return
    for warning in report.facts.warnings:
        emit(f"warning: {warning}")
    emit(f"wrote {report.path}")
