"""The seek: the newest row of each series as known, found in the key without reading the others.

In the form that each database does best: SQLite knows no LATERAL, and PostgreSQL does not look up in an index what a
subquery gives.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, Select, and_, func, select, true, tuple_

from storage.database.as_known import NO_TICK, visible
from storage.database.schema import observation, outcome, series
from storage.model import Known
from storage.quarantine.withheld import withheld

Joined = tuple[FromClause, ColumnElement[bool]]
"""What is to be joined to `series`, and on which condition."""


def newest_observation(dialect: str, day: date, known: Known, *, counted: bool = False) -> Joined:
    """Return the newest observation of each series up to a day, as known, to be joined to `series`.

    If it must be `counted`, those that are withheld are passed over.
    """
    sought, key = observation.alias("sought_observation"), ("day", "tick")
    up_to = [sought.c.day <= day, *([~withheld(sought, known)] if counted else [])]
    if dialect == "postgresql":
        row = _first(sought, tuple(observation.c.keys()), key, known, up_to)
        return row.correlate(series).lateral("newest_observation"), true()
    place = _first(sought, key, key, known, up_to).correlate(series).scalar_subquery()
    found = observation.alias("newest_observation")
    return found, and_(found.c.series_id == series.c.id, tuple_(found.c.day, found.c.tick) == place)


def newest_tick(until: date | None, known: Known | None) -> ColumnElement[int]:
    """Return the tick of the newest observation of each series up to a day (None: any), for a query of `series`."""
    sought = observation.alias("newest_known")
    up_to = () if until is None else (sought.c.day <= until,)
    return _first(sought, ("tick",), ("day", "tick"), known, up_to).correlate(series).scalar_subquery()


def newest_told(*which: ColumnElement[bool]) -> ColumnElement[int]:
    """Return the tick of the newest outcome of each series in a closed run, of those `which`, for a query of `series`.

    The conditions are on the table `outcome`.
    """
    rows = outcome.c.series_id == series.c.id, visible(outcome.c.tick, None), *which
    newest = select(outcome.c.tick).where(*rows).order_by(outcome.c.tick.desc()).limit(1)
    return newest.correlate(series).scalar_subquery()


def newest_asked(dialect: str, asked: FromClause, learned: ColumnElement[int], known: Known | None) -> Joined:
    """Return the newest run that said something of each series, as known, to be joined to `series`.

    `asked` is the table of runs. What a run said is an outcome, or where it goes without saying the observation of the
    tick `learned`, the newest up to the last day of any run that is known.
    """
    told = _first(outcome.alias("told_last"), ("tick",), ("tick",), known).correlate(series).scalar_subquery()
    ticks = func.coalesce(learned, NO_TICK), func.coalesce(told, NO_TICK)
    if dialect != "postgresql":
        return asked, asked.c.tick == func.max(*ticks)
    newest = select(func.greatest(*ticks).label("tick")).correlate_except(asked).lateral("said_last")
    return newest.join(asked, asked.c.tick == newest.c.tick), true()


def newest_day() -> ScalarSelect[Any]:
    """Return the newest day of each series with a value from a closed run that counts, for a query of `series`."""
    sought = observation.alias("of_day")
    newest = _first(sought, ("day",), ("day", "tick"), None, [~withheld(sought, None)])
    return newest.correlate(series).scalar_subquery()


def _first(
    sought: FromClause,
    columns: tuple[str, ...],
    key: tuple[str, ...],
    known: Known | None,
    more: Sequence[ColumnElement[bool]] = (),
) -> Select[Any]:
    """Return the query for the newest of a series' rows as known, by a key."""
    rows = sought.c.series_id == series.c.id, visible(sought.c.tick, known), *more
    newest_first = [sought.c[name].desc() for name in key]
    return select(*(sought.c[name] for name in columns)).where(*rows).order_by(*newest_first).limit(1)
