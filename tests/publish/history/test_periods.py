"""Weeks and months of a history."""

from datetime import date

import pytest

from publish.history.periods import Period, before, next_end, periods


def test_a_week_ends_on_its_cadence_day_and_a_running_one_is_left_out() -> None:
    found = list(periods(date(2026, 4, 8), date(2026, 4, 26), "monday", "week"))
    assert found == [Period(date(2026, 4, 7), date(2026, 4, 13)), Period(date(2026, 4, 14), date(2026, 4, 20))]


@pytest.mark.parametrize(("cadence", "end"), [("monday", 27), ("wednesday", 22), ("sunday", 26)])
def test_each_weekday_can_be_the_cadence(cadence: str, end: int) -> None:
    assert next_end(date(2026, 4, 21), cadence, "week") == date(2026, 4, end)


def test_a_cadence_day_ends_its_own_week() -> None:
    assert next_end(date(2026, 4, 27), "monday", "week") == date(2026, 4, 27)


def test_months_are_whole_and_the_running_one_is_left_out() -> None:
    found = list(periods(date(2025, 12, 15), date(2026, 2, 27), "monday", "month"))
    assert found == [Period(date(2025, 12, 1), date(2025, 12, 31)), Period(date(2026, 1, 1), date(2026, 1, 31))]
    assert next_end(date(2026, 2, 28), "monday", "month") == date(2026, 2, 28)


def test_february_knows_leap_years() -> None:
    assert [one.last.day for one in periods(date(2024, 2, 1), date(2024, 2, 29), "monday", "month")] == [29]


@pytest.mark.parametrize(("every", "day"), [("week", date(2026, 2, 22)), ("month", date(2026, 2, 28))])
def test_one_more_period_ends_on_or_after_the_day_before(every: str, day: date) -> None:
    assert before(date(2026, 3, 1), every) == day  # type: ignore[arg-type]


def test_nothing_lies_between_days_in_the_wrong_order() -> None:
    assert not list(periods(date(2026, 5, 1), date(2026, 4, 1), "monday", "week"))
    assert not list(periods(date(2026, 5, 1), date(2026, 4, 1), "monday", "month"))
