"""Pictures made fit to travel: no larger than they need be, upright, in RGB, without what a camera notes about its owner."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

ORIENTATION, GPS = 0x0112, 0x8825
"""What a camera notes: how it was held, and where."""


@contextmanager
def readable() -> Iterator[None]:
    """What cannot be read as a picture is passed over."""
    from PIL.Image import DecompressionBombError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (OSError, SyntaxError, ValueError, DecompressionBombError):
        pass


def plain(image: Image) -> tuple[Image, bytes | None]:
    """The picture upright, in RGB, on white where it lets light through; and the profile of its colours."""
    from PIL import ImageOps

    profile: bytes | None = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    if upright.mode == "CMYK":
        return _without_ink(upright, profile), None
    return _opaque(upright), None if image.mode in {"1", "L", "LA"} else profile


def _opaque(image: Image) -> Image:
    from PIL import Image as Images

    if image.mode not in {"RGBA", "LA", "PA"} and "transparency" not in image.info:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    return Images.alpha_composite(Images.new("RGBA", clear.size, "white"), clear).convert("RGB")


def _without_ink(image: Image, profile: bytes | None) -> Image:
    """Print colours as a screen shows them, by the profile that they were meant for."""
    from PIL import ImageCms

    if profile is None:
        return image.convert("RGB")
    try:
        screen, ink = ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(io.BytesIO(profile))
        shown = ImageCms.profileToProfile(image, ink, screen, outputMode="RGB")
    except ImageCms.PyCMSError:
        shown = None
    return shown or image.convert("RGB")


def jpeg(image: Image, profile: bytes | None, *, quality: int) -> bytes:
    """The picture as a JPEG file: progressive, its colours as sharp as its light."""
    file = io.BytesIO()
    options = {"quality": quality, "optimize": True, "progressive": True, "subsampling": "4:4:4"}
    image.save(file, "JPEG", icc_profile=profile, **options)
    return file.getvalue()


def notes(image: Image) -> dict[str, bool]:
    """Whether a picture must be turned to be upright, and whether it tells where it was taken."""
    exif = image.getexif()
    return {"turned": exif.get(ORIENTATION, 1) not in {0, 1}, "placed": bool(exif.get_ifd(GPS))}


@lru_cache(maxsize=4)  # the files of a guide's stops share their cover
def light_jpeg(data: bytes, *, side_px: int, most_bytes: int) -> bytes | None:
    """A picture that fits into a square of that side; None where it does already, weighs little and tells nothing.

    None too for what cannot be read.
    """
    from PIL import Image

    with readable(), Image.open(io.BytesIO(data)) as image:
        fits = max(image.size) <= side_px and len(data) <= most_bytes
        if fits and image.mode != "CMYK" and not any(notes(image).values()):
            return None
        image.draft("RGB", (2 * side_px, 2 * side_px))
        picture, profile = plain(image)
        picture.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
        return jpeg(picture, profile, quality=85)
    return None
