"""Built episodes of kind `guide` -> the guide, and the files to copy, named after their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from audioguide.errors import FeedError
from audioguide.guide.model import Edition, Guide, Picture, Place, Stop, Track
from audioguide.guide.pictures import scaled
from audioguide.publish.collect import Asset, bytes_asset, content_name, read_lines
from audioguide.publish.wording import line, prose, web_address

MEDIA = "media/"
_AGAIN = "build it again with --force"


@dataclass(frozen=True, slots=True)
class Told:
    """A guide in one language as it was built."""

    folder: Path
    """Where it was built."""
    facts: Mapping[str, Any]
    """The content of its episode.json."""
    root: Path
    """The script's folder, to which pictures are relative."""
    script: str
    """The script's file, for messages."""
    description: str = ""


@dataclass(slots=True)
class Collected:
    """The guide, the files that it is made of, and what is to be told."""

    guide: Guide
    assets: dict[str, Asset]
    pictures: dict[str, Picture]
    """By the SHA-256 of the file that was written in the script."""
    notices: list[str]


def collect(
    told: Sequence[Told], base_url: str, *, reference: str | None, pictures: Mapping[str, Picture]
) -> Collected:
    """All that is published. `reference`: the language of the landing page; None: the first script's.

    `pictures`: those that lie in the folder already. Raises FeedError.
    """
    for one in told:
        if one.facts.get("kind") != "guide":
            hint = "write kind: guide under episode:, and stop: numbers in its sections"
            raise FeedError("is no audio guide", where=one.script, hint=hint)
    languages = [str(one.facts["language"]) for one in told]
    _refuse_twins(told, languages)
    wanted = f"{reference or languages[0]}-".lower()
    first = next((n for n, language in enumerate(languages) if f"{language}-".lower().startswith(wanted)), 0)
    collector = _Collector(pictures)
    ordered = [told[first], *(one for n, one in enumerate(told) if n != first)]
    editions = tuple(collector.edition(one, is_reference=n == 0) for n, one in enumerate(ordered))
    guide = Guide(str(ordered[0].facts["id"]), base_url, editions)
    _refuse_disagreement(guide, ordered)
    return Collected(guide, collector.assets, collector.used, collector.notices)


def _refuse_twins(told: Sequence[Told], languages: Sequence[str]) -> None:
    seen: dict[str, Told] = {}
    for one, language in zip(told, languages, strict=True):
        if other := seen.get(language.lower()):
            message = f"has the language of {other.script}: {language}"
            raise FeedError(message, where=one.script, hint="publish each guide to a folder of its own")
        seen[language.lower()] = one


def _refuse_disagreement(guide: Guide, told: Sequence[Told]) -> None:
    """A number is one stop in all languages."""
    known: dict[int, str] = {}
    for one, edition in zip(told, guide.editions, strict=True):
        for stop in edition.stops:
            if (before := known.setdefault(stop.number, stop.id)) != stop.id:
                message = f"stop {stop.number} is {stop.id} here and {before} in another language"
                raise FeedError(message, where=one.script, hint="give both sections the same id")


@dataclass(slots=True)
class _Collector:
    """Gathers files while the languages are looked through."""

    known: Mapping[str, Picture]
    assets: dict[str, Asset] = field(default_factory=dict)
    used: dict[str, Picture] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def edition(self, told: Told, *, is_reference: bool) -> Edition:
        """The guide in one language."""
        language = str(told.facts["language"])
        stops = tuple(self._stop(told, language, facts) for facts in told.facts["stops"])
        title = line(str(told.facts["title"])) or str(told.facts["id"])
        folder = "" if is_reference else f"{language}/"
        return Edition(language, title, prose(told.description), stops, folder)

    def _stop(self, told: Told, language: str, facts: Mapping[str, Any]) -> Stop:
        number = int(facts["number"])
        stem = f"{MEDIA}{number:03}-{facts['id']}"
        more = facts.get("more")
        return Stop(
            number=number,
            id=str(facts["id"]),
            title=line(str(facts["title"])) or str(facts["id"]),
            track=self._track(told, f"{stem}.{language}", facts),
            more=self._track(told, f"{stem}.{language}.more", more) if more else None,
            picture=self._picture(stem, told.root / facts["image"]) if facts.get("image") else None,
            place=_place(facts.get("location")),
            link=self._link(told, facts.get("link"), number),
        )

    def _track(self, told: Told, stem: str, facts: Mapping[str, Any]) -> Track:
        path = told.folder / facts["file"]
        name = content_name(stem, facts["sha256"], PurePath(facts["file"]).suffix)
        self.assets[name] = _checked(path, facts["sha256"], facts["bytes"])
        transcript = told.folder / facts["transcript"] if facts.get("transcript") else None
        return Track(
            name=name,
            type=str(facts["type"]),
            bytes=int(facts["bytes"]),
            sha256=str(facts["sha256"]),
            duration_s=float(facts["duration_s"]),
            lines=read_lines(transcript) if transcript else (),
            transcript=self._copied(stem, transcript, ".transcript.json") if transcript else None,
            vtt=self._copied(stem, told.folder / facts["vtt"], ".vtt") if facts.get("vtt") else None,
        )

    def _copied(self, stem: str, path: Path, suffix: str) -> str:
        asset = bytes_asset(_read(path, _AGAIN))
        name = content_name(stem, asset.sha256, suffix)
        self.assets[name] = asset
        return name

    def _picture(self, stem: str, path: Path) -> Picture:
        digest = hashlib.sha256(_read(path, "check the picture's path")).hexdigest()
        if digest not in self.used:
            self.used[digest] = self.known.get(digest) or self._scaled(stem, path)
        return self.used[digest]

    def _scaled(self, stem: str, path: Path) -> Picture:
        large, small, (width_px, height_px) = scaled(path)
        names = []
        for data, suffix in ((large, ".jpg"), (small, ".small.jpg")):
            asset = bytes_asset(data)
            names.append(content_name(stem, asset.sha256, suffix))
            self.assets[names[-1]] = asset
        return Picture(names[0], names[1], width_px, height_px, len(large))

    def _link(self, told: Told, link: str | None, number: int) -> str | None:
        address = web_address(link)
        if link and address is None:
            self.notices.append(f"{told.script}: the link of stop {number} is no address of the web and is left out")
        return address


def _checked(path: Path, sha256: str, size_bytes: int) -> Asset:
    """A file that was built, as it was built. Raises FeedError."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FeedError(f"cannot be read: {error.strerror}", where=str(path), hint=_AGAIN) from error
    if digest != sha256:
        raise FeedError("is not the file that was built: somebody changed it", where=str(path), hint=_AGAIN)
    return Asset(path, sha256, int(size_bytes))


def _read(path: Path, hint: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FeedError(f"cannot be read: {error.strerror}", where=str(path), hint=hint) from error


def _place(location: Mapping[str, Any] | None) -> Place | None:
    if not location:
        return None
    latitude, longitude = (float(part) for part in str(location["geo"]).removeprefix("geo:").split(","))
    return Place(line(str(location["name"])), latitude, longitude)
