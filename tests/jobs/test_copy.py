"""`tallybook copy`: a whole ledger in another database and back, without a difference on either side."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from jobs.cli import run
from jobs.editions.verify import Verification
from jobs.exits import DONE, FAILED
from jobs.settings import Settings
from storage.database import migrate
from storage.database.schema import metadata
from storage.query.whole.copying import copy
from tests.jobs.weeks_played import BOTH, ONE, Weeks
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, START, WEEK, parts

Output = pytest.CaptureFixture[str]
pytestmark = pytest.mark.both_databases


@pytest.fixture
def source(sqlite_ledger: Path, tmp_path: Path) -> str:
    """Give a ledger on SQLite with weeks, restatements and editions."""
    (tmp_path / "source.db").write_bytes(sqlite_ledger.read_bytes())
    url = f"sqlite:///{tmp_path / 'source.db'}"
    with Ledger.open(url) as ledger:
        weeks = Weeks(ledger)
        weeks.week()
        weeks.publish(BOTH, ONE)
        weeks.week(kfp=5)
        weeks.publish(BOTH, ONE)
    return url


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return all that is in a SQLite ledger."""
    place = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(place)) as connection:
        return {
            table.name: sorted(connection.execute(f"SELECT * FROM {table.name}").fetchall(), key=repr)  # noqa: S608
            for table in metadata.sorted_tables
        }


def differences(url: str, tmp_path: Path) -> tuple[list[str], int]:
    verification = Verification(Settings(db=url, recordings=tmp_path / "recordings", now=START), lambda *_: None)
    return [str(one) for one in verification.run()], verification.editions


def test_a_ledger_is_the_same_there_and_back(source: str, new_url: str, tmp_path: Path, capsys: Output) -> None:
    back = f"sqlite:///{tmp_path / 'back.db'}"
    assert run(["--db", source, "copy", "--to", new_url]) == DONE
    assert "the same number on both sides" in capsys.readouterr().out
    assert run(["--db", new_url, "copy", "--to", back]) == DONE
    before = rows(source)
    assert before["observation"]
    assert before["edition_file"]
    assert rows(back) == before
    found = [differences(url, tmp_path) for url in (source, new_url, back)]
    assert found[0][1] > 0
    assert found[1] == found[0]
    assert found[2] == found[0]
    assert migrate.check(new_url) == []


def test_both_clocks_come_along(source: str, new_url: str) -> None:
    assert run(["--db", source, "copy", "--to", new_url]) == DONE

    def told(url: str, day: date) -> list[object]:
        with Ledger.open(url) as ledger:
            return [parts(ledger, day, number.id) for number in ledger.runs(9)]

    for day in (MONDAY, MONDAY + WEEK):
        assert told(new_url, day) == told(source, day)


def test_a_ledger_that_has_something_is_not_copied_to(
    source: str, ledger: Ledger, ledger_url: str, capsys: Output
) -> None:
    Weeks(ledger).week(kfp=7)
    assert run(["--db", source, "copy", "--to", ledger_url]) == FAILED
    assert "not empty" in capsys.readouterr().err


def test_a_copy_that_breaks_off_leaves_an_empty_ledger(source: str, ledger_url: str) -> None:
    def breaks(table: str, *_: int) -> None:
        if table == "series":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(source, ledger_url, breaks)
    assert run(["--db", source, "copy", "--to", ledger_url]) == DONE


def test_a_copy_needs_a_ledger_to_copy(new_url: str, tmp_path: Path) -> None:
    assert run(["--db", f"sqlite:///{tmp_path / 'none.db'}", "copy", "--to", new_url]) == FAILED
