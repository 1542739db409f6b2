"""Pictures of a show, its episodes and chapters; and what is not published, with what to do about it."""

from __future__ import annotations

import json

import pytest

from audioguide.errors import FeedError, ScriptError, SettingsError
from audioguide.publish.state import STATE_FILE
from tests import feeds
from tests.feeds import BASE, Site, document, find, named_files, site

__all__ = ["site"]


# -- pictures ------------------------------------------------------------------------------------------------------


def test_changed_cover_has_a_new_address(site: Site) -> None:
    path = site.desk.folder / "art.png"
    script = {**document("One"), "show": {"image": feeds.cover(path)}}
    site.add("one", script)
    old = find(site.channel, "itunes:image")
    feeds.cover(path, side=1500)
    site.add("one", script)
    new = find(site.channel, "itunes:image")
    assert old is not None
    assert new is not None
    assert old.get("href") != new.get("href")


def test_cover_that_directories_refuse_is_not_published(site: Site) -> None:
    script = {**document("One"), "show": {"image": feeds.cover(site.desk.folder / "art.png", side=300)}}
    built = site.built("one", script)
    with pytest.raises(FeedError, match="300 × 300 pixels") as error:
        site.publish(built)
    assert error.value.hint == "name a square one, 1400 to 3000 each way"
    assert not (site.folder / "feed.xml").exists()
    assert [finding.where for finding in site.publish(built, force=True).overridden] == [
        str(built.plan.loaded.root / "art.png")
    ]


def test_episode_has_its_own_cover(site: Site) -> None:
    image = feeds.cover(site.desk.folder / "own.png", side=1600)
    site.add("one", document("One", image=image))
    found = find(site.items[0], "itunes:image")
    assert found is not None
    assert (site.folder / found.get("href", "").removeprefix(BASE)).is_file()
    feeds.cover(site.desk.folder / "own.png", side=300)
    with pytest.raises(FeedError, match="300 × 300 pixels"):
        site.add("one", document("One", image=image))


def test_serial_show_numbers_its_episodes(site: Site) -> None:
    serial = {"show": {"type": "serial"}}
    with pytest.raises(FeedError, match="has no number, and the show is serial"):
        site.add("one", {**document("One"), **serial})
    site.add("one", {**document("One", number=1), **serial})
    site.add("two", {**document("Two", type="trailer"), **serial})
    assert feeds.errors(site) == []


def test_drawn_cover_comes_back_when_it_was_lost(site: Site) -> None:
    site.drawn = True
    built = site.built("one", document("One"))
    site.publish(built)
    cover = next(site.folder.glob("cover.*.png"))
    data = cover.read_bytes()
    cover.unlink()
    site.publish(built)
    assert cover.read_bytes() == data


def test_chapters_have_their_pictures_links_and_places(site: Site) -> None:
    script = document("One")
    feeds.cover(site.desk.folder / "hello.png", side=600)
    script["sections"][0] |= {
        "image": "hello.png",
        "link": "https://example.org/hello",
        "location": {"name": "Pier 3", "geo": "47.37,8.54"},
    }
    script["sections"][1]["link"] = "javascript:alert(1)"
    published = site.add("one", script)
    chapters = json.loads(next(site.folder.glob("one.*.chapters.json")).read_bytes())["chapters"]
    assert chapters[0]["location"] == {"name": "Pier 3", "geo": "geo:47.37,8.54"}
    assert chapters[0]["url"] == "https://example.org/hello"
    assert (site.folder / chapters[0]["img"].removeprefix(BASE)).is_file()
    assert "url" not in chapters[1]
    assert any("is no address of the web and is left out: javascript:alert(1)" in one for one in published.notices)
    site.publish(site.built("one", script), base_url="https://new.example.org/")
    used = {name for name, _ in named_files(site.channel)}
    moved = [path for path in site.folder.glob("one.*.chapters.json") if path.name not in used]
    assert any(b"https://new.example.org/one.chapter." in path.read_bytes() for path in moved)


# -- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["example.org", "ftp://example.org/", "https://example.org/?x=1", "https:///x", ""])
def test_base_url_is_an_address_of_the_web(site: Site, url: str) -> None:
    with pytest.raises(SettingsError, match="is not the address of a folder on the web"):
        site.add("one", document("One"), base_url=url)


def test_first_publish_asks_for_the_base_url(site: Site) -> None:
    with pytest.raises(SettingsError) as error:
        site.add("one", document("One"), base_url=None)
    assert "--base-url https://" in str(error.value.hint)


def test_wrong_category_is_told_at_its_place(site: Site) -> None:
    built = site.built("one", {**document("One"), "show": {"category": "Sport"}})
    with pytest.raises(ScriptError) as error:
        site.publish(built)
    assert str(error.value).endswith('show.category: "Sport" is not one of Apple\'s categories; did you mean "Sports"?')
    assert error.value.problems[0].line > 1


def test_two_scripts_of_one_id_are_refused(site: Site) -> None:
    built = [site.built(name, document("One", id="same")) for name in ("one", "two")]
    with pytest.raises(FeedError, match="has the same id as"):
        site.publish(*built)


def test_folder_holds_one_show(site: Site) -> None:
    site.add("one", {**document("One"), "show": {"id": "first"}})
    with pytest.raises(FeedError, match="holds one show, not first and second"):
        site.add("two", {**document("Two"), "show": {"id": "second"}})


def test_files_of_somebody_else_are_left_alone(site: Site) -> None:
    site.folder.mkdir()
    (site.folder / "CNAME").write_text("example.org")
    (site.folder / "index.html").write_text("my own page")
    built = site.built("one", document("One"))
    with pytest.raises(FeedError, match="is there already") as error:
        site.publish(built)
    assert "--force" in str(error.value.hint)
    assert site.names() == {"CNAME", "index.html"}
    site.publish(built, force=True)
    assert (site.folder / "CNAME").read_text() == "example.org"
    assert "my own page" not in (site.folder / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (b"{", "is damaged"),
        (b'{"version": 2}', "was written by a newer audioguide"),
        (b'{"version": 1, "files": {"../escape": "x"}}', "is no name of a file"),
        (b'{"version": 1, "retired": {"/etc/passwd": "2020-01-01T00:00:00Z"}}', "is no name of a file"),
        (b'{"version": 1, "episodes": {"one": {}}}', "is damaged at episodes.one"),
    ],
)
def test_damaged_state_is_refused_and_nothing_is_touched(site: Site, damage: bytes, message: str) -> None:
    built = site.built("one", document("One"))
    site.publish(built)
    (site.folder / STATE_FILE).write_bytes(damage)
    before = site.snapshot()
    with pytest.raises(FeedError, match=message) as error:
        site.publish(built)
    assert error.value.hint
    assert site.snapshot() == before


def test_file_that_vanished_names_what_to_publish(site: Site) -> None:
    one = site.built("one", document("One"))
    site.publish(one)
    next(site.folder.glob("one.*.mp3")).unlink()
    with pytest.raises(FeedError, match="is missing in the folder") as error:
        site.add("two", document("Two"))
    assert error.value.hint == "publish the script that it belongs to again"
    site.publish(one)
    assert feeds.errors(site) == []


def test_folder_that_cannot_be_written_is_told_in_a_line(site: Site) -> None:
    built = site.built("one", document("One"))
    site.folder = site.desk.folder / "episode.yaml"
    with pytest.raises(FeedError, match="cannot be read") as error:
        site.publish(built)
    assert error.value.hint
