"""What is to be drawn of a history: strokes, gaps, breaks and restatements, before anything has a place or a colour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Final

from publish.history.points import Point, comparable, lines
from publish.table.escape import clipped
from publish.table.metrics import Metric
from publish.table.numbers import short

MOST_PROJECTS: Final = 12
"""More than these do not fit on a page."""
_NAME_WIDTH: Final = 60
_METHODS_WEAKEST_FIRST: Final = ("imported", "reconstructed", "derived", "observed")
_MOST_NAMES: Final = 3
_WEEK: Final = 7


class ChartError(Exception):
    """What was asked for cannot be drawn; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """Points to be joined, days with values, all of one method; a single point is a mark of its own."""

    method: str
    points: tuple[tuple[date, float], ...]


@dataclass(frozen=True, slots=True)
class Restated:
    """A day whose value was another one when it was first known."""

    day: date
    first: float
    now: float


@dataclass(frozen=True, slots=True, order=True)
class Break:
    """The first day of what is not comparable with what was before, or two: of that, and of what was before again."""

    days: tuple[date, ...]
    said: str

    @property
    def told(self) -> str:
        """What broke and when, in words."""
        when = " to ".join(day.isoformat() for day in self.days)
        return f"{self.said} {'from' if len(self.days) > 1 else 'on'} {when}"


@dataclass(frozen=True, slots=True)
class Line:
    """One project in a chart. `sources` are what its values come from, the oldest first."""

    project: str
    name: str
    strokes: tuple[Stroke, ...]
    restated: tuple[Restated, ...] = ()
    breaks: tuple[Break, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def points(self) -> list[tuple[date, float]]:
        """Every day with its value, once, oldest first."""
        return sorted({point for stroke in self.strokes for point in stroke.points})

    @property
    def last(self) -> tuple[date, float]:
        """The newest day with its value."""
        return self.points[-1]

    @property
    def values(self) -> list[float]:
        """Every value that has to find its place."""
        return [value for _, value in self.points] + [one.first for one in self.restated]


@dataclass(frozen=True, slots=True)
class Panel:
    """The chart of one metric."""

    metric: Metric
    lines: tuple[Line, ...]
    log: bool = False
    """Whether the axis of values is logarithmic."""
    shared: bool = False
    """Whether the lines share one axis however far they are apart, as those of an index do."""

    @property
    def days(self) -> tuple[date, date]:
        """The oldest and the newest day."""
        days = [day for line in self.lines for day, _ in line.points]
        return min(days), max(days)

    @property
    def methods(self) -> list[str]:
        """The methods that occur, the strongest first."""
        found = {stroke.method for line in self.lines for stroke in line.strokes}
        return [method for method in reversed(_METHODS_WEAKEST_FIRST) if method in found]

    @property
    def sources(self) -> list[str]:
        """The sources of all lines, each once."""
        return list(dict.fromkeys(source for line in self.lines for source in line.sources))

    @property
    def breaks(self) -> dict[Break, list[str]]:
        """The names of the lines by where they break, the oldest first."""
        found: dict[Break, list[str]] = {}
        for one, name in sorted((one, line.name) for line in self.lines for one in line.breaks):
            found.setdefault(one, []).append(name)
        return found

    @property
    def restatements(self) -> list[str]:
        """Each restated day in words."""
        return [
            f"{line.name} {one.day.isoformat()}: {short(one.first)} → {short(one.now)}"
            for line in self.lines
            for one in line.restated
        ]


def panels(points: Sequence[Point], *, log: bool = False, shared: bool = False) -> tuple[Panel, ...]:
    """Give a panel for each metric of points that has a value. Raises ChartError if there are too many projects.

    On a logarithmic axis there is no place for nothing: there, it is a gap.
    """
    projects = {point.project.id for point in points}
    if len(projects) > MOST_PROJECTS:
        raise ChartError(f"a chart shows {MOST_PROJECTS} projects at the most, and {len(projects)} were named")
    if log:
        points = [one if one.own is None or one.own > 0 else replace(one, value=None, day=None) for one in points]
        points = [replace(one, restated_from=None) if one.restated_from == 0 else one for one in points]
    found = [(metric, [_line(points) for points in of_metric]) for metric, of_metric in lines(points)]
    drawn = [(metric, tuple(line for line in of_metric if line.strokes)) for metric, of_metric in found]
    return tuple(Panel(metric, of_metric, log, shared or log) for metric, of_metric in drawn if of_metric)


def _line(points: Sequence[Point]) -> Line:
    entry = points[-1].project
    valued = [(point, point.day, point.own) for point in points if point.day is not None and point.own is not None]
    return Line(
        project=entry.id,
        name=clipped(entry.name, _NAME_WIDTH) or entry.id,
        strokes=tuple(_strokes(points)),
        restated=tuple(
            Restated(day, point.restated_from, value) for point, day, value in valued if point.restated_from is not None
        ),
        breaks=tuple(_breaks([point for point, *_ in valued])),
        sources=tuple(dict.fromkeys(clipped(point.source or "", _NAME_WIDTH) for point, *_ in valued)),
    )


def _breaks(valued: Sequence[Point]) -> Iterator[Break]:
    """Find where values do not compare with those before; there and back again is one break."""
    broken = [(older, newer) for older, newer in pairwise(valued) if not comparable(older, newer)]
    at = 0
    while at < len(broken):
        older, newer = broken[at]
        days = tuple(day for day in (newer.day,) if day)
        if at + 1 < len(broken) and comparable(older, broken[at + 1][1]):
            back = broken[at + 1][1].day
            said = (
                f"{_source(newer)} instead of {_source(older)}" if older.source != newer.source else _said(older, newer)
            )
            yield Break((*days, *([back] if back else [])), said)
            at += 2
            continue
        yield Break(days, _said(older, newer))
        at += 1


def _source(point: Point) -> str:
    return clipped(point.source or "", _NAME_WIDTH)


def _strokes(points: Sequence[Point]) -> Iterator[Stroke]:
    """Cut a line where a week has no value of its own, where two cannot be compared, and where the method changes.

    What joins two methods is drawn as the weaker. By the day, it is cut where more than a week lies between two values.
    """
    method, run, older = "", list[tuple[date, float]](), points[0]
    for point in points:
        apart = run and point.period.first == point.period.last and (point.as_of - older.as_of).days > _WEEK
        if run and (apart or point.own is None or not comparable(older, point)):
            yield Stroke(method, tuple(run))
            run = []
        if point.day is None or point.own is None:
            continue
        joined = point.method or ""
        if run:
            joined = min(older.method or "", joined, key=_METHODS_WEAKEST_FIRST.index)
        if joined != method and len(run) > 1:
            yield Stroke(method, tuple(run))
            run = run[-1:]
        method, older = joined, point
        run.append((point.day, point.own))
    if run:
        yield Stroke(method, tuple(run))


def _said(older: Point, newer: Point) -> str:
    if newer.changed is not None and newer.changed > older.as_of:
        return "other artifacts"
    if older.source == newer.source:
        return "other definition"
    return f"{_source(older)} → {_source(newer)}"


def listed(names: Sequence[str]) -> str:
    """Name a few and count the rest: `a`, `a and b`, `a, b and 9 more`."""
    if len(names) > _MOST_NAMES:
        return f"{', '.join(names[: _MOST_NAMES - 1])} and {len(names) - _MOST_NAMES + 1} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
