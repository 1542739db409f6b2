"""Plays a sound file through whatever player the machine has."""

from __future__ import annotations

import shutil
import wave
from contextlib import suppress
from pathlib import Path

from audioguide.errors import AudioguideError
from audioguide.programs import run

PLAYERS: tuple[tuple[str, ...], ...] = (
    ("afplay",),
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("mpv", "--no-video", "--really-quiet"),
    ("play", "-q"),
)
"""Programs and their options; the file's path follows. The lighter ones come first: they begin sooner."""

HINT = "install a player (aplay of alsa-utils, pw-play, ffplay, mpv or sox), or write a file with -o"


_NO_WAY_OUT = b"audio open failed"
"""What ffplay says where no sound can leave the machine; it calls that a success."""


def players() -> dict[str, str]:
    """The players that are here, with their paths, in the order in which they are tried."""
    return {name: path for name, *_ in PLAYERS if (path := shutil.which(name))}


def play(path: Path) -> None:
    """Play a WAV file and return when it ends. Raises AudioguideError where no player can.

    A player that fails (no sound server, no device) makes way for the next.
    """
    here = players()
    for name, *options in PLAYERS:
        if name in here:
            with suppress(OSError):  # it cannot be started, or hangs
                ran = run([here[name], *options, str(path.absolute())], timeout_s=_longest_s(path))
                if ran.status == 0 and _NO_WAY_OUT not in ran.complaints:
                    return
    if here:
        raise AudioguideError(f"no sound comes out of this machine ({', '.join(here)} failed)", hint=HINT)
    raise AudioguideError("there is no program here that plays sound", hint=HINT)


def _longest_s(wav: Path) -> float:
    """How long a player may take: twice as long as the sound, for devices that are slow, and a minute to begin."""
    try:
        with wave.open(str(wav)) as sound:
            return 60.0 + 2 * int(sound.getnframes()) / int(sound.getframerate())
    except (OSError, EOFError, wave.Error, ZeroDivisionError):
        return 600
