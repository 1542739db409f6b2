"""What lies where in a media file is known to the next build, and nothing of a file that is another."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from audioguide.mix import Spacing
from audioguide.parts import DryPart, PartFacts, PartJob
from audioguide.plan import Playback
from audioguide.record import load_record, record_of, save_record
from audioguide.words import Word, Words

Parts = list[tuple[PartJob, PartFacts]]


def _job(number: int, *, own_key: bool) -> PartJob:
    cue = Playback(f"a.{number}", Path("a.wav"), 0.0, 0, 1)
    dry = DryPart(number, f"dry {number}", cue, Spacing(0, (), 0, next_is_speech=False))
    return PartJob(f"part {number}" if own_key else dry.key, dry)


def _facts(words: tuple[Words, ...], quanta: int) -> PartFacts:
    spans = tuple((100 * n, 100 * n + 90) for n in range(max(1, len(words))))
    return PartFacts(1152 * quanta, 313 * quanta, spans, np.linspace(0, 1, quanta, dtype=np.float32), -1.5, words)


@pytest.fixture
def parts() -> Parts:
    """Parts of several utterances with words and without, one of them under a key of its own."""
    one, two = Words.of([Word(0, 90, 0, 3), Word(100, 2**30, 4, 9)]), Words.of([Word(5, 80, 0, 4)])
    words: list[tuple[Words, ...]] = [(one, Words(), two), (), (two,)]
    return [
        (_job(number, own_key=number == 1), _facts(of_one, quanta=number + 2)) for number, of_one in enumerate(words)
    ]


def _saved(folder: Path, parts: Parts) -> Path:
    media = folder / "media.mp3"
    media.write_bytes(b"sound")
    save_record(folder / "state", media, prologue_bytes=1000, parts=parts)
    return media


def test_what_is_saved_is_found_again(tmp_path: Path, parts: Parts) -> None:
    media = _saved(tmp_path, parts)
    found = load_record(tmp_path / "state", media).places
    expected = record_of(media, prologue_bytes=1000, parts=parts).places
    assert list(found) == list(expected) == [job.key for job, _ in parts]
    for key, place in found.items():
        other = expected[key]
        assert (place.offset_bytes, place.dry_key) == (other.offset_bytes, other.dry_key)
        for name in ("frames", "bytes", "spans", "true_peak_dbtp", "words"):
            assert getattr(place.facts, name) == getattr(other.facts, name)
        assert np.array_equal(place.facts.powers, other.facts.powers)


def test_parts_without_any_words_are_found_again(tmp_path: Path) -> None:
    parts = [(_job(0, own_key=False), _facts((), quanta=3))]
    (place,) = load_record(tmp_path / "state", _saved(tmp_path, parts)).places.values()
    assert place.facts.words == ()
    assert len(place.facts.powers) == 3


@pytest.mark.parametrize("change", ["touched", "longer", "damaged"])
def test_nothing_is_known_of_another_file(tmp_path: Path, parts: Parts, change: str) -> None:
    media = _saved(tmp_path, parts)
    (kept,) = (tmp_path / "state" / "records").iterdir()
    if change == "touched":
        os.utime(media, ns=(1, 1))
    elif change == "longer":
        media.write_bytes(b"sound and more")
    else:
        kept.write_bytes(kept.read_bytes()[:-1] + b"\xff")
    assert load_record(tmp_path / "state", media).places == {}
