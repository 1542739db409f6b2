"""R6: no room, no inodes, nothing writable, no file descriptors: a line and a hint, and then it goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.torture.ground import Ended, Ground, Result, contents


def shortages(ground: Ground, count: int, seed: int) -> Result:
    """R6: every shortage, `count` times."""
    del seed
    result = Result("R6 disk full, no inodes, read-only, no file descriptors")
    calm = ground.sub("calm")
    calm.write()
    result.check(calm.build().code == 0, "cannot be built")
    right = contents(calm.episode)
    skipped = []
    for name, shortage in SHORTAGES.items():
        if name in NEED_ROOT and not can_mount():
            skipped.append(name)
            continue
        for _ in range(count):
            result.count += 1
            work = ground.sub("work")
            work.write()
            shortage(_Trial(name, work, calm, right, result))
    result.note = f"not tried, for only root may mount: {', '.join(skipped)}" if skipped else ""
    return result


class _Trial:
    """One shortage: the faults it must tell of, and the run after it."""

    def __init__(self, name: str, work: Ground, calm: Ground, right: dict[str, str], result: Result) -> None:
        self.name, self.work, self.calm, self.right, self.result = name, work, calm, right, result

    def refused(self, ended: Ended) -> None:
        """One line says what is wrong, another what to do."""
        self._time(ended)
        lines = [line for line in ended.err.splitlines() if line.strip() and "segments" not in line]
        self.result.check(ended.is_one_known_failure, f"{self.name}: {ended}")
        self.result.check(1 <= len(lines) <= 3 and "hint:" in ended.err, f"{self.name}: is no line and a hint: {ended}")

    def right_now(self, ended: Ended) -> None:
        """The episode is there, and as it should be."""
        self._time(ended)
        self.result.check(ended.code == 0, f"{self.name}: afterwards: {ended}")
        self.result.check(contents(self.work.episode) == self.right, f"{self.name}: another output")
        self.result.check(not self.work.strays(), f"{self.name}: strays {self.work.strays()}")

    def _time(self, ended: Ended) -> None:
        self.result.worst_s = max(self.result.worst_s, ended.seconds)


def can_mount() -> bool:
    """Whether this process may mount file systems."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        return False
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


@contextmanager
def _mounted(where: Path, *options: str) -> Iterator[None]:
    """Something mounted at a folder, for as long as the block lasts."""
    where.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", *options, str(where)], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(where)], check=True, capture_output=True)


def _more_room(where: Path) -> None:
    limits = "remount,size=200m,nr_inodes=100k"
    subprocess.run(["mount", "-o", limits, str(where)], check=True, capture_output=True)


def _full(place: str, limits: str) -> Callable[[_Trial], None]:
    """A small file system in place of a folder; then room is made, and nothing is cleared."""

    def trial(this: _Trial) -> None:
        where = this.work.folder / place
        with _mounted(where, "-t", "tmpfs", "-o", limits, "audioguide-torture"):
            this.refused(this.work.build())
            _more_room(where)
            this.right_now(this.work.build())

    return trial


@contextmanager
def _read_only(path: Path) -> Iterator[None]:
    """A folder that nobody may write, not even root, to whom permissions mean nothing."""
    with _mounted(path, "--bind", str(path)):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(path)], check=True, capture_output=True)
        yield


def _read_only_output(this: _Trial) -> None:
    this.work.output.mkdir()
    with _read_only(this.work.output):
        this.refused(this.work.build())
    this.right_now(this.work.build())


def _read_only_cold_cache(this: _Trial) -> None:
    """An empty store that cannot be written: what is made is kept elsewhere for as long as the build takes."""
    this.work.cache.mkdir()
    with _read_only(this.work.cache):
        this.right_now(this.work.build())


def _read_only_warm_cache(this: _Trial) -> None:
    this.work.settle(this.calm)
    shutil.rmtree(this.work.output)
    with _read_only(this.work.cache):
        this.right_now(this.work.build())
        this.result.check(this.work.asked() == [], f"{this.name}: the engine was called")


def _read_only_half_cache(this: _Trial) -> None:
    """Some of it lies in the store that cannot be written, and some must be made."""
    this.work.settle(this.calm)
    shutil.rmtree(this.work.output)
    for number, entry in enumerate(sorted(this.work.cache.rglob("*.age"))):
        if number % 2:
            entry.unlink()
    with _read_only(this.work.cache):
        this.right_now(this.work.build())


def _no_descriptors(this: _Trial) -> None:
    """At every limit the program either works or says in a line what it lacks."""
    for limit in (12, 16, 20, 24, 32, 40, 64):
        ended = this.work.build(before=["sh", "-c", f'ulimit -n {limit} && exec "$0" "$@"'])
        if ended.code:
            this.refused(ended)
    this.right_now(this.work.build())


SHORTAGES: dict[str, Callable[[_Trial], None]] = {
    "store full": _full("cache", "size=120k"),
    "output full": _full("output", "size=60k"),
    "temporary folder full": _full("tmp", "size=40k"),
    "store without inodes": _full("cache", "nr_inodes=12"),
    "output without inodes": _full("output", "nr_inodes=4"),
    "temporary folder without inodes": _full("tmp", "nr_inodes=2"),
    "read-only output": _read_only_output,
    "read-only store, empty": _read_only_cold_cache,
    "read-only store, warm": _read_only_warm_cache,
    "read-only store, half": _read_only_half_cache,
    "no file descriptors": _no_descriptors,
}
NEED_ROOT = set(SHORTAGES) - {"no file descriptors"}
