"""The schedule: on the catalog's day, caught up at the start, ended by its signal, printed for cron."""

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import responses
from apscheduler.job import Job

from jobs.ingest.plan import scope
from jobs.printing import cron_line
from jobs.schedule import TRIES, Schedule
from jobs.settings import Settings, SettingsError
from jobs.weeks import missing_weeks
from tests.ledgers import Ledger

NOW = datetime(2026, 4, 29, 12, tzinfo=UTC)
"""A Wednesday."""


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    (tmp_path / "catalog.toml").write_text('cadence = "tuesday"\n[projects.p]\nname = "P"\npypi = "kfp"\n')
    return Settings(
        db=f"sqlite:///{tmp_path / 'ledger.db'}",
        catalog=tmp_path / "catalog.toml",
        recordings=tmp_path / "recordings",
        now=NOW,
        bases={"pypistats": "http://127.0.0.1:1"},
        timeout=0.2,
    )


def played(place: Settings, *days: date, projects: tuple[str, ...] = ()) -> None:
    """Put refreshes of these days into the ledger, of all or some projects."""
    with Ledger.open_or_create(place.db) as ledger:
        for day in days:
            at = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
            run = ledger.begin(kind="refresh", scope=scope(projects), day=day, now=at, catalog_id=None, version="0")
            ledger.close(run, state="done", now=at)


def test_without_a_ledger_the_running_week_is_due(place: Settings) -> None:
    assert missing_weeks(place, "tuesday") == [date(2026, 4, 28)]


def test_weeks_without_a_refresh_are_found_from_the_first_one_on(place: Settings) -> None:
    played(place, date(2026, 3, 31), date(2026, 4, 16))
    assert missing_weeks(place, "tuesday") == [date(2026, 4, 7), date(2026, 4, 21), date(2026, 4, 28)]


def test_a_refresh_on_any_day_of_the_week_counts_for_it(place: Settings) -> None:
    played(place, date(2026, 4, 29))
    assert missing_weeks(place, "tuesday") == []


def test_a_refresh_of_some_projects_is_not_the_weeks(place: Settings) -> None:
    played(place, date(2026, 4, 28), projects=("p",))
    assert missing_weeks(place, "tuesday") == [date(2026, 4, 28)]


def test_the_catalogs_day_is_scheduled_at_five(place: Settings) -> None:
    assert Schedule.read(place, None).fields == "0 5 * * tue"


@pytest.mark.parametrize("fields", ["often", "61 5 * * mon", "0 5 * *", "0 5 * * mon *", "0 0 31 2 *"])
def test_what_is_no_cron_expression_is_refused(place: Settings, fields: str) -> None:
    with pytest.raises(SettingsError, match="five cron fields"):
        Schedule.read(place, fields)


def test_the_cron_entry_is_one_line_for_this_folder(place: Settings) -> None:
    entry = cron_line(Schedule.read(place, None)).splitlines()[-1]
    assert entry.startswith("0 5 * * tue cd ")
    assert " refresh; case $? in 0|3|5) " in entry
    assert entry.endswith(" publish;; esac; }")
    assert f"--db {place.db}" in entry


def test_a_password_is_not_printed_into_a_command_line(place: Settings) -> None:
    from dataclasses import replace

    secret = replace(place, db="postgresql+psycopg://me:hunter2@localhost/numbers")
    text = cron_line(Schedule.read(secret, None))
    assert "hunter2" not in text
    assert "TALLYBOOK_DB" in text


def run_until(place: Settings, last: str) -> list[str]:
    """Run the schedule until it has said something that begins so; return all that it said."""
    stop, said = threading.Event(), list[str]()

    def say(line: str) -> None:
        said.append(line)
        if line.startswith(last):
            stop.set()

    guard = threading.Timer(20, stop.set)
    guard.start()
    Schedule.read(place, None).run(stop, say)
    guard.cancel()
    return said


def test_at_its_start_it_catches_up_the_running_week(place: Settings) -> None:
    played(place, date(2026, 4, 14))
    said = run_until(place, "pypistats: 0 recorded, 1 failed")
    assert said[:2] == [
        "without a refresh: 2026-04-21; `tallybook gaps` says what is missing of them and what can be filled",
        "the week of 2026-04-28 has no refresh yet: catching up now",
    ]
    assert any(line.startswith("pypistats: pypi:kfp failed") for line in said)
    assert said[-1] == "ended"


def test_with_the_week_done_it_waits_for_the_next(place: Settings) -> None:
    played(place, date(2026, 4, 28))
    said = run_until(place, "next refresh: ")
    assert len(said) == 2
    assert said[0].endswith("05:00 UTC")


def test_what_a_limit_has_left_is_asked_for_an_hour_later(place: Settings) -> None:
    with responses.RequestsMock() as services:
        services.get("http://127.0.0.1:1/api/packages/__all__/overall", status=429, headers={"Retry-After": "3600"})
        said = run_until(place, "going on with what is left: ")
    assert any(line.startswith("pypistats: 1 of 1 are left, ") for line in said)
    again = datetime.strptime(said[-2][-20:], "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    assert timedelta(minutes=58) < again - datetime.now(UTC) <= timedelta(hours=1)


def test_what_failed_in_passing_is_asked_for_again_an_hour_later(place: Settings) -> None:
    said = run_until(place, "asking again for what failed: ")
    assert "pypistats: 0 recorded, 1 failed" in said
    again = datetime.strptime(said[-2][-20:], "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    assert timedelta(minutes=58) < again - datetime.now(UTC) <= timedelta(hours=1)


class Turns:
    """Plays the turns of a schedule, one after the other, as its job would come to them."""

    def __init__(self, place: Settings) -> None:
        self.schedule = Schedule.read(place, "0 5 1 1 *")
        self.next_run_time = datetime.now(UTC) + timedelta(days=300)
        self.tries = TRIES
        self.said: list[str] = []

    def modify(self, *, args: list[int], next_run_time: datetime | None = None) -> None:
        (self.tries,) = args
        self.next_run_time = next_run_time or self.next_run_time

    def play(self) -> timedelta:
        """Play one; return how long after it the next one is due."""
        self.next_run_time = datetime.now(UTC) + timedelta(days=300)
        self.schedule._go_on(cast("Job", self), self.tries, threading.Event(), self.said.append)
        return self.next_run_time - datetime.now(UTC)


def test_what_goes_on_failing_is_left_for_the_next_refresh_after_some_times(place: Settings) -> None:
    """A refresh that cannot begin has failed, too."""
    turns = Turns(place)
    place.catalog.write_text("broken")
    again = [turns.play() for _ in range(TRIES + 2)]
    assert [wait <= timedelta(hours=1) for wait in again] == [True] * TRIES + [False, True], "then all begins anew"
    assert sum(line.startswith("asking again for what failed: ") for line in turns.said) == TRIES + 1


def test_once_it_has_worked_nothing_is_asked_again(place: Settings) -> None:
    turns = Turns(place)
    turns.tries = 1
    with responses.RequestsMock() as services:
        for package in ("__all__", "kfp"):
            services.get(f"http://127.0.0.1:1/api/packages/{package}/overall", status=404)
        assert turns.play() > timedelta(days=1)
    assert turns.tries == TRIES
    assert turns.said[-2] == "pypistats: 0 recorded, 1 missing"
    assert turns.said[-1] == f"next refresh: {turns.next_run_time:%Y-%m-%d %H:%M} UTC"


def test_what_only_a_person_can_mend_is_not_asked_for_again(place: Settings) -> None:
    with responses.RequestsMock() as services:
        for package in ("__all__", "kfp"):
            services.get(f"http://127.0.0.1:1/api/packages/{package}/overall", status=400)
        assert Turns(place).play() > timedelta(days=1)


def test_a_catalog_that_broke_meanwhile_is_said_and_not_the_end(place: Settings) -> None:
    schedule = Schedule.read(place, None)
    place.catalog.write_text("broken")
    said: list[str] = []
    schedule._refresh(threading.Event(), said.append)
    assert said[0].startswith("refresh failed: ")
