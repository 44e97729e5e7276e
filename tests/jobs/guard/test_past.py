"""What an import brings is judged by all that is known of its series, whichever of its runs brought it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from jobs.guard.past import HeldPast, guard_import
from storage.model import Run
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, ONE, START, WEEK, entry, frame, learn, values

STARS = "github:o/r"
PROJECTS = (*ONE, entry("p", STARS))


def bring(ledger: Ledger, weekly: Sequence[tuple[int, float]], *, week: int = 10) -> Run:
    """Play an import of values by week, some weeks after the first."""
    at = START + week * WEEK
    run = ledger.begin(kind="import", scope="{}", day=at.date(), now=at, catalog_id=None, version="0")
    ledger.append(run, frame([(STARS, MONDAY + number * WEEK, value) for number, value in weekly]))
    return ledger.close(run, state="done", now=at)


def judged(ledger: Ledger, *runs: Run) -> HeldPast:
    with ledger.writing() as connection:
        return guard_import(connection, runs)


def stars(ledger: Ledger, week: int) -> float | None:
    return values(ledger, MONDAY + week * WEEK)["o/r"]


def test_a_value_that_comes_back_is_held_and_never_shown(ledger: Ledger) -> None:
    learn(ledger, (), PROJECTS)
    held = judged(ledger, bring(ledger, [(0, 727), (1, 727), (2, 13_006), (3, 727)]))
    assert [stars(ledger, week) for week in range(4)] == [727, 727, 727, 727]
    assert (held.count, [str(group) for group in held.groups]) == (
        1,
        [
            (
                "github: 1 value of github_stars of 2026-05-11 held (implausible): 727 on 2026-05-04, now 13,006 "
                "(+1,689.0 %; in a series of less than 4 weeks), then 727 on 2026-05-18"
            )
        ],
    )


def test_a_level_that_stays_is_taken(ledger: Ledger) -> None:
    learn(ledger, (), PROJECTS)
    assert judged(ledger, bring(ledger, [(0, 40_800), (1, 40_824), (2, 1_547), (3, 1_560), (4, 1_571)])) == HeldPast()
    assert stars(ledger, 4) == 1_571


@pytest.mark.both_databases
def test_the_runs_of_one_import_are_judged_together_and_each_keeps_its_own_holds(ledger: Ledger) -> None:
    learn(ledger, (), PROJECTS)
    runs = [
        bring(ledger, [(week, value)], week=10 + week) for week, value in enumerate((727, 727, 13_006, 727, 728, 728))
    ]
    assert judged(ledger, *runs).count == 1
    assert [stars(ledger, week) for week in range(6)] == [727, 727, 727, 727, 728, 728]
    with ledger.reading() as connection:
        states = connection.exec_driver_sql("SELECT known_seq FROM hold").scalars().all()
    assert states == [runs[2].known_seq]


def test_what_was_known_before_is_the_level_and_is_not_held(ledger: Ledger) -> None:
    learn(ledger, (), PROJECTS)
    before = [(week, 727.0) for week in (0, 1, 3, 4)]
    bring(ledger, [*before, (5, 13_006)])
    assert judged(ledger, bring(ledger, [(2, 9_000.0)], week=11)).count == 1
    assert [stars(ledger, week) for week in (2, 5)] == [727, 13_006]


def test_the_outcome_of_a_series_is_quarantined_only_if_its_newest_value_is_held(ledger: Ledger) -> None:
    learn(ledger, (), PROJECTS)
    for weekly, state in (([(0, 727), (1, 13_006), (2, 727)], "recorded"), ([(5, 728), (6, 13_006)], "quarantined")):
        judged(ledger, bring(ledger, weekly, week=20 + weekly[0][0]))
        (part,) = (part for part in ledger.parts(MONDAY + 30 * WEEK, ledger.known()) if part.artifact == "o/r")
        assert part.outcome == state


def test_an_import_of_nothing_is_judged_at_once(ledger: Ledger) -> None:
    learn(ledger, [(STARS, MONDAY, 5.0)], PROJECTS, at=START + timedelta(hours=1))
    assert judged(ledger) == HeldPast()
