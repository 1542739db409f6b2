"""R3, R4 and R5: nothing changed, everything damaged, and everybody at once."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from tests.torture.ground import Ground, Result, contents, ended

Damage = Callable[[Path, bytes], object]


def _flip(path: Path, _other: bytes) -> None:
    data = bytearray(path.read_bytes())
    at = random.Random(path.name).randrange(len(data))
    data[at] ^= 1 << (at % 8)
    path.write_bytes(data)


def _folder(path: Path, _other: bytes) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside").write_bytes(b"x")


DAMAGES: dict[str, Damage] = {
    "a bit flipped": _flip,
    "cut": lambda path, _: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "emptied": lambda path, _: path.write_bytes(b""),
    "extended": lambda path, _: path.write_bytes(path.read_bytes() + b"\0"),
    "swapped": lambda path, other: path.write_bytes(other),
    "a folder instead": _folder,
    "dated 1970": lambda path, _: os.utime(path, (0, 0)),
    "dated 2099": lambda path, _: os.utime(path, (4_070_908_800, 4_070_908_800)),
}
HARMLESS = {"dated 1970", "dated 2099"}


def build_again(ground: Ground, count: int, seed: int) -> Result:
    """R3: nothing changed, so no engine is called and no file is written; nor where only the notes are lost."""
    del seed
    result = Result("R3 build again, nothing changed", count)
    ground.write()
    result.check(ground.build().code == 0, "cannot be built")
    ground.asked()
    before = _times(ground.output)
    for number in range(count):
        if number % 2:
            shutil.rmtree(ground.cache / "state")
        again = ground.build()
        result.worst_s = max(result.worst_s, again.seconds)
        result.check(again.code == 0, f"{number}: {again}")
        result.check(ground.asked() == [], f"{number}: the engine was called")
        result.check(_times(ground.output) == before, f"{number}: files were written")
    result.note = "in every second round without its notes of the last build"
    return result


def _times(folder: Path) -> dict[str, tuple[int, int]]:
    """When each file was written, and its inode."""
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.rglob("*") if path.is_file()}


def damage_the_store(ground: Ground, count: int, seed: int) -> Result:
    """R4: every kind of damage, to single entries and to all; the output is right and the entry is made anew."""
    result = Result("R4 entries of the store are damaged")
    calm, work = ground.sub("calm"), ground.sub("work")
    calm.write()
    result.check(calm.build().code == 0, "cannot be built")
    right = contents(calm.episode)
    work.write()
    dice = random.Random(seed)
    for number in range(count):
        for how in DAMAGES:
            work.settle(calm)
            shutil.rmtree(work.cache / "state")
            entries = sorted(path for path in work.cache.rglob("*.age") if path.is_file())
            chosen = entries if number == 0 else dice.sample(entries, dice.randint(1, 3))
            result.count += len(chosen)
            _check_damage(work, how, chosen, entries=entries, right=right, result=result)
    result.note = f"{len(DAMAGES)} kinds"
    return result


def _check_damage(
    work: Ground, how: str, chosen: list[Path], *, entries: list[Path], right: dict[str, str], result: Result
) -> None:
    before = {path: path.read_bytes() for path in entries}
    for path in chosen:
        DAMAGES[how](path, before[entries[entries.index(path) - 1]])
    shutil.rmtree(work.output)
    built = work.build()
    result.worst_s = max(result.worst_s, built.seconds)
    result.check(built.code == 0, f"{how}: {built}")
    result.check(contents(work.episode) == right, f"{how}: another output")
    warned = built.err.count("it is made anew")
    read = [path for path in chosen if path.is_file() and path.read_bytes() == before[path]]
    # An entry that no step has to read is not looked at: the speech of a part that is encoded already.
    result.check(warned <= len(chosen), f"{how}: {warned} warnings for {len(chosen)} entries")
    if how in HARMLESS:
        result.check(warned == 0, f"{how}: a warning for nothing")
        return
    needed = [path for path in chosen if path.parent.parent.name == "parts"]
    result.check(warned >= len(needed), f"{how}: {warned} warnings for {len(needed)} parts that are read")
    result.check(all(path in read for path in needed), f"{how}: an entry is not made anew")


def crowd(ground: Ground, count: int, seed: int) -> Result:
    """R5: 2, 4 and 8 builds at once with one store and one output; the engine is called for one."""
    del seed
    result = Result("R5 2, 4 and 8 builds at once", count * 3)
    ground.write()
    result.check(ground.build().code == 0, "cannot be built")
    alone, right = len(ground.asked()), contents(ground.episode)
    most = 0.0
    for builds in (2, 4, 8) * count:
        ground.clear()
        begun = time.monotonic()
        processes = [ground.start("build", str(ground.script)) for _ in range(builds)]
        ends = [ended(process, begun) for process in processes]
        result.worst_s = max(result.worst_s, *(end.seconds for end in ends))
        share = len(ground.asked()) / alone
        most = max(most, share)
        result.check(all(end.code == 0 for end in ends), f"{builds}: {[str(end) for end in ends if end.code]}")
        result.check(contents(ground.episode) == right, f"{builds}: another output")
        result.check(share <= 1.1, f"{builds}: the engine was called {share:.2f} times as often as for one")
        result.check(not ground.strays(), f"{builds}: strays {ground.strays()}")
    result.note = f"engine calls at most {most:.2f} of one build's"
    return result
