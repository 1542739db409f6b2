"""Ctrl-C in the command line: all work ends, and the process within a second, wherever it hangs."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from audioguide.interrupt import interrupt

EXIT_INTERRUPTED = 130
INTERRUPTED = "interrupted; what is done is kept: run the same command again to go on"
_PATIENCE_S = 0.8
"""Work in hand lets go sooner; only a foreign library at work, or a name server, keeps nobody waiting longer."""


@contextmanager
def ends_soon() -> Iterator[None]:
    """Within the block Ctrl-C raises KeyboardInterrupt, lets go of all work, and is not kept waiting for it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = signal.signal(signal.SIGINT, _on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _on_interrupt(_signal: int, _frame: FrameType | None) -> None:
    interrupt()
    patience = threading.Timer(_PATIENCE_S, _leave)
    patience.daemon = True
    patience.start()
    raise KeyboardInterrupt


def _leave() -> None:
    os.write(2, f"{INTERRUPTED}\n".encode())
    os._exit(EXIT_INTERRUPTED)
