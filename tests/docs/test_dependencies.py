"""Every package that the project asks for is told of, with a reason for its range."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PAGE = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
EXTRAS = ("dask", "openai", "piper")


def _asked_for() -> dict[str, str]:
    """Package -> its range."""
    asked = [*PROJECT["dependencies"], *(one for extra in EXTRAS for one in PROJECT["optional-dependencies"][extra])]
    parsed = (re.match(r"([A-Za-z0-9_.-]+)(\[[^]]*\])?\s*([^;]*)", one) for one in asked)
    return {match[1]: match[3].strip() for match in parsed if match}


def _reasons() -> dict[str, str]:
    """Package -> the last cell of its row."""
    rows = (line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ") and line.count("|") == 6)
    return {cells[0].split("(")[0].strip(): cells[-1].strip() for cells in rows}


ASKED, REASONS = _asked_for(), _reasons()


@pytest.mark.parametrize("package", sorted(ASKED))
def test_range_has_a_reason(package: str) -> None:
    """Where it is open upwards, the reason says so: then whatever comes is tried by the tests."""
    assert package in REASONS, f"docs/dependencies.md has no row for {package}"
    reason = REASONS[package]
    assert len(reason) > 10
    assert ("<" in ASKED[package] or "==" in ASKED[package]) != reason.startswith("open: "), (ASKED[package], reason)
    assert re.search(r"[<>=]=?\s*\d", ASKED[package]), f"{package} has no lower bound"


def test_no_row_is_left_over() -> None:
    assert set(REASONS) - {"package", "---"} <= set(ASKED)
