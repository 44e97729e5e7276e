"""How a table lies: projects in columns or in rows, by one rule for every format; and what its cells say there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from math import inf
from typing import Final, Literal, NamedTuple

from publish.table.cells import NO_VALUE, Cell, Row, Table
from publish.table.footnotes import superscript
from publish.table.make import Change
from publish.table.numbers import grouped, percent, signed

Rows = Literal["project", "metric"]
MOST_COLUMNS: Final = 6
"""A table of more projects has a row for each: more columns fit neither a page nor a terminal."""


@dataclass(frozen=True, slots=True)
class View:
    """How a table is looked at: which way its rows go (None: by the number of projects), and what cells say.

    `changes` since a day are by project (id) and metric (key).
    """

    rows: Rows | None = None
    exact: bool = False
    since: date | None = None
    changes: Mapping[tuple[str, str], Change] = field(default_factory=dict)


class Place(NamedTuple):
    """A cell, and what it says."""

    text: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Grid:
    """What stands where: a head and the labels of the lines, which both are of projects or of metrics."""

    head: tuple[str, ...]
    lines: tuple[tuple[str, tuple[Place, ...]], ...]
    caption: str


def grid(table: Table, view: View) -> Grid:
    """Lay a table out."""
    projects = [project.name for project in table.projects]
    labels = [row.label for row in table.rows]
    cells = [tuple(_places(table, at, view)) for at in range(len(table.rows))]
    caption = table.caption
    if view.since:
        caption += f" With the change since {view.since}; {NO_VALUE} where the two cannot be compared."
    if (view.rows or ("project" if len(projects) > MOST_COLUMNS else "metric")) == "metric":
        return Grid(("Metric", *projects), tuple(zip(labels, cells, strict=True)), caption)
    turned = zip(*cells, strict=True) if cells else [()] * len(projects)
    return Grid(("Project", *labels), tuple(zip(projects, turned, strict=True)), caption)


def ordered(table: Table, by: str) -> Table:
    """Order the projects of a table by a metric (key), the most first and the unknown last; or by `name`."""
    cells, at = table.cells(), range(len(table.projects))

    def key(one: int) -> tuple[float, str]:
        project = table.projects[one]
        value = cells[project.id, by].value if by != "name" else 0.0
        return inf if value is None else -value, project.name.casefold()

    order = sorted(at, key=key)

    def rows(of: tuple[Row, ...]) -> tuple[Row, ...]:
        return tuple(replace(row, cells=tuple(row.cells[one] for one in order)) for row in of)

    projects = tuple(table.projects[one] for one in order)
    return replace(table, projects=projects, rows=rows(table.rows), left_out=rows(table.left_out))


def _places(table: Table, at: int, view: View) -> Iterator[Place]:
    row = table.rows[at]
    for project, cell in zip(table.projects, row.cells, strict=True):
        text = grouped(round(cell.value, 6)) if view.exact and cell.value is not None else cell.text
        text += superscript(cell.mark)
        if view.since and cell.value is not None:
            text += f" {_change(view.changes[project.id, row.metric.key], exact=view.exact)}"
        yield Place(text, cell)


def _change(change: Change, *, exact: bool) -> str:
    if change.absolute is None:
        return NO_VALUE
    return signed(change.absolute) if exact or change.percent is None else percent(change.percent)
