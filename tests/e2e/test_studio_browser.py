"""The studio in a real browser, served by the installed command: hear, edit, hear again, build; nothing typed is lost."""

from __future__ import annotations

import difflib
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.browser import DESKTOP, PHONE

pytestmark = pytest.mark.slow

SCRIPT = """\
# A comment that stays where it is.
version: 1
episode:
  title: A short walk
  language: en-GB
voices:
  host: {engine: tone, name: low}
  guest: {engine: tone, name: high}   # answers
defaults: {voice: host}
pronounce:
  Thames: Temz
sections:
  - id: river
    title: The river
    segments:
      - "We begin by the water, where it is loud."
      - {id: bridge, say: The bridge is old., voice: guest}   # and stone
      - Boats on the Thames go under it.
      - {pause: 400ms}
      - We walk on.
  - id: hill
    title: The hill
    text: |
      The path climbs.

      From the top one sees the town.
"""
CARDS = ["river.1", "river.bridge", "river.3", "river.pause-4", "river.4", "hill.1", "hill.2"]


@dataclass
class Sitting:
    """The page with a script of its own, and what the browser said meanwhile."""

    page: Any
    path: Path
    base: str
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    forgiven: tuple[str, ...] = ()
    """What the browser may complain of: an answer that a test asks for."""

    def until(self, condition: str) -> None:
        """Wait until JavaScript finds a condition true. The page's own policy forbids the browser's way to poll."""
        for _ in range(400):
            if self.page.evaluate(
                f"(() => {{ const audio = document.querySelector('audio'); return {condition}; }})()"
            ):
                return
            self.page.wait_for_timeout(25)
        pytest.fail(f"it never came true: {condition}")

    def hurry(self) -> None:
        """Play four times as fast."""
        self.page.evaluate("document.querySelector('audio').defaultPlaybackRate = 4")

    def card(self, address: str) -> Any:
        return self.page.locator(f'.card[data-address="{address}"]')

    def said(self, address: str) -> str:
        return str(self.card(address).locator(".said").text_content())

    def play(self, address: str) -> Any:
        return self.card(address).get_by_role("button", name=f"Play {address}", exact=True)

    def edit(self, address: str, text: str) -> Any:
        """Open a card's editor and type another text."""
        self.card(address).locator(".said").click()
        box = self.card(address).get_by_role("textbox", name=f"Text of {address}")
        box.fill(text)
        return box

    def samples(self, address: str) -> np.ndarray[Any, Any]:
        """A card's sound as the page would get it now, decoded."""
        answer = self.page.request.get(f"{self.base}/api/sound?name={self.path.name}&address={address}")
        assert answer.ok, answer.text()
        decoded, _ = soundfile.read(io.BytesIO(answer.body()), dtype="float32")
        return np.asarray(decoded)

    def changed_lines(self, before: str = SCRIPT) -> list[str]:
        """The lines of the file that are not as they were: taken away and put in."""
        now = self.path.read_text("utf-8")
        found = difflib.unified_diff(before.splitlines(), now.splitlines(), lineterm="", n=0)
        return [line for line in found if line[:1] in "+-" and line[:3] not in {"+++", "---"}]


@dataclass
class Server:
    """`audioguide studio` on a folder."""

    process: subprocess.Popen[str]
    address: str
    folder: Path

    @property
    def base(self) -> str:
        return self.address.partition("/?")[0]

    def end(self) -> int:
        """As Ctrl-C ends it."""
        with self.process:
            self.process.send_signal(signal.SIGINT)
            return self.process.wait(10)


def serve(folder: Path, *, port: int = 0) -> Server:
    """Start the command, as a person would."""
    process = subprocess.Popen(
        [sys.executable, "-m", "audioguide", "studio", str(folder), "--no-open", "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "AUDIOGUIDE_CACHE": str(folder.parent / "cache"),
            "AUDIOGUIDE_OUTPUT": str(folder.parent / "output"),
        },
    )
    assert process.stdout
    address = process.stdout.readline().strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]+", address)
    return Server(process, address, folder)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("studio") / "scripts"
    folder.mkdir()
    (folder / "another.yaml").write_text(SCRIPT.replace("A short walk", "Another walk"), "utf-8")
    running = serve(folder)
    yield running
    assert running.end() in {0, 130}


Opener = Callable[..., Sitting]


@pytest.fixture
def sit(browser: Any, server: Server, request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Open a script that nobody else has; in the end the browser has complained of nothing and asked nobody else."""
    contexts: list[Any] = []
    sittings: list[Sitting] = []

    def opened(text: str = SCRIPT, *, size: tuple[int, int] = DESKTOP, at: Server = server, **settings: Any) -> Sitting:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **settings)
        context.set_default_timeout(10_000)
        contexts.append(context)
        name = re.sub(r"\W+", "-", request.node.name).strip("-")[:60]
        path = at.folder / f"{name}-{len(sittings)}.yaml"
        path.write_text(text, "utf-8")
        seen = Sitting(context.new_page(), path, at.base)
        sittings.append(seen)
        seen.page.on("console", lambda message: seen.complaints.append(f"{message.type}: {message.text}"))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on("request", lambda asked: seen.hosts.add(re.sub(r"^(?:blob:)?(\w+://[^/]*).*", r"\1", asked.url)))
        seen.page.goto(f"{at.address}&script={path.name}")
        seen.page.locator(".card").last.wait_for()
        return seen

    yield opened
    for context in contexts:
        context.close()
    for each in sittings:
        each.path.unlink()
        assert [text for text in each.complaints if not any(known in text for known in each.forgiven)] == []
        assert each.hosts == {each.base}


# -- hearing -----------------------------------------------------------------------------------------------------------


def test_segments_are_cards_in_the_order_of_the_script(sit: Opener) -> None:
    seen = sit()
    assert seen.page.locator(".card").evaluate_all("all => all.map(card => card.dataset.address)") == CARDS
    assert seen.said("river.bridge") == "The bridge is old."
    assert seen.page.get_by_role("heading", name="A short walk", level=1).is_visible()
    assert seen.page.get_by_role("heading", level=2).all_text_contents()[1:] == ["The river", "The hill"]
    assert seen.card("river.bridge").get_by_role("button", name="Voice: guest").is_visible()
    assert seen.card("river.3").get_by_text("line 18").is_visible()


def test_a_card_plays_to_its_end_and_gets_its_wave(sit: Opener) -> None:
    seen = sit(SCRIPT.replace("We walk on.", "We walk on together."))
    seen.hurry()
    card = seen.card("river.4")
    assert "unspoken" in card.get_attribute("class")
    assert str(card.locator(".length").text_content()).startswith("~")
    seen.play("river.4").click()
    seen.until("audio.currentTime > 0.2")
    assert card.get_by_role("button", name="Stop river.4").is_visible()
    seen.until("audio.ended")
    card.locator(".wave svg").wait_for()
    seen.until("!document.querySelector('[data-address=\"river.4\"] .length').textContent.startsWith('~')")
    assert "unspoken" not in card.get_attribute("class")
    assert seen.play("river.4").is_visible()
    wave = card.locator(".wave").bounding_box()
    seen.page.mouse.click(wave["x"] + 0.6 * wave["width"], wave["y"] + 8)
    seen.until("!audio.paused && audio.currentTime > 0.5 * audio.duration")


def test_play_from_here_goes_on_to_the_end_of_the_section(sit: Opener) -> None:
    """The pause is heard, and is no card that plays."""
    seen = sit()
    seen.hurry()
    seen.page.evaluate("""() => {
        window.order = [];
        new MutationObserver(() => {
            const now = document.querySelector('.card.playing')?.dataset.address ?? null;
            if (order.at(-1) !== now) order.push(now);
        }).observe(document.querySelector('main'), {subtree: true, attributeFilter: ['class']});
    }""")
    seen.card("river.bridge").get_by_role("button", name="Play from river.bridge on").click()
    seen.until("window.order.length > 1 && window.order.at(-1) === null")
    assert seen.page.evaluate("order.filter(Boolean)") == ["river.bridge", "river.3", "river.4"]


def test_a_chapter_plays_and_stops(sit: Opener) -> None:
    seen = sit()
    seen.page.get_by_role("button", name="Play chapter The hill").click()
    seen.until("audio.currentTime > 0.1")
    assert "playing" in seen.card("hill.1").get_attribute("class")
    seen.page.get_by_role("region", name="Player").get_by_role("button", name="Stop").click()
    seen.until("audio.paused")
    assert seen.page.get_by_text("Nothing plays.").is_visible()


# -- editing -----------------------------------------------------------------------------------------------------------


def test_an_edit_is_heard_at_once_and_changes_one_line(sit: Opener) -> None:
    seen = sit()
    before = seen.samples("river.bridge")
    box = seen.edit("river.bridge", "The bridge is very old indeed.")
    with seen.page.expect_request(re.compile("/api/sound.*river.bridge")):
        box.press("Control+Enter")
    seen.until("audio.currentTime > 0.1")
    assert seen.said("river.bridge") == "The bridge is very old indeed."
    assert seen.changed_lines() == [
        "-      - {id: bridge, say: The bridge is old., voice: guest}   # and stone",
        "+      - {id: bridge, say: The bridge is very old indeed., voice: guest}   # and stone",
    ]
    after = seen.samples("river.bridge")
    assert len(after) > 1.3 * len(before)
    assert np.abs(after[: len(before)] - before).max() > 0.05


@pytest.mark.parametrize(
    ("label", "value", "line"),
    [
        ("Voice", "host", "voice: host"),
        ("Speed", "1.5", "speed: 1.5"),
        ("Pause after it, ms", "900", "pause: "),
    ],
)
def test_a_setting_changes_one_line_and_the_sound(sit: Opener, label: str, value: str, line: str) -> None:
    seen = sit()
    before = seen.samples("river.bridge")
    seen.card("river.bridge").get_by_role("button", name="Edit river.bridge").click()
    form = seen.card("river.bridge").locator("form")
    if label == "Voice":
        form.get_by_label(label).select_option(value)
    else:
        form.get_by_label(label).fill(value)
    seen.card("river.bridge").get_by_role("button", name="Save and play").click()
    seen.until("audio.currentTime > 0.1")
    gone, new = seen.changed_lines()
    assert "bridge" in gone
    assert line in new
    after = seen.samples("river.bridge")
    assert len(after) != len(before) or np.abs(after - before).max() > 0.05


def test_escape_leaves_everything_as_it_was(sit: Opener) -> None:
    seen = sit()
    seen.edit("river.3", "Nonsense").press("Escape")
    assert seen.said("river.3") == "Boats on the Thames go under it."
    assert seen.changed_lines() == []
    assert seen.page.evaluate("document.activeElement.dataset.address") == "river.3"


def test_what_cannot_be_saved_is_told_and_stays(sit: Opener) -> None:
    """The text is written, the speed is not: one is saved, the other is told and can be mended."""
    seen = sit()
    seen.forgiven = ("422",)
    seen.edit("river.3", "Boats go under it.")
    form = seen.card("river.3").locator("form")
    form.get_by_label("Speed").evaluate("field => { field.removeAttribute('max'); field.value = '7'; }")
    form.get_by_role("button", name="Save and play").click()
    form.get_by_role("alert").get_by_text("between 0.5 and 2").wait_for()
    form.get_by_label("Speed").fill("1.5")
    form.get_by_role("button", name="Save and play").click()
    seen.until("audio.currentTime > 0.1")
    assert seen.changed_lines() == [
        "-      - Boats on the Thames go under it.",
        "+      - {say: Boats go under it., speed: 1.5}",
    ]


def test_an_empty_text_is_not_saved(sit: Opener) -> None:
    seen = sit()
    seen.edit("river.3", "  ").press("Control+Enter")
    assert seen.card("river.3").get_by_role("alert").get_by_text("needs words").is_visible()
    assert seen.changed_lines() == []


def test_a_paragraph_is_edited_in_its_text(sit: Opener) -> None:
    seen = sit()
    seen.edit("hill.1", "The path climbs slowly.").press("Control+Enter")
    seen.until("audio.currentTime > 0.1")
    assert seen.changed_lines() == ["-      The path climbs.", "+      The path climbs slowly."]


def test_a_title_is_edited_in_its_place(sit: Opener) -> None:
    """A section without an id is found again under its new one, with what is being typed in it."""
    seen = sit(SCRIPT.replace("  - id: hill\n    title: The hill", "  - title: The hill"))
    seen.edit("the-hill.1", "Typed.")
    seen.page.get_by_role("button", name="Edit the title The hill").click()
    seen.page.get_by_role("textbox", name="Title").fill("The summit")
    seen.page.keyboard.press("Enter")
    seen.page.get_by_role("heading", name="The summit").wait_for()
    before = SCRIPT.replace("  - id: hill\n    title: The hill", "  - title: The hill")
    assert seen.changed_lines(before) == ["-  - title: The hill", "+  - title: The summit"]
    assert seen.card("the-summit.1").locator("textarea").input_value() == "Typed."


def test_a_selected_word_is_given_its_pronunciation(sit: Opener) -> None:
    seen = sit()
    before = seen.samples("river.3")
    seen.page.evaluate("""() => {
        const text = document.querySelector('[data-address="river.3"] .said').firstChild;
        getSelection().setBaseAndExtent(text, 0, text, 5);
    }""")
    seen.card("river.3").get_by_role("button", name="Pronounce the selected word").click()
    dialog = seen.page.get_by_role("dialog", name="Pronunciation")
    assert dialog.get_by_label("Word").input_value() == "Boats"
    dialog.get_by_label("Spoken as").fill("Small sailing boats")
    with seen.page.expect_request(re.compile("/api/sound.*river.3")):
        dialog.get_by_role("button", name="Save and play").click()
    seen.until("audio.currentTime > 0.1")
    assert seen.changed_lines() == ["+  Boats: Small sailing boats"]
    assert len(seen.samples("river.3")) > 1.2 * len(before)
    assert seen.page.get_by_role("button", name="Boats Small sailing boats").is_visible()


def test_a_click_puts_the_cursor_where_the_word_is_and_two_select_it(sit: Opener) -> None:
    seen = sit()
    seen.card("river.3").locator(".said").dblclick(position={"x": 20, "y": 14})
    box = seen.card("river.3").get_by_role("textbox", name="Text of river.3")
    selected = "box => box.value.slice(box.selectionStart, box.selectionEnd).trim()"
    assert box.evaluate(selected) == "Boats"
    seen.card("river.3").get_by_role("button", name="Pronounce a word").click()
    assert seen.page.get_by_role("textbox", name="Word").input_value() == "Boats"


# -- the file changes elsewhere ----------------------------------------------------------------------------------------


def test_a_mistake_is_told_on_its_card_until_it_is_mended(sit: Opener) -> None:
    seen = sit()
    seen.path.write_text(SCRIPT.replace("voice: guest}", "voice: gest}"), "utf-8")
    alert = seen.card("river.bridge").get_by_role("alert")
    alert.wait_for()
    assert "line 17" in alert.text_content()
    assert "guest" in alert.text_content()
    assert seen.page.get_by_role("alert").count() == 1
    assert seen.page.get_by_role("button", name="1 error").is_visible()
    seen.path.write_text(SCRIPT, "utf-8")
    alert.wait_for(state="detached")
    assert seen.page.get_by_role("button", name="1 error").is_hidden()


def test_a_file_that_cannot_be_read_is_told_at_the_top(sit: Opener) -> None:
    """The cards stay, and come to life again when the file does."""
    seen = sit()
    seen.path.write_text(SCRIPT.replace("title: The hill", 'title: "The hill'), "utf-8")
    alert = seen.page.locator("#notices").get_by_role("alert")
    alert.first.wait_for()
    assert seen.page.locator(".card").count() == len(CARDS)
    seen.path.write_text(SCRIPT.replace("The path climbs.", "The path climbs up."), "utf-8")
    seen.page.get_by_text("The path climbs up.").wait_for()
    assert alert.count() == 0


def test_a_save_elsewhere_refreshes_the_page_in_place(sit: Opener) -> None:
    """Focus, scroll and what is being typed stay; cards move as the segments do."""
    seen = sit(size=(1280, 500))
    box = seen.edit("river.3", "Boats on the Thames, half a sentence")
    seen.card("hill.2").get_by_role("button", name="Edit hill.2").focus()
    seen.page.evaluate("document.querySelector('[data-address=\"hill.1\"]').scrollIntoView({behavior: 'instant'})")
    top = "Math.round(document.querySelector('#said\\\\:hill\\\\.2').getBoundingClientRect().top)"
    before = seen.page.evaluate(top)
    more = "      - A new beginning, with so many words that it takes more than one line of this narrow page.\n"
    seen.path.write_text(SCRIPT.replace("    segments:\n", f"    segments:\n{more}{more}"), "utf-8")
    seen.page.get_by_text("A new beginning").first.wait_for()
    assert seen.page.locator(".card").count() == len(CARDS) + 2
    assert abs(seen.page.evaluate(top) - before) <= 2
    assert seen.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Edit hill.2"
    assert box.count() == 0  # it is the text of another address now
    moved = seen.card("river.5").locator("textarea")
    assert moved.input_value() == "Boats on the Thames, half a sentence"


def test_two_changes_of_one_segment_are_both_shown(sit: Opener) -> None:
    """What is typed here and what was saved there: nothing is overwritten before somebody chooses."""
    seen = sit()
    box = seen.edit("river.3", "Mine.")
    seen.path.write_text(SCRIPT.replace("Boats on the Thames go under it.", "Theirs."), "utf-8")
    card = seen.card("river.3")
    card.get_by_text("changed in the file meanwhile").wait_for()
    assert card.locator(".mine dd").text_content() == "Mine."
    assert card.locator(".theirs dd").text_content() == "Theirs."
    assert box.input_value() == "Mine."
    assert "Theirs." in seen.path.read_text("utf-8")
    card.get_by_role("button", name="Take the file’s").click()
    assert seen.said("river.3") == "Theirs."
    assert card.locator("form").count() == 0


def test_a_save_that_comes_too_late_is_refused_and_shows_both(sit: Opener) -> None:
    """Before the page could hear of the other save; then one chooses, and only that line changes."""
    seen = sit()
    seen.forgiven = ("409",)
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    seen.page.route("**/api/script?*", hold)
    theirs = SCRIPT.replace("Boats on the Thames go under it.", "Theirs.").replace("We walk on.", "We run on.")
    seen.edit("river.3", "Mine.")
    seen.path.write_text(theirs, "utf-8")
    seen.card("river.3").get_by_role("button", name="Save and play").click()
    card = seen.card("river.3")
    card.locator(".theirs").wait_for()
    assert (card.locator(".mine dd").text_content(), card.locator(".theirs dd").text_content()) == ("Mine.", "Theirs.")
    assert seen.path.read_text("utf-8") == theirs
    for route in held:
        route.continue_()
    seen.page.unroute("**/api/script?*")
    card.get_by_role("button", name="Save mine").click()
    seen.until("audio.currentTime > 0.1")
    assert seen.said("river.4") == "We run on."
    assert seen.changed_lines(theirs) == ["-      - Theirs.", "+      - Mine."]


def test_a_text_whose_segment_has_gone_is_kept(sit: Opener) -> None:
    seen = sit()
    seen.edit("hill.2", "What I typed.")
    seen.path.write_text(SCRIPT.partition("  - id: hill")[0], "utf-8")
    kept = seen.page.get_by_role("textbox", name="Unsaved text of hill.2")
    kept.wait_for()
    assert kept.input_value() == "What I typed."
    seen.page.get_by_role("button", name="Let it go").click()
    assert kept.count() == 0


# -- building ----------------------------------------------------------------------------------------------------------


def test_a_build_runs_to_its_end_and_its_episode_plays(sit: Opener) -> None:
    seen = sit()
    seen.page.evaluate("""() => {
        window.done = [];
        new MutationObserver(() => done.push(document.querySelector('#done').value))
            .observe(document.querySelector('#done'), {attributeFilter: ['value']});
    }""")
    seen.page.get_by_role("button", name="Build").click()
    summary = seen.page.get_by_role("status").filter(has_text="Built:")
    summary.wait_for()
    assert re.search(r"minutes · .* MB · −\d+\.\d LUFS · \d+ spoken · \d+ reused", summary.text_content())
    progress = seen.page.evaluate("done")
    assert progress == sorted(progress)
    assert progress[-1] == 1 or progress[-1] >= len(CARDS) - 1
    seen.page.locator("#slider svg path").wait_for()
    marks = seen.page.get_by_role("list", name="Chapters of the episode").get_by_role("button")
    assert marks.all_text_contents() == ["The river", "The hill"]
    slider = seen.page.get_by_role("slider", name="Position in the episode")
    box = slider.bounding_box()
    seen.page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 10)
    seen.until("!audio.paused && audio.currentTime > 1")
    at_s, length_s = seen.page.evaluate(
        "[document.querySelector('audio').currentTime, document.querySelector('audio').duration]"
    )
    assert 0.45 * length_s <= at_s <= 0.65 * length_s
    assert "playing" in seen.card(str(seen.page.locator(".card.playing").get_attribute("data-address"))).get_attribute(
        "class"
    )
    slider.press("Home")
    seen.until("audio.currentTime < 1")
    assert slider.get_attribute("aria-valuetext") == "0:00, The river"


def test_a_build_is_stopped(sit: Opener) -> None:
    many = "".join(f"      - This is sentence number {number} of many.\n" for number in range(300))
    seen = sit(SCRIPT.replace("      - We walk on.\n", f"      - We walk on.\n{many}"))
    seen.page.get_by_role("button", name="Build").click()
    seen.page.get_by_role("button", name="Stop building").click()
    seen.page.get_by_role("status").filter(has_text="The build was stopped.").wait_for()
    assert seen.page.get_by_role("button", name="Build").is_visible()
    assert seen.page.locator("#progress").is_hidden()


# -- keys, readers, screens --------------------------------------------------------------------------------------------


def test_keys_do_what_the_list_says(sit: Opener) -> None:
    seen = sit()
    press = seen.page.keyboard.press
    at = "document.querySelector('.card.current').dataset.address"
    assert seen.page.evaluate(at) == "river.1"
    press("j")
    press("j")
    press("k")
    assert seen.page.evaluate(f"[{at}, document.activeElement.dataset.address]") == ["river.bridge", "river.bridge"]
    press("Space")
    seen.until("audio.currentTime > 0.1")
    press("Space")
    seen.until("audio.paused")
    press("e")
    assert seen.page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    seen.page.keyboard.type(" j k?")
    box = seen.card("river.bridge").get_by_role("textbox").first
    assert box.input_value() == "The bridge is old. j k?"
    press("Escape")
    press("Enter")
    assert box.input_value() == "The bridge is old."
    press("Escape")
    press("?")
    assert seen.page.get_by_role("dialog", name="Keys").is_visible()
    press("j")
    press("Escape")
    assert seen.page.get_by_role("dialog", name="Keys").is_hidden()
    assert seen.page.evaluate(at) == "river.bridge"
    press("Shift+Space")
    seen.until("!audio.paused")
    press("Escape")
    seen.until("audio.paused")


def test_another_script_is_chosen(sit: Opener) -> None:
    """Not before somebody agreed to lose what is typed; the browser's question is answered with no by itself."""
    seen = sit()
    box = seen.edit("river.3", "Typed.")
    picker = seen.page.get_by_role("combobox", name="Script")
    picker.select_option("another.yaml")
    assert picker.input_value() == seen.path.name
    assert box.input_value() == "Typed."
    box.press("Escape")
    picker.select_option("another.yaml")
    seen.page.get_by_role("heading", name="Another walk", level=1).wait_for()
    assert "script=another.yaml" in seen.page.url
    assert "token" not in seen.page.url


def test_nothing_hangs_over_the_edge(sit: Opener) -> None:
    seen = sit(SCRIPT.replace("voice: guest}", "voice: gest}"))
    seen.card("river.3").get_by_role("button", name="Edit river.3").click()
    for width in (1280, 800, 390, 320):
        seen.page.set_viewport_size({"width": width, "height": 844})
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def test_axe_finds_nothing_serious(sit: Opener, size: tuple[int, int], scheme: str) -> None:
    """With a mistake, an open editor and a sound. `AUDIOGUIDE_AXE_JS` names axe.min.js."""
    source = os.environ.get("AUDIOGUIDE_AXE_JS")
    if not source:
        without = pytest.fail if os.environ.get("AUDIOGUIDE_REQUIRE_TOOLS") == "1" else pytest.skip
        without("AUDIOGUIDE_AXE_JS names no axe.min.js: npm install axe-core")
    seen = sit(size=size, color_scheme=scheme)
    seen.path.write_text(SCRIPT.replace("voice: guest}", "voice: gest}"), "utf-8")
    seen.card("river.bridge").get_by_role("alert").wait_for()
    seen.edit("river.3", "Something else.")
    seen.play("river.1").click()
    seen.page.evaluate(Path(source).read_text("utf-8"))
    found = seen.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


# -- the server goes ---------------------------------------------------------------------------------------------------


def test_a_server_that_went_and_came_back(sit: Opener, tmp_path: Path) -> None:
    """The page says so, keeps what was typed, and goes on by itself with the new server, whose token is another."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "another.yaml").write_text(SCRIPT, "utf-8")
    first = serve(folder)
    seen = sit(at=first)
    seen.forgiven = ("ERR_", "403")
    seen.edit("river.3", "Typed before.")
    assert first.end() in {0, 130}
    seen.page.get_by_text("The studio’s server does not answer.").wait_for()
    second = serve(folder, port=int(first.base.rpartition(":")[2]))
    seen.page.locator("#gone").wait_for(state="hidden")
    seen.card("river.3").get_by_role("button", name="Save and play").click()
    seen.until("audio.currentTime > 0.1")
    assert seen.changed_lines() == ["-      - Boats on the Thames go under it.", "+      - Typed before."]
    assert second.end() in {0, 130}


def test_pictures_of_the_page_can_be_kept(sit: Opener) -> None:
    """`AUDIOGUIDE_SCREENSHOTS` names a folder to put them in, for a person to look at."""
    folder = os.environ.get("AUDIOGUIDE_SCREENSHOTS")
    if not folder:
        pytest.skip("AUDIOGUIDE_SCREENSHOTS names no folder")
    for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
        for scheme in ("light", "dark"):
            seen = sit(size=size, color_scheme=scheme, reduced_motion="reduce")
            seen.page.get_by_role("button", name="Build").click()
            seen.page.get_by_role("status").filter(has_text="Built:").wait_for()
            seen.page.locator("#slider svg path").wait_for()
            seen.page.wait_for_timeout(800)
            seen.page.screenshot(path=Path(folder) / f"studio-{width}-{scheme}.png")
            seen.path.write_text(SCRIPT.replace("voice: guest}", "voice: gest}"), "utf-8")
            seen.card("river.bridge").get_by_role("alert").wait_for()
            seen.edit("river.3", "Boats on the river go under it.")
            seen.page.wait_for_timeout(400)
            seen.page.screenshot(path=Path(folder) / f"studio-{width}-{scheme}-mistake.png")
