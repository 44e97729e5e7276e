"""Appends what a run learned, a checkpoint in one transaction; knows neither where it comes from nor who reads it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    Connection,
    bindparam,
    func,
    insert,
    select,
    update,
)

from storage.append.outcomes import Said, keep_outcomes
from storage.append.readings import Asked, Readings, gather
from storage.append.values import keep_values
from storage.database.as_known import ids
from storage.database.schema import artifact, series
from storage.identity.directory import keep, load
from storage.identity.resolve import IDENTITY, Resolved, Sighting, find_or_make, resolve
from storage.model import OutcomeRow, ResponseRow, Run, SeriesOutcome
from storage.runs.responses import keep_responses
from storage.runs.runs import require_open

if TYPE_CHECKING:
    import pandas as pd


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
    readings = gather(frame)
    told = [Asked(row.kind, row.name, row.metric, row.source, row.definition) for row in outcomes]
    resolved = _resolve(connection, run, readings, told)
    numbers = _series(connection, {asked: found.artifact for asked, found in resolved.items()})
    records = {value[-1] for read in readings.values() for value in read.values} | {row.response for row in outcomes}
    stored = keep_responses(connection, run.known_seq, responses, records)
    ours = {asked: read for asked, read in readings.items() if not resolved[asked].conflict}
    new = keep_values(connection, run.known_seq, ours, numbers, stored)
    found = [_outcome(asked, resolved[asked], new.get(asked, 0)) for asked in readings]
    found += [_told(row) for row in outcomes]
    sources = [read.response for read in readings.values()] + [row.response for row in outcomes]
    keep_outcomes(
        connection,
        run.known_seq,
        (
            Said(numbers[asked], one.state, one.cause, one.detail, stored[record])
            for asked, one, record in zip([*readings, *told], found, sources, strict=True)
        ),
    )
    return found


def _resolve(
    connection: Connection, run: Run, readings: Mapping[Asked, Readings], told: Iterable[Asked]
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
            directory, Sighting(asked.kind, asked.name, read.called, read.number, read.named or read.day), run.known_seq
        )
        for asked, read in readings.items()
    }
    for asked in told:
        if asked not in found:
            found[asked] = Resolved(find_or_make(directory, asked.kind, asked.name, run.day, run.known_seq))
    keep(connection, directory)
    told_birth = ((found[asked], read.born) for asked, read in readings.items())
    born = {one.artifact: day for one, day in told_birth if day is not None and not one.conflict}
    _keep_births(connection, born)
    return found


def _keep_births(connection: Connection, born: Mapping[int, date]) -> None:
    """Note the day on which each artifact came into being, the earliest that was ever said."""
    known = select(artifact.c.id, artifact.c.born).where(artifact.c.id.in_(ids(born)))
    later = {number for number, day in connection.execute(known) if day is None or born[number] < day} if born else ()
    if later:
        rows = [{"of": number, "day": born[number]} for number in later]
        connection.execute(update(artifact).where(artifact.c.id == bindparam("of")).values(born=bindparam("day")), rows)


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


def _outcome(asked: Asked, resolved: Resolved, new: int) -> SeriesOutcome:
    """Say what came of a series."""
    named = asked.kind, asked.name, asked.metric, asked.source
    if resolved.conflict:
        return SeriesOutcome(*named, "failed", IDENTITY, resolved.conflict)
    state = "recorded" if new else "unchanged"
    return SeriesOutcome(*named, state, new_rows=new, renamed_to=resolved.renamed_to)


def _told(row: OutcomeRow) -> SeriesOutcome:
    return SeriesOutcome(row.kind, row.name, row.metric, row.source, row.state, row.cause, row.detail)


def _free(connection: Connection, key: Column[int]) -> int:
    """Return the next free id; runs do not overlap, so nobody else takes it."""
    return 1 + (connection.scalar(select(func.max(key))) or 0)
