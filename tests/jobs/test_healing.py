"""An ordinary refresh heals: what the service restates or mends of past weeks stands beside what was known before."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from collector.catalog.schema import read_catalog
from jobs.collect import refresh as refreshing
from jobs.collect.backfill import backfill
from jobs.collect.past import Span
from jobs.collect.plan import Selection
from jobs.collect.record import Job
from jobs.gaps.filling import fill
from jobs.gaps.gaps import read_gaps
from jobs.ingest.report import Report
from jobs.reading import read_table
from jobs.review import Choice, decide
from jobs.settings import Settings
from tests.jobs.past_played import MONDAY, WEEK
from tests.jobs.past_services import World
from tests.ledgers import Ledger

CATALOG = read_catalog('[projects.p]\nname = "P"\npypi = "kfp"\n', "catalog.toml")
DAY = timedelta(days=1)


def refresh(place: Settings, world: World, day: date) -> Report:
    world.today = day
    settings = replace(place, now=datetime.combine(day, time(5), UTC))
    return refreshing.refresh(job(settings), Selection())


def job(settings: Settings) -> Job:
    return Job(settings, CATALOG, threading.Event(), lambda *_: None)


def shown(place: Settings, day: date, known_at: date | int | None = None) -> tuple[float | None, str, date | None]:
    """Return value, state and day of the downloads as of a day, as known then or now."""
    cell = read_table(place, (), day, known_at).cell("p", "pypi_downloads_7d")
    return cell.value, cell.state, cell.day


def fill_wrongly(place: Settings, world: World) -> None:
    """Let the service leave a hole in the fourth week, and fill it in the eighth out of all proportion."""
    world.downloads, world.holes = {"kfp": 10_000}, {MONDAY + 4 * WEEK - 3 * DAY}
    refresh(place, world, MONDAY)
    refresh(place, world, MONDAY + 7 * WEEK)
    world.holes, world.restated = set(), {MONDAY + 4 * WEEK - 3 * DAY: 10**6}
    refresh(place, world, MONDAY + 8 * WEEK)


def test_a_restated_week_stands_beside_the_first_and_each_is_shown_as_it_was_known(
    past_place: Settings, world: World
) -> None:
    refresh(past_place, world, MONDAY)
    world.restated = {MONDAY - 3 * DAY: 110}
    report = refresh(past_place, world, MONDAY + 7 * WEEK)
    assert report.observations == 1 + 7, "the week that was restated, and those that are new"
    assert shown(past_place, MONDAY) == (170.0, "fresh", MONDAY)
    assert shown(past_place, MONDAY, MONDAY) == (70.0, "fresh", MONDAY)
    assert shown(past_place, MONDAY, MONDAY + 7 * WEEK - DAY) == (70.0, "fresh", MONDAY)
    with Ledger.open(past_place.db) as ledger:
        rows = ledger.history(None, None, MONDAY, MONDAY, ledger.known())
        assert [(row.value, row.run, row.method) for row in rows] == [(70.0, 1, "observed"), (170.0, 2, "derived")]


def test_what_did_not_change_is_not_stored_again(past_place: Settings, world: World) -> None:
    refresh(past_place, world, MONDAY)
    assert refresh(past_place, world, MONDAY + WEEK).observations == 1


def test_a_hole_that_the_service_mends_later_is_filled_by_the_next_refresh(past_place: Settings, world: World) -> None:
    refresh(past_place, world, MONDAY)
    world.holes = {MONDAY}
    assert refresh(past_place, world, MONDAY + WEEK).observations == 0
    assert shown(past_place, MONDAY + WEEK) == (70.0, "carried", MONDAY)
    now = replace(past_place, now=datetime.combine(MONDAY + WEEK, time(6), UTC))
    (gap,) = read_gaps(now, (), None, None)[1]
    assert (gap.day, gap.reason) == (MONDAY + WEEK, "upstream hole")
    world.holes = set()
    refresh(past_place, world, MONDAY + 2 * WEEK)
    assert shown(past_place, MONDAY + WEEK) == (70.0, "fresh", MONDAY + WEEK)
    assert shown(past_place, MONDAY + WEEK, MONDAY + WEEK) == (70.0, "carried", MONDAY)
    assert read_gaps(now, (), None, None)[1] == []


def test_a_week_that_is_restated_out_of_all_proportion_is_held_until_it_is_mended(
    past_place: Settings, world: World
) -> None:
    world.downloads = {"kfp": 10_000}
    refresh(past_place, world, MONDAY)
    refresh(past_place, world, MONDAY + 7 * WEEK)
    world.restated = {MONDAY + 4 * WEEK - 3 * DAY: 10**6}
    report = refresh(past_place, world, MONDAY + 8 * WEEK)
    assert [str(one.detail) for one in report.troubles] == [
        "restated: 70,000, now 1,060,000 (+1,414.3 %; usual: 0 % a week)"
    ]
    assert shown(past_place, MONDAY + 4 * WEEK) == (70_000.0, "held", MONDAY + 4 * WEEK)
    assert shown(past_place, MONDAY + 8 * WEEK) == (70_000.0, "fresh", MONDAY + 8 * WEEK)
    assert refresh(past_place, world, MONDAY + 9 * WEEK).observations == 1, "as told before"
    world.restated = {}
    assert refresh(past_place, world, MONDAY + 10 * WEEK).observations == 2
    assert shown(past_place, MONDAY + 4 * WEEK) == (70_000.0, "fresh", MONDAY + 4 * WEEK)


def test_weeks_that_are_restated_out_of_all_proportion_are_held_though_they_are_most(
    past_place: Settings, world: World
) -> None:
    world.downloads = {"kfp": 10_000}
    for week in (0, 14):
        refresh(past_place, world, MONDAY + week * WEEK)
    world.restated = {MONDAY + week * WEEK - 3 * DAY: 10**6 for week in range(2, 13)}
    refresh(past_place, world, MONDAY + 15 * WEEK)
    weeks = [MONDAY + week * WEEK for week in range(16)]
    assert [shown(past_place, day)[0] for day in weeks] == [70_000.0] * 16
    assert [shown(past_place, day)[1] for day in weeks] == [*["fresh"] * 2, *["held"] * 11, *["fresh"] * 3]


def test_what_a_backfill_restates_out_of_all_proportion_is_held_too(past_place: Settings, world: World) -> None:
    world.downloads = {"kfp": 10_000}
    refresh(past_place, world, MONDAY)
    refresh(past_place, world, MONDAY + 7 * WEEK)
    world.restated = {MONDAY + 4 * WEEK - 3 * DAY: 10**6}
    now = replace(past_place, now=datetime.combine(MONDAY + 8 * WEEK, time(6), UTC))
    world.today = MONDAY + 8 * WEEK
    report = backfill(job(now), Selection((), ("pypistats",)), Span(MONDAY + 2 * WEEK, MONDAY + 6 * WEEK))
    assert (report.observations, report.counts["pypistats"]) == (1, {"quarantined": 1})
    assert shown(past_place, MONDAY + 4 * WEEK) == (70_000.0, "held", MONDAY + 4 * WEEK)


def test_a_hole_that_is_filled_out_of_all_proportion_stays_one_until_somebody_looks(
    past_place: Settings, world: World
) -> None:
    fill_wrongly(past_place, world)
    assert shown(past_place, MONDAY + 4 * WEEK) == (70_000.0, "held", MONDAY + 3 * WEEK)
    assert shown(past_place, MONDAY + 8 * WEEK) == (70_000.0, "fresh", MONDAY + 8 * WEEK)
    world.restated = {}
    refresh(past_place, world, MONDAY + 9 * WEEK)
    assert shown(past_place, MONDAY + 4 * WEEK) == (70_000.0, "fresh", MONDAY + 4 * WEEK)


def test_a_week_whose_value_was_rejected_is_filled_by_another_source_than_told_that(
    past_place: Settings, world: World
) -> None:
    fill_wrongly(past_place, world)
    now = replace(past_place, now=datetime.combine(MONDAY + 8 * WEEK, time(6), UTC))
    decide(now, "reject", Choice("p", "pypi_downloads_7d"), "a bot")
    assert [(gap.reason, gap.sources) for gap in read_gaps(now, (), None, None)[1]] == [
        ("rejected in review", ("clickpy",))
    ]
    later = replace(now, now=datetime.combine(MONDAY + 8 * WEEK, time(7), UTC))
    fill(job(later), (), None, None)
    assert read_gaps(later, (), None, None)[1] == []
