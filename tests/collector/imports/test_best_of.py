"""The snapshots of best-of lists: what is taken of them, and what is refused, with its line and its reason."""

from datetime import date
from itertools import pairwise

import pytest

from collector.imports.best_of import DEFINITIONS, SOURCE, read
from collector.imports.model import Batch, File, Options
from collector.normalize import COLUMNS

NAME = "2026-04-23_projects.csv"
HEADER = "github_id,pypi_id,dockerhub_id,star_count,dockerhub_stars,pypi_monthly_downloads,dockerhub_pulls"


def read_one(*lines: str, name: str = NAME, header: str = HEADER) -> Batch:
    content = "\n".join([header, *lines, ""]).encode()
    (batch,) = read([File(name, content, record="<urn:uuid:1>")], Options())
    return batch


def taken(batch: Batch) -> dict[tuple[str, str], float]:
    frame = batch.frame
    return {(f"{k}:{n}", m): v for k, n, m, v in frame[["kind", "name", "metric", "value"]].itertuples(index=False)}


def refused(batch: Batch) -> list[str]:
    return list(map(str, batch.refused))


def test_a_row_gives_stars_downloads_and_pulls_as_of_the_day_in_the_files_name() -> None:
    batch = read_one("o/r,Some_Pkg,ns/image,1010.0,10,9640712.0,500")
    assert taken(batch) == {
        ("github:o/r", "github_stars"): 1000.0,
        ("pypi:some-pkg", "pypi_downloads_30d"): 9_640_712.0,
        ("docker:ns/image", "dockerhub_pulls"): 500.0,
    }
    frame = batch.frame
    assert tuple(frame.columns) == COLUMNS
    assert set(frame["day"]) == {date(2026, 4, 23)}
    assert (set(frame["method"]), set(frame["source"])) == ({"imported"}, {SOURCE})
    assert set(frame["response"]) == {"<urn:uuid:1>"}
    assert set(frame["definition"]) == set(DEFINITIONS.values())
    assert (batch.rows, batch.refused, batch.odd) == (1, (), ())


def test_stars_that_came_from_docker_hub_are_not_counted_as_githubs() -> None:
    assert taken(read_one("o/r,,,83340.0,12.0,,")) == {("github:o/r", "github_stars"): 83_328.0}
    assert taken(read_one("o/r,,,83340.0,,,")) == {("github:o/r", "github_stars"): 83_340.0}
    batch = read_one("o/r,,,5,12,,")
    assert taken(batch) == {}
    assert refused(batch) == [f"{NAME}:2: star_count 5 is less than dockerhub_stars 12"]


def test_a_blank_is_no_value_and_zero_is_one() -> None:
    batch = read_one("o/r,pkg,ns/i,,,0.0,", "o/s,,,0,,,")
    assert taken(batch) == {("pypi:pkg", "pypi_downloads_30d"): 0.0, ("github:o/s", "github_stars"): 0.0}
    assert batch.refused == ()


@pytest.mark.parametrize("value", ["-1", "1e5", "1.5", "nan", "inf", "1,000", "many", "9" * 16, "0x10", "١"])
def test_what_is_no_count_is_refused_and_the_rest_of_the_row_is_taken(value: str) -> None:
    batch = read_one(f'o/r,pkg,,"{value}",,7,')
    assert taken(batch) == {("pypi:pkg", "pypi_downloads_30d"): 7.0}
    (only,) = batch.refused
    assert (only.line, "star_count" in only.reason, "not a count" in only.reason) == (2, True, True)


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
    batch = read_one(row)
    assert batch.frame.empty
    assert [f"{NAME}:2: {column} '" in line for line in refused(batch)] == [True]


def test_an_official_image_gets_its_namespace() -> None:
    assert taken(read_one(",,postgres,,,,7")) == {("docker:library/postgres", "dockerhub_pulls"): 7.0}


def test_a_rename_that_the_list_saw_is_what_the_repository_was_called() -> None:
    header = "github_id,updated_github_id,star_count"
    frame = read_one("o/old,new/name,1", "o/same,O/Same,2", "o/plain,,3", header=header).frame
    assert dict(zip(frame["name"], frame["called"], strict=True)) == {"o/old": "new/name", "o/same": "", "o/plain": ""}
    (only,) = read_one("o/old,not a name,1", header=header).refused
    assert "updated_github_id 'not a name' is not owner/repo" in only.reason


def test_columns_may_stand_anywhere_and_may_be_misspelt() -> None:
    batch = read_one("7,o/r,x", header="Star_Count,gihtub_id,licnese")
    assert taken(batch) == {("github:o/r", "github_stars"): 7.0}


def test_a_misspelt_key_of_the_list_makes_a_second_column_of_which_the_filled_cell_counts() -> None:
    batch = read_one("o/r,,1", ",o/s,2", header="github_id,github_Id,star_count")
    assert taken(batch) == {("github:o/r", "github_stars"): 1.0, ("github:o/s", "github_stars"): 2.0}


def test_columns_of_other_registries_are_not_taken_for_ours() -> None:
    header = "github_id,star_count,gitlab_id,npm_id,npm_monthly_downloads,monthly_downloads,conda_id"
    assert taken(read_one("o/r,7,o/lab,pkg,5,6,pkg", header=header)) == {("github:o/r", "github_stars"): 7.0}


def test_a_missing_column_costs_only_its_metric() -> None:
    batch = read_one("o/r,pkg,7", header="github_id,pypi_id,star_count")
    assert taken(batch) == {("github:o/r", "github_stars"): 7.0}
    assert batch.refused == ()


def test_an_artifact_that_is_there_twice_counts_once_or_not_at_all() -> None:
    assert taken(read_one("o/r,,,7,,,", "O/R,,,7.0,,,")) == {("github:o/r", "github_stars"): 7.0}
    batch = read_one("o/r,,,7,,,", "o/s,,,5,,,", "O/R,,,8,,,")
    assert taken(batch) == {("github:o/s", "github_stars"): 5.0}
    said = "github:O/R has two values of github_stars: 8 and, on line 2, 7; neither is taken"
    assert refused(batch) == [f"{NAME}:4: {said}"]


def test_an_old_and_a_new_name_of_one_repository_are_one_artifact() -> None:
    batch = read_one("o/old,n/new,7", "n/new,,8", header="github_id,updated_github_id,star_count")
    assert batch.frame.empty
    assert len(batch.refused) == 1


@pytest.mark.parametrize("cells", ["o/r,,,7", "o/r,,,7,,,,,"])
def test_a_row_of_another_length_is_refused(cells: str) -> None:
    batch = read_one(cells, "o/s,,,5,,,")
    assert taken(batch) == {("github:o/s", "github_stars"): 5.0}
    assert [one.line for one in batch.refused] == [2]
    assert batch.rows == 2


@pytest.mark.parametrize(
    "name", ["projects.csv", "2026-02-30_projects.csv", "2026-04-23.csv", "x2026-04-23_projects.csv"]
)
def test_a_file_that_does_not_name_its_day_is_refused(name: str) -> None:
    batch = read_one("o/r,,,7,,,", name=name)
    assert batch.frame.empty
    assert refused(batch) == [f"{name}: does not name its day; a snapshot is called like 2026-04-27_projects.csv"]


def test_a_file_without_any_id_or_any_count_is_refused() -> None:
    for header in ("name,star_count", "github_id,name", "github_id,dockerhub_pulls"):
        (only,) = read_one("a,1", header=header).refused
        assert only.line is None
        assert "github_id with star_count" in only.reason


def test_files_are_read_one_by_one_in_their_order() -> None:
    contents = [f"github_id,star_count\no/r,{stars}\n".encode() for stars in (1, 2, 3)]
    files = [File(f"2026-04-0{number}_projects.csv", one) for number, one in enumerate(contents, 1)]
    days = [batch.frame["day"].iloc[0] for batch in read(files, Options())]
    assert all(before < after for before, after in pairwise(days))
