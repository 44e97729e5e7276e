"""Measures ledgers of any size, beside the same seeks in raw SQL, DuckDB's ASOF JOIN and pandas' merge_asof."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
import sqlalchemy
from sqlalchemy.dialects import sqlite

from benchmarks.environments import ROOT, ask, environment
from benchmarks.filling import fill
from benchmarks.questions import TWO, Question, questions
from benchmarks.timing import machine, markdown, paired, shown, timed
from benchmarks.world import EPOCH, KINDS, World
from storage.identity.membership import Membership
from storage.ledger import Ledger
from storage.model import HistoryRow, Known, Part
from storage.query.asof import parts, series_query
from storage.query.grid import columns
from storage.query.history import history, history_query
from storage.runs.runs import known as known_then

WEEKS: Final = 500
SHORT: Final = 20
"""How many times more often what takes no time is timed."""
MANY_PROJECTS: Final = 500
MANY_WEEKS: Final = 104
PEERS: Final = ("duckdb>=1.4", "numpy>=2", "pandas>=2.2", "pyarrow>=20")

# What a person would write who knows the ledger: each seek once into its key.
RAW: Final = """
SELECT series.*, value.*, said.*
FROM series
LEFT JOIN observation AS value ON value.series_id = series.id AND (value.day, value.known_seq) = (
    SELECT day, known_seq FROM observation
    WHERE series_id = series.id AND day <= {day} AND known_seq <= {known_seq}
    ORDER BY day DESC, known_seq DESC LIMIT 1)
LEFT JOIN outcome AS said ON said.series_id = series.id AND said.known_seq = (
    SELECT known_seq FROM outcome
    WHERE series_id = series.id AND known_seq <= {known_seq}
    ORDER BY known_seq DESC LIMIT 1)
WHERE series.artifact_id IN ({artifacts})
"""

HAND, OURS, RATIO, CALL, DUCKDB, PANDAS = "raw SQL", "tallybook's SQL", "ratio", "tallybook", "DuckDB", "pandas"
COLUMNS: Final = (HAND, OURS, RATIO, CALL, DUCKDB, PANDAS)


class Cell(NamedTuple):
    """What stands in the report in the row of a question and the column of who was asked."""

    question: str
    who: str
    text: str


@dataclass(frozen=True)
class Bench:
    """A ledger that has been filled, and how often each question is put to it."""

    file: Path
    world: World
    runs: int

    @property
    def url(self) -> str:
        """Where the ledger is."""
        return f"sqlite:///{self.file}"

    def cells(self) -> Iterator[Cell]:
        """Measure ours and raw SQL."""
        with Ledger.open(self.url) as ledger, closing(sqlite3.connect(self.file)) as raw:
            raw.execute("PRAGMA cache_size = -65536")
            for one in questions(self.world):
                yield from self._as_of(ledger, raw, one)
            yield from self._history(ledger, raw)
            yield from self._many_days(ledger, raw)

    def _as_of(self, ledger: Ledger, raw: sqlite3.Connection, one: Question) -> Iterator[Cell]:
        # Each artifact has one series here, of the same number.
        artifacts, whole = range(1, one.series + 1), one.series == self.world.series
        known = _known(ledger, one.week + 1)
        ours = _literal(series_query("sqlite", artifacts, one.date, known))
        by_hand = RAW.format(artifacts=",".join(map(str, artifacts)), **one._asdict())
        if _values(raw, ours) != _values(raw, by_hand):
            raise ValueError(f"{one.name}: raw SQL finds other values than the ledger does")
        yield from self._both(one.name, raw, ours, by_hand, self.runs if whole else self.runs * SHORT)
        named = None if whole else [f"p{number}" for number in range(TWO)]
        call = timed(lambda: _parts(ledger, one.date, known, named), self.runs)
        yield Cell(one.name, CALL, shown(call.wall))

    def _history(self, ledger: Ledger, raw: sqlite3.Connection) -> Iterator[Cell]:
        name, series = "history of one series", self.world.series // 2
        project, metric = f"p{(series - 1) // len(KINDS)}", KINDS[(series - 1) % len(KINDS)][1]
        known = _known(ledger)
        ours = _literal(history_query({series}, {metric}, None, None, known))
        by_hand = f"SELECT * FROM observation WHERE series_id = {series} ORDER BY day, known_seq"
        yield from self._both(name, raw, ours, by_hand, self.runs * SHORT)
        call = timed(lambda: _read_history(ledger, project, metric, known), self.runs)
        yield Cell(name, CALL, shown(call.wall))

    def _many_days(self, ledger: Ledger, raw: sqlite3.Connection) -> Iterator[Cell]:
        """Ask for all projects of a site as of each week of two years: in one pass, and by hand as many seeks."""
        projects, weeks = min(MANY_PROJECTS, self.world.projects), min(MANY_WEEKS, self.world.weeks)
        name, artifacts = f"{projects} projects, as of each of {weeks} weeks", range(1, projects * len(KINDS) + 1)
        days = [self.world.at(self.world.weeks - 1 - week).date() for week in range(weeks)]
        known = _known(ledger)

        def ours() -> int:
            with ledger.reading() as connection:
                membership = Membership(connection, known, [f"p{number}" for number in range(projects)])
                return sum(len(column.parts) for column in columns(connection, days, known, membership))

        def by_hand() -> None:
            wanted = ",".join(map(str, artifacts))
            for day in days:
                number = (day - EPOCH).days
                raw.execute(RAW.format(artifacts=wanted, day=number, known_seq=known.known_seq)).fetchall()

        mine, theirs, ratio = paired(ours, by_hand, 1)
        yield from (
            Cell(name, HAND, shown(theirs.wall)),
            Cell(name, CALL, shown(mine.wall)),
            Cell(name, RATIO, f"{ratio.wall:.2f}"),
        )

    def _both(self, name: str, raw: sqlite3.Connection, ours: str, by_hand: str, runs: int) -> Iterator[Cell]:
        mine, theirs, ratio = paired(
            lambda: raw.execute(ours).fetchall(), lambda: raw.execute(by_hand).fetchall(), runs
        )
        yield from (
            Cell(name, HAND, shown(theirs.wall)),
            Cell(name, OURS, shown(mine.wall)),
            Cell(name, RATIO, f"{ratio.wall:.2f}"),
        )

    def command(self) -> str:
        """Time the command of two projects beside a Python that only loads the libraries."""
        last = self.world.at(self.world.weeks - 1).date().isoformat()
        table = "-m", "jobs.cli", "table", *(f"p{number}" for number in range(TWO)), "--as-of", last
        mine, theirs, ratio = paired(
            lambda: self._python(*table), lambda: self._python("-c", "import pandas, sqlalchemy, requests"), self.runs
        )
        return (
            f"`tallybook table` of two projects, the whole command: {shown(mine.wall)}, {ratio.wall:.2f} times a "
            f"Python that imports pandas, sqlalchemy and requests and does nothing ({shown(theirs.wall)})."
        )

    def _python(self, *arguments: str) -> None:
        environ = os.environ | {"TALLYBOOK_DB": self.url, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, *arguments], env=environ, check=True, stdout=subprocess.DEVNULL)

    def sizes(self) -> dict[str, float]:
        """Return bytes an observation: of the whole file, and of its parts."""
        groups = {"observation": "values", "outcome": "outcomes", "ix_outcome_known_seq": "outcomes"}
        groups |= {
            "response": "responses",
            "sqlite_autoindex_response_1": "responses",
            "ix_response_recording_id": "responses",
        }
        with closing(sqlite3.connect(self.file)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            (count,) = raw.execute("SELECT count(*) FROM observation").fetchone()
            found = {"observations": float(count), "whole": self.file.stat().st_size / count}
            for name, size in raw.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
                part = groups.get(name, "names, runs")
                found[part] = found.get(part, 0.0) + size / count
        return found


def _literal(query: Any) -> str:
    return str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))


def _known(ledger: Ledger, when: int | None = None) -> Known:
    with ledger.reading() as connection:
        return known_then(connection, when)


def _parts(ledger: Ledger, day: date, known: Known, projects: list[str] | None) -> list[Part]:
    with ledger.reading() as connection:
        return parts(connection, day, known, projects)


def _read_history(ledger: Ledger, project: str, metric: str, known: Known) -> list[HistoryRow]:
    with ledger.reading() as connection:
        return list(history(connection, [project], {metric}, None, None, known))


def _values(raw: sqlite3.Connection, query: str) -> dict[int, tuple[Any, ...]]:
    """Return day and value of each series that a query finds."""
    cursor = raw.cursor()
    cursor.row_factory = sqlite3.Row
    return {row["id"]: (row["day"], row["value"]) for row in cursor.execute(query)}


def measure(millions: float, runs: int, place: Path, *, peers: bool) -> str:
    """Fill a ledger of so many observations and measure it; return the report's section."""
    world = World(max(TWO, round(millions * 1_000_000 / WEEKS / len(KINDS))), WEEKS)
    bench = Bench(place / "ledger.db", world, runs)
    fill(bench.file, world)
    sizes, cells, command = bench.sizes(), list(bench.cells()), bench.command()
    versions, parquet = "", ""
    if peers:
        numbers = (str(number) for number in (world.projects, world.weeks, runs))
        told = ask(environment("ledger", PEERS), "benchmarks.peers", *numbers, str(place / "ledger.parquet"))
        cells += [Cell(question, who, shown(seconds)) for question, who, seconds in told["times"]]
        versions = "Peers: " + ", ".join(f"{name} {version}" for name, version in told["versions"].items()) + ".\n\n"
        parquet = f"; as Parquet {told['bytes'] / sizes['observations']:.1f}"
    parts = ", ".join(f"{part} {size:.1f}" for part, size in sizes.items() if part not in {"observations", "whole"})
    return (
        f"## {sizes['observations']:,.0f} observations: {world.projects:,} projects, {world.series:,} series, "
        f"{world.weeks} weeks\n\n"
        f"Bytes an observation: {sizes['whole']:.1f} ({parts}){parquet}.\n\n{command}\n\n{versions}{_table(cells)}"
    )


def _table(cells: list[Cell]) -> str:
    found = {(cell.question, cell.who): cell.text for cell in cells}
    names = dict.fromkeys(cell.question for cell in cells)
    return markdown(("as of", *COLUMNS), ((name, *(found.get((name, who), "—") for who in COLUMNS)) for name in names))


@click.command()
@click.option(
    "--millions", multiple=True, type=float, default=(0.1, 1.0), show_default=True, help="Observations; repeat."
)
@click.option("--runs", default=5, show_default=True, help="Runs of which the median is taken.")
@click.option("--peers/--no-peers", default=True, help="Whether DuckDB and pandas are asked, too.")
@click.option("-o", "output", type=click.Path(dir_okay=False, path_type=Path), help="Write here, not to stdout.")
def main(millions: tuple[float, ...], runs: int, peers: bool, output: Path | None) -> None:
    """Fill ledgers week by week and measure what they are asked, as one Markdown report."""
    versions = f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}, SQLAlchemy {sqlalchemy.__version__}"
    with output.open("w", encoding="utf-8") if output else nullcontext() as file:
        click.echo(f"# The ledger at scale\n\n{machine()}; {versions}; medians of at least {runs} runs, warm.", file)
        for size in millions:
            with tempfile.TemporaryDirectory() as place:
                click.echo("\n" + measure(size, runs, Path(place), peers=peers), file, nl=False)
            if file is not None:
                file.flush()


if __name__ == "__main__":
    main()
