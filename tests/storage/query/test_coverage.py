"""What is lacking is found by artifact and days, with what runs said of it; whatever an open run learned is no part."""

from datetime import date, timedelta

import pandas as pd
from sqlalchemy.dialects import sqlite

from storage.append.readings import COLUMNS
from storage.model import Difference, Told
from storage.query.coverage import lacking_query
from tests.ledgers import Ledger
from tests.storage.play import KFP, MONDAY, START, WEEK, begin, entry, learn, outcome

STARS, DOWNLOADS = "github_stars", "pypi_downloads_7d"
PROJECTS = (entry("kubeflow", KFP, "github:o/r", "docker:ns/*"),)
LAST_WEEK = MONDAY - timedelta(days=6), MONDAY


def numbers(ledger: Ledger, *artifacts: str) -> list[int]:
    """Return the numbers of artifacts given as kind:name, in their order."""
    names = [(kind, name) for kind, _, name in (artifact.partition(":") for artifact in artifacts)]
    by_kind: dict[str, set[str]] = {}
    for kind, name in names:
        by_kind.setdefault(kind, set()).add(name)
    with ledger.coverage() as coverage:
        found = coverage.numbers(by_kind)
    return [found[name] for name in names]


def history(rows: dict[date, float]) -> pd.DataFrame:
    """Make the frame of reconstructed stars of o/r."""
    said = ("github", "o/r", STARS, "github-history", "as they are left")
    cells = [(*said, day, value, "reconstructed", "", "", "", date(2024, 1, 3)) for day, value in rows.items()]
    return pd.DataFrame(cells, columns=list(COLUMNS))


def test_an_artifact_lacks_a_metric_where_no_series_of_it_has_a_value(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY - timedelta(days=6), 5), ("github:o/r", MONDAY - WEEK, 7)], PROJECTS)
    package, repository = numbers(ledger, KFP, "github:o/r")
    with ledger.coverage() as coverage:
        assert coverage.lacking({package, repository}, DOWNLOADS, *LAST_WEEK) == {repository}
        assert coverage.lacking({package, repository}, STARS, *LAST_WEEK) == {package, repository}
        assert coverage.lacking({repository}, STARS, MONDAY - WEEK, MONDAY - WEEK) == set()
        assert coverage.lacking(set(), STARS, *LAST_WEEK) == set()


def test_a_value_of_another_source_fills_the_metric_but_not_that_source(ledger: Ledger) -> None:
    learn(ledger, [("github:o/r", MONDAY, 7)], PROJECTS)
    (repository,) = numbers(ledger, "github:o/r")
    with ledger.coverage() as coverage:
        assert coverage.lacking({repository}, STARS, *LAST_WEEK) == set()
        assert coverage.lacking({repository}, STARS, *LAST_WEEK, "github") == set()
        assert coverage.lacking({repository}, STARS, *LAST_WEEK, "github-history") == {repository}


def test_the_newest_run_of_those_asked_about_says_what_happened(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY - WEEK, 5)], PROJECTS, at=START - WEEK)
    learn(ledger, outcomes=[outcome(KFP, "failed", "transient", "HTTP 502")])
    learn(ledger, outcomes=[outcome(KFP, "missing", "gone", "HTTP 404")], at=START + timedelta(hours=1))
    (package,) = numbers(ledger, KFP)
    with ledger.coverage() as coverage:
        first, second, third = coverage.known_seqs(date.min, date.max)
        assert coverage.said([package], DOWNLOADS, [first, second]) == {
            package: Told("pypistats", "failed", "transient", "HTTP 502")
        }
        assert coverage.said([package], DOWNLOADS, [second, third])[package].state == "missing"
        assert coverage.said([package], STARS, [second, third]) == {}
        assert coverage.said([package], DOWNLOADS, []) == {}


def test_runs_are_found_by_the_days_that_they_are_of(ledger: Ledger) -> None:
    for week in range(3):
        learn(ledger, [(KFP, MONDAY + week * WEEK, week)], PROJECTS, at=START + week * WEEK)
    with ledger.coverage() as coverage:
        assert len(coverage.known_seqs(MONDAY, MONDAY + WEEK)) == 2
        assert coverage.known_seqs(MONDAY + timedelta(days=1), MONDAY + timedelta(days=6)) == []


def test_an_answer_is_told_from_a_failure(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 5)], PROJECTS)
    learn(ledger, [(KFP, MONDAY, 5)], outcomes=[outcome("pypi:other", "failed")], at=START + timedelta(hours=1))
    answered, failed = numbers(ledger, KFP, "pypi:other")
    with ledger.coverage() as coverage:
        known_seqs = coverage.known_seqs(MONDAY, MONDAY)
        assert coverage.answered([answered, failed], "pypistats", known_seqs) == {answered}
        assert coverage.answered([answered, failed], "clickpy", known_seqs) == set()


def test_a_pattern_is_tracked_by_its_images_or_by_itself_while_none_is_known(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 5)], PROJECTS)
    with ledger.coverage() as coverage:
        before = coverage.tracked(ledger.known(), None)
    assert [(one.kind, one.name, one.artifact is None) for one in before] == [
        ("pypi", "kfp", False),
        ("github", "o/r", True),
        ("docker", "ns/*", True),
    ]
    listed = outcome("docker:ns/*", "recorded", "", "")
    learn(ledger, [("docker:ns/b", MONDAY, 1), ("docker:ns/a", MONDAY, 1)], outcomes=[listed], at=START + WEEK)
    with ledger.coverage() as coverage:
        images = [one for one in coverage.tracked(ledger.known(), ["kubeflow"]) if one.kind == "docker"]
    assert [one.name for one in images] == ["ns/a", "ns/b"]
    assert {one.listing for one in images} == set(numbers(ledger, "docker:ns/*"))


def test_the_day_on_which_an_artifact_came_into_being_is_known_once_somebody_said_it(ledger: Ledger) -> None:
    learn(ledger, [("github:o/r", MONDAY, 7)], PROJECTS)
    (repository,) = numbers(ledger, "github:o/r")
    with ledger.coverage() as coverage:
        assert coverage.births([repository]) == {}
    run = begin(ledger, at=START + WEEK)
    ledger.append(run, history({MONDAY: 5.0}), (), ())
    ledger.close(run, state="done", now=START + WEEK)
    with ledger.coverage() as coverage:
        assert coverage.births([repository]) == {repository: date(2024, 1, 3)}
        (tracked,) = (one for one in coverage.tracked(ledger.known(), None) if one.kind == "github")
    assert tracked.born == date(2024, 1, 3)


def test_two_sources_are_compared_on_the_oldest_day_of_both_by_their_newest_values(ledger: Ledger) -> None:
    for week, stars in enumerate((100.0, 110.0, 120.0)):
        learn(ledger, [("github:o/r", MONDAY + week * WEEK, stars)], PROJECTS, at=START + week * WEEK)
    for hours, rows in enumerate(({MONDAY + WEEK: 108.0, MONDAY: 99.0}, {MONDAY: 97.0, MONDAY - WEEK: 90.0})):
        at = START + 3 * WEEK + timedelta(hours=hours)
        run = begin(ledger, at=at)
        ledger.append(run, history(rows), (), ())
        ledger.close(run, state="done", now=at)
    (repository,) = numbers(ledger, "github:o/r")
    pair = "github", "github-history"
    with ledger.coverage() as coverage:
        found = coverage.differences([repository], STARS, pair, date.min, date.max)
        assert found == [Difference(repository, MONDAY, 100.0, 97.0)]
        later = coverage.differences([repository], STARS, pair, MONDAY + timedelta(days=1), date.max)
        assert later == [Difference(repository, MONDAY + WEEK, 110.0, 108.0)]
        assert coverage.differences([repository], STARS, pair, MONDAY + 2 * WEEK, date.max) == []


def test_with_a_cause_those_that_failed_for_it_are_told_too(ledger: Ledger) -> None:
    said = [outcome(KFP, "failed", "upstream hole"), outcome("pypi:other", "failed", "limit")]
    learn(ledger, outcomes=said)
    hole, limited = numbers(ledger, KFP, "pypi:other")
    with ledger.coverage() as coverage:
        known_seqs = coverage.known_seqs(MONDAY, MONDAY)
        assert coverage.answered([hole, limited], "pypistats", known_seqs) == set()
        assert coverage.answered([hole, limited], "pypistats", known_seqs, or_for="upstream hole") == {hole}


def test_sqlite_seeks_what_is_lacking_in_the_key(ledger_url: str, ledger: Ledger) -> None:
    if not ledger_url.startswith("sqlite"):
        return
    query = lacking_query({1, 2}, STARS, *LAST_WEEK, None).compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )
    with ledger._engine.connect() as connection:
        plan = [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    assert any("SEARCH observation USING PRIMARY KEY (series_id=? AND day>? AND day<?)" in step for step in plan), plan
    assert not any(step.startswith("SCAN") for step in plan), plan


def test_what_runs_learned_is_found_by_their_values_where_no_outcome_says_it(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 5)], PROJECTS)
    learn(ledger, [(KFP, MONDAY + WEEK, 6)], PROJECTS, at=START + WEEK)
    (package,) = numbers(ledger, KFP)
    with ledger.coverage() as coverage:
        first, second = coverage.known_seqs(date.min, date.max)
        assert coverage.learned([package], DOWNLOADS, [first], date.min, date.max) == {(package, "pypistats")}
        assert coverage.learned([package], DOWNLOADS, [second], MONDAY, MONDAY) == set()
        assert coverage.learned([package], STARS, [first, second], date.min, date.max) == set()
        assert coverage.learned([package], DOWNLOADS, [], date.min, date.max) == set()
