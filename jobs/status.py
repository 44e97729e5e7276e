"""What `tallybook status` says: gathered from the ledger and the calendar; knows no format."""

from dataclasses import dataclass
from datetime import date

from jobs.settings import Settings
from jobs.weeks import missing_weeks
from storage.ledger import Ledger
from storage.model import Run, SourceFreshness

SHOWN_RUNS = 5


@dataclass(frozen=True, slots=True)
class Status:
    """The last runs, newest first; each source's freshness; the cadence days whose week has no whole refresh.

    `held` is how many values wait for review.
    """

    runs: tuple[Run, ...]
    sources: tuple[SourceFreshness, ...]
    due: tuple[date, ...]
    held: int = 0


def read_status(settings: Settings) -> Status:
    """Read the status of the ledger. Raises LedgerError."""
    with Ledger.open(settings.db) as ledger:
        runs, sources, cadence = ledger.runs(SHOWN_RUNS), ledger.freshness(), ledger.cadence()
        held = _held(ledger, settings.clock().date()) if sources else 0
    due = missing_weeks(settings, cadence) if cadence else []
    return Status(tuple(runs), tuple(sources), tuple(due), held)


def _held(ledger: Ledger, today: date) -> int:
    parts = {part.series: part.held for part in ledger.parts(today, ledger.known())}
    return sum(held is not None and not held.rejected for held in parts.values())
