"""A table in GitHub's Markdown, byte for byte the same whenever it is made again."""

from collections.abc import Iterable

from publish.formats.grid import View, grid
from publish.table.cells import Table
from publish.table.escape import markdown


def render(table: Table, view: View) -> str:
    """Write the table, the line that dates it, and the footnotes, each after an empty line."""
    laid = grid(table, view)
    rows = [_line([label, *(place.text for place in places)]) for label, places in laid.lines]
    lines = [_line(laid.head), "|" + "---|" * len(laid.head), *rows, "", laid.caption]
    for footnote in table.footnotes:
        lines += ["", markdown(footnote.line)]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(markdown(cell) for cell in cells) + " |"
