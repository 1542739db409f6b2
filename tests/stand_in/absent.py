"""A stand-in for an engine whose package is missing."""

from __future__ import annotations

import pytest

from audioguide import engines
from audioguide.engines.tone import Tone
from audioguide.errors import EngineUnavailable


class Absent(Tone):
    """An engine whose package is missing."""

    def __init__(self) -> None:
        """Say so."""
        raise EngineUnavailable("absent is not installed", hint="pip install absent")


def absent_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put an engine named `absent` into the table, whose package is missing."""
    monkeypatch.setitem(engines.ENGINES, "absent", f"{__name__}:Absent")
