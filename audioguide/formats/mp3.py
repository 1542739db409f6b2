"""MP3 in parts: a fresh LAME encoder for each part, and files made by joining its frames.

The bit reservoir is off, so no frame needs another's bytes. Each part is encoded with four frames before it and two
after it, and only its own frames are kept: they begin where the encoder has settled.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import ClassVar

from audioguide.audio import Clip, ffmpeg_path, run_ffmpeg
from audioguide.errors import AudioError
from audioguide.formats import EncodedPart, Encoding, PartSound, Tags, id3, mpeg, refuse_silence

_LEAD, _TAIL = 4, 2
"""Frames before and after a part that are encoded with it."""
_SILENT_FRAMES = 3
"""Frames after the last part, in which a decoder's delay runs out."""
_PARTS_A_PROCESS = 24
"""More at once only fight for the processor's cache: 60 cost a third more CPU than 24."""
_TIMEOUT_S = 600.0
"""Besides the length of the sound: LAME is a hundred times quicker than that, on a busy machine too."""
_LEVELS = {False: "5", True: "7"}
"""LAME's search: 5 is as good as ffmpeg's default in segmental SNR, 7 loses 1 dB under 1 kHz."""


class Mp3:
    """MPEG layer III at a constant bitrate, tagged with ID3v2.3."""

    name: ClassVar[str] = "mp3"
    suffix: ClassVar[str] = ".mp3"
    media_type: ClassVar[str] = "audio/mpeg"
    ceiling_dbtp: ClassVar[float] = -2.0
    loss_db: ClassVar[float] = 0.45
    lead_quanta: ClassVar[int] = 3
    tail_quanta: ClassVar[int] = 2
    own_rate_hz: ClassVar[int | None] = None
    usual_kbps: ClassVar[tuple[int, int]] = (96, 96)

    def quantum(self, rate_hz: int) -> int:
        """1152 samples, or 576 under 32 kHz. Raises AudioError for a rate that MP3 does not have."""
        return mpeg.samples_per_frame(rate_hz)

    def fingerprint(self, encoding: Encoding) -> str:
        """The ffmpeg build and every setting that decides the bytes. Raises AudioError."""
        stream = _stream(encoding)
        settings = f"{stream.rate_hz} Hz, {stream.channels} ch, {stream.bitrate_kbps} kbit/s"
        layout = f"level {_LEVELS[encoding.fast]}, frames {_LEAD}+n+{_TAIL}"
        return f"mp3: {settings}, {layout}, {_ffmpeg_build()}"

    def encode(self, parts: Sequence[PartSound], encoding: Encoding) -> list[EncodedPart]:
        """Encode parts, in order, and measure them decoded. Raises AudioError."""
        stream = _stream(encoding)
        made: list[EncodedPart] = []
        for start in range(0, len(parts), _PARTS_A_PROCESS):
            batch = parts[start : start + _PARTS_A_PROCESS]
            raws = _run_lame([_with_surroundings(part, stream) for part in batch], stream, _LEVELS[encoding.fast])
            made += [_encoded(part, raw, stream) for part, raw in zip(batch, raws, strict=True)]
        return made

    def prologue(self, tags: Tags, *, total_frames: int, data_bytes: int, encoding: Encoding) -> bytes:
        """ID3 tag and Info frame. Raises AudioError for tags that cannot be written, and where there is no sound."""
        stream = _stream(encoding)
        refuse_silence(total_frames)
        assert total_frames % stream.samples == 0
        frames = total_frames // stream.samples + _SILENT_FRAMES
        stream_bytes = data_bytes + len(self.epilogue(encoding))
        info = mpeg.info_frame(stream, frames=frames, stream_bytes=stream_bytes, length=total_frames)
        return id3.write_tag(tags) + info

    def epilogue(self, encoding: Encoding) -> bytes:
        """Three frames of silence."""
        return mpeg.silent_frame(_stream(encoding)) * _SILENT_FRAMES


def _stream(encoding: Encoding) -> mpeg.Stream:
    return mpeg.Stream(encoding.rate_hz, encoding.channels, encoding.bitrate_kbps)


@cache
def _ffmpeg_build() -> str:
    lines = run_ffmpeg(["-version"]).decode("utf-8", "replace").splitlines()
    return f"{lines[0] if lines else 'ffmpeg'}, {Path(ffmpeg_path()).stat().st_size} bytes"


def _with_surroundings(part: PartSound, stream: mpeg.Stream) -> bytes:
    """The part between its neighbours' sound, or silence, in the length that the encoder gets."""
    frame_bytes = stream.samples * stream.channels * 2
    assert part.pcm, "a part without sound"
    assert not len(part.pcm) % frame_bytes, "a part is a whole number of quanta"
    lead, tail = frame_bytes * _LEAD, frame_bytes * _TAIL
    return part.before[-lead:].rjust(lead, b"\0") + part.pcm + part.after[:tail].ljust(tail, b"\0")


def _run_lame(sounds: Sequence[bytes], stream: mpeg.Stream, level: str) -> list[bytes]:
    """One ffmpeg process with an input, an encoder and an output for each sound."""
    source = ["-f", "s16le", "-ar", str(stream.rate_hz), "-ac", str(stream.channels)]
    codec = ["-c:a", "libmp3lame", "-b:a", f"{stream.bitrate_kbps}k", "-reservoir", "0", "-compression_level", level]
    target = ["-write_xing", "0", "-id3v2_version", "0", "-f", "mp3"]
    try:
        with tempfile.TemporaryDirectory(prefix="audioguide-") as folder:
            inputs = [Path(folder, f"{number}.pcm") for number in range(len(sounds))]
            outputs = [path.with_suffix(".mp3") for path in inputs]
            arguments: list[str] = []
            for path, sound in zip(inputs, sounds, strict=True):
                path.write_bytes(sound)
                arguments += [*source, "-i", str(path)]
            for number, path in enumerate(outputs):
                arguments += ["-map", f"{number}:a", *codec, *target, str(path)]
            run_ffmpeg(arguments, timeout_s=_TIMEOUT_S + sum(map(len, sounds)) / (2 * stream.channels * stream.rate_hz))
            return [path.read_bytes() for path in outputs]
    except OSError as error:
        raise AudioError(
            f"temporary files cannot be written: {error.strerror}",
            where=error.filename or tempfile.gettempdir(),
            hint="free some space there, or set TMPDIR to another folder",
        ) from error


def _encoded(part: PartSound, raw: bytes, stream: mpeg.Stream) -> EncodedPart:
    """The part's own frames out of the encoder's whole output, measured."""
    from audioguide.loudness import block_powers, true_peak_dbtp

    count = len(part.pcm) // (stream.samples * stream.channels * 2)
    lengths = mpeg.frame_lengths(raw)
    if mpeg.read_header(raw) != stream or len(lengths) <= _LEAD + count:
        raise AudioError(f"ffmpeg's LAME made {len(lengths)} frames of {mpeg.read_header(raw)}, not of {stream}")
    start = sum(lengths[:_LEAD])
    clip = _decoded(raw, stream, skip=_LEAD, count=count)
    return EncodedPart(
        data=raw[start : start + sum(lengths[_LEAD : _LEAD + count])],
        frames=clip.frames,
        powers=block_powers(clip, block_frames=stream.samples),
        true_peak_dbtp=true_peak_dbtp(clip),
    )


def _decoded(raw: bytes, stream: mpeg.Stream, *, skip: int, count: int) -> Clip:
    """`count` frames' worth of what was encoded, after `skip` of them.

    libsndfile decodes with mpg123: the samples are ffmpeg's to 2e-7, in a quarter of the time.
    """
    import soundfile

    try:
        samples, rate_hz = soundfile.read(io.BytesIO(raw), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise AudioError(f"a new MP3 part cannot be decoded: {error.error_string}") from error
    start = skip * stream.samples + mpeg.ENCODER_DELAY + mpeg.DECODER_DELAY
    end = start + count * stream.samples
    if rate_hz != stream.rate_hz or samples.shape[1] != stream.channels or len(samples) < end:
        raise AudioError(f"a new MP3 part decodes to {len(samples)} frames at {rate_hz} Hz; {end} are needed")
    return Clip(samples[start:end], rate_hz)
