"""A table for a terminal."""

from collections.abc import Sequence

from tabulate import tabulate

from publish.table.cells import Table
from publish.table.escape import clipped, printable

WIDTH = 120
"""A table wider than this many columns is turned: a line a project."""
NAME_WIDTH = 40
"""Longer names of projects are cut: one must not widen the table for all."""


def render(table: Table) -> str:
    """Write the table with right-aligned numbers, the line that dates it, and the footnotes."""
    grid = _grid(table)
    laid_out = _lay_out(grid)
    if _width(laid_out) > WIDTH:
        turned = [list(column) for column in zip(*grid, strict=True)]
        laid_out = _lay_out([["Project", *turned[0][1:]], *turned[1:]])
    lines = [laid_out, "", table.caption]
    if table.footnotes:
        lines += ["", *(printable(footnote.line) for footnote in table.footnotes)]
    return "\n".join(lines) + "\n"


def _grid(table: Table) -> list[list[str]]:
    header = ["Metric", *(clipped(project.name, NAME_WIDTH) for project in table.projects)]
    return [header, *([row.metric.label, *(cell.marked_text for cell in row.cells)] for row in table.rows)]


def _lay_out(grid: Sequence[Sequence[str]]) -> str:
    align = ("left", *["right"] * (len(grid[0]) - 1))
    return tabulate(grid[1:], headers=grid[0], colalign=align if grid[1:] else None, disable_numparse=True)


def _width(text: str) -> int:
    return max(len(line) for line in text.splitlines())
