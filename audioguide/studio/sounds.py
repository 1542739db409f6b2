"""The sound of cards: made once, kept for a while, sent as WAV while it is being made, drawn as peaks."""

from __future__ import annotations

import struct
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioguide.audio import decode_in_blocks
from audioguide.bench import part_sound
from audioguide.mix import MixedPart
from audioguide.parts import DryFacts, DryPart, Workshop
from audioguide.plan import Speech
from audioguide.preview import comes_in_two, frames_heard, sounds_of
from audioguide.store import key_of, open_store

KEPT_BYTES = 64_000_000
"""Twelve minutes of mono sound."""
_UNKNOWN = 0xFFFFFFFF
HEADER_BYTES = 44
_PEAKS_PER_S = 20
_BLOCK_S = 20.0


class SoundShelf:
    """The sounds that were made last, and how every part that was made is laid out."""

    def __init__(self) -> None:
        self.facts: dict[str, DryFacts] = {}
        self._kept: OrderedDict[str, MixedPart] = OrderedDict()
        self._bytes = 0
        self._being_made: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def make(self, part: DryPart, workshop: Workshop) -> MixedPart:
        """A part's sound, made now unless it was made a while ago; two who ask at once wait for one. Raises AudioguideError."""
        with self._lock:
            being_made = self._being_made.setdefault(part.key, threading.Lock())
        try:
            with being_made:
                kept = self._found(part.key)
                if kept is None:
                    kept = part_sound(part, workshop)
                    self._keep(part.key, kept)
                return kept
        finally:
            with self._lock:
                self._being_made.pop(part.key, None)

    def _found(self, key: str) -> MixedPart | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: str, mixed: MixedPart) -> None:
        with self._lock:
            self.facts[key] = DryFacts(mixed.frames, mixed.spans)
            self._kept[key] = mixed
            self._bytes += len(mixed.pcm)
            while self._bytes > KEPT_BYTES and len(self._kept) > 1:
                self._bytes -= len(self._kept.popitem(last=False)[1].pcm)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Cards that are heard one after another, as one WAV file."""

    parts: Sequence[DryPart]
    workshop: Workshop
    shelf: SoundShelf
    known: Mapping[str, DryFacts]
    """How parts are laid out that were built before."""

    @property
    def tag(self) -> str:
        """Changes when the sound does."""
        return f'"{key_of({"parts": [part.key for part in self.parts]})[:32]}"'

    def is_spoken(self) -> bool:
        """Whether everything that an engine says for it is there."""
        store = open_store(self.workshop.store)
        keys = [u.key for part in self.parts if isinstance(part.cue, Speech) for u in part.cue.utterances]
        return all(store.has("speech", key) for key in keys)

    def size_bytes(self) -> int | None:
        """The file's length where it can be told before it is made."""
        if len(self.parts) == 1 and not comes_in_two(self.parts[0]):
            self.shelf.make(self.parts[0], self.workshop)
        counts = [self._frames(part) for part in self.parts]
        frames = [count for count in counts if count is not None]
        if len(frames) < len(counts):
            return None
        frames[-1] = frames_heard(self.parts[-1], frames[-1], self.workshop)
        return HEADER_BYTES + sum(frames) * 2 * self.workshop.encoding.channels

    def _frames(self, part: DryPart) -> int | None:
        facts = self.shelf.facts.get(part.key) or self.known.get(part.key)
        return facts.frames if facts else None

    def pieces(self, size_bytes: int | None) -> Iterator[bytes]:
        """The file, piece after piece as it is made. Raises AudioguideError."""
        encoding = self.workshop.encoding
        begun = False
        for piece in sounds_of(self.parts, self.workshop, self.shelf.make):
            if not begun:
                yield wav_header(encoding.rate_hz, encoding.channels, size_bytes)
                begun = True
            yield piece


def wav_header(rate_hz: int, channels: int, size_bytes: int | None) -> bytes:
    """The head of a WAV file of so many bytes; None: nobody knows yet, and it goes on to the end."""
    data = _UNKNOWN if size_bytes is None else size_bytes - HEADER_BYTES
    riff = _UNKNOWN if size_bytes is None else size_bytes - 8
    frame = 2 * channels
    form = struct.pack("<IHHIIHH", 16, 1, channels, rate_hz, rate_hz * frame, frame, 16)
    return b"RIFF" + struct.pack("<I", riff) + b"WAVEfmt " + form + b"data" + struct.pack("<I", data)


def cut(pieces: Iterator[bytes], start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` to `end` of what the pieces make; no piece is asked for beyond."""
    at = 0
    for piece in pieces:
        if at + len(piece) > start:
            yield piece[max(0, start - at) : end - at]
        at += len(piece)
        if at >= end:
            return


def wave_of(mixed: MixedPart, workshop: Workshop, bins: int) -> dict[str, Any]:
    """The outline of a card's sound."""
    samples = np.frombuffer(mixed.pcm, "<i2").reshape(-1, workshop.encoding.channels)
    loudest = np.abs(samples.astype(np.int32)).max(axis=1) / 32768
    return {"duration_s": round(len(samples) / workshop.encoding.rate_hz, 3), "peaks": _in_bins(loudest, bins)}


def wave_of_file(path: Path) -> tuple[float, NDArray[np.float64]]:
    """How long a file is, and its highest sample in each twentieth of a second. Raises AudioError."""
    peaks: list[NDArray[np.float64]] = []
    frames, rate_hz = 0, 1
    for block in decode_in_blocks(path, block_s=_BLOCK_S):
        rate_hz = block.rate_hz
        frames += block.frames
        loudest = np.abs(block.samples).max(axis=1)
        peaks.append(np.maximum.reduceat(loudest, np.arange(0, len(loudest), rate_hz // _PEAKS_PER_S)))
    return frames / rate_hz, np.concatenate(peaks) if peaks else np.zeros(1)


def drawn(duration_s: float, peaks: NDArray[np.float64], bins: int) -> dict[str, Any]:
    """The outline of a file."""
    return {"duration_s": round(duration_s, 3), "peaks": _in_bins(peaks, bins)}


def _in_bins(loudest: NDArray[np.float64], bins: int) -> list[float]:
    edges = np.linspace(0, len(loudest), min(bins, len(loudest)), endpoint=False).astype(int)
    return [round(min(1.0, float(peak)), 4) for peak in np.maximum.reduceat(loudest, edges)]
