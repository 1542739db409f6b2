"""Ctrl-C at any moment, in real processes: an end within a second, what is done kept, exit 130."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from audioguide.cli.interruption import INTERRUPTED
from tests.desk import child_environment
from tests.torture.ground import Ended, Ground, contents, kill
from tests.torture.interrupts import end_problems, interrupted


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """A script of a few minutes, so that there is time."""
    ground = Ground(tmp_path)
    ground.bell()
    return ground


def _interrupted(
    process: subprocess.Popen[str], when: Callable[[], bool], *, to: Callable[[int, int], None] = os.killpg
) -> Ended:
    """The process, sent Ctrl-C as soon as `when` holds; by default its children get it too, as in a terminal."""
    deadline = time.monotonic() + 60
    try:
        while not when():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.002)
    except BaseException:
        kill(process)
        raise
    return interrupted(process, to)


def _assert_ended_well(told: Ended, ground: Ground, pid: int) -> None:
    assert end_problems(ground, told, pid) == []
    assert told.err.strip().splitlines()[-1] == INTERRUPTED


def _lines(ground: Ground) -> int:
    return ground.diary.read_bytes().count(b"\n") if ground.diary.exists() else 0


def _ffmpegs(pid: int) -> list[int]:
    """Children of the process that are ffmpeg."""
    found = []
    for name in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((name / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == pid and "ffmpeg" in (name / "cmdline").read_text():
                found.append(int(name.name))
        except (OSError, IndexError, ValueError):
            continue
    return found


def _long(ground: Ground, sections: int = 30) -> None:
    document = {
        "version": 1,
        "show": {"id": "torture"},
        "episode": {"title": "An episode", "language": "en"},
        "voices": {"host": {"engine": "diary"}},
        "sections": [
            {"title": f"T {s}", "segments": [f"Line {s} and {n} of a long text is read here." for n in range(8)]}
            for s in range(sections)
        ],
    }
    ground.write_document(document)


@pytest.mark.parametrize(
    ("workers", "to"),
    [("threads", os.killpg), ("serial", os.kill), ("processes", os.killpg), ("processes", os.kill)],
    ids=["threads-group", "serial-process", "processes-group", "processes-process"],
)
def test_while_it_speaks_what_is_done_is_kept(ground: Ground, workers: str, to: Callable[[int, int], None]) -> None:
    """The next run speaks what is missing, and at most what each of two workers had in hand again."""
    _long(ground)
    process = ground.start("build", str(ground.script), "--workers", workers)
    told = _interrupted(process, lambda: _lines(ground) > 20, to=to)
    _assert_ended_well(told, ground, process.pid)
    assert contents(ground.episode) == {}
    first = len(ground.asked())
    assert ground.build().code == 0
    assert 240 <= first + len(ground.asked()) <= 240 + 2


def test_while_ffmpeg_encodes_no_ffmpeg_is_left(ground: Ground) -> None:
    """The signal goes to the program alone: nothing but it ends its children."""
    _long(ground, sections=60)
    process = ground.start("build", str(ground.script), "--jobs", "1")
    seen: list[int] = []

    def encodes() -> bool:
        seen[:] = _ffmpegs(process.pid)
        return bool(seen) and _lines(ground) > 0

    told = _interrupted(process, encodes, to=os.kill)
    _assert_ended_well(told, ground, process.pid)
    assert not [pid for pid in seen if Path(f"/proc/{pid}").exists()]


def test_while_files_are_put_together_the_old_ones_stay(ground: Ground) -> None:
    """Interrupted between the first new file and the last, each file is the old one or the new one."""
    ground.write("Old")
    assert ground.build().code == 0
    old = contents(ground.episode)
    ground.write("New")
    process = ground.start("build", str(ground.script))
    told = _interrupted(process, lambda: bool(list(ground.episode.glob(".audioguide-*"))))
    if told.code:  # it may have been done a moment before
        _assert_ended_well(told, ground, process.pid)
    between = contents(ground.episode)
    assert ground.build().code == 0
    new = contents(ground.episode)
    assert old != new
    assert set(between) == set(new)
    assert all(between[name] in {old[name], new[name]} for name in new)


@pytest.mark.parametrize("after_ms", [0, 30, 60, 100, 200, 400])
def test_while_it_starts_nothing_but_a_line_is_said(ground: Ground, after_ms: int) -> None:
    """From the moment at which Python runs our first line."""
    ground.write()
    process = ground.start("build", str(ground.script), AUDIOGUIDE_TEST_READY="1")
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    time.sleep(after_ms / 1000)
    told = _interrupted(process, lambda: True)
    assert end_problems(ground, told, process.pid) == []


_LONG_CALL = """
import hashlib, sys
import click
from audioguide.cli.interruption import EXIT_INTERRUPTED, INTERRUPTED, ends_soon
try:
    with ends_soon():
        print("ready", flush=True)
        hashlib.pbkdf2_hmac("sha256", b"a", b"b", 10**9)
except click.Abort:  # the signal was quicker than the call: it ended as any command does
    sys.stderr.write(INTERRUPTED)
    sys.exit(EXIT_INTERRUPTED)
"""
_CALLED_BACK = """
import io, os, signal
from audioguide import audio
from audioguide.cli.interruption import ends_soon

class Interrupting(io.BytesIO):
    def readinto(self, buffer):
        os.kill(os.getpid(), signal.SIGINT)
        return super().readinto(buffer)
    def write(self, data):
        os.kill(os.getpid(), signal.SIGINT)
        return super().write(data)

clip = audio.silence(20_000, 20_000)
flac = audio.to_flac(clip)
audio.io.BytesIO = Interrupting
print("ready", flush=True)
with ends_soon():
    %s
    print("went on")
"""


def _run_code(code: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=child_environment(),
        start_new_session=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def test_in_the_middle_of_a_long_call_the_process_ends_all_the_same() -> None:
    """Python tells its main thread of a signal only between two of its own steps."""
    told = interrupted(_run_code(_LONG_CALL), os.kill)
    assert told.code == 130, told
    assert told.err.strip() == INTERRUPTED
    assert told.seconds < 20


@pytest.mark.parametrize("call", ["audio.from_flac(flac)", "audio.to_flac(clip)"])
def test_signal_inside_a_call_back_is_neither_lost_nor_a_failure(call: str) -> None:
    """What a call back raises libsndfile takes for a broken file."""
    process = _run_code(_CALLED_BACK % call)
    out, err = process.communicate(timeout=60)
    assert "went on" not in out
    assert "click.exceptions.Abort" in err  # which the command line tells in a line
    assert "cffi" not in err
    assert "decoded" not in err
