"""MP3 made of parts of real speech, as other decoders and checkers see it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audioguide import audio
from audioguide.audio import Clip, ffmpeg_path, mono, resample, run_ffmpeg, scale, to_s16, with_channels
from audioguide.errors import AudioError
from audioguide.formats import EncodedPart, Encoding, PartSound, Spliced, Tags, mpeg
from audioguide.formats.mp3 import Mp3, _decoded
from audioguide.loudness import block_powers, integrated_lufs, limit
from audioguide.peaks import true_peak_dbtp
from tests.tools import require_tool

MP3: Spliced = Mp3()
Ints = NDArray[np.int16]

SENTENCES = (
    "The harbour wakes before the town does.",
    "She sells sea shells by the sea shore.",
    "In 1873 the first steamer came in from the north.",
)
ENCODINGS = [
    Encoding(44100, 1, 96),
    Encoding(44100, 2, 128),
    Encoding(48000, 1, 96),
    Encoding(48000, 2, 160),
    Encoding(24000, 1, 64),
    Encoding(24000, 2, 160),
    Encoding(44100, 1, 32),
    Encoding(44100, 1, 96, fast=True),
]
each_encoding = pytest.mark.parametrize(
    "encoding", ENCODINGS, ids=lambda e: f"{e.rate_hz}-{e.channels}-{e.bitrate_kbps}{'-fast' * e.fast}"
)


@cache
def speech() -> tuple[Clip, ...]:
    """What hibari says, at its own rate, as loud as an episode."""
    from hibari import Hibari

    speak = Hibari()
    return tuple(scale(mono(np.asarray(speak(text, seed=1)).reshape(-1), 24000), 10) for text in SENTENCES)


@cache
def limited(encoding: Encoding) -> tuple[Clip, ...]:
    """The sentences under the ceiling, each with a pause after it that makes it whole quanta."""
    quantum = MP3.quantum(encoding.rate_hz)
    clips = []
    for spoken in speech():
        clip = with_channels(resample(spoken, encoding.rate_hz), encoding.channels)
        quanta = -(-(clip.frames + encoding.rate_hz // 5) // quantum)
        samples = np.zeros((quanta * quantum, encoding.channels), np.float32)
        samples[: clip.frames] = clip.samples
        clips.append(limit(Clip(samples, encoding.rate_hz), ceiling_dbtp=MP3.ceiling_dbtp))
    return tuple(clips)


def file_of(parts: Sequence[EncodedPart], encoding: Encoding, path: Path, tags: Tags | None = None) -> int:
    """Write the file of these parts; how many frames it plays."""
    data = b"".join(part.data for part in parts)
    frames = sum(part.frames for part in parts)
    prologue = MP3.prologue(tags or Tags("T"), total_frames=frames, data_bytes=len(data), encoding=encoding)
    path.write_bytes(prologue + data + MP3.epilogue(encoding))
    return frames


@cache
def spoken_parts(encoding: Encoding) -> tuple[EncodedPart, ...]:
    return tuple(MP3.encode([PartSound(to_s16(clip)) for clip in limited(encoding)], encoding))


def wheel(path: Path) -> bytes:
    """The samples that the wheel's ffmpeg plays."""
    return run_ffmpeg(["-i", str(path), "-map", "0:a", "-f", "s16le", "pipe:1"])


def mpg123(path: Path) -> bytes:
    return subprocess.run([require_tool("mpg123"), "-q", "-s", path], capture_output=True, check=True).stdout


def miniaudio(path: Path) -> bytes:
    decoder = pytest.importorskip("miniaudio")
    return bytes(decoder.mp3_read_file_s16(str(path)).samples)


@each_encoding
@pytest.mark.parametrize("player", [wheel, mpg123, miniaudio])
def test_every_player_plays_exactly_the_frames_that_were_encoded(
    player: object, encoding: Encoding, tmp_path: Path
) -> None:
    assert callable(player)
    frames = file_of(spoken_parts(encoding), encoding, tmp_path / "a.mp3")
    assert len(player(tmp_path / "a.mp3")) == frames * encoding.channels * 2


@each_encoding
def test_mp3val_finds_nothing_to_complain_of(encoding: Encoding, tmp_path: Path) -> None:
    file_of(spoken_parts(encoding), encoding, tmp_path / "a.mp3", Tags("Ω", comment="x" * 500))
    checked = subprocess.run(
        [require_tool("mp3val"), tmp_path / "a.mp3"], capture_output=True, text=True, check=True
    ).stdout
    assert "MPEG frames" in checked
    assert "WARNING" not in checked
    assert "ERROR" not in checked


@each_encoding
def test_speech_comes_back_in_its_place_to_the_sample(encoding: Encoding, tmp_path: Path) -> None:
    """The correlation of what went in and what plays peaks at 0, for the first part as for the last."""
    file_of(spoken_parts(encoding), encoding, tmp_path / "a.mp3")
    played = np.frombuffer(wheel(tmp_path / "a.mp3"), "<i2").reshape(-1, encoding.channels)[:, 0].astype(float)
    start = 0
    for clip in limited(encoding):
        before, after = clip.samples[:, 0], played[start : start + clip.frames]
        size = 2 * clip.frames
        correlation = np.fft.irfft(np.fft.rfft(after, size) * np.conj(np.fft.rfft(before, size)), size)
        assert int(correlation.argmax()) == 0
        start += clip.frames


@each_encoding
def test_a_part_is_made_of_frames_that_need_no_other(encoding: Encoding) -> None:
    """No bit reservoir: every frame's main data begins in itself. All have the header that we write ourselves."""
    stream = mpeg.read_header(MP3.epilogue(encoding))
    assert (stream.rate_hz, stream.channels, stream.bitrate_kbps) == (
        encoding.rate_hz,
        encoding.channels,
        encoding.bitrate_kbps,
    )
    quantum = MP3.quantum(encoding.rate_hz)
    for part, clip in zip(spoken_parts(encoding), limited(encoding), strict=True):
        lengths = mpeg.frame_lengths(part.data)
        assert len(lengths) == clip.frames // quantum
        starts = np.cumsum([0, *lengths[:-1]])
        assert {part.data[start + 4] for start in starts} == {0}
        assert mpeg.frame_lengths(MP3.epilogue(encoding) + part.data)[3:] == lengths


@pytest.mark.parametrize("encoding", ENCODINGS[:6], ids=lambda e: f"{e.rate_hz}-{e.channels}")
def test_the_codec_costs_the_loudness_that_the_format_says(encoding: Encoding) -> None:
    quantum = MP3.quantum(encoding.rate_hz)
    block_s = quantum / encoding.rate_hz
    before = np.concatenate([block_powers(clip, block_frames=quantum) for clip in limited(encoding)])
    after = np.concatenate([part.powers for part in spoken_parts(encoding)])
    loss = integrated_lufs(before, block_s=block_s) - integrated_lufs(after, block_s=block_s)
    assert loss == pytest.approx(MP3.loss_db, abs=0.08)


@pytest.mark.parametrize("encoding", ENCODINGS[:6], ids=lambda e: f"{e.rate_hz}-{e.channels}")
def test_speech_limited_at_the_ceiling_stays_under_minus_one_decoded(encoding: Encoding) -> None:
    assert max(true_peak_dbtp(clip) for clip in limited(encoding)) == pytest.approx(MP3.ceiling_dbtp, abs=0.1)
    assert max(part.true_peak_dbtp for part in spoken_parts(encoding)) < -1


def music(encoding: Encoding, quanta: int) -> Ints:
    """A chord whose tones swell, with a little noise: sound that never pauses."""
    time_s = np.arange(quanta * MP3.quantum(encoding.rate_hz)) / encoding.rate_hz
    chance = np.random.default_rng(1)
    tracks = []
    for _ in range(encoding.channels):
        track = 0.05 * chance.standard_normal(len(time_s))
        for hz in (110, 220, 277.2, 329.6, 440, 659.3, 1318.5, 2637, 5274):
            swell = 1 + 0.5 * np.sin(2 * np.pi * chance.uniform(0.3, 3) * time_s)
            track += np.sin(2 * np.pi * hz * time_s + chance.uniform(0, 6)) * swell / (1 + hz / 400)
        tracks.append(track / np.abs(track).max() / 2)
    sound: Ints = np.rint(np.stack(tracks, axis=1) * 32767).astype("<i2")
    return sound


def snr_db(before: Ints, path: Path, encoding: Encoding) -> NDArray[np.float64]:
    """Of each quantum, between what went in and what plays."""
    quantum = MP3.quantum(encoding.rate_hz)
    played = np.frombuffer(wheel(path), "<i2").reshape(before.shape).astype(float)
    signal = np.square(before.astype(float)).reshape(-1, quantum * encoding.channels).sum(axis=1)
    noise = np.square(before - played).reshape(-1, quantum * encoding.channels).sum(axis=1)
    result: NDArray[np.float64] = 10 * np.log10(signal / noise)
    return result


def in_parts(sound: Ints, cuts: Sequence[int], encoding: Encoding, *, neighbours: bool) -> list[PartSound]:
    quantum = MP3.quantum(encoding.rate_hz)
    edges = [0, *(cut * quantum for cut in cuts), len(sound)]
    return [
        PartSound(
            sound[start:end].tobytes(),
            before=sound[max(0, start - 3 * quantum) : start].tobytes() if neighbours else b"",
            after=sound[end : end + 2 * quantum].tobytes() if neighbours else b"",
        )
        for start, end in pairwise(edges)
    ]


@pytest.mark.parametrize("encoding", ENCODINGS[:6:2], ids=lambda e: f"{e.rate_hz}-{e.channels}")
def test_music_across_seams_is_as_good_as_if_there_were_none(encoding: Encoding, tmp_path: Path) -> None:
    """With the neighbours' sound; without it the last quantum of each part is lost, which shows that this can fail."""
    quanta, cuts = 160, range(20, 160, 20)
    sound = music(encoding, quanta)
    quality = {}
    for name, parts in {
        "whole": [PartSound(sound.tobytes())],
        "neighbours": in_parts(sound, cuts, encoding, neighbours=True),
        "alone": in_parts(sound, cuts, encoding, neighbours=False),
    }.items():
        path = tmp_path / f"{name}.mp3"
        file_of(MP3.encode(parts, encoding), encoding, path)
        quality[name] = snr_db(sound, path, encoding)
    seams = [cut + offset for cut in cuts for offset in range(-3, 3)]
    at_seams = {name: figures[seams] for name, figures in quality.items()}
    assert at_seams["neighbours"].mean() > at_seams["whole"].mean() - 0.1
    assert at_seams["neighbours"].min() > quality["whole"].min() - 0.5
    assert at_seams["neighbours"].mean() > np.delete(quality["neighbours"], seams).mean() - 0.5
    assert (quality["alone"] - quality["whole"])[[cut - 1 for cut in cuts]].mean() < -6


def test_a_folder_for_temporary_files_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/proc/nowhere")
    with pytest.raises(AudioError, match="temporary files cannot be written") as caught:
        MP3.encode([PartSound(bytes(1152 * 2))], Encoding(44100, 1, 96))
    assert "TMPDIR" in str(caught.value.hint)
    assert str(caught.value.where).startswith("/proc/nowhere")


def stand_in_ffmpeg(folder: Path, ending: str) -> Path:
    """The wheel's ffmpeg, and then something done to its last output."""
    program = folder / "ffmpeg"
    program.write_text(f'#!/bin/sh\n"{ffmpeg_path()}" "$@" || exit\nfor last; do :; done\n{ending}\n')
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("ending", "message"),
    [
        ('head -c 5000 "$last" > "$last.cut"; mv "$last.cut" "$last"', "the last MPEG frame lacks"),
        ('head -c 2880 "$last" > "$last.cut"; mv "$last.cut" "$last"', "10 frames"),
        (': > "$last"', "not an MPEG layer III stream"),
        ('rm "$last"', "temporary files"),
        ("echo nonsense >&2; exit 3", "ffmpeg failed: nonsense"),
    ],
    ids=["cut", "short", "empty", "missing", "failing"],
)
def test_an_encoder_that_goes_wrong_is_an_audio_error(
    ending: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = stand_in_ffmpeg(tmp_path, ending)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))
    audio.ffmpeg_path.cache_clear()
    try:
        with pytest.raises(AudioError, match=message):
            MP3.encode([PartSound(bytes(1152 * 2 * 40))], Encoding(48000, 1, 96))
    finally:
        audio.ffmpeg_path.cache_clear()


@pytest.mark.parametrize(
    ("raw", "message"),
    [(b"no sound", "cannot be decoded"), (mpeg.silent_frame(mpeg.Stream(48000, 1, 96)) * 9, "decodes to 10368 frames")],
    ids=["nonsense", "short"],
)
def test_a_new_part_that_does_not_decode_to_its_length_is_an_audio_error(raw: bytes, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        _decoded(raw, mpeg.Stream(48000, 1, 96), skip=4, count=5)
