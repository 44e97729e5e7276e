"""Many days in one pass: each column is exactly what the table of its day has, whatever the ledger went through."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Final

import pytest
from sqlalchemy import Connection, select

from storage.append.append import append
from storage.database.schema import observation
from storage.identity.membership import Membership
from storage.model import Known, Piece, Run
from storage.quarantine.decisions import decide
from storage.quarantine.held import Hold, Place
from storage.quarantine.holds import keep_holds
from storage.query.asof import parts
from storage.query.grid import Column, columns, oldest_day
from storage.runs import runs
from storage.runs.catalogs import keep_catalog
from tests.ledgers import Ledger
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, entry, frame, learn, outcome

STARS = "github:kubeflow/kubeflow"
POOL: Final = ("pypi:kfp", "pypi:kfp-server", "github:a/one", "github:b/two", "docker:ns/x", "docker:ns/y")
CATALOGS: Final = (
    (entry("p", "github:a/one", "pypi:kfp", "docker:ns/*"), entry("q", "github:b/two", "pypi:kfp-server")),
    (entry("p", "github:a/one", "pypi:kfp-server"), entry("q", "github:b/two", "docker:ns/x", "pypi:kfp")),
    (entry("q", "github:b/two", "github:a/one"), entry("p", "pypi:kfp", "docker:ns/*"), entry("r", "docker:ns/y")),
)
NAMES: Final = {"github:a/one": ("a/one", "a/moved", "c/one"), "github:b/two": ("b/two", "a/one")}


def read(ledger: Ledger, days: list[date], known: Known, wanted: list[str] | None = None) -> list[Column]:
    with ledger.reading() as connection:
        return list(columns(connection, days, known, Membership(connection, known, wanted)))


def a_life(ledger: Ledger, seed: int) -> None:
    """Let a ledger go through weeks of anything: edits, renames, restatements, failures, holds and decisions."""
    random = Random(seed)  # noqa: S311 - no secret
    for week in range(random.randint(4, 9)):
        at = START + week * WEEK + timedelta(days=random.choice((0, 0, 0, 2)), hours=random.randint(0, 9))
        with ledger.writing() as connection:
            entries = CATALOGS[random.choice((0, 0, 1, 2))]
            catalog = keep_catalog(connection, repr(entries), "monday", entries, at, 0.2)
            run = begun(connection, "refresh", at, catalog)
            append(connection, run, pieces(random, at.date()))
            held = [
                Hold(number, day, "jump", "too much")
                for number, day in connection.execute(
                    select(observation.c.series_id, observation.c.day)
                    .where(observation.c.known_seq == run.known_seq)
                    .order_by(observation.c.series_id, observation.c.day)
                )
                if random.random() < 0.15
            ]
            keep_holds(connection, run, held)
            runs.end(connection, run, state="done")
            if held and random.random() < 0.7:
                review = begun(connection, "review", at + timedelta(hours=1), None)
                places = [Place(one.series, one.day, run.known_seq) for one in random.sample(held, 1)]
                verdict = random.choice(("accept", "reject", "reopen", "note"))
                decide(connection, review, places, verdict, "seen", at)
                runs.end(connection, review, state="done")


def begun(connection: Connection, kind: str, at: datetime, catalog: int | None) -> Run:
    times = {"day": at.date(), "started": at, "now": at}
    return runs.begin(connection, kind=kind, scope="{}", catalog_id=catalog, version="0", **times)  # type: ignore[arg-type]


def pieces(random: Random, today: date) -> list[Piece]:
    """Make what a run learns: of some artifacts, and what it says of the past comes again with other values."""
    found = []
    for artifact in random.sample(POOL, random.randint(1, len(POOL))):
        days = {today - random.choice((0, 0, 1, 2, 3)) * WEEK for _ in range(random.randint(1, 3))}
        rows = [(artifact, day, float(random.randint(1, 9))) for day in sorted(days)]
        called = random.choice(NAMES[artifact]) if artifact in NAMES and random.random() < 0.3 else ""
        found.append(Piece(frame(rows, number=str(POOL.index(artifact)) if called else "", called=called)))
    if random.random() < 0.5:
        listed = random.choice(("recorded", "failed"))
        found.append(Piece(None, (), [outcome("docker:ns/*", listed), outcome("pypi:kfp-gone", "missing")]))
    return found


@pytest.mark.parametrize("seed", [0, 11, 34])
def test_each_column_is_what_the_table_of_its_day_has(ledger: Ledger, seed: int) -> None:
    a_life(ledger, seed)
    days = [MONDAY + timedelta(days=day) for day in range(-21, 70, 5)]
    newest = ledger.known().run
    with ledger.reading() as connection:
        for number in {newest, max(1, newest - 1 - seed % 4)}:
            known = ledger.known(number)
            membership = Membership(connection, known, None)
            for column in columns(connection, days, known, membership):
                assert list(column.parts) == parts(connection, column.day, known, None), (number, column.day)
                assert column.projects == membership.on(column.day)


def test_a_life_has_all_that_may_go_wrong(ledger: Ledger) -> None:
    """Else the test above would prove little."""
    a_life(ledger, 34)
    found = read(ledger, [MONDAY + week * WEEK for week in range(9)], ledger.known())
    met = [part for column in found for part in column.parts]
    assert {part.held.rejected for part in met if part.held} == {True, False}
    assert any(part.artifact in {"a/moved", "c/one"} for part in met)
    assert any(part.member_name == "ns/*" and part.value for part in met)
    assert any(part.member_name == part.artifact == "ns/*" and part.day for part in met)
    assert any(entry.changes for column in found for entry in column.projects)
    assert any(column.first_known for column in found)


def test_days_come_once_and_in_order_whatever_is_asked(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    asked = [MONDAY + WEEK, MONDAY - WEEK, MONDAY, MONDAY]
    found = read(ledger, asked, ledger.known())
    assert [(one.day, [part.value for part in one.parts]) for one in found] == [
        (MONDAY - WEEK, [None]),
        (MONDAY, [100.0]),
        (MONDAY + WEEK, [100.0]),
    ]
    assert read(ledger, [], ledger.known()) == []


def test_what_was_known_first_is_told_where_it_is_another_value(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    learn(ledger, [(KFP, MONDAY, 150.0), (KFP, MONDAY + WEEK, 160.0)], ONE, at=START + WEEK)
    first, second = read(ledger, [MONDAY, MONDAY + WEEK], ledger.known())
    assert list(first.first_known.values()) == [100.0]
    assert first.first_known.keys() == {part.series for part in first.parts}
    assert second.first_known == {}
    (before,) = read(ledger, [MONDAY], ledger.known(1))
    assert before.first_known == {}


def test_a_value_that_is_older_than_all_days_is_carried_into_them(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    learn(ledger, [(KFP, MONDAY, 150.0)], ONE, at=START + WEEK)
    far = MONDAY + 20 * WEEK
    first, second = read(ledger, [far, far + WEEK], ledger.known())
    for column in (first, second):
        assert [(part.day, part.value, part.run) for part in column.parts] == [(MONDAY, 150.0, 2)]


def test_of_a_day_that_was_going_on_its_last_value_is_what_was_known_first(ledger: Ledger) -> None:
    both = (entry("kubeflow", STARS),)
    learn(ledger, [(STARS, MONDAY, 10.0)], both)
    learn(ledger, [(STARS, MONDAY, 12.0)], both, at=START + timedelta(hours=3))
    (column,) = read(ledger, [MONDAY], ledger.known())
    assert column.first_known == {}
    learn(ledger, [(STARS, MONDAY, 20.0)], both, at=START + timedelta(days=2))
    (column,) = read(ledger, [MONDAY], ledger.known())
    assert list(column.first_known.values()) == [12.0]


def test_the_oldest_day_is_that_of_a_value_that_counts(ledger: Ledger) -> None:
    def oldest(*metrics: str) -> date | None:
        with ledger.reading() as connection:
            known = ledger.known()
            return oldest_day(connection, known, Membership(connection, known, None), metrics)

    learn(ledger, [], ONE)
    assert oldest() is None
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE, at=START + WEEK)
    assert oldest() == oldest("pypi_downloads_7d") == MONDAY
    assert oldest("github_stars") is None
    with ledger.writing() as connection:
        run = begun(connection, "refresh", START + 2 * WEEK, None)
        append(connection, run, [Piece(frame([(KFP, MONDAY - WEEK, 7.0)]))])
        (number,) = connection.scalars(select(observation.c.series_id).distinct())
        keep_holds(connection, run, [Hold(number, MONDAY - WEEK, "jump", "too much")])
        runs.end(connection, run, state="done")
    assert oldest() == MONDAY
