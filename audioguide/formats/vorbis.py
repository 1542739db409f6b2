"""Vorbis comments, as FLAC and Opus hold them: tags, chapters, the cover."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from audioguide import __version__
from audioguide.errors import AudioError
from audioguide.formats import Picture, Tags
from audioguide.formats.plain import plain_text

VENDOR = f"audioguide {__version__}"
MAX_CHAPTERS = 1000
"""A chapter's number has three digits."""
_FRONT_COVER = 3


def comment_block(tags: Tags, *more: tuple[str, str]) -> bytes:
    """The tags, without the cover, and `more` of them. Raises AudioError for more chapters than can be numbered."""
    if len(tags.chapters) > MAX_CHAPTERS:
        raise AudioError(
            f"a FLAC or Opus file holds {MAX_CHAPTERS} chapters, not {len(tags.chapters)}",
            hint="join sections, or give some of them `chapter: false`",
        )
    comments = [f"{name}={plain_text(text)}".encode() for name, text in (*_fields(tags), *more) if text]
    vendor = VENDOR.encode()
    head = struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(comments))
    return head + b"".join(struct.pack("<I", len(comment)) + comment for comment in comments)


def _fields(tags: Tags) -> Iterator[tuple[str, str]]:
    yield "TITLE", tags.title
    yield "ARTIST", tags.artist
    yield "ALBUM", tags.album
    yield "DATE", tags.date[:10]
    yield "TRACKNUMBER", "" if tags.track is None else str(tags.track)
    yield "GENRE", tags.genre
    yield "LANGUAGE", tags.language
    yield "DESCRIPTION", tags.comment
    yield "URL", tags.url
    for number, mark in enumerate(tags.chapters):
        yield f"CHAPTER{number:03}", _clock(mark.start_ms)
        yield f"CHAPTER{number:03}NAME", mark.title
        yield f"CHAPTER{number:03}URL", mark.link or ""


def _clock(ms: int) -> str:
    minutes, ms = divmod(ms, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{ms // 1000:02}.{ms % 1000:03}"


def picture_block(picture: Picture) -> bytes:
    """The cover. Its width, height and colours are written as unknown: readers look at the picture itself."""
    media_type = picture.media_type.encode()
    head = struct.pack(">II", _FRONT_COVER, len(media_type)) + media_type
    return head + struct.pack(">6I", 0, 0, 0, 0, 0, len(picture.data)) + picture.data
