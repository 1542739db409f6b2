"""hibari tells when its words sound, and sounds exactly as it does without."""

from __future__ import annotations

import hashlib
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from audioguide.engines import SpeechRequest, Spoken, get_engine
from audioguide.engines.hibari_words import KNOWN_MODELS

GAPS = [
    "Stop, breathe, begin; then turn.",
    "Take some bread, butter, cheese, apples, and tea.",
    "Three things have to come together: a load that is hard to move, enough protein, and rest.",
    "Train for what you enjoy, rest when you are tired, and let your legs look like the legs of someone who runs.",
]
"""Sentences with clear pauses."""


def speak(text: str, speed: float = 1.0) -> Spoken:
    return get_engine("hibari").speak(SpeechRequest(text, "en-US", "heart", speed=speed), timeout_s=30)


@cache
def plain_model() -> Any:
    """The model as its package opens it."""
    from hibari import Hibari

    return Hibari(threads=1)


def words_of(text: str, speed: float = 1.0) -> list[str]:
    return [text[slice(*word.span)] for word in speak(text, speed).words]


def onsets_ms(spoken: Spoken) -> list[int]:
    """Where sound begins after at least 60 ms that are 38 dB below the loudest."""
    samples = spoken.clip.samples[:, 0]
    blocks = samples[: len(samples) // 240 * 240].reshape(-1, 240)
    powers = (blocks**2).mean(axis=1)
    quiet = powers < powers.max() * 10**-3.8
    return [10 * n for n in range(6, len(quiet)) if not quiet[n] and quiet[n - 6 : n].all()]


@pytest.mark.parametrize("speed", [0.7, 1.0, 1.6])
@pytest.mark.parametrize("text", [*GAPS, "Stop. Go! Nov. 5 is near.", "Yes."])
def test_the_sound_is_the_same_to_the_bit(text: str, speed: float) -> None:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    assert np.array_equal(speak(text, speed).clip.samples[:, 0], plain_model()(text, speed=speed, seed=seed))


def test_this_model_is_known() -> None:
    fingerprint = get_engine("hibari").fingerprint(SpeechRequest("Yes.", "en", "heart"))
    assert KNOWN_MODELS & set(fingerprint.split())


@pytest.mark.parametrize("text", GAPS)
def test_every_word_is_heard_where_sound_begins(text: str) -> None:
    """Speech after a pause begins within 80 ms of the start of a word."""
    spoken = speak(text)
    starts = np.array([word.start_ms for word in spoken.words])
    onsets = onsets_ms(spoken)
    assert len(onsets) >= 3
    assert max(np.abs(starts - onset).min() for onset in onsets) <= 80


@pytest.mark.parametrize("text", GAPS)
def test_words_end_before_the_pause(text: str) -> None:
    spoken = speak(text)
    samples = spoken.clip.samples[:, 0]
    loudest = max((samples[n : n + 240] ** 2).mean() for n in range(0, len(samples) - 240, 240))
    for word in spoken.words:
        last = samples[(word.end_ms - 20) * 24 : word.end_ms * 24]
        assert (last**2).mean() > loudest * 1e-5


@pytest.mark.parametrize("text", [*GAPS, "“So,” she said — softly — “is it (really) O'Brien's?”"])
@pytest.mark.parametrize("speed", [0.7, 1.6])
def test_words_are_those_of_the_text_in_order(text: str, speed: float) -> None:
    spoken = speak(text, speed)
    assert words_of(text, speed) == [word for word in text.split() if word != "—"]
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(spoken.words))
    assert all(word.start_ms < word.end_ms for word in spoken.words)
    assert spoken.words[-1].end_ms <= spoken.clip.duration_s * 1000


def test_a_repaired_word_has_the_span_of_what_was_written() -> None:
    assert words_of("For most of us, no.")[-1] == "no."


def test_what_is_expanded_keeps_one_span() -> None:
    assert words_of("It cost $5.50 on 3/4/2024, at 10:30 pm sharp.") == [
        "It", "cost", "$5.50", "on", "3/4/2024,", "at", "10:30 pm", "sharp.",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["Stop. Go!", "Chapter 3. It ends."])
def test_what_hibari_splits_by_itself_has_no_words(text: str) -> None:
    assert speak(text).words == ()
