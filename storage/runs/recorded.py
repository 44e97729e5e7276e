"""The recordings that the ledger refers to, and what should lie in each; opens none of them."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Row, func, select

from storage.database.as_known import ids
from storage.database.schema import recording, response, run
from storage.model import RecordedFile, Run
from storage.runs.runs import RUN, of_row

_BATCH = 5000


def runs_by_number(connection: Connection, numbers: Collection[int]) -> dict[int, Run]:
    """Return closed runs by their numbers, those that are there."""
    rows = connection.execute(RUN.where(run.c.id.in_(ids(numbers)), run.c.state != "open")) if numbers else ()
    return {row.id: of_row(row) for row in rows}


def recordings(connection: Connection) -> list[RecordedFile]:
    """Return the files that closed runs were recorded in, by name; several runs may have read the same."""
    end = func.max(response.c.offset + response.c.length)
    rows = connection.execute(
        select(recording.c.name, recording.c.known_seq, recording.c.digest, func.count(response.c.id).label("records"))
        .add_columns(func.coalesce(end, 0).label("end"))
        .join(run, run.c.known_seq == recording.c.known_seq)
        .outerjoin(response, response.c.recording_id == recording.c.id)
        .where(run.c.state != "open")
        .group_by(recording.c.name, recording.c.known_seq, recording.c.digest)
    )
    grouped: dict[str, list[Row[Any]]] = {}
    for row in rows:
        grouped.setdefault(row.name, []).append(row)
    return [_file(name, of_file) for name, of_file in sorted(grouped.items())]


def records(connection: Connection, file: RecordedFile) -> Iterator[tuple[str, int, int, str]]:
    """Yield record id, offset, length and sha256 of the responses in a file, in the order in which they lie."""
    query = (
        select(response.c.record, response.c.offset, response.c.length, response.c.digest)
        .join(recording, recording.c.id == response.c.recording_id)
        .where(recording.c.name == file.name, recording.c.known_seq.in_(ids(file.known_seqs)))
        .order_by(response.c.offset, response.c.id)
    )
    for row in connection.execution_options(yield_per=_BATCH).execute(query):
        yield row.record, row.offset, row.length, row.digest


def _file(name: str, rows: list[Row[Any]]) -> RecordedFile:
    digests = tuple(sorted({row.digest for row in rows if row.digest}))
    return RecordedFile(
        name,
        tuple(sorted(row.known_seq for row in rows)),
        digests,
        sum(row.records for row in rows),
        max(row.end for row in rows),
    )
