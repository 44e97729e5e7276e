"""Which runs are judged before they count, and what of them."""

from datetime import timedelta

import pytest

from jobs.guard.guarding import Judged, guard
from storage.editions.editions import keep
from storage.model import Edition, Run
from storage.quarantine.held import Hold
from storage.quarantine.judged import run_series
from tests.ledgers import Ledger
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, Row, frame, learn, values

GOOD, BAD = 100_000.0, 12.0
HELD_DAY = MONDAY + WEEK


def bring(ledger: Ledger, kind: str, week: int, *rows: Row, hours: int = 0) -> Run:
    """Store a run of a week, unjudged."""
    at = START + week * WEEK + timedelta(hours=hours)
    run = ledger.begin(kind=kind, scope="{}", day=at.date(), now=at, catalog_id=None, version="0")
    ledger.append(run, frame(rows))
    return run


def judged(ledger: Ledger, run: Run) -> Judged:
    with ledger.writing() as connection:
        return guard(connection, run)


@pytest.fixture
def held(ledger: Ledger) -> Ledger:
    """Give a ledger in which the value of the second week is held."""
    learn(ledger, [(KFP, MONDAY, GOOD)], ONE)
    run = bring(ledger, "refresh", 1, (KFP, HELD_DAY, BAD))
    ledger.reviews.hold(run, [Hold(1, HELD_DAY, "implausible", "it fell")])
    return ledger


@pytest.mark.parametrize("kind", ["refresh", "backfill"])
def test_a_held_value_is_not_replaced_by_one_as_bad(held: Ledger, kind: str) -> None:
    (outcome,) = judged(held, bring(held, kind, 2, (KFP, HELD_DAY, BAD + 1))).held
    assert (outcome.name, outcome.state, outcome.cause) == ("kfp", "quarantined", "implausible")
    assert values(held, HELD_DAY) == {"kfp": GOOD}


def test_a_backfill_may_mend_a_held_value(held: Ledger) -> None:
    assert judged(held, bring(held, "backfill", 2, (KFP, HELD_DAY, GOOD + 1))) == Judged([], ())
    assert values(held, HELD_DAY) == {"kfp": GOOD + 1}


def test_a_backfill_is_judged_with_hindsight(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY + 10 * WEEK, GOOD)], ONE, at=START + 10 * WEEK)
    past = [(KFP, MONDAY + week * WEEK, BAD if week == 4 else GOOD + week) for week in range(10)]
    (outcome,) = judged(ledger, bring(ledger, "backfill", 11, *past)).held
    assert outcome.detail.startswith("100,003 on 2026-05-18, now 12 (-100.0 %; usual: less than 0.1 % a week), then ")
    assert values(ledger, MONDAY + 4 * WEEK) == {"kfp": GOOD + 3}
    assert values(ledger, MONDAY + 5 * WEEK) == {"kfp": GOOD + 5}


@pytest.mark.parametrize(("kind", "found"), [("refresh", ["stale"]), ("backfill", [])])
def test_a_source_that_tells_nothing_newer_is_named_by_a_refresh_only(
    ledger: Ledger, kind: str, found: list[str]
) -> None:
    rows = [(f"pypi:package-{number}", MONDAY, GOOD + number) for number in range(20)]
    learn(ledger, rows)
    assert [finding.guard for finding in judged(ledger, bring(ledger, kind, 1, *rows)).findings] == found


@pytest.mark.parametrize("kind", ["import", "review"])
def test_other_runs_are_not_judged_as_the_week_that_they_come_in(held: Ledger, kind: str) -> None:
    assert judged(held, bring(held, kind, 2, (KFP, HELD_DAY, BAD + 1))) == Judged()


def test_a_source_frozen_over_the_parts_of_a_day_is_held_as_far_as_the_last_part_brought_it(ledger: Ledger) -> None:
    names = [f"pypi:package-{number}" for number in range(24)]
    for week in range(4):
        at = START + week * WEEK
        learn(ledger, [(name, at.date(), GOOD * (1 + week / 100)) for name in names], at=at)
    day = MONDAY + 4 * WEEK
    for part, some in enumerate((names[:19], names[19:])):
        made = judged(ledger, bring(ledger, "refresh", 4, *((name, day, GOOD * 1.03) for name in some), hours=part))
        assert len(made.held) == (5 if part else 0)


def test_the_largest_moves_and_restated_values_of_published_weeks_are_told(ledger: Ledger) -> None:
    for week in range(8):
        at = START + week * WEEK
        learn(ledger, [(KFP, at.date(), GOOD + week), ("pypi:other", at.date(), GOOD)], ONE, at=at)
    published = MONDAY + 6 * WEEK
    edition = Edition("page", published, START + 7 * WEEK, ledger.known().known_seq, 8, None, "{}", "{}", "d")
    with ledger.writing() as connection:
        keep(connection, edition, {})
    rows = [
        (KFP, MONDAY + 8 * WEEK, GOOD * 1.5),
        (KFP, published, GOOD * 1.02),
        ("pypi:other", MONDAY + 8 * WEEK, GOOD),
    ]
    assert judged(ledger, bring(ledger, "refresh", 8, *rows)).changes == (
        "moved: pypi_downloads_7d of pypi:kfp from 100,007 on 2026-06-15 to 150,000 (+50 %)",
        "1 value of a published week restated, see `tallybook diff 2026-06-08`",
    )


REPOSITORY = "github:o/r"


@pytest.fixture
def imported(ledger: Ledger) -> Ledger:
    """Give a ledger in which a list's stars of ten weeks were imported."""
    rows = frame([(REPOSITORY, MONDAY + week * WEEK, 192_161.0 + 10 * week) for week in range(11)])
    rows["source"], rows["method"] = "best-of", "imported"
    run = ledger.begin(kind="import", scope="{}", day=MONDAY, now=START, catalog_id=None, version="0")
    ledger.append(run, rows)
    ledger.close(run, state="done", now=START)
    return ledger


def test_what_is_measured_first_is_compared_with_what_was_imported_before(imported: Ledger) -> None:
    day = MONDAY + 12 * WEEK
    earlier = [(REPOSITORY, day - back * WEEK, 338.0) for back in (20, 2, 1)]
    (outcome,) = judged(imported, bring(imported, "refresh", 12, *earlier, (REPOSITORY, day, 338.0))).held
    assert (outcome.source, outcome.state, outcome.cause) == ("github", "quarantined", "implausible")
    assert outcome.detail == (
        "github does not go on from best-of: 192,261 on 2026-07-06, now 338 (-99.8 %; usual: less than 0.1 % a week)"
    )
    with imported.reading() as connection:
        counted = connection.exec_driver_sql("SELECT COUNT(*) FROM history WHERE source = 'github'").scalar()
    assert counted == 0, "what came with it is held too"


def test_a_first_value_that_goes_on_from_an_import_counts_and_is_not_compared_again(imported: Ledger) -> None:
    for week, stars in ((12, 192_300.0), (13, 192_310.0)):
        run = bring(imported, "refresh", week, (REPOSITORY, MONDAY + week * WEEK, stars))
        assert judged(imported, run).held == []
        imported.close(run, state="done", now=START + week * WEEK)
    with imported.reading() as connection:
        assert [one.imported for one in run_series(connection, run)] == [None]


def test_while_the_first_value_is_held_the_next_is_compared_with_the_import_too(imported: Ledger) -> None:
    for week, stars, count in ((12, 338.0, 1), (13, 339.0, 1), (14, 192_400.0, 0)):
        run = bring(imported, "refresh", week, (REPOSITORY, MONDAY + week * WEEK, stars))
        held = judged(imported, run).held
        assert len(held) == count
        assert all("does not go on from best-of" in one.detail for one in held)
        imported.close(run, state="done", now=START + week * WEEK)
