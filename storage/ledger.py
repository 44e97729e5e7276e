"""The door to a ledger: it is opened or made here, locked for a run, and gives connections to read and to write on.

What is asked of it, and stored in it, are functions of the other modules that take such a connection.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Self, TypeAlias

import sqlalchemy
from sqlalchemy import URL, Engine, select

from storage.database.connection import make_engine, parse_url, reading, sqlite_file, writing
from storage.database.errors import LedgerMissing
from storage.database.lock import run_lock
from storage.database.revision import create, require_current, require_place, revision
from storage.database.schema import run

Connection: TypeAlias = sqlalchemy.Connection
"""What `Ledger.reading` and `Ledger.writing` give, and the functions of storage take; named here for other packages."""


@contextmanager
def read_ledger(url: str) -> Iterator[Connection]:
    """Give a connection on which a ledger is read in one transaction, for a command that asks and is done.

    Raises as `Ledger.open` does.
    """
    parsed = parse_url(url)
    require_place(parsed, existing=True)
    engine = make_engine(parsed)
    try:
        with reading(engine) as connection:
            require_current(revision(connection), parsed)
            yield connection
    finally:
        engine.dispose()


class Ledger:
    """A ledger to read from and to write to; use it in a `with` statement, or `dispose` of it.

    Every method raises LedgerError's kinds, each with a message for the user: LedgerBusy, LedgerFull, LedgerReadOnly,
    LedgerUnreadable, LedgerUnreachable beside those that it names.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the ledger at a SQLAlchemy URL.

        Raises LedgerMissing, LedgerOutdated, LedgerTooNew, LedgerUnreadable.
        """
        parsed = parse_url(url)
        require_place(parsed, existing=True)
        return cls._open(parsed)

    @classmethod
    def open_or_create(cls, url: str) -> Self:
        """Open the ledger at a SQLAlchemy URL, or make one if there is none. Raises as `open` does."""
        parsed = parse_url(url)
        require_place(parsed)
        file = sqlite_file(parsed)
        if file is None or file.exists():
            try:
                return cls._open(parsed)
            except LedgerMissing:
                pass
        create(parsed)
        return cls._open(parsed)

    @classmethod
    def _open(cls, url: URL) -> Self:
        engine = make_engine(url)
        try:
            with reading(engine) as connection:
                require_current(revision(connection), url)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    def withdraw(self) -> None:
        """Let the database go, and remove its file if no run was ever stored in it; a server's stays."""
        with self.reading() as connection:
            used = connection.execute(select(run.c.id).limit(1)).first() is not None
        self.dispose()
        if not used and (file := sqlite_file(self._engine.url)):
            file.unlink(missing_ok=True)

    @property
    def name(self) -> str:
        """The URL, without its password."""
        return self._engine.url.render_as_string(hide_password=True)

    def dispose(self) -> None:
        """Let the database go."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.dispose()

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection on which everything is read from one state of the ledger."""
        return reading(self._engine)

    def writing(self) -> AbstractContextManager[Connection]:
        """Give a connection whose writes are stored together at the end, or not at all."""
        return writing(self._engine)

    def run_lock(self) -> AbstractContextManager[None]:
        """Hold the lock that keeps runs apart. Raises RunInProgress if another process holds it."""
        return run_lock(self._engine)
