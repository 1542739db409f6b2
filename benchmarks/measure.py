"""A program's time, processor time and memory, its own processes included."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

OURS = (sys.executable, "-m", "audioguide")

_LAUNCHER = """
import json, os, sys, time
sink = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
began = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=sink)
_, status, used = os.wait4(pid, 0)
print(json.dumps([time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss, status]))
"""
"""A process starts with the peak memory of the one that starts it (on Linux), so a small one does."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run took. `peak_bytes` is the largest of its processes."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a program and measure it. Raises RuntimeError, with what it said, where it fails."""
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command]
    surroundings = {**os.environ, **(environment or {})}
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled once, not at every start
    os.sync()  # what runs before have left for the disk to do is not this one's
    done = subprocess.run(launcher, env=surroundings, capture_output=True, check=True)
    wall_s, cpu_s, peak, status = json.loads(done.stdout)
    if status:
        said = done.stderr[-2000:].decode("utf-8", "replace")
        raise RuntimeError(f"{' '.join(command[:6])} … ended with {status}: {said}")
    return Measured(wall_s, cpu_s, peak * (1 if sys.platform == "darwin" else 1024))


def best(runs: Sequence[Measured]) -> Measured:
    """The quickest of several runs: what else the machine does only adds. Of their memory the most."""
    quickest = min(runs, key=lambda one: one.wall_s)
    return replace(quickest, peak_bytes=max(one.peak_bytes for one in runs))
