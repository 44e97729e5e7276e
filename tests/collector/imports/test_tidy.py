"""Histories as `history` writes them."""

from datetime import date

import pytest

from collector.imports.model import DEFINITION
from tests.collector.imports.reading import read_text, refused, values

HEADER = "project,metric,artifact,source,day,value,method,run,known_at"


def line(
    metric: str = "github_stars",
    artifact: str = "github:o/r",
    source: str = "github",
    day: str = "2026-04-27",
    value: str = "7",
    rest: str = "observed,3,2026-04-27T05:00:12Z",
) -> str:
    return f"p,{metric},{artifact},{source},{day},{value},{rest}"


def text(*lines: str, header: str = HEADER) -> str:
    return "\n".join([header, *lines, ""])


def test_a_line_keeps_its_source_method_and_time_and_gets_the_definition_of_its_source() -> None:
    read = read_text("csv", text(line(), line(source="elsewhere", rest="guessed,,")))
    ours, others = read.values
    assert (ours.source, ours.definition, ours.method) == ("github", "stars when asked", "observed")
    assert ours.known is not None
    assert (ours.known[0].isoformat(), ours.known[1]) == ("2026-04-27T05:00:12+00:00", 3)
    assert (others.definition, others.method, others.known) == (DEFINITION, "imported", None)
    assert (read.rows, read.refused) == (2, [])


def test_of_a_history_with_all_values_only_what_counts_is_taken() -> None:
    rows = [f"{line(value=str(value))},{standing}" for value, standing in ((7, "counts"), (9, "held"))]
    read = read_text("csv", text(*rows, header=f"{HEADER},standing"))
    assert values(read) == [("o/r", date(2026, 4, 27), 7.0)]
    assert refused(read) == ["t.csv:3: standing is 'held': only what counts is taken"]


def test_an_index_is_taken_on_the_scale_of_its_run_and_refused_if_no_run_is_told() -> None:
    interest = {"metric": "search_interest", "artifact": "search:Metaflow", "source": "google-trends", "value": "0.5"}
    read = read_text("csv", text(line(**interest), line(**interest, rest="imported,,")))
    assert [value.definition for value in read.values] == [
        "google-trends, on the scale of run 3 of another ledger, known at 2026-04-27T05:00:12Z"
    ]
    assert "says nothing without its scale, which no column names" in refused(read)[0]


def test_the_guard_against_spreadsheets_is_undone() -> None:
    read = read_text("csv", text(line().replace("github_stars", "'-x")))
    assert "metric '-x' is none of" in refused(read)[0]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (line(metric="forks"), "metric 'forks' is none of github_stars"),
        (line(artifact="pypi:flask"), "artifact 'pypi:flask' is not github:NAME"),
        (line(artifact="github:flask"), "artifact 'flask' is not owner/repo"),
        (line(artifact="o/r"), "artifact 'o/r' is not github:NAME"),
        (line(source="Git Hub"), "source 'Git Hub' is not a name"),
        (line(source=""), "source '' is not a name"),
        (line(day="27.4.2026"), "day '27.4.2026' is not a day such as"),
        (line(value="7.5"), "value '7.5' is not a whole number"),
        (line(value=""), "value '' is not a whole number"),
        (line(rest="observed,x,2026-04-27T05:00:12Z"), "run 'x' is not a number"),
        (line(rest="observed,3,2026-04-27"), "known_at 2026-04-27 is a day, not a time such as"),
        (line(rest="observed,3,2027-04-27T05:00:12Z"), "known_at '2027-04-27T05:00:12Z' is still to come"),
        ("p,github_stars", "has 2 cells where the header has 9"),
    ],
)
def test_a_line_that_is_not_as_it_should_be_is_refused_and_the_others_are_taken(row: str, reason: str) -> None:
    read = read_text("csv", text(row, line(day="2026-04-20")))
    assert [value[1] for value in values(read)] == [date(2026, 4, 20)]
    (only,) = read.refused
    assert only.line == 2
    assert reason in only.reason


def test_another_order_of_columns_and_further_ones_are_fine_but_none_may_miss() -> None:
    header = "value,more,day,source,artifact,metric"
    assert values(read_text("csv", text("7,x,2026-04-27,github,github:o/r,github_stars", header=header)))[0][2] == 7.0
    (only,) = read_text("csv", text("7", header="value")).refused
    assert only.line is None
    assert "does not have the column 'metric', 'artifact', 'source', 'day' once" in only.reason
    assert "it has 'value'" in only.reason
