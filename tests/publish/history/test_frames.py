"""Histories as data frames, and as CSV, JSON and Parquet."""

import csv
import io
import json
import sys
from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publish.extras import ExtraMissing
from publish.history.frames import FORMATS, OBSERVATIONS, POINTS, observations, points
from tests.publish.past import NEWER, OLDER, point, project

LINE = (point(0, 15_600.0), replace(point(1, 15_618.0), change=18.0, growth=100 * 18 / 15_600))


def written(frame: pd.DataFrame, form: str) -> str:
    text = FORMATS[form](frame)
    assert isinstance(text, str)
    return text


def parquet(frame: pd.DataFrame) -> pa.Table:
    data = FORMATS["parquet"](frame)
    assert isinstance(data, bytes)
    return pq.read_table(io.BytesIO(data))


def test_csv_has_the_columns_of_the_contract_and_a_line_an_observation() -> None:
    assert written(observations([OLDER, NEWER]), "csv") == (
        "project,metric,artifact,source,day,value,method,run,known_at\n"
        "kubeflow,github_stars,github:kubeflow/kubeflow,github,2026-04-20,15600,observed,2,2026-04-20T05:00:09Z\n"
        "kubeflow,github_stars,github:kubeflow/kubeflow,github,2026-04-27,15618,observed,3,2026-04-27T05:00:12Z\n"
    )


def test_csv_of_weeks_has_nothing_for_what_is_unknown() -> None:
    assert written(points(LINE), "csv") == (
        "project,metric,as_of,value,change,growth,day,state,source,method,restated_from\n"
        "kubeflow,github_stars,2026-03-30,15600,,,2026-03-30,fresh,github,observed,\n"
        "kubeflow,github_stars,2026-04-06,15618,18,0.115385,2026-04-06,fresh,github,observed,\n"
    )


def test_json_has_the_same_records_with_null_for_what_is_unknown() -> None:
    records = json.loads(written(points([*LINE, point(2, None)]), "json"))
    assert [tuple(record) for record in records] == [POINTS] * 3
    assert [(record["change"], record["growth"]) for record in records[:2]] == [(None, None), (18, 0.115385)]
    assert [records[2][name] for name in ("value", "day", "source", "as_of")] == [None, None, None, "2026-04-13"]
    of_observations = json.loads(written(observations([OLDER, NEWER]), "json"))
    assert [tuple(record) for record in of_observations] == [OBSERVATIONS] * 2
    assert of_observations[1]["value"] == 15618
    assert of_observations[1]["known_at"] == "2026-04-27T05:00:12Z"


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-7, 123456789.123456789, 2.0**60])
def test_a_number_is_written_so_that_it_reads_back_the_same(value: float) -> None:
    frame = observations([replace(OLDER, value=value)])
    assert json.loads(written(frame, "json"))[0]["value"] == value
    assert float(next(csv.DictReader(written(frame, "csv").splitlines()))["value"]) == value


def test_with_what_does_not_count_each_row_says_how_it_stands() -> None:
    frame = observations([OLDER, replace(NEWER, standing="held")], standing=True)
    assert [line["standing"] for line in csv.DictReader(written(frame, "csv").splitlines())] == ["counts", "held"]
    assert [record["standing"] for record in json.loads(written(frame, "json"))] == ["counts", "held"]
    assert parquet(frame).column("standing").to_pylist() == ["counts", "held"]


def test_nothing_is_no_records_of_the_same_columns() -> None:
    assert written(observations([]), "csv") == ",".join(OBSERVATIONS) + "\n"
    assert written(points([]), "csv") == ",".join(POINTS) + "\n"
    assert written(points([]), "json") == written(observations([]), "json") == "[]\n"
    assert (observations([]).dtypes == observations([OLDER]).dtypes).all()
    assert (points([]).dtypes == points(LINE).dtypes).all()
    assert tuple(parquet(observations([])).column_names) == OBSERVATIONS


def test_formulas_are_only_text() -> None:
    line = written(observations([replace(OLDER, artifact='=cmd|"x"!A1')]), "csv").splitlines()[1]
    assert next(csv.reader([line]))[2] == '\'=cmd|"x"!A1'
    week = written(points([point(0, 1.0, project=project("=cmd"))]), "csv").splitlines()[1]
    assert week.startswith("'=cmd,")


def test_parquet_has_a_type_a_column() -> None:
    table = parquet(observations([OLDER, NEWER]))
    assert tuple(table.column_names) == OBSERVATIONS
    assert table.schema.field("day").type == pa.date32()
    assert table.schema.field("known_at").type == pa.timestamp("us", tz="UTC")
    assert table.schema.field("value").type == pa.float64()
    assert table.schema.field("run").type == pa.int64()
    second = table.to_pylist()[1]
    assert (second["day"], second["value"], second["run"]) == (date(2026, 4, 27), 15_618.0, 3)
    assert second["known_at"] == datetime(2026, 4, 27, 5, 0, 12, tzinfo=UTC)


def test_parquet_of_weeks_has_null_where_nothing_is_known() -> None:
    table = parquet(points([point(0, 5.0), point(1, None), replace(point(2, 6.0), change=1.0)]))
    assert tuple(table.column_names) == POINTS
    assert table.schema.field("as_of").type == pa.date32()
    assert table.column("value").to_pylist() == [5.0, None, 6.0]
    assert table.column("change").to_pylist() == [None, None, 1.0]
    assert table.column("day").to_pylist()[1] is None


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExtraMissing, match="extra parquet"):
        FORMATS["parquet"](observations([OLDER]))
