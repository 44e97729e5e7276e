"""Reads the histories of projects from the ledger, an observation or a week at a time; knows no format."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from publish.history.periods import EVERY, Every, Period, before, next_end, periods
from publish.history.points import Point, points
from publish.table.cells import Table, build
from publish.table.metrics import METRICS
from publish.table.rules import Rules
from storage.ledger import Ledger
from storage.model import HistoryRow, Known

_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose history: projects by id, metrics (empty: all), UTC days, both included (None: no bound), as known then.

    `withheld_too` adds, to the observations, what is held for review or was rejected.
    """

    projects: Sequence[str] | None
    metrics: Collection[str]
    first: date | None
    last: date | None
    known: Known
    withheld_too: bool = False


def observations(ledger: Ledger, wanted: Wanted) -> Iterator[HistoryRow]:
    """Yield every observation, the oldest day first. Raises UnknownProject."""
    days = wanted.first, wanted.last
    return ledger.history(
        wanted.projects, wanted.metrics or None, *days, wanted.known, withheld_too=wanted.withheld_too
    )


def read_points(ledger: Ledger, wanted: Wanted, every: Every) -> tuple[Point, ...]:
    """Give what the table as of the end of each week or month shows, as known then, up to the day that is known of.

    Raises UnknownProject; `ValueError` if `every` is neither week nor month.
    """
    if every not in EVERY:
        raise ValueError(f"there is no history by the {every!r}: choose week or month")
    known, ids = wanted.known, None if wanted.projects is None else list(dict.fromkeys(wanted.projects))
    rows = list(ledger.history(ids, wanted.metrics or None, None, wanted.last, known))
    if not rows:
        return ()
    cadence = ledger.cadence(known)
    last = min(wanted.last or known.at.date(), known.at.date())
    first = wanted.first or rows[0].day
    dated = periods(max(before(first, every), rows[0].day), last, cadence, every)
    found = points([(period, _table(ledger, period, known, ids)) for period in dated], wanted.metrics or METRICS, rows)
    return tuple(point for point in found if point.as_of >= first)


def _table(ledger: Ledger, period: Period, known: Known, ids: Sequence[str] | None) -> Table:
    """Make the table as of the end of a period, with the edits of the catalog in all of it."""
    day = period.last
    entries = ledger.projects(known, ids, day=day)
    if day - period.first > _WEEK:
        # The ledger looks back for edits over four weeks, and a month is longer.
        begun = {entry.id: entry for entry in ledger.projects(known, ids, day=period.first + _WEEK)}
        entries = [replace(entry, changes=(*entry.changes, *begun[entry.id].changes)) for entry in entries]
    return build(ledger.parts(day, known, ids), entries, day, known, Rules(tuple(METRICS.values())))


def first_week_ends(ledger: Ledger, wanted: Wanted) -> date | None:
    """Return the end of the week of the oldest observation, None if there is none. Raises UnknownProject."""
    oldest = next(observations(ledger, wanted), None)
    return None if oldest is None else next_end(oldest.day, ledger.cadence(wanted.known))
