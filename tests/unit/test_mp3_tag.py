"""ID3 tags as bytes, read back by mutagen, which has its own reader."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.id3 import ID3

from audioguide.errors import AudioError
from audioguide.formats import ChapterMark, Picture, Tags
from audioguide.formats.id3 import write_tag
from audioguide.formats.languages import iso_639_2

PICTURE = Picture(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "image/png")


def read(tag: bytes) -> Any:
    read_tag: Any = ID3
    return read_tag(io.BytesIO(tag))


def frame_names(tag: bytes) -> Iterator[str]:
    """The names of a tag's frames in the order of its bytes."""
    position = 10
    while position < len(tag):
        yield tag[position : position + 4].decode("ascii")
        position += 10 + int.from_bytes(tag[position + 4 : position + 8], "big")


def chapters(count: int, *, title: str = "Chapter") -> tuple[ChapterMark, ...]:
    """Chapters whose titles grow shorter, so that an order by size is not an order by time."""
    return tuple(ChapterMark(f"c-{n}", title + " and on" * (count - n), n * 1000, (n + 1) * 1000) for n in range(count))


def test_every_field_is_read_back() -> None:
    tag = read(
        write_tag(
            Tags(
                title="Hafen & Möwen 🎉",
                artist="Ada",
                album="Wege",
                date="2026-03-09T18:30:00+01:00",
                language="de-AT",
                comment="Eins\nzwei",
                track=7,
                url="https://example.org/häfen?a=b#c",
                cover=PICTURE,
            )
        )
    )
    assert tag.version == (2, 3, 0)
    assert {name: str(tag[name]) for name in ("TIT2", "TPE1", "TALB", "TLAN", "TRCK", "TCON")} == {
        "TIT2": "Hafen & Möwen 🎉",
        "TPE1": "Ada",
        "TALB": "Wege",
        "TLAN": "deu",
        "TRCK": "7",
        "TCON": "Podcast",
    }
    assert str(tag["TDRC"]) == "2026-03-09"
    assert (tag.getall("COMM")[0].lang, str(tag.getall("COMM")[0])) == ("deu", "Eins\nzwei")
    assert tag["WOAF"].url == "https://example.org/h%C3%A4fen?a=b#c"
    assert (tag.getall("APIC")[0].data, tag.getall("APIC")[0].mime) == (PICTURE.data, "image/png")
    assert tag.getall("APIC")[0].type == 3


def test_empty_fields_are_not_written() -> None:
    assert list(frame_names(write_tag(Tags("T")))) == ["TIT2", "TCON"]


def test_the_tag_says_its_own_length_and_has_no_padding() -> None:
    tag = write_tag(Tags("T" * 5000, chapters=chapters(3)))
    size = sum((byte & 0x7F) << shift for byte, shift in zip(tag[6:10], (21, 14, 7, 0), strict=True))
    assert tag[:6] == b"ID3\x03\x00\x00"
    assert size == len(tag) - 10
    assert list(frame_names(tag)) == ["TIT2", "TCON", "CTOC", "CHAP", "CHAP", "CHAP"]


def test_chapters_stand_in_the_order_of_time_under_one_table_of_contents() -> None:
    marks = chapters(60)
    tag = write_tag(Tags("T", chapters=marks))
    places = [tag.index(b"CHAP", 0)]
    while (place := tag.find(b"CHAP", places[-1] + 1)) > 0:
        places.append(place)
    ids = [tag[place + 10 : tag.index(b"\0", place + 10)].decode() for place in places]
    assert ids == [mark.id for mark in marks]
    tables = read(tag).getall("CTOC")
    assert len(tables) == 1
    assert (tables[0].child_element_ids, int(tables[0].flags)) == (ids, 3)


def test_a_chapter_carries_its_title_link_and_picture_and_no_byte_offsets() -> None:
    mark = ChapterMark("one", "Ω" * 140, 0, 61_500, picture=PICTURE, link="https://example.org/x y")
    chapter = read(write_tag(Tags("T", chapters=(mark,)))).getall("CHAP")[0]
    assert (chapter.start_time, chapter.end_time) == (0, 61_500)
    assert (chapter.start_offset, chapter.end_offset) == (0xFFFFFFFF, 0xFFFFFFFF)
    assert str(chapter.sub_frames["TIT2"]) == "Ω" * 140
    assert chapter.sub_frames.getall("WXXX")[0].url == "https://example.org/x%20y"
    assert chapter.sub_frames.getall("APIC")[0].data == PICTURE.data


def test_text_is_latin_1_where_that_holds_it_and_else_utf_16_with_a_byte_order_mark() -> None:
    assert b"TIT2\0\0\0\x06\0\0\x00Caf\xe9\0" in write_tag(Tags("Café"))
    assert b"\x01\xff\xfe" + "Ωmega".encode("utf-16-le") in write_tag(Tags("Ωmega"))


@given(title=st.text(st.characters(), max_size=200))
def test_any_title_is_read_back_but_for_what_text_cannot_hold(title: str) -> None:
    """Control characters and lone surrogates become spaces; all else survives, in a chapter too."""
    tag = read(write_tag(Tags(f"<{title}>", chapters=(ChapterMark("c", f"<{title}>", 0, 1),))))
    expected = "".join(
        " " if c != "\n" and (c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff") else c for c in title
    )
    assert str(tag["TIT2"]) == f"<{expected}>"
    assert str(tag.getall("CHAP")[0].sub_frames["TIT2"]) == f"<{expected}>"


def test_equal_tags_give_equal_bytes() -> None:
    made = {write_tag(Tags("T", cover=PICTURE, chapters=chapters(20, title="Ω"))) for _ in range(3)}
    assert len(made) == 1


def test_255_chapters_fit() -> None:
    assert len(read(write_tag(Tags("T", chapters=chapters(255)))).getall("CHAP")) == 255


def test_more_than_255_chapters_are_refused_with_a_way_out() -> None:
    with pytest.raises(AudioError, match="holds 255 chapters, not 256") as caught:
        write_tag(Tags("T", chapters=chapters(256)))
    assert "chapter: false" in str(caught.value.hint)


def test_pictures_that_a_tag_cannot_count_are_refused() -> None:
    large = Picture(bytes(1 << 20), "image/png")
    marks = [replace(mark, picture=large) for mark in chapters(250)]
    with pytest.raises(AudioError, match="250 MiB of pictures") as caught:
        write_tag(Tags("T", cover=PICTURE, chapters=tuple(marks)))
    assert "smaller pictures" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en", "eng"), ("en-US", "eng"), ("DE", "deu"), ("zh-Hant-TW", "zho"), ("nds", "nds"), ("xx", "und"), ("", "und")],
)
def test_languages_are_named_by_three_letters(tag: str, code: str) -> None:
    assert iso_639_2(tag) == code


def test_every_two_letter_code_has_one_three_letter_code() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    known = [iso_639_2(a + b) for a, b in itertools.product(letters, letters) if iso_639_2(a + b) != "und"]
    assert len(known) == len(set(known)) == 183
