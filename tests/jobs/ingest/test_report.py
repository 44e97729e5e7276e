"""The report: one line a source, every trouble named, and the exit code that both mean."""

from dataclasses import replace
from typing import Any, cast

import pytest

from jobs.exits import DONE, FAILED, HELD, PARTLY
from jobs.guard.guards import Finding
from jobs.ingest.report import Report, Tally
from storage.model import SeriesOutcome


def outcome(name: str, state: str, *, cause: str = "", new_rows: int = 0, renamed_to: str = "") -> SeriesOutcome:
    return SeriesOutcome("pypi", name, "pypi_downloads_7d", "pypistats", state, cause, "why", new_rows, renamed_to)


def report(**states: int) -> Report:
    return Report(1, (), {"pypistats": states}, 0)


def test_a_line_says_how_many_of_each_and_leaves_out_what_did_not_happen() -> None:
    assert report(recorded=412, missing=3, failed=5).lines() == ["pypistats: 412 recorded, 3 missing, 5 failed"]
    assert report(unchanged=2).lines() == ["pypistats: 0 recorded, 2 unchanged"]


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ({"recorded": 1}, DONE),
        ({"unchanged": 1, "missing": 1}, DONE),
        ({"recorded": 1, "failed": 1}, PARTLY),
        ({"missing": 1, "failed": 1}, PARTLY),
        ({"failed": 1}, FAILED),
        ({"quarantined": 1}, DONE),
        ({"quarantined": 1, "failed": 1}, PARTLY),
        ({}, DONE),
    ],
)
def test_the_exit_code_follows_from_the_states(states: dict[str, int], code: int) -> None:
    assert report(**states).exit_code == code


def test_an_ended_run_is_partly_done_or_failed() -> None:
    assert Report(1, (), {"pypistats": {"recorded": 1}}, 1, interrupted=True).exit_code == PARTLY
    assert Report(1, (), {"pypistats": {}}, 0, interrupted=True).exit_code == FAILED


@pytest.mark.parametrize("states", [{"quarantined": 20}, {"quarantined": 20, "failed": 1}])
def test_a_source_that_is_held_as_a_whole_is_more_than_a_failure(states: dict[str, int]) -> None:
    frozen = Finding("pypistats", "frozen", "nothing moved", held=True)
    assert replace(report(**states), findings=(frozen,)).exit_code == HELD
    collapsed = Finding("pypistats", "collapsed", "half is gone", held=False)
    assert replace(report(**states), findings=(collapsed,)).exit_code == report(**states).exit_code


def test_a_success_is_not_undone_by_a_later_failure_of_the_same_series() -> None:
    tally = Tally()
    for state in ("failed", "recorded", "failed", "unchanged"):
        tally.add(outcome("kfp", state, new_rows=int(state == "recorded")))
    assert tally.counts(["pypistats"]) == {"pypistats": {"recorded": 1}}
    assert tally.observations == 1


def test_of_what_a_limit_left_much_is_one_line_and_little_is_named() -> None:
    tally = Tally()
    for name, state, cause in (
        ("a", "recorded", ""),
        ("b", "missing", "gone"),
        *((f"c{number}", "failed", "limit") for number in range(42)),
    ):
        tally.add(outcome(name, state, cause=cause))
    whole = tally.report(["pypistats"])
    assert whole.messages() == [
        "pypistats: pypi:b missing: gone: why",
        "pypistats: 42 of 44 are left, the same command asks for them first: why",
    ]
    assert len(whole.troubles) == 43, "for machines, each is named"
    few = replace(whole, troubles=whole.troubles[:3])
    assert [line.split(" ")[1] for line in few.messages()] == ["pypi:b", "pypi:c0", "pypi:c1", "2"]


def test_what_was_not_asked_for_another_reason_than_a_limit_is_named() -> None:
    tally = Tally()
    tally.add(outcome("a", "failed", cause="not asked"))
    whole = tally.report(["pypistats"])
    assert (whole.left, whole.messages()) == ((), ["pypistats: pypi:a failed: not asked: why"])


def test_every_source_asked_has_a_line_even_if_nothing_came_of_it() -> None:
    assert Tally().counts(["github"]) == {"github": {}}


def test_what_failed_is_missing_or_renamed_is_named_with_its_cause() -> None:
    tally = Tally()
    tally.add(outcome("kfp", "failed", cause="transient"))
    tally.add(outcome("gone", "missing", cause="gone"))
    tally.add(outcome("fine", "recorded"))
    tally.add(outcome("old", "recorded", renamed_to="new"))
    assert [str(trouble) for trouble in tally.troubles()] == [
        "pypistats: pypi:gone missing: gone: why",
        "pypistats: pypi:kfp failed: transient: why",
        "pypistats: pypi:old renamed: is now called new; put the new name into the catalog",
    ]


def test_what_many_have_in_common_is_said_once_and_to_machines_of_each() -> None:
    tally = Tally()
    for number in range(30):
        tally.add(outcome(f"p{number}", "failed", cause="not_asked"))
    for number in range(20):
        tally.add(outcome(f"q{number:02}", "missing", cause="gone"))
    told = tally.report(["pypistats"])
    assert told.messages() == [
        "pypistats: 30 of 50 failed: not_asked: why",
        *(f"pypistats: pypi:q{number:02} missing: gone: why" for number in range(20)),
    ]
    assert len(cast("list[Any]", told.as_json()["problems"])) == 50
