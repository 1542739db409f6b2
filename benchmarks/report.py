"""Figures -> a table, a page of the documentation and its picture. Everything here follows from the JSON alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.plot import Chart, Line, picture

Results = Mapping[str, Any]

ROWS = {
    "concat": "ffmpeg: concat demuxer, libmp3lame at its default",
    "cold": "audioguide: everything but the speech made anew",
    "encode": "audioguide: encoding and measuring alone",
    "joined": "pydub: joined once",
    "added": "pydub: `+=`",
    "edit": "audioguide: one sentence edited",
    "nothing": "audioguide: nothing changed",
    "check": "audioguide check",
    "plan": "audioguide plan",
}


@dataclass(frozen=True, slots=True)
class Aim:
    """A figure that was promised: what it is, what it came to, and what it should be at most."""

    what: str
    found: float
    most: float
    unit: str = "×"

    def line(self) -> str:
        """A row of the table."""
        met = "met" if self.found <= self.most else "**missed**"
        return f"| {self.what} | {_figure(self.found)} {self.unit} | ≤ {_figure(self.most)} {self.unit} | {met} |"


def _figure(value: float) -> str:
    return f"{value:.4f}" if value < 0.01 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def aims(results: Results) -> list[Aim]:
    """Every promise that these results can be held to."""
    found = []
    for length in (one for one in results["lengths"] if one["hours"] > 0.8):  # what was promised is of an hour and more
        concat, hours = length["concat"]["wall_s"], length["hours"]
        name = f"{hours:.2g} h"
        found.append(
            Aim(
                f"{name}: cold build with the speech at hand, of ffmpeg concat", length["cold"]["wall_s"] / concat, 0.45
            )
        )
        if "encode" in length:
            found.append(Aim(f"{name}: encoding alone, of ffmpeg concat", length["encode"]["wall_s"] / concat, 0.45))
        if "joined" in length:
            joined = length["joined"]["wall_s"]
            found.append(Aim(f"{name}: the cold build, of pydub joined once", length["cold"]["wall_s"] / joined, 0.7))
        if "added" in length:
            most = 1 / 15 if hours > 4 else 1 / 4
            found.append(
                Aim(
                    f"{name}: the cold build, of pydub `+=`", length["cold"]["wall_s"] / length["added"]["wall_s"], most
                )
            )
        most = 1 / 150 if hours > 8 else 1 / 40
        found.append(Aim(f"{name}: one sentence edited, of ffmpeg concat", length["edit"]["wall_s"] / concat, most))
    longest = max(results["lengths"], key=lambda length: length["hours"])
    shortest = min((one for one in results["lengths"]), key=lambda length: abs(length["hours"] - 1))
    name = f"{longest['hours']:.2g} h"
    return [
        *found,
        Aim(f"{name}: nothing changed", longest["nothing"]["wall_s"], 0.3, "s"),
        Aim(f"{name}: check", longest["check"]["wall_s"], 0.5, "s"),
        Aim(f"{name}: plan", longest["plan"]["wall_s"], 1.0, "s"),
        Aim("--help", results["help"]["wall_s"], 0.3, "s"),
        *_of_first_sounds(results.get("first_sound", {})),
        *_of_memory(shortest, longest),
        *_of_whole(results.get("whole"), results["machine"]["cores"]),
    ]


def _of_first_sounds(found: Mapping[str, float]) -> list[Aim]:
    """How soon a new sentence is heard, where it was measured."""
    aims = {
        "preview": ("a new sentence is heard as a preview, process start included", 1.2),
        "studio": ("a new sentence is heard in the studio", 0.15),
    }
    return [Aim(what, found[name], most, "s") for name, (what, most) in aims.items() if name in found]


def _of_memory(hour: Mapping[str, Any], longest: Mapping[str, Any]) -> list[Aim]:
    """The memory of ten hours against that of one, where both were measured."""
    if longest["hours"] < 8 * hour["hours"]:
        return []
    what = f"peak memory of the cold build, {longest['hours']:.2g} h of {hour['hours']:.2g} h"
    return [Aim(what, longest["cold"]["peak_bytes"] / hour["cold"]["peak_bytes"], 1.2)]


def _of_whole(whole: Mapping[str, Any] | None, cores: int) -> list[Aim]:
    """The build from nothing, where it was measured."""
    if whole is None:
        return []
    slower = max(whole["synthesis"]["wall_s"], whole["rest"]["wall_s"])
    what = f"the embedded voice from nothing, {whole['hours']:.2g} h, of the slower of its two halves"
    least = f"the same, of the least that {cores} cores need for both halves"
    taken_s = whole["whole"]["wall_s"]
    return [Aim(what, taken_s / slower, 1.3), Aim(least, taken_s / max(slower, _least_s(whole, cores)), 1.3)]


def _least_s(whole: Mapping[str, Any], cores: int) -> float:
    """What so many cores need for both halves, if none of them ever waits."""
    least_s: float = (whole["synthesis"]["cpu_s"] + whole["rest"]["cpu_s"]) / cores
    return least_s


def _spoken(whole: Mapping[str, Any] | None, cores: int) -> str:
    if whole is None:
        return "The embedded voice from nothing was not measured in this session."
    synthesis, rest, all_of_it = (whole[name] for name in ("synthesis", "rest", "whole"))
    least_s = _least_s(whole, cores)
    return (
        f"The embedded voice from nothing, {whole['hours']:.2g} h: synthesis alone {synthesis['wall_s']:.1f} s, everything "
        f"but the synthesis {rest['wall_s']:.1f} s, the whole build {all_of_it['wall_s']:.1f} s. Speaking, mixing and "
        f"encoding overlap, but on {cores} cores they also share them; their processor times are {synthesis['cpu_s']:.1f}, "
        f"{rest['cpu_s']:.1f} and {all_of_it['cpu_s']:.1f} s. So {least_s:.1f} s is the least that {cores} cores could need for both, "
        f"{least_s / max(synthesis['wall_s'], rest['wall_s']):.2f} × the slower half: nothing on {cores} cores could take "
        f"less. The build takes {all_of_it['wall_s'] / least_s:.2f} × that least."
    )


def table_of(length: Mapping[str, Any]) -> str:
    """One length as a table."""
    concat = length["concat"]["wall_s"]
    lines = [f"| {length['hours']:.2g} h of speech | seconds | of ffmpeg concat | processor seconds | peak MB |"]
    lines.append("|---|---:|---:|---:|---:|")
    for key, name in ROWS.items():
        if one := length.get(key):
            lines.append(
                f"| {name} | {one['wall_s']:.2f} | {_figure(one['wall_s'] / concat)} | {one['cpu_s']:.1f} | "
                f"{one['peak_bytes'] / 1e6:.0f} |"
            )
    return "\n".join(lines)


def verdict(results: Results) -> str:
    """The promises, met or missed."""
    return "\n".join(["| what | found | promised | |", "|---|---:|---:|---|", *(aim.line() for aim in aims(results))])


def write(results: Results, docs: Path) -> None:
    """The page and its picture."""
    (docs / "benchmarks.svg").write_text(charts(results["lengths"]), "utf-8")
    (docs / "benchmarks.md").write_text(page(results), "utf-8")


def page(results: Results) -> str:
    """The page as Markdown."""
    machine = results["machine"]
    tables = "\n\n".join(table_of(length) for length in results["lengths"])
    return f"""# How fast, and how much memory

Made by `{results["command"]}` on {results["date"]}; `benchmarks/results.json` has every figure. Read the ratios: both sides
of each were measured in the same session, one after the other, on a machine that also did other work. The seconds are its own.

- {machine["processor"]}, {machine["cores"]} cores; {machine["system"]}
- {machine["ffmpeg"]}; {", ".join(f"{name} {number}" for name, number in machine["packages"].items())}

![Time, memory and the time of an edit against length](benchmarks.svg)

## What was promised

{verdict(results)}

## What is measured

Scripts of many short sentences, all different, spoken by the embedded voice. A few minutes are really spoken and serve over and over,
each time as an utterance of its own. The episode is MP3, 44.1 kHz, mono, 96 kbit/s. The references get the same sounds as WAV
files at that rate, and do nothing but join and encode them. The cold build finds the speech in its store, and trims, resamples,
levels, mixes, encodes, decodes again, measures and keeps every segment; "encoding alone" gets the references' WAV files, and does
nothing but join, encode and measure them, in the build's workers. Times are of whole processes, start-up included; each is the
best of two runs (of an edit and the short commands: six, in two groups), and what is compared takes turns. Memory is the most
that any of these runs took.

{tables}

{_spoken(results.get("whole"), machine["cores"])}{_notes(results)}

pydub's `+=` copies everything at each step, so its time grows with the square of the length. pydub holds all of the sound, 3 GB
for ten hours; it is measured up to an hour.
"""


def _notes(results: Results) -> str:
    """What is to be said of this session."""
    return "".join(f"\n\n{note}" for note in results.get("notes", ()))


def charts(lengths: Sequence[Mapping[str, Any]]) -> str:
    """Time, memory and the time of an edit against length."""
    by_hours = sorted(lengths, key=lambda length: length["hours"])

    def line(key: str, name: str, field: str = "wall_s", scale: float = 1.0) -> Line:
        return Line(name, [(one["hours"], one[key][field] * scale) for one in by_hours if key in one])

    return picture(
        [
            Chart(
                "From nothing, seconds",
                [
                    line("concat", "ffmpeg concat"),
                    line("cold", "audioguide"),
                    line("joined", "pydub, joined"),
                    line("added", "pydub +="),
                ],
            ),
            Chart(
                "Peak memory, MB",
                [line("cold", "audioguide", "peak_bytes", 1e-6), line("joined", "pydub, joined", "peak_bytes", 1e-6)],
            ),
            Chart(
                "After an edit, seconds",
                [
                    line("concat", "ffmpeg concat"),
                    line("edit", "one sentence"),
                    line("nothing", "nothing changed"),
                ],
            ),
        ]
    )
