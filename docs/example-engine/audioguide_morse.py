"""A speech engine in one file: Morse code, a hundred words a minute."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import ClassVar

import numpy as np

from audioguide.audio import mono
from audioguide.engines import SpeechRequest, Spoken, Voice, WordTiming
from audioguide.engines.writing import unreadable
from audioguide.errors import SpeechFailed

RATE_HZ = 24_000
DOT_S = 0.012
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_CODES = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. "
    "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
)
CODE = dict(zip(_LETTERS, _CODES.split(), strict=True))


class Morse:
    """Morse code. `key` is its one voice, and reads every language that is written in Latin letters."""

    name: ClassVar[str] = "morse"
    online: ClassVar[bool] = False  # nothing leaves the machine
    max_chars: ClassVar[int] = 200
    concurrency: ClassVar[int] = 0  # as many requests at once as there are cores
    deterministic: ClassVar[bool] = True
    can_speed: ClassVar[bool] = True
    can_pitch: ClassVar[bool] = False
    takes_ipa: ClassVar[bool] = False
    options: ClassVar[Mapping[str, str]] = {"hz": "the pitch of the tone, 200 to 2000 (default: 600)"}
    default_pause_ms: ClassVar[int] = 100

    def voices(self) -> Sequence[Voice]:
        """All there are, without loading anything."""
        return [Voice("key", "mul", online=False, installed=True)]

    def default_voice(self, language: str) -> str | None:
        """None would say that the language is not spoken."""
        return "key" if re.match(r"(en|de|fr|es|it|pt|nl)\b", language) else None

    def check(self, request: SpeechRequest) -> str | None:
        """What an author is told with the place in the script, before anything is spoken."""
        options = dict(request.options)
        if request.voice != "key":
            return f'morse has no voice "{request.voice}"; it has key'
        if unknown := set(options) - set(self.options):
            return f"morse has no option {', '.join(sorted(unknown))}; it has {', '.join(self.options)}"
        hz = options.get("hz", "600")
        if not hz.isdecimal() or not 200 <= int(hz) <= 2000:
            return "hz is a whole number from 200 to 2000"
        if foreign := unreadable(request.text, "en"):
            return f"there is no Morse code for {foreign} letters"
        return None if any(map(_code, request.text)) else "there is nothing to key in it"

    def makeup_db(self, request: SpeechRequest) -> float:  # noqa: ARG002 - the same for every request
        """Measured with audioguide.loudness: its sound lies at -17.5 LUFS."""
        return 1.5

    def fingerprint(self, request: SpeechRequest) -> str:  # noqa: ARG002 - voice, speed and options are in the key already
        """Changes when the sound of the same request would."""
        return f"morse {version('audioguide-morse')}"

    def speak(self, request: SpeechRequest, *, timeout_s: float) -> Spoken:  # noqa: ARG002 - it takes no time
        """The text as sound, with the time of each word."""
        if reason := self.check(request):
            raise SpeechFailed(reason)
        keyed: list[bool] = []  # down or up, a dot's length each
        words = []
        for word in re.finditer(r"\S+", request.text):
            start = len(keyed)
            for letter in word[0]:
                keyed += _keyed(_code(letter))
            if len(keyed) > start:
                words.append((start, len(keyed) - 2, word.span()))
                keyed += [False] * 4
        dot_s = DOT_S / request.speed
        timings = [WordTiming(round(a * dot_s * 1000), round(b * dot_s * 1000), span) for a, b, span in words]
        return Spoken(mono(_tone(keyed, dot_s, int(dict(request.options).get("hz", "600"))), RATE_HZ), tuple(timings))


def _code(letter: str) -> str:
    """Dots and dashes; nothing for a letter that has none. Accents are left out."""
    return CODE.get(unicodedata.normalize("NFKD", letter)[0].lower(), "")


def _keyed(code: str) -> list[bool]:
    """A dot is one beat down, a dash three; one beat up after each, three after a letter."""
    beats = [beat for sign in code for beat in ([True] * (3 if sign == "-" else 1) + [False])]
    return beats + [False] * 2 if beats else []


def _tone(keyed: Sequence[bool], dot_s: float, hz: int) -> np.ndarray:
    frames = round(dot_s * RATE_HZ)
    loud = np.repeat(np.asarray(keyed, np.float32), frames)
    soft = np.convolve(loud, np.ones(48, np.float32) / 48, mode="same")  # no click
    return np.asarray(0.3 * soft * np.sin(2 * np.pi * hz * np.arange(len(soft)) / RATE_HZ), np.float32)
