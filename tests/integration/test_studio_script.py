"""The studio shows a script as cards and writes changes back, a line at a time."""

from __future__ import annotations

import difflib
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audioguide.settings import load_settings
from tests.desk import Desk, child_environment, script
from tests.studio_page import Page, cards, studio_page

TEXT = """\
# A script of a desk
version: 1
episode: {title: An episode, language: en}
voices: {host: {engine: tone}, guest: {engine: tone}}
pronounce: {km: kilometre}  # spoken forms
sections:
  - id: welcome
    title: Welcome          # the first
    segments:
      - Good morning, and welcome. It is early.   # hello
      - {id: teaser, say: "Yes. [pause 900ms] No.", voice: guest}
      - {pause: 2s}
      - {play: bell.wav, gain: -6 dB}
      - The last of three.
  - title: The end
    text: |
      It ends.

      Now it does.
  - title: From an article
    from: {file: walk.md}
"""


@pytest.fixture
def path(desk: Desk) -> Path:
    desk.sound("bell.wav", duration_s=0.5)
    (desk.folder / "walk.md").write_text("# A walk\n\nWe walk.\n\nWe stop.\n")
    found = desk.folder / "script.yaml"
    found.write_text(TEXT)
    return found


@pytest.fixture
def page(desk: Desk, path: Path) -> Iterator[Page]:
    with studio_page(path, desk.settled()) as opened:
        yield opened


def _changed(path: Path, before: str = TEXT) -> list[str]:
    told = difflib.unified_diff(before.split("\n"), path.read_text().split("\n"), n=0, lineterm="")
    return [line for line in told if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]


# -- the document ------------------------------------------------------------------------------------------------------


def test_every_segment_is_a_card_in_order(page: Page) -> None:
    document = page.script()
    told = [
        (section["id"], [(card["address"], card["kind"]) for card in section["cards"]])
        for section in document["sections"]
    ]
    assert told == [
        (
            "welcome",
            [
                ("welcome.1", "speech"),
                ("welcome.teaser", "speech"),
                ("welcome.pause-3", "pause"),
                ("welcome.play-4", "sound"),
                ("welcome.3", "speech"),
            ],
        ),
        ("the-end", [("the-end.1", "speech"), ("the-end.2", "speech")]),
        ("from-an-article", [("from-an-article.1", "speech"), ("from-an-article.2", "speech")]),
    ]
    assert document["title"] == "An episode"
    assert [voice["name"] for voice in document["voices"]] == ["host", "guest"]
    assert document["default_voice"] == "host"
    assert document["pronounce"] == {"km": "kilometre"}
    assert document["problems"] == []


def test_a_card_tells_all_that_can_be_edited(page: Page) -> None:
    found = cards(page.script())
    teaser = found["welcome.teaser"]
    assert (teaser["text"], teaser["voice"], teaser["speed"], teaser["line"]) == (
        "Yes. [pause 900ms] No.",
        "guest",
        1.0,
        11,
    )
    assert all(teaser["editable"][field] for field in ("text", "voice", "speed", "gain"))
    assert (teaser["editable"]["pause"], teaser["pause_ms"]) == (False, 0)  # the pause after it is a card
    assert found["welcome.pause-3"]["pause_ms"] == 2000
    assert found["welcome.1"]["pause_ms"] == 500
    assert found["the-end.2"]["editable"] == {
        "text": True,
        "voice": False,
        "speed": False,
        "pause": False,
        "gain": False,
    }
    assert found["the-end.2"]["line"] == 19
    article = found["from-an-article.1"]
    assert not any(article["editable"].values())
    assert "walk.md" in article["read_only_because"]


def test_the_key_changes_exactly_when_the_sound_does(page: Page) -> None:
    def keys() -> dict[str, str]:
        return {address: card["key"] for address, card in cards(page.script()).items()}

    first = keys()
    assert page.edit("title", "Another title", address="welcome").status_code == 200
    assert keys() == first
    assert page.edit("text", "The very last of three.", address="welcome.3").status_code == 200
    second = keys()
    assert {address for address in first if first[address] != second[address]} == {"welcome.3"}
    assert page.edit("pronounce", "early bird", word="early").status_code == 200
    third = keys()
    assert {address for address in first if second[address] != third[address]} == {"welcome.1"}


def test_mistakes_stand_on_their_cards_and_the_rest_stays_usable(page: Page, path: Path) -> None:
    good = page.script()
    with page.events() as events:
        path.write_text(
            TEXT.replace("voice: guest", "voice: gest").replace("The last of three.", "The *last of three.")
        )
        events.take(lambda kind, _: kind == "changed")
    document = page.script()
    problem = next(one for one in document["problems"] if one["path"].endswith("voice"))
    assert problem["card"] == "welcome.teaser"
    assert problem["hint"] == 'did you mean "guest"?'
    assert problem["level"] == "error"
    assert cards(document).keys() >= {"welcome.1", "welcome.teaser", "the-end.2"}
    assert page.ask("/api/sound", name="script.yaml", address="welcome.1").status_code == 200
    assert cards(document)["welcome.1"]["key"] == cards(good)["welcome.1"]["key"]
    for address in ("welcome.teaser", "welcome.3"):  # they would sound as they do not read any more
        assert cards(document)[address]["key"] == ""
        answer = page.ask("/api/sound", name="script.yaml", address=address)
        assert (answer.status_code, answer.json()["error"]["kind"]) == (422, "ScriptError")
    assert page.edit("voice", "guest", address="welcome.teaser").status_code == 200
    assert page.script()["problems"] == []
    assert page.ask("/api/sound", name="script.yaml", address="welcome.3").status_code == 200


def test_a_file_that_is_no_yaml_shows_the_cards_of_before(page: Page, path: Path) -> None:
    good = page.script()
    with page.events() as events:
        path.write_text(TEXT + "  - [broken\n")
        events.take(lambda kind, _: kind == "changed")
        document = page.script()
        assert [problem["level"] for problem in document["problems"]] == ["error"]
        assert cards(document).keys() == cards(good).keys()
        assert not any(any(card["editable"].values()) for card in cards(document).values())
        assert "cannot be read" in cards(document)["welcome.1"]["read_only_because"]
        assert page.edit("text", "New.", address="welcome.1").status_code == 422
        path.write_text(TEXT)
        events.take(lambda kind, _: kind == "changed")
        assert page.script()["problems"] == []


def test_a_script_that_never_was_without_mistakes_has_cards_too(desk: Desk, path: Path) -> None:
    path.write_text(TEXT.replace("voice: guest", "voice: gest"))
    with studio_page(path, desk.settled()) as page:
        document = page.script()
        assert "welcome.teaser" in cards(document)
        assert document["problems"][0]["card"] == "welcome.teaser"
        answer = page.ask("/api/sound", name="script.yaml", address="welcome.1")
        assert (answer.status_code, answer.json()["error"]["kind"]) == (422, "ScriptError")
        assert page.edit("voice", None, address="welcome.teaser").status_code == 200
        assert page.ask("/api/sound", name="script.yaml", address="welcome.1").status_code == 200


def test_a_folder_lists_its_scripts_with_their_mistakes(desk: Desk, path: Path) -> None:
    (desk.folder / "other.yaml").write_text(TEXT.replace("host: {", "hst: {").replace("An episode", "Another"))
    (desk.folder / "show.yaml").write_text("version: 1\n")
    with studio_page(desk.folder, desk.settled()) as page:
        listed = page.ask("/api/scripts").json()["scripts"]
        assert [(one["name"], one["title"], one["problems"] > 0) for one in listed] == [
            ("other.yaml", "other", True),
            ("script.yaml", "An episode", False),
        ]
    assert path.exists()


def test_intro_outro_and_announced_titles_are_cards(desk: Desk) -> None:
    desk.sound("sting.wav", duration_s=0.3)
    sections = [{"title": "One", "segments": ["First."]}, {"title": "Two", "segments": ["Second."]}]
    more: dict[str, Any] = {
        "intro": {"play": "sting.wav"},
        "outro": {"play": "sting.wav"},
        "defaults": {"announce": "true"},
    }
    with studio_page(desk.write(script(sections, **more), "script.yaml"), desk.settled()) as page:
        found = cards(page.script())
        assert list(found) == ["intro", "one.title", "one.1", "two.title", "two.1", "outro"]
        for address in ("intro", "two.title", "outro"):
            assert not any(found[address]["editable"].values())
            assert page.ask("/api/sound", name="script.yaml", address=address).status_code == 200


# -- writing back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "field", "value", "line"),
    [
        ("welcome.1", "text", "Good morning, and hello. It is early.", "      - Good morning, and hello. It is early.   # hello"),
        ("welcome.1", "voice", "guest",
         '      - {say: "Good morning, and welcome. It is early.", voice: guest}   # hello'),
        ("welcome.teaser", "speed", 1.25, '      - {id: teaser, say: "Yes. [pause 900ms] No.", voice: guest, speed: 1.25}'),
        ("welcome.teaser", "voice", None, '      - {id: teaser, say: "Yes. [pause 900ms] No."}'),
        ("welcome.1", "pause", 1500, '      - {say: "Good morning, and welcome. It is early.", pause: 1500ms}   # hello'),
        ("welcome.3", "pause", "2s", "      - {say: The last of three., pause: 2s}"),
        ("welcome.pause-3", "pause", 700, "      - {pause: 700ms}"),
        ("welcome.play-4", "gain", -3.5, "      - {play: bell.wav, gain: -3.5 dB}"),
        ("the-end.2", "text", "Now it really does.", "      Now it really does."),
        ("welcome", "title", "Hello", "    title: Hello          # the first"),
    ],
)  # fmt: skip
def test_a_change_is_one_line_of_the_file(
    page: Page, path: Path, address: str, *, field: str, value: Any, line: str
) -> None:
    answer = page.edit(field, value, address=address)
    assert answer.status_code == 200, answer.text
    changed = _changed(path)
    assert len(changed) == 2
    assert changed[1] == f"+{line}"
    assert answer.json()["version"] == page.script()["version"]
    assert answer.json()["problems"] == []


def test_what_was_written_is_shown(page: Page) -> None:
    page.edit("speed", 1.25, address="welcome.teaser")
    page.edit("gain", -2, address="welcome.teaser")
    page.edit("pause", 900, address="welcome.3")
    found = cards(page.script())
    assert (found["welcome.teaser"]["speed"], found["welcome.teaser"]["gain_db"]) == (1.25, -2)
    assert found["welcome.3"]["pause_ms"] == 900


def test_a_spoken_form_is_added_changed_and_taken_away(page: Page, path: Path) -> None:
    assert page.edit("pronounce", "EAR-lee", word="early").json()["pronounce"] == {
        "km": "kilometre",
        "early": "EAR-lee",
    }
    assert _changed(path) == [
        "-pronounce: {km: kilometre}  # spoken forms",
        "+pronounce: {km: kilometre, early: EAR-lee}  # spoken forms",
    ]
    assert page.edit("pronounce", "URR-lee", word="early").status_code == 200
    assert page.edit("pronounce", None, word="early").status_code == 200
    assert path.read_text() == TEXT
    assert page.edit("pronounce", None, word="km").json()["pronounce"] == {}
    assert _changed(path) == ["-pronounce: {km: kilometre}  # spoken forms", "+# spoken forms"]


def test_line_ends_and_byte_order_mark_stay(desk: Desk, path: Path) -> None:
    before = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
    path.write_bytes(before)
    with studio_page(path, desk.settled()) as page:
        assert page.edit("text", "It ends here.", address="the-end.1").status_code == 200
    assert path.read_bytes() == before.replace(b"It ends.", b"It ends here.")


def test_the_mode_stays_and_a_link_stays_a_link(desk: Desk, path: Path) -> None:
    target = path.rename(desk.folder / "real.yaml")
    target.chmod(0o640)
    path.symlink_to("real.yaml")
    with studio_page(path, desk.settled()) as page:
        assert page.edit("text", "It ends here.", address="the-end.1").status_code == 200
    assert path.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert "It ends here." in target.read_text()


@pytest.mark.parametrize(
    ("address", "field", "value", "told"),
    [
        ("welcome.1", "text", "", "is empty"),
        ("welcome.1", "text", None, "is empty"),
        ("welcome.1", "text", "A [pause", "pause"),
        ("welcome.1", "text", "a \x07 b", "cannot be written"),
        ("welcome.1", "voice", "nobody", "there is no voice"),
        ("welcome.1", "speed", 9, "out of range"),
        ("welcome.1", "speed", "fast", "not a plain number"),
        ("welcome.1", "pause", "3", "has no unit"),
        ("welcome.1", "gain", 90, "out of range"),
        ("welcome.1", "colour", "red", "colour"),
        ("welcome.1", "speed", True, "speed"),
        ("welcome.1", "text", ["a"], "text"),
        ("welcome.teaser", "pause", "3s", "cannot be edited here"),
        ("welcome.pause-3", "pause", None, "all that is written"),
        ("the-end.1", "voice", "guest", "cannot be edited here"),
        ("from-an-article.1", "text", "New.", "cannot be edited here"),
        ("welcome.9", "text", "New.", "any more"),
        ("welcome", "title", "", "is empty"),
    ],
)
def test_what_cannot_be_is_told_and_not_written(
    page: Page, path: Path, address: str, *, field: str, value: Any, told: str
) -> None:
    answer = page.edit(field, value, address=address)
    assert answer.status_code == 422
    assert told in answer.json()["error"]["message"] + str(answer.json()["error"]["hint"])
    assert path.read_text() == TEXT


def test_a_pause_that_another_one_overrules_is_told(page: Page, path: Path) -> None:
    page.edit("text", "The last. [pause 3s]", address="welcome.3")
    before = path.read_text()
    answer = page.edit("pause", "1s", address="welcome.3")
    assert (answer.status_code, "wins" in answer.text) == (422, True)
    assert path.read_text() == before


def test_what_is_so_already_leaves_the_file_alone(page: Page, path: Path) -> None:
    before = path.stat()
    assert page.edit("voice", "guest", address="welcome.teaser").status_code == 200
    assert page.edit("voice", None, address="welcome.1").status_code == 200
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_that_changed_meanwhile_is_never_overwritten(page: Page, path: Path) -> None:
    seen = page.script()["version"]
    theirs = TEXT.replace("It is early.", "It is late.")
    path.write_text(theirs)
    answer = page.edit("text", "Mine.", address="welcome.1", version=seen)
    assert answer.status_code == 409
    assert answer.json()["mine"] == "Mine."
    assert cards(answer.json()["theirs"])["welcome.1"]["text"] == "Good morning, and welcome. It is late."
    assert path.read_text() == theirs
    again = page.edit("text", "Mine.", address="welcome.1", version=answer.json()["theirs"]["version"])
    assert again.status_code == 200
    assert _changed(path, theirs)[1] == "+      - Mine.   # hello"


def test_a_file_that_is_gone_or_cannot_be_written_is_told(page: Page, path: Path) -> None:
    seen = page.script()["version"]
    path.unlink()
    answer = page.edit("text", "Mine.", address="welcome.1", version=seen)
    assert (answer.status_code, answer.json()["error"]["where"]) == (422, "script.yaml")
    assert not path.exists()


def test_no_stray_is_left_beside_the_script(page: Page, path: Path) -> None:
    before = set(path.parent.iterdir())
    page.edit("text", "It ends here.", address="the-end.1")
    page.edit("text", "", address="the-end.1")
    assert {one for one in path.parent.iterdir() if one.is_file()} == {one for one in before if one.is_file()}


_KILLED = """
import os, signal, sys, threading, time
from pathlib import Path
from audioguide.settings import load_settings
from audioguide.studio.editing import Asked, change_script
from audioguide.studio.session import Session, version_of

path, after_us = Path(sys.argv[1]), int(sys.argv[2])
session = Session(path, load_settings({"cache": sys.argv[3]}))
session.reading()
print("ready", flush=True)
sys.stdin.readline()
killer = threading.Thread(target=lambda: (time.sleep(after_us / 1e6), os.kill(os.getpid(), signal.SIGKILL)))
killer.start()
number = 0
while True:
    number += 1
    version = version_of(path.read_bytes())
    change_script(session, Asked(version, "text", f"Now number {number} ends.", "the-end.1"))
"""


def test_killed_in_the_middle_of_a_change_the_file_is_the_old_or_the_new_one(desk: Desk, path: Path) -> None:
    """Twenty processes that do nothing but write are killed, each a little later than the one before."""
    settings = load_settings({}, folder=desk.folder)
    for kill in range(20):
        path.write_text(TEXT)
        process = subprocess.Popen(
            [sys.executable, "-c", _KILLED, str(path), str(1000 + kill * 2700), settings.cache],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=child_environment(),
        )  # fmt: skip
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.communicate("\n", timeout=60)
        assert process.returncode == -signal.SIGKILL
        changed = _changed(path)
        assert not changed or (len(changed) == 2 and changed[1].startswith("+      Now number "))
