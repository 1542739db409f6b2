"""The guide's icon on a phone: a pin that sounds, on a ground whose colour follows from the guide. And QR codes."""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segno import QRCode

GROUNDS = ("#0b6b5d", "#7a2917", "#14213d", "#3c1642", "#1b4332", "#5b3a00", "#0f4c75", "#6d1b3b")
_DRAWN_PX = 1024
"""Icons are drawn as large as this, and scaled down."""
_SIDE = 100.0
"""The drawing's own units."""
_MASKED = 0.8
"""A mask may take a fifth away."""


def ground(seed: str) -> str:
    """The colour of a guide, the same for ever."""
    return GROUNDS[hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()[0] % len(GROUNDS)]


@lru_cache(maxsize=4)
def icon_files(seed: str) -> dict[str, bytes]:
    """Every icon under its name in the folder: two plain ones with round corners, one that a phone may cut to its shape."""
    return {
        "icons/icon-192.png": _icon(192, ground(seed)),
        "icons/icon-512.png": _icon(512, ground(seed)),
        "icons/maskable-512.png": _icon(512, ground(seed), maskable=True),
    }


def _icon(side_px: int, colour: str, *, maskable: bool = False) -> bytes:
    from PIL import Image, ImageDraw

    unit = _DRAWN_PX / _SIDE
    image = Image.new("RGBA", (_DRAWN_PX, _DRAWN_PX), colour if maskable else (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    if not maskable:
        draw.rounded_rectangle((0, 0, _DRAWN_PX - 1, _DRAWN_PX - 1), radius=22 * unit, fill=colour)
    grown = _MASKED if maskable else 1.0

    def at(x: float, y: float) -> tuple[float, float]:
        return (50 + (x - 50) * grown) * unit, (50 + (y - 50) * grown) * unit

    draw.ellipse((*at(26, 16), *at(74, 64)), fill="white")
    draw.polygon([at(28.6, 51), at(71.4, 51), at(50, 86)], fill="white")
    for x, reach in ((37, 5), (43.5, 10), (50, 15), (56.5, 10), (63, 5)):
        draw.rounded_rectangle(
            (*at(x - 1.9, 40 - reach), *at(x + 1.9, 40 + reach)), radius=1.9 * grown * unit, fill=colour
        )
    file = io.BytesIO()
    image.resize((side_px, side_px), Image.Resampling.LANCZOS).save(file, "PNG", compress_level=9)
    return file.getvalue()


@lru_cache(maxsize=512)
def code_of(address: str) -> QRCode:
    """The QR code of an address. Level Q: a quarter of it may be worn away."""
    import segno

    return segno.make(address, error="q", micro=False, boost_error=False)


def code_files(number: int, address: str) -> dict[str, bytes]:
    """The QR code of an address as SVG and PNG, under its names in the folder."""
    code = code_of(address)
    vector, pixels = io.BytesIO(), io.BytesIO()
    code.save(vector, kind="svg", border=4, scale=10, dark="#000", light="#fff")
    code.save(pixels, kind="png", border=4, scale=20, dark="#000", light="#fff")
    return {f"codes/{number}.svg": vector.getvalue(), f"codes/{number}.png": pixels.getvalue()}
