"""A desk to work at: scripts written to a folder, built for real, and what came out, decoded."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml
from numpy.typing import NDArray

from audioguide import engines
from audioguide.audio import Clip, run_ffmpeg
from audioguide.build import build
from audioguide.episode import Episode
from audioguide.ledger import Order
from audioguide.parts import PartDone
from audioguide.plan import Plan
from audioguide.settings import Settings, load_settings
from tests.stand_in.engines import DIARY, TARGET

Document = dict[str, Any]


def script(sections: Sequence[Mapping[str, Any]], *, engine: str = "tone", **more: Any) -> Document:
    """A script with one voice."""
    return {
        "version": 1,
        "episode": {"title": "An episode", "language": "en"},
        "voices": {"host": {"engine": engine}},
        "sections": list(sections),
        **more,
    }


@dataclass(frozen=True)
class Built:
    """What one build did and made."""

    plan: Plan
    parts: list[PartDone]
    folder: Path
    facts: Mapping[str, Any]

    @property
    def media(self) -> Path:
        """The file of the first format."""
        return self.folder / str(self.facts["files"][0]["name"])

    @property
    def data(self) -> bytes:
        """Its bytes."""
        return self.media.read_bytes()

    @property
    def counts(self) -> tuple[int, int, int]:
        """Spoken, reused, encoded."""
        return self.facts["spoken"], self.facts["reused"], self.facts["encoded"]

    def decoded(self) -> Clip:
        """Its sound, as ffmpeg decodes the file: read in place, for from a pipe it would not take the padding off."""
        output = self.plan.output
        raw = run_ffmpeg(["-i", str(self.media), "-f", "f32le", "-c:a", "pcm_f32le", "pipe:1"])
        return Clip(np.frombuffer(raw, "<f4").reshape(-1, output.channels), output.rate_hz)


@dataclass
class Desk:
    """A folder with a script, a store and an output folder."""

    folder: Path
    diary: Path
    settings: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Where everything goes, unless a test says otherwise."""
        self.settings = {"cache": self.folder / "cache", "output": self.folder / "output", "jobs": 2}

    @property
    def cache(self) -> Path:
        """The store's folder."""
        return self.folder / "cache"

    def write(self, document: Mapping[str, Any], name: str = "episode.yaml") -> Path:
        """The script as a file."""
        path = self.folder / name
        path.write_text(yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True), "utf-8")
        return path

    def sound(
        self, name: str, *, duration_s: float, level: float = 0.3, rate_hz: int = 44_100, hz: float = 330
    ) -> Path:
        """A sound file: a steady tone."""
        time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
        path = self.folder / name
        soundfile.write(path, (level * np.sin(2 * np.pi * hz * time_s)).astype(np.float32), rate_hz)
        return path

    def order(self, document: Mapping[str, Any]) -> Order:
        """The order to build a script."""
        return Order(self.write(document))

    def settled(self, **settings: object) -> Settings:
        """The desk's settings, with some of them changed."""
        return load_settings({**self.settings, **settings}, folder=self.folder)

    def build(self, document: Mapping[str, Any], *, force: bool = False, **settings: object) -> Built:
        """Build a script."""
        return self.run(self.order(document), force=force, **settings)

    def run(self, order: Order, *, force: bool = False, **settings: object) -> Built:
        """Build what was ordered."""
        plan: Plan | None = None
        episode: Episode | None = None
        parts: list[PartDone] = []
        for event in build(order, self.settled(**settings), force=force):
            match event:
                case Plan():
                    plan = event
                case PartDone():
                    parts.append(event)
                case Episode():
                    episode = event
        assert plan
        assert episode
        return Built(plan, parts, episode.folder, episode.facts)

    def asked(self) -> list[str]:
        """What the engine `diary` was asked for, since the last time."""
        lines = self.diary.read_text("utf-8").splitlines() if self.diary.exists() else []
        self.diary.unlink(missing_ok=True)
        return lines

    def refuse(self, *words: str) -> None:
        """What the engine `diary` refuses from now on."""
        self.diary.with_suffix(".refuse").write_text("\n".join(words), "utf-8")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk of the test's own, and the engine `diary` in the table."""
    diary = tmp_path / "asked.txt"
    monkeypatch.setenv(DIARY, str(diary))
    monkeypatch.setitem(engines.ENGINES, "diary", TARGET)
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, diary)


def sounding(clip: Clip, *, above_dbfs: float = -46.0, gap_ms: float = 150.0) -> list[tuple[float, float]]:
    """When something sounds, in seconds: stretches parted by at least `gap_ms` of quiet. Steps of one millisecond."""
    step = clip.rate_hz / 1000
    edges = np.rint(np.arange(int(clip.frames / step) + 1) * step).astype(np.int64)
    peaks = np.maximum.reduceat(np.abs(clip.samples[:, 0]), edges[:-1])
    active: NDArray[np.int64] = np.flatnonzero(peaks > 10 ** (above_dbfs / 20))
    breaks = np.flatnonzero(np.diff(active) > gap_ms)
    first = active[np.concatenate([[0], breaks + 1])]
    last = active[np.concatenate([breaks, [len(active) - 1]])]
    return [(start / 1000, (end + 1) / 1000) for start, end in zip(first.tolist(), last.tolist(), strict=True)]


def child_environment() -> dict[str, str]:
    """The environment of a process that may import the tests."""
    paths = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
