"""What `tallybook status` says: gathered from the ledger and the calendar, on one connection."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from collector.calendar import cadence_day_on_or_before
from collector.sources import SOURCES
from jobs.imports.exports import ExportDue, export_due
from jobs.metrics import METRICS
from jobs.review import waiting
from jobs.settings import Settings
from jobs.weeks import weeks_without_refresh
from publish.table.rules import PERIOD_DAYS
from publish.table.scales import scale_of
from storage.database.errors import NothingKnown
from storage.ledger import Connection, read_ledger
from storage.model import Known, Run, SourceFreshness
from storage.query import asof
from storage.query.freshness import definitions, freshness
from storage.runs import catalogs, runs

SHOWN_RUNS = 5
_INTEREST = METRICS["search_interest"]


@dataclass(frozen=True, slots=True)
class Status:
    """How the ledger stands as of `today`, a UTC day; `local` is the user's own day, which may be another.

    A refresh now would be of `today`, in the week that began on `week`. `runs` are the last ones, newest first. `due`
    and `missed` are the cadence days of weeks without a refresh of the whole catalog: the running one, and past ones,
    which no refresh can bring back. `late` are the services that are asked and have no value
    of the last week. `held` is how many values
    wait for review.
    """

    today: date
    local: date
    cadence: str
    week: date
    runs: tuple[Run, ...] = ()
    sources: tuple[SourceFreshness, ...] = ()
    late: tuple[str, ...] = ()
    due: tuple[date, ...] = ()
    missed: tuple[date, ...] = ()
    export: ExportDue | None = None
    """The exports of Google Trends that are due, if the catalog has search terms."""
    held: int = 0
    held_by_source: dict[str, int] = field(default_factory=dict)


def read_status(settings: Settings) -> Status:
    """Read the status of the ledger. Raises LedgerError."""
    now = settings.clock()
    today, local = now.date(), now.astimezone().date()
    with read_ledger(settings.db) as connection:
        cadence = catalogs.cadence(connection, None)
        week = cadence_day_on_or_before(today, cadence) if cadence else today
        last = tuple(runs.runs(connection, SHOWN_RUNS))
        try:
            known = runs.known(connection, None)
        except NothingKnown:
            return Status(today, local, cadence, week, last)
        lacking = weeks_without_refresh(connection, cadence, today) if cadence else []
        sources = tuple(freshness(connection))
        _, held = waiting(connection, known, today)
        fresh_since = today - timedelta(days=PERIOD_DAYS - 1)
        return Status(
            today,
            local,
            cadence,
            week,
            last,
            sources,
            late=tuple(
                one.source for one in sources if one.source in SOURCES and (one.newest_day or today) < fresh_since
            ),
            due=tuple(day for day in lacking if day == week),
            missed=tuple(day for day in lacking if day != week),
            export=_export(connection, known, today),
            held=len(held),
            held_by_source=dict(sorted(Counter(one.source for one in held).items())),
        )


def _export(connection: Connection, known: Known, today: date) -> ExportDue | None:
    """Find the exports that are due for the search terms of the newest catalog."""
    projects = catalogs.projects(connection, known, None)
    searched = [project for project in projects if any(kind == _INTEREST.kind for kind, _ in project.members)]
    if not searched:
        return None
    terms = [name for project in searched for kind, name in project.members if kind == _INTEREST.kind]
    parts = asof.parts(connection, today, known, [project.id for project in searched])
    scale = scale_of(parts, _INTEREST, today)
    interest = {part.member_name: part.value for part in parts if part.definition == scale and part.value is not None}
    return export_due(terms, definitions(connection, _INTEREST.sources[0]), today, interest)
