"""A table as data, one record a cell, for spreadsheets and data frames."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from publish.table.cells import Table
from publish.table.escape import spreadsheet
from publish.table.numbers import plain


class Record(NamedTuple):
    """One cell: `value` is None where there is none, `state` says why; `day` is the oldest UTC day in the value."""

    metric: str
    label: str
    project: str
    value: int | float | None
    text: str
    state: str
    day: date | None
    source: str | None
    method: str | None


COLUMNS = Record._fields


def records(table: Table) -> Iterator[Record]:
    """Yield the cells row by row."""
    for row in table.rows:
        for project, cell in zip(table.projects, row.cells, strict=True):
            value = None if cell.value is None else plain(cell.value)
            said = cell.text, cell.state, cell.day, cell.source, cell.method
            yield Record(row.metric.key, row.metric.label, project.id, value, *said)


def render(table: Table) -> str:
    """Write a header line and one line a cell; footnotes have no place here, the states have."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for record in records(table):
        writer.writerow([spreadsheet(value) if isinstance(value, str) else value for value in record])
    return out.getvalue()
