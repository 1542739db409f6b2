"""The ground on which builds are tortured: a folder of its own, real processes, and what must hold afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
import soundfile
import yaml

from audioguide.files import STRAY_PREFIX
from tests.desk import child_environment
from tests.stand_in.engines import DIARY

LONGEST_S = 120.0
"""No command of the torture may take longer, on any machine."""
LINES, SECTIONS = 4, 3
_OWN_TO_A_RUN = {"spoken", "reused", "encoded"}


@dataclass
class Result:
    """One row of the table: what was done how often, and everything that was wrong."""

    what: str
    count: int = 0
    wrong: list[str] = field(default_factory=list)
    worst_s: float = 0.0
    note: str = ""

    def check(self, holds: object, told: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.wrong.append(told)


Harness = Callable[["Ground", int, int], Result]
"""Works on a ground, so many times, with a seed for its dice."""


@dataclass(frozen=True)
class Ended:
    """A process that is over."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def is_one_known_failure(self) -> bool:
        """Exit 1 or 2, and lines for people instead of a traceback."""
        return self.code in {1, 2} and "Traceback" not in self.err and bool(self.err.strip() or self.out.strip())

    def __str__(self) -> str:
        """How it ended and the last lines of what it said."""
        return f"exit {self.code}: {(self.err or self.out).strip()[-500:]}"


@dataclass(frozen=True)
class Ground:
    """A folder with a script, a store, an output folder and a diary of what the engine was asked for."""

    folder: Path

    def __post_init__(self) -> None:
        """Make the folders."""
        for name in ("tmp", "home"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def output(self) -> Path:
        return self.folder / "output"

    @property
    def episode(self) -> Path:
        return self.output / "episode"

    @property
    def script(self) -> Path:
        return self.folder / "episode.yaml"

    @property
    def diary(self) -> Path:
        return self.folder / "diary.txt"

    def sub(self, name: str) -> Ground:
        """Another ground inside, empty."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return Ground(self.folder / name)

    def write(self, words: str = "Line", **more: Any) -> Path:
        """The usual script: several sections, one of them under music, in two formats."""
        self.bell()
        sections = [
            {
                "title": f"Part {number}",
                "segments": [f"{words} {number * LINES + line} of this part is read here." for line in range(LINES)],
                **({"music": "theme"} if number == 1 else {}),
            }
            for number in range(SECTIONS)
        ]
        document = {
            "version": 1,
            "show": {"id": "torture"},
            "episode": {"title": "An episode", "language": "en", "date": "2026-01-02"},
            "voices": {"host": {"engine": "diary"}},
            "music": {"theme": {"file": "bed.wav"}},
            "output": {"formats": ["mp3", "m4b"]},
            "sections": sections,
            **more,
        }
        return self.write_document(document)

    def write_document(self, document: Mapping[str, Any], name: str = "episode.yaml") -> Path:
        """A script as a file."""
        path = self.folder / name
        path.write_text(yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True), "utf-8")
        return path

    def bell(self) -> None:
        """The music: a steady tone of two seconds."""
        if not (self.folder / "bed.wav").exists():
            tone = 0.2 * np.sin(2 * np.pi * 220 * np.arange(88_200) / 44_100)
            soundfile.write(self.folder / "bed.wav", tone.astype(np.float32), 44_100)

    # -- processes -------------------------------------------------------------------------------------------------

    @cached_property
    def environment(self) -> dict[str, str]:
        """No setting of the user's, and everything that is written below the ground."""
        given = {name: value for name, value in child_environment().items() if not name.startswith("AUDIOGUIDE_")}
        return {
            **given,
            DIARY: str(self.diary),
            "AUDIOGUIDE_CACHE": str(self.cache),
            "AUDIOGUIDE_OUTPUT": str(self.output),
            "AUDIOGUIDE_JOBS": "2",
            "HOME": str(self.folder / "home"),
            "XDG_CONFIG_HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
        }

    def start(self, *arguments: str, before: Sequence[str] = (), **environment: str) -> subprocess.Popen[str]:
        """The command with these arguments, in a process group of its own; `before` stands before the interpreter."""
        return self.start_into((subprocess.PIPE, subprocess.PIPE), [*before], arguments, environment)

    def start_into(
        self,
        streams: tuple[int | IO[str], int | IO[str]],
        before: Sequence[str],
        arguments: Sequence[str],
        environment: Mapping[str, str],
    ) -> subprocess.Popen[str]:
        """As `start`, its standard output and error going there."""
        return subprocess.Popen(
            [*before, sys.executable, "-m", "tests.torture.command", *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=streams[0],
            stderr=streams[1],
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def run(self, *arguments: str, before: Sequence[str] = (), **environment: str) -> Ended:
        """The command, and how it ended."""
        begun = time.monotonic()
        return ended(self.start(*arguments, before=before, **environment), begun)

    def build(self, *arguments: str, before: Sequence[str] = (), **environment: str) -> Ended:
        """`audioguide build` of the script."""
        return self.run("build", str(self.script), *arguments, before=before, **environment)

    def settle(self, other: Ground) -> None:
        """Take over the store and the episodes of another ground."""
        self.clear()
        for name in ("cache", "output"):
            shutil.copytree(other.folder / name, self.folder / name)

    def asked(self) -> list[str]:
        """What the engine was asked for, since the last time."""
        lines = self.diary.read_text("utf-8").splitlines() if self.diary.exists() else []
        self.diary.unlink(missing_ok=True)
        return lines

    # -- what lies there -------------------------------------------------------------------------------------------

    def strays(self) -> list[str]:
        """Unfinished files beside the episode, and temporary ones elsewhere."""
        temporary = [path.name for path in (self.folder / "tmp").iterdir()]
        return [path.name for path in self.episode.glob(f"{STRAY_PREFIX}*")] + temporary

    def clear(self, *names: str) -> None:
        """Remove folders, by default everything that builds make."""
        for name in names or ("cache", "output"):
            shutil.rmtree(self.folder / name, ignore_errors=True)


def ended(process: subprocess.Popen[str], begun: float) -> Ended:
    """The process, once it is over; killed where it takes too long."""
    try:
        out, err = process.communicate(timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        kill(process)
        out, err = process.communicate()
        err += f"\nstill at work after {LONGEST_S:.0f} s"
    return Ended(process.returncode, out, err, time.monotonic() - begun)


def kill(process: subprocess.Popen[str]) -> None:
    """`kill -9` of the process and all its children."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def contents(folder: Path) -> dict[str, str]:
    """Every finished file of an episode with the hash of what it holds; what a run says of itself aside."""
    if not folder.is_dir():
        return {}
    return {path.name: _hash(path) for path in sorted(folder.iterdir()) if not path.name.startswith(STRAY_PREFIX)}


def _hash(path: Path) -> str:
    data = path.read_bytes()
    if path.name == "episode.json":
        facts = {key: value for key, value in json.loads(data).items() if key not in _OWN_TO_A_RUN}
        data = json.dumps(facts, sort_keys=True).encode()
    return hashlib.sha256(data).hexdigest()
