"""`python -m benchmarks`: make the material, measure, print a table, and write docs/benchmarks.md and its picture.

Every figure that matters is a ratio of two runs of one session, one after the other: what else the machine does then
falls on both.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from audioguide.audio import ffmpeg_path, run_ffmpeg
from audioguide.build import plan_script
from audioguide.ledger import Order
from audioguide.settings import load_settings
from audioguide.store import FolderStore
from benchmarks import report
from benchmarks.first_sound import first_sounds
from benchmarks.material import Material, fill, make_material, script_text, write_script
from benchmarks.measure import OURS, Measured, best, run
from benchmarks.scale import count_requests

RESULTS = Path(__file__).with_name("results.json")
PYDUB_UP_TO_H = 1.0
"""Beyond it pydub is left out: it holds all of the sound, and `+=` is quadratic: five hours of it take a quarter of an
hour of processor time and nearly 4 GB.
"""
ROUNDS = 2


class Bench:
    """One session: where its files are, and how many cores it may use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.jobs = load_settings().jobs

    def ours(self, *arguments: str, store: Path) -> Measured:
        """Our command line with a store."""
        return run([*OURS, *arguments], {"AUDIOGUIDE_CACHE": str(store), "AUDIOGUIDE_JOBS": str(self.jobs)})

    def program(self, name: str, *arguments: str) -> Measured:
        """A program of references.py."""
        return run([sys.executable, "-m", "benchmarks.references", name, *arguments])

    def length(self, hours: float) -> dict[str, Any]:
        """Everything about one length. What is compared takes turns: a machine is not as quick at every minute."""
        material = make_material(self.folder, hours)
        with_pydub = hours <= PYDUB_UP_TO_H
        found: dict[str, Any] = {"hours": material.hours}
        out = str(self.folder / "pydub.mp3")
        concat = [
            ffmpeg_path(),
            *["-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-f", "concat", "-safe", "0", "-i"],
        ]
        concat += [str(material.sounds), *["-c:a", "libmp3lame", "-b:a", "96k"], str(self.folder / "concat.mp3")]
        runs = defaultdict[str, list[Measured]](list)
        for _ in range(ROUNDS):
            runs["concat"].append(run(concat))
            store = self.cold_store(material)
            runs["cold"].append(self.build(material.script, store))
            found["store"] = {kind: asdict(held) for kind, held in FolderStore(store).info().items()}
            runs["edit"] += self.edits(material, store)
            runs["nothing"] += [self.build(material.script, store) for _ in range(3)]
            for command in ("check", "plan"):
                runs[command] += [self.ours(command, str(material.script), store=store) for _ in range(3)]
            runs["encode"].append(self.program("encode", str(material.sounds), str(self.jobs)))
            if with_pydub:
                runs["joined"].append(self.program("joined", str(material.sounds), out))
        if with_pydub:
            runs["added"].append(self.program("added", str(material.sounds), out))
        return found | {name: asdict(best(measured)) for name, measured in runs.items()}

    def build(self, script: Path, store: Path) -> Measured:
        """Build a script beside its store."""
        return self.ours("build", str(script), "-o", str(store / "out"), store=store)

    def cold_store(self, material: Material) -> Path:
        """A store that has the speech and nothing else."""
        store = material.store.with_name("cold")
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(material.store, store)
        return store

    def edits(self, material: Material, store: Path) -> list[Measured]:
        """One sentence in the middle reads otherwise, three times another; its speech is in the store, as the reference's is on disk."""
        count = len(plan_script(Order(material.script)).utterances)
        before = material.script.read_text("utf-8")
        measured = []
        for place in (count // 2, count // 3, count // 5):
            write_script(material.script, script_text(count, edited=place))
            fill(FolderStore(store), material.script)
            measured.append(self.build(material.script, store))
            write_script(material.script, before)
            self.build(material.script, store)
        return measured

    def whole(self, hours: float) -> dict[str, Any]:
        """The embedded voice from nothing, against its synthesis alone and against everything but its synthesis."""
        material = make_material(self.folder, hours)
        count = len(plan_script(Order(material.script)).utterances)
        empty = self.folder / "empty"
        runs: dict[str, list[Measured]] = {"synthesis": [], "whole": [], "rest": []}
        for _ in range(ROUNDS):
            shutil.rmtree(empty, ignore_errors=True)
            runs["synthesis"].append(self.program("speak", str(count), str(self.jobs)))
            runs["whole"].append(self.build(material.script, empty))
            runs["rest"].append(self.build(material.script, self.cold_store(material)))
        return {"hours": material.hours, **{name: asdict(best(measured)) for name, measured in runs.items()}}

    def help(self) -> Measured:
        """Start the program for its help."""
        return best([self.ours("--help", store=self.folder) for _ in range(5)])


def machine(jobs: int) -> Mapping[str, Any]:
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text("utf-8").splitlines() if "model name" in line
        ]
        model = names[0] if names else model
    ffmpeg = run_ffmpeg(["-version"]).decode("utf-8", "replace").split("Copyright")[0].strip()
    packages = {name: version(name) for name in ("audioguide", "hibari-tts", "numpy", "pydub")}
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return {"processor": model, "cores": jobs, "system": system, "ffmpeg": ffmpeg, "packages": packages}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--hours", default="0.25", help="lengths, like 0.25,1,10  [default: 0.25]")
    parser.add_argument("--whole", type=float, default=0.25, help="hours that are spoken from nothing  [default: 0.25]")
    parser.add_argument("--keep", type=Path, help="a folder for the material, used again by the next run")
    parser.add_argument("--write", action="store_true", help="write benchmarks/results.json and docs/benchmarks.*")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="audioguide-bench-") as temporary:
        bench = Bench((given.keep or Path(temporary)).absolute())
        lengths = []
        for hours in map(float, given.hours.split(",")):
            lengths.append(bench.length(hours))
            print(report.table_of(lengths[-1]), flush=True)
            (bench.folder / "lengths.json").write_text(json.dumps(lengths), "utf-8")
        results = {
            "command": f"python -m benchmarks --hours {given.hours} --whole {given.whole:g} --write",
            "date": datetime.now(UTC).date().isoformat(),
            "machine": machine(bench.jobs),
            "lengths": lengths,
            "whole": bench.whole(given.whole),
            "help": asdict(bench.help()),
            "first_sound": first_sounds(),
            "requests": count_requests(bench.folder),
        }
    print(report.verdict(results))
    if given.write:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
        report.write(results, Path(__file__).parents[1] / "docs")


if __name__ == "__main__":
    main()
