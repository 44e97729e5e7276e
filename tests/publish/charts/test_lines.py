"""What is drawn of a history: where a line is joined, broken, dashed and marked."""

from dataclasses import replace

import pytest

from publish.charts.lines import MOST_PROJECTS, Break, ChartError, listed, panels
from publish.history.points import Point
from tests.publish.past import START, WEEK, carried, panel, point, project, rising
from tests.publish.sample import METAFLOW


def strokes(*points: Point) -> list[tuple[str, list[int]]]:
    """Give each stroke of the only line: its method, and the weeks that it joins."""
    (line,) = panel(*points).lines
    return [(stroke.method, [(day - START).days // 7 for day, _ in stroke.points]) for stroke in line.strokes]


def test_weeks_in_a_row_are_one_stroke() -> None:
    assert strokes(*rising(4)) == [("observed", [0, 1, 2, 3])]


def test_a_week_without_a_value_is_a_gap() -> None:
    assert strokes(point(0, 1.0), point(1, 2.0), point(2, None), point(3, 4.0), point(4, 5.0)) == [
        ("observed", [0, 1]),
        ("observed", [3, 4]),
    ]


def test_a_value_carried_from_an_earlier_week_is_a_gap_too() -> None:
    assert strokes(point(0, 1.0), carried(1, 1.0, START), point(2, 2.0)) == [("observed", [0]), ("observed", [2])]


def test_another_source_breaks_the_line_and_is_said() -> None:
    old = {"source": "github-history", "method": "reconstructed"}
    history = [point(0, 1.0, **old), point(1, 2.0, **old), point(2, 3.0), point(3, 4.0)]  # type: ignore[arg-type]
    assert strokes(*history) == [("reconstructed", [0, 1]), ("observed", [2, 3])]
    assert panel(*history).breaks == {Break((START + 2 * WEEK,), "github-history → github"): ["Kubeflow"]}


def test_another_definition_breaks_the_line_over_a_gap_too() -> None:
    history = [point(0, 1.0), point(1, None), point(2, 3.0, definition="counted anew")]
    assert panel(*history).breaks == {Break((START + 2 * WEEK,), "other definition"): ["Kubeflow"]}


def test_other_artifacts_break_the_line() -> None:
    history = [point(0, 1.0), replace(point(1, 9.0), changed=START + WEEK)]
    assert strokes(*history) == [("observed", [0]), ("observed", [1])]
    assert panel(*history).breaks == {Break((START + WEEK,), "other artifacts"): ["Kubeflow"]}


def test_a_source_that_stood_in_for_another_is_one_break() -> None:
    history = [point(0, 1.0), point(1, 9.0, source="clickpy"), point(2, 9.0, source="clickpy"), point(3, 2.0)]
    ((only, whose),) = panel(*history).breaks.items()
    assert whose == ["Kubeflow"]
    assert only.told == "clickpy instead of github from 2026-04-06 to 2026-04-20"


def test_on_a_logarithmic_axis_nothing_is_a_gap() -> None:
    (only,) = panels([point(0, 5.0), point(1, 0.0), point(2, 6.0), point(3, 7.0)], log=True)
    assert [len(stroke.points) for stroke in only.lines[0].strokes] == [1, 2]


def test_lines_that_break_on_one_day_are_named_together() -> None:
    history = [
        point(week, 1.0, project=whose, definition=f"{week}")
        for whose in (project("one"), project("two"))
        for week in (0, 1)
    ]
    assert list(panel(*history).breaks.values()) == [["one", "two"]]


def test_what_joins_two_methods_is_as_weak_as_the_weaker() -> None:
    history = [point(0, 1.0, method="derived"), point(1, 2.0, method="derived"), point(2, 3.0), point(3, 4.0)]
    assert strokes(*history) == [("derived", [0, 1, 2]), ("observed", [2, 3])]


def test_a_restated_week_has_both_its_values() -> None:
    (line,) = panel(point(0, 1000.0), point(1, 1200.0, restated_from=1100.0)).lines
    assert [(one.day, one.first, one.now) for one in line.restated] == [(START + WEEK, 1100.0, 1200.0)]
    assert panel(point(0, 1000.0), point(1, 1200.0, restated_from=1100.0)).restatements == [
        "Kubeflow 2026-04-06: 1.1k → 1.2k"
    ]


def test_room_is_made_for_values_that_were_known_first() -> None:
    (line,) = panel(point(0, 10.0), point(1, 12.0, restated_from=50.0)).lines
    assert max(line.values) == 50.0


def test_the_sources_of_a_line_are_named_once_the_oldest_first() -> None:
    old = [point(week, 1.0, source="github-history") for week in range(2)]
    assert panel(*old, *rising(4)[2:]).sources == ["github-history", "github"]


def test_what_has_no_value_is_not_drawn() -> None:
    assert panels([point(0, None)]) == ()
    assert [line.name for line in panel(point(0, 1.0), point(0, None, project=METAFLOW)).lines] == ["Kubeflow"]


def test_each_metric_has_its_panel() -> None:
    found = panels([point(0, 1.0), point(0, 2.0, metric="dockerhub_pulls")])
    assert [one.metric.key for one in found] == ["github_stars", "dockerhub_pulls"]


def test_a_name_from_outside_is_one_short_line() -> None:
    (line,) = panel(point(0, 1.0, project=project("a\x1b[31m\n\u202e" + "b" * 99))).lines
    assert line.name == "a[31m " + "b" * 53 + "…"


def test_a_name_of_nothing_that_shows_is_the_id() -> None:
    (line,) = panel(point(0, 1.0, project=replace(METAFLOW, name="\u202e"))).lines
    assert line.name == "metaflow"


def test_more_projects_than_can_be_told_apart_are_refused() -> None:
    many = [point(0, 1.0, project=project(f"p{number}")) for number in range(MOST_PROJECTS + 1)]
    assert len(panel(*many[:-1]).lines) == MOST_PROJECTS
    with pytest.raises(ChartError, match="12 projects at the most, and 13 were named"):
        panels(many)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b and 2 more"),
    ],
)
def test_a_few_names_are_said_and_the_rest_counted(names: list[str], said: str) -> None:
    assert listed(names) == said
