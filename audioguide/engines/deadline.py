"""A deadline that holds for a foreign call which knows none.

A network library's timeout counts from one byte to the next, so an answer that drips in never ends. `within` runs the
call in a thread of its own, and at the deadline shuts the connections that the call opened: its next read ends at once,
and so does the thread. (Python cannot stop a thread from outside; leaving it behind would leave it to drip.) The sockets
lie deep inside the library; Python's audit event ``socket.connect`` shows them without touching it.

Not stopped: looking up a name (the resolver has a limit of its own; no connection is made after it), and computing.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, Generic, TypeVar

from audioguide import interrupt

T = TypeVar("T")

_here = threading.local()


class _Call(Generic[T]):
    """One running call: its result or its error, and a second handle on each connection that it opened."""

    def __init__(self, function: Callable[[], T]) -> None:
        self.results: list[T] = []
        self.error: BaseException | None = None
        self._function = function
        self._lock = threading.Lock()
        self._handles: list[socket.socket] = []
        self._late = False

    def run(self) -> None:
        _here.call = self
        try:
            self.results.append(self._function())
        except BaseException as error:  # noqa: BLE001 - carried to the caller's thread and raised there
            self.error = error
        finally:
            self.cut()

    def watch(self, opened: socket.socket) -> None:
        """Keep a duplicate of a socket that is about to connect: the library closes and wraps its own as it likes."""
        with self._lock:
            if self._late:
                raise TimeoutError("the deadline of this call is over")
            self._handles.append(socket.socket(fileno=socket.dup(opened.fileno())))

    def cut(self) -> None:
        """End every connection of the call, and let it open no other."""
        with self._lock:
            self._late = True
            handles, self._handles = self._handles, []
        for handle in handles:
            with suppress(OSError):  # it was never connected, or its other end is gone
                handle.shutdown(socket.SHUT_RDWR)
            handle.close()


def _show_connects(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and (call := getattr(_here, "call", None)) is not None:
        call.watch(arguments[0])


@cache
def _listen() -> None:
    """Hear of connections from now on. An audit hook stays for the life of the process, so there is only one."""
    sys.addaudithook(_show_connects)


def within(function: Callable[[], T], *, timeout_s: float) -> T:
    """What `function` returns or raises; TimeoutError where it takes longer, and its connections are shut then."""
    _listen()
    call = _Call(function)
    thread = threading.Thread(target=call.run, name="audioguide-deadline", daemon=True)
    thread.start()
    try:
        late = not interrupt.join(thread, timeout_s=timeout_s)
    finally:
        call.cut()
    if late:
        raise TimeoutError(f"no end within {timeout_s:g} s")
    if call.error is not None:
        raise call.error
    return call.results[0]
