"""Tortures builds and prints what came of it: `python -m tests.torture [--only R1,R4] [--share 0.1] [--json]`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from tests.torture import clocks, damage, inputs, interrupts, kills, readers, shortage
from tests.torture.ground import Ground, Harness, Result

HARNESSES: dict[str, tuple[Harness, int]] = {
    "R1": (kills.kill_at_random, 200),
    "R2": (kills.resume_late, 20),
    "R3": (damage.build_again, 20),
    "R4": (damage.damage_the_store, 6),
    "R5": (damage.crowd, 3),
    "R6": (shortage.shortages, 1),
    "R7": (readers.read_while_published, 200),
    "R8": (inputs.hostile, 300),
    "R9": (inputs.small_inputs, 1),
    "R10": (clocks.wrong_clocks, 1),
    "Ctrl-C": (interrupts.interrupt_at_random, 200),
}
"""Name -> what does it, and how often for the release's figures."""


def torture(name: str, *, count: int, seed: int, folder: Path | None = None) -> Result:
    """One harness at work in a folder that is gone afterwards."""
    harness, _ = HARNESSES[name]
    with tempfile.TemporaryDirectory(prefix=f"torture-{name}-", dir=folder) as place:
        return harness(Ground(Path(place)), count, seed)


def main(arguments: list[str]) -> int:
    """Run what was asked for; 1 where anything did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--only", default=",".join(HARNESSES), help="which, such as R1,R4")
    parser.add_argument("--share", type=float, default=1.0, help="of the release's counts, such as 0.1")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    results = []
    for name in asked.only.split(","):
        count = max(1, round(asked.share * HARNESSES[name][1]))
        results.append(torture(name, count=count, seed=asked.seed))
        if not asked.json:
            print("\n".join(_rows(results[-1])), flush=True)  # noqa: T201 - the table
    if asked.json:
        print(json.dumps({"seed": asked.seed, "results": [asdict(result) for result in results]}, indent=1))  # noqa: T201
    else:
        print(f"seed {asked.seed}")  # noqa: T201
    return 1 if any(result.wrong for result in results) else 0


def _rows(result: Result) -> list[str]:
    held = f"{len(result.wrong)} wrong" if result.wrong else "held"
    row = f"{result.what:<66} {result.count:>5}  {held:<9} worst {result.worst_s:5.1f} s  {result.note}"
    return [row, *(f"    {told}" for told in result.wrong[:20])]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
