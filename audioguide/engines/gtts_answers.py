"""What gTTS and the libraries under it raise -> our errors: for each whether another try makes sense, and what to do.

Classes go by name, so that reading the table loads no network library; a test walks those libraries' exceptions.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from audioguide.errors import SpeechFailed

_OFFLINE = "check the network; an offline voice needs none (engine: hibari)"
_PROXY = "check the HTTPS_PROXY variable"
_LATER = "build again later: what is spoken is kept"
_REPORT = "check the text; if it looks harmless, report it as a bug"


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of trouble is told."""

    message: str
    transient: bool
    hint: str

    def failure(self, *, retry_after_s: float | None = None, **facts: object) -> SpeechFailed:
        """The error to raise, its message completed by `facts`."""
        message = self.message.format(**facts)
        return SpeechFailed(message, transient=self.transient, retry_after_s=retry_after_s, hint=self.hint)


NOT_AN_ANSWER = Rule(
    "Google answered with a web page instead of speech (consent, login or too much traffic)",
    transient=True,
    hint="open https://translate.google.com from this network, or try another address end (the voice's tld)",
)
NO_AUDIO = Rule("Google has no speech for this text", transient=False, hint="does its language fit the voice?")
_DAMAGED = Rule("Google's answer is damaged: {detail}", transient=True, hint=_LATER)
_CUT_SOUND = Rule("Google's answer is damaged: its sound cannot be unpacked", transient=True, hint=_LATER)

_NO_CONNECTION = Rule("the connection to Google Translate failed", transient=True, hint=_OFFLINE)
_TOO_SLOW = Rule("Google did not answer within {timeout_s:g} s", transient=True, hint=_OFFLINE)
_BAD_PROXY = Rule("the proxy, or Google behind it, closed the connection", transient=True, hint=_PROXY)
_BAD_PROXY_ADDRESS = Rule("the address of the proxy is not understood", transient=False, hint=_PROXY)
_BAD_ADDRESS = Rule(
    "the address of Google Translate is not understood", transient=False, hint="check the voice's tld and HTTPS_PROXY"
)
_REFUSED_BY_CLIENT = Rule("gTTS cannot send this text", transient=False, hint=_REPORT)

RULES: dict[str, Rule] = {
    # our deadline, and the libraries' own
    "TimeoutError": _TOO_SLOW,
    "ReadTimeout": _TOO_SLOW,
    "ConnectTimeout": _TOO_SLOW,
    "Timeout": _TOO_SLOW,
    # requests and urllib3, the special before the general (looked up along the class's ancestry)
    "ProxyError": _BAD_PROXY,
    "InvalidProxyURL": _BAD_PROXY_ADDRESS,
    "ProxySchemeUnknown": _BAD_PROXY_ADDRESS,
    "ProxySchemeUnsupported": _BAD_PROXY_ADDRESS,
    "SSLError": Rule("no secure connection to Google", transient=True, hint="check the network and HTTPS_PROXY"),
    "TooManyRedirects": NOT_AN_ANSWER,
    "MissingSchema": _BAD_ADDRESS,
    "InvalidSchema": _BAD_ADDRESS,
    "InvalidURL": _BAD_ADDRESS,
    "URLRequired": _BAD_ADDRESS,
    "LocationValueError": _BAD_ADDRESS,
    "InvalidHeader": _BAD_ADDRESS,
    "ChunkedEncodingError": _NO_CONNECTION,
    "ContentDecodingError": _CUT_SOUND,
    "InvalidJSONError": _REFUSED_BY_CLIENT,
    "ConnectionError": _NO_CONNECTION,
    "RequestException": _NO_CONNECTION,
    "HTTPException": _NO_CONNECTION,
    "HTTPError": _NO_CONNECTION,
    "OSError": _NO_CONNECTION,
    # gTTS itself: no text left to send; an answer that is no base64, or no UTF-8
    "AssertionError": _REFUSED_BY_CLIENT,
    "Error": _CUT_SOUND,  # binascii's
    "UnicodeError": NOT_AN_ANSWER,
}

_STATUSES: dict[int, Rule] = {
    429: Rule("Google asks for fewer requests (429)", transient=True, hint=_LATER),
    403: Rule("Google refuses this network (403)", transient=False, hint="use another network or an offline voice"),
    404: Rule(
        "Google does not know this address (404)", transient=False, hint="leave the voice's tld out, or update gTTS"
    ),
    408: Rule("Google did not get the request in time (408)", transient=True, hint=_OFFLINE),
    5: Rule("Google has trouble ({status})", transient=True, hint=_LATER),
}
"""A status, or the hundred it belongs to."""
_OTHER_STATUS = Rule("Google refuses the request ({status})", transient=False, hint="update gTTS: pip install -U gTTS")


def damaged(detail: str) -> SpeechFailed:
    """An answer came that is not all there."""
    return _DAMAGED.failure(detail=detail)


def translated(error: BaseException, *, timeout_s: float) -> SpeechFailed | None:
    """Our error for a foreign one, None for one that is nobody's known trouble (a bug, ours or theirs)."""
    if type(error).__name__ == "gTTSError":
        response = getattr(error, "rsp", None)
        if response is not None:
            return _for_answer(response)
        error = error.__context__ or ConnectionError()  # gTTS keeps only the fact that it could not connect
    rules = (RULES.get(ancestor.__name__) for ancestor in type(error).__mro__)
    rule = next((rule for rule in rules if rule), None)
    return rule.failure(timeout_s=timeout_s) if rule else None


def _for_answer(response: Any) -> SpeechFailed:
    status = int(response.status_code)
    if status < 400:  # the answer's line is there, and no sound in it: Google says so with null, else the line is cut
        return NO_AUDIO.failure() if '"jQ1olc",null' in response.text else damaged("its one line of speech is cut")
    rule = _STATUSES.get(status) or _STATUSES.get(status // 100, _OTHER_STATUS)
    return rule.failure(status=status, retry_after_s=retry_after_s(response.headers))


def retry_after_s(headers: Any) -> float | None:
    """Seconds, or the time from the answer's own date to an HTTP date: our clock may be wrong."""
    written = str(headers.get("Retry-After", "")).strip()
    if written.isascii() and written.isdigit():
        return float(written[:9])
    try:
        until = parsedate_to_datetime(written).timestamp()
    except ValueError:
        return None
    try:
        now = parsedate_to_datetime(headers["Date"]).timestamp()
    except (KeyError, ValueError):
        now = time.time()
    return max(0.0, until - now)
