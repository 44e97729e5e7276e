"""The index of recorded responses: where each lies; knows nothing of what is in them."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select

from storage.database.as_known import chunks
from storage.database.schema import recording, response
from storage.model import ResponseRow, Run


def keep_responses(
    connection: Connection, known_seq: int, rows: Sequence[ResponseRow], records: Collection[str]
) -> dict[str, int | None]:
    """Store responses unless they are stored already; return the ids of those and of `records`, None for "".

    A replay meets the records that an earlier run has stored: they stay that run's. Raises ValueError for a record
    that nobody stored.
    """
    given = {row.record: row for row in rows}
    wanted = (given.keys() | set(records)) - {""}
    known: dict[str, int | None] = {"": None}
    for chunk in chunks(wanted):
        found = connection.execute(select(response.c.record, response.c.id).where(response.c.record.in_(chunk)))
        known |= dict(found.all())
    new = [row for record, row in given.items() if record not in known]
    if lost := wanted - known.keys() - given.keys():
        raise ValueError(f"rows refer to responses that were not stored: {', '.join(sorted(lost)[:3])}")
    if new:
        of = connection.scalar(select(recording.c.id).where(recording.c.known_seq == known_seq))
        if of is None:
            raise ValueError("a run without a recording has no responses")
        first = 1 + (connection.scalar(select(func.max(response.c.id))) or 0)
        connection.execute(insert(response), [_values(number, of, row) for number, row in enumerate(new, first)])
        known |= {row.record: number for number, row in enumerate(new, first)}
    return known


def recorded_length(connection: Connection, made_by: Run) -> int:
    """Return how many bytes of a run's recording the ledger refers to; what stands behind them is nobody's."""
    end = select(func.max(response.c.offset + response.c.length))
    end = end.join(recording, recording.c.id == response.c.recording_id)
    return int(connection.scalar(end.where(recording.c.known_seq == made_by.known_seq)) or 0)


def _values(number: int, of: int, row: ResponseRow) -> dict[str, Any]:
    return {
        "id": number,
        "recording_id": of,
        "record": row.record,
        "status": row.status,
        "at": row.at,
        "offset": row.offset,
        "length": row.length,
        "digest": row.digest,
    }
