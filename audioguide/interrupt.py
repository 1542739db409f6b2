"""Ctrl-C, for whoever works: what takes long asks here whether it is still wanted.

A signal is meant for the whole process, and so is this. Only the command line sets it; what is made is whole or not
there, so that work may end anywhere.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

STEP_S = 0.1
"""How long at most nobody looks."""

_interrupted = threading.Event()
_held_back = 0
"""How many blocks of `held_back` the main thread is in."""


class Interrupted(KeyboardInterrupt):
    """Nobody waits any more for what is in hand. No failure of the work: nothing that catches failures catches it."""


def interrupt() -> None:
    """Let all work in this process end soon, for good."""
    _interrupted.set()


def is_interrupted() -> bool:
    """Whether work is to end."""
    return _interrupted.is_set()


def go_on_or_stop() -> None:
    """Raise Interrupted where work is to end."""
    if _interrupted.is_set():
        raise Interrupted


def stop_here() -> None:
    """Raise Interrupted in the main thread, which a signal has just reached, unless that is held back there."""
    if not _held_back:
        raise Interrupted


@contextmanager
def held_back() -> Iterator[None]:
    """A block in which no signal raises anything, for it would be lost in it: the end of the block raises Interrupted.

    For foreign code that calls ours back and turns whatever that raises into a failure of its own. Keep it short.
    """
    global _held_back  # noqa: PLW0603 - there is one main thread
    here = threading.current_thread() is threading.main_thread()
    _held_back += here
    try:
        yield
    finally:
        _held_back -= here
    go_on_or_stop()


def sleep(seconds: float) -> None:
    """Wait so long. Raises Interrupted."""
    if _interrupted.wait(seconds):
        raise Interrupted


def join(thread: threading.Thread, *, timeout_s: float) -> bool:
    """Wait for a thread; False where it is still alive then. Raises Interrupted."""
    deadline = time.monotonic() + timeout_s
    while thread.is_alive() and (left_s := deadline - time.monotonic()) > 0:
        go_on_or_stop()
        thread.join(min(left_s, STEP_S))
    return not thread.is_alive()
