"""Other people's podcast clients on a folder that the command published and serves: subscribed to it, and after changes.

Three episodes are published. Then one has another title, one says other words, and one is unpublished.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
import yaml
from PIL import Image

from tests.tools import require_package, require_tool

pytestmark = pytest.mark.slow

COMMAND = Path(sys.executable).parent / "audioguide"
TITLES = {"one": "Ärger & mehr <1>", "two": "The second: “quoted”", "three": "مرحبا 🎧"}
NEW_TITLE = "Another name for the first"
CHAPTERS = ["Hello", "Middle & more", "End"]
MIDDLE, CHANGED = "This is what it is all about.", "This is what it is all about, and there is more to it."
DRIFT_S = 0.06
"""Players count from the encoder's first frame, which begins 25 ms before the sound."""


@dataclass(frozen=True)
class Issue:
    """The show at one time: what the command told of it, and the folder as it was."""

    folder: Path
    told: Mapping[str, Mapping[str, str]]
    """Each episode by its id: its guid, title and addresses."""

    def file(self, url: str) -> Path:
        """A file by its address."""
        return self.folder / url.rpartition("/")[2]

    def sha256(self, name: str) -> str:
        """The hash of an episode's sound."""
        return sha256(self.file(self.told[name]["enclosure"]))

    def field(self, key: str) -> set[str]:
        """What all episodes have there."""
        return {episode[key] for episode in self.told.values()}


@dataclass(frozen=True)
class Stall:
    """Both issues, and the folder that is served, which holds one of them."""

    url: str
    live: Path
    first: Issue
    second: Issue

    @property
    def feed(self) -> str:
        """The feed's address."""
        return f"{self.url}feed.xml"

    def lay(self, issue: Issue) -> None:
        """Serve an issue from now on."""
        shutil.rmtree(self.live)
        shutil.copytree(issue.folder, self.live)

    def fetch(self, url: str) -> tuple[str, bytes]:
        """A file as the server gives it: its media type and content."""
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
            return answer.headers.get_content_type(), answer.read()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write(desk: Path, name: str, *, title: str, middle: str = MIDDLE) -> None:
    number = list(TITLES).index(name) + 1
    hello = {"title": CHAPTERS[0], "image": "hello.png", "link": "https://example.org/hello"}
    script = {
        "version": 1,
        "episode": {
            "title": title,
            "date": f"2026-11-0{number}",
            "season": 2,
            "number": number,
            "description": f"What {name} tells.",
            "people": [{"name": "Mara Okoye", "role": "host", "url": "https://example.org/mara"}],
            "image": "own.jpg",
        },
        "sections": [
            {**hello, "segments": ["Good morning to everybody who listens."]},
            {"title": CHAPTERS[1], "segments": [middle]},
            {"title": CHAPTERS[2], "segments": ["That was all for today."]},
        ],
    }
    (desk / f"{name}.yaml").write_text(yaml.safe_dump(script, allow_unicode=True), "utf-8")


def _write_show(desk: Path, url: str) -> None:
    for name, side_px in (("cover.png", 1400), ("own.jpg", 1500), ("hello.png", 600)):
        Image.radial_gradient("L").convert("RGB").resize((side_px, side_px)).save(desk / name)
    show = {
        "title": "The Running Desk",
        "author": "Mara Okoye",
        "owner": {"email": "mara@example.org"},
        "description": "Short answers.",
        "language": "en",
        "category": "Health & Fitness > Fitness",
        "explicit": False,
        "image": "cover.png",
        "type": "serial",
    }
    publish = {"to": "site", "base_url": url}
    document = {"version": 1, "show": show, "voices": {"host": {"engine": "tone"}}, "publish": publish}
    (desk / "show.yaml").write_text(yaml.safe_dump(document), "utf-8")


def _command(desk: Path, *arguments: str) -> dict[str, Any]:
    """What an `audioguide` command says, as programs read it."""
    environment = {**os.environ, "AUDIOGUIDE_CACHE": str(desk / "cache"), "XDG_CONFIG_HOME": str(desk / "config")}
    line = [str(COMMAND), *arguments, "--json"]
    done = subprocess.run(line, cwd=desk, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _issue(desk: Path, name: str, said: Mapping[str, Any]) -> Issue:
    folder = desk / name
    shutil.copytree(desk / "site", folder)
    return Issue(folder, {each["id"]: each for each in said["episodes"]})


@pytest.fixture(scope="module")
def stall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stall]:
    """The show published, changed and served."""
    desk = tmp_path_factory.mktemp("desk")
    live = desk / "live"
    live.mkdir()
    with subprocess.Popen([COMMAND, "serve", live, "--port", "0"], stdout=subprocess.PIPE, text=True) as server:
        try:
            url = _line(server.stdout).split()[-1]
            _write_show(desk, url)
            for name, title in TITLES.items():
                _write(desk, name, title=title)
            scripts = [f"{name}.yaml" for name in TITLES]
            first = _issue(desk, "first", _command(desk, "publish", *scripts))
            _write(desk, "one", title=NEW_TITLE)
            _write(desk, "two", title=TITLES["two"], middle=CHANGED)
            _command(desk, "unpublish", "three.yaml", "--to", "site")
            second = _issue(desk, "second", _command(desk, "publish", *scripts[:2]))
            yield Stall(url, live, first, second)
        finally:
            server.terminate()


def _line(stream: IO[str] | None) -> str:
    assert stream
    return stream.readline()


@pytest.fixture
def shown(stall: Stall) -> Stall:
    """The stall, with the first issue on it."""
    stall.lay(stall.first)
    return stall


def _run(home: Path, *line: str | Path, **environment: str) -> str:
    """What a client says on both its channels. It has a home of its own, and no proxy."""
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **environment}
    done = subprocess.run(
        line,
        cwd=home,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def _rows(database: Path, table: str, key: str) -> dict[str, sqlite3.Row]:
    """A table of a client's, by one of its columns."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute(f"select * from {table}").fetchall()  # noqa: S608 - a name of ours
    by_key = {str(row[key]): row for row in rows}
    assert len(by_key) == len(rows)
    return by_key


def test_what_was_changed_keeps_its_guid(stall: Stall) -> None:
    """And has sound at a new address: the title is in the file too."""
    for name in ("one", "two"):
        before, after = stall.first.told[name], stall.second.told[name]
        assert before["guid"] == after["guid"]
        assert before["enclosure"] != after["enclosure"]
    assert set(stall.second.told) == {"one", "two"}


def test_live_feed_checks_out(shown: Stall, tmp_path: Path) -> None:
    """Over HTTP, before and after the changes: types, lengths and ranges are as directories want them."""
    for issue in (shown.first, shown.second):
        shown.lay(issue)
        findings = _command(tmp_path, "feed", "check", shown.feed, "--allow-private")["findings"]
        assert [finding for finding in findings if finding["level"] == "error"] == []


# -- programs that subscribe ---------------------------------------------------------------------------------------


def test_gpodder_updates_what_it_has_and_downloads_what_is_new(shown: Stall, tmp_path: Path) -> None:
    """It reads chapters from `psc:chapters`. An episode that left the feed leaves it too, unless it was downloaded."""
    gpo, database = require_tool("gpo"), tmp_path / "Database"

    def run(*arguments: str) -> str:
        return _run(tmp_path, gpo, *arguments, GPODDER_HOME=str(tmp_path))

    assert "Successfully added" in run("subscribe", shown.feed)
    podcast = _rows(database, "podcast", "url")[shown.feed]
    assert podcast["title"] == "The Running Desk"
    assert shown.first.file(podcast["cover_url"]).is_file()
    episodes = _rows(database, "episode", "guid")
    for told in shown.first.told.values():
        episode = episodes.pop(told["guid"])
        assert (episode["title"], episode["url"], episode["link"]) == (told["title"], told["enclosure"], told["url"])
        assert episode["total_time"] == pytest.approx(9, abs=2)
        assert shown.first.file(episode["episode_art_url"]).is_file()
        chapters = json.loads(episode["chapters"])
        assert [chapter["title"] for chapter in chapters] == CHAPTERS
        assert chapters[0]["href"] == "https://example.org/hello"
        assert shown.first.file(chapters[0]["image"]).is_file()
    assert episodes == {}
    run("download", shown.feed, shown.first.told["one"]["guid"])
    (downloaded,) = tmp_path.rglob("*.mp3")
    assert sha256(downloaded) == shown.first.sha256("one")

    shown.lay(shown.second)
    assert "1 new episode\n" in run("update")  # the second, which waits to be downloaded
    episodes = _rows(database, "episode", "guid")
    assert {guid: row["title"] for guid, row in episodes.items()} == {
        shown.second.told["one"]["guid"]: NEW_TITLE,
        shown.second.told["two"]["guid"]: TITLES["two"],
    }
    assert {row["url"] for row in episodes.values()} == shown.second.field("enclosure")
    assert "1 episodes downloaded" in run("download")
    assert {sha256(path) for path in tmp_path.rglob("*.mp3")} == {
        shown.first.sha256("one"),
        shown.second.sha256("two"),
    }


def test_podget_downloads_every_sound_whole(shown: Stall, tmp_path: Path) -> None:
    """It knows episodes by the addresses of their sound, so what was changed comes again."""
    podget, conf = require_tool("podget"), tmp_path / "conf"
    conf.mkdir()
    _run(tmp_path, podget, "-d", conf, "--create-config", "podgetrc")
    with (conf / "podgetrc").open("a") as file:
        file.write("\nMIN_SPACE=0\n")
    (conf / "serverlist").write_text(f"{shown.feed} desk Desk\n")
    library = tmp_path / "library"
    seen: set[str] = set()
    for issue in (shown.first, shown.second):
        shown.lay(issue)
        _run(tmp_path, podget, "-d", conf, "-l", library, "--dir_session", tmp_path / "session", "-n")
        seen |= {issue.sha256(name) for name in issue.told}
        assert {sha256(path) for path in library.rglob("*.mp3")} == seen
    assert len(seen) == 5


def test_newsboat_updates_its_articles_in_place(shown: Stall, tmp_path: Path) -> None:
    """It keeps what left the feed."""
    newsboat, cache = require_tool("newsboat"), tmp_path / "cache.db"
    (tmp_path / "urls").write_text(f"{shown.feed}\n")
    kept = shown.first.told["three"]
    for issue in (shown.first, shown.second):
        shown.lay(issue)
        _run(tmp_path, newsboat, "-u", tmp_path / "urls", "-c", cache, "-C", os.devnull, "-x", "reload")
        items = _rows(cache, "rss_item", "guid")
        expected = {each["guid"]: each for each in [kept, *issue.told.values()]}
        assert set(items) == set(expected)
        for guid, told in expected.items():
            item = items[guid]
            assert (item["title"], item["url"]) == (told["title"], told["url"])
            assert (item["enclosure_url"], item["enclosure_type"]) == (told["enclosure"], "audio/mpeg")
            assert "00:00 Hello" in item["content"]
    feed = _rows(cache, "rss_feed", "rssurl")[shown.feed]
    assert feed["title"] == "The Running Desk"


# -- players -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TITLES)
def test_mpv_plays_over_http_and_shows_the_chapters(shown: Stall, tmp_path: Path, name: str) -> None:
    """It seeks to the last second and plays to the end, and warns of nothing."""
    told = shown.first.told[name]
    asked = r"--term-playing-msg=${=duration}\n${=chapter-list}\n${=track-list}\n${=metadata}"
    levels = "--msg-level=all=warn,ffmpeg/video=error,term-msg=info"  # its JPEG decoder warns of many a good picture
    quiet = ("--no-config", "--ytdl=no", "--ao=null", "--no-audio-display", levels)
    said = _run(tmp_path, require_tool("mpv"), *quiet, "--start=-1", asked, told["enclosure"])
    duration_s, played, tracks, tags = map(json.loads, said.splitlines())
    chapters = _json_chapters(shown, name)
    assert [chapter["title"] for chapter in played] == CHAPTERS
    for chapter, written in zip(played, chapters, strict=True):
        assert chapter["time"] == pytest.approx(written["startTime"], abs=DRIFT_S)
    assert duration_s == pytest.approx(9, abs=2)
    assert tags["title"] == told["title"]
    assert [track.get("albumart") for track in tracks] == [False, True]


def _json_chapters(stall: Stall, name: str) -> list[dict[str, Any]]:
    (path,) = stall.first.folder.glob(f"{name}.*.chapters.json")
    chapters: list[dict[str, Any]] = json.loads(path.read_bytes())["chapters"]
    return chapters


# -- parsers that apps are built on --------------------------------------------------------------------------------


def test_partytime_reads_the_podcast_namespace(shown: Stall, tmp_path: Path) -> None:
    """`AUDIOGUIDE_PARTYTIME` names the folder of the npm package. Every file that it finds is served as its type."""
    package = os.environ.get("AUDIOGUIDE_PARTYTIME")
    if not package:
        without = pytest.fail if os.environ.get("AUDIOGUIDE_REQUIRE_TOOLS") == "1" else pytest.skip
        without("AUDIOGUIDE_PARTYTIME names no folder: npm install podcast-partytime")
    program = (
        "const feed = require('fs').readFileSync(process.argv[2], 'utf8');"
        "console.log(JSON.stringify(require(process.argv[1]).parseFeed(feed)))"
    )
    said = _run(tmp_path, require_tool("node"), "-e", program, package, shown.live / "feed.xml", LOG="silent")
    feed = json.loads(said)
    assert (feed["title"], feed["medium"], feed["locked"]) == ("The Running Desk", "podcast", True)
    assert feed["podcastOwner"] == "mara@example.org"
    assert feed["itunesCategory"] == ["Health & Fitness > Fitness"]
    assert shown.fetch(feed["itunesImage"])[0] == "image/png"
    assert {(item["guid"], item["title"]) for item in feed["items"]} == {
        (told["guid"], told["title"]) for told in shown.first.told.values()
    }
    assert [(item["itunesSeason"], item["itunesEpisode"]) for item in feed["items"]] == [(2, 3), (2, 2), (2, 1)]
    people = [{"name": "Mara Okoye", "role": "Host", "group": "Cast", "href": "https://example.org/mara"}]
    assert feed["podcastPeople"] == people
    for item in feed["items"]:
        assert item["podcastPeople"] == people
        _check_item(shown, item)


def _check_item(stall: Stall, item: Mapping[str, Any]) -> None:
    kind, sound = stall.fetch(item["enclosure"]["url"])
    assert (kind, len(sound)) == (item["enclosure"]["type"], item["enclosure"]["length"])
    kind, data = stall.fetch(item["podcastChapters"]["url"])
    assert kind == item["podcastChapters"]["type"] == "application/json+chapters"
    assert [chapter["title"] for chapter in json.loads(data)["chapters"]] == CHAPTERS
    kinds = []
    for transcript in item["podcastTranscripts"]:
        kind, data = stall.fetch(transcript["url"])
        assert "listens" in data.decode()
        kinds.append((kind, transcript.get("rel")))
    assert kinds == [
        ("text/vtt", "captions"),
        ("application/x-subrip", "captions"),
        ("application/json", "captions"),
        ("text/html", None),
    ]


def test_feedparser_reads_every_issue(shown: Stall) -> None:
    require_package("feedparser")
    import feedparser  # type: ignore[import-untyped,unused-ignore]

    for issue in (shown.first, shown.second):
        shown.lay(issue)
        read = feedparser.parse(shown.feed)
        assert not read.bozo
        assert {(entry.id, entry.title) for entry in read.entries} == {
            (told["guid"], told["title"]) for told in issue.told.values()
        }
        for entry in read.entries:
            starts = [chapter.start_parsed.total_seconds() for chapter in entry.psc_chapters.chapters]
            assert starts[0] == 0
            assert entry.podcast_chapters["type"] == "application/json+chapters"
            assert entry.podcast_person["role"] == "host"


def test_podcastparser_reads_every_issue(shown: Stall) -> None:
    require_package("podcastparser")
    import podcastparser  # type: ignore[import-untyped,unused-ignore]

    for issue in (shown.first, shown.second):
        with (issue.folder / "feed.xml").open("rb") as file:
            read = podcastparser.parse(shown.feed, file)
        assert read["type"] == "serial"
        assert {(episode["guid"], episode["title"]) for episode in read["episodes"]} == {
            (told["guid"], told["title"]) for told in issue.told.values()
        }
        for episode in read["episodes"]:
            (sound,) = episode["enclosures"]
            assert sound["file_size"] == issue.file(sound["url"]).stat().st_size
            assert [chapter["title"] for chapter in episode["chapters"]] == CHAPTERS
            assert issue.file(episode["episode_art_url"]).is_file()
