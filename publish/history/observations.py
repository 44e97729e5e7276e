"""The history of projects as text, CSV or JSON, an observation at a time; knows no ledger."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType

from publish.table.escape import printable, spreadsheet
from publish.table.numbers import grouped, plain, utc
from storage.model import HistoryRow

COLUMNS = ("project", "metric", "artifact", "source", "day", "value", "method", "run", "known_at")
ALL_COLUMNS = (*COLUMNS, "standing")
"""The columns where values that do not count are among the others."""


def render(rows: Iterable[HistoryRow], fmt: str, columns: Sequence[str] = COLUMNS) -> Iterator[str]:
    """Write the rows in their order, in one of `FORMATS`; yields pieces that end with newlines, for `writelines`.

    CSV and JSON are written as the rows come and hold none of them. Raises `ValueError` for another format.
    """
    if fmt not in FORMATS:
        raise ValueError(f"there is no history format {fmt!r}: choose one of {', '.join(FORMATS)}")
    return FORMATS[fmt](rows, columns)


def record(row: HistoryRow, columns: Sequence[str] = COLUMNS) -> dict[str, str | int | float]:
    """Give a row as plain values under some of `ALL_COLUMNS`: the day as YYYY-MM-DD, the time in UTC with a Z."""
    known: dict[str, str | int | float] = {
        "project": row.project,
        "metric": row.metric,
        "artifact": row.artifact,
        "source": row.source,
        "day": row.day.isoformat(),
        "value": plain(row.value),
        "method": row.method,
        "run": row.run,
        "known_at": utc(row.known_at),
        "standing": row.standing,
    }
    return {name: known[name] for name in columns}


def _csv(rows: Iterable[HistoryRow], columns: Sequence[str]) -> Iterator[str]:
    writer = csv.writer(_Echo(), lineterminator="\n")
    yield writer.writerow(columns)
    for row in rows:
        values = record(row, columns).values()
        yield writer.writerow([spreadsheet(value) if isinstance(value, str) else value for value in values])


class _Echo:
    """A file that hands back what is written, so that the csv module can be used a line at a time."""

    def write(self, text: str) -> str:
        return text


def _json(rows: Iterable[HistoryRow], columns: Sequence[str]) -> Iterator[str]:
    before = "["
    for row in rows:
        yield f"{before}\n  {json.dumps(record(row, columns))}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _text(rows: Iterable[HistoryRow], columns: Sequence[str]) -> Iterator[str]:
    table = [
        [printable(str(value)) for value in (record(row, columns) | {"value": grouped(row.value)}).values()]
        for row in rows
    ]
    if not table:
        yield "No observations.\n"
        return
    align = ["right" if name in {"value", "run"} else "left" for name in columns]
    # Imported late: CSV and JSON need no layout.
    tabulate = import_module("tabulate").tabulate
    yield tabulate(table, headers=columns, colalign=align, disable_numparse=True) + "\n"


FORMATS: Mapping[str, Callable[[Iterable[HistoryRow], Sequence[str]], Iterator[str]]] = MappingProxyType(
    {"text": _text, "csv": _csv, "json": _json}
)
"""How each format is written."""
