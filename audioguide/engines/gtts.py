"""gtts: Google Translate's voices in 69 languages, over the network, through the unmodified gTTS package.

The service is unofficial, gets the text, and its client verifies no TLS certificate (docs/gtts.md). The client is silent
about much: a web page instead of an answer, an empty answer, half a file all look like success to it, and its timeout
starts anew with each byte. So here one call is one request with one deadline, and its sound is checked before it counts.
Pace and retries are the caller's: audioguide/pace.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import ClassVar

from audioguide.audio import Clip, decode
from audioguide.engines import SpeechRequest, Spoken, Voice
from audioguide.engines.deadline import within
from audioguide.engines.gtts_answers import NO_AUDIO, NOT_AN_ANSWER, damaged, translated
from audioguide.engines.gtts_languages import TAGS, address_end, google_code
from audioguide.engines.mp3_frames import fault_of
from audioguide.engines.speech_length import longest_s, shortest_s
from audioguide.engines.writing import unreadable
from audioguide.errors import AudioError, EngineUnavailable, SpeechFailed, VoiceNotFound
from audioguide.packages import package_version

MAKEUP_DB = 3.0
"""An estimate, not a measurement: no speech of Google's was at hand. Speech services commonly deliver about -19 LUFS, and
levelling goes up to 4 dB either way from here by what each utterance really measures."""

_ADDRESS_END = re.compile(r"[a-z]{2,3}(\.[a-z]{2})?")
_SLOW = {"true": True, "false": False}


class Gtts:
    """Google Translate's voices: one a language, named by Google's code, its accent chosen by the language's region."""

    name: ClassVar[str] = "gtts"
    online: ClassVar[bool] = True
    max_chars: ClassVar[int] = 100
    concurrency: ClassVar[int] = 1
    deterministic: ClassVar[bool] = False
    can_speed: ClassVar[bool] = False
    can_pitch: ClassVar[bool] = False
    takes_ipa: ClassVar[bool] = False
    options: ClassVar[Mapping[str, str]] = {
        "tld": "what follows translate.google. in the address, such as co.uk: the accent (default: by the language)",
        "slow": "true: Google's slow reading (default: false)",
    }
    default_pause_ms: ClassVar[int] = 150

    def voices(self) -> Sequence[Voice]:
        """One voice a language; all are online, so none is installed."""
        return [Voice(code, tag, online=True, installed=False) for code, tag in TAGS.items()]

    def default_voice(self, language: str) -> str | None:
        """The voice of that language, None where Google speaks it not."""
        return google_code(language)

    def check(self, request: SpeechRequest) -> str | None:
        """Why this request cannot be sent: voice, option, speed, pitch, letters, nothing to speak."""
        options = dict(request.options)
        unknown = sorted(set(options) - set(self.options))
        foreign = unreadable(request.text, TAGS.get(request.voice, request.language))
        complaints = {
            f'Google Translate has no voice "{request.voice}"': request.voice not in TAGS,
            f"gtts has no option {', '.join(unknown)}; it has {', '.join(self.options)}": unknown,
            'tld is the end of Google\'s address, like "co.uk"': not _ADDRESS_END.fullmatch(options.get("tld", "com")),
            "slow is true or false": options.get("slow", "false") not in _SLOW,
            "gtts has no speed but slow: set the voice's slow: true": request.speed != 1,
            "gtts cannot change the pitch": request.pitch != 0,
            f"Google Translate's voice {request.voice} cannot read {foreign} letters": foreign,
            "there is nothing to speak in it": not shortest_s(request.text),
            "it holds half a character (a lone surrogate)": not _is_whole(request.text),
        }
        return next((complaint for complaint, holds in complaints.items() if holds), None)

    def makeup_db(self, request: SpeechRequest) -> float:  # noqa: ARG002 - one estimate for all voices
        """About 3 dB."""
        return MAKEUP_DB

    def fingerprint(self, request: SpeechRequest) -> str:
        """The package's version, the voice, the address and the pace. What Google changes behind it cannot be seen."""
        tld, slow = _parameters(request)
        return f"gtts {package_version('gTTS')} {request.voice} {tld}{' slow' if slow else ''}"

    def speak(self, request: SpeechRequest, *, timeout_s: float) -> Spoken:
        """One request to Google, answered in full within `timeout_s` or not at all."""
        if request.voice not in TAGS:
            near = get_close_matches(request.voice, TAGS, n=3) or sorted(TAGS)
            raise VoiceNotFound(f'Google Translate has no voice "{request.voice}"', hint=f"voices: {', '.join(near)}")
        if reason := self.check(request):
            raise SpeechFailed(reason)
        if len(request.text) > self.max_chars:
            length = len(request.text)
            raise SpeechFailed(f"{length} characters are too long for one request (at most {self.max_chars})")
        clip = _decoded(_fetched(request, timeout_s))
        if clip.duration_s < shortest_s(request.text):
            raise damaged(f"{clip.duration_s:.2f} s are too short for this text")
        if clip.duration_s > longest_s(request.text):
            raise damaged(f"{clip.duration_s:.0f} s are too long for this text")
        return Spoken(clip)


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _parameters(request: SpeechRequest) -> tuple[str, bool]:
    options = dict(request.options)
    return options.get("tld", address_end(request.language)), _SLOW[options.get("slow", "false")]


def _fetched(request: SpeechRequest, timeout_s: float) -> bytes:
    """The MP3 of exactly one HTTP request (more only where Google redirects it)."""
    try:
        from gtts import gTTS
    except ImportError as error:
        raise EngineUnavailable("gTTS is not installed", hint="pip install gTTS") from error
    tld, slow = _parameters(request)

    def call() -> list[bytes]:
        # No pre-processors: theirs take dots from abbreviations and may push the text over the limit, where it is cut.
        client = gTTS(
            request.text,
            tld=tld,
            lang=request.voice,
            slow=slow,
            lang_check=False,
            pre_processor_funcs=[],
            timeout=timeout_s,
        )
        return list(client.stream())

    try:
        answers = within(call, timeout_s=timeout_s)
    except Exception as error:
        if (failure := translated(error, timeout_s=timeout_s)) is None:
            raise
        raise failure from error
    if not answers:
        raise NOT_AN_ANSWER.failure()
    if not any(answers):
        raise NO_AUDIO.failure()
    return b"".join(answers)


def _decoded(mp3: bytes) -> Clip:
    if fault := fault_of(mp3):
        raise damaged(fault)
    try:
        return decode(mp3)
    except AudioError as error:
        raise damaged(error.message) from error
