"""What the pipeline is compared with: each a program of its own, so that its time and its memory are its own.

`python -m benchmarks.references NAME …`: `joined` and `added` make an MP3 of the WAV files in a list with pydub, once
joined and once with `+=`, segment by segment as most recipes do it; `speak` and `encode` do one stage of ours alone.
"""

from __future__ import annotations

import sys
import warnings
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

from audioguide.audio import ffmpeg_path
from audioguide.engines import SpeechRequest, get_engine
from audioguide.executors import open_pool
from audioguide.formats import Encoding, PartSound, get_format
from benchmarks.material import RATE_HZ, SEGMENT_SENTENCES, sentence

_BATCH_SENTENCES = 12 * SEGMENT_SENTENCES
"""What an encoder process gets: few enough that no worker waits long for the last one."""


def listed(path: str) -> list[str]:
    """The files of a list in the form that ffmpeg's concat demuxer reads."""
    return [line[6:-1] for line in Path(path).read_text("utf-8").splitlines()]


def joined(sounds: str, out: str) -> None:
    """All samples in one buffer, encoded once."""
    segments = _segments(sounds)
    whole = segments[0]._spawn(b"".join(segment.raw_data for segment in segments))  # noqa: SLF001 - the known recipe
    whole.export(out, format="mp3", bitrate="96k")


def added(sounds: str, out: str) -> None:
    """`+=` for each segment: everything so far is copied each time."""
    segments = _segments(sounds)
    whole = segments[0]
    for segment in segments[1:]:
        whole += segment
    whole.export(out, format="mp3", bitrate="96k")


def _segments(sounds: str) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        AudioSegment = import_module("pydub").AudioSegment  # noqa: N806 - its own name
    AudioSegment.converter = ffmpeg_path()
    read: dict[str, Any] = {}
    for path in listed(sounds):
        if path not in read:
            read[path] = AudioSegment(data=_samples(path), sample_width=2, frame_rate=RATE_HZ, channels=1)
    return [read[path] for path in listed(sounds)]


def speak(count: str, threads: str) -> None:
    """The embedded voice alone, on so many threads; the sound is thrown away."""
    engine = get_engine("hibari")
    requests = [SpeechRequest(sentence(number), "en", "heart") for number in range(int(count))]
    with ThreadPoolExecutor(int(threads)) as pool:
        list(pool.map(lambda request: engine.speak(request, timeout_s=60).clip.frames, requests))


def encode(sounds: str, threads: str) -> None:
    """Encoding alone: the same WAV files, joined to segments, encoded by our workers and measured; nothing is kept."""
    form, encoding = get_format("mp3"), Encoding(RATE_HZ, 1, 96)
    names = listed(sounds)
    quantum_bytes = 2 * form.quantum(RATE_HZ)

    def part(first: int) -> PartSound:
        pcm = b"".join(map(_samples, names[first : first + SEGMENT_SENTENCES]))
        return PartSound(pcm + bytes(-len(pcm) % quantum_bytes))

    def batch(first: int) -> int:
        starts = range(first, min(first + _BATCH_SENTENCES, len(names)), SEGMENT_SENTENCES)
        return len(form.encode([part(start) for start in starts], encoding))

    with open_pool("threads", int(threads)) as pool:
        list(pool.executor.map(batch, range(0, len(names), _BATCH_SENTENCES)))


def _samples(path: str) -> bytes:
    with wave.open(path, "rb") as file:
        return file.readframes(file.getnframes())


PROGRAMS: dict[str, Callable[..., None]] = {"joined": joined, "added": added, "speak": speak, "encode": encode}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
