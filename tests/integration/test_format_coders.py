"""M4B and Opus made of parts: what other readers make of them, and how the sound fares at the seams."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from audioguide import audio
from audioguide.audio import Clip, ffmpeg_path, mono, resample, scale, to_s16, with_channels
from audioguide.errors import AudioError
from audioguide.formats import Encoding, Format, PartSound, Tags, get_format
from audioguide.formats.coder import Coded
from audioguide.formats.ogg import OggWriter
from audioguide.formats.opus import _own
from audioguide.loudness import block_powers, integrated_lufs, limit
from audioguide.peaks import true_peak_dbtp
from tests.sound_files import Ints, ffprobe, marks, picture, played, swell, write_file
from tests.tools import require_tool

SENTENCES = (
    "The harbour wakes before the town does.",
    "She sells sea shells by the sea shore.",
    "In 1873 the first steamer came in from the north.",
)
ENCODINGS = {
    "m4b": [Encoding(44_100, 1, 64), Encoding(44_100, 2, 96), Encoding(24_000, 1, 64), Encoding(48_000, 1, 128)],
    "opus": [Encoding(48_000, 1, 64), Encoding(48_000, 2, 96), Encoding(48_000, 1, 160)],
}
CASES = [(name, encoding) for name, encodings in ENCODINGS.items() for encoding in encodings]
each_case = pytest.mark.parametrize(
    ("name", "encoding"),
    CASES,
    ids=[f"{name}-{each.rate_hz}-{each.channels}-{each.bitrate_kbps}" for name, each in CASES],
)
both = pytest.mark.parametrize("name", ENCODINGS)


@cache
def limited(name: str, encoding: Encoding) -> tuple[Clip, ...]:
    """What hibari says, under the ceiling, each with a pause after it that makes it whole quanta."""
    from hibari import Hibari

    form, speak = get_format(name), Hibari()
    quantum = form.quantum(encoding.rate_hz)
    clips = []
    for text in SENTENCES:
        spoken = scale(mono(np.asarray(speak(text, seed=1)).reshape(-1), 24_000), 10)
        clip = with_channels(resample(spoken, encoding.rate_hz), encoding.channels)
        samples = np.zeros(((clip.frames // quantum + 10) * quantum, encoding.channels), np.float32)
        samples[: clip.frames] = clip.samples
        clips.append(limit(Clip(samples, encoding.rate_hz), ceiling_dbtp=form.ceiling_dbtp))
    return tuple(clips)


@each_case
def test_speech_comes_back_in_its_place_as_loud_as_the_format_says(
    name: str, encoding: Encoding, tmp_path: Path
) -> None:
    """To the sample, for the first part as for the last; in a player of today and in one of 2022."""
    form, clips = get_format(name), limited(name, encoding)
    parts = form.encode([PartSound(to_s16(clip)) for clip in clips], encoding)
    frames = write_file(form, parts, encoding, tmp_path / "file")
    assert len(played(tmp_path / "file", encoding, require_tool("ffmpeg"))) == frames
    heard = played(tmp_path / "file", encoding)
    assert len(heard) == frames
    start = 0
    for clip in clips:
        before, after = clip.samples[:, 0], heard[start : start + clip.frames, 0].astype(float)
        size = 2 * clip.frames
        correlation = np.fft.irfft(np.fft.rfft(after, size) * np.conj(np.fft.rfft(before, size)), size)
        assert int(correlation.argmax()) == 0
        start += clip.frames
    quantum = form.quantum(encoding.rate_hz)
    sent = np.concatenate([block_powers(clip, block_frames=quantum) for clip in clips])
    came = np.concatenate([part.powers for part in parts])
    block_s = quantum / encoding.rate_hz
    loss = integrated_lufs(sent, block_s=block_s) - integrated_lufs(came, block_s=block_s)
    assert loss == pytest.approx(form.loss_db, abs=0.06)
    assert true_peak_dbtp(Clip(heard.astype(np.float32) / np.float32(32768), encoding.rate_hz)) < -1


# -- seams -------------------------------------------------------------------------------------------------------------


def music(encoding: Encoding, frames: int) -> Ints:
    """A chord whose tones swell, drum beats, a little noise: sound that never pauses."""
    time_s = np.arange(frames) / encoding.rate_hz
    chance = np.random.default_rng(1)
    tracks = []
    for _ in range(encoding.channels):
        track = 0.05 * chance.standard_normal(frames)
        for hz in (110, 220, 277.2, 329.6, 440, 659.3, 1318.5, 2637, 5274):
            swelling = 1 + 0.5 * np.sin(2 * np.pi * chance.uniform(0.3, 3) * time_s)
            track += np.sin(2 * np.pi * hz * time_s + chance.uniform(0, 6)) * swelling / (1 + hz / 400)
        beat = time_s % (1 / 3)
        track += 0.8 * np.exp(-beat * 50) * chance.standard_normal(frames)
        tracks.append(track / np.abs(track).max() / 2)
    sound: Ints = np.rint(np.stack(tracks, axis=1) * 32767).astype("<i2")
    return sound


def in_parts(
    sound: Ints, edges: Sequence[int], form: Format, encoding: Encoding, *, neighbours: bool
) -> list[PartSound]:
    quantum = form.quantum(encoding.rate_hz)
    lead, tail = form.lead_quanta * quantum, form.tail_quanta * quantum
    parts = []
    for start, end in pairwise(edge * quantum for edge in edges):
        before, after = sound[max(0, start - lead) : start], sound[end : end + tail]
        surroundings = (before.tobytes(), after.tobytes()) if neighbours else (b"", b"")
        parts.append(PartSound(sound[start:end].tobytes(), *surroundings))
    return parts


def snr_db(sent: Ints, path: Path, encoding: Encoding, quantum: int) -> NDArray[np.float64]:
    """Of each quantum, between what went in and what plays."""
    came = played(path, encoding).astype(float)
    signal, noise = np.square(sent.astype(float)), np.square(sent - came)
    ratio = [of.reshape(-1, quantum * encoding.channels).sum(axis=1) for of in (signal, noise)]
    figures: NDArray[np.float64] = 10 * np.log10(ratio[0] / ratio[1])
    return figures


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("m4b", Encoding(44_100, 1, 64)), ("m4b", Encoding(44_100, 2, 96)), ("opus", Encoding(48_000, 2, 96))],
    ids=["aac-mono", "aac-stereo", "opus"],
)
def test_music_across_seams_is_nearly_as_good_as_if_there_were_none(
    name: str, encoding: Encoding, tmp_path: Path
) -> None:
    """With the neighbours' sound; without it the last quantum of each part is lost, which shows that this can fail."""
    form = get_format(name)
    quantum, edges = form.quantum(encoding.rate_hz), range(0, 840, 105)
    sound = music(encoding, edges[-1] * quantum)
    quality = {}
    for kind, parts in {
        "whole": [PartSound(sound.tobytes())],
        "neighbours": in_parts(sound, edges, form, encoding, neighbours=True),
        "alone": in_parts(sound, edges, form, encoding, neighbours=False),
    }.items():
        write_file(form, form.encode(parts, encoding), encoding, tmp_path / kind)
        quality[kind] = snr_db(sound, tmp_path / kind, encoding, quantum)
    cuts = list(edges[1:-1])
    seams = [cut + offset for cut in cuts for offset in range(-3, 3)]
    at_seams = {kind: figures[seams] for kind, figures in quality.items()}
    assert at_seams["neighbours"].mean() > at_seams["whole"].mean() - 1
    assert at_seams["neighbours"].min() > quality["whole"].min() - 1.5
    assert (quality["alone"] - quality["whole"])[[cut - 1 for cut in cuts]].mean() < -3


# -- other readers -----------------------------------------------------------------------------------------------------


def told(name: str, folder: Path, kind: str = "JPEG") -> tuple[Path, Tags, int]:
    """A file with chapters and a cover, these, and its frames."""
    form, encoding = get_format(name), ENCODINGS[name][0]
    parts = form.encode([swell(form, 200, encoding=encoding)], encoding) * 3
    total_ms = round(sum(part.frames for part in parts) * 1000 / encoding.rate_hz)
    tags = Tags(
        "Ein Morgen", artist="Ada", comment="Über den Hafen", cover=picture(kind=kind), chapters=marks(6, total_ms)
    )
    path = folder / f"file{form.suffix}"
    return path, tags, write_file(form, parts, encoding, path, tags)


def test_an_m4b_file_has_both_lists_of_chapters_and_begins_with_its_index(tmp_path: Path) -> None:
    from mutagen.mp4 import MP4

    path, tags, frames = told("m4b", tmp_path)
    read: Any = MP4
    file = read(path)
    assert [(chapter.title, round(chapter.start * 1000)) for chapter in file.chapters] == [
        (mark.title, mark.start_ms) for mark in tags.chapters
    ]
    assert file.info.length == pytest.approx(frames / 44_100, abs=0.05)
    tracks = [stream for stream in ffprobe(path)["streams"] if stream["codec_tag_string"] == "text"]
    assert len(tracks) == 1
    assert int(tracks[0]["nb_frames"]) == len(tags.chapters)
    data = path.read_bytes()
    assert data[4:12] == b"ftypM4A "
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_mutagen_finds_the_cover_of_an_m4b_file_as_it_was(kind: str, tmp_path: Path) -> None:
    from mutagen.mp4 import MP4

    path, tags, _ = told("m4b", tmp_path, kind)
    read: Any = MP4
    file = read(path)
    assert tags.cover
    assert [bytes(cover) for cover in file["covr"]] == [tags.cover.data]
    assert (file["\xa9nam"], file["\xa9ART"], file["stik"]) == ([tags.title], [tags.artist], [2])


def test_mutagen_and_libsndfile_read_an_opus_file(tmp_path: Path) -> None:
    import soundfile
    from mutagen.flac import Picture
    from mutagen.oggopus import OggOpus

    path, tags, frames = told("opus", tmp_path)
    read: Any = OggOpus
    file = read(path)
    assert tags.cover
    assert file["chapter003name"] == [tags.chapters[3].title]
    block: Any = Picture
    assert block(base64.b64decode(file["metadata_block_picture"][0])).data == tags.cover.data
    assert file.info.length == pytest.approx(frames / 48_000, abs=1e-6)
    assert soundfile.info(str(path)).frames == frames


@both
def test_the_last_sound_rings_out(name: str, tmp_path: Path) -> None:
    """A tone up to the last sample is played up to the last sample, within what a codec costs."""
    form, encoding = get_format(name), ENCODINGS[name][0]
    frames = 100 * form.quantum(encoding.rate_hz)
    tone = np.rint(8000 * np.sin(2 * np.pi * 440 * np.arange(frames) / encoding.rate_hz)).astype("<i2")
    write_file(form, form.encode([PartSound(tone.tobytes())], encoding), encoding, tmp_path / "file")
    heard = played(tmp_path / "file", encoding)[:, 0].astype(float)
    middle = np.square(heard[frames // 2 : frames // 2 + 256]).mean()
    assert np.square(heard[-700:-444]).mean() > 0.05 * middle
    assert np.abs(heard).max() < 9500


# -- encoders that go wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "ending", "message"),
    [
        ("m4b", 'head -c 900 "$last" > "$last.cut"; mv "$last.cut" "$last"', "packet"),
        ("opus", 'head -c 900 "$last" > "$last.cut"; mv "$last.cut" "$last"', "ffmpeg failed"),
        ("m4b", 'echo nonsense > "$last"', "ffmpeg failed"),
        ("opus", "echo nonsense >&2; exit 3", "ffmpeg failed: nonsense"),
        ("m4b", 'rm "$last"', "temporary files cannot be written"),
    ],
    ids=["m4b-cut", "opus-cut", "nonsense", "failing", "missing"],
)
def test_an_encoder_that_goes_wrong_is_an_audio_error(
    name: str, ending: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text(f'#!/bin/sh\n"{ffmpeg_path()}" "$@" || exit\nfor last; do :; done\n{ending}\n')
    program.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))
    audio.ffmpeg_path.cache_clear()
    form, encoding = get_format(name), ENCODINGS[name][0]
    try:
        with pytest.raises(AudioError, match=message):
            form.encode([swell(form, 60, encoding=encoding)], encoding)
    finally:
        audio.ffmpeg_path.cache_clear()


def test_bitrates_that_a_rate_is_too_low_for_are_refused() -> None:
    with pytest.raises(AudioError, match="256 kbit/s") as caught:
        get_format("m4b").fingerprint(Encoding(24_000, 1, 256))
    assert str(caught.value.hint).endswith("128, 144")
    get_format("m4b").fingerprint(Encoding(24_000, 2, 256))
    with pytest.raises(AudioError, match="320 kbit/s"):
        get_format("opus").fingerprint(Encoding(48_000, 1, 320))
    get_format("opus").fingerprint(replace(ENCODINGS["opus"][1], bitrate_kbps=320))


def test_too_few_packets_for_a_part_are_an_audio_error() -> None:
    silence = Clip(np.zeros((9600, 1), np.float32), 48_000)
    with pytest.raises(AudioError, match="8 packets of a part, where more than 8"):
        Coded(b"", silence, first=4, count=4).cut([b""] * 8, quantum=960)
    with pytest.raises(AudioError, match="more than 10"):
        Coded(b"", silence, first=4, count=6).cut([b""] * 11, quantum=961)


def test_an_opus_encoder_with_another_delay_is_refused() -> None:
    file = BytesIO()
    writer = OggWriter(file)
    for packet in (b"OpusHead with another delay", b"OpusTags"):
        writer.header(packet)
    with pytest.raises(AudioError, match="another delay"):
        _own(Coded(file.getvalue(), Clip(np.zeros((960, 1), np.float32), 48_000), first=0, count=1))
