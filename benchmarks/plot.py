"""Small line charts as SVG: both axes logarithmic, one hue for what has one name, which stands at its end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 330, 260, 46, 96, 34, 34
_COLOURS = ("#0b6e99", "#c2410c", "#4d7c0f", "#7e22ce", "#be185d", "#57606a")


@dataclass(frozen=True, slots=True)
class Line:
    """Points of one thing, by length in hours."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over one another."""

    title: str
    lines: Sequence[Line]


def picture(charts: Sequence[Chart]) -> str:
    """Charts side by side."""
    names = dict.fromkeys(line.name for chart in charts for line in chart.lines)
    colours = dict(zip(names, cycle(_COLOURS), strict=False))
    drawn = "".join(
        f'<g transform="translate({index * WIDTH} 0)">{_chart(chart, colours)}</g>'
        for index, chart in enumerate(charts)
    )
    size = f'viewBox="0 0 {WIDTH * len(charts)} {HEIGHT}" width="{WIDTH * len(charts)}" height="{HEIGHT}"'
    style = 'font-family="system-ui, sans-serif" font-size="11" fill="#333"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style} role="img">'
        f"<title>{escape(', '.join(chart.title for chart in charts))}</title>"
        f'<rect width="100%" height="100%" fill="#fff"/>{drawn}</svg>\n'
    )


def _chart(chart: Chart, colours: Mapping[str, str]) -> str:
    across = _decades([x for line in chart.lines for x, _ in line.points])
    up = _decades([y for line in chart.lines for _, y in line.points])

    def place(x: float, y: float) -> tuple[float, float]:
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + wide * _share(x, across), TOP + high * (1 - _share(y, up))

    parts = [f'<text x="{LEFT}" y="18" font-weight="600">{escape(chart.title)}</text>']
    for value in _ticks(up):
        _, y = place(10.0 ** across[0], value)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    for value in sorted({round(x, 2) for line in chart.lines for x, _ in line.points}):
        x, _ = place(value, 10.0 ** up[0])
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 14}" text-anchor="middle">{value:.2g} h</text>')
    drawn = [
        (line.name, colours[line.name], [place(*point) for point in line.points]) for line in chart.lines if line.points
    ]
    parts += [_line(colour, points) for _, colour, points in drawn]
    parts += [_name(name, colour, points[-1]) for name, colour, points in drawn]
    return "".join(parts)


def _line(colour: str, points: Sequence[tuple[float, float]]) -> str:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points)
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'


def _name(name: str, colour: str, end: tuple[float, float]) -> str:
    """A name beside the end of its line, readable where other lines pass."""
    x, y = end
    halo = 'stroke="#fff" stroke-width="4" paint-order="stroke"'
    return f'<text x="{x + 7:.1f}" y="{y + 4:.1f}" fill="{colour}" {halo}>{escape(name)}</text>'


def _decades(values: Sequence[float]) -> tuple[float, float]:
    low, high = math.log10(min(values)), math.log10(max(values))
    return (low - 0.1, high + 0.1) if high - low < 0.2 else (low - 0.05 * (high - low), high + 0.05 * (high - low))


def _share(value: float, decades: tuple[float, float]) -> float:
    return (math.log10(value) - decades[0]) / (decades[1] - decades[0])


def _ticks(decades: tuple[float, float]) -> list[float]:
    """Round numbers, as few as show the scale."""
    choices = [_multiples(steps, decades) for steps in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7))]
    return next((ticks for ticks in choices if len(ticks) > 2), choices[-1])


def _multiples(steps: Sequence[float], decades: tuple[float, float]) -> list[float]:
    return [
        step * 10.0**exponent
        for exponent in range(math.floor(decades[0]), math.ceil(decades[1]) + 1)
        for step in steps
        if decades[0] <= math.log10(step * 10.0**exponent) <= decades[1]
    ]
