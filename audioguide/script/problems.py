"""Mistakes as they are gathered: where they stand, what they are called, what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from audioguide.errors import Problem

Step = str | int
Steps = tuple[Step, ...]
"""The way to a value: `("sections", 0, "segments", 2, "voice")`."""

_MANY = 200
"""Beyond so many mistakes no more near names are looked up: that takes time, and nobody reads them."""


class Place(NamedTuple):
    """A place in a file; line and column count from 1, columns in code points."""

    file: str
    line: int
    column: int


class Stop(Exception):
    """A file cannot be read any further."""

    def __init__(self, place: Place, message: str, *, hint: str | None = None) -> None:
        """The same parts as a problem's."""
        super().__init__(message)
        self.place, self.message, self.hint = place, message, hint


def quoted(text: str) -> str:
    """The text in quotes, cut where it is long."""
    return f'"{text}"' if len(text) <= 60 else f'"{text[:57]}…"'


def shown(steps: Steps) -> str:
    """`sections[0].segments[2].voice`."""
    parts = (
        f"[{step}]" if isinstance(step, int) else f".{step if len(step) <= 60 else step[:57] + '…'}" for step in steps
    )
    return "".join(parts).removeprefix(".")


def nearest(word: str, names: Iterable[str]) -> str | None:
    """`did you mean "voice"?` where one of the names is close, else None."""
    if len(word) > 40:
        return None
    from difflib import get_close_matches

    by_lower = {name.lower(): name for name in names}
    close = get_close_matches(word.strip().lower(), by_lower, n=1, cutoff=0.6)
    return f'did you mean "{by_lower[close[0]]}"?' if close else None


class Problems:
    """Every mistake found so far, each once."""

    def __init__(self, files: tuple[str, ...]) -> None:
        """`files` gives the order in which the files' problems are listed."""
        self._files = files
        self._found: dict[Problem, None] = {}

    def add(
        self,
        place: Place,
        steps: Steps,
        message: str,
        *,
        hint: str | None = None,
        level: Literal["error", "warning"] = "error",
    ) -> None:
        """Note one mistake."""
        self._found[Problem(*place, shown(steps), message, hint, level)] = None

    def near(self, word: str, names: Iterable[str], *, otherwise: str | None = None) -> str | None:
        """The nearest name as a hint, else `otherwise`; there is no search once mistakes are many."""
        close = nearest(word, names) if len(self._found) < _MANY else None
        return close or otherwise

    def listed(self, level: Literal["error", "warning"]) -> list[Problem]:
        """The problems of a level in the order of the files."""
        order = {file: index for index, file in enumerate(self._files)}
        found = [problem for problem in self._found if problem.level == level]
        return sorted(found, key=lambda one: (order.get(one.file, len(order)), one.line, one.column))
