"""The plan: every default resolved once, every mistake told with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audioguide.errors import ScriptError
from audioguide.plan import Plan, Playback, Speech, Utterance, make_plan, predicted_s
from audioguide.script.load import load_script
from tests.desk import Desk, Document, script

TWO = [
    {"title": "First", "segments": ["Hello there. How are you?", "Good."]},
    {"title": "Second", "segments": ["The end."]},
]


@pytest.fixture
def planned(desk: Desk) -> Callable[..., Plan]:
    """The plan of a document."""

    def make(document: Mapping[str, Any], *, engine: str | None = None, voice: str | None = None) -> Plan:
        return make_plan(load_script(desk.write(document)), engine=engine, voice=voice)

    return make


Planned = Callable[..., Plan]


def _problems(planned: Planned, document: Document, **overrides: str) -> list[str]:
    with pytest.raises(ScriptError) as caught:
        planned(document, **overrides)
    return [str(problem).rpartition("episode.yaml:")[2] for problem in caught.value.problems]


def _pauses(plan: Plan) -> dict[str, list[int]]:
    """Address -> the pauses inside a cue, and after it."""
    return {
        cue.address: [u.pause_ms for u in cue.utterances[:-1]] + [cue.pause_ms]
        if isinstance(cue, Speech)
        else [cue.pause_ms]
        for cue in plan.cues()
    }


def _keys(plan: Plan) -> list[str]:
    return list(plan.utterances)


# -- defaults ----------------------------------------------------------------------------------------------------------


def test_nothing_is_left_to_ask(planned: Planned) -> None:
    plan = planned(script(TWO))
    assert (plan.id, plan.title, plan.language, plan.draft, plan.lead_in_ms) == (
        "episode",
        "An episode",
        "en",
        False,
        200,
    )
    output = plan.output
    assert (output.formats, output.bitrate_kbps, output.rate_hz, output.channels) == (("mp3",), None, 44_100, 1)
    assert (output.loudness_lufs, output.true_peak_dbtp) == (-16.0, -1.0)
    request = next(plan.speeches()).utterances[0].request
    assert (request.voice, request.language, request.speed, request.pitch) == ("mid", "en", 1.0, 0.0)


def test_a_title_absent_is_the_stem(planned: Planned) -> None:
    assert planned(script(TWO) | {"episode": {"language": "en"}}).title == "episode"


def test_a_file_whose_name_has_no_letter_still_has_an_id(desk: Desk) -> None:
    assert make_plan(load_script(desk.write(script(TWO), "---.yaml"))).id == "episode"


def test_segments_are_addressed_by_id_or_place(planned: Planned) -> None:
    section: Document = {
        "title": "Old Town",
        "segments": ["One.", {"pause": "1s"}, {"id": "bell", "say": "Two."}, "Three."],
    }
    assert list(_pauses(planned(script([section])))) == ["old-town.1", "old-town.bell", "old-town.3"]


def test_equal_titles_get_numbers_and_titles_without_letters_a_name(planned: Planned) -> None:
    titles: list[Document] = [
        {"title": "A"},
        {"title": "A"},
        {"title": "x", "id": "a-2"},
        {"title": "A"},
        {"title": "…"},
        {"title": "!"},
    ]
    plan = planned(script([{**title, "text": "Words."} for title in titles]))
    assert [section.id for section in plan.sections] == ["a", "a-3", "a-2", "a-4", "section", "section-2"]


def test_paragraphs_are_segments(planned: Planned) -> None:
    plan = planned(script([{"title": "A", "text": "One.\nStill one.\n\nTwo."}]))
    assert [speech.text for speech in plan.speeches()] == ["One. Still one.", "Two."]


# -- pauses ------------------------------------------------------------------------------------------------------------


def test_default_pauses(planned: Planned) -> None:
    assert _pauses(planned(script(TWO))) == {"first.1": [250, 500], "first.2": [1200], "second.1": [800]}


def test_the_nearest_pause_wins(planned: Planned) -> None:
    pauses = {"pause": {"sentence": "1ms", "segment": "2ms", "section": "3ms"}}
    sections: list[Document] = [
        {"title": "A", "segments": ["One. Two.", {"say": "Three. Four.", "pause": {"sentence": "9ms"}}, "Five."]},
        {"title": "B", "pause": {"segment": "7ms", "section": "8ms"}, "segments": ["Six.", "Seven."]},
        {"title": "C", "segments": ["Eight."]},
    ]
    assert _pauses(planned(script(sections, defaults=pauses))) == {
        "a.1": [1, 2],
        "a.2": [9, 2],
        "a.3": [3],
        "b.1": [7],
        "b.2": [8],
        "c.1": [800],
    }


@pytest.mark.parametrize(
    "ending",
    [
        ["One.", {"pause": "3s"}],
        ["One. [pause 3s]"],
        [{"say": "One.", "pause": {"segment": "3s"}}],
        [{"say": "One.", "pause": "3s"}],
    ],
    ids=["pause", "mark", "segment's pause", "short"],
)
@pytest.mark.parametrize("last", [False, True])
def test_a_pause_written_at_a_sections_end_is_the_pause_there(
    planned: Planned, ending: list[Any], *, last: bool
) -> None:
    sections: list[Document] = [{"title": "A", "segments": ending}, *([] if last else [{"title": "B", "text": "Two."}])]
    assert _pauses(planned(script(sections)))["a.1"] == [3000]


def test_an_explicit_pause_replaces_the_default_before_and_after(planned: Planned) -> None:
    sections: list[Document] = [
        {"title": "A", "segments": [{"pause": "2s"}, "One. [pause 90ms] Two.", {"pause": "0s"}, "[pause 70ms] Three."]},
        {"title": "B", "segments": [{"pause": "4s"}, "Four."]},
    ]
    plan = planned(script(sections))
    assert plan.lead_in_ms == 2000
    assert _pauses(plan) == {"a.1": [90, 70], "a.2": [4000], "b.1": [800]}


def test_intro_and_outro_belong_to_the_first_and_the_last_section(planned: Planned, desk: Desk) -> None:
    desk.sound("sting.wav", duration_s=0.1)
    ends: Document = {"intro": {"play": "sting.wav"}, "outro": {"play": "sting.wav", "gain": "-3 dB"}}
    plan = planned(script(TWO, **ends))
    assert [[cue.address for cue in section.cues] for section in plan.sections] == [
        ["intro", "first.1", "first.2"],
        ["second.1", "outro"],
    ]
    assert _pauses(plan) == {
        "intro": [500],
        "first.1": [250, 500],
        "first.2": [1200],
        "second.1": [1200],
        "outro": [800],
    }
    outro = list(plan.cues())[-1]
    assert isinstance(outro, Playback)
    assert outro.gain_db == -3
    waiting: list[Document] = [{"title": "First", "segments": [{"pause": "2s"}, "Hello."]}]
    after_intro = planned(script(waiting, intro=ends["intro"]))
    assert (after_intro.lead_in_ms, _pauses(after_intro)["intro"]) == (200, [2000])


def test_titles_are_spoken_only_where_it_is_asked(planned: Planned) -> None:
    sections: list[Document] = [
        {"title": "A *star* [of] 5", "text": "One."},
        {"title": "B", "announce": False, "text": "Two."},
    ]
    plan = planned(script(sections, defaults={"announce": True}))
    assert [speech.text for speech in plan.speeches()] == ["A *star* [of] 5", "One.", "Two."]
    assert [speech.address for speech in plan.speeches()] == ["a-star-of-5.title", "a-star-of-5.1", "b.1"]


# -- what is said ------------------------------------------------------------------------------------------------------


def test_one_cue_for_a_segment_that_is_spoken_otherwise(planned: Planned) -> None:
    section: Document = {"title": "A", "segments": [{"say": "The CIA. It is.", "spoken": "The C. I. A. It is. Yes."}]}
    (speech,) = planned(script([section])).speeches()
    assert speech.text == "The CIA. It is."
    assert [utterance.text for utterance in speech.utterances[1:]] == [""] * (len(speech.utterances) - 1)
    assert "It is. Yes." in " ".join(utterance.request.text for utterance in speech.utterances)


def test_pronunciations_of_segment_section_and_script_are_one_map(planned: Planned) -> None:
    section: Document = {
        "title": "A",
        "pronounce": {"two": "zwei", "three": "x"},
        "segments": [{"say": "One two three.", "pronounce": {"three": "drei"}}],
    }
    (speech,) = planned(script([section], pronounce={"one": "eins", "two": "x"})).speeches()
    assert speech.utterances[0].request.text == "eins zwei drei."
    assert speech.utterances[0].text == "One two three."


def test_a_long_sentence_is_cut_for_its_engine_and_shown_once(planned: Planned) -> None:
    sentence = ", ".join(["a clause of some length"] * 40) + "."
    (speech,) = planned(script([{"title": "A", "text": sentence}])).speeches()
    assert len(speech.utterances) > 1
    assert all(len(utterance.request.text) <= 300 for utterance in speech.utterances)
    assert [utterance.text for utterance in speech.utterances] == [sentence] + [""] * (len(speech.utterances) - 1)
    assert [utterance.pause_ms for utterance in speech.utterances[:-1]] == [120] * (len(speech.utterances) - 1)


def test_gains_of_voice_and_segment_add_up(planned: Planned) -> None:
    voices = {"host": {"engine": "tone", "gain": "-2 dB"}}
    section: Document = {"title": "A", "segments": [{"say": "One.", "gain": "-3 dB"}, "Two."]}
    plan = planned(script([section]) | {"voices": voices})
    assert [speech.gain_db for speech in plan.speeches()] == [-5, -2]


def test_the_length_of_a_plan_grows_with_text_pace_and_pauses(planned: Planned) -> None:
    short, long = planned(script(TWO)), planned(script([*TWO, {"title": "C", "text": "And then some more of it."}]))
    assert 0 < short.duration_s() < long.duration_s()
    slow = planned(script(TWO) | {"voices": {"host": {"engine": "tone", "speed": 0.5}}})
    assert slow.speech_s() == pytest.approx(2 * short.speech_s())
    assert sum(map(predicted_s, short.utterances.values())) == pytest.approx(short.speech_s())


# -- voices ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("voices", "defaults", "name"),
    [
        ({"host": {"engine": "tone"}, "guest": {"engine": "tone"}}, {"announce": False}, "host"),
        ({"host": {"engine": "tone"}, "guest": {"engine": "tone"}}, {"voice": "guest"}, "guest"),
        ({"guest": {"engine": "tone"}}, {"announce": False}, "guest"),
    ],
)
def test_which_voice_speaks(planned: Planned, voices: Document, defaults: Document, name: str) -> None:
    plan = planned(script(TWO, defaults=defaults) | {"voices": voices})
    assert {speech.voice for speech in plan.speeches()} == {name}


def test_a_script_without_voices_speaks_english_with_the_built_in_one(planned: Planned) -> None:
    document = script(TWO)
    del document["voices"]
    assert {utterance.engine for utterance in planned(document).utterances.values()} == {"hibari"}


def test_another_language_needs_a_voice_and_the_hint_names_engines(planned: Planned) -> None:
    document = script(TWO) | {"episode": {"title": "E", "language": "de"}}
    del document["voices"]
    (problem,) = _problems(planned, document)
    assert "does not speak de" in problem
    assert "gtts" in problem


@pytest.mark.parametrize(
    ("segment", "voice", "message"),
    [
        ("Здравствуйте.", {"engine": "hibari"}, "5:5: sections[0].segments[0]: hibari cannot read Cyrillic letters"),
        ({"say": "One. Two.", "pitch": 2}, {"engine": "hibari"}, "hibari cannot change the pitch"),
        ("…", {"engine": "tone"}, "nothing to speak"),
        ("One [pause", {"engine": "tone"}, "a pause needs a duration"),
        ("One.", {"engine": "tone", "name": "soprano"}, 'tone has no voice "soprano"'),
        ("One.", {"engine": "hibari", "name": "fable"}, "is not on this machine"),
        ("One.", {"engine": "hibari", "language": "de"}, "hibari does not speak de"),
    ],
    ids=["letters", "pitch", "silence", "mark", "voice", "model", "language"],
)
def test_what_cannot_be_spoken_is_one_mistake_with_its_place(
    planned: Planned, segment: Any, voice: Document, message: str
) -> None:
    document = {
        "version": 1,
        "sections": [{"title": "A", "segments": [segment]}],
        "episode": {"title": "E", "language": "en"},
        "voices": {"host": voice},
    }
    (problem,) = _problems(planned, document)
    assert message in problem


def test_every_mistake_is_told_at_once_in_the_order_of_the_file(planned: Planned) -> None:
    sections: list[Document] = [
        {"title": "A", "segments": ["…", "Fine.", "!!!"]},
        {"title": "B", "segments": [{"pause": "1s"}]},
    ]
    problems = _problems(planned, script(sections))
    assert len(problems) == 3
    assert [problem.split(": ")[1] for problem in problems] == [
        "sections[0].segments[0]",
        "sections[0].segments[2]",
        "sections[1]",
    ]
    assert problems[-1].endswith("has nothing to say or play")


def test_a_draft_takes_another_voice_and_keeps_the_pace(planned: Planned) -> None:
    document = script(TWO) | {"voices": {"host": {"engine": "hibari", "speed": 0.8, "gain": "-1 dB"}}}
    plan = planned(document, engine="tone", voice="low")
    assert plan.draft
    assert {(u.engine, u.request.voice, u.request.speed) for u in plan.utterances.values()} == {("tone", "low", 0.8)}
    assert {speech.gain_db for speech in plan.speeches()} == {-1}


# -- music -------------------------------------------------------------------------------------------------------------


def test_a_bed_has_every_default(planned: Planned, desk: Desk) -> None:
    desk.sound("bed.wav", duration_s=0.5)
    sections: list[Document] = [
        {"title": "A", "text": "One."},
        {"title": "B", "music": "none", "text": "Two."},
        {"title": "C", "music": "other", "text": "Three."},
    ]
    music = {"theme": {"file": "bed.wav"}, "other": {"file": "bed.wav", "gain": "-9 dB", "duck": "6 dB"}}
    first, second, third = planned(script(sections, music=music, defaults={"music": "theme"})).sections
    assert first.bed
    assert third.bed
    assert second.bed is None
    assert (first.bed.gain_db, first.bed.fade_in_ms, first.bed.fade_out_ms) == (-14, 1000, 3000)
    assert (first.bed.duck_db, first.bed.attack_ms, first.bed.release_ms) == (10, 200, 800)
    assert (third.bed.name, third.bed.gain_db, third.bed.duck_db) == ("other", -9, 6)


# -- keys --------------------------------------------------------------------------------------------------------------

BASE: Document = {"say": "Hello there."}


@pytest.mark.parametrize(
    ("say", "voice"),
    [
        ({"say": "Hello here."}, {}),
        ({"spoken": "Hi there."}, {}),
        ({"pronounce": {"there": "yonder"}}, {}),
        ({"speed": 1.1}, {}),
        ({"pitch": 1}, {}),
        ({"language": "de"}, {}),
        ({}, {"name": "low"}),
        ({}, {"speed": 1.2}),
        ({}, {"pitch": -1}),
        ({}, {"engine": "diary"}),
    ],
    ids=["text", "spoken", "pronounce", "speed", "pitch", "language", "voice", "its speed", "its pitch", "engine"],
)
def test_the_key_changes_with_what_decides_the_sound(planned: Planned, say: Document, voice: Document) -> None:
    plain = planned(script([{"title": "A", "segments": [BASE]}]))
    changed = script([{"title": "A", "segments": [BASE | say]}])
    changed["voices"] = {"host": {"engine": "tone"} | voice}
    assert _keys(planned(changed)) != _keys(plain)


@pytest.mark.parametrize(
    "change",
    [
        {"segments": [BASE | {"gain": "-3 dB"}]},
        {"segments": [BASE | {"id": "x"}]},
        {"segments": [BASE | {"pause": {"sentence": "1s", "segment": "2s"}}]},
        {"segments": [BASE | {"spoken": "Hello there."}]},
        {"segments": [BASE, BASE]},
        {"segments": [{"pause": "1s"}, BASE]},
        {"segments": ["[pause 1s] Hello there."]},
        {"segments": ["*Hello* there."]},
        {"title": "B", "id": "x", "link": "https://example.org"},
        {"pause": {"section": "3s"}},
        {"music": "theme"},
        {"voice": "same"},
        {"pronounce": {"absent": "x"}},
    ],
    ids="-".join,
)
def test_the_key_changes_with_nothing_else(planned: Planned, desk: Desk, change: Document) -> None:
    desk.sound("bed.wav", duration_s=0.5)
    section: Document = {"title": "A", "segments": [BASE]}
    plain = planned(script([section]))
    other = script([section | change], music={"theme": {"file": "bed.wav"}}, output={"loudness": "-20 LUFS"})
    other["voices"]["same"] = {"engine": "tone", "name": "mid", "gain": "3 dB"}
    assert _keys(planned(other)) == _keys(plain)


WORDS = st.lists(st.sampled_from(["One.", "Two two.", "Three?", "Four!", "Five five."]), min_size=1, max_size=6)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(segments=WORDS, data=st.data())
def test_order_and_sections_decide_no_key(planned: Planned, segments: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(segments))
    cut = data.draw(st.integers(0, len(segments) - 1))
    sections: list[Document] = [{"title": "A", "segments": part} for part in (shuffled[:cut], shuffled[cut:]) if part]
    one = planned(script([{"title": "A", "segments": segments}]))
    assert set(_keys(planned(script(sections)))) == set(_keys(one))


def test_each_different_utterance_is_there_once(planned: Planned) -> None:
    plan = planned(script([{"title": "A", "segments": ["Yes. No. Yes.", "Yes."]}]))
    spoken = list(chain.from_iterable(speech.utterances for speech in plan.speeches()))
    assert len(spoken) == 4
    assert [utterance.text for utterance in plan.utterances.values()] == ["Yes.", "No."]
    assert all(isinstance(utterance, Utterance) and Path(utterance.key).name == utterance.key for utterance in spoken)
