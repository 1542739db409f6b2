"""What a feed names must be there, and be what the feed says: sound, chapters, transcripts, cover."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from audioguide.files import scratch_folder
from audioguide.publish.check_feed import path_of, place_of
from audioguide.publish.feed import CHAPTERS_TYPE, FEED_FILE
from audioguide.publish.model import Finding
from audioguide.publish.pictures import HEAVY_BYTES
from audioguide.publish.proof import FEED_TYPES
from audioguide.publish.show import cover_findings

if TYPE_CHECKING:
    from lxml.etree import _Element

_AGAIN = "publish it again, and copy the whole folder"
_ROUNDING_S = 0.01
_VTT_TIMES = re.compile(r"^((?:\d+:)?\d\d:\d\d\.\d{3}) --> ((?:\d+:)?\d\d:\d\d\.\d{3})", re.MULTILINE)
_SRT_TIMES = re.compile(r"^(\d\d:\d\d:\d\d,\d{3}) --> (\d\d:\d\d:\d\d,\d{3})", re.MULTILINE)


class NotThere(Exception):
    """A file cannot be had; its text says why."""


@dataclass(frozen=True, slots=True)
class Served:
    """What is known of a file without reading it all."""

    bytes: int | None
    media_type: str
    has_ranges: bool = True
    is_sound: bool = True


class Source(Protocol):
    """Where a feed's files are, by their URL. Both raise NotThere."""

    def read(self, url: str) -> bytes:
        """A whole file."""

    def look_up(self, url: str) -> Served:
        """What is known of a file of any length."""


def file_findings(channel: _Element, source: Source) -> Iterator[Finding]:
    """What is wrong with the files that a feed names."""
    cover = channel.find(path_of("itunes:image"))
    if cover is not None:
        yield from _cover(FEED_FILE, cover.get("href", ""), source)
    for item in channel.findall("item"):
        where = place_of(item)
        image = item.find(path_of("itunes:image"))
        if image is not None:
            yield from _cover(where, image.get("href", ""), source)
        for enclosure in item.findall("enclosure"):
            yield from _enclosure(where, enclosure, source)
        yield from _chapters(where, item, source)
        for transcript in item.findall(path_of("podcast:transcript")):
            yield from _transcript(where, item, transcript, source)


def _cover(where: str, url: str, source: Source) -> Iterator[Finding]:
    try:
        data = source.read(url)
    except NotThere as error:
        yield Finding(where, f"its cover {url} {error}", _AGAIN)
        return
    if len(data) > HEAVY_BYTES:
        hint = "phones fetch it: save it as JPEG, below 0.5 MB"
        yield Finding(where, f"its cover {url} weighs {len(data) / 1e6:.1f} MB", hint, "advice")
    with scratch_folder() as folder:
        path = folder / (PurePosixPath(unquote(urlsplit(url).path)).name or "cover")
        path.write_bytes(data)
        for finding in cover_findings(path):
            yield Finding(where, f"its cover {url}: {finding.message}", finding.hint)


def _enclosure(where: str, enclosure: _Element, source: Source) -> Iterator[Finding]:
    url, kind = enclosure.get("url", ""), enclosure.get("type", "")
    if kind not in FEED_TYPES:
        yield Finding(where, f'its enclosure has the type "{kind}"', f"players take {', '.join(FEED_TYPES)}")
    try:
        served = source.look_up(url)
    except NotThere as error:
        yield Finding(where, f"its enclosure {url} {error}", _AGAIN)
        return
    if served.bytes is not None and str(served.bytes) != enclosure.get("length"):
        message = f"its enclosure is {served.bytes} bytes long, not {enclosure.get('length')}"
        yield Finding(where, message, _AGAIN)
    if not served.is_sound:
        yield Finding(where, f"its enclosure {url} is no sound file", _AGAIN)
    if served.media_type and not served.media_type.startswith("audio/"):
        yield Finding(where, f"its enclosure is served as {served.media_type}", f"let the host serve it as {kind}")
    if not served.has_ranges:
        yield Finding(where, "its host answers no Range: players cannot seek", "serve the folder from a static host")


def _chapters(where: str, item: _Element, source: Source) -> Iterator[Finding]:
    """The JSON chapters by themselves, and beside the Podlove chapters of the feed."""
    named = item.find(path_of("podcast:chapters"))
    if named is None:
        return
    url = named.get("url", "")
    if named.get("type") != CHAPTERS_TYPE:
        yield Finding(where, f'its podcast:chapters have the type "{named.get("type")}"', f"write {CHAPTERS_TYPE}")
    try:
        document = _json(source.read(url))
        found = [(float(one["startTime"]), str(one["title"])) for one in document["chapters"]]
        inline = item.findall(path_of("psc:chapters/psc:chapter"))
        podlove = [(_seconds(one.get("start", "")), one.get("title", "")) for one in inline]
    except NotThere as error:
        yield Finding(where, f"its chapters {url} {error}", _AGAIN)
    except (KeyError, TypeError, ValueError):
        yield Finding(where, f"its chapters {url} are not in the namespace's form", _AGAIN)
    else:
        if not isinstance(document.get("version"), str):
            yield Finding(where, "the version of its chapters is no string", 'write "1.2.0"')
        yield from _chapter_times(where, found, podlove, _duration_s(item))


_Times = list[tuple[float, str]]


def _chapter_times(where: str, found: _Times, podlove: _Times, duration_s: float) -> Iterator[Finding]:
    if not found or found[0][0] != 0 or any(one >= other for (one, _), (other, _) in pairwise(found)):
        yield Finding(where, "its chapters do not begin at 0 and go on in order", _AGAIN)
    if found and found[-1][0] >= duration_s:
        yield Finding(where, "its last chapter begins after the end", _AGAIN)
    if podlove and not _agree(found, podlove):
        yield Finding(where, "its chapters and psc:chapters do not agree", _AGAIN)


def _agree(one: _Times, other: _Times) -> bool:
    return len(one) == len(other) and all(
        title == same and abs(start - at) <= _ROUNDING_S for (start, title), (at, same) in zip(one, other, strict=True)
    )


def _json(data: bytes) -> Mapping[str, Any]:
    document = json.loads(data)
    if not isinstance(document, dict):
        raise TypeError
    return document


def _transcript(where: str, item: _Element, transcript: _Element, source: Source) -> Iterator[Finding]:
    url, kind = transcript.get("url", ""), transcript.get("type", "")
    if kind not in _READERS:
        yield Finding(where, f'its transcript has the type "{kind}"', f"the types are {', '.join(_READERS)}")
        return
    if transcript.get("rel") == "captions" and kind in {"text/html", "text/plain"}:
        yield Finding(where, f"its transcript {url} holds no times", 'leave rel="captions" out')
    try:
        times = _READERS[kind](source.read(url))
    except NotThere as error:
        yield Finding(where, f"its transcript {url} {error}", _AGAIN)
        return
    except (KeyError, TypeError, ValueError):
        yield Finding(where, f"its transcript {url} is not {kind}", _AGAIN)
        return
    if any(start > end or end > _duration_s(item) + 1 for start, end in times):
        yield Finding(where, f"its transcript {url} goes on after the sound", _AGAIN)
    if any(one[0] > other[0] for one, other in pairwise(times)):
        yield Finding(where, f"its transcript {url} is out of order", _AGAIN)


def _vtt(data: bytes) -> list[tuple[float, float]]:
    text = data.decode("utf-8").removeprefix("\ufeff")
    if not re.match(r"WEBVTT(?:[ \t\r\n]|$)", text):
        raise ValueError("no WEBVTT")
    return [(_seconds(start), _seconds(end)) for start, end in _VTT_TIMES.findall(text)]


def _srt(data: bytes) -> list[tuple[float, float]]:
    times = _SRT_TIMES.findall(data.decode("utf-8").removeprefix("\ufeff"))
    if data.strip() and not times:
        raise ValueError("no times")
    return [(_seconds(start), _seconds(end)) for start, end in times]


def _segments(data: bytes) -> list[tuple[float, float]]:
    return [(float(one["startTime"]), float(one["endTime"])) for one in _json(data)["segments"]]


def _text(data: bytes) -> list[tuple[float, float]]:
    data.decode("utf-8")
    return []


_READERS = {
    "text/vtt": _vtt,
    "application/x-subrip": _srt,
    "application/srt": _srt,
    "application/json": _segments,
    "text/html": _text,
    "text/plain": _text,
}


def _seconds(written: str) -> float:
    """`1:02:03.4`, `02:03,4` or `123.4` in seconds. Raises ValueError."""
    total = 0.0
    for part in written.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total


def _duration_s(item: _Element) -> float:
    try:
        return _seconds(item.findtext(path_of("itunes:duration")) or "") + 1
    except ValueError:
        return float("inf")
