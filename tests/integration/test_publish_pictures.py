"""Pictures on their way into the folder: covers made fit for directories, small ones for the pages."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from audioguide.errors import FeedError
from audioguide.publish.check import check_folder
from audioguide.publish.feed import NAMESPACES
from tests import feeds
from tests.feeds import BASE, Site, document, find, site

__all__ = ["site"]

RED, BLUE = (200, 30, 30), (30, 30, 200)


def _halves(mode: str = "RGB", side: int = 1600, **options: object) -> Callable[[Path], object]:
    """A picture whose upper half is red, and the lower blue."""

    def make(path: Path) -> None:
        image = Image.new("RGB", (side, side), RED)
        image.paste(BLUE, (0, side // 2, side, side))
        image.convert(mode).save(path, **options)  # type: ignore[arg-type] # what a format takes

    return make


def _turned(path: Path) -> None:
    """As a camera writes it that was held on its side: the pixels lie, and a mark tells how to turn them."""
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (1600, 1600), RED)
    image.paste(BLUE, (800, 0, 1600, 1600))
    image.save(path, "JPEG", exif=exif)


def _with_a_place(path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 22.0, 12.0)})
    Image.new("RGB", (1600, 1600), RED).save(path, "JPEG", exif=exif)


def _few(path: Path) -> None:
    image = Image.new("P", (1600, 1600), 1)
    image.putpalette([0, 0, 0, *RED])
    image.save(path)


def _clear(path: Path) -> None:
    Image.new("RGBA", (1600, 1600), (0, 0, 0, 0)).save(path)


def _photo(path: Path) -> None:
    Image.effect_noise((1000, 1000), 60).resize((3100, 3100)).save(path, compress_level=1)


def _ink(path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()  # of the wrong kind: it is passed over
    Image.new("RGB", (1600, 1600), RED).convert("CMYK").save(path, "JPEG", icc_profile=profile)


def _show(name: str) -> dict[str, object]:
    return {**document("One"), "show": {"image": name}}


def _published(site: Site) -> Image.Image:
    """The cover, as whoever reads the feed gets it."""
    found = find(site.channel, "itunes:image")
    assert found is not None
    data = (site.folder / found.get("href", "").removeprefix(BASE)).read_bytes()
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("name", "make", "kind", "notice"),
    [
        ("good.png", _halves(), "PNG", None),
        ("good.jpg", _halves(), "JPEG", None),
        ("called.png", _halves(format="JPEG"), "JPEG", None),
        ("large.png", _halves(side=3100), "PNG", "scaled to 3000 × 3000"),
        ("grey.png", _halves("L"), "PNG", "in RGB"),
        ("few.png", _few, "PNG", "in RGB"),
        ("print.jpg", _halves("CMYK"), "JPEG", "in RGB"),
        ("ink.jpg", _ink, "JPEG", "in RGB"),
        ("clear.png", _clear, "PNG", "in RGB"),
        ("photo.png", _photo, "JPEG", "scaled to 3000 × 3000, in RGB"),
        ("turned.jpg", _turned, "JPEG", "upright"),
        ("place.jpg", _with_a_place, "JPEG", "without the place where it was taken"),
    ],
)
def test_cover_is_made_fit_and_told_once(
    site: Site, name: str, make: Callable[[Path], object], kind: str, notice: str | None
) -> None:
    make(site.desk.folder / name)
    built = site.built("one", _show(name))
    told = [one for one in site.publish(built).notices if "cover" in one]
    assert told == ([f"the show's cover is published {notice}"] if notice else [])
    cover = _published(site)
    assert (cover.format, cover.mode, cover.width == cover.height) == (kind, "RGB", True)
    assert 1400 <= cover.width <= 3000
    assert not cover.getexif().get_ifd(0x8825)
    assert cover.getexif().get(0x0112, 1) == 1
    assert feeds.errors(site) == []
    before = site.snapshot()
    again = site.publish(built)
    assert (site.snapshot(), again.notices) == (before, ())


@pytest.mark.parametrize(("name", "make"), [("turned.jpg", _turned), ("large.png", _halves(side=3100))])
def test_what_was_up_stays_up(site: Site, name: str, make: Callable[[Path], object]) -> None:
    make(site.desk.folder / name)
    site.add("one", _show(name))
    cover = _published(site)
    for point, colour in (((0.5, 0.25), RED), ((0.5, 0.75), BLUE)):
        seen = cover.getpixel((int(cover.width * point[0]), int(cover.height * point[1])))
        assert seen == pytest.approx(colour, abs=8)


def test_clear_cover_stands_on_white(site: Site) -> None:
    _clear(site.desk.folder / "clear.png")
    site.add("one", _show("clear.png"))
    assert _published(site).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("size", "hint"),
    [((1399, 1399), "name a square one, 1400 to 3000 each way"), ((2000, 1500), "crop it to 1500 × 1500")],
)
def test_what_only_its_owner_can_mend_is_refused(site: Site, size: tuple[int, int], hint: str) -> None:
    Image.new("RGB", size).save(site.desk.folder / "art.png")
    with pytest.raises(FeedError, match=f"{size[0]} × {size[1]} pixels") as error:
        site.add("one", _show("art.png"))
    assert error.value.hint == hint


def test_cover_of_an_episode_is_made_fit_too(site: Site) -> None:
    _halves("CMYK")(site.desk.folder / "own.jpg")
    assert "one: its cover is published in RGB" in site.add("one", document("One", image="own.jpg")).notices
    assert feeds.errors(site) == []


# -- small pictures ------------------------------------------------------------------------------------------------


def _shown(site: Site, page: str) -> list[str]:
    """The pictures of a page."""
    return re.findall(r'<img[^>]* src="([^"]+)"', (site.folder / page).read_text("utf-8"))


def test_pages_show_small_pictures(site: Site) -> None:
    """All that a page loads besides its sound is below 200 kB, whatever the size of its pictures."""
    noise = Image.effect_noise((3000, 3000), 80).convert("RGB")
    noise.save(site.desk.folder / "art.jpg", quality=95)
    script = document("One", image="art.jpg")
    noise.crop((0, 0, 2000, 1000)).save(site.desk.folder / "hello.jpg", quality=95)
    for section in script["sections"]:
        section["image"] = "hello.jpg"
    site.add("one", {**script, "show": {"image": "art.jpg"}})
    for page, count in (("index.html", 1), ("one.html", 4)):
        pictures = _shown(site, page)
        assert len(pictures) == count
        files = {page, "style.css", "player.js", "icon.svg", *pictures}
        assert sum((site.folder / name).stat().st_size for name in files) < 200_000
    with Image.open(site.folder / _shown(site, "one.html")[1]) as small:
        assert (small.format, small.size) == ("JPEG", (168, 168))


def test_picture_of_a_chapter_is_light(site: Site) -> None:
    """For apps, which fetch it while they play; and for who was photographed where."""
    script = document("One")
    _photo(site.desk.folder / "hello.png")
    _with_a_place(site.desk.folder / "middle.jpg")
    for section, name in zip(script["sections"], ("hello.png", "middle.jpg"), strict=False):
        section["image"] = name
    built = site.built("one", script)
    site.publish(built)
    chapters = json.loads(next(site.folder.glob("one.*.chapters.json")).read_bytes())["chapters"]
    names = [chapter["img"].removeprefix(BASE) for chapter in chapters[:2]]
    psc = [chapter.get("image") for chapter in site.channel.iter(f"{{{NAMESPACES['psc']}}}chapter")]
    assert psc[:2] == [BASE + name for name in names]
    for name in names:
        with Image.open(site.folder / name) as image:
            assert image.width <= 1400
            assert not image.getexif().get_ifd(0x8825)
    before = site.snapshot()
    site.publish(built)
    assert site.snapshot() == before


def test_preview_of_a_link_is_small(site: Site) -> None:
    """Messengers leave out pictures that are heavy."""
    _photo(site.desk.folder / "art.png")
    site.add("one", _show("art.png"))
    page = (site.folder / "one.html").read_text("utf-8")
    (name,) = re.findall(rf'<meta property="og:image" content="{BASE}([^"]+)">', page)
    with Image.open(site.folder / name) as image:
        assert image.size == (600, 600)
    assert (site.folder / name).stat().st_size < 300_000


def test_small_pictures_are_made_once(site: Site) -> None:
    """Nothing is touched when the show is published again, even where the pictures would come out otherwise."""
    built = site.built("one", document("One"))
    site.publish(built)
    (small,) = _shown(site, "index.html")
    before = site.snapshot()
    site.publish(built)
    site.add("two", document("Two"))
    after = site.snapshot()
    assert small.startswith("small.")
    assert after[small] == before[small]


def test_small_picture_that_was_lost_comes_back(site: Site) -> None:
    built = site.built("one", document("One"))
    site.publish(built)
    (small,) = _shown(site, "index.html")
    data = (site.folder / small).read_bytes()
    (site.folder / small).unlink()
    site.publish(built)
    assert (site.folder / small).read_bytes() == data


def test_small_picture_leaves_with_what_it_was_made_of(site: Site) -> None:
    path = site.desk.folder / "art.png"
    _halves()(path)
    site.add("one", _show("art.png"))
    (old,) = _shown(site, "index.html")
    feeds.cover(path)
    built = site.built("one", _show("art.png"))
    site.publish(built)
    (new,) = _shown(site, "index.html")
    assert {old, new} <= site.names()
    site.later(days=3)
    assert old in site.publish(built).changes.removed
    assert new in site.names()


def test_picture_that_cannot_be_read_is_shown_as_it_is(site: Site) -> None:
    """Of a chapter: whoever publishes it sees it on the page as it is."""
    script = document("One")
    (site.desk.folder / "hello.png").write_bytes(b"\x89PNG\r\n\x1a\nand no more")
    script["sections"][0]["image"] = "hello.png"
    site.add("one", script)
    assert _shown(site, "one.html")[1].startswith("one.chapter.")


def test_heavy_cover_is_advised_against(site: Site) -> None:
    Image.effect_noise((1400, 1400), 90).convert("RGB").save(site.desk.folder / "art.png")
    site.add("one", _show("art.png"))
    told = [finding for finding in check_folder(site.folder, now=site.now) if "weighs" in finding.message]
    assert [(finding.level, finding.hint) for finding in told] == [
        ("advice", "phones fetch it: save it as JPEG, below 0.5 MB")
    ]
