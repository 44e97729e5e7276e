"""What guards judge and hold, and what reviews decide, on an open ledger; knows no SQL of its own."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import Engine

from storage.database.connection import reading, writing
from storage.model import Known, Run, SeriesOutcome
from storage.quarantine import decisions, holds, judged
from storage.quarantine.held import Decision, HeldValue, Hold, Place, RunSeries


class Reviews:
    """The part of a ledger that says which values count; `Ledger.reviews` gives it.

    Every method raises LedgerError's kinds, as the ledger's own do.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def judged(self, run: Run) -> Iterator[RunSeries]:
        """Yield each series that an open run asked and that has values, with what came and what counted before."""
        with reading(self._engine) as connection:
            yield from judged.run_series(connection, run)

    def earlier(self, run: Run, source: str, metric: str) -> Iterator[RunSeries]:
        """Yield the series of a source and metric as closed runs of an open one's day and kind brought them."""
        with reading(self._engine) as connection:
            yield from judged.earlier_series(connection, run, source, metric)

    def hold(self, run: Run, held: Sequence[Hold]) -> list[SeriesOutcome]:
        """Store which values of a run guards hold, instead of any before; return the outcomes of their series."""
        with writing(self._engine) as connection:
            return holds.keep_holds(connection, run, held)

    def decide(self, run: Run, places: Collection[Place], *, verdict: str, reason: str, now: datetime) -> None:
        """Store one verdict (accept, reject, reopen, note) on observations, in an open run.

        Raises RunNotOpen, ValueError.
        """
        with writing(self._engine) as connection:
            decisions.decide(connection, run, places, verdict, reason, now)

    def undecided(self, series: Collection[int], known: Known) -> list[HeldValue]:
        """Return the values of series that are held and not decided, by series and day."""
        with reading(self._engine) as connection:
            return holds.held_values(connection, series, known)

    def holds(self, series: Collection[int], until: date, known: Known) -> list[HeldValue]:
        """Return all that was ever held of series up to a day, whatever was decided of it."""
        with reading(self._engine) as connection:
            return holds.holds_of(connection, series, until, known)

    def decisions(self, series: Collection[int], until: date, known: Known) -> list[Decision]:
        """Return what was decided on values of series up to a day, oldest first."""
        with reading(self._engine) as connection:
            return decisions.decisions_of(connection, series, until, known)

    def past(self, series: int, day: date, known: Known) -> list[tuple[date, float]]:
        """Return the days and values of a series that count and are of the months up to a day, oldest first."""
        with reading(self._engine) as connection:
            return judged.past(connection, series, day, known)
