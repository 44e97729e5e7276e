"""Tests of the tidy frame, its window sums against ten lines of plain Python."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collector.calendar import WEEKDAYS
from collector.model import Answer, Artifact, DailyCounts, PastCounts, Reading, Window
from collector.normalize import COLUMNS, normalize
from collector.sources import SOURCES
from collector.sources.protocol import LARGEST_COUNT, Read

DAY = date(2026, 4, 27)
KFP = Artifact("pypi", "kfp")


def daily(counts: Mapping[date, int], day: date = DAY, artifact: Artifact = KFP, response: str = "<r>") -> Read:
    return Read(SOURCES["pypistats"], Answer(daily=(DailyCounts(artifact, counts),)), response, day)


def stars(name: str, value: int, day: date = DAY, response: str = "<r>", called: str = "") -> Read:
    reading = Reading(Artifact("github", name), value, "31", called or name)
    return Read(SOURCES["github"], Answer((reading,)), response, day)


def windows(frame: pd.DataFrame) -> dict[date, tuple[float, str]]:
    return {row["day"]: (row["value"], row["method"]) for row in frame.to_dict("records")}


def back(days: int) -> date:
    return DAY - timedelta(days=days)


def reference(
    counts: Mapping[date, int], loaded: Sequence[date] | None, day: date, cadence: str
) -> dict[date, tuple[float, str]]:
    """Say the same as the frame: for each day, look at the seven before it."""
    known = dict.fromkeys(loaded or (), 0) | dict(counts)
    sums = {}
    for end in (day - timedelta(days=ago) for ago in range(60)):
        week = [end - timedelta(days=ago) for ago in range(1, 8)]
        if all(d in known and d < day for d in week):
            sums[end] = float(sum(known[d] for d in week))
    newest = max(sums, default=None)
    due = {end for end in sums if end == newest or end.strftime("%A").lower() == cadence}
    return {end: (sums[end], "observed" if end == newest else "derived") for end in due}


AGO = st.integers(-2, 40)
COUNTS = st.dictionaries(AGO, st.just(0) | st.integers(0, 10**6) | st.integers(0, LARGEST_COUNT // 7), max_size=40)
DENSE = st.builds(
    lambda first, length, holes, value: {ago: value + ago for ago in range(first, first + length) if ago not in holes},
    st.integers(-2, 10),
    st.integers(5, 30),
    st.sets(st.integers(0, 40), max_size=2),
    st.integers(2, 10**9),
)
LOADED = st.none() | st.sets(AGO, max_size=40) | DENSE.map(set)


@given(
    packages=st.lists(st.tuples(COUNTS | DENSE, st.integers(0, 2)), min_size=1, max_size=4),
    loaded=LOADED,
    cadence=st.sampled_from(WEEKDAYS),
)
@example(packages=[({}, 0)], loaded=None, cadence="monday")
@example(packages=[({}, 0)], loaded=set(), cadence="monday")
@example(packages=[({}, 0)], loaded=set(range(1, 20)), cadence="monday")
@example(packages=[({8: 1}, 0), ({8: 1}, 1)], loaded=set(range(12)), cadence="monday")
@settings(max_examples=300, deadline=None)
def test_every_window_is_the_sum_of_its_seven_days_or_is_not_formed(
    packages: list[tuple[dict[int, int], int]], loaded: set[int] | None, cadence: str
) -> None:
    """Packages of several days, holes, zeros, days that are not over, a load that is late: as the reference says."""
    days = None if loaded is None else sorted(back(ago) for ago in loaded)
    reads = [
        daily({back(ago): count for ago, count in counts.items()}, back(late), Artifact("pypi", f"p{index}"))
        for index, (counts, late) in enumerate(packages)
    ]
    frame = normalize(reads, cadence=cadence, loaded=days)
    for index, read in enumerate(reads):
        (item,) = read.answer.daily
        expected = reference(item.counts, days, read.day, cadence)
        assert windows(frame[frame["name"] == f"p{index}"]) == expected


def test_a_full_week_up_to_yesterday_is_todays_observation() -> None:
    frame = normalize([daily({back(ago): ago for ago in range(1, 8)})], cadence="monday", loaded=None)
    assert windows(frame) == {DAY: (28.0, "observed")}


def test_with_yesterday_not_loaded_yet_the_newest_window_ends_a_day_before() -> None:
    frame = normalize([daily({back(ago): 1 for ago in range(2, 12)})], cadence="monday", loaded=None)
    assert windows(frame) == {back(1): (7.0, "observed")}


def test_a_day_without_a_row_is_zero_where_all_of_pypi_has_it_and_a_hole_elsewhere() -> None:
    counts = {back(ago): 10 for ago in range(1, 15) if ago not in {3, 9}}
    read = daily(counts)
    assert windows(normalize([read], cadence="monday", loaded=None)) == {}
    assert windows(normalize([read], cadence="monday", loaded=[back(3)])) == {DAY: (60.0, "observed")}, (
        "the week before has its hole still"
    )
    assert windows(normalize([read], cadence="monday", loaded=[back(3), back(9)])) == {
        DAY: (60.0, "observed"),
        back(7): (60.0, "derived"),
    }


def test_today_is_not_over_whoever_has_a_row_for_it() -> None:
    counts = {back(ago): 5 for ago in range(7)}
    assert windows(normalize([daily(counts)], cadence="monday", loaded=[DAY])) == {}


def test_of_180_days_each_cadence_day_covered_whole_has_its_window() -> None:
    frame = normalize([daily({back(ago): 1 for ago in range(1, 181)})], cadence="monday", loaded=None)
    assert len(frame) == 25
    assert set(frame["value"]) == {7.0}
    assert list(frame["method"]).count("observed") == 1


def test_a_sum_too_large_to_be_kept_exactly_is_not_formed() -> None:
    read = daily({back(ago): LARGEST_COUNT for ago in range(1, 8)})
    assert normalize([read], cadence="monday", loaded=None).empty


def test_a_count_is_observed_on_the_day_of_its_response_with_number_and_name() -> None:
    frame = normalize([stars("ns/one", 7001, response="<a>", called="ns/new")], cadence="monday", loaded=None)
    (row,) = frame.to_dict("records")
    assert row == {
        "kind": "github",
        "name": "ns/one",
        "metric": "github_stars",
        "source": "github",
        "definition": SOURCES["github"].definition,
        "day": DAY,
        "value": 7001.0,
        "method": "observed",
        "response": "<a>",
        "number": "31",
        "called": "ns/new",
        "born": None,
    }


def test_of_two_answers_for_one_series_and_day_the_later_counts() -> None:
    frame = normalize([stars("ns/one", 1), stars("ns/one", 2, response="<b>")], cadence="monday", loaded=None)
    assert frame[["value", "response"]].to_numpy().tolist() == [[2.0, "<b>"]]


@pytest.mark.parametrize(
    "reads",
    [
        [],
        [stars("ns/one", 1)],
        [daily({})],
        [daily({back(1): 5})],
        [stars("ns/one", 1), daily({back(1): 5})],
        [stars("ns/one", 1), daily({back(ago): 5 for ago in range(1, 9)})],
    ],
)
def test_the_frame_has_its_columns_and_types_whatever_is_in_it(reads: list[Read]) -> None:
    frame = normalize(reads, cadence="monday", loaded=None)
    assert tuple(frame.columns) == COLUMNS
    assert frame["value"].dtype == "float64"
    assert list(frame.index) == list(range(len(frame)))


def test_two_artifacts_and_two_sources_do_not_mix() -> None:
    week = {back(ago): 3 for ago in range(1, 8)}
    reads = [daily(week), stars("ns/one", 9), daily(week, artifact=Artifact("pypi", "metaflow"), response="<m>")]
    frame = normalize(reads, cadence="monday", loaded=None)
    assert sorted(frame[["name", "value"]].itertuples(index=False, name=None)) == [
        ("kfp", 21.0),
        ("metaflow", 21.0),
        ("ns/one", 9.0),
    ]
    assert set(frame[frame["name"] == "metaflow"]["response"]) == {"<m>"}


def test_of_days_of_the_past_only_the_cadence_days_asked_for_are_formed_and_none_is_observed() -> None:
    read = daily({back(ago): 1 for ago in range(2, 40)})
    read = dataclasses.replace(read, answer=dataclasses.replace(read.answer, window=Window(back(22), back(6))))
    frame = normalize([read], cadence="monday", loaded=None)
    assert windows(frame) == {back(21): (7.0, "derived"), back(14): (7.0, "derived"), back(7): (7.0, "derived")}


def test_an_answer_that_says_its_window_needs_to_be_told_none() -> None:
    read = daily({back(ago): 1 for ago in range(1, 40)})
    asked = dataclasses.replace(read, answer=dataclasses.replace(read.answer, window=Window(back(7), back(1))))
    assert windows(normalize([asked, read], cadence="monday", loaded=None)).keys() >= {back(7), back(14)}
    assert windows(normalize([asked], cadence="monday", loaded=None)) == {back(7): (7.0, "derived")}


def past(counts: Mapping[date, int], born: date | None = None, window: Window | None = None) -> Read:
    counted = PastCounts(Artifact("github", "ns/one"), counts, "31", "ns/new", born)
    return Read(SOURCES["github"], Answer(past=(counted,), window=window), "<r>", DAY)


def test_counts_of_the_past_are_reconstructed_on_cadence_days_of_the_window() -> None:
    counts = {back(ago): 100 - ago for ago in range(1, 30)}
    frame = normalize([past(counts, window=Window(back(21), back(1)))], cadence="monday", loaded=None)
    assert windows(frame) == {back(ago): (100.0 - ago, "reconstructed") for ago in (7, 14, 21)}
    assert set(frame["number"] + frame["called"]) == {"31ns/new"}


def test_there_is_no_count_before_the_birth() -> None:
    counts = {back(ago): 100 - ago for ago in range(1, 30)}
    frame = normalize([past(counts, born=back(14))], cadence="monday", loaded=None)
    assert set(windows(frame)) == {back(7), back(14)}
    assert set(frame["born"]) == {back(14)}
