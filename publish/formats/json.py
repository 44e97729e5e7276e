"""A table as JSON for programs; the shape is a contract."""

import json
from typing import NotRequired, TypedDict

from publish.instants import utc
from publish.table.cells import Cell, Row, Table
from publish.table.numbers import plain


class HeldObject(TypedDict):
    """What a held cell would show if it were accepted: the number, its day as YYYY-MM-DD, and the guard's reason."""

    value: int | float
    day: str
    reason: str


class CellObject(TypedDict):
    """A cell as JSON has it: a whole number without a fraction, the day as YYYY-MM-DD, null where there is nothing."""

    value: int | float | None
    text: str
    state: str
    day: str | None
    source: str | None
    method: str | None
    held: NotRequired[HeldObject]


def render(table: Table) -> str:
    """Write one object with `as_of`, `known_at`, `projects` and `rows`; ASCII only, which every terminal takes."""
    content = {
        "as_of": table.as_of.isoformat(),
        "known_at": {"run": table.known.run, "at": utc(table.known.at)},
        "projects": [{"id": project.id, "name": project.name} for project in table.projects],
        "rows": [_row(row, table) for row in table.rows],
    }
    return json.dumps(content, indent=2) + "\n"


def _row(row: Row, table: Table) -> dict[str, object]:
    cells = zip(table.projects, row.cells, strict=True)
    return {
        "metric": row.metric.key,
        "label": row.metric.label,
        "cells": {project.id: cell_object(cell) for project, cell in cells},
    }


def cell_object(cell: Cell) -> CellObject:
    """Give a cell as plain data; only one that is held has the key `held`."""
    plainly: CellObject = {
        "value": None if cell.value is None else plain(cell.value),
        "text": cell.text,
        "state": cell.state,
        "day": None if cell.day is None else cell.day.isoformat(),
        "source": cell.source,
        "method": cell.method,
    }
    if cell.held is not None:
        held = cell.held
        plainly["held"] = {"value": plain(held.value), "day": held.day.isoformat(), "reason": held.reason}
    return plainly
