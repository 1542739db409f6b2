"""The threat table, row by row, as an attacker meets it: through the command line and over HTTP."""

from __future__ import annotations

import ast
import http.client
import http.server
import io
import os
import re
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pytest

import audioguide
from tests.torture.ground import Ended, Ground, kill
from tests.torture.inputs import BOMB, LONGEST_S, SOUNDS, is_well_told

HEAD = "version: 1\nvoices: {host: {engine: tone}}\n"
GOOD = f"{HEAD}sections:\n- title: One\n  segments: [One line.]\n"
SECRET = "root:x:0:0 of another folder"  # noqa: S105 - what must not come out


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    (tmp_path / "secret.txt").write_text(SECRET)
    return Ground(tmp_path / "work")


def refused(ended: Ended, *words: str) -> str:
    """What a command says that refuses: a line or a few, soon, no traceback, nothing that steers a terminal."""
    assert is_well_told(ended), ended
    assert ended.code in {1, 2}, ended
    assert ended.seconds < LONGEST_S
    said = ended.out + ended.err
    assert all(re.search(word, said) for word in words), said
    assert SECRET not in said
    return said


# -- YAML, encodings ---------------------------------------------------------------------------------------------------

YAML: dict[str, tuple[bytes, str]] = {
    "alias bomb": (BOMB.encode(), "alias|expand|values"),
    "cycle": (b"version: 1\na: &a [*a]\n", r":2:\d+: "),
    "too many aliases": (b"version: 1\na: &a x\nb: [" + b"*a," * 1001 + b"]\n", r":3:\d+: "),
    "too deep": (b"version: 1\na: " + b"[" * 60 + b"]" * 60, r":2:\d+: "),
    "too large": (b"version: 1\n#" + b"x" * 5_100_000, "MB"),
    "a key twice": (b"version: 1\nversion: 2\n", r":2:1: .*line 1"),
    "no date": (GOOD.encode() + b"episode: {date: 2026-13-45}\n", r":6:17: "),
    "no integer": (b"version: !!int abc\n", r":1:\d+: "),
    "5,000 digits": (b"version: " + b"9" * 5000, r":1:10: "),
    "an object of Python": (b"version: !!python/object/apply:os.system [id]\n", r":1:\d+: "),
    "an invalid byte": (b"version: 1\ntitle: \xff\xfe\xff\n", "byte"),
    "a tab": (b"version: 1\nshow:\n\ttitle: a\n", "tab"),
    "half a character": (b'version: 1\nepisode: {title: "\\ud800"}\n', r":2:\d+: "),
    "a control character": (b'version: 1\nepisode: {title: "\\u001b[2J"}\n', r":2:\d+: "),
}


@pytest.mark.parametrize("name", YAML)
def test_yaml_that_harms_is_refused_at_its_place(ground: Ground, name: str) -> None:
    data, told = YAML[name]
    ground.script.write_bytes(data)
    assert ground.run("check", "episode.yaml").code == 2
    refused(ground.run("build", "episode.yaml"), r"episode\.yaml", told)
    assert not ground.output.exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings_of_editors_are_read(ground: Ground, encoding: str) -> None:
    ground.script.write_bytes(GOOD.replace("\n", "\r\n").encode(encoding))
    assert ground.run("check", "episode.yaml").code == 0


# -- paths, sound files ------------------------------------------------------------------------------------------------

PATHS = {
    "absolute": "/etc/hostname",
    "above": "../secret.txt",
    "link": "link.wav",
    "folder of a link": "linked/secret.txt",
    "pipe": "pipe.wav",
    "device": "device.wav",
    "folder": "folder.wav",
    "address": "http://127.0.0.1:9/a.mp3",
    "protocol": "concat:../secret.txt",
    "file address": "file:///etc/hostname",
}


@pytest.mark.parametrize("name", PATHS)
def test_files_are_the_projects_own_and_regular(ground: Ground, name: str) -> None:
    """As a sound, as music, as a picture: nothing is waited for, nothing is read, nothing is fetched."""
    folder = ground.folder
    (folder / "link.wav").symlink_to("../secret.txt")
    (folder / "linked").symlink_to("..")
    os.mkfifo(folder / "pipe.wav")
    (folder / "device.wav").symlink_to("/dev/zero")
    (folder / "folder.wav").mkdir()
    path = PATHS[name]
    ground.script.write_text(
        f"{HEAD}episode: {{image: '{path}'}}\nmusic: {{theme: {{file: '{path}'}}}}\n"
        f"sections:\n- title: One\n  image: '{path}'\n  segments: [One line., {{play: '{path}'}}]\n"
    )
    refused(ground.run("build", "episode.yaml"), r"episode\.yaml:3:", r"episode\.yaml:4:")


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A server on this machine, and what it is asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302 if self.path.startswith("/to") else 200)
            if self.path.startswith("/to"):
                self.send_header("Location", TARGETS[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_port, asked
        server.shutdown()


@pytest.mark.parametrize("kind", ["HLS", "M3U", "concat", "SDP", "XSPF"])
def test_playlist_that_is_called_a_sound_opens_nothing(
    ground: Ground, listener: tuple[int, list[str]], kind: str
) -> None:
    port, asked = listener
    lists = {
        "HLS": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n",
        "M3U": f"http://127.0.0.1:{port}/a.mp3\n",
        "concat": f"ffconcat version 1.0\nfile 'http://127.0.0.1:{port}/a.mp3'\nfile {ground.folder}/../secret.txt\n",
        "SDP": f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio {port} RTP/AVP 0\n",
        "XSPF": f"<playlist><trackList><track><location>http://127.0.0.1:{port}/</location></track></trackList></playlist>",
    }
    for name in ("a.mp3", "a.wav"):
        (ground.folder / name).write_text(lists[kind])
        ground.script.write_text(f"{GOOD}- title: Two\n  segments: [{{play: {name}}}]\n")
        refused(ground.run("build", "episode.yaml"), "not a sound file|cannot be|no sound")
    assert asked == []


@pytest.mark.parametrize("name", SOUNDS)
def test_broken_sound_is_one_line(ground: Ground, name: str) -> None:
    (ground.folder / "a.wav").write_bytes(SOUNDS[name])
    ground.script.write_text(f"{GOOD}- title: Two\n  segments: [{{play: a.wav}}]\n")
    ended = ground.run("build", "episode.yaml")
    assert is_well_told(ended), ended
    assert ended.seconds < LONGEST_S


# -- fetching, archives ------------------------------------------------------------------------------------------------

TARGETS = {
    "/to-file": "file:///etc/hostname",
    "/to-gopher": "gopher://127.0.0.1:70/",
    "/to-itself": "/to-itself",
    "/to-password": "http://user:word@127.0.0.1/",
}
ADDRESSES = [
    "http://2130706433:{}/",
    "http://0177.0.0.1:{}/",
    "http://localhost:{}/",
    "http://[::ffff:7f00:1]:{}/",
    "http://0.0.0.0:{}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fe80::1]/",
]
"""How they are told apart has its own tests; these go the whole way."""


def test_addresses_inside_are_refused_however_they_are_written(ground: Ground, listener: tuple[int, list[str]]) -> None:
    port, asked = listener
    for address in ADDRESSES:
        refused(ground.run("import", address.format(port), "-o", "out.yaml"), "this machine|private|not found|address")
    for address in ("file:///etc/hostname", "gopher://127.0.0.1/"):
        refused(ground.run("import", address, "-o", "out.yaml"))
    assert asked == []
    assert not (ground.folder / "out.yaml").exists()


@pytest.mark.parametrize("path", TARGETS)
def test_redirect_is_checked_as_the_first_address_was(
    ground: Ground, listener: tuple[int, list[str]], path: str
) -> None:
    port, asked = listener
    refused(ground.run("import", f"http://127.0.0.1:{port}{path}", "--allow-private", "-o", "out.yaml"))
    assert 1 <= len(asked) <= 6


def _archive(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


_ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY f SYSTEM "{}">]>'
)


@pytest.mark.parametrize("suffix", [".epub", ".docx"])
@pytest.mark.parametrize("kind", ["bomb", "many", "entities", "climbing", "no archive"])
def test_archives_that_harm_are_refused(ground: Ground, suffix: str, kind: str) -> None:
    main = "META-INF/container.xml" if suffix == ".epub" else "word/document.xml"
    entities = _ENTITIES.format((ground.folder.parent / "secret.txt").as_uri()) + "<a>&d;&f;</a>"
    data = {
        "bomb": lambda: _archive({main: b"<a/>", "big.xhtml": bytes(60_000_000)}),
        "many": lambda: _archive({f"{number}.xhtml": b"x" for number in range(2100)}),
        "entities": lambda: _archive({main: entities.encode(), "[Content_Types].xml": entities.encode()}),
        "climbing": lambda: _archive({"../../out.txt": b"x", main: b"<a/>"}),
        "no archive": lambda: b"PK\x03\x04" + bytes(100),
    }[kind]()
    (ground.folder / f"a{suffix}").write_bytes(data)
    refused(ground.run("import", f"a{suffix}", "-o", "out.yaml"))
    assert {path.name for path in ground.folder.iterdir()} <= {f"a{suffix}", "tmp", "home", "cache"}
    assert not (ground.folder.parent / "out.txt").exists()


# -- pages and the server that shows them ------------------------------------------------------------------------------


@pytest.fixture
def port(ground: Ground) -> Iterator[int]:
    """`audioguide serve` of a site with a hostile title, and with links out of it."""
    title = "</title><script>alert(1)</script>"
    ground.script.write_text(f"{GOOD}episode: {{title: '{title}', description: '{title}'}}\n")
    assert ground.build().code == 0
    told = ground.run("publish", "episode.yaml", "--to", "site", "--base-url", "https://example.org/show/")
    assert told.code == 0, told
    (ground.folder / "site" / "out.txt").symlink_to("../../secret.txt")
    (ground.folder / "site" / "up").symlink_to("../..")
    (ground.folder / "site" / ".hidden").write_text(SECRET)
    process = ground.start("serve", "site", "--port", "0")
    try:
        assert process.stdout
        address = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())
        assert address
        yield int(address[1])
        os.kill(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode == 130
    finally:
        kill(process)
        process.communicate()


def _asked(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest(method, path, skip_host=True)
    for name, value in {"Host": f"127.0.0.1:{port}", **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, data, dict(answer.getheaders())


def test_server_gives_its_folder_to_this_machine_alone(port: int) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:80", "localhost.evil.example", "[::2]"):
        assert _asked(port, "/feed.xml", Host=host)[0] == 403, host
    for path in (
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/%2e%2e/secret.txt",
        "/..%5csecret.txt",
        "/out.txt",
        "/up/secret.txt",
        "/.hidden",
        "//etc/hostname",
        "/%00",
        "/a%00.html",
        "/feed.xml/..%2f..%2f../secret.txt",
    ):
        status, data, _ = _asked(port, path)
        assert status in {400, 403, 404}, path
        assert SECRET.encode() not in data
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert _asked(port, "/feed.xml", method)[0] in {405, 501}
    assert _asked(port, "/feed.xml")[0] == 200
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines() if line.split()[3] == "0A"]
    assert [address for address in listening if address.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


def test_page_shows_hostile_text_and_runs_nothing_of_it(port: int) -> None:
    status, data, _ = _asked(port, "/episode.html")
    assert status == 200
    page = lxml.html.fromstring(data)
    policy = str(page.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)"))
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.findtext(".//h1") == "</title><script>alert(1)</script>"
    scripts = page.findall(".//script")
    assert all(script.get("src") or script.get("type", "").endswith("json") for script in scripts)
    assert b"<script>alert" not in data


# -- what stands in our code; the terminal -----------------------------------------------------------------------------

PRODUCT = Path(audioguide.__file__).parent
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "commands", "pty"}
FORBIDDEN_ATTRIBUTES = {
    *(
        "os.system",
        "os.popen",
        "os.execv",
        "os.spawnl",
        "os.startfile",
        "yaml.load",
        "yaml.unsafe_load",
        "yaml.full_load",
    ),
    *("subprocess.getoutput", "subprocess.getstatusoutput", "tempfile.mktemp", "ssl._create_unverified_context"),
    *("numpy.load", "np.load"),
}


def _sins(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            yield node.lineno, node.func.id
        if isinstance(node, ast.Attribute) and ast.unparse(node) in FORBIDDEN_ATTRIBUTES:
            yield node.lineno, ast.unparse(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else {node.module or ""}
            yield from ((node.lineno, name) for name in names if name.split(".")[0] in FORBIDDEN_MODULES)
        if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
            if (node.arg, node.value.value) in {("shell", True), ("verify", False), ("check_hostname", False)}:
                yield node.lineno, f"{node.arg}={node.value.value!r}"
            if (node.arg, node.value.value) in {("autoescape", False), ("allow_pickle", True)}:
                yield node.lineno, f"{node.arg}={node.value.value!r}"


def test_no_code_comes_out_of_data_and_no_certificate_goes_unread() -> None:
    found = [
        f"{path.relative_to(PRODUCT)}:{line}: {sin}"
        for path in PRODUCT.rglob("*.py")
        for line, sin in _sins(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    ["eval('1')", "import pickle", "from pickle import loads", "f(shell=True)", "g(verify=False)", "os.system('x')"],
)
def test_scan_finds_what_it_looks_for(code: str) -> None:
    assert len(list(_sins(ast.parse(code)))) == 1


def test_names_cannot_steer_a_terminal(ground: Ground) -> None:
    """In file names, arguments and what is read; and without a terminal nothing is coloured."""
    name = "\x1b]0;mine\x07\x1b[2J.yaml"
    (ground.folder / name).write_text("version: [\x1b[31m]\n")
    for arguments in (("check", name), ("build", name), ("plan", "\x1b[2J"), ("\x1b[2J",), ("check", "--\x1b[2J")):
        refused(ground.run(*arguments, NO_COLOR="1"))
        refused(ground.run(*arguments))


@pytest.mark.parametrize("color", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_terminal_that_wants_no_colour_gets_none(ground: Ground, color: dict[str, str]) -> None:
    """On a real terminal, as `script` opens one."""
    import pty

    ground.script.write_text(GOOD)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.torture.command", "check", "episode.yaml"],
        cwd=ground.folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**ground.environment, "NO_COLOR": "", **color},
    )
    process.wait(60)
    os.close(theirs)
    said = os.read(ours, 100_000)
    os.close(ours)
    assert said
    assert b"\x1b[3" not in said
