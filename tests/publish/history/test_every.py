"""The history by the week or month as text, CSV and JSON."""

import csv
import json
from dataclasses import replace

import pytest

from publish.history.every import COLUMNS, FORMATS, render
from tests.publish.past import carried, point, project
from tests.publish.sample import METAFLOW

GROWN = replace(point(1, 15_618.0), change=18.0, growth=100 * 18 / 15_600)
LINE = (point(0, 15_600.0), GROWN)


def text(*points: object) -> str:
    return "".join(render(points, "text"))  # type: ignore[arg-type]


def test_csv_has_a_line_a_week_and_nothing_for_what_is_unknown() -> None:
    assert "".join(render(LINE, "csv")) == (
        "project,metric,as_of,value,change,growth,day,state,source,method,restated_from\n"
        "kubeflow,github_stars,2026-03-30,15600,,,2026-03-30,fresh,github,observed,\n"
        "kubeflow,github_stars,2026-04-06,15618,18,0.115385,2026-04-06,fresh,github,observed,\n"
    )


def test_json_has_the_same_records_with_null_for_what_is_unknown() -> None:
    records = json.loads("".join(render(LINE, "json")))
    assert [tuple(record) for record in records] == [COLUMNS, COLUMNS]
    assert [(record["change"], record["growth"]) for record in records] == [(None, None), (18, 0.115385)]
    assert json.loads("".join(render((), "json"))) == []


def test_text_is_a_table_a_project_with_change_and_growth() -> None:
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


def test_nothing_is_said_in_words() -> None:
    assert text() == "No observations.\n"


def test_names_from_outside_stay_on_their_line_and_formulas_are_only_text() -> None:
    evil = project("=cmd\x1b[31m\n\u202ename")
    assert text(point(0, 1.0, project=evil)).splitlines()[0] == "=cmd[31m name, GitHub stars"
    line = list(csv.reader("".join(render([point(0, 1.0, project=project("=cmd"))], "csv")).splitlines()))[1]
    assert line[0] == "'=cmd"


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'xml': choose one of text, csv, json"):
        render((), "xml")
    assert list(FORMATS) == ["text", "csv", "json"]
