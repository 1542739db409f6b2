"""Pictures as they are published: covers that directories take, and small ones for pages.

What was made of a picture is remembered by the picture's hash, so that it is made once and its bytes stay.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from audioguide.pictures import jpeg, light_jpeg, notes, plain, readable
from audioguide.publish.art import LARGEST_PX, MENDED_MODES
from audioguide.publish.collect import Asset, bytes_asset, content_name

if TYPE_CHECKING:
    from PIL.Image import Image

COVER_PX, CHAPTER_PX = 600, 168
"""Two pixels and more for each that a page shows, as sharp screens have; and what previews of a link ask for."""
_CHAPTER_MOST_PX = 1400
HEAVY_BYTES = 512 * 1024
"""Apple asks for covers below this, since phones fetch them."""
_RECIPE = 1
"""Rises when pictures are to be made anew."""
_COVER_QUALITY, _SMALL_QUALITY = 90, 82


@dataclass(slots=True)
class Pictures:
    """What is made of pictures during a publish, and what was made before."""

    folder: Path
    before: Mapping[str, str]
    """What was made of which, by its SHA-256 -> the name of a file that lies in the folder."""
    hashes: Mapping[str, str]
    """The files of the folder, each with its SHA-256, so that none need be read."""
    used: dict[str, str] = field(default_factory=dict)
    """The same, as far as it is still needed."""
    assets: dict[str, Asset] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def cover(self, name: str, asset: Asset, whose: str) -> str:
        """The name of the cover as it is published: its own where directories take it as it is."""
        key = f"cover {_RECIPE} {asset.sha256}"
        if made := self._known(key):
            return made
        stem = name.rsplit(".", 2)[0]
        with readable():
            data, suffix, changes = mended(_bytes_of(asset))
            if changes:
                self.notices.append(f"{whose} cover is published {', '.join(changes)}")
                return self._enter(key, stem, data, suffix)
        return name

    def light(self, name: str, asset: Asset) -> str:
        """The name of a chapter's picture, which apps fetch while they play: its own where it is light."""
        key = f"light {_RECIPE} {asset.sha256}"
        if made := self._known(key):
            return made
        data = light_jpeg(_bytes_of(asset), side_px=_CHAPTER_MOST_PX, most_bytes=HEAVY_BYTES)
        return self._enter(key, name.rsplit(".", 2)[0], data, ".jpg") if data else name

    def small(self, name: str, asset: Asset | None, side_px: int) -> str:
        """The name of a small picture; that of the picture itself where it is no larger, or cannot be read."""
        key = f"small {_RECIPE} {side_px} {asset.sha256 if asset else self.hashes.get(name, name)}"
        if made := self._known(key):
            return made
        with readable():
            data = _bytes_of(asset) if asset else (self.folder / name).read_bytes()
            if scaled := small_jpeg(data, side_px):
                return self._enter(key, "small", scaled, ".jpg")
        return name

    def _known(self, key: str) -> str | None:
        name = self.used.get(key) or self.before.get(key)
        if name is None or not (name in self.assets or (self.folder / name).is_file()):
            return None
        self.used[key] = name
        return name

    def _enter(self, key: str, stem: str, data: bytes, suffix: str) -> str:
        asset = bytes_asset(data)
        name = content_name(stem, asset.sha256, suffix)
        self.assets[name] = asset
        self.used[key] = name
        return name


def _bytes_of(asset: Asset) -> bytes:
    return asset.source if isinstance(asset.source, bytes) else asset.source.read_bytes()


def mended(data: bytes) -> tuple[bytes, str, list[str]]:
    """A square picture as directories take it, the ending of its name, and what was changed; nothing where it is good."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        changes = _changes(image)
        if not changes:
            return data, "", []
        kind, (fit, profile) = image.format, plain(image)
        fit.thumbnail((LARGEST_PX, LARGEST_PX), Image.Resampling.LANCZOS)
        encoded, suffix = _encoded(fit, str(kind), profile)
        return encoded, suffix, changes


def _changes(image: Image) -> list[str]:
    noted = notes(image)
    changes = {
        f"scaled to {LARGEST_PX} × {LARGEST_PX}": max(image.size) > LARGEST_PX,
        "in RGB": image.mode in MENDED_MODES,
        "upright": noted["turned"],
        "without the place where it was taken": noted["placed"],
    }
    return [change for change, needed in changes.items() if needed]


def _encoded(image: Image, kind: str, profile: bytes | None) -> tuple[bytes, str]:
    """PNG stays PNG while it is light."""
    if kind == "PNG":
        file = io.BytesIO()
        image.save(file, "PNG", icc_profile=profile)
        if file.tell() <= HEAVY_BYTES:
            return file.getvalue(), ".png"
    return jpeg(image, profile, quality=_COVER_QUALITY), ".jpg"


def small_jpeg(data: bytes, side_px: int) -> bytes | None:
    """The middle square of a picture, upright and on white; None where it is no larger already."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data)) as image:
        if max(image.size) <= side_px:
            return None
        image.draft("RGB", (2 * side_px, 2 * side_px))
        fit, profile = plain(image)
        square = ImageOps.fit(fit, (side_px, side_px), Image.Resampling.LANCZOS)
        return jpeg(square, profile, quality=_SMALL_QUALITY)
