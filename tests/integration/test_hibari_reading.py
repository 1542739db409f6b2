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
