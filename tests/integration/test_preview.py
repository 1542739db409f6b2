"""A preview is the same stretch of the episode, heard sooner."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray

from audioguide.audio import decode
from audioguide.build import plan_script, workshop_of
from audioguide.cli import main
from audioguide.errors import AudioguideError
from audioguide.parts import Workshop
from audioguide.plan.addresses import cues_at
from audioguide.preview import play_sound, record_of, sounds, sounds_with_music
from tests.desk import Built, Desk, Document, script

MP3_LOSS_DB = 0.45
"""How much quieter LAME leaves speech (the format's own figure)."""

TEXTS = [
    "Good morning, and welcome. It is early.",
    {"id": "teaser", "say": "Yes. [pause 900ms] No."},
    "The last of three.",
]
SECTIONS: list[dict[str, Any]] = [
    {"id": "welcome", "title": "Welcome", "segments": TEXTS},
    {"id": "end", "title": "The end", "segments": [{"say": "Here begins the second part.", "gain": "-4 dB"}, "It ends."]},
]  # fmt: skip


def _run(*arguments: object) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, [str(argument) for argument in arguments])


def _json(*arguments: object) -> list[dict[str, Any]]:
    result = _run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)["segments"]
    return found


@pytest.fixture
def home(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose settings the command finds by itself."""
    monkeypatch.setenv("AUDIOGUIDE_CACHE", str(desk.cache))
    monkeypatch.setenv("AUDIOGUIDE_OUTPUT", str(desk.folder / "output"))
    return desk


def _same_stretch(built: Built, chosen: range) -> NDArray[np.float64]:
    """What those cues sound like in the episode: parts follow each other without a gap, to the sample."""
    frames = {part.index: part.facts.frames for part in built.parts if part.facts}
    start = sum(frames[index] for index in range(chosen.start))
    count = sum(frames[index] for index in chosen)
    return built.decoded().samples[start : start + count, 0].astype(np.float64)


def _assert_same(heard: NDArray[np.float64], episode: NDArray[np.float64]) -> None:
    assert len(heard) == len(episode)
    level_db = 10 * np.log10(np.mean(heard**2) / np.mean(episode**2)) - MP3_LOSS_DB
    assert float(np.corrcoef(heard, episode)[0, 1]) > 0.99
    assert abs(level_db) < 0.1


@pytest.mark.parametrize("engine", ["tone", "hibari"])
@pytest.mark.parametrize("address", ["welcome.1", "end.1", "welcome.teaser..3", "welcome"])
def test_a_preview_is_the_stretch_of_the_episode(home: Desk, engine: str, address: str) -> None:
    path = home.write(script(SECTIONS, engine=engine))
    assert _run("preview", path, address, "-o", "heard.wav").exit_code == 0
    heard = decode(home.folder / "heard.wav")
    built = home.build(script(SECTIONS, engine=engine))
    _assert_same(heard.samples[:, 0].astype(np.float64), _same_stretch(built, cues_at(built.plan, address)))


def _with_music(home: Desk) -> Document:
    home.sound("bed.wav", duration_s=3.0, hz=110)
    sections = [{"id": "before", "title": "Before", "segments": ["Nothing lies under this."]}, *SECTIONS]
    music = {"bed": {"file": "bed.wav", "fade_in": "500ms"}}
    return script([sections[0], *({**section, "music": "bed"} for section in SECTIONS)], music=music)


@pytest.mark.parametrize("address", ["welcome.2", "end", "before.1..welcome.1"])
def test_with_music_it_is_the_stretch_of_the_episode_too(home: Desk, address: str) -> None:
    document = _with_music(home)
    path = home.write(document)
    assert _run("preview", path, address, "--music", "-o", "heard.wav").exit_code == 0
    heard = decode(home.folder / "heard.wav")
    built = home.build(document)
    _assert_same(heard.samples[:, 0].astype(np.float64), _same_stretch(built, cues_at(built.plan, address)))


@pytest.mark.parametrize("address", ["welcome.2", "intro..welcome.1"])
def test_music_lies_under_what_follows_an_intro(home: Desk, address: str) -> None:
    document = _with_music(home)
    home.sound("sting.wav", duration_s=0.5)
    document = {**document, "intro": {"play": "sting.wav"}, "sections": document["sections"][1:]}
    path = home.write(document)
    assert _run("preview", path, address, "--music", "-o", "heard.wav").exit_code == 0
    heard = decode(home.folder / "heard.wav")
    built = home.build(document)
    _assert_same(heard.samples[:, 0].astype(np.float64), _same_stretch(built, cues_at(built.plan, address)))


def test_without_music_nothing_else_is_spoken(home: Desk) -> None:
    home.sound("bed.wav", duration_s=3.0)
    sections = [{**section, "music": "bed"} for section in SECTIONS]
    path = home.write(script(sections, engine="diary", music={"bed": {"file": "bed.wav"}}))
    assert _run("preview", path, "welcome.3", "-o", "heard.wav").exit_code == 0
    assert home.asked() == ["The last of three."]


def test_what_was_spoken_is_not_spoken_again_by_preview_or_build(home: Desk) -> None:
    document = script(SECTIONS, engine="diary")
    path = home.write(document)
    _json("preview", path, "welcome", "-o", "heard.wav")
    assert sorted(home.asked()) == sorted(
        ["Good morning, and welcome.", "It is early.", "Yes.", "No.", "The last of three."]
    )
    _json("preview", path, "welcome.1..2", "-o", "heard.wav")
    assert home.asked() == []
    home.build(document)
    assert sorted(home.asked()) == ["Here begins the second part.", "It ends."]


def test_json_tells_what_was_heard_and_whether_it_was_there(home: Desk) -> None:
    document = script(SECTIONS)
    path = home.write(document)
    first = _json("preview", path, "welcome.teaser", "-o", "heard.wav")
    again = _json("preview", path, "welcome.2", "-o", "heard.wav")
    assert [(row["address"], row["voice"], row["text"]) for row in first] == [("welcome.teaser", "host", "Yes. No.")]
    assert (first[0]["cached"], again[0]["cached"]) == (False, True)
    segment = next(one for one in home.build(document).facts["segments"] if one["address"] == "welcome.teaser")
    assert first[0]["duration_s"] == pytest.approx(segment["end_s"] - segment["start_s"], abs=0.0015)
    assert _json("preview", path, "welcome.teaser", "-o", "heard.wav")[0]["start_s"] == segment["start_s"]


def test_the_list_guesses_before_and_measures_after_the_build(home: Desk) -> None:
    document = script([*SECTIONS], intro={"play": home.sound("sting.wav", duration_s=1.0).name})
    path = home.write(document)
    before = _json("preview", path)
    built = home.build(document).facts["segments"]
    after = _json("preview", path)
    assert [row["address"] for row in before] == [one["address"] for one in built]
    assert not any(row["cached"] or row["measured"] for row in before)
    assert all(row["cached"] and row["measured"] for row in after)
    assert [row["start_s"] for row in after] == [one["start_s"] for one in built]
    ends = [round(row["start_s"] + row["duration_s"], 3) for row in after]
    assert ends == pytest.approx([one["end_s"] for one in built], abs=0.0015)


def test_the_list_for_people_has_a_line_a_segment(home: Desk) -> None:
    result = _run("preview", home.write(script(SECTIONS)))
    lines = result.stdout.splitlines()
    assert len(lines) == 5
    assert lines[1].split()[0] == "welcome.teaser"
    assert "~" in lines[1]
    assert lines[1].endswith("host  Yes. No.")


def test_a_time_of_the_built_episode_finds_its_segment(home: Desk) -> None:
    document = script(SECTIONS)
    path = home.write(document)
    segment = home.build(document).facts["segments"][3]
    middle = (segment["start_s"] + segment["end_s"]) / 2
    assert _json("preview", path, "--at", f"0:{middle:.2f}", "-o", "heard.wav")[0]["address"] == "end.1"
    assert _json("where", path, "--at", middle)[0]["address"] == "end.1"
    assert _json("where", path, "--at", "0")[0]["address"] == "welcome.1"


def test_where_tells_time_and_line(home: Desk) -> None:
    document = script(SECTIONS)
    path = home.write(document)
    built = {one["address"]: one for one in home.build(document).facts["segments"]}
    rows = _json("where", path, "welcome")
    assert [row["address"] for row in rows] == ["welcome.1", "welcome.teaser", "welcome.3"]
    for row in rows:
        assert (row["start_s"], row["end_s"]) == (built[row["address"]]["start_s"], built[row["address"]]["end_s"])
        written = path.read_text("utf-8").splitlines()[row["line"] - 1]
        assert row["text"].split()[-1] in written or written.strip() == "- id: teaser"
    assert f"welcome.teaser  {path}:{rows[1]['line']}" in _run("where", path, "welcome.teaser").stdout


@pytest.mark.parametrize(
    ("arguments", "exit_code", "told"),
    [
        (["where", "welcome.1"], 1, "build it first: audioguide build"),
        (["preview", "--at", "1:00"], 1, "build it first: audioguide build"),
        (["preview", "welcom.1", "-o", "a.wav"], 1, 'did you mean "welcome.1"?'),
        (["preview", "welcome.1", "-o", "a.txt"], 1, "end its name in .wav or .mp3"),
        (["preview", "welcome.1", "-o", "no/such/a.wav"], 1, "cannot be written"),
        (["preview", "welcome.1", "--at", "1"], 2, "not both"),
        (["preview", "--music"], 2, "name an ADDRESS"),
        (["preview", "--at", "soon"], 2, "write it like 12:31"),
        (["where"], 2, "name an ADDRESS or a time"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(home: Desk, arguments: list[str], exit_code: int, told: str) -> None:
    result = _run(arguments[0], home.write(script(SECTIONS)), *arguments[1:])
    assert (result.exit_code, told in result.stderr) == (exit_code, True), result.output


def test_a_time_beyond_the_end_and_a_segment_built_later_are_told(home: Desk) -> None:
    document = script(SECTIONS)
    path = home.write(document)
    home.build(document)
    assert "s long" in _run("where", path, "--at", "9:00").stderr
    home.write(script([*SECTIONS, {"id": "new", "title": "New", "segments": ["Six."]}]))
    assert "build it again" in _run("where", path, "new").stderr


def test_an_mp3_holds_what_the_wav_holds(home: Desk) -> None:
    path = home.write(script(SECTIONS))
    for name in ("a.wav", "a.mp3"):
        assert _run("preview", path, "welcome.teaser", "-o", name).exit_code == 0
    wav, mp3 = decode(home.folder / "a.wav"), decode(home.folder / "a.mp3")
    assert 0 <= mp3.frames - wav.frames <= 3 * 1152  # a decoder on a pipe hears the frames that end the file
    _assert_same(wav.samples[:, 0].astype(np.float64), mp3.samples[: wav.frames, 0].astype(np.float64))


def test_a_refusal_leaves_no_file_and_tells_the_address(home: Desk) -> None:
    home.refuse("No")
    result = _run("preview", home.write(script(SECTIONS, engine="diary")), "welcome.teaser", "-o", "heard.wav")
    assert result.exit_code == 1
    assert result.stderr.startswith("welcome.teaser: the diary refuses No")
    assert not (home.folder / "heard.wav").exists()


# -- to the ear --------------------------------------------------------------------------------------------------------


def _ready(home: Desk, document: Document) -> tuple[Workshop, Any]:
    settings = home.settled()
    plan = plan_script(home.order(document))
    return workshop_of(plan, settings), plan


def test_the_first_utterance_is_played_while_the_second_is_not_spoken_yet(home: Desk) -> None:
    workshop, plan = _ready(home, script(SECTIONS, engine="diary"))
    begun = threading.Event()
    asked_then: list[list[str]] = []

    def play(_path: Path) -> None:
        if not begun.is_set():
            asked_then.append(home.diary.read_text("utf-8").splitlines())
            begun.set()

    def pieces() -> Iterator[bytes]:
        for piece in sounds(plan, workshop, cues_at(plan, "welcome.1")):
            yield piece
            assert begun.wait(10)

    play_sound(pieces(), workshop, play)
    assert asked_then == [["Good morning, and welcome."]]
    assert home.asked() == ["Good morning, and welcome.", "It is early."]


def test_everything_is_played_once_and_in_order(home: Desk) -> None:
    workshop, plan = _ready(home, script(SECTIONS))
    heard: list[NDArray[np.float32]] = []
    play_sound(
        sounds(plan, workshop, cues_at(plan, "welcome..end")), workshop, lambda path: heard.append(decode(path).samples)
    )
    whole = np.concatenate(heard)[:, 0].astype(np.float64)
    _assert_same(whole, _same_stretch(home.build(script(SECTIONS)), range(5)))


def test_a_player_that_fails_ends_the_preview(home: Desk) -> None:
    workshop, plan = _ready(home, script(SECTIONS))

    def broken(_path: Path) -> None:
        raise AudioguideError("no player", hint="install one")

    with pytest.raises(AudioguideError, match="no player"):
        play_sound(sounds(plan, workshop, range(5)), workshop, broken)


def test_what_cannot_be_spoken_is_told_after_what_was_played(home: Desk) -> None:
    home.refuse("early")
    workshop, plan = _ready(home, script(SECTIONS, engine="diary"))
    with pytest.raises(AudioguideError) as caught:
        play_sound(sounds(plan, workshop, range(1)), workshop, lambda _: None)
    assert caught.value.where == "welcome.1"


def test_a_bed_is_spoken_through_once(home: Desk) -> None:
    workshop, plan = _ready(home, {**_with_music(home), "voices": {"host": {"engine": "diary"}}})
    before = record_of(plan, workshop, home.settled())
    for _ in range(2):
        assert list(sounds_with_music(plan, workshop, cues_at(plan, "end.1"), before))
    assert len(home.asked()) == 7
