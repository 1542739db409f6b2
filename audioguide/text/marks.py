r"""Inline marks: `[pause 1s]`, `[[word|spoken form]]`, `*emphasis*` and the escapes `\[`, `\*`, `\\`.

What is left when the marks are taken off is the *shown* text; the marks' effects are kept by their place in it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audioguide.text.characters import has_speech

_SIGNS: Final = "[*\\"
"""What every mark begins with."""
_TOKEN: Final = re.compile(r"\\[\[\]*\\|]|\[\[|\[(?i:pause)\b|\*+")
_SAID: Final = re.compile(r"\[\[([^\[\]|]*)\|([^\[\]|]*)\]\]")
_PAUSE: Final = re.compile(r"\[(?i:pause)\s+(\d{1,7}(?:\.\d{1,9})?|\.\d{1,9})\s*(ms|s|sec|min)\s*\]", re.ASCII)
_OPENING: Final = re.compile(r"(?<![\w*])(\*{1,3})(?![\s*])")
_CLOSING: Final = re.compile(r"(?<![\s*\\])(\*{1,3})(?![\w*])")
_BLANK_LINE: Final = re.compile(r"\n\s*\n")
_DURATION_MS: Final = {"ms": 1.0, "s": 1000.0, "sec": 1000.0, "min": 60_000.0}
_LONGEST_PAUSE_MS: Final = 3_600_000


class MarkError(ValueError):
    """A malformed mark: the message is for the author, `offset` counts code points into the text."""

    def __init__(self, message: str, *, offset: int) -> None:
        """`message` says what is wrong and what to write instead."""
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Said:
    """A stretch of the shown text that is spoken in a form of its own."""

    start: int
    end: int
    spoken: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with its marks taken off."""

    shown: str
    said: Sequence[Said]
    pauses: Sequence[tuple[int, int]]
    """Place in the shown text, milliseconds."""
    starts: Sequence[int]
    """For each shown character, where it begins in the raw text."""
    ends: Sequence[int]


def read_marks(text: str) -> Marked:
    """Take the marks off a text. Raises MarkError for one that is malformed."""
    if not any(sign in text for sign in _SIGNS) or not _TOKEN.search(text):
        return Marked(text, (), (), range(len(text)), range(1, len(text) + 1))
    return _Scan(text).run()


class _Scan:
    """One pass over a text that has marks."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.shown: list[str] = []
        self.said: list[Said] = []
        self.pauses: list[tuple[int, int]] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.closings = [(match.start(), match[1]) for match in _CLOSING.finditer(text)]
        self.claimed: set[int] = set()

    def run(self) -> Marked:
        position = 0
        while token := _TOKEN.search(self.text, position):
            self._show(position, token.start())
            position = self._take(token)
        self._show(position, len(self.text))
        return Marked("".join(self.shown), self.said, self.pauses, self.starts, self.ends)

    def _take(self, token: re.Match[str]) -> int:
        """Apply one token; the position to go on from."""
        take = {"\\": self._escape, "*": self._stars, "[": self._pause}[token[0][0]]
        return self._say(token) if token[0] == "[[" else take(token)

    def _show(self, start: int, end: int) -> None:
        self.shown.append(self.text[start:end])
        self.starts += range(start, end)
        self.ends += range(start + 1, end + 1)

    def _escape(self, token: re.Match[str]) -> int:
        self.shown.append(token[0][1])
        self.starts.append(token.start())
        self.ends.append(token.end())
        return token.end()

    def _stars(self, token: re.Match[str]) -> int:
        if token.start() not in self.claimed and not self._claim_closing(token.start()):
            self._show(token.start(), token.end())
        return token.end()

    def _claim_closing(self, start: int) -> bool:
        """These stars open an emphasis that is closed before the paragraph ends."""
        if not (opening := _OPENING.match(self.text, start)):
            return False
        first = bisect_left(self.closings, (opening.end() + 1, ""))
        for place, stars in self.closings[first : first + 20]:
            if stars == opening[1]:
                free = place not in self.claimed and not _BLANK_LINE.search(self.text, start, place)
                self.claimed |= {place} if free else set()
                return free
        return False

    def _say(self, token: re.Match[str]) -> int:
        if not (match := _SAID.match(self.text, token.start())):
            raise MarkError(
                r"[[ begins a mark that is not complete; write [[word|spoken form]], or \[ for a literal bracket",
                offset=token.start(),
            )
        word, spoken = " ".join(match[1].split()), " ".join(match[2].split())
        if not word or not has_speech(spoken):
            raise MarkError(
                "a spoken form needs a word to show and something to say; write [[word|spoken form]]",
                offset=token.start(),
            )
        begin = len(self.starts)
        self.shown.append(word)
        self.starts += [match.start()] * len(word)
        self.ends += [match.end()] * len(word)
        self.said.append(Said(begin, begin + len(word), spoken))
        return match.end()

    def _pause(self, token: re.Match[str]) -> int:
        match = _PAUSE.match(self.text, token.start())
        duration_ms = round(float(match[1]) * _DURATION_MS[match[2]]) if match else -1
        if not match or duration_ms > _LONGEST_PAUSE_MS:
            raise MarkError(
                r"a pause needs a duration up to 60min; write [pause 1s] or [pause 800ms], or \[pause for the words",
                offset=token.start(),
            )
        self.pauses.append((len(self.starts), duration_ms))
        return match.end()
