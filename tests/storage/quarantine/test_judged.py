"""What guards are given to judge: what a run brought of each series' newest day, beside what counted before."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import delete

from storage.database.schema import observation
from storage.database.schema import outcome as outcome_table
from storage.database.schema import run as run_table
from storage.model import Run
from storage.quarantine import decisions
from storage.quarantine.held import Hold, RunSeries
from storage.quarantine.holds import keep_holds
from storage.quarantine.judged import run_series
from storage.runs import runs
from tests.ledgers import Ledger
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, Row, begin, frame, learn, outcome

SECOND, THIRD = MONDAY + WEEK, MONDAY + 2 * WEEK


def a_week(ledger: Ledger, week: int, *rows: Row, kind: str = "refresh") -> Run:
    """Store the run of a week, unjudged."""
    at = START + week * WEEK
    catalog = ledger.keep_catalog(repr(ONE), "monday", ONE, at)
    run = ledger.begin(kind=kind, scope="{}", day=at.date(), now=at, catalog_id=catalog, version="0")
    ledger.append(run, frame(rows))
    return run


def take_back(ledger: Ledger, run: Run) -> None:
    """Take back a run that was only to be judged."""
    with ledger.writing() as connection:
        for table in (observation, outcome_table):
            connection.execute(delete(table).where(table.c.known_seq == run.known_seq))
        connection.execute(delete(run_table).where(run_table.c.id == run.id))


def judged(ledger: Ledger, run: Run) -> RunSeries:
    (only,) = ledger.reviews.judged(run)
    return only


def test_the_newest_day_is_judged_by_the_days_before(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    learn(ledger, [(KFP, SECOND, 2.0), (KFP, MONDAY, 1.5)], ONE, at=START + WEEK)
    found = judged(ledger, a_week(ledger, 2, (KFP, THIRD, 3.0), (KFP, SECOND, 2.5)))
    assert (found.series, found.metric, found.source) == (1, "pypi_downloads_7d", "pypistats")
    assert (found.answered, found.newest, found.news) == (True, THIRD, ((THIRD, 3.0),))
    assert found.past == ((MONDAY, 1.5), (SECOND, 2.5)), "a past day as it is restated now"
    assert found.restated == ((SECOND, 2.0, 2.5),)


def test_of_days_without_a_value_only_those_amid_others_are_told_later_on(ledger: Ledger) -> None:
    learn(ledger, [(KFP, SECOND, 2.0)], ONE)
    learn(ledger, [(KFP, THIRD + WEEK, 4.0)], ONE, at=START + 3 * WEEK)
    found = judged(ledger, a_week(ledger, 4, (KFP, MONDAY, 1.0), (KFP, THIRD, 3.0), (KFP, THIRD + 2 * WEEK, 5.0)))
    assert [day for day, _ in found.past] == [MONDAY, SECOND, THIRD, THIRD + WEEK]
    assert found.restated == ((THIRD, None, 3.0),)


def test_what_is_judged_in_parts_can_be_held_in_the_same_transaction(ledger: Ledger) -> None:
    """Read in parts is that one query only: PostgreSQL has no cursor for what writes."""
    learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    run = a_week(ledger, 1, (KFP, SECOND, 900.0))
    with ledger.writing() as connection:
        (one,) = run_series(connection, run)
        (told,) = keep_holds(connection, run, [Hold(one.series, SECOND, "jump", "too much")])
    assert (told.state, told.cause) == ("quarantined", "jump")


def weekly(values: Sequence[float], last: int) -> list[Row]:
    """Make values of weeks (0 is the first), of which the newest is the week `last`."""
    return [(KFP, MONDAY + (last - back) * WEEK, value) for back, value in enumerate(reversed(values))]


def test_a_past_that_is_told_anew_is_no_past_and_goes_with_the_newest_day(ledger: Ledger) -> None:
    """Else a source that restates all its days by a factor would be judged by what it says now."""
    learn(ledger, weekly([1.0, 2.0, 3.0], last=2), ONE, at=START + 2 * WEEK)
    found = judged(ledger, a_week(ledger, 3, *weekly([1.0, 20.0, 30.0, 40.0], last=3)))
    assert (found.newest, found.news) == (MONDAY + 3 * WEEK, ((MONDAY + 3 * WEEK, 40.0),))
    assert found.past == ((MONDAY, 1.0), (SECOND, 2.0), (THIRD, 3.0))
    assert found.along == (SECOND, THIRD)
    assert found.restated == ((SECOND, 2.0, 20.0), (THIRD, 3.0, 30.0)), "each may be wrong though the newest is not"


def test_days_that_a_service_tells_once_only_do_not_hide_that_it_tells_the_others_anew(ledger: Ledger) -> None:
    for day in range(15):
        learn(ledger, [(KFP, MONDAY + timedelta(days=day), 100.0 + day)], ONE, at=START + timedelta(days=day))
    found = judged(ledger, a_week(ledger, 3, (KFP, SECOND, 1.0), (KFP, THIRD, 2.0), (KFP, THIRD + WEEK, 3.0)))
    assert (found.past[-1], found.along) == ((THIRD, 114.0), (SECOND, THIRD))


def test_a_past_that_was_told_anew_and_held_can_be_told_back(ledger: Ledger) -> None:
    """Each held day is judged again, by the good values that were known of it and of the days before."""
    learn(ledger, weekly([1.0, 2.0], last=1), ONE, at=START + WEEK)
    run = a_week(ledger, 2, *weekly([10.0, 20.0, 30.0], last=2))
    ledger.reviews.hold(run, [Hold(1, MONDAY + week * WEEK, "implausible", "why") for week in range(3)])
    ledger.close(run, state="done", now=START + 2 * WEEK)
    found = judged(ledger, a_week(ledger, 3, *weekly([1.0, 2.0, 3.0, 4.0], last=3)))
    assert [value for _, value in found.news] == [1.0, 2.0, 3.0, 4.0]
    assert found.past == ((MONDAY, 1.0), (SECOND, 2.0))


def test_what_comes_after_the_last_good_day_goes_with_the_newest(ledger: Ledger) -> None:
    learn(ledger, weekly([1.0], last=0), ONE)
    found = judged(ledger, a_week(ledger, 3, *weekly([2.0, 3.0, 4.0], last=3)))
    assert (found.news, found.past) == (((MONDAY + 3 * WEEK, 4.0),), ((MONDAY, 1.0),))
    assert found.along == (SECOND, THIRD)


def test_the_newest_of_a_past_told_anew_is_judged_though_later_days_are_known(ledger: Ledger) -> None:
    learn(ledger, weekly([1.0, 2.0, 3.0], last=2), ONE, at=START + 2 * WEEK)
    found = judged(ledger, a_week(ledger, 3, *weekly([10.0, 20.0], last=1)))
    assert (found.newest, found.along) == (SECOND, (MONDAY,))


def test_a_new_series_is_judged_by_the_past_that_came_with_it(ledger: Ledger) -> None:
    found = judged(ledger, a_week(ledger, 1, (KFP, MONDAY, 1.0), (KFP, SECOND, 2.0)))
    assert (found.news, found.past) == (((SECOND, 2.0),), ((MONDAY, 1.0),))


def test_only_past_days_leave_nothing_to_judge(ledger: Ledger) -> None:
    learn(ledger, [(KFP, SECOND, 2.0)], ONE, at=START + WEEK)
    found = judged(ledger, a_week(ledger, 2, (KFP, MONDAY, 1.0)))
    assert (found.newest, found.news) == (None, ())


def test_the_same_value_of_the_same_day_is_not_judged_again(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    run = begin(ledger, ONE, at=START + timedelta(hours=1))
    ledger.append(run, frame([(KFP, MONDAY, 1.0)]))
    found = judged(ledger, run)
    assert (found.answered, found.newest, found.news) == (True, None, ())


def test_a_day_that_is_known_by_a_clock_that_was_ahead_does_not_keep_others_from_being_judged(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    learn(ledger, [(KFP, MONDAY + 50 * WEEK, 9.0)], ONE, at=START + 50 * WEEK)
    found = judged(ledger, a_week(ledger, 1, (KFP, SECOND, 2.0)))
    assert (found.newest, found.news, found.past) == (SECOND, ((SECOND, 2.0),), ((MONDAY, 1.0),))


def test_what_failed_is_there_with_its_past(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    run = begin(ledger, ONE, at=START + WEEK)
    ledger.append(run, None, (), [outcome(KFP, "failed")])
    found = judged(ledger, run)
    assert (found.answered, found.newest, found.past) == (False, None, ((MONDAY, 1.0),))


def hold(ledger: Ledger, week: int, value: float) -> None:
    """Play a week whose value is held."""
    day = MONDAY + week * WEEK
    run = a_week(ledger, week, (KFP, day, value))
    ledger.reviews.hold(run, [Hold(1, day, "implausible", "why")])
    ledger.close(run, state="done", now=START + week * WEEK)


def decide(ledger: Ledger, verdict: str, day: date, at_week: int) -> None:
    at = START + at_week * WEEK + timedelta(hours=1)
    run = ledger.begin(kind="review", scope="{}", day=at.date(), now=at, catalog_id=None, version="0")
    with ledger.reading() as connection:
        places = decisions.meant(connection, [1], day, day, verdict, runs.known(connection, None))
    ledger.reviews.decide(run, places, verdict=verdict, reason="why", now=at)
    ledger.close(run, state="done", now=at)


def test_what_is_held_is_no_past_until_it_is_accepted_nor_what_was_rejected(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    hold(ledger, 1, 50.0)
    run = a_week(ledger, 2, (KFP, THIRD, 51.0))
    assert (judged(ledger, run).past, judged(ledger, run).doubted) == (((MONDAY, 100.0),), True)
    take_back(ledger, run)
    decide(ledger, "accept", SECOND, 1)
    decide(ledger, "reject", MONDAY, 1)
    assert judged(ledger, a_week(ledger, 2, (KFP, THIRD, 51.0))).past == ((SECOND, 50.0),)


def test_what_was_accepted_is_past_even_on_its_day_and_what_no_guard_held_is_not(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    hold(ledger, 1, 50.0)
    decide(ledger, "accept", SECOND, 1)
    run = a_week(ledger, 1, (KFP, SECOND, 51.0))
    assert (judged(ledger, run).past, judged(ledger, run).accepted) == (((MONDAY, 100.0), (SECOND, 50.0)), SECOND)
    ledger.close(run, state="done", now=START + WEEK + timedelta(hours=2))
    later = judged(ledger, a_week(ledger, 2, (KFP, THIRD, 52.0)))
    assert (later.past[-1], later.accepted) == ((SECOND, 51.0), SECOND)
    again = judged(ledger, a_week(ledger, 2, (KFP, THIRD, 53.0)))
    assert again.past[-1] == (SECOND, 51.0), "an ordinary value of the day is no past of it"


def test_a_held_day_that_is_restated_is_judged_again(ledger: Ledger) -> None:
    """Else the upstream could put a wrong value past the guard by changing it a little."""
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    hold(ledger, 1, 50.0)
    found = judged(ledger, a_week(ledger, 2, (KFP, THIRD, 101.0), (KFP, SECOND, 51.0)))
    assert (found.newest, found.news, found.past) == (THIRD, ((SECOND, 51.0), (THIRD, 101.0)), ((MONDAY, 100.0),))


def test_of_a_backfill_that_is_judged_which_would_take_the_place_of_what_is_withheld_or_known(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 100.0)], ONE)
    run = a_week(ledger, 1, (KFP, SECOND, 51.0), kind="backfill")
    new = judged(ledger, run)
    assert (new.newest, new.news, new.restated) == (None, (), ())
    take_back(ledger, run)
    hold(ledger, 1, 50.0)
    told = (KFP, THIRD, 52.0), (KFP, SECOND, 51.0), (KFP, MONDAY, 90.0)
    found = judged(ledger, a_week(ledger, 2, *told, kind="backfill"))
    assert (found.newest, found.news, found.along) == (None, ((SECOND, 51.0),), ())
    assert found.restated == ((MONDAY, 100.0, 90.0),)


def test_a_refresh_looks_back_some_months_and_a_backfill_wherever_its_days_are(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    later = MONDAY + 30 * WEEK
    run = a_week(ledger, 30, (KFP, later, 2.0))
    assert judged(ledger, run).past == ()
    take_back(ledger, run)
    filled = a_week(ledger, 30, (KFP, SECOND, 2.0), kind="backfill")
    assert judged(ledger, filled).past == ((MONDAY, 1.0),)


def test_what_a_limit_left_for_another_run_says_nothing_of_its_source(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    run = begin(ledger, ONE, at=START + WEEK)
    ledger.append(run, None, (), [outcome(KFP, "failed", cause="limit")])
    assert list(ledger.reviews.judged(run)) == []


def test_what_runs_of_the_same_day_and_kind_brought_of_a_source_is_there_as_it_was_judged(ledger: Ledger) -> None:
    """Of the day itself what counts; of two runs of a series, the later one's."""
    learn(ledger, [(KFP, MONDAY, 1.0), ("pypi:a", MONDAY, 5.0)], ONE)
    for hour, rows in enumerate(
        ([(KFP, SECOND, 2.0), ("github:o/a", SECOND, 7.0)], [(KFP, SECOND, 3.0), ("pypi:a", SECOND, 5.0)])
    ):
        learn(ledger, rows, ONE, at=START + WEEK + timedelta(hours=hour))
    run = a_week(ledger, 1, ("pypi:b", SECOND, 9.0))
    found = list(ledger.reviews.earlier(run, "pypistats", "pypi_downloads_7d"))
    assert [(one.news, one.past) for one in found] == [
        (((SECOND, 3.0),), ((MONDAY, 1.0),)),
        (((SECOND, 5.0),), ((MONDAY, 5.0),)),
    ]
    for other in (a_week(ledger, 2), a_week(ledger, 1, kind="backfill")):
        assert list(ledger.reviews.earlier(other, "pypistats", "pypi_downloads_7d")) == [], "of another day or kind"
