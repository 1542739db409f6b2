"""Other programs: arguments as a list, an end in time, and nothing of the environment that is not theirs."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pytest

import audioguide
from audioguide import programs
from audioguide.audio import decode, ffmpeg_path, mono, run_ffmpeg, stretch
from audioguide.engines import SpeechRequest
from audioguide.engines.espeak import Espeak
from audioguide.errors import AudioError, AudioguideError
from audioguide.formats import PartSound, encoding_for, get_format
from audioguide.player import PLAYERS, play
from audioguide.programs import kill_running, run, started

SECRETS = {
    "OPENAI_API_KEY": "sk-hush-1",
    "AUDIOGUIDE_CACHE": "s3://key:hush-2@bucket",
    "AWS_SECRET_ACCESS_KEY": "hush-3",
    "HTTPS_PROXY": "http://user:hush-4@proxy:8080",
    "GITHUB_TOKEN": "hush-5",
    "LD_PRELOAD": "",
    "SOMETHING_NEW": "hush-6",
}
PRODUCT = Path(audioguide.__file__).parent


@pytest.fixture
def dump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of programs that write down their environment and fail, first on PATH; every secret is set."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("ffmpeg", "ffprobe", "espeak-ng", "avconv", *(player[0] for player in PLAYERS)):
        path = folder / name
        path.write_text(f'#!/bin/sh\nenv > "{folder}/$(basename "$0").env"\nexit 1\n')
        path.chmod(0o755)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("PULSE_SERVER", "unix:/run/pulse")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(folder / "ffmpeg"))
    ffmpeg_path.cache_clear()
    yield folder
    ffmpeg_path.cache_clear()


def test_programs_see_no_secret(dump: Path) -> None:
    """Neither ffmpeg at any of its tasks, nor espeak-ng, nor any player."""
    clip = mono(np.zeros(4410, np.float32), 44_100)
    sound = dump / "a.mp3"
    sound.write_bytes(b"ID3" + bytes(100))
    form = get_format("mp3")
    encoding = encoding_for(form, rate_hz=44_100, channels=1, bitrate_kbps=None)
    for work in (
        lambda: decode(sound),
        lambda: stretch(clip, 1.5),
        lambda: form.encode([PartSound(bytes(2 * 1152 * 8))], encoding),
        lambda: Espeak().speak(SpeechRequest("Hello.", "en", "en-us"), timeout_s=5),
        lambda: play(sound),
    ):
        with pytest.raises(AudioguideError):
            work()
    seen = {path.stem: path.read_text("utf-8") for path in dump.glob("*.env")}
    assert set(seen) >= {"ffmpeg", "espeak-ng", *(player[0] for player in PLAYERS)}
    for name, told in seen.items():
        assert "hush-" not in told, name
        assert "PULSE_SERVER=unix:/run/pulse" in told
        assert "LC_ALL=C.UTF-8" in told
        allowed = programs.PASSED_ON | {"PWD", "SHLVL", "_", "LC_ALL", "OLDPWD"}
        assert {line.partition("=")[0] for line in told.splitlines()} <= allowed, name


def test_no_other_place_starts_a_program() -> None:
    """One module imports subprocess to start something; `audio` names its types."""
    starters = {"Popen", "run", "call", "check_call", "check_output", "getoutput"}
    found = [
        f"{path.relative_to(PRODUCT)}:{node.lineno}"
        for path in PRODUCT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "subprocess"
        and node.func.attr in starters
    ]
    assert [place.partition(":")[0] for place in found] == ["programs.py"]


def test_program_that_takes_too_long_is_ended() -> None:
    begun = time.monotonic()
    with pytest.raises(TimeoutError, match=r"did not end within 0\.3 s"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], timeout_s=0.3)
    assert time.monotonic() - begun < 30


def test_program_that_fills_both_pipes_is_read_to_its_end() -> None:
    """Neither its input nor its complaints hold it up."""
    code = "import sys; d = sys.stdin.buffer.read(); sys.stderr.write('x' * 300000); sys.stdout.buffer.write(d)"
    data = os.urandom(3_000_000)
    ran = run([sys.executable, "-c", code], data=data, timeout_s=60)
    assert (ran.status, ran.out, len(ran.complaints)) == (0, data, 300_000)


def test_program_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        run(["/nowhere/ffmpeg"], timeout_s=1)


def test_program_is_killed_where_its_reader_fails() -> None:
    code = "import time; print('a', flush=True); time.sleep(60)"

    def read(complaints: IO[bytes]) -> None:
        with started([sys.executable, "-c", code], stderr=complaints, timeout_s=60) as program:
            reading.append(program)
            assert program.stdout
            program.stdout.readline()
            raise RuntimeError("enough")

    reading: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryFile() as complaints, pytest.raises(RuntimeError, match="enough"):
        read(complaints)
    assert reading[0].returncode == -9


def test_what_runs_can_be_killed_at_once() -> None:
    """As by a process that ends where it stands."""
    with tempfile.TemporaryFile() as complaints:
        with started([sys.executable, "-c", "import time; time.sleep(60)"], stderr=complaints, timeout_s=60) as program:
            kill_running()
        assert program.returncode == -9


def test_arguments_are_no_shell_words() -> None:
    with pytest.raises(AudioError):
        run_ffmpeg(["-i", "file:$(touch /tmp/never); `id` | cat > x", "-f", "null", "-"])
