"""The feed folder over time: what is in it, what stays, what comes and goes."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID, uuid5

import pytest

from audioguide.errors import FeedError
from audioguide.publish.folder import GRACE
from audioguide.publish.state import STATE_FILE
from tests import feeds
from tests.feeds import BASE, NOW, Site, document, find, named_files, site, text

__all__ = ["site"]


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
    assert feeds.errors(site) == []


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
        "image": feeds.cover(site.desk.folder / "art.png"),
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
    assert {finding.message.split(":")[0] for finding in feeds.errors(site)} == {
        "has the permissions 0600",
        "has the permissions 0700",
    }
    before = site.snapshot()
    site.publish(built)
    assert site.snapshot() == before
    assert feeds.errors(site) == []


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
    guids, date = feeds.guids(site), site.items[0].findtext("pubDate")
    site.later(days=3)
    site.add("one", document("Another name"))
    assert feeds.guids(site) == {"Another name": guids["The first"]}
    assert site.items[0].findtext("pubDate") == date


def test_changed_audio_has_a_new_address_under_the_same_guid(site: Site) -> None:
    site.add("one", document("The first"))
    guids, old = feeds.guids(site), feeds.enclosure(site)
    site.add("one", document("The first", words="And one more thing."))
    assert feeds.guids(site) == guids
    assert feeds.enclosure(site) != old
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
    assert feeds.errors(site) == []


def test_what_was_published_before_wins(site: Site) -> None:
    """A show that gets an id, and so other guids for new episodes, keeps those of the old."""
    site.add("one", document("The first"))
    guids, show = feeds.guids(site), text(site.channel, "podcast:guid")
    site.add("one", {**document("The first"), "show": {"id": "renamed"}})
    assert (feeds.guids(site), text(site.channel, "podcast:guid")) == (guids, show)


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
    assert {name: "noindex" in (site.folder / name).read_text("utf-8") for name in ("one.html", "two.html")} == {
        "one.html": False,
        "two.html": True,
    }
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
    guids, dates, files = feeds.guids(site), [item.findtext("pubDate") for item in site.items], site.names()
    site.unpublish("one")
    assert site.titles() == ["The second"]
    assert "one.html" not in (site.folder / "index.html").read_text("utf-8")
    assert site.names() == files
    site.publish(one)
    assert feeds.guids(site) == guids
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
