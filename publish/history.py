"""The history of projects as text, CSV or JSON, an observation at a time; knows no ledger."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from types import MappingProxyType

from publish.escape import printable, spreadsheet
from publish.instants import utc
from publish.numbers import grouped, plain
from storage.model import HistoryRow

COLUMNS = ("project", "metric", "artifact", "source", "day", "value", "method", "run", "known_at")


def render(rows: Iterable[HistoryRow], fmt: str) -> Iterator[str]:
    """Write the rows in their order, in one of `FORMATS`; yields pieces that end with newlines, for `writelines`.

    CSV and JSON are written as the rows come and hold none of them. Raises `ValueError` for another format.
    """
    if fmt not in FORMATS:
        raise ValueError(f"there is no history format {fmt!r}: choose one of {', '.join(FORMATS)}")
    return FORMATS[fmt](rows)


def record(row: HistoryRow) -> dict[str, str | int | float]:
    """Give a row as plain values under `COLUMNS`: the day as YYYY-MM-DD, the time in UTC with a Z."""
    return {
        "project": row.project,
        "metric": row.metric,
        "artifact": row.artifact,
        "source": row.source,
        "day": row.day.isoformat(),
        "value": plain(row.value),
        "method": row.method,
        "run": row.run,
        "known_at": utc(row.known_at),
    }


def _csv(rows: Iterable[HistoryRow]) -> Iterator[str]:
    writer = csv.writer(_Echo(), lineterminator="\n")
    yield writer.writerow(COLUMNS)
    for row in rows:
        values = record(row).values()
        yield writer.writerow([spreadsheet(value) if isinstance(value, str) else value for value in values])


class _Echo:
    """A file that hands back what is written, so that the csv module can be used a line at a time."""

    def write(self, text: str) -> str:
        return text


def _json(rows: Iterable[HistoryRow]) -> Iterator[str]:
    before = "["
    for row in rows:
        yield f"{before}\n  {json.dumps(record(row))}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _text(rows: Iterable[HistoryRow]) -> Iterator[str]:
    table = [
        [printable(str(value)) for value in (record(row) | {"value": grouped(row.value)}).values()] for row in rows
    ]
    if not table:
        yield "No observations.\n"
        return
    align = ["right" if name in {"value", "run"} else "left" for name in COLUMNS]
    # Imported late: CSV and JSON need no layout.
    tabulate = import_module("tabulate").tabulate
    yield tabulate(table, headers=COLUMNS, colalign=align, disable_numparse=True) + "\n"


FORMATS: Mapping[str, Callable[[Iterable[HistoryRow]], Iterator[str]]] = MappingProxyType(
    {"text": _text, "csv": _csv, "json": _json}
)
"""How each format is written."""
