"""Every harness of the torture, with a small count: the full one is `poe torture`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.__main__ import HARNESSES, torture

COUNTS = {"R1": 4, "R2": 1, "R3": 2, "R4": 1, "R5": 1, "R6": 1, "R7": 4, "R8": 8, "R9": 1, "R10": 1}


ALONE = {"R9"}
"""Beside other tests its memory is theirs too."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.alone) if name in ALONE else name for name in HARNESSES]
)
def test_it_survives(name: str, tmp_path: Path) -> None:
    result = torture(name, count=COUNTS[name], seed=20_260_102, folder=tmp_path)
    assert result.wrong == []
