"""Histories as text: a table of observations, or one of weeks or months for each project and metric."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise

from publish.formats.columns import lay_out
from publish.history.points import Point, comparable, lines
from publish.history.since import Grown
from publish.table.cells import NO_VALUE
from publish.table.escape import clipped, printable
from publish.table.numbers import grouped, plain, utc
from storage.model import HistoryRow

_NAME_WIDTH = 60


def observations(rows: Iterable[HistoryRow], *, standing: bool = False, width: int | None = None) -> str:
    """Lay out a row an observation, in their order; with `standing`, whether each counts.

    For a terminal of a width, what is the same in all rows is said once, above.
    """
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
    same = _same(headers, table, {"day", "value"}) if width else []
    above = "".join(f"{headers[at]:<{max(len(headers[one]) for one in same)}}  {table[0][at]}\n" for at in same)
    kept = [at for at in range(len(headers)) if at not in same]
    right = {place for place, at in enumerate(kept) if headers[at] in {"value", "run"}}
    laid = lay_out([headers[at] for at in kept], [[row[at] for at in kept] for row in table], right, width)
    return "\n".join(filter(None, (above, laid))) + "\n"


def _same(headers: Sequence[str], rows: Sequence[Sequence[str]], but: set[str]) -> list[int]:
    """Return the columns that say the same in each of several rows, but for some."""
    found = [at for at, name in enumerate(headers) if name not in but and len({row[at] for row in rows}) == 1]
    return found if len(rows) > 1 else []


def points(of: Sequence[Point], since: Iterable[Grown] | None = None, width: int | None = None) -> Iterator[str]:
    """Lay out a table for each metric and project under its name; a note says what is out of the ordinary.

    With `since`, the same points compared with earlier ones, the growth since then beside.
    """
    between, compared = "", None if since is None else iter(since)
    for _, of_metric in lines(of):
        for line in of_metric:
            mine = None if compared is None else list(islice(compared, len(line)))
            yield f"{between}{_table(line, mine, width)}"
            between = "\n"


def wide(of: Sequence[Point], width: int | None = None) -> Iterator[str]:
    """Lay out a table for each metric: a line a period, a column a project with its value of that very period."""
    for _, of_metric in lines(of):
        names = [clipped(line[0].project.name, _NAME_WIDTH) for line in of_metric]
        found = [{point.as_of: point.own for point in line} for line in of_metric]
        ends = sorted({point.as_of for line in of_metric for point in line})
        rows = [[end.isoformat(), *(_figure(line.get(end)) for line in found)] for end in ends]
        table = lay_out(["as of", *names], rows, range(1, len(names) + 1), width)
        yield f"{of_metric[0][0].metric.label}\n\n{table}\n"


def _table(line: Sequence[Point], since: Sequence[Grown] | None, width: int | None) -> str:
    rows = [_cells(line[0], "")]
    rows += [_cells(newer, _switched(older, newer)) for older, newer in pairwise(line)]
    headers = ["as of", "value", "change", "growth", "method", "source", ""]
    right = {1, 2, 3}
    if since is not None:
        headers[4:4], right = ["growth since", ""], right | {4}
        for row, one in zip(rows, since, strict=True):
            row[4:4] = [_growth(one.growth), one.base.as_of.isoformat() if one.base else ""]
    title = f"{clipped(line[0].project.name, _NAME_WIDTH)}, {line[0].metric.label}"
    same = _same(headers, rows, set(headers) - {"method", "source"}) if width else []
    title += "".join(f", {rows[0][at]}" for at in same if rows[0][at])
    kept = [at for at in range(len(headers)) if at not in same and any(row[at] for row in rows)]
    right = {place for place, at in enumerate(kept) if at in right}
    headers, rows = [headers[at] for at in kept], [[row[at] for at in kept] for row in rows]
    return f"{title}\n\n{lay_out(headers, rows, right, width)}\n"


def _growth(growth: float | None) -> str:
    return NO_VALUE if growth is None else f"{growth:+,.1f} %"


def _figure(value: float | None) -> str:
    # Rounded, for no one reads what only the sum of fractions brought in: 3.3000000000000003.
    return NO_VALUE if value is None else grouped(round(value, 6))


def _cells(point: Point, switched: str) -> list[str]:
    change = NO_VALUE if point.change is None else f"{plain(round(point.change, 6)):+,}"
    notes = [switched]
    if point.own is None:
        notes.append(f"{point.state}{f', value of {point.day.isoformat()}' if point.day else ''}")
    if point.restated_from is not None:
        notes.append(f"restated, first {grouped(round(point.restated_from, 6))}")
    source = clipped(point.source or "", _NAME_WIDTH)
    figures = _figure(point.value), change, _growth(point.growth)
    return [point.as_of.isoformat(), *figures, point.method or "", source, "; ".join(filter(None, notes))]


def _switched(older: Point, newer: Point) -> str:
    if older.own is None or newer.own is None or comparable(older, newer):
        return ""
    if newer.changed is not None and newer.changed > older.as_of:
        return "other artifacts"
    return "other source" if older.source != newer.source else "other definition"
