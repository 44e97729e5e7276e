"""Tests of the cadence's days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.calendar import WEEKDAYS, cadence_day_on_or_before, cadence_days, next_cadence_day

DAYS = st.dates(min_value=date(1950, 1, 1), max_value=date(2200, 12, 31))
CADENCES = st.sampled_from(WEEKDAYS)


def named(day: date) -> str:
    return day.strftime("%A").lower()


@given(DAYS, CADENCES)
def test_the_day_on_or_before_is_the_newest_of_the_last_seven_with_that_name(day: date, cadence: str) -> None:
    last_seven = [day - timedelta(days=back) for back in range(7)]
    assert [cadence_day_on_or_before(day, cadence)] == [each for each in last_seven if named(each) == cadence]


@given(DAYS, CADENCES)
def test_the_next_day_is_the_first_of_the_coming_seven_with_that_name(day: date, cadence: str) -> None:
    coming_seven = [day + timedelta(days=ahead) for ahead in range(1, 8)]
    assert [next_cadence_day(day, cadence)] == [each for each in coming_seven if named(each) == cadence]


@given(DAYS, st.integers(min_value=-10, max_value=1200), CADENCES)
def test_the_days_between_are_all_with_that_name(first: date, length: int, cadence: str) -> None:
    last = first + timedelta(days=length)
    between = [first + timedelta(days=ahead) for ahead in range(length + 1)]
    assert cadence_days(first, last, cadence) == tuple(day for day in between if named(day) == cadence)


@given(DAYS, CADENCES)
def test_a_week_later_is_the_next_cadence_day(day: date, cadence: str) -> None:
    on_it = cadence_day_on_or_before(day, cadence)
    assert next_cadence_day(on_it, cadence) == on_it + timedelta(days=7)
    assert next_cadence_day(on_it, cadence) > day
    assert cadence_days(on_it, on_it, cadence) == (on_it,)


def test_weeks_run_over_a_leap_day_and_the_turn_of_a_year() -> None:
    assert cadence_days(date(2024, 2, 26), date(2024, 3, 4), "thursday") == (date(2024, 2, 29),)
    assert cadence_day_on_or_before(date(2025, 1, 2), "tuesday") == date(2024, 12, 31)
    assert next_cadence_day(date(2026, 12, 28), "monday") == date(2027, 1, 4)
    assert cadence_day_on_or_before(date(2024, 3, 1), "thursday") == date(2024, 2, 29)


def test_an_hundred_years_have_no_week_too_many() -> None:
    days = cadence_days(date(2000, 1, 1), date(2100, 1, 1), "saturday")
    assert len(days) == (date(2100, 1, 1) - date(2000, 1, 1)).days // 7 + 1


def test_every_weekday_is_a_cadence_of_its_own() -> None:
    week = [date(2026, 4, 27) + timedelta(days=ahead) for ahead in range(7)]
    assert [cadence_day_on_or_before(date(2026, 5, 3), cadence) for cadence in WEEKDAYS] == week


def test_the_first_day_of_the_calendar_can_be_a_cadence_day() -> None:
    assert cadence_day_on_or_before(date.min, "monday") == date.min


@pytest.mark.parametrize("cadence", ["Monday", "weekly", ""])
def test_what_is_not_a_weekday_is_refused_by_name(cadence: str) -> None:
    for use in (
        lambda: cadence_day_on_or_before(date(2026, 4, 27), cadence),
        lambda: next_cadence_day(date(2026, 4, 27), cadence),
        lambda: cadence_days(date(2026, 4, 27), date(2026, 4, 27), cadence),
    ):
        with pytest.raises(ValueError, match=r"is not a cadence; a cadence is one of monday, tuesday"):
            use()
