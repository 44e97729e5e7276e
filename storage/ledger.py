"""The ledger, open: everything that is read from it or written to it goes through here; knows no SQL of its own."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias

import sqlalchemy
from sqlalchemy import URL, Engine

from storage.append.append import append
from storage.database.connection import make_engine, parse_url, reading, sqlite_file, writing
from storage.database.errors import LedgerMissing
from storage.database.lock import run_lock
from storage.database.revision import require_current, require_place, revision
from storage.identity.membership import Membership
from storage.model import (
    HistoryRow,
    Known,
    Origin,
    OutcomeRow,
    Part,
    Piece,
    ProjectEntry,
    ResponseRow,
    Run,
    SeriesOutcome,
    SourceFreshness,
)
from storage.quarantine.reviews import Reviews
from storage.query import asof, freshness, history
from storage.query.coverage import Coverage
from storage.runs import catalogs, provenance, recordings, runs

if TYPE_CHECKING:
    import pandas as pd

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
        self.reviews = Reviews(engine)

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
        # Imported late: alembic is slow to load, and only a new ledger needs it.
        from storage.database import migrate

        migrate.upgrade(url)
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

    def dispose(self) -> None:
        """Let the database go; `close` is for runs."""
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

    # Writing, by whoever holds the lock.

    def run_lock(self) -> AbstractContextManager[None]:
        """Hold the lock that keeps runs apart. Raises RunInProgress if another process holds it."""
        return run_lock(self._engine)

    def keep_catalog(self, text: str, cadence: str, projects: Sequence[ProjectEntry], now: datetime) -> int:
        """Store a catalog unless the same text is there already; return its id."""
        with writing(self._engine) as connection:
            return catalogs.keep_catalog(connection, text, cadence, projects, now)

    def begin(
        self,
        *,
        kind: str,
        scope: str,
        day: date,
        now: datetime,
        catalog_id: int | None,
        version: str,
        public: datetime | None = None,
    ) -> Run:
        """Store a run as of a UTC day; what was `public` earlier (UTC) is put in its place on the second clock.

        Raises NoRoom if there is no place left.
        """
        with writing(self._engine) as connection:
            return runs.begin(
                connection,
                kind=kind,
                scope=scope,
                day=day,
                started=now,
                now=now,
                catalog_id=catalog_id,
                version=version,
                public=public,
            )

    def append(
        self,
        run: Run,
        frame: "pd.DataFrame | None",
        responses: Sequence[ResponseRow] = (),
        outcomes: Sequence[OutcomeRow] = (),
    ) -> list[SeriesOutcome]:
        """Store what a run learned; `frame` has storage.append.readings.COLUMNS.

        Raises ValueError for a value that is no number, or a response that was never stored.
        """
        with writing(self._engine) as connection:
            for name in {row.recording for row in responses}:
                recordings.add_recording(connection, run, name, None)
            return append(connection, run, [Piece(frame, responses, outcomes)])

    def close(self, run: Run, *, state: str, **_ignored: object) -> Run:
        """Say how a run went."""
        with writing(self._engine) as connection:
            return runs.end(connection, run, state=state)

    # Reading: closed runs only.

    def known(self, when: int | date | datetime | None = None) -> Known:
        """Return what was known after a run (by number), on a day (the whole of it), at a time, or now (None).

        A time without a zone is taken as UTC. Raises UnknownRun, NothingKnown.
        """
        with reading(self._engine) as connection:
            return runs.known(connection, when)

    def projects(
        self, known: Known, ids: Sequence[str] | None = None, *, day: date | None = None
    ) -> list[ProjectEntry]:
        """Return the projects of the catalog as known, all in its order or those named; with `day`, as of that day.

        Raises UnknownProject.
        """
        with reading(self._engine) as connection:
            if day is not None:
                return Membership(connection, known, ids).on(day)
            return catalogs.projects(connection, known, ids)

    def cadence(self, known: Known | None = None) -> str:
        """Return the weekday of the catalog as known, or of the newest one; "" if no closed run had a catalog."""
        with reading(self._engine) as connection:
            return catalogs.cadence(connection, known)

    def parts(self, day: date, known: Known, ids: Sequence[str] | None = None) -> list[Part]:
        """Return the parts of projects, all or those named, as of a UTC day, in its order. Raises UnknownProject."""
        with reading(self._engine) as connection:
            return asof.parts(connection, day, known, ids)

    def history(
        self,
        ids: Sequence[str] | None,
        metrics: Collection[str] | None,
        day_from: date | None,
        day_to: date | None,
        known: Known,
        *,
        withheld_too: bool = False,
    ) -> Iterator[HistoryRow]:
        """Yield the observations of projects that count, or all, the oldest day first. Raises UnknownProject."""
        with reading(self._engine) as connection:
            yield from history.history(connection, ids, metrics, day_from, day_to, known, withheld_too=withheld_too)

    def known_artifacts(self, kind: str, pattern: str) -> list[str]:
        """Return the newest names of the artifacts that match a pattern `ns/*` and have had a value."""
        with reading(self._engine) as connection:
            return asof.known_artifacts(connection, kind, pattern)

    @contextmanager
    def coverage(self) -> Iterator[Coverage]:
        """Give the questions by which gaps are found, all answered from one state of the ledger."""
        with reading(self._engine) as connection:
            yield Coverage(connection)

    def origin(self, response_id: int) -> Origin:
        """Return where a response came from and where it lies in a recording. Raises UnknownResponse."""
        with reading(self._engine) as connection:
            return provenance.origin(connection, response_id)

    def runs(self, limit: int) -> list[Run]:
        """Return the newest runs, the newest first."""
        with reading(self._engine) as connection:
            return runs.runs(connection, limit)

    def refresh_days(self, scope: str | None = None) -> list[date]:
        """Return the days of the refreshes that succeeded, wholly or in part; of one scope if it is given."""
        with reading(self._engine) as connection:
            return runs.refresh_days(connection, scope)

    def freshness(self) -> list[SourceFreshness]:
        """Return how fresh each source is, by name."""
        with reading(self._engine) as connection:
            return freshness.freshness(connection)

    def definitions(self, source: str) -> list[str]:
        """Return the definitions under which a source has values, in order."""
        with reading(self._engine) as connection:
            return provenance.definitions(connection, source)
