"""Sounds and beds of every kind that ffmpeg reads; what is none, or too long, is told by `check` before anything is spoken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from audioguide import audio
from audioguide.audio import MAX_SOUND_S, decode, run_ffmpeg, told_s
from audioguide.cli import main
from audioguide.errors import AudioError
from tests.desk import Desk, Document, script

SINE = ["-f", "lavfi", "-i", "sine=440:duration=1.5:sample_rate=48000"]
KINDS = {
    "wav": [],
    "flac": [],
    "mp3": [],
    "mp2": [],
    "ogg": [],
    "opus": [],
    "m4a": [],
    "aac": [],
    "aiff": [],
    "caf": [],
    "au": [],
    "w64": [],
    "wma": [],
    "webm": [],
    "mka": [],
    "wv": [],
    "tta": [],
    "ac3": [],
    "avi": [],
    "dts": ["-strict", "-2", "-ac", "2"],
    "voc": ["-ar", "22050"],
}


def _made(path: Path, *arguments: str) -> Path:
    run_ffmpeg([*SINE, *arguments, "-y", str(path)])
    return path


def _problems(desk: Desk, document: Document) -> list[dict[str, Any]]:
    done = CliRunner().invoke(main, ["check", str(desk.write(document)), "--json"])
    return list(json.loads(done.stdout)["problems"])


def _playing(name: str) -> Document:
    return script([{"title": "A", "segments": [{"play": name}]}])


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_of_each_kind_is_checked_and_read(desk: Desk, kind: str) -> None:
    path = _made(desk.folder / f"sound.{kind}", *KINDS[kind])
    assert _problems(desk, _playing(path.name)) == []
    assert told_s(path) == pytest.approx(1.5, abs=0.06)
    clip = decode(path)
    assert clip.duration_s == pytest.approx(1.5, abs=0.06)
    spectrum = np.abs(np.fft.rfft(clip.samples[:, 0]))
    assert np.argmax(spectrum) * clip.rate_hz / clip.frames == pytest.approx(440, abs=2)


def test_kinds_play_and_lie_under_speech_whatever_their_names_say(desk: Desk) -> None:
    for kind in ("webm", "wma", "opus"):
        _made(desk.folder / f"x.{kind}").rename(desk.folder / f"{kind}.mp3")
    document = script(
        [{"title": "A", "music": "sea", "segments": ["Hello there.", {"play": "wma.mp3"}]}],
        music={"sea": {"file": "webm.mp3", "license": "CC0"}},
        intro={"play": "opus.mp3"},
    )
    built = desk.build(document)
    assert built.facts["duration_s"] > 4


def test_tag_before_the_sound_is_passed_over(desk: Desk) -> None:
    tag = b"ID3\x04\x00\x00\x00\x00\x02\x00" + bytes(256)
    for kind in ("aac", "flac"):
        path = _made(desk.folder / f"sound.{kind}")
        path.write_bytes(tag + path.read_bytes())
        assert decode(path).duration_s == pytest.approx(1.5, abs=0.06)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"#EXTM3U\nhttp://example.org/a.ts\n", "is not a sound file"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "is not a sound file"),
        (b'<?xml version="1.0"?><MPD/>', "is not a sound file"),
        (b"", "is not a sound file"),
        (b"RIFF\x24\x00\x00\x00WAVE", "cannot be decoded"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x02", "cannot be decoded"),
        (b"OggS" + bytes(64), "cannot be decoded"),
    ],
    ids=["playlist", "ffconcat", "dash", "empty", "cut", "tag-alone", "no-stream"],
)
def test_what_is_no_sound_is_told_with_its_place(desk: Desk, content: bytes, told: str) -> None:
    (desk.folder / "bell.mp3").write_bytes(content)
    (problem,) = _problems(desk, _playing("bell.mp3"))
    assert problem["path"] == "sections[0].segments[0].play"
    assert told in problem["message"]
    assert problem["hint"]
    assert problem["level"] == "error"


def test_a_sound_longer_than_any_that_is_read_is_told(desk: Desk) -> None:
    path = desk.folder / "long.flac"
    length_s = str(MAX_SOUND_S + 60)
    run_ffmpeg(["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", length_s, str(path)])
    document = script([{"title": "A", "text": "Hello."}], music={"sea": {"file": "long.flac", "license": "CC0"}})
    (problem,) = _problems(desk, document)
    assert (problem["path"], problem["level"]) == ("music.sea.file", "error")
    assert "3.0 hours" in problem["message"]


def test_a_bed_without_a_license_is_a_warning(desk: Desk) -> None:
    desk.sound("sea.wav", duration_s=1)
    document = script([{"title": "A", "text": "Hello."}], music={"sea": {"file": "sea.wav"}})
    (problem,) = _problems(desk, document)
    assert (problem["path"], problem["level"]) == ("music.sea", "warning")
    assert "license" in problem["hint"]
    assert desk.build(document).facts["duration_s"] > 0


def test_sound_that_cannot_be_decoded_for_want_of_a_program_says_what_to_do(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.sound("bell.wav", duration_s=1)

    def no_more_files(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(audio, "run", no_more_files)
    with pytest.raises(AudioError) as caught:
        decode(path)
    assert (caught.value.where, bool(caught.value.hint)) == (str(path), True)
