"""A row of an index stands on one scale, whatever scales there are."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.metrics import METRICS
from publish.formats import render
from publish.table.cells import Table, build
from publish.table.footnotes import superscript
from publish.table.scales import export_day, scale_of
from storage.model import Part, ProjectEntry
from tests.publish.sample import AS_OF, KNOWN, LAST_WEEK, RULES, part

INTEREST = METRICS["search_interest"]
PROJECTS = tuple(ProjectEntry(name, name.title(), (("search", name.title()),)) for name in ("metaflow", "kubeflow"))
MARCH = "Google Trends, Worldwide; exported 2026-03-29; terms Kubeflow, Metaflow"
APRIL = "Google Trends, Worldwide; exported 2026-04-26; terms Kubeflow, Metaflow"
SMALL = "Google Trends, Worldwide; exported 2026-04-26; terms Kubeflow"
ELSEWHERE = "no value on this row's scale, only on others, which cannot be compared"


def interest(project: str, value: float | None, scale: str, day: date = AS_OF, run: int = 3) -> Part:
    return replace(part(f"search:{project.title()}", value, day, project), definition=scale, run=run)


def table(*parts: Part, as_of: date = AS_OF) -> Table:
    return build(parts, PROJECTS, as_of, KNOWN, RULES)


def texts(*parts: Part, as_of: date = AS_OF) -> list[str]:
    """Give the row as it is shown, with the marks of its footnotes; nothing if it is left out."""
    return [f"{cell.text}{superscript(cell.mark)}" for row in table(*parts, as_of=as_of).rows for cell in row.cells]


def lines(*parts: Part) -> list[str]:
    return [footnote.line for footnote in table(*parts).footnotes]


def test_the_row_says_once_on_what_scale_it_is_and_its_cells_need_no_mark() -> None:
    parts = interest("metaflow", 2.75, APRIL), interest("kubeflow", 1, APRIL)
    assert texts(*parts) == ["3", "1"]
    assert lines(*parts) == [f"¹ Search interest: {APRIL}"]
    assert "| Search interest¹ | 3 | 1 |\n" in render(table(*parts), "markdown")


def test_values_of_two_exports_are_never_put_side_by_side() -> None:
    parts = interest("metaflow", 40, MARCH, LAST_WEEK), interest("kubeflow", 9, SMALL)
    assert texts(*parts) == ["—²", "9"]
    assert lines(*parts) == [f"¹ Search interest: {SMALL}", f"² Metaflow, Search interest: {ELSEWHERE}"]
    assert table(*parts).cell("metaflow", "search_interest").state == "missing"


def test_the_newer_of_two_exports_of_all_projects_is_shown() -> None:
    both = [
        interest(project, value + more, scale, day)
        for project, value in (("metaflow", 3), ("kubeflow", 1))
        for scale, day, more in ((MARCH, LAST_WEEK, 10), (APRIL, AS_OF, 0))
    ]
    assert texts(*both) == ["3", "1"]


def test_of_two_exports_that_reach_the_day_the_later_one_is_shown() -> None:
    both = [
        interest(project, value, scale, run=run)
        for project in ("metaflow", "kubeflow")
        for scale, value, run in ((APRIL, 3, 3), (MARCH, 30, 4))
    ]
    assert texts(*both) == ["3", "3"], "also if the older one was imported after it"


def test_of_two_exports_of_one_day_the_one_imported_later_is_shown() -> None:
    other = APRIL.replace("Worldwide", "Italy")
    both = [interest("kubeflow", 3, APRIL, run=3), interest("kubeflow", 4, other, run=5)]
    assert texts(*both)[1] == "4"


def test_a_small_export_does_not_empty_a_row_that_a_fuller_one_still_fills() -> None:
    full = interest("metaflow", 3, MARCH, LAST_WEEK), interest("kubeflow", 1, MARCH, LAST_WEEK)
    assert texts(*full, interest("kubeflow", 50, SMALL)) == ["3", "1"], "the note stands at the label"


def test_no_export_keeps_its_place_when_it_is_old() -> None:
    for weeks, expected in ((4, ["3", "1"]), (5, ["—²", "50"])):
        day = AS_OF - timedelta(weeks=weeks)
        full = interest("metaflow", 3, MARCH, day), interest("kubeflow", 1, MARCH, day)
        assert texts(*full, interest("kubeflow", 50, SMALL)) == expected


def test_an_old_value_of_the_scale_is_carried_with_its_day_and_the_scale_is_said() -> None:
    assert lines(interest("metaflow", 3, APRIL, LAST_WEEK), interest("kubeflow", 1, APRIL)) == [
        f"¹ Search interest: {APRIL}",
        "² Metaflow, Search interest: value of 2026-04-20, nothing newer",
    ]


def test_a_project_that_is_in_no_export_is_missing_for_that_reason() -> None:
    parts = Part("metaflow", "search", "Metaflow", "Metaflow"), interest("kubeflow", 1, APRIL)
    assert (texts(*parts), lines(*parts)[1]) == (
        ["—²", "1"],
        "² Metaflow, Search interest: no value, never collected",
    )


def test_a_row_without_any_value_says_no_scale() -> None:
    parts = interest("metaflow", None, APRIL), interest("kubeflow", None, APRIL)
    assert texts(*parts) == []
    assert all(line.startswith("Left out: ") for line in lines(*parts))


def test_the_scale_stands_before_the_notes_on_cells_and_those_left_out() -> None:
    stars = ProjectEntry("x", "X", (("github", "x/x"),))
    made = build([interest("kubeflow", 1, APRIL)], [*PROJECTS, stars], AS_OF, KNOWN, RULES)
    assert [footnote.line[:15] for footnote in made.footnotes] == [
        "¹ Search intere",
        "² Metaflow, Sea",
        "Left out: X, Gi",
    ]


def test_only_an_index_has_a_scale_and_only_projects_that_are_compared_choose_it() -> None:
    assert scale_of([interest("kubeflow", 1, APRIL)], METRICS["github_stars"], AS_OF) == ""
    parts = [interest(f"p{at}", 1, MARCH) for at in range(9)]
    assert texts(*parts, interest("kubeflow", 1, SMALL))[1] == "1"


def test_another_source_counts_only_where_the_preferred_one_is_old() -> None:
    views = replace(interest("kubeflow", 900, "page views"), source="wikimedia")
    assert texts(views, interest("kubeflow", 1, SMALL))[1] == "1"
    assert texts(views, interest("kubeflow", 1, SMALL, AS_OF - timedelta(days=35)))[1] == "900"


@pytest.mark.parametrize(
    ("definition", "day"),
    [
        (APRIL, date(2026, 4, 26)),
        ("exported 2026-04-26 to 2026-04-28", date(2026, 4, 26)),
        ("exported 2026-99-99", None),
    ],
)
def test_a_definition_tells_when_it_was_exported(definition: str, day: date | None) -> None:
    assert export_day(definition) == day


SCALES = st.sampled_from([MARCH, APRIL, SMALL, "page views"])
PARTS = st.builds(
    interest,
    st.sampled_from(["metaflow", "kubeflow"]),
    st.integers(0, 100),
    SCALES,
    st.integers(0, 90).map(lambda age: AS_OF - timedelta(days=age)),
)


@given(st.lists(PARTS, max_size=8, unique_by=lambda one: (one.project, one.definition)), st.randoms())
def test_all_values_of_a_row_are_of_one_definition_in_whatever_order_the_parts_come(
    parts: list[Part], random: object
) -> None:
    made = table(*parts)
    used = {
        share.part.definition
        for row in made.rows
        for cell in row.cells
        if cell.value is not None
        for share in cell.shares
    }
    assert len(used) == (1 if parts else 0)
    random.shuffle(parts)  # type: ignore[attr-defined]
    assert table(*parts) == made
