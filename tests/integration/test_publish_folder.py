"""The feed folder over time: what stays, what changes, what leaves, and what readers see meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote
from uuid import UUID, uuid5

import pytest
from PIL import Image

from audioguide.errors import FeedError, ScriptError, SettingsError
from audioguide.publish.check import check_folder
from audioguide.publish.folder import GRACE
from audioguide.publish.model import Finding
from audioguide.publish.state import STATE_FILE
from tests.desk import child_environment
from tests.feeds import BASE, NOW, Site, channel_of, document, find, named_files, site, text

__all__ = ["site"]


def _errors(site: Site) -> list[Finding]:
    return [finding for finding in check_folder(site.folder, now=site.now) if finding.level == "error"]


def _cover(path: Path, *, side: int = 1400, mode: str = "RGB") -> str:
    Image.new(mode, (side, side), 3).save(path)
    return path.name


def _guids(site: Site) -> dict[str | None, str | None]:
    return {item.findtext("title"): item.findtext("guid") for item in site.items}


def _enclosure(site: Site, number: int = 0) -> str:
    enclosure = site.items[number].find("enclosure")
    assert enclosure is not None
    return unquote(enclosure.get("url", "").removeprefix(BASE))


# -- what is there -------------------------------------------------------------------------------------------------


def test_first_publish_needs_no_show(site: Site) -> None:
    """Every file that the feed names is there, and our own check finds nothing."""
    site.drawn = True
    site.add("one", document("The first"))
    for name, length in named_files(site.channel):
        path = site.folder / name
        assert path.is_file(), name
        assert length in {None, path.stat().st_size}
    assert {"feed.xml", "index.html", "one.html", "sitemap.xml", STATE_FILE} <= site.names()
    assert _errors(site) == []


def test_every_default_is_told_once_with_the_line_that_sets_it(site: Site) -> None:
    site.drawn = True
    notices = "\n".join(site.add("one", document("The first")).notices)
    for setting in (
        'title: "The first"',
        'author: "The first"',
        'description: "The first"',
        "language: en",
        "category: Education",
        "explicit: false",
        f"link: {BASE}",
        "image: cover.png",
    ):
        assert setting in notices
    assert site.add("two", document("The second")).notices == ()


def test_default_title_stays_that_of_the_first_episode(site: Site) -> None:
    site.add("one", document("The first"))
    site.add("two", document("The second"))
    assert site.channel.findtext("title") == "The first"


def test_show_is_told_as_it_is_written(site: Site) -> None:
    show = {
        "id": "show",
        "title": "The show",
        "author": "Ada",
        "owner": {"email": "ada@example.org"},
        "description": "All about it.",
        "language": "de-CH",
        "category": "Sports > Running",
        "explicit": True,
        "image": _cover(site.desk.folder / "art.png"),
        "link": "https://example.org/about",
        "type": "serial",
    }
    published = site.add("one", {**document("One", number=1), "show": show})
    assert published.notices == ()
    channel = site.channel
    assert text(channel, "itunes:explicit") == "true"
    assert text(channel, "itunes:owner/itunes:name") == "Ada"
    assert text(channel, "language") == "de-CH"
    assert text(channel, "itunes:type") == "serial"
    assert channel.findtext("link") == "https://example.org/about"


def test_files_are_readable_by_a_web_server_whatever_the_umask(site: Site) -> None:
    built = site.built("one", document("The first"))
    site.folder = site.desk.folder / "deep" / "site"
    before = os.umask(0o077)
    try:
        site.publish(built)
    finally:
        os.umask(before)
    assert {oct(path.stat().st_mode & 0o777) for path in site.folder.iterdir()} == {"0o644"}
    assert {oct(path.stat().st_mode & 0o777) for path in (site.folder, site.folder.parent)} == {"0o755"}


def test_permissions_that_somebody_took_away_come_back(site: Site) -> None:
    built = site.built("one", document("The first"))
    site.publish(built)
    (site.folder / "feed.xml").chmod(0o600)
    site.folder.chmod(0o700)
    assert {finding.message.split(":")[0] for finding in _errors(site)} == {
        "has the permissions 0600",
        "has the permissions 0700",
    }
    before = site.snapshot()
    site.publish(built)
    assert site.snapshot() == before
    assert _errors(site) == []


# -- what stays ----------------------------------------------------------------------------------------------------


def test_unchanged_input_leaves_every_byte_and_time_alone(site: Site) -> None:
    one, two = site.built("one", document("The first")), site.built("two", document("The second"))
    site.publish(one, two)
    before = site.snapshot()
    site.later(days=400)
    again = site.publish(one, two)
    assert site.snapshot() == before
    assert (again.changes.written, again.changes.removed) == ((), ())
    site.publish(two)
    assert site.snapshot() == before


def test_other_episodes_stay_when_one_is_published(site: Site) -> None:
    site.add("one", document("The first"))
    site.later(hours=1)
    site.add("two", document("The second"))
    assert site.titles() == ["The second", "The first"]


def test_retitled_episode_is_the_same_to_everybody(site: Site) -> None:
    site.add("one", document("The first"))
    guids, date = _guids(site), site.items[0].findtext("pubDate")
    site.later(days=3)
    site.add("one", document("Another name"))
    assert _guids(site) == {"Another name": guids["The first"]}
    assert site.items[0].findtext("pubDate") == date


def test_changed_audio_has_a_new_address_under_the_same_guid(site: Site) -> None:
    site.add("one", document("The first"))
    guids, old = _guids(site), _enclosure(site)
    site.add("one", document("The first", words="And one more thing."))
    assert _guids(site) == guids
    assert _enclosure(site) != old
    assert (site.folder / old).is_file()


def test_old_files_leave_when_their_grace_is_over(site: Site) -> None:
    site.add("one", document("The first"))
    old = site.names()
    new = site.built("one", document("The first", words="And one more thing."))
    site.publish(new)
    gone = old - {name for name, _ in named_files(site.channel)} - {"feed.xml", STATE_FILE}
    site.later(hours=GRACE.total_seconds() / 3600 - 1)
    site.publish(new)
    assert old <= site.names()
    site.later(hours=1)
    removed = site.publish(new).changes.removed
    assert removed
    assert set(removed) <= gone
    assert not set(removed) & site.names()
    assert _errors(site) == []


def test_what_was_published_before_wins(site: Site) -> None:
    """A show that gets an id, and so other guids for new episodes, keeps those of the old."""
    site.add("one", document("The first"))
    guids, show = _guids(site), text(site.channel, "podcast:guid")
    site.add("one", {**document("The first"), "show": {"id": "renamed"}})
    assert (_guids(site), text(site.channel, "podcast:guid")) == (guids, show)


def test_moved_show_keeps_its_guid_and_tells_its_new_address(site: Site) -> None:
    built = site.built("one", document("The first"))
    site.publish(built)
    guid = text(site.channel, "podcast:guid")
    assert guid == str(uuid5(UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6"), "example.org/show/feed.xml"))
    site.publish(built, base_url="https://new.example.org/elsewhere")
    assert text(site.channel, "itunes:new-feed-url") == "https://new.example.org/elsewhere/feed.xml"
    assert text(site.channel, "podcast:guid") == guid
    link = find(site.channel, "atom:link")
    assert link is not None
    assert link.get("href") == "https://new.example.org/elsewhere/feed.xml"
    before = site.snapshot()
    site.publish(built, base_url=None)
    assert site.snapshot() == before


def test_dates_are_distinct_and_in_the_order_of_the_scripts(site: Site) -> None:
    built = [site.built(name, document(name.title())) for name in ("one", "two", "three")]
    site.publish(*built)
    dates = [parsedate_to_datetime(item.findtext("pubDate") or "") for item in site.items]
    assert site.titles() == ["Three", "Two", "One"]
    assert dates == [NOW, NOW - timedelta(seconds=1), NOW - timedelta(seconds=2)]


def test_same_written_date_is_set_apart_for_good(site: Site) -> None:
    date = "2026-11-01"
    one, two = site.built("one", document("One", date=date)), site.built("two", document("Two", date=date))
    site.publish(one, two)
    dates = [item.findtext("pubDate") for item in site.items]
    assert dates == ["Sun, 01 Nov 2026 00:00:01 +0000", "Sun, 01 Nov 2026 00:00:00 +0000"]
    site.publish(two, one)
    assert [item.findtext("pubDate") for item in site.items] == dates


def test_date_that_the_script_changes_is_taken_over(site: Site) -> None:
    site.add("one", document("One", date="2026-11-01"))
    site.add("one", document("One", date="2026-11-02T06:00:00+02:00"))
    assert site.items[0].findtext("pubDate") == "Mon, 02 Nov 2026 06:00:00 +0200"


def test_clock_that_goes_wrong_moves_nothing(site: Site) -> None:
    built = [site.built("one", document("One", date="2026-11-01")), site.built("two", document("Two"))]
    site.publish(*built)
    before = site.snapshot()
    for now in (datetime(1996, 1, 1, tzinfo=UTC), datetime(2056, 1, 1, tzinfo=UTC)):
        site.publish(*built, now=now)
        assert site.snapshot() == before


# -- what comes and goes -------------------------------------------------------------------------------------------


def test_future_date_is_held_back_until_it_comes(site: Site) -> None:
    site.add("one", document("The first"))
    scheduled = site.built("two", document("The second", date="2026-12-24"))
    published = site.publish(scheduled)
    assert site.titles() == ["The first"]
    assert not [name for name in site.names() if name.startswith("two")]
    assert published.notices == ("two is held back until 2026-12-24 00:00+00:00: publish it again then",)
    site.later(days=30)
    site.publish(scheduled)
    assert site.titles() == ["The second", "The first"]
    assert site.items[0].findtext("pubDate") == "Thu, 24 Dec 2026 00:00:00 +0000"


def test_draft_has_a_page_and_no_place_in_the_feed(site: Site) -> None:
    site.add("one", document("The first"))
    draft = site.built("two", document("The second"))
    site.publish(draft, draft=True)
    assert site.titles() == ["The first"]
    assert "two.html" in site.names()
    assert "two.html" not in (site.folder / "index.html").read_text("utf-8")
    assert "two.html" not in (site.folder / "sitemap.xml").read_text("utf-8")
    site.later(days=2)
    site.publish(draft)
    assert site.titles() == ["The second", "The first"]
    assert site.items[0].findtext("pubDate") == "Thu, 03 Dec 2026 12:00:00 +0000"


def test_published_episode_is_no_draft(site: Site) -> None:
    built = site.built("one", document("The first"))
    site.publish(built)
    with pytest.raises(FeedError, match="is in the feed already") as error:
        site.publish(built, draft=True)
    assert error.value.hint == "leave --draft out, or unpublish it first"


def test_unpublished_episode_leaves_the_feed_and_may_come_back(site: Site) -> None:
    one, two = site.built("one", document("The first")), site.built("two", document("The second"))
    site.publish(one, two)
    guids, dates, files = _guids(site), [item.findtext("pubDate") for item in site.items], site.names()
    site.unpublish("one")
    assert site.titles() == ["The second"]
    assert "one.html" not in (site.folder / "index.html").read_text("utf-8")
    assert site.names() == files
    site.publish(one)
    assert _guids(site) == guids
    assert [item.findtext("pubDate") for item in site.items] == dates


def test_files_of_an_unpublished_episode_may_go_at_once(site: Site) -> None:
    site.publish(site.built("one", document("The first")), site.built("two", document("The second")))
    removed = site.unpublish("one", erase=True).changes.removed
    assert "one.html" in removed
    assert not [name for name in site.names() if name.startswith("one.")]
    assert "The first" not in (site.folder / "feed.xml").read_text("utf-8").partition("<item>")[2]


def test_unpublishing_what_is_not_there_names_what_is(site: Site) -> None:
    site.add("one", document("The first"))
    with pytest.raises(FeedError, match="is not published here") as error:
        site.unpublish("legs")
    assert error.value.hint == "published: one"


def test_newest_episodes_are_kept_and_trailers_too(site: Site) -> None:
    built = [
        site.built(name, document(name, date=f"2026-11-0{day}", **more))
        for day, (name, more) in enumerate(
            [("trailer", {"type": "trailer"}), ("a", {}), ("b", {"type": "bonus"}), ("c", {})], start=1
        )
    ]
    site.publish(*built)
    assert site.titles() == ["c", "b", "a", "trailer"]
    published = site.publish(*built, keep=2)
    assert site.titles() == ["c", "b", "trailer"]
    assert published.notices[-1] == "a leaves the feed: 2 are kept"
    kinds = [text(item, "itunes:episodeType") for item in site.items]
    assert kinds == ["full", "bonus", "trailer"]
    before = site.snapshot()
    site.publish(*built, keep=2)
    assert site.snapshot() == before


# -- pictures ------------------------------------------------------------------------------------------------------


def test_changed_cover_has_a_new_address(site: Site) -> None:
    path = site.desk.folder / "art.png"
    script = {**document("One"), "show": {"image": _cover(path)}}
    site.add("one", script)
    old = find(site.channel, "itunes:image")
    _cover(path, side=1500)
    site.add("one", script)
    new = find(site.channel, "itunes:image")
    assert old is not None
    assert new is not None
    assert old.get("href") != new.get("href")


def test_cover_that_directories_refuse_is_not_published(site: Site) -> None:
    script = {**document("One"), "show": {"image": _cover(site.desk.folder / "art.png", side=300)}}
    built = site.built("one", script)
    with pytest.raises(FeedError, match="300 × 300 pixels") as error:
        site.publish(built)
    assert error.value.hint == "directories ask for at least 1400 each way"
    assert not (site.folder / "feed.xml").exists()
    assert [finding.where for finding in site.publish(built, force=True).overridden] == [
        str(built.plan.loaded.root / "art.png")
    ]


def test_episode_has_its_own_cover(site: Site) -> None:
    image = _cover(site.desk.folder / "own.png", side=1600)
    site.add("one", document("One", image=image))
    found = find(site.items[0], "itunes:image")
    assert found is not None
    assert (site.folder / found.get("href", "").removeprefix(BASE)).is_file()
    _cover(site.desk.folder / "own.png", mode="L")
    with pytest.raises(FeedError, match="its colours are L"):
        site.add("one", document("One", image=image))


def test_serial_show_numbers_its_episodes(site: Site) -> None:
    serial = {"show": {"type": "serial"}}
    with pytest.raises(FeedError, match="has no number, and the show is serial"):
        site.add("one", {**document("One"), **serial})
    site.add("one", {**document("One", number=1), **serial})
    site.add("two", {**document("Two", type="trailer"), **serial})
    assert _errors(site) == []


def test_drawn_cover_comes_back_when_it_was_lost(site: Site) -> None:
    site.drawn = True
    built = site.built("one", document("One"))
    site.publish(built)
    cover = next(site.folder.glob("cover.*.png"))
    data = cover.read_bytes()
    cover.unlink()
    site.publish(built)
    assert cover.read_bytes() == data


def test_chapters_have_their_pictures_links_and_places(site: Site) -> None:
    script = document("One")
    _cover(site.desk.folder / "hello.png", side=600)
    script["sections"][0] |= {
        "image": "hello.png",
        "link": "https://example.org/hello",
        "location": {"name": "Pier 3", "geo": "47.37,8.54"},
    }
    script["sections"][1]["link"] = "javascript:alert(1)"
    published = site.add("one", script)
    chapters = json.loads(next(site.folder.glob("one.*.chapters.json")).read_bytes())["chapters"]
    assert chapters[0]["location"] == {"name": "Pier 3", "geo": "geo:47.37,8.54"}
    assert chapters[0]["url"] == "https://example.org/hello"
    assert (site.folder / chapters[0]["img"].removeprefix(BASE)).is_file()
    assert "url" not in chapters[1]
    assert any("is no address of the web and is left out: javascript:alert(1)" in one for one in published.notices)
    site.publish(site.built("one", script), base_url="https://new.example.org/")
    used = {name for name, _ in named_files(site.channel)}
    moved = [path for path in site.folder.glob("one.*.chapters.json") if path.name not in used]
    assert any(b"https://new.example.org/one.chapter." in path.read_bytes() for path in moved)


# -- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["example.org", "ftp://example.org/", "https://example.org/?x=1", "https:///x", ""])
def test_base_url_is_an_address_of_the_web(site: Site, url: str) -> None:
    with pytest.raises(SettingsError, match="is not the address of a folder on the web"):
        site.add("one", document("One"), base_url=url)


def test_first_publish_asks_for_the_base_url(site: Site) -> None:
    with pytest.raises(SettingsError) as error:
        site.add("one", document("One"), base_url=None)
    assert "--base-url https://" in str(error.value.hint)


def test_wrong_category_is_told_at_its_place(site: Site) -> None:
    built = site.built("one", {**document("One"), "show": {"category": "Sport"}})
    with pytest.raises(ScriptError) as error:
        site.publish(built)
    assert str(error.value).endswith('show.category: "Sport" is not one of Apple\'s categories; did you mean "Sports"?')
    assert error.value.problems[0].line > 1


def test_two_scripts_of_one_id_are_refused(site: Site) -> None:
    built = [site.built(name, document("One", id="same")) for name in ("one", "two")]
    with pytest.raises(FeedError, match="has the same id as"):
        site.publish(*built)


def test_folder_holds_one_show(site: Site) -> None:
    site.add("one", {**document("One"), "show": {"id": "first"}})
    with pytest.raises(FeedError, match="holds one show, not first and second"):
        site.add("two", {**document("Two"), "show": {"id": "second"}})


def test_files_of_somebody_else_are_left_alone(site: Site) -> None:
    site.folder.mkdir()
    (site.folder / "CNAME").write_text("example.org")
    (site.folder / "index.html").write_text("my own page")
    built = site.built("one", document("One"))
    with pytest.raises(FeedError, match="is there already") as error:
        site.publish(built)
    assert "--force" in str(error.value.hint)
    assert site.names() == {"CNAME", "index.html"}
    site.publish(built, force=True)
    assert (site.folder / "CNAME").read_text() == "example.org"
    assert "my own page" not in (site.folder / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (b"{", "is damaged"),
        (b'{"version": 2}', "was written by a newer audioguide"),
        (b'{"version": 1, "files": {"../escape": "x"}}', "is no name of a file"),
        (b'{"version": 1, "retired": {"/etc/passwd": "2020-01-01T00:00:00Z"}}', "is no name of a file"),
        (b'{"version": 1, "episodes": {"one": {}}}', "is damaged at episodes.one"),
    ],
)
def test_damaged_state_is_refused_and_nothing_is_touched(site: Site, damage: bytes, message: str) -> None:
    built = site.built("one", document("One"))
    site.publish(built)
    (site.folder / STATE_FILE).write_bytes(damage)
    before = site.snapshot()
    with pytest.raises(FeedError, match=message) as error:
        site.publish(built)
    assert error.value.hint
    assert site.snapshot() == before


def test_file_that_vanished_names_what_to_publish(site: Site) -> None:
    one = site.built("one", document("One"))
    site.publish(one)
    next(site.folder.glob("one.*.mp3")).unlink()
    with pytest.raises(FeedError, match="is missing in the folder") as error:
        site.add("two", document("Two"))
    assert error.value.hint == "publish the script that it belongs to again"
    site.publish(one)
    assert _errors(site) == []


def test_folder_that_cannot_be_written_is_told_in_a_line(site: Site) -> None:
    built = site.built("one", document("One"))
    site.folder = site.desk.folder / "episode.yaml"
    with pytest.raises(FeedError, match="cannot be read") as error:
        site.publish(built)
    assert error.value.hint


# -- kills, and others at work -------------------------------------------------------------------------------------

_CHILD = """
import sys
from datetime import datetime
from pathlib import Path
from tests.feeds import Site, document
from tests.desk import Desk
folder = Path(sys.argv[1])
folder.mkdir()
site = Site(Desk(folder, folder / "asked.txt"), Path(sys.argv[4]), datetime.fromisoformat(sys.argv[3]))
built = [site.built(name, document(name, words=sys.argv[2])) for name in ("one", "two")]
print("built", flush=True)
sys.stdin.readline()
site.publish(*built)
print("published", flush=True)
"""


def _child(site: Site, words: str) -> subprocess.Popen[str]:
    """A process that builds two episodes, waits for a line, and publishes them."""
    desk = site.desk.folder / words.replace(" ", "-")
    arguments = [sys.executable, "-c", _CHILD, str(desk), words, site.now.isoformat(), str(site.folder)]
    child = subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment(), text=True
    )
    assert child.stdout
    assert child.stdout.readline() == "built\n"
    return child


def _go(child: subprocess.Popen[str]) -> None:
    assert child.stdin
    child.stdin.write("go\n")
    child.stdin.flush()


def _assert_consistent(site: Site) -> None:
    """What the feed names is there, in the length that it tells, and holds what its name says."""
    for name, length in named_files(channel_of((site.folder / "feed.xml").read_bytes())):
        data = (site.folder / name).read_bytes()
        assert length in {None, len(data)}


@pytest.mark.slow
def test_publish_that_is_killed_leaves_a_folder_that_works(site: Site) -> None:
    """Killed between any two files: a reader finds the old feed or the new one, whole, and the next publish mends all."""
    site.publish(*(site.built(name, document(name)) for name in ("one", "two")))
    for number in range(1, 15, 2):
        child = _child(site, f"Round number {number} begins.")
        before = site.names()
        _go(child)
        while child.poll() is None and len(site.names() - before) < number:
            time.sleep(0.001)
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
        _assert_consistent(site)
    assert len(site.items) == 2
    built = [site.built(name, document(name)) for name in ("one", "two")]
    site.publish(*built)
    assert not [name for name in site.names() if name.startswith(".")]
    site.later(days=3)
    site.publish(*built)
    fresh = Site(site.desk, site.desk.folder / "fresh")
    fresh.publish(*built)
    assert site.names() == fresh.names()


@pytest.mark.slow
def test_readers_see_whole_feeds_while_others_publish(site: Site) -> None:
    """Two publishers at once: each waits for the other, and a reader finds whatever the feed it read names."""
    site.publish(*(site.built(name, document(name)) for name in ("one", "two")))
    ended = threading.Event()
    seen: list[str] = []
    wrong: list[BaseException] = []

    def read() -> None:
        while not ended.is_set():
            try:
                _assert_consistent(site)
                seen.append(_enclosure(site))
            except BaseException as error:
                wrong.append(error)
                raise

    reader = threading.Thread(target=read)
    children = [_child(site, words) for words in ("Alpha is here.", "Beta is there.")]
    reader.start()
    try:
        for child in children:
            _go(child)
        ends = [child.communicate()[0] for child in children]
    finally:
        ended.set()
        reader.join()
    assert ends == ["published\n", "published\n"]
    assert not wrong
    assert len(set(seen)) > 1
    assert _errors(site) == []


def test_strays_of_a_killed_publish_are_swept(site: Site) -> None:
    built = site.built("one", document("One"))
    site.publish(built)
    (site.folder / ".audioguide-stray").write_text("half a file")
    assert [finding.where for finding in _errors(site)] == [".audioguide-stray"]
    site.publish(built)
    assert ".audioguide-stray" not in site.names()
