"""`feed check`: each thing that is wrong with a folder or a live feed is found, by its rule, with a hint."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from audioguide.cli import main
from audioguide.errors import FeedError, ImportFailed
from audioguide.importers.fetch import is_public
from audioguide.publish.check import check_folder, check_url
from audioguide.publish.model import Finding
from audioguide.publish.serve import open_server
from audioguide.publish.state import STATE_FILE
from tests.desk import Desk
from tests.feeds import BASE, NOW, Site, document, site

__all__ = ["site"]

SHOW = {
    "author": "Ada",
    "owner": {"email": "ada@example.org"},
    "description": "All about it.",
    "category": "Education",
    "type": "serial",
}


@pytest.fixture(scope="module")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A folder in which nothing is wrong."""
    folder = tmp_path_factory.mktemp("desk")
    made = Site(Desk(folder, folder / "asked.txt"), folder / "site")
    for number, name in enumerate(("one", "two"), 1):
        made.add(name, {**document(name.title(), number=number), "show": SHOW})
        made.later(hours=1)
    assert check_folder(made.folder, now=made.now) == []
    return made


@pytest.fixture
def good(site: Site, published_once: Site) -> Site:
    """A copy of it."""
    shutil.copytree(published_once.folder, site.folder)
    site.now = published_once.now
    return site


def _messages(site: Site) -> str:
    findings = check_folder(site.folder, now=site.now)
    assert all(finding.hint for finding in findings)
    return "\n".join(f"{finding.where}: {finding.message}" for finding in findings)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<rss xmlns", "<!DOCTYPE rss>\n<rss xmlns", "has a DOCTYPE"),
        ('encoding="UTF-8"', 'encoding="ISO-8859-1"', "is written in ISO-8859-1"),
        ("</channel>", "", "is not XML"),
        ("<rss", "<feed", "is not XML"),
        ("https://podcastindex.org/namespace/1.0", "https://PodcastIndex.org/namespace/1.0", 'the namespace of "podcast"'),
        ("<language>en</language>", "", "the channel has no language"),
        ("<language>en<", "<language>English<", 'the language "English" is no language tag'),
        ("<itunes:explicit>false</itunes:explicit>", "<itunes:explicit>no</itunes:explicit>", 'itunes:explicit is "no"'),
        ('text="Education"', 'text="Educatoin"', '"Educatoin" is not one of Apple\'s categories'),
        ("<itunes:category", "<itunes:nothing", "the channel has no itunes:category"),
        ("<itunes:type>serial<", "<itunes:type>Serial<", 'itunes:type is "Serial"'),
        ('rel="self"', 'rel="alternate"', "has not one atom:link"),
        (f"{BASE}feed.xml", f"{BASE}other.xml", "atom:link names https://example.org/show/other.xml"),
        ("<itunes:author>Ada<", "<itunes:author> Ada<", "itunes:author has blanks around its value"),
        ("All about it.", "x" * 4001, "description is 4001 bytes long"),
        ("<link>https://example.org/show/</link>", "<link>example.org</link>", 'link is "example.org"'),
        ("<podcast:guid>", "<podcast:guid>x", "is no UUID"),
        ("<title>Two</title>", "<title></title>", "has no title"),
        ('isPermaLink="false"', "", "its guid is no address"),
        (' type="audio/mpeg"', ' type="audio/x-mp3"', 'its enclosure has the type "audio/x-mp3"'),
        (' length="', ' length="1', "bytes long, not 1"),
        (' length="', ' length="x', 'its enclosure has the length "x'),
        ('<enclosure url="https://example.org/show/two', '<enclosure url="two', 'its enclosure is at "two'),
        ("<enclosure", "<enclosed", "has 0 enclosures"),
        ("<pubDate>Tue, 01 Dec 2026 13", "<pubDate>Mon, 01 Dec 2026 13", "wrong day of the week"),
        ("<pubDate>Tue, 01 Dec 2026 13", "<pubDate>Thu, 01 Dec 2050 13", "its pubDate has not come"),
        ("<pubDate>Tue, 01 Dec 2026 13", "<pubDate>2026-12-01T13", 'its pubDate is "2026-12-01T13'),
        ("<pubDate>Tue, 01 Dec 2026 13", "<pubDate>Tue, 01 Dec 2026 12", "two episodes have the same pubDate"),
        ("<pubDate>Tue, 01 Dec 2026 13", "<pubDate>Tue, 01 Dec 2026 11", "are not newest first"),
        ("<itunes:duration>", "<itunes:duration>0:0", 'its itunes:duration is "0:0'),
        ("<itunes:episode>2</itunes:episode>", "", "has no number, and the show is serial"),
        ("<itunes:episode>2<", "<itunes:episode>two<", 'its itunes:episode is "two"'),
        ("<itunes:episodeType>full<", "<itunes:episodeType>Full<", 'itunes:episodeType is "Full"'),
        ('type="application/json+chapters"', 'type="application/json"', "its podcast:chapters have the type"),
        ('start="00:00:0', 'start="00:00:9', "its chapters and psc:chapters do not agree"),
        ('type="text/vtt"', 'type="text/plain"', "holds no times"),
        ('type="text/vtt"', 'type="vtt"', 'its transcript has the type "vtt"'),
        ("cover.", "cove.", "its cover https://example.org/show/cove."),
    ],
)  # fmt: skip
def test_feed_that_breaks_a_rule_is_found(good: Site, old: str, new: str, message: str) -> None:
    feed = good.folder / "feed.xml"
    before = feed.read_text("utf-8")
    after = before.replace(old, new, 1) if "guid is no address" not in message else before.replace(old, new)
    assert after != before
    feed.write_text(after, "utf-8")
    assert message in _messages(good)


def test_equal_guids_are_found(good: Site) -> None:
    first, second = (item.findtext("guid") for item in good.items)
    feed = good.folder / "feed.xml"
    feed.write_text(feed.read_text("utf-8").replace(str(second), str(first)), "utf-8")
    assert f"2 episodes have the guid {first}" in _messages(good)


@pytest.mark.parametrize(
    ("pattern", "damage", "message"),
    [
        ("two.*.mp3", lambda _: b"no sound at all!", "is no sound file"),
        ("two.*.chapters.json", lambda _: b"{", "are not in the namespace's form"),
        ("two.*.chapters.json", lambda data: data.replace(b'"1.2.0"', b"1.2"), "the version of its chapters is no string"),
        ("two.*.chapters.json", lambda data: data.replace(b'"startTime": 0.0', b'"startTime": 7'), "do not begin at 0"),
        ("two.*.vtt", lambda data: data[3:], "is not text/vtt"),
        ("two.*.vtt", lambda data: data.replace(b"00:00:0", b"00:59:0"), "goes on after the sound"),
        ("two.*.srt", lambda _: b"words without times", "is not application/x-subrip"),
        ("two.*.transcript.json", lambda _: b"[]", "is not application/json"),
        ("cover.*.png", lambda _: b"GIF89a", "its cover"),
        ("index.html", lambda data: data + b" ", "is not as it was published"),
    ],
)  # fmt: skip
def test_damaged_file_is_found(good: Site, pattern: str, damage: Callable[[bytes], bytes], message: str) -> None:
    path = next(good.folder.glob(pattern))
    after = damage(path.read_bytes())
    assert after != path.read_bytes()
    path.write_bytes(after)
    assert message in _messages(good)


@pytest.mark.parametrize("pattern", ["two.*.mp3", "two.*.vtt", "two.*.chapters.json", "cover.*.png", "two.html"])
def test_missing_file_is_found(good: Site, pattern: str) -> None:
    path = next(good.folder.glob(pattern))
    path.unlink()
    assert "No such file" in _messages(good)


def test_missing_state_is_found(good: Site) -> None:
    (good.folder / STATE_FILE).unlink()
    assert f"{STATE_FILE}: is missing" in _messages(good)


def test_hidden_file_is_found(good: Site) -> None:
    (good.folder / ".env").write_text("SECRET=1")
    (good.folder / ".nojekyll").touch()
    assert _messages(good).startswith(".env: is a hidden file")


def test_address_outside_the_folder_is_not_read(good: Site) -> None:
    (good.folder.parent / "outside.mp3").write_bytes(b"ID3")
    feed = good.folder / "feed.xml"
    name = next(good.folder.glob("two.*.mp3")).name
    feed.write_text(feed.read_text("utf-8").replace(name, "..%2Foutside.mp3"), "utf-8")
    assert "lies outside the folder" in _messages(good)


def test_folder_without_a_feed_is_told(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"holds no feed\.xml"):
        check_folder(tmp_path, now=NOW)


@pytest.mark.parametrize("data", [b"", b"<html/>", b"\x00\xff", b"<rss/>", b"<rss><channel/></rss>", b"not xml"])
def test_anything_in_place_of_a_feed_is_told_in_lines(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "feed.xml").write_bytes(data)
    assert [finding for finding in check_folder(tmp_path, now=NOW) if finding.level == "error"]


# -- live feeds ----------------------------------------------------------------------------------------------------


def _everywhere(_: str) -> bool:
    return True


@pytest.fixture
def live(good: Site) -> Iterator[tuple[Site, str]]:
    """The good folder, served where it says that it is."""
    with open_server(good.folder, 0) as server:
        base = f"http://127.0.0.1:{server.server_address[1]}/"
        good.publish(good.built("one", {**document("One", number=1), "show": SHOW}), base_url=base)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield good, f"{base}feed.xml"
        server.shutdown()
        thread.join()


def _errors(findings: list[Finding]) -> list[str]:
    return [finding.message for finding in findings if finding.level == "error"]


def test_live_feed_is_read_with_all_that_it_names(live: tuple[Site, str]) -> None:
    good, url = live
    assert _errors(check_url(url, allows=_everywhere, now=good.now)) == []
    next(good.folder.glob("two.*.mp3")).unlink()
    assert "the server answers 404" in _errors(check_url(url, allows=_everywhere, now=good.now))[0]


def test_this_machine_is_not_asked_unless_that_is_allowed(live: tuple[Site, str]) -> None:
    good, url = live
    with pytest.raises(ImportFailed, match="which is this machine or a private network"):
        check_url(url, allows=is_public, now=good.now)
    refused = CliRunner().invoke(main, ["feed", "check", url])
    assert refused.exit_code == 1
    assert "--allow-private" in refused.output


def test_command_checks_a_live_feed(live: tuple[Site, str]) -> None:
    done = CliRunner().invoke(main, ["feed", "check", live[1], "--allow-private", "--json"])
    assert {
        one["message"].partition(":")[0] for one in json.loads(done.stdout)["findings"] if one["level"] == "error"
    } <= {"its pubDate has not come"}


def test_host_without_ranges_is_found(good: Site) -> None:
    """Python's own server, of which players cannot seek."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(good.folder))) as server:
        base = f"http://127.0.0.1:{server.server_address[1]}/"
        good.publish(good.built("one", {**document("One", number=1), "show": SHOW}), base_url=base)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        found = _errors(check_url(f"{base}feed.xml", allows=_everywhere, now=good.now))
        server.shutdown()
        thread.join()
    assert "its host answers no Range: players cannot seek" in found
