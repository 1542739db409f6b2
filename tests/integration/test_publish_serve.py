"""The local server, asked as players, browsers and attackers ask."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from audioguide.cli.interruption import INTERRUPTED
from audioguide.errors import FeedError
from audioguide.publish.serve import media_type, open_server
from tests.desk import child_environment

SOUND = bytes(range(256)) * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    (root / "deep").mkdir(parents=True)
    (root / "one.0123.mp3").write_bytes(SOUND)
    (root / "feed.xml").write_text("<rss/>")
    (root / "index.html").write_text("<p>home")
    (root / "deep" / "index.html").write_text("<p>deep")
    (root / "über & co.vtt").write_text("WEBVTT\n")
    (root / ".secret").write_text("hidden")
    (tmp_path / "outside.txt").write_text("outside")
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    os.mkfifo(root / "pipe.mp3")
    return root


@pytest.fixture
def port(folder: Path) -> Iterator[int]:
    with open_server(folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join()


class _Answer:
    def __init__(self, port: int, path: str, method: str = "GET", **headers: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        self.status, self.headers, self.body = response.status, response.headers, response.read()
        connection.close()


def test_file_is_sent_with_its_type_and_length(port: int) -> None:
    answer = _Answer(port, "/one.0123.mp3")
    assert (answer.status, answer.body) == (200, SOUND)
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_head_says_the_same_without_the_file(port: int) -> None:
    answer = _Answer(port, "/one.0123.mp3", "HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(SOUND))


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=5-9", 5, 10),
        ("bytes=10000-", 10000, len(SOUND)),
        ("bytes=-7", len(SOUND) - 7, len(SOUND)),
        ("bytes=-999999", 0, len(SOUND)),
        ("bytes=100-999999", 100, len(SOUND)),
    ],
)
def test_range_is_answered_in_part(port: int, asked: str, start: int, end: int) -> None:
    answer = _Answer(port, "/one.0123.mp3", Range=asked)
    assert (answer.status, answer.body) == (206, SOUND[start:end])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(SOUND)}"


@pytest.mark.parametrize("asked", [f"bytes={len(SOUND)}-", "bytes=99999-100000", "bytes=-0"])
def test_range_beyond_the_end_is_refused(port: int, asked: str) -> None:
    answer = _Answer(port, "/one.0123.mp3", Range=asked)
    assert (answer.status, answer.body) == (416, b"")
    assert answer.headers["Content-Range"] == f"bytes */{len(SOUND)}"


@pytest.mark.parametrize("asked", ["bytes=9-5", "bytes=1-2,5-6", "bytes=-", "items=0-1", "bytes=a-b", "nonsense"])
def test_range_that_makes_no_sense_gets_the_whole_file(port: int, asked: str) -> None:
    assert _Answer(port, "/one.0123.mp3", Range=asked).status == 200


def test_range_of_another_version_gets_the_whole_file(port: int) -> None:
    tag = _Answer(port, "/one.0123.mp3").headers["ETag"]
    assert _Answer(port, "/one.0123.mp3", Range="bytes=0-1", If_Range=tag).status == 206
    assert _Answer(port, "/one.0123.mp3", Range="bytes=0-1", If_Range='"other"').status == 200


def test_known_file_is_not_sent_again(port: int) -> None:
    first = _Answer(port, "/feed.xml")
    for headers in (
        {"If_None_Match": first.headers["ETag"]},
        {"If_None_Match": f'"other", W/{first.headers["ETag"]}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": first.headers["Last-Modified"]},
    ):
        answer = _Answer(port, "/feed.xml", **headers)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["ETag"] == first.headers["ETag"]


def test_changed_file_is_sent_again(port: int, folder: Path) -> None:
    first = _Answer(port, "/feed.xml")
    (folder / "feed.xml").write_text("<rss></rss>")
    assert _Answer(port, "/feed.xml", If_None_Match=first.headers["ETag"]).body == b"<rss></rss>"
    assert _Answer(port, "/feed.xml", If_Modified_Since=formatdate(0, usegmt=True)).status == 200
    assert _Answer(port, "/feed.xml", If_Modified_Since="yesterday").status == 200


def test_folders_answer_with_their_page(port: int) -> None:
    assert _Answer(port, "/").body == b"<p>home"
    assert _Answer(port, "/deep/").body == b"<p>deep"
    answer = _Answer(port, "/deep")
    assert (answer.status, answer.headers["Location"]) == (301, "/deep/")


def test_names_are_percent_decoded_once(port: int) -> None:
    answer = _Answer(port, "/%C3%BCber%20%26%20co.vtt")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/vtt; charset=utf-8")
    assert _Answer(port, "/%25C3%25BCber%2520%2526%2520co.vtt").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/deep/../../outside.txt",
        "//outside.txt",
        "/link.txt",
        "/.secret",
        "/%2esecret",
        "/..\\outside.txt",
        "/feed.xml%00.mp3",
        "/pipe.mp3",
        "/feed.xml/",
        "/missing.mp3",
        "/" + "a" * 5000,
        "/%ff%fe",
    ],
)
def test_nothing_but_the_folders_files_is_sent(port: int, path: str) -> None:
    answer = _Answer(port, path)
    assert answer.status in {404, 200 if path == "/feed.xml/" else 404}
    assert b"outside" not in answer.body
    assert b"hidden" not in answer.body


def test_other_names_of_this_machine_are_refused(port: int) -> None:
    """A page of somebody else's that resolves to this address may not read what is served here."""
    assert _Answer(port, "/feed.xml", Host="evil.example").status == 403
    assert _Answer(port, "/feed.xml", Host=f"localhost:{port}").status == 200


def test_nothing_can_be_written(port: int) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert _Answer(port, "/feed.xml", method).status >= 400


def test_pages_elsewhere_may_ask_for_ranges(port: int) -> None:
    answer = _Answer(port, "/one.0123.mp3", "OPTIONS", Origin="https://example.org")
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Headers"] == "Range"


def test_connection_is_kept_for_more(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for _ in range(3):
        connection.request("GET", "/one.0123.mp3", headers={"Range": "bytes=0-3"})
        assert connection.getresponse().read() == SOUND[:4]
    connection.close()


def test_client_that_goes_away_is_nobodys_fault(port: int, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "big.mp3").write_bytes(bytes(1 << 24))
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /big.mp3 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.recv(10)
    assert _Answer(port, "/feed.xml").status == 200
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("feed.xml", "application/rss+xml; charset=utf-8"),
        ("one.12.chapters.json", "application/json+chapters"),
        ("one.12.transcript.json", "application/json"),
        ("one.srt", "application/x-subrip; charset=utf-8"),
        ("cover.png", "image/png"),
        ("one.m4b", "audio/mp4"),
        ("unknown.qqq", "application/octet-stream"),
    ],
)
def test_types_are_what_players_expect(name: str, kind: str) -> None:
    assert media_type(name) == kind


def test_port_in_use_says_what_to_do(folder: Path, port: int) -> None:
    with pytest.raises(FeedError, match=f"port {port} cannot be used") as error, open_server(folder, port):
        pass
    assert "--port" in str(error.value.hint)


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="is no folder"), open_server(tmp_path / "none", 0):
        pass


@pytest.mark.slow
def test_command_serves_until_it_is_interrupted(folder: Path) -> None:
    """With a player's connection still open, Ctrl-C ends it at once and without a traceback."""
    call = "from audioguide.cli import main; main()"
    command = [sys.executable, "-c", call, "serve", str(folder), "--port", "0"]
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=child_environment()
    )
    assert child.stdout
    address = re.search(r"http://127\.0\.0\.1:(\d+)/", child.stdout.readline())
    assert address
    connection = http.client.HTTPConnection("127.0.0.1", int(address[1]), timeout=10)
    connection.request("GET", "/feed.xml")
    assert connection.getresponse().read() == b"<rss/>"
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=10)
    connection.close()
    assert child.returncode == 130
    assert errors == f"Ctrl-C ends it\n\n{INTERRUPTED}\n"
