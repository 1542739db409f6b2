"""The JSON of the podcast namespace, and the page."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioguide.transcript.documents import page, segments
from audioguide.transcript.model import Heading, Sentence, Transcript, shown, speaker_name
from audioguide.words import Word, Words

TEXT = st.text(min_size=1, max_size=60).map(shown).filter(str.strip)
WORDS = Words.of([Word(230, 700, 0, 6), Word(700, 1480, 7, 11)])
HELLO = Sentence("one.1", "Host", "en", "Hello, you.", 230, 1480, WORDS)
TRANSCRIPT = Transcript(
    "A & B",
    "en",
    (Heading("one", "One <1>", 0), Heading("two", "Two", 5000)),
    (
        HELLO,
        Sentence("one.1", "Host", "en", "Are you there?", 1730, 2600),
        Sentence("two.1", "Guest", "de", "Ja.", 5100, 5500),
        Sentence("two.2", "Guest", "en", "I am.", 3_700_000, 3_700_900),
    ),
)


class Reader(HTMLParser):
    """Elements in order with their attributes and text; fails on an element that is not closed in turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1], data))

    def of(self, tag: str) -> list[str]:
        return [text for inside, text in self.texts if inside == tag]


def test_json_has_a_segment_a_sentence_with_its_words() -> None:
    document = json.loads(segments(TRANSCRIPT))
    assert document["version"] == "1.0.0"
    assert document["segments"][0] == {
        "speaker": "Host",
        "startTime": 0.23,
        "endTime": 1.48,
        "body": "Hello, you.",
        "words": [
            {"startTime": 0.23, "endTime": 0.7, "body": "Hello,"},
            {"startTime": 0.7, "endTime": 1.48, "body": "you."},
        ],
    }
    assert document["segments"][2] == {"speaker": "Guest", "startTime": 5.1, "endTime": 5.5, "body": "Ja."}


def test_json_names_nobody_where_one_voice_speaks() -> None:
    alone = Transcript("", "en", (), (Sentence("a.1", "", "en", "Hello.", 0, 500),))
    assert json.loads(segments(alone))["segments"] == [{"startTime": 0.0, "endTime": 0.5, "body": "Hello."}]


def test_json_of_silence_is_json() -> None:
    assert json.loads(segments(Transcript("", "en", (), ()))) == {"version": "1.0.0", "segments": []}


def test_page_has_chapters_speakers_and_times() -> None:
    read = Reader(page(TRANSCRIPT))
    assert read.of("h1") == ["A & B"]
    assert read.of("h2") == ["One <1>", "Two"]
    assert read.of("cite") == ["Host:", "Guest:"]
    assert read.of("time") == ["0:00", "0:05", "1:01:40"]
    assert read.of("span") == ["Hello, you.", "Are you there?", "Ja.", "I am."]
    spans = [attributes for tag, attributes in read.seen if tag == "span"]
    assert spans[0] == {"data-start": "0.230", "data-end": "1.480"}


def test_page_puts_every_segment_of_the_script_in_a_paragraph_under_its_chapter() -> None:
    read = Reader(page(TRANSCRIPT))
    order = [(tag, attributes.get("id")) for tag, attributes in read.seen if tag in {"h2", "p"}]
    assert order == [("h2", "one"), ("p", "one.1"), ("h2", "two"), ("p", "two.1"), ("p", "two.2")]


def test_page_says_which_paragraph_is_in_another_language() -> None:
    languages = [attributes.get("lang") for tag, attributes in Reader(page(TRANSCRIPT)).seen if tag in {"html", "p"}]
    assert languages == ["en", None, "de", None]


def test_page_without_chapters_has_its_sentences() -> None:
    assert Reader(page(Transcript("T", "en", (), (HELLO,)))).of("span") == ["Hello, you."]


@given(title=TEXT, heading=TEXT, text=TEXT, speaker=TEXT, address=TEXT)
def test_page_escapes_everything(title: str, heading: str, text: str, speaker: str, address: str) -> None:
    said = (Sentence(address, speaker, "en", text, 10, 20),)
    read = Reader(page(Transcript(title, "en", (Heading("h", heading, 0),), said)))
    tags = {tag for tag, _ in read.seen}
    assert tags == {"html", "head", "meta", "title", "body", "main", "h1", "section", "h2", "cite", "time", "p", "span"}
    assert "".join(read.of("h2")) == heading
    assert "".join(read.of("span")) == text


@pytest.mark.parametrize(
    ("voice", "name"), [("host", "Host"), ("second_host", "Second host"), ("Anna", "Anna"), ("école", "École")]
)
def test_a_voice_is_called_by_its_name_in_the_script(voice: str, name: str) -> None:
    assert speaker_name(voice) == name


@given(text=st.text())
def test_what_no_document_may_hold_becomes_a_space_of_the_same_length(text: str) -> None:
    assert len(shown(text)) == len(text)
    assert not any(ord(char) < 32 for char in shown(text))
