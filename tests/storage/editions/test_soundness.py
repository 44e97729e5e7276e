"""What keys and constraints do not hold is found, and a sound ledger has nothing to find."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from storage.editions.soundness import clock_put_back
from storage.editions.soundness import faults as found
from tests.ledgers import Ledger
from tests.storage.editions.test_editions import edition, keep, place
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, frame, learn, outcome, response

PUT_BACK = (
    "run 2 has its place after run 1, but became known before it (2026-04-27T04:00:00Z, 2026-04-27T05:00:00Z): "
    "the clock was put back"
)


@pytest.fixture
def full(ledger: Ledger) -> Ledger:
    """Give a ledger with two runs, a response, an import in the past and an edition."""
    learn(ledger, [(KFP, MONDAY - WEEK, 1)], ONE, outcomes=[outcome("docker:a/b", "missing")])
    run = ledger.begin(kind="refresh", scope="{}", day=MONDAY, now=START + WEEK, catalog_id=None, version="0")
    ledger.append(run, frame([(KFP, MONDAY, 2)], record="one"), [response("one")])
    ledger.close(run, state="done", now=START + WEEK)
    place(ledger)
    keep(ledger, edition(ledger))
    ledger.begin(kind="refresh", scope="{}", day=MONDAY, now=START + 2 * WEEK, catalog_id=None, version="0")
    return ledger


def faults(ledger: Ledger, *changes: str) -> list[str]:
    """Change the tables behind the ledger's back, and say what is found."""
    with ledger._engine.connect() as connection:
        for change in changes:
            connection.execute(text(change))
        connection.commit()
    with ledger.reading() as connection:
        return list(found(connection))


def test_a_sound_ledger_has_no_faults(full: Ledger) -> None:
    assert faults(full) == []


def test_an_empty_ledger_has_no_faults(ledger: Ledger) -> None:
    assert faults(ledger) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE observation SET known_seq = 7 WHERE value = 1", "observations of a run that is not there: 1"),
        ("UPDATE observation SET response_id = 9", "observations that refer to a response that is not there: 3"),
        (
            "UPDATE observation SET method = 77 WHERE value = 2",
            "observations by a method that this version does not know: 1",
        ),
        (
            "UPDATE outcome SET response_id = 9 WHERE state = 3",
            "outcomes that refer to a response that is not there: 1",
        ),
        (
            "INSERT INTO hold SELECT 1, 7, known_seq, 'implausible', '' FROM run WHERE id = 2",
            "values that are held but are not there: 1",
        ),
        ("UPDATE edition SET newest_run = 77", "editions whose run is not there: 1"),
        ("UPDATE edition SET newest_run = 1", "editions whose run is not there: 1"),
    ],
)
def test_what_does_not_fit_together_is_counted_and_named(full: Ledger, change: str, fault: str) -> None:
    assert faults(full, change) == [fault]


def put_back(ledger: Ledger) -> list[str]:
    with ledger.reading() as connection:
        return list(clock_put_back(connection))


def test_a_clock_that_was_put_back_is_no_fault(full: Ledger) -> None:
    assert put_back(full) == []
    assert faults(full, "UPDATE run SET known_at = '2026-04-27T04:00:00Z' WHERE id = 2") == []
    assert put_back(full) == [PUT_BACK]


def test_many_editions_are_counted(full: Ledger) -> None:
    for number in range(6):
        keep(full, replace(edition(full), day=MONDAY + timedelta(days=number + 1)))
    (fault,) = faults(full, "UPDATE edition SET newest_run = 77")
    assert fault == "editions whose run is not there: 1, 2, 3, 4, 5 and 2 more"
