"""Sound in memory: `Clip`, and the few things done to it. The only room that imports pydub, soxr and ffmpeg's path.

pydub stitches (`stitch`): every piece is joined in one buffer, since `+` on its segments copies everything each time.
Files are decoded by the ffmpeg of the imageio-ffmpeg wheel, and handed on as plain samples.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import struct
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from audioguide.errors import AudioError
from audioguide.interrupt import held_back
from audioguide.programs import run, started
from audioguide.sound_files import READ_BY_LIBSNDFILE, ffmpeg_input, format_of

Samples = NDArray[np.float32]

MAX_SOUND_S = 3 * 3600.0
"""The longest sound file that is read."""
MAX_SOUND_BYTES = 4_000_000_000
"""Three hours of 24-bit stereo at 48 kHz are 3.1 GB."""
_LONGEST_S = 6 * 3600.0
"""How long ffmpeg may take for a file of any length."""


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


def padded(samples: Samples, before: int, after: int) -> Samples:
    """The samples with so many frames of silence around them; `np.pad` takes four times as long for a sentence."""
    longer: Samples = np.zeros((before + len(samples) + after, *samples.shape[1:]), np.float32)
    longer[before : before + len(samples)] = samples
    return longer


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
    scaled = clip.samples * np.float32(32768)
    np.rint(scaled, out=scaled)
    np.clip(scaled, -32768, 32767, out=scaled)
    data: bytes = scaled.astype("<i2").tobytes()
    return data


def from_s16(data: bytes, rate_hz: int, channels: int) -> Clip:
    """The clip of interleaved little-endian 16-bit samples."""
    samples = np.frombuffer(data, "<i2").astype(np.float32).reshape(-1, channels)
    return Clip(samples / np.float32(32768), rate_hz)


def stitch(pieces: Sequence[Clip]) -> bytes:
    """All pieces, in order, with nothing between: interleaved 16-bit samples, joined once by pydub."""
    rate_hz, channels = pieces[0].rate_hz, pieces[0].channels
    assert all((piece.rate_hz, piece.channels) == (rate_hz, channels) for piece in pieces)
    joined = b"".join(map(to_s16, pieces))
    segment = _pydub().AudioSegment(data=joined, sample_width=2, frame_rate=rate_hz, channels=channels)
    return cast("bytes", segment.raw_data)


@cache
def _pydub() -> Any:  # it has no types; they end here
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*audioop.*", category=DeprecationWarning)
        warnings.filterwarnings("ignore", message="Couldn't find ffmpeg", category=RuntimeWarning)
        import pydub
    return pydub


@cache
def _bundled_ffmpeg() -> Path | None:
    """The wheel's program, found without asking the wheel: it would start the program to see whether it runs, 0.1 s."""
    spec = find_spec("imageio_ffmpeg")
    if spec is None or not spec.origin:
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
    """The ffmpeg that IMAGEIO_FFMPEG_EXE names, else that of the imageio-ffmpeg wheel, else one on PATH. Raises AudioError."""
    named = os.environ.get("IMAGEIO_FFMPEG_EXE")  # the wheel's own variable
    found = named or _bundled_ffmpeg() or shutil.which("ffmpeg")
    if not found:
        raise AudioError(
            "no ffmpeg for this machine is in the imageio-ffmpeg package",
            hint="install ffmpeg and set IMAGEIO_FFMPEG_EXE to its path",
        )
    return str(found)


def ffmpeg_command(arguments: Sequence[str]) -> list[str]:
    """The command that runs ffmpeg, quiet but for its complaints. Raises AudioError."""
    return [ffmpeg_path(), "-hide_banner", "-loglevel", "error", *arguments]


def run_ffmpeg(arguments: Sequence[str], *, data: bytes | None = None, timeout_s: float = 600) -> bytes:
    """What ffmpeg writes to standard output. Raises AudioError with its last line of complaint."""
    command = ffmpeg_command(arguments if data is not None else ["-nostdin", *arguments])
    try:
        ran = run(command, data=data or b"", timeout_s=timeout_s)
    except TimeoutError as error:
        raise AudioError(f"ffmpeg {error}") from error
    except OSError as error:
        raise _not_started(error) from error
    if ran.status:
        raise AudioError(f"ffmpeg failed: {ran.reason}")
    return ran.out


@contextmanager
def ffmpeg_at_work(arguments: Sequence[str], complaints: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """ffmpeg, whose standard output is read while it works; it is killed where the block fails. Raises AudioError.

    `complaints`: a file for them.
    """
    stack = ExitStack()
    command = ffmpeg_command(["-nostdin", *arguments])
    try:
        ffmpeg = stack.enter_context(started(command, stderr=complaints, timeout_s=_LONGEST_S))
    except OSError as error:
        raise _not_started(error) from error
    try:
        with stack:
            yield ffmpeg
    except TimeoutError as error:
        raise AudioError(f"ffmpeg {error}") from error


def _not_started(error: OSError) -> AudioError:
    hint = "free some memory, or let more files be open (ulimit -n); then run the same command again"
    return AudioError(f"ffmpeg cannot be started: {error.strerror}", where=ffmpeg_path(), hint=hint)


def decode(source: bytes | Path, *, rate_hz: int | None = None, channels: int = 1, where: str | None = None) -> Clip:
    """The sound of a file or of its bytes, at its own rate or at `rate_hz`. Raises AudioError.

    A file gives the exact length: on a pipe ffmpeg cannot see what an encoder added at the end.
    """
    name = where or (None if isinstance(source, bytes) else str(source))
    data = source if isinstance(source, bytes) else None
    rate = ["-ar", str(rate_hz)] if rate_hz else []
    arguments = [*ffmpeg_input(source, where=name), "-map", "0:a:0", "-t", str(MAX_SOUND_S)]
    arguments += ["-ac", str(channels), *rate]
    try:
        au = run_ffmpeg([*arguments, "-c:a", "pcm_f32be", "-f", "au", "pipe:1"], data=data)
    except AudioError as error:
        raise AudioError(error.message, where=name, hint=error.hint) from error
    # Sun's AU: the one header ffmpeg completes on a pipe. Offset of the data, its size, encoding, rate, channels.
    offset, _, _, found_hz, found_channels = struct.unpack_from(">5I", au, 4)
    samples = np.frombuffer(au, ">f4", offset=offset).astype(np.float32).reshape(-1, found_channels)
    if not len(samples):
        raise AudioError("holds no sound", where=name)
    return Clip(samples, found_hz)


def decode_in_blocks(path: Path, *, block_s: float) -> Iterator[Clip]:
    """The sound of a file at its own rate and with its own channels, block after block: never whole in memory.

    Every block but the last has the same length. Raises AudioError.
    """
    arguments = [*ffmpeg_input(path), "-map", "0:a:0", "-c:a", "pcm_f32be", "-f", "au", "pipe:1"]
    with tempfile.TemporaryFile() as complaints:
        with ffmpeg_at_work(arguments, complaints) as ffmpeg:
            assert ffmpeg.stdout
            yield from _blocks(ffmpeg.stdout, block_s)
        if ffmpeg.returncode:
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
    length_s = _written_s(arguments, timeout_s=_LONGEST_S)
    if length_s is None:
        raise AudioError("holds no sound", where=str(path))
    return length_s


def _written_s(arguments: Sequence[str], *, timeout_s: float) -> float | None:
    """How many seconds of sound ffmpeg wrote to nowhere; None where it tells of none. Raises AudioError."""
    told = run_ffmpeg([*arguments, "-progress", "pipe:1", "-"], timeout_s=timeout_s).decode("ascii", "replace")
    times = re.findall(r"^out_time_us=(\d+)$", told, re.MULTILINE)
    return int(times[-1]) / 1e6 if times else None


def told_s(path: Path) -> float:
    """How long a sound file plays, by what it says of itself, without decoding it. Raises AudioError."""
    with path.open("rb") as file:
        kind = format_of(file)
    if kind in READ_BY_LIBSNDFILE and (length_s := _by_libsndfile(path)) is not None:
        return length_s
    return _by_ffmpeg(path)


def _by_libsndfile(path: Path) -> float | None:
    import soundfile

    try:
        with held_back():
            return float(soundfile.info(str(path)).duration)
    except soundfile.LibsndfileError:
        return None  # what it does not read, ffmpeg may


def _by_ffmpeg(path: Path) -> float:
    arguments = [*ffmpeg_input(path), "-map", "0:a:0", "-c", "copy", "-f", "null"]
    return _written_s(arguments, timeout_s=60) or 0.0


def sound_fault(path: Path) -> tuple[str, str | None] | None:
    """What is wrong with a file as a sound, and what to do about it; None for one that can be played."""
    try:
        status = path.stat()
    except OSError as error:
        return f"cannot be read: {error.strerror}", None
    return _fault_of(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)  # the studio reads a script at every change
def _fault_of(path: Path, size: int, _mtime_ns: int) -> tuple[str, str | None] | None:
    try:
        if size > MAX_SOUND_BYTES:
            return f"is {size / 1e9:.1f} GB large", f"at most {MAX_SOUND_BYTES / 1e9:.0f} GB are read; cut it"
        length_s = told_s(path)
    except AudioError as error:
        message = error.message.replace("ffmpeg failed:", "cannot be decoded:")
        return message, error.hint or "convert it to WAV, FLAC or MP3"
    except OSError as error:
        return f"cannot be read: {error.strerror}", None
    if length_s <= 0:
        return "holds no sound", "does it play elsewhere?"
    if length_s > MAX_SOUND_S:
        return f"plays for {length_s / 3600:.1f} hours", f"at most {MAX_SOUND_S / 3600:.0f} hours are read; cut it"
    return None


def read_samples(data: bytes) -> tuple[Samples, int]:
    """The samples (frames, channels) and the rate of a sound file that libsndfile reads. Raises AudioError."""
    import soundfile

    try:
        with held_back():  # it reads by calling back, where no signal may raise
            samples, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise AudioError(f"cannot be decoded: {error.error_string}") from error
    return samples, int(rate_hz)


def to_flac(clip: Clip) -> bytes:
    """A FLAC file of 16-bit samples: what the store keeps of an utterance."""
    import soundfile

    out = io.BytesIO()
    pcm = np.frombuffer(to_s16(clip), "<i2").reshape(-1, clip.channels)
    with held_back():  # it writes by calling back
        soundfile.write(out, pcm, clip.rate_hz, format="FLAC", subtype="PCM_16")
    return out.getvalue()


def from_flac(data: bytes) -> Clip:
    """The clip of a FLAC file. Raises AudioError."""
    return Clip(*read_samples(data))
