"""tone: a voice of sine waves. Deterministic, no dependency, any language: for tests, documentation and drafts.

A word is a note whose length follows its letters, and whose pitch follows the voice and the word, so that different
texts sound different. Words are parted by short gaps, sentences end in a falling note: enough of speech to time a draft.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from audioguide.audio import mono
from audioguide.engines import SpeechRequest, Spoken, Voice, WordTiming
from audioguide.engines.ipa import masked
from audioguide.errors import SpeechFailed
from audioguide.text import has_speech

RATE_HZ = 24_000
_VOICES_HZ = {"low": 110.0, "mid": 165.0, "high": 220.0}
_LETTER_MS = 62
_GAP_MS = 55
_LEVEL = 0.1
_WORD = re.compile(r"\w+(?:['’]\w+)*")


class Tone:
    """Notes in place of words."""

    name: ClassVar[str] = "tone"
    online: ClassVar[bool] = False
    max_chars: ClassVar[int] = 300
    concurrency: ClassVar[int] = 0
    deterministic: ClassVar[bool] = True
    can_speed: ClassVar[bool] = True
    can_pitch: ClassVar[bool] = True
    takes_ipa: ClassVar[bool] = True
    options: ClassVar[Mapping[str, str]] = {}
    default_pause_ms: ClassVar[int] = 120

    def voices(self) -> Sequence[Voice]:
        """low, mid and high; each speaks every language ("mul": multiple languages)."""
        return [Voice(name, "mul", online=False, installed=True) for name in _VOICES_HZ]

    def default_voice(self, language: str) -> str | None:  # noqa: ARG002 - every language is the same to it
        """`mid`."""
        return "mid"

    def check(self, request: SpeechRequest) -> str | None:
        """Why this request cannot be spoken: nothing to say, or no such voice."""
        if request.voice not in _VOICES_HZ:
            return f'tone has no voice "{request.voice}"; voices: {", ".join(_VOICES_HZ)}'
        return None if has_speech(request.text) else "there is nothing to speak in it"

    def makeup_db(self, request: SpeechRequest) -> float:  # noqa: ARG002 - one constant for all requests
        """6.6 dB, measured."""
        return 6.6

    def fingerprint(self, request: SpeechRequest) -> str:  # noqa: ARG002 - there is no model
        """Changes with the way notes are made."""
        return "tone 1"

    def speak(self, request: SpeechRequest, *, timeout_s: float) -> Spoken:  # noqa: ARG002 - takes microseconds
        """One note a word, with the words' exact times."""
        if reason := self.check(request):
            raise SpeechFailed(reason)
        base_hz = _VOICES_HZ[request.voice] * 2 ** (request.pitch / 12)
        pieces, words, at_ms = [_rest(_GAP_MS)], [], _GAP_MS
        for match in _WORD.finditer(masked(request.text)):
            length_ms = round(_LETTER_MS * max(2, len(match[0])) / request.speed)
            pieces += [_note(match[0], base_hz, length_ms), _rest(_GAP_MS)]
            words.append(WordTiming(at_ms, at_ms + length_ms, match.span()))
            at_ms += length_ms + _GAP_MS
        return Spoken(mono(np.concatenate(pieces), RATE_HZ), tuple(words))


def _frames(length_ms: float) -> int:
    return round(length_ms * RATE_HZ / 1000)


def _rest(length_ms: int) -> np.ndarray:
    return np.zeros(_frames(length_ms), np.float32)


def _note(word: str, base_hz: float, length_ms: int) -> np.ndarray:
    step = zlib.crc32(word.lower().encode()) % 8
    time_s = np.arange(_frames(length_ms)) / RATE_HZ
    phase = 2 * np.pi * base_hz * 2 ** (step / 12) * time_s
    wave = np.sin(phase) + 0.5 * np.sin(2 * phase) + 0.25 * np.sin(3 * phase)
    edge = np.minimum(np.minimum(time_s, time_s[-1] - time_s) / 0.008, 1.0)
    return np.asarray(_LEVEL * wave * (0.5 - 0.5 * np.cos(np.pi * edge)), np.float32)
