"""What a run did not come to ask, because the list of a pattern that would have named it failed."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from storage.database.as_known import chunks, ids, visible
from storage.database.schema import artifact, observation, outcome, series
from storage.identity.directory import load
from storage.identity.members import is_pattern, matching, prefix
from storage.model import Run


def unlisted(connection: Connection, run: Run, since: date, left: str) -> Iterator[Sequence[Row[Any]]]:
    """Yield the values of late of each series that matches a pattern whose list a run got no answer for.

    The oldest day comes first. A list that failed for the cause `left` was left for another run. What the run did say
    something of is not there.
    """
    failed = outcome.c.known_seq == run.known_seq, outcome.c.state == "failed", outcome.c.cause != left
    query = (
        select(artifact.c.kind, artifact.c.name, series.c.metric, series.c.source, series.c.definition)
        .join(series, series.c.artifact_id == artifact.c.id)
        .join(outcome, outcome.c.series_id == series.c.id)
        .where(*failed, artifact.c.name.contains("*", autoescape=True))
    )
    patterns = [row for row in connection.execute(query) if is_pattern(row.name)]
    if not patterns:
        return
    called = load(connection, {}, prefixes={(row.kind, prefix(row.name)) for row in patterns})
    wanted: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for row in patterns:
        wanted[row.metric, row.source, row.definition].update(matching(called, row.kind, row.name))
    for (metric, source, definition), artifacts in sorted(wanted.items()):
        same = series.c.metric == metric, series.c.source == source, series.c.definition == definition
        yield from _values(connection, run, since, artifacts, same)


def _values(
    connection: Connection, run: Run, since: date, artifacts: Collection[int], same: tuple[ColumnElement[bool], ...]
) -> Iterator[Sequence[Row[Any]]]:
    told = select(outcome.c.series_id).where(outcome.c.series_id == series.c.id, outcome.c.known_seq == run.known_seq)
    for some in chunks(sorted(artifacts)):
        query = (
            select(observation.c.series_id, observation.c.day, observation.c.known_seq, observation.c.value)
            .add_columns(series.c.metric, series.c.source)
            .join(series, series.c.id == observation.c.series_id)
            .where(series.c.artifact_id.in_(ids(some)), *same, ~told.correlate(series).exists())
            .where(observation.c.day.between(since, run.day), visible(observation.c.known_seq, None))
            .order_by(observation.c.series_id, observation.c.day, observation.c.known_seq)
        )
        for _, group in groupby(connection.execute(query), key=lambda row: row.series_id):
            yield list(group)
