"""Which runs are judged before they count, and what of them."""

from datetime import timedelta

import pytest

from jobs.guard.guarding import guard
from jobs.ingest.report import Report
from storage.ledger import Ledger
from storage.model import Run
from storage.quarantine.held import Hold
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, frame, learn, values

GOOD, BAD = 100_000.0, 12.0
HELD_DAY = MONDAY + WEEK


def begin(ledger: Ledger, kind: str, week: int, value: float) -> Run:
    """Leave a run of a week open that brought a value of the held day."""
    at = START + week * WEEK
    run = ledger.begin(kind=kind, scope="{}", day=at.date(), now=at, catalog_id=None, version="0")
    ledger.append(run, frame([(KFP, HELD_DAY, value)]))
    return run


@pytest.fixture
def held(ledger: Ledger) -> Ledger:
    """Give a ledger in which the value of the second week is held."""
    learn(ledger, [(KFP, MONDAY, GOOD)], ONE)
    run = begin(ledger, "refresh", 1, BAD)
    ledger.reviews.hold(run, [Hold(1, HELD_DAY, "implausible", "it fell")])
    ledger.close(run, state="done", now=START + WEEK)
    return ledger


@pytest.mark.parametrize("kind", ["refresh", "replay", "backfill"])
def test_a_held_value_is_not_replaced_by_one_as_bad(held: Ledger, kind: str) -> None:
    run = begin(held, kind, 2, BAD + 1)
    report = guard(held, run, Report(run.id, "", {"pypistats": {"recorded": 1}}, 1))
    held.close(run, state="done", now=START + 2 * WEEK)
    assert values(held, HELD_DAY) == {"kfp": GOOD}
    assert report.counts == {"pypistats": {"quarantined": 1}}


def test_a_backfill_may_mend_a_held_value(held: Ledger) -> None:
    run = begin(held, "backfill", 2, GOOD + 1)
    report = Report(run.id, "", {"pypistats": {"recorded": 1}}, 1)
    assert guard(held, run, report) is report
    held.close(run, state="done", now=START + 2 * WEEK)
    assert values(held, HELD_DAY) == {"kfp": GOOD + 1}


@pytest.mark.parametrize(("kind", "found"), [("refresh", ["stale"]), ("replay", []), ("backfill", [])])
def test_a_source_that_tells_nothing_newer_is_named_by_a_refresh_only(
    ledger: Ledger, kind: str, found: list[str]
) -> None:
    rows = [(f"pypi:package-{number}", MONDAY, GOOD + number) for number in range(20)]
    learn(ledger, rows)
    at = START + WEEK
    run = ledger.begin(kind=kind, scope="{}", day=at.date(), now=at, catalog_id=None, version="0")
    ledger.append(run, frame(rows))
    report = guard(ledger, run, Report(run.id, "", {"pypistats": {"unchanged": 20}}, 0))
    assert [finding.guard for finding in report.findings] == found


def test_an_import_is_kept_as_it_comes(held: Ledger) -> None:
    run = begin(held, "import", 2, BAD + 1)
    report = Report(run.id, "", {}, 1)
    assert guard(held, run, report) is report


def test_a_source_frozen_over_the_parts_of_a_day_is_held_as_far_as_the_last_part_brought_it(ledger: Ledger) -> None:
    names = [f"pypi:package-{number}" for number in range(24)]
    for week in range(4):
        at = START + week * WEEK
        learn(ledger, [(name, at.date(), GOOD * (1 + week / 100)) for name in names], at=at)
    for part, some in enumerate((names[:19], names[19:])):
        at = START + 4 * WEEK + timedelta(hours=part)
        run = ledger.begin(kind="refresh", scope="{}", day=at.date(), now=at, catalog_id=None, version="0")
        ledger.append(run, frame([(name, at.date(), GOOD * 1.03) for name in some]))
        report = guard(ledger, run, Report(run.id, "", {"pypistats": {"recorded": len(some)}}, len(some)))
        ledger.close(run, state="done", now=at)
        assert report.counts["pypistats"] == ({"quarantined": 5} if part else {"recorded": 19})
