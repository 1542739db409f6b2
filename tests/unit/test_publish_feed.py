"""The feed as bytes: what the standards ask for, whatever the texts hold."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped] # it has no types
import podcastparser  # type: ignore[import-untyped] # it has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from audioguide.publish.check_feed import channel_findings, item_findings
from audioguide.publish.feed import NAMESPACES, chapters_json, feed_xml, parsed
from audioguide.publish.model import FeedChapter, FeedEpisode, FeedShow, MediaFile, Person
from audioguide.publish.wording import clock, file_stem, line, notes, prose, web_address
from tests.feeds import BASE, EPISODE, NOW, SHOW, channel_of, find, text

HOSTILE = [
    "Fish & chips <b>fresh</b>",
    "]]> the end of CDATA",
    "🏃‍♀️ run, 走る, اركض",
    "\u202eright to left\u202c",
    "bell \x07, null \x00, escape \x1b[31m",
    "lone \ud800 surrogate",
    "not characters \ufffe \uffff",
    "\"quotes\" and 'apostrophes'",
    "&amp; already escaped &#0;",
    "<!DOCTYPE x [<!ENTITY y 'z'>]> &y;",
    "\u0085 next line \u2028 line separator",
]


def _item(episode: FeedEpisode, show: FeedShow = SHOW) -> ET.Element:
    found = channel_of(feed_xml(show, [episode])).find("item")
    assert found is not None
    return found


def _channel(show: FeedShow = SHOW, **options: Any) -> ET.Element:
    return channel_of(feed_xml(show, [EPISODE], **options))


def test_channel_says_what_directories_require() -> None:
    channel = _channel()
    assert text(channel, "title") == "A show"
    assert text(channel, "link") == "https://example.org/"
    assert text(channel, "language") == "en"
    assert text(channel, "itunes:explicit") == "false"
    assert text(channel, "itunes:type") == "episodic"
    assert text(channel, "itunes:author") == "Somebody"
    assert text(channel, "itunes:owner/itunes:email") == "somebody@example.org"
    assert text(channel, "podcast:guid") == SHOW.guid
    assert text(channel, "podcast:medium") == "podcast"
    image = find(channel, "itunes:image")
    assert image is not None
    assert image.get("href") == "https://example.org/show/cover.0123456789.png"


def test_categories_are_nested() -> None:
    inner = find(_channel(), "itunes:category/itunes:category")
    assert inner is not None
    assert inner.get("text") == "Fitness"


def test_feed_names_itself() -> None:
    link = find(_channel(), "atom:link")
    assert link is not None
    assert dict(link.attrib) == {
        "href": "https://example.org/show/feed.xml",
        "rel": "self",
        "type": "application/rss+xml",
    }


def test_namespaces_are_spelt_as_readers_compare_them() -> None:
    root = etree.fromstring(feed_xml(SHOW, [EPISODE]))
    assert root.nsmap == NAMESPACES
    assert NAMESPACES["podcast"] == "https://podcastindex.org/namespace/1.0"
    assert NAMESPACES["itunes"] == "http://www.itunes.com/dtds/podcast-1.0.dtd"


def test_feed_is_utf_8_without_a_doctype() -> None:
    data = feed_xml(replace(SHOW, title="Über 走る"), [EPISODE])
    assert data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<rss ')
    assert b"<!DOCTYPE" not in data
    assert "Über 走る".encode() in data


def test_show_without_owner_is_not_locked() -> None:
    channel = _channel(replace(SHOW, owner_email="", owner_name=""))
    assert find(channel, "itunes:owner") is None
    assert text(channel, "podcast:locked") == "no"


def test_moved_feed_tells_where_it_is() -> None:
    assert text(_channel(moved=True), "itunes:new-feed-url") == "https://example.org/show/feed.xml"
    assert text(_channel(), "itunes:new-feed-url") is None


def test_item_has_one_enclosure_with_its_length_and_type() -> None:
    enclosures = _item(EPISODE).findall("enclosure")
    assert [dict(one.attrib) for one in enclosures] == [
        {"url": "https://example.org/show/one.0123456789.mp3", "length": "12345", "type": "audio/mpeg"}
    ]


def test_further_formats_are_alternate_enclosures() -> None:
    item = _item(replace(EPISODE, media=(*EPISODE.media, MediaFile("one.abc.m4b", "audio/mp4", 5, "1" * 64))))
    source = find(item, "podcast:alternateEnclosure/podcast:source")
    assert source is not None
    assert source.get("uri") == "https://example.org/show/one.abc.m4b"
    assert len(item.findall("enclosure")) == 1


def test_guid_is_no_address() -> None:
    guid = _item(EPISODE).find("guid")
    assert guid is not None
    assert (guid.text, guid.get("isPermaLink")) == (EPISODE.guid, "false")


def test_date_names_the_right_day_of_the_week() -> None:
    assert _item(EPISODE).findtext("pubDate") == "Sun, 22 Nov 2026 08:00:00 +0000"
    east = datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=9)))
    assert _item(replace(EPISODE, published=east)).findtext("pubDate") == "Thu, 01 Jan 2026 00:30:00 +0900"


def test_feed_changed_when_its_newest_episode_came() -> None:
    older = replace(EPISODE, guid="2", published=EPISODE.published - timedelta(days=1))
    channel = channel_of(feed_xml(SHOW, [EPISODE, older]))
    assert channel.findtext("lastBuildDate") == "Sun, 22 Nov 2026 08:00:00 +0000"


def test_duration_is_in_whole_seconds() -> None:
    assert text(_item(EPISODE), "itunes:duration") == "100"
    assert text(_item(replace(EPISODE, duration_s=0.2)), "itunes:duration") == "1"


def test_description_lists_chapters_by_time() -> None:
    html = _item(EPISODE).findtext("description")
    assert html == "<p>What it tells.</p><p>00:00 Hello<br>00:30 Middle<br>01:00 End</p>"
    assert b"<description><![CDATA[<p>" in feed_xml(SHOW, [EPISODE])


def test_two_chapters_are_not_listed_in_the_description() -> None:
    assert notes(replace(EPISODE, chapters=EPISODE.chapters[:2])) == "<p>What it tells.</p>"


def test_long_description_leaves_room_for_its_chapters() -> None:
    html = notes(replace(EPISODE, description="ünsäglich lang & breit " * 400))
    assert len(html.encode()) <= 4000
    assert "…</p><p>00:00 Hello<br>" in html
    assert html.count("&") == html.count("&amp;")


def test_chapters_too_many_for_a_description_are_left_out_whole() -> None:
    many = tuple(FeedChapter(n, n + 1, f"Chapter number {n} of a very long book") for n in range(300))
    html = notes(replace(EPISODE, chapters=many))
    assert html == "<p>What it tells.</p>"


def test_chapters_stand_in_the_feed_and_in_json_at_the_same_times() -> None:
    item = _item(EPISODE)
    inline = [(one.get("start"), one.get("title")) for one in item.iterfind("psc:chapters/psc:chapter", NAMESPACES)]
    assert inline == [("00:00:00.000", "Hello"), ("00:00:30.500", "Middle"), ("00:01:00.000", "End")]
    document = json.loads(chapters_json(SHOW, EPISODE))
    assert document["version"] == "1.2.0"
    assert [(one["startTime"], one["title"]) for one in document["chapters"]] == [
        (0, "Hello"),
        (30.5, "Middle"),
        (60, "End"),
    ]


def test_chapters_carry_picture_link_and_place() -> None:
    chapter = FeedChapter(0, 9, "Here", "one.chapter.ab.jpg", "https://example.org/x", ("Pier 3", "geo:47.37, 8.54"))
    document = json.loads(chapters_json(SHOW, replace(EPISODE, chapters=(chapter,))))
    assert document["chapters"] == [
        {
            "startTime": 0,
            "title": "Here",
            "img": "https://example.org/show/one.chapter.ab.jpg",
            "url": "https://example.org/x",
            "location": {"name": "Pier 3", "geo": "geo:47.37,8.54"},
        }
    ]


def test_captions_are_timed_and_pages_are_not() -> None:
    page = replace(EPISODE.transcripts[0], name="one.html", type="text/html", is_timed=False)
    item = _item(replace(EPISODE, transcripts=(*EPISODE.transcripts, page)))
    found = [(one.get("type"), one.get("rel")) for one in item.iterfind("podcast:transcript", NAMESPACES)]
    assert found == [("text/vtt", "captions"), ("text/html", None)]


def test_item_tells_season_number_kind_people_and_licence() -> None:
    people = (Person("Ada", "guest", "https://example.org/ada"), Person("Bo"))
    item = _item(replace(EPISODE, season=2, number=7, type="bonus", explicit=True, people=people, license="CC-BY-4.0"))
    assert text(item, "itunes:season") == "2"
    assert text(item, "itunes:episode") == "7"
    assert text(item, "itunes:episodeType") == "bonus"
    assert text(item, "itunes:explicit") == "true"
    assert text(item, "podcast:license") == "cc-by-4.0"
    found = [(one.text, dict(one.attrib)) for one in item.iterfind("podcast:person", NAMESPACES)]
    assert found == [("Ada", {"role": "guest", "href": "https://example.org/ada"}), ("Bo", {})]


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("CC BY 4.0", "cc-by-4.0", None),
        ("CC-BY-NC-SA-3.0", "cc-by-nc-sa-3.0", None),
        ("CC0 1.0", "cc0-1.0", None),
        (
            "https://creativecommons.org/licenses/by-sa/4.0/",
            "cc-by-sa-4.0",
            "https://creativecommons.org/licenses/by-sa/4.0/",
        ),
        (
            "https://creativecommons.org/publicdomain/zero/1.0/",
            "cc0-1.0",
            "https://creativecommons.org/publicdomain/zero/1.0/",
        ),
        ("https://example.org/terms", "https://example.org/terms", "https://example.org/terms"),
        ("All rights reserved", "All rights reserved", None),
    ],
)
def test_licence_has_the_name_that_feeds_know(written: str, name: str, address: str | None) -> None:
    found = find(_item(replace(EPISODE, license=written)), "podcast:license")
    assert found is not None
    assert (found.text, found.get("url")) == (name, address)


def test_who_is_in_every_episode_belongs_to_the_show() -> None:
    host, guest, once = Person("Mara", "host", "https://example.org/mara"), Person("Ada", "guest"), Person("Jon")
    episodes = [replace(EPISODE, people=(host, guest, once)), replace(EPISODE, guid="other", people=(guest, host))]
    channel = channel_of(feed_xml(SHOW, episodes))
    (person,) = channel.findall("podcast:person", NAMESPACES)
    assert (person.text, person.attrib) == ("Mara", {"role": "host", "href": "https://example.org/mara"})


def test_trailer_is_told_by_the_show_too() -> None:
    channel = channel_of(feed_xml(SHOW, [replace(EPISODE, type="trailer", season=2), replace(EPISODE, guid="other")]))
    (trailer,) = channel.findall("podcast:trailer", NAMESPACES)
    assert trailer.text == EPISODE.title
    assert trailer.attrib == {
        "pubdate": "Sun, 22 Nov 2026 08:00:00 +0000",
        "url": f"{BASE}one.0123456789.mp3",
        "length": "12345",
        "type": "audio/mpeg",
        "season": "2",
    }


@pytest.mark.parametrize("title", HOSTILE, ids=lambda title: ascii(title)[:24])
def test_hostile_title_yields_a_feed_that_readers_read(title: str) -> None:
    hostile = replace(EPISODE, title=line(title), description=prose(title), tags=(line(title),))
    data = feed_xml(replace(SHOW, title=line(title), description=prose(title)), [hostile])
    read = feedparser.parse(data)
    assert not read.bozo
    assert channel_of(data).findtext("item/title") == line(title)
    assert (
        podcastparser.parse("https://example.org/show/feed.xml", BytesIO(data))["episodes"][0]["guid"] == EPISODE.guid
    )


@given(st.text(st.characters(codec=None), max_size=60))
def test_any_title_yields_a_feed_that_parses(title: str) -> None:
    fitted = line(title) or "x"
    data = feed_xml(replace(SHOW, title=fitted), [replace(EPISODE, title=fitted, description=prose(title))])
    assert channel_of(data).findtext("title") == fitted
    assert fitted == fitted.strip()


def test_feed_has_nothing_that_its_own_check_would_find() -> None:
    channel = parsed(feed_xml(SHOW, [EPISODE])).find("channel")
    assert channel is not None
    assert [*channel_findings(channel, SHOW.feed_url), *item_findings(channel, now=NOW)] == []


def test_feedparser_reads_every_field() -> None:
    read = feedparser.parse(feed_xml(SHOW, [EPISODE]))
    entry = read.entries[0]
    assert read.feed.language == "en"
    assert read.feed.publisher_detail.email == "somebody@example.org"
    assert entry.id == EPISODE.guid
    assert entry.enclosures[0].href == "https://example.org/show/one.0123456789.mp3"
    assert entry.published_parsed[:6] == (2026, 11, 22, 8, 0, 0)
    assert [chapter.title for chapter in entry.psc_chapters.chapters] == ["Hello", "Middle", "End"]


def test_podcastparser_reads_chapters_and_duration() -> None:
    data = feed_xml(SHOW, [replace(EPISODE, number=3)])
    read = podcastparser.parse("https://example.org/show/feed.xml", BytesIO(data))
    episode = read["episodes"][0]
    assert read["itunes_categories"] == [["Health & Fitness", "Fitness"]]
    assert read["type"] == "episodic"
    assert (episode["total_time"], episode["number"]) == (100, 3)
    assert episode["enclosures"] == [
        {"url": "https://example.org/show/one.0123456789.mp3", "file_size": 12345, "mime_type": "audio/mpeg"}
    ]
    assert [(chapter["start"], chapter["title"]) for chapter in episode["chapters"]] == [
        (0, "Hello"),
        (30, "Middle"),
        (60, "End"),
    ]


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("https://example.org/a b?c=ü", "https://example.org/a%20b?c=%C3%BC"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("/relative", None),
        ("https://", None),
        ("http://[::1", None),
    ],
)
def test_only_addresses_of_the_web_are_links(written: str, address: str | None) -> None:
    assert web_address(written) == address


@pytest.mark.parametrize("episode_id", ["index", "feed", "sitemap", "con", "lpt1", "x" * 81])
def test_reserved_and_long_ids_get_names_of_their_own(episode_id: str) -> None:
    assert re.fullmatch(r"ep-[0-9a-f]{10}", file_stem(episode_id))
    assert file_stem("legs") == "legs"


@pytest.mark.parametrize(("seconds", "shown"), [(0, "00:00"), (59.9, "00:59"), (3599, "59:59"), (3661, "1:01:01")])
def test_times_are_written_as_players_read_them(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown
