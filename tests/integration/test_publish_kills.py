"""Publishers that are killed, or work at once, and readers who look on."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import pytest

from tests import feeds
from tests.desk import child_environment
from tests.feeds import Site, channel_of, document, named_files, site

__all__ = ["site"]


_CHILD = """
import sys
from datetime import datetime
from pathlib import Path
from tests.feeds import Site, document
from tests.desk import Desk
folder = Path(sys.argv[1])
folder.mkdir()
site = Site(Desk(folder, folder / "asked.txt"), Path(sys.argv[4]), datetime.fromisoformat(sys.argv[3]))
built = [site.built(name, document(name, words=sys.argv[2])) for name in ("one", "two")]
print("built", flush=True)
sys.stdin.readline()
site.publish(*built)
print("published", flush=True)
"""


def _child(site: Site, words: str) -> subprocess.Popen[str]:
    """A process that builds two episodes, waits for a line, and publishes them."""
    desk = site.desk.folder / words.replace(" ", "-")
    arguments = [sys.executable, "-c", _CHILD, str(desk), words, site.now.isoformat(), str(site.folder)]
    child = subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment(), text=True
    )
    assert child.stdout
    assert child.stdout.readline() == "built\n"
    return child


def _go(child: subprocess.Popen[str]) -> None:
    assert child.stdin
    child.stdin.write("go\n")
    child.stdin.flush()


def _assert_consistent(site: Site) -> None:
    """What the feed names is there, in the length that it tells, and holds what its name says."""
    for name, length in named_files(channel_of((site.folder / "feed.xml").read_bytes())):
        data = (site.folder / name).read_bytes()
        assert length in {None, len(data)}


@pytest.mark.slow
def test_publish_that_is_killed_leaves_a_folder_that_works(site: Site) -> None:
    """Killed between any two files: a reader finds the old feed or the new one, whole, and the next publish mends all."""
    site.publish(*(site.built(name, document(name)) for name in ("one", "two")))
    ends = []
    for number in range(1, 15, 2):
        child = _child(site, f"Round number {number} begins.")
        before = site.names()
        _go(child)
        while child.poll() is None and len(site.names() - before) < number:
            time.sleep(0.001)
        child.kill()  # or it has just ended by itself
        child.communicate()
        ends.append(child.returncode)
        _assert_consistent(site)
    assert ends.count(-signal.SIGKILL) > len(ends) / 2
    assert len(site.items) == 2
    built = [site.built(name, document(name)) for name in ("one", "two")]
    site.publish(*built)
    assert not [name for name in site.names() if name.startswith(".")]
    site.later(days=3)
    site.publish(*built)
    fresh = Site(site.desk, site.desk.folder / "fresh")
    fresh.publish(*built)
    assert site.names() == fresh.names()


@pytest.mark.slow
def test_readers_see_whole_feeds_while_others_publish(site: Site) -> None:
    """Two publishers at once: each waits for the other, and a reader finds whatever the feed it read names."""
    site.publish(*(site.built(name, document(name)) for name in ("one", "two")))
    ended = threading.Event()
    seen: list[str] = []
    wrong: list[BaseException] = []

    def read() -> None:
        while not ended.is_set():
            try:
                _assert_consistent(site)
                seen.append(feeds.enclosure(site))
            except BaseException as error:
                wrong.append(error)
                raise

    reader = threading.Thread(target=read)
    children = [_child(site, words) for words in ("Alpha is here.", "Beta is there.")]
    reader.start()
    try:
        for child in children:
            _go(child)
        ends = [child.communicate()[0] for child in children]
    finally:
        ended.set()
        reader.join()
    assert ends == ["published\n", "published\n"]
    assert not wrong
    assert len(set(seen)) > 1
    assert feeds.errors(site) == []


def test_strays_of_a_killed_publish_are_swept(site: Site) -> None:
    built = site.built("one", document("One"))
    site.publish(built)
    (site.folder / ".audioguide-stray").write_text("half a file")
    assert [finding.where for finding in feeds.errors(site)] == [".audioguide-stray"]
    site.publish(built)
    assert ".audioguide-stray" not in site.names()
