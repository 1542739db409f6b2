"""What the gtts engine refuses before it sends anything, and what decides its sound."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from audioguide.engines import SpeechRequest
from audioguide.engines.gtts import Gtts
from audioguide.engines.gtts_languages import TAGS
from audioguide.errors import EngineUnavailable


def speech(text: str = "Hello.", **fields: Any) -> SpeechRequest:
    return SpeechRequest(text=text, **{"language": "en", "voice": "en", **fields})


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (speech(voice="EN"), 'no voice "EN"'),
        (speech(speed=1.2), "slow: true"),
        (speech(pitch=1.0), "pitch"),
        (speech(options=(("rate", "1"),)), "no option rate; it has tld, slow"),
        (speech(options=(("slow", "very"),)), "true or false"),
        (speech(options=(("tld", "com/x"),)), "co.uk"),
        (speech(options=(("tld", "com@evil.org"),)), "co.uk"),
        (speech(options=(("tld", "com\n"),)), "co.uk"),
        (speech(options=(("tld", ""),)), "co.uk"),
        (speech(""), "nothing to speak"),
        (speech(" … — !?"), "nothing to speak"),
        (speech("。、「」"), "nothing to speak"),
        (speech("a \ud83d b"), "half a character"),
        (speech("Hello, друг"), "voice en cannot read Cyrillic letters"),
        (speech("Привет 世界", voice="ru", language="ru"), "cannot read Cjk letters"),
    ],
)
def test_what_cannot_be_spoken_is_refused(request_: SpeechRequest, words: str) -> None:
    assert words in (Gtts().check(request_) or "")


@pytest.mark.parametrize(
    "request_",
    [
        speech(),
        speech("7"),
        speech("你好", voice="zh-CN", language="zh"),
        speech("東京タワー", voice="ja", language="ja"),
        speech("Привет, Audi", voice="ru", language="ru"),
        speech("שלום", voice="iw", language="he"),
        speech("Hi 😀"),
        speech(options=(("slow", "true"), ("tld", "co.uk"))),
        speech(voice="fr-CA", language="fr-CA"),
    ],
)
def test_what_can_be_spoken_is_let_through(request_: SpeechRequest) -> None:
    assert Gtts().check(request_) is None


def test_the_fingerprint_changes_with_what_decides_the_sound() -> None:
    requests = [
        speech(),
        speech(voice="fr"),
        speech(language="en-GB"),
        speech(options=(("tld", "co.in"),)),
        speech(options=(("slow", "true"),)),
    ]
    assert len({Gtts().fingerprint(request) for request in requests}) == len(requests)


def test_the_fingerprint_is_the_same_for_the_same_sound() -> None:
    """The written default is no change, nor is a region without an accent of its own."""
    assert Gtts().fingerprint(speech()) == Gtts().fingerprint(speech(language="en-US", options=(("slow", "false"),)))


def test_voices_are_all_online_and_none_installed() -> None:
    voices = Gtts().voices()
    assert [voice.name for voice in voices] == list(TAGS)
    assert all(voice.online and not voice.installed for voice in voices)
    assert {voice.name: voice.language for voice in voices}["iw"] == "he"


def test_without_the_package_the_hint_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gtts", None)
    with pytest.raises(EngineUnavailable) as caught:
        Gtts().speak(speech(), timeout_s=1)
    assert caught.value.hint == "pip install gTTS"


def test_a_bug_in_the_client_is_not_dressed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def stream(_: object) -> None:
        raise KeyError("no such thing")

    monkeypatch.setattr("gtts.gTTS.stream", stream)
    with pytest.raises(KeyError):
        Gtts().speak(speech(), timeout_s=5)


def test_levelling_reaches_its_target_from_the_loudness_that_services_deliver() -> None:
    """Levelling goes 4 dB either way from here: speech between -23 and -15 LUFS comes to -16."""
    makeup_db = Gtts().makeup_db(speech())
    assert -23 + makeup_db + 4 >= -16 >= -15 + makeup_db - 4
