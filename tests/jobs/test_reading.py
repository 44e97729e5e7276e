"""A table is read in one transaction, and a command that prints one loads nothing that it does not need."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from jobs.reading import read_table
from jobs.settings import Settings
from tests.jobs.weeks_played import Weeks
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, START

HEAVY = ("alembic", "jinja2", "pandas", "numpy", "requests", "warcio", "yaml", "pydantic", "rich", "apscheduler")


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Note what is sent to any database, and each begin."""
    sent: list[str] = []

    def begun(_connection: Connection) -> None:
        sent.append("begun")

    def executed(_connection: Connection, _cursor: object, statement: str, values: object, *_more: object) -> None:
        sent.append(f"{statement} {values}")

    event.listen(Engine, "begin", begun)
    event.listen(Engine, "before_cursor_execute", executed)
    yield sent
    event.remove(Engine, "begin", begun)
    event.remove(Engine, "before_cursor_execute", executed)


@pytest.mark.both_databases
def test_a_table_is_one_transaction_and_asks_each_question_once(ledger_url: str, statements: list[str]) -> None:
    with Ledger.open(ledger_url) as ledger:
        Weeks(ledger).week(0)
    statements.clear()
    table = read_table(Settings(db=ledger_url, now=START), (), MONDAY, None)
    assert len(table.rows) == 3
    assert statements.count("begun") == 1
    asked = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(asked) == len(set(asked))


def test_a_table_loads_only_what_it_needs(sqlite_ledger: Path) -> None:
    code = (
        f"import sys; from jobs.cli import run; code = run(['table', '--db', 'sqlite:///{sqlite_ledger}']); "
        f"print(', '.join(sorted(set({HEAVY!r}) & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)  # noqa: S603
    assert done.stdout == "\n"
