"""Connections to a ledger's database, and its errors in the user's words."""

import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from storage.database.errors import (
    LedgerBusy,
    LedgerError,
    LedgerFull,
    LedgerReadOnly,
    LedgerUnreachable,
    LedgerUnreadable,
)

BUSY_SECONDS: Final = 30.0
"""How long a SQLite connection waits for another's transaction; `?timeout=…` in the URL says otherwise."""
WRITE: Final = "tallybook_write"
"""The execution option of a connection that is to write."""

# Whoever interrupts a command while a connection is being closed is told so once, and not in a traceback of the pool's.
logging.getLogger("sqlalchemy.pool").addHandler(logging.NullHandler())


def parse_url(url: str) -> URL:
    """Read a ledger's URL. Raises LedgerError for one that is neither of a SQLite file nor of PostgreSQL."""
    wanted = "a ledger's URL is sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise LedgerError(f"{url!r} is not a URL: {wanted}") from error
    if parsed.get_backend_name() in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        raise LedgerError(f"{shown(parsed)} is of a database that tallybook does not know: {wanted}")
    if parsed.database in {None, "", ":memory:"}:
        raise LedgerError(f"{shown(parsed)} names no file, and a ledger in memory would be lost at once: {wanted}")
    return parsed.set(drivername="sqlite")


def shown(url: URL) -> str:
    """Return a URL as it may be shown: without its password."""
    return url.render_as_string(hide_password=True)


def sqlite_file(url: URL) -> Path | None:
    """Return the file of a SQLite ledger, None for PostgreSQL."""
    if url.get_backend_name() != "sqlite":
        return None
    return Path((url.database or "").removeprefix("file:"))


def make_engine(url: URL) -> Engine:
    """Make an engine for a parsed URL; connects to nothing yet. Raises LedgerError if the driver is not installed."""
    if url.get_backend_name() == "sqlite":
        # Python's own transactions begin too late for migrations and for reading one state; ours are begun below.
        arguments: dict[str, Any] = {"isolation_level": None}
        if "timeout" not in url.query:
            arguments["timeout"] = BUSY_SECONDS
        engine = create_engine(_still(url), connect_args=arguments)
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine
    try:
        return create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise LedgerError("PostgreSQL needs its driver: pip install 'tallybook[postgres]'") from error


def _still(url: URL) -> URL:
    """Return a URL by which a ledger on a read-only disk can be read: SQLite would else make files beside it.

    One with a log beside it that was not taken in yet is left alone, for without the log it is not whole.
    """
    file = sqlite_file(url)
    if file is None or url.database != str(file) or not file.exists() or not hasattr(os, "statvfs"):
        return url
    log = file.with_name(f"{file.name}-wal")
    if not os.statvfs(file).f_flag & os.ST_RDONLY or (log.exists() and log.stat().st_size):
        return url
    return url.set(database=f"file:{quote(str(file))}").update_query_dict({"immutable": "1", "uri": "true"})


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection on which everything is read from one state of the ledger. Raises LedgerError's kinds."""
    # PostgreSQL's usual transactions would see, with each query, what others have stored meanwhile.
    still = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with translated(engine.url), engine.connect().execution_options(**still) as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose writes are stored together at the end, or not at all. Raises LedgerError's kinds."""
    with translated(engine.url), engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        yield connection


def insert_rows(connection: Connection, into: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, tuples of a table's columns as the database keeps them: tens of thousands need no mappings."""
    if not rows:
        return
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    columns = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in into.c.keys())  # noqa: SIM118
    marks = ", ".join([mark] * len(into.c))
    connection.exec_driver_sql(f"INSERT INTO {into.name} ({columns}) VALUES ({marks})", list(rows))  # noqa: S608


def analyze(connection: Connection) -> None:
    """Let the database count what it has, so that it finds the short way to a single artifact."""
    if connection.dialect.name == "sqlite":
        # A sample of each index is enough, and takes no longer in a large ledger.
        connection.exec_driver_sql("PRAGMA analysis_limit = 1000").close()
    connection.exec_driver_sql("ANALYZE")


def copy_file(engine: Engine, target: Path) -> None:
    """Copy the pages of a SQLite ledger to a new file by SQLite's online backup."""
    with translated(engine.url), engine.connect() as connection:
        source = connection.connection.driver_connection
        if not isinstance(source, sqlite3.Connection):
            raise LedgerError(f"{shown(engine.url)}: only SQLite ledgers are copied")
        target.unlink(missing_ok=True)
        with closing(sqlite3.connect(target)) as copy:
            source.backup(copy)


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Turn the database's errors into LedgerError's kinds."""
    try:
        yield
    except DBAPIError as error:
        raise _explained(error, url) from error


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL", "cache_size = -4096"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    """Begin as a writer where one is to write: a reader that turns writer may find that another was faster."""
    writes = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


_Kind = tuple[type[LedgerError], str]
_OF_SQLITE: Final[dict[str, _Kind]] = {
    "SQLITE_BUSY": (LedgerBusy, "is kept locked by another process: try again when it has ended"),
    "SQLITE_LOCKED": (LedgerBusy, "is kept locked by another process: try again when it has ended"),
    "SQLITE_NOTADB": (LedgerUnreadable, "is not a SQLite file, or it is damaged: restore it from a copy"),
    "SQLITE_CORRUPT": (LedgerUnreadable, "is damaged: restore it from a copy"),
    "SQLITE_CANTOPEN": (LedgerUnreadable, "cannot be opened: check the folder and the permissions"),
    "SQLITE_PERM": (LedgerUnreadable, "cannot be opened: check the permissions"),
    "SQLITE_READONLY": (
        LedgerReadOnly,
        "can be read but not written: check the permissions of the file, of its -wal and -shm, and of the folder",
    ),
    "SQLITE_FULL": (LedgerFull, "cannot grow, the disk is full: make room and run the same command again"),
    "SQLITE_IOERR": (LedgerFull, "cannot be read or written by the disk: check that it has room and is sound"),
}
_OF_POSTGRESQL: Final[dict[str, _Kind]] = {
    "25006": (LedgerReadOnly, "can be read but not written: use a server and a role that may write"),
    "42501": (LedgerReadOnly, "may not be used so by this role: grant it the rights"),
    "53100": (LedgerFull, "cannot grow, the server's disk is full: make room and run the same command again"),
    "55P03": (LedgerBusy, "is kept locked by another process: try again when it has ended"),
    "40P01": (LedgerBusy, "was locked by another process: try again"),
    "XX001": (LedgerUnreadable, "is damaged: restore it from a copy"),
    "XX002": (LedgerUnreadable, "has a damaged index: have the server's administrator rebuild it"),
}


def _explained(error: DBAPIError, url: URL) -> LedgerError:
    subject, said = f"the ledger {shown(url)}", str(error.orig).strip().split("\n", 1)[0]
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    state = str(getattr(error.orig, "sqlstate", None) or "")
    kind = _OF_SQLITE.get("_".join(name.split("_")[:2])) or _OF_POSTGRESQL.get(state)
    if kind is not None:
        return kind[0](f"{subject} {kind[1]} ({said})")
    lost = error.connection_invalidated or state[:2] in {"08", "28", "3D", "57"}
    if url.get_backend_name() == "postgresql" and (lost or (not state and not isinstance(error, IntegrityError))):
        return LedgerUnreachable(f"{subject} cannot be reached: check server, database, user and password ({said})")
    return LedgerError(f"{subject} refused what was asked of it: {said}")
