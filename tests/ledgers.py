"""A ledger with short ways for tests: each of them is a transaction of its own."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

import storage.ledger
from storage.append.append import append
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
from storage.quarantine import decisions, holds, judged
from storage.quarantine.evidence import waiting
from storage.quarantine.held import Decision, HeldValue, Hold, Place, RunSeries
from storage.query import asof, freshness, history
from storage.query.coverage import Coverage
from storage.runs import catalogs, provenance, recordings, runs

if TYPE_CHECKING:
    import pandas as pd


class Reviews:
    """What guards judge and hold, and what reviews decide, each in a transaction of its own."""

    def __init__(self, ledger: storage.ledger.Ledger) -> None:
        self._ledger = ledger

    def judged(self, run: Run) -> Iterator[RunSeries]:
        """Yield each series that an open run asked and that has values, with what came and what counted before."""
        with self._ledger.reading() as connection:
            yield from judged.run_series(connection, run)

    def earlier(self, run: Run, source: str, metric: str) -> Iterator[RunSeries]:
        """Yield the series of a source and metric as closed runs of an open one's day and kind brought them."""
        with self._ledger.reading() as connection:
            yield from judged.earlier_series(connection, run, source, metric)

    def hold(self, run: Run, held: Sequence[Hold]) -> list[SeriesOutcome]:
        """Store which values of a run guards hold, instead of any before; return the outcomes of their series."""
        with self._ledger.writing() as connection:
            return holds.keep_holds(connection, run, held)

    def decide(self, run: Run, places: Collection[Place], *, verdict: str, reason: str, now: datetime) -> None:
        """Store one verdict (accept, reject, reopen, note) on observations, in an open run.

        Raises RunNotOpen, ValueError.
        """
        with self._ledger.writing() as connection:
            decisions.decide(connection, run, places, verdict, reason, now)

    def undecided(self, series: Collection[int], known: Known) -> list[HeldValue]:
        """Return the values of series that are held and not decided, by series and day."""
        with self._ledger.reading() as connection:
            waits = {one.place for one in waiting(connection, known)}
            ever = holds.holds_of(connection, series, date.max, known)
            return [one for one in ever if one.place in waits]

    def holds(self, series: Collection[int], until: date, known: Known) -> list[HeldValue]:
        """Return all that was ever held of series up to a day, whatever was decided of it."""
        with self._ledger.reading() as connection:
            return holds.holds_of(connection, series, until, known)

    def decisions(self, series: Collection[int], until: date, known: Known) -> list[Decision]:
        """Return what was decided on values of series up to a day, oldest first."""
        with self._ledger.reading() as connection:
            return decisions.decisions_of(connection, series, until, known)

    def past(self, series: int, day: date, known: Known) -> list[tuple[date, float]]:
        """Return the days and values of a series that count and are of the months up to a day, oldest first."""
        with self._ledger.reading() as connection:
            return judged.past(connection, series, day, known)


class Ledger(storage.ledger.Ledger):
    """The ledger itself, and what tests do with it all the time."""

    @property
    def reviews(self) -> Reviews:
        """What guards and reviews do."""
        return Reviews(self)

    def keep_catalog(
        self, text: str, cadence: str, projects: Sequence[ProjectEntry], now: datetime, max_stale: float = 0.2
    ) -> int:
        """Store a catalog unless the same text is there already; return its id."""
        with self.writing() as connection:
            return catalogs.keep_catalog(connection, text, cadence, projects, now, max_stale)

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
        with self.writing() as connection:
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
        with self.writing() as connection:
            for name in {row.recording for row in responses}:
                recordings.add_recording(connection, run, name, None)
            return append(connection, run, [Piece(frame, responses, outcomes)])

    def close(self, run: Run, *, state: str, **_ignored: object) -> Run:
        """Say how a run went."""
        with self.writing() as connection:
            return runs.end(connection, run, state=state)

    def known(self, when: int | date | datetime | None = None) -> Known:
        """Return what was known after a run (by number), on a day (the whole of it), at a time, or now (None).

        A time without a zone is taken as UTC. Raises UnknownRun, NothingKnown.
        """
        with self.reading() as connection:
            return runs.known(connection, when)

    def projects(
        self, known: Known, ids: Sequence[str] | None = None, *, day: date | None = None
    ) -> list[ProjectEntry]:
        """Return the projects of the catalog as known, all in its order or those named; with `day`, as of that day.

        Raises UnknownProject.
        """
        with self.reading() as connection:
            if day is not None:
                return Membership(connection, known, ids).on(day)
            return catalogs.projects(connection, known, ids)

    def cadence(self, known: Known | None = None) -> str:
        """Return the weekday of the catalog as known, or of the newest one; "" if no closed run had a catalog."""
        with self.reading() as connection:
            return catalogs.cadence(connection, known)

    def parts(self, day: date, known: Known, ids: Sequence[str] | None = None) -> list[Part]:
        """Return the parts of projects, all or those named, as of a UTC day, in its order. Raises UnknownProject."""
        with self.reading() as connection:
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
        with self.reading() as connection:
            yield from history.history(connection, ids, metrics, day_from, day_to, known, withheld_too=withheld_too)

    def known_artifacts(self, kind: str, pattern: str) -> list[str]:
        """Return the newest names of the artifacts that match a pattern `ns/*` and have had a value."""
        with self.reading() as connection:
            return asof.known_artifacts(connection, kind, pattern)

    @contextmanager
    def coverage(self) -> Iterator[Coverage]:
        """Give the questions by which gaps are found, all answered from one state of the ledger."""
        with self.reading() as connection:
            yield Coverage(connection)

    def origin(self, response_id: int) -> Origin:
        """Return where a response came from and where it lies in a recording. Raises UnknownResponse."""
        with self.reading() as connection:
            return provenance.origin(connection, response_id)

    def runs(self, limit: int) -> list[Run]:
        """Return the newest runs, the newest first."""
        with self.reading() as connection:
            return runs.runs(connection, limit)

    def refresh_days(self, scope: str | None = None) -> list[date]:
        """Return the days of the refreshes that succeeded, wholly or in part; of one scope if it is given."""
        with self.reading() as connection:
            return runs.refresh_days(connection, scope)

    def freshness(self) -> list[SourceFreshness]:
        """Return how fresh each source is, by name."""
        with self.reading() as connection:
            return freshness.freshness(connection)

    def definitions(self, source: str) -> list[str]:
        """Return the definitions under which a source has values, in order."""
        with self.reading() as connection:
            return freshness.definitions(connection, source)
