"""The snapshots of best-of lists: what is taken of them, and what is refused, with its line and its reason."""

from datetime import date
from itertools import pairwise

import pytest

from collector.imports.best_of import DEFINITIONS, SOURCE, read
from collector.imports.model import File, Read
from tests.collector.imports.reading import OPTIONS, read_text, refused

NAME = "2026-04-23_projects.csv"
HEADER = "github_id,pypi_id,dockerhub_id,star_count,dockerhub_stars,pypi_monthly_downloads,dockerhub_pulls"


def read_one(*lines: str, name: str = NAME, header: str = HEADER) -> Read:
    return read_text("best-of", "\n".join([header, *lines, ""]), name=name)


def taken(got: Read) -> dict[tuple[str, str], float]:
    return {(str(one.artifact), one.metric): one.value for one in got.values}


def test_a_row_gives_stars_downloads_and_pulls_as_of_the_day_in_the_files_name() -> None:
    got = read_one("o/r,Some_Pkg,ns/image,1010.0,10,9640712.0,500")
    assert taken(got) == {
        ("github:o/r", "github_stars"): 1000.0,
        ("pypi:some-pkg", "pypi_downloads_30d"): 9_640_712.0,
        ("docker:ns/image", "dockerhub_pulls"): 500.0,
    }
    assert {(one.day, one.source, one.method) for one in got.values} == {(date(2026, 4, 23), SOURCE, "imported")}
    assert {one.definition for one in got.values} == set(DEFINITIONS.values())
    assert (got.rows, got.refused, got.notes) == (1, [], [])


def test_stars_that_came_from_docker_hub_are_not_counted_as_githubs() -> None:
    assert taken(read_one("o/r,,,83340.0,12.0,,")) == {("github:o/r", "github_stars"): 83_328.0}
    assert taken(read_one("o/r,,,83340.0,,,")) == {("github:o/r", "github_stars"): 83_340.0}
    got = read_one("o/r,,,5,12,,")
    assert taken(got) == {}
    assert refused(got) == [f"{NAME}:2: star_count 5 is less than dockerhub_stars 12"]


def test_where_nothing_is_left_of_githubs_part_it_is_unknown_and_not_zero() -> None:
    assert taken(read_one("o/r,,ns/i,12.0,12.0,,5")) == {("docker:ns/i", "dockerhub_pulls"): 5.0}
    assert read_one("o/r,,ns/i,12.0,12.0,,5").refused == []


def test_an_id_with_a_slash_at_its_end_is_that_id() -> None:
    assert taken(read_one("o/r/,,,7,,,")) == {("github:o/r", "github_stars"): 7.0}


def test_a_blank_is_no_value_and_zero_is_one() -> None:
    got = read_one("o/r,pkg,ns/i,,,0.0,", "o/s,,,0,,,")
    assert taken(got) == {("pypi:pkg", "pypi_downloads_30d"): 0.0, ("github:o/s", "github_stars"): 0.0}
    assert got.refused == []


@pytest.mark.parametrize("value", ["-1", "1e5", "1.5", "nan", "inf", "1,000", "many", "9" * 16, "0x10", "١"])
def test_what_is_no_count_is_refused_and_the_rest_of_the_row_is_taken(value: str) -> None:
    got = read_one(f'o/r,pkg,,"{value}",,7,')
    assert taken(got) == {("pypi:pkg", "pypi_downloads_30d"): 7.0}
    (only,) = got.refused
    assert (only.line, "star_count" in only.reason, "not a whole number" in only.reason) == (2, True, True)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("o,,,1,,,", "github_id"),
        (",a b,,,,1,", "pypi_id"),
        (",,Ns/I,,,,1", "dockerhub_id"),
        (",,ns/*,,,,1", "dockerhub_id"),
    ],
)
def test_a_name_that_no_service_can_know_is_refused(row: str, column: str) -> None:
    got = read_one(row)
    assert not got.values
    assert [f"{NAME}:2: {column} '" in line for line in refused(got)] == [True]


def test_an_official_image_gets_its_namespace() -> None:
    assert taken(read_one(",,postgres,,,,7")) == {("docker:library/postgres", "dockerhub_pulls"): 7.0}


def test_a_rename_that_the_list_saw_is_what_the_repository_was_called() -> None:
    header = "github_id,updated_github_id,star_count"
    got = read_one("o/old,new/name,1", "o/same,O/Same,2", "o/plain,,3", header=header)
    assert [one.called for one in got.values] == ["new/name", "", ""]
    (only,) = read_one("o/old,not a name,1", header=header).refused
    assert "updated_github_id 'not a name' is not owner/repo" in only.reason


def test_columns_of_other_registries_are_not_taken_for_ours() -> None:
    header = "github_id,star_count,gitlab_id,npm_id,npm_monthly_downloads,monthly_downloads,conda_id"
    assert taken(read_one("o/r,7,o/lab,pkg,5,6,pkg", header=header)) == {("github:o/r", "github_stars"): 7.0}


def test_a_missing_column_costs_only_its_metric() -> None:
    got = read_one("o/r,pkg,7", header="github_id,pypi_id,star_count")
    assert taken(got) == {("github:o/r", "github_stars"): 7.0}
    assert got.refused == []


@pytest.mark.parametrize("cells", ["o/r,,,7", "o/r,,,7,,,,,x"])
def test_a_row_of_another_length_is_refused(cells: str) -> None:
    got = read_one(cells, "o/s,,,5,,,")
    assert taken(got) == {("github:o/s", "github_stars"): 5.0}
    assert [one.line for one in got.refused] == [2]
    assert got.rows == 2


@pytest.mark.parametrize(
    "name", ["projects.csv", "2026-02-30_projects.csv", "2026-04-23.csv", "x2026-04-23_projects.csv"]
)
def test_a_file_that_does_not_name_its_day_is_refused(name: str) -> None:
    got = read_one("o/r,,,7,,,", name=name)
    assert not got.values
    assert refused(got) == [f"{name}: does not name its day; a snapshot is called like 2026-04-27_projects.csv"]


def test_a_file_without_any_id_or_any_count_is_refused() -> None:
    for header in ("name,star_count", "github_id,name", "github_id,dockerhub_pulls"):
        (only,) = read_one("a,1", header=header).refused
        assert only.line is None
        assert "github_id with star_count" in only.reason


def test_files_are_read_one_by_one_in_their_order() -> None:
    contents = [f"github_id,star_count\no/r,{stars}\n".encode() for stars in (1, 2, 3)]
    files = [File(f"2026-04-0{number}_projects.csv", one) for number, one in enumerate(contents, 1)]
    days = [got.values[0].day for got in read(files, OPTIONS)]
    assert all(before < after for before, after in pairwise(days))
