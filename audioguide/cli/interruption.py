"""Ctrl-C in the command line: all work ends, and the process within a second, wherever it hangs."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import click

from audioguide.interrupt import interrupt, is_interrupted, stop_here

EXIT_INTERRUPTED = 130
INTERRUPTED = "interrupted; what is done is kept: run the same command again to go on"
_PATIENCE_S = 0.8
"""Work in hand lets go sooner; only a foreign library at work, or a name server, keeps nobody waiting longer."""

_TIDY = (("audioguide.programs", "kill_running"), ("audioguide.files", "discard_unfinished"))
_SWEEP = ("audioguide.files", "sweep_scratch")
"""What workers left behind that were killed."""

_told = threading.Event()
"""The main thread was told of the signal."""


@contextmanager
def ends_soon() -> Iterator[None]:
    """A block that ends with Abort on Ctrl-C: all work is let go of, nobody waits for it, and its failures are not told."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = signal.signal(signal.SIGINT, _on_interrupt)
    failure = None
    try:
        with _watched():
            yield
    except BaseException as error:
        if not is_interrupted():
            raise
        failure = error
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN if is_interrupted() else before)
    if is_interrupted():
        for tidy in (*_TIDY, _SWEEP):
            _call(*tidy)
        raise click.Abort from failure


def _on_interrupt(_signal: int, _frame: FrameType | None) -> None:
    interrupt()
    if not _told.is_set():  # a second Ctrl-C does not disturb what the first one began
        _told.set()
        stop_here()


@contextmanager
def _watched() -> Iterator[None]:
    """A thread hears of the signal at once, also while the main thread is in the middle of a long call."""
    try:
        reader, writer = os.pipe()
    except OSError:  # too many files are open: then the main thread alone hears of it
        yield
        return
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reader,), name="audioguide-interrupt", daemon=True).start()
    try:
        yield
    finally:
        if not is_interrupted():
            signal.set_wakeup_fd(before)
            os.close(writer)


def _watch(reader: int) -> None:
    while told := os.read(reader, 64):
        if signal.SIGINT in told:
            interrupt()
            time.sleep(_PATIENCE_S)
            _leave()
    os.close(reader)


def _call(module: str, function: str) -> None:
    """Call a function of a module that is loaded; where it is not, nothing was begun that it could tidy up."""
    getattr(sys.modules.get(module), function, lambda: None)()


def _leave() -> None:
    with suppress(OSError):
        os.write(2, f"{INTERRUPTED}\n".encode())
    for tidy in _TIDY:
        _call(*tidy)
    os._exit(EXIT_INTERRUPTED)
