"""Cells that differ are listed row by row, each with old, new and why."""

from dataclasses import replace

from publish.differences import Difference, learned_in
from publish.differences import differences as of_tables
from publish.table.cells import Table
from tests.publish.sample import KFP, KUBEFLOW, KUBEFLOW_PARTS, LAST_WEEK, METAFLOW, STARS, part, table

PUBLISHED = table(*KUBEFLOW_PARTS)


def differences(old: Table, new: Table) -> tuple[Difference, ...]:
    return of_tables(old, old, new, {})


def test_equal_tables_have_no_differences_whatever_their_footnotes_say() -> None:
    assert differences(PUBLISHED, PUBLISHED) == ()
    old = table(replace(KFP, day=LAST_WEEK))
    assert differences(old, table(replace(KFP, day=LAST_WEEK, outcome="failed", detail="anew"))) == ()


def test_a_difference_shows_old_and_new_in_full() -> None:
    new = table(replace(KFP, value=3_104_500.0), *KUBEFLOW_PARTS[2:], replace(STARS, value=7.0, day=LAST_WEEK))
    stars, downloads = differences(PUBLISHED, new)
    assert stars.cells[:3] == ("Kubeflow, GitHub stars", "15,618", "7, carried")
    assert downloads.cells[:3] == ("Kubeflow, PyPI weekly downloads", "3,104,000", "3,104,500")
    assert downloads.cells[3].startswith("restated by")


def test_a_row_that_appears_or_goes_is_compared_too() -> None:
    bare = table(STARS, KFP)
    (gone,) = differences(PUBLISHED, bare)
    (come,) = differences(bare, PUBLISHED)
    assert gone.cells[:3] == ("Kubeflow, Docker Hub pulls", "367,013", "—")
    assert come.cells[:3] == ("Kubeflow, Docker Hub pulls", "—", "367,013")


def test_many_reasons_are_counted() -> None:
    many = [part(f"pypi:p{number}", number) for number in range(1, 6)]
    (one,) = differences(PUBLISHED, table(*KUBEFLOW_PARTS, *many))
    assert one.cells[3].endswith("; and 2 more")
    assert len(one.reasons) == 5


def test_as_json_it_has_all_facts() -> None:
    (one,) = differences(PUBLISHED, table(replace(KFP, value=1.0), STARS, *KUBEFLOW_PARTS[2:]))
    told = one.as_json()
    assert (told["project"], told["metric"]) == (KUBEFLOW.id, "pypi_downloads_7d")
    assert [told[side]["value"] for side in ("old", "new")] == [3_104_000, 1]  # type: ignore[index]
    assert [reason["kind"] for reason in told["reasons"]] == ["restated"]  # type: ignore[attr-defined]


def test_names_from_outside_cannot_break_the_line() -> None:
    evil = replace(KUBEFLOW, name="Kube\u202e\nflow")
    projects = (METAFLOW, evil)
    old, new = table(*KUBEFLOW_PARTS, projects=projects), table(STARS, projects=projects)
    assert not {"\n", "\u202e"} & {char for one in differences(old, new) for text in one.cells for char in text}


def test_the_runs_behind_a_table_are_those_of_its_values() -> None:
    assert learned_in(table(STARS, replace(KFP, run=12))) == {3, 12}
