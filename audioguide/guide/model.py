"""What a guide is once every default is resolved: languages, stops, tracks. Names of files are relative to the folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audioguide.publish.model import Line


@dataclass(frozen=True, slots=True)
class Track:
    """A sound of a stop, with its words."""

    name: str
    """The file in the folder."""
    type: str
    """The media type: `audio/mpeg`."""
    bytes: int
    sha256: str
    duration_s: float
    lines: tuple[Line, ...]
    transcript: str | None
    """The JSON transcript's file."""
    vtt: str | None
    """The captions' file."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in two sizes."""

    name: str
    small: str
    """A square of it."""
    width_px: int
    height_px: int
    bytes: int
    """The size of the large file."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stop is, in degrees."""

    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop in one language."""

    number: int
    id: str
    title: str
    track: Track
    more: Track | None
    picture: Picture | None
    place: Place | None
    link: str | None

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The sound, and the extra one where there is one."""
        return (self.track, self.more) if self.more else (self.track,)

    @property
    def files(self) -> dict[str, int]:
        """What plays and shows it without a network: each file with its length in bytes."""
        files = {track.name: track.bytes for track in self.tracks}
        return {**files, self.picture.name: self.picture.bytes} if self.picture else files


@dataclass(frozen=True, slots=True)
class Edition:
    """The guide in one language."""

    language: str
    """BCP 47."""
    title: str
    description: str
    """Empty where there is none."""
    stops: tuple[Stop, ...]
    """In the order of the script."""
    folder: str
    """Where its page lies: empty for the reference language, else `de/`."""


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide in all its languages."""

    id: str
    base_url: str
    """Where the folder is hosted; ends with a slash."""
    editions: tuple[Edition, ...]
    """The reference language first."""

    @property
    def reference(self) -> Edition:
        """The language of the landing page."""
        return self.editions[0]

    def address(self, number: int) -> str:
        """The permanent address of a stop."""
        return f"{self.base_url}#stop={number}"

    def numbers(self) -> dict[int, str]:
        """Every stop's number with its id, in the order of the reference language; what it lacks comes after."""
        return {stop.number: stop.id for edition in self.editions for stop in edition.stops}

    def titles(self, number: int) -> Iterator[tuple[str, str]]:
        """The language and the title of a stop, in each language that has it."""
        for edition in self.editions:
            yield from ((edition.language, stop.title) for stop in edition.stops if stop.number == number)
