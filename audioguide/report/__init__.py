"""A picture of a finished episode: what it sounds like, and what is worth a second look, on one page of HTML."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from audioguide.episode import episode_folder
from audioguide.errors import OutputError
from audioguide.files import write_atomically
from audioguide.ledger import REPORT_SUFFIX
from audioguide.plan import Plan
from audioguide.record import load_record
from audioguide.report.facts import Facts, gather
from audioguide.settings import Settings


@dataclass(frozen=True, slots=True)
class Report:
    """A written report: where it lies, and what it says."""

    path: Path
    facts: Facts

    def document(self) -> dict[str, Any]:
        """What it says, for programs; what cannot be measured is null."""
        facts: dict[str, Any] = _finite(asdict(self.facts))
        silences = [{"start_s": start, "end_s": end} for start, end in self.facts.silences]
        return {"path": str(self.path), **facts, "silences": silences}


def write_report(
    plan: Plan,
    episode: Mapping[str, Any],
    settings: Settings,
    *,
    target: Path | None = None,
    sources: Mapping[str, str] | None = None,
) -> Report:
    """Measure a built episode and write its report, beside it or to `target`.

    `episode` is the content of episode.json; `sources` tells for each address what the last build did, `spoken` or
    `reused`. Raises AudioguideError where the episode cannot be decoded or the page not be written.
    """
    from audioguide.report.measure import measure
    from audioguide.report.page import render

    folder = episode_folder(plan, settings.output)
    media = folder / str(episode["files"][0]["name"])
    path = target or folder / f"{plan.id}{REPORT_SUFFIX}"
    measured = measure(media)
    facts = gather(plan, episode, measured, load_record(settings.state_folder, media), sources or {})
    page = render(plan, episode, measured, facts, media=_address(media, path.parent))
    try:
        write_atomically(path, page.encode())
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror}", where=str(path), hint="name another with -o"
        ) from error
    return Report(path, facts)


def _address(media: Path, folder: Path) -> str:
    """How a page in the folder links to the file. Never a scheme: `a:b.mp3` would be one."""
    relative = os.path.relpath(media.resolve(), folder.resolve())
    return "./" + quote(relative)


def _finite(value: Any) -> Any:
    """The same, rounded, with None for what JSON has no number for."""
    match value:
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case float():
            return round(value, 3) if math.isfinite(value) else None
        case _:
            return value
