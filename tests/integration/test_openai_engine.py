"""openai against a server on this machine that really speaks."""

from __future__ import annotations

import http.client
import inspect
import ssl
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
import urllib3

from audioguide.engines import SpeechRequest
from audioguide.engines.openai import OPENAI, Openai
from audioguide.engines.openai_answers import failure_of
from audioguide.errors import EngineError, EngineUnavailable, SpeechFailed
from tests.stand_in.openai import SpeechServer

KEY = "sk-test-1234567890abcdef"
TEXT = "The fort of the harbour is open until six."


@pytest.fixture(scope="module")
def started() -> Iterator[SpeechServer]:
    with SpeechServer() as server:
        yield server


@pytest.fixture
def server(started: SpeechServer, monkeypatch: pytest.MonkeyPatch) -> SpeechServer:
    """The server, named by the environment, with a key."""
    monkeypatch.setenv("OPENAI_BASE_URL", started.url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    started.answer_with([])
    return started


def asking(**options: str) -> SpeechRequest:
    return SpeechRequest(TEXT, "en-US", "alloy", options=tuple(sorted(options.items())))


def failure(request: SpeechRequest | None = None, *, timeout_s: float = 10) -> EngineError:
    with pytest.raises(EngineError) as caught:
        Openai().speak(request or asking(), timeout_s=timeout_s)
    return caught.value


@pytest.mark.parametrize("form", ["wav", "mp3", "flac"])
def test_speaks_in_each_format(server: SpeechServer, form: str) -> None:
    clip = Openai().speak(asking(response_format=form), timeout_s=10).clip
    assert 2 < clip.duration_s < 4
    assert server.asked[0].body == {
        "model": "gpt-4o-mini-tts",
        "input": TEXT,
        "voice": "alloy",
        "response_format": form,
    }


def test_server_is_told_speed_model_and_instructions(server: SpeechServer) -> None:
    request = replace(asking(model="kokoro", instructions="Calmly."), speed=1.5)
    Openai().speak(request, timeout_s=10)
    body = server.asked[0].body
    assert (body["model"], body["instructions"], body["speed"]) == ("kokoro", "Calmly.", 1.5)


def test_key_goes_to_the_server_of_the_environment(server: SpeechServer) -> None:
    Openai().speak(asking(), timeout_s=10)
    assert server.asked[0].authorization == f"Bearer {KEY}"


def test_server_that_a_script_names_gets_no_key(server: SpeechServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL")
    Openai().speak(asking(base_url=server.url), timeout_s=10)
    assert server.asked[0].authorization is None


def test_no_password_from_netrc_is_sent(
    server: SpeechServer, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("netrc") / "netrc"
    netrc.write_text("machine 127.0.0.1 login desk password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.delenv("OPENAI_API_KEY")
    Openai().speak(asking(), timeout_s=10)
    assert server.asked[0].authorization is None


@pytest.mark.parametrize(
    ("fault", "retry", "message"),
    [
        ("400", "never", "refuses the request (400): No. You sent"),
        ("404", "never", "does not know the address or the model"),
        ("408", "again", "did not get the request in time"),
        ("429", "again", "fewer requests"),
        ("500", "again", "has trouble (500)"),
        ("503", "again", "has trouble (503)"),
        ("empty", "again", "damaged: it is empty"),
        ("json", "again", "damaged: it is no WAV file"),
        ("honest-cut", "again", "damaged: its sound lacks 1000 bytes"),
        ("short", "again", "are too short for this text"),
        ("long", "again", "are too long for this text"),
        ("drop", "again", "the connection failed"),
        ("hang-up", "again", "the connection failed"),
        ("stall", "again", "no answer within 0.6 s"),
        ("drip", "again", "no answer within 0.6 s"),
    ],
)
def test_failure_of_one_request(server: SpeechServer, fault: str, retry: str, message: str) -> None:
    server.answer_with([fault])
    started = time.monotonic()
    error = failure(timeout_s=0.6 if fault in {"stall", "drip"} else 10)
    assert isinstance(error, SpeechFailed)
    assert message in error.message
    assert error.transient == (retry == "again")
    assert error.hint
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("form", ["mp3", "flac"])
def test_sound_cut_in_half_is_noticed(server: SpeechServer, form: str) -> None:
    server.answer_with(["cut"])
    assert "damaged" in failure(asking(response_format=form)).message


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        ("401", "OPENAI_API_KEY"),
        ("402", "billing"),
        ("403", "OPENAI_API_KEY"),
        ("302", "base_url"),
        ("429=insufficient_quota", "billing"),
    ],
)
def test_failure_of_the_whole_engine(server: SpeechServer, fault: str, hint: str) -> None:
    server.answer_with([fault])
    error = failure()
    assert isinstance(error, EngineUnavailable)
    assert hint in (error.hint or "")
    assert len(server.asked) == 1


def test_wait_that_the_server_asks_for_is_kept(server: SpeechServer) -> None:
    server.answer_with(["429=7"])
    error = failure()
    assert isinstance(error, SpeechFailed)
    assert error.retry_after_s == 7


def test_server_that_is_not_there_is_told_at_once() -> None:
    error = failure(asking(base_url="http://127.0.0.1:9/v1"))
    assert isinstance(error, EngineUnavailable)
    assert error.hint == "start the server, or check base_url"


def test_openai_without_a_key_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert "OPENAI_API_KEY is not set" in failure().message


@pytest.mark.parametrize("fault", ["401", "400", "429", "500"])
def test_key_is_in_no_error(server: SpeechServer, fault: str) -> None:
    """Servers say keys back, and shorten them in ways of their own."""
    server.answer_with([fault])
    error = failure()
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(error.__cause__)
    assert KEY not in told
    assert "sk-proj-abcdef" not in told


def test_key_is_in_no_fingerprint_and_no_representation(server: SpeechServer) -> None:
    engine = Openai()
    assert KEY not in engine.fingerprint(asking()) + repr(engine) + repr(vars(engine))
    assert server.url in engine.fingerprint(asking())


def test_key_that_is_none_is_not_repeated(server: SpeechServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret\nX-Other: 1")
    error = failure()
    assert "sk-secret" not in "".join(traceback.format_exception(error))
    assert not server.asked


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"options": (("api_key", "x"),)}, "openai has no option api_key"),
        ({"options": (("base_url", "ftp://host/v1"),)}, "base_url is an address"),
        ({"options": (("base_url", "http://me:secret@host/v1"),)}, "base_url is an address"),
        ({"options": (("base_url", "http://host/v1?key=1"),)}, "base_url is an address"),
        ({"options": (("base_url", "http://host:port/v1"),)}, "base_url is an address"),
        ({"options": (("response_format", "opus"),)}, "response_format is one of wav, mp3, flac"),
        ({"options": (("base_url", OPENAI),), "voice": "heart"}, "OpenAI has no voice heart"),
        ({"options": (("model", "tts-1"), ("instructions", "Whisper."))}, "tts-1 takes no instructions"),
        ({"pitch": 1}, "cannot change the pitch"),
        ({"text": "…"}, "nothing to speak"),
        ({"text": "a\ud800"}, "half a character"),
    ],
)
def test_request_that_cannot_be_sent_is_refused(server: SpeechServer, change: dict[str, Any], complaint: str) -> None:
    request = replace(asking(), **change)
    assert complaint in (Openai().check(request) or "")
    assert complaint in failure(request).message
    assert not server.asked


def test_fingerprint_follows_what_the_server_is_told(server: SpeechServer) -> None:
    engine = Openai()
    requests_ = [
        asking(),
        asking(model="tts-1"),
        asking(instructions="Whisper."),
        asking(base_url=f"{server.url}/v2"),
        replace(asking(), speed=1.2),
    ]
    assert len({engine.fingerprint(request) for request in requests_}) == len(requests_)
    assert engine.fingerprint(asking()) == engine.fingerprint(replace(asking(), text="Other words."))


def test_cost_is_known_of_openai_and_of_this_machine() -> None:
    engine = Openai()
    assert engine.cost_per_million_chars(asking(base_url="http://127.0.0.1:8880/v1")) == 0
    assert engine.cost_per_million_chars(asking(base_url=OPENAI, model="tts-1-hd")) == 30
    assert engine.cost_per_million_chars(asking(base_url="https://speech.example.org/v1")) is None


def _foreign() -> list[type[Exception]]:
    modules = (requests.exceptions, urllib3.exceptions, http.client)
    found = {cls for module in modules for _, cls in inspect.getmembers(module, inspect.isclass)}
    own = ("requests", "urllib3", "http.client")
    errors = [cls for cls in found if issubclass(cls, Exception) and not issubclass(cls, Warning)]
    errors = [cls for cls in errors if cls.__module__.startswith(own)]
    return sorted(
        [*errors, OSError, TimeoutError, ssl.SSLError, UnicodeEncodeError],
        key=lambda cls: (cls.__name__, cls.__module__),
    )


@pytest.mark.parametrize("foreign", _foreign(), ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_every_foreign_exception_is_translated(foreign: type[Exception]) -> None:
    error = foreign.__new__(foreign)
    assert isinstance(failure_of(error, base=OPENAI, timeout_s=1, loopback=False), EngineError)


def test_bug_is_not_dressed_up() -> None:
    assert failure_of(ZeroDivisionError(), base=OPENAI, timeout_s=1, loopback=False) is None
