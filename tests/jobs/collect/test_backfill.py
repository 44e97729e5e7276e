"""The backfill: past weeks as far as each source reaches, taken up where it broke off, and nothing measured changed."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from collector.catalog.schema import Catalog, read_catalog
from jobs.collect import backfill as backfilling
from jobs.collect import refresh as refreshing
from jobs.collect.past import Span
from jobs.collect.plan import Selection
from jobs.collect.record import Job
from jobs.exits import DONE, FAILED, PARTLY
from jobs.ingest.report import Report
from jobs.reading import read_table
from jobs.settings import Settings
from storage.model import HistoryRow
from tests.jobs.past_played import MONDAY, REPOSITORY, WEEK, entry, play
from tests.jobs.past_services import World
from tests.ledgers import Ledger

CATALOG = read_catalog('[projects.p]\nname = "P"\ngithub = "o/r"\npypi = "kfp"\n', "catalog.toml")
STARS_ONLY = read_catalog('[projects.p]\nname = "P"\ngithub = ["o/r", "o/s"]\n', "catalog.toml")
DAY = timedelta(days=1)
YEAR = 52


@pytest.fixture
def place(past_place: Settings) -> Settings:
    """Call it shortly."""
    return past_place


def at(place: Settings, day: date) -> Settings:
    return replace(place, now=datetime.combine(day, time(5), UTC))


def backfill(
    place: Settings,
    catalog: Catalog = CATALOG,
    *sources: str,
    first: date = MONDAY - (YEAR - 1) * WEEK,
    last: date | None = None,
    stop: threading.Event | None = None,
) -> Report:
    job = Job(place, catalog, stop or threading.Event(), lambda *_: None)
    return backfilling.backfill(job, Selection((), sources), Span(first, last))


def history(place: Settings) -> list[HistoryRow]:
    with Ledger.open(place.db) as ledger:
        return list(ledger.history(None, None, None, None, ledger.known()))


def days(place: Settings, source: str) -> list[date]:
    return [row.day for row in history(place) if row.source == source]


@pytest.mark.usefixtures("world")
def test_each_week_gets_one_value_from_the_source_that_reaches_it(place: Settings) -> None:
    report = backfill(place)
    assert (report.exit_code, report.troubles, report.warnings) == (DONE, (), ())
    weeks = [MONDAY - back * WEEK for back in reversed(range(YEAR))]
    assert days(place, "clickpy") + days(place, "pypistats") == weeks
    assert len(days(place, "pypistats")) == 25
    assert days(place, "github-history") == weeks
    rows = history(place)
    assert {row.method for row in rows if row.metric == "pypi_downloads_7d"} == {"derived"}
    assert {row.value for row in rows if row.metric == "pypi_downloads_7d"} == {70.0, 140.0}
    stars = {row.day: row.value for row in rows if row.metric == "github_stars"}
    assert stars[MONDAY] == 69.0
    assert stars[MONDAY - 10 * WEEK] == 59.0


@pytest.mark.usefixtures("world")
def test_only_the_weeks_asked_for_and_the_count_of_today_are_stored(place: Settings) -> None:
    backfill(at(place, MONDAY + DAY), first=MONDAY - 9 * WEEK, last=MONDAY - 8 * WEEK)
    weeks = [MONDAY - 9 * WEEK, MONDAY - 8 * WEEK]
    assert days(place, "pypistats") == weeks
    assert days(place, "github-history") == [*weeks, MONDAY + DAY]
    assert [row.method for row in history(place) if row.source == "github-history"] == [
        "reconstructed",
        "reconstructed",
        "observed",
    ]


@pytest.mark.usefixtures("world")
def test_what_was_measured_is_not_written_over_and_what_was_removed_is_said(place: Settings) -> None:
    with Ledger.open_or_create(place.db) as ledger:
        for back in (2, 1):
            play(ledger, MONDAY - back * WEEK, {REPOSITORY: 1000 - back}, (entry("p", REPOSITORY),))
    report = backfill(place)
    assert report.warnings == (
        "github:o/r: 931 stars of 2026-04-13 were removed since (measured 998, reconstructed 67)",
    )
    measured = [(row.day, row.value) for row in history(place) if row.source == "github"]
    assert measured == [(MONDAY - 2 * WEEK, 998.0), (MONDAY - WEEK, 999.0)]
    table = read_table(place, (), MONDAY - WEEK, None)
    cell = table.cell("p", "github_stars")
    assert (cell.value, cell.source, cell.method) == (999.0, "github", "observed")


def test_of_many_with_removed_stars_some_are_named_and_the_rest_counted(place: Settings, world: World) -> None:
    names = [f"o/r{number}" for number in range(8)]
    world.stars |= {name: {MONDAY - 5 * WEEK: 3} for name in names}
    listed = ", ".join(f'"{name}"' for name in names)
    catalog = read_catalog(f'[projects.p]\nname = "P"\ngithub = [{listed}]\n', "catalog.toml")
    artifacts = catalog.projects[0].artifacts
    with Ledger.open_or_create(place.db) as ledger:
        play(ledger, MONDAY - WEEK, dict.fromkeys(artifacts, 10), (entry("p", *artifacts),))
    warnings = backfill(place, catalog).warnings
    assert len(warnings) == 6
    assert warnings[-1] == "and 3 more with counts removed since"


def test_one_that_was_ended_is_taken_up_on_a_later_day_without_asking_again(place: Settings, world: World) -> None:
    stop = threading.Event()
    settled = []

    def progress(source: str, done: int, total: int) -> None:
        settled.append((source, done, total))
        if done:
            stop.set()

    first = backfilling.backfill(Job(place, STARS_ONLY, stop, progress), Selection(), Span(MONDAY - 40 * WEEK))
    assert (first.interrupted, first.run) == (True, None)
    assert settled[0] == ("github-history", 0, 2)
    before = dict(world.asked)
    later = at(place, MONDAY + 2 * DAY)
    again = backfill(later, STARS_ONLY, first=MONDAY - 40 * WEEK)
    assert (again.run, again.resumed, again.exit_code) == (1, True, DONE)
    assert again.counts == {"github-history": {"recorded": 2}}
    done = {name for name in ("o/r", "o/s") if world.asked[f"/repos/{name}"] == before.get(f"/repos/{name}", 0)}
    assert done, "what was answered is not asked for again"
    with Ledger.open(place.db) as ledger:
        assert [run.day for run in ledger.runs(9)] == [MONDAY], "it is of the day on which it was begun"


@pytest.mark.usefixtures("world")
def test_another_scope_is_another_run_and_the_broken_off_one_can_still_be_gone_on_with(place: Settings) -> None:
    stop = threading.Event()
    stop.set()
    assert backfill(place, stop=stop).interrupted
    assert not backfill(place, first=MONDAY - 3 * WEEK).resumed
    assert backfill(place).resumed


def test_the_past_is_asked_for_once_and_then_not_again(place: Settings, world: World) -> None:
    catalog = read_catalog('[projects.p]\nname = "P"\ngithub = "o/r"\n', "catalog.toml")
    page = "/repos/o/r/stargazers/history"
    backfill(place, catalog)
    assert world.asked[page] == 2
    assert backfill(place, catalog).counts == {}
    assert world.asked[page] == 2


def test_a_new_week_is_no_reason_to_read_all_pages_again(place: Settings, world: World) -> None:
    catalog = read_catalog('[projects.p]\nname = "P"\ngithub = "o/r"\n', "catalog.toml")
    page = "/repos/o/r/stargazers/history"
    backfill(place, catalog)
    world.today = MONDAY + WEEK
    later = at(place, MONDAY + WEEK)
    report = backfill(later, catalog)
    assert world.asked[page] == 2, "today's count says it"
    assert report.observations == 1
    assert days(later, "github-history")[-1] == MONDAY + WEEK


@pytest.mark.usefixtures("world")
def test_a_longer_past_is_asked_for_in_full(place: Settings) -> None:
    catalog = read_catalog('[projects.p]\nname = "P"\ngithub = "o/r"\n', "catalog.toml")
    backfill(place, catalog, first=MONDAY - 5 * WEEK)
    assert backfill(place, catalog, first=MONDAY - 49 * WEEK).observations == 44


def test_a_failure_is_named_and_the_rest_is_stored(place: Settings, world: World) -> None:
    world.broken = {"/repos/o/r/stargazers/history"}
    report = backfill(replace(place, max_wait=0.01))
    assert report.exit_code == PARTLY
    assert [str(trouble).split(":")[0] for trouble in report.troubles] == ["github-history"]
    assert len(days(place, "pypistats")) == 25


def test_a_hole_upstream_leaves_its_weeks_out_and_is_no_zero(place: Settings, world: World) -> None:
    world.holes = {MONDAY - 4 * WEEK - 3 * DAY}
    report = backfill(place, CATALOG, "pypistats", first=MONDAY - 9 * WEEK)
    assert report.exit_code == DONE
    assert MONDAY - 4 * WEEK not in days(place, "pypistats")
    assert len(days(place, "pypistats")) == 9


def test_when_only_a_hole_was_asked_for_that_is_what_is_said(place: Settings, world: World) -> None:
    world.holes = {MONDAY - 4 * WEEK - 3 * DAY}
    report = backfill(place, CATALOG, "pypistats", first=MONDAY - 4 * WEEK, last=MONDAY - 4 * WEEK)
    assert report.exit_code == FAILED
    assert "upstream hole" in str(report.troubles[0])
    assert days(place, "pypistats") == []


def test_how_far_each_source_reaches_is_known_before_anything_is_sent(place: Settings, world: World) -> None:
    reaches = backfilling.reaches_of(place, CATALOG, Selection(), Span(MONDAY - (YEAR - 1) * WEEK))
    lines = [str(reach) for reach in reaches]
    assert lines == [
        "github-history: reaches as far back as each artifact goes; 52 weeks, 2025-05-05 to 2026-04-27, of 1 artifact",
        "pypistats: reaches back to 2025-11-05; 25 weeks, 2025-11-10 to 2026-04-27, of 1 artifact",
        "clickpy: reaches as far back as each artifact goes; 27 weeks, 2025-05-05 to 2025-11-03, of 1 artifact",
    ]
    assert [reach.estimate.requests for reach in reaches] == [3, 2, 1]
    assert not world.asked
    assert not Path(place.db.removeprefix("sqlite:///")).exists()


def test_a_window_without_a_cadence_day_is_nothing_to_do(place: Settings) -> None:
    assert backfilling.reaches_of(place, CATALOG, Selection(), Span(MONDAY + DAY, MONDAY + 2 * DAY)) == []


@pytest.mark.usefixtures("world")
def test_an_ordinary_refresh_does_not_take_up_a_backfill(place: Settings) -> None:
    stop = threading.Event()
    stop.set()
    assert backfill(place, stop=stop).interrupted
    job = Job(place, CATALOG, threading.Event(), lambda *_: None)
    assert not refreshing.refresh(job, Selection((), ("pypistats",))).resumed
    assert backfill(place).resumed
    with Ledger.open(place.db) as ledger:
        assert [run.kind for run in ledger.runs(9)] == ["backfill", "refresh"]
