"""The history as Parquet, read back."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publish.history import parquet as history_parquet
from publish.history.every import COLUMNS as POINT_COLUMNS
from publish.history.observations import ALL_COLUMNS, COLUMNS
from storage.model import HistoryRow
from tests.publish.history.test_observations import NEWER, OLDER
from tests.publish.past import point


def read(pieces: Iterator[bytes]) -> pa.Table:
    return pq.read_table(io.BytesIO(b"".join(pieces)))


def test_every_observation_is_a_row_with_its_types() -> None:
    table = read(history_parquet.observations([OLDER, NEWER]))
    assert tuple(table.column_names) == COLUMNS
    assert table.schema.field("day").type == pa.date32()
    assert table.schema.field("known_at").type == pa.timestamp("us", tz="UTC")
    assert table.schema.field("value").type == pa.float64()
    assert table.schema.field("run").type == pa.int64()
    second = table.to_pylist()[1]
    assert (second["day"], second["value"], second["run"]) == (date(2026, 4, 27), 15_618.0, 3)
    assert second["known_at"] == datetime(2026, 4, 27, 5, 0, 12, tzinfo=UTC)


def test_with_what_does_not_count_each_row_says_how_it_stands() -> None:
    table = read(history_parquet.observations([OLDER, replace(NEWER, standing="rejected")], ALL_COLUMNS))
    assert table.column("standing").to_pylist() == ["counts", "rejected"]


def test_weeks_have_null_where_nothing_is_known() -> None:
    table = read(history_parquet.points([point(0, 5.0), point(1, None), replace(point(2, 6.0), change=1.0)]))
    assert tuple(table.column_names) == POINT_COLUMNS
    assert table.schema.field("as_of").type == pa.date32()
    assert table.column("value").to_pylist() == [5.0, None, 6.0]
    assert table.column("change").to_pylist() == [None, None, 1.0]
    assert table.column("day").to_pylist()[1] is None


def test_a_long_history_is_never_held_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_parquet, "_BATCH", 10)
    taken = 0

    def rows() -> Iterator[HistoryRow]:
        nonlocal taken
        for number in range(35):
            taken += 1
            yield replace(OLDER, value=float(number))

    pieces = history_parquet.observations(rows())
    first = next(pieces)
    assert taken == 10
    table = read(iter([first, *pieces]))
    assert table.column("value").to_pylist() == [float(number) for number in range(35)]


def test_no_observations_are_a_file_without_rows() -> None:
    table = read(history_parquet.observations([]))
    assert (table.num_rows, tuple(table.column_names)) == (0, COLUMNS)
