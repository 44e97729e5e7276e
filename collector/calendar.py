"""The days of a weekly cadence, as pure functions on dates; knows no clock and no time zone."""

from datetime import date, timedelta

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""The names a cadence may have, in the order of `date.weekday()`."""

_WEEK = timedelta(days=7)


def cadence_day_on_or_before(day: date, cadence: str) -> date:
    """Return `day` itself if it is a cadence day, else the last one before it.

    Raises ValueError for a cadence that is not in WEEKDAYS, OverflowError where the calendar of `date` ends.
    """
    return day - timedelta(days=(day.weekday() - _weekday(cadence)) % 7)


def next_cadence_day(day: date, cadence: str) -> date:
    """Return the first cadence day after `day`, one to seven days later; raises as `cadence_day_on_or_before`."""
    return day + timedelta(days=(_weekday(cadence) - day.weekday() - 1) % 7 + 1)


def cadence_days(first: date, last: date, cadence: str) -> tuple[date, ...]:
    """Return the cadence days from `first` to `last`, both included, oldest first; none if `last` is before `first`.

    Raises ValueError for a cadence that is not in WEEKDAYS.
    """
    offset = (_weekday(cadence) - first.weekday()) % 7
    count = ((last - first).days - offset) // 7 + 1
    return tuple(first + timedelta(days=offset) + week * _WEEK for week in range(count))


def _weekday(cadence: str) -> int:
    if cadence not in WEEKDAYS:
        raise ValueError(f"{cadence!r} is not a cadence; a cadence is one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(cadence)
