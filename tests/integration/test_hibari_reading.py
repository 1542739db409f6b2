"""What hibari would misread, and does not here."""

from __future__ import annotations

from audioguide.engines import SpeechRequest
from audioguide.engines.hibari import Hibari


def test_no_at_the_end_of_a_sentence_is_not_number() -> None:
    """The package reads "no." as a short form; as an answer it lasts as long as the word alone."""
    engine = Hibari()
    answer = engine.speak(SpeechRequest("For most of us, no.", "en-US", "heart"), timeout_s=30)
    asked = engine.speak(SpeechRequest("For most of us, no!", "en-US", "heart"), timeout_s=30)
    number = engine.speak(SpeechRequest("For most of us, number.", "en-US", "heart"), timeout_s=30)
    assert abs(answer.clip.frames - asked.clip.frames) < abs(answer.clip.frames - number.clip.frames)


def test_a_name_after_king_is_no_numeral() -> None:
    """The package reads "King Charles" as "King the zeroth Charles"; here the name is as short as it is."""
    engine = Hibari()
    name = engine.speak(SpeechRequest("They met King Charles.", "en-US", "heart"), timeout_s=30)
    alike = engine.speak(SpeechRequest("They met Mister Charles.", "en-US", "heart"), timeout_s=30)
    assert name.clip.duration_s < alike.clip.duration_s + 0.2
    assert len(name.words) == 4
