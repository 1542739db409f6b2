"""Pictures for phones: small enough, the right way up, without what a camera notes; and icons."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from audioguide.errors import FeedError
from audioguide.guide.icons import GROUNDS, ground, icon_files
from audioguide.guide.pictures import LARGE_PX, SMALL_PX, scaled


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_large_picture_becomes_as_wide_as_a_phone_and_a_small_square(tmp_path: Path) -> None:
    Image.new("RGB", (3000, 2000), "red").save(path := tmp_path / "a.png")
    large, small, size = scaled(path)
    assert size == opened(large).size == (LARGE_PX, 800)
    assert opened(small).size == (SMALL_PX, SMALL_PX)
    assert (large, small, size) == scaled(path)


def test_a_small_picture_is_not_blown_up(tmp_path: Path) -> None:
    Image.new("RGB", (400, 300), "red").save(path := tmp_path / "a.jpg")
    assert scaled(path)[2] == (400, 300)


def test_a_picture_stands_as_the_camera_was_held_and_tells_no_place(tmp_path: Path) -> None:
    image = Image.new("RGB", (400, 200), "red")
    notes = image.getexif()
    notes[0x0112] = 6  # turned by a quarter
    notes[0x010F] = "A camera"
    image.save(path := tmp_path / "a.jpg", exif=notes)
    large, _, size = scaled(path)
    assert size == (200, 400)
    assert not opened(large).getexif()


def test_what_lets_light_through_is_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(path := tmp_path / "a.png")
    assert opened(scaled(path)[0]).getpixel((50, 50)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"no picture", "is no JPEG, PNG or WebP picture"), (b"\x89PNG\r\n\x1a\n" + bytes(40), "picture")],
)
def test_what_is_no_picture_is_told(tmp_path: Path, data: bytes, message: str) -> None:
    (path := tmp_path / "a.png").write_bytes(data)
    with pytest.raises(FeedError, match=message) as caught:
        scaled(path)
    assert caught.value.hint


def test_a_picture_with_far_too_many_pixels_is_told(tmp_path: Path) -> None:
    Image.new("1", (20_000, 10_000)).save(path := tmp_path / "a.png")
    with pytest.raises(FeedError, match="far too many pixels"):
        scaled(path)


def test_icons_have_the_sizes_that_phones_ask_for() -> None:
    icons = {name: opened(data) for name, data in icon_files("walk").items()}
    assert {name: image.size for name, image in icons.items()} == {
        "icons/icon-192.png": (192, 192),
        "icons/icon-512.png": (512, 512),
        "icons/maskable-512.png": (512, 512),
    }
    corner = icons["icons/maskable-512.png"].getpixel((0, 0))
    assert isinstance(corner, tuple)
    assert corner[3] == 255
    assert ground("walk") in GROUNDS
    assert icon_files("walk") == icon_files("walk")
