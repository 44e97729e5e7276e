"""What each run says of each series: the best that it said; knows no value."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from storage.database.as_known import ids
from storage.database.schema import artifact, outcome, series
from storage.database.text import storable
from storage.identity.directory import load, load_ids
from storage.model import Run, SeriesOutcome

_RANK = {"recorded": 2, "unchanged": 1}
"""A success is not undone by a failure of the same run; among failures the last one tells."""


class Said(NamedTuple):
    """A row of the table outcome, but for its known_seq."""

    series_id: int
    state: str
    cause: str
    detail: str
    response_id: int | None


def keep_outcomes(connection: Connection, known_seq: int, rows: Iterable[Said]) -> None:
    """Store a run's outcomes, the better one where it has said something of a series before."""
    best: dict[int, Said] = {}
    for row in rows:
        if row.series_id not in best or _beats(row.state, best[row.series_id].state):
            best[row.series_id] = row
    query = select(outcome.c.series_id, outcome.c.state)
    known = dict(
        connection.execute(query.where(outcome.c.known_seq == known_seq, outcome.c.series_id.in_(ids(best)))).all()
    )
    new = [row for number, row in best.items() if number not in known]
    better = [row for number, row in best.items() if number in known and _beats(row.state, known[number])]
    if new:
        connection.execute(
            insert(outcome), [{**_values(row), "series_id": row.series_id, "known_seq": known_seq} for row in new]
        )
    if better:
        place = outcome.c.series_id == bindparam("of"), outcome.c.known_seq == known_seq
        connection.execute(update(outcome).where(*place), [{**_values(row), "of": row.series_id} for row in better])


def done_series(connection: Connection, run: Run) -> set[tuple[str, str, str]]:
    """Return (kind, name, source) of what a run has an answer for, under every name that leads there.

    A source that failed for one of an artifact's series is not done with it.
    """
    told = connection.execute(
        select(series.c.artifact_id, series.c.source, outcome.c.state)
        .join(outcome, outcome.c.series_id == series.c.id)
        .where(outcome.c.known_seq == run.known_seq)
    )
    answered: dict[tuple[int, str], bool] = {}
    for number, source, state in told:
        answered[number, source] = answered.get((number, source), True) and state != "failed"
    asked = load_ids(connection, {number for number, _ in answered})
    names: dict[str, set[str]] = defaultdict(set)
    for number, rows in asked.aliases.items():
        names[asked.kinds[number]] |= {row.name for row in rows}
    # Anew, with those that have taken a name over, but were not asked.
    directory = load(connection, names)
    return {
        (kind, row.name, source)
        for (number, source), well in answered.items()
        if well
        for row in directory.aliases[number]
        if directory.find(kind := directory.kinds[number], row.name) == number
    }


def settled(connection: Connection, run: Run) -> list[SeriesOutcome]:
    """Return what a run has an answer for, recorded, unchanged or missing, under the first name of each artifact."""
    rows = connection.execute(
        select(artifact.c.kind, artifact.c.name, series.c.metric, series.c.source, outcome)
        .join(series, series.c.artifact_id == artifact.c.id)
        .join(outcome, outcome.c.series_id == series.c.id)
        .where(outcome.c.known_seq == run.known_seq, outcome.c.state != "failed")
        .order_by(series.c.id)
    )
    return [SeriesOutcome(row.kind, row.name, row.metric, row.source, row.state, row.cause, row.detail) for row in rows]


def _beats(state: str, other: str) -> bool:
    return _RANK.get(state, 0) > _RANK.get(other, 0) or _RANK.get(other, 0) == 0


def _values(row: Said) -> dict[str, Any]:
    return {
        "state": row.state,
        "cause": storable(row.cause),
        "detail": storable(row.detail),
        "response_id": row.response_id,
    }
