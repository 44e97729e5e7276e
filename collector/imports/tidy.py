"""Reads what `tallybook history --format csv` writes: an observation a row, with when it was known."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from collector.imports.model import (
    DEFINITION,
    METHOD,
    BadCell,
    File,
    NotUnderstood,
    Options,
    Read,
    Value,
    nothing_of,
)
from collector.imports.sheet import cell, count, fitting, header, moment, name, number, places, rows
from collector.imports.table import read_table
from collector.model import Artifact
from collector.sources.reading import shown

_NEEDED = ("metric", "artifact", "source", "day", "value")
_MAY_BE = ("standing", "method", "run", "known_at")
_METHODS = frozenset({"observed", "derived", "reconstructed", METHOD})
_EXECUTED = tuple("=+-@＝＋－＠")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_RUN = re.compile(r"\d{1,15}", re.ASCII)
_NO_SCALE = "says nothing without its scale, which no column names; import what it came from"


def read(files: Sequence[File], options: Options) -> Iterator[Read]:
    """Yield what was read of each file: by the options' mapping if there is one, else as a history."""
    for file in files:
        try:
            yield read_table(file, options.table, options) if options.table else _read(file, options)
        except NotUnderstood as error:
            yield nothing_of(file, str(error))


def _read(file: File, options: Options) -> Read:
    lines, got = rows(file), Read(file)
    top = [_unguarded(column) for column in header(lines)]
    columns = (*_NEEDED, *(column for column in _MAY_BE if column in top))
    at = places(top, columns, "without --map or --artifact-column a CSV is what `history --format csv` writes")
    for line, row in lines:
        got.rows += 1
        try:
            found = fitting(row, len(top))
            got.values.append(_value({c: _unguarded(found[place]) for c, place in at.items()}, line, options))
        except BadCell as error:
            got.refuse(line, str(error))
    return got


def _value(cells: Mapping[str, str], line: int, options: Options) -> Value:
    """Read one line. Raises BadCell."""
    metric, source = cells["metric"], cells["source"]
    if (standing := cells.get("standing", "counts")) != "counts":
        raise BadCell(f"standing is {shown(standing)}: only what counts is taken")
    if metric not in options.metrics:
        raise BadCell(f"metric {shown(metric)} is none of {', '.join(options.metrics)}")
    counted = options.metrics[metric]
    kind, _, called = cells["artifact"].partition(":")
    if kind != counted.kind:
        raise BadCell(f"artifact {shown(cells['artifact'])} is not {counted.kind}:NAME, as {metric} is of")
    if not _SOURCE.fullmatch(source):
        raise BadCell(f"source {shown(source)} is not a name of small letters, digits and hyphens")
    artifact = Artifact(kind, cell("artifact", partial(name, kind), called))
    day, at = cell("day", moment, cells["day"])
    value = cell("value", partial(number if counted.relative else count, marks=options.marks), cells["value"])
    known = _known(cells, options.now)
    definition = options.definitions.get((source, metric), "" if counted.relative else DEFINITION)
    if not definition:
        if known is None or not known[1]:
            raise BadCell(f"metric {metric} {_NO_SCALE}")
        # One run brings the values of one scale.
        definition = (
            f"{source}, on the scale of run {known[1]} of another ledger, known at {known[0]:%Y-%m-%dT%H:%M:%SZ}"
        )
    method = cells.get("method", METHOD)
    return Value(
        artifact,
        metric,
        source,
        definition,
        day,
        value,
        line,
        at,
        known=known,
        method=method if method in _METHODS else METHOD,
    )


def _known(cells: Mapping[str, str], now: datetime) -> tuple[datetime, int] | None:
    """Read when a value was known, and in which run. Raises BadCell."""
    if not cells.get("known_at"):
        return None
    day, at = cell("known_at", moment, cells["known_at"])
    if at is None:
        raise BadCell(f"known_at {day} is a day, not a time such as 2026-04-27T05:00:12Z")
    if at > now:
        raise BadCell(f"known_at {shown(cells['known_at'])} is still to come")
    if (run := cells.get("run", "")) and not _RUN.fullmatch(run):
        raise BadCell(f"run {shown(run)} is not a number")
    return at.replace(microsecond=0), int(run or 0)


def _unguarded(text: str) -> str:
    """Undo the guard by which a spreadsheet shows text instead of executing it."""
    text = text.strip()
    return text[1:] if text[:1] == "'" and text[1:].startswith(_EXECUTED) else text
