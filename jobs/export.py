"""A ledger as files for other tools: observations by metric and year, what they are of, and a data dictionary."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import pandas as pd

from jobs.metrics import METRICS
from jobs.settings import Settings
from publish.extras import load
from storage.database.errors import LedgerError
from storage.database.schema import METHODS
from storage.ledger import Connection, read_ledger
from storage.query.whole.rows import all_observations, all_series
from storage.runs.catalogs import projects
from storage.runs.runs import known, runs

Format = Literal["parquet", "csv"]
Progress = Callable[[str, int, int | None], None]
"""Called with a metric, how many of its observations are written, and None, for how many there are is not counted."""

DICTIONARY: Final = "datapackage.json"
_NAME: Final = "tallybook"
_MOST_RUNS: Final = 2**31 - 1


class Column(NamedTuple):
    """A column as the data dictionary tells it; `type` is Frictionless's word."""

    name: str
    type: str
    description: str


OBSERVATIONS: Final = (
    Column("series", "integer", "Which series it belongs to: a row of series."),
    Column("kind", "string", "The kind of artifact, such as github or pypi."),
    Column("artifact", "string", "The artifact by its newest name."),
    Column("source", "string", "Who measured it."),
    Column("day", "date", "The UTC day that the value is about."),
    Column("value", "number", "The value, in the metric's unit."),
    Column("method", "string", "How it is known: observed, derived, reconstructed or imported."),
    Column("run", "integer", "The run in which it became known: a row of runs."),
    Column(
        "known_at", "datetime", "Since when it is known, UTC. Of a day told twice, the newest that counts is valid."
    ),
    Column("counts", "boolean", "False for a value that is held for review or was rejected."),
)
_METRIC: Final = Column("metric", "string", "What is counted: a row of metrics.")
_TABLES: Final = {
    "series": (
        Column("series", "integer", "The number of the series: one metric of one artifact, source and definition."),
        OBSERVATIONS[1],
        OBSERVATIONS[2],
        _METRIC,
        OBSERVATIONS[3],
        Column("definition", "string", "What exactly the source counts."),
    ),
    "metrics": (
        Column("metric", "string", "The key of the metric."),
        Column("label", "string", "What people call it."),
        Column("unit", "string", "The unit of its values."),
        Column("type", "string", "gauge, counter, window or index."),
        Column("combine", "string", "sum where a project's artifacts may be added; empty where they must not be."),
    ),
    "projects": (
        Column("project", "string", "The project's id in the newest catalog."),
        Column("name", "string", "The project's name."),
        OBSERVATIONS[1],
        Column("member", "string", "A name or pattern (ns/*) of an artifact that belongs to it."),
    ),
    "runs": (
        Column("run", "integer", "The number of the run."),
        Column("kind", "string", "refresh, backfill, import or review."),
        Column("day", "date", "The UTC day of the run."),
        Column("started_at", "datetime", "When its collection began, UTC."),
        Column("closed_at", "datetime", "When it was stored, UTC."),
        Column("known_at", "datetime", "Since when it is known, UTC: earlier, for what was public then."),
        Column("state", "string", "done, partial or failed."),
        Column("version", "string", "The version of tallybook that made it."),
        Column("note", "string", "What is to be said of it."),
    ),
}
_KEYS: Final = {"series": ["series"], "metrics": ["metric"], "runs": ["run"]}


def export(settings: Settings, folder: Path, form: Format, progress: Progress) -> dict[str, int]:
    """Write the whole ledger, as it is at one moment, into a folder; return how many observations of each metric.

    The folder is there whole or not at all; an earlier export is replaced, anything else in its place is not. Raises
    ExtraMissing for Parquet without its library, NothingKnown, LedgerError and its kinds, OSError.
    """
    if folder.exists() and any(folder.iterdir()) and not _is_export(folder):
        raise LedgerError(f"{folder}: is not empty, and holds no export: give another folder")
    write = _Files(folder.with_name(f".{folder.name}.{os.getpid()}.part"), form)
    shutil.rmtree(write.folder, ignore_errors=True)
    try:
        with read_ledger(settings.db) as connection:
            now = known(connection)
            numbers = {run.known_seq: (run.id, run.known_at) for run in runs(connection, _MOST_RUNS)}
            series = pd.DataFrame(all_series(connection), columns=[column.name for column in _TABLES["series"]])
            write.table("series", series)
            write.table("metrics", _metrics(series))
            write.table("projects", _projects(connection))
            write.table("runs", _runs(connection))
            written = {
                metric: _observations(connection, metric, series, numbers, write, progress)
                for metric in sorted(set(series["metric"]))
            }
        write.dictionary(now.run, now.at, settings.clock())
        if folder.exists():
            shutil.rmtree(folder)
        write.folder.replace(folder)
    finally:
        shutil.rmtree(write.folder, ignore_errors=True)
    return written


def _is_export(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / DICTIONARY).read_bytes())["name"] == _NAME)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _metrics(series: pd.DataFrame) -> pd.DataFrame:
    """Give a row a metric that the ledger has; one that this version does not know has its key only."""
    rows = []
    for key in sorted(set(series["metric"])):
        one = METRICS.get(key)
        rows.append([key, one.label, one.unit, one.type, one.combine or ""] if one else [key, "", "", "", ""])
    return pd.DataFrame(rows, columns=[column.name for column in _TABLES["metrics"]])


def _projects(connection: Connection) -> pd.DataFrame:
    entries = projects(connection, known(connection), None)
    rows = [(entry.id, entry.name, kind, name) for entry in entries for kind, name in entry.members]
    return pd.DataFrame(rows, columns=[column.name for column in _TABLES["projects"]])


def _runs(connection: Connection) -> pd.DataFrame:
    names = [column.name for column in _TABLES["runs"]]
    found = reversed(runs(connection, _MOST_RUNS))
    frame = pd.DataFrame([[run.id, *(getattr(run, name) for name in names[1:])] for run in found], columns=names)
    frame["day"] = pd.to_datetime(frame["day"])
    for name in ("started_at", "closed_at", "known_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


def _observations(
    connection: Connection,
    metric: str,
    series: pd.DataFrame,
    numbers: dict[int, tuple[int, datetime]],
    write: "_Files",
    progress: Progress,
) -> int:
    """Write a metric's observations, each into the file of its year; hold a batch of them at the most."""
    of = series.set_index("series")
    places = pd.DataFrame.from_dict(numbers, orient="index", columns=["run", "known_at"])
    places["known_at"] = pd.to_datetime(places["known_at"], utc=True)
    methods = {number: name for name, number in METHODS.items()}
    done = 0
    with ExitStack() as files:
        open_files: dict[int, Callable[[pd.DataFrame], None]] = {}
        for batch in all_observations(connection, metric):
            number, day, value, method, known_seq, counts = (np.array(column) for column in zip(*batch, strict=True))
            artifacts, told = of.loc[number], places.loc[known_seq]
            frame = pd.DataFrame(
                {
                    "series": number,
                    "kind": artifacts["kind"].to_numpy(),
                    "artifact": artifacts["artifact"].to_numpy(),
                    "source": artifacts["source"].to_numpy(),
                    "day": pd.to_datetime(day, unit="D"),
                    "value": value.astype("float64"),
                    "method": pd.Series(method).map(methods),
                    "run": told["run"].to_numpy(),
                    "known_at": told["known_at"].array,
                    "counts": counts.astype(bool),
                }
            )
            for year, rows in frame.groupby(frame["day"].dt.year):
                if year not in open_files:
                    open_files[int(year)] = write.observations(files, metric, int(year))
                open_files[int(year)](rows)
            done += len(frame)
            progress(metric, done, None)
    return done


@dataclass(slots=True)
class _Files:
    """Writes the files of an export into a folder, and notes them for the data dictionary."""

    folder: Path
    form: Format
    resources: list[object] = field(default_factory=list)

    def table(self, name: str, frame: pd.DataFrame) -> None:
        """Write a small table whole."""
        with ExitStack() as files:
            self._open(files, f"{name}.{self.form}", name, _TABLES[name], _KEYS.get(name, []))(frame)

    def observations(self, files: ExitStack, metric: str, year: int) -> Callable[[pd.DataFrame], None]:
        """Give what appends observations to the file of a metric and a year.

        Readers of Parquet take metric and year from the folders' names; a CSV has the metric as a column too.
        """
        name = f"observations-{metric.replace('_', '-')}-{year}"
        key = ["series", "day", "run"]
        if self.form == "parquet":
            path = f"observations/metric={metric}/year={year}/observations.parquet"
            return self._open(files, path, name, OBSERVATIONS, key)
        append = self._open(files, f"observations/{metric}/{year}.csv", name, (_METRIC, *OBSERVATIONS), key)
        return lambda frame: append(frame.assign(metric=metric))

    def dictionary(self, run: int, known_at: datetime, now: datetime) -> None:
        """Write the data dictionary, as a Frictionless data package."""
        package = {
            "name": _NAME,
            "profile": "data-package",
            "title": "Numbers by which open-source projects are compared",
            "description": f"All that the ledger knew after run {run}, {known_at:%Y-%m-%dT%H:%M:%SZ}.",
            "created": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "resources": self.resources,
        }
        (self.folder / DICTIONARY).write_text(json.dumps(package, indent=2) + "\n", encoding="utf-8")

    def _open(
        self, files: ExitStack, path: str, name: str, columns: Sequence[Column], key: Sequence[str]
    ) -> Callable[[pd.DataFrame], None]:
        target, names = self.folder / path, [column.name for column in columns]
        target.parent.mkdir(parents=True, exist_ok=True)
        self.resources.append(
            {
                "name": name,
                "path": path,
                "format": self.form,
                "mediatype": "text/csv" if self.form == "csv" else "application/vnd.apache.parquet",
                "schema": {"fields": [column._asdict() for column in columns]} | ({"primaryKey": key} if key else {}),
            }
            | ({"profile": "tabular-data-resource", "encoding": "utf-8"} if self.form == "csv" else {})
        )
        if self.form == "parquet":
            return _parquet(files, target, columns)
        stream = files.enter_context(target.open("w", encoding="utf-8", newline=""))
        stream.write(",".join(names) + "\n")

        def append(frame: pd.DataFrame) -> None:
            for part in _as_text(frame, columns):
                frame = frame.assign(**part)
            frame[names].to_csv(stream, header=False, index=False, lineterminator="\n")

        return append


def _as_text(frame: pd.DataFrame, columns: Sequence[Column]) -> Iterator[dict[str, Any]]:
    """Yield columns of a CSV that pandas would write otherwise than the data dictionary says."""
    for column in columns:
        if column.type == "date":
            yield {column.name: frame[column.name].dt.strftime("%Y-%m-%d")}
        elif column.type == "datetime":
            yield {column.name: frame[column.name].dt.strftime("%Y-%m-%dT%H:%M:%SZ")}
        elif column.type == "boolean":
            yield {column.name: frame[column.name].map({True: "true", False: "false"})}


def _parquet(files: ExitStack, target: Path, columns: Sequence[Column]) -> Callable[[pd.DataFrame], None]:
    pa = load("pyarrow", purpose="--format parquet", extra="parquet")
    pq = load("pyarrow.parquet", purpose="--format parquet", extra="parquet")
    types = {
        "integer": pa.int64(),
        "string": pa.string(),
        "date": pa.date32(),
        "number": pa.float64(),
        "datetime": pa.timestamp("us", tz="UTC"),
        "boolean": pa.bool_(),
    }
    schema = pa.schema(
        [pa.field(column.name, types[column.type], metadata={"description": column.description}) for column in columns]
    )
    writer = files.enter_context(pq.ParquetWriter(target, schema, compression="zstd"))
    return lambda frame: writer.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False))
