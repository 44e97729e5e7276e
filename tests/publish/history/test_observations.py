"""The history of projects as text, CSV and JSON."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from publish.history.observations import ALL_COLUMNS, COLUMNS, FORMATS, render
from storage.model import HistoryRow

OLDER = HistoryRow(
    project="kubeflow",
    metric="github_stars",
    artifact="github:kubeflow/kubeflow",
    source="github",
    definition="stargazers_count",
    day=date(2026, 4, 20),
    value=15_600.0,
    method="observed",
    run=2,
    known_at=datetime(2026, 4, 20, 5, 0, 9, tzinfo=UTC),
)
NEWER = replace(
    OLDER, day=date(2026, 4, 27), value=15_618.0, run=3, known_at=datetime(2026, 4, 27, 5, 0, 12, tzinfo=UTC)
)


def test_csv_has_the_columns_of_the_contract_and_a_line_an_observation() -> None:
    assert "".join(render([OLDER, NEWER], "csv")) == (
        "project,metric,artifact,source,day,value,method,run,known_at\n"
        "kubeflow,github_stars,github:kubeflow/kubeflow,github,2026-04-20,15600,observed,2,2026-04-20T05:00:09Z\n"
        "kubeflow,github_stars,github:kubeflow/kubeflow,github,2026-04-27,15618,observed,3,2026-04-27T05:00:12Z\n"
    )


def test_with_what_does_not_count_each_line_says_how_it_stands() -> None:
    rows = [OLDER, replace(NEWER, standing="held")]
    lines = list(csv.DictReader("".join(render(rows, "csv", ALL_COLUMNS)).splitlines()))
    assert [line["standing"] for line in lines] == ["counts", "held"]
    records = json.loads("".join(render(rows, "json", ALL_COLUMNS)))
    assert [record["standing"] for record in records] == ["counts", "held"]
    text = "".join(render(rows, "text", ALL_COLUMNS)).splitlines()
    assert [line.split()[-1] for line in (text[0], *text[2:])] == ["standing", "counts", "held"]


def test_json_is_a_list_of_the_same_records() -> None:
    records = json.loads("".join(render([OLDER, NEWER], "json")))
    assert [tuple(record) for record in records] == [COLUMNS, COLUMNS]
    assert [record["value"] for record in records] == [15600, 15618]


def test_text_is_a_table_for_people() -> None:
    lines = "".join(render([OLDER, NEWER], "text")).splitlines()
    assert lines[0].split() == list(COLUMNS)
    assert lines[3].split()[4:] == ["2026-04-27", "15,618", "observed", "3", "2026-04-27T05:00:12Z"]


@pytest.mark.parametrize(("fmt", "text"), [("csv", ",".join(COLUMNS) + "\n"), ("json", "[]\n")])
def test_no_observations_are_no_records(fmt: str, text: str) -> None:
    assert "".join(render([], fmt)) == text


def test_no_observations_are_said_in_words() -> None:
    assert "".join(render([], "text")) == "No observations.\n"


@pytest.mark.parametrize("fmt", ["csv", "json"])
def test_what_programs_read_is_written_while_rows_still_come(fmt: str) -> None:
    """A long history is never held whole."""
    taken = 0

    def rows() -> Iterator[HistoryRow]:
        nonlocal taken
        for _ in range(1000):
            taken += 1
            yield OLDER

    pieces = render(rows(), fmt)
    next(pieces)
    next(pieces)
    assert taken <= 2


def test_an_artifact_that_looks_like_a_formula_is_only_text() -> None:
    line = list(render([replace(OLDER, artifact='=cmd|"x"!A1')], "csv"))[1]
    assert next(csv.reader([line]))[2] == '\'=cmd|"x"!A1'


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'xml': choose one of text, csv, json"):
        render([], "xml")
    assert list(FORMATS) == ["text", "csv", "json"]
