"""What a folder remembers between publishes, in `publish-state.json`: guids, dates, hashes, and what may go when.

What was published before wins: a guid, a date and the show's own guid are assigned once. The file lies in the open, as
everything in the folder does, so it holds nothing that the feed does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from audioguide.errors import FeedError
from audioguide.publish.folder import Memory
from audioguide.publish.model import FeedEpisode, FeedShow

STATE_FILE = "publish-state.json"
STATE_VERSION = 1
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*", re.ASCII)

Status = Literal["published", "draft", "unpublished"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One episode that was ever published."""

    guid: str
    published: datetime
    """The date that the feed gives it."""
    dated: datetime | None
    """The script's date when `published` was assigned."""
    status: Status
    proved: str = ""
    """What of the built episode was read back and found good."""
    episode: FeedEpisode | None = None
    """None once it is unpublished. Its lines are in its transcript, not here."""


@dataclass(frozen=True, slots=True)
class State:
    """All that is remembered of a folder."""

    version: int = STATE_VERSION
    show: FeedShow | None = None
    told: tuple[str, ...] = ()
    """The show's defaults that a notice told."""
    drawn: str = ""
    """What the cover was drawn from; empty where the show has its own."""
    moved: bool = False
    """Whether the base URL ever changed."""
    episodes: dict[str, Entry] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)
    """What was made of which picture, by its SHA-256 -> its name."""
    files: dict[str, str] = field(default_factory=dict)
    """Every file of the folder that is in use, with its SHA-256."""
    retired: dict[str, datetime] = field(default_factory=dict)
    """Files that nothing names any more, and since when: readers of an older feed may still ask for them."""

    def listed(self) -> list[FeedEpisode]:
        """The feed's episodes, newest first."""
        return self._with("published")

    def drafts(self) -> list[FeedEpisode]:
        """Episodes with a page, and no place in the feed."""
        return self._with("draft")

    def _with(self, status: Status) -> list[FeedEpisode]:
        entries = [entry for entry in self.episodes.values() if entry.status == status]
        entries.sort(key=lambda entry: entry.published, reverse=True)
        return [entry.episode for entry in entries if entry.episode is not None]


class Remembered(Protocol):
    """What every such memory has: of a feed's folder, and of a guide's."""

    @property
    def version(self) -> int:
        """Of the file's form."""

    @property
    def files(self) -> Mapping[str, str]:
        """Every file of the folder that is in use."""

    @property
    def retired(self) -> Mapping[str, datetime]:
        """Files that nothing names any more."""


R = TypeVar("R", bound=Remembered)


def load_state(folder: Path) -> State | None:
    """The folder's state; None where there is none. Raises FeedError for one that cannot be used."""
    return load_remembered(folder / STATE_FILE, State, newest=STATE_VERSION, names=_NAME)


def load_remembered(path: Path, kind: type[R], *, newest: int, names: re.Pattern[str]) -> R | None:
    """What a state file holds; None where there is none. Raises FeedError for one that cannot be used.

    `names`: what the files of its folder may be called, so that nothing outside is ever written or removed.
    """
    from pydantic import TypeAdapter, ValidationError

    restore = f"fetch {path.name} back from your host or backup"
    try:
        state: R = TypeAdapter(kind).validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FeedError(f"cannot be read: {error.strerror}", where=str(path), hint=restore) from error
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise FeedError(f"is damaged{f' at {place}' if place else ''}", where=str(path), hint=restore) from error
    if state.version > newest:
        raise FeedError("was written by a newer audioguide", where=str(path), hint="update audioguide")
    if unfit := next((name for name in (*state.files, *state.retired) if not names.fullmatch(name)), None):
        raise FeedError(f"is damaged: {unfit!r} is no name of a file", where=str(path), hint=restore)
    return state


def state_bytes(state: State) -> bytes:
    """The state as its file holds it: the same for the same state."""
    from pydantic import TypeAdapter

    ordered = replace(
        state,
        episodes={name: _without_lines(state.episodes[name]) for name in sorted(state.episodes)},
        files=dict(sorted(state.files.items())),
        retired=dict(sorted(state.retired.items())),
    )
    return TypeAdapter(State).dump_json(ordered, indent=1) + b"\n"


def memory_of(state: State) -> Memory:
    """What the state says of the folder's files."""
    return Memory(
        STATE_FILE,
        state.files,
        state.retired,
        lambda files, retired: state_bytes(replace(state, files=dict(files), retired=dict(retired))),
    )


def _without_lines(entry: Entry) -> Entry:
    return replace(entry, episode=replace(entry.episode, lines=())) if entry.episode else entry
