"""CSV tables: the tidy ones that `history` writes, and wide ones with a column an artifact."""

from dataclasses import replace
from datetime import date

import pytest

from collector.imports.model import Batch, File, Options, Wide
from collector.imports.tidy_csv import DEFINITION, SOURCE, read
from collector.model import Artifact

HEADER = "project,metric,artifact,source,day,value,method,run,known_at"
METRICS = {"github_stars": "github", "pypi_downloads_7d": "pypi", "search_interest": "search"}
OPTIONS = Options(metrics=METRICS, definitions={("github", "github_stars"): "stars when asked"})
FLASK, DJANGO = Artifact("pypi", "flask"), Artifact("pypi", "django")
WIDE = Options(metrics=METRICS, wide=Wide("week", "pypi_downloads_7d", {"a": FLASK, "b b": DJANGO}, "as told"))


def read_one(*lines: str, header: str = HEADER, options: Options = OPTIONS) -> Batch:
    (batch,) = read([File("t.csv", "\n".join([header, *lines, ""]).encode(), record="r")], options)
    return batch


def line(
    metric: str = "github_stars",
    artifact: str = "github:o/r",
    source: str = "github",
    day: str = "2026-04-27",
    value: str = "7",
) -> str:
    return f"p,{metric},{artifact},{source},{day},{value},observed,3,2026-04-27T05:00:12Z"


def values(batch: Batch) -> list[tuple[str, date, float]]:
    return list(batch.frame[["name", "day", "value"]].itertuples(index=False, name=None))


def refused(batch: Batch) -> list[str]:
    return list(map(str, batch.refused))


def test_a_tidy_line_keeps_its_source_and_gets_the_definition_of_that_source() -> None:
    batch = read_one(line(), line("search_interest", "search:Metaflow", "elsewhere", value="0.5"))
    assert values(batch) == [("o/r", date(2026, 4, 27), 7.0), ("Metaflow", date(2026, 4, 27), 0.5)]
    assert list(batch.frame["source"]) == ["github", "elsewhere"]
    assert list(batch.frame["definition"]) == ["stars when asked", DEFINITION]
    assert set(batch.frame["method"]) == {"imported"}
    assert (batch.rows, batch.refused, batch.odd) == (2, (), ())


def test_of_a_history_with_all_values_only_what_counts_is_taken() -> None:
    rows = [f"{line(value=str(value))},{standing}" for value, standing in ((7, "counts"), (9, "held"))]
    batch = read_one(*rows, header=f"{HEADER},standing")
    assert values(batch) == [("o/r", date(2026, 4, 27), 7.0)]
    assert refused(batch) == ["t.csv:3: standing is 'held': only what counts is taken"]


def test_a_value_that_says_nothing_without_its_scale_is_refused() -> None:
    batch = read_one(
        line(),
        line("search_interest", "search:Metaflow"),
        options=replace(OPTIONS, relative=frozenset({"search_interest"})),
    )
    assert [name for name, *_ in values(batch)] == ["o/r"]
    assert refused(batch) == [
        (
            "t.csv:3: metric search_interest says nothing without its scale, which no column names; "
            "import what it came from"
        )
    ]


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2200-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_meant_is_refused(day: str) -> None:
    """Whoever counts weeks up to it, or back from it, would count for long, or fall off the calendar."""
    batch = read_one(line(day=day), line())
    assert [refused.reason for refused in batch.refused] == [f"day {day} is not of the years 2000 to 2199"]
    assert len(values(batch)) == 1


def test_of_one_day_the_last_line_counts_and_that_is_told() -> None:
    batch = read_one(line(value="7"), line(value="8"), line(value="9"), line(day="2026-04-20"))
    assert values(batch) == [("o/r", date(2026, 4, 27), 9.0), ("o/r", date(2026, 4, 20), 7.0)]
    assert batch.odd == ("t.csv: 2 values are followed by another of the same day; the last counts",)


def test_an_artifact_of_two_projects_is_no_restatement() -> None:
    batch = read_one(line(), line().replace("p,", "q,", 1))
    assert len(values(batch)) == 1
    assert batch.odd == ()


def test_the_guard_against_spreadsheets_is_undone() -> None:
    batch = read_one(line("search_interest", "'=search:+Metaflow".replace("'=", ""), "google-trends", value="3"))
    assert values(batch)[0][0] == "+Metaflow"
    guarded = read_one(line().replace("github_stars", "'-x"))
    assert "metric '-x' is none of" in guarded.refused[0].reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line(metric="forks"), "metric 'forks' is none of github_stars"),
        (line(artifact="pypi:flask"), "artifact 'pypi:flask' is not github:NAME"),
        (line(artifact="github:flask"), "artifact 'flask' is not owner/repo"),
        (line(artifact="o/r"), "artifact 'o/r' is not github:NAME"),
        (line(source="Git Hub"), "source 'Git Hub' is not a name"),
        (line(source=""), "source '' is not a name"),
        (line(day="27.4.2026"), "day '27.4.2026' is not a day such as"),
        (line(day="2026-04-31"), "day '2026-04-31' is not a day"),
        (line(day="20260427"), "is not a day"),
        (line(value="-1"), "value '-1' is not a number, zero or above"),
        (line(value="nan"), "value 'nan' is not a number"),
        (line(value="1e99"), "value '1e99' is not a number"),
        (line(value=""), "value '' is not a number"),
        ("p,github_stars", "has 2 cells where the header has 9"),
    ],
)
def test_a_line_that_is_not_as_it_should_be_is_refused_and_the_others_are_taken(text: str, reason: str) -> None:
    batch = read_one(text, line(day="2026-04-20"))
    assert [value[1] for value in values(batch)] == [date(2026, 4, 20)]
    (only,) = batch.refused
    assert only.line == 2
    assert reason in only.reason


def test_another_order_of_columns_and_further_ones_are_fine_but_none_may_miss() -> None:
    header = "value,more,day,source,artifact,metric"
    assert values(read_one("7,x,2026-04-27,github,github:o/r,github_stars", header=header))[0][2] == 7.0
    (only,) = read_one("7", header="value").refused
    assert only.line is None
    assert "does not have the column 'metric', 'artifact', 'source', 'day' once" in only.reason
    assert "it has 'value'" in only.reason


def test_a_wide_table_is_read_by_its_mapping() -> None:
    batch = read_one("2026-04-20,1,2.5,x", "2026-04-27T05:00:00Z,3,,x", header="week,a,b b,c", options=WIDE)
    assert values(batch) == [
        ("flask", date(2026, 4, 20), 1.0),
        ("django", date(2026, 4, 20), 2.5),
        ("flask", date(2026, 4, 27), 3.0),
    ]
    assert (set(batch.frame["source"]), set(batch.frame["definition"])) == ({SOURCE}, {"as told"})
    assert batch.rows == 2


def test_a_bad_cell_of_a_wide_table_costs_only_itself_and_a_bad_day_its_row() -> None:
    batch = read_one("2026-04-20,much,2", "soon,5,6", header="week,a,b b", options=WIDE)
    assert values(batch) == [("django", date(2026, 4, 20), 2.0)]
    assert refused(batch) == [
        "t.csv:2: a 'much' is not a number, zero or above",
        "t.csv:3: week 'soon' is not a day such as 2026-04-27",
    ]


def test_a_mapping_must_name_columns_that_are_there_once() -> None:
    for header in ("week,a", "week,a,b b,b b", "day,a,b b"):
        (only,) = read_one("2026-04-20,1", header=header, options=WIDE).refused
        assert only.line is None
        assert "the mapping names columns of the table; it has " in only.reason
