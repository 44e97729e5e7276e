"""Tables that other tools wrote: with a column an artifact, with an artifact a row, and what may not be mapped."""

from datetime import date

import pytest

from collector.imports.model import Marks
from tests.collector.imports.reading import long, read_text, refused, values, wide

PULLS = """at,day,scope,repo,pull_count,notes
2026-04-20T16:03:07Z,2026-04-20,current,rlog/rlog,54310,Standard
2026-04-20T16:03:07Z,2026-04-20,current,rlog/rlog-etl,,404
2026-04-20T16:03:07Z,2026-04-20,legacy,rlog/old,79,old
2026-04-27T16:03:07Z,2026-04-27,current,rlog/rlog,55012,Standard
2026-04-27T16:03:07Z,2026-04-27,current,rlog/rlog-etl,,404
2026-04-27T16:03:07Z,2026-04-27,legacy,rlog/old,79,old
"""


def test_a_column_an_artifact_is_read_by_its_mapping() -> None:
    read = read_text("csv", "week,a,b b,c\n2026-04-20,1,2.0,x\n2026-04-27T05:00:00Z,3,,x\n", wide("a", "b b"))
    assert values(read) == [
        ("acme/a", date(2026, 4, 20), 1.0),
        ("acme/b b", date(2026, 4, 20), 2.0),
        ("acme/a", date(2026, 4, 27), 3.0),
    ]
    assert {(value.source, value.definition) for value in read.values} == {("csv", "imported")}
    assert read.rows == 2


def test_a_bad_cell_costs_only_itself_and_a_bad_day_its_row() -> None:
    read = read_text("csv", "week,a,b\n2026-04-20,much,2\nsoon,5,6\n2026-04-27,1\n2026-04-27,1,2,,\n", wide("a", "b"))
    assert [value[0] for value in values(read)] == ["acme/b", "acme/a", "acme/b"]
    assert refused(read) == [
        "t.csv:3: week 'soon' is not a day such as 2026-04-27",
        "t.csv:4: has 2 cells where the header has 3",
        "t.csv:2: a 'much' is not a whole number, zero or above",
    ]


@pytest.mark.parametrize(
    ("day", "form"), [("20.04.2026", "%d.%m.%Y"), ("11-4-26", "%d-%m-%y"), ("4/27/2026", "%d/%m/%Y")]
)
def test_a_date_that_may_be_read_in_two_ways_is_refused_with_the_option_that_reads_it(day: str, form: str) -> None:
    (only,) = refused(read_text("csv", f"week,a\n{day},1\n", wide("a")))
    assert only.endswith(f"is not a day such as 2026-04-27; if the day comes first, --date-format '{form}' reads it")


def test_german_numbers_and_dates_are_read_if_options_say_so() -> None:
    options = wide("stars", date_format="%d.%m.%Y", marks=Marks(".", ","))
    assert values(read_text("csv", "week;stars\n20.04.2026;67.921\n27.04.2026;68.004,0\n", options)) == [
        ("acme/stars", date(2026, 4, 20), 67921.0),
        ("acme/stars", date(2026, 4, 27), 68004.0),
    ]


@pytest.mark.parametrize("word", ["stars", "Stars", "github_stars", "star_count", "stargazers_count"])
def test_rows_of_several_metrics_are_refused_for_the_latest_may_be_another(word: str) -> None:
    """The forks of 10:01 are no later reading of the stars of 10:00."""
    text = f"at,repo,kind,value\n2026-04-20T10:00:00Z,a/b,{word},100\n2026-04-20T10:01:00Z,a/b,forks,5\n"
    for options in (long("repo", "value", on="at"), wide("value", date_column="at")):
        read = read_text("csv", text, options)
        assert refused(read) == [
            "t.csv: has rows of several metrics, which the column 'kind' tells apart: leave those of github_stars only"
        ]
    for only in (
        f"at,kind,repo,value\n2026-04-20,{word},a/b,100\n2026-04-27,{word},a/b,5\n",
        text.replace("forks", ""),
    ):
        assert len(read_text("csv", only, long("repo", "value", on="at")).values) == 2


def test_a_mapping_must_name_columns_that_are_there_once() -> None:
    for head in ("week,a", "week,a,b,b", "day,a,b"):
        (only,) = refused(read_text("csv", f"{head}\n2026-04-20,1\n", wide("a", "b")))
        assert "the options name columns of the table; it has " in only


def test_one_artifact_a_row_is_read_by_the_column_that_names_it() -> None:
    read = read_text("csv", PULLS, long("repo", "pull_count", metric="dockerhub_pulls", on="at"))
    assert values(read) == [
        ("rlog/rlog", date(2026, 4, 20), 54310.0),
        ("rlog/old", date(2026, 4, 20), 79.0),
        ("rlog/rlog", date(2026, 4, 27), 55012.0),
        ("rlog/old", date(2026, 4, 27), 79.0),
    ]
    assert read.refused == []


def test_of_such_a_table_the_only_other_column_holds_the_numbers() -> None:
    text = "date,repo,stars\n2026-04-20,https://github.com/a/b/,5\n2026-04-20,github:a/c,6\n2026-04-20,flask,7\n"
    read = read_text("csv", text, long("repo"))
    assert values(read) == [("a/b", date(2026, 4, 20), 5.0), ("a/c", date(2026, 4, 20), 6.0)]
    assert "t.csv:4: repo 'flask' is not owner/repo" in refused(read)[0]
    (only,) = refused(read_text("csv", PULLS, long("repo", metric="dockerhub_pulls", on="at")))
    assert "has several columns that may hold the numbers (day, scope, pull_count, notes): name one as" in only


@pytest.mark.parametrize("on", ["at", "day"])
def test_a_mapping_that_would_hit_several_artifacts_is_refused_with_the_option_that_helps(on: str) -> None:
    options = wide("pull_count", metric="dockerhub_pulls", date_column=on)
    read = read_text("csv", PULLS, options)
    assert values(read) == []
    assert refused(read) == [
        (
            "t.csv: has rows of several artifacts, which the column 'repo' tells apart: instead of --map give "
            "--artifact-column 'repo' --value-column 'pull_count'"
        )
    ]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        pytest.param(
            "week,package,stars\n2026-04-20,app,5\n2026-04-20,lib,9\n2026-04-27,app,6\n2026-04-27,lib,9\n",
            "package",
            id="names without an owner",
        ),
        pytest.param("week,package,stars\n2026-04-20,app,5\n2026-04-20,lib,9\n", "package", id="one day"),
        pytest.param(
            "week,repo,stars\n2026-04-20,a/b,5\n2026-04-21,a/c,9\n2026-04-22,a/b,5\n", "repo", id="a day each"
        ),
        pytest.param(
            "week,package,stars\n2026-04-20T01:00:00Z,app,5\n2026-04-20T01:00:09Z,lib,9\n2026-04-27T01:00:00Z,app,6\n",
            "package",
            id="seconds apart",
        ),
    ],
)
def test_a_table_with_an_artifact_a_row_is_known_in_other_shapes_too(text: str, column: str) -> None:
    (only,) = refused(read_text("csv", text, wide("stars")))
    assert f"which the column {column!r} tells apart" in only


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("week,stars\n2026-04-20T06:00:00Z,5\n2026-04-20T18:00:00Z,9\n", id="a log"),
        pytest.param("week,status,stars\n2026-04-20T06:00:00Z,ok,5\n2026-04-20T18:00:00Z,ok,9\n", id="a status"),
        pytest.param(
            "week,commit,stars\n2026-04-20T06:00:00Z,a1b2,5\n2026-04-20T18:00:00Z,c3d4,9\n2026-04-21,e5f6,9\n",
            id="a commit",
        ),
        pytest.param("week,repo,stars\n2026-04-20,a/b,5\n2026-04-27,a/b,9\n", id="one repository in all rows"),
        pytest.param("week,note,stars\n2026-04-20,launch,5\n2026-04-27,talk,9\n", id="notes"),
    ],
)
def test_a_log_of_one_artifact_is_not_taken_for_such_a_table(text: str) -> None:
    read = read_text("csv", text, wide("stars"))
    assert len(read.values) == len(text.splitlines()) - 1
    assert read.refused == []
