"""What is published: a show, its episodes, and their files. Every default is resolved, every text fit for XML.

Names of files are relative to the folder, and so to its base URL.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote

Level = Literal["error", "advice"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be, with what to do about it."""

    where: str
    """The file, and the place in it where there is one."""
    message: str
    hint: str
    level: Level = "error"
    """`advice`: it works, and would be better otherwise."""


@dataclass(frozen=True, slots=True)
class FeedShow:
    """The podcast as its feed tells it."""

    id: str
    title: str
    author: str
    owner_name: str
    owner_email: str
    """Empty where the show names no owner."""
    description: str
    language: str
    """BCP 47."""
    category: tuple[str, ...]
    """Apple's category, and its subcategory where one is named."""
    explicit: bool
    image: str
    """The cover's file name in the folder."""
    link: str
    type: Literal["episodic", "serial"]
    guid: str
    """The `podcast:guid`: assigned once, never recomputed."""
    base_url: str
    """Where the folder is hosted; ends with a slash."""
    medium: str = "podcast"

    @property
    def feed_url(self) -> str:
        """The feed's own URL."""
        return self.url("feed.xml")

    def url(self, name: str) -> str:
        """The absolute URL of a file of the folder, percent-encoded."""
        return self.base_url + quote(name)


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A sound file of an episode, under its name in the folder."""

    name: str
    type: str
    """The media type: `audio/mpeg`."""
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FeedChapter:
    """A chapter. Chapters tile the episode: each ends where the next begins."""

    start_s: float
    end_s: float
    title: str
    image: str | None = None
    """The file name of its picture in the folder."""
    link: str | None = None
    location: tuple[str, str] | None = None
    """A place's name, and its latitude and longitude as `47.37,8.54`."""


@dataclass(frozen=True, slots=True)
class TranscriptFile:
    """A transcript under its name in the folder."""

    name: str
    type: str
    is_timed: bool
    """Whether a player can show it in time with the sound."""
    language: str


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence as it is written, from the start of its speech to the end of it."""

    start_s: float
    end_s: float
    speaker: str | None
    """None where the episode has one voice."""
    text: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody heard in the episode or at work on it."""

    name: str
    role: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class FeedEpisode:
    """An episode as the feed and its page tell it."""

    id: str
    guid: str
    title: str
    subtitle: str
    """Empty where there is none."""
    description: str
    """Plain text; blank lines part its paragraphs."""
    published: datetime
    """With a time zone; no other episode of the show has the same."""
    duration_s: float
    media: tuple[MediaFile, ...]
    """The first is the feed's enclosure."""
    chapters: tuple[FeedChapter, ...]
    chapters_file: str
    """The name of the JSON chapters in the folder."""
    transcripts: tuple[TranscriptFile, ...]
    image: str | None
    """The cover's file name in the folder, where the episode has its own."""
    season: int | None
    number: int | None
    type: Literal["full", "trailer", "bonus"]
    explicit: bool
    people: tuple[Person, ...]
    tags: tuple[str, ...]
    link: str | None
    """The article's page, where the script names one; `page` is the episode's own."""
    license: str | None
    lines: tuple[Line, ...]
    language: str
    """BCP 47."""
    page: str
    """The file name of its page in the folder."""
