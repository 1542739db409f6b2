"""ffmpeg at work on a batch of parts: one process with an input, a coder and an output for each.

Any batch and any load gives the same bytes: no part's coder hears of another's.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audioguide.audio import Clip, run_ffmpeg
from audioguide.errors import AudioError
from audioguide.files import scratch_folder
from audioguide.formats import EncodedPart, Encoding, PartSound

_AT_ONCE = 24
"""More parts in one process only fight for the processor's cache: 60 cost a third more CPU than 24."""
_IN_LARGE_PIECES = ["-f", "wav", "-probesize", "32", "-analyzeduration", "1", "-max_size", "65536"]
"""64 KiB from thread to thread in place of 2, and no look at what the header says already: a tenth less processor time."""
_FAR_AHEAD = ["-thread_queue_size", "64"]
"""How many packets may wait to be written: the coder's thread is not put to sleep for each."""
_WAV = struct.Struct("<4sI8sIHHIIHH4sI")
Pieces = Sequence[bytes]
"""One file's content: it is put together nowhere but in the file."""
_TIMEOUT_S = 600.0
"""Besides the length of the sound: every coder is a hundred times quicker than that, on a busy machine too."""


@dataclass(frozen=True, slots=True)
class Packets:
    """How a codec's packets are cut from what is encoded."""

    quantum: int
    lead: int
    """How many packets before a part are encoded with it at least: silence, or its neighbours' sound."""
    tail: int

    def given(self, part: PartSound, channels: int) -> tuple[Pieces, int, int]:
        """What the encoder gets of a part: the samples, which packet is the part's first, and how many it has."""
        quantum_bytes = self.quantum * channels * 2
        assert part.pcm, "a part without sound"
        assert not len(part.pcm) % quantum_bytes, "a part is a whole number of quanta"
        lead = max(self.lead, len(part.before) // quantum_bytes)
        before = part.before[-lead * quantum_bytes :].rjust(lead * quantum_bytes, b"\0")
        after = part.after[: self.tail * quantum_bytes].ljust(self.tail * quantum_bytes, b"\0")
        return (before, part.pcm, after), lead, len(part.pcm) // quantum_bytes


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A part in the encoder's whole output: `count` packets from the one at `first`."""

    raw: bytes
    clip: Clip
    """All of it, decoded."""
    first: int
    count: int

    def cut(self, packets: Sequence[bytes], *, quantum: int, delay: int = 0) -> tuple[Sequence[bytes], Clip]:
        """The part's own packets and their sound, which comes `delay` samples late. Raises AudioError for too few."""
        start = self.first * quantum + delay
        end = start + self.count * quantum
        last = self.first + self.count
        if len(packets) <= last or self.clip.frames < end:
            raise AudioError(f"ffmpeg made {len(packets)} packets of a part, where more than {last} are needed")
        return packets[self.first : last], Clip(self.clip.samples[start:end], self.clip.rate_hz)


def code_parts(parts: Sequence[PartSound], encoding: Encoding, packets: Packets, codec: Sequence[str]) -> list[Coded]:
    """Every part encoded, in its surroundings, and decoded again. `codec`: ffmpeg's options for encoder and container."""
    given = [packets.given(part, encoding.channels) for part in parts]
    raws = encode_all([sound for sound, _, _ in given], encoding, codec)
    clips = decode_all(raws, encoding)
    return [Coded(raw, clip, first, count) for raw, clip, (_, first, count) in zip(raws, clips, given, strict=True)]


def measured(data: bytes, clip: Clip, *, quantum: int) -> EncodedPart:
    """A part with the figures of its decoded sound."""
    from audioguide.loudness import block_powers
    from audioguide.peaks import true_peak_dbtp

    return EncodedPart(data, clip.frames, block_powers(clip, block_frames=quantum), true_peak_dbtp(clip))


def encode_all(sounds: Sequence[Pieces], encoding: Encoding, codec: Sequence[str]) -> list[bytes]:
    """What the encoder makes of each of the sounds."""
    files = [_wav(sound, encoding) for sound in sounds]
    # Two bytes a sample.
    length_s = sum(len(piece) for sound in sounds for piece in sound) / (2 * encoding.channels * encoding.rate_hz)
    return _run(files, _IN_LARGE_PIECES, [*_FAR_AHEAD, *codec], timeout_s=_TIMEOUT_S + length_s)


def _wav(sound: Pieces, encoding: Encoding) -> Pieces:
    """A WAV file: of those that hold plain samples the one that ffmpeg reads in pieces of a size that can be chosen."""
    frame_bytes = 2 * encoding.channels
    form = (1, encoding.channels, encoding.rate_hz, encoding.rate_hz * frame_bytes, frame_bytes, 16)
    length_bytes = sum(map(len, sound))
    return (_WAV.pack(b"RIFF", 36 + length_bytes, b"WAVEfmt ", 16, *form, b"data", length_bytes), *sound)


def decode_all(raws: Sequence[bytes], encoding: Encoding) -> list[Clip]:
    """The sound of each of the encoder's outputs."""
    made = _run([(raw,) for raw in raws], [], ["-map_metadata", "-1", *_raw("f32le", encoding)], timeout_s=_TIMEOUT_S)
    samples = (np.frombuffer(pcm, "<f4").astype(np.float32).reshape(-1, encoding.channels) for pcm in made)
    return [Clip(of_one, encoding.rate_hz) for of_one in samples]


def _raw(kind: str, encoding: Encoding) -> list[str]:
    return ["-f", kind, "-ar", str(encoding.rate_hz), "-ac", str(encoding.channels)]


def _run(datas: Sequence[Pieces], source: Sequence[str], target: Sequence[str], *, timeout_s: float) -> list[bytes]:
    made: list[bytes] = []
    for start in range(0, len(datas), _AT_ONCE):
        made += _run_batch(datas[start : start + _AT_ONCE], source, target, timeout_s=timeout_s)
    return made


def _run_batch(
    datas: Sequence[Pieces], source: Sequence[str], target: Sequence[str], *, timeout_s: float
) -> list[bytes]:
    try:
        with scratch_folder() as folder:
            inputs = [folder / f"{number}.in" for number in range(len(datas))]
            outputs = [path.with_suffix(".out") for path in inputs]
            arguments: list[str] = []
            for path, data in zip(inputs, datas, strict=True):
                with path.open("wb") as file:
                    file.writelines(data)
                arguments += [*source, "-i", str(path)]
            for number, path in enumerate(outputs):
                arguments += ["-map", f"{number}:a", *target, str(path)]
            run_ffmpeg(arguments, timeout_s=timeout_s)
            return [path.read_bytes() for path in outputs]
    except OSError as error:
        raise AudioError(
            f"temporary files cannot be written: {error.strerror}",
            where=error.filename or tempfile.gettempdir(),
            hint="free some space there, or set TMPDIR to another folder",
        ) from error
