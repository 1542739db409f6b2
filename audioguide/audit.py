"""The words of a script that a voice may well read wrongly: names, acronyms, letters with digits, foreign and unknown words.

Each with how often and where it stands, and how it is read now: the spoken form, and where the engine can tell, its sounds.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from audioguide.engines import Engine, get_engine
from audioguide.plan import Plan, Utterance
from audioguide.text import read_segment

_CALENDAR = frozenset({*calendar.month_name, *calendar.day_name})
"""English names that every voice knows."""

_PRONOUN = frozenset({"I", "I'm", "I'd", "I'll", "I've", "I’m", "I’d", "I’ll", "I’ve"})
"""Written with a capital, and no name."""

Kind = Literal["name", "acronym", "digits", "foreign", "unknown"]

_WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")
_CLOSING = re.compile(r"['’](?:s|S)$")


@runtime_checkable
class Reader(Protocol):
    """An engine that can tell how it reads a word."""

    def reading(self, word: str, voice: str) -> tuple[str, bool]:
        """The sounds of a word in the engine's own alphabet, and whether it stands in its dictionary."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One word, as it is written most often."""

    word: str
    kind: Kind
    count: int
    addresses: tuple[str, ...]
    """The segments that it stands in, in order."""
    spoken: str
    """What the engine is asked to say for it."""
    sounds: str | None
    """How the engine reads that, where it can tell."""


@dataclass(slots=True)
class _Seen:
    """One word on the way through a script."""

    utterance: Utterance
    count: int
    addresses: dict[str, None]
    mid_sentence: int
    """How often it stands where a capital is no sign of a sentence's beginning."""


def audit(plan: Plan) -> list[Finding]:
    """The words to listen to, most frequent first. Words of `pronounce` are settled, and left out."""
    settled = {word.lower() for word in plan.script.pronounce}
    seen: dict[str, _Seen] = {}
    for speech in plan.every_speech():
        for utterance in speech.utterances:
            for word, is_first in _words(utterance.text):
                entry = seen.setdefault(word, _Seen(utterance, 0, {}, 0))
                entry.count += 1
                entry.addresses[speech.address] = None
                entry.mid_sentence += not is_first
    found = (_finding(word, entry, seen) for word, entry in seen.items() if word.lower() not in settled)
    return sorted((finding for finding in found if finding), key=lambda finding: (-finding.count, finding.word.lower()))


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Each word, without a possessive, and whether it begins the sentence."""
    for number, match in enumerate(_WORD.finditer(text)):
        yield _CLOSING.sub("", match[0]), number == 0


def _finding(word: str, entry: _Seen, seen: dict[str, _Seen]) -> Finding | None:
    request = entry.utterance.request
    engine = get_engine(entry.utterance.engine)
    spoken = " ".join(s.spoken for s in read_segment(word, language=request.language, pronounce={})) or word
    sounds, is_known = _reading(engine, spoken, request.voice)
    kind = _kind(word, entry, seen, is_known=is_known, language=request.language)
    if kind is None or (kind in {"name", "unknown"} and not _is_said(word, request.text)):
        return None
    return Finding(word, kind, entry.count, tuple(entry.addresses), spoken, sounds)


def _is_said(word: str, text: str) -> bool:
    """Whether the word itself is asked of the engine: "Dr" and "km" are read in full before."""
    return re.search(rf"\b{re.escape(word)}\b", text) is not None and word not in _CALENDAR | _PRONOUN


def _reading(engine: Engine, spoken: str, voice: str) -> tuple[str | None, bool]:
    return engine.reading(spoken, voice) if isinstance(engine, Reader) else (None, True)


def _kind(word: str, entry: _Seen, seen: dict[str, _Seen], *, is_known: bool, language: str) -> Kind | None:
    letters = [character for character in word if character.isalpha()]
    if not letters:
        return None
    if any(character.isdigit() for character in word):
        return None if re.fullmatch(r"\d+(?:st|nd|rd|th|s)", word) else "digits"
    if len(letters) > 1 and sum(map(str.isupper, letters)) >= len(letters) - 1 and letters[1].isupper():
        return "acronym"
    if language.lower().startswith("en") and any(_is_foreign(character) for character in letters):
        return "foreign"
    if word[0].isupper() and entry.mid_sentence and word.lower() not in seen:
        return "name"
    return None if is_known else "unknown"


def _is_foreign(letter: str) -> bool:
    """A letter with an accent, or of another alphabet."""
    return not unicodedata.normalize("NFD", letter).isascii()


def pronounce_block(findings: list[Finding]) -> str:
    """A `pronounce:` block to paste into a script, each word with what is said now: change what sounds wrong."""
    rows = [f"  {_quoted(finding.word)}: {_quoted(finding.spoken)}" for finding in findings]
    return "\n".join(["pronounce:", *rows])


def _quoted(text: str) -> str:
    plain = re.fullmatch(r"[^\W\d_][\w ’'\-]*", text) and text.lower() not in {
        "yes",
        "no",
        "on",
        "off",
        "true",
        "false",
        "null",
    }
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
