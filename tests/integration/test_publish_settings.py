"""`publish:` in show.yaml: where the show goes, so that the command line need not say it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from audioguide.cli import main
from tests import feeds
from tests.desk import Desk
from tests.feeds import BASE, channel_of, document


@pytest.fixture
def shelf(desk: Desk) -> Path:
    """A folder with two scripts, apart from where the commands run."""
    folder = desk.folder / "scripts"
    folder.mkdir()
    feeds.cover(folder / "cover.png")
    for day, name in enumerate(("one", "two"), start=1):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(document(name.title(), date=f"2026-11-0{day}")))
    _write_show(folder, to="../site", base_url=BASE)
    return folder


def _write_show(shelf: Path, **publish: Any) -> None:
    show = {"version": 1, "show": {"image": "cover.png"}, "publish": publish}
    (shelf / "show.yaml").write_text(yaml.safe_dump(show, sort_keys=False))


def _said(*arguments: str | Path, exit_code: int = 0) -> str:
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert done.exit_code == exit_code, done.output
    return done.output


def _titles(folder: Path) -> list[str | None]:
    channel = channel_of((folder / "feed.xml").read_bytes())
    return [item.findtext("title") for item in channel.findall("item")]


def test_folder_is_relative_to_the_show_file(shelf: Path) -> None:
    said = _said("publish", shelf / "one.yaml", shelf / "two.yaml")
    assert f"feed: {BASE}feed.xml" in said
    assert _titles(shelf.parent / "site") == ["Two", "One"]


def test_flags_win(shelf: Path) -> None:
    _write_show(shelf, to="../site", base_url=BASE, keep=1)
    flags = ("--to", "elsewhere", "--base-url", "https://example.net/", "--keep", "2")
    said = json.loads(_said("publish", shelf / "one.yaml", shelf / "two.yaml", *flags, "--json"))
    assert (said["path"], said["feed"]) == ("elsewhere", "https://example.net/feed.xml")
    assert _titles(Path("elsewhere")) == ["Two", "One"]
    assert not (shelf.parent / "site").exists()


def test_script_wins_over_the_show(shelf: Path) -> None:
    script = {**document("One"), "publish": {"to": "own"}}
    (shelf / "one.yaml").write_text(yaml.safe_dump(script))
    _said("publish", shelf / "one.yaml")
    assert _titles(shelf / "own") == ["One"]


def test_newest_episodes_are_kept(shelf: Path) -> None:
    _write_show(shelf, to="../site", base_url=BASE, keep=1)
    said = _said("publish", shelf / "one.yaml", shelf / "two.yaml")
    assert _titles(shelf.parent / "site") == ["Two"]
    assert "note: the feed holds" not in said


def test_unpublish_finds_the_folder_by_a_script(shelf: Path) -> None:
    _said("publish", shelf / "one.yaml", shelf / "two.yaml")
    _said("unpublish", shelf / "one.yaml")
    assert _titles(shelf.parent / "site") == ["Two"]
    assert "--to is missing" in _said("unpublish", "two", exit_code=2)


def test_new_address_in_the_show_file_moves_the_show(shelf: Path) -> None:
    _said("publish", shelf / "one.yaml")
    _write_show(shelf, to="../site", base_url="https://new.example.org/")
    _said("publish", shelf / "one.yaml")
    channel = channel_of((shelf.parent / "site" / "feed.xml").read_bytes())
    assert feeds.text(channel, "itunes:new-feed-url") == "https://new.example.org/feed.xml"


def test_without_a_folder_both_ways_to_name_one_are_told(shelf: Path) -> None:
    _write_show(shelf, base_url=BASE)
    said = _said("publish", shelf / "one.yaml", exit_code=2)
    assert "--to is missing, and the script's show.yaml has no publish.to" in said


@pytest.mark.parametrize(
    ("publish", "told"),
    [
        ({"base_url": "example.org"}, 'publish.base_url: "example.org" is not the address of a folder on the web;'),
        ({"base_url": "https://example.org/?a=1"}, "is not the address of a folder on the web; write it like https://"),
        ({"keep": 0}, "publish.keep: is at least 1; write a greater number, or leave the key out"),
        ({"keep": "all"}, 'publish.keep: "all" is not a whole number'),
        ({"to": ""}, "publish.to: is empty"),
        ({"dir": "site"}, "publish.dir: is not a known key; known here: to, base_url, keep"),
    ],
    ids=["no scheme", "query", "none kept", "words", "empty", "unknown"],
)
@pytest.mark.parametrize("command", ["check", "publish"])
def test_wrong_value_is_told_at_its_place_and_nothing_is_built(
    shelf: Path, command: str, publish: dict[str, Any], told: str
) -> None:
    _write_show(shelf, **{"to": "../site", **publish})
    said = _said(command, shelf / "one.yaml", exit_code=2)
    assert told in said
    assert "show.yaml:" in said
    assert not (shelf.parent / "output").exists()
