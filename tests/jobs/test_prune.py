"""`tallybook prune` removes old recordings, but none that a published number was read from, and says so to `verify`."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.cli import run
from jobs.exits import DONE, FAILED, USAGE
from storage.append.append import append
from storage.model import Piece, ResponseRow
from storage.runs.recordings import add_recording
from tests.collector.recording.sample import THREE
from tests.collector.recording.sample import record as recorded
from tests.jobs.weeks_played import BOTH, Weeks, fresh, listed
from tests.ledgers import Ledger
from tests.storage.play import frame

Output = pytest.CaptureFixture[str]


@pytest.fixture
def folder(ledger_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand at a ledger of three weeks with a recording each, of which the second was published."""
    monkeypatch.setenv("TALLYBOOK_DB", ledger_url)
    monkeypatch.setenv("TALLYBOOK_RECORDINGS", str(tmp_path / "recordings"))
    with Ledger.open(ledger_url) as ledger:
        weeks = Weeks(ledger)
        for name in ("one", "two", "three"):
            kept = recorded(tmp_path / "recordings" / f"{name}.warc.gz", *THREE)
            file = f"{name}.warc.gz"
            rows = [ResponseRow(file, k.record, k.status, k.at, k.offset, k.length, k.digest) for k in kept]
            digest = hashlib.sha256((tmp_path / "recordings" / file).read_bytes()).hexdigest()
            begun = weeks.begin()
            with ledger.writing() as connection:
                add_recording(connection, begun, file, digest)
                append(connection, begun, [Piece(frame(fresh(weeks.day), record=rows[0].record), rows, [listed()])])
            if name == "two":
                weeks.publish(BOTH)
            weeks.now += timedelta(days=7)
    monkeypatch.setenv("TALLYBOOK_NOW", weeks.now.isoformat())
    return tmp_path / "recordings"


def there(folder: Path) -> set[str]:
    return {path.name.removesuffix(".warc.gz") for path in folder.glob("*.warc.gz")}


def test_what_is_old_goes_but_not_what_was_published(folder: Path, capsys: Output) -> None:
    assert run(["prune", "--older-than", "10", "--dry-run"]) == DONE
    assert "1 recording with" in capsys.readouterr().out
    assert there(folder) == {"one", "two", "three"}
    assert run(["prune", "--older-than", "10"]) == DONE
    assert there(folder) == {"two", "three"}
    assert json.loads((folder / "pruned.jsonl").read_text())["name"] == "one.warc.gz"


def test_the_oldest_go_until_the_size_is_reached(folder: Path) -> None:
    size = sum(path.stat().st_size for path in folder.glob("*.warc.gz"))
    assert run(["prune", "--max-size", str(size - 1)]) == DONE
    assert there(folder) == {"two", "three"}
    assert run(["prune", "--max-size", "0"]) == DONE
    assert there(folder) == {"two"}


def test_what_is_no_recording_of_a_run_stays(folder: Path) -> None:
    (folder / "unfinished.warc.gz").write_bytes(b"")
    assert run(["prune", "--max-size", "0"]) == DONE
    assert there(folder) == {"two", "unfinished"}


def test_verify_misses_what_was_lost_and_not_what_was_removed(folder: Path, capsys: Output) -> None:
    assert run(["prune", "--older-than", "10"]) == DONE
    capsys.readouterr()
    run(["verify"])
    out = capsys.readouterr().out
    assert "note: 1 recording removed by `tallybook prune`" in out
    assert "is not there" not in out
    (folder / "three.warc.gz").unlink()
    assert run(["verify"]) == FAILED
    assert "three.warc.gz: is not there" in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("options", [[], ["--max-size", "much"], ["--older-than", "0"]])
def test_what_is_to_go_must_be_said(options: list[str]) -> None:
    assert run(["prune", *options]) == USAGE
