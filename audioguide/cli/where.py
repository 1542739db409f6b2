"""`audioguide where`: from an address to the time and the line, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from audioguide.cli.output import emit, emit_json, json_option
from audioguide.cli.times import at_option, episodes_option, precise_clock
from audioguide.errors import AudioguideError
from audioguide.plan import Plan, Speech
from audioguide.settings import load_settings


@click.command(
    name="where",
    epilog="""\b
Examples:
  audioguide where scripts/legs.yaml welcome.teaser
  audioguide where scripts/legs.yaml --at 1:10
""",
)
@click.argument("script", type=click.Path(path_type=Path))
@click.argument("address", required=False)
@at_option
@episodes_option
@json_option
def command(*, script: Path, address: str | None, at_s: float | None, output: str | None, as_json: bool) -> None:
    """Tell when ADDRESS sounds in the built episode of SCRIPT, and where it is written; or what sounds at a time.

    ADDRESS is a segment (welcome.teaser, welcome.2), a section (welcome) or a stretch (welcome.1..3).
    """
    from audioguide.build import plan_script
    from audioguide.ledger import Order
    from audioguide.preview import built_episode, segment_at

    if (address is None) == (at_s is None):
        raise click.UsageError("name an ADDRESS or a time with --at")
    settings = load_settings({"output": output})
    plan = plan_script(Order(script))
    facts = built_episode(plan, settings.output)
    if at_s is not None:
        address = segment_at(facts, at_s)["address"]
    assert address is not None
    rows = list(_rows(plan, facts, address))
    if as_json:
        emit_json({"segments": rows})
        return
    for row in rows:
        emit(
            f"{precise_clock(row['start_s'])}–{precise_clock(row['end_s'])}  {row['address']}  {row['file']}:{row['line']}"
        )
        emit(f"    {row['text']}")


def _rows(plan: Plan, facts: Mapping[str, Any], address: str) -> Iterator[dict[str, Any]]:
    """Each spoken segment that the address names, as it lies in the built episode."""
    from audioguide.plan.addresses import cues_at

    built = {segment["address"]: segment for segment in facts["segments"]}
    cues = list(plan.every_cue())
    speeches = [cue for index in cues_at(plan, address) if isinstance(cue := cues[index], Speech)]
    if not speeches:
        raise AudioguideError("is a sound; only what is spoken has a time in episode.json", where=address)
    for speech in speeches:
        if any(speech in section.more.cues for section in plan.stops() if section.more):
            hint = f"hear it with: audioguide preview {plan.loaded.path} {speech.address}"
            raise AudioguideError("is in an extra track, which is no part of the episode", where=address, hint=hint)
        if speech.address not in built:
            hint = f"build it again: audioguide build {plan.loaded.path}"
            raise AudioguideError("is not in the episode that was built", where=speech.address, hint=hint)
        segment = built[speech.address]
        yield {
            **{key: segment[key] for key in ("address", "voice", "text", "start_s", "end_s")},
            "file": str(plan.loaded.path),
            "line": speech.line,
        }
