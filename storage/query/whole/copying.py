"""A whole ledger moved to another database: every table row by row, so that both of its clocks stay as they are."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, func, select

from storage.database import migrate
from storage.database.connection import analyze, insert_rows, make_engine, parse_url, reading, writing
from storage.database.errors import LedgerError
from storage.database.lock import run_lock
from storage.database.revision import require_current, require_place, revision
from storage.database.schema import metadata

_BATCH: Final = 20_000
"""Rows that are held at once."""

Progress = Callable[[str, int, int], None]
"""Called with a table, how many of its rows are copied, and how many there are."""


def copy(source: str, target: str, progress: Progress) -> dict[str, int]:
    """Copy a ledger to another URL in one transaction; return the rows of each table, counted there.

    The source is read as of one moment, while others may write to it. The target is made, or must be empty. Raises
    LedgerError and its kinds.
    """
    there, here = parse_url(target), parse_url(source)
    require_place(here, existing=True)
    read_from = make_engine(here)
    try:
        with reading(read_from) as old:
            require_current(revision(old), here)
            migrate.upgrade(target)
            write_to = make_engine(there)
            try:
                with run_lock(write_to), writing(write_to) as new:
                    _require_empty(new)
                    counts = {one.name: _copy(old, new, one, progress) for one in metadata.sorted_tables}
                    analyze(new)
            finally:
                write_to.dispose()
    finally:
        read_from.dispose()
    return counts


def _require_empty(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        if connection.execute(select(*table.primary_key).limit(1)).first() is not None:
            raise LedgerError("the ledger to copy to is not empty: give the URL of a new one")


def _copy(old: Connection, new: Connection, table: Table, progress: Progress) -> int:
    expected = old.scalar(select(func.count()).select_from(table)) or 0
    quote = old.dialect.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in table.c)
    # In the order of the key, in which both databases take rows in fastest. Values come as they are kept: both keep
    # them alike.
    order = ", ".join(quote(column.name) for column in table.primary_key)
    rows = old.exec_driver_sql(
        f"SELECT {names} FROM {table.name} ORDER BY {order}",  # noqa: S608
        execution_options={"stream_results": True, "max_row_buffer": _BATCH},
    )
    done = 0
    for batch in rows.partitions(_BATCH):
        _insert(new, table, batch)
        done += len(batch)
        progress(table.name, done, expected)
    arrived = new.scalar(select(func.count()).select_from(table)) or 0
    if arrived != expected:
        raise LedgerError(f"{table.name}: {arrived} of {expected} rows arrived, so nothing was copied")
    return arrived


def _insert(connection: Connection, table: Table, rows: Sequence[Any]) -> None:
    if connection.dialect.name == "sqlite":
        insert_rows(connection, table, [tuple(row) for row in rows])
        return
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in table.c)
    # PostgreSQL's own way for many rows.
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as into:
        for row in rows:
            into.write_row(row)
