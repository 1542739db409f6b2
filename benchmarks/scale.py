"""`python -m benchmarks.scale`: what a catalogue of articles takes, worked out from the figures in results.json.

Prints the table of docs/scale.md, or with `--write` puts it there. Every number is one measured here or one assumed below.
"""

from __future__ import annotations

import argparse
import json
import os
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec

from audioguide.build import build, plan_script
from audioguide.ledger import Order
from audioguide.settings import load_settings
from benchmarks.material import script_text, write_script

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
RESULTS = Path(__file__).with_name("results.json")
BEGIN, END = "<!-- figures: python -m benchmarks.scale --write -->", "<!-- end of the figures -->"
SENTENCES = 60
LATENCY_S = 0.03
"""Assumed: one request to an object store in the same region."""
NETWORK_VOICE_S = 1.0
"""From one request to gTTS to the next: its pace."""
SPEAK_CORE_S = 27.0
"""Processor seconds of the embedded voice for an hour of sound, where results.json has none: measured once, elsewhere."""
TASK_S = 0.001
"""Assumed: what Dask's scheduler takes for a task; its documentation says 0.2 to 1 ms."""
READS, WRITES, LISTS = ("cat_file", "exists"), ("pipe_file",), ("ls", "find", "glob", "walk")


@dataclass(frozen=True, slots=True)
class Costs:
    """What one hour of sound costs, and its plan."""

    core_s: float
    speak_core_s: float
    plan_s: float
    speech_bytes: float
    parts_bytes: float
    media_bytes: float
    utterances: float
    parts: float
    reads: float
    writes: float


def count_requests(folder: Path) -> dict[str, int]:
    """Build a short script with an empty store of fsspec's, and count what the store is asked."""
    folder = folder / f"requests-{uuid.uuid4().hex}"  # nothing is known of what lies there
    script = write_script(folder / "walk.yaml", script_text(SENTENCES))
    os.environ["XDG_CACHE_HOME"] = str(folder)
    settings = load_settings({"cache": "memory://benchmark", "output": folder, "workers": "serial"})
    with _counted() as seen:
        for _ in build(Order(script), settings):
            pass
    plan = plan_script(Order(script))
    return {
        "utterances": len(plan.utterances),
        "parts": len(list(plan.cues())),
        "reads": sum(seen[name] for name in READS),
        "writes": sum(seen[name] for name in WRITES),
        "lists": sum(seen[name] for name in LISTS),
    }


@contextmanager
def _counted() -> Iterator[Counter[str]]:
    kind: Any = type(fsspec.filesystem("memory"))
    seen: Counter[str] = Counter()
    inside = False
    kept = {name: getattr(kind, name) for name in (*READS, *WRITES, *LISTS)}

    def counting(name: str) -> Any:
        def method(self: Any, *given: Any, **named: Any) -> Any:
            nonlocal inside
            seen[name] += not inside  # a write that looks around in its own memory is one request
            inside, before = True, inside
            try:
                return kept[name](self, *given, **named)
            finally:
                inside = before

        return method

    for name in kept:
        setattr(kind, name, counting(name))
    try:
        yield seen
    finally:
        for name, method in kept.items():
            setattr(kind, name, method)


def costs(results: Mapping[str, Any]) -> Costs:
    """The measured figures by the hour of sound: of the longest script that was built, and of the one that was spoken."""
    longest = max(results["lengths"], key=lambda length: length["hours"])
    whole, asked, kept = results.get("whole"), results["requests"], longest["store"]
    hours = longest["hours"]
    utterances, parts = kept["speech"]["entries"] / hours, kept["parts"]["entries"] / hours
    speak_core_s = whole["synthesis"]["cpu_s"] / whole["hours"] if whole else SPEAK_CORE_S
    return Costs(
        core_s=speak_core_s + longest["cold"]["cpu_s"] / hours,
        speak_core_s=speak_core_s,
        plan_s=_plan_s(results["lengths"]),
        speech_bytes=kept["speech"]["bytes"] / hours,
        parts_bytes=kept["parts"]["bytes"] / hours,
        media_bytes=96_000 / 8 * 3600,
        utterances=utterances,
        parts=parts,
        reads=asked["reads"] / asked["parts"] * parts,
        writes=asked["writes"] / asked["parts"] * parts,
    )


def _plan_s(lengths: Sequence[Mapping[str, Any]]) -> float:
    """Seconds of planning for an hour of sound, the start of the program aside where two lengths tell it."""
    by_hours = sorted(lengths, key=lambda length: float(length["hours"]))
    first, last = by_hours[0], by_hours[-1]
    if first is last:
        return float(last["plan"]["wall_s"] / last["hours"])
    return float((last["plan"]["wall_s"] - first["plan"]["wall_s"]) / (last["hours"] - first["hours"]))


def table(results: Mapping[str, Any], *, articles: tuple[int, ...], minutes: float) -> str:
    """The figures for so many articles of so many minutes."""
    cost = costs(results)
    hours = {count: count * minutes / 60 for count in articles}

    def row(name: str, of_an_hour: float, scale: float, unit: str) -> str:
        return (
            f"| {name} | "
            + " | ".join(f"{_figure(hours[count] * of_an_hour / scale)} {unit}" for count in articles)
            + " |"
        )

    tasks = cost.parts / 24
    per_request = (cost.reads + cost.writes) * LATENCY_S
    return "\n".join(
        [
            "| | " + " | ".join(f"{count:,} articles" for count in articles) + " |",
            "|---|" + "---:|" * len(articles),
            row("sound", 1, 1, "h"),
            row("utterances", cost.utterances, 1e6, "million"),
            row("parts", cost.parts, 1e6, "million"),
            row("processor time, all of it", cost.core_s, 3600, "core hours"),
            row("— of which the embedded voice", cost.speak_core_s, 3600, "core hours"),
            row("on 2 cores", cost.core_s / 2, 86_400, "days"),
            row("on 1,000 cores", cost.core_s / 1000, 3600, "h"),
            row("store: speech (FLAC)", cost.speech_bytes, 1e9, "GB"),
            row("store: parts (MP3 frames and their facts)", cost.parts_bytes, 1e9, "GB"),
            row("episodes (MP3, 96 kbit/s)", cost.media_bytes, 1e9, "GB"),
            row("store requests, reading", cost.reads, 1e6, "million"),
            row("store requests, writing", cost.writes, 1e6, "million"),
            row(f"waiting for them at {LATENCY_S * 1000:.0f} ms each", per_request, 3600, "worker hours"),
            row("planning, on the coordinating core, twice", 2 * cost.plan_s, 3600, "h"),
            row(f"tasks of 24 parts at {TASK_S * 1000:.0f} ms in the scheduler", tasks * TASK_S, 3600, "h"),
            row("a network voice at one request a second", cost.utterances * NETWORK_VOICE_S, 86_400, "days"),
        ]
    )


def _figure(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2g}"


def main() -> None:
    """Print the table, or write it into the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--articles", default="10000,1000000", help="how many  [default: 10000,1000000]")
    parser.add_argument("--minutes", type=float, default=10.0, help="the length of one  [default: 10]")
    parser.add_argument("--write", action="store_true", help="put the table into docs/scale.md")
    given = parser.parse_args()
    results = json.loads(RESULTS.read_text("utf-8"))
    made = table(results, articles=tuple(map(int, given.articles.split(","))), minutes=given.minutes)
    print(made)
    if given.write:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n\n{made}\n\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
