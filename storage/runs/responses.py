"""The index of recorded responses: where each lies; knows nothing of what is in them."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select

from storage.database.as_known import chunks
from storage.database.schema import response
from storage.database.text import storable
from storage.model import ResponseRow, Run


def keep_responses(
    connection: Connection, tick: int, rows: Sequence[ResponseRow], records: Collection[str]
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
        first = 1 + (connection.scalar(select(func.max(response.c.id))) or 0)
        connection.execute(insert(response), [_values(number, tick, row) for number, row in enumerate(new, first)])
        known |= {row.record: number for number, row in enumerate(new, first)}
    return known


def recorded_length(connection: Connection, made_by: Run) -> int:
    """Return how many bytes of a run's recording the ledger refers to; what stands behind them is nobody's."""
    end = func.max(response.c.offset + response.c.length)
    return int(connection.scalar(select(end).where(response.c.tick == made_by.tick)) or 0)


def _values(number: int, tick: int, row: ResponseRow) -> dict[str, Any]:
    return {
        "id": number,
        "tick": tick,
        "record": row.record,
        "url": storable(row.url),
        "status": row.status,
        "at": row.at,
        "offset": row.offset,
        "length": row.length,
        "digest": row.digest,
    }
