"""What an observation says as well is no outcome once its run is closed, and readers are told the same as before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from storage.database.connection import reading
from storage.database.schema import outcome as outcomes
from storage.ledger import Ledger
from storage.model import Known, Run, SeriesOutcome
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, Row, begin, entry, frame, learn, outcome, parts

NAMES = ("a", "b")
DAYS = st.integers(0, 16).map(lambda back: MONDAY - timedelta(days=back))
ROWS = st.tuples(st.sampled_from(NAMES), DAYS, st.integers(0, 1).map(float))
TOLD = st.tuples(st.sampled_from(NAMES), st.sampled_from(("failed", "missing")))
RANK = {"recorded": 2, "unchanged": 1}
numbers = count()


@dataclass(frozen=True)
class Play:
    """A run: its day, how many hours ago it was public if it is put into the past, what was read and what was told."""

    day: date
    back: int | None
    rows: list[Row]
    told: list[tuple[str, str]]


GAMES = st.lists(
    st.builds(
        Play, DAYS, st.none() | st.integers(1, 6), st.lists(ROWS, min_size=1, max_size=4), st.lists(TOLD, max_size=1)
    ),
    min_size=2,
    max_size=6,
)


def left(ledger: Ledger) -> int:
    """Count the outcomes that are kept."""
    with reading(ledger._engine) as connection:
        return connection.scalar(select(func.count()).select_from(outcomes)) or 0


def ran(ledger: Ledger, played: Play, number: int, name: str) -> tuple[Run, list[SeriesOutcome]]:
    """Play one run of artifacts whose names end in `name`."""
    at = START + timedelta(hours=number)
    public = None if played.back is None else at - timedelta(hours=played.back, minutes=1)
    catalog = ledger.keep_catalog(name, "monday", (entry(name, *(f"pypi:{one}{name}" for one in NAMES)),), at)
    run = ledger.begin(
        kind="import", scope="{}", day=played.day, now=at, catalog_id=catalog, version="0", public=public
    )
    told = [outcome(f"pypi:{one}{name}", state) for one, state in played.told]
    said = ledger.append(run, frame((f"pypi:{one}{name}", day, value) for one, day, value in played.rows), (), told)
    return ledger.close(run, state="done", now=at, public=public), said


def best(said: Iterable[SeriesOutcome]) -> Mapping[str, str]:
    """Say in plain Python what a run says of each artifact."""
    found: dict[str, str] = {}
    for one in said:
        if RANK.get(one.state, 0) >= RANK.get(found.get(one.name, ""), 0):
            found[one.name] = one.state
    return found


def reference(runs: Sequence[tuple[Run, list[SeriesOutcome]]], name: str) -> tuple[str, date] | None:
    """Say in plain Python what the newest run that spoke of an artifact said, and as of which day."""
    spoke = [(run.tick, best(said)[name], run.day) for run, said in runs if name in best(said)]
    return max(spoke)[1:] if spoke else None


@given(GAMES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_dropped_every_reader_is_told_what_the_newest_run_said(ledger: Ledger, game: list[Play]) -> None:
    """As known at any run, now or when only so many runs had been closed; of any day."""
    name = f"x{next(numbers)}"
    hours = 24 * sum(run.id for run in ledger.runs(1))
    runs = [ran(ledger, played, hours + place, name) for place, played in enumerate(game)]
    for newest, back in product((run for run, _ in runs), (0, 5, 12)):
        for closed_by in {newest.id, runs[-1][0].id}:
            seen = [(run, said) for run, said in runs if run.tick <= newest.tick and run.id <= closed_by]
            late = tuple(run.tick for run, _ in runs if run.tick <= newest.tick and run.id > closed_by)
            assert newest.closed_at is not None
            known = Known(newest.tick, newest.id, newest.closed_at, late)
            for part in ledger.parts(MONDAY - timedelta(days=back), known):
                asked = None if part.outcome is None or part.asked is None else (part.outcome, part.asked)
                assert asked == reference(seen, part.member_name)


def test_week_by_week_nothing_is_left_but_what_failed(ledger: Ledger) -> None:
    for week in range(4):
        learn(ledger, [(KFP, MONDAY + week * WEEK, 1.0)], ONE, at=START + week * WEEK)
    assert left(ledger) == 0
    assert [(part.outcome, part.asked) for part in parts(ledger)] == [("recorded", MONDAY + 3 * WEEK)]
    learn(ledger, (), ONE, at=START + 4 * WEEK, outcomes=[outcome(KFP, "failed")])
    learn(ledger, [(KFP, MONDAY + 3 * WEEK, 1.0)], ONE, at=START + 5 * WEEK)
    assert left(ledger) == 2
    told = [(part.outcome, part.asked) for run in (4, 5, 6) for part in parts(ledger, when=run)]
    assert told == [
        ("recorded", MONDAY + 3 * WEEK),
        ("failed", MONDAY + 4 * WEEK),
        ("unchanged", MONDAY + 5 * WEEK),
    ]


def test_a_list_that_was_read_has_no_observation_and_keeps_its_outcome(ledger: Ledger) -> None:
    project = (entry("p", "docker:ns/*"),)
    learn(ledger, [("docker:ns/a", MONDAY, 1.0)], project, outcomes=[outcome("docker:ns/*", "recorded")])
    assert left(ledger) == 1
    assert [(part.artifact, part.day) for part in parts(ledger)] == [("ns/*", MONDAY), ("ns/a", MONDAY)]


def test_the_past_that_a_backfill_brings_leaves_its_outcome(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    learn(ledger, [(KFP, MONDAY - WEEK, 1.0)], ONE, at=START + WEEK)
    assert left(ledger) == 1
    assert [(part.day, part.asked) for part in parts(ledger)] == [(MONDAY, MONDAY + WEEK)]


def test_what_goes_without_saying_is_said_again_when_a_newer_day_comes_into_the_past(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    early = START - WEEK
    run = ledger.begin(kind="import", scope="{}", day=MONDAY, now=START, catalog_id=None, version="0", public=early)
    ledger.append(run, frame([(KFP, MONDAY + timedelta(days=1), 2.0)]))
    ledger.close(run, state="done", now=START, public=early)
    (part,) = parts(ledger, MONDAY + WEEK, when=1)
    assert (part.value, part.run, part.outcome, part.asked) == (2.0, 2, "recorded", MONDAY)
    assert left(ledger) == 2


def test_a_run_that_is_open_has_all_its_outcomes(ledger: Ledger) -> None:
    run = begin(ledger, ONE)
    ledger.append(run, frame([(KFP, MONDAY, 1.0)]))
    assert [told.state for told in ledger.settled(run)] == ["recorded"]
    ledger.discard(run, learned=True)
    learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    again = begin(ledger, ONE, at=START + WEEK)
    ledger.append(again, frame([(KFP, MONDAY + WEEK, 1.0)]))
    ledger.discard(again, learned=True)
    assert [part.value for part in parts(ledger)] == [1.0]
