"""What the benchmarks rest on: the same rows by either way of filling, right answers by raw SQL and peers. No time."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks import github_to_sqlite, perceval
from benchmarks.filling import fill
from benchmarks.ledger import Bench
from benchmarks.process import run
from benchmarks.questions import questions
from benchmarks.refresh import compare
from benchmarks.world import World
from storage.database.schema import STATES, metadata
from tests.integration.world import World as Played

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
    assert {state for _, _, state, *_ in found["outcome"]} == {STATES["recorded"], STATES["failed"]}
    assert len({(series, day) for series, day, *_ in found["observation"]}) < len(found["observation"])


def test_raw_sql_finds_what_the_ledger_finds_and_every_question_is_answered(tmp_path: Path) -> None:
    """Bench raises if they differ."""
    fill(tmp_path / "ledger.db", WORLD)
    cells = list(Bench(tmp_path / "ledger.db", WORLD, runs=1).cells())
    others = {"history of one series", "7 projects, as of each of 9 weeks"}
    assert {cell.question for cell in cells} == {one.name for one in questions(WORLD)} | others


PLAYED = Played(projects=3)
STARS = {PLAYED.repo(index): PLAYED.stars(PLAYED.repo(index), PLAYED.today) for index in range(2)}
PULLS = {image: PLAYED.pulls(image, PLAYED.today) for index in range(2) for image in PLAYED.images_of(index)}


def test_what_the_peers_leave_behind_is_read(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / github_to_sqlite.FILE)) as connection, connection:
        connection.execute("CREATE TABLE repos (id INTEGER, full_name TEXT, stargazers_count INTEGER)")
        connection.executemany("INSERT INTO repos VALUES (1, ?, ?)", STARS.items())
    repositories = [{"full_name": name, "name": "p", "stargazers_count": stars} for name, stars in STARS.items()]
    images = [dict(zip(("namespace", "name"), image.split("/"), strict=True)) for image in PULLS]
    items = [*repositories, *({**image, "pull_count": PULLS["/".join(image.values())]} for image in images)]
    lines = "".join(f"{json.dumps({'data': item})}\n" for item in items)
    (tmp_path / perceval.FILE).write_text(lines, encoding="utf-8")
    assert github_to_sqlite.read(tmp_path) == {"stars": STARS}
    assert perceval.read(tmp_path) == {"stars": STARS, "pulls": PULLS}


def test_a_peer_that_finds_less_more_or_something_else_is_refused() -> None:
    compare({"stars": STARS}, PLAYED, 2)
    compare({"stars": STARS, "pulls": PULLS}, PLAYED, 2)
    for stars in ({}, STARS | {PLAYED.repo(1): 0}, STARS | {PLAYED.repo(2): 1}):
        with pytest.raises(ValueError, match="other stars"):
            compare({"stars": stars, "pulls": PULLS}, PLAYED, 2)
    with pytest.raises(ValueError, match="other pulls"):
        compare({"stars": STARS, "pulls": {}}, PLAYED, 2)


def test_the_memory_of_a_process_is_its_own_and_a_failure_tells_what_was_said(tmp_path: Path) -> None:
    ballast = bytearray(b"x" * 200_000_000)
    took = run([sys.executable, "-c", "print('here')"], tmp_path, {})
    assert took.peak < 100_000_000 < len(ballast)
    assert min(took.wall, took.cpu) > 0
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run([sys.executable, "-c", "raise SystemExit('no such thing')"], tmp_path, {})
    assert (failed.value.returncode, failed.value.output) == (1, "no such thing\n")
