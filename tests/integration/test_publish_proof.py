"""An episode is decoded and read back before it is published: damage of every kind is found, and has a hint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from audioguide.audio import run_ffmpeg
from audioguide.publish.collect import Built
from audioguide.publish.listening import listen
from audioguide.publish.proof import proof_key, prove
from audioguide.publish.publication import NotPublished
from tests.feeds import Site, document, site

__all__ = ["site"]


def _damaged(built: Built, damage: Callable[[bytearray], None]) -> None:
    data = bytearray(_media(built).read_bytes())
    damage(data)
    _media(built).write_bytes(data)


def _media(built: Built) -> Path:
    return built.folder / str(built.facts["files"][0]["name"])


def _agreed(built: Built, **changes: Any) -> Built:
    """The episode with other facts, its files' hashes as they are now: only reading it back can find the damage."""
    facts = json.loads(json.dumps(dict(built.facts)))
    for file in facts["files"]:
        data = (built.folder / file["name"]).read_bytes()
        file |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return replace(built, facts={**facts, **changes})


def _messages(built: Built) -> str:
    findings = prove(built)
    assert all(finding.hint for finding in findings)
    return "\n".join(f"{finding.where}: {finding.message}" for finding in findings)


def _reencoded(built: Built, *filters: str) -> Built:
    """The same episode, its sound changed, its tags and chapters kept."""
    media, new = _media(built), built.folder / "new.mp3"
    run_ffmpeg(["-i", str(media), *filters, "-c:a", "libmp3lame", "-b:a", "96k", "-id3v2_version", "3", "-y", str(new)])
    new.replace(media)
    return _agreed(built)


def test_good_episode_has_no_findings(site: Site) -> None:
    assert prove(site.built("one", document("One"))) == []


def test_whole_file_is_heard(site: Site) -> None:
    built = site.built("one", document("One"))
    heard = listen(_media(built))
    assert heard.duration_s == pytest.approx(built.facts["duration_s"], abs=0.001)
    assert heard.loudness_lufs == pytest.approx(built.facts["loudness_lufs"], abs=0.1)
    assert heard.true_peak_dbtp == pytest.approx(built.facts["true_peak_dbtp"], abs=0.2)
    assert heard.clipped_s == ()
    assert heard.complaint == ""


def test_long_sound_is_heard_in_stretches(tmp_path: Path) -> None:
    """Across a stretch's edge nothing is lost: a known sine, and silence in the middle."""
    rate = 24_000
    time_s = np.arange(rate * 50) / rate
    sound = (0.5 * np.sin(2 * np.pi * 997 * time_s)).astype(np.float32)
    sound[rate * 18 : rate * 23] = 0
    sound[rate * 18 - 240 : rate * 18] *= np.linspace(1, 0, 240, dtype=np.float32)
    sound[rate * 23 : rate * 23 + 240] *= np.linspace(0, 1, 240, dtype=np.float32)
    soundfile.write(tmp_path / "sine.wav", np.stack([sound, sound], axis=1), rate, subtype="FLOAT")
    heard = listen(tmp_path / "sine.wav")
    assert heard.duration_s == pytest.approx(50)
    assert heard.loudness_lufs == pytest.approx(-6.0, abs=0.1)
    assert heard.true_peak_dbtp == pytest.approx(-6.02, abs=0.05)
    assert heard.longest_silence_s(0, 50, below_dbfs=-60) == pytest.approx(5, abs=0.03)
    assert heard.peak_dbfs(18.1, 22.9) == float("-inf")


def test_file_that_was_changed_is_found(site: Site) -> None:
    built = site.built("one", document("One"))
    _damaged(built, lambda data: data.__setitem__(-1000, data[-1000] ^ 1))
    assert "is not the file that was built" in _messages(built)


def test_file_that_is_gone_is_found(site: Site) -> None:
    built = site.built("one", document("One"))
    (built.folder / "one.vtt").unlink()
    assert "one.vtt: cannot be read: No such file" in _messages(built)


def test_short_file_is_found(site: Site) -> None:
    built = site.built("one", document("One"))
    _damaged(built, lambda data: data.__delitem__(slice(len(data) // 2, None)))
    found = _messages(_agreed(built))
    assert "lasts" in found
    assert "end.1 is silent" in found


def test_noise_in_place_of_frames_is_found(site: Site) -> None:
    built = site.built("one", document("One"))
    _damaged(built, lambda data: data.__setitem__(slice(9000, 15000), b"\x55" * 6000))
    assert prove(_agreed(built))


def test_file_of_another_kind_is_found(site: Site) -> None:
    built = site.built("one", document("One"))
    _media(built).write_bytes(b"#EXTM3U\nfile:///etc/passwd\n")
    assert "is not a sound file" in _messages(_agreed(built))


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ("volume=-9dB", "its loudness is"),
        ("volume=12dB", "its peak is"),
        ("volume=0:enable='lt(t,3.5)'", "hello.1 is silent"),
        ("volume=0:enable='lt(t,3.5)'", "the caption at 00:00:00"),
    ],
)
def test_changed_sound_is_found(site: Site, filters: str, message: str) -> None:
    built = _reencoded(site.built("one", document("One")), "-af", filters)
    assert message in _messages(built)


def test_clipping_is_found(site: Site) -> None:
    built = _reencoded(site.built("one", document("One")), "-af", "volume=30dB")
    assert "the sound is clipped" in _messages(built)


def test_lost_chapters_are_found(site: Site) -> None:
    built = _reencoded(site.built("one", document("One")), "-map_chapters", "-1")
    assert "holds 0 chapters, not 3" in _messages(built)


def test_lost_tags_are_found(site: Site) -> None:
    built = _reencoded(site.built("one", document("One; two = [three] \\ four")), "-metadata", "title=Another")
    assert 'its tag title is "Another", not "One; two = [three] \\ four"' in _messages(built)


def test_chapters_at_other_times_are_found(site: Site) -> None:
    built = site.built("one", document("One"))
    chapters = [dict(chapter) for chapter in built.facts["chapters"]]
    chapters[1]["start_s"] += 0.5
    found = _messages(_agreed(built, chapters=chapters))
    assert 'its chapter "Middle"' in found
    assert "do not tile" in found


def test_missing_segment_is_found(site: Site) -> None:
    built = site.built("one", document("One"))
    assert "middle.1 is missing" in _messages(
        _agreed(built, segments=[one for one in built.facts["segments"] if one["address"] != "middle.1"])
    )


def test_segment_after_the_end_is_found(site: Site) -> None:
    built = site.built("one", document("One"))
    segments = [dict(segment) for segment in built.facts["segments"]]
    segments[-1] |= {"start_s": 1000.0, "end_s": 1001.0}
    found = _messages(_agreed(built, segments=segments))
    assert "end.1 (1000.000 to 1001.000 s) is not inside the sound" in found


def test_captions_after_the_end_and_over_each_other_are_found(site: Site) -> None:
    built = site.built("one", document("One"))
    (built.folder / "one.vtt").write_text(
        "WEBVTT\n\n00:00:00.300 --> 00:00:02.000\nHello\n\n00:00:01.000 --> 00:59:00.000\nThere\n"
    )
    found = _messages(_agreed(built))
    assert "is not inside the sound" in found
    assert "its captions overlap" in found


def test_format_that_players_do_not_play_is_found(site: Site) -> None:
    built = site.built("one", document("One"))
    files = [{**built.facts["files"][0], "type": "audio/wav"}, *built.facts["files"][1:]]
    findings = prove(replace(built, facts={**built.facts, "files": files}))
    assert [finding.message for finding in findings] == [
        "the first format is audio/wav, which podcast players do not play"
    ]


def test_damaged_episode_is_not_published_unless_forced(site: Site) -> None:
    good = site.built("one", document("One"))
    site.publish(good)
    before = site.snapshot()
    quiet = _reencoded(good, "-af", "volume=-9dB")
    with pytest.raises(NotPublished, match="its loudness is") as error:
        site.publish(quiet)
    assert site.snapshot() == before
    assert error.value.findings[0].hint
    forced = site.publish(quiet, force=True)
    assert "its loudness is" in forced.overridden[0].message
    with pytest.raises(NotPublished, match="its loudness is"):
        site.publish(quiet)


def test_what_was_proved_is_not_read_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second publish starts no decoder."""
    built = site.built("one", document("One"))
    site.publish(built)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/nonexistent")
    site.publish(built)
    retold = _agreed(built, chapters=[dict(chapter, title="x") for chapter in built.facts["chapters"]])
    assert proof_key(retold) != proof_key(built)


def test_pauses_in_a_script_are_no_fault(site: Site) -> None:
    script = document("One")
    script["sections"][0]["segments"] = ["Listen. [pause 8s] That was silence.", {"pause": "20s"}, "And that too."]
    assert prove(site.built("one", script)) == []
