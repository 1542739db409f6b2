"""Fetching a page: from whom, how much, how long, and where redirects may lead."""

from __future__ import annotations

import http.server
import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from audioguide.cli import main
from audioguide.errors import ImportFailed
from audioguide.importers import fetch as fetching
from audioguide.importers import read_data
from audioguide.importers.fetch import fetch, is_public, is_url
from audioguide.script.load import load_script

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


def _loopback(address: str) -> bool:
    return address == "127.0.0.1"


@contextmanager
def _server(answer: Answer) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def _page(body: bytes, media_type: str = "text/html", status: int = 200) -> Answer:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", media_type)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def _redirect(to: str) -> Answer:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", to.format(path=request.path))
        request.end_headers()

    return answer


def test_a_page_comes_with_its_address_and_format() -> None:
    with _server(_page(b"<p>Text.</p>")) as port:
        fetched = fetch(f"http://127.0.0.1:{port}/walks/fort?x=1", allows=_loopback)
    assert (fetched.data, fetched.name) == (b"<p>Text.</p>", "fort.html")
    assert fetched.url == f"http://127.0.0.1:{port}/walks/fort?x=1"


def test_the_servers_encoding_wins() -> None:
    page = "<meta charset='utf-8'><p>Käse</p>".encode("latin-1")
    with _server(_page(page, "text/html; charset=iso-8859-1")) as port:
        fetched = fetch(f"http://127.0.0.1:{port}/", allows=_loopback)
    assert read_data(fetched.data, name=fetched.name).parts[0].paragraphs() == ("Käse",)


@pytest.mark.parametrize(
    ("media_type", "path", "name"),
    [
        ("text/plain", "/a.md", "a.md"),
        ("application/pdf", "/get", "get.pdf"),
        ("application/octet-stream", "/a.epub", "a.epub"),
        ("text/html", "/", "127-0-0-1.html"),
    ],
)
def test_the_format_is_the_servers_word_else_the_paths(media_type: str, path: str, name: str) -> None:
    with _server(_page(b"x", media_type)) as port:
        assert fetch(f"http://127.0.0.1:{port}{path}", allows=_loopback).name == name


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
    ],
)
def test_this_machine_and_private_networks_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::808:808"]
)
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"])
def test_this_machine_is_refused_however_it_is_written(host: str) -> None:
    with _server(_page(b"secret")) as port, pytest.raises(ImportFailed) as caught:
        fetch(f"http://{host}:{port}/")
    assert "this machine or a private network" in caught.value.message
    assert "--allow-private" in str(caught.value.hint)


def test_one_private_address_among_public_ones_is_enough() -> None:
    with pytest.raises(ImportFailed, match="private network"):
        fetch("http://example.org/", resolver=lambda _host, _port: ["93.184.216.34", "10.0.0.1"])


@pytest.mark.parametrize(
    "inside", ["http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest", "//192.168.0.1/x"]
)
def test_a_redirect_inside_is_refused(inside: str) -> None:
    with _server(_redirect(inside)) as port, pytest.raises(ImportFailed, match="private network"):
        fetch(f"http://127.0.0.1:{port}/", allows=_loopback)


@pytest.mark.parametrize(
    "other", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "data:text/html,x"]
)
def test_a_redirect_to_another_scheme_is_refused(other: str) -> None:
    with _server(_redirect(other)) as port, pytest.raises(ImportFailed, match="not an http or https address"):
        fetch(f"http://127.0.0.1:{port}/", allows=lambda _: True)


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    asked: list[str] = []
    hosts: list[str] = []

    def resolver(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        hosts.append(str(request.headers["Host"]))
        _page(b"Text.")(request)

    with _server(answer) as port:
        fetch(f"http://example.test:{port}/", allows=_loopback, resolver=resolver)
    assert (asked, hosts) == (["example.test"], [f"example.test:{port}"])


def test_redirects_are_followed_five_times() -> None:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        number = int(request.path.strip("/") or 0)
        (_page(b"Here.") if number >= 5 else _redirect(f"/{number + 1}"))(request)

    with _server(answer) as port:
        assert fetch(f"http://127.0.0.1:{port}/0", allows=_loopback).data == b"Here."


def test_an_endless_redirect_is_refused() -> None:
    with _server(_redirect("{path}x")) as port, pytest.raises(ImportFailed, match="redirects more than 5 times"):
        fetch(f"http://127.0.0.1:{port}/", allows=_loopback)


def test_a_page_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 100_000)
    with _server(_page(b"x" * 200_000)) as port, pytest.raises(ImportFailed, match="larger than"):
        fetch(f"http://127.0.0.1:{port}/", allows=_loopback)


@pytest.mark.parametrize("head", [True, False], ids=["in its head", "in its body"])
def test_a_server_that_drips_is_left(head: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a case
    monkeypatch.setattr(fetching, "MAX_SECONDS", 0.5)

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"" if head else b"Content-Type: text/html\r\n\r\n"))
        try:
            for _ in range(100):
                request.wfile.write(b"X: y\r\n" if head else b"x")
                time.sleep(0.05)
        except OSError:
            return

    start = time.monotonic()
    with _server(answer) as port, pytest.raises(ImportFailed, match="no complete answer within"):
        fetch(f"http://127.0.0.1:{port}/", allows=_loopback)
    assert time.monotonic() - start < 3


def test_a_resolver_that_hangs_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_SECONDS", 0.2)
    done = threading.Event()

    def resolver(_host: str, _port: int) -> list[str]:
        done.wait(5)
        return []

    with pytest.raises(ImportFailed, match="not found"):
        fetch("http://example.test/", resolver=resolver)
    done.set()


def test_an_answer_cut_short_is_refused() -> None:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b"half")

    with _server(answer) as port, pytest.raises(ImportFailed):
        fetch(f"http://127.0.0.1:{port}/", allows=_loopback)


def test_an_error_of_the_server_is_told() -> None:
    with _server(_page(b"", status=404)) as port, pytest.raises(ImportFailed, match="404"):
        fetch(f"http://127.0.0.1:{port}/", allows=_loopback)


def test_a_server_without_tls_is_told() -> None:
    with _server(_page(b"")) as port, pytest.raises(ImportFailed, match="cannot be fetched"):
        fetch(f"https://127.0.0.1:{port}/", allows=_loopback)


def test_nobody_there_is_told() -> None:
    with _server(_page(b"")) as port:
        pass
    with pytest.raises(ImportFailed, match="cannot be fetched"):
        fetch(f"http://127.0.0.1:{port}/", allows=_loopback)


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http://:80/",
        "http://a b/",
        "http://[::1",
        "http://a:99999/",
        "http://a:0/",
        "http://a\r\nX: y/",
        "https:///x",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ImportFailed):
        fetch(url, resolver=lambda _host, _port: ["93.184.216.34"], allows=lambda _: False)


def test_names_of_files_are_no_addresses() -> None:
    assert [is_url(name) for name in ("a.txt", "C:/a.txt", "https://a", "FTP://a")] == [False, False, True, True]


def test_the_command_fetches_from_this_machine_only_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    picture = io.BytesIO()
    Image.new("RGB", (64, 64)).save(picture, "PNG")
    body = (
        b"<html lang=en><head><meta property='og:image' content='/a.png'></head><h1>Fort</h1><p>It stands.</p></html>"
    )

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        is_page = request.path == "/fort"
        _page(body if is_page else picture.getvalue(), "text/html" if is_page else "image/png")(request)

    with _server(answer) as port:
        source = f"http://127.0.0.1:{port}/fort"
        refused = CliRunner(mix_stderr=False).invoke(main, ["import", source])
        done = CliRunner(mix_stderr=False).invoke(main, ["import", source, "--allow-private"])
    assert (refused.exit_code, "--allow-private" in refused.stderr, done.exit_code) == (1, True, 0)
    episode = load_script(tmp_path / "fort.yaml").script.episode
    assert (episode.title, episode.link, episode.image) == ("Fort", source, "fort-cover.png")
