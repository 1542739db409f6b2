"""Secrets come from the environment and stay there: not in files, keys, logs, pages, answers, errors or tracebacks."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stand_in.openai import SpeechServer
from tests.torture.ground import Ended, Ground

KEY = "sk-live-Zq83hTnVxw9KfLm27Rd5"
PASSWORDS = {"proxy": "pr0xy-Passw0rd-71", "address": "addr3ss-Passw0rd-72", "store": "st0re-Passw0rd-73"}
SECRETS = {"key": KEY, **PASSWORDS}
PROXY = f"http://somebody:{PASSWORDS['proxy']}@127.0.0.1:9"
ENCODED = {
    f"{name} in base64": base64.b64encode(f"{user}:{word}".encode()).decode()
    for name, word in PASSWORDS.items()
    for user in ("somebody",)
}
OTHERS = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "NO_PROXY", "no_proxy")


@pytest.fixture
def server() -> Iterator[SpeechServer]:
    with SpeechServer() as server:
        yield server


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    """A script for the server that the environment names, with every secret in that environment."""
    for name in OTHERS:
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, PROXY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    ground = Ground(tmp_path)
    write(ground)
    return ground


def write(ground: Ground, **options: str) -> None:
    ground.write(
        voices={"host": {"engine": "openai", **options}},
        sections=[{"title": "One", "segments": ["One is the first line."]}],
        output={"formats": ["mp3", "m4b", "opus"]},
    )


def _keeps(ended: Ended) -> Ended:
    """The command, which said no secret."""
    said = ended.out + ended.err
    assert [name for name, secret in {**SECRETS, **ENCODED}.items() if secret in said] == [], said
    return ended


def _assert_no_file_holds_any(ground: Ground) -> None:
    files = [path for path in ground.folder.rglob("*") if path.is_file() and path != ground.script]
    assert files
    for path in files:
        held = path.read_bytes() + path.name.encode()
        assert [name for name, secret in {**SECRETS, **ENCODED}.items() if secret.encode() in held] == [], path


def test_whatever_is_made_and_told_holds_no_secret(ground: Ground, server: SpeechServer) -> None:
    """Store, keys, tags, episode.json, feed, pages, report, plan, settings, doctor; the server got the key, though."""
    here = {"OPENAI_BASE_URL": server.url}
    script = str(ground.script)
    for arguments in (
        ("check", script, "--json"),
        ("plan", script, "--json"),
        ("--debug", "build", script),
        ("--debug", "publish", script, "--to", "site", "--base-url", "https://example.org/show/"),
        ("report", script, "-o", "report.html"),
        ("where", script, "one.1"),
        ("plan", script),
        ("cache", "info"),
    ):
        assert _keeps(ground.run(*arguments, **here)).code == 0, arguments
    told: tuple[str, ...]
    for told in (("settings",), ("doctor",), ("doctor", "--json"), ("engines",)):
        assert _keeps(ground.run(*told, **here)).code in {0, 1}, told
    assert {asked.authorization for asked in server.asked} == {f"Bearer {KEY}"}
    assert (ground.folder / "site" / "feed.xml").exists()
    _assert_no_file_holds_any(ground)


@pytest.mark.parametrize("answer", ["400", "401", "404"])
def test_failing_answer_that_repeats_the_key_is_told_without_it(
    ground: Ground, server: SpeechServer, answer: str
) -> None:
    server.answer_with([answer] * 99)
    for more in ((), ("--json",)):
        told = _keeps(ground.run("--debug", "build", *more, str(ground.script), OPENAI_BASE_URL=server.url))
        assert told.code == 1, told
        assert "…" in told.out + told.err or "\\u2026" in told.out
    _assert_no_file_holds_any(ground)


@pytest.mark.parametrize(
    "proxy",
    [
        f"http://somebody:{PASSWORDS['proxy']}@127.0.0.1:nonsense",
        f"http://somebody:{PASSWORDS['proxy']}@[::1",
        f"socks9://somebody:{PASSWORDS['proxy']}@127.0.0.1:9",
    ],
    ids=["no port", "no address", "no scheme"],
)
def test_password_of_a_proxy_is_not_told(ground: Ground, proxy: str) -> None:
    """Also where the address of the proxy makes no sense, which libraries complain of with the whole of it."""
    write(ground, base_url="http://speech.example/v1")
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), proxy)
    told = _keeps(ground.run("--debug", "build", str(ground.script), **proxies))
    assert told.code == 1, told
    _assert_no_file_holds_any(ground)


def test_proxy_that_answers_gets_the_password_and_nobody_else(ground: Ground, server: SpeechServer) -> None:
    write(ground, base_url="http://speech.example/v1")
    proxy = server.url.replace("http://", f"http://somebody:{PASSWORDS['proxy']}@").removesuffix("/v1")
    told = _keeps(ground.run("--debug", "build", str(ground.script), HTTP_PROXY=proxy))
    assert told.code == 1
    assert server.asked
    assert {asked.authorization for asked in server.asked} == {None}  # a script's own server never sees the key
    _assert_no_file_holds_any(ground)


@pytest.mark.parametrize("place", ["script", "environment"])
def test_address_with_a_password_is_refused_without_it(ground: Ground, place: str) -> None:
    address = f"http://somebody:{PASSWORDS['address']}@127.0.0.1:9/v1"
    if place == "script":
        write(ground, base_url=address)
    environment = {"OPENAI_BASE_URL": address} if place == "environment" else {}
    for command in (("check",), ("check", "--json"), ("plan", "--json"), ("build",), ("build", "--json")):
        told = _keeps(ground.run("--debug", *command, str(ground.script), **environment))
        assert told.code in {1, 2} or command[0] == "check", told
    for command in (("doctor",), ("settings",)):
        _keeps(ground.run(*command, **environment))


@pytest.mark.parametrize("url", ["ftp://somebody:{}@127.0.0.1:9/store", "nonsense://somebody:{}@127.0.0.1/store"])
def test_password_of_a_store_is_not_told(ground: Ground, url: str) -> None:
    store = url.format(PASSWORDS["store"])
    write(ground, base_url="http://127.0.0.1:9/v1")
    for command in (("settings",), ("settings", "--json"), ("doctor",), ("doctor", "--json"), ("cache", "info")):
        _keeps(ground.run("--debug", *command, AUDIOGUIDE_CACHE=store))
    for more in ((), ("--json",)):
        assert _keeps(ground.run("--debug", "build", *more, str(ground.script), AUDIOGUIDE_CACHE=store)).code in {1, 2}
    _assert_no_file_holds_any(ground)


def test_address_to_import_from_is_told_without_its_password(ground: Ground) -> None:
    address = f"http://somebody:{PASSWORDS['address']}@127.0.0.1:9/page"
    for more in ((), ("--allow-private",), ("--json",)):
        assert _keeps(ground.run("--debug", "import", address, *more)).code in {1, 2}
