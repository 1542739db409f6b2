"""The engine of the readings: what is written -> what a person would say. The tables are in a file per language."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from audioguide.text.characters import has_speech


@dataclass(frozen=True, slots=True)
class Rule:
    """One reading. `say` gets the match of `pattern`; None leaves the place to the rules after it."""

    pattern: str
    """Begins where no letter, digit or underscore stands before; named groups may repeat between rules."""
    say: Callable[[re.Match[str]], str | None]
    anywhere: bool = False
    """The pattern may also begin inside a word: for symbols."""


class Reader:
    """The rules of one language as one pattern: the first rule that applies at a place wins, nothing is read twice."""

    def __init__(self, rules: Sequence[Rule], *, capitals: str = r"(?!)") -> None:
        """`capitals` finds what needs the rules in a sentence that has letters and stops only."""
        ordered = sorted(rules, key=lambda rule: rule.anywhere)
        self._rules = [(re.compile(rule.pattern), rule.say) for rule in ordered]
        nameless = [re.sub(r"\(\?P<\w+>", "(?:", rule.pattern) for rule in ordered]
        first_anywhere = sum(not rule.anywhere for rule in ordered)
        groups = [f"({pattern})" for pattern in nameless]
        words, symbols = "|".join(groups[:first_anywhere]), "|".join(groups[first_anywhere:])
        self._any = re.compile(f"(?<!\\w)(?:{words or '(?!)'})|{symbols or '(?!)'}")
        self._capitals = re.compile(capitals)

    def read(self, text: str) -> str:
        """What a person would say for this sentence."""
        text = clean(text)
        if _PLAIN.fullmatch(text) and not self._capitals.search(text):
            return text
        read = _finished(self._applied(_without_markup(text)))
        return read if has_speech(read) else text

    def _applied(self, text: str) -> str:
        parts: list[str] = []
        position = 0
        while match := self._any.search(text, position):
            parts.append(text[position : match.start()])
            said, position = self._said(text, match.start(), (match.lastindex or 1) - 1)
            parts.append(said)
        return "".join([*parts, text[position:]])

    def _said(self, text: str, at: int, first: int) -> tuple[str, int]:
        for pattern, say in self._rules[first:]:
            if (match := pattern.match(text, at)) and (said := say(match)) is not None:
                return said, match.end()
        return text[at], at + 1


_SAME: Final = {
    **dict.fromkeys(map(ord, "’ʼ‘‛"), "'"),
    **dict.fromkeys(map(ord, "“”„‟«»"), '"'),
    **dict.fromkeys(map(ord, "‐‑−"), "-"),
    ord("…"): "...",
    **dict.fromkeys([*range(32), *range(0x7F, 0xA0), 0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFFFD], None),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xE000, 0xF900)], None),
}
"""Characters that sound as another does, or not at all."""

_PLAIN: Final = re.compile(r"(?:[A-Za-zÀ-ɏ ,;:]++|(?<=[a-zß-ɏ])['-](?=[a-z]))*+[.?!]?")
"""Nothing to read here but words."""

_MARKUP: Final = re.compile(r"[#*_`\[>~|•]|^[-+] ")
_MARKUP_RULES: Final = (
    (re.compile(r"^\s*(?:(?:#{1,6}|[-*+•>])\s+)+"), ""),
    (re.compile(r"!?\[([^\[\]]*\w[^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"\[\^\w+\]"), ""),
    (re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|~~|`{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"\*\*|__|~~|`|\s\|\s"), " "),
    (re.compile(r"•"), ","),
)

_EMOJI: Final = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2190-\u21ff\u2300-\u23ff\u2b00-\u2bff\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f]+\u200d?"
)
_FINISH: Final = (
    (re.compile(r"(?<!\w)'((?:[^']|\w'(?=\w))+?)'(?!\w)"), r"\1"),
    (re.compile(r"[\"]"), ""),
    (re.compile(r"\s*(?:--+|[—―])\s*|\s+[-–]+\s+|\s*[()\[\]{}]+\s*"), " , "),
    (re.compile(r"([!?])[!?]+"), r"\1"),
    (re.compile(r"\.{4,}"), "..."),
    (re.compile(r"(?<!\b[A-Z])(?<=[^\s.])\.+\s+(?=[A-ZÀ-Þ])"), ", "),
    (re.compile(r"\s+(?=[,.;:?!](?:\s|$))"), ""),
    (re.compile(r",(?:\s*,)+"), ","),
    (re.compile(r",\s*(?=[.;:?!])"), ""),
    (re.compile(r"(?<=[.;:?!])\s*,"), ""),
    (re.compile(r"^[\s,;:]+(?=\S)|[\s,;:]+$"), ""),
)
_SPACES: Final = re.compile(r"\s{2,}")


def clean(text: str) -> str:
    """One line, plain quotes and hyphens, nothing hidden."""
    text = " ".join(text.split())
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_SAME).strip()


def _without_markup(text: str) -> str:
    if _MARKUP.search(text):
        for pattern, plain in _MARKUP_RULES:
            text = pattern.sub(plain, text)
    return text


def _finished(text: str) -> str:
    """Pauses as commas, quotes and pictures gone, no full stop inside."""
    if not text.isascii():
        text = _EMOJI.sub(" ", text)
    for pattern, plain in _FINISH:
        text = pattern.sub(plain, text)
    return _SPACES.sub(" ", text).strip()


@dataclass(frozen=True, slots=True)
class Language:
    """How a language's tables come to the engine: region (`GB`, or "") -> rules."""

    rules: Callable[[str], Sequence[Rule]]
    capitals: str = r"(?!)"
    regions: dict[str, str] = field(default_factory=dict)
    """Region -> the one whose habits it shares."""


@lru_cache(maxsize=32)
def reader_for(language: str) -> Reader:
    """The reader of a BCP 47 language; without tables it cleans and leaves the words alone."""
    from audioguide.text import english

    primary, _, region = language.lower().partition("-")
    tables = {"en": english.LANGUAGE}
    if not (table := tables.get(primary)):
        return Reader(())
    return Reader(table.rules(table.regions.get(region, "")), capitals=table.capitals)
