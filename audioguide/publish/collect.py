"""Built episodes -> what is published of them: facts for the feed, and the files to copy, named after their content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

from audioguide.episode import guid_of
from audioguide.errors import FeedError
from audioguide.plan import Plan
from audioguide.publish.model import (
    FeedChapter,
    FeedEpisode,
    Line,
    MediaFile,
    Person,
    TranscriptFile,
)
from audioguide.publish.wording import file_stem, line, prose, web_address
from audioguide.script.model import Episode

TRANSCRIPT_SUFFIXES = {
    "text/vtt": ".vtt",
    "application/x-subrip": ".srt",
    "application/json": ".transcript.json",
    "text/html": ".transcript.html",
}
"""A transcript's media type -> how its name ends in the folder; beside them lies the episode's page."""
_IMAGES = ((b"\xff\xd8\xff", ".jpg"), (b"\x89PNG\r\n\x1a\n", ".png"))
_HASH_CHARS = 10


@dataclass(frozen=True, slots=True)
class Built:
    """An episode that was built: its plan, its folder, and the content of episode.json."""

    plan: Plan
    folder: Path
    facts: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The episode's permanent id."""
        return self.plan.id

    @property
    def script(self) -> str:
        """The script's file, for messages."""
        return str(self.plan.loaded.path)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file for the folder that never changes: its name holds a part of its hash."""

    source: Path | bytes
    sha256: str
    bytes: int


@dataclass(slots=True)
class Collected:
    """What was found of an episode, and what is to be told about it."""

    episode: FeedEpisode
    assets: dict[str, Asset] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


def content_name(stem: str, sha256: str, suffix: str) -> str:
    """`legs.1a2b3c4d5e.mp3`: another content has another name, and so another address."""
    return f"{stem}.{sha256[:_HASH_CHARS]}{suffix}"


def bytes_asset(data: bytes) -> Asset:
    """An asset that is in memory."""
    return Asset(data, hashlib.sha256(data).hexdigest(), len(data))


def collect(built: Built, *, explicit: bool) -> Collected:
    """All that is published of an episode; `explicit` is the show's. Its date is provisional. Raises FeedError."""
    return _Collector(built).collect(explicit=explicit)


def image_asset(stem: str, path: Path) -> tuple[str, Asset]:
    """A JPEG or PNG file under its name in the folder, whose ending tells what it is. Raises FeedError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FeedError(
            f"cannot be read: {error.strerror}", where=str(path), hint="check the picture's path"
        ) from error
    suffix = next((suffix for magic, suffix in _IMAGES if data.startswith(magic)), None)
    if suffix is None:
        raise FeedError("is neither a JPEG nor a PNG picture", where=str(path), hint="save it as one of them")
    asset = bytes_asset(data)
    return content_name(stem, asset.sha256, suffix), asset


class _Collector:
    """Holds one episode while it is looked through."""

    def __init__(self, built: Built) -> None:
        self.built = built
        self.written: Episode = built.plan.script.episode
        self.stem = file_stem(built.id)
        self.assets: dict[str, Asset] = {}
        self.notices: list[str] = []

    def collect(self, *, explicit: bool) -> Collected:
        plan, written = self.built.plan, self.written
        media, transcripts = self._files()
        if not media:
            raise FeedError("the built episode has no sound file", where=self.built.script, hint="build it again")
        image = plan.loaded.root / written.image if written.image else None
        episode = FeedEpisode(
            id=self.built.id,
            guid=str(self.built.facts.get("guid") or guid_of(plan)),
            title=line(plan.title) or self.built.id,
            subtitle=line(written.subtitle),
            description=prose(written.description),
            published=moment(written.date) if written.date else datetime.fromtimestamp(0, UTC),
            duration_s=float(self.built.facts["duration_s"]),
            media=tuple(media),
            chapters=tuple(self._chapters()),
            chapters_file="",
            transcripts=tuple(transcripts),
            image=self._image(f"{self.stem}.cover", image) if image else None,
            season=written.season,
            number=written.number,
            type=written.type or "full",
            explicit=explicit if written.explicit is None else written.explicit,
            people=tuple(self._people()),
            tags=tuple(tag for tag in map(line, written.tags) if tag),
            link=self._address(written.link, "episode.link"),
            license=line(written.license) or None,
            lines=self._lines(transcripts),
            language=plan.language,
            page=f"{self.stem}.html",
        )
        return Collected(episode, self.assets, self.notices)

    def _files(self) -> tuple[list[MediaFile], list[TranscriptFile]]:
        media, transcripts = [], []
        for file in self.built.facts["files"]:
            kind, digest = str(file["type"]), str(file["sha256"])
            is_sound = kind.startswith("audio/")
            suffix = PurePath(file["name"]).suffix if is_sound else TRANSCRIPT_SUFFIXES.get(kind)
            if suffix is None:
                continue
            name = content_name(self.stem, digest, suffix)
            self.assets[name] = Asset(self.built.folder / file["name"], digest, int(file["bytes"]))
            if is_sound:
                media.append(MediaFile(name, kind, int(file["bytes"]), digest))
            else:
                language = self.built.plan.language
                transcripts.append(TranscriptFile(name, kind, kind != "text/html", language))
        return media, transcripts

    def _chapters(self) -> Iterator[FeedChapter]:
        sections = {section.id: section for section in self.built.plan.sections}
        for chapter in self.built.facts["chapters"]:
            section = sections.get(chapter["id"])
            if section is None:
                raise FeedError("changed since it was built", where=self.built.script, hint="publish it again")
            place = section.location
            yield FeedChapter(
                start_s=chapter["start_s"],
                end_s=chapter["end_s"],
                title=line(chapter["title"]) or chapter["id"],
                image=self._image(f"{self.stem}.chapter", section.image) if section.image else None,
                link=self._address(section.link, f"the link of section {section.id}"),
                location=(line(place[0]), line(place[1])) if place else None,
            )

    def _image(self, stem: str, path: Path) -> str:
        name, asset = image_asset(stem, path)
        self.assets[name] = asset
        return name

    def _people(self) -> Iterator[Person]:
        for person in self.written.people:
            role = line(person.role).lower() or None
            if name := line(person.name):
                yield Person(name, role, self._address(person.url, f"the url of {name}"))

    def _address(self, url: str | None, what: str) -> str | None:
        address = web_address(url)
        if url and address is None:
            self.notices.append(f"{self.built.id}: {what} is no address of the web and is left out: {line(url)}")
        return address

    def _lines(self, transcripts: Sequence[TranscriptFile]) -> tuple[Line, ...]:
        name = next((file.name for file in transcripts if file.type == "application/json"), None)
        source = self.assets[name].source if name else None
        return read_lines(source) if isinstance(source, Path) else ()


def moment(date: datetime) -> datetime:
    """A date as feeds tell it: whole seconds, with a time zone."""
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).replace(microsecond=0)


def read_lines(path: Path) -> tuple[Line, ...]:
    """The sentences of a JSON transcript. Raises FeedError for one that cannot be read."""
    try:
        segments = json.loads(path.read_bytes())["segments"]
        return tuple(
            Line(float(one["startTime"]), float(one["endTime"]), one.get("speaker"), str(one["body"]))
            for one in segments
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FeedError(
            "is not a transcript that can be read", where=str(path), hint="publish its script again"
        ) from error
