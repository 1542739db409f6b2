"""Sentences of languages that have no readings of their own: cut where their writers end them, words left as they are."""

from __future__ import annotations

import pytest

from audioguide.text import read_segment

SENTENCES = {
    "ja": ["吾輩は猫である。", "名前はまだ無い。", "「本当ですか？」", "価格は1.5万円です！", "行こう。"],
    "zh-CN": ["今天天气很好。", "我们去公园吧！", "你觉得怎么样？", "价格是3.5元。"],
    "zh-TW": ["這是第一句。", "這是第二句！"],
    "ko": ["안녕하세요.", "오늘은 날씨가 좋네요!", "어디로 갈까요?"],
    "hi": ["यह पहला वाक्य है।", "क्या आप आ रहे हैं?", "डॉ. शर्मा आए।"],
    "ur": ["یہ پہلا جملہ ہے۔", "کیا آپ آئیں گے؟"],
    "ar": ["هذه هي الجملة الأولى.", "هل أنت بخير؟", "نعم، أنا بخير!"],
    "he": ["שלום.", "מה שלומך?", "הכול טוב!"],
    "ru": ["Он родился в 1950 г. в Москве.", "Т. е. давно.", "Пришёл А. С. Пушкин.", "Правда?"],
    "el": ["Καλημέρα.", "Τι κάνεις;", "Είμαι καλά."],
    "it": ["Il sig. Rossi è arrivato alle 10.30.", "Non c'era nessuno!", "Che cosa fare?"],
    "pt": ["O Sr. Silva chegou às 10h30.", "Não havia ninguém!", "O que fazer?"],
    "pt-BR": ["A Dra. Ana mora na Av. Paulista.", "Ela gosta de lá."],
    "nl": ["Dhr. De Vries kwam om 10.30 uur.", "Er was niemand, o.a. door de regen.", "En nu?"],
    "pl": ["Pan dr Nowak mieszka przy ul. Długiej.", "Nie ma go np. w poniedziałki.", "Naprawdę?"],
    "tr": ["Dr. Yılmaz geldi.", "Saat 10.30'du.", "Kimse yok muydu?"],
}
WITHOUT_SPACES = {"ja", "zh-CN", "zh-TW"}


@pytest.mark.parametrize("language", SENTENCES)
def test_sentences_end_where_their_writers_end_them(language: str) -> None:
    expected = SENTENCES[language]
    text = ("" if language in WITHOUT_SPACES else " ").join(expected)
    read = read_segment(text, language=language, pronounce={})
    assert [sentence.text for sentence in read] == expected
    assert [text[slice(*sentence.span)] for sentence in read] == expected


@pytest.mark.parametrize("language", sorted(set(SENTENCES) - {"ja"}))
def test_a_language_without_readings_is_spoken_as_it_is_written(language: str) -> None:
    for sentence in SENTENCES[language]:
        (read,) = read_segment(sentence, language=language, pronounce={})
        assert read.spoken == sentence
