"""A history by the week or month as text, CSV or JSON; knows no ledger."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from importlib import import_module
from itertools import pairwise
from types import MappingProxyType

from publish.history.points import Point, comparable, lines
from publish.table.cells import NO_VALUE
from publish.table.escape import clipped, spreadsheet
from publish.table.numbers import grouped, plain

COLUMNS = (
    "project",
    "metric",
    "as_of",
    "value",
    "change",
    "growth",
    "day",
    "state",
    "source",
    "method",
    "restated_from",
)
"""`growth` is in per cent of the value before."""

_NAME_WIDTH = 60


def render(points: Sequence[Point], fmt: str) -> Iterator[str]:
    """Write the points in their order, in one of `FORMATS`; yields pieces that end with newlines.

    Raises `ValueError` for another format.
    """
    if fmt not in FORMATS:
        raise ValueError(f"there is no history format {fmt!r}: choose one of {', '.join(FORMATS)}")
    return FORMATS[fmt](points)


def record(point: Point) -> dict[str, str | int | float | date | None]:
    """Give a point as plain values under `COLUMNS`; what is unknown is None. Growth is rounded to six places."""
    return {
        "project": point.project.id,
        "metric": point.metric.key,
        "as_of": point.as_of,
        "value": _plain(point.value),
        "change": _plain(point.change),
        "growth": None if point.growth is None else round(point.growth, 6),
        "day": point.day,
        "state": point.state,
        "source": point.source,
        "method": point.method,
        "restated_from": _plain(point.restated_from),
    }


def block(line: Sequence[Point]) -> str:
    """Lay out the line of one project and metric as a table under its name; a note says what is out of the ordinary."""
    entry, metric = line[0].project, line[0].metric
    rows = [_cells(line[0], "")]
    rows += [_cells(newer, _switched(older, newer)) for older, newer in pairwise(line)]
    headers = ("as of", "value", "change", "growth", "method", "source", "")
    align = ("left", "right", "right", "right", "left", "left", "left")
    # Imported late: CSV and JSON need no layout.
    tabulate = import_module("tabulate").tabulate
    table = tabulate(rows, headers=headers, colalign=align, disable_numparse=True)
    trimmed = "\n".join(text.rstrip() for text in table.splitlines())
    return f"{clipped(entry.name, _NAME_WIDTH)}, {metric.label}\n\n{trimmed}\n"


def _cells(point: Point, switched: str) -> tuple[str, ...]:
    growth = NO_VALUE if point.growth is None else f"{point.growth:+,.1f} %"
    value = NO_VALUE if point.value is None else grouped(_tidy(point.value))
    change = NO_VALUE if point.change is None else f"{plain(_tidy(point.change)):+,}"
    source = clipped(point.source or "", _NAME_WIDTH)
    return point.as_of.isoformat(), value, change, growth, point.method or "", source, _note(point, switched)


def _note(point: Point, switched: str) -> str:
    notes = [switched]
    if point.own is None:
        since = f", value of {point.day.isoformat()}" if point.day else ""
        notes.append(f"{point.state}{since}")
    if point.restated_from is not None:
        notes.append(f"restated, first {grouped(_tidy(point.restated_from))}")
    return "; ".join(filter(None, notes))


def _switched(older: Point, newer: Point) -> str:
    if older.own is None or newer.own is None or comparable(older, newer):
        return ""
    if newer.changed is not None and newer.changed > older.as_of:
        return "other artifacts"
    return "other source" if older.source != newer.source else "other definition"


def _plain(value: float | None) -> int | float | None:
    return None if value is None else plain(value)


def _tidy(value: float) -> float:
    """Drop what only the sum of fractions brought in: no one reads 3.3000000000000003."""
    return round(value, 6)


def _text(points: Sequence[Point]) -> Iterator[str]:
    if not points:
        yield "No observations.\n"
    between = ""
    for _, of_metric in lines(points):
        for line in of_metric:
            yield between + block(line)
            between = "\n"


def _csv(points: Sequence[Point]) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for point in points:
        writer.writerow([spreadsheet(value) if isinstance(value, str) else value for value in record(point).values()])
    yield out.getvalue()


def _json(points: Sequence[Point]) -> Iterator[str]:
    written = (json.dumps(record(point), default=date.isoformat) for point in points)
    yield "[" + ",".join(f"\n  {one}" for one in written) + ("\n]\n" if points else "]\n")


FORMATS: Mapping[str, Callable[[Sequence[Point]], Iterator[str]]] = MappingProxyType(
    {"text": _text, "csv": _csv, "json": _json}
)
"""How each format is written."""
