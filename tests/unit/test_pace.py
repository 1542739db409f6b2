"""Pace, retries and circuit, under a clock that only moves when somebody sleeps."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from audioguide.errors import EngineUnavailable, SpeechFailed
from audioguide.pace import COOL_DOWN_S, LONGEST_WAIT_S, Pace, retry

RNG = random.Random(1)  # noqa: S311 - waits, not secrets
NOON = 1_795_262_400.0


class Clock:
    """A time that passes in sleep alone."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(tmp_path: Path, clock: Clock) -> Pace:
    return Pace(tmp_path / "state", "gtts", clock=clock.time, sleep=clock.sleep)


def failing(*failures: SpeechFailed) -> Callable[[], str]:
    left = list(failures)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "spoken"

    return call


def transient(retry_after_s: float | None = None) -> SpeechFailed:
    return SpeechFailed("Google asks for fewer requests (429)", transient=True, retry_after_s=retry_after_s)


def test_requests_are_a_second_apart(pace: Pace, clock: Clock) -> None:
    for _ in range(4):
        pace.wait_turn()
    assert sum(clock.slept) == pytest.approx(3)


def test_no_time_is_lost_after_a_slow_answer(pace: Pace, clock: Clock) -> None:
    pace.wait_turn()
    clock.now += 5
    pace.wait_turn()
    assert clock.slept == []


def test_another_process_keeps_the_same_pace(pace: Pace, clock: Clock, tmp_path: Path) -> None:
    other = Pace(tmp_path / "state", "gtts", clock=clock.time, sleep=clock.sleep)
    pace.wait_turn()
    other.wait_turn()
    assert clock.slept == [pytest.approx(1)]


def test_engines_do_not_wait_for_each_other(pace: Pace, clock: Clock, tmp_path: Path) -> None:
    other = Pace(tmp_path / "state", "third/party", clock=clock.time, sleep=clock.sleep)
    pace.wait_turn()
    other.wait_turn()
    assert clock.slept == []


def test_a_first_success_is_not_tried_again(pace: Pace, clock: Clock) -> None:
    assert retry(failing(), pace=pace, rng=RNG) == "spoken"
    assert clock.slept == []


def test_waits_grow_from_two_seconds_and_hold_chance(pace: Pace, clock: Clock) -> None:
    assert retry(failing(*[transient()] * 4), pace=pace, rng=RNG) == "spoken"
    assert len(clock.slept) == 4
    for wait_s, shortest_s in zip(clock.slept, (2, 4, 8, 16), strict=True):
        assert shortest_s <= wait_s <= 2 * shortest_s
    assert clock.slept[1] / clock.slept[0] != pytest.approx(2)


def test_no_wait_is_longer_than_a_minute(pace: Pace, clock: Clock) -> None:
    retry(failing(*[transient()] * 9), pace=pace, rng=RNG, tries=10)
    assert max(clock.slept) == pytest.approx(LONGEST_WAIT_S)


def test_the_service_may_ask_for_a_longer_wait(pace: Pace, clock: Clock) -> None:
    retry(failing(transient(45)), pace=pace, rng=RNG)
    assert clock.slept == [pytest.approx(45)]


def test_all_others_wait_as_well(pace: Pace, clock: Clock, tmp_path: Path) -> None:
    other = Pace(tmp_path / "state", "gtts", clock=clock.time, sleep=clock.sleep)
    pace.hold(30)
    other.wait_turn()
    assert clock.now == pytest.approx(NOON + 30)


def test_a_lasting_failure_is_raised_at_once(pace: Pace, clock: Clock) -> None:
    with pytest.raises(SpeechFailed, match="403"):
        retry(failing(SpeechFailed("refused (403)")), pace=pace, rng=RNG)
    assert clock.slept == []
    pace.wait_turn()


def test_five_failures_open_the_circuit_for_everybody(pace: Pace, clock: Clock, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"429.*5 times"):
        retry(failing(*[transient()] * 5), pace=pace, rng=RNG)
    waited, called = len(clock.slept), []
    other = Pace(tmp_path / "state", "gtts", clock=clock.time, sleep=clock.sleep)
    with pytest.raises(EngineUnavailable) as caught:
        retry(lambda: called.append(1), pace=other, rng=RNG)
    assert not called
    assert len(clock.slept) == waited
    assert re.search(r"again at \d\d:\d\d;", caught.value.hint or "")


def test_the_circuit_closes_by_itself(pace: Pace, clock: Clock) -> None:
    pace.open_circuit("trouble")
    clock.now += COOL_DOWN_S
    assert retry(failing(), pace=pace, rng=RNG) == "spoken"


def test_a_service_that_wants_more_than_a_minute_gets_it_at_once(pace: Pace, clock: Clock) -> None:
    with pytest.raises(EngineUnavailable, match="once"):
        retry(failing(transient(1200)), pace=pace, rng=RNG)
    assert clock.slept == []
    clock.now += 1199
    with pytest.raises(EngineUnavailable):
        pace.wait_turn()
    clock.now += 2
    pace.wait_turn()


def test_no_wait_begins_that_would_end_too_late(pace: Pace, clock: Clock) -> None:
    with pytest.raises(SpeechFailed, match="429"):
        retry(failing(*[transient()] * 4), pace=pace, rng=RNG, give_up_at=NOON + 10)
    assert clock.now < NOON + 10
    pace.wait_turn()


def test_a_clock_set_back_by_years_stops_nobody(pace: Pace, clock: Clock) -> None:
    pace.open_circuit("trouble")
    pace.hold(30)
    clock.now -= 400 * 86_400
    pace.wait_turn()
    assert clock.slept == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"next_at": "x"}', b'{"next_at": null}', b'{"next_at": NaN}', b'{"other": 1}', b"\xff"],
)
def test_a_damaged_state_counts_as_none(pace: Pace, clock: Clock, tmp_path: Path, content: bytes) -> None:
    pace.wait_turn()
    clock.now += 5
    (tmp_path / "state" / "pace-gtts.json").write_bytes(content)
    pace.wait_turn()
    assert clock.slept == []
    assert json.loads((tmp_path / "state" / "pace-gtts.json").read_bytes())["next_at"] == clock.now + 1


def test_where_nothing_can_be_written_the_process_remembers(clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    pace = Pace(tmp_path / "file", "gtts", clock=clock.time, sleep=clock.sleep)
    pace.wait_turn()
    pace.wait_turn()
    assert clock.slept == [pytest.approx(1)]
