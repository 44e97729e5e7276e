"""A published table as a document: plain data that says all that a reader saw, kept and read back for good."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from publish.table.cells import Cell, Row, Table
from publish.table.footnotes import Footnote
from publish.table.numbers import plain, utc
from publish.table.rules import Rules
from storage.model import Held, Known, ProjectEntry


@dataclass(frozen=True, slots=True)
class Document:
    """A page as it was published: its name, title and own text, and the table, whose cells have no shares."""

    page: str
    title: str
    text: str
    table: Table


def content(table: Table) -> dict[str, Any]:
    """Give a table as plain data: `as_of`, `known_at`, `projects` and `rows`; the shape is a contract."""
    return {
        "as_of": table.as_of.isoformat(),
        "known_at": {"run": table.known.run, "at": utc(table.known.at)},
        "projects": [{"id": project.id, "name": project.name} for project in table.projects],
        "rows": _rows(table, table.rows),
    }


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


def write(page: str, title: str, text: str, table: Table) -> str:
    """Write a page with its table as canonical JSON."""
    document = content(table) | {
        "page": page,
        "title": title,
        "text": text,
        "caption": table.caption,
        "left_out": _rows(table, table.left_out),
        "footnotes": [{"mark": note.mark, "text": note.text, "places": note.places} for note in table.footnotes],
    }
    # ASCII only, so that no text from outside can hold what a database cannot.
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def read(document: str, known_seq: int, rules: Rules) -> Document:
    """Read a document as `write` wrote it. Raises ValueError, LookupError or TypeError for anything else."""
    kept = json.loads(document)
    known = Known(known_seq, kept["known_at"]["run"], datetime.fromisoformat(kept["known_at"]["at"]))
    projects = tuple(ProjectEntry(one["id"], one["name"], ()) for one in kept["projects"])
    footnotes = tuple(
        Footnote(note["mark"], note["text"], tuple((metric, project) for metric, project in note["places"]))
        for note in kept["footnotes"]
    )
    marks = {place: note.mark for note in footnotes for place in note.places}

    def rows(listed: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
        return tuple(
            Row(
                rules.by_key[row["metric"]],
                tuple(_cell(row["cells"][one.id], marks.get((row["metric"], one.id))) for one in projects),
            )
            for row in listed
        )

    day = date.fromisoformat(kept["as_of"])
    table = Table(day, known, rules, projects, rows(kept["rows"]), footnotes, rows(kept["left_out"]))
    return Document(kept["page"], kept["title"], kept["text"], table)


def _rows(table: Table, rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {
            "metric": row.metric.key,
            "label": row.metric.label,
            "cells": {one.id: cell_object(cell) for one, cell in zip(table.projects, row.cells, strict=True)},
        }
        for row in rows
    ]


def _cell(kept: Mapping[str, Any], mark: int | None) -> Cell:
    day = None if kept["day"] is None else date.fromisoformat(kept["day"])
    held = None
    if "held" in kept:
        one = kept["held"]
        held = Held(date.fromisoformat(one["day"]), one["value"], "", one["reason"])
    said = kept["value"], kept["text"], kept["state"], day, kept["source"], kept["method"]
    return Cell(*said, mark=mark, held=held)
