"""`audioguide doctor`: what is here, and the line that mends what is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from audioguide import audio
from audioguide.cli import main
from audioguide.engines import engine_names
from tests.stand_in.absent import absent_engine


def doctor() -> tuple[int, dict[str, dict[str, Any]]]:
    result = CliRunner().invoke(main, ["doctor", "--json"])
    return result.exit_code, {found["topic"]: found for found in json.loads(result.stdout)["findings"]}


def test_everything_that_a_build_needs_is_looked_at() -> None:
    status, found = doctor()
    assert status == 0
    assert {"python", "ffmpeg", "players", "network", "cache", "output", *engine_names()} <= set(found)
    assert found["ffmpeg"]["facts"]["version"]
    assert found["hibari"]["facts"] == {
        "name": "hibari",
        "version": "0.2.1",
        "licence": "Apache-2.0",
        "online": False,
        "voices": ["heart"],
    }
    assert found["network"]["facts"]["engines"] == ["gtts", "openai"]
    assert found["cache"]["facts"]["free_bytes"] > 0


def test_it_fits_one_screen() -> None:
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) <= 24
    assert "ok  hibari" in result.stdout


def test_missing_engine_comes_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    absent_engine(monkeypatch)
    status, found = doctor()
    assert status == 0
    assert (found["absent"]["state"], found["absent"]["fix"]) == ("note", "pip install absent")
    listed = CliRunner().invoke(main, ["engines"])
    assert "absent    absent is not installed; pip install absent" in listed.stdout
    assert CliRunner().invoke(main, ["voices"]).exit_code == 0
    assert CliRunner().invoke(main, ["voices", "--engine", "absent"]).exit_code == 1


def test_missing_ffmpeg_is_a_gap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "no-ffmpeg"))
    audio.ffmpeg_path.cache_clear()
    try:
        status, found = doctor()
    finally:
        audio.ffmpeg_path.cache_clear()
    assert status == 1
    assert found["ffmpeg"]["state"] == "gap"
    assert found["ffmpeg"]["fix"]


def test_folder_that_cannot_be_written_is_a_gap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AUDIOGUIDE_CACHE", str(tmp_path / "file" / "cache"))
    status, found = doctor()
    assert status == 1
    assert "AUDIOGUIDE_CACHE" in found["cache"]["fix"]


def test_keys_are_only_said_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-value")
    monkeypatch.setenv("AUDIOGUIDE_OFFLINE", "1")
    result = CliRunner().invoke(main, ["doctor", "--json"])
    assert "sk-secret-value" not in result.output
    assert '"OPENAI_API_KEY": true' in result.stdout
    assert "switched off" in result.stdout
