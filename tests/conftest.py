"""Fixtures for every test: a store and a configuration of its own, and no network but loopback."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.desk import desk

__all__ = ["desk"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden`: write the golden files anew; the difference is reviewed like code."""
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def own_surroundings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the user's own cache and settings."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("AUDIOGUIDE_CACHE", str(home / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.delenv("AUDIOGUIDE_OUTPUT", raising=False)
    return home


@pytest.fixture(autouse=True)
def loopback_only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anything but this machine fails the test, unless it is marked `net`."""
    if request.node.get_closest_marker("net") is None:
        connect = socket.socket.connect

        def guarded(self: socket.socket, address: Any) -> None:
            host = address[0] if isinstance(address, tuple) else ""
            if self.family in {socket.AF_INET, socket.AF_INET6} and host not in {"127.0.0.1", "::1", "localhost"}:
                pytest.fail(f"a test tried to reach {host}")
            connect(self, address)

        monkeypatch.setattr(socket.socket, "connect", guarded)
