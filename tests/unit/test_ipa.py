"""Sounds in a text, and what each part of the way makes of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioguide.engines import SpeechRequest, get_engine
from audioguide.engines.ipa import IPA, marked, masked, plain, rewritten, stressed_at_vowels, with_sounds
from audioguide.engines.tone import Tone
from audioguide.plan.spoken_forms import Written, spoken_forms, unusable
from audioguide.script.model import Sounds

TEXT = f"He has {marked('hyper', 'ˈhaɪpɚ')}tension."


def test_plain_text_has_the_words_as_written() -> None:
    assert plain(TEXT) == "He has hypertension."
    assert plain("No [marks] (/here/).") == "No [marks] (/here/)."


def test_masked_text_keeps_every_word_in_its_place() -> None:
    assert masked(TEXT).split() == ["He", "has", "hyper", "tension."]
    assert len(masked(TEXT)) == len(TEXT)
    assert masked(TEXT).index("hyper") == TEXT.index("hyper")


@given(st.text(max_size=60))
def test_text_without_sounds_is_left_alone(text: str) -> None:
    if "](/" not in text:
        assert plain(text) == masked(text) == with_sounds(text, lambda *_: "") == text


def test_sounds_are_written_as_each_voice_reads_them() -> None:
    assert with_sounds(TEXT, lambda word, ipa: f"<{word}:{ipa}>") == "He has <hyper:ˈhaɪpɚ>tension."
    assert rewritten("tʃɜːtʃ", {"tʃ": "ʧ", "ɜː": "ɜɹ", "ː": ""}) == "ʧɜɹʧ"


@pytest.mark.parametrize(
    ("ipa", "moved"),
    [
        ("haɪˈpɜːtrəfi", "haɪpˈɜːtrəfi"),
        ("ˌɪntəˈnæʃnəl", "ˌɪntənˈæʃnəl"),
        ("ˈstreŋkθ", "strˈeŋkθ"),
        ("ʃɛf ˈde.paʁ.ti", "ʃɛf dˈepaʁti"),
        ("t͡ʃɪp", "tʃɪp"),
    ],
)
def test_stress_stands_before_its_vowel(ipa: str, moved: str) -> None:
    assert stressed_at_vowels(ipa) == moved


@pytest.mark.parametrize("text", ["", "ˈ", "a1", "a/b", "a)b", "[a]", "a\nb"])
def test_what_is_no_sound_is_refused(text: str) -> None:
    assert IPA.fullmatch(text) is None


def test_tone_plays_the_word_and_not_its_sounds() -> None:
    words = Tone().speak(SpeechRequest(TEXT, "en", "mid"), timeout_s=1).words
    assert [TEXT[slice(*word.span)] for word in words] == ["He", "has", "hyper", "tension"]


def test_engines_without_ipa_get_the_respelling() -> None:
    written: Written = {
        "hyper": Sounds(ipa="/ˈhaɪpɚ/", say="high per"),
        "km": "kilometres",
        "only": Sounds(ipa="/ˈoʊnli/"),
    }
    assert spoken_forms(written, get_engine("tone")) == {
        "hyper": "[hyper](/ˈhaɪpɚ/)",
        "km": "kilometres",
        "only": "[only](/ˈoʊnli/)",
    }
    forms = spoken_forms(written, get_engine("gtts"))
    assert forms == {"hyper": "high per", "km": "kilometres"}
    assert unusable("Only this. Lonely.", written, forms) == ["only"]
    assert unusable("Lonely hyper km.", written, forms) == []
