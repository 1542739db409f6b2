"""`audioguide plan`: what a build would speak and reuse, before it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from audioguide.build import plan_script, workshop_of
from audioguide.cli.output import emit, emit_json, json_option
from audioguide.cli.scripts import expanded
from audioguide.forecast import Forecast, forecast
from audioguide.ledger import Order
from audioguide.plan import Plan
from audioguide.settings import load_settings


@click.command(
    name="plan",
    epilog="""\b
Examples:
  audioguide plan scripts/legs.yaml
  audioguide plan scripts/legs.yaml --json
""",
)
@click.argument("scripts", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SCRIPT…")
@click.option("-o", "--output", metavar="DIR", help="Where the episodes were built before.  [default: output]")
@click.option("--engine", metavar="NAME", help="Plan a draft with this engine.")
@click.option("--voice", metavar="NAME", help="Plan a draft with this voice.")
@json_option
def command(
    scripts: tuple[Path, ...], output: str | None, engine: str | None, voice: str | None, as_json: bool
) -> None:
    """Tell what a build of each SCRIPT would speak and reuse, and why: characters, minutes, engines."""
    settings = load_settings({"output": output})
    documents = []
    for script in expanded(scripts):
        plan = plan_script(Order(script, engine, voice))
        told = forecast(plan, workshop_of(plan, settings), settings.output)
        if as_json:
            documents.append(_document(plan, told))
        else:
            emit("\n".join(_lines(plan, told)))
    if as_json:
        emit_json({"episodes": documents})


def _document(plan: Plan, told: Forecast) -> dict[str, Any]:
    return {
        "id": plan.id,
        "speak": told.speak,
        "reuse": told.reuse,
        "characters": told.characters,
        "minutes": told.minutes,
        "engines": {name: asdict(engine) for name, engine in told.engines.items()},
        "segments": [asdict(segment) for segment in told.segments],
    }


def _lines(plan: Plan, told: Forecast) -> Iterator[str]:
    yield f"{plan.title}: about {told.minutes} minutes"
    for name, engine in told.engines.items():
        yield f"  {name}: {engine.speak} utterances to speak, {engine.characters} characters{_cost(engine.cost)}"
    yield f"  {told.reuse} utterances are in the store"
    for segment in told.segments:
        if segment.status == "speak":
            yield f"  speak  {segment.address}: {segment.why}"


def _cost(cost: float | None) -> str:
    if cost is None:
        return ", at a price that is not known"
    return f", about ${max(cost, 0.01):.2f}" if cost else ""
