"""Migrations: one line of them, up and down again, an old ledger kept, a newer one refused."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from storage.database import migrate
from storage.database.connection import make_engine, parse_url, writing
from storage.database.errors import LedgerError, LedgerMissing, LedgerOutdated, LedgerTooNew, LedgerUnreadable
from storage.database.schema import HEAD, REVISIONS
from tests.ledgers import Ledger
from tests.storage.play import KFP, MONDAY, ONE, learn


def revise(url: str, revision: str) -> None:
    """Write another revision into a SQLite ledger."""
    with closing(sqlite3.connect(parse_url(url).database or "")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [revision])
        connection.commit()


def test_there_is_one_head_and_the_schema_names_all_revisions() -> None:
    scripts = ScriptDirectory.from_config(migrate.config())
    assert scripts.get_heads() == [HEAD]
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == REVISIONS


def test_up_makes_what_the_code_expects_and_down_leaves_nothing(new_url: str) -> None:
    report = migrate.upgrade(new_url)
    assert (report.before, report.after, report.backup) == (None, HEAD, None)
    assert migrate.check(new_url) == []
    engine = make_engine(parse_url(new_url))
    with writing(engine) as connection:
        command.downgrade(migrate.config(connection), "base")
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
        assert inspect(connection).get_view_names() == []
    engine.dispose()
    migrate.upgrade(new_url)
    assert migrate.check(new_url) == []


def test_a_ledger_that_is_made_without_migrations_is_the_same(new_url: str) -> None:
    with Ledger.open_or_create(new_url):
        pass
    assert migrate.check(new_url) == []
    report = migrate.upgrade(new_url)
    assert (report.before, report.after, report.backup) == (HEAD, HEAD, None)


def test_made_either_way_a_file_has_the_same_columns_and_constraints(sqlite_ledger: Path, tmp_path: Path) -> None:
    made = tmp_path / "made.db"
    with Ledger.open_or_create(f"sqlite:///{made}"):
        pass
    assert _statements(made) == _statements(sqlite_ledger)


def _statements(path: Path) -> set[frozenset[str]]:
    """Return the parts of each statement by which a file was made, for constraints have no order."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
        return {frozenset(re.split(r"[,\s()]+", row[0])) for row in rows}


def test_a_second_upgrade_changes_nothing(ledger_url: str) -> None:
    report = migrate.upgrade(ledger_url)
    assert (report.before, report.after, report.backup) == (HEAD, HEAD, None)


def test_a_newer_ledger_is_refused(sqlite_ledger: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    (tmp_path / "ledger.db").write_bytes(sqlite_ledger.read_bytes())
    revise(url, "9999_from_the_future")
    for attempt in (Ledger.open, migrate.upgrade, migrate.check):
        with pytest.raises(LedgerTooNew, match="9999_from_the_future"):
            attempt(url)


def test_what_is_not_a_ledger_is_not_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("hello " * 1000)
    with pytest.raises(LedgerUnreadable):
        Ledger.open(f"sqlite:///{tmp_path / 'text.db'}")
    with pytest.raises(LedgerMissing, match=r"none\.db"):
        Ledger.open(f"sqlite:///{tmp_path / 'none.db'}")
    assert not (tmp_path / "none.db").exists()
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE mine (x)")
    with pytest.raises(LedgerError):
        Ledger.open_or_create(f"sqlite:///{tmp_path / 'other.db'}")


def test_a_damaged_ledger_is_said_to_be_damaged(sqlite_ledger: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    data = bytearray(sqlite_ledger.read_bytes())
    data[8192 : len(data) - 4096] = b"\xff" * (len(data) - 12288)
    path.write_bytes(data)
    try:
        found = migrate.check(f"sqlite:///{path}")
    except LedgerError as error:
        found = [str(error)]
    assert any("damaged" in line for line in found)


def test_a_ledger_with_data_is_sound_and_a_dangling_row_is_found(ledger_url: str) -> None:
    with Ledger.open(ledger_url) as ledger:
        learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    assert migrate.check(ledger_url) == []
    if ledger_url.startswith("sqlite"):
        with closing(sqlite3.connect(parse_url(ledger_url).database or "")) as connection:
            connection.execute("UPDATE observation SET series_id = 99")
            connection.commit()
        assert any("refers to a row" in line for line in migrate.check(ledger_url))


def test_an_outdated_ledger_says_how_to_upgrade(
    sqlite_ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ledger.db").write_bytes(sqlite_ledger.read_bytes())
    monkeypatch.setattr("storage.database.revision.REVISIONS", (*REVISIONS, "0002_next"))
    monkeypatch.setattr("storage.database.revision.HEAD", "0002_next")
    with pytest.raises(LedgerOutdated, match="tallybook db upgrade"):
        Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")


def test_the_backup_copy_is_the_ledger_as_it_was(sqlite_ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(sqlite_ledger.read_bytes())
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Ledger.open(url) as ledger:
        learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    engine = make_engine(parse_url(url))
    first, second = migrate._backup(engine), migrate._backup(engine)
    engine.dispose()
    assert first is not None
    assert second is not None
    assert first != second
    with Ledger.open(f"sqlite:///{first}") as copy:
        assert [part.value for part in copy.parts(MONDAY, copy.known())] == [1.0]
