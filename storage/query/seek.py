"""The seek: the newest row of each series as known, found in the key without reading the others.

In the form that each database does best: SQLite knows no LATERAL, and PostgreSQL does not look up in an index what a
subquery gives.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, Select, and_, select, true, tuple_

from storage.database.as_known import counts, visible
from storage.database.schema import observation, outcome, series
from storage.model import Known

Joined = tuple[FromClause, ColumnElement[bool]]
"""What is to be joined to `series`, and on which condition."""


def newest_observation(dialect: str, day: date, known: Known) -> Joined:
    """Return the newest observation of each series up to a day that counts, as known, to be joined to `series`."""
    sought = observation.alias("sought_observation")
    wanted = sought.c.day <= day, counts(sought, known)
    return _joined(dialect, observation, sought, ("day", "known_seq"), known, wanted)


def newest_outcome(dialect: str, known: Known | None, *which: ColumnElement[bool]) -> Joined:
    """Return the newest outcome of each series as known, to be joined to `series`."""
    return _joined(dialect, outcome, outcome.alias("sought_outcome"), ("known_seq",), known, which)


def newest_known_day() -> ScalarSelect[Any]:
    """Return the newest day of each series with any value, for a query of `series`."""
    sought = observation.alias("of_any_day")
    return _first(sought, ("day",), ("day", "known_seq"), None).correlate(series).scalar_subquery()


def newest_day() -> ScalarSelect[Any]:
    """Return the newest day of each series with a value that counts, for a query of `series`."""
    sought = observation.alias("of_day")
    newest = _first(sought, ("day",), ("day", "known_seq"), None, [counts(sought, None)])
    return newest.correlate(series).scalar_subquery()


def _joined(
    dialect: str,
    table: FromClause,
    sought: FromClause,
    key: tuple[str, ...],
    known: Known | None,
    which: Sequence[ColumnElement[bool]],
) -> Joined:
    if dialect == "postgresql":
        row = _first(sought, tuple(table.c.keys()), key, known, which)
        return row.correlate(series).lateral(f"newest_{table.description}"), true()
    place = _first(sought, key, key, known, which).correlate(series).scalar_subquery()
    found = table.alias(f"newest_{table.description}")
    columns = [found.c[name] for name in key]
    return found, and_(found.c.series_id == series.c.id, (tuple_(*columns) if len(key) > 1 else columns[0]) == place)


def _first(
    sought: FromClause,
    columns: tuple[str, ...],
    key: tuple[str, ...],
    known: Known | None,
    which: Sequence[ColumnElement[bool]] = (),
) -> Select[Any]:
    """Return the query for the newest of a series' rows as known, by a key."""
    rows = sought.c.series_id == series.c.id, visible(sought.c.known_seq, known), *which
    newest_first = [sought.c[name].desc() for name in key]
    return select(*(sought.c[name] for name in columns)).where(*rows).order_by(*newest_first).limit(1)
