"""`tallybook runs`, and the way back from a number: to the response itself, and to what it was before."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.cli import run
from jobs.exits import DONE, FAILED, USAGE
from tests.ledgers import Ledger
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, learn, outcome

Output = pytest.CaptureFixture[str]


@pytest.fixture
def restated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand at a ledger of two runs, of which the second restates the value of the first and lacks another."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("TALLYBOOK_DB", url)
    with Ledger.open_or_create(url) as ledger:
        learn(ledger, [(KFP, MONDAY, 500.0)], ONE)
        gone = [outcome("github:kubeflow/kubeflow", "missing")]
        learn(ledger, [(KFP, MONDAY, 480.0), (KFP, MONDAY + WEEK, 510.0)], at=START + WEEK, outcomes=gone)


@pytest.mark.usefixtures("restated")
def test_runs_are_listed_newest_first_with_what_they_brought(capsys: Output) -> None:
    assert run(["runs"]) == DONE
    _, _, second, first = capsys.readouterr().out.splitlines()
    assert second.split()[:4] == ["2", "refresh", "2026-05-04", "done"]
    assert second.endswith("2 values, 1 missing")
    assert first.endswith("1 value")


@pytest.mark.usefixtures("restated")
def test_the_newest_runs_as_json(capsys: Output) -> None:
    assert run(["runs", "--limit", "1", "--json"]) == DONE
    (only,) = json.loads(capsys.readouterr().out)
    assert (only["run"], only["values"], only["series"]) == (2, 2, {"missing": 1, "recorded": 1})
    assert only["started_at"] == "2026-05-04T05:00:00Z"


@pytest.mark.usefixtures("restated")
def test_a_limit_of_nothing_is_refused() -> None:
    assert run(["runs", "--limit", "0"]) == USAGE


@pytest.mark.usefixtures("restated")
def test_a_restated_value_says_what_it_was_and_in_which_run(capsys: Output) -> None:
    lineage = ["explain", "kubeflow", "pypi_downloads_7d", "--as-of", str(MONDAY)]
    assert run(lineage) == DONE
    assert "  before      500 (run 1, known since 2026-04-27T05:00:00Z)\n" in capsys.readouterr().out
    assert run([*lineage, "--known-at", "1"]) == DONE
    assert "before" not in capsys.readouterr().out
    assert run([*lineage[:-1], str(MONDAY + timedelta(days=7))]) == DONE
    assert "before" not in capsys.readouterr().out, "another day has another value"


def test_the_response_behind_a_number_is_printed_as_it_was_received(tmp_path: Path, capsys: Output) -> None:
    assert run(["demo", "--folder", str(tmp_path)]) == DONE
    capsys.readouterr()
    raw = ["explain", "kubeflow", "--as-of", "2026-04-27", "--raw", "--db", f"sqlite:///{tmp_path / 'tallybook.db'}"]
    raw += ["--recordings", str(tmp_path / "recordings")]
    assert run([*raw, "pulls"]) == DONE
    captured = capsys.readouterr()
    assert sum(one["pull_count"] for one in json.loads(captured.out)["results"]) == 367_013
    assert "https://hub.docker.com/v2/namespaces/kubeflow/repositories" in captured.err
    assert run([*raw, "search_interest"]) == DONE
    assert '"Time","Metaflow","Kubeflow"' in capsys.readouterr().out, "an imported file"
    (tmp_path / "recordings" / "demo.warc.gz").unlink()
    assert run([*raw, "pulls"]) == FAILED
    assert "demo.warc.gz: is not there" in capsys.readouterr().err
