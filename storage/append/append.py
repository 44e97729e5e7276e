"""Appends what a run learned: observations that are news, and an outcome for every series. One call a run."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection, bindparam, func, select, update

from storage.append.readings import Asked, Readings, gather
from storage.append.values import keep_values
from storage.database.as_known import ids
from storage.database.connection import insert_rows
from storage.database.schema import STATES, artifact, outcome, series
from storage.database.text import storable
from storage.identity.directory import keep, load
from storage.identity.resolve import IDENTITY, Resolved, Sighting, find_or_make, resolve
from storage.model import Piece, Run, SeriesOutcome
from storage.runs.recordings import keep_responses

_RANK = {"recorded": 2, "unchanged": 1}
"""A success is not undone by a failure of the same run; among failures the last one tells."""


def append(connection: Connection, run: Run, pieces: Iterable[Piece]) -> list[SeriesOutcome]:
    """Store what is new in the pieces, which may come one by one; return what was said of each series asked.

    Raises ValueError for a value that is no number, or a response that nobody stored.
    """
    rows: dict[int, tuple[SeriesOutcome, int | None]] = {}
    told: dict[Asked, SeriesOutcome] = {}
    for piece in pieces:
        for asked, number, said, response in _append_piece(connection, run, piece):
            told[asked] = _better(said, told.get(asked))
            if number not in rows or _beats(said.state, rows[number][0].state):
                rows[number] = said, response
    insert_rows(
        connection,
        outcome,
        [
            (number, run.known_seq, STATES[said.state], storable(said.cause), storable(said.detail), response)
            for number, (said, response) in rows.items()
        ],
    )
    return list(told.values())


_Told = tuple[Asked, int, SeriesOutcome, int | None]
"""A series as it was asked for, its number, what is said of it, and the number of the response that told."""


def _append_piece(connection: Connection, run: Run, piece: Piece) -> Iterator[_Told]:
    readings = gather(piece.frame)
    rest = [(Asked(row.kind, row.name, row.metric, row.source, row.definition), row) for row in piece.outcomes]
    resolved = _resolve(connection, run, readings, [asked for asked, _ in rest])
    numbers = _series(connection, {asked: found.artifact for asked, found in resolved.items()})
    records = {value[-1] for read in readings.values() for value in read.values} | {row.response for _, row in rest}
    stored = keep_responses(connection, run, piece.responses, records)
    ours = {asked: read for asked, read in readings.items() if not resolved[asked].conflict}
    new = keep_values(connection, run.known_seq, ours, numbers, stored)
    for asked, read in readings.items():
        found, count = resolved[asked], new.get(asked, 0)
        named = asked.kind, asked.name, asked.metric, asked.source
        if found.conflict:
            said = SeriesOutcome(*named, "failed", IDENTITY, found.conflict)
        else:
            state = "recorded" if count else "unchanged"
            said = SeriesOutcome(*named, state, new_rows=count, renamed_to=found.renamed_to)
        yield asked, numbers[asked], said, stored[read.response]
    for asked, row in rest:
        said = SeriesOutcome(row.kind, row.name, row.metric, row.source, row.state, row.cause, row.detail)
        yield asked, numbers[asked], said, stored[row.response]


def _beats(state: str, other: str) -> bool:
    return _RANK.get(state, 0) >= _RANK.get(other, 0)


def _better(said: SeriesOutcome, before: SeriesOutcome | None) -> SeriesOutcome:
    if before is None:
        return said
    best = said if _beats(said.state, before.state) else before
    return replace(best, new_rows=said.new_rows + before.new_rows, renamed_to=said.renamed_to or before.renamed_to)


def _resolve(
    connection: Connection, run: Run, readings: Mapping[Asked, Readings], told: Iterable[Asked]
) -> dict[Asked, Resolved]:
    """Find the artifact of each series, and store what was learned of names and numbers."""
    names: dict[str, set[str]] = defaultdict(set)
    for asked in told:
        names[asked.kind].add(asked.name)
    for asked, read in readings.items():
        names[asked.kind] |= {asked.name, read.called} - {""}
    directory = load(connection, names, numbers={read.number for read in readings.values()} - {""})
    directory.free = 1 + (connection.scalar(select(func.max(artifact.c.id))) or 0)
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
    born = {
        found[asked].artifact: read.born
        for asked, read in readings.items()
        if read.born is not None and not found[asked].conflict
    }
    _keep_births(connection, born)
    return found


def _keep_births(connection: Connection, born: Mapping[int, date]) -> None:
    """Note the day on which each artifact came into being, the earliest that was ever said."""
    if not born:
        return
    known = select(artifact.c.id, artifact.c.born).where(artifact.c.id.in_(ids(born)))
    later = [number for number, day in connection.execute(known) if day is None or born[number] < day]
    if later:
        rows = [{"of": number, "day": born[number]} for number in later]
        connection.execute(update(artifact).where(artifact.c.id == bindparam("of")).values(born=bindparam("day")), rows)


def _series(connection: Connection, artifacts: Mapping[Asked, int]) -> dict[Asked, int]:
    """Return the id of each series, making those that are new."""
    found = connection.execute(select(series).where(series.c.artifact_id.in_(ids(set(artifacts.values())))))
    known = {(row.artifact_id, row.metric, row.source, row.definition): row.id for row in found}
    keys = {asked: (owner, asked.metric, asked.source, asked.definition) for asked, owner in artifacts.items()}
    new = [key for key in dict.fromkeys(keys.values()) if key not in known]
    first = 1 + (connection.scalar(select(func.max(series.c.id))) or 0) if new else 0
    insert_rows(connection, series, [(number, *key) for number, key in enumerate(new, first)])
    known |= {key: number for number, key in enumerate(new, first)}
    return {asked: known[key] for asked, key in keys.items()}
