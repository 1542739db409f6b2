"""R7: readers of a feed folder while it is published again and again, and publishers are killed."""

from __future__ import annotations

import random
import threading
import time
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.feeds import named_files
from tests.torture.ground import Ended, Ground, Result, ended, kill

BASE = "https://example.org/show/"
KILLED = 0.3
VERSIONS = 4


def read_while_published(ground: Ground, count: int, seed: int) -> Result:
    """R7: whatever feed a reader finds parses, and every file that it names is there, as long as it says."""
    result = Result("R7 readers during publishes, 30 % of them killed", count)
    dice = random.Random(seed)
    scripts = _built(ground, result)
    site = ground.folder / "site"
    publish = ("publish", "--to", str(site), "--base-url", BASE)
    first = ground.run(*publish, scripts[0])
    result.check(first.code == 0, f"the first publish: {first}")
    reader = _Reader(site, result)
    reader.thread.start()
    killed = 0
    for number in range(count):
        begun = time.monotonic()
        process = ground.start(*publish, scripts[number % VERSIONS])
        if dice.random() < KILLED:
            killed += 1
            time.sleep(dice.uniform(0.2, 1.0) * first.seconds)
            kill(process)
            process.communicate()
            continue
        told: Ended = ended(process, begun)
        result.worst_s = max(result.worst_s, told.seconds)
        result.check(told.code == 0, f"{number}: {told}")
    reader.ended.set()
    reader.thread.join()
    result.check(reader.looked > 0, "nobody read")
    result.note = f"{killed} killed; {reader.looked} looks at the folder"
    return result


def _built(ground: Ground, result: Result) -> list[str]:
    """One episode in several versions: each lies in a folder of its own, under the same id."""
    scripts = []
    for number in range(VERSIONS):
        folder = ground.sub(f"version{number}")
        words = f"Version {number}"
        folder.write(words, sections=[{"title": "One", "segments": [f"{words} of the episode."]}])
        scripts.append(str(folder.script))
        built = ground.run("build", str(folder.script))
        result.check(built.code == 0, f"cannot be built: {built}")
    return scripts


class _Reader:
    """Somebody who fetches the feed over and over, and all that it names."""

    def __init__(self, site: Path, result: Result) -> None:
        self.site, self.result = site, result
        self.ended = threading.Event()
        self.looked = 0
        self.thread = threading.Thread(target=self._read)

    def _read(self) -> None:
        while not self.ended.is_set() and len(self.result.wrong) < 20:
            try:
                channel = ET.fromstring((self.site / "feed.xml").read_bytes()).find("channel")  # noqa: S314 - ours
                assert channel is not None, "a feed without a channel"
                for name, length in named_files(channel):
                    found = len((self.site / name).read_bytes())
                    self.result.check(length in {None, found}, f"{name} has {found} bytes, not {length}")
            except (OSError, ET.ParseError, AssertionError) as error:
                self.result.wrong.append(f"a reader: {error}")
            self.looked += 1
            time.sleep(0.005)
