"""`audioguide say` and the players of this machine."""

from __future__ import annotations

import shutil
import wave
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from audioguide.cli import main
from audioguide.errors import AudioguideError
from audioguide.player import play, players
from tests.desk import Desk, script


def said(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["say", *arguments], input=text)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def install(programs: Path, name: str, script_text: str) -> None:
    program = programs / name
    program.write_text(f"#!{shutil.which('sh', path='/bin:/usr/bin')}\n{script_text}\n")
    program.chmod(0o755)


def length_s(path: Path) -> float:
    with wave.open(str(path)) as file:
        return float(file.getnframes() / file.getframerate())


def test_text_becomes_a_file(tmp_path: Path) -> None:
    target = tmp_path / "said.wav"
    result = said("One two. [pause 2s] Three.", "--engine", "tone", "-o", str(target))
    assert result.exit_code == 0, result.output
    assert 3 < length_s(target) < 6


def test_text_comes_from_standard_input(tmp_path: Path) -> None:
    target = tmp_path / "said.wav"
    assert said("-", "--engine", "tone", "-o", str(target), text="From a pipe.").exit_code == 0
    assert length_s(target) > 1


def test_script_gives_voice_and_pronunciation(desk: Desk) -> None:
    document = script(
        [{"title": "A", "text": "Else.", "music": "bed"}],
        engine="diary",
        pronounce={"km": "kilometres"},
        defaults={"announce": True},
        music={"bed": {"file": "bed.wav"}},
    )
    desk.sound("bed.wav", duration_s=3)
    result = said("5 km.", "--script", str(desk.write(document)), "-o", str(desk.folder / "said.wav"))
    assert result.exit_code == 0, result.output
    assert desk.asked() == ["five kilometres."]


def test_voice_of_a_script_goes_by_its_name(desk: Desk) -> None:
    voices = {"host": {"engine": "tone"}, "guest": {"engine": "diary", "name": "low"}}
    path = desk.write(script([{"title": "A", "text": "Else."}], voices=voices))
    target = str(desk.folder / "said.mp3")
    assert said("Hi there.", "--script", str(path), "--voice", "guest", "-o", target).exit_code == 0
    assert desk.asked() == ["Hi there."]
    unknown = said("Hi.", "--script", str(path), "--voice", "gest", "-o", target)
    assert unknown.exit_code == 2
    assert "it has: host, guest" in unknown.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Привет."], "hibari cannot read Cyrillic letters"),
        (["Hi [pause"], "a pause needs a duration"),
        (["Hi.", "--engine", "nobody"], 'there is no engine "nobody"'),
        (["Hi.", "--engine", "tone", "--voice", "tenor"], 'tone has no voice "tenor"'),
        (["  "], "the text is empty"),
    ],
)
def test_mistake_is_one_of_the_command_line(arguments: list[str], message: str) -> None:
    result = said(*arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "say.yaml" not in result.output


def test_speech_is_played_by_the_first_player_that_can(programs: Path, tmp_path: Path) -> None:
    install(programs, "ffplay", "echo 'No more combinations to try, audio open failed' >&2")
    install(programs, "aplay", f'[ "$1" = -q ] && [ -s "$2" ] && echo aplay >> {tmp_path}/played')
    install(programs, "paplay", "echo 'Connection refused' >&2; exit 1")
    assert list(players()) == ["paplay", "aplay", "ffplay"]
    result = said("Hello.", "--engine", "tone")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "played").read_text() == "aplay\n"


def test_no_player_leads_to_a_file(programs: Path, tmp_path: Path) -> None:
    assert not list(programs.iterdir())
    with pytest.raises(AudioguideError, match="no program here that plays sound") as caught:
        play(tmp_path / "x.wav")
    assert "-o" in (caught.value.hint or "")


def test_players_complaint_is_told(programs: Path, tmp_path: Path) -> None:
    install(programs, "ffplay", "echo 'No more combinations to try, audio open failed' >&2")
    with pytest.raises(AudioguideError, match="ffplay failed"):
        play(tmp_path / "x.wav")
