"""What guards held back: kept with the run that brought it, and read back for whoever reviews; judges nothing."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, insert, select, update

from storage.database.as_known import chunks, ids, visible
from storage.database.schema import artifact, hold, observation, outcome, run, series
from storage.database.text import storable
from storage.model import Known, Run, SeriesOutcome
from storage.quarantine.held import IDENTITY, Held, HeldValue, Hold
from storage.quarantine.withheld import said, standing, withheld
from storage.runs.runs import change


def keep_holds(connection: Connection, of_run: Run, holds: Sequence[Hold], note: str) -> list[SeriesOutcome]:
    """Store which values of an open run are held, and a note on it, instead of any before but those of identity.

    Returns the outcomes of the series that are held. Raises RunNotOpen.
    """
    change(connection, of_run.id, note=storable(note))
    connection.execute(delete(hold).where(hold.c.tick == of_run.tick, hold.c.guard != IDENTITY))
    if not holds:
        return []
    rows = [
        {
            "series_id": one.series,
            "day": one.day,
            "tick": of_run.tick,
            "guard": one.guard,
            "reason": storable(one.reason),
        }
        for one in holds
    ]
    connection.execute(insert(hold), rows)
    newest = {one.series: one for one in sorted(holds, key=lambda one: one.day)}
    said_so = update(outcome).where(outcome.c.series_id == bindparam("of"), outcome.c.tick == of_run.tick)
    values = [{"of": one.series, "said": one.guard, "why": storable(one.reason)} for one in newest.values()]
    connection.execute(said_so.values(state="held", cause=bindparam("said"), detail=bindparam("why")), values)
    return _outcomes(connection, newest, of_run.tick)


def _outcomes(connection: Connection, held: Collection[int], tick: int) -> list[SeriesOutcome]:
    query = (
        select(artifact.c.kind, artifact.c.name, series.c.metric, series.c.source, outcome.c.cause, outcome.c.detail)
        .join(series, series.c.artifact_id == artifact.c.id)
        .join(outcome, and_(outcome.c.series_id == series.c.id, outcome.c.tick == tick))
        .where(series.c.id.in_(ids(held)))
        .order_by(series.c.source, artifact.c.name)
    )
    rows = connection.execute(query)
    return [SeriesOutcome(row.kind, row.name, row.metric, row.source, "held", row.cause, row.detail) for row in rows]


def held_values(connection: Connection, of: Collection[int], known: Known) -> list[HeldValue]:
    """Return the values of series that are held and not decided, as known, by series and day."""
    found: list[HeldValue] = []
    for some in chunks(sorted(of)):
        rows = connection.execute(_held_query(some, known).where(standing(hold, known) == "held"))
        found += [HeldValue(**row._asdict()) for row in rows]
    return found


def holds_of(connection: Connection, of: Collection[int], until: date, known: Known) -> list[HeldValue]:
    """Return all that was ever held of series up to a day, as known, whatever was decided of it."""
    return [HeldValue(**row._asdict()) for row in connection.execute(_held_query(of, known).where(hold.c.day <= until))]


def with_value(connection: Connection, of: Collection[int], day: date, known: Known) -> list[int]:
    """Return those of some series that have any value of a day, as known, whether it counts or not."""
    seen = observation.c.day == day, visible(observation.c.tick, known)
    query = select(observation.c.series_id).where(observation.c.series_id.in_(ids(of)), *seen)
    return sorted(set(connection.scalars(query)))


def withheld_at(
    connection: Connection, places: Collection[tuple[int, date, int]], known: Known
) -> dict[tuple[int, date, int], Held]:
    """Return what is withheld of the observations at `places` (series, day, tick), and why, as known."""
    if not places:
        return {}
    days = [day for _, day, _ in places]
    query = (
        select(observation.c.series_id, observation.c.day, observation.c.tick, observation.c.value)
        .add_columns(hold.c.guard, hold.c.reason, standing(observation, known).label("standing"))
        .add_columns(said(observation, known).label("said"))
        .outerjoin(hold, _same_place())
        .where(observation.c.series_id.in_(ids({number for number, *_ in places})))
        .where(observation.c.day.between(min(days), max(days)), withheld(observation, known))
    )
    return {
        (row.series_id, row.day, row.tick): Held(row.day, row.value, "review", row.said, rejected=True)
        if row.standing == "reject"
        else Held(row.day, row.value, row.guard, row.reason)
        for row in connection.execute(query)
    }


def _held_query(of: Collection[int], known: Known) -> Select[Any]:
    return (
        select(hold.c.series_id.label("series"), hold.c.day, observation.c.value, hold.c.guard, hold.c.reason)
        .add_columns(run.c.id.label("run"), run.c.day.label("since"))
        .join(observation, _same_place())
        .join(run, run.c.tick == hold.c.tick)
        .where(hold.c.series_id.in_(ids(of)), visible(hold.c.tick, known))
        .order_by(hold.c.series_id, hold.c.day, hold.c.tick)
    )


def _same_place() -> ColumnElement[bool]:
    return and_(*(hold.c[name] == observation.c[name] for name in ("series_id", "day", "tick")))
