"""Which rows a reader sees: those known at a point of the second clock; and which observations of them count.

An observation (series, day, known_seq) counts if the newest decision on it says so, else if no guard holds it.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, Literal, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.sql.elements import SQLCoreOperations

from storage.database.schema import decision, hold
from storage.model import Known

NEVER: Final = -1
"""Older than every run."""
_CHUNK: Final = 300
"""How many go into one statement; SQLite takes 1,000 conditions at the most."""

T = TypeVar("T")
Standing = Literal["accept", "held", "reject"]

PLACE: Final = ("series_id", "day", "known_seq")
"""The columns that an observation, its hold and the decisions on it have in common."""


def visible(known_seq: SQLCoreOperations[int], known: Known | None) -> ColumnElement[bool]:
    """Return the condition that a row's run was known by then; unless `known` is None every run is."""
    if known is None:
        return true()
    seen = known_seq <= known.known_seq
    return and_(seen, known_seq.not_in(ids(known.late))) if known.late else seen


def ids(numbers: Collection[int]) -> BindParameter[Any]:
    """Return numbers to be looked up by `column.in_(…)`: written into the SQL, for parameters are limited in number."""
    return bindparam("ids", sorted(numbers), type_=Integer, expanding=True, literal_execute=True, unique=True)


def chunks(wanted: Collection[T]) -> Iterator[Sequence[T]]:
    """Cut what is to be looked up into lists that fit one statement."""
    listed = list(wanted)
    for start in range(0, len(listed), _CHUNK):
        yield listed[start : start + _CHUNK]


def same_place(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Return the condition that two rows are of the same observation."""
    return and_(*(one.c[name] == other.c[name] for name in PLACE))


def counts(rows: FromClause, known: Known | None) -> ColumnElement[bool]:
    """Return the condition that each of `rows` counts, as known; None is now.

    What does not count is a short list that the database makes once, whatever the number of rows.
    """
    # Not NOT IN: of a row value SQLite then looks through the whole list for a NULL, for each of `rows`.
    is_withheld = tuple_(*(rows.c[name] for name in PLACE)).in_(withheld(known))
    return case((is_withheld, 0), else_=1) == 1


def withheld(known: Known | None, *, standing_too: bool = False) -> Select[Any]:
    """Return the query for the places of all observations that do not count, as known, and how they stand if wanted."""
    doubted = union(
        select(*(hold.c[name] for name in PLACE)).where(visible(hold.c.known_seq, known)),
        select(*(decision.c[name] for name in PLACE)).where(visible(decision.c.decided_seq, known)),
    ).subquery("doubted")
    stands = standing(doubted, known)
    columns = [*(doubted.c[name] for name in PLACE), *([stands.label("standing")] if standing_too else [])]
    return select(*columns).where(stands != "accept")


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
