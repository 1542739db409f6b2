"""openai: any server that answers ``POST {base_url}/audio/speech`` as OpenAI's does: theirs, Kokoro-FastAPI, LocalAI, others.

The key comes from OPENAI_API_KEY alone, is read when a request goes out, and is sent nowhere but to OpenAI and to the server
that OPENAI_BASE_URL names: a script may name another server, and gets no key for it. One call is one request with one
deadline; its sound is checked before it counts. Pace and retries are the caller's: audioguide/pace.py.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from audioguide.audio import Clip, decode
from audioguide.engines import SpeechRequest, Spoken, Voice
from audioguide.engines.deadline import within
from audioguide.engines.openai_answers import Answer, Refused, failure_of, trouble_of
from audioguide.engines.sound_faults import FAULTS
from audioguide.engines.speech_length import longest_s, shortest_s
from audioguide.engines.writing import primary, unreadable
from audioguide.errors import AudioError, EngineError, EngineUnavailable, SpeechFailed
from audioguide.settings import environment

OPENAI = "https://api.openai.com/v1"
KEY, BASE_URL = "OPENAI_API_KEY", "OPENAI_BASE_URL"
MAKEUP_DB = 3.0
"""An estimate: servers differ. Levelling goes up to 4 dB either way from here by what each utterance really measures."""
LARGEST_BYTES = 64_000_000

_DEFAULT_MODEL = "gpt-4o-mini-tts"
_VOICES = (
    "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse",
)  # fmt: skip
_LANGUAGES = (
    "af ar az be bg bs ca cs cy da de el en es et fa fi fil fr gl he hi hr hu hy id is it ja kk kn ko lt lv mi mk mr ms nb "
    "ne nl nn no pl pt ro ru sk sl sr sv sw ta th tl tr uk ur vi zh"
)
"""What OpenAI says its models speak, whichever the voice. What another server's voices read, it alone knows."""
_USD_PER_MILLION_CHARS: Mapping[str, float] = {"tts-1": 15.0, "tts-1-hd": 30.0, "gpt-4o-mini-tts": 15.0}
"""OpenAI's published prices (developers.openai.com/api/docs/models, 2026). gpt-4o-mini-tts is billed by tokens, 0.60 dollars
a million of text and 12 of sound: about 0.015 dollars a minute, in which a thousand characters are spoken."""


class Openai:
    """Voices of OpenAI or of a compatible server; which ones there are is the server's to know."""

    name: ClassVar[str] = "openai"
    online: ClassVar[bool] = True
    max_chars: ClassVar[int] = 1000
    concurrency: ClassVar[int] = 4
    interval_s: ClassVar[float] = 0.0
    deterministic: ClassVar[bool] = False
    can_speed: ClassVar[bool] = True
    can_pitch: ClassVar[bool] = False
    takes_ipa: ClassVar[bool] = False
    options: ClassVar[Mapping[str, str]] = {
        "base_url": f"the server's address up to /v1 (default: {BASE_URL}, else {OPENAI})",
        "model": f"the server's name of the model (default: {_DEFAULT_MODEL})",
        "instructions": "how to speak, in words, for models that take it",
        "response_format": f"{', '.join(FAULTS)}: how the sound travels (default: wav)",
    }
    default_pause_ms: ClassVar[int] = 120

    def __init__(self) -> None:
        """Opens no connection. Raises EngineUnavailable where the package is missing."""
        try:
            import requests  # noqa: F401 - only whether it is there
        except ImportError as error:
            raise EngineUnavailable("requests is not installed", hint='pip install "audioguide[openai]"') from error

    def voices(self) -> Sequence[Voice]:
        """None: which voices there are is known by the server that a script names, and asking it needs the network."""
        return []

    def default_voice(self, language: str) -> str | None:
        """`alloy`, which compatible servers know too; None for a language that OpenAI's models do not speak."""
        return _VOICES[0] if primary(language) in _LANGUAGES.split() else None

    def check(self, request: SpeechRequest) -> str | None:
        """Why this request cannot be sent: an option, the address, letters, nothing to speak."""
        options = dict(request.options)
        unknown = sorted(set(options) - set(self.options))
        base = _base_url(request)
        silent = "instructions" in options and _model(request).startswith("tts-1")
        foreign = unreadable(request.text, *_LANGUAGES.split()) if _is_openai(base) else None
        complaints = {
            f"openai has no option {', '.join(unknown)}; it has {', '.join(self.options)}": unknown,
            f"base_url is an address like {OPENAI}, without a user, a key or a question mark": not _is_address(base),
            f"response_format is one of {', '.join(FAULTS)}": _format(request) not in FAULTS,
            f"OpenAI has no voice {request.voice}; it has {', '.join(_VOICES)}": _is_openai(base)
            and request.voice not in _VOICES,
            f"the model {_model(request)} takes no instructions": silent,
            "openai cannot change the pitch": request.pitch != 0,
            f"OpenAI's voices cannot read {foreign} letters": foreign,
            "there is nothing to speak in it": not shortest_s(request.text),
            "it holds half a character (a lone surrogate)": any("\ud800" <= char <= "\udfff" for char in request.text),
        }
        return next((complaint for complaint, holds in complaints.items() if holds), None)

    def makeup_db(self, request: SpeechRequest) -> float:  # noqa: ARG002 - one estimate for all servers
        """About 3 dB."""
        return MAKEUP_DB

    def cost_per_million_chars(self, request: SpeechRequest) -> float | None:
        """US dollars by OpenAI's price list, 0 for a server on this machine, None where nobody told."""
        base = _base_url(request)
        if _is_openai(base):
            return _USD_PER_MILLION_CHARS.get(_model(request))
        return 0.0 if _is_loopback(base) else None

    def fingerprint(self, request: SpeechRequest) -> str:
        """The server's address and all it is told but the text. What changes behind it cannot be seen."""
        told = {name: value for name, value in _body(request).items() if name != "input"}
        return f"openai {_base_url(request)} {' '.join(f'{name}={told[name]!r}' for name in sorted(told))}"

    def speak(self, request: SpeechRequest, *, timeout_s: float) -> Spoken:
        """One request, answered in full within `timeout_s` or not at all."""
        if reason := self.check(request):
            raise SpeechFailed(reason)
        if len(request.text) > self.max_chars:
            raise SpeechFailed(
                f"{len(request.text)} characters are too long for one request (at most {self.max_chars})"
            )
        clip = _decoded(_fetched(request, timeout_s), _format(request))
        if clip.duration_s < shortest_s(request.text) / max(1.0, request.speed):
            raise trouble_of(f"{clip.duration_s:.2f} s are too short for this text")
        if clip.duration_s > longest_s(request.text) / min(1.0, request.speed):
            raise trouble_of(f"{clip.duration_s:.0f} s are too long for this text")
        return Spoken(clip)


def _base_url(request: SpeechRequest) -> str:
    return (dict(request.options).get("base_url") or environment(BASE_URL) or OPENAI).rstrip("/")


def _model(request: SpeechRequest) -> str:
    return dict(request.options).get("model", _DEFAULT_MODEL)


def _format(request: SpeechRequest) -> str:
    return dict(request.options).get("response_format", "wav")


def _body(request: SpeechRequest) -> dict[str, Any]:
    """What the server is told."""
    body: dict[str, Any] = {
        "model": _model(request),
        "input": request.text,
        "voice": request.voice,
        "response_format": _format(request),
    }
    if request.speed != 1:
        body["speed"] = request.speed
    if instructions := dict(request.options).get("instructions"):
        body["instructions"] = instructions
    return body


def _is_address(base: str) -> bool:
    try:
        parts = urlsplit(base)
        _ = parts.port
    except ValueError:
        return False
    plain = not (parts.username or parts.password or parts.query or parts.fragment or "@" in parts.netloc)
    return (
        parts.scheme in {"http", "https"} and bool(parts.hostname) and plain and base.isprintable() and " " not in base
    )


def _is_openai(base: str) -> bool:
    return base == OPENAI


def _is_loopback(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _key_for(base: str) -> str | None:
    """The key, for the one server that may see it: OpenAI's, or that of the environment. Never for a script's own."""
    key = environment(KEY) if base == (environment(BASE_URL) or OPENAI).rstrip("/") else None
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        raise EngineUnavailable(f"{KEY} holds characters that no key has", hint="set it again, without spaces")
    if key is None and _is_openai(base):
        raise EngineUnavailable(f"OpenAI wants a key, and {KEY} is not set for it", hint=f"export {KEY}=your key")
    return key


def _fetched(request: SpeechRequest, timeout_s: float) -> bytes:
    base = _base_url(request)
    key = _key_for(base)
    try:
        answer = within(lambda: _asked(base, _body(request), key, timeout_s), timeout_s=timeout_s)
    except EngineError:
        raise
    except Exception as error:
        loopback = _is_loopback(base)
        if (failure := failure_of(error, base=base, timeout_s=timeout_s, loopback=loopback)) is None:
            raise
        raise failure from error
    if answer.status != 200:
        raise Refused(answer, base=base, key=key).failure()
    return answer.data


def _asked(base: str, body: Mapping[str, Any], key: str | None, timeout_s: float) -> Answer:
    import requests

    def signed(prepared: Any) -> Any:
        if key:
            prepared.headers["Authorization"] = f"Bearer {key}"
        return prepared

    with requests.Session() as session:
        session.trust_env = not _is_loopback(base)  # no proxy stands before this machine
        response = session.post(
            f"{base}/audio/speech",
            json=body,
            auth=signed,  # a function: else a password from ~/.netrc would take its place
            timeout=timeout_s,
            allow_redirects=False,
            stream=True,
        )
        data = bytearray()
        for piece in response.iter_content(65_536):
            data += piece
            if len(data) > LARGEST_BYTES:
                raise trouble_of("it is too large", transient=False)
        return Answer(response.status_code, response.headers, bytes(data))


def _decoded(data: bytes, form: str) -> Clip:
    if fault := FAULTS[form](data):
        raise trouble_of(fault)
    try:
        return decode(data)
    except AudioError as error:
        raise trouble_of(error.message) from error
