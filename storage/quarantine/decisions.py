"""What reviews decided of values: appended, never changed, each at its place on the second clock."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select

from storage.database.as_known import ids, visible
from storage.database.schema import decision, run
from storage.database.text import storable
from storage.identity.claims import settle
from storage.model import Known, Run
from storage.quarantine.held import Decision
from storage.runs.runs import require_open

VERDICTS = ("accept", "reject", "reopen", "note")


def keep_decisions(
    connection: Connection, review: Run, values: Collection[tuple[int, date]], verdict: str, reason: str, now: datetime
) -> None:
    """Store one verdict on values (series, day) in an open run; what it means for whose a name is follows from it.

    Raises RunNotOpen, ValueError for no such verdict.
    """
    require_open(connection, review.id)
    if verdict not in VERDICTS:
        raise ValueError(f"{verdict!r} is no verdict; there are {', '.join(VERDICTS)}")
    values = dict.fromkeys([*values, *settle(connection, review, values, verdict)])
    first = 1 + (connection.scalar(select(func.max(decision.c.id))) or 0)
    said = {"tick": review.tick, "verdict": verdict, "reason": storable(reason), "at": now}
    rows = [{"id": number, "series_id": of, "day": day, **said} for number, (of, day) in enumerate(values, first)]
    if rows:
        connection.execute(insert(decision), rows)


def decisions_of(connection: Connection, of: Collection[int], until: date, known: Known) -> list[Decision]:
    """Return what was decided on values of series up to a day, as known, oldest first."""
    query = (
        select(decision.c.series_id.label("series"), decision.c.day, run.c.id.label("run"))
        .add_columns(decision.c.verdict, decision.c.reason, decision.c.at)
        .join(run, run.c.tick == decision.c.tick)
        .where(decision.c.series_id.in_(ids(of)), decision.c.day <= until, visible(decision.c.tick, known))
        .order_by(decision.c.tick, decision.c.id)
    )
    return [Decision(**row._asdict()) for row in connection.execute(query)]
