"""Every value that was known of projects, with every restatement, in the order of days."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, Select, literal, select

from storage.database.as_known import Standing, counts, ids, standing, visible
from storage.database.schema import observation, run, series
from storage.identity.directory import Directory
from storage.identity.members import directory, resolve_members
from storage.identity.membership import Membership
from storage.model import Earlier, HistoryRow, Known, ProjectEntry

_BATCH = 5000
_STANDING: Final[Mapping[Standing, Literal["counts", "held", "rejected"]]] = {
    "accept": "counts",
    "held": "held",
    "reject": "rejected",
}


def history(
    connection: Connection,
    wanted: Sequence[str] | None,
    metrics: Collection[str] | None,
    day_from: date | None,
    day_to: date | None,
    known: Known,
    *,
    withheld_too: bool = False,
) -> Iterator[HistoryRow]:
    """Yield the observations of projects (by id, None: all), oldest day first, of a day the oldest run first.

    Days are both included. Artifacts that a project had only formerly are among them. Values that are withheld are left
    out unless wanted too. Raises UnknownProject.
    """
    entries = Membership(connection, known, wanted).ever()
    called = directory(connection, [member for entry in entries for member in entry.members], known)
    owners = _owners(entries, called)
    query = history_query(owners, metrics, day_from, day_to, known)
    # Standing is looked up for each value, so only where it is not known beforehand.
    counting = literal("accept") if not withheld_too else standing(observation, known)
    query = query.add_columns(counting.label("standing"))
    if not withheld_too:
        query = query.where(counts(observation, known))
    rows = connection.execute(query, execution_options={"yield_per": _BATCH})
    for _, group in groupby(rows, key=lambda row: (row.day, row.known_seq)):
        yield from _of_a_run(list(group), owners, called)


def earlier(connection: Connection, days: Mapping[int, date], known: Known) -> dict[int, list[Earlier]]:
    """Return by the number of a series what was known of its day before its newest value, oldest first, as known."""
    if not days:
        return {}
    query = (
        select(observation, run.c.id.label("run"), run.c.known_at)
        .join(run, run.c.known_seq == observation.c.known_seq)
        .where(observation.c.series_id.in_(ids(days)), observation.c.day.in_(sorted(set(days.values()))))
        .where(visible(observation.c.known_seq, known), counts(observation, known))
        .order_by(observation.c.series_id, observation.c.known_seq)
    )
    found: dict[int, list[Earlier]] = defaultdict(list)
    for row in connection.execute(query):
        if row.day == days[row.series_id]:
            found[row.series_id].append(Earlier(row.value, row.run, row.known_at))
    return {number: values[:-1] for number, values in found.items() if len(values) > 1}


def _owners(entries: Iterable[ProjectEntry], called: Directory) -> dict[int, list[tuple[int, str]]]:
    """Return by artifact the projects (place and id) whose history it is part of."""
    owners: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for position, entry in enumerate(entries):
        for member in resolve_members(entry, called):
            if member.artifact is not None:
                owners[member.artifact].append((position, entry.id))
    return owners


def history_query(
    artifacts: Collection[int],
    metrics: Collection[str] | None,
    day_from: date | None,
    day_to: date | None,
    known: Known,
) -> Select[Any]:
    """Return the query for all observations of artifacts that were known."""
    query = (
        select(observation, series.c.artifact_id, series.c.metric, series.c.source, series.c.definition)
        .add_columns(run.c.id.label("run"), run.c.known_at)
        .join(series, series.c.id == observation.c.series_id)
        .join(run, run.c.known_seq == observation.c.known_seq)
        .where(series.c.artifact_id.in_(ids(artifacts)), visible(observation.c.known_seq, known))
        .order_by(observation.c.day, observation.c.known_seq)
    )
    if metrics is not None:
        query = query.where(series.c.metric.in_(sorted(metrics)))
    if day_from is not None:
        query = query.where(observation.c.day >= day_from)
    if day_to is not None:
        query = query.where(observation.c.day <= day_to)
    return query


def _of_a_run(
    rows: Sequence[Row[Any]], owners: Mapping[int, list[tuple[int, str]]], called: Directory
) -> Iterator[HistoryRow]:
    """Yield what one run learned for one day, in an order that does not depend on how the ledger numbers its series."""
    found = []
    for row in rows:
        name = f"{called.kinds[row.artifact_id]}:{called.name(row.artifact_id)}"
        of_series = row.metric, name, row.source, row.definition
        for position, project in owners[row.artifact_id]:
            learned = row.day, row.value, row.method, row.run, row.known_at
            line = HistoryRow(project, *of_series, *learned, _STANDING[row.standing])
            found.append(((position, *of_series), line))
    yield from (line for _, line in sorted(found, key=lambda one: one[0]))
