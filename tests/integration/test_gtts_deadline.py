"""The deadline over a call that knows none, with real connections; and pace and retries over the whole of it."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from audioguide.engines import SpeechRequest
from audioguide.engines.deadline import within
from audioguide.engines.gtts import Gtts
from audioguide.errors import EngineUnavailable
from audioguide.pace import Pace, retry
from tests.stand_in.gtts import StandIn

ROOT = Path(__file__).parents[2]
REQUEST = SpeechRequest("Turn left at the bridge.", "en-GB", "en")


@contextmanager
def dripping_server() -> Iterator[int]:
    """A server that sends a byte each 20 ms as long as anybody listens."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    while connection.send(b"x"):
                        time.sleep(0.02)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with closing(listener):
        yield int(listener.getsockname()[1])


def read_all(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        data = b""
        while more := connection.recv(100):
            data += more
    return data


def wait_for_threads() -> None:
    ends = time.monotonic() + 2
    while time.monotonic() < ends:
        if all(thread.name != "audioguide-deadline" for thread in threading.enumerate()):
            return
        time.sleep(0.01)
    pytest.fail("a thread outlived its deadline")


def test_a_drip_ends_at_the_deadline_and_so_does_its_thread() -> None:
    """Every read has its answer in time, so that no timeout of the socket ever strikes."""
    ended = threading.Event()

    def call(port: int) -> None:
        read_all(port)
        ended.set()

    with dripping_server() as port:
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            within(lambda: call(port), timeout_s=0.3)
        assert 0.25 < time.monotonic() - started < 0.8
        assert ended.wait(1), "the read went on"
        wait_for_threads()


def test_a_result_comes_through() -> None:
    assert within(lambda: 7, timeout_s=5) == 7
    wait_for_threads()


def test_an_error_comes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        within(lambda: 1 // 0, timeout_s=5)


def test_after_the_deadline_no_connection_is_made() -> None:
    refused: list[str] = []
    go_on = threading.Event()

    def call() -> None:
        go_on.wait(5)
        try:
            socket.create_connection(("127.0.0.1", 9), timeout=1)
        except OSError as error:
            refused.append(str(error))

    with pytest.raises(TimeoutError):
        within(call, timeout_s=0.05)
    go_on.set()
    wait_for_threads()
    assert refused == ["the deadline of this call is over"]


def test_connections_of_other_threads_are_left_alone() -> None:
    with dripping_server() as port:
        mine = socket.create_connection(("127.0.0.1", port), timeout=5)
        with mine, pytest.raises(TimeoutError):
            within(lambda: time.sleep(0.3), timeout_s=0.05)
        with dripping_server() as other, socket.create_connection(("127.0.0.1", other), timeout=5) as still:
            with pytest.raises(TimeoutError):
                within(lambda: read_all(port), timeout_s=0.1)
            assert still.recv(1) == b"x"
    wait_for_threads()


def test_no_handle_is_left_open() -> None:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("open files can only be counted on Linux")
    with dripping_server() as port:
        before = len(list(folder.iterdir()))
        for _ in range(5):
            with pytest.raises(TimeoutError):
                within(lambda: read_all(port), timeout_s=0.05)
        wait_for_threads()
        time.sleep(0.1)  # the server's own side
        assert len(list(folder.iterdir())) <= before + 1


def test_faults_that_pass_are_survived_and_each_try_is_one_request(gtts_stand_in: StandIn, tmp_path: Path) -> None:
    gtts_stand_in.plan(["429=1", "truncated-mp3", "html"])
    slept: list[float] = []
    pace = Pace(tmp_path, "gtts", interval_s=0, clock=lambda: 1e9 + sum(slept), sleep=slept.append)
    engine = Gtts()
    spoken = retry(lambda: engine.speak(REQUEST, timeout_s=10), pace=pace, rng=random.Random(3))  # noqa: S311
    assert spoken.clip.duration_s > 1
    assert gtts_stand_in.texts == [REQUEST.text] * 4
    assert len(slept) == 3


def test_a_service_that_stays_away_opens_the_circuit(gtts_stand_in: StandIn, tmp_path: Path) -> None:
    gtts_stand_in.plan(["503"] * 9)
    slept: list[float] = []
    pace = Pace(tmp_path, "gtts", clock=lambda: 1e9 + sum(slept), sleep=slept.append)
    for _ in range(3):
        with pytest.raises(EngineUnavailable, match="503"):
            retry(lambda: Gtts().speak(REQUEST, timeout_s=10), pace=pace, rng=random.Random(3))  # noqa: S311
    assert len(gtts_stand_in.texts) == 5


def test_processes_share_one_pace(tmp_path: Path) -> None:
    """Three processes with two turns each need five intervals, whoever comes first."""
    code = (
        "import sys, pathlib, time; from audioguide.pace import Pace\n"
        "pace = Pace(pathlib.Path(sys.argv[1]), 'gtts', interval_s=0.2)\n"
        "for _ in range(2):\n    pace.wait_turn(); print(time.time())"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)]
    turns = sorted(float(line) for process in running for line in process.communicate()[0].split())
    assert len(turns) == 6
    assert turns[-1] - turns[0] > 0.8


def test_the_stand_in_is_a_tool_of_its_own() -> None:
    """The line that it prints is all that another program needs."""
    command = [sys.executable, "-m", "tests.stand_in.gtts", "--fault", "404"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout is not None
            variable, _, url = server.stdout.readline().strip().removeprefix("export ").partition("=")
            code = "import sys; from gtts import gTTS; gTTS('Hello.', lang_check=False).write_to_fp(sys.stdout.buffer)"
            surroundings = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
            client = [sys.executable, "-c", code]
            first, second = (
                subprocess.run(
                    client, env={**surroundings, variable: url}, capture_output=True, cwd=ROOT, timeout=60, check=False
                )
                for _ in range(2)
            )
        finally:
            server.terminate()
    assert b"404" in first.stderr
    assert second.returncode == 0
    assert second.stdout.startswith(b"\xff\xf3")
