"""Which observations do not count: held by a guard and not accepted, or rejected in a review; knows no project."""

from collections.abc import Collection
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, FromClause, ScalarSelect, and_, func, literal, or_, select, union

from storage.database.as_known import ids, visible
from storage.database.schema import decision, hold
from storage.model import Known

Standing = Literal["accept", "held", "reject"]

_FEW: Final = 1000
"""Up to so many series are looked up one by one; beyond, reading the short lists whole is faster."""


def standing(rows: FromClause, known: Known | None) -> ColumnElement[str]:
    """Return how each of `rows` (series_id, day, tick) stands: by the newest decision on it, else by its hold."""
    undecided = func.nullif(_newest(rows, known, "verdict"), "reopen")
    return func.coalesce(undecided, _held(rows), literal("accept"))


def withheld(rows: FromClause, known: Known | None) -> ColumnElement[bool]:
    """Return the condition that a row does not count, as known."""
    return standing(rows, known) != "accept"


def said(rows: FromClause, known: Known | None) -> ScalarSelect[Any]:
    """Return the reason of the newest decision on each of `rows`."""
    return _newest(rows, known, "reason")


def touched(connection: Connection, series: Collection[int], known: Known) -> set[int]:
    """Return those of some series of which any value was ever held or rejected; without any, one cheap look."""
    held = select(hold.c.series_id).where(visible(hold.c.tick, known))
    rejected = select(decision.c.series_id).where(decision.c.verdict == "reject", visible(decision.c.tick, known))
    if len(series) <= _FEW:
        held = held.where(hold.c.series_id.in_(ids(series)))
        rejected = rejected.where(decision.c.series_id.in_(ids(series)))
    return set(connection.scalars(union(held, rejected))) & set(series)


def _newest(rows: FromClause, known: Known | None, column: str) -> ScalarSelect[Any]:
    """Look up the newest decision that concerns a value, made after it was learned; a note decides nothing."""
    same = and_(decision.c.series_id == rows.c.series_id, decision.c.day == rows.c.day, decision.c.tick > rows.c.tick)
    seen = and_(same, decision.c.verdict != "note", visible(decision.c.tick, known), _concerned(rows))
    newest = select(decision.c[column]).where(seen).order_by(decision.c.tick.desc(), decision.c.id.desc())
    return newest.limit(1).correlate(rows).scalar_subquery()


def _concerned(rows: FromClause) -> ColumnElement[bool]:
    """Return the condition that a decision on a day concerns each of `rows` of that day.

    A rejection concerns what was held and not rejected yet, if there is anything, and leaves the good values alone.
    """
    is_held, doubted, earlier = _held(rows).is_not(None), hold.alias("doubted"), decision.alias("earlier")
    since = earlier.c.series_id == doubted.c.series_id, earlier.c.day == doubted.c.day, earlier.c.tick > doubted.c.tick
    before = (
        select(earlier.c.verdict)
        .where(*since, earlier.c.tick < decision.c.tick, earlier.c.verdict != "note")
        .order_by(earlier.c.tick.desc(), earlier.c.id.desc())
        .limit(1)
        .correlate(doubted, decision)
        .scalar_subquery()
    )
    same = doubted.c.series_id == decision.c.series_id, doubted.c.day == decision.c.day
    pending = select(literal(1)).select_from(doubted).where(*same, doubted.c.tick < decision.c.tick)
    is_pending = pending.where(func.coalesce(before, "") != "reject").correlate(decision).exists()
    return or_(decision.c.verdict != "reject", is_held, ~is_pending)


def _held(rows: FromClause) -> ScalarSelect[Any]:
    """Look up whether a guard held a value; a hold is of the run that brought it, and so is seen with it."""
    own = hold.alias("of_guard")
    same = and_(own.c.series_id == rows.c.series_id, own.c.day == rows.c.day, own.c.tick == rows.c.tick)
    return select(literal("held")).select_from(own).where(same).correlate(rows).scalar_subquery()
