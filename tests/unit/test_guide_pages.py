"""The guide's pages as text: what they hold, in which words, and that nothing in a script can break out of them."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from lxml import html

from audioguide.guide import pages
from audioguide.guide.model import Edition, Guide, Place, Stop, Track
from audioguide.publish.model import Line

BASE = "https://example.org/walk/"
NASTY = "</script><script>alert(1)</script>\"><img src=x onerror=alert(2)>&amp;'{{ 7 * 7 }}"


def a_track(name: str = "media/012-fort.0123456789.mp3") -> Track:
    lines = (Line(0, 2.5, None, "Look up."), Line(2.6, 4, None, "There it is."))
    return Track(name, "audio/mpeg", 1000, "0" * 64, 130.0, lines, "media/a.json", "media/a.vtt")


def a_stop(number: int = 12, title: str = "The fort", name: str = "fort") -> Stop:
    return Stop(number, name, title, a_track(), None, None, Place("Hill", 47.37, 8.54), None)


def a_guide(*stops: Stop, title: str = "A walk", languages: tuple[str, ...] = ("en",)) -> Guide:
    editions = [
        Edition(language, title, "", stops or (a_stop(),), "" if n == 0 else f"{language}/")
        for n, language in enumerate(languages)
    ]
    return Guide("walk", BASE, tuple(editions))


def made(guide: Guide) -> dict[str, bytes]:
    first, last = pages.guide_pages(guide)
    return {**first, **last}


def tree(data: bytes) -> html.HtmlElement:
    return html.document_fromstring(data.decode())


def test_nothing_in_a_script_breaks_out_of_a_page() -> None:
    stop = replace(a_stop(title=NASTY), track=replace(a_track(), lines=(Line(0, 1, NASTY, NASTY),)))
    guide = replace(a_guide(stop, title=NASTY), editions=(Edition("en", NASTY, NASTY, (stop,), ""),))
    for name in ("index.html", "sheet.html"):
        page = tree(made(guide)[name])
        assert not page.xpath("//script[not(@src) and not(@type='application/json')]")
        assert not page.xpath("//@onerror")
        assert page.xpath("//h1")[0].text_content().strip() == NASTY
        assert "49" not in page.xpath("//title")[0].text_content()
    json.loads(tree(made(guide)["index.html"]).xpath("//script[@type='application/json']")[0].text)


def test_every_page_allows_its_own_host_alone() -> None:
    for name in ("index.html", "de/index.html", "sheet.html"):
        page = tree(made(a_guide(languages=("en", "de")))[name])
        policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
        assert policy.startswith("default-src 'self';")
        assert not page.xpath("//@style | //style")
        fetched = page.xpath("//@src | //link[not(@rel='canonical') and not(@rel='alternate')]/@href")
        assert all("://" not in one for one in fetched)


def test_a_stops_address_is_its_place_in_the_page() -> None:
    """So that it leads there without scripts too."""
    assert a_guide().address(12) == f"{BASE}#stop=12"
    assert tree(made(a_guide())["index.html"]).xpath("//article/@id") == ["stop=12"]


def test_the_page_says_its_language_and_direction() -> None:
    page = tree(made(a_guide(languages=("ar",)))["index.html"])
    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
    assert page.xpath("//h2[@id='t-stops']")[0].text_content() == "المحطات"


def test_a_language_without_words_of_its_own_has_english_ones_marked_so() -> None:
    page = tree(made(a_guide(languages=("fi",)))["index.html"])
    assert page.get("lang") == "fi"
    assert page.xpath("//h2[@id='t-stops']/span/@lang") == ["en"]
    assert pages.words_of("de-AT") == (pages.words_of("de")[0], False)


@pytest.mark.parametrize("language", ["de", "fr", "es", "it", "ar", "ja"])
def test_every_word_is_in_every_language(language: str) -> None:
    """With the same places to fill in."""
    english, words = pages.words_of("en")[0], pages.words_of(language)[0]
    assert words.keys() == english.keys()
    for key, text in words.items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", english[key])), key


def test_every_word_that_the_app_says_is_in_the_table() -> None:
    code = "".join(data.decode() for name, data in made(a_guide()).items() if name.endswith(".js"))
    used = set(re.findall(r"words\.([a-z_]+)", code))
    assert used
    assert used <= pages.words_of("en")[0].keys()


def test_another_content_is_another_version_of_the_worker() -> None:
    workers = [made(guide)["sw.js"] for guide in (a_guide(), a_guide(), a_guide(a_stop(title="The castle")))]
    assert workers[0] == workers[1] != workers[2]


def test_the_worker_keeps_each_page_under_its_address_and_what_it_needs() -> None:
    files = made(a_guide(languages=("en", "de")))
    first = files["sw.js"].decode().splitlines()[0]
    shell = json.loads(first.removeprefix("const GUIDE = ").removesuffix(";"))["shell"]
    assert {"./", "de/", "guide.json", "manifest.webmanifest"} <= set(shell)
    page = files["index.html"].decode()
    for name in ("app.js", "app.css", "offline.js"):
        named = next(one for one in shell if one.startswith(name))
        assert f'"./{named}"' in page


def test_landing_page_and_worker_come_last() -> None:
    assert list(pages.guide_pages(a_guide(languages=("en", "de")))[1]) == ["index.html", "sw.js"]


def test_the_manifest_is_that_of_an_app_with_the_guides_address_as_identity() -> None:
    manifest = json.loads(made(a_guide(title="A very long title of a very long walk"))["manifest.webmanifest"])
    assert manifest["id"] == "/walk/"
    assert manifest["display"] == "standalone"
    assert len(manifest["short_name"]) <= 24
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}


def test_guide_json_tells_what_makes_up_each_stop() -> None:
    told = json.loads(made(a_guide())["guide.json"])
    (stop,) = told["languages"][0]["stops"]
    assert stop["address"] == f"{BASE}#stop=12"
    assert stop["files"] == [{"file": "media/012-fort.0123456789.mp3", "bytes": 1000}]
    assert stop["location"] == {"name": "Hill", "latitude": 47.37, "longitude": 8.54}
