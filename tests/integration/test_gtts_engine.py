"""The gtts engine and the unmodified gTTS client, end to end against a stand-in on this machine."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audioguide.engines import SpeechRequest, get_engine
from audioguide.engines.gtts import Gtts
from audioguide.engines.gtts_languages import TAGS
from audioguide.errors import SpeechFailed, VoiceNotFound
from tests.stand_in.faults import FAULTS
from tests.stand_in.gtts import StandIn
from tests.stand_in.voice import RATE_HZ, mp3_of, samples_of

TEXT = "Turn left at the bridge, and stop."
DEADLINE_S = 0.6


def speech(text: str = TEXT, **fields: Any) -> SpeechRequest:
    return SpeechRequest(text=text, **{"language": "en-GB", "voice": "en", **fields})


def failure_of(request: SpeechRequest, timeout_s: float = 10) -> SpeechFailed:
    with pytest.raises(SpeechFailed) as caught:
        Gtts().speak(request, timeout_s=timeout_s)
    return caught.value


def deadline_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "audioguide-deadline"]


@pytest.mark.usefixtures("gtts_stand_in")
def test_speech_comes_back_as_it_was_spoken() -> None:
    clip = Gtts().speak(speech(), timeout_s=10).clip
    original = samples_of(TEXT)
    assert (clip.rate_hz, clip.channels) == (RATE_HZ, 1)
    assert abs(clip.duration_s - len(original) / RATE_HZ) < 0.1
    lag = 529 + 576  # the codec's own delay at most; the best match is searched from 0
    heard = clip.samples[:, 0]
    match = max(
        float(np.corrcoef(heard[start : start + len(original)], original[: len(heard) - start])[0, 1])
        for start in range(lag + 600)
        if start + len(original) <= len(heard)
    )
    assert match > 0.9


def test_one_utterance_is_one_request_with_the_text_as_it_is(gtts_stand_in: StandIn) -> None:
    """The client's own pre-processors would drop the dots of `Dr.` and add blanks."""
    text = "Dr. Smith? Jr. asked: 50 % or £5? 😀 — „ja“, a-b. Etc. and so on, up to the very end of one hundred!"
    assert 95 <= len(text) <= 100
    Gtts().speak(speech(text), timeout_s=10)
    assert gtts_stand_in.texts == [text]
    assert len(gtts_stand_in.hits) == 1


def test_a_hundred_characters_go_out_in_one_piece(gtts_stand_in: StandIn) -> None:
    text = ("One two, three. " * 7)[:99] + "!"
    Gtts().speak(speech(text), timeout_s=10)
    assert gtts_stand_in.texts == [text]


@pytest.mark.parametrize(
    ("voice", "language", "text"),
    [
        ("iw", "he", "שלום, מה שלומך היום?"),
        ("ar", "ar", "مرحبا، كيف حالك اليوم؟"),
        ("zh-CN", "zh", "今天天气很好，我们去散步吧。"),
        ("ja", "ja", "がっこうへ行きます。"),
        ("hi", "hi", "नमस्ते, आप कैसे हैं?"),
        ("ru", "ru", "Добрый день, поверните налево."),
        ("fr", "fr-FR", "L’été, à Genève : « oui » !"),
        ("th", "th", "สวัสดีครับ ยินดีต้อนรับ"),
    ],
)
def test_text_of_every_script_arrives_unaltered(gtts_stand_in: StandIn, voice: str, language: str, text: str) -> None:
    clip = Gtts().speak(SpeechRequest(text, language, voice), timeout_s=10).clip
    assert clip.duration_s > 0.5
    assert [(heard.text, heard.language) for heard in gtts_stand_in.heard] == [(text, voice)]


@pytest.mark.parametrize("voice", TAGS)
def test_googles_code_is_sent_for_every_voice(gtts_stand_in: StandIn, voice: str) -> None:
    Gtts().speak(SpeechRequest("Bo.", TAGS[voice], voice), timeout_s=10)
    assert [heard.language for heard in gtts_stand_in.heard] == [voice]


@pytest.mark.parametrize(
    ("language", "options", "host"),
    [
        ("en-GB", (), "translate.google.co.uk"),
        ("en-AU", (), "translate.google.com.au"),
        ("en", (), "translate.google.com"),
        ("en-GB", (("tld", "co.in"),), "translate.google.co.in"),
    ],
)
def test_the_region_chooses_the_address_unless_the_script_does(
    gtts_stand_in: StandIn, language: str, options: tuple[tuple[str, str], ...], host: str
) -> None:
    Gtts().speak(speech(language=language, options=options), timeout_s=10)
    assert [heard.host for heard in gtts_stand_in.heard] == [host]


def test_slow_reading_is_asked_for_and_is_longer(gtts_stand_in: StandIn) -> None:
    quick = Gtts().speak(speech(), timeout_s=10).clip
    slow = Gtts().speak(speech(options=(("slow", "true"),)), timeout_s=10).clip
    assert [heard.slow for heard in gtts_stand_in.heard] == [False, True]
    assert slow.duration_s > 1.3 * quick.duration_s


EXPECTED = {
    "400": (False, "400"),
    "403": (False, "403"),
    "404": (False, "404"),
    "408": (True, "408"),
    "429": (True, "429"),
    "500": (True, "500"),
    "502": (True, "502"),
    "503": (True, "503"),
    "stall": (True, "within 0.6 s"),
    "stall-middle": (True, "within 0.6 s"),
    "drop": (True, "closed the connection"),
    "drop-middle": (True, "connection to Google Translate failed"),
    "drip": (True, "within 0.6 s"),
    "empty": (False, "no speech for this text"),
    "null": (False, "no speech for this text"),
    "html": (True, "web page"),
    "html-latin": (True, "web page"),
    "no-line": (True, "web page"),
    "consent": (True, "web page"),
    "redirect-loop": (True, "web page"),
    "truncated-mp3": (True, "last frame lacks"),
    "short-mp3": (True, "too short for this text"),
    "truncated-base64": (True, "cannot be unpacked"),
    "truncated-line": (True, "is cut"),
    "noise": (True, "no MP3 frame"),
    "broken-frames": (True, "damaged: ffmpeg"),
    "endless": (True, "too long for this text"),
}


def test_every_fault_of_the_stand_in_is_expected_and_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "gtts.md").read_text()
    assert set(EXPECTED) == set(FAULTS) - {"ok"}
    assert [name for name in [*FAULTS, *Gtts.options] if f"`{name}`" not in page] == []


@pytest.mark.parametrize("fault", EXPECTED)
def test_every_fault_is_told_in_time_and_leaves_no_thread(gtts_stand_in: StandIn, fault: str) -> None:
    transient, words = EXPECTED[fault]
    gtts_stand_in.plan([fault])
    started = time.monotonic()
    failure = failure_of(speech(), timeout_s=DEADLINE_S if "within" in words else 10)
    assert time.monotonic() - started < (DEADLINE_S + 0.5 if "within" in words else 5)
    assert failure.transient is transient
    assert words in failure.message
    assert failure.hint
    assert len(gtts_stand_in.heard) == 1
    ends = time.monotonic() + 2
    while deadline_threads() and time.monotonic() < ends:
        time.sleep(0.01)
    assert not deadline_threads()


@pytest.mark.parametrize("status", ["429", "503"])
def test_retry_after_in_seconds_is_kept(gtts_stand_in: StandIn, status: str) -> None:
    gtts_stand_in.plan([f"{status}=17"])
    assert failure_of(speech()).retry_after_s == 17


def test_retry_after_as_a_date_counts_from_the_answers_own_date(gtts_stand_in: StandIn) -> None:
    gtts_stand_in.plan([f"429={formatdate(time.time() + 40, usegmt=True)}"])
    assert 38 <= (failure_of(speech()).retry_after_s or 0) <= 41


@pytest.mark.parametrize("written", ["soon", "-5", "Sun, 99 Nov 2026 08:00:00 GMT", "1" * 5000])
def test_a_strange_retry_after_does_no_harm(gtts_stand_in: StandIn, written: str) -> None:
    gtts_stand_in.plan([f"429={written}"])
    assert failure_of(speech()).transient


def test_after_a_fault_the_next_request_succeeds(gtts_stand_in: StandIn) -> None:
    gtts_stand_in.plan(["drip", "truncated-mp3"])
    failure_of(speech(), timeout_s=DEADLINE_S)
    failure_of(speech())
    assert Gtts().speak(speech(), timeout_s=10).clip.duration_s > 1


def test_throttling_by_chance_is_the_same_for_the_same_seed(gtts_stand_in: StandIn) -> None:
    def answers(seed: int) -> list[str]:
        gtts_stand_in.plan(throttle=0.5, seed=seed)
        return [gtts_stand_in.next_answer() for _ in range(30)]

    assert answers(1) == answers(1) != answers(2)
    assert set(answers(1)) == {"429", "ok"}


@pytest.mark.usefixtures("gtts_stand_in")
def test_no_proxy_there_is_a_network_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    failure = failure_of(speech())
    assert failure.transient
    assert "HTTPS_PROXY" in (failure.hint or "")


@pytest.mark.usefixtures("gtts_stand_in")
@pytest.mark.parametrize("address", ["http://[", "gopher://127.0.0.1:1", "http://127.0.0.1:port"])
def test_an_address_of_a_proxy_that_makes_no_sense_is_no_crash(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    monkeypatch.setenv("https_proxy", address)
    failure = failure_of(speech())
    assert not failure.transient
    assert "HTTPS_PROXY" in (failure.hint or "")


def test_threads_get_their_own_speech(gtts_stand_in: StandIn) -> None:
    texts = [f"Stop number {number}." for number in range(12)]
    for text in texts:  # spoken before, so that a busy machine does not run into the deadline
        mp3_of(text)
    engine = get_engine("gtts")
    with ThreadPoolExecutor(6) as pool:
        clips = list(pool.map(lambda text: engine.speak(speech(text), timeout_s=60).clip, texts))
    assert sorted(gtts_stand_in.texts) == sorted(texts)
    for text, clip in zip(texts, clips, strict=True):
        assert abs(clip.duration_s - len(samples_of(text)) / RATE_HZ) < 0.1


def test_an_unknown_voice_is_refused_before_anything_is_sent(gtts_stand_in: StandIn) -> None:
    with pytest.raises(VoiceNotFound) as caught:
        Gtts().speak(speech(voice="fr-ca"), timeout_s=1)
    assert "fr-CA" in (caught.value.hint or "")
    assert not gtts_stand_in.hits


@pytest.mark.parametrize(
    "request_",
    [speech("…!?"), speech("a" * 101), speech("\ud800 a"), speech(speed=1.2)],
    ids=["empty", "long", "half", "speed"],
)
def test_what_cannot_be_spoken_is_never_sent(gtts_stand_in: StandIn, request_: SpeechRequest) -> None:
    assert not failure_of(request_).transient
    assert not gtts_stand_in.hits
