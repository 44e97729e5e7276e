"""How a history's values have grown since a day, or since a year before each."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Literal

from publish.history.periods import LENGTHS, Every, year_before
from publish.history.points import Point, same_basis
from publish.table.escape import clipped

_NAME_WIDTH = 20

Since = date | Literal["year"]
"""A UTC day, or a year before each value."""


@dataclass(frozen=True, slots=True)
class Grown:
    """A point, and what it is compared with: `change` is the difference, `growth` the same in per cent.

    `base` is None where there was no value then, or none of the same artifacts, sources and definitions.
    """

    point: Point
    base: Point | None = None
    change: float | None = None
    growth: float | None = None


def grown(points: Sequence[Point], since: Since, every: Every) -> Iterator[Grown]:
    """Compare each point with the value of its line as of a day, or a year before; in their order."""
    for line in _lines(points):
        ends, edited = [point.as_of for point in line], date.min
        for point in line:
            edited = max(edited, point.changed or date.min)
            at = _place(ends, year_before(point.as_of, every) if since == "year" else since, every)
            base = line[at] if at is not None and ends[at] < point.as_of else None
            if base is None or base.own is None or point.own is None or not same_basis(base, point.basis, edited):
                yield Grown(point)
                continue
            change = point.own - base.own
            yield Grown(point, base, change, 100 * change / base.own if base.own > 0 else None)


def indexed(points: Sequence[Point], day: date, every: Every) -> list[Point]:
    """Give points with their values in per cent of that of their line as of a day.

    Lines without a value above nothing on that day are left out, and named in the metric's label; a point that does
    not compare with that value has none.
    """
    placed = [(line, _place([point.as_of for point in line], day, every)) for line in _lines(points)]
    without: dict[str, list[str]] = defaultdict(list)
    for line, at in placed:
        if at is None or not line[at].own:
            without[line[0].metric.key].append(clipped(line[0].project.name, _NAME_WIDTH))
    found = []
    for line, at in placed:
        whole = None if at is None else line[at].own
        if at is None or not whole:
            continue
        lacking = without[line[0].metric.key]
        label = f"{line[0].metric.label}, {day.isoformat()} = 100"
        label += f" (no value then: {', '.join(lacking)})" if lacking else ""
        metric = replace(line[0].metric, label=label)
        for number, point in enumerate(line):
            first, last = sorted((number, at))
            edited = max((one.changed or date.min for one in line[first + 1 : last + 1]), default=date.min)
            if point.own is None or not same_basis(line[first], line[last].basis, edited):
                found.append(replace(point, metric=metric, value=None, day=None, restated_from=None))
                continue
            restated = None if point.restated_from is None else 100 * point.restated_from / whole
            found.append(replace(point, metric=metric, value=100 * point.own / whole, restated_from=restated))
    return found


def _lines(points: Sequence[Point]) -> Iterator[list[Point]]:
    for _, line in groupby(points, key=lambda point: (point.metric.key, point.project.id)):
        yield list(line)


def _place(ends: Sequence[date], day: date, every: Every) -> int | None:
    """Find the newest period that was over on a day, by the ends of all; None if it is not there."""
    at = bisect_right(ends, day) - 1
    # By the day there are points only where something was collected, which may be once a week.
    near = timedelta(days=max(LENGTHS[every], LENGTHS["week"]))
    return at if at >= 0 and ends[at] > day - near else None
