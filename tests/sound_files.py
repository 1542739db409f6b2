"""Sound files made of parts by a format, and what readers outside the project say of them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from audioguide.audio import run_ffmpeg
from audioguide.formats import (
    ChapterMark,
    Contents,
    EncodedPart,
    Encoding,
    Format,
    Muxed,
    PartSound,
    Picture,
    Spliced,
    Tags,
)
from tests.tools import require_tool

Ints = NDArray[np.int16]


def write_file(
    form: Format, parts: Sequence[EncodedPart], encoding: Encoding, path: Path, tags: Tags | None = None
) -> int:
    """Write the file of these parts as a build does; how many frames it plays."""
    contents = Contents(tags or Tags("T"), sum(part.frames for part in parts), encoding)
    with path.open("wb") as file:
        if isinstance(form, Spliced):
            data = b"".join(part.data for part in parts)
            figures = {"total_frames": contents.total_frames, "data_bytes": len(data)}
            file.write(form.prologue(contents.tags, **figures, encoding=encoding) + data + form.epilogue(encoding))
        else:
            assert isinstance(form, Muxed)
            form.mux(file, (part.data for part in parts), contents, scratch=path.parent)
    return contents.total_frames


def swell(form: Format, quanta: int, *, encoding: Encoding, seed: int = 1) -> PartSound:
    """Noise that swells and fades between silences, as a part of speech does."""
    quantum = form.quantum(encoding.rate_hz)
    samples = np.zeros((quanta * quantum, encoding.channels))
    heard = len(samples) - 6 * max(quantum, 960)
    white = np.random.default_rng(seed).standard_normal((encoding.channels, heard))
    # Loudest between 50 and 400 Hz, as speech is: Opus takes away what lies lower.
    shape = 0.95 ** np.arange(400) - 0.15 * 0.9925 ** np.arange(400)
    noise = np.array([np.convolve(track, shape, "same") for track in white]).T
    samples[quantum : quantum + heard] = noise / abs(noise).max() * 0.5 * np.hanning(heard)[:, None]
    return PartSound(np.rint(samples * 32767).astype("<i2").tobytes())


def played(path: Path, encoding: Encoding, program: str | None = None) -> Ints:
    """The samples that ffmpeg plays: the wheel's, or another."""
    arguments = ["-i", str(path), "-map", "0:a", "-f", "s16le", "pipe:1"]
    if program is None:
        pcm = run_ffmpeg(arguments)
    else:
        pcm = subprocess.run([program, "-v", "error", *arguments], capture_output=True, check=True).stdout
    samples: Ints = np.frombuffer(pcm, "<i2").reshape(-1, encoding.channels)
    return samples


def ffprobe(path: Path) -> Any:
    """Chapters, tags and streams, as Debian's ffprobe reads them without a word of complaint."""
    command = [require_tool("ffprobe"), "-v", "error", "-show_chapters", "-show_format", "-show_streams", "-of", "json"]
    done = subprocess.run([*command, path], capture_output=True, check=True)
    assert done.stderr == b""
    return json.loads(done.stdout)


def picture(number: int = 0, kind: str = "JPEG") -> Picture:
    """A small picture, each number another."""
    out = BytesIO()
    Image.new("RGB", (64 + number, 64), (number, 40, 90)).save(out, kind)
    return Picture(out.getvalue(), f"image/{kind.lower()}")


TITLES = (
    "Short",
    "A title of just 140 characters " * 5,
    "Möwen über 🎉 Häfen",
    "港の朝",
    r"R&D; <b>“quoted”</b> = #1 \ a",
)


def marks(count: int, total_ms: int) -> tuple[ChapterMark, ...]:
    """Chapters of every kind of title that tile so much time; every fourth with a link."""
    edges = [round(total_ms * number / count) for number in range(count + 1)]
    return tuple(
        ChapterMark(
            id=f"chapter-{number}",
            title=f"{number}: {TITLES[number % len(TITLES)]}"[:140].strip(),
            start_ms=edges[number],
            end_ms=edges[number + 1],
            link=f"https://example.org/{number}" if number % 4 == 0 else None,
        )
        for number in range(count)
    )
