"""What is held or rejected does not count until a review decides otherwise, on both databases."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from storage.model import Held, Run
from storage.quarantine import decisions
from storage.quarantine.held import Hold
from storage.runs import runs
from tests.ledgers import Ledger
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, Row, begin, frame, parts, values

REASON = "fell by half"
SECOND, THIRD = MONDAY + WEEK, MONDAY + 2 * WEEK


def play(ledger: Ledger, week: int, value: float, *, held: bool = False, rows: Sequence[Row] = ()) -> Run:
    """Play the refresh of a week (0 is the first) whose value a guard holds or lets pass."""
    at = START + week * WEEK
    run = begin(ledger, ONE, at=at)
    ledger.append(run, frame([(KFP, at.date(), value), *rows]))
    if held:
        (only,) = (one.series for one in ledger.reviews.judged(run))
        ledger.reviews.hold(run, [Hold(only, at.date(), "implausible", REASON)])
    return ledger.close(run, state="done", now=at)


def review(ledger: Ledger, verdict: str, day: date, *, week: int = 1, hours: int = 1) -> Run:
    """Play a review of the value of a day, some hours after the refresh of a week."""
    at = START + week * WEEK + timedelta(hours=hours)
    run = ledger.begin(kind="review", scope="{}", day=at.date(), now=at, catalog_id=None, version="0")
    with ledger.reading() as connection:
        places = decisions.meant(connection, [1], day, day, verdict, runs.known(connection, None))
    ledger.reviews.decide(run, places, verdict=verdict, reason=f"{verdict} it", now=at)
    return ledger.close(run, state="done", now=at)


def held(ledger: Ledger, day: date = THIRD) -> Held | None:
    (only,) = parts(ledger, day)
    return only.held


def test_a_held_value_leaves_the_last_good_one_and_is_shown_beside_it(ledger: Ledger) -> None:
    play(ledger, 0, 100.0)
    play(ledger, 1, 50.0, held=True)
    (only,) = parts(ledger, SECOND)
    assert (only.value, only.day, only.run, only.outcome) == (100.0, MONDAY, 1, "quarantined")
    assert only.held == Held(SECOND, 50.0, "implausible", REASON)
    assert (only.cause, only.detail) == ("implausible", REASON)


def test_a_table_of_a_day_before_knows_nothing_of_it(ledger: Ledger) -> None:
    play(ledger, 0, 100.0)
    play(ledger, 1, 50.0, held=True)
    (only,) = parts(ledger, MONDAY)
    assert (only.value, only.held) == (100.0, None)


def test_what_was_held_at_first_has_no_good_value(ledger: Ledger) -> None:
    play(ledger, 0, 100.0, held=True)
    (only,) = parts(ledger, MONDAY)
    assert (only.value, only.day, only.held) == (None, None, Held(MONDAY, 100.0, "implausible", REASON))


def test_a_newer_good_value_counts_whatever_is_held_before_it(ledger: Ledger) -> None:
    play(ledger, 0, 100.0)
    play(ledger, 1, 50.0, held=True)
    play(ledger, 2, 101.0)
    assert (values(ledger, THIRD), held(ledger)) == ({"kfp": 101.0}, None)


def test_several_held_weeks_fall_back_on_the_last_good_one(ledger: Ledger) -> None:
    play(ledger, 0, 100.0)
    for week in range(1, 6):
        play(ledger, week, 50.0 + week, held=True)
    last = MONDAY + 5 * WEEK
    (only,) = parts(ledger, last)
    assert (only.value, only.held) == (100.0, Held(last, 55.0, "implausible", REASON))


def test_the_past_that_came_in_the_same_run_counts_while_its_newest_day_is_held(ledger: Ledger) -> None:
    play(ledger, 1, 50.0, rows=[(KFP, MONDAY, 100.0)])
    at = START + 2 * WEEK
    run = begin(ledger, ONE, at=at)
    ledger.append(run, frame([(KFP, SECOND, 99.0), (KFP, THIRD, 3.0)]))
    ledger.reviews.hold(run, [Hold(1, THIRD, "implausible", REASON)])
    ledger.close(run, state="done", now=at)
    assert values(ledger, THIRD) == {"kfp": 99.0}
    assert held(ledger) == Held(THIRD, 3.0, "implausible", REASON)


def test_the_value_of_a_day_before_it_was_restated_to_a_held_one_counts(ledger: Ledger) -> None:
    play(ledger, 0, 100.0)
    at = START + timedelta(hours=2)
    run = begin(ledger, ONE, at=at)
    ledger.append(run, frame([(KFP, MONDAY, 3.0)]))
    ledger.reviews.hold(run, [Hold(1, MONDAY, "implausible", REASON)])
    ledger.close(run, state="done", now=at)
    assert values(ledger, MONDAY) == {"kfp": 100.0}


@pytest.mark.parametrize(
    ("verdicts", "value", "rejected"),
    [
        (["accept"], 50.0, None),
        (["reject"], 100.0, True),
        (["note"], 100.0, False),
        (["accept", "reject"], 100.0, True),
        (["reject", "accept"], 50.0, None),
        (["accept", "reopen"], 100.0, False),
        (["accept", "note"], 50.0, None),
    ],
)
def test_the_newest_decision_on_a_held_value_counts(
    ledger: Ledger, verdicts: list[str], value: float, *, rejected: bool | None
) -> None:
    play(ledger, 0, 100.0)
    play(ledger, 1, 50.0, held=True)
    for hours, verdict in enumerate(verdicts, 1):
        review(ledger, verdict, SECOND, hours=hours)
    assert values(ledger, THIRD) == {"kfp": value}
    found = held(ledger)
    assert (None if found is None else found.rejected) == rejected
    if rejected:
        assert found == Held(SECOND, 50.0, "review", "reject it", rejected=True)


def test_a_value_that_no_guard_held_can_be_rejected_and_taken_back(ledger: Ledger) -> None:
    play(ledger, 0, 100.0)
    play(ledger, 1, 50.0)
    review(ledger, "reject", SECOND)
    assert values(ledger, THIRD) == {"kfp": 100.0}
    review(ledger, "reopen", SECOND, hours=2)
    assert values(ledger, THIRD) == {"kfp": 50.0}


def play_twice(ledger: Ledger) -> None:
    """Let the value of the second week be held, then come out well, and be held again."""
    play(ledger, 0, 100.0)
    for hours, (value, is_held) in enumerate(((3.0, True), (102.0, False), (4.0, True))):
        at = START + WEEK + timedelta(minutes=hours)
        run = begin(ledger, ONE, at=at)
        ledger.append(run, frame([(KFP, SECOND, value)]))
        ledger.reviews.hold(run, [Hold(1, SECOND, "implausible", REASON)] if is_held else [])
        ledger.close(run, state="done", now=at)


@pytest.mark.parametrize(
    ("verdicts", "value"),
    [
        (["reject"], 102.0),
        (["accept"], 4.0),
        (["accept", "reject"], 102.0),
        (["reject", "note", "reject"], 100.0),
        (["reject", "reject", "reopen"], 102.0),
        (["reject", "reopen", "reject"], 102.0),
        (["reject", "reject", "accept"], 4.0),
    ],
)
def test_a_rejection_leaves_a_good_value_of_the_day_until_only_that_is_left(
    ledger: Ledger, verdicts: list[str], value: float
) -> None:
    play_twice(ledger)
    for hours, verdict in enumerate(verdicts, 1):
        review(ledger, verdict, SECOND, hours=hours)
    assert values(ledger, THIRD) == {"kfp": value}
    with ledger._engine.connect() as connection:
        seen = [row.value for row in connection.exec_driver_sql("SELECT value FROM history ORDER BY day, run")]
    assert seen == [row.value for row in ledger.history(None, None, None, None, ledger.known())]
    assert seen[-1] == value


def test_each_decision_counts_from_its_place_on_the_second_clock(ledger: Ledger) -> None:
    play(ledger, 0, 100.0)
    refresh = play(ledger, 1, 50.0, held=True)
    accepted = review(ledger, "accept", SECOND)
    rejected = review(ledger, "reject", SECOND, hours=2)
    known = [values(ledger, THIRD, run.id)["kfp"] for run in (refresh, accepted, rejected)]
    assert known == [100.0, 50.0, 100.0]


def test_a_decision_says_nothing_of_a_value_that_came_after_it(ledger: Ledger) -> None:
    play(ledger, 0, 100.0)
    play(ledger, 1, 50.0)
    review(ledger, "reject", SECOND)
    play(ledger, 2, 104.0, rows=[(KFP, SECOND, 102.0)])
    assert values(ledger, SECOND) == {"kfp": 102.0}


def test_the_history_leaves_out_what_is_withheld_unless_it_is_wanted(ledger: Ledger) -> None:
    play(ledger, 0, 100.0)
    play(ledger, 1, 50.0, held=True)
    play(ledger, 2, 101.0)

    def history(*, withheld_too: bool) -> list[tuple[float, str]]:
        rows = ledger.history(None, None, None, None, ledger.known(), withheld_too=withheld_too)
        return [(row.value, row.standing) for row in rows]

    assert history(withheld_too=False) == [(100.0, "counts"), (101.0, "counts")]
    assert history(withheld_too=True) == [(100.0, "counts"), (50.0, "held"), (101.0, "counts")]
    review(ledger, "reject", SECOND)
    assert history(withheld_too=True) == [(100.0, "counts"), (50.0, "rejected"), (101.0, "counts")]
    review(ledger, "accept", SECOND)
    assert history(withheld_too=False) == [(100.0, "counts"), (50.0, "counts"), (101.0, "counts")]


def test_the_view_for_plain_sql_agrees_with_the_history(ledger: Ledger) -> None:
    play(ledger, 0, 100.0)
    play(ledger, 1, 50.0, held=True)
    play(ledger, 2, 101.0)

    def view() -> list[float]:
        with ledger._engine.connect() as connection:
            return [row.value for row in connection.exec_driver_sql("SELECT value FROM history ORDER BY day")]

    assert view() == [100.0, 101.0]
    for hours, (verdict, day, expected) in enumerate(
        [
            ("accept", SECOND, [100.0, 50.0, 101.0]),
            ("reopen", SECOND, [100.0, 101.0]),
            ("reject", MONDAY, [101.0]),
            ("note", MONDAY, [101.0]),
        ],
        1,
    ):
        review(ledger, verdict, day, hours=hours, week=2)
        assert view() == expected
        assert [row.value for row in ledger.history(None, None, None, None, ledger.known())] == expected


def test_a_source_is_as_fresh_as_its_newest_value_that_counts(ledger: Ledger) -> None:
    play(ledger, 0, 100.0)
    play(ledger, 1, 50.0, held=True)
    (source,) = ledger.freshness()
    assert (source.newest_day, source.outcomes) == (MONDAY, {"quarantined": 1})


def test_what_a_guard_says_twice_of_a_run_counts_once(ledger: Ledger) -> None:
    """A run that was killed between being judged and being closed is judged again."""
    run = begin(ledger, ONE)
    ledger.append(run, frame([(KFP, MONDAY, 1.0)]))
    for reason in ("first", "second"):
        (outcome,) = ledger.reviews.hold(run, [Hold(1, MONDAY, "implausible", reason)])
        assert (outcome.kind, outcome.name, outcome.state, outcome.detail) == ("pypi", "kfp", "quarantined", reason)
    ledger.close(run, state="done", now=START)
    found = held(ledger, MONDAY)
    assert found is not None
    assert found.reason == "second"


def test_a_verdict_that_is_none_is_refused(ledger: Ledger) -> None:
    play(ledger, 0, 100.0)
    with pytest.raises(ValueError, match="'perhaps' is no verdict"):
        review(ledger, "perhaps", MONDAY)


def test_what_is_held_and_decided_can_be_listed(ledger: Ledger) -> None:
    play(ledger, 0, 100.0)
    run = play(ledger, 1, 50.0, held=True)
    known = ledger.known()
    (only,) = ledger.reviews.undecided([1], known)
    assert (only.series, only.day, only.value, only.run, only.since) == (1, SECOND, 50.0, run.id, SECOND)
    assert ledger.reviews.holds([1], SECOND, known) == [only]
    assert (ledger.reviews.undecided([2], known), ledger.reviews.holds([1], MONDAY, known)) == ([], [])
    done = review(ledger, "accept", SECOND)
    assert ledger.reviews.undecided([1], ledger.known()) == []
    assert ledger.reviews.undecided([1], known) == [only], "it was still held then"
    (decision,) = ledger.reviews.decisions([1], SECOND, ledger.known())
    assert (decision.day, decision.run, decision.verdict, decision.reason) == (SECOND, done.id, "accept", "accept it")
    assert decision.at == done.started_at
