"""The cover picture of an article: found, checked to be a picture, and named for the script."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from urllib.parse import unquote

from audioguide.errors import ImportFailed
from audioguide.importers.article import Article
from audioguide.importers.fetch import Allows, fetch, is_url

MAX_COVER_BYTES = 10_000_000
_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png"}


def picture_suffix(data: bytes) -> str:
    """`.jpg` or `.png` for a picture that a podcast may have, told by its content; "" for anything else."""
    from PIL import Image, UnidentifiedImageError

    if not data or len(data) > MAX_COVER_BYTES:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=tuple(_SUFFIXES)) as picture:
                return _SUFFIXES[str(picture.format)]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError, KeyError):
        return ""


def cover_of(article: Article, folder: Path | None, *, allows: Allows | None) -> bytes:
    """The cover's data, b"" where there is none that can be had. `allows` None: nothing is fetched.

    `folder` is where the article's file lies; a picture outside it is not taken.
    """
    if article.cover:
        return article.cover
    if not article.image:
        return b""
    if is_url(article.image):
        return _fetched(article.image, allows)
    return _from_folder(article.image, folder) if folder else b""


def _fetched(address: str, allows: Allows | None) -> bytes:
    if allows is None:
        return b""
    try:
        return fetch(address, allows=allows).data
    except ImportFailed:
        return b""


def _from_folder(name: str, folder: Path) -> bytes:
    try:
        path = (folder / unquote(name)).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file() or path.stat().st_size > MAX_COVER_BYTES:
            return b""
        return path.read_bytes()
    except (OSError, ValueError, RuntimeError):
        return b""
