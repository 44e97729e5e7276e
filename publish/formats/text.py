"""A table for a terminal."""

from publish.formats.columns import lay_out, wrapped
from publish.formats.grid import View, grid
from publish.table.cells import Table
from publish.table.escape import clipped, printable

NAME_WIDTH = 40
"""Longer names of projects are cut: one must not widen the table for all."""


def render(table: Table, view: View, width: int | None = None) -> str:
    """Write the table with right-aligned numbers, the line that dates it, and the footnotes; None is any width."""
    laid = grid(table, view)
    head = [clipped(one, NAME_WIDTH) for one in laid.head]
    rows = [[clipped(label, NAME_WIDTH), *(place.text for place in places)] for label, places in laid.lines]
    lines = [lay_out(head, rows, range(1, len(head)), width), ""]
    for text in (laid.caption, *([""] if table.footnotes else []), *(one.line for one in table.footnotes)):
        lines += wrapped(printable(text), width)
    return "\n".join(lines) + "\n"
