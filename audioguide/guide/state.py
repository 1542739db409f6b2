"""What a guide's folder remembers between publishes, in `guide-state.json`: numbers and ids, pictures, hashes, what may go when.

A number that was ever published belongs to its stop for good: it is printed on walls.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import AwareDatetime, TypeAdapter

from audioguide.guide.model import Picture
from audioguide.publish.folder import Memory
from audioguide.publish.state import load_remembered

STATE_FILE = "guide-state.json"
STATE_VERSION = 1
_NAME = re.compile(r"([A-Za-z0-9_][A-Za-z0-9._-]*/)?[A-Za-z0-9_][A-Za-z0-9._-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class GuideState:
    """All that is remembered of a folder."""

    version: int = STATE_VERSION
    base_url: str | None = None
    numbers: dict[int, str] = field(default_factory=dict)
    """Every number that was ever published, with the id of its stop."""
    pictures: dict[str, Picture] = field(default_factory=dict)
    """What became of a picture, by the SHA-256 of its file: another Pillow would scale it to other bytes."""
    files: dict[str, str] = field(default_factory=dict)
    """Every file of the folder that is in use, with its SHA-256."""
    retired: dict[str, AwareDatetime] = field(default_factory=dict)
    """Files that nothing names any more, and since when."""


def load_guide_state(folder: Path) -> GuideState | None:
    """The folder's state; None where there is none. Raises FeedError for one that cannot be used."""
    return load_remembered(folder / STATE_FILE, GuideState, newest=STATE_VERSION, names=_NAME)


def guide_state_bytes(state: GuideState) -> bytes:
    """The state as its file holds it: the same for the same state."""
    ordered = replace(
        state,
        numbers=dict(sorted(state.numbers.items())),
        pictures=dict(sorted(state.pictures.items())),
        files=dict(sorted(state.files.items())),
        retired=dict(sorted(state.retired.items())),
    )
    return TypeAdapter(GuideState).dump_json(ordered, indent=1) + b"\n"


def memory_of(state: GuideState) -> Memory:
    """What the state says of the folder's files."""
    return Memory(
        STATE_FILE,
        state.files,
        state.retired,
        lambda files, retired: guide_state_bytes(replace(state, files=dict(files), retired=dict(retired))),
    )
