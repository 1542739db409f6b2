"""The pages in a real browser: they play, follow, seek, answer keys, and ask nobody else for anything."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from audioguide.build import build
from audioguide.episode import Episode
from audioguide.ledger import Order
from audioguide.publish import art, pages
from audioguide.publish.model import FeedChapter, FeedEpisode, FeedShow, Line, MediaFile, TranscriptFile
from audioguide.publish.serve import open_server
from audioguide.settings import load_settings
from tests.browser import DESKTOP, PHONE
from tests.site import a_show, an_episode

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[2] / "scripts" / "legs.yaml"


@dataclass
class Visit:
    """A page that was opened, and what the browser said meanwhile."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def now(self) -> float:
        """Where the sound is, in seconds."""
        return float(self.page.evaluate("document.querySelector('audio').currentTime"))

    def paused(self) -> bool:
        """Whether the sound rests."""
        return bool(self.page.evaluate("document.querySelector('audio').paused"))

    def until(self, condition: str) -> None:
        """Wait until JavaScript finds a condition true; `audio` is the player's sound."""
        self.page.wait_for_function(f"() => {{ const audio = document.querySelector('audio'); return {condition}; }}")

    def current(self, kind: str) -> str:
        """The text of the chapter or line that is marked."""
        return str(self.page.text_content(f"a.{kind}[aria-current]")).strip()


def as_published(folder: Path, base_url: str) -> tuple[FeedShow, FeedEpisode]:
    """A built episode in the terms of the feed."""
    facts = json.loads((folder / "episode.json").read_text())
    segments = json.loads((folder / "legs.transcript.json").read_text())["segments"]
    media = facts["files"][0]
    show = a_show(base_url=base_url, link=base_url)
    chapters = [FeedChapter(each["start_s"], each["end_s"], each["title"]) for each in facts["chapters"]]
    return show, an_episode(
        duration_s=facts["duration_s"],
        media=(MediaFile(media["name"], media["type"], media["bytes"], media["sha256"]),),
        chapters=tuple(chapters),
        transcripts=(TranscriptFile("legs.vtt", "text/vtt", is_timed=True, language="en"),),
        lines=tuple(Line(each["startTime"], each["endTime"], None, each["body"]) for each in segments),
        link=None,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, FeedEpisode]]:
    """A folder with a real episode and its pages, on loopback."""
    desk = tmp_path_factory.mktemp("site")
    settings = load_settings({"cache": desk / "cache", "output": desk / "output"}, folder=desk)
    *_, episode = build(Order(SCRIPT), settings)
    assert isinstance(episode, Episode)
    with open_server(episode.folder, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base_url = f"http://127.0.0.1:{server.server_port}/"
        show, published = as_published(episode.folder, base_url)
        made = {
            "index.html": pages.index_page(show, [published]),
            published.page: pages.episode_page(show, published),
            "gone.html": pages.episode_page(show, an_episode(media=(MediaFile("gone.mp3", "audio/mpeg", 1, ""),))),
            "arabic.html": pages.episode_page(show, an_arabic(published)),
            show.image: art.cover_png(show.title, show.author, seed=show.id),
            "feed.xml": b"<rss/>",
            **pages.static_files(),
        }
        for name, data in made.items():
            (episode.folder / name).write_bytes(data)
        yield base_url, published
        server.shutdown()


def an_arabic(episode: FeedEpisode) -> FeedEpisode:
    """The same sound under words that run from right to left."""
    titles = ("مقدمة", "كيف تنمو العضلة", "ما يطلبه الجري", "لماذا يختلف الناس", "خاتمة")
    chapters = [
        FeedChapter(chapter.start_s, chapter.end_s, title)
        for chapter, title in zip(episode.chapters, titles, strict=False)
    ]
    lines = [Line(line.start_s, line.end_s, None, "تنمو العضلة عندما يُطلب منها أكثر.") for line in episode.lines]
    return an_episode(
        language="ar",
        title="هل يضخم الجري ساقيك؟",
        subtitle="ما يفعله الجري بالعضلات",
        description="إجابة قصيرة وأسبابها.",
        media=episode.media,
        duration_s=episode.duration_s,
        chapters=tuple(chapters),
        lines=tuple(lines),
        page="arabic.html",
    )


Opener = Callable[..., Visit]


@pytest.fixture
def visit(browser: Any, site: tuple[str, FeedEpisode]) -> Iterator[Opener]:
    """Open a page of the site; when the test ends, the browser has complained of nothing and asked nobody else."""
    contexts, visits = [], []

    def opened(name: str = "legs.html", *, size: tuple[int, int] = DESKTOP, **settings: Any) -> Visit:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **settings)
        context.set_default_timeout(10_000)
        contexts.append(context)
        seen = Visit(context.new_page())
        visits.append(seen)
        seen.page.on("console", lambda message: seen.complaints.append(f"{message.type}: {message.text}"))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on("request", lambda request: seen.hosts.add(re.sub(r"^(\w+://[^/]*).*", r"\1", request.url)))
        seen.page.on("response", lambda answer: seen.complaints.extend([answer.url] if answer.status >= 400 else []))
        seen.page.goto(site[0] + name)
        return seen

    yield opened
    for context in contexts:
        context.close()
    assert [complaint for each in visits for complaint in each.complaints] == []
    assert {host for each in visits for host in each.hosts} <= {site[0].rstrip("/")}


def test_play_plays_and_pause_rests(visit: Opener) -> None:
    seen = visit()
    seen.page.get_by_role("button", name="Play").click()
    seen.until("audio.currentTime > 0.5")
    seen.page.get_by_role("button", name="Pause").click()
    assert seen.paused()


def test_a_chapter_plays_from_its_start_and_is_marked(visit: Opener, site: tuple[str, FeedEpisode]) -> None:
    seen, chapter = visit(), site[1].chapters[2]
    seen.page.get_by_role("link", name=chapter.title).click()
    seen.until("!audio.paused")
    assert chapter.start_s - 0.1 <= seen.now() <= chapter.start_s + 3
    assert chapter.title in seen.current("chapter")
    assert float(seen.page.url.partition("#t=")[2]) == pytest.approx(chapter.start_s)


def test_the_transcript_follows_the_sound(visit: Opener, site: tuple[str, FeedEpisode]) -> None:
    """At the middle of every line, that line is marked and can be seen in its box."""
    seen = visit(reduced_motion="reduce")
    for line in site[1].lines[::4]:
        middle = (line.start_s + line.end_s) / 2
        seen.page.evaluate("at => { document.querySelector('audio').currentTime = at; }", middle)
        seen.until(f"Math.abs(audio.currentTime - {middle}) < 0.1 && !audio.seeking")
        seen.page.wait_for_timeout(60)
        assert seen.current("line") == line.text
        assert seen.page.evaluate("""() => {
            const box = document.querySelector('.transcript').getBoundingClientRect();
            const line = document.querySelector('a.line[aria-current]').getBoundingClientRect();
            return line.top >= box.top && line.bottom <= box.bottom + 1;
        }""")


def test_a_line_plays_from_its_start_when_clicked(visit: Opener, site: tuple[str, FeedEpisode]) -> None:
    seen, line = visit(), site[1].lines[6]
    seen.page.get_by_role("link", name=line.text).click()
    seen.until("!audio.paused")
    assert line.start_s - 0.1 <= seen.now() <= line.start_s + 3


def test_lines_are_reached_with_the_arrows_and_play_on_enter(visit: Opener, site: tuple[str, FeedEpisode]) -> None:
    seen, line = visit(), site[1].lines[2]
    assert seen.page.locator("a.line[tabindex='0']").count() == 1
    seen.page.locator("a.line[tabindex='0']").focus()
    seen.page.keyboard.press("ArrowDown")
    seen.page.keyboard.press("ArrowDown")
    seen.page.keyboard.press("Enter")
    seen.until("!audio.paused")
    assert line.start_s - 0.1 <= seen.now() <= line.start_s + 3


@pytest.mark.parametrize(
    ("hash_", "start_s"),
    [("#t=75", 75), ("#t=75.5", 75.5), ("#t=1:15", 75), ("#t=0:01:15", 75), ("#t=1m15s", 75), ("#t=75,80", 75),
     ("#t=abc", 0), ("#t=1.2.3", 0), ("#transcript", 0), ("#t=9999", 110.6)],
)  # fmt: skip
def test_an_address_with_a_time_opens_there(visit: Opener, hash_: str, start_s: float) -> None:
    seen = visit(f"legs.html{hash_}")
    seen.until("audio.readyState > 0 && !audio.seeking")
    assert seen.now() == pytest.approx(start_s, abs=0.2)
    assert seen.paused()


def test_another_time_in_the_address_is_followed(visit: Opener) -> None:
    seen = visit("legs.html#t=75")
    seen.page.evaluate("location.hash = '#t=20'")
    seen.until("Math.abs(audio.currentTime - 20) < 0.2")


def test_keys_do_what_the_legend_says(visit: Opener, site: tuple[str, FeedEpisode]) -> None:
    seen = visit("legs.html#t=40")
    press = seen.page.keyboard.press
    legend = seen.page.locator(".keys")
    assert legend.is_visible()
    for key, condition in [
        ("k", "!audio.paused"),
        ("Space", "audio.paused"),
        ("ArrowRight", "audio.currentTime > 54"),
        ("l", "audio.currentTime > 69"),
        ("j", "audio.currentTime < 60"),
        ("ArrowLeft", "audio.currentTime < 45"),
        ("n", f"Math.abs(audio.currentTime - {site[1].chapters[2].start_s}) < 0.2"),
        ("p", f"Math.abs(audio.currentTime - {site[1].chapters[1].start_s}) < 0.2"),
        (">", "audio.playbackRate === 1.25"),
        ("<", "audio.playbackRate === 1"),
        ("m", "audio.muted"),
    ]:
        press(key)
        seen.until(condition)
    assert {label.strip() for label in legend.locator("kbd").all_text_contents()} == {
        "Space", "K", "←", "J", "→", "L", "P", "N", "<", ">", "M", "↑", "↓", "Enter",
    }  # fmt: skip


def test_keys_can_be_turned_off_and_stay_so(visit: Opener) -> None:
    seen = visit("legs.html#t=40")
    seen.page.get_by_label("Keys are on").uncheck()
    seen.page.reload()
    assert not seen.page.get_by_label("Keys are on").is_checked()
    seen.page.keyboard.press("l")
    seen.page.wait_for_timeout(100)
    assert seen.now() == pytest.approx(40, abs=0.2)


def test_keys_with_a_modifier_are_the_browsers(visit: Opener) -> None:
    seen = visit("legs.html#t=40")
    seen.page.keyboard.press("Control+l")
    seen.page.wait_for_timeout(100)
    assert seen.now() == pytest.approx(40, abs=0.2)


def test_speed_and_position_are_remembered(visit: Opener) -> None:
    seen = visit()
    seen.page.get_by_label("Speed").select_option("1.5")
    seen.page.evaluate("document.querySelector('audio').currentTime = 42")
    seen.page.get_by_role("button", name="Play").click()
    seen.until("audio.currentTime > 42.2")
    seen.page.get_by_role("button", name="Pause").click()
    seen.page.reload()
    seen.until("audio.playbackRate === 1.5 && audio.currentTime > 42 && audio.currentTime < 46")
    assert "Continued at 0:4" in seen.page.get_by_role("status").text_content()


def test_the_link_of_a_moment_is_copied(visit: Opener, site: tuple[str, FeedEpisode]) -> None:
    seen = visit("legs.html#t=75.4", permissions=["clipboard-read", "clipboard-write"])
    seen.page.get_by_role("button", name="Copy link at 1:15").click()
    seen.page.get_by_text("Link copied").wait_for()
    assert seen.page.evaluate("navigator.clipboard.readText()") == f"{site[0]}legs.html#t=75"


def test_where_copying_is_refused_the_link_is_shown(visit: Opener, site: tuple[str, FeedEpisode]) -> None:
    seen = visit("legs.html#t=75")
    seen.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    seen.page.get_by_role("button", name="Copy link at 1:15").click()
    seen.page.get_by_text(f"{site[0]}legs.html#t=75").wait_for()


def test_the_feed_address_is_copied(visit: Opener, site: tuple[str, FeedEpisode]) -> None:
    seen = visit("index.html", permissions=["clipboard-read", "clipboard-write"])
    seen.page.get_by_role("button", name="Copy").click()
    seen.page.get_by_role("button", name="Copied").wait_for()
    assert seen.page.evaluate("navigator.clipboard.readText()") == f"{site[0]}feed.xml"


def test_position_can_be_dragged_and_is_told_in_words(visit: Opener) -> None:
    seen = visit()
    seen.page.get_by_role("slider", name="Position").fill("60")
    seen.until("Math.abs(audio.currentTime - 60) < 0.2")
    assert seen.page.get_by_role("slider", name="Position").get_attribute("aria-valuetext").startswith("1:00, ")


def test_a_sound_that_is_gone_is_told(visit: Opener) -> None:
    seen = visit("gone.html")
    seen.page.get_by_text("The sound cannot be loaded.").wait_for()
    assert any("gone.mp3" in complaint or "404" in complaint for complaint in seen.complaints)
    seen.complaints.clear()


def test_the_landing_page_leads_to_the_episode(visit: Opener) -> None:
    seen = visit("index.html")
    seen.page.get_by_role("link", name="Will jogging bulk up your legs?").click()
    seen.page.get_by_role("heading", name="Will jogging bulk up your legs?", level=1).wait_for()


def test_without_scripts_the_page_has_player_chapters_and_transcript(
    visit: Opener, site: tuple[str, FeedEpisode]
) -> None:
    seen = visit(java_script_enabled=False)
    assert seen.page.locator("audio[controls]").is_visible()
    assert not seen.page.locator(".controls").is_visible()
    assert not seen.page.locator(".keys").is_visible()
    assert not seen.page.get_by_role("button").all()
    chapter = seen.page.get_by_role("link", name="Conclusion")
    assert chapter.get_attribute("href") == f"legs.mp3#t={site[1].chapters[-1].start_s:g}"
    assert seen.page.get_by_text(site[1].lines[-1].text).is_visible()


@pytest.mark.parametrize("name", ["index.html", "legs.html", "arabic.html"])
def test_nothing_hangs_over_the_edge(visit: Opener, name: str) -> None:
    page = visit(name).page
    for width in (1280, 800, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["index.html", "legs.html", "arabic.html"])
def test_axe_finds_nothing_serious(visit: Opener, name: str, size: tuple[int, int], scheme: str) -> None:
    """With a chapter and a line marked. `AUDIOGUIDE_AXE_JS` names axe.min.js."""
    source = os.environ.get("AUDIOGUIDE_AXE_JS")
    if not source:
        without = pytest.fail if os.environ.get("AUDIOGUIDE_REQUIRE_TOOLS") == "1" else pytest.skip
        without("AUDIOGUIDE_AXE_JS names no axe.min.js: npm install axe-core")
    page = visit(f"{name}#t=20", size=size, color_scheme=scheme).page
    page.evaluate(Path(source).read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_pictures_of_the_pages_can_be_kept(visit: Opener) -> None:
    """`AUDIOGUIDE_SCREENSHOTS` names a folder to put them in, for a person to look at."""
    folder = os.environ.get("AUDIOGUIDE_SCREENSHOTS")
    if not folder:
        pytest.skip("AUDIOGUIDE_SCREENSHOTS names no folder")
    for name in ("index", "legs", "arabic"):
        for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
            for scheme in ("light", "dark"):
                page = visit(f"{name}.html#t=20", size=size, color_scheme=scheme, reduced_motion="reduce").page
                page.wait_for_timeout(500)
                page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
