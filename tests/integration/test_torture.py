"""Every harness of the torture, with a small count: the full one is `poe torture`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.__main__ import HARNESSES, torture

COUNTS = {"R1": 3, "R2": 1, "R3": 2, "R4": 1, "R5": 1, "R6": 1, "R7": 4, "R8": 5, "R9": 1, "R10": 1, "Ctrl-C": 3}


@pytest.mark.slow
@pytest.mark.parametrize("name", HARNESSES)
def test_it_survives(name: str, tmp_path: Path) -> None:
    result = torture(name, count=COUNTS[name], seed=20_260_102, folder=tmp_path)
    assert result.wrong == []
