"""Utterances -> sound: looked up in the store, else spoken; each different one once."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from audioguide.audio import Clip, from_flac, stretch, to_flac
from audioguide.engines import Engine, Spoken, WordTiming, get_engine, interval_s
from audioguide.errors import AudioError, EngineUnavailable, SpeechFailed
from audioguide.interrupt import go_on_or_stop
from audioguide.pace import Pace, retry
from audioguide.plan import Utterance
from audioguide.store import Entry, Store

TIMEOUT_S = 60.0
"""How long one utterance may take, tries included per try."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance's sound, and whether it lay in the store."""

    spoken: Spoken
    reused: bool


def speak(utterance: Utterance, store: Store, *, offline: bool = False, fresh: str | None = None) -> Heard:
    """The sound of an utterance. `fresh` names a run in which each one is spoken again, once.

    Raises EngineError where it can neither be found nor spoken.
    """
    if kept := _usable(store.get("speech", utterance.key), fresh):
        return Heard(kept, reused=True)
    go_on_or_stop()
    with store.lock("speech", utterance.key):
        found = store.get("speech", utterance.key)
        if kept := _usable(found, fresh):
            return Heard(kept, reused=True)
        spoken = _ask(get_engine(utterance.engine), utterance, offline=offline, pace_folder=store.state_folder)
        entry = Entry(_facts(utterance, spoken, fresh), to_flac(spoken.clip))
        # Where another machine was quicker, its sound is the one that everybody uses.
        entry = store.put("speech", utterance.key, entry, replace=found is not None)
    return Heard(_spoken(entry), reused=False)


def stretched(spoken: Spoken, factor: float) -> Spoken:
    """The same speech, so many times as fast, at the same pitch."""
    if factor == 1.0:
        return spoken
    words = [
        replace(word, start_ms=round(word.start_ms / factor), end_ms=round(word.end_ms / factor))
        for word in spoken.words
    ]
    return Spoken(stretch(spoken.clip, factor), tuple(words))


def _usable(entry: Entry | None, fresh: str | None) -> Spoken | None:
    """The speech in an entry; None where it cannot be read, or is of before the run in which all is spoken again."""
    if entry is None or (fresh and entry.facts.get("run") != fresh):
        return None
    try:
        return _spoken(entry)
    except (AudioError, KeyError, TypeError, ValueError):
        return None


def _spoken(entry: Entry) -> Spoken:
    """What is kept, not what was made: rounded to 16 bits, so that the episode is the same in this run and the next."""
    return Spoken(from_flac(entry.data), _words(entry.facts))


def _facts(utterance: Utterance, spoken: Spoken, fresh: str | None) -> Mapping[str, Any]:
    words = [[word.start_ms, word.end_ms, *word.span] for word in spoken.words]
    run = {"run": fresh} if fresh else {}
    return {"engine": utterance.engine, "voice": utterance.request.voice, "words": words, **run}


def _words(facts: Mapping[str, Any]) -> tuple[WordTiming, ...]:
    return tuple(WordTiming(start, end, (first, last)) for start, end, first, last in facts["words"])


def _ask(engine: Engine, utterance: Utterance, *, offline: bool, pace_folder: Path) -> Spoken:
    if engine.online and offline:
        raise EngineUnavailable(
            f"{engine.name} needs the network, and offline is set",
            hint="unset AUDIOGUIDE_OFFLINE, or draft with --engine hibari",
        )

    def ask() -> Spoken:
        spoken = engine.speak(utterance.request, timeout_s=TIMEOUT_S)
        _check(engine, spoken.clip, utterance.request.text)
        return spoken

    with _places(engine.name):
        if engine.online:
            return retry(ask, pace=_pace(pace_folder, engine.name), rng=random.Random())  # noqa: S311 - spreads requests
        return ask()


@cache
def _pace(folder: Path, name: str) -> Pace:
    return Pace(folder, name, interval_s=interval_s(get_engine(name)))


def _check(engine: Engine, clip: Clip, text: str) -> None:
    """No engine's word is taken for it: a clip must be long enough to hold the text, and short enough to be of it."""
    shortest_s, longest_s = 0.01 * len(text), 5 + 1.0 * len(text)
    if not shortest_s <= clip.duration_s <= longest_s:
        raise SpeechFailed(
            f"{engine.name} gave {clip.duration_s:.2f} s of sound for {len(text)} characters",
            transient=engine.online,
        )


@cache
def _places(name: str) -> threading.Semaphore:
    """How many requests of an engine may run at once in this process."""
    return threading.Semaphore(get_engine(name).concurrency or 64)
