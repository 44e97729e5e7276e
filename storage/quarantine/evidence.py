"""What waits for a decision, and the values around it: what a review is shown."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Integer, Select, select, type_coerce

from storage.database.as_known import PLACE, counts, ids, same_place, standing, visible, withheld
from storage.database.schema import EPOCH, artifact, decision, hold, observation, run, series
from storage.model import Known
from storage.quarantine.held import Place


@dataclass(frozen=True, slots=True)
class Waiting:
    """A value that a guard holds and that nobody has decided on; `run` brought it, `artifact` is its number."""

    place: Place
    artifact: int
    metric: str
    source: str
    value: float
    guard: str
    reason: str
    run: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesOf:
    """A series of an artifact, both by their numbers."""

    series: int
    artifact: int
    metric: str
    source: str


Values = Mapping[int, list[tuple[int, float]]]
"""By series, the values that count, one a day, oldest first; days as numbers since 1970, for they may be very many."""


def waiting(connection: Connection, known: Known) -> list[Waiting]:
    """Return what waits for a decision, as known, by series and day, with the notes made on it, oldest first."""
    rows = connection.execute(waiting_query(known)).all()
    notes: dict[tuple[Any, ...], list[str]] = {}
    noted = (
        select(*(decision.c[name] for name in PLACE), decision.c.reason)
        .where(decision.c.verdict == "note", visible(decision.c.decided_seq, known))
        .order_by(decision.c.decided_seq)
    )
    for *place, reason in connection.execute(noted) if rows else ():
        notes.setdefault(tuple(place), []).append(reason)
    return [
        Waiting(
            Place(row.series_id, row.day, row.known_seq),
            row.artifact_id,
            row.metric,
            row.source,
            row.value,
            row.guard,
            row.reason,
            row.run,
            tuple(notes.get((row.series_id, row.day, row.known_seq), ())),
        )
        for row in rows
    ]


def waiting_query(known: Known) -> Select[Any]:
    """Return the query for what a guard holds, nobody has decided on, and no later good value of its day replaces."""
    later = observation.alias("later")
    same_day = later.c.series_id == hold.c.series_id, later.c.day == hold.c.day
    replaced = (
        select(later.c.series_id)
        .where(*same_day, later.c.known_seq > hold.c.known_seq, visible(later.c.known_seq, known), counts(later, known))
        .correlate(hold)
        .exists()
    )
    return (
        select(*(hold.c[name] for name in PLACE), series.c.artifact_id, series.c.metric, series.c.source)
        .add_columns(observation.c.value, hold.c.guard, hold.c.reason, run.c.id.label("run"))
        .join(observation, same_place(hold, observation))
        .join(series, series.c.id == hold.c.series_id)
        .join(run, run.c.known_seq == hold.c.known_seq)
        .where(visible(hold.c.known_seq, known), standing(hold, known) == "held", ~replaced)
        .order_by(*(hold.c[name] for name in PLACE))
    )


def series_of(connection: Connection, artifacts: Collection[int]) -> list[SeriesOf]:
    """Return the series of artifacts, by their numbers."""
    columns = series.c.id, series.c.artifact_id, series.c.metric, series.c.source
    query = select(*columns).where(series.c.artifact_id.in_(ids(artifacts))).order_by(series.c.id)
    return [SeriesOf(*row) for row in connection.execute(query)] if artifacts else []


def names_of(connection: Connection, of: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return the artifact (kind:name, by its newest name) and the metric of series."""
    query = (
        select(series.c.id, artifact.c.kind, artifact.c.name, series.c.metric)
        .join(artifact, artifact.c.id == series.c.artifact_id)
        .where(series.c.id.in_(ids(of)))
    )
    rows = connection.execute(query) if of else ()
    return {row.id: (f"{row.kind}:{row.name}", row.metric) for row in rows}


def values_around(connection: Connection, of: Collection[int], first: date, last: date, known: Known) -> Values:
    """Return the values of series that count within some days, both included, as known."""
    if not of:
        return {}
    apart = {(row.series_id, (row.day - EPOCH).days, row.known_seq) for row in connection.execute(withheld(known))}
    query = (
        select(observation.c.series_id, type_coerce(observation.c.day, Integer))
        .add_columns(observation.c.known_seq, observation.c.value)
        .where(observation.c.series_id.in_(ids(of)), observation.c.day.between(first, last))
        .where(visible(observation.c.known_seq, known))
        .order_by(observation.c.series_id, observation.c.day, observation.c.known_seq)
    )
    found: dict[int, dict[int, float]] = {}
    for number, day, seq, value in connection.execute(query):
        if (number, day, seq) not in apart:
            found.setdefault(number, {})[day] = value
    return {number: list(values.items()) for number, values in found.items()}
