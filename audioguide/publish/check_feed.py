"""What a feed must say: the rules of its channel and of its items, each with its cure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

from audioguide.publish.categories import read_category
from audioguide.publish.feed import FEED_FILE, FEED_TYPE, NAMESPACES
from audioguide.publish.model import Finding
from audioguide.publish.wording import MAX_DESCRIPTION_BYTES

if TYPE_CHECKING:
    from lxml.etree import _Element

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_URL = re.compile(r"https?://[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]+", re.ASCII)
_DURATION = re.compile(r"[1-9]\d*", re.ASCII)
_COUNT = re.compile(r"[1-9]\d*", re.ASCII)
_REQUIRED = {
    "title": "name the show",
    "link": "name the show's page",
    "description": "say what the show is about",
    "language": "name the language, like en-US",
    "itunes:category": "name one of Apple's categories",
    "itunes:explicit": "write true or false",
    "itunes:image": "name a cover",
}
_RECOMMENDED = {
    "itunes:author": "name who makes the show: author under show: in show.yaml",
    "itunes:owner/itunes:email": "directories write to the owner: owner: {email: …} under show: in show.yaml",
    "itunes:type": "write episodic or serial",
    "podcast:guid": "give the show a guid",
    "podcast:locked": "say whether other hosts may import the feed",
    "podcast:medium": "say that it is a podcast",
    "generator": "name what made the feed",
    "lastBuildDate": "say when it changed",
}
_CHOICES = {
    "itunes:explicit": ("true", "false"),
    "itunes:type": ("episodic", "serial"),
    "itunes:episodeType": ("full", "trailer", "bonus"),
    "podcast:locked": ("yes", "no"),
}
_AGAIN = "publish it again"


def path_of(tag: str) -> str:
    """`itunes:owner/itunes:email` as lxml finds it."""
    steps = (step.partition(":") for step in tag.split("/"))
    return "/".join(f"{{{NAMESPACES[prefix]}}}{local}" if colon else prefix for prefix, colon, local in steps)


def place_of(item: _Element) -> str:
    """Where an item stands, for people: its title and line."""
    title = (item.findtext("title") or "an episode").strip()
    return f'{FEED_FILE}:{item.sourceline}: "{title[:60]}"'


def channel_findings(channel: _Element, feed_url: str | None) -> Iterator[Finding]:
    """What is wrong with the show."""
    for tag, hint in _REQUIRED.items():
        count = len(channel.findall(path_of(tag)))
        if count == 0 or (count > 1 and tag != "itunes:category"):
            what = "no" if count == 0 else f"{count} times"
            yield Finding(FEED_FILE, f"the channel has {what} {tag}", hint)
    for tag, hint in _RECOMMENDED.items():
        if channel.find(path_of(tag)) is None:
            yield Finding(FEED_FILE, f"the channel has no {tag}", hint, "advice")
    yield from _values(channel, FEED_FILE)
    yield from _self_link(channel, feed_url)
    language = channel.findtext("language")
    if language and not _LANGUAGE.fullmatch(language):
        yield Finding(FEED_FILE, f'the language "{language}" is no language tag', "write it like en, en-US or pt-BR")
    yield from _categories(channel)
    guid = channel.findtext(path_of("podcast:guid"))
    if guid is not None and not _is_uuid(guid):
        yield Finding(FEED_FILE, f'podcast:guid "{guid}" is no UUID', _AGAIN)


def _values(element: _Element, where: str) -> Iterator[Finding]:
    """Texts of an element's children: no blanks around them, no wrong choice, none too long."""
    for child in element.iter():
        if not isinstance(child.tag, str) or (child is not element and child.getparent() is not element):
            continue
        name, text = _short(child), child.text or ""
        values = [*child.attrib.values(), *([] if len(child) else [text])]
        if child is not element and any(value != value.strip() for value in map(str, values)):
            yield Finding(where, f"{name} has blanks around its value", "take them away: some readers keep them")
        if name in _CHOICES and text not in _CHOICES[name]:
            yield Finding(where, f'{name} is "{text}"', f"write {' or '.join(_CHOICES[name])}, in small letters")
        if name in {"description", "content:encoded"} and not text.strip():
            yield Finding(where, f"{name} is empty", "say what it is about")
        if name == "description" and len(text.encode()) > MAX_DESCRIPTION_BYTES:
            yield Finding(
                where, f"{name} is {len(text.encode())} bytes long", f"at most {MAX_DESCRIPTION_BYTES} are read"
            )
        if name == "link" and not _URL.fullmatch(text):
            yield Finding(where, f'link is "{text}"', "write an absolute address, percent-encoded")


def _short(element: _Element) -> str:
    """`{http://…}author` as `itunes:author`."""
    tag = str(element.tag)
    prefix = next((prefix for prefix, uri in NAMESPACES.items() if tag.startswith(f"{{{uri}}}")), None)
    return f"{prefix}:{tag.rpartition('}')[2]}" if prefix else tag


def _self_link(channel: _Element, feed_url: str | None) -> Iterator[Finding]:
    links = [link for link in channel.findall(path_of("atom:link")) if link.get("rel") == "self"]
    if len(links) != 1:
        yield Finding(
            FEED_FILE, 'the channel has not one atom:link with rel="self"', "let it name the feed's own address"
        )
        return
    if feed_url is not None and links[0].get("href") != feed_url:
        message = f"atom:link names {links[0].get('href')}, and the feed is at {feed_url}"
        yield Finding(FEED_FILE, message, "publish with --base-url set to where the folder is")
    if links[0].get("type") != FEED_TYPE:
        yield Finding(FEED_FILE, f'atom:link has the type "{links[0].get("type")}"', f"write {FEED_TYPE}")


def _categories(channel: _Element) -> Iterator[Finding]:
    tag = path_of("itunes:category")
    for category in channel.findall(tag):
        for parts in [[category], *([category, inner] for inner in category.findall(tag))]:
            try:
                read_category(" > ".join(part.get("text", "") for part in parts))
            except ValueError as error:
                message, _, hint = str(error).partition("; ")
                yield Finding(FEED_FILE, message, hint)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def item_findings(channel: _Element, *, now: datetime) -> Iterator[Finding]:
    """What is wrong with the episodes, one by one and among each other."""
    items = channel.findall("item")
    if not items:
        yield Finding(FEED_FILE, "holds no episode", "directories take a show with at least one", "advice")
    is_serial = channel.findtext(path_of("itunes:type")) == "serial"
    for item in items:
        where = place_of(item)
        yield from _values(item, where)
        yield from _required_of(item, where)
        yield from _numbers_of(item, where, is_serial=is_serial)
    yield from _twins(items)
    yield from _dates(items, now)


def _required_of(item: _Element, where: str) -> Iterator[Finding]:
    if not (item.findtext("title") or "").strip():
        yield Finding(where, "has no title", "write one")
    for tag in ("description", "link"):
        if not (item.findtext(tag) or "").strip():
            yield Finding(where, f"has no {tag}", "write one", "advice")
    yield from _enclosures(item, where)
    guid = item.find("guid")
    if guid is None or not (guid.text or "").strip():
        yield Finding(where, "has no guid", "give it one, and never change it")
    elif guid.get("isPermaLink", "true") != "false" and not urlsplit(guid.text or "").scheme:
        yield Finding(where, "its guid is no address", 'write isPermaLink="false"')


def _enclosures(item: _Element, where: str) -> Iterator[Finding]:
    enclosures = item.findall("enclosure")
    if len(enclosures) != 1:
        yield Finding(where, f"has {len(enclosures)} enclosures", "name one sound file, no more")
    for enclosure in enclosures:
        url, length = enclosure.get("url", ""), enclosure.get("length", "")
        if not _URL.fullmatch(url):
            yield Finding(where, f'its enclosure is at "{url}"', "write an absolute address, percent-encoded")
        if not _COUNT.fullmatch(length):
            yield Finding(where, f'its enclosure has the length "{length}"', "write the file's length in bytes")


def _numbers_of(item: _Element, where: str, *, is_serial: bool) -> Iterator[Finding]:
    duration = item.findtext(path_of("itunes:duration"))
    if duration is None:
        yield Finding(where, "has no itunes:duration", "write it in whole seconds", "advice")
    elif not _DURATION.fullmatch(duration):
        yield Finding(where, f'its itunes:duration is "{duration}"', "write it in whole seconds")
    for tag in ("itunes:season", "itunes:episode"):
        number = item.findtext(path_of(tag))
        if number is not None and not _COUNT.fullmatch(number):
            yield Finding(where, f'its {tag} is "{number}"', "write a number from 1 on")
    kind = item.findtext(path_of("itunes:episodeType")) or "full"
    if is_serial and kind == "full" and item.find(path_of("itunes:episode")) is None:
        yield Finding(where, "has no number, and the show is serial", "number: under episode: in its script")


def _twins(items: Sequence[_Element]) -> Iterator[Finding]:
    guids = Counter(item.findtext("guid") for item in items)
    urls = Counter(enclosure.get("url") for item in items for enclosure in item.findall("enclosure"))
    for what, counts in (("guid", guids), ("enclosure", urls)):
        for value, count in counts.items():
            if value and count > 1:
                yield Finding(FEED_FILE, f"{count} episodes have the {what} {value}", "each needs its own")


def _dates(items: Sequence[_Element], now: datetime) -> Iterator[Finding]:
    dates: list[datetime] = []
    for item in items:
        where, written = place_of(item), item.findtext("pubDate") or ""
        try:
            date = parsedate_to_datetime(written)
        except (ValueError, TypeError):
            yield Finding(where, f'its pubDate is "{written}"', "write it as Sun, 22 Nov 2026 08:00:00 +0000")
            continue
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        if "," in written and written[:3] != format_datetime(date)[:3]:
            yield Finding(
                where, f"its pubDate names the wrong day of the week: {written}", f"it is {format_datetime(date)[:3]}"
            )
        if date > now:
            yield Finding(
                where, f"its pubDate has not come: {written}", "apps show it wrongly or hide it; publish it then"
            )
        dates.append(date)
    if any(one == other for one, other in pairwise(sorted(dates))):
        yield Finding(FEED_FILE, "two episodes have the same pubDate", "apps order them as they like: set them apart")
    if any(one < other for one, other in pairwise(dates)):
        yield Finding(FEED_FILE, "the episodes are not newest first", _AGAIN)
