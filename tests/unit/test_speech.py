"""Speech: looked up, else spoken, each utterance once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import numpy as np
import pytest

from audioguide import engines
from audioguide.engines import SpeechRequest, Spoken
from audioguide.engines.tone import Tone
from audioguide.errors import EngineUnavailable, SpeechFailed
from audioguide.plan import Utterance
from audioguide.speech import Heard, speak
from audioguide.store import Entry, FolderStore, key_of
from tests.desk import Desk

TEXT = "Hello there, my friend."


@pytest.fixture
def store(desk: Desk) -> FolderStore:
    return FolderStore(desk.cache)


def _utterance(text: str = TEXT, engine: str = "diary") -> Utterance:
    return Utterance(text, engine, SpeechRequest(text, "en", "mid"), key_of({"text": text, "engine": engine}), 250)


def _same(first: Heard, second: Heard) -> bool:
    same = np.array_equal(first.spoken.clip.samples, second.spoken.clip.samples)
    return same and first.spoken.words == second.spoken.words


def test_it_is_spoken_once_and_then_found(desk: Desk, store: FolderStore) -> None:
    first, second = speak(_utterance(), store), speak(_utterance(), store)
    assert (first.reused, second.reused) == (False, True)
    assert desk.asked() == [TEXT]


def test_what_is_found_is_what_was_spoken(store: FolderStore) -> None:
    """To the last bit, though 16 bits of each sample are kept: or a cold build would differ from a warm one."""
    first, second = speak(_utterance(), store), speak(_utterance(), store)
    assert _same(first, second)
    assert first.spoken.words


def test_a_run_in_which_nothing_is_good_enough_speaks_everything_once(desk: Desk, store: FolderStore) -> None:
    speak(_utterance(), store)
    assert [speak(_utterance(), store, fresh="run 1").reused for _ in range(3)] == [False, True, True]
    assert not speak(_utterance(), store, fresh="run 2").reused
    assert desk.asked() == [TEXT] * 3


@pytest.mark.parametrize("fresh", [None, "a run"])
def test_many_threads_that_want_one_utterance_speak_it_once(desk: Desk, store: FolderStore, fresh: str | None) -> None:
    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(lambda _: speak(_utterance(), store, fresh=fresh), range(8)))
    assert [one.reused for one in heard].count(False) == 1
    assert desk.asked() == [TEXT]


def test_sound_that_cannot_be_decoded_is_made_anew(desk: Desk, store: FolderStore) -> None:
    store.put("speech", _utterance().key, Entry({"words": []}, b"this is no FLAC"))
    assert not speak(_utterance(), store).reused
    assert speak(_utterance(), store).reused
    assert desk.asked() == [TEXT]


def test_a_failure_is_not_kept(desk: Desk, store: FolderStore) -> None:
    desk.refuse("friend")
    with pytest.raises(SpeechFailed):
        speak(_utterance(), store)
    desk.refuse()
    assert not speak(_utterance(), store).reused


class _Short(Tone):
    name: ClassVar[str] = "short"
    seconds: ClassVar[float] = 0.1

    def speak(self, request: SpeechRequest, *, timeout_s: float) -> Spoken:
        """As much sound as was set, whatever the text."""
        spoken = super().speak(request, timeout_s=timeout_s)
        count = round(self.seconds * spoken.clip.rate_hz)
        return Spoken(type(spoken.clip)(np.resize(spoken.clip.samples, (count, 1)), spoken.clip.rate_hz))


@pytest.mark.parametrize("seconds", [0.0, 0.1, 400.0])
def test_a_clip_that_cannot_be_of_the_text_is_refused(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setitem(engines._open, "short", _Short())
    monkeypatch.setattr(_Short, "seconds", seconds)
    with pytest.raises(SpeechFailed, match="of sound for 23 characters"):
        speak(_utterance(engine="short"), store)
    assert not store.has("speech", _utterance(engine="short").key)


class _Online(Tone):
    name: ClassVar[str] = "online"
    online: ClassVar[bool] = True
    concurrency: ClassVar[int] = 2
    interval_s: ClassVar[float] = 0.0
    inside: ClassVar[int] = 0
    most: ClassVar[int] = 0
    lock: ClassVar[threading.Lock] = threading.Lock()
    full: ClassVar[threading.Barrier] = threading.Barrier(2)

    def speak(self, request: SpeechRequest, *, timeout_s: float) -> Spoken:
        """Count who is inside; nobody leaves before two have met."""
        with self.lock:
            _Online.inside += 1
            _Online.most = max(_Online.most, _Online.inside)
        self.full.wait(10)
        with self.lock:
            _Online.inside -= 1
        return super().speak(request, timeout_s=timeout_s)


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """An engine on a network of its own, and how many it served at once at most."""
    monkeypatch.setitem(engines._open, "online", _Online())
    return lambda: _Online.most


def test_no_more_are_asked_at_once_than_the_engine_takes(store: FolderStore, online: Callable[[], int]) -> None:
    texts = [f"Sentence number {number}." for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda text: speak(_utterance(text, "online"), store), texts))
    assert online() == 2


@pytest.mark.usefixtures("online")
def test_offline_asks_no_engine_of_the_network_but_uses_what_is_kept(store: FolderStore) -> None:
    with pytest.raises(EngineUnavailable, match="offline"):
        speak(_utterance(engine="online"), store, offline=True)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda text: speak(_utterance(text, "online"), store), [TEXT, "Another one."]))
    assert speak(_utterance(engine="online"), store, offline=True).reused
