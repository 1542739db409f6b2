"""A finished sound file, decoded once from end to end and measured: the proof that it holds what was meant.

It is decoded by ffmpeg, a stretch at a time, so that an episode of any length fits in memory.
"""

from __future__ import annotations

import math
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from audioguide.audio import Clip, ffmpeg_at_work, run_ffmpeg
from audioguide.errors import AudioError
from audioguide.loudness import block_powers, integrated_lufs
from audioguide.peaks import true_peak_dbtp
from audioguide.sound_files import ffmpeg_input

BLOCK_S = 0.01
_CONTEXT_BLOCKS = 10
"""The loudness filter has forgotten what lies further back."""
_STRETCH_BLOCKS = 2000
_FULL_SCALE = 0.9999
_CLIPPED_RUN = 3
"""So many samples in a row at full scale are a peak cut flat; fewer are a loud one."""
_HEADER = struct.Struct(">4s5I")
"""Sun's AU: the one header that ffmpeg completes on a pipe. Magic, offset of the data, size, encoding, rate, channels."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What was heard in a file."""

    duration_s: float
    loudness_lufs: float
    true_peak_dbtp: float
    clipped_s: tuple[float, ...]
    """Where peaks are cut flat, a time for each stretch of 20 s."""
    levels: NDArray[np.float32]
    """The highest sample of each 10 ms."""
    complaint: str
    """What the decoder said; empty where it said nothing."""

    def peak_dbfs(self, start_s: float, end_s: float) -> float:
        """The highest level between two times; -inf for silence, and beyond the end."""
        within = self._within(start_s, end_s)
        peak = float(within.max()) if len(within) else 0.0
        return 20 * math.log10(peak) if peak > 0 else -math.inf

    def longest_silence_s(self, start_s: float, end_s: float, *, below_dbfs: float) -> float:
        """The longest quiet stretch between two times."""
        within = self._within(start_s, end_s)
        loud = np.flatnonzero(within > 10 ** (below_dbfs / 20))
        edges = np.concatenate([[-1], loud, [len(within)]])
        return float((np.diff(edges).max() - 1) * BLOCK_S)

    def _within(self, start_s: float, end_s: float) -> NDArray[np.float32]:
        return self.levels[max(0, int(start_s / BLOCK_S)) : math.ceil(end_s / BLOCK_S)]


def listen(path: Path) -> Heard:
    """Decode a whole file. Raises AudioError for what is no sound file, and where ffmpeg is missing."""
    with tempfile.TemporaryFile() as complaints:
        ear = _Ear()
        arguments = [*ffmpeg_input(path), "-map", "0:a:0", "-c:a", "pcm_f32be", "-f", "au", "pipe:1"]
        with ffmpeg_at_work(arguments, complaints) as ffmpeg:
            pipe = ffmpeg.stdout
            assert pipe
            header = pipe.read(_HEADER.size)
            if len(header) == _HEADER.size:
                _, offset, _, _, rate_hz, channels = _HEADER.unpack(header)
                pipe.read(offset - _HEADER.size)
                ear.hear(pipe, rate_hz, channels)
        complaints.seek(0)
        said = complaints.read().decode("utf-8", "replace").strip().splitlines()
    complaint = said[0] if said else ""
    if not ear.frames:
        raise AudioError(f"holds no sound{f': {complaint}' if complaint else ''}", where=str(path))
    return ear.heard(complaint)


def metadata(path: Path) -> str:
    """The file's tags and chapters as ffmpeg reads them, in its own text form. Raises AudioError."""
    return run_ffmpeg([*ffmpeg_input(path), "-f", "ffmetadata", "pipe:1"]).decode("utf-8", "replace")


class _Ear:
    """Listens to a file, a stretch at a time."""

    def __init__(self) -> None:
        self.frames = 0
        self.rate_hz = 0
        self.block = 0
        self.peak_dbtp = -math.inf
        self.highest = 0.0
        self.clipped: list[float] = []
        self.powers: list[NDArray[np.float64]] = []
        self.levels: list[NDArray[np.float32]] = []

    def hear(self, pipe: IO[bytes], rate_hz: int, channels: int) -> None:
        """Everything that the pipe holds: big-endian floats."""
        self.rate_hz, self.block = rate_hz, round(rate_hz * BLOCK_S)
        context = np.zeros((0, channels), np.float32)
        while data := pipe.read(_STRETCH_BLOCKS * self.block * channels * 4):
            whole = len(data) - len(data) % (4 * channels)
            samples = np.frombuffer(data[:whole], ">f4").astype(np.float32).reshape(-1, channels)
            self._stretch(samples, context)
            context = samples[-_CONTEXT_BLOCKS * self.block :]

    def _stretch(self, samples: NDArray[np.float32], context: NDArray[np.float32]) -> None:
        clip = Clip(np.concatenate([context, samples]), self.rate_hz)
        self.powers.append(block_powers(clip, block_frames=self.block)[len(context) // self.block :])
        levels = _levels(samples, self.block)
        self.levels.append(levels)
        loudest = float(levels.max())
        if loudest > self.highest / 2:
            self.peak_dbtp = max(self.peak_dbtp, true_peak_dbtp(self._softened(clip, begins=not len(context))))
        self.highest = max(self.highest, loudest)
        if loudest >= _FULL_SCALE and (at := _clipped_at(samples)) is not None:
            self.clipped.append(round((self.frames + at) / self.rate_hz, 1))
        self.frames += len(samples)

    def _softened(self, clip: Clip, *, begins: bool) -> Clip:
        """The stretch faded where it was cut, which would ring; what is faded here is whole in a neighbour's context."""
        length = min(_CONTEXT_BLOCKS // 2 * self.block, clip.frames // 2)
        ramp = np.linspace(0, 1, length, dtype=np.float32).reshape(-1, 1)
        samples = clip.samples.copy()
        samples[clip.frames - length :] *= ramp[::-1]
        if not begins:
            samples[:length] *= ramp
        return Clip(samples, clip.rate_hz)

    def heard(self, complaint: str) -> Heard:
        """What was heard, all in all."""
        loudness = integrated_lufs(np.concatenate(self.powers), block_s=self.block / self.rate_hz)
        duration_s, levels = self.frames / self.rate_hz, np.concatenate(self.levels)
        return Heard(duration_s, loudness, self.peak_dbtp, tuple(self.clipped), levels, complaint)


def _levels(samples: NDArray[np.float32], block: int) -> NDArray[np.float32]:
    """The highest sample of each block, over all channels."""
    blocks = -(-len(samples) // block)
    filled = np.zeros((blocks * block, samples.shape[1]), np.float32)
    np.abs(samples, out=filled[: len(samples)])
    highest: NDArray[np.float32] = filled.reshape(blocks, -1).max(axis=1)
    return highest


def _clipped_at(samples: NDArray[np.float32]) -> int | None:
    """The frame where some samples in a row of one channel are at full scale."""
    full = np.abs(samples) >= _FULL_SCALE
    runs = full[: len(full) - _CLIPPED_RUN + 1].copy()
    for step in range(1, _CLIPPED_RUN):
        runs &= full[step : len(full) - _CLIPPED_RUN + 1 + step]
    at = np.flatnonzero(runs.any(axis=1))
    return int(at[0]) if len(at) else None
