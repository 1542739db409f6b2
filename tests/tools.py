"""What tests share: system tools that must be there where it counts."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec

import pytest


def require_tool(program: str) -> str:
    """The path of a system program. Where it is missing the test skips, or fails when tools are required."""
    if path := shutil.which(program):
        return path
    if os.environ.get("AUDIOGUIDE_REQUIRE_TOOLS") == "1":
        pytest.fail(f"{program} is required here and is not installed")
    pytest.skip(f"{program} is not installed")


def require_package(package: str) -> None:
    """An optional package. Where it is missing the test skips, or fails when tools are required."""
    if find_spec(package) is None:
        if os.environ.get("AUDIOGUIDE_REQUIRE_TOOLS") == "1":
            pytest.fail(f"{package} is required here and is not installed")
        pytest.skip(f"{package} is not installed")
