"""What is due is what a refresh can still do; weeks that passed without one are told apart from it."""

from datetime import timedelta
from pathlib import Path

import pytest

from jobs.cli import run
from jobs.exits import DONE
from jobs.settings import Settings
from jobs.status import read_status
from jobs.weeks import scope
from storage.ledger import Ledger
from tests.storage.play import MONDAY, START, WEEK, begin, entry

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


def test_a_run_that_was_broken_off_is_not_passed_over(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TALLYBOOK_NOW", f"{START:%Y-%m-%dT%H:%M:%SZ}")
    with Ledger.open(place.db) as ledger:
        begin(ledger, at=START + timedelta(hours=1))
    assert run(["--db", place.db, "status"]) == DONE
    assert capsys.readouterr().out.splitlines()[-1].startswith("run 2 (refresh) is open: it is in progress, or was ")


def test_what_was_missed_is_left_to_gaps(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TALLYBOOK_NOW", f"{THEN:%Y-%m-%dT%H:%M:%SZ}")
    assert run(["--db", place.db, "status"]) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == "due: the week of 2026-05-18"
    assert lines[-1].startswith("without a refresh: 2026-05-04 to 2026-05-11, 2 weeks; `tallybook gaps` says ")
