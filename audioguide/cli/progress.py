"""How far a build is: a bar with the time left on a terminal, a plain line now and then elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

import click

from audioguide.cli.output import note
from audioguide.parts import PartDone
from audioguide.plan import Cue, Plan, Speech, predicted_s

LINE_EVERY_S = 5.0


class BuildProgress:
    """Follows the events of one build. `quiet`: says nothing."""

    def __init__(self, name: str, *, quiet: bool = False) -> None:
        """`name` is what people call the episode."""
        self.name = name
        self.quiet = quiet
        self._bar: Any = None
        self._weights: list[int] = []
        self._work = 0
        self._seen = 0
        self._said_at = time.monotonic()

    def __enter__(self) -> Self:
        """Nothing is drawn before the plan is known."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal's line as it stands."""
        self._close(kind, error, trace)

    def _close(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.__exit__(kind, error, trace)
            self._bar = None

    def planned(self, plan: Plan) -> None:
        """The work is known: begin to draw, anew where it changed."""
        self._close(None, None, None)
        if plan.fallbacks and not self.quiet:
            told = ", ".join(f"{voice} by {fallback}" for voice, fallback in plan.fallbacks.items())
            note(f"{self.name}: an engine is not available; spoken in the whole episode: {told}")
        self._seen = 0
        formats = len(plan.output.formats)
        self._work = formats * sum(1 for _ in plan.every_cue())
        if not self.quiet and sys.stderr.isatty():
            self._weights = [_weight_ms(cue) for cue in plan.every_cue()]
            length_ms = sum(self._weights) * formats
            self._bar = click.progressbar(length=length_ms, label=self.name, file=sys.stderr, width=32)
            self._bar.__enter__()

    def done(self, part: PartDone) -> None:
        """One more part is finished."""
        self._seen += 1
        if self._bar is not None:
            self._bar.update(self._weights[part.index])
        elif not self.quiet and time.monotonic() - self._said_at > LINE_EVERY_S:
            self._said_at = time.monotonic()
            click.echo(f"{self.name}: {self._seen} of {self._work} segments", err=True)


def _weight_ms(cue: Cue) -> int:
    """How much of the work a part is: about its length."""
    if isinstance(cue, Speech):
        return max(1, round(1000 * sum(predicted_s(utterance) for utterance in cue.utterances)))
    return 500
