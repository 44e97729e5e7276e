"""Which observations count: the one condition of it, for every query and view.

An observation (series, day, known_seq) counts if the newest decision on it says so, else if no guard holds it.
"""

from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, Select, and_, func, literal, select, tuple_, union

from storage.database.as_known import visible
from storage.database.schema import decision, hold
from storage.model import Known

Standing = Literal["accept", "held", "reject"]

PLACE: Final = ("series_id", "day", "known_seq")
"""The columns that an observation, its hold and the decisions on it have in common."""


def same_place(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Return the condition that two rows are of the same observation."""
    return and_(*(one.c[name] == other.c[name] for name in PLACE))


def counts(rows: FromClause, known: Known | None) -> ColumnElement[bool]:
    """Return the condition that each of `rows` counts, as known; None is now.

    What does not count is a short list that the database makes once, whatever the number of rows.
    """
    return tuple_(*(rows.c[name] for name in PLACE)).not_in(withheld(known))


def withheld(known: Known | None) -> Select[Any]:
    """Return the query for the places of all observations that do not count, as known."""
    doubted = union(
        select(*(hold.c[name] for name in PLACE)).where(visible(hold.c.known_seq, known)),
        select(*(decision.c[name] for name in PLACE)).where(visible(decision.c.decided_seq, known)),
    ).subquery("doubted")
    return select(*(doubted.c[name] for name in PLACE)).where(standing(doubted, known) != "accept")


def standing(rows: FromClause, known: Known | None) -> ColumnElement[str]:
    """Return how each of `rows` stands: accept (it counts), held or reject."""
    own = hold.alias("of_guard")
    is_held = select(literal("held")).select_from(own).where(same_place(own, rows)).correlate(rows).scalar_subquery()
    return func.coalesce(func.nullif(_newest(rows, known, "verdict"), "reopen"), is_held, literal("accept"))


def said(rows: FromClause, known: Known | None) -> ScalarSelect[Any]:
    """Return the reason of the newest decision on each of `rows`."""
    return _newest(rows, known, "reason")


def _newest(rows: FromClause, known: Known | None, column: str) -> ScalarSelect[Any]:
    """Look up the newest decision on each of `rows`; a note decides nothing."""
    seen = same_place(decision, rows), decision.c.verdict != "note", visible(decision.c.decided_seq, known)
    newest = select(decision.c[column]).where(*seen).order_by(decision.c.decided_seq.desc()).limit(1)
    return newest.correlate(rows).scalar_subquery()
