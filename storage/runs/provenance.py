"""Where the numbers come from: the response behind a value, and how fresh each source is; knows no table of cells."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, select

from storage.append.evident import what_was_said
from storage.database.errors import UnknownResponse
from storage.database.schema import outcome, response, run, series
from storage.identity.claims import APART_CAUSE
from storage.model import Origin, SourceFreshness
from storage.query.seek import newest_asked, newest_day, newest_tick


def origin(connection: Connection, number: int) -> Origin:
    """Return where a response came from and where it lies. Raises UnknownResponse."""
    columns = response.c.record, response.c.url, response.c.status, response.c.at
    place = response.c.offset, response.c.length, response.c.digest
    query = select(run.c.id.label("run"), run.c.recording, *columns, *place).join(run, run.c.tick == response.c.tick)
    row = connection.execute(query.where(response.c.id == number, run.c.state != "open")).one_or_none()
    if row is None:
        raise UnknownResponse(f"there is no response {number} in the ledger")
    return Origin(**row._asdict())


def freshness(connection: Connection) -> list[SourceFreshness]:
    """Return for each source, by name, what its series are like: newest day, newest run, outcomes of that run."""
    rows = connection.execute(freshness_query(connection.dialect.name)).all()
    found = [_freshness(source, list(group)) for source, group in groupby(rows, key=lambda row: str(row.source))]
    return sorted(found, key=lambda one: one.source)


def freshness_query(dialect: str) -> Select[Any]:
    """Return the query for the series by source, newest outcome and its run: how many, and their newest day."""
    by_run, of_run = newest_asked(dialect, run, newest_tick(None, None), None)
    state, *_ = what_was_said()
    return (
        select(
            series.c.source,
            run.c.id,
            state,
            func.count().label("series"),
            func.max(newest_day()).label("day"),
        )
        .select_from(series)
        .join(by_run, of_run)
        .outerjoin(outcome, and_(outcome.c.series_id == series.c.id, outcome.c.tick == run.c.tick))
        .where(func.coalesce(outcome.c.cause, "") != APART_CAUSE)
        .group_by(series.c.source, run.c.tick, run.c.id, state)
        .order_by(series.c.source, run.c.tick.desc())
    )


def definitions(connection: Connection, source: str) -> list[str]:
    """Return the definitions under which there are values of a source from closed runs, in order."""
    query = select(series.c.definition).where(series.c.source == source, newest_day().is_not(None)).distinct()
    return sorted(connection.scalars(query))


def _freshness(source: str, rows: Sequence[Row[Any]]) -> SourceFreshness:
    newest = rows[0].id
    return SourceFreshness(
        source,
        max((row.day for row in rows if row.day is not None), default=None),
        newest,
        sum(row.series for row in rows),
        {row.state: row.series for row in rows if row.id == newest},
    )
