"""Who works: a `concurrent.futures.Executor` of threads, of processes, of a Dask cluster, or of nobody but the caller.

Dask is an extra, imported when it is asked for. Its traffic goes to the scheduler that was named and nowhere else; a
scheduler runs whatever its clients send, so name one that you trust.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from audioguide.errors import SettingsError
from audioguide.files import discard_unfinished
from audioguide.interrupt import interrupt
from audioguide.programs import kill_running

T = TypeVar("T")

TRIES = 4
"""How often a task is begun whose worker is killed: the first time included."""
CONNECT_S, WORKERS_S = 10, 60
"""How long a scheduler may take to answer, and its first worker to come."""
_PATIENCE_S = 0.3
"""How long a process of this machine may take to let go of its work."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Workers. `shares_memory`: they are threads of this process."""

    executor: Executor
    places: int
    """How many tasks run at once."""
    shares_memory: bool
    everywhere: Callable[..., list[Any]]
    """Calls a function with arguments on every worker that is there."""
    killed: tuple[type[Exception], ...] = ()
    """What a task ends with whose workers were killed over and over."""
    interrupt: Callable[[], None] = lambda: None
    """Tells workers in other processes of this machine to let go of what they have in hand."""


@contextmanager
def open_pool(workers: str, jobs: int) -> Iterator[Pool]:
    """The workers of that address (see `Settings.workers`), `jobs` of them where they are started here.

    When the block ends, work in hand ends first. Raises SettingsError where they cannot be had.
    """
    kind, _, address = workers.partition("://")
    with POOLS[kind](address, jobs) as pool:
        yield pool


class _Serial(Executor):
    """Does the work at once, in the caller's thread."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - it is the future's, not ours
            future.set_exception(error)
        return future


class _Processes(Executor):
    """Processes of this machine; where one is killed, all are started anew and what they had in hand is begun again."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._pool = self._start()

    def _start(self) -> Executor:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        _start_quiet_tracker()
        context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
        return ProcessPoolExecutor(self._count, mp_context=context, initializer=_serve_parent)

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        self._begin(future, (fn, args, kwargs), TRIES)
        return future

    def _begin(self, future: Future[T], task: tuple[Callable[..., T], Any, Any], tries: int) -> None:
        fn, args, kwargs = task
        with self._lock, _deaf_children():
            try:
                attempt = self._pool.submit(fn, *args, **kwargs)
            except BrokenExecutor:
                self._pool = self._start()
                attempt = self._pool.submit(fn, *args, **kwargs)
        future.add_done_callback(lambda done: attempt.cancel() if done.cancelled() else None)
        attempt.add_done_callback(lambda done: self._ended(done, future, task, tries))

    def _ended(
        self, attempt: Future[T], future: Future[T], task: tuple[Callable[..., T], Any, Any], tries: int
    ) -> None:
        if future.cancelled() or attempt.cancelled():
            future.cancel()
            future.set_running_or_notify_cancel()
        elif isinstance(error := attempt.exception(), BrokenExecutor):
            if tries > 1:
                self._begin(future, task, tries - 1)
                return
            future.set_exception(error)
        elif error:
            future.set_exception(error)
        else:
            future.set_result(attempt.result())

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - as it is there
        with self._lock:
            self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)

    def interrupt(self) -> None:
        """Interrupt every process: it lets go of what it has in hand, or is killed. What it makes is whole or not there."""
        pids = list(getattr(self._pool, "_processes", None) or ())
        _signal_all(pids, signal.SIGINT)
        patience = threading.Timer(_PATIENCE_S, _signal_all, (pids, signal.SIGKILL))
        patience.daemon = True
        patience.start()


def _start_quiet_tracker() -> None:
    """Multiprocessing's own helper, which tidies up after a process that ends where it stands, and need not say so."""
    from multiprocessing import resource_tracker

    sys.warnoptions.append("ignore::UserWarning:multiprocessing.resource_tracker")  # for the helper alone
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.pop()


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Processes that are started in the block hear of Ctrl-C only once they can answer it (`_serve_parent`)."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _signal_all(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _work_steadily(cores: Iterator[int] | None = None) -> None:
    """This thread, and what it starts, takes turns less often and stays on its core, if it has one (Linux).

    ffmpeg, which passes sound from thread to thread, takes a tenth less processor time for the first, and for the second
    a twentieth, since no core has to wake another one (measured).
    """
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
            if cores and (core := next(cores, None)) is not None:
                os.sched_setaffinity(0, {core})


def _own_cores(jobs: int) -> Iterator[int] | None:
    """A core for each of so many workers; none where there are more cores than workers, which then may use them all."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    return itertools.cycle(cores) if jobs >= len(cores) else None


def _serve_parent() -> None:
    """In each process: Ctrl-C ends the work and not the process, and the death of the one that started it ends both."""
    import multiprocessing

    _work_steadily()
    parent = multiprocessing.parent_process()
    assert parent

    def outlive() -> None:
        parent.join()
        kill_running()
        discard_unfinished()
        os._exit(1)

    signal.signal(signal.SIGINT, lambda *_: interrupt())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=outlive, name="audioguide-parent", daemon=True).start()


@contextmanager
def _threads(_address: str, jobs: int) -> Iterator[Pool]:
    with ThreadPoolExecutor(jobs, "audioguide", _work_steadily, (_own_cores(jobs),)) as executor:
        yield Pool(executor, jobs, shares_memory=True, everywhere=_here)


@contextmanager
def _serial(_address: str, _jobs: int) -> Iterator[Pool]:
    yield Pool(_Serial(), 1, shares_memory=True, everywhere=_here)


@contextmanager
def _processes(_address: str, jobs: int) -> Iterator[Pool]:
    with _Processes(jobs) as executor:
        yield Pool(
            executor,
            jobs,
            shares_memory=False,
            everywhere=lambda *call: [executor.submit(*call).result()],
            killed=(BrokenExecutor,),
            interrupt=executor.interrupt,
        )


def _here(function: Callable[..., T], *arguments: object) -> list[T]:
    return [function(*arguments)]


@contextmanager
def _dask(address: str, jobs: int) -> Iterator[Pool]:
    distributed = _distributed()
    with ExitStack() as stack:
        name, _, count = address.partition("?workers=")
        try:
            place = (
                stack.enter_context(_cluster(distributed, int(count or jobs))) if name == "local" else f"tcp://{name}"
            )
            client = stack.enter_context(distributed.Client(place, timeout=CONNECT_S, set_as_default=False))
            client.wait_for_workers(1, timeout=WORKERS_S)
        except (OSError, TimeoutError) as error:
            where = f"dask://{address}"
            raise SettingsError(
                f"no worker is there: {error}", where=where, hint="start them, or --workers threads"
            ) from error
        yield Pool(
            stack.enter_context(client.get_executor(pure=False)),
            places=sum(client.nthreads().values()),
            shares_memory=False,
            everywhere=lambda *call: list(client.run(*call).values()),
            killed=(distributed.KilledWorker,),
        )


def _cluster(distributed: Any, count: int) -> Any:
    """Workers on this machine, reached over loopback only."""
    return distributed.LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.ERROR,
    )


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise SettingsError(
            "Dask is not installed", where="--workers", hint="pip install 'audioguide[dask]'"
        ) from error
    return distributed


POOLS: dict[str, Callable[[str, int], AbstractContextManager[Pool]]] = {
    "threads": _threads,
    "serial": _serial,
    "processes": _processes,
    "dask": _dask,
}
"""The kind of workers, which begins their address -> how they are had."""
