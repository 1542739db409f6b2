"""Pages say what the feed says, ask nobody else, and let no text of the author become markup."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree, html

from audioguide.publish import pages
from audioguide.publish.model import FeedChapter, FeedEpisode, Line, MediaFile, Person
from tests.site import a_show, an_episode

HOSTILE = "</script></title><script>alert(1)</script>\"'><img src=x onerror=alert(1)> & {{ 7*7 }} \u2028 \u202e"


def episode_tree(**changes: Any) -> Any:
    return html.fromstring(pages.episode_page(a_show(), an_episode(**changes)).decode())


def index_tree(*episodes: FeedEpisode, **changes: Any) -> Any:
    return html.fromstring(pages.index_page(a_show(**changes), episodes).decode())


def both() -> list[Any]:
    return [index_tree(an_episode()), episode_tree()]


def words(tree: Any) -> str:
    return " ".join(tree.text_content().split())


def embedded(tree: Any) -> dict[str, Any]:
    (text,) = tree.xpath("//script[@type='application/ld+json']/text()")
    data: dict[str, Any] = json.loads(text)
    return data


def test_a_page_is_the_same_bytes_each_time() -> None:
    assert pages.episode_page(a_show(), an_episode()) == pages.episode_page(a_show(), an_episode())
    assert pages.index_page(a_show(), [an_episode()]) == pages.index_page(a_show(), [an_episode()])


def test_nothing_is_loaded_from_elsewhere() -> None:
    """Everything that a browser fetches by itself is a file of the folder."""
    for tree in both():
        fetched = tree.xpath("//@src | //@srcset | //@poster | //link[@rel='stylesheet' or @rel='icon']/@href")
        assert fetched
        assert not [address for address in fetched if ":" in address or address.startswith("/")]
        assert not tree.xpath("//iframe | //object | //embed | //form | //link[@rel='preconnect' or @rel='preload']")


def test_nothing_on_a_page_needs_more_than_the_strict_policy() -> None:
    for tree in both():
        (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert not tree.xpath("//style | //@style | //script[not(@src) and @type!='application/ld+json']")
        assert not [name for node in tree.iter() for name in node.attrib if name.startswith("on")]


def test_static_files_are_small_and_ask_nobody() -> None:
    made = pages.static_files()
    assert set(made) == {"icon.svg", "player.js", "style.css"}
    assert len(made["player.js"]) < 30_000
    for data in made.values():
        assert not re.search(rb"https?://(?!www\.w3\.org/)|@import|url\(|innerHTML|eval\(", data)


def test_hostile_text_stays_text() -> None:
    """The same elements stand on the page, whatever the words say; the words are shown as they are."""
    episode = an_episode(
        title=HOSTILE,
        subtitle=HOSTILE,
        description=HOSTILE,
        chapters=(FeedChapter(0, 9, HOSTILE, location=(HOSTILE, "1,2")),),
        lines=(Line(0, 1, HOSTILE, HOSTILE),),
        people=(Person(HOSTILE, HOSTILE),),
        tags=(HOSTILE,),
        license=HOSTILE,
    )
    show = a_show(title=HOSTILE, author=HOSTILE, description=HOSTILE)
    for page in (pages.episode_page(show, episode), pages.index_page(show, [episode])):
        tree: Any = html.fromstring(page.decode())
        assert len(tree.xpath("//script")) == 2
        assert not tree.xpath("//img[@src='x']")
        assert HOSTILE in tree.text_content()
        assert embedded(tree)["name"] == HOSTILE


def test_a_link_that_is_none_of_the_web_is_no_link() -> None:
    bad = "javascript:alert(1)"
    tree = episode_tree(
        link=bad, license=bad, people=(Person("Jon", None, bad),), chapters=(FeedChapter(0, 9, "One", link=bad),)
    )
    assert not [href for href in tree.xpath("//@href") if "javascript" in href]
    assert not [href for href in index_tree(link=bad).xpath("//@href") if "javascript" in href]


def test_feed_and_page_can_be_discovered() -> None:
    for tree, address in zip(both(), ("", "legs.html"), strict=True):
        (feed,) = tree.xpath("//link[@rel='alternate' and @type='application/rss+xml']")
        assert feed.get("href") == "https://example.org/desk/feed.xml"
        assert tree.xpath("//link[@rel='canonical']/@href") == [f"https://example.org/desk/{address}"]


def test_previews_have_what_they_show() -> None:
    meta = {
        node.get("property") or node.get("name"): node.get("content")
        for node in episode_tree(image="legs.png").xpath("//meta[@property or @name]")
    }
    assert meta["og:title"] == meta["twitter:title"] == "Will jogging bulk up your legs?"
    assert meta["og:image"] == meta["twitter:image"] == "https://example.org/desk/legs.png"
    assert meta["og:url"] == "https://example.org/desk/legs.html"
    assert meta["og:audio"] == "https://example.org/desk/legs-d65d8ecc.mp3"
    assert meta["og:audio:type"] == "audio/mpeg"
    assert meta["twitter:card"] == "summary"
    assert meta["description"] == "What running does to muscle, and what it does not"


@pytest.mark.parametrize(("language", "told"), [("en", []), ("de-CH", ["de_CH"])])
def test_previews_learn_the_locale_where_a_region_is_known(language: str, told: list[str]) -> None:
    assert episode_tree(language=language).xpath("//meta[@property='og:locale']/@content") == told


def test_search_engines_read_the_episode() -> None:
    data = embedded(episode_tree())
    assert data["@type"] == "PodcastEpisode"
    assert data["datePublished"] == "2026-11-22T08:00:00+00:00"
    assert data["duration"] == "PT0H1M51S"
    assert data["associatedMedia"][0]["contentUrl"] == "https://example.org/desk/legs-d65d8ecc.mp3"
    assert data["partOfSeries"]["webFeed"] == "https://example.org/desk/feed.xml"
    assert data["episodeNumber"] == 4
    assert [(clip["startOffset"], clip["endOffset"]) for clip in data["hasPart"]] == [
        (0, 16.383),
        (16.383, 80.5),
        (80.5, 110.707),
    ]
    assert data["hasPart"][1]["url"] == "https://example.org/desk/legs.html#t=16.383"


def test_search_engines_read_the_show() -> None:
    data = embedded(index_tree())
    assert (data["@type"], data["name"]) == ("PodcastSeries", "The Running Desk")
    assert data["webFeed"] == "https://example.org/desk/feed.xml"


def test_chapters_and_lines_are_links_into_the_sound() -> None:
    """So that they work in a browser without scripts."""
    tree = episode_tree()
    assert tree.xpath("//a[@class='chapter']/@href") == [
        "legs-d65d8ecc.mp3#t=0",
        "legs-d65d8ecc.mp3#t=16.383",
        "legs-d65d8ecc.mp3#t=80.5",
    ]
    assert tree.xpath("//a[@class='line']/@href")[1] == "legs-d65d8ecc.mp3#t=4.1"
    assert [node.text_content() for node in tree.xpath("//a[@class='chapter']//*[@class='time']")] == [
        "0:00",
        "0:16",
        "1:20",
    ]
    assert tree.xpath("//audio[@controls]/source/@src") == ["legs-d65d8ecc.mp3"]


def test_chapters_lead_to_their_place_and_link() -> None:
    hrefs = episode_tree().xpath("//p[@class='aside']/a/@href")
    assert hrefs == [
        "https://example.org/muscle",
        "https://www.openstreetmap.org/?mlat=47.3828&mlon=8.5031#map=18/47.3828/8.5031",
    ]


def test_a_chapter_shows_its_picture() -> None:
    tree = episode_tree(chapters=(FeedChapter(0, 9, "One", image="one.jpg"),))
    assert tree.xpath("//a[@class='chapter']/img/@src") == ["one.jpg"]


def transcript(*lines: Line, chapters: tuple[FeedChapter, ...] = ()) -> list[tuple[str | None, list[list[str]]]]:
    parts = pages._transcript(an_episode(lines=lines, chapters=chapters))
    return [(part.title, [[line.text for line in each.lines] for each in part.paragraphs]) for part in parts]


def test_lines_stand_under_the_chapter_in_which_they_start() -> None:
    """A line that starts a rounding step before its chapter belongs to it; an empty chapter has no heading."""
    lines = (Line(0, 2, None, "a"), Line(9.98, 12, None, "b"), Line(30, 31, None, "c"))
    starts = (("One", 0, 10), ("Two", 10, 20), ("Three", 20, 25), ("Four", 25, 40))
    chapters = tuple(FeedChapter(start_s, end_s, title) for title, start_s, end_s in starts)
    assert transcript(*lines, chapters=chapters) == [("One", [["a"]]), ("Two", [["b"]]), ("Four", [["c"]])]


def test_a_pause_or_another_speaker_starts_a_paragraph() -> None:
    lines = (
        Line(0, 2, "Ann", "a"),
        Line(2.2, 3, "Ann", "b"),
        Line(3.5, 4, "Ann", "c"),
        Line(4.1, 5, "Ben", "d"),
    )
    assert transcript(*lines) == [(None, [["a", "b"], ["c"], ["d"]])]


def test_a_speaker_is_named_where_the_speaker_changes() -> None:
    lines = (Line(0, 2, "Ann", "a"), Line(3, 4, "Ann", "b"), Line(4.1, 5, "Ben", "c"), Line(9, 10, "Ann", "d"))
    named = episode_tree(lines=lines, chapters=()).xpath("//*[@class='speaker']/text()")
    assert named == ["Ann", "Ben", "Ann"]


def test_an_episode_without_extras_has_no_empty_sections() -> None:
    tree = episode_tree(
        chapters=(), lines=(), transcripts=(), people=(), license=None, link=None, subtitle="", season=None, number=None
    )
    assert [heading.text_content() for heading in tree.xpath("//h2")] == ["Files", "Subscribe"]
    assert "22 November 2026 · 2 min" in words(tree)
    assert "Season" not in words(tree)
    assert not tree.xpath("//*[@data-do='next'] | //a[@class='chapter'] | //input[@id='follow']")


@pytest.mark.parametrize(
    ("language", "direction", "told"),
    [
        ("en", "ltr", "Season 1 · Episode 4 · 22 November 2026 · 2 min"),
        ("de-AT", "ltr", "Staffel 1 · Folge 4 · 22. November 2026 · 2 Min."),
        ("fr", "ltr", "Saison 1 · Épisode 4 · 22 novembre 2026 · 2 min"),
        ("es-MX", "ltr", "Temporada 1 · Episodio 4 · 22 de noviembre de 2026 · 2 min"),
        ("ar", "rtl", "Season 1 · Episode 4 · 22 November 2026 · 2 min"),
        ("he-IL", "rtl", "Season 1 · Episode 4 · 22 November 2026 · 2 min"),
    ],
)
def test_a_page_speaks_its_episodes_language(language: str, direction: str, told: str) -> None:
    tree = episode_tree(language=language)
    assert (tree.get("lang"), tree.get("dir")) == (language, direction)
    assert told in words(tree)


def test_english_words_on_a_page_in_another_language_say_so() -> None:
    (heading,) = episode_tree(language="ar").xpath("//h2[@id='chapters']/*")
    assert (heading.text, heading.get("lang"), heading.get("dir")) == ("Chapters", "en", "ltr")


def test_every_language_has_every_word() -> None:
    labels = pages._all_labels()
    for language, own in labels.items():
        assert set(own) == set(labels["en"]), language
        assert len(own["months"]) == 12
        assert all(own.values())


@pytest.mark.parametrize(("type_", "told"), [("full", "Season 1"), ("trailer", "Trailer · "), ("bonus", "Bonus · ")])
def test_a_trailer_or_bonus_is_called_so(type_: str, told: str) -> None:
    (about, *_) = episode_tree(type=type_, explicit=True).xpath("//header//p[@class='hint']/text()")
    assert about.startswith(told)
    assert about.endswith("Explicit")


def test_the_landing_page_lists_episodes_in_the_order_given() -> None:
    tree = index_tree(an_episode(title="Two", page="two.html", language="de"), an_episode(title="One", page="one.html"))
    assert tree.xpath("//ol[@class='episodes']//h3/a/@href") == ["two.html", "one.html"]
    assert tree.xpath("//ol[@class='episodes']/li/@lang") == ["de"]


def test_a_show_without_episodes_has_a_page() -> None:
    assert not index_tree().xpath("//ol[@class='episodes']/li")


@pytest.mark.parametrize(("link", "shown"), [("https://example.org/desk/", 0), ("https://example.com/", 1)])
def test_the_website_is_linked_where_it_is_another_place(link: str, shown: int) -> None:
    assert len(index_tree(link=link).xpath("//a[normalize-space()='Website']")) == shown


def test_apps_are_opened_on_the_feed() -> None:
    links = {node.text: node.get("href") for node in episode_tree().xpath("//ul[@class='apps']//a")}
    assert links["Apple Podcasts"] == "podcast://example.org/desk/feed.xml"
    assert links["Overcast"] == "overcast://x-callback-url/add?url=https%3A%2F%2Fexample.org%2Fdesk%2Ffeed.xml"
    assert links["Pocket Casts"] == "pktc://subscribe/example.org/desk/feed.xml"
    assert episode_tree().xpath("//@data-copy") == ["https://example.org/desk/feed.xml"]


def test_the_qr_code_is_another_for_another_page() -> None:
    first, second = (etree.tostring(tree.xpath("//svg[@class='segno']")[0]) for tree in both())
    assert first != second
    assert b"style=" not in first


def test_a_page_in_a_folder_of_its_own_finds_the_files() -> None:
    tree = episode_tree(page="episodes/legs.html", media=(MediaFile("media/a b.mp3", "audio/mpeg", 1, ""),))
    assert tree.xpath("//audio/source/@src") == ["../media/a%20b.mp3"]
    assert tree.xpath("//link[@rel='stylesheet']/@href") == ["../style.css"]
    assert tree.xpath("//link[@rel='canonical']/@href") == ["https://example.org/desk/episodes/legs.html"]


@pytest.mark.parametrize(
    ("seconds", "clock"), [(0, "0:00"), (59.98, "1:00"), (75.4, "1:15"), (3600, "1:00:00"), (36_061.2, "10:01:01")]
)
def test_a_time_reads_as_in_players(seconds: float, clock: str) -> None:
    assert pages._clock(seconds) == clock


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("One  line\n\nand another", "One line and another"),
        ("word " * 80, "word " * 39 + "word…"),
        ("x" * 300, "x" * 200 + "…"),
    ],
)
def test_a_summary_is_one_line_cut_between_words(text: str, summary: str) -> None:
    assert pages._summary(text) == summary


def test_the_sitemap_lists_every_page_with_its_day() -> None:
    episodes = [
        an_episode(page="b.html", published=datetime(2026, 12, 1, tzinfo=UTC)),
        an_episode(page="ä&.html", published=datetime(2026, 11, 22, tzinfo=UTC)),
    ]
    tree = etree.fromstring(pages.sitemap(a_show(), episodes))
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    assert tree.xpath("//s:loc/text()", namespaces=names) == [
        "https://example.org/desk/",
        "https://example.org/desk/b.html",
        "https://example.org/desk/%C3%A4%26.html",
    ]
    assert tree.xpath("//s:lastmod/text()", namespaces=names) == ["2026-12-01", "2026-12-01", "2026-11-22"]


def test_the_sitemap_of_an_empty_show_has_one_page() -> None:
    tree = etree.fromstring(pages.sitemap(a_show(), []))
    assert len(tree) == 1
