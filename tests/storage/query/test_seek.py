"""The as-of seek equals a plain reference whatever was appended in whatever order, and reads no more than it shows."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import chain, count, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from storage.append.append import append
from storage.model import Known, Piece
from storage.query.asof import series_query
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, START, Row, begin, entry, frame, learn, values

ARTIFACTS = ("pypi:a", "pypi:b", "github:o/c")
PROJECT = (entry("p", *ARTIFACTS),)

rows = st.tuples(
    st.sampled_from(ARTIFACTS),
    st.integers(0, 6).map(lambda back: MONDAY - timedelta(days=back)),
    st.integers(0, 3).map(float),
)
games = st.lists(st.lists(st.lists(rows, max_size=6), max_size=3), min_size=1, max_size=4)
"""Runs of pieces of rows, the same row more than once among them."""
numbers = count()


def reference(played: Sequence[Sequence[Row]], artifact: str, day: date) -> float | None:
    """Say in plain Python what is known of an artifact as of a day after these runs."""
    known: dict[date, float] = {}
    for run in played:
        known |= {on: value for name, on, value in run if name == artifact}
    days = [on for on in known if on <= day]
    return known[max(days)] if days else None


def play(ledger: Ledger, played: Sequence[Sequence[Row]]) -> None:
    for number, run in enumerate(played):
        learn(ledger, run, PROJECT, at=START + timedelta(hours=number))


def agrees(ledger: Ledger, played: Sequence[Sequence[Row]]) -> None:
    for known in range(1, len(played) + 1):
        for back in (0, 3, 7):
            day = MONDAY - timedelta(days=back)
            expected = {name.partition(":")[2]: reference(played[:known], name, day) for name in ARTIFACTS}
            assert values(ledger, day, known) == expected


def learned(game: Sequence[Sequence[Sequence[Row]]]) -> list[list[Row]]:
    """Say in plain Python what each run learns: of the values for one day, the first that is news."""
    known: dict[tuple[str, date], float] = {}
    runs: list[list[Row]] = []
    for checkpoints in game:
        news: dict[tuple[str, date], float] = {}
        for name, day, value in chain.from_iterable(checkpoints):
            if known.get((name, day)) != value:
                news.setdefault((name, day), value)
        known |= news
        runs.append([(name, day, value) for (name, day), value in news.items()])
    return runs


@given(games)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_appends_duplicates_and_restatements_reads_as_the_reference(
    ledger: Ledger, game: list[list[list[Row]]]
) -> None:
    """Every example has artifacts of its own, so that all can be played on one ledger."""
    number = next(numbers)
    project = [entry(f"p{number}", *(f"{name}{number}" for name in ARTIFACTS))]
    ran = []
    for checkpoints in game:
        run = begin(ledger, project)
        pieces = [
            Piece(frame((f"{name}{number}", day, value) for name, day, value in checkpoint))
            for checkpoint in checkpoints
        ]
        with ledger.writing() as connection:
            append(connection, run, pieces)
        ran.append(ledger.close(run, state="done", now=START).id)
    played = learned(game)
    for back, known in product((0, 3, 7), range(1, len(game) + 1)):
        day = MONDAY - timedelta(days=back)
        expected = {f"{name.partition(':')[2]}{number}": reference(played[:known], name, day) for name in ARTIFACTS}
        assert values(ledger, day, ran[known - 1]) == expected


def test_a_long_game_reads_as_the_reference_on_both_databases(ledger: Ledger) -> None:
    played = [
        [(ARTIFACTS[(n + k) % 3], MONDAY - timedelta(days=(n + k // 3) % 7), float((n * 7 + k) % 4)) for k in range(9)]
        for n in range(8)
    ]
    play(ledger, played)
    agrees(ledger, played)


@pytest.mark.parametrize("late", [(), (3, 5)])
def test_sqlite_seeks_each_series_in_the_key(ledger_url: str, ledger: Ledger, late: tuple[int, ...]) -> None:
    """Once into the values and once into the outcomes; what does not count is listed once, and is short."""
    if not ledger_url.startswith("sqlite"):
        return
    query = series_query("sqlite", {1, 2}, MONDAY, Known(9, 1, START, late)).compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )
    with ledger._engine.connect() as connection:
        plan = [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    assert "SEARCH sought_observation USING PRIMARY KEY (series_id=? AND day<?)" in plan
    assert "SEARCH sought_outcome USING PRIMARY KEY (series_id=? AND known_seq<?)" in plan
    assert {step for step in plan if step.startswith("SCAN")} <= {"SCAN hold", "SCAN decision", "SCAN doubted"}, plan
