"""What a speech server and the libraries under the client say -> our errors: whether another try makes sense, what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from audioguide.engines.gtts_answers import retry_after_s
from audioguide.errors import EngineError, EngineUnavailable, SpeechFailed

_LATER = "build again later: what is spoken is kept"
_SECRET = re.compile(r"\b(sk|pk|key|Bearer)[-_ ][^\s\"']{6,}")
_MESSAGE_CHARS = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, Any]
    data: bytes


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a status is told. `whole_engine`: no other request would fare better."""

    message: str
    hint: str
    transient: bool = False
    whole_engine: bool = False


_RULES: Mapping[int, _Rule] = {
    3: _Rule("it redirects", "write the address that it leads to in base_url or OPENAI_BASE_URL", whole_engine=True),
    401: _Rule("it does not accept the key", "check OPENAI_API_KEY", whole_engine=True),
    402: _Rule("it wants to be paid first", "look at the account's billing", whole_engine=True),
    403: _Rule("it refuses this key or this network", "check OPENAI_API_KEY and what it may do", whole_engine=True),
    404: _Rule("it does not know the address or the model", "check base_url, which often ends in /v1, and model"),
    408: _Rule("it did not get the request in time", _LATER, transient=True),
    409: _Rule("it is busy", _LATER, transient=True),
    425: _Rule("it is not ready", _LATER, transient=True),
    429: _Rule("it asks for fewer requests", _LATER, transient=True),
    5: _Rule("it has trouble", _LATER, transient=True),
}
"""A status, or the hundred it belongs to."""
_OTHER = _Rule("it refuses the request", "check the voice, model and options against the server's documentation")
_NO_QUOTA = _Rule("the account's quota is used up", "look at the account's billing", whole_engine=True)


_TOO_SLOW = _Rule("no answer within {timeout_s:g} s", _LATER, transient=True)
_BAD_ADDRESS = _Rule("the address is not understood", "check base_url and OPENAI_BASE_URL", whole_engine=True)
_BAD_PROXY = _Rule("the proxy, or the server behind it, closed the connection", "check HTTPS_PROXY", transient=True)
_BAD_PROXY_ADDRESS = _Rule("the address of the proxy is not understood", "check HTTPS_PROXY", whole_engine=True)
_NOBODY_THERE = _Rule("nothing answers there", "start the server, or check base_url", whole_engine=True)
_NO_CONNECTION = _Rule(
    "the connection failed", "check the network; an offline voice needs none (engine: hibari)", transient=True
)
_ERRORS: Mapping[str, _Rule] = {
    "TimeoutError": _TOO_SLOW,
    "Timeout": _TOO_SLOW,
    "ProxyError": _BAD_PROXY,
    "InvalidProxyURL": _BAD_PROXY_ADDRESS,
    "ProxySchemeUnknown": _BAD_PROXY_ADDRESS,
    "ProxySchemeUnsupported": _BAD_PROXY_ADDRESS,
    "SSLError": _Rule("no secure connection", "check base_url and the server's certificate", whole_engine=True),
    "InvalidURL": _BAD_ADDRESS,
    "InvalidSchema": _BAD_ADDRESS,
    "MissingSchema": _BAD_ADDRESS,
    "LocationValueError": _BAD_ADDRESS,
    "UnicodeError": _BAD_ADDRESS,
    "ContentDecodingError": _Rule("the answer cannot be unpacked", _LATER, transient=True),
    "ConnectionError": _NO_CONNECTION,
    "RequestException": _NO_CONNECTION,
    "HTTPError": _NO_CONNECTION,
    "HTTPException": _NO_CONNECTION,
    "OSError": _NO_CONNECTION,
}
"""What requests and the libraries under it raise, by class name (looked up along the ancestry): reading loads none."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that is no speech. The key is known only to keep it out of what the server says back."""

    answer: Answer
    base: str
    key: str | None = field(default=None, repr=False)

    def failure(self) -> EngineError:
        """The error to raise."""
        status = self.answer.status
        said, code = self._said()
        rule = _RULES.get(status) or _RULES.get(status // 100, _OTHER)
        if status == 429 and code == "insufficient_quota":
            rule = _NO_QUOTA
        message = f"{rule.message} ({status})" + (f": {said}" if said else "")
        return _told(rule, message, self.base, retry_after_s(self.answer.headers))

    def _said(self) -> tuple[str, str]:
        """The server's own words and code, where it answers as OpenAI does; nothing in them that looks like a key."""
        try:
            error = json.loads(self.answer.data)["error"]
            said, code = (error, "") if isinstance(error, str) else (str(error.get("message") or ""), error.get("code"))
        except (ValueError, KeyError, TypeError, AttributeError):
            return "", ""
        if self.key:
            said = said.replace(self.key, "…")
        said = _SECRET.sub("…", " ".join(said.split()))
        return said[:_MESSAGE_CHARS], str(code or "")


def trouble_of(detail: str, *, transient: bool = True) -> SpeechFailed:
    """An answer came that is not the speech of its text."""
    return SpeechFailed(f"the server's answer is damaged: {detail}", transient=transient, hint=_LATER)


def failure_of(error: BaseException, *, base: str, timeout_s: float, loopback: bool) -> EngineError | None:
    """Our error for a foreign one, None for one that is nobody's known trouble (a bug, ours or theirs)."""
    rules = (_ERRORS.get(ancestor.__name__) for ancestor in type(error).__mro__)
    rule = next((rule for rule in rules if rule), None)
    if rule is _NO_CONNECTION and loopback and "NewConnectionError" in repr(error):
        rule = _NOBODY_THERE
    return _told(rule, rule.message.format(timeout_s=timeout_s), base) if rule else None


def _told(rule: _Rule, message: str, base: str, retry_after_s: float | None = None) -> EngineError:
    if rule.whole_engine:
        return EngineUnavailable(message, where=base, hint=rule.hint)
    return SpeechFailed(message, where=base, hint=rule.hint, transient=rule.transient, retry_after_s=retry_after_s)
