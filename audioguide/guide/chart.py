"""A map drawn from coordinates alone: a local projection, a scale bar, markers that do not cover each other."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from audioguide.guide.model import Stop

WIDTH = 360.0
"""The drawing's units, of which a phone shows about one a pixel."""
MARKER_RADIUS = 15.0
_CELL = 32
"""No two markers are nearer to each other: two radii, and a gap."""
_MARGIN = 26.0
_HEIGHTS = 200.0, 420.0
_EARTH_M = 6_371_008.8
_SMALLEST_M = 20.0
"""What the map shows at least: a single stop has a surrounding too."""
_STEP, _LEAST_TURNS = 4, 24
"""How far the rings around a crowded place are apart, and how many spots each has."""
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
    east: float
    """Units for a degree of longitude."""
    south: float
    """Units for a degree of latitude."""
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
    ground, degree_m = _projected(placed)
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
    east, south = (round(metres * scale, 3) for metres in degree_m)
    return Chart(round(height, 1), markers, round(bar_m * scale, 1), bar_m, east, south)


def _projected(stops: Sequence[Stop]) -> tuple[list[tuple[float, float]], tuple[float, float]]:
    """East and south in metres from somewhere among the stops, near the date line too; and the metres of a degree each way."""
    places = [stop.place for stop in stops if stop.place]
    first = places[0].longitude
    east = [(place.longitude - first + 180) % 360 - 180 for place in places]
    middle = math.radians(sum(place.latitude for place in places) / len(places))
    south_m = math.radians(1) * _EARTH_M
    east_m = south_m * math.cos(middle)
    points = [(degrees * east_m, -place.latitude * south_m) for degrees, place in zip(east, places, strict=True)]
    return points, (east_m, south_m)


def _centred(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    middle = (max(x for x, _ in points) + min(x for x, _ in points)) / 2
    return [(x - middle + WIDTH / 2, y) for x, y in points]


def _placed(spots: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Where each number stands: on its place, or on the nearest free spot around it.

    Near a place that was crowded the search begins where it ended before, so that any number of stops is placed soon.
    """
    board: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    filled: dict[tuple[int, int], int] = {}
    for x, y in spots:
        around = _around(x, y, first=filled.get(_cell(x, y), 0))
        ring, spot = next((ring, spot) for ring, spot in around if _is_free(spot, board))
        filled[_cell(x, y)] = max(0, ring - _CELL // _STEP)
        board[_cell(*spot)].append(spot)
        yield spot


def _cell(x: float, y: float) -> tuple[int, int]:
    return int(x // _CELL), int(y // _CELL)


def _is_free(spot: tuple[float, float], board: Mapping[tuple[int, int], Sequence[tuple[float, float]]]) -> bool:
    """Whether a marker there is inside the map, and touches none that stands already."""
    x, y = spot
    if not MARKER_RADIUS + 2 <= x <= WIDTH - MARKER_RADIUS - 2:
        return False
    column, row = _cell(x, y)
    near = (board.get((column + right, row + down), ()) for right in (-1, 0, 1) for down in (-1, 0, 1))
    return all(math.hypot(x - other_x, y - other_y) >= _CELL for cell in near for other_x, other_y in cell)


def _around(x: float, y: float, *, first: int) -> Iterator[tuple[int, tuple[float, float]]]:
    """Rings around a place, each with its spots; ring 0 is the place itself."""
    for ring in count(first):
        turns = max(_LEAST_TURNS, ring) if ring else 1
        for turn in range(turns):
            angle = 2 * math.pi * turn / turns
            yield ring, (x + ring * _STEP * math.sin(angle), y - ring * _STEP * math.cos(angle))


def _round_length(most_m: float) -> float:
    """1, 2 or 5 with noughts: the greatest that is no longer."""
    power = 10.0 ** math.floor(math.log10(most_m))
    return max(step * power for step in (1, 2, 5) if step * power <= most_m)
