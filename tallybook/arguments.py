"""What may be given for a day, a moment and names."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd

from jobs.names import UnknownName
from publish.table.rules import Rules

Day = date | str | np.datetime64
"""A UTC day: a `date`, text such as `2026-04-27`, or a time such as a `Timestamp`, of which the UTC date counts."""
Moment = int | Day | None
"""What was known when: after a run (its number), on a day (the whole of it), at a time, or now (None).

A time without a zone is in UTC, and one at midnight without a zone, as days are in frames, is that day.
"""
Names = str | Iterable[str] | None
"""One name, several, or None for all."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_day(day: Day) -> date:
    """Return the UTC date. Raises ValueError for what is none."""
    moment = _moment(day)
    return moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment


def read_moment(moment: Moment) -> int | date | datetime | None:
    """Return a run's number, a day, an aware time, or None. Raises ValueError for what is none of them."""
    if moment is None:
        return None
    return int(moment) if isinstance(moment, int | np.integer) else _moment(moment)


def _moment(given: Day) -> date | datetime:
    if isinstance(given, str):
        try:
            given = date.fromisoformat(given) if _DAY.fullmatch(given) else datetime.fromisoformat(given)
        except ValueError:
            raise ValueError(f"{given!r} is not a day such as 2026-04-27, or an ISO time") from None
        if isinstance(given, datetime):
            return given.replace(tzinfo=UTC) if given.tzinfo is None else given
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    time = pd.Timestamp(given)
    if not isinstance(time, pd.Timestamp):
        raise ValueError("NaT is no day")  # noqa: TRY004 - it is of the right type, and no day
    if time.tzinfo is not None:
        return time.to_pydatetime()
    return time.date() if time == time.normalize() else time.to_pydatetime().replace(tzinfo=UTC)


def read_names(names: Names) -> list[str] | None:
    """Return names as a list, None for all. Raises ValueError for a list of none, which would be no question."""
    found = [names] if isinstance(names, str) else None if names is None else [str(name) for name in names]
    if found == []:
        raise ValueError("no name is given: leave it out for all")
    return found


def read_metrics(names: Names, rules: Rules) -> Sequence[str]:
    """Return the keys of metrics, given by key or by what they count, such as `stars`. Raises UnknownName."""
    by_unit = {metric.unit: metric.key for metric in reversed(rules.metrics)}
    given = read_names(names) or []
    if unknown := [name for name in given if name not in rules.by_key and name.casefold() not in by_unit]:
        raise UnknownName("metric", unknown, rules.by_key)
    return [name if name in rules.by_key else by_unit[name.casefold()] for name in given]
