"""Which letters a language's voice can read."""

from __future__ import annotations

import pytest

from audioguide.engines.writing import same_language, unreadable


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Café, naïve Ångström ½ — “yes” 👋", "en-US"),
        ("Привет, Audi A4!", "ru"),
        ("Ћирилица", "sr-Latn"),
        ("東京タワーへ行こう、々ー", "ja-JP"),
        ("你好，朋友們", "zh-TW"),
        ("한국어 漢字", "ko"),
        ("नमस्ते", "hi"),
        ("Καλημέρα", "el"),
        ("שלום", "he"),
        ("12:30", "en"),
        ("ʼn Mens", "af"),
    ],
)
def test_text_in_its_own_letters_is_readable(text: str, language: str) -> None:
    assert unreadable(text, language) is None


@pytest.mark.parametrize(
    ("text", "language", "foreign"),
    [
        ("Hello, друг", "en-GB", "Cyrillic"),
        ("Здраво и γεια", "de", "Cyrillic, Greek"),
        ("你好", "ru", "Cjk"),
        ("Привет", "ja", "Cyrillic"),
        ("नमस्ते", "bn", "Devanagari"),
    ],
)
def test_foreign_letters_are_named(text: str, language: str, foreign: str) -> None:
    assert unreadable(text, language) == foreign


def test_one_language_has_several_tags() -> None:
    assert same_language("nb-NO", "no")
    assert same_language("en_US", "en-GB")
    assert same_language("cmn", "zh-TW")
    assert not same_language("en", "de")
