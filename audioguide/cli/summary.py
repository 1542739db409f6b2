"""What a person reads when an episode is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any


def clock(seconds: float) -> str:
    """Seconds as `2:05`, from an hour on as `1:02:05`."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(length_bytes: int) -> str:
    """Bytes as `1.9 MB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if length_bytes >= factor:
            return f"{length_bytes / factor:.1f} {unit}"
    return f"{length_bytes} bytes"


def summary_lines(folder: Path, facts: Mapping[str, Any]) -> Iterator[str]:
    """Minutes, size, loudness, chapters, what was spoken and reused, and where it lies."""
    draft = " (a draft: voices were overridden)" if facts["draft"] else ""
    yield f"{facts['title']}{draft}"
    yield (
        f"  {clock(facts['duration_s'])} · {size(facts['bytes'])} · {facts['loudness_lufs']:.1f} LUFS · "
        f"peak {facts['true_peak_dbtp']:.1f} dBTP"
    )
    for chapter in facts["chapters"]:
        yield f"  {clock(chapter['start_s']):>8}  {chapter['title']}"
    if stops := facts.get("stops"):
        yield f"  {_stops(stops)}, each a file in {folder / 'stops'}"
    for voice, fallback in facts.get("fallbacks", {}).items():
        yield f"  {fallback} speaks in the place of {voice}, whose engine was not available"
    yield f"  {_work(facts)}"
    yield f"  {folder / facts['files'][0]['name']}"


def catalogue_lines(episodes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A table of many episodes, a line each, and their sum."""
    width = max(7, *(len(facts["id"]) for facts in episodes))
    yield f"{'episode':{width}} {'length':>8} {'size':>9} {'LUFS':>6} {'spoken':>7} {'reused':>7}"
    for facts in episodes:
        yield (
            f"{facts['id']:{width}} {clock(facts['duration_s']):>8} {size(facts['bytes']):>9} "
            f"{facts['loudness_lufs']:6.1f} {facts['spoken']:7} {facts['reused']:7}"
        )
    total = {key: sum(facts[key] for facts in episodes) for key in ("duration_s", "bytes", "spoken", "reused")}
    yield (
        f"{len(episodes):{width}} {clock(total['duration_s']):>8} {size(total['bytes']):>9} {'':6} "
        f"{total['spoken']:7} {total['reused']:7}"
    )


def _stops(stops: Sequence[Mapping[str, Any]]) -> str:
    extras = sum(1 for stop in stops if stop["more"])
    more = f" and {extras} extra track{'s' * (extras != 1)}" if extras else ""
    return f"{len(stops)} stop{'s' * (len(stops) != 1)}{more}"


def _work(facts: Mapping[str, Any]) -> str:
    spoken, reused, encoded = facts["spoken"], facts["reused"], facts["encoded"]
    if not spoken and not encoded:
        return f"nothing spoken: all {reused} utterances were there already"
    return f"{spoken} utterances spoken, {reused} reused; {encoded} segments encoded"
