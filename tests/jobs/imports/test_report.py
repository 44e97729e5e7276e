"""What an import says of itself: what was refused and why, in lines and in numbers, and its exit code."""

import pytest

from collector.imports.model import Refused
from jobs.exits import DONE, FAILED, PARTLY
from jobs.imports.report import ImportReport

FILE = Refused("a.csv", None, "is empty")
ROW = Refused("b.csv", 7, "star_count '-1' is not a whole number")


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (ImportReport("csv", files=2, runs=[1], new=3), DONE),
        (ImportReport("csv", files=2, unchanged=3), DONE),
        (ImportReport("csv", files=2, unchanged=3, odd=["x"], unclaimed=["github:o/r"], held=1), DONE),
        (ImportReport("csv", files=2, refused=[ROW], new=1), PARTLY),
        (ImportReport("csv", files=2, refused=[FILE], unchanged=3), PARTLY),
        (ImportReport("csv", files=2, cut=["x"], new=3), PARTLY),
        (ImportReport("csv", files=2, interrupted=True, new=1), PARTLY),
        (ImportReport("csv", files=1, refused=[FILE]), FAILED),
        (ImportReport("csv", files=1, refused=[ROW]), FAILED),
        (ImportReport("csv", files=1, cut=["x"]), FAILED),
        (ImportReport("csv", files=2, interrupted=True), FAILED),
        (ImportReport("csv", files=1), FAILED),
    ],
)
def test_the_exit_code_says_whether_nothing_a_part_or_all_was_taken(report: ImportReport, code: int) -> None:
    assert report.exit_code == code


def test_the_result_is_told_in_lines_and_as_data() -> None:
    report = ImportReport(
        "best-of", [1, 2, 3], 208, 187_281, 363_997, 5, [FILE, ROW], ["a.csv"], ["x fell"], ["github:o/r"], 1, ["y"]
    )
    assert report.lines() == [
        "best-of: 208 files with 187,281 rows",
        "363,997 new observations, 5 known already, in runs 1 to 3",
        "1 row refused",
        "nothing taken of 1 file: a.csv",
        "1 value held for review: `tallybook review` lists them",
    ]
    assert report.as_json() == {
        "format": "best-of",
        "runs": [1, 2, 3],
        "files": 208,
        "rows": 187_281,
        "new": 363_997,
        "unchanged": 5,
        "refused": {
            "files": ["a.csv"],
            "rows": 1,
            "reasons": {"is empty": 1, "star_count … is not a whole number": 1},
        },
        "odd": ["x fell"],
        "held": {"values": 1, "reasons": ["y"]},
        "unclaimed": ["github:o/r"],
        "cut": [],
        "interrupted": False,
    }


def test_what_was_refused_is_listed_once_a_kind_with_how_many() -> None:
    refused = [Refused("b.csv", line, f"star_count '-{line}' is not a whole number") for line in range(2, 102)]
    odd = [
        f"github:o/r{n} github_stars of 2026-04-2{n}: 7 (a.csv:{n}), 8 (b.csv:{n}), the largest is taken"
        for n in range(5)
    ]
    report = ImportReport("csv", refused=[FILE, *refused], odd=odd, unclaimed=[f"github:o/r{n}" for n in range(1204)])
    assert report.messages() == [
        "refused 100 times: b.csv:2: star_count '-2' is not a whole number, and the like",
        "refused: a.csv: is empty",
        f"odd 5 times: {odd[0]}, and the like",
        (
            "taken, but no table shows it, for it belongs to no project of the catalog: "
            "github:o/r0, github:o/r1, github:o/r2 and 1,201 more"
        ),
    ]


def test_columns_that_are_not_there_are_one_kind_however_many_others_there_are() -> None:
    refused = [Refused(f"{n}.csv", None, f"does not have 'a': it has {', '.join(['repr'] * n)!r}") for n in range(5)]
    refused += [Refused(f"{n}.csv", None, f"it has {', '.join(map(repr, range(10, 11 + n)))}") for n in range(5)]
    assert [line.partition(":")[0] for line in ImportReport("csv", refused=refused).messages()] == [
        "refused 5 times"
    ] * 2


def test_a_few_are_told_one_by_one_and_endless_kinds_are_counted() -> None:
    few = [Refused("b.csv", line, f"star_count '-{line}' is not a whole number") for line in range(3)]
    assert len(ImportReport("csv", refused=few).messages()) == 3
    many = [Refused("b.csv", None, "x" * number) for number in range(1, 31)]
    lines = ImportReport("csv", refused=many).messages()
    assert (len(lines), lines[-1]) == (21, "refused: and for 10 other reasons")
