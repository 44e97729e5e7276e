"""The views tell plain SQL what the tables and the histories tell, on both databases."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from jobs.metrics import METRICS, RULES
from publish.table.make import make_table
from storage.database import migrate
from storage.quarantine.held import Hold
from storage.runs.catalogs import keep_metrics
from storage.runs.runs import known
from tests.ledgers import Ledger
from tests.storage.play import (
    KFP,
    MONDAY,
    ONE,
    START,
    WEEK,
    begin,
    entry,
    frame,
    learn,
    outcome,
)

Rows = list[tuple[Any, ...]]


def rows(connection: Connection, sql: str) -> Rows:
    return [tuple(row) for row in connection.exec_driver_sql(sql)]


def tables(connection: Connection, first: date, last: date) -> Rows:
    """Return what the tables of all cadence days show, as the view snapshot has it."""
    found: Rows = []
    for week in range((last - first).days // 7 + 1):
        day = first + week * WEEK
        table = make_table(connection, day, known(connection, None), None, RULES)
        for row in table.rows:
            for project, cell in zip(table.projects, row.cells, strict=True):
                if row.metric.type != "index" and cell.value is not None:
                    place = project.id, project.name, row.metric.key, day.isoformat()
                    found.append((*place, cell.value, cell.state, cell.source, cell.method))
    return sorted(found)


def snapshot(connection: Connection) -> Rows:
    return sorted(rows(connection, "SELECT * FROM snapshot"))


@pytest.fixture
def measured(ledger: Ledger) -> Ledger:
    """Give a ledger that knows the metrics."""
    with ledger.writing() as connection:
        keep_metrics(connection, list(METRICS.values()))
    return ledger


def test_history_has_every_observation_that_counts(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    run = begin(ledger, ONE, at=START + WEEK)
    ledger.append(run, frame([(KFP, MONDAY, 2.0), (KFP, MONDAY + WEEK, 3.0)]))
    ledger.reviews.hold(run, [Hold(1, MONDAY + WEEK, "implausible", "why")])
    ledger.close(run, state="done", now=START + WEEK)
    with ledger.reading() as connection:
        seen = rows(connection, "SELECT artifact, day, value, method, run FROM history ORDER BY day, run")
    assert seen == [("kfp", "2026-04-27", 1.0, "observed", 1), ("kfp", "2026-04-27", 2.0, "observed", 2)]


def test_a_query_of_history_by_artifact_seeks(ledger_url: str, ledger: Ledger) -> None:
    learn(ledger, [(f"pypi:p{number}", MONDAY, 1.0) for number in range(50)], ONE)
    migrate.upgrade(ledger_url)
    if ledger_url.startswith("sqlite"):
        with ledger.reading() as connection:
            plan = [
                row[-1] for row in rows(connection, "EXPLAIN QUERY PLAN SELECT * FROM history WHERE artifact = 'p7'")
            ]
        assert "SEARCH artifact USING INDEX ix_artifact_name (name=?)" in plan
        assert "SEARCH observation USING PRIMARY KEY (series_id=?)" in plan


def test_restatement_has_each_change_of_a_days_value(ledger: Ledger) -> None:
    for value, hours in ((1.0, 0), (2.0, 1), (5.0, 2)):
        learn(ledger, [(KFP, MONDAY, value), ("github:a/b", MONDAY, 7.0)], ONE, at=START + timedelta(hours=hours))
    with ledger.reading() as connection:
        seen = rows(connection, "SELECT * FROM restatement ORDER BY after_known_at")
    of = "kubeflow", "pypi_downloads_7d", "pypi:kfp", "pypistats", "2026-04-27"
    assert seen == [
        (*of, 1.0, 2.0, "2026-04-27T05:00:00Z", "2026-04-27T06:00:00Z"),
        (*of, 2.0, 5.0, "2026-04-27T06:00:00Z", "2026-04-27T07:00:00Z"),
    ]


def test_snapshot_has_a_row_for_each_week_that_a_table_has_a_value_of(measured: Ledger) -> None:
    learn(measured, [(KFP, MONDAY, 1.0)], ONE)
    learn(measured, [], ONE, at=START + 2 * WEEK, outcomes=[outcome(KFP, "failed")])
    of = "kubeflow", "Kubeflow", "pypi_downloads_7d"
    with measured.reading() as connection:
        assert snapshot(connection) == [
            (*of, "2026-04-27", 1.0, "fresh", "pypistats", "observed"),
            (*of, "2026-05-04", 1.0, "carried", "pypistats", "observed"),
            (*of, "2026-05-11", 1.0, "carried", "pypistats", "observed"),
        ]


def test_without_a_run_the_views_are_empty(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        for sql in ("SELECT * FROM history", "SELECT * FROM restatement", "SELECT * FROM snapshot"):
            assert rows(connection, sql) == []


# What can happen in a week to the artifacts of two projects, some of which are in both, one by a pattern.
ARTIFACTS = ("github:o/a", "github:o/b", "pypi:x", "docker:ns/one", "docker:ns/two_1", "docker:ns/twos1")
CATALOGS = (
    (("github:o/a", "pypi:x"), ("github:o/b", "docker:ns/*")),
    (("github:o/a", "github:o/b", "docker:ns/one"), ("github:o/b", "docker:ns/*", "pypi:x")),
    (("github:o/b",), ("docker:ns/two_*", "docker:ns/one")),
    (("github:o/a#7", "pypi:x"), ("github:o/b", "docker:ns/*")),
)
readings = st.tuples(st.sampled_from(ARTIFACTS), st.integers(0, 9), st.integers(0, 3).map(float), st.booleans())
"""Artifact, days back, value, and whether the source that comes second tells it."""
SECOND = {"github": "github-history", "pypi": "clickpy", "docker": "another"}
weeks = st.fixed_dictionaries(
    {
        "catalog": st.integers(0, len(CATALOGS) - 1),
        "readings": st.lists(readings, max_size=7),
        "failed": st.lists(st.sampled_from((*ARTIFACTS, "docker:ns/*")), max_size=2),
        "listed": st.booleans(),
        "held": st.booleans(),
        "verdict": st.sampled_from(("", "", "reject", "accept")),
        "number": st.sampled_from(("", "7")),
        "gone": st.booleans(),
        "pause": st.sampled_from((1, 1, 4)),
    }
)


def play(ledger: Ledger, week: dict[str, Any], at: Any) -> None:
    """Play a refresh, what guards hold of it, and what a review decides."""
    projects = [entry(name, *members) for name, members in zip(("p", "q"), CATALOGS[week["catalog"]], strict=True)]
    run = begin(ledger, projects, at=at, text=f"{week['catalog']}")
    frame_ = frame([(name, at.date() - timedelta(days=back), value) for name, back, value, _ in week["readings"]])
    seconds = [is_second for *_, is_second in week["readings"]]
    frame_["source"] = [
        SECOND[kind] if is_second else source
        for kind, source, is_second in zip(frame_["kind"], frame_["source"], seconds, strict=True)
    ]
    frame_["method"] = ["imported" if is_second else "observed" for is_second in seconds]
    frame_["number"] = [week["number"] if name == "o/a" else "" for name in frame_["name"]]
    told = [outcome(name, "missing" if week["gone"] else "failed") for name in week["failed"]]
    told += [outcome("docker:ns/*", "recorded")] if week["listed"] else []
    ledger.append(run, frame_, (), told)
    judged = list(ledger.reviews.judged(run)) if week["held"] else []
    holds = [Hold(one.series, one.newest, "implausible", "why") for one in judged[:2] if one.newest is not None]
    if holds:
        ledger.reviews.hold(run, holds)
    ledger.close(run, state="done", now=at)
    if week["verdict"]:
        review = ledger.begin(kind="review", scope="{}", day=at.date(), now=at, catalog_id=None, version="0")
        places = [one.place for one in ledger.reviews.undecided(range(1, 20), ledger.known())]
        ledger.reviews.decide(review, places[:2], verdict=week["verdict"], reason="so", now=at)
        ledger.close(review, state="done", now=at)


def agree(connection: Connection) -> None:
    found = snapshot(connection)
    last = known(connection, None).at.date()
    last -= timedelta(days=last.weekday())
    assert found == tables(connection, MONDAY - 3 * WEEK, last)


@given(st.lists(weeks, min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_snapshot_equals_the_tables_whatever_happened(
    empty_ledgers: Callable[[], AbstractContextManager[Ledger]], game: list[Any]
) -> None:
    with empty_ledgers() as ledger:
        with ledger.writing() as connection:
            keep_metrics(connection, list(METRICS.values()))
        at = START
        for week in game:
            play(ledger, week, at)
            at += week["pause"] * WEEK
        with ledger.reading() as connection:
            agree(connection)
