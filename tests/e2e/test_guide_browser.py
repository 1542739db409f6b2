"""A published guide in a real browser on a phone: list, keypad, player, text, map, languages, and all that without a network."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import segno
from PIL import Image
from pypdf import PdfReader

from tests.browser import PHONE, QUIET
from tests.desk import child_environment
from tests.guides import BASE, TEXTS, Walk, script
from tests.tools import require_package, require_tool

pytestmark = pytest.mark.slow

FREE = "--autoplay-policy=no-user-gesture-required"
STRICT = "--autoplay-policy=user-gesture-required"
VIEWS = ("", "#keypad", "#map", "#offline", "#stop=12")


@dataclass
class Host:
    """`audioguide serve` as a process of its own."""

    folder: Path
    port: int = 0
    process: subprocess.Popen[str] | None = None

    def start(self) -> Host:
        """Serve the folder; the second time on the same port."""
        call = "from audioguide.cli import main; main()"
        command = [sys.executable, "-c", call, "serve", str(self.folder), "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=child_environment())
        assert self.process.stdout
        address = re.search(r"http://127\.0\.0\.1:(\d+)/", self.process.stdout.readline())
        assert address
        self.port = int(address[1])
        return self

    def stop(self) -> None:
        """No more answers; nothing, where that is so already."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.communicate(timeout=10)

    @property
    def url(self) -> str:
        """Where the guide is."""
        return f"http://127.0.0.1:{self.port}/"


@dataclass
class Visit:
    """A page that was opened, and what the browser said meanwhile."""

    page: Any
    url: str
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def go(self, address: str) -> Visit:
        """Open an address of the guide anew."""
        self.page.goto("about:blank")
        self.page.goto(self.url + address)
        return self

    def until(self, condition: str) -> None:
        """Wait until JavaScript finds a condition true; `audio` is the player's sound."""
        self.page.wait_for_function(f"() => {{ const audio = document.querySelector('#sound'); return {condition}; }}")

    def plays(self, number: int, after_s: float = 0.05) -> None:
        """Wait until a stop's sound runs."""
        self.until(f"!audio.paused && audio.currentTime > {after_s} && audio.src.includes('/{number:03}-')")

    def at(self) -> float:
        """Where the sound is, in seconds."""
        return float(self.page.evaluate("document.querySelector('#sound').currentTime"))

    def button(self, name: str) -> Any:
        """A button that is seen."""
        return self.page.get_by_role("button", name=name, exact=True)

    def settled(self) -> None:
        """Wait until the worker keeps the pages."""
        self.page.evaluate("navigator.serviceWorker.ready.then((one) => one.active && true)")
        self.until("navigator.serviceWorker.controller !== null")


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """The walk in three languages, built and published."""
    made = Walk(tmp_path_factory.mktemp("walk"), ("en", "de", "ar"))
    made.write()
    made.publish(made.build())
    return made


@pytest.fixture(scope="module")
def host(walk: Walk) -> Iterator[Host]:
    running = Host(walk.site).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., Any]]:
    """A Chromium that lets pages play at once, or not."""
    chromium = require_tool("chromium")
    require_package("playwright")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running: dict[str, Any] = {}

        def launched(policy: str = FREE) -> Any:
            if policy not in running:
                running[policy] = playwright.chromium.launch(executable_path=chromium, args=[*QUIET, policy])
            return running[policy]

        yield launched
        for browser in running.values():
            browser.close()


Opener = Callable[..., Visit]


@pytest.fixture
def visit(launch: Callable[..., Any], host: Host) -> Iterator[Opener]:
    """Open the guide as a new visitor; when the test ends, the browser has complained of nothing and asked nobody else."""
    contexts, visits = [], []

    def opened(
        address: str = "", *, size: tuple[int, int] = PHONE, policy: str = FREE, at: Host = host, **settings: Any
    ) -> Visit:
        settings = {"reduced_motion": "reduce", "locale": "en-GB", **settings}
        context = launch(policy).new_context(viewport={"width": size[0], "height": size[1]}, **settings)
        context.set_default_timeout(10_000)
        contexts.append(context)
        seen = Visit(context.new_page(), at.url)
        visits.append(seen)
        seen.page.on("console", lambda message: seen.complaints.append(f"{message.type}: {message.text}"))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        context.on("request", lambda request: seen.hosts.add(re.sub(r"^(\w+://[^/]*).*", r"\1", request.url)))
        seen.page.on("response", lambda answer: seen.complaints.extend([answer.url] if answer.status >= 400 else []))
        seen.page.goto(at.url + address)
        return seen

    yield opened
    for context in contexts:
        context.close()
    assert [complaint for each in visits for complaint in each.complaints] == []
    assert all(host <= {each.url.rstrip("/")} for each in visits for host in [each.hosts])


def lines(page: Any, track: str = "main", number: int = 12) -> Any:
    return page.locator(f"article[data-number='{number}'] [data-track='{track}'] a.line")


# -- finding a stop ----------------------------------------------------------------------------------------------------


def test_the_list_shows_title_picture_and_minutes(visit: Opener) -> None:
    page = visit().page
    cards = page.locator(".cards a")
    assert [" ".join(text.split()) for text in page.locator(".cards .name").all_text_contents()] == [
        "12 The fort on the hill",
        "13 The old harbour",
        "20 The mill & its wheel",
        "21 Market square",
        "100 The leaning tower",
    ]
    assert "1\xa0min" in cards.first.inner_text()
    assert page.evaluate("[...document.querySelectorAll('.cards img')].map((one) => one.naturalWidth)") == [240] * 4


def test_a_stop_of_the_list_opens_and_plays(visit: Opener) -> None:
    seen = visit()
    seen.page.locator(".cards a").nth(1).click()
    seen.plays(13)
    assert seen.page.url.endswith("#stop=13")
    assert seen.page.evaluate("document.activeElement.textContent.trim()").endswith("The old harbour")
    assert seen.page.title() == "13 The old harbour · A walk through the old town"
    seen.page.go_back()
    seen.page.locator(".cards").wait_for()


def test_a_number_is_typed_on_the_keypad(visit: Opener) -> None:
    seen = visit("#keypad")
    for digit in "13":
        seen.button(digit).click()
    seen.button("Erase a digit").click()
    seen.button("2").click()
    assert seen.page.get_by_role("status").filter(has_text="12 The fort on the hill").is_visible()
    seen.button("Open").click()
    seen.plays(12)


@pytest.mark.parametrize("digits", ["99", "٩٩"])
def test_a_wrong_number_is_told(visit: Opener, digits: str) -> None:
    """Typed on keys, in Arabic digits too."""
    seen = visit("#keypad")
    seen.page.locator("#number").focus()
    seen.page.keyboard.type(digits)
    seen.page.keyboard.press("Enter")
    assert seen.page.locator("#keypad-said").inner_text() == "There is no stop 99."
    assert seen.page.url.endswith("#keypad")


def test_an_address_of_no_stop_is_told(visit: Opener) -> None:
    assert visit("#stop=99").page.locator("#keypad-said").inner_text() == "There is no stop 99."


def test_the_map_leads_to_stops(visit: Opener) -> None:
    seen = visit("#map")
    assert seen.page.locator(".map [data-marker]").count() == 5
    seen.page.locator(".map").get_by_role("link", name="20 The mill & its wheel").click()
    seen.plays(20)


def test_a_visitor_who_asks_sees_where_they_are(visit: Opener) -> None:
    """Halfway between two stops; nobody is asked before, and nothing is kept once they look elsewhere."""
    between = {"latitude": (47.3702 + 47.3741) / 2, "longitude": (8.5415 + 8.5389) / 2, "accuracy": 12}
    seen = visit("#map", permissions=["geolocation"], geolocation=between)
    here = seen.page.locator(".here .dot")
    assert not here.is_visible()
    seen.button("Show where I am").click()
    seen.page.get_by_text("You are here, within 12 m.").wait_for()
    middles = [_middle(seen.page.locator(f"[data-marker='{number}'] circle")) for number in (12, 21)]
    assert _middle(here) == pytest.approx([(one + other) / 2 for one, other in zip(*middles, strict=True)], abs=1.5)
    seen.page.context.set_geolocation({"latitude": 46, "longitude": 8.54})
    seen.page.get_by_text("You are outside this map.").wait_for()
    seen.page.get_by_role("link", name="Number").click()
    seen.page.get_by_role("link", name="Map").click()
    assert seen.button("Show where I am").get_attribute("aria-pressed") == "false"
    assert not here.is_visible()


def test_where_a_position_is_refused_that_is_told(visit: Opener) -> None:
    seen = visit("#map")
    seen.button("Show where I am").click()
    seen.page.get_by_text("Your position cannot be found.").wait_for()


def _middle(locator: Any) -> list[float]:
    box = locator.bounding_box()
    return [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]


# -- the address of a stop ---------------------------------------------------------------------------------------------


def test_the_address_opens_and_plays_the_stop(visit: Opener) -> None:
    seen = visit("#stop=12")
    seen.plays(12)
    assert seen.page.get_by_role("heading", name="12 The fort on the hill").is_visible()
    assert not seen.page.get_by_role("heading", name="Stops").is_visible()


def test_where_the_browser_will_not_play_by_itself_one_tap_does(visit: Opener) -> None:
    seen = visit("#stop=12", policy=STRICT)
    seen.page.get_by_text("Tap to play.").wait_for()
    seen.until("document.activeElement.dataset.listen === 'main'")
    seen.page.keyboard.press("Enter")
    seen.plays(12)
    assert not seen.page.get_by_text("Tap to play.").is_visible()


def test_the_address_may_name_a_language(visit: Opener) -> None:
    seen = visit("#stop=12&lang=de")
    seen.plays(12)
    assert seen.page.url.endswith("/de/#stop=12")
    assert seen.page.get_by_role("heading", name="12 Die Festung auf dem Hügel").is_visible()


def test_a_visitor_is_met_in_their_language(visit: Opener) -> None:
    """A code on a wall names no language: the browser does, and then what was chosen."""
    seen = visit("#stop=13", locale="de-AT")
    seen.plays(13)
    assert seen.page.url.endswith("/de/#stop=13")
    seen.page.get_by_role("link", name="EN", exact=True).click()
    seen.plays(13)
    seen.go("#stop=12").plays(12)
    assert "/de/" not in seen.page.url


def test_another_language_keeps_the_stop(visit: Opener) -> None:
    seen = visit("#stop=20")
    seen.plays(20)
    seen.button("Pause").first.click()
    seen.page.get_by_role("link", name="DE", exact=True).click()
    seen.page.get_by_role("heading", name="20 Die Mühle und ihr Rad").wait_for()
    assert seen.page.url.endswith("/de/#stop=20")
    seen.until("audio.readyState > 0")
    assert seen.page.evaluate("document.querySelector('#sound').paused")


# -- listening ---------------------------------------------------------------------------------------------------------


def test_the_player_does_what_its_buttons_say(visit: Opener) -> None:
    seen = visit("#stop=12")
    seen.plays(12)
    dock = seen.page.get_by_role("region", name="Player")
    dock.get_by_role("button", name="Pause").click()
    seen.until("audio.paused")
    dock.get_by_role("slider", name="Position").fill("3")
    seen.until("Math.abs(audio.currentTime - 3) < 0.2")
    assert dock.get_by_role("slider", name="Position").get_attribute("aria-valuetext").startswith("0:03 / 0:")
    dock.get_by_role("button", name="Back 15 seconds").click()
    seen.until("audio.currentTime === 0")
    dock.get_by_role("button", name="Forward 15 seconds").click()
    seen.until("audio.currentTime > audio.duration - 1")
    dock.get_by_label("Speed").select_option("1.5")
    assert seen.page.evaluate("document.querySelector('#sound').playbackRate") == 1.5
    assert dock.get_by_role("button", name="Previous stop").is_disabled()
    dock.get_by_role("button", name="Next stop").click()
    seen.plays(13)
    assert seen.page.evaluate("document.querySelector('#sound').playbackRate") == 1.5


def test_a_lock_screen_is_told_what_plays(visit: Opener) -> None:
    """The handlers are those that the page gave to the browser."""
    seen = visit()
    seen.page.add_init_script(
        "window.handlers = {}; const set = MediaSession.prototype.setActionHandler;"
        "MediaSession.prototype.setActionHandler = function (name, handler) {"
        " window.handlers[name] = handler; return set.call(this, name, handler); };"
    )
    seen.go("#stop=13").plays(13)
    told = seen.page.evaluate(
        "() => { const one = navigator.mediaSession.metadata; return [one.title, one.artist, one.artwork[0].src]; }"
    )
    assert told[:2] == ["13 The old harbour", "A walk through the old town"]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/media/013-harbour\.\w+\.jpg", told[2])
    seen.page.evaluate("window.handlers.seekto({ seekTime: 2 })")
    seen.until("audio.currentTime >= 2")
    seen.page.evaluate("window.handlers.pause()")
    seen.until("audio.paused")
    seen.page.evaluate("window.handlers.nexttrack()")
    seen.plays(20)


def test_the_text_follows_the_sound(visit: Opener) -> None:
    seen = visit("#stop=12")
    seen.plays(12)
    seen.page.evaluate("document.querySelector('#sound').pause()")
    for line in lines(seen.page).all()[1:]:
        start = float(line.get_attribute("href").partition("#t=")[2])
        seen.page.evaluate("at => { document.querySelector('#sound').currentTime = at; }", start + 0.3)
        seen.until(f"!audio.seeking && document.querySelector('a.line[aria-current]').href.endsWith('#t={start:g}')")
        assert seen.page.evaluate("""() => {
            const line = document.querySelector('a.line[aria-current]').getBoundingClientRect();
            return line.top >= 0 && line.bottom <= document.querySelector('.bottom').getBoundingClientRect().top;
        }""")


def test_a_line_plays_from_its_start(visit: Opener) -> None:
    seen = visit("#stop=12")
    seen.plays(12)
    line = lines(seen.page).nth(2)
    start = float(line.get_attribute("href").partition("#t=")[2])
    line.click()
    seen.until(f"!audio.paused && Math.abs(audio.currentTime - {start}) < 1")
    assert line.get_attribute("aria-current") == "true"


def test_lines_are_reached_with_the_arrows(visit: Opener) -> None:
    seen = visit("#stop=13")
    seen.plays(13)
    seen.page.locator("article:not([hidden]) a.line[tabindex='0']").focus()
    seen.page.keyboard.press("ArrowDown")
    seen.page.keyboard.press("Enter")
    start = float(lines(seen.page, number=13).nth(1).get_attribute("href").partition("#t=")[2])
    seen.until(f"audio.currentTime >= {start} - 0.1")


def test_the_extra_track_plays_with_its_own_text(visit: Opener) -> None:
    seen = visit("#stop=12")
    seen.plays(12)
    seen.page.locator("[data-listen='more']").click()
    seen.until("!audio.paused && audio.src.includes('.more.') && audio.currentTime > 0.1")
    assert seen.page.locator(".now").inner_text() == "12 The fort on the hill: More about this"
    seen.until("document.querySelector('[data-track=more] a.line[aria-current]')")


def test_the_text_grows_and_stays_so(visit: Opener) -> None:
    seen = visit("#stop=12")
    size = "parseFloat(getComputedStyle(document.querySelector('article:not([hidden]) .text')).fontSize)"
    before = seen.page.evaluate(size)
    seen.button("Larger text").click()
    after = seen.page.evaluate(size)
    assert after > before
    assert seen.go("#stop=13").page.evaluate(size) == after


def test_where_one_stopped_is_remembered(visit: Opener) -> None:
    seen = visit("#stop=12")
    seen.plays(12)
    seen.page.evaluate("document.querySelector('#sound').currentTime = 5")
    seen.until("audio.currentTime > 5.1")
    seen.page.evaluate("document.querySelector('#sound').pause()")
    seen.go("")
    seen.page.get_by_role("link", name="Continue: 12 The fort on the hill, 0:05").click()
    seen.until("audio.currentTime > 5 && audio.currentTime < 8")


# -- without a network -------------------------------------------------------------------------------------------------


@pytest.fixture
def serve() -> Iterator[Callable[[Path], Host]]:
    """Hosts that a test may stop; whatever becomes of it, none goes on."""
    with ExitStack() as hosts:

        def start(folder: Path) -> Host:
            host = Host(folder).start()
            hosts.callback(host.stop)
            return host

        yield start


@pytest.fixture
def own_host(walk: Walk, serve: Callable[[Path], Host]) -> Host:
    """A host that a test may stop."""
    return serve(walk.site)


def test_what_was_saved_plays_without_a_network(visit: Opener, own_host: Host) -> None:
    """After the first load the server is gone and the network cut: the guide opens, the saved stops play and seek."""
    seen = visit(at=own_host)
    seen.settled()
    seen.page.get_by_role("link", name="Offline").click()
    save = seen.page.get_by_role("button", name=re.compile("Save all stops · .* (kB|MB)"))
    save.click()
    seen.page.get_by_role("button", name="Delete everything saved").first.wait_for()
    assert "Saved on this device: " in seen.page.locator(".used").inner_text()
    own_host.stop()
    seen.page.context.set_offline(True)
    seen.page.reload()
    seen.go("#stop=13").plays(13)
    seen.page.evaluate("document.querySelector('#sound').currentTime = 4")
    seen.until("audio.currentTime > 4.1 && !audio.error")
    assert seen.page.locator("article:not([hidden]) .picture").evaluate("(one) => one.naturalWidth") == 1200
    seen.go("#map").page.locator(".map").wait_for()
    seen.complaints.clear()


def test_a_stop_that_was_not_saved_says_so(visit: Opener, own_host: Host) -> None:
    seen = visit("#stop=13", at=own_host)
    seen.settled()
    seen.page.get_by_role("button", name=re.compile(r"Save for offline · .*: 13")).click()
    seen.page.get_by_role("button", name="Delete: 13 The old harbour").wait_for()
    own_host.stop()
    seen.page.context.set_offline(True)
    seen.go("#stop=20")
    seen.page.get_by_text("You are offline, and this stop is not saved on this device.").wait_for()
    seen.until("document.querySelector('article:not([hidden]) .picture').naturalWidth === 240")
    seen.go("de/#stop=13")
    seen.page.get_by_text("Sie sind offline, und diese Station ist auf diesem Gerät nicht gespeichert.").wait_for()
    seen.go("#stop=13").plays(13)
    seen.complaints.clear()


def test_saved_sound_is_answered_in_parts(visit: Opener) -> None:
    """The worker answers a range with 206, the right bytes, and 416 beyond the end: Safari plays nothing else."""
    seen = visit("#stop=13")
    seen.settled()
    seen.page.get_by_role("button", name=re.compile(r"Save for offline · .*: 13")).click()
    seen.page.get_by_role("button", name="Delete: 13 The old harbour").wait_for()
    answers = seen.page.evaluate("""async () => {
        const url = document.querySelector('article[data-number="13"] .track').dataset.src;
        const whole = new Uint8Array(await (await fetch(url)).arrayBuffer());
        const ask = async (range) => {
            const got = await fetch(url, { headers: { Range: range } });
            const data = new Uint8Array(await got.arrayBuffer());
            const start = Number((/bytes (\\d+)-/.exec(got.headers.get("Content-Range")) || [])[1]);
            return [got.status, data.length, data.every((byte, index) => byte === whole[start + index])];
        };
        return [whole.length, await ask("bytes=0-"), await ask("bytes=100-199"), await ask("bytes=-50"), await ask("bytes=99999999-")];
    }""")
    length, *parts = answers
    assert parts == [[206, length, True], [206, 100, True], [206, 50, True], [416, 0, True]]
    seen.complaints.clear()  # the 416 that was asked for


def test_what_was_saved_can_be_deleted(visit: Opener) -> None:
    seen = visit("#offline")
    kept = "caches.open('guide:/:saved').then((one) => one.keys()).then((keys) => keys.length)"
    seen.page.get_by_role("button", name=re.compile(r"Save for offline · .*: 13")).click()
    seen.page.get_by_role("button", name="Delete: 13 The old harbour").click()
    seen.page.get_by_role("button", name=re.compile(r"Save for offline · .*: 13")).wait_for()
    assert seen.page.evaluate(kept) == 0


def test_a_browser_that_cannot_save_says_so(visit: Opener) -> None:
    """It plays all the same."""
    seen = visit("#stop=13", service_workers="block")
    seen.plays(13)
    assert not seen.page.get_by_role("button", name=re.compile("Save")).all()
    seen.page.get_by_role("link", name="Offline").click()
    seen.page.get_by_text("This browser cannot save stops at this address.").wait_for()
    seen.complaints.clear()


def test_a_new_version_waits_until_it_is_taken(
    visit: Opener, walk: Walk, serve: Callable[[Path], Host], tmp_path: Path
) -> None:
    """The open page stays as it is; then the new words are there, and a saved stop plays its new sound without a network."""
    walk = Walk(tmp_path, ("en",), cache=walk.folder / "cache")
    walk.write()
    walk.publish(walk.build())
    host = serve(walk.site)
    seen = visit("#stop=13", at=host)
    seen.settled()
    seen.page.get_by_role("button", name=re.compile(r"Save for offline · .*: 13")).click()
    seen.page.get_by_role("button", name="Delete: 13 The old harbour").wait_for()
    texts = [*TEXTS["en"]]
    texts[1] = ("harbour", "The new harbour", "It was dug in a summer. Nobody has seen a ship in it.")
    walk.write(en=script("en", texts=texts))
    walk.publish(walk.build())
    seen.page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update()).then(() => true)")
    seen.page.get_by_text("There is a new version of this guide.").wait_for()
    assert seen.page.get_by_role("heading", name="13 The old harbour").is_visible()
    seen.button("Load it").click()
    seen.page.get_by_role("heading", name="13 The new harbour").wait_for()
    seen.page.get_by_role("button", name="Delete: 13 The new harbour").wait_for()
    host.stop()
    seen.page.context.set_offline(True)
    seen.go("#stop=13").plays(13)
    assert len(seen.page.evaluate("caches.keys()")) == 2
    seen.complaints.clear()


def test_who_comes_back_gets_the_new_version_at_once(
    visit: Opener, walk: Walk, serve: Callable[[Path], Host], tmp_path: Path
) -> None:
    """And an open page whose old sound has left the folder finds the new one by itself."""
    walk = Walk(tmp_path, ("en",), cache=walk.folder / "cache")
    _renamed(walk, "The old harbour")
    host = serve(walk.site)
    seen = visit(at=host)
    seen.settled()
    _renamed(walk, "The new harbour")
    seen.go("").page.get_by_role("link", name="13 The new harbour").wait_for()
    _renamed(walk, "The last harbour", and_old_ones_go=True)
    seen.page.get_by_role("link", name="13 The new harbour").click()
    seen.plays(13)
    seen.page.get_by_role("heading", name="13 The last harbour").wait_for()
    assert all("013-harbour" in complaint or "404" in complaint for complaint in seen.complaints)
    seen.complaints.clear()


def _renamed(walk: Walk, title: str, *, and_old_ones_go: bool = False) -> None:
    """The walk with another second stop, published; the old files leave the folder when their grace is over."""
    texts = [*TEXTS["en"]]
    texts[1] = ("harbour", title, f"{title}. {texts[1][2]}")
    walk.write(en=script("en", texts=texts))
    told = walk.build()
    walk.publish(told)
    if and_old_ones_go:
        walk.later(hours=49)
        walk.publish(told)


def test_the_guide_can_be_installed(visit: Opener) -> None:
    seen = visit()
    seen.settled()
    session = seen.page.context.new_cdp_session(seen.page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert '"display": "standalone"' in manifest["data"]
    problems = {each["errorId"] for each in session.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert problems <= {"in-incognito"}


# -- other readers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page_name", ["", "de/", "ar/"])
def test_nothing_hangs_over_the_edge(visit: Opener, page_name: str) -> None:
    seen = visit(page_name)
    for view in VIEWS:
        seen.page.evaluate("view => { location.hash = view; }", view)
        for width in (390, 320):
            seen.page.set_viewport_size({"width": width, "height": 800})
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width, (view, width)


def test_arabic_runs_from_right_to_left(visit: Opener) -> None:
    seen = visit("ar/#stop=12")
    seen.plays(12)
    assert (
        seen.page.evaluate("getComputedStyle(document.querySelector('article:not([hidden]) .text p')).direction")
        == "rtl"
    )
    seen.page.get_by_role("link", name="المحطات", exact=True).click()
    image = seen.page.locator(".cards img").first.bounding_box()
    name = seen.page.locator(".cards .name").first.bounding_box()
    assert image["x"] > name["x"]
    assert seen.page.get_by_role("link", name="الخريطة").is_visible()


def test_without_scripts_everything_is_there(visit: Opener) -> None:
    """The list, the map, every stop with its picture, sound and text; and a stop's address still leads to it."""
    seen = visit("#stop=13", java_script_enabled=False)
    page = seen.page
    assert page.locator("audio[controls]").count() == 6
    assert page.get_by_text("Ships came in here until the river moved.").is_visible()
    assert page.locator(".map").is_visible()
    assert not page.get_by_role("button").all()
    assert not page.locator(".keypad").is_visible()
    assert abs(page.locator("[id='stop=13']").bounding_box()["y"]) < 2
    page.get_by_role("link", name="DE", exact=True).click()
    assert page.get_by_role("heading", name="Der alte Hafen").is_visible()


def test_the_sheet_prints_number_title_and_code(visit: Opener) -> None:
    """Two columns on A4, five stops on a page; and each code, as it is drawn on the page, is that of the stop's address."""
    seen = visit("sheet.html", size=(794, 1123))
    page = seen.page
    page.emulate_media(media="print", color_scheme="dark")
    labels = page.locator(".label")
    assert labels.count() == 5
    for label, number in zip(labels.all(), (12, 13, 20, 21, 100), strict=True):
        assert label.locator(".big").inner_text() == str(number)
        drawn = Image.open(io.BytesIO(label.locator("svg").screenshot())).convert("L")
        code = segno.make(f"{BASE}#stop={number}", error="q", micro=False, boost_error=False)
        assert _modules(drawn, len(code.matrix) + 8) == [
            [bool(cell) for cell in row] for row in code.matrix_iter(border=4)
        ]
    assert "Die Festung auf dem Hügel" in labels.first.inner_text()
    first, second = labels.nth(0).bounding_box(), labels.nth(1).bounding_box()
    assert first["y"] == second["y"]
    assert first["x"] < second["x"]
    assert len(PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages) == 1


def _modules(image: Image.Image, side: int) -> list[list[bool]]:
    """Which cells of a drawn code are dark, asked in the middle of each."""

    def dark(row: int, column: int) -> bool:
        value = image.getpixel((int((column + 0.5) * image.width / side), int((row + 0.5) * image.height / side)))
        assert isinstance(value, int | float)
        return value < 128

    return [[dark(row, column) for column in range(side)] for row in range(side)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit: Opener, scheme: str) -> None:
    """`AUDIOGUIDE_AXE_JS` names axe.min.js."""
    source = os.environ.get("AUDIOGUIDE_AXE_JS")
    if not source:
        without = pytest.fail if os.environ.get("AUDIOGUIDE_REQUIRE_TOOLS") == "1" else pytest.skip
        without("AUDIOGUIDE_AXE_JS names no axe.min.js: npm install axe-core")
    seen = visit(color_scheme=scheme)
    found = []
    for name in (*VIEWS, "ar/#stop=12", "ar/", "sheet.html"):
        seen.go(name).page.wait_for_timeout(150)
        seen.page.evaluate(Path(source).read_text("utf-8"))
        told = seen.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        found += [(name, each["id"], each["nodes"][0]["html"]) for each in told]
    assert found == []
