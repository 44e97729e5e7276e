"""A published table as a document: plain data that says all that a reader saw, kept and read back for good."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from publish.formats.grid import View
from publish.table.cells import Cell, Row, Table, marked
from publish.table.footnotes import Footnote
from publish.table.numbers import plain, utc
from publish.table.rules import Rules
from storage.model import Held, Known, ProjectEntry


@dataclass(frozen=True, slots=True)
class Document:
    """A page as it was published: its name, title and own text, and the table, whose cells have no shares.

    `said` is what else the page says, as plain data with its numbers put in; empty in editions of before that.
    """

    page: str
    title: str
    text: str
    table: Table
    said: Mapping[str, Any] = field(default_factory=dict)


def content(table: Table, view: View | None = None) -> dict[str, Any]:
    """Give a table as plain data, with all that a reader of any format sees; the shape is a contract.

    Notes and, with a view's changes, these stand at their cells.
    """
    told = _plain(table)
    for row, listed in zip((*table.rows, *table.left_out), (*told["rows"], *told["left_out"]), strict=True):
        for project in table.projects:
            place = project.id, row.metric.key
            if view and view.since and place in view.changes:
                listed["cells"][project.id]["change"] = {"since": view.since.isoformat(), **asdict(view.changes[place])}
    by_key = {row["metric"]: row["cells"] for row in (*told["rows"], *told["left_out"])}
    for note in told["footnotes"]:
        for (metric, project), details in zip(note["places"], note.pop("details"), strict=False):
            by_key[metric][project] |= {"note": note["text"], "details": details}
    return told


def cell_object(cell: Cell) -> dict[str, Any]:
    """Give a cell as plain data: a whole number without a fraction, the day as YYYY-MM-DD, null where there is nothing.

    Only one that is held has the key `held`: what it would show if that were accepted, and the guard's reason.
    """
    plainly = {
        "value": None if cell.value is None else plain(cell.value),
        "text": cell.text,
        "state": cell.state,
        "day": None if cell.day is None else cell.day.isoformat(),
        "source": cell.source,
        "method": cell.method,
    }
    if (held := cell.held) is None:
        return plainly
    return plainly | {"held": {"value": plain(held.value), "day": held.day.isoformat(), "reason": held.reason}}


def write(page: str, title: str, text: str, table: Table, said: Mapping[str, Any] | None = None) -> str:
    """Write a page with its table, and what else it says, as canonical JSON."""
    document = _plain(table) | {"page": page, "title": title, "text": text}
    if said:
        document["said"] = said
    # ASCII only, so that no text from outside can hold what a database cannot.
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def read(document: str, known_seq: int, rules: Rules) -> Document:
    """Read a document as `write` wrote it. Raises ValueError, LookupError or TypeError for anything else."""
    kept = json.loads(document)
    known = Known(known_seq, kept["known_at"]["run"], datetime.fromisoformat(kept["known_at"]["at"]))
    projects = tuple(ProjectEntry(one["id"], one["name"], ()) for one in kept["projects"])
    footnotes = tuple(
        Footnote(
            note["mark"],
            note["text"],
            tuple((metric, project) for metric, project in note["places"]),
            tuple(note.get("rows", ())),
            tuple(note.get("details", ())),
        )
        for note in kept["footnotes"]
    )

    def rows(listed: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
        return tuple(
            Row(
                rules.by_key[row["metric"]],
                tuple(_cell(row["cells"][one.id], row.get("definition", "")) for one in projects),
            )
            for row in listed
        )

    day, page, title = date.fromisoformat(kept["as_of"]), kept["page"], kept["title"]
    table = Table(day, known, rules, projects, rows(kept["rows"]), footnotes, rows(kept["left_out"]), page, title)
    return Document(page, title, kept["text"], marked(table), kept.get("said", {}))


def _plain(table: Table) -> dict[str, Any]:
    """Give what is kept of a table."""
    page = {"page": table.page, "title": table.title} if table.page else {}
    return page | {
        "as_of": table.as_of.isoformat(),
        "known_at": {"run": table.known.run, "at": utc(table.known.at)},
        "projects": [{"id": project.id, "name": project.name} for project in table.projects],
        "rows": _rows(table, table.rows),
        "caption": table.caption,
        "left_out": _rows(table, table.left_out),
        "footnotes": [asdict(note) for note in table.footnotes],
    }


def _rows(table: Table, rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {
            "metric": row.metric.key,
            "label": row.metric.label,
            "unit": row.metric.unit,
            "definition": definition,
            "cells": {
                one.id: cell_object(cell)
                | ({"definition": cell.definition} if cell.definition not in {"", definition} else {})
                for one, cell in zip(table.projects, row.cells, strict=True)
            },
        }
        for row in rows
        # That of most cells; another one stands at its cell.
        for (definition, _), *_ in [
            Counter(cell.definition for cell in row.cells if cell.definition).most_common(1) or [("", 0)]
        ]
    ]


def _cell(kept: Mapping[str, Any], definition: str) -> Cell:
    day = None if kept["day"] is None else date.fromisoformat(kept["day"])
    held = None
    if "held" in kept:
        one = kept["held"]
        held = Held(date.fromisoformat(one["day"]), one["value"], "", one["reason"])
    said = kept["value"], kept["text"], kept["state"], day, kept["source"], kept["method"]
    of = "" if kept["value"] is None else kept.get("definition", definition)
    return Cell(*said, held=held, definition=of)
