"""Backups: made beside a writer, whole or not there, put back only if sound, and never over newer runs by chance."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert

from storage.database import migrate
from storage.database.errors import LedgerError, LedgerMissing, LedgerUnreadable, RunInProgress
from storage.database.schema import catalog
from storage.query.whole.backup import backup, restore
from tests.ledgers import Ledger
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, learn, values


@pytest.fixture
def url(sqlite_ledger: Path, tmp_path: Path) -> str:
    """Give a SQLite ledger with one run."""
    place = tmp_path / "ledger.db"
    place.write_bytes(sqlite_ledger.read_bytes())
    with Ledger.open(f"sqlite:///{place}") as ledger:
        learn(ledger, [(KFP, MONDAY, 5.0)], ONE)
    return f"sqlite:///{place}"


def kept(place: Path) -> dict[str, float | None]:
    with Ledger.open(f"sqlite:///{place}") as ledger:
        return values(ledger)


def test_a_backup_is_made_while_a_run_is_being_stored_and_has_what_was_committed(url: str, tmp_path: Path) -> None:
    row = {"id": 9, "digest": "d", "text": "t", "cadence": "monday", "max_stale": 0.2, "first_seen": START}
    with Ledger.open(url) as ledger, ledger.run_lock(), ledger.writing() as connection:
        connection.execute(insert(catalog), row)
        backup(url, tmp_path / "copy.db")
    assert migrate.check(f"sqlite:///{tmp_path / 'copy.db'}") == []
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT COUNT(*) FROM catalog WHERE id = 9").fetchone() == (0,)
    assert kept(tmp_path / "copy.db") == {"kfp": 5.0}


def test_a_backup_is_one_file_and_replaces_an_older_one(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    backup(url, folder / "copy.db")
    with Ledger.open(url) as ledger:
        learn(ledger, [(KFP, MONDAY, 6.0)], at=START + WEEK)
    assert backup(url, folder / "copy.db") == (folder / "copy.db").stat().st_size
    assert [path.name for path in folder.iterdir()] == ["copy.db"]
    assert kept(folder / "copy.db") == {"kfp": 6.0}


def test_no_other_file_is_overwritten_by_a_backup(url: str, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear reader")
    with pytest.raises(LedgerUnreadable, match=r"letter\.txt"):
        backup(url, tmp_path / "letter.txt")
    with pytest.raises(LedgerError, match="the ledger itself"):
        backup(url, tmp_path / "ledger.db")
    assert (tmp_path / "letter.txt").read_text() == "dear reader"


def test_without_a_ledger_no_backup_is_made(tmp_path: Path) -> None:
    with pytest.raises(LedgerMissing):
        backup(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_comes_back_and_the_ledger_that_was_there_is_kept(url: str, tmp_path: Path) -> None:
    backup(url, tmp_path / "copy.db")
    before = (tmp_path / "copy.db").read_bytes()
    with Ledger.open(url) as ledger:
        learn(ledger, [(KFP, MONDAY, 6.0)], at=START + WEEK)
    with pytest.raises(LedgerError, match="newer runs"):
        restore(url, tmp_path / "copy.db")
    assert kept(tmp_path / "ledger.db") == {"kfp": 6.0}
    done = restore(url, tmp_path / "copy.db", force=True)
    assert kept(tmp_path / "ledger.db") == {"kfp": 5.0}
    assert done.before is not None
    assert kept(done.before) == {"kfp": 6.0}
    assert (tmp_path / "copy.db").read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_a_backup_comes_back_where_no_ledger_is(url: str, tmp_path: Path) -> None:
    backup(url, tmp_path / "copy.db")
    assert restore(f"sqlite:///{tmp_path / 'new.db'}", tmp_path / "copy.db").before is None
    assert kept(tmp_path / "new.db") == {"kfp": 5.0}


def test_a_damaged_ledger_is_replaced_with_force_and_kept(url: str, tmp_path: Path) -> None:
    backup(url, tmp_path / "copy.db")
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "ledger.db").write_bytes(b"nothing of use" * 1000)
    with pytest.raises(LedgerError, match="--force"):
        restore(url, tmp_path / "copy.db")
    assert restore(url, tmp_path / "copy.db", force=True).before == tmp_path / "ledger.db.before-restore"
    assert kept(tmp_path / "ledger.db") == {"kfp": 5.0}


def test_a_backup_that_is_not_sound_changes_nothing(url: str, tmp_path: Path) -> None:
    backup(url, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        copy.execute("DROP TABLE decision")
    with pytest.raises(LedgerUnreadable, match="not sound"):
        restore(url, tmp_path / "copy.db", force=True)
    (tmp_path / "cut.db").write_bytes((tmp_path / "copy.db").read_bytes()[:5000])
    with pytest.raises(LedgerUnreadable, match=r"cut\.db"):
        restore(url, tmp_path / "cut.db", force=True)
    assert kept(tmp_path / "ledger.db") == {"kfp": 5.0}
    assert not list(tmp_path.glob(".*"))


def test_nothing_is_restored_into_a_run(url: str, tmp_path: Path) -> None:
    backup(url, tmp_path / "copy.db")
    with Ledger.open(url) as ledger, ledger.run_lock(), pytest.raises(RunInProgress):
        restore(url, tmp_path / "copy.db", force=True)


def test_postgresql_is_backed_up_by_its_own_tools_and_no_password_is_shown(tmp_path: Path) -> None:
    url = "postgresql+psycopg://me:hunter2@db.example/ledger"
    with pytest.raises(LedgerError, match="pg_dump") as told:
        backup(url, tmp_path / "copy.db")
    assert "hunter2" not in str(told.value)
    with pytest.raises(LedgerError, match="pg_restore"):
        restore(url, tmp_path / "copy.db")
