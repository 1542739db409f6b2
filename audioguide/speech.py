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
    if (kept := _kept(store, utterance.key)) and not _is_stale(utterance.key, fresh):
        return Heard(kept, reused=True)
    with store.lock("speech", utterance.key):
        if (kept := _kept(store, utterance.key)) and not _is_stale(utterance.key, fresh):
            return Heard(kept, reused=True)
        spoken = _ask(get_engine(utterance.engine), utterance, offline=offline, pace_folder=store.state_folder)
        store.put("speech", utterance.key, Entry(_facts(utterance, spoken), to_flac(spoken.clip)))
        if fresh:
            _spoken_afresh.add((fresh, utterance.key))
    return Heard(spoken, reused=False)


def stretched(spoken: Spoken, factor: float) -> Spoken:
    """The same speech, so many times as fast, at the same pitch."""
    if factor == 1.0:
        return spoken
    words = [
        replace(word, start_ms=round(word.start_ms / factor), end_ms=round(word.end_ms / factor))
        for word in spoken.words
    ]
    return Spoken(stretch(spoken.clip, factor), tuple(words))


def _is_stale(key: str, fresh: str | None) -> bool:
    return fresh is not None and (fresh, key) not in _spoken_afresh


_spoken_afresh: set[tuple[str, str]] = set()
"""What this process spoke anew: the run, and the utterance's key."""


def _kept(store: Store, key: str) -> Spoken | None:
    entry = store.get("speech", key)
    if entry is None:
        return None
    try:
        return Spoken(from_flac(entry.data), _words(entry.facts))
    except (AudioError, KeyError, TypeError, ValueError):
        return None


def _facts(utterance: Utterance, spoken: Spoken) -> Mapping[str, Any]:
    words = [[word.start_ms, word.end_ms, *word.span] for word in spoken.words]
    return {"engine": utterance.engine, "voice": utterance.request.voice, "words": words}


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
