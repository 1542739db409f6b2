"""What every engine promises, tried on each that needs no network, and on those that other packages add.

An engine whose package or program is missing here is skipped, or fails where tools are required. The engines of the
network have suites of their own, against stand-ins; here they are held to what can be asked offline.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from audioguide.engines import ENGINES, Engine, SpeechRequest, Spoken, engine_class, engine_names, get_engine
from audioguide.errors import EngineError, EngineUnavailable, SpeechFailed, VoiceNotFound
from audioguide.loudness import clip_lufs
from audioguide.text import has_speech
from audioguide.trim import trim
from tests.desk import child_environment

TEXT = "The harbour was quiet that morning, and the boats lay still."
TIMEOUT_S = 30.0
ODD_TEXTS = {
    "one letter": "A",
    "a digit": "5",
    "a fraction": "½",
    "signs": "£1m, 50% & more @ home #1 <b>",
    "markup": "[word](/wɜːd/) {x} [[x]] <speak>",
    "broken markup": "[word](/zzz/) [a]( ](/",
    "emoji": "Hello 👋🏽 there",
    "accents": "Café Zoë naïve Ångström",
    "decomposed": "Cafe\u0301",
    "hidden": "zero\u200bwidth\u00ad and\u00a0space",
    "line breaks": "One\ntwo\r\nthree\ttabs",
    "an address": "https://example.org/a?b=c&d=e",
    "no end": "a" * 120,
    "shouting": "WHAT?!?! NO!!!",
    "quotes": "“It’s ‘fine’,” she said…",
}


def _engine(name: str) -> Engine:
    try:
        return get_engine(name)
    except EngineUnavailable as error:
        if os.environ.get("AUDIOGUIDE_REQUIRE_TOOLS") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))


def _online(name: str) -> bool:
    """As the class says, opened or not."""
    return engine_class(name).online


OFFLINE = [name for name in engine_names() if not _online(name)]


@pytest.fixture(params=engine_names())
def any_engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine of the table."""
    return _engine(request.param)


@pytest.fixture(params=OFFLINE)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine that needs no network."""
    return _engine(request.param)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever calls itself offline gets no proxy to go through either."""
    for variable in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def _request(engine: Engine, text: str = TEXT) -> SpeechRequest:
    voice = engine.default_voice("en-US")
    assert voice
    return SpeechRequest(text, "en-US", voice)


def _speak(engine: Engine, text: str = TEXT, *, speed: float = 1.0, pitch: float = 0.0) -> Spoken:
    return engine.speak(replace(_request(engine, text), speed=speed, pitch=pitch), timeout_s=TIMEOUT_S)


def _digest(spoken: Spoken) -> str:
    return hashlib.sha256(spoken.clip.samples.tobytes()).hexdigest()


# -- what they say of themselves ---------------------------------------------------------------------------------------


def test_an_engine_says_what_it_is(any_engine: Engine) -> None:
    assert get_engine(any_engine.name) is any_engine
    assert any_engine.name in engine_names()
    assert any_engine.online == _online(any_engine.name)
    assert any_engine.max_chars >= 40
    assert any_engine.concurrency >= 0
    assert any_engine.default_pause_ms >= 0
    assert all(name and help_text for name, help_text in any_engine.options.items())


def test_its_voices_have_one_name_each_and_a_language(any_engine: Engine) -> None:
    voices = any_engine.voices()
    assert voices or any_engine.online  # what a server has is asked of the server
    assert len({voice.name for voice in voices}) == len(voices)
    assert all(voice.name and voice.language and voice.online == any_engine.online for voice in voices)


def test_its_own_choice_for_english_is_one_of_its_voices(any_engine: Engine) -> None:
    voice = any_engine.default_voice("en-US")
    assert voice
    if voices := any_engine.voices():
        assert voice in {known.name for known in voices if known.installed or known.online}
    assert any_engine.check(SpeechRequest(TEXT, "en-US", voice)) is None


def test_a_language_that_nobody_speaks_has_no_voice_or_any(any_engine: Engine) -> None:
    if any_engine.name != "tone":
        assert any_engine.default_voice("qaa") is None


def test_an_unknown_name_is_told_with_the_names_there_are() -> None:
    with pytest.raises(EngineUnavailable) as caught:
        get_engine("nobody")
    assert all(name in str(caught.value.hint) for name in ENGINES)


# -- what they speak ---------------------------------------------------------------------------------------------------


def test_speech_is_a_clip_of_sensible_length_and_level(engine: Engine) -> None:
    clip = _speak(engine).clip
    assert clip.channels == 1
    assert 8000 <= clip.rate_hz <= 48_000
    assert 2.0 < clip.duration_s < 10
    assert np.isfinite(clip.samples).all()
    assert 0.01 < np.abs(clip.samples).max() <= 1
    assert trim(clip)


def test_its_makeup_gain_brings_its_speech_to_the_target(engine: Engine) -> None:
    spoken = [trim(_speak(engine, text).clip) for text in (TEXT, "Nobody had expected that; it rained until five.")]
    lufs = [clip_lufs(one.clip) + engine.makeup_db(_request(engine)) for one in spoken if one]
    assert len(lufs) == 2
    assert np.mean(lufs) == pytest.approx(-16, abs=2)


def test_longer_text_takes_longer(engine: Engine) -> None:
    one, two, four = (_speak(engine, " ".join([TEXT] * count)).clip.duration_s for count in (1, 2, 4))
    assert 1.6 < two / one < 2.4
    assert 1.6 < four / two < 2.4


def test_pace_changes_the_length(engine: Engine) -> None:
    if not engine.can_speed:
        pytest.skip(f"{engine.name} has one pace")
    normal, quick, slow = (_speak(engine, speed=speed).clip.duration_s for speed in (1.0, 1.5, 0.75))
    assert quick < 0.85 * normal
    assert slow > 1.12 * normal


def test_pitch_changes_the_sound_and_not_much_the_length(engine: Engine) -> None:
    if not engine.can_pitch:
        pytest.skip(f"{engine.name} cannot change the pitch")
    normal, higher = _speak(engine).clip, _speak(engine, pitch=4.0).clip
    assert not np.array_equal(normal.samples, higher.samples)
    assert higher.duration_s == pytest.approx(normal.duration_s, rel=0.1)


def test_different_texts_sound_different(engine: Engine) -> None:
    assert _digest(_speak(engine, "Seven boats came home.")) != _digest(_speak(engine, "Eleven birds flew off."))


def test_words_lie_in_order_within_the_clip_and_name_text(engine: Engine) -> None:
    spoken = _speak(engine)
    if not spoken.words:
        pytest.skip(f"{engine.name} tells no times")
    length_ms = spoken.clip.duration_s * 1000
    starts = [word.start_ms for word in spoken.words]
    assert starts == sorted(starts)
    assert all(0 <= word.start_ms < word.end_ms <= length_ms + 1 for word in spoken.words)
    named = [TEXT[slice(*word.span)] for word in spoken.words]
    assert "harbour" in " ".join(named)
    assert all(has_speech(name) for name in named)
    assert [word.span for word in spoken.words] == sorted(word.span for word in spoken.words)


# -- the same again ----------------------------------------------------------------------------------------------------


def test_the_same_request_gives_the_same_sound_as_declared(engine: Engine) -> None:
    if engine.deterministic:
        first = _speak(engine)
        _speak(engine, "Something else in between.")
        again = _speak(engine)
        assert _digest(first) == _digest(again)
        assert first.words == again.words


def test_threads_change_nothing(engine: Engine) -> None:
    texts = [f"This is sentence number {number} of a few." for number in range(4)] * 2
    with ThreadPoolExecutor(4) as pool:
        spoken = list(pool.map(lambda text: _speak(engine, text), texts))
    assert all(one.clip.frames for one in spoken)
    if engine.deterministic:
        assert [_digest(one) for one in spoken] == [_digest(_speak(engine, text)) for text in texts]


CHILD = """
import hashlib, sys
from audioguide.engines import SpeechRequest, get_engine
engine = get_engine(sys.argv[1])
request = SpeechRequest(sys.argv[2], "en-US", engine.default_voice("en-US"))
print(engine.fingerprint(request))
print(hashlib.sha256(engine.speak(request, timeout_s=30).clip.samples.tobytes()).hexdigest())
"""


def test_another_process_has_the_same_fingerprint_and_sound(engine: Engine) -> None:
    command = [sys.executable, "-c", CHILD, engine.name, TEXT]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=child_environment())
    fingerprint, digest = told.stdout.splitlines()
    assert fingerprint == engine.fingerprint(_request(engine))
    if engine.deterministic:
        assert digest == _digest(_speak(engine))


def test_a_fingerprint_is_the_same_each_time_whatever_the_text(any_engine: Engine) -> None:
    request = _request(any_engine)
    first = any_engine.fingerprint(request)
    assert any_engine.name in first.lower()
    assert {any_engine.fingerprint(replace(request, text=text)) for text in (TEXT, "Other.", TEXT)} == {first}


# -- what they refuse --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["…", "— !", "🎉", "   "], ids=["dots", "marks", "emoji", "space"])
def test_text_without_speech_is_refused(any_engine: Engine, text: str) -> None:
    request = _request(any_engine, text)
    assert any_engine.check(request)
    with pytest.raises(SpeechFailed) as caught:
        any_engine.speak(request, timeout_s=TIMEOUT_S)
    assert not caught.value.transient


@pytest.mark.parametrize("text", ["Здравствуйте, друзья.", "你好，朋友们。", "שלום"], ids=["Cyrillic", "Han", "Hebrew"])
def test_letters_that_an_english_voice_cannot_read_are_refused(any_engine: Engine, text: str) -> None:
    if any_engine.name in {"tone", "openai"}:
        pytest.skip(f"{any_engine.name} has no voice of one language")
    assert any_engine.check(_request(any_engine, text))
    with pytest.raises(SpeechFailed):
        any_engine.speak(_request(any_engine, text), timeout_s=TIMEOUT_S)


def test_a_voice_that_is_not_there_is_told_before_and_while_speaking(any_engine: Engine) -> None:
    if not any_engine.voices():
        pytest.skip(f"only its server knows the voices of {any_engine.name}")
    request = replace(_request(any_engine), voice="nobody-at-all")
    assert any_engine.check(request)
    with pytest.raises((VoiceNotFound, SpeechFailed)):
        any_engine.speak(request, timeout_s=TIMEOUT_S)


def test_an_option_of_another_engine_is_told(any_engine: Engine) -> None:
    if not any_engine.options:
        pytest.skip(f"{any_engine.name} has no options; the reader of scripts refuses every one")
    assert any_engine.check(replace(_request(any_engine), options=(("no-such-option", "1"),)))


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_odd_text_is_spoken_or_refused_and_nothing_else(engine: Engine, text: str) -> None:
    request = _request(engine, text)
    try:
        spoken = engine.speak(request, timeout_s=TIMEOUT_S)
    except EngineError:
        return
    assert engine.check(request) is None
    assert spoken.clip.frames
    assert spoken.clip.duration_s < 60
    assert np.isfinite(spoken.clip.samples).all()
    assert all(0 <= start < end <= len(text) for start, end in (word.span for word in spoken.words))


def test_the_longest_text_is_spoken(engine: Engine) -> None:
    text = ("So it went on, and on, and on, " * 40)[: engine.max_chars - 1] + "."
    assert _speak(engine, text).clip.duration_s > engine.max_chars / 40
