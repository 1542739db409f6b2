"""The browser of the tests: Debian's Chromium, which reaches nothing but this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.tools import require_package, require_tool

DESKTOP, PHONE = (1280, 900), (390, 844)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
"""A browser that asks nobody but the page's host, and could not reach anybody else."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, which plays sound without being asked."""
    chromium = require_tool("chromium")
    require_package("playwright")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium, args=[*QUIET, "--autoplay-policy=no-user-gesture-required"]
        )
        yield running
        running.close()
