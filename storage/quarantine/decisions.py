"""What reviews decided of observations: appended, never changed, each at its place on the second clock."""

from collections.abc import Collection
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import Connection, insert, select

from storage.database.as_known import PLACE, ids, same_place, standing, visible
from storage.database.schema import decision, hold, observation, run
from storage.database.text import storable
from storage.model import Known, Run
from storage.quarantine.held import Decision, Place

VERDICTS = ("accept", "reject", "reopen", "note")


def decide(
    connection: Connection, review: Run, places: Collection[Place], verdict: str, reason: str, now: datetime
) -> None:
    """Store one verdict on observations, made by the run of a review. Raises ValueError for no such verdict."""
    if verdict not in VERDICTS:
        raise ValueError(f"{verdict!r} is no verdict; there are {', '.join(VERDICTS)}")
    made = {"decided_seq": review.known_seq, "verdict": verdict, "reason": storable(reason), "at": now}
    rows = [{"series_id": of, "day": day, "known_seq": seq, **made} for of, day, seq in dict.fromkeys(places)]
    if rows:
        connection.execute(insert(decision), rows)


def meant(
    connection: Connection, of: Collection[int], first: date, last: date, verdict: str, known: Known
) -> list[Place]:
    """Return the observations of some days, both included, that a verdict on series is about.

    A rejection is about what guards held of a day and nobody rejected yet, if there is anything, and leaves the day's
    good values alone.
    """
    query = (
        select(*(observation.c[name] for name in PLACE), hold.c.guard, standing(observation, known).label("standing"))
        .outerjoin(hold, same_place(hold, observation))
        .where(observation.c.series_id.in_(ids(of)), observation.c.day.between(first, last))
        .where(visible(observation.c.known_seq, known))
        .order_by(*(observation.c[name] for name in PLACE))
    )
    found: list[Place] = []
    for _, group in groupby(connection.execute(query), key=lambda row: (row.series_id, row.day)):
        rows = list(group)
        if verdict == "reject":
            rows = [row for row in rows if row.standing != "reject"]
            rows = [row for row in rows if row.guard is not None] or rows
        found += [Place(row.series_id, row.day, row.known_seq) for row in rows]
    return found


def held_within(connection: Connection, of: Collection[int], first: date, last: date, known: Known) -> list[Place]:
    """Return what guards held of series within some days, both included, whatever was decided of it."""
    query = select(*(hold.c[name] for name in PLACE)).where(
        hold.c.series_id.in_(ids(of)), hold.c.day.between(first, last), visible(hold.c.known_seq, known)
    )
    return [Place(*row) for row in connection.execute(query.order_by(*(hold.c[name] for name in PLACE)))]


def decisions_of(connection: Connection, of: Collection[int], until: date, known: Known) -> list[Decision]:
    """Return what was decided on values of series up to a day, as known, oldest first."""
    query = (
        select(decision.c.series_id.label("series"), decision.c.day, decision.c.known_seq, run.c.id.label("run"))
        .add_columns(decision.c.verdict, decision.c.reason, decision.c.at)
        .join(run, run.c.known_seq == decision.c.decided_seq)
        .where(decision.c.series_id.in_(ids(of)), decision.c.day <= until, visible(decision.c.decided_seq, known))
        .order_by(decision.c.decided_seq, decision.c.series_id, decision.c.day, decision.c.known_seq)
    )
    return [Decision(**row._asdict()) for row in connection.execute(query)]
