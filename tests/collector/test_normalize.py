"""Tests of the tidy frame, its window sums against ten lines of plain Python."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collector.calendar import WEEKDAYS
from collector.http.workers import Told
from collector.model import Answer, Artifact, DailyCounts, PastCounts, Reading, Recorded, Window
from collector.normalize import COLUMNS, normalize
from collector.sources import SOURCES
from collector.sources.protocol import How, Task
from collector.sources.reading import LARGEST_COUNT

DAY = date(2026, 4, 27)
KFP = Artifact("pypi", "kfp")


def told(source: str, answer: Answer, day: date = DAY, *records: str, window: Window | None = None) -> Told:
    """Return what is told of a task, whose responses all came on a day."""
    at = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    kept = tuple(Recorded(record, "https://x.example", 200, at, 0, 1, "") for record in records or ("<r>",))
    return Told(Task(SOURCES[source], (), How("", window=window)), answer, kept, day)


def daily(
    counts: Mapping[date, int],
    day: date = DAY,
    artifact: Artifact = KFP,
    response: str = "<r>",
    window: Window | None = None,
) -> Told:
    answer = Answer(daily=(DailyCounts(artifact, "pypi_downloads_7d", counts),))
    return told("pypistats", answer, day, response, window=window)


def stars(name: str, value: int, day: date = DAY, response: str = "<r>", called: str = "") -> Told:
    reading = Reading(Artifact("github", name), "github_stars", value, "31", called or name)
    return told("github", Answer((reading,)), day, response)


def windows(frame: pd.DataFrame) -> dict[date, tuple[float, str]]:
    return {row["day"]: (row["value"], row["method"]) for row in frame.to_dict("records")}


def back(days: int) -> date:
    return DAY - timedelta(days=days)


def reference(known: Mapping[date, int], day: date, cadence: str) -> dict[date, tuple[float, str]]:
    """Say the same as the frame: for each day, look at the seven before it."""
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


@given(
    packages=st.lists(st.tuples(COUNTS | DENSE, st.integers(0, 2)), min_size=1, max_size=4),
    cadence=st.sampled_from(WEEKDAYS),
)
@example(packages=[({}, 0)], cadence="monday")
@example(packages=[({8: 1}, 0), ({8: 1}, 1)], cadence="monday")
@settings(deadline=None)
def test_every_window_is_the_sum_of_its_seven_days_or_is_not_formed(
    packages: list[tuple[dict[int, int], int]], cadence: str
) -> None:
    """Packages of several days, holes, zeros, days that are not over: as the reference says."""
    answers = [
        daily({back(ago): count for ago, count in counts.items()}, back(late), Artifact("pypi", f"p{index}"))
        for index, (counts, late) in enumerate(packages)
    ]
    frame = normalize(answers, cadence=cadence)
    for index, one in enumerate(answers):
        (item,) = one.answer.daily
        assert windows(frame[frame["name"] == f"p{index}"]) == reference(item.counts, one.day or DAY, cadence)


def test_a_full_week_up_to_yesterday_is_todays_observation() -> None:
    frame = normalize([daily({back(ago): ago for ago in range(1, 8)})], cadence="monday")
    assert windows(frame) == {DAY: (28.0, "observed")}


def test_with_yesterday_not_loaded_yet_the_newest_window_ends_a_day_before() -> None:
    frame = normalize([daily({back(ago): 1 for ago in range(2, 12)})], cadence="monday")
    assert windows(frame) == {back(1): (7.0, "observed")}


def test_a_day_without_a_count_is_a_hole() -> None:
    counts = {back(ago): 10 for ago in range(1, 15) if ago != 9}
    assert windows(normalize([daily(counts)], cadence="monday")) == {DAY: (70.0, "observed")}
    assert windows(normalize([daily(counts | {back(9): 0})], cadence="monday")) == {
        DAY: (70.0, "observed"),
        back(7): (60.0, "derived"),
    }


def test_today_is_not_over_whoever_has_a_count_of_it() -> None:
    assert windows(normalize([daily({back(ago): 5 for ago in range(7)})], cadence="monday")) == {}


def test_of_180_days_each_cadence_day_covered_whole_has_its_window() -> None:
    frame = normalize([daily({back(ago): 1 for ago in range(1, 181)})], cadence="monday")
    assert len(frame) == 25
    assert set(frame["value"]) == {7.0}
    assert list(frame["method"]).count("observed") == 1


def test_a_sum_too_large_to_be_kept_exactly_is_not_formed() -> None:
    one = daily({back(ago): LARGEST_COUNT for ago in range(1, 8)})
    assert normalize([one], cadence="monday").empty


def test_a_count_is_observed_on_the_day_of_its_response_with_number_and_name() -> None:
    frame = normalize([stars("ns/one", 7001, response="<a>", called="ns/new")], cadence="monday")
    (row,) = frame.to_dict("records")
    assert row == {
        "kind": "github",
        "name": "ns/one",
        "metric": "github_stars",
        "source": "github",
        "definition": SOURCES["github"].metrics["github_stars"],
        "day": DAY,
        "value": 7001.0,
        "method": "observed",
        "response": "<a>",
        "number": "31",
        "called": "ns/new",
        "born": None,
    }


def test_of_two_answers_for_one_series_and_day_the_later_counts() -> None:
    frame = normalize([stars("ns/one", 1), stars("ns/one", 2, response="<b>")], cadence="monday")
    assert frame[["value", "response"]].to_numpy().tolist() == [[2.0, "<b>"]]


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [stars("ns/one", 1)],
        [daily({})],
        [daily({back(1): 5})],
        [stars("ns/one", 1), daily({back(1): 5})],
        [stars("ns/one", 1), daily({back(ago): 5 for ago in range(1, 9)})],
    ],
)
def test_the_frame_has_its_columns_and_types_whatever_is_in_it(answers: list[Told]) -> None:
    frame = normalize(answers, cadence="monday")
    assert tuple(frame.columns) == COLUMNS
    assert frame["value"].dtype == "float64"
    assert list(frame.index) == list(range(len(frame)))


def test_two_artifacts_and_two_sources_do_not_mix() -> None:
    week = {back(ago): 3 for ago in range(1, 8)}
    answers = [daily(week), stars("ns/one", 9), daily(week, artifact=Artifact("pypi", "metaflow"), response="<m>")]
    frame = normalize(answers, cadence="monday")
    assert sorted(frame[["name", "value"]].itertuples(index=False, name=None)) == [
        ("kfp", 21.0),
        ("metaflow", 21.0),
        ("ns/one", 9.0),
    ]
    assert set(frame[frame["name"] == "metaflow"]["response"]) == {"<m>"}


def test_of_days_of_the_past_only_the_cadence_days_asked_for_are_formed_and_none_is_observed() -> None:
    one = daily({back(ago): 1 for ago in range(2, 40)}, window=Window(back(22), back(6)))
    frame = normalize([one], cadence="monday")
    assert windows(frame) == {back(21): (7.0, "derived"), back(14): (7.0, "derived"), back(7): (7.0, "derived")}


def test_each_task_has_its_own_window() -> None:
    counts = {back(ago): 1 for ago in range(1, 40)}
    asked, present = daily(counts, window=Window(back(7), back(1))), daily(counts)
    assert windows(normalize([asked, present], cadence="monday")).keys() >= {back(7), back(14)}
    assert windows(normalize([asked], cadence="monday")) == {back(7): (7.0, "derived")}


def test_a_value_may_say_which_of_the_responses_it_was_read_from_and_is_of_the_day_of_that() -> None:
    """A list of several pages, read over midnight."""
    at = [datetime(2026, 4, day, tzinfo=UTC) for day in (26, 27)]
    kept = tuple(Recorded(f"<{index}>", "https://x.example", 200, when, 0, 1, "") for index, when in enumerate(at))
    readings = tuple(
        Reading(Artifact("docker", f"ns/{record}"), "dockerhub_pulls", 1, record=record)
        for record in ("<0>", "<1>", "")
    )
    frame = normalize([Told(Task(SOURCES["dockerhub"], ()), Answer(readings), kept, DAY)], cadence="monday")
    assert list(zip(frame["response"], frame["day"], strict=True)) == [("<0>", back(1)), ("<1>", DAY), ("<1>", DAY)]


def test_several_metrics_of_one_answer_are_series_of_their_own() -> None:
    one = Artifact("github", "ns/one")
    readings = (Reading(one, "github_stars", 7), Reading(one, "github_forks", 5))
    frame = normalize([told("github", Answer(readings))], cadence="monday")
    assert dict(zip(frame["metric"], frame["value"], strict=True)) == {"github_stars": 7.0, "github_forks": 5.0}
    assert dict(zip(frame["metric"], frame["definition"], strict=True)) == SOURCES["github"].metrics


def test_a_metric_says_over_how_many_days_it_is_counted() -> None:
    counts = {back(ago): 2**ago for ago in range(1, 36)}
    daily = tuple(DailyCounts(KFP, metric, counts) for metric in ("pypi_downloads_7d", "pypi_downloads_30d"))
    frame = normalize([told("pypistats", Answer(daily=daily))], cadence="monday")
    newest = frame[frame["day"] == DAY]
    assert dict(zip(newest["metric"], newest["value"], strict=True)) == {
        "pypi_downloads_7d": sum(2**ago for ago in range(1, 8)),
        "pypi_downloads_30d": sum(2**ago for ago in range(1, 31)),
    }
    assert len(frame[frame["metric"] == "pypi_downloads_30d"]) == 1, "a Monday earlier five days are not known"
    assert dict(zip(frame["metric"], frame["definition"], strict=True)) == SOURCES["pypistats"].metrics


def past(counts: Mapping[date, int], born: date | None = None, window: Window | None = None) -> Told:
    counted = PastCounts(Artifact("github", "ns/one"), "github_stars", counts, "31", "ns/new", born)
    return told("github-history", Answer(past=(counted,)), window=window)


def test_counts_of_the_past_are_reconstructed_on_cadence_days_of_the_window() -> None:
    counts = {back(ago): 100 - ago for ago in range(1, 30)}
    frame = normalize([past(counts, window=Window(back(21), back(1)))], cadence="monday")
    assert windows(frame) == {back(ago): (100.0 - ago, "reconstructed") for ago in (7, 14, 21)}
    assert set(frame["number"] + frame["called"]) == {"31ns/new"}


def test_there_is_no_count_before_the_birth() -> None:
    counts = {back(ago): 100 - ago for ago in range(1, 30)}
    frame = normalize([past(counts, born=back(14))], cadence="monday")
    assert set(windows(frame)) == {back(7), back(14)}
    assert set(frame["born"]) == {back(14)}
