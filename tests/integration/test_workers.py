"""Whoever works, the episode has the same bytes; who is killed loses nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import distributed
import pytest

from audioguide import engines, executors, speech
from audioguide.build import build
from audioguide.engines.tone import Tone
from audioguide.episode import Episode
from audioguide.errors import SettingsError
from audioguide.executors import open_pool
from audioguide.foreman import hired
from audioguide.parts import PartDone
from audioguide.settings import load_settings
from tests.desk import Desk, child_environment, script

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*fork.*:DeprecationWarning",  # distributed asks the system about itself from a process with threads
    "ignore:unclosed:ResourceWarning",  # and leaves sockets of workers that were killed to the collector
)

SECTIONS = [
    {"title": f"Part {number}", "segments": [f"Line {line} of part {number}, and something more." for line in range(8)]}
    for number in range(4)
]
MULTI = ["processes", "dask"]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A scheduler with two worker processes, each with one thread, reached over loopback."""
    before, os.environ["PYTHONPATH"] = os.environ.get("PYTHONPATH", ""), child_environment()["PYTHONPATH"]
    try:
        with distributed.LocalCluster(  # type: ignore[no-untyped-call]  # it has no types
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
        ) as cluster:
            yield cluster.scheduler_address.replace("tcp://", "dask://")
    finally:
        os.environ["PYTHONPATH"] = before


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system has no cores to choose from")
def test_each_core_has_its_worker_where_there_are_enough_of_them() -> None:
    def cores_of(jobs: int) -> list[frozenset[int]]:
        """Where each worker may run, all of them at once."""
        together = threading.Barrier(jobs, timeout=30)

        def where() -> frozenset[int]:
            together.wait()
            return frozenset(os.sched_getaffinity(0))

        with open_pool("threads", jobs) as pool:
            return [asked.result() for asked in [pool.executor.submit(where) for _ in range(jobs)]]

    allowed = os.sched_getaffinity(0)
    assert sorted(map(sorted, cores_of(2 * len(allowed)))) == sorted([core] for core in allowed for _ in range(2))
    if len(allowed) > 1:
        assert cores_of(len(allowed) - 1) == [allowed] * (len(allowed) - 1)
    assert os.sched_getaffinity(0) == allowed


@pytest.fixture
def workers(request: pytest.FixtureRequest, scheduler: str) -> str:
    """The address of the workers that the test asks for."""
    return scheduler if request.param == "dask" else str(request.param)


@pytest.mark.parametrize("workers", ["serial", "threads", *MULTI], indirect=True)
def test_the_episode_is_the_same_whoever_works(desk: Desk, tmp_path: Path, workers: str) -> None:
    music = {"bed": {"file": desk.sound("bed.wav", duration_s=3).name}}
    sections = [*SECTIONS[:2], {**SECTIONS[2], "music": "bed"}]
    plain = desk.build(script(sections, music=music), cache=tmp_path / "plain", output=tmp_path / "plain-out")
    built = desk.build(script(sections, music=music), workers=workers)
    assert built.data == plain.data
    assert built.counts == plain.counts == (24, 0, 24)
    again = desk.build(script(sections, music=music), workers=workers, output=tmp_path / "again")
    assert (again.data, again.counts) == (plain.data, (0, 24, 0))


@pytest.mark.parametrize("workers", MULTI, indirect=True)
def test_a_worker_that_is_killed_loses_nothing(desk: Desk, tmp_path: Path, workers: str) -> None:
    """With its batch in hand, while the other works on: its batch is begun again, and the bytes are those of one thread."""
    many = [{"title": "Long", "segments": [f"Sentence {number} is one of a great many." for number in range(64)]}]
    plain = desk.build(script(many), cache=tmp_path / "plain", output=tmp_path / "plain-out", workers="serial")
    settings = desk.settled(workers=workers)
    episode, killed = None, 0
    with hired(settings) as foreman:
        for event in build(desk.order(script(many)), settings, foreman=foreman):
            if isinstance(event, PartDone) and not killed:
                assert foreman._opened
                killed = foreman._opened[0].everywhere(os.getpid)[0]
                os.kill(killed, signal.SIGKILL)
            episode = event if isinstance(event, Episode) else episode
    assert episode
    assert killed not in {0, os.getpid()}
    assert (episode.folder / "episode.mp3").read_bytes() == plain.data
    assert episode.facts["spoken"] + episode.facts["reused"] == 64


class Far(Tone):
    """tone, as if it were far away: it says which process asked, and how many asked at once."""

    online = True
    concurrency = 1
    asked: list[int] = []  # noqa: RUF012 - shared on purpose
    inside, most = 0, 0

    def speak(self, request: engines.SpeechRequest, *, timeout_s: float) -> engines.Spoken:
        Far.inside += 1
        Far.most = max(Far.most, Far.inside)
        Far.asked.append(os.getpid())
        time.sleep(0.005)
        Far.inside -= 1
        return super().speak(request, timeout_s=timeout_s)


@pytest.mark.parametrize("workers", MULTI, indirect=True)
def test_the_network_is_asked_by_one_process_one_request_at_a_time(
    desk: Desk, workers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many workers there are: they find the speech in the store. Theirs is the real tone, which counts nothing."""
    monkeypatch.setitem(engines._open, "tone", Far())
    monkeypatch.setattr("audioguide.speech._places", cache(speech._places.__wrapped__))  # of this engine, not of tone
    monkeypatch.setattr("audioguide.pace.Pace.wait_turn", lambda _self: None)
    Far.asked, Far.most = [], 0
    built = desk.build(script(SECTIONS[:2]), workers=workers)
    assert Far.asked == [os.getpid()] * 16
    assert Far.most == 1
    assert built.counts == (16, 0, 16)


def test_a_store_in_memory_is_for_one_process(desk: Desk) -> None:
    settings = desk.settled(workers="processes", cache="memory://store")
    with pytest.raises(SettingsError, match="memory of one process"):
        list(build(desk.order(script(SECTIONS[:1])), settings))


def test_workers_that_see_another_store_are_told_of_before_work_begins(
    desk: Desk, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that each machine has for itself: here the workers stand in another folder, and the path is relative."""
    monkeypatch.chdir(desk.folder)
    with pytest.raises(SettingsError, match="same store for every worker"):
        list(build(desk.order(script(SECTIONS[:1])), desk.settled(workers=scheduler, cache="here")))


def test_a_scheduler_that_is_not_there_is_a_mistake_in_the_settings(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors, "CONNECT_S", 0.5)
    with pytest.raises(SettingsError, match="no worker is there") as caught:
        list(build(desk.order(script(SECTIONS[:1])), desk.settled(workers="dask://127.0.0.1:9")))
    assert caught.value.where == "dask://127.0.0.1:9"


def test_dask_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(SettingsError, match="not installed") as caught, open_pool("dask://local?workers=1", 1):
        pass
    assert "audioguide[dask]" in str(caught.value.hint)


def test_dask_starts_workers_of_its_own_on_this_machine() -> None:
    with open_pool("dask://local?workers=2", 1) as pool:
        assert (pool.places, pool.shares_memory) == (2, False)
        pids = pool.everywhere(os.getpid)
        assert len({*pids, os.getpid()}) == 3


@pytest.mark.parametrize("text", ["dask://", "dask://host", "dask://local?workers=many", "cluster", "http://host:1"])
def test_workers_that_nobody_knows_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="no workers") as caught:
        load_settings({"workers": text})
    assert caught.value.where == "--workers"
