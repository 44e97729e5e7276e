"""Histories as text: an observation a line, or a week or month with its change."""

from dataclasses import replace

from publish.history.text import observations, points
from tests.publish.past import NEWER, OLDER, carried, point, project
from tests.publish.sample import METAFLOW

GROWN = replace(point(1, 15_618.0), change=18.0, growth=100 * 18 / 15_600)
LINE = (point(0, 15_600.0), GROWN)


def text(*shown: object) -> str:
    return "".join(points(shown))  # type: ignore[arg-type]


def test_observations_are_a_table_for_people() -> None:
    lines = observations([OLDER, NEWER]).splitlines()
    assert lines[0].split() == ["project", "metric", "artifact", "source", "day", "value", "method", "run", "known_at"]
    assert lines[3].split()[4:] == ["2026-04-27", "15,618", "observed", "3", "2026-04-27T05:00:12Z"]


def test_with_what_does_not_count_each_line_says_how_it_stands() -> None:
    lines = observations([OLDER, replace(NEWER, standing="held")], standing=True).splitlines()
    assert [line.split()[-1] for line in (lines[0], *lines[2:])] == ["standing", "counts", "held"]


def test_no_observations_are_said_in_words() -> None:
    assert observations([]) == "No observations.\n"


def test_weeks_are_a_table_a_project_with_change_and_growth() -> None:
    lines = text(*LINE).splitlines()
    assert lines[0] == "Kubeflow, GitHub stars"
    assert lines[-2].split() == ["2026-03-30", "15,600", "—", "—", "observed", "github"]
    assert lines[-1].split() == ["2026-04-06", "15,618", "+18", "+0.1", "%", "observed", "github"]


def test_a_fall_has_its_sign() -> None:
    assert " -1,200 " in text(point(0, 5000.0), replace(point(1, 3800.0), change=-1200.0, growth=-24.0))


def test_projects_and_metrics_have_a_table_each() -> None:
    titles = [line for line in text(*LINE, point(0, 1.0, project=METAFLOW)).splitlines() if ", GitHub" in line]
    assert titles == ["Kubeflow, GitHub stars", "Metaflow, GitHub stars"]


def test_a_note_says_what_is_out_of_the_ordinary() -> None:
    shown = text(
        point(0, 10.0, source="github-history", method="reconstructed"),
        point(1, 12.0, restated_from=11.0),
        carried(2, 12.0, point(1, 12.0).as_of),
        point(3, None),
        point(4, 13.0),
    )
    notes = [line.split("  ")[-1].strip() for line in shown.splitlines()[-4:]]
    assert notes[0] == "other source; restated, first 11"
    assert notes[1] == "carried, value of 2026-04-06"
    assert notes[2] == "missing"
    assert "—" in shown.splitlines()[-2], "a week without a value is no zero"


def test_a_new_definition_of_one_source_is_said() -> None:
    assert "other definition" in text(point(0, 10.0), point(1, 12.0, definition="counted anew"))


def test_other_artifacts_of_the_project_are_said() -> None:
    older = point(0, 10.0)
    assert "other artifacts" in text(older, replace(point(1, 12.0), changed=point(1, 12.0).as_of))


def test_sums_of_fractions_are_written_as_people_would() -> None:
    assert " 3.3 " in text(point(0, 1.1 + 2.2))


def test_names_from_outside_stay_on_their_line() -> None:
    evil = project("=cmd\x1b[31m\n\u202ename")
    assert text(point(0, 1.0, project=evil)).splitlines()[0] == "=cmd[31m name, GitHub stars"


def test_on_a_terminal_what_is_the_same_in_all_rows_is_said_once_above() -> None:
    rows = [replace(NEWER, value=float(n)) for n in (1, 2)]
    head, *lines = observations(rows, width=80).split("\n\n")
    assert "metric" in head
    assert lines[0].split()[:2] == ["day", "value"]
    assert text_of_width(80, *LINE).splitlines()[0] == "Kubeflow, GitHub stars, observed, github"
    assert text_of_width(80, *LINE).splitlines()[-1].split() == ["2026-04-06", "15,618", "+18", "+0.1", "%"]


def text_of_width(width: int, *shown: object) -> str:
    return "".join(points(shown, width=width))  # type: ignore[arg-type]
