"""Builds that the page began: one at a time for a script, in a thread, told as they go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from audioguide.build import build
from audioguide.episode import Episode
from audioguide.errors import AudioguideError, OutputError
from audioguide.interrupt import Interrupted
from audioguide.ledger import Order
from audioguide.parts import PartDone
from audioguide.plan import Plan, Speech, predicted_s
from audioguide.settings import Settings
from audioguide.studio.errors import error_facts
from audioguide.studio.session import Session

Tell = Callable[[dict[str, Any]], None]


class Builds:
    """The builds that run."""

    def __init__(self, settings: Settings, tell: Tell) -> None:
        """`tell` gets the facts of each event."""
        self._settings = settings
        self._tell = tell
        self._lock = threading.Lock()
        self._running: dict[str, _Build] = {}

    def start(self, session: Session) -> None:
        """Begin to build a script, unless it is being built."""
        with self._lock:
            running = self._running.get(session.name)
            if running is None or running.ended:
                self._running[session.name] = _Build(session, self._settings, self._tell)
                self._running[session.name].thread.start()

    def stop(self, name: str) -> None:
        """Let a build end after what it has in hand; what is done is kept."""
        with self._lock:
            if name in self._running:
                self._running[name].stopped.set()

    def states(self) -> list[dict[str, Any]]:
        """How far each build is that runs now, for a page that comes later."""
        with self._lock:
            builds = [running for running in self._running.values() if not running.ended]
        return [build.last for build in builds if build.last]

    def end(self, *, timeout_s: float) -> None:
        """Stop all, and wait for them so long."""
        with self._lock:
            builds = list(self._running.values())
        for running in builds:
            running.stopped.set()
        for running in builds:
            running.thread.join(timeout_s)


class _Build:
    """One build on its way."""

    def __init__(self, session: Session, settings: Settings, tell: Tell) -> None:
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, name="audioguide-studio-build", daemon=True)
        self.last: dict[str, Any] | None = None
        self.ended = False
        """Whether its last event is told, or about to be: who hears it may begin the next build at once."""
        self._session = session
        self._settings = settings
        self._tell = tell
        self._weights: list[float] = []
        self._formats = 1
        self._done = 0
        self._heavy = 0.0
        self._begun_s = time.monotonic()

    def _run(self) -> None:
        try:
            self._follow(iter(build(Order(self._session.path), self._settings)))
        except Interrupted:
            self._end("stopped")
        except AudioguideError as error:
            self._end("failed", error=error_facts(error))
        except Exception as error:
            failure = OutputError(f"an unexpected failure: {error!r}", hint="look at the terminal, and report it")
            self._end("failed", error=error_facts(failure))
            raise

    def _follow(self, events: Iterator[Plan | PartDone | Episode]) -> None:
        summary: dict[str, Any] = {}
        for event in events:
            if self.stopped.is_set() and not isinstance(event, Episode):
                events.close()  # type: ignore[attr-defined] # it is a generator: work in hand ends, and is kept
                self._end("stopped")
                return
            match event:
                case Plan():
                    self._planned(event)
                case PartDone():
                    self._done += 1
                    self._heavy += self._weights[event.index]
                    self._say("part")
                case Episode():
                    summary = _summary(event)
        self._end("done", summary=summary)

    def _planned(self, plan: Plan) -> None:
        self._formats = len(plan.output.formats)
        self._weights = [
            sum(map(predicted_s, cue.utterances)) if isinstance(cue, Speech) else 0.5 for cue in plan.every_cue()
        ]
        self._done, self._heavy, self._begun_s = 0, 0.0, time.monotonic()
        self._say("planned")

    def _end(self, state: str, **more: Any) -> None:
        self.ended = True
        self._say(state, **more)

    def _say(self, state: str, **more: Any) -> None:
        facts = {
            "name": self._session.name,
            "state": state,
            "done": self._done,
            "total": len(self._weights) * self._formats,
            "left_s": self._left_s(),
            **more,
        }
        self.last = facts
        self._tell(facts)

    def _left_s(self) -> float | None:
        """By what is done so far; None where nothing is."""
        rest = sum(self._weights) * self._formats - self._heavy
        spent_s = time.monotonic() - self._begun_s
        return round(max(0.0, spent_s * rest / self._heavy), 1) if self._heavy else None


def _summary(episode: Episode) -> dict[str, Any]:
    facts = episode.facts
    return {
        "minutes": round(facts["duration_s"] / 60, 1),
        "bytes": facts["bytes"],
        "loudness_lufs": facts["loudness_lufs"],
        "spoken": facts["spoken"],
        "reused": facts["reused"],
        "path": str(episode.folder),
    }
