"""What every row of FORMATS keeps: the same suite for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audioguide.audio import Samples, from_s16
from audioguide.errors import AudioError
from audioguide.formats import (
    FORMATS,
    ChapterMark,
    EncodedPart,
    Encoding,
    Format,
    Muxed,
    PartSound,
    Spliced,
    Tags,
    encoding_for,
    get_format,
)
from audioguide.loudness import block_powers
from audioguide.peaks import true_peak_dbtp
from audioguide.script.values import FORMAT_NAMES
from tests.sound_files import ffprobe, marks, picture, played, swell, write_file
from tests.tools import require_tool

ENCODING = Encoding(48000, 1, 96)


@pytest.fixture(params=sorted(FORMATS))
def form(request: pytest.FixtureRequest) -> Format:
    name: str = request.param
    return get_format(name)


def sound(form: Format, quanta: int, *, encoding: Encoding = ENCODING, seed: int = 1) -> PartSound:
    return swell(form, quanta, encoding=encoding, seed=seed)


def decoded(form: Format, parts: Sequence[EncodedPart], encoding: Encoding, folder: Path) -> Samples:
    """What a player makes of the file of these parts."""
    path = folder / f"file{form.suffix}"
    write_file(form, parts, encoding, path)
    return from_s16(played(path, encoding).tobytes(), encoding.rate_hz, encoding.channels).samples


def test_its_name_is_its_row_and_its_suffix_begins_with_a_dot(form: Format) -> None:
    assert FORMATS[form.name].endswith(f":{type(form).__name__}")
    assert form.suffix.startswith(".")
    assert form.media_type.startswith("audio/")


@pytest.mark.parametrize("channels", [1, 2], ids=["mono", "stereo"])
def test_a_file_of_parts_decodes_to_the_sum_of_their_frames(form: Format, channels: int, tmp_path: Path) -> None:
    encoding = replace(ENCODING, channels=channels)
    sounds = [sound(form, quanta, encoding=encoding, seed=quanta) for quanta in (40, 8, 61)]
    parts = form.encode(sounds, encoding)
    assert [part.frames for part in parts] == [quanta * form.quantum(encoding.rate_hz) for quanta in (40, 8, 61)]
    assert len(decoded(form, parts, encoding, tmp_path)) == sum(part.frames for part in parts)


def test_decoded_sound_is_the_sound_that_went_in_to_the_sample(form: Format, tmp_path: Path) -> None:
    """The difference is least where nothing is shifted, and small for noise, which codecs keep worst."""
    sounds = [sound(form, 60, seed=3), sound(form, 50, seed=4)]
    before = np.concatenate([from_s16(part.pcm, 48000, 1).samples for part in sounds])[:, 0]
    after = decoded(form, form.encode(sounds, ENCODING), ENCODING, tmp_path)[:, 0]
    errors = {shift: float(np.square(before - np.roll(after, shift)).mean()) for shift in range(-3, 4)}
    assert min(errors, key=errors.__getitem__) == 0
    assert errors[0] < float(np.square(before).mean()) / 10


def test_the_figures_of_a_part_are_those_of_its_decoded_sound(form: Format, tmp_path: Path) -> None:
    part = form.encode([sound(form, 50)], ENCODING)[0]
    quantum = form.quantum(ENCODING.rate_hz)
    samples = decoded(form, [part], ENCODING, tmp_path)
    clip = from_s16(np.rint(samples * 32768).astype("<i2").tobytes(), ENCODING.rate_hz, 1)
    expected = block_powers(clip, block_frames=quantum)
    assert part.powers.shape == (50,)
    assert np.allclose(part.powers, expected, rtol=1e-3, atol=1e-8)
    assert part.true_peak_dbtp == pytest.approx(true_peak_dbtp(clip), abs=0.02)


def test_a_part_has_the_same_bytes_in_any_batch(form: Format) -> None:
    sounds = [sound(form, 20 + n, seed=n) for n in range(27)]
    together = form.encode(sounds, ENCODING)
    backwards = form.encode(sounds[::-1], ENCODING)[::-1]
    some = [form.encode([sounds[n]], ENCODING)[0] for n in (0, 13, 26)]
    assert len({part.data for part in together}) == 27
    assert [part.data for part in together] == [part.data for part in backwards]
    assert [part.data for part in some] == [together[n].data for n in (0, 13, 26)]


def test_no_parts_make_no_parts(form: Format) -> None:
    assert form.encode([], ENCODING) == []


def test_an_episode_without_sound_is_refused(form: Format, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="without sound"):
        write_file(form, [], ENCODING, tmp_path / "file")


@pytest.mark.parametrize(
    "encoding",
    [replace(ENCODING, rate_hz=12345), replace(ENCODING, bitrate_kbps=97), replace(ENCODING, channels=3)],
    ids=["rate", "bitrate", "channels"],
)
def test_an_encoding_that_the_codec_does_not_have_is_refused_with_a_hint(
    form: Format, encoding: Encoding, tmp_path: Path
) -> None:
    part = form.encode([sound(form, 20)], ENCODING)[0]
    if without_loss(form) and encoding.bitrate_kbps != ENCODING.bitrate_kbps:
        encoding = replace(encoding, rate_hz=96_001)
    for refusing in (
        lambda: form.fingerprint(encoding),
        lambda: form.encode([PartSound(bytes(100))], encoding),
        lambda: write_file(form, [part], encoding, tmp_path / "file"),
    ):
        with pytest.raises(AudioError) as caught:
            refusing()
        assert caught.value.hint


def test_the_fingerprint_changes_with_every_setting_and_with_nothing_else(form: Format) -> None:
    encodings = {
        "usual": ENCODING,
        "rate": replace(ENCODING, rate_hz=44100),
        "channels": replace(ENCODING, channels=2),
        "bitrate": replace(ENCODING, bitrate_kbps=128),
        "fast": replace(ENCODING, fast=True),
    }
    if form.own_rate_hz:
        del encodings["rate"]
    if without_loss(form):
        del encodings["bitrate"]
    if form.name != "mp3":
        del encodings["fast"]
    prints = {name: form.fingerprint(encoding) for name, encoding in encodings.items()}
    assert len(set(prints.values())) == len(encodings)
    assert form.fingerprint(replace(ENCODING)) == prints["usual"]


def test_the_same_parts_and_tags_give_the_same_bytes(form: Format, tmp_path: Path) -> None:
    part = form.encode([sound(form, 60)], ENCODING)[0]
    for name in ("a", "b"):
        write_file(get_format(form.name), [part] * 3, ENCODING, tmp_path / name, tags_for([part] * 3))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_nothing_is_left_beside_the_file(form: Format, tmp_path: Path) -> None:
    write_file(form, form.encode([sound(form, 20)], ENCODING), ENCODING, tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_a_script_leaves_open_the_format_decides(form: Format) -> None:
    asked = encoding_for(form, rate_hz=44_100, channels=1, bitrate_kbps=None)
    assert asked.rate_hz == (form.own_rate_hz or 44_100)
    assert asked.bitrate_kbps == form.usual_kbps[0]
    for channels in (1, 2):
        assert form.fingerprint(encoding_for(form, rate_hz=44_100, channels=channels, bitrate_kbps=None))


# -- tags and chapters -------------------------------------------------------------------------------------------------


def without_loss(form: Format) -> bool:
    return not form.usual_kbps[0]


def tags_for(parts: Sequence[EncodedPart], *, chapters: int = 7) -> Tags:
    """Everything that a file can say of itself."""
    total_ms = round(sum(part.frames for part in parts) * 1000 / ENCODING.rate_hz)
    return Tags(
        title="Ein Morgen; am Hafen = 🎉 #1",
        artist="Ada Ström",
        album="Wege durch die Stadt",
        date="2026-03-09T08:00:00+00:00",
        language="de",
        comment="Was man sieht.\nUnd was man hört\x07.",
        track=7,
        url="https://example.org/hafen",
        cover=picture(),
        chapters=marks(chapters, total_ms),
    )


@pytest.fixture
def told(form: Format, tmp_path: Path) -> tuple[Tags, Path]:
    """A file with all its tags, and these."""
    parts = form.encode([sound(form, 100)], ENCODING) * 10
    tags = tags_for(parts)
    write_file(form, parts, ENCODING, tmp_path / f"episode{form.suffix}", tags)
    return tags, tmp_path / f"episode{form.suffix}"


def test_ffprobe_lists_every_chapter_at_its_millisecond(told: tuple[Tags, Path]) -> None:
    tags, path = told
    found = ffprobe(path)["chapters"]
    assert [chapter["tags"]["title"] for chapter in found] == [mark.title for mark in tags.chapters]
    starts = [round(float(chapter["start_time"]) * 1000) for chapter in found]
    ends = [round(float(chapter["end_time"]) * 1000) for chapter in found]
    assert starts == [mark.start_ms for mark in tags.chapters]
    assert ends[:-1] == starts[1:]


def test_ffprobe_reads_what_the_file_says_of_itself(told: tuple[Tags, Path]) -> None:
    tags, path = told
    probed = ffprobe(path)
    streams = [stream.get("tags", {}) for stream in probed["streams"] if stream["codec_type"] == "audio"]
    read = {
        name.lower(): text for source in (*streams, probed["format"].get("tags", {})) for name, text in source.items()
    }
    assert {name: read[name] for name in ("title", "artist", "album", "genre", "track")} == {
        "title": tags.title,
        "artist": tags.artist,
        "album": tags.album,
        "genre": "Podcast",
        "track": "7",
    }
    assert read["date"].startswith("2026")
    assert read.get("description", read.get("comment")) == "Was man sieht.\nUnd was man hört ."
    assert read["language"] in {"de", "deu", "ger"}


def test_players_find_one_stream_of_sound_and_the_cover(told: tuple[Tags, Path]) -> None:
    streams = ffprobe(told[1])["streams"]
    assert [stream["codec_type"] for stream in streams].count("audio") == 1
    assert sum(stream["disposition"]["attached_pic"] for stream in streams) == 1


def test_the_last_chapter_ends_where_the_sound_does(form: Format, told: tuple[Tags, Path]) -> None:
    tags, path = told
    frames = len(played(path, ENCODING))
    assert frames == 10 * 100 * form.quantum(ENCODING.rate_hz)
    assert tags.chapters[-1].end_ms == round(frames * 1000 / ENCODING.rate_hz)
    # Older ffprobe counts the frames of an MP3 in which the decoder's delay runs out, and the delay of Opus.
    spare_s = {"mp3": 0.08, "opus": 0.008}.get(form.name, 0.001)
    assert float(ffprobe(path)["chapters"][-1]["end_time"]) == pytest.approx(frames / ENCODING.rate_hz, abs=spare_s)


def test_older_ffmpeg_plays_exactly_the_frames_that_were_encoded(form: Format, told: tuple[Tags, Path]) -> None:
    """Debian's, of 2022."""
    samples = played(told[1], ENCODING, require_tool("ffmpeg"))
    assert len(samples) == 10 * 100 * form.quantum(ENCODING.rate_hz)


@pytest.mark.parametrize("count", [0, 1, 255])
def test_any_number_of_chapters_up_to_255_is_read_back(form: Format, count: int, tmp_path: Path) -> None:
    parts = form.encode([sound(form, 50)], ENCODING) * 3
    tags = tags_for(parts, chapters=max(count, 1))
    tags = tags if count else replace(tags, chapters=())
    write_file(form, parts, ENCODING, tmp_path / f"file{form.suffix}", tags)
    assert len(ffprobe(tmp_path / f"file{form.suffix}")["chapters"]) == count


def test_more_chapters_than_the_format_holds_are_refused_with_a_hint(form: Format, tmp_path: Path) -> None:
    part = form.encode([sound(form, 20)], ENCODING)[0]
    tags = Tags("T", chapters=tuple(ChapterMark(f"c{n}", "C", n, n + 1) for n in range(1001)))
    with pytest.raises(AudioError, match=r"file holds [0-9]+ chapters, not 1001") as caught:
        write_file(form, [part], ENCODING, tmp_path / "file", tags)
    assert "chapter: false" in str(caught.value.hint)


def test_a_file_is_either_spliced_or_muxed(form: Format) -> None:
    assert isinstance(form, Spliced) != isinstance(form, Muxed)


def test_a_script_may_name_it(form: Format) -> None:
    assert form.name in FORMAT_NAMES
