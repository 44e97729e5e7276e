"""What a checkpoint is made of: each source's rows in one frame, the days that are wanted, the holes."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from collector.model import Answer, Artifact, DailyCounts, PastCounts, Reading
from collector.normalize import COLUMNS
from collector.sources import SOURCES
from collector.sources.protocol import Read
from jobs.ingest.frames import Scope, make_frame

MONDAY = date(2026, 4, 27)
WEEK = timedelta(days=7)
KFP, ONE = Artifact("pypi", "kfp"), Artifact("github", "ns/one")
STARS = Read(SOURCES["github"], Answer((Reading(ONE, 10, "31", "ns/one"),)), "<stars>", MONDAY)
PAST = Read(
    SOURCES["github-history"],
    Answer(past=(PastCounts(ONE, {MONDAY - WEEK * ago: 10 - ago for ago in range(4)}, "31", "ns/one"),)),
    "<past>",
    MONDAY,
)


def downloads(days: int, *holes: int, artifact: Artifact = KFP) -> Read:
    counts = {MONDAY - timedelta(days=ago): 1 for ago in range(1, days + 1) if ago not in holes}
    return Read(SOURCES["pypistats"], Answer(daily=(DailyCounts(artifact, counts),)), "<downloads>", MONDAY)


def scope(
    days: Mapping[str, Mapping[Artifact, list[date]]] | None = None, *, present: bool = True, **loaded: Any
) -> Scope:
    return Scope("monday", days, present, loaded)


def test_nothing_read_is_a_frame_without_rows() -> None:
    frame, holes = make_frame([], scope())
    assert (list(frame.columns), len(frame), holes) == (list(COLUMNS), 0, [])


def test_what_several_sources_brought_is_one_frame() -> None:
    frame, holes = make_frame([STARS, downloads(14), STARS], scope())
    assert sorted(zip(frame["source"], frame["day"], frame["value"], strict=True)) == [
        ("github", MONDAY, 10.0),
        ("pypistats", MONDAY - WEEK, 7.0),
        ("pypistats", MONDAY, 7.0),
    ]
    assert holes == []


def test_daily_counts_that_leave_no_window_whole_are_a_hole_unless_the_service_has_loaded_the_day() -> None:
    read = downloads(7, 3)
    frame, holes = make_frame([read, STARS], scope())
    assert list(frame["source"]) == ["github"]
    assert [(of, artifact) for of, artifact, _ in holes] == [(read, KFP)]
    loaded = frozenset(MONDAY - timedelta(days=ago) for ago in range(1, 8))
    frame, holes = make_frame([read], scope(pypistats=loaded))
    assert (list(frame["value"]), holes) == ([6.0], [])


def test_of_other_days_than_those_wanted_nothing_is_taken_but_the_present() -> None:
    wanted: dict[str, dict[Artifact, list[date]]] = {"github-history": {ONE: [MONDAY - WEEK]}, "github": {ONE: []}}
    frame, _ = make_frame([PAST, STARS], scope(wanted))
    assert list(zip(frame["day"], frame["method"], strict=True)) == [
        (MONDAY - WEEK, "reconstructed"),
        (MONDAY, "observed"),
    ]
    frame, _ = make_frame([PAST, STARS], scope(wanted, present=False))
    assert list(frame["method"]) == ["reconstructed"]
