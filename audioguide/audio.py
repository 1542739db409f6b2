"""Sound in memory: `Clip`, and the few things done to it. The only room that imports pydub, soxr and ffmpeg's path.

pydub stitches (`stitch`): every piece is joined in one buffer, since `+` on its segments copies everything each time.
Files are decoded by the ffmpeg of the imageio-ffmpeg wheel, never by name on PATH, and handed on as plain samples.
"""

from __future__ import annotations

import io
import os
import re
import struct
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from audioguide.errors import AudioError
from audioguide.interrupt import STEP_S, go_on_or_stop, is_interrupted

Samples = NDArray[np.float32]

MAX_SOUND_S = 3 * 3600.0
"""The longest sound file that is read whole."""

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (8, b"WAVE", "wav"),
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (4, b"ftyp", "mov"),
    (8, b"AIFF", "aiff"),
    (8, b"AIFC", "aiff"),
    (0, b"ID3", "mp3"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """PCM: `samples` of shape (frames, channels), float32 within ±1, at `rate_hz`. Time is counted in frames."""

    samples: Samples
    rate_hz: int

    def __post_init__(self) -> None:
        """Hold the shape and the type."""
        assert self.samples.ndim == 2
        assert self.samples.dtype == np.float32

    @property
    def frames(self) -> int:
        """How many samples each channel has."""
        return len(self.samples)

    @property
    def channels(self) -> int:
        """1 for mono, 2 for stereo."""
        return int(self.samples.shape[1])

    @property
    def duration_s(self) -> float:
        """The length in seconds."""
        return self.frames / self.rate_hz


def mono(samples: NDArray[np.floating], rate_hz: int) -> Clip:
    """A clip of one channel from a flat array of floats."""
    return Clip(np.ascontiguousarray(samples, dtype=np.float32).reshape(-1, 1), rate_hz)


def silence(frames: int, rate_hz: int, channels: int = 1) -> Clip:
    """That many frames of nothing."""
    return Clip(np.zeros((frames, channels), np.float32), rate_hz)


def frames_of(ms: float, rate_hz: int) -> int:
    """Milliseconds -> the nearest whole number of frames."""
    return round(ms * rate_hz / 1000)


def resample(clip: Clip, rate_hz: int) -> Clip:
    """The same sound at another rate (soxr, HQ: flat to 0.91 of the lower band edge, below -100 dB beyond)."""
    if clip.rate_hz == rate_hz or not clip.frames:
        return Clip(clip.samples, rate_hz)
    import soxr

    return Clip(np.asarray(soxr.resample(clip.samples, clip.rate_hz, rate_hz), np.float32), rate_hz)


def with_channels(clip: Clip, channels: int) -> Clip:
    """The same sound in mono or stereo: one channel is repeated, two are averaged."""
    if clip.channels == channels:
        return clip
    if channels == 1:
        return Clip(clip.samples.mean(axis=1, keepdims=True, dtype=np.float32), clip.rate_hz)
    return Clip(np.repeat(clip.samples[:, :1], channels, axis=1), clip.rate_hz)


def scale(clip: Clip, gain_db: float) -> Clip:
    """The same sound, louder or softer."""
    return clip if gain_db == 0 else Clip(clip.samples * np.float32(10 ** (gain_db / 20)), clip.rate_hz)


def stretch(clip: Clip, factor: float) -> Clip:
    """The same sound, `factor` times as fast (0.5 to 2.0), at the same pitch (ffmpeg's atempo)."""
    if factor == 1.0:
        return clip
    form = ["-f", "f32le", "-ar", str(clip.rate_hz), "-ac", str(clip.channels)]
    data = clip.samples.astype("<f4").tobytes()
    raw = run_ffmpeg([*form, "-i", "pipe:0", "-af", f"atempo={factor:.6f}", *form, "pipe:1"], data=data)
    return Clip(np.frombuffer(raw, "<f4").astype(np.float32).reshape(-1, clip.channels), clip.rate_hz)


def to_s16(clip: Clip) -> bytes:
    """Interleaved little-endian 16-bit samples, rounded and held within range."""
    data: bytes = np.clip(np.rint(clip.samples * 32768.0), -32768, 32767).astype("<i2").tobytes()
    return data


def from_s16(data: bytes, rate_hz: int, channels: int) -> Clip:
    """The clip of interleaved little-endian 16-bit samples."""
    samples = np.frombuffer(data, "<i2").astype(np.float32).reshape(-1, channels)
    return Clip(samples / np.float32(32768), rate_hz)


def stitch(pieces: Sequence[Clip]) -> Clip:
    """One clip of all pieces, in order, with nothing between: 16-bit samples joined once by pydub."""
    rate_hz, channels = pieces[0].rate_hz, pieces[0].channels
    assert all((piece.rate_hz, piece.channels) == (rate_hz, channels) for piece in pieces)
    joined = b"".join(map(to_s16, pieces))
    segment = _pydub().AudioSegment(data=joined, sample_width=2, frame_rate=rate_hz, channels=channels)
    return from_s16(cast("bytes", segment.raw_data), rate_hz, channels)


@cache
def _pydub() -> Any:  # it has no types; they end here
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*audioop.*", category=DeprecationWarning)
        warnings.filterwarnings("ignore", message="Couldn't find ffmpeg", category=RuntimeWarning)
        import pydub
    return pydub


def _bundled_ffmpeg() -> Path | None:
    """The wheel's program, found without asking the wheel: it would start the program to see whether it runs, 0.1 s."""
    spec = find_spec("imageio_ffmpeg")
    if spec is None or not spec.origin or "IMAGEIO_FFMPEG_EXE" in os.environ:  # the wheel's own variable
        return None
    found = sorted((Path(spec.origin).parent / "binaries").glob("ffmpeg-*"))
    return found[0] if len(found) == 1 and os.access(found[0], os.X_OK) else None


@cache
def ffmpeg_build() -> str:
    """What tells this ffmpeg from another: the wheel's program has its version in its name, any other is asked."""
    path = Path(ffmpeg_path())
    if path == _bundled_ffmpeg():
        name = path.name
    else:
        name = run_ffmpeg(["-version"]).decode("utf-8", "replace").partition("\n")[0] or "ffmpeg"
    return f"{name}, {path.stat().st_size} bytes"


@cache
def ffmpeg_path() -> str:
    """The ffmpeg program of the imageio-ffmpeg wheel. Raises AudioError where the wheel has none."""
    if bundled := _bundled_ffmpeg():
        return str(bundled)
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise AudioError(
            "no ffmpeg for this machine is in the imageio-ffmpeg package",
            hint="install ffmpeg and set IMAGEIO_FFMPEG_EXE to its path",
        ) from error


def run_ffmpeg(arguments: Sequence[str], *, data: bytes | None = None, timeout_s: float = 600) -> bytes:
    """What ffmpeg writes to standard output. Raises AudioError with its last line of complaint."""
    command = [ffmpeg_path(), "-nostdin", "-hide_banner", "-loglevel", "error", *arguments]
    if data is not None:
        command.remove("-nostdin")
    stdin = None if data is None else subprocess.PIPE
    try:
        with subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ffmpeg:  # noqa: S603
            try:
                out, told = _talk(ffmpeg, data, timeout_s=timeout_s)
            except BaseException:
                ffmpeg.kill()
                raise
    except OSError as error:
        hint = "free some memory, or let more files be open (ulimit -n); then run the same command again"
        raise AudioError(f"ffmpeg cannot be started: {error.strerror}", where=command[0], hint=hint) from error
    if ffmpeg.returncode:
        lines = told.decode("utf-8", "replace").strip().splitlines()
        raise AudioError(f"ffmpeg failed: {lines[-1] if lines else f'exit status {ffmpeg.returncode}'}")
    return out


def _talk(ffmpeg: subprocess.Popen[bytes], data: bytes | None, *, timeout_s: float) -> tuple[bytes, bytes]:
    """What it writes, and what it complains of. Raises AudioError for one that takes too long, and Interrupted."""
    ended = threading.Event()
    deadline = time.monotonic() + timeout_s

    def watch() -> None:
        # Not by communicate's own time limit: called again after it, it forgets the rest of its input.
        while not ended.wait(STEP_S):
            if is_interrupted() or time.monotonic() > deadline:
                ffmpeg.kill()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        told = ffmpeg.communicate(data)
    finally:
        ended.set()
        watcher.join()
    go_on_or_stop()
    if time.monotonic() > deadline:
        raise AudioError(f"ffmpeg did not end within {timeout_s:.0f} s")
    return told


def sound_format(head: bytes) -> str | None:
    """Give ffmpeg's name of the format that a file's first bytes show, None for anything but a sound file.

    The name of a file is never trusted: a playlist called .mp3 would make ffmpeg open other files and addresses.
    """
    for offset, magic, name in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return name
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "aac" if head[1] & 0xF6 == 0xF0 else "mp3"
    return None


def decode(source: bytes | Path, *, rate_hz: int | None = None, channels: int = 1, where: str | None = None) -> Clip:
    """The sound of a file or of its bytes, at its own rate or at `rate_hz`. Raises AudioError.

    A file gives the exact length: on a pipe ffmpeg cannot see what an encoder added at the end.
    """
    name = where or (None if isinstance(source, bytes) else str(source))
    data = source if isinstance(source, bytes) else None
    opened = _input_of(source[:16], "pipe:0", name) if isinstance(source, bytes) else _file_input(source, name)
    rate = ["-ar", str(rate_hz)] if rate_hz else []
    arguments = [*opened, "-map", "0:a:0", "-t", str(MAX_SOUND_S), "-ac", str(channels), *rate]
    try:
        au = run_ffmpeg([*arguments, "-c:a", "pcm_f32be", "-f", "au", "pipe:1"], data=data)
    except AudioError as error:
        raise AudioError(error.message, where=name) from error
    # Sun's AU: the one header ffmpeg completes on a pipe. Offset of the data, its size, encoding, rate, channels.
    offset, _, _, found_hz, found_channels = struct.unpack_from(">5I", au, 4)
    samples = np.frombuffer(au, ">f4", offset=offset).astype(np.float32).reshape(-1, found_channels)
    if not len(samples):
        raise AudioError("holds no sound", where=name)
    return Clip(samples, found_hz)


def _file_input(path: Path, where: str | None) -> list[str]:
    """What makes ffmpeg read this file, and no other, as what its first bytes show. Raises AudioError."""
    try:
        with path.open("rb") as file:
            return _input_of(file.read(16), f"file:{path}", where)
    except OSError as error:
        raise AudioError(f"cannot be read: {error.strerror}", where=where) from error


def _input_of(head: bytes, address: str, where: str | None) -> list[str]:
    kind = sound_format(head)
    if kind is None:
        raise AudioError("is not a sound file", where=where, hint="WAV, FLAC, MP3, Ogg, AAC, M4A and AIFF are read")
    return ["-protocol_whitelist", "file,pipe,fd", "-f", kind, "-i", address]


def decode_in_blocks(path: Path, *, block_s: float) -> Iterator[Clip]:
    """The sound of a file at its own rate and with its own channels, block after block: never whole in memory.

    Every block but the last has the same length. Raises AudioError.
    """
    arguments = [*_file_input(path, str(path)), "-map", "0:a:0"]
    arguments += ["-c:a", "pcm_f32be", "-f", "au", "pipe:1"]
    command = [ffmpeg_path(), "-nostdin", "-hide_banner", "-loglevel", "error", *arguments]
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints) as ffmpeg,  # noqa: S603 - no shell
    ):
        assert ffmpeg.stdout
        yield from _blocks(ffmpeg.stdout, block_s)
        if ffmpeg.wait():
            complaints.seek(0)
            lines = complaints.read().decode("utf-8", "replace").strip().splitlines()
            raise AudioError(f"ffmpeg failed: {lines[-1] if lines else ffmpeg.returncode}", where=str(path))


def _blocks(au: IO[bytes], block_s: float) -> Iterator[Clip]:
    """The sound of an AU stream, as `decode_in_blocks` hands it on."""
    head = au.read(24)
    if len(head) < 24:
        return
    offset, _, _, rate_hz, channels = struct.unpack_from(">5I", head, 4)
    au.read(offset - len(head))
    while data := au.read(max(1, round(block_s * rate_hz)) * channels * 4):
        yield Clip(np.frombuffer(data, ">f4").astype(np.float32).reshape(-1, channels), rate_hz)


def decoded_s(path: Path) -> float:
    """Decode a whole file, however long, and throw the sound away: its length in seconds. Raises AudioError."""
    arguments = ["-xerror", "-protocol_whitelist", "file", "-i", str(path), "-map", "0:a:0", "-f", "null"]
    told = run_ffmpeg([*arguments, "-progress", "pipe:1", "-"], timeout_s=6 * 3600).decode("ascii", "replace")
    times = re.findall(r"^out_time_us=(\d+)$", told, re.MULTILINE)
    if not times:
        raise AudioError("holds no sound", where=str(path))
    return int(times[-1]) / 1e6


def _read_samples(data: bytes) -> Clip:
    import soundfile

    try:
        samples, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise AudioError(f"cannot be decoded: {error.error_string}") from error
    return Clip(samples, int(rate_hz))


def to_flac(clip: Clip) -> bytes:
    """A FLAC file of 16-bit samples: what the store keeps of an utterance."""
    import soundfile

    out = io.BytesIO()
    pcm = np.frombuffer(to_s16(clip), "<i2").reshape(-1, clip.channels)
    soundfile.write(out, pcm, clip.rate_hz, format="FLAC", subtype="PCM_16")
    return out.getvalue()


def from_flac(data: bytes) -> Clip:
    """The clip of a FLAC file. Raises AudioError."""
    return _read_samples(data)
