"""The same questions asked of DuckDB and pandas, over Parquet; runs in an environment of its own, prints JSON."""

import json
import sys
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from benchmarks.questions import Question, questions
from benchmarks.timing import timed
from benchmarks.world import World

PANDAS_LIMIT: Final = 12_000_000
"""Observations up to which pandas is asked, which needs all of them in memory several times over."""

# The newest run's row of the newest day: day and known_seq as one number, for an ASOF JOIN compares by one column.
AT: Final = "day * 4294967296 + known_seq"
# What is wanted is a table made beforehand: of a subquery DuckDB thinks that it has one row, and loops.
WANTED: Final = """
CREATE OR REPLACE TABLE wanted AS
SELECT range AS series, ({day} + 1) * 4294967296 - 1 AS at FROM range(1, {series} + 1)
"""
AS_OF: Final = """
SELECT wanted.series, known.day, known.value
FROM wanted
ASOF JOIN (SELECT *, {at} AS at FROM read_parquet('{file}') WHERE known_seq <= {known_seq}) AS known
ON wanted.series = known.series AND wanted.at >= known.at
"""


def write(world: World, file: Path) -> None:
    """Write a world as Parquet, in the order of series, day and known_seq, which is best for both peers."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = ("series", "day", "known_seq", "value", "method", "response")
    weekly, writer = file.with_suffix(".weekly"), None
    for week in world:
        known_seq = [week.known_seq] * len(week.series)
        table = pa.table(dict(zip(names, (week.series, week.day, known_seq, *week[4:7]), strict=True)))
        writer = writer or pq.ParquetWriter(weekly, table.schema)
        writer.write_table(table)
    if writer is None:
        raise ValueError("there are no weeks")
    writer.close()
    duckdb.sql(
        f"COPY (SELECT * FROM read_parquet('{weekly}') ORDER BY series, day, known_seq) TO '{file}' (FORMAT parquet)"
    )
    weekly.unlink()


def duckdb_times(world: World, file: Path, runs: int) -> Iterator[tuple[str, str, float]]:
    """Time DuckDB's ASOF JOIN, and one series' history."""
    import duckdb

    def run(sql: str) -> float:
        return timed(lambda: duckdb.execute(sql).fetchall(), runs).wall

    for one in questions(world):
        duckdb.sql(WANTED.format(**one._asdict()))
        yield one.name, "DuckDB", run(AS_OF.format(at=AT, file=file, **one._asdict()))
    read = f"SELECT day, known_seq, value FROM read_parquet('{file}')"
    history = f"{read} WHERE series = {world.series // 2} ORDER BY day, known_seq"
    yield "history of one series", "DuckDB", run(history)


def pandas_times(world: World, file: Path, runs: int) -> Iterator[tuple[str, str, float]]:
    """Time pandas' merge_asof with everything in memory and sorted beforehand."""
    import pandas as pd

    yield "reading all of it", "pandas", timed(lambda: pd.read_parquet(file), runs).wall
    known = pd.read_parquet(file)
    known["at"] = known.day * 2**32 + known.known_seq
    by_time = known.sort_values("at", ignore_index=True)

    def as_of(one: Question) -> Any:
        wanted = pd.DataFrame({"series": range(1, one.series + 1), "at": (one.day + 1) * 2**32 - 1})
        seen = by_time[by_time.known_seq <= one.known_seq]
        return pd.merge_asof(wanted, seen, on="at", by="series")

    for one in questions(world):
        yield one.name, "pandas", timed(partial(as_of, one), runs).wall
    series = world.series // 2
    yield "history of one series", "pandas", timed(lambda: known[known.series == series], runs).wall


def main(projects: int, weeks: int, runs: int, file: Path) -> None:
    """Print versions, the file's size and all times."""
    world = World(projects, weeks)
    write(world, file)
    times = list(duckdb_times(world, file, runs))
    if world.series * weeks <= PANDAS_LIMIT:
        times += pandas_times(world, file, runs)
    versions = {name: version(name) for name in ("duckdb", "pandas", "pyarrow")}
    print(json.dumps({"versions": versions, "bytes": file.stat().st_size, "times": times}))  # noqa: T201


if __name__ == "__main__":
    projects, weeks, runs = (int(text) for text in sys.argv[1:4])
    main(projects, weeks, runs, Path(sys.argv[4]))
