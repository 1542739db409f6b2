"""Other programs (ffmpeg, espeak-ng, players): started with a list of arguments, a time limit and no secret.

The one place that starts them. They see what a program needs to find its files, its language and its sound device, and
nothing else of the environment: keys of services, addresses with passwords and our own settings stay here.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from audioguide.interrupt import STEP_S, go_on_or_stop, is_interrupted

_ANYWHERE = {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR", "TEMP", "TMP"}
_OF_SYSTEMS = {
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
    *("SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
}
_OF_SOUND = {
    *("DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "DBUS_SESSION_BUS_ADDRESS"),
    *("PULSE_SERVER", "PULSE_COOKIE", "PULSE_SINK", "PULSE_RUNTIME_PATH", "PIPEWIRE_REMOTE", "PIPEWIRE_RUNTIME_DIR"),
    *("ALSA_CARD", "ALSA_CONFIG_PATH", "ALSA_CONFIG_DIR", "AUDIODEV", "AUDIODRIVER", "SDL_AUDIODRIVER"),
    "ESPEAK_DATA_PATH",
}
PASSED_ON = frozenset(_ANYWHERE | _OF_SYSTEMS | _OF_SOUND)
"""Variables that other programs see, besides those that begin with LC_."""

_running: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended, and what it wrote."""

    status: int
    out: bytes
    complaints: bytes

    @property
    def reason(self) -> str:
        """The last line of its complaints, or its exit status."""
        lines = self.complaints.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"exit status {self.status}"


def environment() -> dict[str, str]:
    """What another program sees of the environment."""
    return {name: value for name, value in os.environ.items() if name.upper() in PASSED_ON or name.startswith("LC_")}


def run(command: Sequence[str], *, data: bytes = b"", timeout_s: float) -> Ran:
    """Run a program to its end. Raises OSError where it cannot be started, TimeoutError, and Interrupted."""
    with started(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, timeout_s=timeout_s) as program:
        # Not by communicate's own time limit: called again after it, it forgets the rest of its input.
        out, complaints = program.communicate(data)
    return Ran(program.returncode, out, complaints)


@contextmanager
def started(
    command: Sequence[str], *, stdin: int = subprocess.DEVNULL, stderr: int | IO[bytes], timeout_s: float
) -> Iterator[subprocess.Popen[bytes]]:
    """A program at work, killed when its time is over, when nobody waits for it any more, and when the block fails.

    Raises as `run` does.
    """
    late = threading.Event()
    with subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, env=environment()) as program:  # noqa: S603 - a list, no shell
        _running.add(program)
        try:
            with _watched(program, late, timeout_s=timeout_s):
                yield program
        except BaseException:
            program.kill()
            raise
        finally:
            _running.discard(program)
    go_on_or_stop()
    if late.is_set():
        raise TimeoutError(f"did not end within {timeout_s:g} s")


@contextmanager
def _watched(program: subprocess.Popen[bytes], late: threading.Event, *, timeout_s: float) -> Iterator[None]:
    ended = threading.Event()
    deadline = time.monotonic() + timeout_s

    def watch() -> None:
        while not ended.wait(STEP_S):
            if time.monotonic() > deadline:
                late.set()
            if late.is_set() or is_interrupted():
                program.kill()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def kill_running() -> None:
    """Kill every program that this process started: for one that ends where it stands."""
    while _running:
        with contextlib.suppress(KeyError, OSError):
            _running.pop().kill()
