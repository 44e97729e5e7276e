"""Filling gaps asks for exactly the weeks that lack, of those who can tell them, and stores nothing else."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from collector.catalog.schema import read_catalog
from jobs.collect.record import Job
from jobs.exits import DONE, PARTLY
from jobs.gaps.filling import fill
from jobs.gaps.gaps import read_gaps
from jobs.ingest.report import Report
from jobs.settings import Settings
from storage.database.errors import LedgerMissing
from tests.jobs.past_played import MONDAY, PACKAGE, REPOSITORY, WEEK, entry, play
from tests.jobs.past_services import World
from tests.ledgers import Ledger

CATALOG = read_catalog('[projects.p]\nname = "P"\ngithub = "o/r"\npypi = "kfp"\n', "catalog.toml")
PROJECT = (entry("p", REPOSITORY, PACKAGE),)


@pytest.fixture
def place(past_place: Settings) -> Settings:
    """Keep a ledger of three refreshes with a week missed between each."""
    with Ledger.open_or_create(past_place.db) as ledger:
        for back in (4, 2, 0):
            play(ledger, MONDAY - back * WEEK, {REPOSITORY: 90 - back, PACKAGE: 5}, PROJECT)
    return past_place


def filled(place: Settings, first: date | None = None, last: date | None = None) -> Report | None:
    return fill(job(place), (), first, last)


def job(place: Settings, stop: threading.Event | None = None) -> Job:
    return Job(place, CATALOG, stop or threading.Event(), lambda *_: None)


def stored(place: Settings, run: int) -> list[tuple[str, date]]:
    with Ledger.open(place.db) as ledger:
        rows = ledger.history(None, None, None, None, ledger.known())
        return sorted((row.source, row.day) for row in rows if row.run == run)


def test_exactly_the_weeks_that_lack_are_filled(place: Settings, world: World) -> None:
    missed = [MONDAY - 3 * WEEK, MONDAY - WEEK]
    report = filled(place)
    assert report is not None
    assert report.exit_code == DONE
    # pypistats' answers of later refreshes had no value for the packages' weeks: holes, which clickpy is asked for.
    assert stored(place, 4) == [("clickpy", day) for day in missed] + [("github-history", day) for day in missed]
    assert read_gaps(place, (), None, None)[1] == []
    assert world.asked["/repos/o/r/stargazers/history"] == 1


@pytest.mark.usefixtures("world")
def test_weeks_outside_of_the_days_named_are_left_alone(place: Settings) -> None:
    filled(place, MONDAY - 3 * WEEK, MONDAY - 2 * WEEK)
    assert [gap.day for gap in read_gaps(place, (), None, None)[1]] == 2 * [MONDAY - WEEK]


@pytest.mark.usefixtures("world")
def test_where_nothing_can_be_filled_nothing_is_begun(place: Settings, world: World) -> None:
    filled(place)
    world.asked.clear()
    assert filled(place) is None
    assert not world.asked
    with Ledger.open(place.db) as ledger:
        assert ledger.runs(1)[0].id == 4


def test_what_failed_is_left_and_the_rest_is_filled(place: Settings, world: World) -> None:
    world.broken = {"/repos/o/r"}
    report = filled(place)
    assert report is not None
    assert report.exit_code == PARTLY
    left = read_gaps(place, (), None, None)[1]
    assert [(gap.metric, gap.sources) for gap in left] == 2 * [("github_stars", ("github-history",))]


@pytest.mark.usefixtures("world")
def test_one_that_was_ended_is_taken_up_by_the_same_command(place: Settings) -> None:
    stop = threading.Event()
    stop.set()
    broken_off = fill(job(place, stop), (), None, None)
    assert broken_off is not None
    assert broken_off.interrupted
    later = replace(place, now=datetime.combine(MONDAY, time(9), UTC))
    report = filled(later)
    assert report is not None
    assert (broken_off.run, report.run, report.resumed) == (None, 4, True)


def test_there_must_be_a_ledger(past_place: Settings) -> None:
    with pytest.raises(LedgerMissing):
        filled(past_place)
