"""Covers are drawn to what directories ask for, and a cover that they would refuse is told."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from audioguide.publish import art


@pytest.fixture(scope="module")
def cover() -> bytes:
    return art.cover_png("Spaziergänge am Hafen", "Stadt Zürich", seed="harbour")


def test_a_drawn_cover_is_what_directories_ask_for(cover: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cover.png"
    path.write_bytes(cover)
    assert art.check_cover(path) == []
    assert len(cover) < 500_000


def test_the_same_title_and_seed_give_the_same_bytes(cover: bytes) -> None:
    assert art.cover_png("Spaziergänge am Hafen", "Stadt Zürich", seed="harbour") == cover


def test_title_can_be_told_from_the_ground_at_60_pixels(cover: bytes) -> None:
    """In the title's half of the smallest icon, ink and ground are each there, far apart."""
    icon = Image.open(io.BytesIO(cover)).resize((60, 60), Image.Resampling.LANCZOS).convert("L")
    darkest, lightest = icon.crop((4, 30, 56, 58)).getextrema()
    assert isinstance(darkest, float | int)
    assert isinstance(lightest, float | int)
    assert lightest - darkest > 150


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Größe, Œuvre, señal", "Größe, Œuvre, señal"),
        ("Прогулка", "Прогулка"),
        ("Cafe\N{COMBINING ACUTE ACCENT}", "Café"),
        ("Harbour \N{SHIP}\N{VARIATION SELECTOR-16} walk", "Harbour walk"),
        ("東京の散歩", None),
        ("مشي الميناء", None),
        ("\N{SHIP}", None),
        ("?!", None),
        ("", None),
        ("\ud800", None),
    ],
)
def test_words_are_drawn_only_where_the_font_has_their_letters(text: str, drawn: str | None) -> None:
    assert art._drawable(text) == drawn


@pytest.mark.parametrize("title", ["Legs", "The history of every harbour on this coast " * 20, "x" * 400, "a b " * 60])
def test_a_title_of_any_length_stays_inside_the_margins(title: str) -> None:
    size_px, lines = art._fitted(title.strip())
    assert all(art._font(size_px).getlength(line) <= art._width_px() for line in lines)
    assert len(lines) * size_px <= art._TITLE_HEIGHT_PX


def test_a_long_word_is_made_smaller_before_it_is_cut() -> None:
    assert art._fitted("Donaudampfschifffahrtsgesellschaft")[1] == ["Donaudampfschifffahrtsgesellschaft"]


def test_lines_are_evened_out() -> None:
    size_px, lines = art._fitted("Will jogging bulk up your legs?")
    widths = [art._font(size_px).getlength(line) for line in lines]
    assert min(widths) > max(widths) / 3


def test_every_palette_can_be_read() -> None:
    """Ink on ground reaches the contrast that long text needs, 7 to 1."""
    for palette in art._PALETTES:
        light, dark = sorted((_luminance(palette.ground), _luminance(palette.ink)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 7, palette


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _save(size: tuple[int, int], mode: str, kind: str) -> Callable[[Path], None]:
    return lambda path: Image.new(mode, size).save(path, kind)


def _cut_short(path: Path) -> None:
    Image.new("RGB", (1500, 1500)).save(path, "PNG")
    path.write_bytes(path.read_bytes()[:200])


def _no_picture(path: Path) -> None:
    path.write_text("<svg/>")


@pytest.mark.parametrize(
    ("name", "make", "told"),
    [
        ("good.jpg", _save((1400, 1400), "RGB", "JPEG"), []),
        ("good.JPEG", _save((3000, 3000), "RGB", "JPEG"), []),
        ("good.png", _save((1400, 1400), "RGB", "PNG"), []),
        ("small.png", _save((1399, 1399), "RGB", "PNG"), ["1400 × 1400 at least: name a square one"]),
        ("large.png", _save((3001, 3001), "RGB", "PNG"), ["scale it down"]),
        ("oblong.png", _save((1400, 1500), "RGB", "PNG"), ["not square: crop it to 1400 × 1400"]),
        ("clear.png", _save((1400, 1400), "RGBA", "PNG"), ["RGBA"]),
        ("grey.jpg", _save((1400, 1400), "L", "JPEG"), ["save it as RGB"]),
        ("print.jpg", _save((1400, 1400), "CMYK", "JPEG"), ["CMYK"]),
        ("wrong.jpg", _save((1400, 1400), "RGB", "PNG"), ["end in .png"]),
        ("bare", _save((1400, 1400), "RGB", "JPEG"), ["end in .jpg"]),
        ("two.png", _save((100, 90), "L", "PNG"), ["save it as RGB", "at least: name a square one"]),
        ("other.png", _save((1400, 1400), "RGB", "GIF"), ["neither JPEG nor PNG"]),
        ("text.png", _no_picture, ["neither JPEG nor PNG"]),
        ("cut.png", _cut_short, ["save it again"]),
        ("bomb.png", _save((14_000, 14_000), "1", "PNG"), ["far too many pixels"]),
        ("wide.png", _save((10_000, 10_000), "1", "PNG"), ["scale it down", "save it as RGB"]),
        ("missing.png", lambda _: None, ["no such file"]),
        ("folder.png", Path.mkdir, ["no such file"]),
    ],
)
def test_a_cover_that_directories_refuse_is_told(
    name: str, make: Callable[[Path], None], told: list[str], tmp_path: Path
) -> None:
    path = tmp_path / name
    make(path)
    findings = art.check_cover(path)
    assert len(findings) == len(told)
    for finding, expected in zip(findings, told, strict=True):
        assert expected in finding


@pytest.mark.parametrize("pattern", art._PATTERNS, ids=lambda pattern: pattern.__name__)
@pytest.mark.parametrize("height_px", [600, 2000, art.SIDE_PX])
def test_every_pattern_fills_its_band_with_the_accents(pattern: art._Pattern, height_px: int) -> None:
    """Between a tenth and nine tenths are painted, in all three accents."""
    accents = ("#ff0000", "#00ff00", "#0000ff")
    band = Image.new("RGB", (art.SIDE_PX, height_px), "#000000")
    pattern(ImageDraw.Draw(band), height_px, accents, art._chance("seed"))
    colours = band.getcolors()
    assert colours is not None
    assert len(colours) == 4
    ground = {colour: count for count, colour in colours}[0, 0, 0]
    assert 0.1 < 1 - ground / (art.SIDE_PX * height_px) < 0.9


def test_a_title_without_drawable_letters_leaves_the_cover_to_the_pattern() -> None:
    canvas = Image.new("RGB", (art.SIDE_PX, art.SIDE_PX))
    assert art._write_title(ImageDraw.Draw(canvas), "東京の散歩", "Tokyo", ink="#fff") == art.SIDE_PX
    assert canvas.getcolors() == [(art.SIDE_PX**2, (0, 0, 0))]


def test_a_subtitle_that_repeats_the_title_is_left_out() -> None:
    canvases = [Image.new("RGB", (art.SIDE_PX, art.SIDE_PX)) for _ in range(2)]
    tops = {
        art._write_title(ImageDraw.Draw(canvas), "Legs", subtitle, ink="#fff")
        for canvas, subtitle in zip(canvases, ("Legs", ""), strict=True)
    }
    assert len(tops) == 1
    assert canvases[0].tobytes() == canvases[1].tobytes()
