"""Cover art: drawn from a title and a seed where a show has none, and checked where it has."""

from __future__ import annotations

import hashlib
import io
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

SIDE_PX = 3000
SMALLEST_PX, LARGEST_PX = 1400, 3000
"""What directories accept for the side of a cover."""
MENDED_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGBA", "CMYK"})
"""Colours, as Pillow names them, that directories refuse and that are made RGB when a cover is published."""

_MARGIN_PX = 220
_CELL_PX = 375
_TITLE_PX = range(640, 100, -20)
"""Sizes that a title is tried in."""
_TITLE_HEIGHT_PX = 1560
_SUBTITLE_PX = 150
_LEADING = 1.06
_SUFFIXES = {"JPEG": (".jpg", ".jpeg"), "PNG": (".png",)}
_NO_CHARACTER = "\U000f1234"
"""A private-use character: no font has it, so it is drawn as the box for what is missing."""


@dataclass(frozen=True, slots=True)
class _Palette:
    ground: str
    ink: str
    accents: tuple[str, str, str]


_PALETTES = (
    _Palette("#14213d", "#ffffff", ("#fca311", "#3a86ff", "#e5e5e5")),
    _Palette("#fff4e0", "#2b2d42", ("#ef476f", "#118ab2", "#ffd166")),
    _Palette("#1b4332", "#f1faee", ("#f4a261", "#95d5b2", "#40916c")),
    _Palette("#3c1642", "#fdf0f5", ("#f72585", "#ffbe0b", "#8d6bb8")),
    _Palette("#d7ecff", "#0b2545", ("#ee6c4d", "#134074", "#8da9c4")),
    _Palette("#7a2917", "#fff3e6", ("#f2b880", "#f7e1c8", "#d9603b")),
    _Palette("#161616", "#fafafa", ("#ff5a5f", "#ffc145", "#5bc0be")),
    _Palette("#f3e9dc", "#3b2f2f", ("#c0673a", "#5e7c6b", "#e0b084")),
)


def cover_png(title: str, subtitle: str, *, seed: str) -> bytes:
    """A square PNG of 3000 pixels: the title, large, under a pattern. The seed alone decides colours and pattern.

    The same arguments give the same bytes. A title in a script that the shipped font lacks leaves the pattern alone.
    """
    from PIL import Image, ImageDraw

    chance = _chance(seed)
    palette = _PALETTES[next(chance) % len(_PALETTES)]
    pattern = _PATTERNS[next(chance) % len(_PATTERNS)]
    cover = Image.new("RGB", (SIDE_PX, SIDE_PX), palette.ground)
    top_px = _write_title(ImageDraw.Draw(cover), title, subtitle, ink=palette.ink)
    band = Image.new("RGB", (SIDE_PX, top_px), palette.ground)
    pattern(ImageDraw.Draw(band), top_px, palette.accents, chance)
    cover.paste(band, (0, 0))
    return _as_png(cover)


def _as_png(image: Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=9)
    return file.getvalue()


def _chance(seed: str) -> Iterator[int]:
    """Bytes that follow from the seed, the same for ever; `random` promises no such thing across Pythons."""
    return iter(hashlib.shake_256(seed.encode("utf-8", "surrogatepass")).digest(4096))


# Patterns: each fills a band of the cover's width, down from its top edge.


def _draw_tiles(draw: ImageDraw, height_px: int, accents: tuple[str, str, str], chance: Iterator[int]) -> None:
    for y in range(0, height_px - _CELL_PX + 1, _CELL_PX):
        for x in range(0, SIDE_PX, _CELL_PX):
            colour, under = accents[next(chance) % 3], accents[next(chance) % 3]
            _draw_tile(draw, (x, y), next(chance), (colour, under))


def _draw_tile(draw: ImageDraw, corner: tuple[int, int], kind: int, colours: tuple[str, str]) -> None:
    """A quarter disc in one of four turns on a ground of its own or none, a disc, a ring, or nothing."""
    x, y = corner
    box = (x, y, x + _CELL_PX - 1, y + _CELL_PX - 1)
    if kind % 8 == 7:
        return
    if kind % 8 < 4:
        if kind & 16 and colours[0] != colours[1]:
            draw.rectangle(box, fill=colours[1])
        left, upper = x - _CELL_PX * (kind & 1), y - _CELL_PX * (kind >> 1 & 1)
        quarter = {0: 180, 1: 270, 2: 90, 3: 0}[kind % 4]
        draw.pieslice(
            (left, upper, left + 2 * _CELL_PX - 1, upper + 2 * _CELL_PX - 1), quarter, quarter + 90, fill=colours[0]
        )
        return
    inset = 45 * (kind % 8 - 3)
    inner = (box[0] + inset, box[1] + inset, box[2] - inset, box[3] - inset)
    draw.ellipse(inner, fill=colours[0] if kind % 8 == 4 else None, outline=colours[0], width=60)


def _draw_rings(draw: ImageDraw, height_px: int, accents: tuple[str, str, str], chance: Iterator[int]) -> None:
    """Waves from a point on the band's edge, thinner the further they go."""
    x = (SIDE_PX * (1 + next(chance) % 3)) // 4
    y = height_px if next(chance) % 2 else 0
    radius_px, turn = 240, next(chance)
    widths = [150 - 9 * ring for ring in range(13)]
    for ring, width_px in enumerate(widths):
        box = (x - radius_px, y - radius_px, x + radius_px, y + radius_px)
        colour = accents[(ring + turn) % 3]
        if ring:
            draw.ellipse(box, outline=colour, width=width_px)
        else:
            draw.ellipse(box, fill=colour)
        radius_px += width_px + 110


def _draw_bars(draw: ImageDraw, height_px: int, accents: tuple[str, str, str], chance: Iterator[int]) -> None:
    """A wave form of rounded bars about the band's middle."""
    bars, gap_px = 15, 70
    width_px = (SIDE_PX - 2 * _MARGIN_PX - (bars - 1) * gap_px) // bars
    middle, room = height_px // 2, height_px / 2 - _MARGIN_PX / 2
    for bar in range(bars):
        swell = 1 - abs(bar - bars // 2) / bars
        reach = max(width_px / 2, room * swell * (0.25 + 0.75 * next(chance) / 255))
        x = _MARGIN_PX + bar * (width_px + gap_px)
        box = (x, round(middle - reach), x + width_px, round(middle + reach))
        draw.rounded_rectangle(box, radius=width_px // 2, fill=accents[next(chance) % 3])


_Pattern = Callable[["ImageDraw", int, tuple[str, str, str], Iterator[int]], None]
_PATTERNS: tuple[_Pattern, ...] = (_draw_tiles, _draw_rings, _draw_bars)


# Words


def _write_title(draw: ImageDraw, title: str, subtitle: str, *, ink: str) -> int:
    """Write upwards from the lower margin; how far down the pattern may reach."""
    heading, below = _drawable(title), _drawable(subtitle)
    if heading is None:
        return SIDE_PX
    if below == heading:
        below = None
    bottom_px = SIDE_PX - _MARGIN_PX
    if below is not None:
        font = _font(_SUBTITLE_PX)
        draw.text((_MARGIN_PX, bottom_px), _shortened(below, font), font=font, fill=ink, anchor="ls")
        bottom_px -= round(_SUBTITLE_PX * 2.1)
    size_px, lines = _fitted(heading)
    for line in reversed(lines):
        draw.text((_MARGIN_PX - size_px // 20, bottom_px), line, font=_font(size_px), fill=ink, anchor="ls")
        bottom_px -= round(size_px * _LEADING)
    return max(0, bottom_px - size_px // 4)


def _fitted(text: str) -> tuple[int, list[str]]:
    """The largest size in which the text fits the cover, and its lines; what is too long even then is cut."""
    for size_px in _TITLE_PX:
        lines = _wrapped(text.split(), _font(size_px))
        fits = len(lines) * size_px * _LEADING <= _TITLE_HEIGHT_PX
        if fits and all(_font(size_px).getlength(line) <= _width_px() for line in lines):
            return size_px, _balanced(text.split(), _font(size_px), len(lines))
    size_px = _TITLE_PX[-1]
    font = _font(size_px)
    lines = _wrapped(text.split(), font)
    most = int(_TITLE_HEIGHT_PX / (size_px * _LEADING))
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return size_px, [_shortened(line, font) for line in lines]


def _wrapped(words: list[str], font: FreeTypeFont, width_px: float | None = None) -> list[str]:
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= (width_px or _width_px()):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _balanced(words: list[str], font: FreeTypeFont, count: int) -> list[str]:
    """The same number of lines, as even as they can be."""
    for width_px in range(_width_px() // 2, _width_px(), 40):
        lines = _wrapped(words, font, width_px)
        if len(lines) == count and all(font.getlength(line) <= _width_px() for line in lines):
            return lines
    return _wrapped(words, font)


def _shortened(text: str, font: FreeTypeFont) -> str:
    if font.getlength(text) <= _width_px():
        return text
    while text and font.getlength(f"{text}…") > _width_px():
        text = text[:-1].rstrip()
    return f"{text}…"


def _width_px() -> int:
    return SIDE_PX - 2 * _MARGIN_PX


def _drawable(text: str) -> str | None:
    """The text without the symbols that the font lacks; None where it lacks letters, or nothing is left to read."""
    kept = []
    for character in unicodedata.normalize("NFC", text):
        if character.isspace():
            kept.append(" ")
        elif _has(character):
            kept.append(character)
        elif unicodedata.category(character)[0] in "LN":
            return None
    return " ".join("".join(kept).split()) if any(map(str.isalnum, kept)) else None


def _has(character: str) -> bool:
    font = _font(_TITLE_PX[-1])
    box, glyph = font.getmask(_NO_CHARACTER), font.getmask(character)
    return (glyph.size, bytes(glyph)) != (box.size, bytes(box)) and glyph.size[0] > 0


@lru_cache(maxsize=64)
def _font(size_px: int) -> FreeTypeFont:
    """The shipped font. Basic layout, which every build of Pillow has, so that all draw the same."""
    from PIL import ImageFont

    data = files("audioguide.publish").joinpath("fonts/inter-display-bold.otf").read_bytes()
    return ImageFont.truetype(io.BytesIO(data), size_px, layout_engine=ImageFont.Layout.BASIC)


# Checks


def check_cover(path: Path) -> list[str]:
    """Why a directory would refuse this file as a cover, each with what to do about it; empty where none would."""
    return _examined(path, _findings)


def check_source(path: Path) -> list[str]:
    """Why no cover can be made of this file: as `check_cover`, without what is mended when it is published."""
    return _examined(path, _past_mending)


def _examined(path: Path, judge: Callable[[Image, str], list[str]]) -> list[str]:
    from PIL import Image, UnidentifiedImageError

    if not path.is_file():
        return ["there is no such file: name a JPEG or PNG file"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # it is told as a finding
            with Image.open(path, formats=tuple(_SUFFIXES)) as image:
                findings = judge(image, path.suffix)
                if not findings:
                    image.load()
                return findings
    except UnidentifiedImageError:
        return ["it is neither JPEG nor PNG: save it as one of the two"]
    except Image.DecompressionBombError:
        return [f"it has far too many pixels: scale it to {LARGEST_PX} × {LARGEST_PX}"]
    except (OSError, SyntaxError, ValueError) as error:
        return [f"it cannot be read as a picture ({error}): save it again"]


def _findings(image: Image, suffix: str) -> list[str]:
    kind, size = str(image.format), f"{image.size[0]} × {image.size[1]}"
    findings = []
    if suffix.lower() not in _SUFFIXES[kind]:
        findings.append(f"it is a {kind} called {suffix or 'nothing'}: let its name end in {_SUFFIXES[kind][0]}")
    if max(image.size) > LARGEST_PX:
        findings.append(f"it is {size} pixels: scale it down to at most {LARGEST_PX} each way")
    if image.mode in MENDED_MODES:
        findings.append(f"its colours are {image.mode}: save it as RGB, without transparency")
    return findings + _past_mending(image, suffix)


def _past_mending(image: Image, _suffix: str) -> list[str]:
    """What nobody but its owner can mend: only they know what to cut off, and no pixels can be made up."""
    width_px, height_px = image.size
    side_px, size = min(image.size), f"{width_px} × {height_px}"
    findings = []
    if width_px != height_px and side_px >= SMALLEST_PX:
        findings.append(f"it is {size} pixels, not square: crop it to {side_px} × {side_px}")
    if side_px < SMALLEST_PX:
        wanted = f"name a square one, {SMALLEST_PX} to {LARGEST_PX} each way"
        findings.append(
            f"it is {size} pixels, and directories ask for {SMALLEST_PX} × {SMALLEST_PX} at least: {wanted}"
        )
    if image.mode not in {"RGB", *MENDED_MODES}:
        findings.append(f"its colours are {image.mode}: save it as RGB, without transparency")
    return findings
