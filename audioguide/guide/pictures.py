"""Pictures for phones: one as wide as a screen, and a small square for lists. Both JPEG, which every lock screen shows."""

from __future__ import annotations

import warnings
from pathlib import Path

from audioguide.errors import FeedError
from audioguide.pictures import jpeg, plain

LARGE_PX, SMALL_PX = 1200, 240
_QUALITY = 82
_KINDS = ("JPEG", "PNG", "WEBP")


def scaled(path: Path) -> tuple[bytes, bytes, tuple[int, int]]:
    """The picture at most 1200 pixels each way, its small square, and the size of the first. Raises FeedError.

    Turned as the camera was held; where it was taken, and all else that a camera notes, is left out.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_KINDS) as file:
                picture, profile = plain(file)
    except UnidentifiedImageError as error:
        raise FeedError("is no JPEG, PNG or WebP picture", where=str(path), hint="save it as one of them") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FeedError("has far too many pixels", where=str(path), hint="scale it down") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise FeedError(f"cannot be read as a picture: {error}", where=str(path), hint="save it again") from error
    small = ImageOps.fit(picture, (SMALL_PX, SMALL_PX), Image.Resampling.LANCZOS)
    picture.thumbnail((LARGE_PX, LARGE_PX), Image.Resampling.LANCZOS)
    large, square = (jpeg(one, profile, quality=_QUALITY) for one in (picture, small))
    return large, square, picture.size
