"""A segment's text becomes sentences: marks, pronunciations, places, and what holds for any text at all."""

from __future__ import annotations

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from audioguide.text import MarkError, Sentence, has_speech, read_segment

LANGUAGES = st.sampled_from(["en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "ru", "ja", "", "x-odd"])
SOUP = st.lists(
    st.sampled_from(
        ["Hello", "it", "U.S.", "Dr.", "e.g.", "No.", "5", "1.", "$5", "€2.5bn", "–", "3-7", "[pause 1s]", "[[a|b]]", "*x*", "**",
         "\\[", "[", "]", "|", "(", ")", "“", "”", "'", "…", ".", "!", "?", "\n", "\n\n", "# ", "- ", "🎉", "@me", "a@b.org",
         "https://a.org/b", "½", "1/2", "IV", "Chapter", "°C", "%", "日本", "«", "»", "\u200b", "\u00ad", "\x1b", "\t",
         "A", "£", "$", ".50", "2.5", "\u00a0", "\u2028", "\u202f"]
    ),
    max_size=30,
).flatmap(lambda parts: st.sampled_from([" ".join(parts), "".join(parts)]))  # fmt: skip
ANY_TEXT = st.one_of(st.text(max_size=300), SOUP)


def read(text: str, pronounce: dict[str, str] | None = None) -> tuple[Sentence, ...]:
    return read_segment(text, language="en-US", pronounce=pronounce or {})


def shown(text: str) -> list[str]:
    return [sentence.text for sentence in read(text)]


def spoken(text: str, pronounce: dict[str, str] | None = None) -> str:
    return " ".join(sentence.spoken for sentence in read(text, pronounce))


def test_pause_ends_the_sentence_and_replaces_the_default() -> None:
    text = "Do runners get [pause 800ms] big legs? Let us see.[pause 1.5s]"
    assert [(s.text, s.pause_after_ms) for s in read(text)] == [
        ("Do runners get", 800),
        ("big legs?", None),
        ("Let us see.", 1500),
    ]


def test_pause_at_the_start_belongs_to_the_first_sentence() -> None:
    first, second = read("[pause 1s] One. Two.")
    assert (first.pause_before_ms, second.pause_before_ms) == (1000, 0)


def test_pauses_side_by_side_add_up() -> None:
    assert read("One. [pause 1s] [pause 500 ms] Two.")[0].pause_after_ms == 1500


def test_pause_of_nothing_is_an_explicit_pause() -> None:
    assert read("One.[pause 0s] Two.")[0].pause_after_ms == 0


def test_spoken_form_is_not_shown_and_not_read_again() -> None:
    (sentence,) = read("The [[CIA|C. I. A. 007]] knows.")
    assert (sentence.text, sentence.spoken) == ("The CIA knows.", "The C. I. A. 007 knows.")


def test_spoken_form_wins_over_a_pronunciation() -> None:
    assert spoken("[[tomato|tuh-MAH-toh]] tomato", {"tomato": "tuh-MAY-toh"}) == "tuh-MAH-toh tuh-MAY-toh"


def test_no_sentence_ends_inside_a_spoken_form() -> None:
    assert shown("See [[St. Ives. Now|Saint Ives now]] there.") == ["See St. Ives. Now there."]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("*Very* good", "Very good"),
        ("**Very** good", "Very good"),
        ("5 * 3 and 2*3*4", "5 * 3 and 2*3*4"),
        ("a lone * star", "a lone * star"),
        (r"a \*literal\* star", "a *literal* star"),
        (r"a \[pause 1s] and a \\ b", r"a [pause 1s] and a \ b"),
        ("[aside] text", "[aside] text"),
        ("[pauses] are", "[pauses] are"),
        ("*open", "*open"),
        ("*a\n\nb* c", "*a b* c"),
    ],
)
def test_marks_are_not_shown_and_the_rest_is(written: str, expected: str) -> None:
    assert " ".join(shown(written)) == expected


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("Say [pause] now", 4),
        ("Say [pause 5] now", 4),
        ("Say [pause 5 hours] now", 4),
        ("[pause 61min]", 0),
        ("Say [[word", 4),
        ("Say [[word]] now", 4),
        ("Say [[|x]] now", 4),
        ("Say [[word|]] now", 4),
        ("Say [[word|–]] now", 4),
    ],
)
def test_malformed_mark_is_told_with_its_place(text: str, offset: int) -> None:
    with pytest.raises(MarkError) as caught:
        read(text)
    assert caught.value.offset == offset
    assert "write" in str(caught.value)


def test_span_leads_back_to_the_raw_text() -> None:
    text = "One *two*. [pause 1s] [[Three|3]] four."
    first, second = read(text)
    assert text[slice(*first.span)] == "One *two*."
    assert text[slice(*second.span)] == "[[Three|3]] four."


@pytest.mark.parametrize("text", ["", "  \n ", "—", "🎉", "[pause 1s]", "… [pause 2s] —"])
def test_nothing_to_say_is_no_sentence(text: str) -> None:
    assert read(text) == ()


def test_piece_without_speech_joins_its_neighbour() -> None:
    assert shown("— Hello. 🎉 [pause 1s] — [pause 1s] Bye. 👋") == ["— Hello. 🎉 —", "Bye. 👋"]


@pytest.mark.parametrize(
    "text",
    [
        "1. Wash it.|2. Dry it.",
        "Go on.|1. Wash it.|2. Dry it.",
        "See No. 5 and Fig. 3.|On Nov. 5 Dr. St. John left.",
        "The U.S. Army won.|He lives in the U.S.|He is old.",
        "J. K. Rowling wrote.|He met J.D. Vance.",
        "Wait... what?|Wait… no.",
        'He said "Go."|Then he left.|“Stop!” she cried.',
        "(He did.)|Yes.",
        "Hurrah! 🎉|Next week.",
        "He weighs 70 lbs. and runs.|Max. 3 of them.",
        "He ate cats, dogs, etc. and more.",
        "It was 5 p.m.|He left at 5 p.m. on Monday.",
        "How many?|Five.",
    ],
)
def test_sentences_end_where_a_reader_would_stop(text: str) -> None:
    assert shown(text.replace("|", " ")) == text.split("|")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr-FR", "M. Dupont est là.|Mme. Roux aussi.|Oui !|Non ?"),
        ("de-DE", "Der 2. Weltkrieg war lang.|Am 3. Mai kam er.|Sie ist 18.|Er geht."),
        ("de-DE", "Nr. 5 ist z. B. hier.|Dr. Meier nicht."),
        ("es-ES", "El Sr. Pérez vive en la pág. 5.|¿Qué?|¡No!"),
        ("ja", "これは。|そうです。"),
        ("ru", "Привет.|Как дела?"),
    ],
)
def test_sentences_of_other_languages(language: str, text: str) -> None:
    joint = "" if language == "ja" else " "
    found = read_segment(text.replace("|", joint), language=language, pronounce={})
    assert [sentence.text for sentence in found] == text.split("|")


@pytest.mark.parametrize("blank", ["\u00a0", "\u2028", "\u202f", " \u2003", "\u3000 "], ids=ascii)
@pytest.mark.parametrize("language", ["en-US", "de-DE", "pl"])
def test_a_blank_of_any_kind_may_stand_before_a_full_stop(language: str, blank: str) -> None:
    """The sentence library fails where it is longer than a byte and stands after an initial."""
    found = read_segment(f"Take vitamin A{blank}. Then rest.", language=language, pronounce={})
    assert "".join(sentence.text.replace(" ", "") for sentence in found) == "TakevitaminA.Thenrest."


def test_lines_of_a_list_are_sentences_of_their_own() -> None:
    assert shown("# Tools\n- a pen\n- some ink\n\nAnd that\nis all") == [
        "# Tools",
        "- a pen",
        "- some ink",
        "And that is all",
    ]


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("muscle", "Muscle, muscles, MUSCLE.", "X, muscles, X."),
        ("Polish", "Polish the Polish polish.", "X the X polish."),
        ("km/h", "5 km/h is slow.", "five X is slow."),
        ("big legs", "Big\nlegs and big legs", "X and X"),
        ("c++", "I write C++.", "I write X."),
        ("naïve", "So nai\u0308ve.", "So X."),
        ("$5", "Pay $5 or $50.", "Pay X or fifty dollars."),
    ],
)
def test_pronunciation_takes_whole_words(key: str, text: str, expected: str) -> None:
    assert spoken(text, {key: "X"}) == expected


def test_longest_pronunciation_wins_and_its_result_is_final() -> None:
    assert spoken("the big legs of 5", {"big": "small", "big legs": "No. 5 legs"}) == "the No. 5 legs of five"


def test_two_keys_that_differ_in_case_do_not_mix() -> None:
    assert spoken("US us", {"US": "you ess", "us": "uss"}) == "you ess uss"


def without_space(text: str) -> str:
    return "".join(text.split())


@given(text=ANY_TEXT, language=LANGUAGES)
def test_any_text_is_read_or_has_a_malformed_mark(text: str, language: str) -> None:
    with suppress(MarkError):
        sentences = read_segment(text, language=language, pronounce={"hello": "hullo", "5": "V"})
        assert all(has_speech(sentence.spoken) for sentence in sentences)
        assert all(sentence.text.strip() for sentence in sentences)


@given(text=ANY_TEXT, language=LANGUAGES)
def test_spoken_is_one_clean_line(text: str, language: str) -> None:
    with suppress(MarkError):
        for sentence in read_segment(text, language=language, pronounce={"it": "a\x07b\nc"}):
            assert not any(unicodedata.category(char) in {"Cc", "Cs", "Co", "Zl", "Zp"} for char in sentence.spoken)
            assert sentence.spoken == sentence.spoken.strip()


@given(text=ANY_TEXT.map(lambda text: text.translate(dict.fromkeys(map(ord, "[]*\\")))))
def test_splitting_loses_nothing(text: str) -> None:
    assume(not any(unicodedata.category(char) in {"Cs", "Co"} for char in text))
    sentences = read(text)
    if has_speech(text):
        assert without_space("".join(sentence.text for sentence in sentences)) == without_space(text)


@given(text=ANY_TEXT, language=LANGUAGES)
def test_spans_are_in_order_and_inside(text: str, language: str) -> None:
    with suppress(MarkError):
        at = 0
        for sentence in read_segment(text, language=language, pronounce={}):
            start, end = sentence.span
            assert at <= start < end <= len(text)
            at = end


WORDS = st.sampled_from(["about", "people", "In", "the", "km", "runs,", "cost", "-", "to", "it.", "Then"])
NUMBERS = st.one_of(
    st.integers(0, 10**20).map(str),
    st.integers(0, 10**9).map(lambda number: f"{number:,}"),
    st.decimals(0, 10**6, places=2).map(str),
    st.sampled_from(
        ["$5", "£1m", "10%", "3–5", "1990s", "7:30", "5/8", "3rd", "12km", "99/99/9999", "1.2.3.4", "00:99", "31.2.20"]
    ),
)


@given(parts=st.lists(st.one_of(WORDS, NUMBERS), max_size=12))
def test_no_number_is_lost(parts: list[str]) -> None:
    """Each number is said: without it the spoken text would be shorter."""
    kept = [part for part in parts if not any(char.isdigit() for char in part)]
    full, bare = spoken(" ".join(parts)), spoken(" ".join(kept))
    assert len(full.split()) >= len([part for part in parts if has_speech(part)])
    if len(kept) < len(parts):
        assert len(full) > len(bare)


def test_a_title_before_a_pronounced_name_is_still_read_in_full() -> None:
    (sentence,) = read_segment("We met Dr. Nguyen.", language="en-US", pronounce={"nguyen": "win"})
    assert sentence.spoken == "We met Doctor win."
