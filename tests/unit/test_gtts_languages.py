"""BCP 47 tags, Google's codes, accents."""

from __future__ import annotations

import pytest

from audioguide.engines import SpeechRequest
from audioguide.engines.gtts import Gtts
from audioguide.engines.gtts_languages import TAGS, address_end, google_code


def test_our_table_has_the_languages_of_the_client() -> None:
    """All 69 of them; the test tells when an update of gTTS adds some."""
    from gtts.lang import tts_langs

    assert set(TAGS) == set(tts_langs())
    assert len(TAGS) == 69


@pytest.mark.parametrize("code", TAGS)
def test_every_voice_is_found_by_its_own_language(code: str) -> None:
    assert google_code(TAGS[code]) == ("zh-CN" if code == "zh" else code)


@pytest.mark.parametrize(
    ("language", "code"),
    {
        "he": "iw",
        "he-IL": "iw",
        "iw": "iw",
        "nb": "no",
        "nb-NO": "no",
        "nn": "no",
        "no": "no",
        "fil": "tl",
        "fil-PH": "tl",
        "tl": "tl",
        "jv": "jw",
        "zh": "zh-CN",
        "zh-CN": "zh-CN",
        "zh-Hans": "zh-CN",
        "zh-Hans-SG": "zh-CN",
        "zh-TW": "zh-TW",
        "zh-Hant": "zh-TW",
        "zh-Hant-HK": "zh-TW",
        "zh-HK": "zh-TW",
        "cmn-Hans": "zh-CN",
        "yue-HK": "yue",
        "pt": "pt",
        "pt-BR": "pt",
        "pt-PT": "pt-PT",
        "PT_pt": "pt-PT",
        "fr-CA": "fr-CA",
        "FR-ca": "fr-CA",
        "fr-CH": "fr",
        "en-GB-oxendict": "en",
        "sr-Latn-RS": "sr",
        "id": "id",
        "de-CH-1996": "de",
    }.items(),
)
def test_tags_become_googles_codes(language: str, code: str) -> None:
    assert Gtts().default_voice(language) == code


@pytest.mark.parametrize("language", ["tlh", "x-private", "", "gsw-CH", "eng"])
def test_a_language_that_google_does_not_speak_has_no_voice(language: str) -> None:
    assert Gtts().default_voice(language) is None


@pytest.mark.parametrize(
    ("language", "end"),
    {
        "en": "com",
        "en-US": "com",
        "en-GB": "co.uk",
        "en-Latn-AU": "com.au",
        "en-IN": "co.in",
        "es-MX": "com.mx",
        "es-ES": "es",
        "pt-BR": "com.br",
        "pt-PT": "pt",
        "fr-CA": "ca",
        "de-AT": "com",
    }.items(),
)
def test_regions_choose_googles_address(language: str, end: str) -> None:
    assert address_end(language) == end


def test_every_address_is_of_the_shape_that_check_accepts() -> None:
    from audioguide.engines.gtts_languages import _ADDRESSES

    for end in _ADDRESSES.values():
        assert Gtts().check(SpeechRequest("Hello.", "en", "en", options=(("tld", end),))) is None
