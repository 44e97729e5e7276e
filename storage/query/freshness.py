"""How fresh each source is: its newest day with a value, and what its newest run said of its series."""

from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, func, select

from storage.database.as_known import counts, ids, withheld
from storage.database.schema import observation, run, series
from storage.model import SourceFreshness
from storage.query.seek import newest_day, newest_known_day, newest_outcome


def freshness(connection: Connection) -> list[SourceFreshness]:
    """Return how fresh each source is, by name."""
    outcomes = connection.execute(outcomes_query(connection.dialect.name)).all()
    # A seek finds a series' newest value at once, but not the newest that counts: so the few are asked apart of which
    # any value does not.
    doubted = {row.series_id for row in connection.execute(withheld(None))}
    newest: dict[str, date] = {}
    for query in (newest_days_query(doubted), newest_good_days_query(doubted)):
        for source, day in connection.execute(query):
            newest[source] = max(day or date.min, newest.get(source, date.min))
    found = []
    for source, group in groupby(outcomes, key=lambda row: str(row.source)):
        rows = list(group)
        number, total = rows[0].id, sum(row.series for row in rows)
        states = {row.state: row.series for row in rows if row.id == number}
        day = newest.get(source, date.min)
        found.append(SourceFreshness(source, None if day == date.min else day, number, total, states))
    return sorted(found, key=lambda one: one.source)


def outcomes_query(dialect: str) -> Select[Any]:
    """Return the query for how many series each source has, by the newest run that spoke of them and what it said."""
    told, is_told = newest_outcome(dialect, None)
    return (
        select(series.c.source, run.c.id, told.c.state, func.count().label("series"))
        # An outer join, so that SQLite begins with the few series and not with all outcomes.
        .select_from(series)
        .outerjoin(told, is_told)
        .outerjoin(run, run.c.known_seq == told.c.known_seq)
        .where(run.c.id.is_not(None))
        .group_by(series.c.source, run.c.known_seq, run.c.id, told.c.state)
        .order_by(series.c.source, run.c.known_seq.desc())
    )


def newest_days_query(doubted: set[int]) -> Select[Any]:
    """Return the query for the newest day of each source with a value, but for the series that are doubted."""
    newest = select(series.c.source, func.max(newest_known_day())).group_by(series.c.source)
    return newest.where(series.c.id.not_in(ids(doubted)))


def newest_good_days_query(doubted: set[int]) -> Select[Any]:
    """Return the query for the newest day of each source with a value that counts, of the series that are doubted."""
    return (
        select(series.c.source, func.max(observation.c.day))
        .join(observation, observation.c.series_id == series.c.id)
        .where(series.c.id.in_(ids(doubted)), counts(observation, None))
        .group_by(series.c.source)
    )


def definitions(connection: Connection, source: str) -> list[str]:
    """Return the definitions under which there are values of a source, in order."""
    query = select(series.c.definition).where(series.c.source == source, newest_day().is_not(None)).distinct()
    return sorted(connection.scalars(query))
