"""Reads tables that other tools or other ledgers wrote: tidy ones as `history` writes them, and wide ones."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeVar

from collector.imports.model import Batch, File, Options, Wide
from collector.imports.rows import Rows, Value, refusal
from collector.imports.sheet import BadCell, NotUnderstood, day, header, name, number, rows
from collector.model import Artifact
from collector.sources.protocol import shown

SOURCE = "csv"
"""The source of what a wide table says; a tidy one names its sources itself."""
DEFINITION = "imported"
"""What is said of numbers of which nobody says what they are."""
_NEEDED = ("metric", "artifact", "source", "day", "value")
_STANDING = "standing"
"""A column that a history with all values has: whether a value counts in the ledger that it is of."""
_EXECUTED = tuple("=+-@＝＋－＠")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_MOST_SHOWN = 12

Read = TypeVar("Read")


def read(files: Sequence[File], options: Options) -> Iterator[Batch]:
    """Yield the batch of each file: read as wide if a mapping is given, else as tidy."""
    for file in files:
        try:
            yield _wide(file, options.wide) if options.wide else _tidy(file, options)
        except NotUnderstood as error:
            yield refusal(file, str(error))


def _tidy(file: File, options: Options) -> Batch:
    lines, gathered = rows(file), Rows(file, last_counts=True)
    top = header(lines)
    needed = (*_NEEDED, *(_STANDING for cell in top if _unguarded(cell) == _STANDING))
    places = _places(top, needed, "a tidy table has the columns that `history --format csv` writes")
    for line, row in _whole(lines, top, gathered):
        cells = {column: _unguarded(row[place]) for column, place in places.items()}
        try:
            gathered.add(_value(cells, line, options))
        except BadCell as error:
            gathered.refuse(line, str(error))
    return _last_of_each_day(gathered)


def _wide(file: File, wide: Wide) -> Batch:
    lines, gathered = rows(file), Rows(file, last_counts=True)
    top = header(lines)
    places = _places(top, (wide.date_column, *wide.columns), "the mapping names columns of the table")
    for line, row in _whole(lines, top, gathered):
        try:
            on = _cell(wide.date_column, day, row[places[wide.date_column]])
        except BadCell as error:
            gathered.refuse(line, str(error))
            continue
        for column, artifact in wide.columns.items():
            try:
                if row[places[column]].strip():
                    value = _cell(column, number, row[places[column]])
                    gathered.add(Value(artifact, wide.metric, SOURCE, wide.definition, on, value, line))
            except BadCell as error:
                gathered.refuse(line, str(error))
    return _last_of_each_day(gathered)


def _whole(
    lines: Iterator[tuple[int, list[str]]], top: Sequence[str], gathered: Rows
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are as long as the header; count all, and refuse the others."""
    for line, row in lines:
        gathered.read += 1
        if len(row) == len(top):
            yield line, row
        else:
            gathered.refuse(line, f"has {len(row)} cells where the header has {len(top)}")


def _places(top: Sequence[str], wanted: Sequence[str], rule: str) -> dict[str, int]:
    """Find columns by their names as written. Raises NotUnderstood if one is not there, or there twice."""
    named = [_unguarded(cell) for cell in top]
    if lost := [column for column in wanted if named.count(column) != 1]:
        there = ", ".join(shown(column) for column in named[:_MOST_SHOWN])
        raise NotUnderstood(f"does not have the column {', '.join(map(shown, lost))} once: {rule}; it has {there}")
    return {column: named.index(column) for column in wanted}


def _value(cells: Mapping[str, str], line: int, options: Options) -> Value:
    """Read one line of a tidy table. Raises BadCell."""
    metric, source = cells["metric"], cells["source"]
    if (standing := cells.get(_STANDING, "counts").strip()) != "counts":
        raise BadCell(f"{_STANDING} is {shown(standing)}: only what counts is taken")
    kind, _, called = cells["artifact"].partition(":")
    if metric not in options.metrics:
        raise BadCell(f"metric {shown(metric)} is none of {', '.join(options.metrics)}")
    if metric in options.relative:
        raise BadCell(
            f"metric {metric} says nothing without its scale, which no column names; import what it came from"
        )
    if kind != options.metrics[metric]:
        raise BadCell(f"artifact {shown(cells['artifact'])} is not {options.metrics[metric]}:NAME, as {metric} is of")
    if not _SOURCE.fullmatch(source):
        raise BadCell(f"source {shown(source)} is not a name of small letters, digits and hyphens")
    artifact = Artifact(kind, _cell("artifact", partial(name, kind), called))
    on, value = _cell("day", day, cells["day"]), _cell("value", number, cells["value"])
    return Value(artifact, metric, source, options.definitions.get((source, metric), DEFINITION), on, value, line)


def _cell(column: str, reader: Callable[[str], Read], text: str) -> Read:
    """Read a cell, and name its column if it is not what it should be."""
    try:
        return reader(text.strip())
    except BadCell as error:
        raise BadCell(f"{column} {error}") from error


def _unguarded(cell: str) -> str:
    """Undo the guard by which a spreadsheet shows text instead of executing it."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(_EXECUTED) else text


def _last_of_each_day(gathered: Rows) -> Batch:
    if gathered.replaced:
        gathered.odd.append(
            f"{gathered.file.name}: {gathered.replaced} values are followed by another of the same day; the last counts"
        )
    return gathered.batch()
