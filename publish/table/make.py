"""The one place where a table is made from the ledger, and compared with that of an earlier day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from publish.table.cells import Cell, Table, build
from publish.table.rules import Rules
from storage.identity.membership import Membership
from storage.ledger import Connection
from storage.model import Known, ProjectEntry
from storage.query.asof import parts_of

Span = Literal["week", "month", "year"]
"""How far back a table is compared."""


@dataclass(frozen=True, slots=True)
class Change:
    """How a cell has changed: the value before, the difference, and the same in per cent of the value before.

    What is unknown is None, as both differences are where the two values do not count the same.
    """

    before: float | None
    absolute: float | None = None
    percent: float | None = None


def make_table(connection: Connection, day: date, known: Known, projects: Sequence[str] | None, rules: Rules) -> Table:
    """Return the table of projects (by id, None: all) as of a UTC day, as known. Raises UnknownProject."""
    entries = Membership(connection, known, projects).on(day)
    return build(parts_of(connection, day, known, entries), entries, day, known, rules)


def day_before(day: date, span: Span) -> date:
    """Return the day a week, a month or a year earlier; of a shorter month its last day."""
    if span == "week":
        return day - timedelta(weeks=1)
    year, month = (day.year, day.month - 1) if span == "month" and day.month > 1 else (day.year - 1, 12)
    month = day.month if span == "year" else month
    return next(date(year, month, last) for last in range(day.day, 0, -1) if last <= _days(year, month))


def changes(connection: Connection, table: Table, before: date) -> dict[tuple[str, str], Change]:
    """Compare the cells of a table, by project (id) and metric (key), with those as of an earlier day, as known.

    A value that is carried or held is not of its day, and has no change; nor have two that rest on different
    artifacts, sources or definitions.
    """
    older = make_table(connection, before, table.known, [entry.id for entry in table.projects], table.rules)
    then, members = older.cells(), {entry.id: entry for entry in older.projects}
    return {
        (entry.id, row.metric.key): _change(
            then[entry.id, row.metric.key],
            cell,
            exchanged=_members(members[entry.id], row.metric.kind) != _members(entry, row.metric.kind),
        )
        for row in table.rows
        for entry, cell in zip(table.projects, row.cells, strict=True)
    }


def _change(old: Cell, new: Cell, *, exchanged: bool) -> Change:
    if old.value is None or new.value is None:
        return Change(old.value)
    if {old.state, new.state} != {"fresh"} or not _same_basis(old, new, exchanged=exchanged):
        return Change(old.value)
    difference = new.value - old.value
    return Change(old.value, difference, 100 * difference / old.value if old.value > 0 else None)


def _same_basis(old: Cell, new: Cell, *, exchanged: bool) -> bool:
    """Tell whether two cells count the same; a pattern's new images belong to what it counts, an edit's do not."""
    was, now = (
        {share.artifact: (share.part.source, share.part.definition) for share in cell.shares if not share.listing}
        for cell in (old, new)
    )
    if exchanged and was.keys() != now.keys():
        return False
    return set(was.values()) == set(now.values()) and all(was[name] == now[name] for name in was.keys() & now.keys())


def _members(entry: ProjectEntry, kind: str) -> set[str]:
    return {name for of, name in entry.members if of == kind}


def _days(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
