"""When an artifact was last answered, whatever has been dropped since, and which runs of a day broke off for what."""

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256

from sqlalchemy.dialects import sqlite

from storage.model import OutcomeRow
from storage.query import turns
from storage.query.turns import NEVER, answered_query, last_answered
from tests.ledgers import Ledger
from tests.storage.play import KFP, MONDAY, START, WEEK, Row, entry, learn, outcome

STARS = "github:o/r"
PROJECTS = (entry("p", STARS, "github:o/s", KFP),)
NAMES = [("github", name) for name in ("o/r", "o/s", "o/unknown")]
TODAY = ("refresh", "{}", MONDAY, sha256(repr(PROJECTS).encode()).hexdigest())


def answered(ledger: Ledger) -> dict[str, int]:
    """Say by number of the run to which GitHub last answered for each repository."""
    runs = {run.known_seq: run.id for run in ledger.runs(99)}
    with ledger.reading() as connection:
        return {name: runs[seen.at] for (_, name), seen in last_answered(connection, NAMES, "github").items()}


def broken_off(ledger: Ledger, of: tuple[str, str, date, str] = TODAY, cause: str = "limit") -> set[int]:
    with ledger.reading() as connection:
        return turns.broken_off(connection, *of, cause)


def refreshed(ledger: Ledger, rows: Sequence[Row] = (), outcomes: Sequence[OutcomeRow] = (), *, hours: int = 0) -> int:
    """Play a refresh of today; return its known_seq."""
    learn(ledger, rows, PROJECTS, at=START + timedelta(hours=hours), outcomes=outcomes, state="partial")
    return ledger.runs(1)[0].known_seq


def test_a_value_a_repetition_and_an_absence_are_answers_and_a_failure_is_none(ledger: Ledger) -> None:
    learn(ledger, [(STARS, MONDAY, 5)], PROJECTS)
    assert answered(ledger) == {"o/r": 1}
    learn(ledger, [(STARS, MONDAY, 5)], PROJECTS, at=START + WEEK, outcomes=[outcome("github:o/s", "missing")])
    assert answered(ledger) == {"o/r": 2, "o/s": 2}
    failed = [outcome(STARS, "failed", "transient"), outcome("github:o/s", "failed", "limit")]
    learn(ledger, [], PROJECTS, at=START + 2 * WEEK, outcomes=failed)
    assert answered(ledger) == {"o/r": 2, "o/s": 2}
    learn(ledger, [(STARS, MONDAY + 3 * WEEK, 6)], PROJECTS, at=START + 3 * WEEK)
    assert answered(ledger) == {"o/r": 4, "o/s": 2}


def test_what_was_told_to_be_absent_was_found_before(ledger: Ledger) -> None:
    learn(ledger, [(STARS, MONDAY, 5)], PROJECTS)
    gone = [outcome(STARS, "missing"), outcome("github:o/s", "missing")]
    learn(ledger, [], PROJECTS, at=START + WEEK, outcomes=gone)
    first, second = reversed([run.known_seq for run in ledger.runs(2)])
    with ledger.reading() as connection:
        seen = {name: tuple(answered) for (_, name), answered in last_answered(connection, NAMES, "github").items()}
    assert seen == {"o/r": (second, first), "o/s": (second, NEVER.found)}


def test_another_source_does_not_count(ledger: Ledger) -> None:
    learn(ledger, [(STARS, MONDAY, 5)], PROJECTS)
    with ledger.reading() as connection:
        assert last_answered(connection, NAMES, "github-history") == {}


def test_what_was_last_answered_is_sought_and_not_read_through() -> None:
    sql = str(answered_query({1, 2}, "github").compile(dialect=sqlite.dialect()))
    assert sql.count("LIMIT") == 2
    assert "GROUP BY" not in sql


def test_the_runs_that_broke_off_for_a_limit_are_those_since_one_that_did_not(ledger: Ledger) -> None:
    limited = [outcome("github:o/s", "failed", "limit")]
    refreshed(ledger, [(STARS, MONDAY, 5)], limited)
    assert broken_off(ledger) == {ledger.runs(1)[0].known_seq}
    refreshed(ledger, [(KFP, MONDAY, 5)], hours=1)
    assert broken_off(ledger) == set(), "the newest one did not"
    known_seqs = {refreshed(ledger, outcomes=limited, hours=hours) for hours in (2, 3)}
    assert broken_off(ledger) == known_seqs


def test_another_day_scope_catalog_or_cause_is_another_undertaking(ledger: Ledger) -> None:
    refreshed(ledger, [(STARS, MONDAY, 5)], [outcome("github:o/s", "failed", "limit")])
    kind, scope, day, catalog = TODAY
    others = (kind, scope, day + WEEK, catalog), (kind, "p", day, catalog), (kind, scope, day, "other")
    assert [broken_off(ledger, other) for other in others] == [set()] * 3
    assert broken_off(ledger, cause="transient") == set()
