"""What lies where in a finished media file: the next build splices unchanged stretches from it without opening a part.

One file in the store's state folder for each media file. Lost or stale, it costs nothing but time: then every part is
looked up in the store.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np

from audioguide.files import write_atomically
from audioguide.parts import DryFacts, PartFacts, PartJob
from audioguide.store import Entry, pack, unpack
from audioguide.words import WORD_BYTES, Words

_KEY = "record 2"
_QUANTA = 3
"""The place in a part's row that says how many powers are its own."""
_POWER_BYTES = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part's data lies in the media file, and what is known of the part."""

    offset_bytes: int
    facts: PartFacts
    dry_key: str


@dataclass(frozen=True, slots=True)
class Record:
    """The parts of one media file by their keys; empty where nothing is known of it."""

    media: Path
    places: dict[str, Place] = field(default_factory=dict)

    def dry_facts(self) -> dict[str, DryFacts]:
        """How each part of the file is laid out, by the key of its dry part."""
        return {place.dry_key: _dry(place.facts) for place in self.places.values()}


def _dry(facts: PartFacts) -> DryFacts:
    return DryFacts(facts.frames, facts.spans, facts.words)


def load_record(state_folder: Path, media: Path) -> Record:
    """What is known of a media file; empty where it is not the one that was written."""
    try:
        entry = unpack(_KEY, _path(state_folder, media).read_bytes())
        if entry is None or entry.facts["stamp"] != _stamp(media):
            return Record(media)
        return Record(media, dict(_places(entry)))
    except (OSError, KeyError, TypeError, ValueError):
        return Record(media)


def _places(entry: Entry) -> Iterator[tuple[str, Place]]:
    """Every part with its key. The data are the powers of all parts, then the words of all."""
    rows = entry.facts["parts"]
    data = memoryview(entry.data)
    quanta = sum(row[_QUANTA] for row in rows)
    powers = np.frombuffer(data[: _POWER_BYTES * quanta], "<f4")
    words = np.frombuffer(data[_POWER_BYTES * quanta :], "<i4").astype(np.intc).tobytes()
    offset, power, word = entry.facts["prologue"], 0, 0
    for key, dry_key, length, quanta, frames, peak, spans, counts in rows:
        ends = [*accumulate(counts, initial=word)]
        own = tuple(Words(words[WORD_BYTES * first : WORD_BYTES * last]) for first, last in pairwise(ends))
        facts = PartFacts(frames, length, tuple(map(tuple, spans)), powers[power : power + quanta], peak, own)
        yield key, Place(offset, facts, dry_key or key)
        offset, power, word = offset + length, power + quanta, ends[-1]


def record_of(media: Path, *, prologue_bytes: int, parts: Sequence[tuple[PartJob, PartFacts]]) -> Record:
    """What is known of a media file that was just written: its parts follow each other after so many bytes."""
    offsets = accumulate((facts.bytes for _, facts in parts), initial=prologue_bytes)
    places = {job.key: Place(offset, facts, job.dry.key) for (job, facts), offset in zip(parts, offsets, strict=False)}
    return Record(media, places)


def save_record(
    state_folder: Path, media: Path, *, prologue_bytes: int, parts: Sequence[tuple[PartJob, PartFacts]]
) -> None:
    """Remember a media file that was just written: its parts follow each other after so many bytes."""
    rows = [
        [
            job.key,
            job.dry.key if job.dry.key != job.key else None,
            facts.bytes,
            len(facts.powers),
            facts.frames,
            facts.true_peak_dbtp,
            facts.spans,
            [len(words) for words in facts.words],
        ]
        for job, facts in parts
    ]
    powers = np.concatenate([facts.powers for _, facts in parts]).astype("<f4", copy=False)
    words = np.frombuffer(b"".join(words.packed for _, facts in parts for words in facts.words), np.intc)
    data = b"".join((powers.data, words.astype("<i4", copy=False).data))
    entry = Entry({"stamp": _stamp(media), "prologue": prologue_bytes, "parts": rows}, data)
    path = _path(state_folder, media)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, pack(_KEY, entry), durable=False)
    except OSError:
        return  # a store that cannot be written: the next build looks at every part


def _path(state_folder: Path, media: Path) -> Path:
    name = hashlib.sha256(os.fsencode(media.absolute())).hexdigest()[:32]
    return state_folder / "records" / f"{name}.age"


def _stamp(media: Path) -> list[int]:
    status = media.stat()
    return [status.st_size, status.st_mtime_ns]
