"""What `tallybook status` says: gathered from the ledger and the calendar; knows no format."""

from dataclasses import dataclass
from datetime import date

from collector.calendar import cadence_day_on_or_before
from jobs.imports.exports import ExportDue, export_due
from jobs.review import waiting
from jobs.settings import Settings
from jobs.weeks import missing_weeks
from publish.table.metrics import METRICS
from publish.table.scales import scale_of
from storage.database.errors import NothingKnown
from storage.ledger import Ledger
from storage.model import Run, SourceFreshness

SHOWN_RUNS = 5


@dataclass(frozen=True, slots=True)
class Status:
    """The last runs, newest first; each source's freshness; the cadence days whose week has no whole refresh.

    That of the running week is `due`; those of past ones were `missed`, and no refresh can bring them back.
    """

    runs: tuple[Run, ...]
    sources: tuple[SourceFreshness, ...]
    due: tuple[date, ...]
    export: ExportDue | None = None
    """The exports of Google Trends that are due, if the catalog has search terms."""
    missed: tuple[date, ...] = ()
    held: int = 0
    """How many values wait for review."""


_INTEREST = METRICS["search_interest"]


def read_status(settings: Settings) -> Status:
    """Read the status of the ledger. Raises LedgerError."""
    with Ledger.open(settings.db) as ledger:
        runs, sources, cadence = ledger.runs(SHOWN_RUNS), ledger.freshness(), ledger.cadence()
        today = settings.clock().date()
        export, held = _export(ledger, today), _held(ledger, today) if sources else 0
    lacking = missing_weeks(settings, cadence) if cadence else []
    running = cadence_day_on_or_before(today, cadence) if cadence else today
    due, missed = (tuple(week for week in lacking if (week == running) == now) for now in (True, False))
    return Status(tuple(runs), tuple(sources), due, export, missed, held)


def _held(ledger: Ledger, today: date) -> int:
    return sum(len(parts) for parts in waiting(ledger, ledger.known(), today))


def _export(ledger: Ledger, today: date) -> ExportDue | None:
    """Find the exports that are due for the search terms of the newest catalog."""
    try:
        known = ledger.known()
    except NothingKnown:
        return None
    searched = [
        project for project in ledger.projects(known) if any(kind == _INTEREST.kind for kind, _ in project.members)
    ]
    if not searched:
        return None
    terms = [name for project in searched for kind, name in project.members if kind == _INTEREST.kind]
    parts = ledger.parts(today, known, [project.id for project in searched])
    scale = scale_of(parts, _INTEREST, today)
    interest = {part.member_name: part.value for part in parts if part.definition == scale and part.value is not None}
    return export_due(terms, ledger.definitions(_INTEREST.sources[0]), today, interest)
