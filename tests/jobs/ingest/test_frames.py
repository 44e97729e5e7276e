"""What is made of what was told: each source's rows in one frame, the days that are wanted, what leaves no window."""

from collections.abc import Mapping
from datetime import date

from collector.http.workers import Told
from collector.model import Answer, Artifact, PastCounts, Reading
from collector.normalize import COLUMNS
from jobs.ingest.frames import Lack, make_frame
from tests.jobs.ingest.told import MONDAY, PACKAGE, REPOSITORY, WEEK, answered, downloads

ONE = answered("github", REPOSITORY, Answer(readings=(Reading(REPOSITORY, "github_stars", 10, "31", "ns/one"),)))
PAST = answered(
    "github-history",
    REPOSITORY,
    Answer(past=(PastCounts(REPOSITORY, "github_stars", {MONDAY - WEEK * ago: 10 - ago for ago in range(4)}),)),
)


def frame_of(
    *told: Told, days: Mapping[tuple[str, Artifact], frozenset[date]] | None = None, present: bool = True
) -> tuple[list[tuple[str, date, float, str]], list[Lack]]:
    frame, lacks = make_frame(told, "monday", lambda *_: True, days, present=present)
    assert list(frame.columns) == list(COLUMNS)
    rows = zip(frame["source"], frame["day"], frame["value"], frame["method"], strict=True)
    return sorted(rows), lacks


def test_nothing_told_is_a_frame_without_rows() -> None:
    assert frame_of() == ([], [])


def test_what_several_sources_brought_is_one_frame() -> None:
    assert frame_of(ONE, downloads(14)) == (
        [
            ("github", MONDAY, 10.0, "observed"),
            ("pypistats", MONDAY - WEEK, 7.0, "derived"),
            ("pypistats", MONDAY, 7.0, "observed"),
        ],
        [],
    )


def test_daily_counts_with_a_hole_that_leave_no_window_are_a_failure() -> None:
    told = downloads(7, 3)
    rows, ((of, artifact, metric, state, detail),) = frame_of(told, ONE)
    assert [source for source, *_ in rows] == ["github"]
    assert (of, artifact, metric, state) == (told, PACKAGE, "pypi_downloads_7d", "failed")
    assert detail == "no 7 days in a row without a hole in the upstream's data"


def test_a_package_that_is_too_young_for_a_window_is_missing_and_no_failure() -> None:
    rows, ((*_, state, detail),) = frame_of(downloads(4))
    assert (rows, state) == ([], "missing")
    assert detail == "has numbers from 2026-04-23 on only, none for 7 whole days that were asked for"


def test_of_other_days_than_those_wanted_nothing_is_taken_but_the_present() -> None:
    days = {("github-history", REPOSITORY): frozenset({MONDAY - WEEK}), ("github", REPOSITORY): frozenset[date]()}
    past = ("github-history", MONDAY - WEEK, 9.0, "reconstructed")
    assert frame_of(PAST, ONE, days=days) == ([("github", MONDAY, 10.0, "observed"), past], [])
    assert frame_of(PAST, ONE, days=days, present=False) == ([past], [])


def test_what_is_not_wanted_is_in_no_frame_and_lacks_nothing() -> None:
    frame, lacks = make_frame([ONE, downloads(4)], "monday", lambda source, _: source == "x", None, present=True)
    assert (len(frame), lacks) == (0, [])
