"""WAV and FLAC: every sample comes back, and other readers find the chapters where they look for them."""

from __future__ import annotations

import hashlib
import struct
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from audioguide.errors import AudioError
from audioguide.formats import EncodedPart, Encoding, Picture, Tags, get_format
from audioguide.formats.flac import Flac
from audioguide.formats.wav import Wav
from tests.sound_files import marks, picture, played, swell, write_file
from tests.tools import require_tool

ENCODING = Encoding(44_100, 1, 0)
STEREO = Encoding(48_000, 2, 0)
TAGS = Tags("A walk", artist="Ada", chapters=marks(5, 4_000), cover=picture())


def parts(encoding: Encoding, *lengths: int) -> list[EncodedPart]:
    return Wav().encode([swell(Wav(), quanta, encoding=encoding, seed=quanta) for quanta in lengths], encoding)


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a RIFF file, of which the samples come last."""
    position = 12
    while position < len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        yield name, data[position + 8 : position + 8 + size]
        position += 8 + (len(data) if name == b"data" else size + size % 2)


@pytest.mark.parametrize("encoding", [ENCODING, STEREO], ids=["mono", "stereo"])
@pytest.mark.parametrize("name", ["wav", "flac"])
def test_every_sample_comes_back(name: str, encoding: Encoding, tmp_path: Path) -> None:
    made = parts(encoding, 100, 60, 41)
    write_file(get_format(name), made, encoding, tmp_path / "file", TAGS)
    sent = b"".join(part.data for part in made)
    assert played(tmp_path / "file", encoding).tobytes() == sent
    assert played(tmp_path / "file", encoding, require_tool("ffmpeg")).tobytes() == sent


def test_wav_and_flac_share_their_parts() -> None:
    assert Wav().fingerprint(ENCODING) == Flac().fingerprint(ENCODING)


def test_the_standard_librarys_reader_reads_the_wav_file(tmp_path: Path) -> None:
    made = parts(STEREO, 50, 50)
    write_file(Wav(), made, STEREO, tmp_path / "a.wav", TAGS)
    with wave.open(str(tmp_path / "a.wav")) as reader:
        assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (48_000, 2, 2)
        assert reader.readframes(1 << 30) == b"".join(part.data for part in made)


def test_a_wav_file_has_a_cue_at_each_chapter_with_its_title(tmp_path: Path) -> None:
    write_file(Wav(), parts(ENCODING, 200), ENCODING, tmp_path / "a.wav", TAGS)
    data = (tmp_path / "a.wav").read_bytes()
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    found = dict(chunk for chunk in chunks(data) if not chunk[1].startswith(b"INFO"))
    points = [struct.unpack_from("<II4sIII", found[b"cue "], 4 + 24 * n) for n in range(5)]
    assert struct.unpack_from("<I", found[b"cue "]) == (5,)
    assert [point[5] for point in points] == [round(mark.start_ms * 44.1) for mark in TAGS.chapters]
    labels = {
        struct.unpack_from("<I", data)[0]: data[4:-1].decode()
        for name, data in chunks(bytes(8) + found[b"LIST"])
        if name == b"labl"
    }
    assert [labels[point[0]] for point in points] == [mark.title for mark in TAGS.chapters]


@pytest.mark.parametrize(("data_bytes", "magic"), [(4_294_000_000, b"RIFF"), (4_294_967_296, b"RF64")])
def test_a_wav_file_that_outgrows_32_bits_is_rf64(data_bytes: int, magic: bytes) -> None:
    frames = data_bytes // 2
    head = Wav().prologue(TAGS, total_frames=frames, data_bytes=data_bytes, encoding=ENCODING)
    assert head[:4] == magic
    if magic == b"RF64":
        assert struct.unpack_from("<I4s4sIQQQI", head, 4) == (
            *(0xFFFFFFFF, b"WAVE", b"ds64", 28),
            *(len(head) + data_bytes - 8, data_bytes, frames, 0),
        )
        assert head[-8:] == b"data\xff\xff\xff\xff"
    else:
        assert struct.unpack_from("<I", head, 4)[0] == len(head) + data_bytes - 8


def test_ffmpeg_reads_an_rf64_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small one: the limit is lowered."""
    monkeypatch.setattr("audioguide.formats.wav._LARGEST_RIFF", 1000)
    made = parts(ENCODING, 50)
    frames = write_file(Wav(), made, ENCODING, tmp_path / "a.wav", TAGS)
    assert (tmp_path / "a.wav").read_bytes()[:4] == b"RF64"
    assert len(played(tmp_path / "a.wav", ENCODING)) == frames
    assert len(played(tmp_path / "a.wav", ENCODING, require_tool("ffmpeg"))) == frames


def test_a_flac_file_tells_its_length_and_the_checksum_of_its_samples(tmp_path: Path) -> None:
    made = parts(STEREO, 77, 50)
    write_file(Flac(), made, STEREO, tmp_path / "a.flac", TAGS)
    info = (tmp_path / "a.flac").read_bytes()[8:42]
    assert int.from_bytes(info[10:18], "big") & (1 << 36) - 1 == 127 * 960
    assert info[18:] == hashlib.md5(b"".join(part.data for part in made), usedforsecurity=False).digest()


def test_the_chapters_of_a_flac_file_are_vorbis_comments(tmp_path: Path) -> None:
    from mutagen.flac import FLAC

    write_file(Flac(), parts(ENCODING, 200), ENCODING, tmp_path / "a.flac", TAGS)
    file = FLAC(tmp_path / "a.flac")  # type: ignore[no-untyped-call]  # mutagen has no types
    assert file["CHAPTER001"] == ["00:00:00.800"]
    assert file["CHAPTER001NAME"] == [TAGS.chapters[1].title]
    assert file["CHAPTER004URL"] == ["https://example.org/4"]
    assert [found.data for found in file.pictures] == [picture().data]


def test_a_cover_that_is_too_large_for_flac_is_refused(tmp_path: Path) -> None:
    huge = Tags("T", cover=Picture(bytes(17 << 20), "image/png"))
    with pytest.raises(AudioError, match="16 MiB") as caught:
        write_file(Flac(), parts(ENCODING, 50), ENCODING, tmp_path / "file", huge)
    assert caught.value.hint


def test_the_loudest_samples_survive(tmp_path: Path) -> None:
    loud = np.array([32767, -32768] * 441, "<i2").tobytes()
    made = [EncodedPart(loud, 882, np.ones(1), 0.0)]
    for form in (Wav(), Flac()):
        write_file(form, made, ENCODING, tmp_path / "file")
        assert played(tmp_path / "file", ENCODING).tobytes() == loud
