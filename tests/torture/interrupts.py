"""Ctrl-C at random moments of every long command: an end within a second, nothing lost, nothing left."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from audioguide.files import STRAY_PREFIX
from tests.feeds import named_files
from tests.torture.ground import Ended, Ground, Result, contents, ended, kill
from tests.torture.kills import stage

END_S = 1.0
"""From the signal to the end; on a busy machine besides as long as an empty command takes there, twice."""
_PUBLISH = ("publish", "episode.yaml", "--to", "site", "--base-url", "https://example.org/show/")


@dataclass(frozen=True)
class Command:
    """A command that takes a while, what it begins with, and what must hold of what it leaves."""

    arguments: tuple[str, ...]
    prepare: Callable[[Ground, Ground], None]
    """Makes it ready in a ground, with what was made in another."""
    wrong: Callable[[Ground, Ground], str]
    """Tells what is wrong with what lies in the ground, interrupted or not."""
    ends: bool = True
    """By itself; and what it could not do the next run does."""


def interrupt_at_random(ground: Ground, count: int, seed: int) -> Result:
    """Ctrl-C: exit 130 within a second, a line how to go on, no child and no stray left, every file whole."""
    result = Result("Ctrl-C at random moments of build, publish, preview, serve, import")
    dice = random.Random(seed)
    calm = _calm(ground, result)
    lasts_s = {name: _undisturbed_s(ground.sub("work"), calm, name, result) for name in COMMANDS}
    late = 0
    for number in range(count):
        name = list(COMMANDS)[number % len(COMMANDS)]
        work, to = ground.sub("work"), dice.choice([os.kill, os.killpg])
        COMMANDS[name].prepare(work, calm)
        process = ready(work, *COMMANDS[name].arguments)
        time.sleep(dice.uniform(0, lasts_s[name]))
        told = interrupted(process, to)
        result.count += 1
        late += told.code == 0
        result.worst_s = max(result.worst_s, told.seconds if told.code else 0)
        for wrong in _wrongs(work, calm, COMMANDS[name], told, process.pid):
            result.wrong.append(f"{number}, {name}, {to.__name__}: {wrong}")
    result.note = f"{late} were done before"
    return result


def ready(work: Ground, *arguments: str) -> subprocess.Popen[str]:
    """A command that has come to its first line of code; a player that plays for a minute is the first on its PATH."""
    player = work.folder / "programs" / "afplay"
    player.parent.mkdir(exist_ok=True)
    player.write_text("#!/bin/sh\nexec sleep 60\n")
    player.chmod(0o755)
    process = work.start(*arguments, AUDIOGUIDE_TEST_READY="1", PATH=f"{player.parent}{os.pathsep}{os.environ['PATH']}")
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def interrupted(process: subprocess.Popen[str], to: Callable[[int, int], None] = os.killpg) -> Ended:
    """How it ends on Ctrl-C; in a terminal its children get the signal too."""
    begun = time.monotonic()
    try:
        to(process.pid, signal.SIGINT)
        return ended(process, begun)
    finally:
        kill(process)


def end_problems(work: Ground, told: Ended, pid: int) -> list[str]:
    """What is wrong with the end of an interrupted command."""
    wrong = []
    if told.code != 130 or not told.err.strip().splitlines()[-1:] or "Traceback" in told.err + told.out:
        wrong.append(str(told))
    elif not told.err.strip().splitlines()[-1].startswith("interrupted"):
        wrong.append(f"says no word of it: {told}")
    if told.seconds > END_S and told.seconds > (most := END_S + 2 * work.run("--version").seconds):
        wrong.append(f"took {told.seconds:.1f} s, more than {most:.1f} s")
    if strays := sorted(str(path.relative_to(work.folder)) for path in work.folder.rglob(f"{STRAY_PREFIX}*")):
        wrong.append(f"left {strays}")
    if left := list((work.folder / "tmp").iterdir()):
        wrong.append(f"left {left} among the temporary files")
    if children := _left_alive(pid):
        wrong.append(f"left children: {children}")
    return wrong


def _wrongs(work: Ground, calm: Ground, command: Command, told: Ended, pid: int) -> list[str]:
    wrong = [] if told.code == 0 and command.ends else end_problems(work, told, pid)
    if found := command.wrong(work, calm):
        wrong.append(found)
    if command.ends:
        again = work.run(*command.arguments)
        done_before = "is there already" in again.err  # the script was written just before the signal came
        if (again.code and not done_before) or command.wrong(work, calm):
            wrong.append(f"the next run: {again} {command.wrong(work, calm)}")
    return wrong


def _left_alive(session: int) -> list[str]:
    """Processes of the session after its leader's end, given a moment to go: they hear of it in their own time."""
    deadline = time.monotonic() + 5
    while (alive := _of_session(session)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


def _of_session(session: int) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, of = (process / "stat").read_text().rsplit(")", 1)[1].split()[:4]
            if int(of) == session and state != "Z":
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except (OSError, ValueError):
            continue
    return found


# -- the commands ------------------------------------------------------------------------------------------------------


def _calm(ground: Ground, result: Result) -> Ground:
    """What comes of everything when nobody disturbs: an old episode, and a new one beside it."""
    for name, words in (("was", "Sentence"), ("calm", "Line")):
        place = ground.sub(name)
        place.write(words)
        told = place.build()
        result.check(told.code == 0, f"undisturbed: {told}")
    return Ground(ground.folder / "calm")


def _undisturbed_s(work: Ground, calm: Ground, name: str, result: Result) -> float:
    """How long a command works."""
    command = COMMANDS[name]
    command.prepare(work, calm)
    if not command.ends:
        return 1.5
    told = work.run(*command.arguments)
    result.check(told.code == 0 and not command.wrong(work, calm), f"undisturbed, {name}: {told}")
    return told.seconds


def _to_build(work: Ground, calm: Ground) -> None:
    was = Ground(calm.folder.with_name("was"))
    work.settle(was)
    work.write("Line")


def _episode_wrong(work: Ground, calm: Ground) -> str:
    """Each file is the old one or the new one, and nothing that was spoken before is lost."""
    was = Ground(calm.folder.with_name("was"))
    found = contents(work.episode)
    wrong = stage(found, contents(was.episode), contents(calm.episode)) == "wrong"
    lost = _entries(was) - _entries(work)
    return f"{sorted(found)} are neither old nor new" if wrong else f"{len(lost)} entries are lost" if lost else ""


def _entries(ground: Ground) -> set[str]:
    return {path.name for path in ground.cache.rglob("*.age")}


def _built(work: Ground, calm: Ground) -> None:
    work.settle(calm)
    work.write("Line")


def _site_wrong(work: Ground, _calm: Ground) -> str:
    """A feed that is there parses, and every file that it names is there, as long as it says."""
    feed = work.folder / "site" / "feed.xml"
    if not feed.exists():
        return ""
    channel = ET.fromstring(feed.read_bytes()).find("channel")  # noqa: S314 - ours
    assert channel is not None
    lengths = {name: (work.folder / "site" / name).stat().st_size for name, _ in named_files(channel)}
    return str([name for name, length in named_files(channel) if length not in {None, lengths[name]}] or "")


def _published(work: Ground, calm: Ground) -> None:
    _built(work, calm)
    told = work.run(*_PUBLISH)
    assert told.code == 0, told


def _to_preview(work: Ground, _calm: Ground) -> None:
    _long(work)


def _long(work: Ground) -> None:
    lines = [f"This is line {number} of what is heard." for number in range(60)]
    work.write("Line", sections=[{"title": "One", "segments": lines}])


def _article(work: Ground, _calm: Ground) -> None:
    shutil.copy(Path(__file__).parents[1] / "articles" / "kettle.txt", work.folder / "article.txt")


def _import_wrong(work: Ground, _calm: Ground) -> str:
    path = work.folder / "out.yaml"
    return "" if not path.exists() or path.read_text("utf-8").endswith("\n") else "a script that is not whole"


def _nothing_wrong(_work: Ground, _calm: Ground) -> str:
    return ""


COMMANDS: dict[str, Command] = {
    "build, threads": Command(("build", "episode.yaml"), _to_build, _episode_wrong),
    "build, processes": Command(("build", "episode.yaml", "--workers", "processes"), _to_build, _episode_wrong),
    "build, serial": Command(("build", "episode.yaml", "--workers", "serial"), _to_build, _episode_wrong),
    "publish": Command(_PUBLISH, _built, _site_wrong),
    "preview to a file": Command(("preview", "episode.yaml", "one", "-o", "out.wav"), _to_preview, _nothing_wrong),
    "preview": Command(("preview", "episode.yaml", "one"), _to_preview, _nothing_wrong, ends=False),
    "serve": Command(("serve", "site", "--port", "0"), _published, _site_wrong, ends=False),
    "import": Command(("import", "article.txt", "-o", "out.yaml"), _article, _import_wrong),
}
