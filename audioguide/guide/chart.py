"""A map drawn from coordinates alone: a local projection, a scale bar, markers that do not cover each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audioguide.guide.model import Stop

WIDTH = 360.0
"""The drawing's units, of which a phone shows about one a pixel."""
MARKER_RADIUS = 15.0
_GAP = 2.0
_MARGIN = 26.0
_HEIGHTS = 200.0, 420.0
_EARTH_M = 6_371_008.8
_SMALLEST_M = 20.0
"""What the map shows at least: a single stop has a surrounding too."""
_RINGS, _TURNS = 200, 24
_FOOT = 46.0
"""Room for the scale bar."""
_BAR = 110.0
"""The scale bar's greatest length."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A stop on the map: where it is, and where its number stands."""

    stop: Stop
    x: float
    y: float
    label_x: float
    label_y: float

    @property
    def is_moved(self) -> bool:
        """Whether the number stands beside its place, with a line between."""
        return math.hypot(self.label_x - self.x, self.label_y - self.y) > 1


@dataclass(frozen=True, slots=True)
class Chart:
    """The map, in units of the drawing."""

    height: float
    markers: tuple[Marker, ...]
    bar: float
    """The scale bar's length."""
    bar_m: float
    """What it measures on the ground."""
    width: float = WIDTH

    @property
    def bar_text(self) -> str:
        """`200 m`, `1.5 km`."""
        return f"{self.bar_m / 1000:g} km" if self.bar_m >= 1000 else f"{self.bar_m:g} m"


def draw_chart(stops: Sequence[Stop]) -> Chart | None:
    """The map of the stops whose place is known; None where there is none. North is up."""
    placed = [stop for stop in stops if stop.place]
    if not placed:
        return None
    ground = _projected(placed)
    wide = max(_SMALLEST_M, max(x for x, _ in ground) - min(x for x, _ in ground))
    high = max(_SMALLEST_M, max(y for _, y in ground) - min(y for _, y in ground))
    scale = min((WIDTH - 2 * _MARGIN) / wide, (_HEIGHTS[1] - 2 * _MARGIN - _FOOT) / high)
    spots = _centred([(x * scale, y * scale) for x, y in ground])
    labels = list(_placed(spots))
    top = min(y for _, y in (*spots, *labels)) - _MARGIN
    bottom = max(y for _, y in (*spots, *labels)) + _MARGIN
    height = max(_HEIGHTS[0], bottom - top + _FOOT)
    down = (height - _FOOT - (bottom - top)) / 2 - top
    markers = tuple(
        Marker(stop, round(x, 1), round(y + down, 1), round(label_x, 1), round(label_y + down, 1))
        for stop, (x, y), (label_x, label_y) in zip(placed, spots, labels, strict=True)
    )
    bar_m = _round_length(_BAR / scale)
    return Chart(round(height, 1), markers, round(bar_m * scale, 1), bar_m)


def _projected(stops: Sequence[Stop]) -> list[tuple[float, float]]:
    """East and south in metres from somewhere among the stops; near the date line too."""
    places = [stop.place for stop in stops if stop.place]
    first = places[0].longitude
    east = [(place.longitude - first + 180) % 360 - 180 for place in places]
    middle = math.radians(sum(place.latitude for place in places) / len(places))
    degree_m = math.radians(1) * _EARTH_M
    return [
        (degrees * degree_m * math.cos(middle), -place.latitude * degree_m)
        for degrees, place in zip(east, places, strict=True)
    ]


def _centred(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    middle = (max(x for x, _ in points) + min(x for x, _ in points)) / 2
    return [(x - middle + WIDTH / 2, y) for x, y in points]


def _placed(spots: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Where each number stands: on its place, or on the nearest free spot around it."""
    taken: list[tuple[float, float]] = []
    for spot in spots:
        free = next(
            (x, y)
            for x, y in _around(*spot)
            if MARKER_RADIUS + 2 <= x <= WIDTH - MARKER_RADIUS - 2
            and all(math.hypot(x - other_x, y - other_y) >= 2 * MARKER_RADIUS + _GAP for other_x, other_y in taken)
        )
        taken.append(free)
        yield free


def _around(x: float, y: float) -> Iterator[tuple[float, float]]:
    """The place itself, then rings around it; beyond them downwards without end."""
    yield x, y
    for ring in range(1, _RINGS):
        for turn in range(_TURNS):
            angle = 2 * math.pi * turn / _TURNS
            yield x + ring * 4 * math.sin(angle), y - ring * 4 * math.cos(angle)
    step = 0
    while True:
        step += 1
        yield x, y + (_RINGS + step) * 2 * MARKER_RADIUS


def _round_length(most_m: float) -> float:
    """1, 2 or 5 with noughts: the greatest that is no longer."""
    power = 10.0 ** math.floor(math.log10(most_m))
    return max(step * power for step in (1, 2, 5) if step * power <= most_m)
