"""Runs that are put at their place in the past of the second clock, on both databases."""

from datetime import timedelta

import pytest

from storage.database.errors import NoRoom
from storage.model import Run
from tests.ledgers import Ledger
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, frame, learn, values

LATER = START + 10 * WEEK


def place(ledger: Ledger, value: float, public: object = START - WEEK) -> Run:
    """Play an import of Monday's value that was public earlier."""
    when = {"kind": "import", "scope": "{}", "day": LATER.date(), "now": LATER, "catalog_id": None, "version": "0"}
    run = ledger.begin(**when, public=public)  # type: ignore[arg-type]
    ledger.append(run, frame([(KFP, MONDAY, value)]))
    return ledger.close(run, state="done", now=LATER, public=public)


def test_it_is_known_since_it_was_public_and_not_before(ledger: Ledger) -> None:
    for week in range(3):
        learn(ledger, [(KFP, MONDAY, float(week))], ONE, at=START + 2 * week * WEEK)
    run = place(ledger, 9.0, START + WEEK)
    assert run.id == 4
    assert values(ledger, when=START + WEEK) == {"kfp": 9.0}  # type: ignore[arg-type]
    assert values(ledger, when=1) == {"kfp": 0.0}
    assert values(ledger) == {"kfp": 2.0}, "what was learned later is newer"


def test_it_goes_before_a_run_that_was_known_later_though_begun_earlier(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    assert place(ledger, 9.0, START - WEEK).known_seq < ledger.known(1).known_seq


def test_where_runs_stand_side_by_side_there_is_no_room(ledger: Ledger) -> None:
    for seconds in range(2):
        learn(ledger, [(KFP, MONDAY, 1.0 + seconds)], ONE, at=START + timedelta(seconds=seconds))
    with pytest.raises(NoRoom, match="2026-04-27T05:00:00Z"):
        place(ledger, 9.0, START)
    assert len(ledger.runs(9)) == 2
