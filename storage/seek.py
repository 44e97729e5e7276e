"""The seek: the newest row of each series as known at a tick, found in the key without reading the others."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, Table, and_, select, true, tuple_

from storage.model import Known
from storage.schema import observation, outcome, series
from storage.visible import visible
from storage.withheld import withheld

Joined = tuple[FromClause, ColumnElement[bool]]
"""What is to be joined to `series`, and on which condition."""


def newest_observation(dialect: str, day: date, known: Known, *, counted: bool = False) -> Joined:
    """Return the newest observation of each series up to a day, as known, to be joined to `series`.

    If it must be `counted`, those that are withheld are passed over.
    """
    return _newest(dialect, observation, ("day", "tick"), day, known, counted=counted)


def newest_outcome(dialect: str, known: Known | None) -> Joined:
    """Return the newest outcome of each series, of closed runs as known, to be joined to `series`."""
    return _newest(dialect, outcome, ("tick",), None, known)


def newest_day() -> ScalarSelect[Any]:
    """Return the newest day of each series with a value from a closed run that counts, for a query of `series`."""
    sought = observation.alias("of_day")
    rows = and_(_seen(sought, None, None), ~withheld(sought, None))
    query = select(sought.c.day).where(rows).order_by(*_newest_first(sought, ("day", "tick")))
    return query.limit(1).correlate(series).scalar_subquery()


def _newest(
    dialect: str, table: Table, key: tuple[str, ...], day: date | None, known: Known | None, *, counted: bool = False
) -> Joined:
    """Make the same seek in the form that each database does best.

    SQLite knows no LATERAL, and PostgreSQL does not look up in an index what a subquery gives.
    """
    sought = table.alias(f"sought_{table.name}")
    rows = _seen(sought, day, known)
    if counted:
        rows = and_(rows, ~withheld(sought, known))
    order = _newest_first(sought, key)
    if dialect == "postgresql":
        first = select(sought).where(rows).order_by(*order).limit(1).correlate(series)
        return first.lateral(f"newest_{table.name}"), true()
    place = select(*(sought.c[name] for name in key)).where(rows).order_by(*order).limit(1).correlate(series)
    found = table.alias(f"newest_{table.name}")
    same = tuple_(*(found.c[name] for name in key)) == place.scalar_subquery()
    return found, and_(found.c.series_id == series.c.id, same)


def _seen(sought: FromClause, day: date | None, known: Known | None) -> ColumnElement[bool]:
    of_series = and_(sought.c.series_id == series.c.id, visible(sought.c.tick, known))
    return of_series if day is None else and_(of_series, sought.c.day <= day)


def _newest_first(sought: FromClause, key: tuple[str, ...]) -> list[ColumnElement[Any]]:
    return [sought.c[name].desc() for name in key]
