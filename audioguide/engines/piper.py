"""piper: neural voices offline. One is in a package (`joe`, English); any other Piper model works from a folder.

Measured on piper-tts 1.8.0 with joe: without noise the samples are the same each time and clearer than with it; one
onnxruntime thread a voice, 12 times real time, since utterances run side by side. The code is under GPL-3, so it stays an extra.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from audioguide.audio import mono
from audioguide.engines import SpeechRequest, Spoken, Voice
from audioguide.engines.ipa import plain, rewritten, stressed_at_vowels, with_sounds
from audioguide.engines.piper_voices import PACKAGED, Model, models
from audioguide.engines.piper_words import timings, with_durations
from audioguide.engines.writing import same_language, unreadable
from audioguide.errors import EngineUnavailable, SpeechFailed, VoiceNotFound
from audioguide.packages import package_version
from audioguide.settings import load_settings
from audioguide.text import has_speech

MAKEUP_DB = 9.1
"""joe's speech lies at -25.1 LUFS, each sentence within 2 dB of it (measured over 23 sentences without noise)."""
_NUMBERS = {"length_scale": (0.25, 4.0), "noise": (0.0, 2.0), "noise_w": (0.0, 2.0)}
"""Options that are numbers, with the least and the most of each."""

_ANY = {"g": "ɡ"}
_ENGLISH = {**_ANY, "r": "ɹ", "ɝ": "ɜː"}
"""Letters of the IPA that its voices know under another."""


class Piper:
    """Piper's voices: `joe` where its package is installed, and every model in the folder of the user."""

    name: ClassVar[str] = "piper"
    online: ClassVar[bool] = False
    max_chars: ClassVar[int] = 300
    concurrency: ClassVar[int] = 0
    deterministic: ClassVar[bool] = True
    can_speed: ClassVar[bool] = True
    can_pitch: ClassVar[bool] = False
    takes_ipa: ClassVar[bool] = True
    options: ClassVar[Mapping[str, str]] = {
        "speaker": "a speaker of a voice that has several: its name or number (default: the voice's first)",
        "length_scale": "how long sounds last before speed counts, 0.25 to 4 (default: as the voice says)",
        "noise": "variation of the sound, 0 to 2 (default: 0, the same each time; Piper's own default is 0.667)",
        "noise_w": "variation of the rhythm, 0 to 2 (default: 0; Piper's own default is 0.8)",
    }
    default_pause_ms: ClassVar[int] = 120

    def __init__(self) -> None:
        """Loads no model. Raises EngineUnavailable where the package is missing."""
        if find_spec("piper") is None:
            raise EngineUnavailable("piper-tts is not installed", hint='pip install "audioguide[piper]"')
        self._voices: dict[str, tuple[str, Any]] = {}
        self._lock = threading.Lock()

    def voices(self) -> Sequence[Voice]:
        """The packaged voice and those in the folder of the setting `piper_voices`."""
        return [
            Voice(name, model.language, online=False, installed=True, gender="male" if name == PACKAGED else None)
            for name, model in models().items()
        ]

    def default_voice(self, language: str) -> str | None:
        """The first voice of that very tag, else of its language."""
        found = models().values()
        exact = (model.name for model in found if model.language.lower() == language.lower())
        near = (model.name for model in found if same_language(model.language, language))
        return next(exact, None) or next(near, None)

    def check(self, request: SpeechRequest) -> str | None:
        """Why this request cannot be spoken: its voice, an option, the language, letters the voice cannot read."""
        if (model := models().get(request.voice)) is None:
            return f'there is no Piper voice "{request.voice}" in {load_settings().piper_voices}'
        if not same_language(model.language, request.language):
            return f"the Piper voice {request.voice} speaks {model.language}, not {request.language}"
        if foreign := unreadable(plain(request.text), model.language):
            return f"the Piper voice {request.voice} cannot read {foreign} letters"
        if not has_speech(request.text):
            return "there is nothing to speak in it"
        return _wrong_option(model, dict(request.options))

    def makeup_db(self, request: SpeechRequest) -> float:  # noqa: ARG002 - measured on one voice; levelling does the rest
        """What joe needs; others are near, and levelling follows what each utterance really measures."""
        return MAKEUP_DB

    def fingerprint(self, request: SpeechRequest) -> str:
        """The package's version, the hash of the voice's files, and the parameters that Piper is given."""
        model = _model(request.voice)
        speaker, *scales = _parameters(model, request)
        return f"piper {package_version('piper-tts')} {model.digest} {speaker} {' '.join(f'{scale:g}' for scale in scales)}"

    def speak(self, request: SpeechRequest, *, timeout_s: float) -> Spoken:  # noqa: ARG002 - bounded by max_chars
        """One utterance, and when its words sound where the model tells."""
        model = _model(request.voice)
        if reason := self.check(request):
            raise SpeechFailed(reason)
        if len(request.text) > self.max_chars:
            raise SpeechFailed(
                f"{len(request.text)} characters are too long for one utterance (at most {self.max_chars})"
            )
        voice = self._open(model)
        text = _readable(request.text, model)
        chunks = _chunks(voice, text, model, request)
        if not chunks:
            raise SpeechFailed("piper made no sound of it")
        clip = mono(np.concatenate([chunk.audio_float_array for chunk in chunks]), chunks[0].sample_rate)
        return Spoken(clip, timings(voice, text, chunks, written=request.text))

    def _open(self, model: Model) -> Any:
        with self._lock:
            kept, voice = self._voices.get(model.name, ("", None))
            if kept != model.digest:
                voice = _load(model)
                self._voices[model.name] = (model.digest, voice)
            return voice


def _model(name: str) -> Model:
    found = models()
    if name not in found:
        hint = f"voices: {', '.join(found)}" if found else 'pip install "audioguide[piper]"'
        raise VoiceNotFound(f'there is no Piper voice "{name}"', where=str(load_settings().piper_voices), hint=hint)
    return found[name]


def _load(model: Model) -> Any:
    import onnxruntime
    from piper import PiperConfig, PiperVoice

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        config = PiperConfig.from_dict(dict(model.facts))
        data = with_durations(model.onnx.read_bytes())
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own classes derive from Exception alone
        raise EngineUnavailable(
            f"the Piper voice {model.name} cannot be opened: {error}",
            where=str(model.onnx),
            hint="download its .onnx and .onnx.json again",
        ) from error
    return PiperVoice(config=config, session=session)


def _readable(text: str, model: Model) -> str:
    """The text as Piper reads it: sounds between double brackets, and no such brackets of the text's own."""
    alphabet = _ENGLISH if same_language(model.language, "en") else _ANY

    def write(_word: str, ipa: str) -> str:
        return f"[[{rewritten(stressed_at_vowels(ipa), alphabet)}]]"

    return with_sounds(text.replace("[[", "[ ["), write)


def _chunks(voice: Any, text: str, model: Model, request: SpeechRequest) -> list[Any]:
    from piper import SynthesisConfig

    speaker, length_scale, noise, noise_w = _parameters(model, request)
    how = SynthesisConfig(
        speaker_id=speaker,
        length_scale=length_scale,
        noise_scale=noise,
        noise_w_scale=noise_w,
        normalize_audio=False,  # it would bring each sentence to one peak, so that its loudness goes up and down
    )
    try:
        return list(voice.synthesize(text, how, include_alignments=True))
    except Exception as error:  # a model may lack what a text needs; whatever Piper says of it concerns this text alone
        raise SpeechFailed(f"piper cannot speak it: {error}") from error


def _parameters(model: Model, request: SpeechRequest) -> tuple[int | None, float, float, float]:
    """Speaker, length scale, noise, noise of the rhythm: all that Piper is told."""
    options = dict(request.options)
    usual = float((model.facts.get("inference") or {}).get("length_scale", 1.0))
    length_scale = float(options.get("length_scale", usual)) / request.speed
    return _speaker(model, options), length_scale, float(options.get("noise", 0)), float(options.get("noise_w", 0))


def _speaker(model: Model, options: Mapping[str, str]) -> int | None:
    """The number of the speaker; None for a voice of one. Raises KeyError for one that it has not."""
    count = int(model.facts.get("num_speakers", 1))
    if count <= 1:
        return None
    named = options.get("speaker", str(model.facts.get("default_speaker_id", 0)))
    if named.isdecimal() and int(named) < count:
        return int(named)
    return int(model.facts["speaker_id_map"][named])


def _wrong_option(model: Model, options: Mapping[str, str]) -> str | None:
    if unknown := sorted(set(options) - set(Piper.options)):
        return f"piper has no option {', '.join(unknown)}; it has {', '.join(Piper.options)}"
    for name, (least, most) in _NUMBERS.items():
        if name in options and not _between(options[name], least, most):
            return f"{name} is a number from {least:g} to {most:g}"
    try:
        speaker = _speaker(model, options)
    except KeyError:
        names = list(model.facts.get("speaker_id_map") or ())
        known = ", ".join(names[:12]) or f"0 to {model.facts['num_speakers'] - 1}"
        return f'the Piper voice {model.name} has no speaker "{options["speaker"]}"; it has {known}'
    if speaker is None and options.get("speaker", "0") != "0":
        return f"the Piper voice {model.name} has one speaker"
    return None


@cache
def _between(text: str, least: float, most: float) -> bool:
    try:
        return least <= float(text) <= most
    except ValueError:
        return False
