"""The commands: what they say, what they exit with, what programs read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from audioguide.cli import main
from tests.desk import Desk
from tests.feeds import BASE, Site, document, site

__all__ = ["site"]


@pytest.fixture
def shop(site: Site) -> Desk:
    """A desk with two scripts."""
    for name in ("one", "two"):
        site.built(name, document(name.title(), date="2026-11-01" if name == "one" else "2026-11-02"))
    return site.desk


def _run(*arguments: str, exit_code: int = 0) -> Result:
    done = CliRunner().invoke(main, list(arguments))
    assert done.exit_code == exit_code, done.output
    return done


def _json(*arguments: str, exit_code: int = 0) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_run(*arguments, "--json", exit_code=exit_code).output)
    return document


def test_publish_builds_and_tells_what_the_feed_holds(shop: Desk) -> None:
    said = _run("publish", "one.yaml", "two.yaml", "--to", "site", "--base-url", BASE).output
    assert "2026-11-02  Two\n2026-11-01  One\n" in said
    assert f"feed: {BASE}feed.xml\n" in said
    assert "note: the show's category is not set, so it is" in said
    assert (shop.folder / "output" / "one" / "one.mp3").is_file()
    again = _run("publish", "one.yaml", "--to", "site").output
    assert again == f"2026-11-02  Two\n2026-11-01  One\nsite: nothing changed\nfeed: {BASE}feed.xml\n"


def test_programs_read_one_document(shop: Desk) -> None:
    made = _json("publish", "one.yaml", "--to", "site", "--base-url", BASE)
    assert made["feed"] == f"{BASE}feed.xml"
    assert [(one["id"], one["status"], one["url"]) for one in made["episodes"]] == [
        ("one", "published", f"{BASE}one.html")
    ]
    assert (shop.folder / "site" / made["episodes"][0]["enclosure"].removeprefix(BASE)).is_file()
    assert "feed.xml" in made["written"]
    assert made["findings"] == []
    assert _json("publish", "one.yaml", "--to", "site")["written"] == []


def test_unpublish_takes_a_script_or_an_id(shop: Desk) -> None:
    assert shop.folder.is_dir()
    _run("publish", "one.yaml", "two.yaml", "--to", "site", "--base-url", BASE)
    assert "2026-11-01" not in _run("unpublish", "one.yaml", "--to", "site").output
    said = _run("unpublish", "two", "--to", "site", "--now").output
    assert "note: the feed holds no episode" in said
    assert "removed" in said
    assert _json("unpublish", "two", "--to", "site", exit_code=1)["error"]["message"] == "is not published here"


def test_wrong_sound_is_refused_with_every_finding(shop: Desk) -> None:
    """Exit 1, each finding with its hint, and what --force would do."""
    media = shop.folder / "output" / "one" / "one.mp3"
    _run("publish", "one.yaml", "--to", "site", "--base-url", BASE)
    stamp = media.stat()
    data = bytearray(media.read_bytes())
    data[-1000] ^= 1
    media.write_bytes(data)
    os.utime(media, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # as a failing disk would do it
    (shop.folder / "site" / "publish-state.json").unlink()
    for path in (shop.folder / "site").iterdir():
        path.unlink()
    arguments = ("publish", "one.yaml", "--to", "site", "--base-url", BASE)
    said = _run(*arguments, exit_code=1).output
    assert "one.mp3: is not the file that was built: somebody changed it\n  hint: build it again with --force\n" in said
    assert said.endswith("nothing was published; --force publishes all the same\n")
    told = _json(*arguments, exit_code=1)
    assert told["error"]["kind"] == "NotPublished"
    assert [one["level"] for one in told["findings"]] == ["error"]
    assert not list((shop.folder / "site").iterdir())


def test_missing_base_url_is_told_before_anything_is_built(site: Site) -> None:
    site.desk.write(document("One"), "one.yaml")
    said = _run("publish", "one.yaml", "--to", "site", exit_code=2).output
    assert said.startswith("--base-url: is not known yet\nhint: say where")
    assert not (site.desk.folder / "output").exists()


def test_mistake_in_a_script_exits_with_2(site: Site) -> None:
    site.desk.write({**document("One"), "show": {"category": "Sport"}}, "one.yaml")
    said = _run("publish", "one.yaml", "--to", "site", "--base-url", BASE, exit_code=2).output
    assert 'show.category: "Sport" is not one of Apple\'s categories; did you mean "Sports"?' in said


def test_check_finds_a_wrong_category(site: Site) -> None:
    site.desk.write({**document("One"), "show": {"category": "Fitness"}}, "one.yaml")
    said = _run("check", "one.yaml", exit_code=2).output
    assert 'show.category: "Fitness" is not one of Apple\'s categories; write "Health & Fitness > Fitness"' in said


def test_feed_check_exits_with_1_where_something_is_wrong(shop: Desk) -> None:
    _run("publish", "one.yaml", "--to", "site", "--base-url", BASE)
    assert "0 errors" in _run("feed", "check", "site").output
    next(Path(shop.folder, "site").glob("one.*.mp3")).unlink()
    said = _run("feed", "check", "site", exit_code=1).output
    assert "No such file or directory" in said
    assert "hint: " in said
    assert _json("feed", "check", "site", exit_code=1)["findings"]


@pytest.mark.parametrize("name", ["publish", "unpublish", "serve", "feed"])
def test_help_has_examples(name: str) -> None:
    said = _run(name, *(["check"] if name == "feed" else []), "--help").output
    assert "Examples:" in said
