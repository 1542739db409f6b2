"""How soon a sentence sounds that was never spoken, in the studio and as a preview.

Medians of ten. They are times of a clock, so they want the machine for themselves.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from audioguide.settings import load_settings
from audioguide.studio.server import open_studio

RUNS = 10
_SAMPLE = Path(__file__).parents[1] / "scripts"
_SCRIPT, _ADDRESS = "legs.yaml", "welcome.3"


def first_sounds() -> dict[str, float]:
    """The medians in seconds."""
    found = {}
    for name, measure in (("studio", in_the_studio), ("preview", as_a_preview)):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(_SAMPLE, Path(folder) / "scripts")
            found[name] = statistics.median(measure(Path(folder)))
    return found


def in_the_studio(folder: Path) -> list[float]:
    """From the change to the first samples of its sound, with the voice open and the script shown."""
    settings = load_settings({"cache": folder / "cache", "output": folder / "output"}, folder=folder)
    with open_studio(folder / "scripts" / _SCRIPT, settings, port=0) as studio:
        page = _Page(studio.address)
        version = page.read(f"/api/script?name={_SCRIPT}")["version"]
        taken_s = []
        for number in range(RUNS + 1):
            begun = time.perf_counter()
            version = page.change(
                version, f"It is worth knowing why, because reason {number} tells you how to train for it."
            )
            taken_s.append(page.first_samples() - begun)
        return taken_s[1:]


class _Page:
    """Asks as the page does."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.token = parts.query.removeprefix("token=")
        self.host = parts.netloc
        self.connection = HTTPConnection(self.host, timeout=60)

    def read(self, path: str) -> dict[str, Any]:
        self.connection.request("GET", f"{path}&token={self.token}")
        found: dict[str, Any] = json.loads(self.connection.getresponse().read())
        return found

    def change(self, version: str, text: str) -> str:
        body = {"name": _SCRIPT, "version": version, "address": _ADDRESS, "field": "text", "value": text}
        headers = {
            "X-Studio-Token": self.token,
            "Origin": f"http://{self.host}",
            "Content-Type": "application/json",
        }
        self.connection.request("POST", "/api/edit", json.dumps(body), headers)
        return str(json.loads(self.connection.getresponse().read())["version"])

    def first_samples(self) -> float:
        self.connection.request("GET", f"/api/sound?name={_SCRIPT}&address={_ADDRESS}&token={self.token}")
        answer = self.connection.getresponse()
        answer.read(1000)
        moment = time.perf_counter()
        answer.read()
        return moment


def as_a_preview(folder: Path) -> list[float]:
    """From the command to the start of the player, which is a stand-in that notes the moment."""
    player = folder / "programs" / "pw-play"
    player.parent.mkdir()
    player.write_text(f'#!/bin/sh\ndate +%s.%N > "{folder}/played"\n')
    player.chmod(0o755)
    script = folder / "scripts" / _SCRIPT
    written = script.read_text("utf-8")
    taken_s = []
    for number in range(RUNS + 1):
        script.write_text(written.replace("It is still worth knowing", f"Reason {number} is worth knowing"), "utf-8")
        begun = time.time()
        _run([sys.executable, "-m", "audioguide", "preview", str(script), _ADDRESS], folder, player.parent)
        taken_s.append(float((folder / "played").read_text()) - begun)
    return taken_s[1:]


def _run(command: Sequence[str], folder: Path, programs: Path) -> None:
    surroundings = {**os.environ, "AUDIOGUIDE_CACHE": str(folder / "cache")}
    surroundings["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled once, not at every start
    subprocess.run(command, env=surroundings, stdout=subprocess.DEVNULL, check=True)
