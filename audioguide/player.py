"""Plays a sound file through whatever player the machine has."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from audioguide.errors import AudioguideError

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
            done = subprocess.run(  # noqa: S603 - the program of the table, and a path of ours
                [here[name], *options, str(path.absolute())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                check=False,
            )
            if done.returncode == 0 and _NO_WAY_OUT not in done.stderr:
                return
    if here:
        raise AudioguideError(f"no sound comes out of this machine ({', '.join(here)} failed)", hint=HINT)
    raise AudioguideError("there is no program here that plays sound", hint=HINT)
