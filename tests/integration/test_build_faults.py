"""What goes wrong while an episode is made, and what is there afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from audioguide.build import BuildFailed, build
from audioguide.cli import main
from audioguide.errors import AudioError, AudioguideError, OutputError, ScriptError, StoreError
from audioguide.files import STRAY_PREFIX
from tests.desk import Built, Desk, Document, child_environment, script

SECTIONS: list[Document] = [
    {"title": "First", "segments": ["One one. Two two.", "Three three."]},
    {"title": "Second", "segments": [{"id": "bad", "say": "Four four. Wrong word."}, "Five five."]},
]
DOCUMENT = script(SECTIONS, engine="diary")
UTTERANCES = ["One one.", "Two two.", "Three three.", "Four four.", "Wrong word.", "Five five."]
MUSIC = {"theme": {"file": "bed.wav"}}


def _failing(desk: Desk, document: Document = DOCUMENT) -> BuildFailed:
    with pytest.raises(BuildFailed) as caught:
        desk.build(document)
    return caught.value


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# -- engines -----------------------------------------------------------------------------------------------------------


def test_a_failed_utterance_is_told_with_its_address_after_everything_else_is_done(desk: Desk) -> None:
    desk.refuse("Wrong")
    error = _failing(desk)
    assert [(failure.where, failure.final) for failure in error.failures] == [("second.bad", False)]
    assert "second.bad: the diary refuses Wrong" in str(error)
    assert error.hint == "word it otherwise"
    assert sorted(desk.asked()) == sorted(UTTERANCES)
    assert _names(desk.folder / "output" / "episode") == []


def test_the_next_build_speaks_only_what_was_missing(desk: Desk) -> None:
    desk.refuse("Wrong")
    _failing(desk)
    desk.asked()
    desk.refuse()
    built = desk.build(DOCUMENT)
    assert desk.asked() == ["Wrong word."]
    assert built.counts == (1, 5, 1)
    cold = desk.build(DOCUMENT, cache=desk.folder / "cold", output=desk.folder / "cold-output")
    assert built.data == cold.data


def test_every_failure_is_told(desk: Desk) -> None:
    desk.refuse("Wrong", "Three")
    error = _failing(desk)
    assert [failure.where for failure in error.failures] == ["first.2", "second.bad"]
    assert "(and 1 more)" in str(error)


def test_a_failure_leaves_the_episode_that_was_there(desk: Desk) -> None:
    before = desk.build(script(SECTIONS[:1], engine="diary"))
    data = {path.name: path.read_bytes() for path in before.folder.iterdir()}
    desk.refuse("Wrong")
    _failing(desk)
    assert {path.name: path.read_bytes() for path in before.folder.iterdir()} == data


def test_a_failure_under_music_lets_the_rest_be_spoken(desk: Desk) -> None:
    desk.sound("bed.wav", duration_s=1)
    sections: list[Document] = [{**section, "music": "theme"} for section in SECTIONS]
    document = script(sections, engine="diary", music=MUSIC)
    desk.refuse("Wrong")
    assert [failure.where for failure in _failing(desk, document).failures] == ["second.bad"]
    desk.asked()
    desk.refuse()
    desk.build(document)
    assert desk.asked() == ["Wrong word."]


def test_a_clip_without_sound_is_a_failure(desk: Desk) -> None:
    desk.refuse("Wrong.silent")
    error = _failing(desk)
    assert error.failures[0].where == "second.bad"
    assert "silence" in error.failures[0].message


def test_an_engine_that_closes_ends_the_build_and_keeps_what_is_done(desk: Desk) -> None:
    desk.refuse("Three.final")
    error = _failing(desk)
    assert any(failure.final for failure in error.failures)
    assert error.hint == "come back tomorrow"
    asked = set(desk.asked())
    desk.refuse()
    desk.build(DOCUMENT)
    assert sorted(desk.asked()) == sorted((set(UTTERANCES) - asked) | {"Three three."})


def test_a_mistake_in_the_script_writes_nothing(desk: Desk) -> None:
    with pytest.raises(ScriptError):
        desk.build(script([{"title": "A", "segments": ["…"]}]))
    assert _names(desk.folder) == ["episode.yaml"]


def test_a_sound_that_cannot_be_decoded_is_a_failure_of_its_part(desk: Desk) -> None:
    (desk.folder / "bell.wav").write_bytes(b"RIFF....WAVEfmt nonsense")
    document = script([{"title": "A", "segments": ["One one.", {"play": "bell.wav"}]}], engine="diary")
    with pytest.raises(AudioguideError) as caught:
        desk.build(document)
    assert isinstance(caught.value, BuildFailed | ScriptError | AudioError)
    assert "bell.wav" in f"{caught.value.where} {caught.value}"


# -- the store ---------------------------------------------------------------------------------------------------------


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _make_a_folder(path: Path, _: bytes) -> None:
    path.unlink()
    path.mkdir()
    (path / "file").write_bytes(b"x")


DAMAGES: dict[str, Callable[[Path, bytes], object]] = {
    "flipped": lambda path, _: path.write_bytes(_flipped(path.read_bytes(), path.stat().st_size // 2)),
    "length flipped": lambda path, _: path.write_bytes(_flipped(path.read_bytes(), 36)),
    "cut": lambda path, _: path.write_bytes(path.read_bytes()[:-100]),
    "emptied": lambda path, _: path.write_bytes(b""),
    "extended": lambda path, _: path.write_bytes(path.read_bytes() + b"more"),
    "swapped": lambda path, other: path.write_bytes(other),
    "a folder": _make_a_folder,
    "1970": lambda path, _: os.utime(path, (0, 0)),
    "2099": lambda path, _: os.utime(path, (4_070_908_800, 4_070_908_800)),
}
"""What happens to an entry; the second argument is the content of another."""


@pytest.mark.parametrize("how", DAMAGES)
def test_damaged_entries_change_no_byte_and_are_made_anew(desk: Desk, how: str) -> None:
    """Every entry of every kind at once, with and without music."""
    desk.sound("bed.wav", duration_s=1)
    document = script([{**SECTIONS[0], "music": "theme"}, SECTIONS[1]], engine="diary", music=MUSIC)
    first = desk.build(document)
    data = first.data
    desk.asked()
    shutil.rmtree(desk.cache / "state")  # or the file that lies there would be enough
    for kind in ("speech", "dry", "parts"):
        entries = sorted((desk.cache / kind).rglob("*.age"))
        contents = [entry.read_bytes() for entry in entries]
        for number, entry in enumerate(entries):
            DAMAGES[how](entry, contents[number - 1])
    again = desk.build(document)
    assert again.data == data
    harmless = how in {"1970", "2099"}
    assert len(desk.asked()) == (0 if harmless else 6)
    assert again.counts == ((0, 6, 0) if harmless else (6, 0, 4))
    shutil.rmtree(desk.cache / "state")
    assert desk.build(document).counts == (0, 6, 0)
    assert desk.asked() == []


@pytest.mark.parametrize("kind", ["speech", "dry", "parts", "state", "locks"])
def test_a_folder_of_the_store_that_vanishes_costs_time_alone(desk: Desk, kind: str) -> None:
    desk.sound("bed.wav", duration_s=1)
    document = script([{**SECTIONS[0], "music": "theme"}, SECTIONS[1]], engine="diary", music=MUSIC)
    data = desk.build(document).data
    shutil.rmtree(desk.cache / kind)
    assert desk.build(document).data == data


def test_a_store_that_cannot_be_written_is_told_with_the_setting(desk: Desk) -> None:
    (desk.folder / "file").write_bytes(b"")
    with pytest.raises(StoreError) as caught:
        desk.build(DOCUMENT, cache=desk.folder / "file" / "cache")
    assert "AUDIOGUIDE_CACHE" in str(caught.value.hint)
    assert _names(desk.folder / "output" / "episode") == []


def test_a_part_that_is_lost_while_the_file_is_written_is_made_again(desk: Desk) -> None:
    """Entries vanish after the last part is done and before the file is written."""
    data = desk.build(DOCUMENT).data
    shutil.rmtree(desk.folder / "output")
    shutil.rmtree(desk.cache / "state")
    finished = []
    for event in build(desk.order(DOCUMENT), desk.settled()):
        finished.append(event)
        if len(finished) == 5:  # the plan and four parts
            shutil.rmtree(desk.cache / "parts")
    assert (desk.folder / "output" / "episode" / "episode.mp3").read_bytes() == data


# -- the output --------------------------------------------------------------------------------------------------------


def test_nothing_is_at_its_place_until_it_is_whole(desk: Desk) -> None:
    folder = desk.folder / "output" / "episode"
    seen = [_names(folder) for _ in build(desk.order(DOCUMENT), desk.settled())]
    assert all(names == [] for names in seen[:-1])
    assert {"episode.mp3", "episode.json"} <= set(seen[-1])
    assert not [name for name in seen[-1] if name.startswith(STRAY_PREFIX)]


def test_a_listener_that_leaves_early_leaves_nothing_behind(desk: Desk) -> None:
    events = build(desk.order(DOCUMENT), desk.settled())
    next(events)
    next(events)
    events.close()  # type: ignore[attr-defined] # a generator
    assert _names(desk.folder / "output" / "episode") == []
    assert desk.build(DOCUMENT).facts["duration_s"] > 0


def test_an_output_that_cannot_be_written_is_told_with_the_option(desk: Desk) -> None:
    (desk.folder / "output").write_bytes(b"a file")
    with pytest.raises(OutputError) as caught:
        desk.build(DOCUMENT)
    assert "-o" in str(caught.value.hint)


def test_a_file_that_was_changed_by_hand_is_written_again(desk: Desk) -> None:
    built = desk.build(DOCUMENT)
    data = built.data
    built.media.write_bytes(data[:-5000])
    assert desk.build(DOCUMENT).data == data
    built.media.unlink()
    assert desk.build(DOCUMENT).data == data


def test_strays_of_killed_builds_are_swept(desk: Desk) -> None:
    built = desk.build(DOCUMENT)
    (built.folder / f"{STRAY_PREFIX}abc").write_bytes(b"half")
    (built.folder / "mine.txt").write_bytes(b"kept")
    desk.build(script(SECTIONS[:1], engine="diary"))
    assert "mine.txt" in _names(built.folder)
    assert not [name for name in _names(built.folder) if name.startswith(STRAY_PREFIX)]


# -- processes ---------------------------------------------------------------------------------------------------------

CHILD = """
import sys
from audioguide import engines
from tests.stand_in.engines import TARGET
engines.ENGINES["diary"] = TARGET
from audioguide.cli import main
main(sys.argv[1:])
"""


def _start(desk: Desk, *arguments: str) -> subprocess.Popen[bytes]:
    path = desk.write(script(_many(), engine="diary"))
    environment = {**child_environment(), "AUDIOGUIDE_CACHE": str(desk.cache)}
    command = [sys.executable, "-c", CHILD, "build", str(path), "-o", str(desk.folder / "output"), *arguments]
    return subprocess.Popen(command, cwd=desk.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _many() -> list[Document]:
    return [
        {"title": f"T {section}", "segments": [f"This is line {section * 12 + line} of many." for line in range(12)]}
        for section in range(3)
    ]


def _whole(desk: Desk) -> Built:
    """The same, built in peace elsewhere."""
    return desk.build(script(_many(), engine="diary"), cache=desk.folder / "calm", output=desk.folder / "calm-output")


def test_two_builds_at_once_share_the_work(desk: Desk) -> None:
    """Same store, same output: both succeed, and nothing is spoken by both."""
    processes = [_start(desk), _start(desk)]
    said = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert len(desk.asked()) <= 1.1 * 36
    assert (desk.folder / "output" / "episode" / "episode.mp3").read_bytes() == _whole(desk).data


def test_two_builds_to_two_places_share_the_store(desk: Desk) -> None:
    processes = [_start(desk, "-o", str(desk.folder / name)) for name in ("a", "b")]
    said = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert len(desk.asked()) <= 1.1 * 36
    files = [(desk.folder / name / "episode" / "episode.mp3").read_bytes() for name in ("a", "b")]
    assert files[0] == files[1]


@pytest.mark.parametrize("after_lines", [3, 20])
def test_a_killed_build_goes_on_where_it_was(desk: Desk, after_lines: int) -> None:
    process = _start(desk, "--jobs", "2")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if desk.diary.exists() and len(desk.diary.read_bytes().splitlines()) >= after_lines:
            break
        time.sleep(0.005)
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    process.communicate(timeout=60)
    folder = desk.folder / "output" / "episode"
    left = [name for name in _names(folder) if not name.startswith(STRAY_PREFIX)]
    assert left == [] or "episode.mp3" in left
    before = desk.asked()
    again = _start(desk)
    said = again.communicate(timeout=120)
    assert again.returncode == 0, said
    assert len(before) + len(desk.asked()) <= 36 + 2  # at most one utterance for each of two workers again
    assert (folder / "episode.mp3").read_bytes() == _whole(desk).data
    assert not [name for name in _names(folder) if name.startswith(STRAY_PREFIX)]


def test_a_failure_that_befalls_many_is_told_once_with_what_is_kept_and_how_to_go_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["One is kept."]
    desk.build(script([{"title": "A", "segments": lines}], engine="tone"))
    monkeypatch.setenv("AUDIOGUIDE_OFFLINE", "1")
    monkeypatch.setenv("AUDIOGUIDE_CACHE", str(desk.cache))
    voices = {"host": {"engine": "tone"}, "far": {"engine": "gtts"}}
    far = [{"say": f"Number {number} is far away.", "voice": "far"} for number in range(5)]
    path = desk.write(script([{"title": "A", "segments": [*lines, *far]}], voices=voices, defaults={"voice": "host"}))
    told = CliRunner(mix_stderr=False).invoke(main, ["build", str(path), "--jobs", "1"])
    assert told.exit_code == 1
    said = [line for line in told.stderr.splitlines() if "gtts needs the network" in line]
    assert len(said) == 1
    assert said[0].startswith(f"{path}: a.2")
    assert f"{path}: 1 utterances are spoken and kept, 5 are missing" in told.stderr
    assert told.stderr.rstrip().endswith(f"go on with: audioguide build {path} --jobs 1")
