"""Whether a build has anything to do is known without planning it, and known rightly."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from audioguide.ledger import Order, unchanged
from tests.desk import Desk, Document, script

SECTIONS: list[Document] = [{"title": "A", "image": "cover.png", "segments": ["Hello there.", {"play": "bell.wav"}]}]


@pytest.fixture
def built(desk: Desk) -> tuple[Desk, Order]:
    """A desk with an episode that names a sound and pictures."""
    desk.sound("bell.wav", duration_s=0.3)
    Image.new("RGB", (40, 40), "red").save(desk.folder / "cover.png")
    document = script(SECTIONS)
    document["episode"]["image"] = "cover.png"
    order = desk.order(document)
    desk.run(order)
    return desk, order


def _age(path: Path) -> None:
    """Change a file's date alone."""
    os.utime(path, (1_700_000_000, 1_700_000_000))


def test_nothing_changed(built: tuple[Desk, Order]) -> None:
    desk, order = built
    found = unchanged(order, desk.settled())
    assert found
    assert found.folder == desk.folder / "output" / "episode"
    assert (found.facts["spoken"], found.facts["reused"], found.facts["encoded"]) == (0, 1, 0)
    assert found.facts["sha256"] == desk.run(order).facts["sha256"]


@pytest.mark.parametrize("name", ["episode.yaml", "bell.wav", "cover.png"])
def test_a_date_alone_is_no_change(built: tuple[Desk, Order], name: str) -> None:
    desk, order = built
    _age(desk.folder / name)
    assert unchanged(order, desk.settled())


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


CHANGES: dict[str, Callable[[Desk], object]] = {
    "the script": lambda desk: _append(desk.folder / "episode.yaml"),
    "one letter of it": lambda desk: (desk.folder / "episode.yaml").write_text(
        (desk.folder / "episode.yaml").read_text("utf-8").replace("Hello", "Jello"), "utf-8"
    ),
    "its sound": lambda desk: desk.sound("bell.wav", duration_s=0.3, hz=440),
    "its picture": lambda desk: Image.new("RGB", (40, 40), "blue").save(desk.folder / "cover.png"),
    "a picture gone": lambda desk: (desk.folder / "cover.png").unlink(),
    "a show beside it": lambda desk: (desk.folder / "show.yaml").write_text("version: 1\n", "utf-8"),
    "the media file": lambda desk: _append(desk.folder / "output" / "episode" / "episode.mp3"),
    "the media file's date": lambda desk: _age(desk.folder / "output" / "episode" / "episode.mp3"),
    "episode.json gone": lambda desk: (desk.folder / "output" / "episode" / "episode.json").unlink(),
    "the note": lambda desk: [path.write_bytes(b"{") for path in (desk.cache / "state" / "builds").iterdir()],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_change_is_seen(built: tuple[Desk, Order], change: Callable[[Desk], object]) -> None:
    desk, order = built
    change(desk)
    assert unchanged(order, desk.settled()) is None


def test_another_order_is_another_episode(built: tuple[Desk, Order]) -> None:
    desk, order = built
    assert unchanged(Order(order.script, voice="low"), desk.settled()) is None
    assert unchanged(order, desk.settled(output=desk.folder / "elsewhere")) is None


def test_an_engine_from_outside_is_asked_at_every_build(desk: Desk) -> None:
    order = desk.order(script([{"title": "A", "text": "Hello there."}], engine="diary"))
    desk.run(order)
    assert unchanged(order, desk.settled()) is None


def test_pictures_travel_in_the_file(built: tuple[Desk, Order]) -> None:
    desk, _ = built
    data = (desk.folder / "output" / "episode" / "episode.mp3").read_bytes()
    assert data.count((desk.folder / "cover.png").read_bytes()) == 2  # the episode's and the chapter's
