"""Which rows a reader sees: those of closed runs up to a point of the second clock; knows no rule of identity."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Integer, ScalarSelect, and_, bindparam, func, select
from sqlalchemy.sql.elements import SQLCoreOperations

from storage.database.schema import run
from storage.model import Known

NEVER: Final = -1
"""Older than every run."""
_CHUNK: Final = 300
"""How many go into one statement; SQLite takes 1,000 conditions at the most."""

T = TypeVar("T")


def visible(known_seq: SQLCoreOperations[int], known: Known | None) -> ColumnElement[bool]:
    """Return the condition that a row's run is closed, and known by then unless `known` is None."""
    closed = known_seq != _open_known_seq()
    if known is None:
        return closed
    seen = and_(known_seq <= known.known_seq, closed)
    return and_(seen, known_seq.not_in(ids(known.late))) if known.late else seen


def _open_known_seq() -> ScalarSelect[Any]:
    """Return the known_seq of the open run; without a run, a number that is none, as nothing differs from NULL."""
    return select(func.coalesce(func.max(run.c.known_seq), NEVER)).where(run.c.state == "open").scalar_subquery()


def ids(numbers: Collection[int]) -> BindParameter[Any]:
    """Return numbers to be looked up by `column.in_(…)`: written into the SQL, for parameters are limited in number."""
    return bindparam("ids", sorted(numbers), type_=Integer, expanding=True, literal_execute=True, unique=True)


def chunks(wanted: Collection[T]) -> Iterator[Sequence[T]]:
    """Cut what is to be looked up into lists that fit one statement."""
    listed = list(wanted)
    for start in range(0, len(listed), _CHUNK):
        yield listed[start : start + _CHUNK]
