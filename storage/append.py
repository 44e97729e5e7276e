"""Appends what a run learned, a checkpoint in one transaction; knows neither where it comes from nor who reads it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import isfinite
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Integer,
    bindparam,
    column,
    func,
    insert,
    select,
    table,
    update,
)

from storage.identity import Directory, folded, load
from storage.model import OutcomeRow, ResponseRow, Run, SeriesOutcome
from storage.outcomes import Said, keep_outcomes
from storage.resolve import Resolved, Sighting, find_or_make, resolve
from storage.responses import keep_responses
from storage.runs import require_open
from storage.schema import EPOCH, METHODS, artifact, identity, series
from storage.visible import ids

if TYPE_CHECKING:
    import pandas as pd

_OF_VALUE = ("kind", "name", "metric", "source", "definition", "day", "value", "method", "response")
COLUMNS = (*_OF_VALUE, "number", "called", "born")
"""The frame's columns: text but for `day`, a UTC date, `value`, a finite float, and `born`, a UTC date or None.

Where nothing is said, text is "".
"""


# The same table with bare numbers: tens of thousands of days need not be turned into dates and back.
_RAW = table(
    "observation",
    column("series_id", Integer),
    column("day", Integer),
    column("tick", BigInteger),
    column("value", Double),
    column("method", Integer),
    column("response_id", BigInteger),
)


_NOTHING: Final = (None, None)
_IMPORTED: Final = "imported"


class Asked(NamedTuple):
    """A series under the name by which its artifact was asked for."""

    kind: str
    name: str
    metric: str
    source: str
    definition: str


@dataclass(slots=True)
class Readings:
    """What the frame says of one series: values as (day number, value, method, record id), and of its identity."""

    day: date = date.min
    response: str = ""
    number: str = ""
    called: str = ""
    born: date | None = None
    named: date | None = None
    """The first day of the name that it was called by, where the values come from files of many days."""
    values: list[tuple[int, float, str, str]] = field(default_factory=list)


def append(
    connection: Connection,
    run: Run,
    frame: "pd.DataFrame | None",
    responses: Sequence[ResponseRow],
    outcomes: Sequence[OutcomeRow],
) -> list[SeriesOutcome]:
    """Store what is new; return one outcome for each series of the frame, then one for each of `outcomes`.

    Raises RunNotOpen, and ValueError for a value that is no number or a response that nobody stored.
    """
    require_open(connection, run.id)
    readings = _readings(frame)
    told = [Asked(row.kind, row.name, row.metric, row.source, row.definition) for row in outcomes]
    resolved = _resolve(connection, run.tick, readings, told)
    numbers = _series(connection, {asked: found.artifact for asked, found in resolved.items()})
    apart = _series(connection, {asked: found.other for asked, found in resolved.items() if found.other is not None})
    records = {value[-1] for read in readings.values() for value in read.values} | {row.response for row in outcomes}
    stored = keep_responses(connection, run.tick, responses, records)
    new = _keep_values(connection, run.tick, readings, numbers | apart, stored)
    found = [_outcome(asked, resolved[asked], new.get(asked, 0)) for asked in readings]
    found += [_told(row) for row in outcomes]
    sources = [read.response for read in readings.values()] + [row.response for row in outcomes]
    keep_outcomes(
        connection,
        run.tick,
        (
            Said(numbers[asked], one.state, one.cause, one.detail, stored[record])
            for asked, one, record in zip([*readings, *told], found, sources, strict=True)
        ),
    )
    kept_apart = (
        Said(number, _state(new[asked]), "", "", stored[readings[asked].response]) for asked, number in apart.items()
    )
    keep_outcomes(connection, run.tick, kept_apart)
    return found


def _readings(frame: "pd.DataFrame | None") -> dict[Asked, Readings]:
    """Gather the frame's rows by series."""
    gathered: dict[Asked, Readings] = {}
    if frame is None:
        return gathered
    *asked, days, values, methods, records, numbers, names, births = (frame[name].tolist() for name in COLUMNS)
    _check(frame, values, methods)
    dates = {day: day.date() if isinstance(day, datetime) else day for day in set(days)}
    counted = {day: (on - EPOCH).days for day, on in dates.items()}
    rows = zip(zip(*asked, strict=True), days, values, methods, records, numbers, names, births, strict=True)
    for series_, day, value, method, record, number, called, born in rows:
        read = gathered.get(series_)
        if read is None:
            read = gathered[Asked._make(series_)] = Readings()
        if dates[day] >= read.day:
            read.day, read.response = dates[day], record
        if called and method == _IMPORTED:
            read.named = dates[day] if read.named is None or called != read.called else min(read.named, dates[day])
        if number or called:
            read.number, read.called = number or read.number, called or read.called
        if isinstance(born, date):
            read.born = born
        read.values.append((counted[day], value, method, record))
    return gathered


def _check(frame: "pd.DataFrame", values: Sequence[float], methods: Sequence[str]) -> None:
    """Raise ValueError for the first row that is no observation."""
    if all(map(isfinite, values)) and set(methods) <= METHODS.keys():
        return
    for place, (value, method) in enumerate(zip(values, methods, strict=True)):
        if not isfinite(value) or method not in METHODS:
            row = frame.iloc[place]
            asked = Asked(*(row[name] for name in Asked._fields))
            raise ValueError(f"{asked} has the value {value!r} ({method}) on {row['day']}: not an observation")


def _resolve(
    connection: Connection, tick: int, readings: Mapping[Asked, Readings], told: Iterable[Asked]
) -> dict[Asked, Resolved]:
    """Find the artifact of each series and store what was learned of names and numbers."""
    names: dict[str, set[str]] = defaultdict(set)
    for asked in told:
        names[asked.kind].add(asked.name)
    for asked, read in readings.items():
        names[asked.kind] |= {asked.name, read.called} - {""}
    directory = load(connection, names, numbers={read.number for read in readings.values()} - {""})
    directory.free = _free(connection, artifact.c.id)
    found = {
        asked: resolve(
            directory, Sighting(asked.kind, asked.name, read.called, read.number, read.named or read.day), tick
        )
        for asked, read in readings.items()
    }
    for asked in told:
        if asked not in found:
            found[asked] = Resolved(find_or_make(directory, asked.kind, asked.name))
    _keep_identities(connection, directory)
    _keep_births(connection, {found[asked].artifact: read.born for asked, read in readings.items() if read.born})
    return found


def _keep_births(connection: Connection, born: Mapping[int, date]) -> None:
    """Note the day on which each artifact came into being, the earliest that was ever said."""
    known = select(artifact.c.id, artifact.c.born).where(artifact.c.id.in_(ids(born)))
    later = {number for number, day in connection.execute(known) if day is None or born[number] < day} if born else ()
    if later:
        rows = [{"of": number, "day": born[number]} for number in later]
        connection.execute(update(artifact).where(artifact.c.id == bindparam("of")).values(born=bindparam("day")), rows)


def _keep_identities(connection: Connection, directory: Directory) -> None:
    named = [(number, *directory.names[number]) for number in directory.made]
    made = [{"id": number, "kind": kind, "name": name, "folded": folded(kind, name)} for number, kind, name in named]
    learned = [
        {
            "artifact_id": row.artifact,
            "tick": row.tick,
            "name": row.name,
            "folded": folded(directory.names[row.artifact][0], row.name),
            "number": row.number,
            "day": row.day,
        }
        for row in directory.learned
    ]
    if made:
        connection.execute(insert(artifact), made)
    if learned:
        connection.execute(insert(identity), learned)


def _series(connection: Connection, artifacts: Mapping[Asked, int]) -> dict[Asked, int]:
    """Return the id of each series, making those that are new."""
    rows = connection.execute(select(series).where(series.c.artifact_id.in_(ids(set(artifacts.values())))))
    known = {(row.artifact_id, row.metric, row.source, row.definition): row.id for row in rows}
    keys = {asked: (owner, asked.metric, asked.source, asked.definition) for asked, owner in artifacts.items()}
    new = [key for key in dict.fromkeys(keys.values()) if key not in known]
    if new:
        names = ("artifact_id", "metric", "source", "definition")
        first = _free(connection, series.c.id)
        made = [{"id": number, **dict(zip(names, key, strict=True))} for number, key in enumerate(new, first)]
        connection.execute(insert(series), made)
        known |= {key: number for number, key in enumerate(new, first)}
    return {asked: known[key] for asked, key in keys.items()}


def _keep_values(
    connection: Connection,
    tick: int,
    readings: Mapping[Asked, Readings],
    numbers: Mapping[Asked, int],
    responses: Mapping[str, int | None],
) -> dict[Asked, int]:
    """Store the values that differ from what was known; return how many there are of each series.

    Within a run the first news of a day stands, for more could not be told from it by the second clock.
    """
    newest = _newest(connection, tick, readings, numbers)
    rows: list[tuple[int, int, int, float, int, int | None]] = []
    counts: dict[Asked, int] = {}
    for asked, read in readings.items():
        number, before = numbers[asked], len(rows)
        known = newest[number]
        for day, value, method, record in read.values:
            at, last = known.get(day, _NOTHING)
            if at != tick and last != value:
                known[day] = (tick, value)
                rows.append((number, day, tick, value, METHODS[method], responses[record]))
        counts[asked] = len(rows) - before
    if rows:
        # As the driver takes them: tens of thousands of rows need not be made into mappings and back.
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        columns = ", ".join(_RAW.c.keys())
        marks = ", ".join([mark] * len(_RAW.c))
        connection.exec_driver_sql(f"INSERT INTO {_RAW.name} ({columns}) VALUES ({marks})", rows)  # noqa: S608
    return counts


def _newest(
    connection: Connection, tick: int, readings: Mapping[Asked, Readings], numbers: Mapping[Asked, int]
) -> dict[int, dict[int, tuple[int, float]]]:
    """Return the newest tick and value known for each day that occurs, by series."""
    newest: dict[int, dict[int, tuple[int, float]]] = defaultdict(dict)
    days = {value[0] for read in readings.values() for value in read.values}
    if not days:
        return newest
    columns = _RAW.c.series_id, _RAW.c.day, _RAW.c.tick, _RAW.c.value
    rows = connection.execute(
        select(*columns)
        .where(_RAW.c.series_id.in_(ids({numbers[asked] for asked in readings})))
        .where(_RAW.c.day.between(min(days), max(days)), _RAW.c.tick <= tick)
        .order_by(_RAW.c.series_id, _RAW.c.day, _RAW.c.tick)
    )
    for number, day, at, value in rows:
        newest[number][day] = (at, value)
    return newest


def _outcome(asked: Asked, resolved: Resolved, new: int) -> SeriesOutcome:
    named = asked.kind, asked.name, asked.metric, asked.source
    if resolved.conflict:
        return SeriesOutcome(*named, "failed", "identity", resolved.conflict)
    return SeriesOutcome(*named, _state(new), new_rows=new, renamed_to=resolved.renamed_to)


def _state(new: int) -> str:
    return "recorded" if new else "unchanged"


def _told(row: OutcomeRow) -> SeriesOutcome:
    return SeriesOutcome(row.kind, row.name, row.metric, row.source, row.state, row.cause, row.detail)


def _free(connection: Connection, key: Column[int]) -> int:
    """Return the next free id; runs do not overlap, so nobody else takes it."""
    return 1 + (connection.scalar(select(func.max(key))) or 0)
