"""The engine of docs/example-engine, installed as its readers would install it, and found through its entry point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from tests.desk import child_environment
from tests.tools import require_package

ROOT = Path(__file__).parents[2]
AUDIOGUIDE = (sys.executable, "-c", "from audioguide.cli import main; main()")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip installed the package."""
    require_package("pip")
    require_package("hatchling")
    folder = tmp_path_factory.mktemp("installed")
    source = tmp_path_factory.mktemp("source") / "example-engine"
    source.mkdir()
    for name in ("pyproject.toml", "audioguide_morse.py"):
        (source / name).write_text((ROOT / "docs" / "example-engine" / name).read_text("utf-8"), "utf-8")
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    run([sys.executable, "-m", "pip", "install", *offline, "--target", str(folder), str(source)], os.environ)
    return folder


@pytest.fixture
def environment(installed: Path) -> Mapping[str, str]:
    """The environment of a process that has the package, with surroundings of the test's own."""
    environment = child_environment()
    return {**environment, "PYTHONPATH": os.pathsep.join([environment["PYTHONPATH"], str(installed)])}


def run(command: Sequence[str], environment: Mapping[str, str], folder: Path = ROOT) -> str:
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def audioguide(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> str:
    return run([*AUDIOGUIDE, *arguments], environment, folder)


def test_it_is_listed_with_its_voice_and_key(environment: Mapping[str, str], tmp_path: Path) -> None:
    listed = json.loads(audioguide(["engines", "--json"], environment, tmp_path))["engines"]
    assert [engine["options"] for engine in listed if engine["name"] == "morse"] == [
        {"hz": "the pitch of the tone, 200 to 2000 (default: 600)"}
    ]
    voices = json.loads(audioguide(["voices", "--engine", "morse", "--json"], environment, tmp_path))["voices"]
    assert [voice["name"] for voice in voices] == ["key"]
    assert "morse   " in audioguide(["doctor"], environment, tmp_path)


def test_it_speaks_an_episode(environment: Mapping[str, str], tmp_path: Path) -> None:
    script = {
        "version": 1,
        "episode": {"id": "sos", "title": "SOS", "language": "en"},
        "voices": {"host": {"engine": "morse", "hz": 700}},
        "sections": [{"title": "A call", "text": "Save our souls. We are sinking fast."}],
    }
    (tmp_path / "sos.yaml").write_text(yaml.safe_dump(script))
    (episode,) = json.loads(audioguide(["build", "sos.yaml", "--json"], environment, tmp_path))["episodes"]
    assert episode["spoken"] == 2
    assert episode["duration_s"] > 3
    facts = json.loads((tmp_path / "output" / "sos" / "episode.json").read_text("utf-8"))
    assert facts["engines"] == {"morse": "morse 1.0.0"}


def test_mistake_in_its_key_is_told(environment: Mapping[str, str], tmp_path: Path) -> None:
    script = {
        "version": 1,
        "voices": {"host": {"engine": "morse", "herz": 700}},
        "sections": [{"title": "A call", "text": "Save our souls."}],
    }
    (tmp_path / "sos.yaml").write_text(yaml.safe_dump(script))
    command = [*AUDIOGUIDE, "check", "sos.yaml"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "voices.host.herz: is not a key that morse knows" in done.stdout


def test_it_keeps_the_contract_of_engines(environment: Mapping[str, str]) -> None:
    suite = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contract/test_engines.py", "-k", "morse"]
    told = run([sys.executable, *suite], environment)
    assert " passed" in told
    assert int(told.rpartition(" passed")[0].split()[-1]) > 30
