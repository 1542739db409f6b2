"""espeak: the espeak-ng program, over a hundred languages offline, in a robot's voice: for drafts and rare languages.

The program is asked once for each utterance, text on its standard input and never through a shell. When its words sound
its C library tells, which usually comes with it (audioguide/engines/espeak_words.py).
"""

from __future__ import annotations

import re
import shutil
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from audioguide.audio import Clip, from_s16
from audioguide.engines import SpeechRequest, Spoken, Voice
from audioguide.engines.espeak_words import timings
from audioguide.engines.writing import same_language, unreadable
from audioguide.errors import EngineUnavailable, SpeechFailed, VoiceNotFound
from audioguide.programs import run
from audioguide.text import has_speech

PROGRAM = "espeak-ng"
INSTALL = "install it: apt install espeak-ng, dnf install espeak-ng or brew install espeak-ng"
MAKEUP_DB = 4.9
"""The speech of en-us lies at -20.9 LUFS, each sentence within 1.1 dB of it (measured over 23 sentences)."""

_WORDS_A_MINUTE = 175
"""The program's usual pace; measured, its duration follows this number to 2 % from half to double."""
_SEMITONES = (-6.8, -3.9, -1.8, 0.0, 1.6, 4.3, 8.8)
_PITCHES = (0, 25, 40, 50, 60, 75, 99)
"""What the program's -p does, measured on en-us."""

_LINE = re.compile(
    r"\s*(?P<priority>\d+)\s+(?P<tag>\S+)\s+\S*/(?P<gender>\S+)\s+\S+\s+(?P<file>\S.*?)\s*(?P<others>\(.*)?"
)
_GENDERS = {"M": "male", "F": "female"}


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the program's list of voices."""

    name: str
    tag: str
    file: str
    gender: str | None
    others: tuple[tuple[int, str], ...]
    """Further languages that it speaks, with how well: the smaller the number, the better."""


class Espeak:
    """espeak-ng's voices, one or a few a language, each in the timbre of a variant where the script names one."""

    name: ClassVar[str] = "espeak"
    online: ClassVar[bool] = False
    max_chars: ClassVar[int] = 600
    concurrency: ClassVar[int] = 0
    deterministic: ClassVar[bool] = True
    can_speed: ClassVar[bool] = True
    can_pitch: ClassVar[bool] = True
    takes_ipa: ClassVar[bool] = False
    options: ClassVar[Mapping[str, str]] = {
        "variant": "a timbre, such as f2, m3, klatt, Annie (espeak-ng --voices=variant lists them)",
        "gap": "a pause between words, 0 to 50 hundredths of a second (default: 0)",
    }
    default_pause_ms: ClassVar[int] = 120

    def __init__(self) -> None:
        """Raises EngineUnavailable where the program is missing."""
        if (path := shutil.which(PROGRAM)) is None:
            raise EngineUnavailable(f"the program {PROGRAM} is not installed", hint=INSTALL)
        self._path = path

    def voices(self) -> Sequence[Voice]:
        """Every voice that the program lists, but for those of mbrola, another program."""
        return [
            Voice(row.name, _canonical(row.tag), online=False, installed=True, gender=row.gender)
            for row in _rows(self._path).values()
        ]

    def default_voice(self, language: str) -> str | None:
        """The voice of that tag, else the one that names it as another language of its own, else with fewer subtags."""
        rows = _rows(self._path)
        parts = language.lower().replace("_", "-").split("-")
        for length in range(len(parts), 0, -1):
            tag = "-".join(parts[:length])
            if tag in rows:
                return tag
            if able := [(rank, row.name) for row in rows.values() for rank, other in row.others if other == tag]:
                return min(able)[1]
        return None

    def check(self, request: SpeechRequest) -> str | None:
        """Why this request cannot be spoken: voice, language, letters, an option, too much pitch."""
        row = _rows(self._path).get(request.voice)
        if row is None:
            return f'espeak-ng has no voice "{request.voice}"'
        if not any(same_language(tag, request.language) for tag in (row.tag, *(other for _, other in row.others))):
            return f"the espeak-ng voice {row.name} does not speak {request.language}"
        if foreign := unreadable(request.text, row.tag):
            return f"the espeak-ng voice {row.name} cannot read {foreign} letters"
        if not has_speech(request.text):
            return "there is nothing to speak in it"
        if not _SEMITONES[0] <= request.pitch <= _SEMITONES[-1]:
            return f"espeak-ng's pitch goes from {_SEMITONES[0]:g} to {_SEMITONES[-1]:g} semitones"
        return self._wrong_option(dict(request.options))

    def _wrong_option(self, options: Mapping[str, str]) -> str | None:
        if unknown := sorted(set(options) - set(self.options)):
            return f"espeak has no option {', '.join(unknown)}; it has {', '.join(self.options)}"
        gap = options.get("gap", "0")
        if not re.fullmatch(r"\d{1,2}", gap, re.ASCII) or int(gap) > 50:
            return "gap is a whole number from 0 to 50"
        variant = options.get("variant")
        if variant is not None and variant not in _variants(self._path):
            return f'espeak-ng has no variant "{variant}"; see: espeak-ng --voices=variant'
        return None

    def makeup_db(self, request: SpeechRequest) -> float:  # noqa: ARG002 - measured on one voice; levelling does the rest
        """What en-us needs; others are near, and levelling follows what each utterance really measures."""
        return MAKEUP_DB

    def fingerprint(self, request: SpeechRequest) -> str:
        """The program's version and what it is told."""
        return f"espeak {_version(self._path)} {' '.join(self._arguments(request))}, with words"

    def speak(self, request: SpeechRequest, *, timeout_s: float) -> Spoken:
        """One run of the program, ended at the timeout."""
        if request.voice not in _rows(self._path):
            raise VoiceNotFound(
                f'espeak-ng has no voice "{request.voice}"', hint="see: audioguide voices --engine espeak"
            )
        if reason := self.check(request):
            raise SpeechFailed(reason)
        if len(request.text) > self.max_chars:
            raise SpeechFailed(
                f"{len(request.text)} characters are too long for one utterance (at most {self.max_chars})"
            )
        text = " ".join(request.text.split()).replace("[[", "[ [")  # two brackets would begin phonemes
        told = self._arguments(request)
        arguments = ["--stdin", "--stdout", "-b", "1", *told]
        clip = _clip_of(_run(self._path, arguments, data=text.encode(), timeout_s=timeout_s))
        if text != request.text:
            return Spoken(clip)
        return Spoken(clip, timings(text, clip, voice=told[1], settings=told[3::2], timeout_s=timeout_s))

    def _arguments(self, request: SpeechRequest) -> list[str]:
        options = dict(request.options)
        row = _rows(self._path).get(request.voice)
        if row is None:
            raise VoiceNotFound(
                f'espeak-ng has no voice "{request.voice}"', hint="see: audioguide voices --engine espeak"
            )
        voice = row.file + (f"+{options['variant']}" if "variant" in options else "")
        pitch = round(float(np.interp(request.pitch, _SEMITONES, _PITCHES)))
        pace = round(_WORDS_A_MINUTE * request.speed)
        return ["-v", voice, "-s", str(pace), "-p", str(pitch), "-g", options.get("gap", "0")]


def _run(path: str, arguments: Sequence[str], *, data: bytes = b"", timeout_s: float) -> bytes:
    try:
        ran = run([path, *arguments], data=data, timeout_s=timeout_s)
    except TimeoutError as error:
        raise SpeechFailed(f"{PROGRAM} {error}", transient=True) from error
    except OSError as error:
        raise EngineUnavailable(f"{PROGRAM} cannot be started: {error.strerror}", where=path, hint=INSTALL) from error
    if ran.status:
        raise SpeechFailed(f"{PROGRAM} failed: {ran.reason}")
    return ran.out


def _clip_of(wav: bytes) -> Clip:
    """The sound of a WAV file whose lengths are not written, since it comes through a pipe."""
    data = wav.find(b"data", 12, 256)
    if wav[:4] != b"RIFF" or wav[8:12] != b"WAVE" or data < 0 or len(wav) < data + 10:
        raise SpeechFailed(f"{PROGRAM} made no sound of it")
    channels, rate_hz = struct.unpack_from("<HI", wav, 22)
    samples = wav[data + 8 :]
    return from_s16(samples[: len(samples) // (2 * channels) * 2 * channels], rate_hz, channels)


@cache
def _version(path: str) -> str:
    told = _run(path, ["--version"], timeout_s=10).decode("utf-8", "replace")
    match = re.search(r"\d+(\.\d+)+\S*", told)
    return match[0] if match else told.strip()


@cache
def _rows(path: str) -> Mapping[str, _Row]:
    """The program's voices by name: their language's tag, or their file's name where another has that already."""
    rows: dict[str, _Row] = {}
    for match in _listed(path, "--voices"):
        if match["file"].startswith("mb/"):
            continue
        tag = match["tag"].lower()
        name = match["file"].rpartition("/")[2].lower() if tag in rows else tag
        others = re.findall(r"\((\S+) (\d+)\)", match["others"] or "")
        ranks = tuple((int(rank), other) for other, rank in others)
        rows[name] = _Row(name, tag, match["file"], _GENDERS.get(match["gender"]), ranks)
    return rows


@cache
def _variants(path: str) -> frozenset[str]:
    return frozenset(match["file"].removeprefix("!v/") for match in _listed(path, "--voices=variant"))


def _listed(path: str, what: str) -> list[re.Match[str]]:
    lines = _run(path, [what], timeout_s=10).decode("utf-8", "replace").splitlines()
    return [match for line in lines if (match := _LINE.fullmatch(line))]


def _canonical(tag: str) -> str:
    """The tag as BCP 47 is usually written: `en-us` -> `en-US`."""
    language, *others = tag.split("-")
    return "-".join([language, *(other.upper() if len(other) == 2 else other for other in others)])
