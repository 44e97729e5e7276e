"""One run at a time: a lock that vanishes with the process that holds it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError

from storage.database.connection import WRITE, sqlite_file, translated
from storage.database.errors import LedgerReadOnly, RunInProgress

# A number of our own beside the schema's, so that two ledgers in one database do not lock each other.
_CLASS: Final = 0x7A11
_LOCK: Final = text("SELECT pg_advisory_lock(:class, hashtext(current_schema()))")
# The server takes a moment to notice that the process which held the lock was killed.
_WAIT: Final = text("SET lock_timeout = '2s'")
_ALIVE: Final = text("SELECT 1")
_NOT_AVAILABLE: Final = "55P03"


def run_lock(engine: Engine) -> AbstractContextManager[None]:
    """Hold the ledger's run lock. Raises RunInProgress if another process holds it."""
    file = sqlite_file(engine.url)
    return _server_lock(engine) if file is None else _file_lock(file)


@contextmanager
def _file_lock(ledger: Path) -> Iterator[None]:
    # Imported late: commands that only read take no lock.
    from filelock import FileLock, Timeout

    # Another way to the same file must come to the same lock.
    lock = FileLock(f"{ledger.resolve()}.lock", timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise RunInProgress from None
    except OSError as error:
        raise LedgerReadOnly(f"{ledger}.lock: cannot be made: {error.strerror or error}; check the folder") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _server_lock(engine: Engine) -> Iterator[None]:
    with translated(engine.url):
        # Outside a transaction: one that is open for an hour would keep the server from cleaning up.
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with translated(engine.url):
            held = _wait_for_lock(connection)
        if not held:
            raise RunInProgress
        with _watched(engine, connection):
            yield
    finally:
        # Closed rather than given back to the pool, since the lock lasts as long as the connection.
        connection.invalidate()
        connection.close()


@contextmanager
def _watched(engine: Engine, lock: Connection) -> Iterator[None]:
    """Let nothing be written once the connection that holds the lock is lost: another process may have it by then."""

    def check(begun: Connection) -> None:
        if begun.get_execution_options().get(WRITE):
            lock.execute(_ALIVE)

    event.listen(engine, "begin", check)
    try:
        yield
    finally:
        event.remove(engine, "begin", check)


def _wait_for_lock(connection: Connection) -> bool:
    connection.execute(_WAIT)
    try:
        connection.execute(_LOCK, {"class": _CLASS})
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _NOT_AVAILABLE:
            return False
        raise
    return True
