"""Who hands parts to the workers: in batches, a few ahead of the work, and in any order back.

Engines of the network are asked by this process alone, wherever the workers are: so their pace, their number of requests
at once and their keys stay in one place. Workers then find that speech in the store.
"""

from __future__ import annotations

import ctypes
import logging
import secrets
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from audioguide.bench import Asked, ask_network, make_parts, online_utterances
from audioguide.errors import AudioguideError, SettingsError
from audioguide.executors import Pool, open_pool
from audioguide.files import scratch_folder, sweep_scratch
from audioguide.interrupt import is_interrupted
from audioguide.parts import DryPart, PartDone, PartJob, Workshop
from audioguide.settings import Settings
from audioguide.store import Entry, key_of, open_folder, open_store

log = logging.getLogger(__name__)

LARGEST_BATCH = 24
"""Parts an encoder process takes at most: more gain nothing (measured)."""
SMALL_BATCH = 4
"""From here on a batch costs more to begin than it gains by being small."""
NETWORK_THREADS = 4
"""How many batches wait for engines of the network at once; each engine has its own limit within."""
_PROBE = key_of({"probe": 1})

Jobs = Sequence[PartJob | DryPart]


class Foreman:
    """Holds the workers of a run: of one episode, or of a whole catalogue. They are called when there is work."""

    def __init__(self, settings: Settings, stack: ExitStack, *, spare: str | None) -> None:
        """`stack` ends with the run."""
        self.settings = settings
        self.spare = spare
        """A folder for what is made, where the store can only be read."""
        self._stack = stack
        self._episodes = 0
        self._lock = threading.Lock()
        self._opened: tuple[Pool, ThreadPoolExecutor] | None = None

    def make(self, jobs: Jobs, workshop: Workshop) -> Iterator[PartDone]:
        """Every part, in the order in which they are finished. On the way out, whatever the reason, work in hand ends first.

        After a failure that is final nothing new is begun. Raises StoreError where nothing can be kept.
        """
        if not jobs:
            return
        pool, network = self._workers()
        self._episodes += 1
        shift = _Shift(pool, network, workshop)
        try:
            yield from shift.work(self._batches(jobs, pool.places))
        finally:
            self._episodes -= 1
            shift.end()
            if len(jobs) > LARGEST_BATCH:
                _give_back_memory()

    def _batches(self, jobs: Jobs, places: int) -> Iterator[Jobs]:
        """The jobs in order; small batches first, so that coders soon have work, and last, so that all workers end together.

        The more episodes are made side by side, the larger batches may be and keep all busy.
        """
        most = min(LARGEST_BATCH, self._share(len(jobs), places))
        start, size = 0, min(most, SMALL_BATCH)
        while start < len(jobs):
            yield jobs[start : start + size]
            start += size
            size = min(2 * size, most, max(SMALL_BATCH, self._share(len(jobs) - start, places)))

    def _share(self, count: int, places: int) -> int:
        return -(-count * self._episodes // (4 * places))

    @property
    def places(self) -> int:
        """How many batches the workers make at once."""
        return self._workers()[0].places

    def _workers(self) -> tuple[Pool, ThreadPoolExecutor]:
        with self._lock:
            if self._opened is None:
                pool = self._stack.enter_context(open_pool(self.settings.workers, self.settings.jobs))
                if not pool.shares_memory and self.spare is None:
                    _check_store(pool, self.settings)
                network = ThreadPoolExecutor(NETWORK_THREADS, thread_name_prefix="audioguide-network")
                self._opened = pool, self._stack.enter_context(network)
            return self._opened


def _give_back_memory() -> None:
    """Let the system have what the workers' sound took (glibc).

    It would stay with their threads, scattered between the facts that are kept: 50 MB that nobody uses.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def hired(settings: Settings) -> Iterator[Foreman]:
    """A foreman with the workers of these settings. Raises SettingsError where they do not fit together."""
    if settings.cache.startswith("memory://") and settings.workers not in {"threads", "serial"}:
        raise SettingsError(
            "is a store in the memory of one process",
            where=settings.cache,
            hint="name a folder or a URL that all workers share",
        )
    sweep_scratch()
    with ExitStack() as stack:
        spare = str(stack.enter_context(scratch_folder())) if _is_for_reading(settings) else None
        yield Foreman(settings, stack, spare=spare)


def _is_for_reading(settings: Settings) -> bool:
    """Whether the store is a folder of this machine that can be read and not written."""
    if "://" in settings.cache or not open_folder(settings.cache).is_for_reading():
        return False
    if settings.workers.startswith("dask://") and not settings.workers.startswith("dask://local"):
        return False
    log.warning("%s cannot be written: what is made now is not kept for the next build", settings.cache)
    return True


def _check_store(pool: Pool, settings: Settings) -> None:
    """Every worker must find what another one kept: else no part would ever come together with the rest."""
    token = secrets.token_hex(8)
    open_store(settings.cache).put("parts", _PROBE, Entry({"token": token}, b""), replace=True)
    seen = pool.everywhere(read_probe, settings.cache)
    if any(found != token for found in seen):
        raise SettingsError(
            "is not the same store for every worker",
            where=settings.cache,
            hint="set AUDIOGUIDE_CACHE to a folder or a URL that all workers share",
        )


def read_probe(place: str) -> str | None:
    """What this worker finds where the foreman put a word."""
    entry = open_store(place).get("parts", _PROBE)
    return str(entry.facts.get("token")) if entry else None


@dataclass
class _Shift:
    """The batches of one call: those that wait for an engine of the network, and those that are with the workers."""

    pool: Pool
    network: ThreadPoolExecutor
    workshop: Workshop
    cancelled: threading.Event = field(default_factory=threading.Event)
    running: set[Future[Any]] = field(default_factory=set)
    spoken: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """What the network's engines were asked for, by the part's index."""
    stopped: bool = False

    def work(self, batches: Iterator[Jobs]) -> Iterator[PartDone]:
        while True:
            while not self.stopped and len(self.running) < 2 * self.pool.places and (batch := next(batches, None)):
                self._begin(batch)
            if not self.running:
                return
            finished, self.running = wait(self.running, return_when=FIRST_COMPLETED)
            for future in finished:
                yield from self._taken(future)

    def _begin(self, batch: Jobs) -> None:
        if self.pool.shares_memory:
            self.running.add(self.pool.executor.submit(make_parts, batch, self.workshop, self.cancelled))
        elif any(map(online_utterances, batch)):
            self.running.add(self.network.submit(ask_network, batch, self.workshop, self.cancelled))
        else:
            self._hand_out(batch)

    def _hand_out(self, batch: Jobs) -> None:
        self.running.add(self.pool.executor.submit(make_parts, batch, replace(self.workshop, offline=True)))

    def _taken(self, future: Future[Any]) -> Iterator[PartDone]:
        """What a batch gave: parts, or jobs whose speech is there now, which go to the workers."""
        try:
            result = future.result()
        except self.pool.killed as error:
            raise AudioguideError(
                "workers were killed over and over with the same parts in hand",
                hint="is there enough memory? With fewer --jobs each has more",
            ) from error
        if isinstance(result, Asked):
            self.spoken |= result.spoken
            if result.jobs and not self.cancelled.is_set():
                self._hand_out(result.jobs)
            result = result.failed
        for part in result:
            self.stopped = self.stopped or bool(part.failure and part.failure.final)
            yield replace(part, spoken=part.spoken + self.spoken.pop(part.index, ()))

    def end(self) -> None:
        """Begin nothing more, and wait for what is in hand; interrupted, tell the workers to let go of it."""
        self.cancelled.set()
        if is_interrupted():
            self.pool.interrupt()
        for future in self.running:
            future.cancel()
        wait([future for future in self.running if not future.cancelled()])
