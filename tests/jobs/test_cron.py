"""Cron expressions: a schedule in the foreground keeps the times that the line for crontab would."""

from datetime import UTC, datetime, timedelta

import pytest

from jobs.cron import trigger

NOW = datetime(2026, 4, 29, 12, tzinfo=UTC)
"""A Wednesday."""


def weekdays(field: str) -> str:
    """Return the weekdays on which a schedule would refresh in the next week."""
    made, at, found = trigger(f"0 5 * * {field}", NOW), NOW, set[datetime]()
    while (at := made.get_next_fire_time(None, at)) and at < NOW + timedelta(days=7):
        found.add(at)
        at += timedelta(minutes=1)
    return " ".join(f"{day:%a}" for day in sorted(found, key=datetime.isoweekday))


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("mon", "Mon"),
        ("1", "Mon"),
        ("0", "Sun"),
        ("7", "Sun"),
        ("SAT", "Sat"),
        ("1-5", "Mon Tue Wed Thu Fri"),
        ("mon-fri/2", "Mon Wed Fri"),
        ("0-2", "Mon Tue Sun"),
        ("sun-tue", "Mon Tue Sun"),
        ("5-7", "Fri Sat Sun"),
        ("fri-sun", "Fri Sat Sun"),
        ("1,thu", "Mon Thu"),
        ("*/2", "Tue Thu Sat Sun"),
        ("*", "Mon Tue Wed Thu Fri Sat Sun"),
    ],
)
def test_weekdays_are_counted_as_crontab_counts_them(field: str, days: str) -> None:
    assert weekdays(field) == days


def test_the_other_fields_are_those_of_crontab() -> None:
    assert trigger("30 4 13 * *", NOW).get_next_fire_time(None, NOW) == datetime(2026, 5, 13, 4, 30, tzinfo=UTC)
    assert trigger("*/15 4-6 1 jun,jul *", NOW).get_next_fire_time(None, NOW) == datetime(2026, 6, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("often", "1 fields"),
        ("0 5 * *", "4 fields"),
        ("0 5 * * mon *", "6 fields"),
        ("61 5 * * mon", "61"),
        ("0 5 * * 8", "'8' is no day of the week"),
        ("0 5 * * moon", "'moon' is no day of the week"),
        ("0 5 * * 1/0", "no day of the week"),
        ("0 5 * * fri-mon", "'fri-mon' ends before it begins"),
        ("0 5 last * *", "'last' is nothing that crontab knows"),
        ("0 \u0665 * * *", "is nothing that crontab knows"),
        ("0 5 31 2 *", "no such day"),
        ("0 5 13 * fri", "not both"),
    ],
)
def test_what_crontab_would_not_take_or_mean_otherwise_is_refused(expression: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        trigger(expression, NOW)
