"""What tests of publishing share: episodes built with the tone engine, a folder they are published to, its feed as read."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from audioguide.publish.check import check_folder
from audioguide.publish.collect import Built
from audioguide.publish.feed import NAMESPACES
from audioguide.publish.model import FeedChapter, FeedEpisode, FeedShow, Finding, MediaFile, TranscriptFile
from audioguide.publish.publication import Published, Request, publish, unpublish
from tests.desk import Desk, Document

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
BASE = "https://example.org/show/"

SHOW = FeedShow(
    id="show",
    title="A show",
    author="Somebody",
    owner_name="Somebody",
    owner_email="somebody@example.org",
    description="What it is about.",
    language="en",
    category=("Health & Fitness", "Fitness"),
    explicit=False,
    image="cover.0123456789.png",
    link="https://example.org/",
    type="episodic",
    guid="0495cb90-b9d0-50ba-b94b-a40da5f73898",
    base_url=BASE,
)
EPISODE = FeedEpisode(
    id="one",
    guid="7b133b0f-a052-5aff-bbad-2237e2f25117",
    title="The first",
    subtitle="",
    description="What it tells.",
    published=datetime(2026, 11, 22, 8, tzinfo=UTC),
    duration_s=100.4,
    media=(MediaFile("one.0123456789.mp3", "audio/mpeg", 12345, "0" * 64),),
    chapters=(FeedChapter(0, 30.5, "Hello"), FeedChapter(30.5, 60, "Middle"), FeedChapter(60, 100.4, "End")),
    chapters_file="one.0123456789.chapters.json",
    transcripts=(TranscriptFile("one.0123456789.vtt", "text/vtt", is_timed=True, language="en"),),
    image=None,
    season=None,
    number=None,
    type="full",
    explicit=False,
    people=(),
    tags=(),
    link=None,
    license=None,
    lines=(),
    language="en",
    page="one.html",
)


def document(title: str, *, words: str = "", **episode: Any) -> Document:
    """A script of three short chapters, spoken by the tone engine."""
    return {
        "version": 1,
        "episode": {"title": title, "language": "en", **episode},
        "voices": {"host": {"engine": "tone"}},
        "sections": [
            {"title": "Hello", "segments": [f"Good morning to everybody who listens. {words}".strip()]},
            {"title": "Middle", "segments": ["This is what it is all about."]},
            {"title": "End", "segments": ["That was all for today."]},
        ],
    }


@cache
def _cover() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1400, 1400), "#14213d").save(file, "PNG")
    return file.getvalue()


@dataclasses.dataclass
class Site:
    """A folder that episodes are published to."""

    desk: Desk
    folder: Path
    now: datetime = NOW
    drawn: bool = False
    """Whether a cover is drawn, which takes seconds; else every show has one."""

    def built(self, name: str, script: Mapping[str, Any]) -> Built:
        """A script, built as NAME.yaml."""
        if not self.drawn:
            script = {**script, "show": {"image": "default.png", **script.get("show", {})}}
            (self.desk.folder / "default.png").write_bytes(_cover())
        made = self.desk.run(
            dataclasses.replace(self.desk.order(script), script=self.desk.write(script, f"{name}.yaml"))
        )
        return Built(made.plan, made.folder, made.facts)

    def publish(self, *built: Built, **request: Any) -> Published:
        """Publish what was built."""
        return publish(built, self._request(request))

    def add(self, name: str, script: Mapping[str, Any], **request: Any) -> Published:
        """Build a script and publish it."""
        return self.publish(self.built(name, script), **request)

    def unpublish(self, *ids: str, erase: bool = False) -> Published:
        """Take episodes out."""
        return unpublish(ids, self._request({}), erase=erase)

    def _request(self, request: Mapping[str, Any]) -> Request:
        return Request(**{"folder": self.folder, "now": self.now, "base_url": BASE, **request})

    def later(self, **step: float) -> None:
        """The clock goes on."""
        self.now += timedelta(**step)

    @property
    def channel(self) -> ET.Element:
        """The feed's channel."""
        return channel_of((self.folder / "feed.xml").read_bytes())

    @property
    def items(self) -> list[ET.Element]:
        """The feed's episodes."""
        return self.channel.findall("item")

    def titles(self) -> list[str | None]:
        """The titles of the feed's episodes, in its order."""
        return [item.findtext("title") for item in self.items]

    def names(self) -> set[str]:
        """Every file of the folder."""
        return {path.name for path in self.folder.iterdir()}

    def snapshot(self) -> dict[str, tuple[int, int, bytes]]:
        """Every file: its time of change, its inode, its content."""
        paths = sorted(self.folder.iterdir())
        return {path.name: (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes()) for path in paths}


def channel_of(data: bytes) -> ET.Element:
    """A feed's channel, as a plain XML reader reads it."""
    found = ET.fromstring(data).find("channel")  # noqa: S314 - our own feed
    assert found is not None
    return found


def find(element: ET.Element, path: str) -> ET.Element | None:
    """An element by a path such as `itunes:owner/itunes:email`."""
    return element.find(path, NAMESPACES)


def text(element: ET.Element, path: str) -> str | None:
    """Its text."""
    return element.findtext(path, namespaces=NAMESPACES)


def named_files(channel: ET.Element) -> Sequence[tuple[str, int | None]]:
    """Every file of the folder that the feed names, with its length where the feed tells it."""
    found: list[tuple[str, int | None]] = []
    for element in channel.iter():
        for attribute in ("url", "href", "uri", "image"):
            url = element.get(attribute, "")
            if url.startswith(BASE) and url != f"{BASE}feed.xml":
                length = element.get("length") if element.tag == "enclosure" else None
                found.append((url.removeprefix(BASE), int(length) if length else None))
    return found


@pytest.fixture
def site(desk: Desk) -> Site:
    """An empty place to publish to."""
    return Site(desk, desk.folder / "site")


def errors(site: Site) -> list[Finding]:
    """What our own check of the folder calls an error."""
    return [finding for finding in check_folder(site.folder, now=site.now) if finding.level == "error"]


def cover(path: Path, *, side: int = 1400, mode: str = "RGB") -> str:
    """A picture; its name."""
    Image.new(mode, (side, side), 3).save(path)
    return path.name


def guids(site: Site) -> dict[str | None, str | None]:
    """The guid of each episode, by its title."""
    return {item.findtext("title"): item.findtext("guid") for item in site.items}


def enclosure(site: Site, number: int = 0) -> str:
    """The name of an episode's sound file."""
    found = site.items[number].find("enclosure")
    assert found is not None
    return unquote(found.get("url", "").removeprefix(BASE))
