"""The days, weeks, months, quarters and years of a history, as pure functions on dates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, Literal

Every = Literal["day", "week", "month", "quarter", "year"]
EVERY: Final[tuple[Every, ...]] = ("day", "week", "month", "quarter", "year")
"""What a history can be thinned out to."""

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
LENGTHS: Final[Mapping[Every, int]] = MappingProxyType({"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366})
"""How many days each is at the most."""
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_WEEKDAYS: Final[Mapping[str, int]] = MappingProxyType(
    {"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6}
)


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week, month, quarter or year, UTC, both days included; its values are those as of `last`."""

    first: date
    last: date


def periods(first: date, last: date, cadence: str, every: Every) -> Iterator[Period]:
    """Yield the periods whose last day lies between two days, both included, oldest first.

    A week ends on its cadence day. One that is not over on the day `last` is left out. Raises `KeyError` for a cadence
    that is no weekday.
    """
    end = next_end(first, cadence, every)
    while end <= last:
        yield Period(before(end, every) + _DAY if every in _MONTHS else end - timedelta(days=LENGTHS[every] - 1), end)
        end = next_end(end + _DAY, cadence, every)


def before(first: date, every: Every) -> date:
    """Return a day early enough for one more period to end before `first`."""
    if every not in _MONTHS:
        return first - timedelta(days=LENGTHS[every])
    months = _MONTHS[every]
    return date(first.year, (first.month - 1) // months * months + 1, 1) - _DAY


def next_end(after: date, cadence: str, every: Every) -> date:
    """Return the first day on or after a day on which a period ends."""
    if every == "day":
        return after
    if every == "week":
        return after + timedelta(days=(_WEEKDAYS[cadence] - after.weekday()) % 7)
    months = _MONTHS[every]
    last = date(after.year, (after.month - 1) // months * months + months, 28)
    return (last + timedelta(days=4)).replace(day=1) - _DAY


def year_before(end: date, every: Every) -> date:
    """Return the end of the day, week, month, quarter or year a year earlier: of a week that is 52 weeks before."""
    if every == "week":
        return end - 52 * _WEEK
    earlier = date(end.year - 1, end.month, min(end.day, 28) if end.month == 2 else end.day)  # noqa: PLR2004 - February
    return earlier if every == "day" else next_end(earlier, "", every)
