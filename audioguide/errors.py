"""What can go wrong, and what to do about it.

AudioguideError(message, *, where=None, hint=None)
|- ScriptError          every problem of a script at once            exit 2
|- SettingsError        a flag, an environment variable, a file      exit 2
|- EngineError
|  |- EngineUnavailable     package, program, model or network is missing
|  |- VoiceNotFound         hint = the nearest names
|  `- SpeechFailed          .transient tells speech.py whether another try makes sense
|- AudioError           sound that cannot be decoded; ffmpeg missing or failed
|- StoreError           the cache folder cannot be read or written
|- OutputError          the output folder cannot be written
|- ImportFailed         an article cannot be reached or has no text
`- FeedError            a feed folder that cannot be made or read    all others: exit 1
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


class AudioguideError(Exception):
    """A known failure: what happened, where, and what to do next."""

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        """`message` says what is wrong, `where` names the file, address or setting, `hint` the next step."""
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a script, with its place. Lines and columns count from 1, columns in code points."""

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str | None = None
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """`FILE:LINE:COLUMN: path.to.field: what is wrong; hint`."""
        place = f"{self.file}:{self.line}:{self.column}"
        subject = f"{self.path}: " if self.path else ""
        level = "warning: " if self.level == "warning" else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}: {level}{subject}{self.message}{hint}"


class ScriptError(AudioguideError):
    """A script that cannot be used. `problems` holds every one that was found, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        """`problems` must not be empty."""
        assert problems
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class SettingsError(AudioguideError):
    """A setting of the machine (flag, environment, settings file) that cannot be used."""


class EngineError(AudioguideError):
    """A speech engine could not do its work."""


class EngineUnavailable(EngineError):
    """A package, program, model or network that the engine needs is missing; the hint installs it."""


class VoiceNotFound(EngineError):
    """The engine has no voice of that name; the hint names the nearest ones."""


class SpeechFailed(EngineError):
    """One utterance could not be spoken."""

    def __init__(
        self,
        message: str,
        *,
        transient: bool = False,
        retry_after_s: float | None = None,
        where: str | None = None,
        hint: str | None = None,
    ) -> None:
        """`transient` says that another try may succeed, `retry_after_s` the wait that the service asked for."""
        super().__init__(message, where=where, hint=hint)
        self.transient = transient
        self.retry_after_s = retry_after_s


class AudioError(AudioguideError):
    """A sound that cannot be decoded or encoded."""


class StoreError(AudioguideError):
    """The store of finished speech cannot be read or written."""


class OutputError(AudioguideError):
    """The output folder cannot be written."""


class ImportFailed(AudioguideError):
    """An article that cannot be reached, or has no text."""


class FeedError(AudioguideError):
    """A feed folder that cannot be made or read."""
