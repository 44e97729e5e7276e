"""A table in GitHub's Markdown, byte for byte the same whenever it is made again."""

from collections.abc import Iterable

from publish.table.cells import Table
from publish.table.escape import markdown


def render(table: Table) -> str:
    """Write the table, the line that dates it, and the footnotes, each after an empty line."""
    header = ["Metric", *(project.name for project in table.projects)]
    rows = [[row.metric.label, *(cell.marked_text for cell in row.cells)] for row in table.rows]
    lines = [_line(header), "|" + "---|" * len(header), *map(_line, rows), "", table.caption]
    for footnote in table.footnotes:
        lines += ["", markdown(footnote.line)]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(markdown(cell) for cell in cells) + " |"
