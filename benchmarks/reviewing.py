"""Measures `review` and `status` on a ledger of many weeks in which hundreds of values wait for a decision."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from random import Random
from time import perf_counter

import click

from benchmarks.filling import fill
from benchmarks.world import World


def hold_some(file: Path, held: int) -> None:
    """Hold values at random, half of them of the newest week."""
    chance = Random(7)  # noqa: S311
    with closing(sqlite3.connect(file)) as ledger:
        columns = [row[1] for row in ledger.execute("PRAGMA table_info(hold)")]
        newest = ledger.execute("SELECT max(day) FROM observation").fetchone()[0]
        for where, number in ((f"day = {newest}", held // 2), (f"day < {newest}", held - held // 2)):
            places = ledger.execute(f"SELECT {', '.join(columns[:3])} FROM observation WHERE {where}").fetchall()
            rows = [(*place, "implausible", "100 on 2026-01-05, now 9") for place in chance.sample(places, number)]
            ledger.executemany("INSERT INTO hold VALUES (?,?,?,?,?)", rows)
        ledger.commit()


def seconds(file: Path, world: World, *command: str) -> float:
    """Return how long a command takes, the shortest of three times."""
    now = f"{world.at(world.weeks - 1):%Y-%m-%dT12:00:00Z}"
    environment = {**os.environ, "TALLYBOOK_NOW": now, "TALLYBOOK_DB": f"sqlite:///{file}"}
    took = []
    for _ in range(3):
        began = perf_counter()
        subprocess.run([sys.executable, "-m", "jobs.cli", *command], env=environment, check=True, capture_output=True)
        took.append(perf_counter() - began)
    return min(took)


@click.command()
@click.option("--projects", default=1000, show_default=True)
@click.option("--weeks", default=300, show_default=True)
@click.option("--held", default=400, show_default=True)
def main(projects: int, weeks: int, held: int) -> None:
    """Fill a ledger, hold some of its values, and print how long each command takes."""
    with tempfile.TemporaryDirectory() as folder:
        file, world = Path(folder) / "ledger.db", World(projects, weeks)
        fill(file, world)
        hold_some(file, held)
        click.echo(f"{projects:,} projects, {weeks} weeks, {held} values held, {file.stat().st_size / 1e6:.0f} MB")
        for command in (["review"], ["review", "--json"], ["status"]):
            click.echo(f"{' '.join(command)}: {seconds(file, world, *command):.2f} s")


if __name__ == "__main__":
    main()
