"""Captions are what strict readers of WebVTT and SRT read."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from itertools import pairwise

import pytest
import srt as srt_reader  # type: ignore[import-untyped]  # it has no types
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from audioguide.transcript.captions import srt, vtt
from audioguide.transcript.model import Sentence, Transcript, shown

TEXTS = st.lists(
    st.tuples(st.sampled_from(["", "Host", "R&D <b>", "x" * 40]), st.text(max_size=200).map(shown).filter(str.strip)),
    max_size=6,
)


def transcript(*said: tuple[str, str]) -> Transcript:
    """Sentences of (speaker, text), each 10 s long, 250 ms apart."""
    sentences = tuple(
        Sentence(f"a.{n}", speaker, "en", text, n * 10_250, n * 10_250 + 10_000)
        for n, (speaker, text) in enumerate(said)
    )
    return Transcript("Title", "en", (), sentences)


def bare(text: str) -> str:
    return "".join(text.split())


@given(said=TEXTS)
def test_webvtt_reads_back(said: list[tuple[str, str]]) -> None:
    made = vtt(transcript(*said))
    assert made.startswith("WEBVTT\n")
    blocks = made.removesuffix("\n").split("\n\n")[1:]
    captions = webvtt.from_buffer(StringIO(made)).captions
    assert len(captions) == len(blocks)
    for block in blocks:
        time, *rows = block.split("\n")
        assert time.count("-->") == 1
        assert 1 <= len(rows) <= 2
        assert not any("-->" in row for row in rows)
        assert all(len(row) <= 65 for row in rows[1:])
    assert all(caption.start < caption.end for caption in captions)
    assert all(before.end <= after.start for before, after in pairwise(captions))


@given(said=TEXTS)
def test_srt_reads_back(said: list[tuple[str, str]]) -> None:
    cues = list(srt_reader.parse(srt(transcript(*said)), ignore_errors=False))
    assert [cue.index for cue in cues] == list(range(1, len(cues) + 1))
    for cue in cues:
        rows = cue.content.split("\n")
        assert 1 <= len(rows) <= 2
        assert all(len(row) <= 32 for row in rows)
        assert cue.start < cue.end
    assert all(before.end <= after.start for before, after in pairwise(cues))


def test_webvtt_escapes_what_would_be_markup() -> None:
    made = vtt(transcript(("R&D", "a < b && c > d --> e")))
    assert made.endswith("<v R&amp;D>a &lt; b &amp;&amp; c &gt; d --&gt; e\n")
    (caption,) = webvtt.from_buffer(StringIO(made)).captions
    assert caption.text == "a &lt; b &amp;&amp; c &gt; d --&gt; e"


def test_webvtt_names_the_speaker_of_every_cue() -> None:
    made = vtt(transcript(("Host", "Hello."), ("Host", "Are you there?"), ("Guest", "I am.")))
    assert [caption.voice for caption in webvtt.from_buffer(StringIO(made)).captions] == ["Host", "Host", "Guest"]


def test_webvtt_rows_leave_room_for_the_speaker() -> None:
    made = vtt(transcript(("Host", "word " * 60)))
    assert all(len(row) <= 65 for row in made.split("\n"))


def test_srt_names_the_speaker_where_it_changes() -> None:
    made = srt(transcript(("Host", "Hello."), ("Host", "Are you there?"), ("Guest", "I am."), ("Host", "Good.")))
    contents = [cue.content for cue in srt_reader.parse(made)]
    assert contents == ["Host: Hello.", "Are you there?", "Guest: I am.", "Host: Good."]


def test_one_voice_is_not_named() -> None:
    made = transcript(("", "Hello."))
    assert vtt(made) == "WEBVTT\n\n00:00:00.000 --> 00:00:10.000\nHello.\n"
    assert srt(made) == "1\n00:00:00,000 --> 00:00:10,000\nHello.\n"


@pytest.mark.parametrize("arrow", ["-->", "a --> b"])
def test_srt_has_no_arrow_but_its_own(arrow: str) -> None:
    assert srt(transcript(("", arrow))).count("-->") == 1


def test_hours_are_counted_on() -> None:
    late = Transcript("", "en", (), (Sentence("a.1", "", "en", "Late.", 36_000_001, 36_001_250),))
    assert "\n10:00:00.001 --> 10:00:01.250\n" in vtt(late)
    (cue,) = srt_reader.parse(srt(late))
    assert cue.start == timedelta(hours=10, milliseconds=1)


def test_an_episode_without_speech_has_valid_empty_captions() -> None:
    assert webvtt.from_buffer(StringIO(vtt(transcript()))).captions == []
    assert list(srt_reader.parse(srt(transcript()))) == []


def test_a_long_name_is_cut_and_leaves_room() -> None:
    made = srt(transcript(("The director of the national museum", "Good evening, everybody.")))
    (cue,) = srt_reader.parse(made)
    assert cue.content == "The director of the…: Good\nevening, everybody."
