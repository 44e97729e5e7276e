"""Loads rows into SQLite with dlt's defaults; runs in an environment of its own, prints JSON."""

import json
import sys
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Final

from benchmarks.timing import timed

COLUMNS: Final = ("series_id", "day", "known_seq", "value", "method", "response_id")


def main(rows: Path, place: Path, runs: int) -> None:
    """Print the median time of loading all rows into a fresh file."""
    import dlt

    given = [dict(zip(COLUMNS, row, strict=True)) for row in json.loads(rows.read_text(encoding="utf-8"))]
    numbers = count(1)

    def load() -> None:
        name = f"load_{next(numbers)}"
        pipeline = dlt.pipeline(
            pipeline_name=name,
            pipelines_dir=str(place / "dlt"),
            destination=dlt.destinations.sqlalchemy(f"sqlite:///{place / name}.db"),
            dataset_name="main",
        )
        pipeline.run(given, table_name="observation").raise_on_failed_jobs()

    print(json.dumps({"took": timed(load, runs), "version": version("dlt")}))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
