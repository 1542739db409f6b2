"""Every exception of gTTS and of the libraries under it has a row in our table."""

from __future__ import annotations

import binascii
import http.client
import inspect
import socket
import ssl
import time
from email.message import Message
from email.utils import formatdate
from types import ModuleType, SimpleNamespace

import gtts.tts
import pytest
import requests.exceptions
import urllib3.exceptions

from audioguide.engines.gtts_answers import RULES, translated
from audioguide.errors import SpeechFailed


def exceptions_of(module: ModuleType) -> list[type[Exception]]:
    """All that the module defines, and not what it imports; warnings are never raised here."""
    classes = [found for found in vars(module).values() if inspect.isclass(found) and issubclass(found, Exception)]
    return [found for found in classes if found.__module__ == module.__name__ and not issubclass(found, Warning)]


FOREIGN = sorted(
    {
        *exceptions_of(requests.exceptions),
        *exceptions_of(urllib3.exceptions),
        *exceptions_of(http.client),
        gtts.tts.gTTSError,
        AssertionError,
        UnicodeDecodeError,
        UnicodeEncodeError,
        binascii.Error,
        TimeoutError,
        ConnectionResetError,
        socket.gaierror,
        ssl.SSLError,
    },
    key=lambda found: f"{found.__module__}.{found.__name__}",
)


@pytest.mark.parametrize("foreign", FOREIGN, ids=lambda found: f"{found.__module__}.{found.__name__}")
def test_every_foreign_exception_is_translated(foreign: type[Exception]) -> None:
    failure = translated(foreign.__new__(foreign), timeout_s=5)
    assert isinstance(failure, SpeechFailed)
    assert failure.hint
    assert "{" not in failure.message


def test_every_row_of_the_table_is_some_exceptions() -> None:
    names = {ancestor.__name__ for foreign in FOREIGN for ancestor in foreign.__mro__}
    assert set(RULES) <= names


def test_a_bug_stays_a_bug() -> None:
    assert translated(KeyError("x"), timeout_s=5) is None


def test_a_connection_that_failed_is_known_by_what_gtts_hides() -> None:
    """It raises an error of its own while it handles the one that tells."""
    error = gtts.tts.gTTSError("Failed to connect")
    error.__context__ = requests.exceptions.ReadTimeout()
    failure = translated(error, timeout_s=5)
    assert failure is not None
    assert "within 5 s" in failure.message


@pytest.mark.parametrize(
    ("status", "is_transient"),
    {400: False, 401: False, 403: False, 404: False, 408: True, 429: True, 451: False, 500: True, 503: True}.items(),
)
def test_each_status_says_whether_another_try_makes_sense(status: int, is_transient: bool) -> None:  # noqa: FBT001 - a table
    error = gtts.tts.gTTSError("refused", response=SimpleNamespace(status_code=status, headers=Message(), text=""))
    failure = translated(error, timeout_s=5)
    assert failure is not None
    assert failure.transient is is_transient
    assert str(status) in failure.message


def test_a_date_to_wait_for_needs_no_date_of_the_answer() -> None:
    headers = Message()
    headers["Retry-After"] = formatdate(time.time() + 30, usegmt=True)
    error = gtts.tts.gTTSError("wait", response=SimpleNamespace(status_code=429, headers=headers, text=""))
    failure = translated(error, timeout_s=5)
    assert failure is not None
    assert 28 <= (failure.retry_after_s or 0) <= 31
