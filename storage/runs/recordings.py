"""The recordings that runs were read from, and where each response lies in them. What was asked stands in the files."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, insert, select

from storage.database.as_known import chunks, ids
from storage.database.connection import insert_rows
from storage.database.errors import RecordConflict
from storage.database.schema import recording, response, run
from storage.model import RecordedFile, ResponseRow, Run

_BATCH = 5000


def add_recording(connection: Connection, made_by: Run, name: str, digest: str | None) -> None:
    """Note a file that a run was read from, and its SHA-256 (hex), None if it is not known."""
    number = 1 + (connection.scalar(select(func.max(recording.c.id))) or 0)
    row = {"id": number, "known_seq": made_by.known_seq, "name": name, "digest": digest}
    connection.execute(insert(recording), row)


def keep_responses(
    connection: Connection, made_by: Run, rows: Sequence[ResponseRow], records: Collection[str]
) -> dict[str, int | None]:
    """Store where responses of a run lie, unless that is known; return the ids of those and of `records`, None for "".

    What an earlier run has stored stays that run's. Raises ValueError for a record that nobody stored, RecordConflict
    for one that is known with another content.
    """
    given: dict[str, ResponseRow] = {}
    for row in rows:
        other = given.setdefault(row.record, row)
        if other.digest != row.digest:
            raise _conflict(row, other.recording)
    wanted = (given.keys() | set(records)) - {""}
    known: dict[str, int | None] = {"": None}
    for chunk in chunks(wanted):
        found = select(response.c.record, response.c.id, response.c.digest, recording.c.name)
        found = found.join(recording, recording.c.id == response.c.recording_id)
        for record, number, digest, name in connection.execute(found.where(response.c.record.in_(chunk))):
            known[record] = number
            if record in given and given[record].digest != digest:
                raise _conflict(given[record], name)
    new = [row for record, row in given.items() if record not in known]
    if lost := wanted - known.keys() - given.keys():
        raise ValueError(f"rows refer to responses that were not stored: {', '.join(sorted(lost)[:3])}")
    if new:
        files = dict(
            connection.execute(
                select(recording.c.name, recording.c.id).where(recording.c.known_seq == made_by.known_seq)
            ).all()
        )
        first = 1 + (connection.scalar(select(func.max(response.c.id))) or 0)
        insert_rows(
            connection,
            response,
            [
                (
                    number,
                    files[row.recording],
                    UUID(row.record.strip("<>")).bytes,
                    row.status,
                    int(row.at.timestamp()),
                    row.offset,
                    row.length,
                    bytes.fromhex(row.digest),
                )
                for number, row in enumerate(new, first)
            ],
        )
        known |= {row.record: number for number, row in enumerate(new, first)}
    return known


def _conflict(row: ResponseRow, other: str) -> RecordConflict:
    return RecordConflict(f"{row.recording} and {other}: both have a record {row.record}, with different content")


def recordings(connection: Connection) -> list[RecordedFile]:
    """Return the files that runs were read from, by name, each once."""
    rows = connection.execute(
        select(recording.c.name, recording.c.id, recording.c.digest, func.count(response.c.id).label("responses"))
        .outerjoin(response, response.c.recording_id == recording.c.id)
        .group_by(recording.c.name, recording.c.id, recording.c.digest)
        .order_by(recording.c.name, recording.c.id)
    )
    found: dict[str, RecordedFile] = {}
    for row in rows:
        before = found.get(row.name, RecordedFile(row.name, (), (), 0))
        digests = dict.fromkeys([*before.digests, *([row.digest] if row.digest else [])])
        found[row.name] = RecordedFile(
            row.name, (*before.ids, row.id), tuple(digests), before.responses + row.responses
        )
    return list(found.values())


def last_used(connection: Connection) -> dict[str, datetime]:
    """Return by the name of a recording when the newest run was stored that was read from it."""
    query = select(recording.c.name, func.max(run.c.closed_at)).join(run, run.c.known_seq == recording.c.known_seq)
    return {name: at for name, at in connection.execute(query.group_by(recording.c.name))}  # noqa: C416


def names_of(connection: Connection, numbers: Collection[int]) -> set[str]:
    """Return the recordings that responses lie in."""
    joined = select(recording.c.name).join(response, response.c.recording_id == recording.c.id).distinct()
    return {
        name for chunk in chunks(numbers) for name in connection.scalars(joined.where(response.c.id.in_(ids(chunk))))
    }


def responses(connection: Connection, file: RecordedFile) -> Iterator[ResponseRow]:
    """Yield the responses in a file, in the order in which they lie there."""
    query = (
        select(response.c.record, response.c.status, response.c.at, response.c.offset)
        .add_columns(response.c.length, response.c.digest)
        .where(response.c.recording_id.in_(file.ids))
        .order_by(response.c.offset, response.c.id)
    )
    for row in connection.execute(query, execution_options={"yield_per": _BATCH}):
        yield ResponseRow(file.name, *row)
