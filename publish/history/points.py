"""What the tables of many days show of each project, one after the other, with changes and restatements."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby, pairwise
from math import fsum
from typing import Final

from publish.history.periods import EVERY, Every, Period, before, next_end, periods
from publish.table.cells import Cell, cell
from publish.table.metrics import Metric
from publish.table.rules import Rules
from publish.table.scales import on_scale, scale_of
from publish.table.shares import State
from storage.identity.membership import LOOK_BACK, Membership
from storage.ledger import Connection
from storage.model import Change, Known, Part, ProjectEntry
from storage.query.grid import Column, columns, oldest_day
from storage.query.history import history
from storage.runs.catalogs import cadence

_WEEK: Final = timedelta(days=7)
_FOUR: Final = 4

Basis = Mapping[str, tuple[str, str]]
"""What a value rests on: source and definition by artifact."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose history: projects by id, metrics (empty: all), UTC days, both included (None: no bound), as known then."""

    projects: Sequence[str] | None
    metrics: Sequence[str]
    first: date | None
    last: date | None
    known: Known


@dataclass(frozen=True, slots=True)
class Point:
    """What a table as of `as_of` shows of a project and a metric; `value` and `day` are None where it shows none.

    `change` is the difference to the point before and `growth` the same in per cent; both are None where one of the two
    has no value of its own period, or where they are not `comparable`. `restated_from` is the
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
        """The last day of the period."""
        return self.period.last

    @property
    def own(self) -> float | None:
        """The value, if it belongs to this period rather than to an earlier one; else None."""
        return _own(self.value, self.day, self.state, self.period)


def comparable(older: Point, newer: Point) -> bool:
    """Whether the difference of two points says something: of the same artifacts, sources and definitions.

    An artifact may have been renamed, or have joined others that a pattern stands for; none was exchanged by an edit.
    """
    return same_basis(older, newer.basis, newer.changed)


def same_basis(older: Point, basis: Basis, changed: date | None) -> bool:
    """Whether a value that rests on `basis`, of artifacts that were exchanged on a day if ever, compares with a point.

    What was exchanged up to the point's own day is behind it.
    """
    if changed is not None and changed > older.as_of:
        return False
    if older.basis == basis:
        return True
    if set(older.basis.values()) != set(basis.values()):
        return False
    return all(older.basis[name] == basis[name] for name in older.basis.keys() & basis.keys())


def read_points(connection: Connection, wanted: Wanted, every: Every, rules: Rules) -> tuple[Point, ...]:
    """Give what the table as of the end of each period shows, as known then, up to the day that is known of.

    Metric by metric in the order of the rules, project by project, the oldest first. A line begins with its first
    value; what has none is left out, and so is by the day each without a value of its own. Projects are called as in
    the newest table. Raises UnknownProject; `ValueError` for another `every`.
    """
    if every not in EVERY:
        raise ValueError(f"there is no history by the {every!r}: choose one of {', '.join(EVERY)}")
    known = wanted.known
    membership = Membership(connection, known, wanted.projects)
    oldest = oldest_day(connection, known, membership, wanted.metrics)
    if oldest is None:
        return ()
    first = wanted.first or oldest
    last = min(wanted.last or known.at.date(), known.at.date())
    ends = list(periods(max(before(first, every), oldest), last, cadence(connection, known), every))
    metrics = [metric for metric in rules.metrics if not wanted.metrics or metric.key in wanted.metrics]
    found: dict[tuple[str, str], list[Point]] = defaultdict(list)
    names: dict[str, ProjectEntry] = {}
    days, keys = [one.last for one in ends], {metric.key for metric in metrics}
    for period, column in zip(ends, columns(connection, days, known, membership, keys), strict=True):
        more: dict[str, list[Change]] = defaultdict(list)
        # The ledger looks back for edits of the catalog over four weeks, and what is longer than these is asked often.
        look = period.last - LOOK_BACK
        while look > period.first:
            for entry in membership.on(look):
                more[entry.id] += entry.changes
            look -= LOOK_BACK
        names |= {entry.id: entry for entry in column.projects}
        for metric, entry, shown in cells(column, metrics, rules):
            line = found[metric.key, entry.id]
            own = _own(shown.value, shown.day, shown.state, period)
            if own is not None or (every != "day" and (line or shown.value is not None)):
                changed = [one.day for one in (*entry.changes, *more.get(entry.id, ())) if one.kind == metric.kind]
                newest = max(changed, default=None)
                line.append(_point(entry, metric, period, shown, newest, column.first_known, line[-1:]))
    return tuple(
        # Projects are called as in the newest table.
        point if point.project is names[project] else replace(point, project=names[project])
        for metric in metrics
        for project in names
        for point in found[metric.key, project]
        if point.as_of >= first
    )


def year_before(
    connection: Connection, projects: Sequence[str], day: date, known: Known, rules: Rules
) -> tuple[Point, ...]:
    """Give the weeks of the year up to a UTC day, as known then."""
    return read_points(connection, Wanted(projects, (), day - 52 * _WEEK, day, known), "week", rules)


def growth_4w(points: Iterable[Point], day: date) -> dict[tuple[str, str], float]:
    """Give by project and metric how much more, as a share, the last week up to `day` has than the fourth before it.

    Left out where either has no value of its own week, or where something in between makes them not comparable.
    """
    found = {}
    for metric, of_metric in lines(points):
        for line in of_metric:
            weeks = [point for point in line if day - 5 * _WEEK < point.as_of <= day]
            if len(weeks) <= _FOUR or metric.type == "index":
                continue
            then, now = weeks[-1 - _FOUR], weeks[-1]
            joined = all(comparable(older, newer) for older, newer in pairwise(weeks[-1 - _FOUR :]) if newer.basis)
            if then.own and now.own is not None and joined and comparable(then, now):
                found[now.project.id, metric.key] = now.own / then.own - 1
    return found


def no_points(connection: Connection, wanted: Wanted, every: Every) -> str:
    """Say why there are no points of periods, and when there will be some. Raises UnknownProject."""
    days = wanted.first, wanted.last
    oldest = next(history(connection, wanted.projects, wanted.metrics or None, *days, wanted.known), None)
    if oldest is None:
        return "No observations."
    end = next_end(oldest.day, cadence(connection, wanted.known), every)
    return f"No {every} has ended in these days; one ends on {end.isoformat()}."


def lines(of: Iterable[Point]) -> Iterator[tuple[Metric, list[list[Point]]]]:
    """Group points by metric, and those of a metric by project."""
    for metric, of_metric in groupby(of, key=lambda point: point.metric):
        yield metric, [list(line) for _, line in groupby(of_metric, key=lambda point: point.project.id)]


def cells(column: Column, metrics: Sequence[Metric], rules: Rules) -> Iterator[tuple[Metric, ProjectEntry, Cell]]:
    """Yield the cells of a day's table of which there is anything to say."""
    of_kind: dict[tuple[str, str], list[Part]] = defaultdict(list)
    for part in column.parts:
        of_kind[part.project, part.member_kind].append(part)
    there = {part.metric for part in column.parts}
    for metric in (one for one in metrics if one.key in there):
        scale = scale_of(column.parts, metric, column.day, rules.scale_days)
        for entry in column.projects:
            if parts := of_kind.get((entry.id, metric.kind)):
                mine = on_scale(parts, metric, scale) if scale else parts
                yield metric, entry, cell(metric, entry, mine, column.day, rules, scale=scale)


def _point(
    entry: ProjectEntry,
    metric: Metric,
    period: Period,
    shown: Cell,
    changed: date | None,
    first_known: Mapping[int, float],
    older: Sequence[Point],
) -> Point:
    """Make the point of a cell, compared with the one before it, if there is an older one."""
    values = [share.part for share in shown.shares if not share.listing and share.value is not None]
    basis = {part.artifact: (part.source or "", part.definition or "") for part in values}
    own, change, growth, restated_from = _own(shown.value, shown.day, shown.state, period), None, None, None
    for last in older:
        if own is not None and last.own is not None and same_basis(last, basis, changed):
            change = own - last.own
            growth = 100 * change / last.own if last.own > 0 else None
    if first_known and own is not None:
        restated = [part for part in values if part.series in first_known]
        more = fsum((part.value or 0.0) - first_known[part.series or 0] for part in restated)
        restated_from = own - more if more else None
    told = shown.value, shown.day, shown.state, shown.source, shown.method
    return Point(entry, metric, period, *told, basis, changed, change, growth, restated_from)


def _own(value: float | None, day: date | None, state: State, period: Period) -> float | None:
    return None if day is None or state == "held" or day < period.first else value
