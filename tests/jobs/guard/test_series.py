"""How unusual a value is: by its own series' habits, not by a fixed percentage."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.guard.series import doubt, doubt_restated, measure, weekly
from jobs.guard.thresholds import STEPS
from publish.table.metrics import Type

MONDAY = date(2026, 4, 27)
NOISY = (900, 2600, 1100, 3300, 800, 2900, 1000, 2400)
CALM = (90_000, 91_000, 90_500, 92_000, 91_500, 92_500, 92_000, 93_000)
STARS = (53_100, 53_220, 53_330, 53_450, 53_560, 53_690, 53_817)


def past(values: Sequence[float], days: int = 7) -> list[tuple[date, float]]:
    """Give values their days, the last one `days` before Monday."""
    return [(MONDAY - timedelta(days=days * back), value) for back, value in enumerate(reversed(values), 1)][::-1]


def said(kind: Type, values: Sequence[float], value: float, days: int = 7) -> str:
    measured = measure(kind, past(values, days), MONDAY, value)
    assert measured is not None
    return doubt(kind, measured)


def test_without_a_past_there_is_nothing_to_hold_a_value_against() -> None:
    assert measure("gauge", [], MONDAY, 5) is None
    assert measure("gauge", [(MONDAY + timedelta(days=1), 4.0)], MONDAY, 5) is None


def test_what_was_accepted_of_the_day_is_what_the_next_value_of_it_is_held_against() -> None:
    accepted = [*past(STARS), (MONDAY, 18_331.0)]
    measured = measure("gauge", accepted, MONDAY, 18_332)
    assert measured is not None
    assert (measured.before, doubt("gauge", measured)) == ((MONDAY, 18_331.0), "")
    fallen = measure("gauge", accepted, MONDAY, 903)
    assert fallen is not None
    assert doubt("gauge", fallen) != ""


@pytest.mark.parametrize(
    ("kind", "values", "value"),
    [
        ("gauge", STARS, 53_930),
        ("gauge", STARS, 53_807),  # ten users took their stars back
        ("gauge", STARS, 55_900),  # a good day on a news site
        ("gauge", (3, 4, 4, 5), 1),
        ("gauge", (0, 0, 0, 0), 60),
        ("window", NOISY, 5200),
        ("window", NOISY, 400),
        ("window", CALM, 61_000),  # the week of Christmas
        ("window", (0, 0, 0, 0, 0), 210),
        ("window", (7, 0, 3, 11, 2), 0),
        ("counter", (10_000, 10_050, 10_100, 10_150), 10_150),
        ("counter", (10_000, 10_050, 10_100, 10_150), 16_000),
        ("gauge", (2, 9), 40),
    ],
)
def test_what_happens_in_an_ordinary_week_is_plausible(kind: Type, values: Sequence[float], value: float) -> None:
    assert said(kind, values, value) == ""


@pytest.mark.parametrize(
    ("kind", "values", "value", "why"),
    [
        ("gauge", STARS, 18_331, "usual: "),
        ("gauge", STARS, 903, "usual: "),
        ("window", CALM, 12, "usual: "),
        ("window", CALM, 93_000_000, "usual: "),
        ("window", NOISY, 1_000_000, "usual: "),
        ("counter", (10_000, 10_050), 10_049, "a counter never falls"),
        ("gauge", (15_000, 15_020), 15, "in a series of less than 4 weeks"),
    ],
)
def test_what_no_week_brought_before_is_not(kind: Type, values: Sequence[float], value: float, why: str) -> None:
    assert why in said(kind, values, value)


def test_a_gauge_may_come_back_to_what_it_was_but_not_fall_to_it() -> None:
    assert said("gauge", (70_001, 70_010, 266, 1_484), 69_990) == ""
    assert said("gauge", (1_400, 69_700, 69_750, 69_810, 69_850, 69_900, 69_950), 1_400) != ""


def test_a_window_may_have_any_value_that_it_had_lately() -> None:
    assert said("window", (*CALM, 1_000, 1_100), 92_700) == ""


def test_an_outage_of_some_weeks_leaves_room_for_the_growth_of_them() -> None:
    growing = tuple(1000 * 1.3**week for week in range(8))
    later = growing[-1] * 1.3**6
    assert said("gauge", growing, later) != ""
    assert said("gauge", growing, later, days=42) == ""


def test_what_is_gross_in_a_young_series_does_not_become_likelier_by_waiting() -> None:
    for days in (7, 70):
        assert said("gauge", (15_618,), 903, days=days) != ""


def test_daily_values_are_thinned_to_weeks() -> None:
    days = [(MONDAY - timedelta(days=back), 100.0 - back) for back in range(150, 0, -1)]
    kept = weekly(days, MONDAY)
    assert kept[-1] == (MONDAY - timedelta(days=1), 99.0)
    assert len(kept) == STEPS + 1
    assert {(after - before).days for (before, _), (after, _) in pairwise(kept)} == {6}


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=14), st.sampled_from(["gauge", "counter", "window"]))
def test_the_last_good_value_again_is_always_plausible(values: list[int], kind: Type) -> None:
    assert said(kind, values, values[-1]) == ""


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=14), st.integers(0, 10**12))
def test_any_values_have_a_finite_score(values: list[int], value: int) -> None:
    for kind in ("gauge", "counter", "window", "index"):
        measured = measure(kind, past(values), MONDAY, value)
        assert measured is not None
        assert 0 <= measured.score < 10**6


def restated(values: Sequence[float], back: int, value: float) -> str:
    """Judge another value for the day so many weeks before the last."""
    known = past(values)
    return doubt_restated("window", known, known[-1 - back][0], value)


@pytest.mark.parametrize("back", [0, 1, 3, 7])
@pytest.mark.parametrize("value", [920_000, 0, 9_000])
def test_another_value_that_fits_nothing_around_it_is_doubted_wherever_it_is(back: int, value: float) -> None:
    assert restated(CALM, back, value) == "usual: 1 % a week"


@pytest.mark.parametrize("back", [0, 3, 7])
def test_a_correction_is_believed_and_so_is_what_a_series_with_such_habits_may_have_been(back: int) -> None:
    assert restated(CALM, back, 80_000) == ""
    assert restated(CALM, back, 130_000) == ""
    assert restated(CALM, back, 2.35 * CALM[-1 - back]) != "", "no series that moves 1 % a week has more than doubled"
    assert restated(NOISY, back, 5_000) == ""


@pytest.mark.parametrize("back", [0, 3, 7])
def test_what_is_mended_comes_nearer_to_its_neighbours(back: int) -> None:
    broken = list(CALM)
    broken[-1 - back] = 700
    assert restated(broken, back, 91_000) == ""


def test_a_value_that_fits_one_side_is_believed_for_a_series_may_have_moved_then() -> None:
    moved = [*(9_000.0 + week for week in range(6)), *(90_000.0 + week for week in range(6))]
    assert restated(moved, 6, 90_100) == ""
    assert restated(moved, 5, 9_100) == ""
    assert restated(moved, 3, 900_000) != ""


def test_without_neighbours_only_what_is_gross_is_doubted() -> None:
    assert restated([10_000], 0, 100_000) == ""
    assert restated([10_000], 0, 1_000_000) == "in a series of less than 4 weeks"
