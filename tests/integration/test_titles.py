"""Titles that break programs go through script, sound file, tags, feed, page and file names, and come back as they were."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser  # type: ignore[import-untyped]
import lxml.html
import podcastparser  # type: ignore[import-untyped]
import pytest
import yaml
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus

from audioguide.build import build
from audioguide.episode import Episode
from audioguide.errors import ScriptError
from audioguide.ledger import Order
from audioguide.plan import Plan
from audioguide.publish.collect import Built
from audioguide.publish.publication import Request, publish
from audioguide.publish.wording import file_stem
from audioguide.script.load import load_script
from audioguide.settings import load_settings
from audioguide.text.characters import slug
from tests.feeds import BASE, NOW, channel_of, cover
from tests.naughty import TITLES


def _is_no_text(char: str) -> bool:
    """Half a character, none, or one that steers."""
    code, category = ord(char), unicodedata.category(char)
    steers = category == "Cc" and char not in "\t\n\r\x85"
    return steers or category == "Cs" or code & 0xFFFE == 0xFFFE


REFUSED = {title for title in TITLES if not title.strip() or any(map(_is_no_text, title))}


def folded(text: str) -> str:
    """The text with every run of blanks as one: line breaks and widths of blanks are nobody's promise."""
    return " ".join(text.split())


def written(path: Path, title: str) -> Path:
    """A script with that title, for the episode and its section, as YAML escapes every character."""
    told = yaml.safe_dump(title, default_style='"', width=10**9).strip()
    path.write_text(
        "version: 1\nshow: {id: naughty, image: cover.png}\n"
        f"episode:\n  title: {told}\n  language: en\nvoices: {{host: {{engine: tone}}}}\n"
        f"output: {{formats: [mp3, m4b, opus]}}\nsections:\n- id: one\n  title: {told}\n  segments: [One line.]\n",
        "utf-8",
    )
    return path


@dataclass(frozen=True)
class Shelf:
    """What was built of every title that is let in, and the folder that it was published to."""

    built: Mapping[str, Built]
    site: Path
    names: Mapping[str, str]
    """Episode id by title."""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    folder = tmp_path_factory.mktemp("titles")
    cover(folder / "cover.png")
    places = {"cache": folder / "cache", "output": folder / "output", "workers": "serial"}
    settings = load_settings(places, folder=folder)
    built: dict[str, Built] = {}
    for number, title in enumerate(TITLES):
        if title not in REFUSED:
            events = list(build(Order(written(folder / f"t{number}.yaml", title)), settings))
            plan = next(event for event in events if isinstance(event, Plan))
            episode = next(event for event in events if isinstance(event, Episode))
            built[title] = Built(plan, episode.folder, episode.facts)
    site = folder / "site"
    publish(list(built.values()), Request(folder=site, now=NOW, base_url=BASE))
    return Shelf(built, site, {title: one.id for title, one in built.items()})


def _differing(shelf: Shelf, read: Callable[[Built], Any]) -> dict[str, Any]:
    """The titles that come back otherwise, with what came."""
    found = {title: read(one) for title, one in shelf.built.items()}
    return {ascii(title): got for title, got in found.items() if folded(str(got)) != folded(title)}


def _file(one: Built, suffix: str) -> Path:
    return one.folder / f"{one.id}{suffix}"


def test_list_is_long_enough() -> None:
    assert len(set(TITLES)) == len(TITLES) >= 120
    assert len(REFUSED) >= 8


@pytest.mark.parametrize("title", sorted(REFUSED), ids=ascii)
def test_what_is_not_let_in_is_told_in_a_line_with_its_place(title: str, tmp_path: Path) -> None:
    cover(tmp_path / "cover.png")
    with pytest.raises(ScriptError) as caught:
        load_script(written(tmp_path / "a.yaml", title))
    for problem in caught.value.problems:
        assert problem.line in {4, 10}
        assert problem.message.isprintable()
        assert re.search("control character|no character|is empty", problem.message)


def _tagged(kind: Any, one: Built, suffix: str) -> Any:
    """The file as mutagen reads it, which has no types."""
    return kind(_file(one, suffix))


READERS: dict[str, Callable[[Built], Any]] = {
    "episode.json": lambda one: json.loads((one.folder / "episode.json").read_bytes())["title"],
    "MP3": lambda one: _tagged(ID3, one, ".mp3")["TIT2"].text[0],
    "MP3 chapter": lambda one: _tagged(ID3, one, ".mp3").getall("CHAP")[0].sub_frames["TIT2"].text[0],
    "MP4": lambda one: _tagged(MP4, one, ".m4b")["\xa9nam"][0],
    "Opus": lambda one: _tagged(OggOpus, one, ".opus")["title"][0],
    "Opus chapter": lambda one: _tagged(OggOpus, one, ".opus")["chapter000name"][0],
    "chapters.json": lambda one: json.loads(_file(one, ".chapters.json").read_bytes())["chapters"][0]["title"],
}


@pytest.mark.parametrize("place", READERS)
def test_title_comes_back(shelf: Shelf, place: str) -> None:
    assert _differing(shelf, READERS[place]) == {}


def test_chapter_of_an_mp4_file_has_as_much_as_fits(shelf: Shelf) -> None:
    """255 bytes, which are never cut in the middle of a character."""
    for title, one in shelf.built.items():
        (chapter, *_) = _tagged(MP4, one, ".m4b").chapters
        assert len(chapter.title.encode()) <= 255
        assert folded(title).startswith(folded(chapter.title.removesuffix("…"))) or title == chapter.title, ascii(title)


def test_feed_has_every_title(shelf: Shelf) -> None:
    """As a strict parser, feedparser and podcastparser read it."""
    data = (shelf.site / "feed.xml").read_bytes()
    read = feedparser.parse(data)
    assert not read.bozo
    assert len(read.entries) == len(shelf.built)
    items = {str(one.facts["guid"]): folded(title) for title, one in shelf.built.items()}
    strict = {str(item.findtext("guid")): folded(str(item.findtext("title"))) for item in channel_of(data).iter("item")}
    assert {guid: (strict[guid], title) for guid, title in items.items() if strict[guid] != title} == {}
    podcasts = podcastparser.parse(f"{BASE}feed.xml", BytesIO(data))["episodes"]
    assert {episode["guid"] for episode in podcasts} == set(items)


def test_pages_show_every_title_as_text(shelf: Shelf) -> None:
    """In the heading and the head; nothing of it becomes an element, a script or an address."""
    plain = None
    for title, one in shelf.built.items():
        page = lxml.html.fromstring((shelf.site / f"{one.id}.html").read_bytes())
        assert folded(page.findtext(".//h1") or "") == folded(title), ascii(title)
        assert folded(title) in folded(page.findtext(".//title") or ""), ascii(title)
        for script in page.iterfind(".//script[@type='application/ld+json']"):
            assert folded(title) in {folded(name) for name in _names(json.loads(str(script.text)))}, ascii(title)
        tags = sorted(str(element.tag) for element in page.iter() if isinstance(element.tag, str))
        plain = plain or tags
        assert tags == plain, ascii(title)
        assert not [element for element in page.iter() if any(str(name).startswith("on") for name in element.attrib)]


def _names(told: object) -> Iterator[str]:
    """Every name and headline in a document for search engines."""
    if isinstance(told, list):
        for one in told:
            yield from _names(one)
    if isinstance(told, dict):
        yield from (value for key, value in told.items() if key in {"name", "headline"} and isinstance(value, str))
        for one in told.values():
            yield from _names(one)


def test_file_names_are_safe_and_unique(shelf: Shelf) -> None:
    names = [path.name for path in shelf.site.rglob("*")]
    assert len(names) == len({name.casefold() for name in names})
    stems = [file_stem(slug(title) or "episode") for title in shelf.built]
    for name in [*names, *stems]:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name), name
        assert not re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name, re.IGNORECASE), name
    assert max(len(stem.encode()) for stem in stems) <= 80
    assert not set(stems) & {"index", "feed", "sitemap"}
    assert len({slug(title) for title in TITLES if slug(title).startswith("s-")}) > 5  # each has its own
