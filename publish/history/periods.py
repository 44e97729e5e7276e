"""The weeks and months of a history, as pure functions on dates."""

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

    A week ends on its cadence day. One that is not over on the day `last` is left out. Raises `KeyError` for a cadence
    that is no weekday.
    """
    end = next_end(first, cadence, every)
    while end <= last:
        yield Period(end - _WEEK + _DAY if every == "week" else end.replace(day=1), end)
        end = next_end(end + _DAY, cadence, every)


def before(first: date, every: Every) -> date:
    """Return a day early enough for one more period to end before `first`."""
    return first - _WEEK if every == "week" else first.replace(day=1) - _DAY


def next_end(after: date, cadence: str, every: Every) -> date:
    """Return the first day on or after a day on which a period ends."""
    if every == "week":
        return after + timedelta(days=(_WEEKDAYS[cadence] - after.weekday()) % 7)
    return (after.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY
