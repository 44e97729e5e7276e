"""Where the numbers come from: the response behind a value, and how fresh each source is; knows no table of cells."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from storage.database.errors import UnknownResponse
from storage.database.schema import recording, response, run, series
from storage.model import Origin, SourceFreshness
from storage.query.seek import newest_day, newest_outcome


def origin(connection: Connection, number: int) -> Origin:
    """Return where a response came from and where it lies. Raises UnknownResponse."""
    columns = response.c.record, response.c.status, response.c.at
    place = response.c.offset, response.c.length, response.c.digest
    query = (
        select(run.c.id.label("run"), recording.c.name.label("recording"), *columns, *place)
        .join(recording, recording.c.id == response.c.recording_id)
        .join(run, run.c.known_seq == recording.c.known_seq)
        .where(response.c.id == number)
    )
    row = connection.execute(query).one_or_none()
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
    told, is_told = newest_outcome(dialect, None)
    number, newest = func.count().label("series"), func.max(newest_day()).label("day")
    return (
        select(series.c.source, run.c.id, told.c.state, number, newest)
        .select_from(series)
        .join(told, is_told)
        .join(run, run.c.known_seq == told.c.known_seq)
        .group_by(series.c.source, run.c.known_seq, run.c.id, told.c.state)
        .order_by(series.c.source, run.c.known_seq.desc())
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
