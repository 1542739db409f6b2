"""Sound goes to the first player that can play it."""

from __future__ import annotations

from pathlib import Path

import pytest

from audioguide.errors import AudioguideError
from audioguide.player import PLAYERS, play


def _program(folder: Path, name: str, exit_status: int) -> None:
    """A player that notes what it was given to play."""
    path = folder / name
    path.write_text(f'#!/bin/sh\nfor last; do :; done\necho "{name} $last" >> "{folder}/played"\nexit {exit_status}\n')
    path.chmod(0o755)


def _played(folder: Path) -> list[str]:
    return (folder / "played").read_text("utf-8").splitlines()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", [player[0] for player in PLAYERS])
def test_each_player_is_given_the_file(programs: Path, name: str) -> None:
    _program(programs, name, 0)
    play(Path("-odd name.wav"))
    assert _played(programs) == [f"{name} {Path.cwd()}/-odd name.wav"]


def test_a_player_that_fails_makes_way_for_the_next(programs: Path) -> None:
    _program(programs, "paplay", 1)
    _program(programs, "aplay", 0)
    play(Path("a.wav"))
    assert [line.split()[0] for line in _played(programs)] == ["paplay", "aplay"]


def test_where_every_player_fails_they_are_named(programs: Path) -> None:
    _program(programs, "aplay", 1)
    with pytest.raises(AudioguideError, match=r"\(aplay failed\)"):
        play(Path("a.wav"))


def test_where_there_is_no_player_the_hint_names_some(programs: Path) -> None:
    assert not list(programs.iterdir())
    with pytest.raises(AudioguideError, match="no program here") as caught:
        play(Path("a.wav"))
    assert "-o" in str(caught.value.hint)
