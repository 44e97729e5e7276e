"""What is to be drawn of a history: strokes, gaps, breaks and restatements, before anything has a place or a colour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Line:
    """One project in a chart. `sources` are what its values come from, the oldest first."""

    project: str
    name: str
    strokes: tuple[Stroke, ...]
    restated: tuple[Restated, ...] = ()
    breaks: tuple[tuple[date, str], ...] = ()
    """The first days of what is not comparable with what was before, each with what it says of that."""
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
    def breaks(self) -> dict[tuple[date, str], list[str]]:
        """The names of the lines by the day on which they break and what is said of that, the oldest first."""
        found: dict[tuple[date, str], list[str]] = {}
        for day, said, name in sorted((day, said, line.name) for line in self.lines for day, said in line.breaks):
            found.setdefault((day, said), []).append(name)
        return found

    @property
    def restatements(self) -> list[str]:
        """Each restated day in words."""
        return [
            f"{line.name} {one.day.isoformat()}: {short(one.first)} → {short(one.now)}"
            for line in self.lines
            for one in line.restated
        ]


def panels(points: Sequence[Point]) -> tuple[Panel, ...]:
    """Give a panel for each metric of points that has a value. Raises ChartError if there are too many projects."""
    projects = {point.project.id for point in points}
    if len(projects) > MOST_PROJECTS:
        raise ChartError(f"a chart shows {MOST_PROJECTS} projects at the most, and {len(projects)} were named")
    found = [(metric, [_line(points) for points in of_metric]) for metric, of_metric in lines(points)]
    drawn = [(metric, tuple(line for line in of_metric if line.strokes)) for metric, of_metric in found]
    return tuple(Panel(metric, of_metric) for metric, of_metric in drawn if of_metric)


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
        breaks=tuple(
            (day, _said(older, newer))
            for (older, *_), (newer, day, _) in pairwise(valued)
            if not comparable(older, newer)
        ),
        sources=tuple(dict.fromkeys(clipped(point.source or "", _NAME_WIDTH) for point, *_ in valued)),
    )


def _strokes(points: Sequence[Point]) -> Iterator[Stroke]:
    """Cut a line where a week has no value of its own, where two cannot be compared, and where the method changes.

    What joins two methods is drawn as the weaker.
    """
    method, run, older = "", list[tuple[date, float]](), points[0]
    for point in points:
        if run and (point.own is None or not comparable(older, point)):
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
        return "new definition"
    return f"{clipped(older.source or '', _NAME_WIDTH)} → {clipped(newer.source or '', _NAME_WIDTH)}"


def listed(names: Sequence[str]) -> str:
    """Name a few and count the rest: `a`, `a and b`, `a, b and 9 more`."""
    if len(names) > _MOST_NAMES:
        return f"{', '.join(names[: _MOST_NAMES - 1])} and {len(names) - _MOST_NAMES + 1} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
