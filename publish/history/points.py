"""What the tables of many days show of each project, one after the other, with changes and restatements."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby, pairwise

from publish.history.periods import Period
from publish.table.cells import Cell, Table
from publish.table.metrics import METRICS, Metric
from publish.table.shares import State
from storage.model import HistoryRow, Part, ProjectEntry

Basis = Mapping[str, tuple[str, str]]
"""What a value rests on: source and definition by artifact."""


@dataclass(frozen=True, slots=True)
class Point:
    """What a table as of `as_of` shows of a project and a metric; `value` and `day` are None where it shows none.

    `change` is the difference to the point before and `growth` the same in per cent; both are None where one of the two
    has no value of its own week or month, or where they are not `comparable`. `restated_from` is the
    value of the same day as it was first known, None unless another one is known by now.
    """

    project: ProjectEntry
    metric: Metric
    period: Period
    value: float | None
    day: date | None
    state: State
    source: str | None
    method: str | None
    basis: Basis
    changed: date | None = None
    """Since when the project has had other artifacts of the kind, by an edit of its catalog; None: not lately."""
    change: float | None = None
    growth: float | None = None
    restated_from: float | None = None

    @property
    def as_of(self) -> date:
        """The last day of the week or month."""
        return self.period.last

    @property
    def own(self) -> float | None:
        """The value, if it belongs to this week or month rather than to an earlier one; else None."""
        if self.day is None or self.state == "held" or self.day < self.period.first:
            return None
        return self.value


def comparable(older: Point, newer: Point) -> bool:
    """Whether the difference of two points says something: of the same artifacts, sources and definitions.

    An artifact may have been renamed, or have joined others that a pattern stands for; none was exchanged by an edit.
    """
    if newer.changed is not None and newer.changed > older.as_of:
        return False
    if set(older.basis.values()) != set(newer.basis.values()):
        return False
    return all(older.basis[name] == newer.basis[name] for name in older.basis.keys() & newer.basis.keys())


def points(
    tables: Iterable[tuple[Period, Table]], metrics: Collection[str], rows: Iterable[HistoryRow]
) -> tuple[Point, ...]:
    """Give the points of tables that follow each other, metric by metric, project by project, the oldest first.

    A line begins with its first value; what has none is left out. Projects are called as in the newest table. `rows`
    are all observations of them that were known, in the ledger's order.
    """
    dated = list(tables)
    shown = [metric for key, metric in METRICS.items() if key in metrics]
    first_known = _first_known(row for row in rows if row.metric in METRICS)
    found: list[Point] = []
    for metric in shown:
        for entry in dated[-1][1].projects if dated else ():
            line = [_point(entry, metric, period, table) for period, table in dated]
            found += _changes([_restated(one, cell, first_known) for one, cell in _begun(line)])
    return tuple(found)


def lines(of: Iterable[Point]) -> Iterator[tuple[Metric, list[list[Point]]]]:
    """Group points by metric, and those of a metric by project."""
    for metric, of_metric in groupby(of, key=lambda point: point.metric):
        yield metric, [list(line) for _, line in groupby(of_metric, key=lambda point: point.project.id)]


def _point(entry: ProjectEntry, metric: Metric, period: Period, table: Table) -> tuple[Point, Cell]:
    cell = table.cell(entry.id, metric.key)
    parts = [share.part for share in cell.shares if not share.listing and share.value is not None]
    basis = {part.artifact: (part.source or "", part.definition or "") for part in parts}
    changes = (one for then in table.projects if then.id == entry.id for one in then.changes)
    changed = max((one.day for one in changes if one.kind == metric.kind), default=None)
    said = cell.value, cell.day, cell.state, cell.source, cell.method
    return Point(entry, metric, period, *said, basis, changed), cell


def _begun(line: Sequence[tuple[Point, Cell]]) -> Sequence[tuple[Point, Cell]]:
    start = next((at for at, (one, _) in enumerate(line) if one.value is not None), len(line))
    return line[start:]


def _changes(line: Sequence[Point]) -> Iterator[Point]:
    yield from line[:1]
    for older, newer in pairwise(line):
        before, now = older.own, newer.own
        if before is None or now is None or not comparable(older, newer):
            yield newer
            continue
        change = now - before
        yield replace(newer, change=change, growth=100 * change / before if before > 0 else None)


Learned = tuple[str, str, str, str, date, int]
"""Project, metric, source, definition, day and run of an observation."""


def _first_known(rows: Iterable[HistoryRow]) -> dict[Learned, list[tuple[float, float]]]:
    """Give for restated days, by the row that is known now, its value and the one that was known first."""
    of_day: dict[tuple[str, str, str, str, str, date], list[HistoryRow]] = {}
    for row in rows:
        key = (row.project, row.metric, row.artifact, row.source, row.definition, row.day)
        of_day.setdefault(key, []).append(row)
    found: dict[Learned, list[tuple[float, float]]] = {}
    for known in of_day.values():
        first, now = _original(known), known[-1]
        if first.value != now.value:
            learned = (now.project, now.metric, now.source, now.definition, now.day, now.run)
            found.setdefault(learned, []).append((now.value, first.value))
    return found


def _original(known: Sequence[HistoryRow]) -> HistoryRow:
    """Choose what was first known of a day that is over: a count read twice on one day is no restatement."""
    if METRICS[known[0].metric].type == "window":
        return known[0]
    within = [row for row in known if row.known_at.date() <= row.day]
    return (within or known)[-1 if within else 0]


def _restated(point: Point, cell: Cell, first_known: Mapping[Learned, list[tuple[float, float]]]) -> Point:
    if point.own is None:
        return point
    parts = [share.part for share in cell.shares if share.value is not None]
    difference = sum(_difference(point, part, first_known) for part in parts)
    return replace(point, restated_from=point.own - difference) if difference else point


def _difference(point: Point, part: Part, first_known: Mapping[Learned, list[tuple[float, float]]]) -> float:
    if part.day is None or part.run is None:
        return 0.0
    key = (part.project, point.metric.key, part.source or "", part.definition or "", part.day, part.run)
    # By value, not by name: an artifact's name of then need not be its name of now.
    return next((now - first for now, first in first_known.get(key, ()) if now == part.value), 0.0)
