"""Gathers the rows of a tidy frame by series; pure, it knows no ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import isfinite
from typing import TYPE_CHECKING, Final, NamedTuple

from storage.database.schema import EPOCH, METHODS

if TYPE_CHECKING:
    import pandas as pd

_OF_VALUE = ("kind", "name", "metric", "source", "definition", "day", "value", "method", "response")
COLUMNS = (*_OF_VALUE, "number", "called", "born")
"""The frame's columns: text but for `day`, a UTC date, `value`, a finite float, and `born`, a UTC date or None.

Where nothing is said, text is "".
"""


_IMPORTED: Final = "imported"


class Asked(NamedTuple):
    """A series under the name by which its artifact was asked for."""

    kind: str
    name: str
    metric: str
    source: str
    definition: str


@dataclass(slots=True)
class Readings:
    """What the frame says of one series: values as (day number, value, method, record id), and of its identity."""

    day: date = date.min
    response: str = ""
    number: str = ""
    called: str = ""
    born: date | None = None
    named: date | None = None
    """The first day of the name that it was called by, where the values come from files of many days."""
    values: list[tuple[int, float, str, str]] = field(default_factory=list)


def gather(frame: "pd.DataFrame | None") -> dict[Asked, Readings]:
    """Gather the frame's rows by series."""
    gathered: dict[Asked, Readings] = {}
    if frame is None:
        return gathered
    *asked, days, values, methods, records, numbers, names, births = (frame[name].tolist() for name in COLUMNS)
    _check(frame, values, methods)
    dates = {day: day.date() if isinstance(day, datetime) else day for day in set(days)}
    counted = {day: (on - EPOCH).days for day, on in dates.items()}
    days_of = ((dates[day], counted[day]) for day in days)
    rows = zip(zip(*asked, strict=True), days_of, values, methods, records, numbers, names, births, strict=True)
    for series_, (on, day), value, method, record, number, called, born in rows:
        read = gathered.get(series_)
        if read is None:
            read = gathered[Asked._make(series_)] = Readings()
        if on >= read.day:
            read.day, read.response = on, record
        if number or called:
            _take_identity(read, on, number, called, imported=method == _IMPORTED)
        if born is not None and isinstance(born, date):
            read.born = born
        read.values.append((day, value, method, record))
    return gathered


def _take_identity(read: Readings, on: date, number: str, called: str, *, imported: bool) -> None:
    if called and imported:
        read.named = on if read.named is None or called != read.called else min(read.named, on)
    read.number, read.called = number or read.number, called or read.called


def _check(frame: "pd.DataFrame", values: Sequence[float], methods: Sequence[str]) -> None:
    """Raise ValueError for the first row that is no observation."""
    if all(map(isfinite, values)) and set(methods) <= METHODS.keys():
        return
    for place, (value, method) in enumerate(zip(values, methods, strict=True)):
        if not isfinite(value) or method not in METHODS:
            row = frame.iloc[place]
            asked = Asked(*(row[name] for name in Asked._fields))
            raise ValueError(f"{asked} has the value {value!r} ({method}) on {row['day']}: not an observation")
