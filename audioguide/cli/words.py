"""`audioguide words`: what a voice may read wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from audioguide.audit import Finding, audit, pronounce_block
from audioguide.build import plan_script
from audioguide.cli.output import emit, emit_json, json_option
from audioguide.ledger import Order

_KINDS: Mapping[str, str] = {
    "name": "Names",
    "acronym": "Acronyms",
    "digits": "Letters with digits",
    "foreign": "Foreign words",
    "unknown": "Words the voice's dictionary does not have",
}
_ADDRESSES_SHOWN = 3


@click.command(
    name="words",
    epilog="""\b
Examples:
  audioguide words scripts/legs.yaml
  audioguide words scripts/legs.yaml --json

Hear one word with: audioguide say WORD --script scripts/legs.yaml
""",
)
@click.argument("script", type=click.Path(path_type=Path), metavar="SCRIPT")
@json_option
def command(script: Path, as_json: bool) -> None:
    """List the words of SCRIPT that may be read wrongly, how each is read now, and a pronounce: block to paste."""
    findings = audit(plan_script(Order(script)))
    if as_json:
        emit_json({"words": [asdict(finding) for finding in findings], "pronounce": pronounce_block(findings)})
        return
    for kind, title in _KINDS.items():
        rows = [finding for finding in findings if finding.kind == kind]
        if rows:
            emit(title)
            emit("\n".join(map(_row, rows)))
    if findings:
        emit(f"\nPaste into the script what sounds wrong, and change it:\n\n{pronounce_block(findings)}")
    else:
        emit("nothing stands out")


def _row(finding: Finding) -> str:
    more = len(finding.addresses) - _ADDRESSES_SHOWN
    places = ", ".join(finding.addresses[:_ADDRESSES_SHOWN]) + (f" and {more} more" if more > 0 else "")
    said = finding.spoken if finding.spoken != finding.word else ""
    sounds = f"/{finding.sounds}/" if finding.sounds else ""
    read = "  ".join(filter(None, (said, sounds)))
    return f"  {finding.count:3} × {finding.word:18} {read:32} {places}".rstrip()
