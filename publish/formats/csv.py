"""A table as data, one record a cell, for spreadsheets and data frames."""

import csv
import io
from collections.abc import Iterator
from dataclasses import astuple
from datetime import date
from typing import NamedTuple

from publish.formats.grid import View
from publish.table.cells import Table
from publish.table.escape import spreadsheet
from publish.table.make import Change
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
    name: str
    unit: str
    definition: str
    note: str
    details: str
    held_value: int | float | None
    held_day: date | None
    held_reason: str
    as_of: date
    page: str
    title: str


COLUMNS = Record._fields
CELL = COLUMNS[: COLUMNS.index("name")]
"""What tells of the number itself, as a notebook wants it."""
_CHANGES = ("since", "before", "change", "percent")


def records(table: Table, *, left_out: bool = False) -> Iterator[Record]:
    """Yield the cells row by row; with `left_out`, also those of rows without any value of which anything is said."""
    notes: dict[tuple[str, str], tuple[str, str]] = {}
    for one in table.footnotes:
        # One about an index stands for all its cells, and has no places.
        places = one.places or tuple((key, project.id) for key in one.rows for project in table.projects)
        for at, place in enumerate(places):
            full = one.details[at] if one.places and one.details else ""
            text, more = notes.get(place, ("", ""))
            notes[place] = "; ".join(filter(None, (text, one.text))), "; ".join(filter(None, (more, full)))
    shown = {row.metric.key for row in table.rows}
    for row in (*table.rows, *(table.left_out if left_out else ())):
        for project, cell in zip(table.projects, row.cells, strict=True):
            note, full = notes.get((row.metric.key, project.id), ("", ""))
            if row.metric.key in shown or note:
                held = cell.held
                yield Record(
                    metric=row.metric.key,
                    label=row.metric.label,
                    project=project.id,
                    value=None if cell.value is None else plain(cell.value),
                    text=cell.text,
                    state=cell.state,
                    day=cell.day,
                    source=cell.source,
                    method=cell.method,
                    name=project.name,
                    unit=row.metric.unit,
                    definition=cell.definition,
                    note=note,
                    details=full,
                    held_value=plain(held.value) if held else None,
                    held_day=held.day if held else None,
                    held_reason=held.reason if held else "",
                    as_of=table.as_of,
                    page=table.page,
                    title=table.title,
                )


def render(table: Table, view: View) -> str:
    """Write a header line and one line a cell, with its notes, and its change if the view has these."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*COLUMNS, *(_CHANGES if view.since else ())])
    for record in records(table, left_out=True):
        more: tuple[object, ...] = ()
        if view.since:
            change = view.changes.get((record.project, record.metric)) or Change(None)
            more = view.since, *(None if one is None else plain(round(one, 6)) for one in astuple(change))
        writer.writerow([spreadsheet(value) if isinstance(value, str) else value for value in (*record, *more)])
    return out.getvalue()
