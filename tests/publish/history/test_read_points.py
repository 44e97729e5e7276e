"""Histories by the week, read from a ledger: each value is that of the table of that day, as known then."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from jobs.metrics import RULES
from publish.history.periods import Every
from publish.history.points import Point, Wanted, no_points, read_points
from publish.table.make import make_table
from storage.database.errors import UnknownProject
from tests.ledgers import Ledger
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, begin, entry, frame, learn

STARS = "github:kubeflow/kubeflow"
BOTH = (entry("kubeflow", STARS, KFP),)


def read(
    ledger: Ledger, every: Every = "week", when: int | None = None, first: date | None = None, last: date | None = None
) -> tuple[Point, ...]:
    with ledger.reading() as connection:
        return read_points(connection, Wanted(["kubeflow"], (), first, last, ledger.known(when)), every, RULES)


def weeks(ledger: Ledger, when: int | None = None) -> list[tuple[date, float | None]]:
    return [(point.as_of, point.value) for point in read(ledger, when=when)]


def of_source(ledger: Ledger, source: str, day: date, value: float, method: str, weeks_later: int) -> None:
    """Learn a value of kfp from another source."""
    at = START + weeks_later * WEEK
    run = begin(ledger, ONE, at=at)
    ledger.append(run, frame([(KFP, day, value)]).assign(source=source, method=method))
    ledger.close(run, state="done", now=at)


def test_each_week_has_the_value_of_its_table_and_the_change_to_the_week_before(ledger: Ledger) -> None:
    for week in range(3):
        learn(ledger, [(KFP, MONDAY + week * WEEK, 100.0 + 10 * week)], ONE, at=START + week * WEEK)
    points = read(ledger)
    assert [(point.as_of, point.value) for point in points] == [
        (MONDAY, 100.0),
        (MONDAY + WEEK, 110.0),
        (MONDAY + 2 * WEEK, 120.0),
    ]
    assert [point.change for point in points] == [None, 10.0, 10.0]
    assert [point.growth for point in points] == [None, pytest.approx(10.0), pytest.approx(100 / 11)]
    with ledger.reading() as connection:
        for point in points:
            table = make_table(connection, point.as_of, ledger.known(), None, RULES)
            assert table.cell("kubeflow", "pypi_downloads_7d").value == point.value


def test_a_projects_artifacts_are_summed(ledger: Ledger) -> None:
    two = (entry("kubeflow", KFP, "pypi:kfp-server"),)
    learn(ledger, [(KFP, MONDAY, 100.0), ("pypi:kfp-server", MONDAY, 7.0)], two)
    assert weeks(ledger) == [(MONDAY, 107.0)]


def test_a_week_that_was_missed_has_no_value_of_its_own_and_nothing_is_compared_with_it(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    learn(ledger, [(KFP, MONDAY + 2 * WEEK, 130.0)], ONE, at=START + 2 * WEEK)
    points = read(ledger)
    assert [(point.value, point.own, point.state) for point in points] == [
        (100.0, 100.0, "fresh"),
        (100.0, None, "carried"),
        (130.0, 130.0, "fresh"),
    ]
    assert [point.change for point in points] == [None, None, None]


def test_the_history_ends_where_the_knowledge_does(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    learn(ledger, [], ONE, at=START + 2 * WEEK + timedelta(days=3))
    assert [day for day, _ in weeks(ledger)] == [MONDAY, MONDAY + WEEK, MONDAY + 2 * WEEK]
    assert [day for day, _ in weeks(ledger, when=1)] == [MONDAY]


def test_a_restated_day_shows_what_is_known_now_and_what_was_known_first(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    learn(ledger, [(KFP, MONDAY, 150.0), (KFP, MONDAY + WEEK, 160.0)], ONE, at=START + WEEK)
    now = read(ledger)
    assert [(point.value, point.restated_from) for point in now] == [(150.0, 100.0), (160.0, None)]
    before = read(ledger, when=1)
    assert [(point.value, point.restated_from) for point in before] == [(100.0, None)]


def test_a_restated_part_restates_the_sum(ledger: Ledger) -> None:
    two = (entry("kubeflow", KFP, "pypi:kfp-server"),)
    learn(ledger, [(KFP, MONDAY, 100.0), ("pypi:kfp-server", MONDAY, 7.0)], two)
    learn(ledger, [(KFP, MONDAY, 150.0)], two, at=START + WEEK)
    first = read(ledger)[0]
    assert (first.value, first.restated_from) == (157.0, 107.0)


def test_a_count_read_twice_on_one_day_is_not_restated_but_one_changed_later_is(ledger: Ledger) -> None:
    learn(ledger, [(STARS, MONDAY, 10.0)], BOTH)
    learn(ledger, [(STARS, MONDAY, 12.0)], BOTH, at=START + timedelta(hours=3))
    assert [point.restated_from for point in read(ledger)] == [None]
    learn(ledger, [(STARS, MONDAY, 20.0)], BOTH, at=START + timedelta(days=2))
    assert [point.restated_from for point in read(ledger)] == [12.0]


def test_values_of_two_sources_are_not_compared(ledger: Ledger) -> None:
    of_source(ledger, "clickpy", MONDAY - WEEK, 900.0, "derived", 0)
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    learn(ledger, [(KFP, MONDAY + WEEK, 110.0)], ONE, at=START + WEEK)
    points = read(ledger)
    assert [(point.source, point.method) for point in points] == [
        ("clickpy", "derived"),
        ("pypistats", "observed"),
        ("pypistats", "observed"),
    ]
    assert [point.change for point in points] == [None, None, 10.0]


@pytest.mark.parametrize("every", ["week", "month"])
def test_artifacts_that_were_exchanged_in_the_catalog_are_not_compared(ledger: Ledger, every: Every) -> None:
    june = date(2026, 6, 1)
    learn(ledger, [("pypi:old", date(2026, 5, 25), 100.0)], (entry("kubeflow", "pypi:old"),))
    learn(ledger, [("pypi:new", june, 7.0)], (entry("kubeflow", "pypi:new"),), at=START + 5 * WEEK)
    learn(ledger, [("pypi:new", date(2026, 6, 29), 8.0)], (entry("kubeflow", "pypi:new"),), at=START + 9 * WEEK)
    learn(ledger, [("pypi:new", date(2026, 7, 6), 9.0)], (entry("kubeflow", "pypi:new"),), at=START + 10 * WEEK)
    points = [point for point in read(ledger, every) if point.own is not None]
    assert [(point.value, point.change) for point in points] == (
        [(100.0, None), (7.0, None), (8.0, None), (9.0, 1.0)] if every == "week" else [(100.0, None), (8.0, None)]
    )


def test_a_project_is_called_by_its_newest_name(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    renamed = replace(ONE[0], name="Kubeflow Pipelines")
    learn(ledger, [(KFP, MONDAY + WEEK, 110.0)], (renamed,), at=START + WEEK)
    points = read(ledger)
    assert [(point.project.name, point.change) for point in points] == [
        ("Kubeflow Pipelines", None),
        ("Kubeflow Pipelines", 10.0),
    ]


def test_a_renamed_artifact_goes_on(ledger: Ledger) -> None:
    stars = (entry("kubeflow", STARS),)
    learn(ledger, [(STARS, MONDAY, 100.0)], stars, number="7", called="kubeflow/kubeflow")
    learn(ledger, [(STARS, MONDAY + WEEK, 110.0)], stars, at=START + WEEK, number="7", called="kubeflow/renamed")
    assert [point.change for point in read(ledger)] == [None, 10.0]


def test_an_observation_of_a_metric_that_no_table_shows_is_no_hindrance(ledger: Ledger) -> None:
    for week, value in enumerate((5.0, 6.0)):
        run = begin(ledger, ONE, at=START + week * WEEK)
        ledger.append(run, frame([(KFP, MONDAY, value)]).assign(metric="pypi_downloads_90d"))
        ledger.append(run, frame([(KFP, MONDAY, 100.0)]))
        ledger.close(run, state="done", now=START + week * WEEK)
    assert {point.metric.key for point in read(ledger)} == {"pypi_downloads_7d"}


def test_the_first_week_asked_for_is_compared_with_the_one_before_it(ledger: Ledger) -> None:
    for week in range(3):
        learn(ledger, [(KFP, MONDAY + week * WEEK, 100.0 + week)], ONE, at=START + week * WEEK)
    points = read(ledger, first=MONDAY + WEEK, last=MONDAY + WEEK)
    assert [(point.as_of, point.change) for point in points] == [(MONDAY + WEEK, 1.0)]


def test_a_month_has_the_last_value_in_it(ledger: Ledger) -> None:
    april, may = date(2026, 4, 30), date(2026, 5, 31)
    learn(ledger, [(KFP, date(2026, 4, 20), 90.0), (KFP, MONDAY, 100.0)], ONE)
    learn(ledger, [(KFP, date(2026, 5, 25), 120.0)], ONE, at=START + 4 * WEEK)
    assert [point.as_of for point in read(ledger, "month")] == [april], "May is not over yet"
    learn(ledger, [(KFP, date(2026, 6, 1), 130.0)], ONE, at=START + 5 * WEEK)
    points = read(ledger, "month")
    assert [(point.as_of, point.day, point.own, point.change) for point in points] == [
        (april, MONDAY, 100.0, None),
        (may, date(2026, 5, 25), 120.0, 20.0),
    ]


def test_a_month_without_a_value_of_its_own_has_no_change(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    learn(ledger, [(KFP, date(2026, 6, 29), 120.0)], ONE, at=START + 10 * WEEK)
    points = read(ledger, "month")
    assert [point.own for point in points] == [100.0, None, 120.0]
    assert [point.change for point in points] == [None, None, None]


def test_a_line_begins_with_its_first_value(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0)], BOTH)
    learn(ledger, [(STARS, MONDAY + WEEK, 7.0)], BOTH, at=START + WEEK)
    found = [(point.metric.key, point.as_of) for point in read(ledger)]
    assert found == [
        ("github_stars", MONDAY + WEEK),
        ("pypi_downloads_7d", MONDAY),
        ("pypi_downloads_7d", MONDAY + WEEK),
    ]


def test_a_project_named_twice_is_there_once(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    twice = Wanted(["kubeflow", "kubeflow"], (), None, None, ledger.known())
    with ledger.reading() as connection:
        assert len(read_points(connection, twice, "week", RULES)) == 1


def test_a_metric_that_is_not_asked_for_is_not_there(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0), (STARS, MONDAY, 7.0)], BOTH)
    stars = Wanted(["kubeflow"], ("github_stars",), None, None, ledger.known())
    with ledger.reading() as connection:
        assert {point.metric.key for point in read_points(connection, stars, "week", RULES)} == {"github_stars"}


def test_no_week_may_have_ended_yet(ledger: Ledger) -> None:
    wednesday = START + timedelta(days=2)
    learn(ledger, [(KFP, wednesday.date(), 100.0)], ONE, at=wednesday)
    assert weeks(ledger) == []
    wanted = Wanted(["kubeflow"], (), None, None, ledger.known())
    with ledger.reading() as connection:
        said = no_points(connection, wanted, "week")
        assert said == "No week has ended in these days; one ends on 2026-05-04."
        assert no_points(connection, wanted, "month") == "No month has ended in these days; one ends on 2026-04-30."
        later = replace(wanted, first=MONDAY + 2 * WEEK)
        assert no_points(connection, later, "week") == "No observations."


def test_without_observations_there_are_no_points(ledger: Ledger) -> None:
    learn(ledger, [], ONE)
    assert read(ledger) == ()


def test_an_unknown_project_and_another_period_are_refused(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    nobody = Wanted(["nobody"], (), None, None, ledger.known())
    with ledger.reading() as connection, pytest.raises(UnknownProject):
        read_points(connection, nobody, "week", RULES)
    with pytest.raises(ValueError, match="choose one of day, week, month, quarter, year"):
        read(ledger, "decade")  # type: ignore[arg-type]
