"""A guide's folder: what is in it, what stays, what is refused; and the command that makes it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from click.testing import CliRunner, Result
from lxml import html

from audioguide.cli import main
from audioguide.errors import FeedError, SettingsError
from audioguide.guide.collect import Told
from audioguide.guide.state import STATE_FILE
from audioguide.publish.serve import media_type
from tests.guides import BASE, NUMBERS, TEXTS, Walk, script


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that the tests share: each sentence is made once."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def walk(tmp_path: Path, store: Path) -> Walk:
    """The walk in two languages, as scripts."""
    made = Walk(tmp_path, cache=store)
    made.write()
    return made


@pytest.fixture
def told(walk: Walk) -> list[Told]:
    """The walk, built."""
    return walk.build()


def named(walk: Walk) -> set[str]:
    """Every file of the folder that a page, the manifest, guide.json or the worker names."""
    found = set()
    for page in walk.site.rglob("*.html"):
        tree = html.document_fromstring(page.read_bytes())
        names = ("src", "href", "data-src", "data-small", "data-picture")
        for link in filter(None, (element.get(name) for element in tree.iter() for name in names)):
            if "://" not in link and not link.startswith("#"):
                path = (page.parent / unquote(re.split(r"[?#]", link)[0])).resolve()
                found.add(path / "index.html" if path.is_dir() else path)
    texts = [(walk.site / name).read_text() for name in ("guide.json", "manifest.webmanifest", "sw.js")]
    listed = re.findall(r'"((?:media|icons)/[^"]+)"', "".join(texts))
    return {path.relative_to(walk.site.resolve()).as_posix() for path in found} | set(listed)


def test_everything_that_is_named_is_there(walk: Walk, told: list[Told]) -> None:
    """And nothing else, but the codes, the state and the sheet, which people fetch by their names."""
    walk.publish(told)
    codes = {f"codes/{number}.{kind}" for number in NUMBERS for kind in ("svg", "png")}
    rest = {*codes, STATE_FILE, "sheet.html", "guide.json", "sw.js", "icons/icon-512.png", "icons/maskable-512.png"}
    assert walk.names() == named(walk) | rest


def test_every_stop_sounds_as_it_was_built(walk: Walk, told: list[Told]) -> None:
    walk.publish(told)
    guide = json.loads((walk.site / "guide.json").read_text())
    for one, edition in zip(told, guide["languages"], strict=True):
        for facts, stop in zip(one.facts["stops"], edition["stops"], strict=True):
            for built, published in ((facts, stop["sound"]), (facts["more"], stop["more"])):
                if built:
                    data = (one.folder / built["file"]).read_bytes()
                    assert (walk.site / published["file"]).read_bytes() == data


def test_publishing_again_touches_nothing(walk: Walk, told: list[Told]) -> None:
    assert walk.publish(told).changes.written
    before = walk.snapshot()
    walk.later(days=30)
    again = walk.publish(walk.build())
    assert (again.changes.written, again.changes.removed) == ((), ())
    assert walk.snapshot() == before


def test_files_can_be_read_whatever_the_umask(walk: Walk, told: list[Told]) -> None:
    before = os.umask(0o077)
    try:
        walk.publish(told)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in walk.site.rglob("*") if path.is_file()} == {0o644}
    assert {path.stat().st_mode & 0o777 for path in (walk.site, *walk.site.iterdir()) if path.is_dir()} == {0o755}


def test_media_come_first_and_what_names_them_last(walk: Walk, told: list[Told]) -> None:
    written = walk.publish(told).changes.written
    assert written[-3:] == (STATE_FILE, "index.html", "sw.js")
    kinds = [name.startswith("media/") for name in written]
    assert kinds == sorted(kinds, reverse=True)


def test_new_words_have_a_new_file_and_the_old_one_its_grace(walk: Walk, told: list[Told]) -> None:
    walk.publish(told)
    before = walk.names()
    texts = [*TEXTS["en"]]
    texts[1] = ("harbour", "The harbour", "Nobody lands here.")
    walk.write(en=script("en", texts=texts))
    told = walk.build()
    walk.publish(told)
    new = walk.names() - before
    assert {name.split(".")[0] for name in new} == {"media/013-harbour"}
    assert before <= walk.names()
    walk.later(hours=49)
    gone = set(walk.publish(told).changes.removed)
    assert {name.split(".")[0] for name in gone} == {"media/013-harbour"}
    assert walk.names() == (before | new) - gone


def test_a_language_that_is_left_out_goes_after_its_grace(walk: Walk, told: list[Told]) -> None:
    walk.publish(told)
    walk.publish(told[:1])
    assert (walk.site / "de" / "index.html").is_file()
    walk.later(hours=49)
    walk.publish(told[:1])
    assert not (walk.site / "de").exists()


# -- numbers are permanent ---------------------------------------------------------------------------------------------


def test_another_order_keeps_numbers_and_addresses(walk: Walk, told: list[Told]) -> None:
    walk.publish(told)
    document = script("en")
    document["sections"].reverse()
    walk.write(en=document)
    published = walk.publish(walk.build())
    assert published.guide.numbers()[12] == "fort"
    assert [stop.number for stop in published.guide.reference.stops] == [100, 21, 20, 13, 12]


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((13, 12, 20, 21, 100), "stop 12 was published as fort and would now be harbour (and 1 more)"),
        ((12, 14, 20, 21, 100), "harbour was published as stop 13 and would now be stop 14"),
    ],
)
def test_a_printed_number_keeps_its_stop(walk: Walk, told: list[Told], numbers: tuple[int, ...], message: str) -> None:
    walk.publish(told)
    before = walk.snapshot()
    walk.write(**{language: script(language, numbers=numbers) for language in walk.languages})
    told = walk.build()
    with pytest.raises(FeedError) as caught:
        walk.publish(told)
    assert caught.value.message == message
    assert "--force" in str(caught.value.hint)
    assert walk.snapshot() == before
    forced = walk.publish(told, force=True)
    assert message.startswith(forced.overridden[0])
    assert walk.publish(told).overridden == ()


def test_the_number_of_a_stop_that_went_is_not_given_to_another(walk: Walk, told: list[Told]) -> None:
    walk.publish(told)
    rest = {language: script(language) for language in walk.languages}
    for document in rest.values():
        del document["sections"][1]
    walk.write(**rest)
    notices = walk.publish(walk.build()).notices
    assert "stop 13 is gone; its number stays kept for harbour" in notices
    for document in rest.values():
        document["sections"][1]["stop"] = 13
    walk.write(**rest)
    with pytest.raises(FeedError, match="stop 13 was published as harbour and would now be mill"):
        walk.publish(walk.build())


def test_a_number_is_one_stop_in_all_languages(walk: Walk) -> None:
    document = script("de")
    document["sections"][0]["id"] = "festung"
    walk.write(de=document)
    with pytest.raises(FeedError, match="stop 12 is festung here and fort in another language"):
        walk.publish(walk.build())


def test_a_stop_that_a_language_lacks_is_told(walk: Walk) -> None:
    document = script("de")
    del document["sections"][2]
    walk.write(de=document)
    assert "de has no stop 20" in walk.publish(walk.build()).notices


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_a_stop_that_is_not_as_it_was_built_is_refused(walk: Walk, told: list[Told]) -> None:
    path = told[0].folder / told[0].facts["stops"][0]["file"]
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    with pytest.raises(FeedError, match="is not the file that was built"):
        walk.publish(told)
    assert walk.names() == set()


@pytest.mark.parametrize("name", ["file", "transcript", "vtt"])
def test_a_file_of_a_stop_that_is_gone_is_told(walk: Walk, told: list[Told], name: str) -> None:
    (told[0].folder / told[0].facts["stops"][1][name]).unlink()
    with pytest.raises(FeedError) as caught:
        walk.publish(told)
    assert "013-harbour" in str(caught.value.where)
    assert caught.value.hint


def test_a_link_that_leads_not_to_the_web_is_left_out_and_told(walk: Walk) -> None:
    document = script("en")
    document["sections"][0]["link"] = "javascript:alert(1)"
    walk.write(en=document)
    published = walk.publish(walk.build())
    assert any("the link of stop 12 is no address of the web" in notice for notice in published.notices)
    assert b"javascript:" not in (walk.site / "index.html").read_bytes()


def test_two_scripts_of_one_language_are_refused(walk: Walk, told: list[Told]) -> None:
    with pytest.raises(FeedError, match="has the language of"):
        walk.publish([told[0], told[0]])


def test_a_folder_that_holds_a_feed_is_refused(walk: Walk, told: list[Told]) -> None:
    walk.site.mkdir()
    (walk.site / "publish-state.json").write_text("{}")
    with pytest.raises(FeedError, match="holds a podcast's feed"):
        walk.publish(told)


def test_files_of_somebody_else_are_not_replaced(walk: Walk, told: list[Told]) -> None:
    walk.site.mkdir()
    (walk.site / "index.html").write_text("mine")
    with pytest.raises(FeedError, match=f"no publish that {STATE_FILE} knows"):
        walk.publish(told)
    walk.publish(told, force=True)
    assert (walk.site / "index.html").read_text() != "mine"


@pytest.mark.parametrize("damage", [b"", b"[1]", b'{"version": 2}', b'{"files": {"../../etc/passwd": ""}}'])
def test_a_damaged_state_is_told(walk: Walk, told: list[Told], damage: bytes) -> None:
    walk.publish(told)
    (walk.site / STATE_FILE).write_bytes(damage)
    with pytest.raises(FeedError) as caught:
        walk.publish(told)
    assert caught.value.hint


def test_the_address_must_be_known(walk: Walk, told: list[Told]) -> None:
    with pytest.raises(SettingsError, match="is not known yet"):
        walk.publish(told, base_url=None)
    walk.publish(told)
    assert walk.publish(told, base_url=None).guide.base_url == BASE


def test_a_killed_publish_leaves_nothing_that_the_next_one_does_not_know(walk: Walk, told: list[Told]) -> None:
    """Killed after media, before pages: a stray beside a medium, and a medium that only the state's first writing names."""
    walk.publish(told[:1])
    state = json.loads((walk.site / STATE_FILE).read_text())
    state["retired"]["media/013-harbour.de.0123456789.mp3"] = walk.now.isoformat()
    (walk.site / STATE_FILE).write_text(json.dumps(state))
    (walk.site / "media" / "013-harbour.de.0123456789.mp3").write_bytes(b"half")
    (walk.site / "media" / ".audioguide-stray").write_bytes(b"half")
    walk.publish(told)
    assert "media/.audioguide-stray" not in walk.names()
    walk.later(hours=49)
    assert "media/013-harbour.de.0123456789.mp3" in walk.publish(told).changes.removed


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Walk:
    monkeypatch.chdir(walk.folder)
    monkeypatch.setenv("AUDIOGUIDE_CACHE", str(walk.cache))
    return walk


def _run(*arguments: str, exit_code: int = 0) -> Result:
    done = CliRunner().invoke(main, list(arguments))
    assert done.exit_code == exit_code, done.output
    return done


def _json(*arguments: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_run(*arguments, "--json").output)
    return document


GUIDE = ("--guide", "--to", "site", "--base-url", BASE)


def test_the_command_builds_and_publishes_all_languages(shop: Walk) -> None:
    said = _run("publish", "show.yaml", *GUIDE).output
    assert f"  12  The fort on the hill: {BASE}#stop=12\n" in said
    assert "languages: en, de\n" in said
    assert said.endswith(f"guide: {BASE}\nsheet to print: {BASE}sheet.html\n")
    assert "site: nothing changed" in _run("publish", "show.yaml", "--guide", "--to", "site").output
    assert {"index.html", "de/index.html"} <= shop.names()


def test_one_script_stands_for_all_its_languages(shop: Walk) -> None:
    """Or publishing the German one alone would take the others away."""
    made = _json("publish", str(shop.folder / "walk.de.yaml"), *GUIDE)
    assert made["languages"] == ["en", "de"]
    assert made["stops"][0] == {
        "number": 12,
        "id": "fort",
        "titles": {"en": "The fort on the hill", "de": "Die Festung auf dem Hügel"},
        "url": f"{BASE}#stop=12",
    }
    assert made["written"][-1] == "sw.js"
    assert _json("publish", "walk.de.yaml", *GUIDE)["written"] == []


def test_a_script_that_is_no_guide_is_told(shop: Walk) -> None:
    document = {
        "version": 1,
        "episode": {"title": "No guide", "language": "en"},
        "voices": {"host": {"engine": "tone"}},
        "sections": [{"title": "One", "segments": ["Hello."]}],
    }
    (shop.folder / "other").mkdir()
    (shop.folder / "other" / "one.yaml").write_text(yaml.safe_dump(document))
    said = _run("publish", "other/one.yaml", *GUIDE, exit_code=1).output
    assert "other/one.yaml: is no audio guide\nhint: write kind: guide under episode:" in said


def test_what_is_for_feeds_is_refused(shop: Walk) -> None:
    assert shop.folder.is_dir()
    assert "--draft and --keep are for feeds" in _run("publish", "show.yaml", *GUIDE, "--draft", exit_code=2).output


def test_a_broken_number_is_told_with_what_force_would_do(shop: Walk) -> None:
    _run("publish", "show.yaml", *GUIDE)
    numbers = (12, 14, 20, 21, 100)
    shop.write(**{language: script(language, numbers=numbers) for language in shop.languages})
    said = _run("publish", "show.yaml", *GUIDE, exit_code=1).output
    assert "harbour was published as stop 13 and would now be stop 14\nhint: give each stop its number back" in said
    said = _run("publish", "show.yaml", *GUIDE, "--force").output
    assert "because of --force; what is printed leads elsewhere now:\n  harbour was published as stop 13" in said


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("manifest.webmanifest", "application/manifest+json"),
        ("sw.js", "text/javascript; charset=utf-8"),
        ("a.jpg", "image/jpeg"),
        ("codes/12.svg", "image/svg+xml"),
        ("codes/12.png", "image/png"),
    ],
)
def test_the_local_server_knows_the_types(name: str, kind: str) -> None:
    assert media_type(name) == kind
