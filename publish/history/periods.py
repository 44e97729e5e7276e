"""The weeks and months of a history, as pure functions on dates; knows no values and no clock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, Literal

Every = Literal["week", "month"]
EVERY: Final[tuple[Every, ...]] = ("week", "month")
"""What a history can be thinned out to."""

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_WEEKDAYS: Final[Mapping[str, int]] = MappingProxyType(
    {"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6}
)


@dataclass(frozen=True, slots=True)
class Period:
    """A week or a month, UTC, both days included; its values are those as of `last`."""

    first: date
    last: date


def periods(first: date, last: date, cadence: str, every: Every) -> Iterator[Period]:
    """Yield the periods whose last day lies between two days, both included, oldest first.

    A week ends on its cadence day. A month that runs on after `last` ends there, for now; a week that does is left out.
    Raises `KeyError` for a cadence that is no weekday.
    """
    return _weeks(first, last, cadence) if every == "week" else _months(first, last)


def before(first: date, every: Every) -> date:
    """Return a day early enough for one more period to end before `first`."""
    return first - _WEEK if every == "week" else (first.replace(day=1) - _DAY)


def next_end(after: date, cadence: str) -> date:
    """Return the first cadence day on or after a day: the end of its week."""
    return after + timedelta(days=(_WEEKDAYS[cadence] - after.weekday()) % 7)


def _weeks(first: date, last: date, cadence: str) -> Iterator[Period]:
    end = next_end(first, cadence)
    while end <= last:
        yield Period(end - _WEEK + _DAY, end)
        end += _WEEK


def _months(first: date, last: date) -> Iterator[Period]:
    start = first.replace(day=1)
    while start <= last:
        following = (start.replace(day=28) + timedelta(days=4)).replace(day=1)
        yield Period(start, min(following - _DAY, last))
        start = following
