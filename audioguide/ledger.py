"""What a build was made of, so that the next one knows at once whether anything changed.

A note in the store's state folder: the files that were read, what was written, and the versions it was made with. Nothing
but time is lost with it. Light to import: a build of what is there already loads no engine, no model and no numpy.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audioguide import __version__
from audioguide.errors import AudioguideError
from audioguide.files import write_atomically
from audioguide.packages import package_version
from audioguide.settings import Settings

PACKAGES = ("hibari-tts", "gTTS", "imageio-ffmpeg")
"""Their versions decide how the engines in `SETTLED` and the formats sound."""
SETTLED = frozenset({"hibari", "gtts", "tone"})
"""Engines whose sound follows from the script and these packages alone: others are asked at every build."""

REPORT_SUFFIX = ".report.html"
"""How the name of a report ends: it lies beside the episode, and a build knows nothing of it."""


@dataclass(frozen=True, slots=True)
class Found:
    """An episode that is as its script says already: its folder, and the content of episode.json."""

    folder: Path
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for: a script, and what overrides its voices and its formats."""

    script: Path
    engine: str | None = None
    voice: str | None = None
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an order: an episode, or why there is none."""

    order: Order
    found: Found | None = None
    error: AudioguideError | None = None


def unchanged(order: Order, settings: Settings) -> Found | None:
    """The finished episode, where no input and no output changed since it was built; None where anything did."""
    try:
        note = json.loads(_note_path(order, settings).read_bytes())
        if note["made_with"] != _made_with() or any(_differs(file) for file in note["inputs"]):
            return None
        folder = Path(note["folder"])
        if any(_stamp(folder / name) != stamp for name, stamp in note["outputs"].items()):
            return None
        if any(Path(path).exists() for path in note["absent"]):
            return None
        facts = json.loads((folder / "episode.json").read_bytes())
        facts |= {"spoken": 0, "reused": facts["spoken"] + facts["reused"], "encoded": 0}
        return Found(folder, facts)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(order: Order, settings: Settings, *, inputs: Iterable[Path], folder: Path, engines: Iterable[str]) -> None:
    """Note what the episode in `folder` was made of, unless one of its engines cannot be judged from outside."""
    if not set(engines) <= SETTLED:
        return
    inputs = sorted({path.absolute() for path in inputs})
    show = order.script.absolute().parent / "show.yaml"
    note = {
        "made_with": _made_with(),
        "inputs": [[str(path), *_stamp(path), _hash(path)] for path in inputs],
        "absent": [] if show in inputs else [str(show)],
        "folder": str(folder.absolute()),
        "outputs": {name: _stamp(folder / name) for name in _outputs(folder)},
    }
    path = _note_path(order, settings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(note).encode(), durable=False)
    except OSError:
        return  # a store that cannot be written: the next build looks at every part


def _outputs(folder: Path) -> list[str]:
    """The names of all that a build wrote in its folder, relative to it."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(REPORT_SUFFIX))
    return sorted(str(path.relative_to(folder)) for path in files)


def _note_path(order: Order, settings: Settings) -> Path:
    asked = [str(order.script.absolute()), str(settings.output.absolute()), order.engine, order.voice, *order.formats]
    name = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]
    return settings.state_folder / "builds" / f"{name}.json"


def _made_with() -> dict[str, str | None]:
    versions = {package: package_version(package) for package in PACKAGES}
    return {"audioguide": __version__, "ffmpeg": os.environ.get("IMAGEIO_FFMPEG_EXE"), **versions}


def _differs(noted: tuple[str, int, int, str]) -> bool:
    path, size_bytes, mtime_ns, digest = noted
    now = _stamp(Path(path))
    return now[0] != size_bytes or (now[1] != mtime_ns and _hash(Path(path)) != digest)


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
