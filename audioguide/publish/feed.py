"""The feed: RSS 2.0 as PSP-1, the podcast namespace and Apple ask for it. The same show gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from audioguide import __version__
from audioguide.errors import FeedError
from audioguide.publish.model import FeedChapter, FeedEpisode, FeedShow, Person
from audioguide.publish.wording import license_terms, notes, plain_description

if TYPE_CHECKING:
    from lxml.etree import _Element

FEED_FILE = "feed.xml"
FEED_TYPE = "application/rss+xml"
CHAPTERS_TYPE = "application/json+chapters"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
ATOM = "http://www.w3.org/2005/Atom"
PSC = "http://podlove.org/simple-chapters"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
NAMESPACES = {"itunes": ITUNES, "podcast": PODCAST, "atom": ATOM, "psc": PSC, "content": CONTENT}
"""Their URIs are compared letter by letter, capitals too."""


def feed_xml(show: FeedShow, episodes: Sequence[FeedEpisode], *, moved: bool = False) -> bytes:
    """The feed of a show; `episodes` newest first. `moved`: it was elsewhere before, and tells where it is now.

    Raises FeedError where what was written is not what a reader reads.
    """
    from lxml import etree

    rss = etree.Element("rss", version="2.0", nsmap=NAMESPACES)
    channel = etree.SubElement(rss, "channel")
    _write_channel(channel, show, moved=moved)
    for person in _regulars(episodes):
        _write_person(channel, person)
    for trailer in (episode for episode in episodes if episode.type == "trailer"):
        _write_trailer(channel, show, trailer)
    if episodes:
        _text(channel, "lastBuildDate", format_datetime(max(episode.published for episode in episodes)))
    for episode in episodes:
        _write_item(etree.SubElement(channel, "item"), show, episode)
    data = b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(rss, encoding="UTF-8", pretty_print=True)
    _read_back(data, show, episodes)
    return data


def _name(tag: str) -> str:
    """`itunes:author` as lxml writes it."""
    prefix, colon, local = tag.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if colon else tag


def _text(parent: _Element, tag: str, text: str, **attributes: str) -> None:
    """An element with a text, left out where that is empty."""
    from lxml import etree

    if text:
        etree.SubElement(parent, _name(tag), attributes).text = text


def _empty(parent: _Element, tag: str, **attributes: str | None) -> _Element:
    """An element that says all in its attributes; those that are None are left out."""
    from lxml import etree

    given = {name: value for name, value in attributes.items() if value is not None}
    return etree.SubElement(parent, _name(tag), given)


def _write_channel(channel: _Element, show: FeedShow, *, moved: bool) -> None:
    _empty(channel, "atom:link", href=show.feed_url, rel="self", type=FEED_TYPE)
    _text(channel, "title", show.title)
    _text(channel, "link", show.link)
    _text(channel, "description", plain_description(show))
    _text(channel, "language", show.language)
    _text(channel, "generator", f"audioguide {__version__}")
    _text(channel, "itunes:author", show.author)
    if show.owner_email:
        owner = _empty(channel, "itunes:owner")
        _text(owner, "itunes:name", show.owner_name)
        _text(owner, "itunes:email", show.owner_email)
    _empty(channel, "itunes:image", href=show.url(show.image))
    image = _empty(channel, "image")
    _text(image, "url", show.url(show.image))
    _text(image, "title", show.title)
    _text(image, "link", show.link)
    parent = channel
    for category in show.category:
        parent = _empty(parent, "itunes:category", text=category)
    _text(channel, "itunes:explicit", _truth(value=show.explicit))
    _text(channel, "itunes:type", show.type)
    _text(channel, "podcast:guid", show.guid)
    _text(channel, "podcast:medium", show.medium)
    if show.owner_email:
        _text(channel, "podcast:locked", "yes", owner=show.owner_email)
    else:
        _text(channel, "podcast:locked", "no")
    if moved:
        _text(channel, "itunes:new-feed-url", show.feed_url)


def _regulars(episodes: Sequence[FeedEpisode]) -> list[Person]:
    """Who is in every episode, and no guest: the people of the show itself."""
    first, others = (episodes[0].people, episodes[1:]) if episodes else ((), ())
    return [one for one in first if one.role != "guest" and all(one in other.people for other in others)]


def _write_person(parent: _Element, person: Person) -> None:
    _text(parent, "podcast:person", person.name, **_given(role=person.role, href=person.url))


def _write_trailer(channel: _Element, show: FeedShow, trailer: FeedEpisode) -> None:
    first = trailer.media[0]
    about = {"url": show.url(first.name), "length": str(first.bytes), "type": first.type}
    dated = format_datetime(trailer.published)
    season = _number(trailer.season)
    _text(channel, "podcast:trailer", trailer.title, pubdate=dated, **about, **_given(season=season))


def _truth(*, value: bool) -> str:
    return "true" if value else "false"


def _write_item(item: _Element, show: FeedShow, episode: FeedEpisode) -> None:
    from lxml import etree

    _text(item, "title", episode.title)
    _text(item, "link", show.url(episode.page))
    _text(item, "guid", episode.guid, isPermaLink="false")
    _text(item, "pubDate", format_datetime(episode.published))
    etree.SubElement(item, "description").text = etree.CDATA(notes(episode))
    for tag in episode.tags:
        _text(item, "category", tag)
    first, *others = episode.media
    _empty(item, "enclosure", url=show.url(first.name), length=str(first.bytes), type=first.type)
    _text(item, "itunes:title", episode.title)
    _text(item, "itunes:subtitle", episode.subtitle)
    _text(item, "itunes:duration", str(max(1, round(episode.duration_s))))
    if episode.image:
        _empty(item, "itunes:image", href=show.url(episode.image))
    _text(item, "itunes:season", _number(episode.season))
    _text(item, "itunes:episode", _number(episode.number))
    _text(item, "itunes:episodeType", episode.type)
    _text(item, "itunes:explicit", _truth(value=episode.explicit))
    for other in others:
        alternate = _empty(item, "podcast:alternateEnclosure", type=other.type, length=str(other.bytes))
        _empty(alternate, "podcast:source", uri=show.url(other.name))
    _write_podcast(item, show, episode)


def _number(value: int | None) -> str:
    """Seasons and episodes count from 1; 0 is none."""
    return str(value) if value else ""


def _write_podcast(item: _Element, show: FeedShow, episode: FeedEpisode) -> None:
    for transcript in episode.transcripts:
        _empty(
            item,
            "podcast:transcript",
            url=show.url(transcript.name),
            type=transcript.type,
            language=transcript.language,
            rel="captions" if transcript.is_timed else None,
        )
    for person in episode.people:
        _write_person(item, person)
    if episode.license:
        name, address = license_terms(episode.license)
        _text(item, "podcast:license", name, **_given(url=address))
    if episode.chapters:
        _empty(item, "podcast:chapters", url=show.url(episode.chapters_file), type=CHAPTERS_TYPE)
        chapters = _empty(item, "psc:chapters", version="1.2")
        for chapter in episode.chapters:
            image = show.url(chapter.image) if chapter.image else None
            start = _normal_play_time(chapter.start_s)
            _empty(chapters, "psc:chapter", start=start, title=chapter.title, href=chapter.link, image=image)


def _given(**attributes: str | None) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if value}


def _normal_play_time(seconds: float) -> str:
    """HH:MM:SS.mmm, as RFC 2326 has it."""
    whole, ms = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{ms:03}"


def chapters_json(show: FeedShow, episode: FeedEpisode) -> bytes:
    """The chapters as JSON, version 1.2 of the podcast namespace's format, with absolute addresses."""
    document = {
        "version": "1.2.0",
        "title": episode.title,
        "podcastName": show.title,
        "chapters": [_json_chapter(show, chapter) for chapter in episode.chapters],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _json_chapter(show: FeedShow, chapter: FeedChapter) -> Mapping[str, Any]:
    entry: dict[str, Any] = {"startTime": round(chapter.start_s, 3), "title": chapter.title}
    if chapter.image:
        entry["img"] = show.url(chapter.image)
    if chapter.link:
        entry["url"] = chapter.link
    if chapter.location:
        name, geo = chapter.location
        entry["location"] = {"name": name, "geo": f"geo:{geo.removeprefix('geo:').replace(' ', '')}"}
    return entry


def parsed(data: bytes) -> _Element:
    """The root of a feed: no DTD's entities, nothing fetched. Raises FeedError for what is not XML."""
    from lxml import etree

    try:
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise FeedError(f"is not XML: {error.msg}", where=f"{FEED_FILE}:{line}", hint="publish it again") from error


def _read_back(data: bytes, show: FeedShow, episodes: Sequence[FeedEpisode]) -> None:
    """What was written, as a reader reads it, is what was meant."""
    channel = parsed(data).find("channel")
    assert channel is not None
    found = [(item.findtext("guid"), item.findtext("title")) for item in channel.iterfind("item")]
    meant = [(episode.guid, episode.title) for episode in episodes]
    if channel.findtext("title") != show.title or found != meant:
        raise FeedError("the feed does not read back as it was written", where=FEED_FILE, hint="please report this")
