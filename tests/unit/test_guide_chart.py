"""The map: true to the ground, and every number can be read and hit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioguide.guide.chart import MARKER_RADIUS, WIDTH, Chart, draw_chart
from audioguide.guide.model import Place, Stop, Track

TRACK = Track("media/a.mp3", "audio/mpeg", 1, "", 60.0, (), None, None)


def stops(*places: tuple[float, float]) -> list[Stop]:
    return [
        Stop(number, f"s{number}", f"Stop {number}", TRACK, None, None, Place("", *place), None)
        for number, place in enumerate(places, 1)
    ]


def chart_of(places: Sequence[tuple[float, float]]) -> Chart:
    chart = draw_chart(stops(*places))
    assert chart
    return chart


def check_readable(chart: Chart) -> None:
    for one, other in combinations(chart.markers, 2):
        distance = math.hypot(one.label_x - other.label_x, one.label_y - other.label_y)
        assert distance >= 2 * MARKER_RADIUS + 1.8
    for marker in chart.markers:
        assert MARKER_RADIUS <= marker.label_x <= WIDTH - MARKER_RADIUS
        assert MARKER_RADIUS <= marker.label_y <= chart.height - MARKER_RADIUS
        assert 0 <= marker.x <= WIDTH
        assert 0 <= marker.y <= chart.height


def test_no_place_is_no_map() -> None:
    assert draw_chart([Stop(1, "a", "A", TRACK, None, None, None, None)]) is None


@given(
    st.lists(
        st.tuples(st.floats(47.36, 47.38), st.floats(8.53, 8.56)) | st.just((47.37, 8.54)), min_size=1, max_size=40
    )
)
def test_numbers_never_cover_each_other(places: list[tuple[float, float]]) -> None:
    check_readable(chart_of(places))


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=12))
def test_any_place_on_the_globe_is_on_the_map(places: list[tuple[float, float]]) -> None:
    check_readable(chart_of(places))


@pytest.mark.parametrize("step", [0.0, 1e-7])
def test_five_hundred_stops_in_one_room_are_all_there(step: float) -> None:
    """In no more room than they need three times over."""
    chart = chart_of([(47.37, 8.54 + number * step) for number in range(500)])
    check_readable(chart)
    assert chart.height < 3 * 500 * 32 * 32 / WIDTH


def test_north_is_up_and_east_is_right() -> None:
    south_west, north_east = chart_of([(47.36, 8.53), (47.38, 8.56)]).markers
    assert north_east.y < south_west.y
    assert north_east.x > south_west.x


@pytest.mark.parametrize("latitude", [0.0, 47.37, -69.0])
def test_the_scale_bar_measures_the_ground(latitude: float) -> None:
    """A hundredth of a degree of longitude at this latitude, measured with the bar, within one in a hundred."""
    chart = chart_of([(latitude, 8.54), (latitude, 8.55)])
    west, east = chart.markers
    measured_m = (east.x - west.x) / chart.bar * chart.bar_m
    true_m = math.radians(0.01) * 6_371_008.8 * math.cos(math.radians(latitude))
    assert measured_m == pytest.approx(true_m, rel=0.01)


def test_the_date_line_parts_no_neighbours() -> None:
    west, east = chart_of([(-16.8, 179.99), (-16.8, -179.99)]).markers
    assert east.x > west.x
    assert chart_of([(-16.8, 179.99), (-16.8, -179.99)]).bar_m <= 2000


def test_one_stop_stands_alone_in_its_surroundings() -> None:
    chart = chart_of([(47.37, 8.54)])
    assert not chart.markers[0].is_moved
    assert chart.bar_text == "5 m"


def test_a_kilometre_is_called_so() -> None:
    assert chart_of([(47.0, 8.0), (47.1, 8.1)]).bar_text == "2 km"
