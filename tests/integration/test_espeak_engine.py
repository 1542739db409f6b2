"""espeak with the real program."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audioguide.audio import Clip
from audioguide.engines import SpeechRequest, espeak_words
from audioguide.engines.espeak import Espeak
from audioguide.engines.espeak_events import library
from audioguide.errors import EngineUnavailable, SpeechFailed, VoiceNotFound
from audioguide.loudness import clip_lufs
from tests.tools import require_tool

REQUEST = SpeechRequest("The fort of the harbour is open until six.", "en-US", "en-us")


@pytest.fixture
def espeak() -> Espeak:
    require_tool("espeak-ng")
    return Espeak()


def spoken(espeak: Espeak, **change: Any) -> Clip:
    return espeak.speak(replace(REQUEST, **change), timeout_s=20).clip


def test_more_than_a_hundred_languages(espeak: Espeak) -> None:
    assert len({voice.language.split("-")[0] for voice in espeak.voices()}) > 100
    assert len({voice.name for voice in espeak.voices()}) == len(espeak.voices())


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("en-US", "en-us"),
        ("en-AU", "en-gb"),
        ("de-CH", "de"),
        ("pt-BR", "pt-br"),
        ("zh-TW", "cmn"),
        ("no", "nb"),
        ("es-MX", "es-419"),
        ("tlh", None),
    ],
)
def test_language_finds_its_voice(espeak: Espeak, language: str, voice: str | None) -> None:
    assert espeak.default_voice(language) == voice


def test_same_request_gives_the_same_samples(espeak: Espeak) -> None:
    assert np.array_equal(spoken(espeak).samples, spoken(espeak).samples)


def test_makeup_brings_speech_near_the_reference(espeak: Espeak) -> None:
    assert clip_lufs(spoken(espeak)) + espeak.makeup_db(REQUEST) == pytest.approx(-16, abs=2)


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_speed_is_a_factor(espeak: Espeak, speed: float) -> None:
    ratio = spoken(espeak).duration_s / spoken(espeak, speed=speed).duration_s
    assert ratio == pytest.approx(speed, rel=0.1)


@pytest.mark.parametrize("semitones", [-5, 4, 8])
def test_pitch_is_in_semitones(espeak: Espeak, semitones: float) -> None:
    change = 12 * np.log2(_pitch_hz(spoken(espeak, pitch=semitones)) / _pitch_hz(spoken(espeak)))
    assert change == pytest.approx(semitones, abs=0.7)


def _pitch_hz(clip: Clip) -> float:
    """The middle of the pitches of voiced windows, each by its autocorrelation."""
    samples, rate_hz = clip.samples[:, 0], clip.rate_hz
    found = []
    for start in range(0, len(samples) - 2048, 512):
        window = samples[start : start + 2048] * np.hanning(2048)
        correlation = np.fft.irfft(np.abs(np.fft.rfft(window, 8192)) ** 2)
        period = rate_hz // 400 + int(np.argmax(correlation[rate_hz // 400 : rate_hz // 40]))
        if correlation[period] > 0.5 * correlation[0] > 0.05:
            found.append(rate_hz / period)
    return float(np.median(found))


def test_variant_and_gap_are_heard(espeak: Espeak) -> None:
    usual = spoken(espeak)
    assert not np.array_equal(spoken(espeak, options=(("variant", "f2"),)).samples, usual.samples)
    assert spoken(espeak, options=(("gap", "10"),)).duration_s > usual.duration_s + 0.3


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"voice": "klingon"}, 'has no voice "klingon"'),
        ({"language": "de"}, "does not speak de"),
        ({"text": "Привет"}, "cannot read Cyrillic letters"),
        ({"text": "—"}, "nothing to speak"),
        ({"pitch": 12}, "pitch goes from -6.8 to 8.8 semitones"),
        ({"options": (("gap", "-1"),)}, "gap is a whole number from 0 to 50"),
        ({"options": (("variant", "../f2"),)}, 'has no variant "../f2"'),
        ({"options": (("wpm", "120"),)}, "espeak has no option wpm"),
    ],
)
def test_request_that_cannot_be_spoken_is_refused(espeak: Espeak, change: dict[str, Any], complaint: str) -> None:
    request = replace(REQUEST, **change)
    assert complaint in (espeak.check(request) or "")
    with pytest.raises((SpeechFailed, VoiceNotFound)):
        espeak.speak(request, timeout_s=20)


@pytest.mark.parametrize("text", ["-h", "--version", "$(touch /tmp/x); `id`", "[[h@l'oU]]", "<speak>no</speak>"])
def test_text_is_never_an_option_or_a_command(espeak: Espeak, text: str) -> None:
    assert spoken(espeak, text=text).duration_s > 0.2


def test_other_scripts_are_read_by_their_voices(espeak: Espeak) -> None:
    for language, text in {"ru": "Привет, Audi.", "ja": "こんにちは", "el": "Καλημέρα", "hi": "नमस्ते"}.items():
        request = replace(REQUEST, language=language, voice=espeak.default_voice(language) or "", text=text)
        assert espeak.check(request) is None
        assert espeak.speak(request, timeout_s=20).clip.duration_s > 0.3


def test_missing_program_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineUnavailable) as caught:
        Espeak()
    assert "apt install espeak-ng" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("exec sleep 20", "did not end within 0.5 s"),
        ("echo 'no data' >&2; exit 3", "espeak-ng failed: no data"),
        ("echo RIFF", "made no sound"),
    ],
    ids=["hangs", "fails", "silent"],
)
def test_program_in_trouble_is_told(
    espeak: Espeak, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, complaint: str
) -> None:
    """A program that lists what the real one does, and then goes wrong."""
    program = tmp_path / "espeak-ng"
    program.write_text(f'#!/bin/sh\ncase "$1" in --v*) exec {espeak._path} "$@";; esac\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(SpeechFailed, match=complaint):
        Espeak().speak(REQUEST, timeout_s=0.5)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en-US", "Hello there, 1998 was a good year of the £5 note. Dr. Smith's café closed."),
        ("de-DE", "Im Jahr 1998 war die Straße gesperrt, z. B. am Montag."),
        ("ru", "Привет, как дела сегодня?"),
    ],
)
def test_every_word_has_its_time_from_the_library(espeak: Espeak, language: str, text: str) -> None:
    if library() is None:
        require_tool("libespeak-ng")
    voice = espeak.default_voice(language)
    assert voice
    spoken = espeak.speak(SpeechRequest(text, language, voice), timeout_s=20)
    words = [text[slice(*word.span)] for word in spoken.words]
    assert words == [word for word in text.split() if word in words]
    assert len(words) > 0.8 * len(text.split())  # a short form may share its time with the word before
    assert spoken.words[0].start_ms < 60
    assert all(first.end_ms == second.start_ms for first, second in pairwise(spoken.words))
    by_letters = np.corrcoef([len(word) for word in words], [w.end_ms - w.start_ms for w in spoken.words])[0, 1]
    assert by_letters > 0.1


def test_words_without_the_library_have_no_times(
    espeak: Espeak, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    silent = tmp_path / "silent.py"
    silent.write_text("")
    monkeypatch.setattr(espeak_words, "_EVENTS", silent)
    voice = espeak.default_voice("en-US")
    assert voice
    assert espeak.speak(SpeechRequest("Hello there.", "en-US", voice), timeout_s=20).words == ()


def test_times_of_another_sound_are_not_taken(espeak: Espeak) -> None:
    voice = espeak.default_voice("en-US")
    assert voice
    clip = espeak.speak(SpeechRequest("Hello there.", "en-US", voice), timeout_s=20).clip
    quick = espeak_words.timings("Hello there.", clip, voice="gmw/en-US", settings=("300", "50", "0"), timeout_s=20)
    assert quick == ()
