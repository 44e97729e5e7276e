"""What the benchmarks rest on: the same rows by either way of filling, and the same answers by raw SQL. No time."""

import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.filling import fill
from benchmarks.ledger import Bench
from benchmarks.questions import questions
from benchmarks.world import World
from storage.schema import metadata

WORLD = World(projects=7, weeks=9)


def rows(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Read all tables."""
    with closing(sqlite3.connect(file)) as connection:
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)  # noqa: S608
            for name in metadata.tables
        }


def test_a_ledger_filled_by_plain_sql_is_the_one_that_its_own_interface_makes(tmp_path: Path) -> None:
    fill(tmp_path / "plain.db", WORLD)
    fill(tmp_path / "whole.db", WORLD, whole=True)
    found = rows(tmp_path / "plain.db")
    assert found == rows(tmp_path / "whole.db")
    assert len(found["run"]) == WORLD.weeks
    assert {state for _, _, state, *_ in found["outcome"]} == {"failed"}
    assert len({(series, day) for series, day, *_ in found["observation"]}) < len(found["observation"])


def test_raw_sql_finds_what_the_ledger_finds_and_every_question_is_answered(tmp_path: Path) -> None:
    """Bench raises if they differ."""
    fill(tmp_path / "ledger.db", WORLD)
    cells = list(Bench(tmp_path / "ledger.db", WORLD, runs=1).cells())
    assert {cell.question for cell in cells} == {one.name for one in questions(WORLD)} | {"history of one series"}
