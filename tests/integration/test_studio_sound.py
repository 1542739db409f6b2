"""What the studio plays is what the episode holds, spoken once; and what it tells while things happen."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from audioguide.audio import decode
from audioguide.build import plan_script, workshop_of
from audioguide.episode import Episode
from audioguide.errors import AudioguideError
from audioguide.ledger import Order
from audioguide.plan.addresses import cues_at
from audioguide.preview import sounds
from audioguide.studio import builds as builds_module
from audioguide.studio.builds import Builds
from audioguide.studio.server import open_studio
from audioguide.studio.session import Session
from tests.desk import Desk, Document, child_environment, script
from tests.stand_in.engines import DIARY
from tests.studio_page import Facts, Page, cards, studio_page

SEGMENTS = ["Good morning, and welcome. It is early.", {"id": "teaser", "say": "Yes. [pause 900ms] No."}, "The last."]
SECTIONS: list[dict[str, Any]] = [
    {"id": "welcome", "title": "Welcome", "segments": SEGMENTS},
    {"id": "end", "title": "The end", "segments": ["Here it ends."]},
]
HEADER_BYTES = 44


def _many(count: int = 60) -> Document:
    texts = [f"Line {number} of a long text is read here." for number in range(count)]
    return script([{"id": "all", "title": "All", "segments": texts}], engine="diary")


@pytest.fixture
def page(desk: Desk) -> Iterator[Page]:
    with studio_page(desk.write(script(SECTIONS, engine="diary"), "script.yaml"), desk.settled()) as opened:
        yield opened


def _sound(page: Page, address: str, **terms: Any) -> requests.Response:
    answer = page.ask("/api/sound", name="script.yaml", address=address, **terms)
    assert answer.status_code in {200, 206}, answer.text
    return answer


def _pcm(desk: Desk, address: str) -> bytes:
    """What a preview of the same stretch would play."""
    plan = plan_script(Order(desk.folder / "script.yaml"))
    return b"".join(sounds(plan, workshop_of(plan, desk.settled()), cues_at(plan, address)))


# -- sound -------------------------------------------------------------------------------------------------------------


def test_a_card_sounds_as_in_the_episode(desk: Desk, page: Page) -> None:
    for address in ("welcome.1", "welcome.teaser", "welcome.3", "end.1"):
        answer = _sound(page, address)
        assert answer.headers["Content-Type"] == "audio/wav"
        assert answer.content[:4] == b"RIFF"
        assert answer.content[HEADER_BYTES:] == _pcm(desk, address)


def test_from_a_card_on_the_rest_of_the_section_sounds(desk: Desk, page: Page) -> None:
    assert _sound(page, "welcome.teaser", **{"from": "1"}).content[HEADER_BYTES:] == _pcm(desk, "welcome.teaser..3")


def test_nothing_is_spoken_twice_and_the_build_speaks_only_the_rest(desk: Desk, page: Page) -> None:
    page.script()
    assert desk.asked() == []  # nothing before somebody asks
    for _ in range(2):
        _sound(page, "welcome.1")
        page.ask("/api/wave", name="script.yaml", address="welcome.1")
    assert desk.asked() == ["Good morning, and welcome.", "It is early."]
    desk.build(script(SECTIONS, engine="diary"))
    assert sorted(desk.asked()) == ["Here it ends.", "No.", "The last.", "Yes."]
    assert cards(page.script())["welcome.3"]["cached"]


def test_a_changed_card_is_spoken_at_once_and_only_what_changed_in_it(desk: Desk, page: Page) -> None:
    _sound(page, "welcome.1")
    desk.asked()
    assert page.edit("text", "Good morning, and welcome. It is late.", address="welcome.1").status_code == 200
    _sound(page, "welcome.1")
    assert desk.asked() == ["It is late."]


def test_the_first_utterance_is_sent_while_the_next_cannot_even_be_spoken(
    desk: Desk, page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    desk.refuse("early")
    with page.session.get(
        f"{page.root}/api/sound", params={"name": "script.yaml", "address": "welcome.1"}, stream=True, timeout=60
    ) as answer:
        assert answer.status_code == 200
        pieces = answer.iter_content(4096)
        begun = [next(pieces), next(pieces)]
        with pytest.raises(requests.RequestException):  # cut short, so that no player takes it for the whole
            begun.extend(pieces)
    assert len(b"".join(begun)) > HEADER_BYTES + 44_100
    assert not caplog.records


def test_what_cannot_be_spoken_says_why(desk: Desk, page: Page) -> None:
    desk.refuse("morning")
    answer = page.ask("/api/sound", name="script.yaml", address="welcome.1")
    assert answer.status_code == 422
    assert answer.json()["error"] == {
        "where": "welcome.1", "message": "the diary refuses morning", "hint": "word it otherwise", "kind": "SpeechFailed",
    }  # fmt: skip
    answer = page.ask("/api/sound", name="script.yaml", address="welcom.1")
    assert (answer.status_code, answer.json()["error"]["hint"]) == (422, 'did you mean "welcome.1"?')


def test_a_sound_is_sent_in_ranges(page: Page) -> None:
    whole = _sound(page, "welcome.1").content  # streamed, for nobody knew its length
    size = _sound(page, "welcome.1")
    assert (size.status_code, int(size.headers["Content-Length"]), size.headers["Accept-Ranges"]) == (
        200,
        len(whole),
        "bytes",
    )
    whole = size.content
    for asked, first, last in (("0-", 0, len(whole)), ("100-299", 100, 300), ("-50", len(whole) - 50, len(whole))):
        part = _sound(page, "welcome.1", headers={"Range": f"bytes={asked}"})
        assert part.status_code == 206
        assert part.headers["Content-Range"] == f"bytes {first}-{last - 1}/{len(whole)}"
        assert part.content == whole[first:last]
    beyond = page.ask("/api/sound", name="script.yaml", address="welcome.1", headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(whole)}")


def test_a_sound_that_is_known_is_not_sent_again(page: Page) -> None:
    first = _sound(page, "welcome.3")
    same = page.ask(
        "/api/sound", name="script.yaml", address="welcome.3", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (same.status_code, same.content) == (304, b"")
    page.edit("text", "The very last.", address="welcome.3")
    other = _sound(page, "welcome.3", headers={"If-None-Match": first.headers["ETag"], "If-Range": first.headers["ETag"], "Range": "bytes=0-9"})  # fmt: skip
    assert other.status_code == 200
    assert other.headers["ETag"] != first.headers["ETag"]


# -- waves -------------------------------------------------------------------------------------------------------------


def test_a_wave_is_the_outline_of_the_sound(desk: Desk, page: Page) -> None:
    assert (
        page.ask("/api/wave", name="script.yaml", address="welcome.teaser").json()["peaks"] == []
    )  # not spoken for it
    assert desk.asked() == []
    pcm = np.frombuffer(_sound(page, "welcome.teaser").content[HEADER_BYTES:], "<i2")
    wave = page.ask("/api/wave", name="script.yaml", address="welcome.teaser", bins=50).json()
    assert wave["duration_s"] == pytest.approx(len(pcm) / 44_100, abs=0.001)
    edges = np.linspace(0, len(pcm), 50, endpoint=False).astype(int)
    peaks = np.maximum.reduceat(np.abs(pcm.astype(int)), edges) / 32768
    assert wave["peaks"] == pytest.approx(peaks.tolist(), abs=0.001)
    assert min(wave["peaks"]) == 0  # the pause in it


def test_the_built_episode_has_its_wave_its_chapters_and_its_sound(desk: Desk, page: Page) -> None:
    for path in ("/api/wave", "/api/episode/sound"):
        missing = page.ask(path, name="script.yaml")
        assert (missing.status_code, "not built" in missing.json()["error"]["message"]) == (404, True)
    before = page.script()["episode"]
    assert (before["built"], before["media"]) == (False, None)
    built = desk.build(script(SECTIONS, engine="diary"))
    _build(page)
    episode = page.script()["episode"]
    assert (episode["built"], episode["stale"]) == (True, False)
    assert [chapter["title"] for chapter in episode["chapters"]] == ["Welcome", "The end"]
    sound = page.session.get(page.root + episode["media"], headers={"Range": "bytes=0-99"}, timeout=20)
    media = desk.folder / "output" / "script" / "script.mp3"
    assert (sound.status_code, sound.content, sound.headers["Content-Type"]) == (
        206,
        media.read_bytes()[:100],
        "audio/mpeg",
    )
    wave = page.ask("/api/wave", name="script.yaml", bins=100).json()
    assert wave["duration_s"] == pytest.approx(episode["duration_s"], abs=0.1)
    assert len(wave["peaks"]) == 100
    assert max(wave["peaks"]) > 0.3
    page.edit("text", "Here it really ends.", address="end.1")
    assert page.script()["episode"]["stale"]
    assert built.facts["chapters"]


# -- events ------------------------------------------------------------------------------------------------------------


def _build(page: Page) -> Facts:
    """Build to the end."""
    with page.events() as events:
        assert page.post("/api/build", name="script.yaml").status_code == 202
        return events.build("done", "failed")


def test_a_build_is_told_to_its_end(desk: Desk, page: Page) -> None:
    with page.events() as events:
        assert page.post("/api/build", name="script.yaml").status_code == 202
        assert events.build("planned")["total"] == 4
        parts = [events.build("part") for _ in range(4)]
        assert [part["done"] for part in parts] == [1, 2, 3, 4]
        assert parts[-1]["left_s"] == 0
        done = events.build("done")
    summary = done["summary"]
    assert (summary["spoken"], summary["reused"]) == (6, 0)
    assert summary["bytes"] == (desk.folder / "output" / "script" / "script.mp3").stat().st_size
    assert -20 < summary["loudness_lufs"] < -12


def test_a_build_that_fails_says_why(desk: Desk, page: Page) -> None:
    desk.refuse("early")
    failed = _build(page)
    assert failed["state"] == "failed"
    assert "the diary refuses early" in failed["error"]["message"]


def test_a_build_that_is_stopped_keeps_what_is_done(desk: Desk) -> None:
    with studio_page(desk.write(_many(300), "script.yaml"), desk.settled(jobs=1)) as page, page.events() as events:
        page.post("/api/build", name="script.yaml")
        events.build("part")
        assert page.post("/api/build/stop", name="script.yaml").status_code == 202
        events.build("stopped")
        spoken = len(desk.asked())
        assert 0 < spoken < 300
        page.post("/api/build", name="script.yaml")
        assert events.build("done")["summary"]["spoken"] <= 300 - spoken + 1  # the one in hand


@pytest.mark.parametrize("last", ["stopped", "done", "failed"])
def test_who_hears_the_end_of_a_build_may_begin_the_next_at_once(
    last: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the first one's thread is still on its way out, as on a busy machine."""
    document = script([{"id": "a", "title": "A", "segments": ["One line.", "Two lines."]}], engine="diary")
    if last == "failed":
        monkeypatch.setattr(builds_module, "build", _failing)
    session = Session(desk.write(document, "script.yaml"), desk.settled())
    told: list[str] = []
    on_its_way = threading.Event()

    def tell(facts: Facts) -> None:
        told.append(facts["state"])
        if facts["state"] == last and not on_its_way.is_set():
            on_its_way.set()
            builds.start(session)
        elif facts["state"] == "planned" and last == "stopped":
            builds.stop(session.name)

    builds = Builds(desk.settled(), tell)
    builds.start(session)
    deadline = time.monotonic() + 30
    while told.count(last) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    builds.end(timeout_s=10)
    assert told.count(last) == 2


def _failing(*_: object) -> Iterator[Episode]:
    raise AudioguideError("cannot be made")
    yield  # a generator, as build is


def test_a_second_build_of_a_script_is_not_begun(desk: Desk) -> None:
    with studio_page(desk.write(_many(), "script.yaml"), desk.settled()) as page, page.events() as events:
        for _ in range(3):
            assert page.post("/api/build", name="script.yaml").status_code == 202
        told = [events.build("planned", "done")["state"] for _ in range(2)]
        assert told == ["planned", "done"]


def test_a_page_that_comes_later_hears_how_far_a_build_is(desk: Desk) -> None:
    with studio_page(desk.write(_many(300), "script.yaml"), desk.settled(jobs=1)) as page, page.events() as first:
        page.post("/api/build", name="script.yaml")
        first.build("part")
        with page.events() as second:
            assert second.build("part", "done")["total"] == 300
        page.post("/api/build/stop", name="script.yaml")
        first.build("stopped", "done")


def test_a_save_from_outside_is_told_with_the_new_version(desk: Desk, page: Page) -> None:
    old = page.script()["version"]
    with page.events() as events:
        desk.write(script([SECTIONS[1]], engine="diary"), "script.yaml")
        told = events.take(lambda kind, _: kind == "changed")
        document = page.script()
    assert told["name"] == "script.yaml"
    assert told["version"] == document["version"] != old
    assert list(cards(document)) == ["end.1"]


@pytest.mark.parametrize("name", ["show.yaml", "walk.md"])
def test_a_save_of_what_the_script_rests_on_is_told(desk: Desk, name: str) -> None:
    (desk.folder / "walk.md").write_text("# Walk\n\nWe walk.\n")
    document = script([{"id": "walk", "title": "Walk", "from": {"file": "walk.md"}}])
    content = {"show.yaml": "version: 1\nshow: {title: A show}\n", "walk.md": "# Walk\n\nWe walk.\n\nWe run.\n"}[name]
    with studio_page(desk.write(document, "script.yaml"), desk.settled()) as page:
        version = page.script()["version"]
        with page.events() as events:
            (desk.folder / name).write_text(content)
            told = events.take(lambda kind, _: kind == "changed")["version"]
            assert told == page.script()["version"] != version
            assert len(cards(page.script())) == (2 if name == "walk.md" else 1)
            assert page.edit("title", "A walk", address="walk", version=version).status_code == 200


def test_a_change_of_one_page_is_told_to_the_other(page: Page) -> None:
    with page.events() as events:
        answer = page.edit("text", "It ends.", address="end.1")
        assert events.take(lambda kind, _: kind == "changed")["version"] == answer.json()["version"]


def test_the_end_of_the_server_ends_every_stream_at_once(desk: Desk) -> None:
    with studio_page(desk.write(_many(300), "script.yaml"), desk.settled(jobs=1)) as page, page.events() as events:
        page.post("/api/build", name="script.yaml")
        events.build("part")
        stream = events
    assert stream.ended.is_set()


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "building"])
def test_ctrl_c_ends_it_with_a_page_connected_and_keeps_what_is_done(desk: Desk, *, busy: bool) -> None:
    """It ends within a second; on a busy machine besides as long as an empty command takes there, twice."""
    taken_s = _interrupted_s(desk, busy=busy)
    begun = time.monotonic()
    subprocess.run([sys.executable, "-m", "audioguide", "--version"], check=True, capture_output=True)
    assert taken_s < 1.0 + 2 * (time.monotonic() - begun)


def _interrupted_s(desk: Desk, *, busy: bool) -> float:
    """The seconds that a studio takes to end."""
    path = desk.write(_many(600), "script.yaml")
    environment = child_environment() | {
        "AUDIOGUIDE_CACHE": str(desk.cache),
        "AUDIOGUIDE_JOBS": "1",
        DIARY: str(desk.diary),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.torture.command", "studio", str(path), "--no-open"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout
        page = Page(process.stdout.readline().strip())
        with page.events() as events:
            page.script()
            if busy:
                page.post("/api/build", name="script.yaml")
                events.build("part")
            begun = time.monotonic()
            os.killpg(process.pid, signal.SIGINT)
            _, told = process.communicate(timeout=60)
            taken_s = time.monotonic() - begun
        page.session.close()
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert "Traceback" not in told
    assert not list(desk.folder.glob("**/.audioguide-*"))
    assert 0 < len(desk.asked()) < 600 if busy else True
    return taken_s


def test_the_server_has_ended_when_ctrl_c_reached_whoever_waited_for_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", failures.append)
    with open_studio(desk.write(script(SECTIONS), "script.yaml"), desk.settled(), port=0) as studio:
        threading.Timer(0.5, signal.raise_signal, [signal.SIGINT]).start()
        with pytest.raises(KeyboardInterrupt):
            studio.wait()
    time.sleep(0.5)  # a server that still runs would stumble over its socket now
    assert not failures


def test_a_sound_decodes_whether_its_length_was_known_or_not(desk: Desk, page: Page, tmp_path: Path) -> None:
    for name in ("streamed.wav", "known.wav"):
        (tmp_path / name).write_bytes(io.BytesIO(_sound(page, "welcome.1").content).getvalue())
    first, second = decode(tmp_path / "streamed.wav"), decode(tmp_path / "known.wav")
    assert first.frames == second.frames
    assert np.array_equal(first.samples, second.samples)
    assert desk.asked()
