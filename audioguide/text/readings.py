"""The engine of the readings: what is written -> what a person would say. The tables are in a file per language."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import import_module
from typing import Final, Literal

from audioguide.text.characters import has_speech

Say = Callable[[re.Match[str]], str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One reading. `say` gets the match of `pattern`; None leaves the place to the rules after it."""

    pattern: str
    """Named groups may repeat between rules; other groups, flags and references are not allowed."""
    say: Say
    starts: Literal["letter", "other", "either", "sign"] = "either"
    """What the first character is: a letter or something else where no word has begun, or a sign wherever it stands."""


_OTHER_FIRST: Final = r"[^\sA-Za-z,;:!?]"
_SIGN_FIRST: Final = r"[^\w\s,;:!?.'\"]|[²³]"


@dataclass(frozen=True, slots=True)
class Language:
    """A language's rules, and how to pass quickly over text that they do not touch."""

    rules: Sequence[Rule] = ()
    """The first rule that applies at a place wins."""
    lower_words: str = r"(?!)"
    """Matches small words to look at though nothing but white space follows them."""
    capitals: str = r"(?!)"
    """Finds capitals to look at in a sentence of words alone."""
    last_words: frozenset[str] = frozenset()
    """Short forms to look at where they end a sentence of words alone."""
    silent_ends: str = " ,;:"
    """Signs that say nothing where a sentence begins or ends."""


class Reader:
    """The rules of one language as one pattern. Nothing is read twice."""

    def __init__(self, language: Language) -> None:
        """The rules are compiled at the first sentence that needs them."""
        self._language = language
        self._last_words = language.last_words
        self._silent_ends = language.silent_ends
        self._finish = _FINISH if language.rules else tuple(row for row in _FINISH if row is not _STOP_INSIDE)

    @cached_property
    def _compiled(self) -> tuple[re.Pattern[str], Sequence[Rule]]:
        """The rules as one pattern, with a group for each in this order; English takes a hundredth of a second."""
        language = self._language
        words = [rule for rule in language.rules if rule.starts in {"letter", "either"}]
        others = [rule for rule in language.rules if rule.starts in {"other", "either"}]
        signs = [rule for rule in language.rules if rule.starts == "sign"]
        first_word = rf"[A-ZÀ-Þ]|[a-zß-ÿ]++(?:[^a-zß-ÿ\s,;:!?'\"]|:/)|{language.lower_words}"
        nothing_to_read = rf"(?:(?!{language.lower_words})[a-z]++[ ,;!?]++)++"
        pattern = re.compile(
            rf"{nothing_to_read}"
            rf"|(?<!\w)(?:(?={first_word})(?:{_either(words)})|(?={_OTHER_FIRST})(?:{_either(others)}))"
            rf"|(?={_SIGN_FIRST})(?:{_either(signs)})"
        )
        return pattern, (*words, *others, *signs)

    def read(self, text: str) -> str:
        """What a person would say for this sentence."""
        text = clean(text)
        if _PLAIN.fullmatch(text) and not self._has_short_form(text):
            return text
        if not _PUNCTUATED.fullmatch(text) or self._has_short_form(text):
            text = self._applied(_without_markup(text))
        read = self._finished(text)
        return read if has_speech(read) or not has_speech(text) else text

    def _finished(self, text: str) -> str:
        """Pauses as commas, quotes and pictures gone, no full stop inside where short forms are known and read out."""
        if not text.isascii():
            text = _EMOJI.sub(" ", text)
        present = set(text)
        for signs, pattern, plain in self._finish:
            if not present.isdisjoint(signs):
                text = pattern.sub(plain, text)
        if _SIDE_BY_SIDE.search(text):
            for pattern, plain in _PAUSES:
                text = pattern.sub(plain, text)
        return _SPACES.sub(" ", text).strip(self._silent_ends)

    def _has_short_form(self, words: str) -> bool:
        if words.rpartition(" ")[2] in self._last_words:
            return True
        return _CAPITAL_INSIDE.search(words) is not None and re.search(self._language.capitals, words) is not None

    def _applied(self, text: str) -> str:
        parts: list[str] = []
        position = done = 0
        pattern, _ = self._compiled
        while match := pattern.search(text, position):
            if match.lastindex is None:  # small words and the blanks between them, passed over at once
                position = match.end()
                continue
            parts.append(text[done : match.start()])
            said, position = self._said(text, match.start(), match.lastindex - 1)
            parts.append(said)
            done = position
        return "".join([*parts, text[done:]])

    def _said(self, text: str, at: int, first: int) -> tuple[str, int]:
        _, rules = self._compiled
        for rule in rules[first:]:
            if (match := _pattern(rule.pattern).match(text, at)) and (said := rule.say(match)) is not None:
                return said, match.end()
        return text[at], at + 1


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Compiled when first needed: most scripts use few of the rules."""
    return re.compile(pattern)


def _either(rules: Sequence[Rule]) -> str:
    """One group for each rule, so that the match tells which it was."""
    return "|".join("(" + re.sub(r"\(\?P<\w+>", "(?:", rule.pattern) + ")" for rule in rules) or "(?!)"


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

_PUNCTUATED: Final = re.compile(r"(?:[A-Za-zÀ-ɏ ,;:'\"()—]++|(?<=[a-zß-ɏ])-(?=[a-z]))*+[.?!]*[\")']*")
"""As plain, with quotes, dashes and brackets."""
_CAPITAL_INSIDE: Final = re.compile(r"[A-Z](?:[A-Z]|(?<=[a-z] .)(?!\w))")
"""Two capitals, or one alone after a word."""
_MARKUP: Final = re.compile(r"[#*_`\[>~|•]")
_BULLETS: Final = ("- ", "+ ")
_MARKUP_RULES: Final = (
    (re.compile(r"^\s*(?:(?:#{1,6}|[-*+•>])\s+)+"), ""),
    (re.compile(r"!?\[(?=[^\[\]]*\w)([^\[\]]+)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"\[\^\w+\]"), ""),
    (re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|~~|`{1,3})(?=\S)(.{1,400}?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"\*\*|__|~~|`"), " "),
    (re.compile(r"•|(?<!\S)\|(?!\S)"), ","),
)

_EMOJI: Final = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2190-\u21ff\u2300-\u23ff\u2b00-\u2bff\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f]+\u200d?"
)
_STOP_INSIDE: Final = (".", re.compile(r"\.\.*(?<!\b[A-Z]\.)(?<!\s\.)\s+(?=[A-ZÀ-Þ])"), ", ")
_FINISH: Final = (
    ("'", re.compile(r"'(?<!\w')((?:[^']|(?<=\w)'(?=\w))+)'(?!\w)"), r"\1"),
    ('"', re.compile(r'"'), ""),
    ("-—―–", re.compile(r"--+|[—―]|[-–]+(?<=\s[-–])(?=\s)"), " , "),
    ("()[]{}", re.compile(r"[()\[\]{}]+"), " , "),
    ("!?", re.compile(r"([!?])[!?]+"), r"\1"),
    (".", re.compile(r"\.\.\.\.+"), "..."),
    _STOP_INSIDE,
)
"""If one of these characters is there: what to look for, and what to say instead."""
_SIDE_BY_SIDE: Final = re.compile(r"[\s,.;:?!](?:(?<=\s)[,.;:?!]|(?<=,)(?:\s*[,.;:?!]|[^\W\d])|(?<=[.;:?!])\s*,)")
_PAUSES: Final = (
    (re.compile(r"\s+([,.;:?!])(?=[\s,]|$)"), r"\1"),
    (re.compile(r",(?:\s*,)+"), ","),
    (re.compile(r",\s*(?=[.;:?!])"), ""),
    (re.compile(r"([.;:?!])\s*,"), r"\1"),
    (re.compile(r",(?=[^\W\d])"), ", "),
)
"""What to make of signs of a pause side by side, where there are any."""
_SPACES: Final = re.compile(r"\s\s+")


def clean(text: str) -> str:
    """One line, plain quotes and hyphens, nothing hidden."""
    text = " ".join(text.split())
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_SAME).strip()


def _without_markup(text: str) -> str:
    if _MARKUP.search(text) or text.startswith(_BULLETS):
        for pattern, plain in _MARKUP_RULES:
            text = pattern.sub(plain, text)
    return text


_LANGUAGES: Final = {"de": "german", "en": "english", "es": "spanish", "fr": "french"}
"""Primary subtag -> the module whose `language(region)` has the tables."""


@lru_cache(maxsize=32)
def reader_for(language: str) -> Reader:
    """The reader of a BCP 47 language; without tables it cleans and leaves the words alone."""
    primary, _, region = language.lower().partition("-")
    if primary not in _LANGUAGES:
        return Reader(Language(silent_ends=" ,:" if primary == "el" else " ,;:"))  # a Greek question ends in ";"
    return Reader(import_module(f"audioguide.text.{_LANGUAGES[primary]}").language(region))
