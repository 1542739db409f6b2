"""ID3v2.3 tags with chapters. The only room that imports mutagen's ID3.

Version 3, not 4: older ffmpeg loses every chapter of a version 4 tag in which one has a long title or a picture.
Every frame is rendered by itself and set in its place, since mutagen sorts a tag's CHAP frames by size, and players
that follow the order of the file would list the chapters so.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from audioguide.errors import AudioError
from audioguide.formats import ChapterMark, Picture, Tags
from audioguide.formats.languages import iso_639_2
from audioguide.formats.plain import plain_text
from audioguide.script.values import MAX_CHAPTERS

Frame = Any
"""One of mutagen's frames; it has no types."""

_MAX_PICTURE_BYTES = 250 << 20
"""A tag counts its bytes in 28 bits; 6 MiB are left for its text."""
_NO_OFFSET = 0xFFFFFFFF
"""In place of a byte offset: players go by time."""
_LATIN_1, _UTF_16 = 0, 1
_FRONT_COVER, _OTHER_PICTURE = 3, 0
_TOP_LEVEL, _ORDERED = 2, 1


def write_tag(tags: Tags, *, kind: str = "an MP3") -> bytes:
    """A whole tag: equal tags give equal bytes. Raises AudioError for more chapters or pictures than a tag holds.

    `kind` names the file in that error.
    """
    if len(tags.chapters) > MAX_CHAPTERS:
        raise AudioError(
            f"{kind} file holds {MAX_CHAPTERS} chapters, not {len(tags.chapters)}",
            hint="join sections, or give some of them `chapter: false`",
        )
    pictures = [picture for picture in (tags.cover, *(mark.picture for mark in tags.chapters)) if picture]
    if sum(len(picture.data) for picture in pictures) > _MAX_PICTURE_BYTES:
        raise AudioError(
            f"{kind} file holds {_MAX_PICTURE_BYTES >> 20} MiB of pictures, and these are more",
            hint="use smaller pictures, or fewer",
        )
    body = b"".join(map(_render, [*_text_frames(tags), *_chapter_frames(tags.chapters), *_cover_frames(tags)]))
    assert len(body) < 1 << 28
    return b"ID3\x03\x00\x00" + bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0)) + body


def _render(frame: Frame) -> bytes:
    """The frame's bytes: a tag that holds nothing else, without its ten bytes of header."""
    tag = _new("ID3")
    tag.add(frame)
    out = io.BytesIO()
    tag.save(out, v1=0, v2_version=3, padding=lambda _: 0)
    return out.getvalue()[10:]


def _new(name: str, **fields: Any) -> Frame:
    """An object of mutagen's, made where its lack of types ends."""
    made: Frame = getattr(import_module("mutagen.id3"), name)(**fields)
    return made


def _text_frames(tags: Tags) -> Iterator[Frame]:
    day = datetime.fromisoformat(tags.date) if tags.date else None
    language = iso_639_2(tags.language)
    texts = {
        "TIT2": tags.title,
        "TPE1": tags.artist,
        "TALB": tags.album,
        "TYER": f"{day.year:04}" if day else "",
        "TDAT": f"{day.day:02}{day.month:02}" if day else "",
        "TLAN": language if tags.language else "",
        "TRCK": "" if tags.track is None else str(tags.track),
        "TCON": tags.genre,
    }
    for name, text in texts.items():
        if text:
            yield _new(name, **_text(text))
    if tags.comment:
        yield _new("COMM", lang=language, desc="", **_text(tags.comment))
    if tags.url:
        yield _new("WOAF", url=_address(tags.url))


def _cover_frames(tags: Tags) -> Iterator[Frame]:
    if tags.cover is not None:
        yield _picture(tags.cover, _FRONT_COVER)


def _chapter_frames(chapters: tuple[ChapterMark, ...]) -> Iterator[Frame]:
    if not chapters:
        return
    ids = [mark.id for mark in chapters]
    assert len(set(ids)) == len(ids)
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(chapters))
    yield _new("CTOC", element_id="toc", flags=_TOP_LEVEL | _ORDERED, child_element_ids=ids, sub_frames=[])
    for mark in chapters:
        parts = [_new("TIT2", **_text(mark.title))]
        if mark.link:
            parts.append(_new("WXXX", desc="", encoding=_LATIN_1, url=_address(mark.link)))
        if mark.picture is not None:
            parts.append(_picture(mark.picture, _OTHER_PICTURE))
        times = {"start_time": mark.start_ms, "end_time": mark.end_ms}
        offsets = {"start_offset": _NO_OFFSET, "end_offset": _NO_OFFSET}
        yield _new("CHAP", element_id=mark.id, sub_frames=parts, **times, **offsets)


def _picture(picture: Picture, kind: int) -> Frame:
    return _new("APIC", encoding=_LATIN_1, mime=picture.media_type, type=kind, desc="", data=picture.data)


def _text(text: str) -> dict[str, Any]:
    """Text as a frame takes it: Latin-1 where that holds it, else UTF-16 with a byte order mark.

    Control characters and lone surrogates, which neither can hold, become spaces; line breaks stay.
    """
    clean = plain_text(text)
    try:
        clean.encode("latin-1")
    except UnicodeEncodeError:
        return {"encoding": _UTF_16, "text": clean}
    return {"encoding": _LATIN_1, "text": clean}


def _address(url: str) -> str:
    """The URL in ASCII: whatever else it holds is percent-encoded."""
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]", errors="replace")
