"""The checks on the sound that came back: whole frames, and a length that fits the text."""

from __future__ import annotations

import pytest

from audioguide.engines.mp3_frames import fault_of, frame_bytes
from audioguide.engines.speech_length import longest_s, shortest_s

HEADER = bytes.fromhex("fff344c4")  # MPEG-2 layer III, 32 kbit/s, 24 kHz, mono: as Google sends it
FRAME = HEADER + bytes(92)
ID3V2 = b"ID3\x04\x00\x00\x00\x00\x01\x01" + b"t" * 129
ID3V1 = b"TAG" + bytes(125)


@pytest.mark.parametrize(
    ("header", "length"),
    {
        "fff344c4": 96,  # MPEG-2, 32 kbit/s, 24 kHz
        "fff384c4": 192,  # 64 kbit/s
        "fffb9064": 417,  # MPEG-1, 128 kbit/s, 44.1 kHz
        "fffb9264": 418,  # the same, padded
        "ffe344c4": 192,  # MPEG-2.5, 12 kHz
        "fff344": None,
        "fff340c4": 104,  # 22.05 kHz
        "fff34cc4": None,  # no such sample rate
        "fff3f4c4": None,  # no such bit rate
        "fff304c4": None,  # free format
        "fff544c4": None,  # layer II
        "ffeb44c4": None,  # no such version
        "00000000": None,
    }.items(),
)
def test_frame_lengths_are_read_from_their_headers(header: str, length: int | None) -> None:
    assert frame_bytes(bytes.fromhex(header)) == length


@pytest.mark.parametrize(
    "data", [FRAME, FRAME * 50, ID3V2 + FRAME * 3, FRAME * 3 + ID3V1, FRAME * 3 + bytes(40)], ids=range(5)
)
def test_whole_files_have_no_fault(data: bytes) -> None:
    assert fault_of(data) is None


def test_a_file_cut_anywhere_but_between_frames_is_seen() -> None:
    whole = FRAME * 3
    assert [lost for lost in range(1, len(FRAME)) if fault_of(whole[:-lost]) is None] == []


@pytest.mark.parametrize("data", [b"", b"\0" * 500, b"<html>", ID3V2, FRAME * 2 + b"<html>" + FRAME], ids=range(5))
def test_what_is_no_mp3_is_seen(data: bytes) -> None:
    assert fault_of(data) is not None


@pytest.mark.parametrize(
    ("text", "real_s"),
    {
        # lengths of real speech, silence trimmed, of the embedded voice
        "Hello there.": 0.9,
        "While jogging is a great exercise, it does not build much.": 3.2,
        # quick readers: 20 letters, 9 syllables a second
        "Le château n’était pas loin, et les oiseaux chantaient.": 2.1,
        "きょうはとてもいいてんきですね": 1.7,
        "오늘은날씨가좋습니다": 1.2,
        "今天天气很好": 0.9,
        "Zzzzzzzzzzzzzzzzzzz.": 0.5,
        "Hm.": 0.2,
        "🙂 OK": 0.4,
    }.items(),
)
def test_quick_speech_is_within_the_bounds(text: str, real_s: float) -> None:
    assert 0 < shortest_s(text) <= real_s <= longest_s(text)


def test_a_third_of_ordinary_speech_is_too_short() -> None:
    """English at its usual 0.085 s a letter."""
    text = "While jogging is a great exercise, it does not build much."
    letters = sum(map(str.isalpha, text))
    assert letters * 0.085 / 3 < shortest_s(text) < letters * 0.085 / 2


def test_punctuation_has_no_length() -> None:
    assert shortest_s(" …!? — „“") == 0
