"""`tallybook export`: all observations, whole, as other tools read them, with a dictionary of their columns."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest

from jobs.cli import run
from jobs.exits import DONE, FAILED
from tests.jobs.weeks_played import Weeks
from tests.ledgers import Ledger
from tests.storage.play import KFP, START, WEEK, learn

Output = pytest.CaptureFixture[str]
pytestmark = pytest.mark.both_databases


@pytest.fixture
def out(ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand at a ledger of two weeks and an old year, of which one value was told twice; give a place for an export."""
    monkeypatch.setenv("TALLYBOOK_DB", ledger_url)
    with Ledger.open(ledger_url) as ledger:
        weeks = Weeks(ledger)
        weeks.week()
        weeks.week(kfp=5)
        old = START.date().replace(year=2024)
        learn(ledger, [(KFP, (START + WEEK).date(), 4.0), (KFP, old, 1.0)], at=START + 4 * WEEK)
    return tmp_path / "out"


def dictionary(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "datapackage.json").read_text())
    return found


def test_parquet_is_read_alike_by_pandas_duckdb_and_polars(out: Path) -> None:
    assert run(["export", "-o", str(out)]) == DONE
    frame = pd.read_parquet(out / "observations", filters=[("metric", "==", "pypi_downloads_7d")])
    kfp = frame[frame["artifact"] == "kfp"].sort_values(["day", "run"])
    assert [str(day) for day in kfp["day"]] == ["2024-04-27", "2026-05-04", "2026-05-04", "2026-05-11"]
    assert kfp["value"].to_list() == [1.0, 3_000_000.0, 4.0, 5.0]
    assert kfp["run"].to_list() == [3, 1, 3, 2]
    assert kfp["counts"].all()
    files = f"{out}/observations/**/*.parquet"
    query = f"SELECT year, sum(value) FROM read_parquet('{files}') WHERE artifact = 'kfp' GROUP BY year ORDER BY year"  # noqa: S608
    assert duckdb.execute(query).fetchall() == [(2024, 1.0), (2026, 3_000_009.0)]
    lazy = pl.scan_parquet(files, hive_partitioning=True).filter(pl.col("artifact") == "kfp")
    assert lazy.select(pl.col("value").sum()).collect().item() == 3_000_010.0
    assert pd.read_parquet(out / "runs.parquet")["run"].to_list() == [1, 2, 3]
    assert set(pd.read_parquet(out / "projects.parquet")["project"]) == {"flow", "kube"}


def test_csv_has_the_same_as_parquet(out: Path, tmp_path: Path) -> None:
    assert run(["export", "-o", str(out)]) == DONE
    assert run(["export", "-o", str(tmp_path / "csv"), "--format", "csv"]) == DONE
    parts = [pd.read_csv(path, parse_dates=["known_at"]) for path in (tmp_path / "csv/observations").rglob("*.csv")]
    text, key = pd.concat(parts), ["series", "day", "run"]
    whole = pd.read_parquet(out / "observations").drop(columns="year")
    whole["day"] = whole["day"].astype(str)
    text, whole = text.sort_values(key), whole.sort_values(key)
    for name in text.columns:
        assert text[name].to_list() == whole[name].to_list(), name


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_dictionary_tells_every_file_and_every_column(out: Path, form: str) -> None:
    assert run(["export", "-o", str(out), "--format", form]) == DONE
    resources = dictionary(out)["resources"]
    files = {str(path.relative_to(out)) for path in out.rglob(f"*.{form}")}
    assert {resource["path"] for resource in resources} == files
    for resource in resources:
        if form == "csv":
            columns = list(pd.read_csv(out / resource["path"]).columns)
        else:
            columns = pl.read_parquet(out / resource["path"], hive_partitioning=False).columns
        assert [one["name"] for one in resource["schema"]["fields"]] == columns
        assert all(one["description"] for one in resource["schema"]["fields"])


def test_an_earlier_export_is_replaced_and_nothing_else(out: Path, capsys: Output) -> None:
    assert run(["export", "-o", str(out), "--format", "csv"]) == DONE
    assert run(["export", "-o", str(out)]) == DONE
    assert not list(out.rglob("*.csv"))
    (out / "datapackage.json").write_text('{"name": "somebody-elses"}')
    assert run(["export", "-o", str(out)]) == FAILED
    assert "give another folder" in capsys.readouterr().err
    assert list(out.parent.glob(".out*")) == []


def test_an_export_that_breaks_off_leaves_the_earlier_one(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["export", "-o", str(out)]) == DONE
    before = dictionary(out)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "observations.parquet")

    monkeypatch.setattr("jobs.export._observations", full)
    assert run(["export", "-o", str(out)]) == FAILED
    assert dictionary(out) == before
    assert list(out.parent.glob(".out*")) == []
