"""What happens, told to every page that is open: threads say it, connections hear it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Sequence
from typing import Any

HEARTBEAT_S = 15.0
"""How long a connection is silent at most: so a page that has gone is noticed."""


class Hub:
    """Passes events on. `close` ends every stream at once."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._lock = threading.Lock()
        self._listeners: set[tuple[asyncio.AbstractEventLoop, asyncio.Queue[str | None]]] = set()
        self._closed = False

    def tell(self, kind: str, facts: dict[str, Any]) -> None:
        """Send an event to whoever listens; from any thread."""
        self._pass(_event(kind, facts))

    def close(self) -> None:
        """Nothing more will happen."""
        with self._lock:
            self._closed = True
        self._pass(None)

    def _pass(self, message: str | None) -> None:
        with self._lock:
            for loop, queue in self._listeners:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(queue.put_nowait, message)

    async def stream(self, builds: Sequence[dict[str, Any]] = ()) -> AsyncIterator[str]:
        """Everything from now on, as the text of an event stream; first how far builds are that run."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        listener = (asyncio.get_running_loop(), queue)
        with self._lock:
            self._listeners.add(listener)
            closed = self._closed
        try:
            yield "".join(["retry: 1000\n\n", *(_event("build", facts) for facts in builds)])
            while not closed:
                try:
                    message = await asyncio.wait_for(queue.get(), HEARTBEAT_S)
                except TimeoutError:
                    message = ": still here\n\n"
                if message is None:
                    return
                yield message
        finally:
            with self._lock:
                self._listeners.discard(listener)


def _event(kind: str, facts: dict[str, Any]) -> str:
    return f"event: {kind}\ndata: {json.dumps(facts)}\n\n"
