"""What an import says of itself: what was refused and why, in lines and in numbers, and its exit code."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from collector.imports.model import Refused
from jobs.exits import DONE, FAILED, PARTLY
from jobs.imports.oddities import Oddities
from jobs.imports.report import SHOWN, ImportReport

FILE = Refused("a.csv", None, "is empty")
ROW = Refused("b.csv", 7, "star_count '-1' is not a count")


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (ImportReport("csv", files=2, runs=[1], new=3), DONE),
        (ImportReport("csv", files=2, unchanged=3), DONE),
        (ImportReport("csv", files=2, refused=[ROW]), DONE),
        (ImportReport("csv", files=2, refused=[FILE, ROW], runs=[1], new=3), PARTLY),
        (ImportReport("csv", files=2, refused=[FILE], unchanged=3), PARTLY),
        (ImportReport("csv", files=1, refused=[FILE]), FAILED),
        (ImportReport("csv", files=2, interrupted=True), FAILED),
        (ImportReport("csv", files=2, interrupted=True, runs=[1]), PARTLY),
    ],
)
def test_the_exit_code_says_whether_whole_files_were_left(report: ImportReport, code: int) -> None:
    assert report.exit_code == code


def test_the_result_is_told_in_lines_and_as_data() -> None:
    report = ImportReport("best-of", [1, 2, 3], 208, 187_281, 363_997, 5, [FILE, ROW], ["x fell"])
    assert report.lines() == [
        "best-of: 208 files with 187,281 rows",
        "363,997 new observations, 5 known already, in runs 1 to 3",
        "1 file and 1 row refused",
        "1 oddity, taken as they are",
    ]
    assert report.as_json() == {
        "format": "best-of",
        "runs": [1, 2, 3],
        "files": 208,
        "rows": 187_281,
        "new": 363_997,
        "unchanged": 5,
        "refused": {
            "files": [{"file": "a.csv", "reason": "is empty"}],
            "rows": 1,
            "reasons": {"is empty": 1, "star_count … is not a count": 1},
        },
        "odd": ["x fell"],
        "cut": [],
        "interrupted": False,
    }


def test_the_first_refused_rows_are_told_one_by_one_and_all_by_their_reasons() -> None:
    refused = [Refused("b.csv", line, f"star_count '-{line}' is not a count") for line in range(2, 102)]
    lines = ImportReport("csv", refused=refused, odd=["x"] * 25).messages()
    assert lines[:2] == [
        "refused: b.csv:2: star_count '-2' is not a count",
        "refused: b.csv:3: star_count '-3' is not a count",
    ]
    assert lines[SHOWN] == "refused 100 times: star_count … is not a count"
    assert lines[-1] == "odd: and 5 more"
    assert len(lines) == SHOWN + 1 + SHOWN + 1


def odd(*rows: tuple[str, str, int, float], public: datetime | None = None) -> list[str]:
    frame = pd.DataFrame(rows, columns=["name", "metric", "day", "value"])
    frame["day"] = [date(2026, 4, day) for day in frame["day"]]
    return list(Oddities(date(2026, 4, 27)).find(frame, public, "a.csv"))


def test_a_count_that_falls_by_more_than_half_is_odd() -> None:
    assert odd(("o/r", "github_stars", 1, 100), ("o/r", "github_stars", 2, 49)) == [
        "github:o/r github_stars fell from 100 (2026-04-01) to 49 (2026-04-02)"
    ]
    assert odd(("o/r", "github_stars", 1, 100), ("o/r", "github_stars", 2, 50)) == []
    assert odd(("o/r", "github_stars", 1, 100), ("o/s", "github_stars", 2, 1)) == []
    assert odd(("o/r", "github_stars", 2, 100), ("o/r", "github_stars", 1, 1)) == [], "a rise, read backwards"
    assert odd(("o/r", "github_stars", 1, 3), ("o/r", "github_stars", 2, 1)) == []


def test_downloads_of_a_window_may_fall() -> None:
    assert odd(("pkg", "pypi_downloads_7d", 1, 1000), ("pkg", "pypi_downloads_7d", 2, 0)) == []


def test_a_day_after_the_file_was_public_is_odd() -> None:
    told = odd(
        ("o/r", "github_stars", 20, 1), ("o/s", "github_stars", 22, 1), public=datetime(2026, 4, 20, 1, tzinfo=UTC)
    )
    assert told == ["a.csv: 1 values are of days after 2026-04-20, when it was public"]
