"""The studio answers this machine and its own page, and nobody else."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from audioguide.errors import SettingsError
from audioguide.studio.server import open_studio
from tests.desk import Desk, script
from tests.studio_page import Page, studio_page

TEXT = script([{"id": "welcome", "title": "Welcome", "segments": ["Hello."]}])


@pytest.fixture
def page(desk: Desk) -> Iterator[Page]:
    with studio_page(desk.write(TEXT, "script.yaml"), desk.settled()) as opened:
        yield opened


def _raw(page: Page, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, str]:
    """A request with just these headers."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(page.root).port, timeout=20)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    if body:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, text


def _host(page: Page) -> str:
    return page.root.removeprefix("http://")


def test_the_page_has_the_token_and_gets_a_cookie_that_scripts_cannot_read(page: Page) -> None:
    answer = requests.get(f"{page.root}/?token={page.token}", timeout=20)
    assert f'<meta name="studio-token" content="{page.token}">' in answer.text
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert len(page.token) >= 32


def test_the_page_opens_by_its_plain_address_too(page: Page) -> None:
    with requests.Session() as visitor:
        assert page.token in visitor.get(f"{page.root}/", timeout=20).text
        assert visitor.get(f"{page.root}/api/scripts", timeout=20).status_code == 200


def test_every_answer_has_its_headers(page: Page) -> None:
    for path in ("/", "/static/studio.js", "/api/scripts", "/api/script?name=none", "/nothing"):
        headers = page.session.get(page.root + path, timeout=20).headers
        policy = headers["Content-Security-Policy"]
        for rule in ("default-src 'self'", "media-src 'self' blob:", "img-src 'self' data:", "frame-ancestors 'none'"):
            assert rule in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert not any(name.lower().startswith("access-control") for name in headers)
        assert "server" not in headers
    assert page.ask("/api/scripts").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example", ""])
def test_another_host_is_refused(page: Page, host: str) -> None:
    for path in ("/", "/static/studio.js", f"/api/scripts?token={page.token}"):
        assert _raw(page, "GET", path, {"Host": host})[0] == 403


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "LocalHost"])
def test_the_names_of_this_machine_are_answered(page: Page, name: str) -> None:
    port = urlsplit(page.root).port
    assert _raw(page, "GET", f"/api/scripts?token={page.token}", {"Host": f"{name}:{port}"})[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/api/scripts", "/api/script?name=script.yaml", "/api/sound?name=script.yaml&address=welcome.1", "/api/events",
     "/api/wave?name=script.yaml", "/api/episode/sound?name=script.yaml"],
)  # fmt: skip
def test_nothing_is_read_without_the_token(page: Page, path: str) -> None:
    wrong = {"Host": _host(page), "Cookie": f"audioguide-studio-{urlsplit(page.root).port}=wrong"}
    for headers in ({"Host": _host(page)}, wrong):
        status, text = _raw(page, "GET", path, headers)
        assert status == 403
        assert "audioguide studio" in text
        assert page.token not in text


def _change(page: Page) -> dict[str, str]:
    return {
        "Host": _host(page),
        "Origin": page.root,
        "X-Studio-Token": page.token,
        "Content-Type": "application/json",
        "Cookie": f"audioguide-studio-{urlsplit(page.root).port}={page.token}",
    }


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("X-Studio-Token", None, 403),
        ("X-Studio-Token", "wrong", 403),
        ("X-Studio-Token", "", 403),
        ("Origin", None, 403),
        ("Origin", "null", 403),
        ("Origin", "http://evil.example", 403),
        ("Origin", "http://127.0.0.1", 403),
        ("Origin", "https://{host}", 403),
        ("Host", "evil.example", 403),
        ("Content-Type", "application/x-www-form-urlencoded", 415),
        ("Content-Type", "text/plain", 415),
        ("Content-Type", None, 415),
    ],
)
@pytest.mark.parametrize("path", ["/api/edit", "/api/build", "/api/build/stop"])
def test_a_change_takes_token_and_origin_and_json(
    desk: Desk, page: Page, path: str, *, header: str, value: str | None, status: int
) -> None:
    before = (desk.folder / "script.yaml").read_bytes()
    body = {
        "name": "script.yaml",
        "version": page.script()["version"],
        "address": "welcome.1",
        "field": "text",
        "value": "!",
    }
    headers = _change(page)
    headers.pop(header)
    if value is not None:
        headers[header] = value.format(host=_host(page))
    assert _raw(page, "POST", path, headers, json.dumps(body).encode())[0] == status
    assert (desk.folder / "script.yaml").read_bytes() == before
    assert not (desk.folder / "output").exists()


def test_another_name_of_the_machine_is_another_origin(page: Page) -> None:
    headers = _change(page) | {"Origin": page.root.replace("127.0.0.1", "localhost")}
    assert _raw(page, "POST", "/api/build/stop", headers, b'{"name": "script.yaml"}')[0] == 403
    assert _raw(page, "POST", "/api/build/stop", _change(page), b'{"name": "script.yaml"}')[0] == 202


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_do_nothing(page: Page, method: str) -> None:
    assert _raw(page, method, "/api/edit", _change(page), b"{}")[0] == 405
    assert _raw(page, method, "/api/edit", {"Host": _host(page)})[0] == 403


def test_a_body_of_more_than_a_megabyte_is_refused_also_when_its_length_is_not_told(page: Page) -> None:
    assert _raw(page, "POST", "/api/edit", _change(page), b" " * 1_000_001)[0] == 413
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", urlsplit(page.root).port or 0), timeout=20) as connection:
        head = "".join(f"{name}: {value}\r\n" for name, value in _change(page).items())
        connection.sendall(f"POST /api/edit HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 20)
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b'"x"', b"\xff", b"[" * 5000])
def test_what_is_no_json_object_is_refused(page: Page, body: bytes) -> None:
    assert _raw(page, "POST", "/api/edit", _change(page), body)[0] == 400


@pytest.mark.parametrize(
    "path",
    ["/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2fserver.py", "/static//etc/passwd",
     "/static/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc/passwd", "/static/studio.js/../../server.py", "/server.py", "/../../etc/passwd"],
)  # fmt: skip
def test_no_path_leaves_its_folder(page: Page, path: str) -> None:
    status, text = _raw(page, "GET", f"{path}?token={page.token}", {"Host": _host(page)})
    assert status == 404
    assert "def " not in text
    assert "root:" not in text


@pytest.mark.parametrize(
    "name", ["../secret.yaml", "/etc/passwd", "secret.txt", "link.yaml", "show.yaml", "", ".", "a\0b", "pipe.yaml"]
)
def test_only_scripts_of_the_folder_are_opened(desk: Desk, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "scripts"
    folder.mkdir()
    for file in (tmp_path / "secret.yaml", folder / "script.yaml"):
        file.write_bytes(desk.write(TEXT, "script.yaml").read_bytes())
    (folder / "secret.txt").write_text("secret")
    (folder / "data.yaml").write_text("a: b\n")
    (folder / "show.yaml").write_text("version: 1\n")
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    with studio_page(folder, desk.settled()) as page:
        assert [one["name"] for one in page.ask("/api/scripts").json()["scripts"]] == ["script.yaml"]
        for path in ("/api/script", "/api/sound", "/api/wave", "/api/episode/sound"):
            assert page.ask(path, name=name, address="welcome.1").status_code == 404
        for path in ("/api/edit", "/api/build", "/api/build/stop"):
            answer = page.post(path, name=name, version="", address="welcome.1", field="text", value="!")
            assert answer.status_code == 404
            assert "error" in answer.json()


def test_it_listens_on_this_machine_alone(desk: Desk) -> None:
    with open_studio(desk.write(TEXT, "script.yaml"), desk.settled(), port=0) as studio:
        assert studio.address.startswith("http://127.0.0.1:")
        assert studio._socket.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken_and_a_place_without_scripts_are_told(desk: Desk, tmp_path: Path) -> None:
    path = desk.write(TEXT, "script.yaml")
    with open_studio(path, desk.settled(), port=0) as studio, pytest.raises(SettingsError, match="cannot be used"):
        open_studio(path, desk.settled(), port=studio.port).__enter__()
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "none.yaml", tmp_path / "empty"):
        with pytest.raises(SettingsError):
            open_studio(place, desk.settled(), port=0).__enter__()
