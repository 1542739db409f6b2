"""Many scripts, one run: episodes are made side by side by the same workers, and what fails is told at the end."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from audioguide.build import build, plan_script
from audioguide.episode import Episode, episode_folder
from audioguide.errors import AudioguideError, Problem, ScriptError
from audioguide.foreman import Foreman, hired
from audioguide.ledger import Found, Order, Outcome, unchanged
from audioguide.settings import Settings


def build_catalogue(
    orders: Sequence[Order], settings: Settings, *, force: bool = False, keep_going: bool = False
) -> Iterator[Outcome]:
    """Make the episodes of many scripts; the outcomes come as they are known, in any order.

    Before anything is spoken all scripts are read: their mistakes are raised together, as one ScriptError. When one
    fails nothing new is begun and what is in hand ends. `keep_going`: each failure is an outcome, and the rest is made.
    """
    known = _surveyed(orders, settings, force=force)
    wrong = [outcome.error for outcome in known if outcome.error]
    if wrong and not keep_going:
        raise _together(wrong)
    yield from (outcome for outcome in known if outcome.found or outcome.error)
    todo = [outcome.order for outcome in known if not outcome.found and not outcome.error]
    if todo:
        with hired(settings) as foreman:
            yield from _Run(foreman, settings, force=force, keep_going=keep_going).outcomes(todo)


def _surveyed(orders: Sequence[Order], settings: Settings, *, force: bool) -> list[Outcome]:
    """What is known before anything is made: episodes that are as they should be, and scripts that cannot be built."""
    makers: dict[Path, Order] = {}
    known = []
    for order in orders:
        found = None if force else unchanged(order, settings)
        try:
            folder = found.folder if found else _folder(order, settings)
            if (first := makers.setdefault(folder.absolute(), order)) is not order:
                raise _same_episode(order, first, folder)
            known.append(Outcome(order, found))
        except AudioguideError as error:
            known.append(Outcome(order, error=error))
    return known


def _folder(order: Order, settings: Settings) -> Path:
    """Where the episode of a script will lie; its plan is made again later, rather than kept for a whole catalogue."""
    return episode_folder(plan_script(order), settings.output)


def _same_episode(order: Order, first: Order, folder: Path) -> ScriptError:
    message = f'"{folder.name}" is the episode of {first.script} too'
    return ScriptError([Problem(str(order.script), 1, 1, "episode.id", message, "give each script an id of its own")])


def _together(errors: Sequence[AudioguideError]) -> AudioguideError:
    """The mistakes of all scripts as one error; where there are none, the first failure."""
    problems = [problem for error in errors if isinstance(error, ScriptError) for problem in error.problems]
    return ScriptError(list(dict.fromkeys(problems))) if problems else errors[0]


class _Run:
    """The episodes of a catalogue on their way."""

    def __init__(self, foreman: Foreman, settings: Settings, *, force: bool, keep_going: bool) -> None:
        self.foreman = foreman
        self.settings = settings
        self.force = force
        self.keep_going = keep_going
        self.cancelled = threading.Event()

    def outcomes(self, orders: Sequence[Order]) -> Iterator[Outcome]:
        """One outcome an order, but for those that were not begun any more."""
        at_once = min(len(orders), 2 + self.foreman.places // 8)  # one is planned or spliced while others are spoken
        waiting = iter(orders)
        running: set[Future[Outcome | None]] = set()
        with ThreadPoolExecutor(at_once, thread_name_prefix="audioguide-episode") as pool:
            try:
                stopped = False
                while True:
                    while not stopped and len(running) < at_once and (order := next(waiting, None)):
                        running.add(pool.submit(self._made, order))
                    if not running:
                        return
                    finished, running = wait(running, return_when=FIRST_COMPLETED)
                    for outcome in filter(None, (future.result() for future in finished)):
                        stopped = stopped or bool(outcome.error and not self.keep_going)
                        yield outcome
            finally:
                self.cancelled.set()

    def _made(self, order: Order) -> Outcome | None:
        """The outcome of one order; None where the run was given up."""
        try:
            for event in build(order, self.settings, force=self.force, foreman=self.foreman):
                if isinstance(event, Episode):
                    return Outcome(order, Found(event.folder, event.facts))
                if self.cancelled.is_set():
                    break
        except AudioguideError as error:
            return Outcome(order, error=error)
        return None
