"""The ranking of projects by a metric, and those that moved most: in numbers, and in per cent."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from publish.formats.columns import lay_out, wrapped
from publish.table.cells import NO_VALUE, Cell, Table
from publish.table.escape import clipped, markdown, spreadsheet
from publish.table.make import Change
from publish.table.metrics import Metric
from publish.table.numbers import grouped, percent, plain, signed, utc
from storage.model import ProjectEntry

_TITLES: Final = {
    "ranking": "Ranking",
    "gains": "Largest gains",
    "losses": "Largest losses",
    "percent_gains": "Largest growth in per cent",
    "percent_losses": "Largest decline in per cent",
}
_NAME_WIDTH: Final = 40


@dataclass(frozen=True, slots=True)
class Mover:
    """A project with its place in the ranking, its number, and how that has changed."""

    place: int
    project: ProjectEntry
    cell: Cell
    change: Change


@dataclass(frozen=True, slots=True)
class Top:
    """The lists of movers by their names, each cut to its limit, and how many projects they were chosen from."""

    table: Table
    metric: Metric
    since: date
    lists: Mapping[str, Sequence[Mover]]
    ranked: int
    compared: int


def top(table: Table, metric: Metric, since: date, changes: Mapping[tuple[str, str], Change], limit: int | None) -> Top:
    """Rank the projects of a table by a metric; of equal numbers the names decide. None is no limit."""
    cells = table.cells()
    found = [(entry, cells[entry.id, metric.key]) for entry in table.projects]
    known = sorted(
        (one for one in found if one[1].value is not None),
        key=lambda one: (-(one[1].value or 0.0), one[0].name.casefold()),
    )
    ranking = [
        Mover(place, entry, cell, changes[entry.id, metric.key]) for place, (entry, cell) in enumerate(known, start=1)
    ]
    moved = [(one, one.change.absolute) for one in ranking if one.change.absolute]
    grown = [(one, one.change.percent) for one in ranking if one.change.percent]
    lists = {
        "ranking": ranking[:limit],
        "gains": _most(moved, 1, limit),
        "losses": _most(moved, -1, limit),
        "percent_gains": _most(grown, 1, limit),
        "percent_losses": _most(grown, -1, limit),
    }
    compared = sum(one.change.absolute is not None for one in ranking)
    return Top(table, metric, since, lists, len(ranking), compared)


def _most(of: Sequence[tuple[Mover, float]], sign: int, limit: int | None) -> list[Mover]:
    ordered = sorted((one for one in of if one[1] * sign > 0), key=lambda one: -one[1] * sign)
    return [mover for mover, _ in ordered][:limit]


def render(of: Top, form: str, width: int | None = None) -> str:
    """Write the lists as text, markdown, csv or json; a width is for text only."""
    if form == "json":
        return _json(of)
    return _csv(of) if form == "csv" else "\n".join(_lines(of, form, width)) + "\n"


def _lines(of: Top, form: str, width: int | None) -> Iterator[str]:
    head = "#", "Project", of.metric.label, "Change", "Growth"
    yield from wrapped(f"{of.metric.label} as of {of.table.as_of}, and the change since {of.since}", width)
    for name, movers in of.lists.items():
        if not movers:
            continue
        yield ""
        yield f"{'### ' if form == 'markdown' else ''}{_TITLES[name]}"
        yield ""
        rows = [[str(one.place), one.project.name, *_figures(one)] for one in movers]
        if form == "markdown":
            yield _row(head)
            yield "|---:|---|---:|---:|---:|"
            yield from map(_row, rows)
        else:
            named = [[place, clipped(name, _NAME_WIDTH), *figures] for place, name, *figures in rows]
            yield lay_out(head, named, {0, 2, 3, 4}, width)
    yield ""
    yield from wrapped(_compared(of), width)


def _compared(of: Top) -> str:
    if not of.ranked:
        return f"No project has a number of {of.metric.label}."
    projects = f"{of.ranked:,} project{'' if of.ranked == 1 else 's'} with a number"
    return f"{projects}; {of.compared:,} can be compared with {of.since}."


def _figures(one: Mover) -> tuple[str, str, str]:
    value, change = one.cell.value or 0.0, one.change
    return (
        grouped(round(value, 6)),
        NO_VALUE if change.absolute is None else signed(change.absolute),
        NO_VALUE if change.percent is None else percent(change.percent),
    )


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(markdown, cells)) + " |"


def _json(of: Top) -> str:
    told = {
        "metric": of.metric.key,
        "label": of.metric.label,
        "unit": of.metric.unit,
        "as_of": of.table.as_of.isoformat(),
        "since": of.since.isoformat(),
        "known_at": {"run": of.table.known.run, "at": utc(of.table.known.at)},
        "ranked": of.ranked,
        "compared": of.compared,
        **{name: [_record(one) for one in movers] for name, movers in of.lists.items()},
    }
    return json.dumps(told, indent=2) + "\n"


def _csv(of: Top) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    told = [{"list": name, **_record(one)} for name, movers in of.lists.items() for one in movers]
    columns = ("list", "place", "project", "name", "value", "state", "day", "before", "change", "percent")
    writer.writerow(columns)
    for record in told:
        values = (record[column] for column in columns)
        writer.writerow([spreadsheet(value) if isinstance(value, str) else value for value in values])
    return out.getvalue()


def _record(one: Mover) -> dict[str, str | float | None]:
    change = one.change
    return {
        "place": one.place,
        "project": one.project.id,
        "name": one.project.name,
        "value": plain(one.cell.value or 0.0),
        "state": one.cell.state,
        "day": str(one.cell.day),
        "before": None if change.before is None else plain(change.before),
        "change": None if change.absolute is None else plain(round(change.absolute, 6)),
        "percent": None if change.percent is None else plain(round(change.percent, 6)),
    }
