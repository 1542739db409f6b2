"""hibari: the embedded default voice. English, offline, the model inside the wheel, about 100 times real time on one core.

Measured on hibari-tts 0.2.1: one onnxruntime thread and a fixed seed give the same samples in every call, thread and process
of one CPU level; two threads give others and are slower, so work is spread over utterances. It never refuses bad input
(CJK gives nothing, Cyrillic noise, 10,000 characters take 5 GB), so this adapter does.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from audioguide.engines import SpeechRequest, Spoken, Voice, WordTiming
from audioguide.engines.ipa import marked, plain, rewritten, stressed_at_vowels, with_sounds
from audioguide.errors import EngineUnavailable, SpeechFailed, VoiceNotFound
from audioguide.packages import package_version
from audioguide.settings import environment
from audioguide.text import has_speech, scripts_of

_NO_SHORT_FORM = re.compile(r"\b(no|fig|ed|est)(?=\.\W*$)", re.IGNORECASE)
"""Words at the end of a sentence that hibari reads as short forms: "For most of us, no." became "number"."""

_GUESSED = 2
"""The rating of a word that is in no dictionary."""
_WORD_JOINER = "\u2060"

MAKEUP_DB = 10.1
"""Speech of the packaged voice lies at -26.1 LUFS (measured over an article of 2.6 minutes)."""

_ALPHABET = {
    "aɪ": "I", "aʊ": "W", "eɪ": "A", "oʊ": "O", "əʊ": "O", "ɔɪ": "Y", "tʃ": "ʧ", "dʒ": "ʤ", "ɜːr": "ɜɹ", "ɜːɹ": "ɜɹ",
    "ɜː": "ɜɹ", "ɝ": "ɜɹ", "ɚ": "əɹ", "ː": "", "ˑ": "", "r": "ɹ", "g": "ɡ", "e": "ɛ", "ɐ": "ə", "ɒ": "ɑ", "ɫ": "l",
}  # fmt: skip
"""IPA -> what this American voice learned from."""


class Hibari:
    """English voices of hibari-tts: `heart` is in the package, others only where they were fetched before."""

    name: ClassVar[str] = "hibari"
    online: ClassVar[bool] = False
    max_chars: ClassVar[int] = 300
    concurrency: ClassVar[int] = 0
    deterministic: ClassVar[bool] = True
    can_speed: ClassVar[bool] = True
    can_pitch: ClassVar[bool] = False
    takes_ipa: ClassVar[bool] = True
    options: ClassVar[Mapping[str, str]] = {}
    default_pause_ms: ClassVar[int] = 120

    def __init__(self) -> None:
        """Nothing is loaded before the first utterance."""
        self._models: dict[str, Any] = {}
        self._lock = threading.Lock()

    def voices(self) -> Sequence[Voice]:
        """Every voice of the package's table, with whether its model is on this machine."""
        return [
            Voice(name, facts["language"], online=False, installed=_model(name) is not None, gender=facts["gender"])
            for name, facts in _table().items()
        ]

    def default_voice(self, language: str) -> str | None:
        """`heart` for every kind of English."""
        return "heart" if language.lower().split("-")[0] == "en" else None

    def check(self, request: SpeechRequest) -> str | None:
        """Why this request cannot be spoken: no English, letters that are not Latin, a voice that is not here."""
        if request.language.lower().split("-")[0] != "en":
            return f"hibari speaks English, not {request.language}"
        if foreign := scripts_of(plain(request.text)) - {"LATIN"}:
            return f"hibari cannot read {', '.join(sorted(name.title() for name in foreign))} letters"
        if not has_speech(request.text):
            return "there is nothing to speak in it"
        return None if _model(request.voice) else _missing(request.voice).message

    def makeup_db(self, request: SpeechRequest) -> float:  # noqa: ARG002 - one constant for all requests
        """10.1 dB for the packaged voice."""
        return MAKEUP_DB

    def fingerprint(self, request: SpeechRequest) -> str:
        """Package version, the model's hash, and the version of what this adapter repairs."""
        return f"hibari {package_version('hibari-tts')} {_model_hash(request.voice)} 1"

    def speak(self, request: SpeechRequest, *, timeout_s: float) -> Spoken:  # noqa: ARG002 - bounded by max_chars: never over 3 s
        """One call an utterance, its noise seeded from its text."""
        if reason := self.check(request):
            raise SpeechFailed(reason)
        if len(request.text) > self.max_chars:
            raise SpeechFailed(
                f"{len(request.text)} characters are too long for one utterance (at most {self.max_chars})"
            )
        from audioguide.audio import mono
        from audioguide.engines.hibari_words import DurationSession, speak_timed

        model = self._open(request.voice)
        seed = int.from_bytes(hashlib.sha256(request.text.encode()).digest()[:8])
        text = _repaired(with_sounds(request.text, _sounds))
        words: tuple[WordTiming, ...] = ()
        if isinstance(model.sess, DurationSession):
            samples, words = speak_timed(model, text, request.text, speed=request.speed, seed=seed)
        else:
            samples = model(text, speed=request.speed, seed=seed)
        if not len(samples):
            raise SpeechFailed("hibari made no sound of it")
        return Spoken(mono(samples, model.sample_rate), words)

    def reading(self, word: str, voice: str) -> tuple[str, bool]:
        """The sounds of a word in hibari's alphabet, and whether its dictionary has it (else they are a guess)."""
        reader = self._open(voice).g2p
        tokens = reader.phonemize_tokens(reader.tokenize(_repaired(word)))
        sounds = " ".join(token.phonemes for token in tokens if token.phonemes)
        return sounds, all(token.rating > _GUESSED for token in tokens if token.phonemes)

    def _open(self, voice: str) -> Any:
        with self._lock:
            if voice not in self._models:
                self._models[voice] = _load(voice)
            return self._models[voice]


def _sounds(word: str, ipa: str) -> str:
    """A word and its sounds in hibari's alphabet, which has letters of its own for diphthongs and affricates."""
    return marked(word, rewritten(stressed_at_vowels(ipa), _ALPHABET))


def _repaired(text: str) -> str:
    """The text, with what hibari would misread kept apart by spaces and word joiners."""
    return _before_no_numeral().sub(rf"\1 {_WORD_JOINER}", _NO_SHORT_FORM.sub(r"\1 ", text))


@cache
def _before_no_numeral() -> re.Pattern[str]:
    """A word after which hibari takes any that begins like a Roman numeral for one: "King Charles" became "the zeroth"."""
    tables = import_module("hibari.g2p.normalize")
    words = "|".join(map(re.escape, (*tables.ROMAN_CARDINAL, *tables.ROMAN_ORDINAL)))
    return re.compile(rf"\b({words}) (?=[IVXLC])(?![IVXLC]+\b)")


def _load(voice: str) -> Any:
    if (path := _model(voice)) is None:
        raise _missing(voice)
    try:
        from hibari import Hibari as Model
    except ImportError as error:
        raise EngineUnavailable("hibari-tts is not installed", hint="pip install hibari-tts") from error
    from audioguide.engines.hibari_words import KNOWN_MODELS, DurationSession, with_durations

    if _model_hash(voice) in KNOWN_MODELS:
        model = Model(voice=voice, model=with_durations(path.read_bytes()), threads=1)
        model.sess = DurationSession(model.sess)
    else:
        model = Model(voice=voice, model=str(path), threads=1)
    model.g2p("Loaded now, since its dictionaries are read at the first use.")
    return model


def _missing(voice: str) -> VoiceNotFound:
    if voice in _table():
        return VoiceNotFound(f'the model of hibari\'s voice "{voice}" is not on this machine', hint="use heart")
    return VoiceNotFound(f'hibari has no voice "{voice}"', hint=f"voices: {', '.join(_table())}")


@cache
def _assets() -> Path | None:
    """The package's data, found without importing it: that takes 0.1 s, and to plan a script needs none of its code."""
    spec = find_spec("hibari")
    return Path(spec.origin).parent / "assets" if spec and spec.origin else None


@cache
def _table() -> Mapping[str, Any]:
    if (assets := _assets()) is None:
        raise EngineUnavailable("hibari-tts is not installed", hint="pip install hibari-tts")
    table: Mapping[str, Any] = json.loads((assets / "voices.json").read_bytes())
    return table


@cache
def _model(voice: str) -> Path | None:
    """The voice's model on this machine, where the package looks for it.

    Never a download: builds use the network only where a script asks for it.
    """
    import platformdirs

    facts, assets = _table().get(voice), _assets()
    if facts is None or assets is None:
        return None
    fetched = environment("HIBARI_HOME") or platformdirs.user_cache_dir("hibari", appauthor=False)
    path = (assets if facts.get("bundled") else Path(fetched)) / str(facts["file"])
    return path if path.is_file() else None


@cache
def _model_hash(voice: str) -> str:
    if (path := _model(voice)) is None:
        raise _missing(voice)
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
