"""A history as a Parquet file, with a type a column; knows no ledger."""

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from itertools import islice
from typing import Any, Final

from publish.extras import load
from publish.history.every import COLUMNS as POINT_COLUMNS
from publish.history.every import record
from publish.history.observations import COLUMNS
from publish.history.points import Point
from storage.model import HistoryRow

_BATCH: Final = 50_000
"""Rows held at once, which become one row group."""
_TYPES: Final = {
    "as_of": "date32",
    "change": "float64",
    "day": "date32",
    "growth": "float64",
    "restated_from": "float64",
    "run": "int64",
    "value": "float64",
}
"""Names of Arrow's types; what is not here is text, or a time in UTC with microseconds."""


def observations(rows: Iterable[HistoryRow], columns: Sequence[str] = COLUMNS) -> Iterator[bytes]:
    """Write the rows in their order under some of `history.ALL_COLUMNS`; yields the file in pieces, for `writelines`.

    `day` is a date32, `known_at` a timestamp of microseconds in UTC. Raises ExtraMissing without the extra `parquet`.
    """
    known = (
        {name: getattr(row, name) for name in columns} | {"known_at": row.known_at.astimezone(UTC)} for row in rows
    )
    return _pieces(columns, known)


def points(of: Iterable[Point]) -> Iterator[bytes]:
    """Write the points in their order under `history_every.COLUMNS`; what is unknown is null. Raises as above."""
    return _pieces(POINT_COLUMNS, (record(point) for point in of))


def _pieces(columns: Sequence[str], records: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    arrow = load("pyarrow", purpose="Parquet", extra="parquet")
    parquet = load("pyarrow.parquet", purpose="Parquet", extra="parquet")
    schema = arrow.schema([(name, _type(arrow, name)) for name in columns])
    left, sink = iter(records), _Sink()
    with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        while batch := list(islice(left, _BATCH)):
            writer.write_table(arrow.Table.from_pylist(batch, schema=schema))
            yield sink.take()
    yield sink.take()


class _Sink(io.RawIOBase):
    """A file that hands out what has been written so far and forgets it."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, piece: Any) -> int:
        """Keep a piece until it is taken."""
        self._pieces.append(bytes(piece))
        self._written += len(self._pieces[-1])
        return len(self._pieces[-1])

    def tell(self) -> int:
        """Count what was ever written."""
        return self._written

    def take(self) -> bytes:
        """Give what is there."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _type(arrow: Any, name: str) -> Any:
    if name == "known_at":
        return arrow.timestamp("us", tz="UTC")
    return getattr(arrow, _TYPES.get(name, "string"))()
