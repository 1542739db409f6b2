"""Pictures made fit to travel."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from audioguide.pictures import GPS, ORIENTATION, light_jpeg

MOST = {"side_px": 800, "most_bytes": 100_000}


def _bytes(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _noted(tag: int) -> bytes:
    """A small picture with a note of the camera's."""
    exif = Image.Exif()
    if tag == GPS:
        exif.get_ifd(GPS).update({1: "N", 2: (47.0, 22.0, 12.0)})
    else:
        exif[tag] = 6
    image = Image.new("RGB", (300, 400), "red")
    return _bytes(image, "JPEG", exif=exif)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_small_picture_is_left_alone(kind: str) -> None:
    assert light_jpeg(_bytes(Image.new("RGB", (800, 600)), kind), **MOST) is None


def test_no_picture_is_left_alone() -> None:
    assert light_jpeg(b"\x89PNG\r\n\x1a\nand no more", **MOST) is None


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (_bytes(Image.new("RGB", (4000, 3000)), "JPEG"), (800, 600)),
        (_bytes(Image.new("RGBA", (900, 900)), "PNG"), (800, 800)),
        (_bytes(Image.new("CMYK", (300, 300)), "JPEG"), (300, 300)),
        (_bytes(Image.effect_noise((700, 700), 90), "PNG"), (700, 700)),
        (_noted(GPS), (300, 400)),
        (_noted(ORIENTATION), (400, 300)),
    ],
    ids=["large", "clear", "ink", "heavy", "placed", "turned"],
)
def test_what_is_too_much_is_taken_away(data: bytes, size: tuple[int, int]) -> None:
    light = light_jpeg(data, **MOST)
    assert light
    with Image.open(io.BytesIO(light)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", size)
        assert not dict(image.getexif())


def test_same_picture_gives_the_same_bytes() -> None:
    data = _bytes(Image.effect_noise((1000, 1000), 50), "PNG")
    first = light_jpeg(data, **MOST)
    light_jpeg.cache_clear()
    assert light_jpeg(data, **MOST) == first
