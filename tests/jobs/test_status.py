"""What is due is what a refresh can still do; weeks that passed without one are told apart from it."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.cli import run
from jobs.exits import DONE
from jobs.ingest.plan import scope
from jobs.settings import Settings
from jobs.status import read_status
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, START, WEEK, entry, learn

THEN = START + 3 * WEEK + timedelta(days=2)


@pytest.fixture
def place(ledger_url: str, tmp_path: Path) -> Settings:
    """Give a ledger with one refresh, three weeks ago."""
    with Ledger.open(ledger_url) as ledger:
        catalog = ledger.keep_catalog("", "monday", [entry("p", "pypi:kfp")], START)
        opened = ledger.begin(kind="refresh", scope=scope(), day=MONDAY, now=START, catalog_id=catalog, version="0")
        ledger.close(opened, state="done", now=START)
    return Settings(db=ledger_url, catalog=tmp_path / "catalog.toml", now=THEN)


def test_the_running_week_is_due_and_past_ones_were_missed(place: Settings) -> None:
    status = read_status(place)
    assert (status.due, status.missed) == ((MONDAY + 3 * WEEK,), (MONDAY + WEEK, MONDAY + 2 * WEEK))


def test_what_was_missed_is_left_to_gaps(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TALLYBOOK_NOW", f"{THEN:%Y-%m-%dT%H:%M:%SZ}")
    assert run(["--db", place.db, "status"]) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == "due: the week of 2026-05-18; `tallybook refresh` collects it"
    assert lines[-1].startswith("without a refresh: 2026-05-04 to 2026-05-11, 2 weeks; `tallybook gaps` says ")


def test_the_day_that_a_refresh_would_be_for_is_said_with_the_users_own(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a Monday at eight in Auckland it is still Sunday in UTC, and the week is the one before."""
    monkeypatch.setenv("TALLYBOOK_NOW", "2026-05-24T20:00:00Z")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        assert run(["--db", place.db, "status"]) == DONE
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    said = "a refresh now is for Sunday 2026-05-24 (UTC), in the week of Monday 2026-05-18; where you are it is Monday"
    assert any(line.startswith(said) for line in capsys.readouterr().out.splitlines())


@pytest.mark.both_databases
def test_a_source_without_a_value_of_the_last_week_is_late_and_all_fits_eighty_columns(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Ledger.open(place.db) as ledger:
        learn(ledger, [("pypi:kfp", MONDAY, 7.0)], at=START + timedelta(hours=1))
    assert read_status(replace(place, now=START + timedelta(days=6))).late == ()
    assert read_status(replace(place, now=START + timedelta(days=7))).late == ("pypistats",)
    monkeypatch.setenv("TALLYBOOK_NOW", f"{THEN:%Y-%m-%dT%H:%M:%SZ}")
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["--db", place.db, "status"]) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert "late: pypistats has no value of the last week" in lines
    assert max(map(len, lines)) <= 80
