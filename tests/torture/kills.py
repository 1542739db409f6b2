"""R1 and R2: `kill -9` at any moment, and what the next run finds."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

from tests.torture.ground import Ground, Result, contents, kill

_OLD, _NEW = "Sentence", "Line"


def kill_at_random(ground: Ground, count: int, seed: int) -> Result:
    """R1: the process tree is killed; at the final path lies nothing, the old file or the new one, each complete."""
    result = Result("R1 kill -9 at random moments, half with an old output in place", count)
    was, calm = ground.sub("was"), ground.sub("calm")
    old, _ = _built(was, _OLD)
    new, calm_s = _built(calm, _NEW)
    dice = random.Random(seed)
    work = ground.sub("work")
    stages: dict[str, int] = {}
    for number in range(count):
        work.clear()
        if number % 2:
            work.settle(was)
        work.write(_NEW)
        process = work.start("build", str(work.script))
        time.sleep(dice.uniform(0, 1.1 * calm_s))
        kill(process)
        process.communicate()
        found = contents(work.episode)
        reached = stage(found, old if number % 2 else {}, new)
        stages[reached] = stages.get(reached, 0) + 1
        result.check(reached != "wrong", f"{number}: {sorted(found)} are neither old nor new")
        again = work.build()
        result.worst_s = max(result.worst_s, again.seconds)
        result.check(again.code == 0, f"{number}: the next run: {again}")
        result.check(contents(work.episode) == new, f"{number}: the next run made something else")
        result.check(not work.strays(), f"{number}: strays are left: {work.strays()}")
    result.note = ", ".join(f"{times} {reached}" for reached, times in sorted(stages.items()))
    return result


def _built(ground: Ground, words: str) -> tuple[dict[str, str], float]:
    """The episode as it is when nobody disturbs, and how long its build takes."""
    ground.write(words)
    built = ground.build()
    assert built.code == 0, built
    return contents(ground.episode), built.seconds


def stage(found: Mapping[str, str], old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """How far the killed build came: each file is the old one or the new one, and episode.json is the last to change."""
    if any(content not in {old.get(name), new.get(name)} for name, content in found.items()):
        return "wrong"
    if not set(old) <= set(found):
        return "wrong"
    if found == new:
        return "finished"
    if "episode.json" in found and found["episode.json"] == new["episode.json"]:
        return "wrong"
    if found == old:
        return "untouched"
    return "between two files"


def resume_late(ground: Ground, count: int, seed: int) -> Result:
    """R2: after a kill at 80 % no more than an utterance per worker is spoken again, and every byte is the same."""
    result = Result("R2 resume after a kill at 80 %", count)
    calm, work = ground.sub("calm"), ground.sub("work")
    dice = random.Random(seed)
    most = 0
    for number in range(count):
        for place in (calm, work):
            place.clear()
            place.write(f"Turn {number} line")
        calm.build()
        whole = len(calm.asked())
        process = work.start("build", str(work.script))
        _wait_for(work, round(0.8 * whole))
        time.sleep(dice.uniform(0, 0.01))
        kill(process)
        process.communicate()
        before = work.asked()
        again = work.build()
        result.worst_s = max(result.worst_s, again.seconds)
        twice = len(before) + len(work.asked()) - whole
        most = max(most, twice)
        result.check(again.code == 0, f"{number}: {again}")
        result.check(0.7 * whole < len(before), f"{number}: killed after {len(before)} of {whole}")
        result.check(twice <= 2, f"{number}: {twice} utterances were spoken again")
        result.check(contents(work.episode) == contents(calm.episode), f"{number}: other bytes")
    result.note = f"at most {most} utterances spoken twice by two workers"
    return result


def _wait_for(ground: Ground, lines: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if ground.diary.exists() and ground.diary.read_bytes().count(b"\n") >= lines:
            return
        time.sleep(0.002)
