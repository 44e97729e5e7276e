"""What guards held back: kept with the run that brought it, and read back for whoever reviews."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, func, insert, select, tuple_, update

from storage.database.as_known import PLACE, ids, said, same_place, standing, visible, withheld
from storage.database.schema import artifact, hold, observation, outcome, run, series
from storage.database.text import storable
from storage.model import Held, Known, Run, SeriesOutcome
from storage.quarantine.held import HeldValue, Hold


def keep_holds(
    connection: Connection, of_run: Run, holds: Sequence[Hold], *, only_newest: bool = False
) -> list[SeriesOutcome]:
    """Store which values of a run are held, instead of any before; return the outcomes of their series.

    The outcome of a series whose value is held is quarantined, with the guard and its reason. With `only_newest`, it is
    so only if what is held is the newest that the run brought of the series, and only these outcomes are returned.
    """
    connection.execute(delete(hold).where(hold.c.known_seq == of_run.known_seq))
    if not holds:
        return []
    rows = [
        {"series_id": one.series, "day": one.day, "guard": one.guard, "reason": storable(one.reason)} for one in holds
    ]
    connection.execute(insert(hold), [{"known_seq": of_run.known_seq, **row} for row in rows])
    newest = {one.series: one for one in sorted(holds, key=lambda one: one.day)}
    if only_newest:
        brought = (
            select(observation.c.series_id, func.max(observation.c.day))
            .where(observation.c.series_id.in_(ids(newest)), observation.c.known_seq == of_run.known_seq)
            .group_by(observation.c.series_id)
        )
        last = dict(connection.execute(brought).all())
        newest = {number: one for number, one in newest.items() if one.day == last[number]}
    if not newest:
        return []
    told = update(outcome).where(outcome.c.series_id == bindparam("of"), outcome.c.known_seq == of_run.known_seq)
    values = [{"of": one.series, "said": one.guard, "why": storable(one.reason)} for one in newest.values()]
    quarantined = told.values(state="quarantined", cause=bindparam("said"), detail=bindparam("why"))
    connection.execute(quarantined, values)
    query = (
        select(artifact.c.kind, artifact.c.name, series.c.metric, series.c.source)
        .add_columns(outcome.c.state, outcome.c.cause, outcome.c.detail)
        .join(series, series.c.artifact_id == artifact.c.id)
        .join(outcome, and_(outcome.c.series_id == series.c.id, outcome.c.known_seq == of_run.known_seq))
        .where(series.c.id.in_(ids(newest)))
        .order_by(series.c.source, artifact.c.name)
    )
    return [SeriesOutcome(**row._asdict()) for row in connection.execute(query)]


def holds_of(connection: Connection, of: Collection[int], until: date, known: Known) -> list[HeldValue]:
    """Return all that was ever held of series up to a day, as known, whatever was decided of it."""
    query = _held_query(known).where(hold.c.series_id.in_(ids(of)), hold.c.day <= until)
    return [HeldValue(**row._asdict()) for row in connection.execute(query)]


def withheld_values(
    connection: Connection, of: Collection[int], until: date, known: Known
) -> dict[int, list[tuple[int, Held]]]:
    """Return what does not count of series up to a day, as known, each with its known_seq, the newest last."""
    place = tuple_(*(observation.c[name] for name in PLACE))
    query = (
        select(*(observation.c[name] for name in PLACE), observation.c.value, hold.c.guard, hold.c.reason)
        .add_columns(standing(observation, known).label("standing"), said(observation, known).label("said"))
        .outerjoin(hold, same_place(hold, observation))
        .where(place.in_(withheld(known)), observation.c.day <= until)
        .order_by(observation.c.day, observation.c.known_seq)
    )
    found: dict[int, list[tuple[int, Held]]] = defaultdict(list)
    wanted = set(of)
    for row in connection.execute(query) if wanted else ():
        if row.series_id in wanted:
            is_rejected = row.standing == "reject"
            guard, reason = ("review", row.said) if is_rejected else (row.guard, row.reason)
            found[row.series_id].append((row.known_seq, Held(row.day, row.value, guard, reason, rejected=is_rejected)))
    return found


def _held_query(known: Known) -> Select[Any]:
    return (
        select(hold.c.series_id.label("series"), hold.c.day, hold.c.known_seq, observation.c.value)
        .add_columns(hold.c.guard, hold.c.reason, run.c.id.label("run"), run.c.day.label("since"))
        .join(observation, same_place(hold, observation))
        .join(run, run.c.known_seq == hold.c.known_seq)
        .where(visible(hold.c.known_seq, known))
        .order_by(hold.c.series_id, hold.c.day, hold.c.known_seq)
    )
