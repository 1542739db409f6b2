"""Before anything is spoken: what a build would speak, what it would reuse, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from audioguide.engines import cost_usd, get_engine
from audioguide.episode import episode_folder
from audioguide.parts import DryPart, Workshop, dry_parts, missing_pieces, plain_jobs
from audioguide.plan import Plan, Speech, Utterance
from audioguide.store import Store, open_store


@dataclass(frozen=True, slots=True)
class SegmentForecast:
    """What a build would do with one segment."""

    address: str
    status: Literal["reuse", "speak"]
    why: str


@dataclass(frozen=True, slots=True)
class EngineForecast:
    """What one engine would be asked for."""

    speak: int
    characters: int
    cost: float | None
    """US dollars, 0 for an engine that costs nothing, None where nobody knows."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a build would do. Utterances are counted once, however often they are heard."""

    speak: int
    reuse: int
    characters: int
    """Of what would be spoken."""
    minutes: float
    engines: Mapping[str, EngineForecast]
    segments: tuple[SegmentForecast, ...]


def forecast(plan: Plan, workshop: Workshop, output: Path) -> Forecast:
    """Compare a plan with the store, and with the episode that lies in the output folder."""
    store = open_store(workshop.store)
    before = _texts_before(episode_folder(plan, output))
    missing: dict[str, Utterance] = {}
    segments = []
    dry = dry_parts(plan, workshop)
    made = _made(plan, dry, store)
    for part in dry:
        if not isinstance(part.cue, Speech):
            continue
        new = [u for u in part.cue.utterances if not store.has("speech", u.key)] if part.index in made else []
        missing |= {utterance.key: utterance for utterance in new}
        segments.append(
            SegmentForecast(part.cue.address, "speak" if new else "reuse", _why(part.cue, bool(new), before))
        )
    return Forecast(
        speak=len(missing),
        reuse=len(plan.utterances) - len(missing),
        characters=sum(len(utterance.request.text) for utterance in missing.values()),
        minutes=round(plan.duration_s() / 60, 1),
        engines={
            name: _of_engine(name, missing.values()) for name in sorted({u.engine for u in plan.utterances.values()})
        },
        segments=tuple(segments),
    )


def _made(plan: Plan, dry: Sequence[DryPart], store: Store) -> set[int]:
    """The places of what a build would make, alone or to be heard with others."""
    jobs = plain_jobs(plan, dry)
    plain = {job.index for job in jobs}
    made = {job.index for job in jobs if job.alone and not store.has("parts", job.key)}
    made |= {part.index for part in missing_pieces([job for job in jobs if not job.alone], store)}
    return made | {part.index for part in dry if part.index not in plain and not store.has("dry", part.key)}


def _of_engine(name: str, missing: Iterable[Utterance]) -> EngineForecast:
    requests = [utterance.request for utterance in missing if utterance.engine == name]
    costs = [cost_usd(get_engine(name), request) for request in requests]
    known = [cost for cost in costs if cost is not None]
    cost = round(sum(known), 6) if len(known) == len(costs) else None
    return EngineForecast(len(requests), sum(len(request.text) for request in requests), cost)


def _why(speech: Speech, is_new: bool, before: Mapping[str, str]) -> str:  # noqa: FBT001 - what was found, not a mode
    if not is_new:
        return "spoken before"
    if speech.address not in before:
        return "new"
    return "the text changed" if before[speech.address] != speech.text else "its sound is not in the store"


def _texts_before(folder: Path) -> dict[str, str]:
    """The text of each segment of the episode that was built before; empty where there is none."""
    try:
        document: Any = json.loads((folder / "episode.json").read_bytes())
        return {segment["address"]: segment["text"] for segment in document["segments"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
