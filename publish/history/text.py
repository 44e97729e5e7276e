"""Histories as text: a table of observations, or one of weeks or months for each project and metric."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from tabulate import tabulate

from publish.history.points import Point, comparable, lines
from publish.table.cells import NO_VALUE
from publish.table.escape import clipped, printable
from publish.table.numbers import grouped, plain, utc
from storage.model import HistoryRow

_NAME_WIDTH = 60


def observations(rows: Iterable[HistoryRow], *, standing: bool = False) -> str:
    """Lay out a row an observation, in their order; with `standing`, whether each counts."""
    headers = ["project", "metric", "artifact", "source", "day", "value", "method", "run", "known_at"]
    table = [
        [
            *map(printable, (row.project, row.metric, row.artifact, row.source)),
            row.day.isoformat(),
            grouped(row.value),
            row.method,
            str(row.run),
            utc(row.known_at),
            *([row.standing] if standing else []),
        ]
        for row in rows
    ]
    if not table:
        return "No observations.\n"
    headers += ["standing"] if standing else []
    align = ["right" if name in {"value", "run"} else "left" for name in headers]
    return tabulate(table, headers=headers, colalign=align, disable_numparse=True) + "\n"


def points(of: Sequence[Point]) -> Iterator[str]:
    """Lay out a table for each metric and project under its name; a note says what is out of the ordinary."""
    between = ""
    for _, of_metric in lines(of):
        for line in of_metric:
            yield f"{between}{_table(line)}"
            between = "\n"


def _table(line: Sequence[Point]) -> str:
    rows = [_cells(line[0], "")]
    rows += [_cells(newer, _switched(older, newer)) for older, newer in pairwise(line)]
    headers = ("as of", "value", "change", "growth", "method", "source", "")
    align = ("left", "right", "right", "right", "left", "left", "left")
    table = tabulate(rows, headers=headers, colalign=align, disable_numparse=True)
    trimmed = "\n".join(text.rstrip() for text in table.splitlines())
    return f"{clipped(line[0].project.name, _NAME_WIDTH)}, {line[0].metric.label}\n\n{trimmed}\n"


def _cells(point: Point, switched: str) -> tuple[str, ...]:
    growth = NO_VALUE if point.growth is None else f"{point.growth:+,.1f} %"
    # Rounded, for no one reads what only the sum of fractions brought in: 3.3000000000000003.
    value = NO_VALUE if point.value is None else grouped(round(point.value, 6))
    change = NO_VALUE if point.change is None else f"{plain(round(point.change, 6)):+,}"
    notes = [switched]
    if point.own is None:
        notes.append(f"{point.state}{f', value of {point.day.isoformat()}' if point.day else ''}")
    if point.restated_from is not None:
        notes.append(f"restated, first {grouped(round(point.restated_from, 6))}")
    source = clipped(point.source or "", _NAME_WIDTH)
    return point.as_of.isoformat(), value, change, growth, point.method or "", source, "; ".join(filter(None, notes))


def _switched(older: Point, newer: Point) -> str:
    if older.own is None or newer.own is None or comparable(older, newer):
        return ""
    if newer.changed is not None and newer.changed > older.as_of:
        return "other artifacts"
    return "other source" if older.source != newer.source else "other definition"
