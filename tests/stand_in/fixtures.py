"""The stand-ins as pytest fixtures; a conftest.py that wants them imports them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stand_in.gtts import StandIn

_PROXY_VARIABLES = (
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
)


@pytest.fixture(scope="session")
def gtts_server() -> Iterator[StandIn]:
    """One server for all tests of a process."""
    with StandIn() as stand_in:
        yield stand_in


@pytest.fixture
def gtts_stand_in(gtts_server: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Google Translate's stand-in with an empty plan, in the place where gTTS looks for the network."""
    for variable in _PROXY_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    for variable in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(variable, gtts_server.url)
    gtts_server.plan()
    return gtts_server
