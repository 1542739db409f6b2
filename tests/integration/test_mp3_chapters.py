"""Tags and chapters of a finished MP3 file, as ffprobe, mutagen and mediainfo read them."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from audioguide.audio import run_ffmpeg
from audioguide.formats import ChapterMark, Encoding, PartSound, Picture, Tags
from audioguide.formats.mp3 import Mp3
from tests.tools import require_tool

ENCODING = Encoding(44100, 1, 96)
COUNT = 60
QUANTA_A_CHAPTER = 40
TITLES = ("Short", "A title of just 140 characters " * 5, "Möwen über 🎉 Häfen", "港の朝", "R&D <b>“quoted”</b>")


def picture(number: int, kind: str = "JPEG") -> Picture:
    out = io.BytesIO()
    Image.new("RGB", (64 + number, 64), (number, 40, 90)).save(out, kind)
    return Picture(out.getvalue(), f"image/{kind.lower()}")


def marks() -> tuple[ChapterMark, ...]:
    """60 chapters of every kind of title; every third with a picture, every fourth with a link."""
    edges_ms = [round(n * QUANTA_A_CHAPTER * 1152 / 44.1) for n in range(COUNT + 1)]
    return tuple(
        ChapterMark(
            id=f"chapter-{n}",
            title=f"{n}: {TITLES[n % len(TITLES)]}"[:140],
            start_ms=edges_ms[n],
            end_ms=edges_ms[n + 1],
            picture=picture(n, "PNG" if n % 2 else "JPEG") if n % 3 == 0 else None,
            link=f"https://example.org/{n}" if n % 4 == 0 else None,
        )
        for n in range(COUNT)
    )


TAGS = Tags(
    title="Ein Morgen am Hafen 🎉",
    artist="Ada Ström",
    album="Wege durch die Stadt",
    date="2026-03-09",
    language="de",
    comment="Was man sieht.\nUnd was man hört.",
    track=7,
    url="https://example.org/hafen",
    cover=picture(0),
    chapters=marks(),
)


@pytest.fixture(scope="module")
def episode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MP3 file of a minute, silent, with everything in its tags."""
    part = Mp3().encode([PartSound(bytes(QUANTA_A_CHAPTER * 1152 * 2))], ENCODING)[0]
    prologue = Mp3().prologue(
        TAGS, total_frames=part.frames * COUNT, data_bytes=len(part.data) * COUNT, encoding=ENCODING
    )
    path = tmp_path_factory.mktemp("episode") / "episode.mp3"
    path.write_bytes(prologue + part.data * COUNT + Mp3().epilogue(ENCODING))
    return path


def ffprobe(path: Path) -> Any:
    command = [require_tool("ffprobe"), "-v", "error", "-show_chapters", "-show_format", "-show_streams", "-of", "json"]
    done = subprocess.run([*command, path], capture_output=True, check=True)
    assert done.stderr == b""
    return json.loads(done.stdout)


def mediainfo(path: Path) -> Any:
    done = subprocess.run([require_tool("mediainfo"), "--Output=JSON", path], capture_output=True, check=True)
    return json.loads(done.stdout)["media"]["track"]


def test_ffprobe_lists_every_chapter_in_order(episode: Path) -> None:
    found = ffprobe(episode)["chapters"]
    assert [(c["tags"]["title"], c["start"], c["end"], c["time_base"]) for c in found] == [
        (mark.title, mark.start_ms, mark.end_ms, "1/1000") for mark in TAGS.chapters
    ]


def test_the_wheels_ffmpeg_lists_every_chapter_in_order(episode: Path) -> None:
    """It counts the time of what it copies from the first sample played, 25 ms after the first decoded."""
    lines = run_ffmpeg(["-i", str(episode), "-f", "ffmetadata", "pipe:1"]).decode().splitlines()
    starts = [int(line.partition("=")[2]) for line in lines if line.startswith("START=")]
    assert starts == [0, *(mark.start_ms - 25 for mark in TAGS.chapters[1:])]


def test_mutagen_lists_every_chapter_with_its_picture_and_link(episode: Path) -> None:
    from mutagen.mp3 import MP3

    read: Any = MP3
    file = read(episode)
    table = file.tags.getall("CTOC")
    assert len(table) == 1
    assert table[0].child_element_ids == [mark.id for mark in TAGS.chapters]
    for mark in TAGS.chapters:
        chapter = file.tags[f"CHAP:{mark.id}"]
        assert (chapter.start_time, chapter.end_time) == (mark.start_ms, mark.end_ms)
        assert str(chapter.sub_frames["TIT2"]) == mark.title
        pictures = [(p.data, p.mime) for p in chapter.sub_frames.getall("APIC")]
        assert pictures == ([(mark.picture.data, mark.picture.media_type)] if mark.picture else [])
        assert [link.url for link in chapter.sub_frames.getall("WXXX")] == ([mark.link] if mark.link else [])


def test_the_last_chapter_ends_with_the_file(episode: Path) -> None:
    found = ffprobe(episode)
    samples = len(run_ffmpeg(["-i", str(episode), "-map", "0:a", "-f", "s16le", "pipe:1"])) // 2
    assert samples == COUNT * QUANTA_A_CHAPTER * 1152
    assert TAGS.chapters[-1].end_ms == round(samples / 44.1)
    assert float(found["chapters"][-1]["end_time"]) == pytest.approx(samples / 44100, abs=0.001)
    # Older ffprobe counts the three frames in which the decoder's delay runs out.
    assert float(found["format"]["duration"]) == pytest.approx(samples / 44100, abs=3 * 1152 / 44100 + 0.001)


def test_players_see_one_stream_of_sound_at_a_constant_bitrate_and_a_cover(episode: Path) -> None:
    general, sound = mediainfo(episode)[:2]
    assert (sound["BitRate_Mode"], sound["BitRate"], sound["Encoded_Library"]) == ("CBR", "96000", "LAME3.100")
    assert general["Cover"] == "Yes"
    streams = ffprobe(episode)["streams"]
    assert [stream["codec_type"] for stream in streams].count("audio") == 1
    assert sum(stream["disposition"]["attached_pic"] for stream in streams) == 1


def test_ffprobe_reads_what_the_file_says_of_itself(episode: Path) -> None:
    tags = ffprobe(episode)["format"]["tags"]
    assert tags == {
        "title": TAGS.title,
        "artist": TAGS.artist,
        "album": TAGS.album,
        "date": "2026-03-09",
        "language": "deu",
        "comment": TAGS.comment,
        "track": "7",
        "genre": "Podcast",
    }


def test_mediainfo_understands_the_language(episode: Path) -> None:
    assert mediainfo(episode)[1]["Language"] == "de"


def test_mp3val_accepts_the_tag(episode: Path) -> None:
    checked = subprocess.run([require_tool("mp3val"), episode], capture_output=True, text=True, check=True).stdout
    assert "+ID3v2" in checked
    assert "WARNING" not in checked
