"""Measures the import of best-of snapshots, beside raw sqlite3 and dlt on the same rows; reading CSV is timed apart."""

import gc
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import pandas as pd
import sqlalchemy

from benchmarks.environments import ROOT, ask, environment
from benchmarks.timing import Took, machine, markdown, paired, shown
from collector.imports.formats import FORMATS
from collector.imports.gather import Gathering
from collector.imports.model import File, Options
from jobs.imports.files import find
from storage.append.append import append
from storage.database import migrate
from storage.database.schema import EPOCH, METHODS
from storage.ledger import Ledger
from storage.model import Piece, ResponseRow
from storage.runs.recordings import add_recording
from storage.runs.runs import begin, end

DLT: Final = ("dlt[sqlalchemy]>=1.10",)
AT: Final = datetime(2026, 4, 27, 5, tzinfo=UTC)
SERIES: Final = ["kind", "name", "metric", "source", "definition"]

RATES: Final = ("Stored by", "Median", "CPU", "Rows a second", "Of the raw rate", "By CPU")
Rows = list[tuple[int, int, int, float, int, int]]

# As the ledger has it, with its pragmas: the same key, so the same work for the database.
TABLE: Final = """
CREATE TABLE observation (
    series_id INTEGER NOT NULL, day INTEGER NOT NULL, known_seq INTEGER NOT NULL, value REAL NOT NULL,
    method INTEGER NOT NULL, response_id INTEGER, PRIMARY KEY (series_id, day, known_seq)
) STRICT, WITHOUT ROWID
"""
PRAGMAS: Final = ("journal_mode = WAL", "synchronous = FULL", "cache_size = -65536")


@dataclass(frozen=True)
class Read:
    """What was read of the files: frames of a checkpoint each, and the same rows as plain numbers."""

    responses: list[ResponseRow]
    checkpoints: list[list[pd.DataFrame]]
    rows: list[Rows]

    def __len__(self) -> int:
        return sum(map(len, self.rows))


def read(folder: Path) -> Read:
    """Read all snapshots as the import does."""
    form, options = FORMATS["best-of"], Options(AT)
    gathering = Gathering(options, AT, form.snapshot)
    responses: list[ResponseRow] = []
    for number, found in enumerate(find([folder], form.suffix, None).files, 1):
        if isinstance(found, File):
            record = f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>"
            responses.append(ResponseRow("import.warc.gz", record, 0, AT, number, 1, f"{number:064x}"))
            for got in form.read((found,), options):
                gathering.add(got, record)
    gathering.settle()
    parts = [[frame] for frame in gathering.frames(None)]
    return Read(responses, parts, list(_plain(parts, {row.record: n for n, row in enumerate(responses, 1)})))


def _plain(checkpoints: Sequence[Sequence[pd.DataFrame]], records: dict[str, int]) -> Iterator[Rows]:
    known: dict[tuple[str, ...], int] = {}
    for frames in checkpoints:
        frame = pd.concat(frames, ignore_index=True)
        asked = list(zip(*(frame[name] for name in SERIES), strict=True))
        series = [known.setdefault(one, len(known) + 1) for one in asked]
        days = [(day - EPOCH).days for day in frame["day"]]
        known_seq, method = int(AT.timestamp()), METHODS["imported"]
        responses = [records[record] for record in frame["response"]]
        values = frame["value"].tolist()
        yield [
            (one, day, known_seq, value, method, response)
            for one, day, value, response in zip(series, days, values, responses, strict=True)
        ]


@dataclass(frozen=True)
class Bench:
    """The same rows to be stored in several ways, each time into a fresh file."""

    of: Read
    place: Path

    def ours(self) -> None:
        """Store through the ledger: names, identities, series, values and outcomes."""
        file = self._fresh("ledger.db")
        shutil.copyfile(self.place / "empty.db", file)
        with Ledger.open(f"sqlite:///{file}") as ledger, ledger.writing() as connection:
            run = begin(
                connection,
                kind="import",
                scope="{}",
                day=AT.date(),
                started=AT,
                now=AT,
                catalog_id=None,
                version="0",
            )
            add_recording(connection, run, "import.warc.gz", None)
            pieces = [Piece(pd.concat(frames, ignore_index=True)) for frames in self.of.checkpoints]
            append(connection, run, [pieces[0]._replace(responses=self.of.responses), *pieces[1:]])
            end(connection, run, state="done")

    def raw(self) -> None:
        """Store the numbers alone, as fast as Python's sqlite3 takes them."""
        with closing(sqlite3.connect(self._fresh("raw.db"), isolation_level=None)) as connection:
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            connection.execute(TABLE)
            for rows in self.of.rows:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO observation VALUES (?,?,?,?,?,?)", rows)
                connection.execute("COMMIT")

    def _fresh(self, name: str) -> Path:
        for suffix in ("", "-wal", "-shm"):
            (self.place / f"{name}{suffix}").unlink(missing_ok=True)
        return self.place / name


@dataclass(frozen=True)
class Ran:
    """What the command did: its report, seconds of the wall clock, and the most memory it held, in MB."""

    report: dict[str, Any]
    seconds: float
    peak: float


def command(folder: Path, place: Path) -> Ran:
    """Run the import as a user would."""
    environ = os.environ | {"PYTHONPATH": str(ROOT), "TALLYBOOK_DB": "sqlite:///command.db"}
    arguments = (sys.executable, "-m", "jobs.cli", "import", str(folder.resolve()), "--from", "best-of", "--json")
    began = datetime.now(UTC)
    to: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(arguments, cwd=place, env=environ, **to) as process:
        told = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Ran(json.loads(told), (datetime.now(UTC) - began).total_seconds(), usage.ru_maxrss / 1024)


def measure(folder: Path, place: Path, runs: int, *, peers: bool) -> str:
    """Measure everything; return the report."""
    migrate.upgrade(f"sqlite:///{place / 'empty.db'}")
    first, second = command(folder, place), command(folder, place)
    began = datetime.now(UTC)
    bench = Bench(read(folder), place)
    reading = (datetime.now(UTC) - began).total_seconds()
    mine, theirs, ratio = paired(bench.ours, bench.raw, runs)
    raw, ours = Took(1.0, 1.0), Took(1 / ratio.wall, 1 / ratio.processor)
    lines = [("raw `sqlite3.executemany`", theirs, raw), ("tallybook", mine, ours)]
    versions = f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}, SQLAlchemy {sqlalchemy.__version__}"
    if peers:
        rows = place / "rows.json"
        rows.write_text(json.dumps([row for rows in bench.of.rows for row in rows]), encoding="utf-8")
        told = ask(environment("dlt", DLT), "benchmarks.load_with_dlt", str(rows), str(place), str(runs))
        took = Took(*told["took"])
        lines.append(("dlt, its defaults", took, Took(theirs.wall / took.wall, theirs.processor / took.processor)))
        versions += f", dlt {told['version']}"
    rates = [
        (who, shown(t.wall), shown(t.processor), f"{len(bench.of) / t.wall:,.0f}", f"{rate.wall:.2f}", f"{rate[1]:.2f}")
        for who, t, rate in lines
    ]
    return (
        f"# Importing history\n\n{machine()}; {versions}; medians of at least {runs} runs, those of tallybook and of "
        f"raw in turns.\n\n{len(bench.of.responses)} files, {len(bench.of):,} observations. Reading them took "
        f"{shown(reading)}, once, and is not in these times:\n\n"
        f"{markdown(RATES, rates)}\n"
        f"`tallybook import` whole, with reading and recording:\n\n{_runs(first, second)}"
    )


def _runs(first: Ran, second: Ran) -> str:
    names = ("files", "rows", "new", "unchanged")
    rows = [
        (when, shown(ran.seconds), f"{ran.peak:.0f} MB", *(f"{ran.report[name]:,}" for name in names))
        for when, ran in (("at first", first), ("again", second))
    ]
    return markdown(("", "Time", "Memory at most", *names), rows)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--runs", default=5, show_default=True, help="Runs of which the median is taken.")
@click.option("--peers/--no-peers", default=True, help="Whether dlt is asked, too.")
@click.option("-o", "output", type=click.Path(dir_okay=False, path_type=Path), help="Write here, not to stdout.")
def main(folder: Path, runs: int, peers: bool, output: Path | None) -> None:
    """Measure the import of FOLDER's files, called YYYY-MM-DD_projects.csv, as one Markdown report."""
    gc.set_threshold(50_000)  # as the command line does, for both sides
    with tempfile.TemporaryDirectory() as place:
        report = measure(folder, Path(place), runs, peers=peers)
    if output is None:
        click.echo(report, nl=False)
    else:
        output.write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main()
