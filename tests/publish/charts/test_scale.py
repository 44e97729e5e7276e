"""The axes of a chart."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.charts.scale import apart, calm, day_format, day_ticks, domain, tick_label, ticks

COUNTS = st.floats(min_value=0, max_value=1e12)


@given(st.lists(COUNTS, min_size=1, max_size=20))
def test_the_axis_has_room_for_every_value_and_never_goes_below_nothing(values: list[float]) -> None:
    low, high = domain(values)
    assert 0 <= low <= min(values)
    assert max(values) < high


def test_the_axis_begins_at_nothing_where_that_costs_little() -> None:
    assert domain([100.0, 1000.0])[0] == 0
    assert domain([900.0, 1000.0])[0] == pytest.approx(894)


@given(st.lists(COUNTS, min_size=1, max_size=20))
def test_ticks_are_whole_evenly_spaced_and_within_the_axis(values: list[float]) -> None:
    low, high = domain(values)
    found = ticks(low, high, 5)
    assert (1 if high - low < 2 else 2) <= len(found) <= 6
    assert all(low <= tick <= high and tick == int(tick) for tick in found)
    steps = {later - sooner for sooner, later in pairwise(found)}
    assert len(steps) <= 1


def test_ticks_are_round() -> None:
    assert ticks(94, 106, 5) == [95, 100, 105]
    assert ticks(0, 3.3e6, 5) == [0, 1e6, 2e6, 3e6]
    assert ticks(200, 310, 5) == [200, 225, 250, 275, 300]
    assert ticks(0.2, 1.4, 5) == [1]
    assert ticks(62_000, 91_000, 4) == [70_000, 80_000, 90_000]
    assert ticks(81, 99, 2) == [85, 90, 95]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (250, "250"), (15_650, "15.65k"), (1_500_000, "1.5M"), (2e9, "2B"), (999_000, "999k")],
)
def test_a_tick_is_written_with_as_many_digits_as_it_has(value: float, text: str) -> None:
    assert tick_label(value) == text


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 4, 27), date(2026, 4, 27), ["2026-04-27"]),
        (date(2026, 4, 6), date(2026, 4, 27), ["2026-04-06", "2026-04-13", "2026-04-20", "2026-04-27"]),
        (date(2025, 6, 30), date(2026, 4, 27), ["2025-07", "2025-09", "2025-11", "2026-01", "2026-03"]),
        (date(2023, 4, 24), date(2026, 4, 27), ["2023-07", "2024-01", "2024-07", "2025-01", "2025-07", "2026-01"]),
        (date(2018, 1, 1), date(2026, 4, 27), ["2018", "2020", "2022", "2024", "2026"]),
    ],
)
def test_days_are_marked_where_people_look_for_them(first: date, last: date, expected: list[str]) -> None:
    assert [day.strftime(day_format(first, last)) for day in day_ticks(first, last, 7)] == expected


@given(st.dates(date(2005, 1, 1), date(2040, 1, 1)), st.integers(0, 9000), st.integers(2, 12))
def test_days_are_never_too_many_nor_none(first: date, span: int, most: int) -> None:
    last = date.fromordinal(first.toordinal() + span)
    found = day_ticks(first, last, most)
    assert 1 <= len(found) <= most
    assert all(first <= day <= last for day in found)
    assert len({day.strftime(day_format(first, last)) for day in found}) == len(found)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 30)), min_size=1, max_size=12))
def test_labels_keep_apart_in_their_order_within_their_bounds(labels: list[tuple[float, float]]) -> None:
    places, heights = [place for place, _ in labels], [height for _, height in labels]
    moved = apart(places, heights, 0, 100)
    squeezed = min(1.0, 100 / sum(heights))
    order = sorted(range(len(places)), key=lambda at: places[at])
    for sooner, later in pairwise(order):
        assert moved[later] - moved[sooner] >= squeezed * (heights[sooner] + heights[later]) / 2 - 1e-6
    for middle, height in zip(moved, heights, strict=True):
        assert squeezed * height / 2 - 1e-6 <= middle <= 100 - squeezed * height / 2 + 1e-6


def test_labels_that_do_not_meet_stay_where_they_are() -> None:
    assert apart([10.0, 90.0, 50.0], [15] * 3, 0, 100) == [10.0, 90.0, 50.0]


def test_a_calm_axis_covers_a_share_of_the_largest_value() -> None:
    low, high = domain([1000.0, 1001.0], 0.02)
    assert high - low >= 20
    assert calm([1000.0, 1005.0], 0.1) == (952.25, 1052.75)
    assert calm([0.0, 0.0], 0.1) == (0.0, 0.0)
