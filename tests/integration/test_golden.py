"""The golden episode: its plan, its sound and its chapters, compared with what was reviewed.

`pytest --update-golden` writes them anew; the difference is reviewed like code. The sound is compared to the bit where it
was written on the same kind of processor with the same numpy and soxr, and by its levels everywhere.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audioguide.bench import make_parts, part_sound
from audioguide.build import workshop_of
from audioguide.ledger import Order
from audioguide.parts import DryFacts, bed_jobs, dry_parts, plain_jobs
from audioguide.plan import Plan
from tests.desk import Built, Desk

GOLDEN = Path(__file__).parents[1] / "golden"
LEVEL_STEP_S = 0.1


@pytest.fixture(scope="module")
def desk_of_all(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The script and its sounds."""
    folder = tmp_path_factory.mktemp("golden")
    desk = Desk(folder, folder / "none")
    shutil.copy(GOLDEN / "demo.yaml", folder / "demo.yaml")
    desk.sound("bed.wav", duration_s=4, hz=196, rate_hz=48_000)
    desk.sound("sting.wav", duration_s=0.7, hz=523)
    desk.sound("bell.wav", duration_s=0.4, hz=880, level=0.6)
    return desk


@pytest.fixture(scope="module")
def built(desk_of_all: Desk) -> Built:
    """The episode."""
    return desk_of_all.run(Order(desk_of_all.folder / "demo.yaml"))


def _compare(name: str, found: Any, request: pytest.FixtureRequest) -> None:
    path = GOLDEN / name
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    if request.config.getoption("--update-golden"):
        path.write_text(text, "utf-8")
    assert json.loads(text) == json.loads(path.read_text("utf-8")), f"{name}: see pytest --update-golden"


def _plain(value: Any, root: Path) -> Any:
    """Paths relative to the script, tuples as lists."""
    if isinstance(value, dict):
        return {key: _plain(inner, root) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, root) for inner in value]
    return str(value.relative_to(root)) if isinstance(value, Path) else value


def _planned(plan: Plan) -> dict[str, Any]:
    facts = {
        "id": plan.id,
        "title": plan.title,
        "language": plan.language,
        "draft": plan.draft,
        "lead_in_ms": plan.lead_in_ms,
        "output": asdict(plan.output),
        "sections": [asdict(section) for section in plan.sections],
    }
    found: dict[str, Any] = _plain(facts, plan.loaded.root)
    return found


def _pcm(desk: Desk, plan: Plan) -> np.ndarray:
    """What is encoded, of all parts in order."""
    workshop = workshop_of(plan, desk.settled(cache=desk.folder / "mix-cache"))
    dry = dry_parts(plan, workshop)
    known: dict[int, DryFacts] = {done.index: done.dry for done in make_parts(dry, workshop) if done.dry}
    jobs = [*plain_jobs(plan, dry), *bed_jobs(plan, dry, known, workshop)]
    sounds = {job.index: part_sound(job, workshop).pcm for job in jobs}
    return np.frombuffer(b"".join(sounds[index] for index in sorted(sounds)), "<i2")


def _levels(pcm: np.ndarray, rate_hz: int) -> list[float]:
    """The level of each tenth of a second in dB, no lower than -80."""
    size = round(LEVEL_STEP_S * rate_hz)
    blocks = np.pad(pcm, (0, -len(pcm) % size)).reshape(-1, size).astype(np.float64) / 32768
    return [round(float(level), 1) for level in 10 * np.log10(np.mean(blocks**2, axis=1) + 1e-8)]


def _made_with() -> dict[str, Any]:
    """What decides the last bit of a sample."""
    simd = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    return {"numpy": version("numpy"), "soxr": version("soxr"), "machine": platform.machine(), "simd": simd}


def test_the_plan_is_as_reviewed(built: Built, request: pytest.FixtureRequest) -> None:
    _compare("demo.plan.json", _planned(built.plan), request)


def test_chapters_and_segments_are_as_reviewed(built: Built, request: pytest.FixtureRequest) -> None:
    facts = {key: built.facts[key] for key in ("id", "guid", "title", "duration_s", "spoken", "encoded", "segments")}
    facts["chapters"] = [
        {key: chapter[key] for key in ("id", "title", "start_s", "end_s")} for chapter in built.facts["chapters"]
    ]
    facts["chapters.json"] = json.loads((built.folder / "demo.chapters.json").read_bytes())
    _compare("demo.episode.json", facts, request)
    assert built.facts["loudness_lufs"] == pytest.approx(-18, abs=1.0)  # its script sets gains


def test_the_sound_is_as_reviewed(desk_of_all: Desk, built: Built, request: pytest.FixtureRequest) -> None:
    pcm, rate_hz = _pcm(desk_of_all, built.plan), built.plan.output.rate_hz
    found = {
        "made_with": _made_with(),
        "frames": len(pcm),
        "pcm_sha256": hashlib.sha256(pcm.tobytes()).hexdigest(),
        "levels_db": _levels(pcm, rate_hz),
    }
    path = GOLDEN / "demo.mix.json"
    if request.config.getoption("--update-golden"):
        path.write_text(json.dumps(found) + "\n", "utf-8")
    golden = json.loads(path.read_text("utf-8"))
    assert found["frames"] == golden["frames"] == built.decoded().frames
    assert found["levels_db"] == pytest.approx(golden["levels_db"], abs=0.15)
    if found["made_with"] == golden["made_with"]:
        assert found["pcm_sha256"] == golden["pcm_sha256"], "the sound changed: pytest --update-golden"


def test_the_decoded_file_has_the_levels_of_what_was_encoded(desk_of_all: Desk, built: Built) -> None:
    """Where there is sound at all: MP3 leaves its own noise in silence."""
    pcm, rate_hz = _pcm(desk_of_all, built.plan), built.plan.output.rate_hz
    wanted = np.array(_levels(pcm, rate_hz))
    heard = np.array(_levels(np.rint(built.decoded().samples[:, 0] * 32767).astype(np.int16), rate_hz))
    assert np.abs(heard - wanted)[wanted > -45].max() < 2
