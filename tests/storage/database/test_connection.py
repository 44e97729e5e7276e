"""What the database says, in the user's words: each trouble by its kind, with what to do next."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import URL

from storage.database.connection import parse_url
from storage.database.errors import (
    LedgerBusy,
    LedgerError,
    LedgerFull,
    LedgerMissing,
    LedgerReadOnly,
    LedgerUnreachable,
    LedgerUnreadable,
)
from tests.ledgers import Ledger
from tests.storage.play import KFP, MONDAY, ONE, START, begin, frame


@pytest.mark.parametrize("url", ["tallybook.db", "mysql://host/db", "sqlite://", "sqlite:///:memory:", ""])
def test_a_url_of_something_else_is_refused_with_what_is_right(url: str) -> None:
    with pytest.raises(LedgerError, match=r"sqlite:///FILE or postgresql\+psycopg://"):
        parse_url(url)


def test_a_password_is_not_shown() -> None:
    with pytest.raises(LedgerError) as caught:
        Ledger.open("postgresql://user:secret@localhost:1/db")
    assert isinstance(caught.value, LedgerUnreachable)
    assert "secret" not in str(caught.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerMissing, match=r"there is no folder .*nowhere"):
        Ledger.open_or_create(f"sqlite:///{tmp_path}/nowhere/ledger.db")
    with pytest.raises(LedgerUnreadable, match="is a folder"):
        Ledger.open(f"sqlite:///{tmp_path}")


def test_an_empty_file_is_no_ledger_yet_and_becomes_one(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch()
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with pytest.raises(LedgerMissing, match="no ledger yet"):
        Ledger.open(url)
    with Ledger.open_or_create(url) as ledger:
        assert ledger.runs(1) == []


def test_a_ledger_on_a_read_only_disk_can_be_read_but_not_without_its_log(
    sqlite_ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if it were: what shows is that SQLite makes no file beside it, which it could not."""
    path = tmp_path / "led?ger #1.db"
    shutil.copyfile(sqlite_ledger, path)
    url = URL.create("sqlite", database=str(path)).render_as_string()
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_RDONLY))
    with Ledger.open(url) as ledger:
        assert ledger.runs(1) == []
        assert [each.name for each in tmp_path.iterdir()] == [path.name]
        with pytest.raises(LedgerReadOnly):
            begin(ledger)
    path.with_name(f"{path.name}-wal").write_bytes(b"not taken in yet")
    with Ledger.open(url):
        assert path.with_name(f"{path.name}-shm").exists()


def test_a_ledger_is_made_where_none_is(new_url: str) -> None:
    with pytest.raises(LedgerMissing):
        Ledger.open(new_url)
    with Ledger.open_or_create(new_url) as ledger:
        assert ledger.runs(1) == []


def test_a_ledger_that_another_process_writes_to_is_busy(sqlite_ledger: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(sqlite_ledger.read_bytes())
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        Ledger.open(f"sqlite:///{path}?timeout=0") as one,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerBusy, match="another process"):
            begin(one)
        assert one.runs(1) == [], "reading goes on meanwhile"


def test_a_disk_that_is_full_is_said_so_and_the_checkpoint_before_it_stays(sqlite_ledger: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(sqlite_ledger.read_bytes())
    with Ledger.open(f"sqlite:///{path}") as ledger:
        run = begin(ledger, ONE)
        ledger.append(run, frame([(KFP, MONDAY, 1.0)]))
        connection = ledger._engine.raw_connection()
        connection.execute("PRAGMA max_page_count = 1")
        connection.close()
        with pytest.raises(LedgerFull, match="make room"):
            ledger.append(run, frame((f"pypi:p{number}", MONDAY, 1.0) for number in range(5000)))
    with Ledger.open(f"sqlite:///{path}") as ledger:
        ledger.close(run, state="partial", now=START)
        assert [part.value for part in ledger.parts(MONDAY, ledger.known())] == [1.0]


def test_a_server_that_may_only_be_read_is_said_so(postgres: URL, postgres_ledger: str) -> None:
    read_only = postgres.set(database=postgres_ledger).update_query_dict(
        {"options": "-c default_transaction_read_only=on"}
    )
    with (
        Ledger.open(read_only.render_as_string(hide_password=False)) as ledger,
        pytest.raises(LedgerReadOnly, match="can be read but not written"),
    ):
        begin(ledger)


def test_a_database_that_is_not_there_is_said_so(postgres: URL) -> None:
    with pytest.raises(LedgerUnreachable, match="nowhere"):
        Ledger.open(postgres.set(database="nowhere").render_as_string(hide_password=False))


def test_an_interrupt_while_a_connection_is_closed_prints_no_traceback_of_the_pool(tmp_path: Path) -> None:
    interrupted = (
        "import sqlite3; from storage.database.connection import make_engine, parse_url\n"
        "class Closing(sqlite3.Connection):\n"
        "    def close(self): raise KeyboardInterrupt\n"
        f"engine = make_engine(parse_url('sqlite:///{tmp_path / 'none.db'}'))\n"
        "engine.dialect.connect = lambda *_, **__: Closing(':memory:')\n"
        "try:\n"
        "    with engine.connect(): pass\n"
        "    engine.dispose()\n"
        "except KeyboardInterrupt: print('interrupted')\n"
    )
    ran = subprocess.run([sys.executable, "-c", interrupted], capture_output=True, text=True, check=False)  # noqa: S603
    assert (ran.stdout, ran.stderr) == ("interrupted\n", "")
