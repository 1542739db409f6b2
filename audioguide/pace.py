"""Pace, retries and circuit of an engine on the network: asking politely, and knowing when to stop.

`Pace` spaces requests and remembers bad news; it is shared by all threads and processes of the machine through one small
file an engine. `retry` asks again with growing pauses; at the end it opens the circuit, and until that closes nobody asks.

The clock is that of the wall, since the file outlives processes. Where it was set back, times too far ahead to be ours
are forgotten.
"""

from __future__ import annotations

import fcntl
import json
import logging
import math
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from audioguide import interrupt
from audioguide.errors import EngineUnavailable, SpeechFailed
from audioguide.files import write_atomically

T = TypeVar("T")

INTERVAL_S = 1.0
"""From one request to the next."""
TRIES = 5
FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 60.0
COOL_DOWN_S = 600.0
"""How long the circuit stays open where the service names no time."""
LONGEST_COOL_DOWN_S = 3600.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _State:
    next_at: float = 0.0
    """When the next request may go, in seconds since 1970."""
    open_until: float = 0.0
    reason: str = ""
    """Why the circuit is open."""


class Pace:
    """When requests to one engine may go. For every thread and process that names the same folder and engine."""

    def __init__(
        self,
        folder: Path,
        engine: str,
        *,
        interval_s: float = INTERVAL_S,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = interrupt.sleep,
    ) -> None:
        """`folder` holds the state; where it cannot be written, this object alone remembers."""
        self.engine = engine
        self.clock = clock
        self._sleep = sleep
        self._interval_s = interval_s
        self._path = folder / f"pace-{quote(engine, safe='')}.json"
        self._lock = threading.Lock()
        self._remembered = _State()

    def wait_turn(self) -> None:
        """Return when a request may go. Raises EngineUnavailable at once where the circuit is open, or opens meanwhile."""
        while (wait_s := self._take_turn()) > 0:
            self._sleep(wait_s)

    def hold(self, wait_s: float) -> None:
        """Let nobody ask for so long."""
        with self._locked():
            state = self._read()
            self._write(replace(state, next_at=max(state.next_at, self.clock() + wait_s)))

    def open_circuit(self, reason: str, *, cool_down_s: float = COOL_DOWN_S) -> EngineUnavailable:
        """Let nobody ask for so long, and give the error that says so."""
        with self._locked():
            until = self.clock() + min(cool_down_s, LONGEST_COOL_DOWN_S)
            state = replace(self._read(), open_until=until, reason=reason)
            self._write(state)
        return self._refusal(state)

    def _take_turn(self) -> float:
        """0 and the turn is ours, or the seconds until it is worth asking again."""
        with self._locked():
            state, now = self._read(), self.clock()
            if now < state.open_until:
                raise self._refusal(state)
            if now < state.next_at:
                return state.next_at - now
            self._write(_State(next_at=now + self._interval_s))
            return 0.0

    def _refusal(self, state: _State) -> EngineUnavailable:
        again = time.strftime("%H:%M", time.localtime(math.ceil(state.open_until / 60) * 60))
        return EngineUnavailable(
            f"{self.engine} is given a rest: {state.reason}",
            hint=f"run the same command again at {again}; what is spoken is kept",
        )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock:
            handle = self._open_lock()
            try:
                yield
            finally:
                if handle is not None:
                    os.close(handle)

    def _open_lock(self) -> int | None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            _log.debug("%s is not shared with other processes: %s", self._path, error)
            return None
        return handle

    def _read(self) -> _State:
        """What is on disk, or what this object knows; without times that no clock of ours has set."""
        with suppress(OSError, ValueError, TypeError):
            found = _State(**json.loads(self._path.read_bytes()))
            self._remembered = replace(found, next_at=float(found.next_at), open_until=float(found.open_until))
        state, now = self._remembered, self.clock()
        if not state.next_at <= now + LONGEST_WAIT_S + self._interval_s:
            state = replace(state, next_at=0.0)
        if not state.open_until <= now + LONGEST_COOL_DOWN_S:
            state = replace(state, open_until=0.0)
        return state

    def _write(self, state: _State) -> None:
        self._remembered = state
        try:
            write_atomically(self._path, json.dumps(asdict(state)).encode(), durable=False)
        except OSError as error:
            _log.debug("the pace of %s is not written down: %s", self.engine, error)


def retry(
    call: Callable[[], T], *, pace: Pace, rng: random.Random, tries: int = TRIES, give_up_at: float | None = None
) -> T:
    """What `call` returns, each try in its turn; only SpeechFailed that is transient leads to another.

    Between tries nobody asks for 2 to 60 s, growing and with chance in it, or for as long as the service wants. After
    the last try, or where the service wants more than a minute, the circuit opens and EngineUnavailable is raised. A wait
    beyond `give_up_at` (on the pace's clock) is not begun: the failure itself is raised.
    """
    attempt = 1
    while True:
        pace.wait_turn()
        try:
            return call()
        except SpeechFailed as error:
            if not error.transient:
                raise
            asked_s = error.retry_after_s or 0.0
            wait_s = max(asked_s, _wait_s(attempt, rng))
            if attempt >= tries or asked_s > LONGEST_WAIT_S:
                count = "once" if attempt == 1 else f"{attempt} times"
                reason = f"{error.message} (asked {count})"
                raise pace.open_circuit(reason, cool_down_s=max(asked_s, COOL_DOWN_S)) from error
            if give_up_at is not None and pace.clock() + wait_s > give_up_at:
                raise
            pace.hold(wait_s)
        attempt += 1


def _wait_s(attempt: int, rng: random.Random) -> float:
    """2 to 4 s, 4 to 8, 8 to 16 …, never over 60."""
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1) * rng.uniform(1, 2))
