"""The backfill: asks the sources that know the past for one value a cadence day, and says what has changed since."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from collector.catalog.schema import Catalog
from collector.sources import SOURCES
from jobs.collect.past import Holdings, PastDays, Span, chosen_sources, metric_of, oldest_day, plan_past, wanted_days
from jobs.collect.plan import Estimate, Selection, estimate, is_same_work
from jobs.collect.record import Job
from jobs.collect.refresh import carry_out
from jobs.ingest.plan import BACKFILL, Plan, scope
from jobs.ingest.report import Report
from jobs.metrics import METRICS
from jobs.settings import Settings
from storage.database.errors import LedgerMissing
from storage.ledger import Ledger
from storage.query.coverage import Coverage

_MOST_DIFFERENCES = 5


def backfill(job: Job, selection: Selection, span: Span) -> Report:
    """Fill in past weeks, or go on with the same backfill that was broken off, as of the day on which it was begun.

    Raises LedgerError and its kinds (RunInProgress among them) and RecordingError.
    """
    chosen_sources(job.catalog, selection)  # so that a wrong name is told before a ledger is made
    with Ledger.open_or_create(job.settings.db) as ledger, ledger.run_lock():

        def days() -> PastDays:
            with ledger.reading() as connection:
                return _days(job.catalog, selection, span, job.settings.clock().date(), Coverage(connection))

        return collect_past(job, ledger, backfill_scope(selection, span), days, present=True)


def backfill_scope(selection: Selection, of: object) -> str:
    """Return the scope of a backfill of so many days, in words that are the same the next time."""
    return scope(selection.projects, selection.sources, str(of))


def collect_past(job: Job, ledger: Ledger, asked: str, days: Callable[[], PastDays], *, present: bool) -> Report:
    """Collect the days that are wanted now, of a scope, and say where measured counts have shrunk since.

    With `present`, counts of today from which the past is counted back are kept too.
    """
    made: list[Plan] = []

    def is_same(plan: Plan) -> bool:
        if same := is_same_work(plan, BACKFILL, asked, job.settings, job.catalog):
            made.append(plan)
        return same

    def make() -> Plan:
        made.append(plan_past(days(), asked, job.settings, job.catalog, present=present))
        return made[-1]

    report = carry_out(job, ledger, is_same, make)
    if report.run is None:
        return report
    with ledger.reading() as connection:
        return replace(report, warnings=(*report.warnings, *_removed(Coverage(connection), made[-1])))


def _days(catalog: Catalog, selection: Selection, span: Span, today: date, coverage: Coverage | None) -> PastDays:
    artifacts = [one for listed in chosen_sources(catalog, selection).values() for one in listed]
    held = Holdings() if coverage is None else Holdings.read(coverage, artifacts)
    return wanted_days(catalog, selection, span.weeks(today, catalog.cadence), today, held)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a source is asked for: so many cadence days from `first` to `last`; `oldest` is the first it could tell.

    `oldest` is None where a source goes back to each artifact's creation.
    """

    oldest: date | None
    first: date
    last: date
    weeks: int
    estimate: Estimate

    def __str__(self) -> str:
        far = "as far back as each artifact goes" if self.oldest is None else f"back to {self.oldest}"
        weeks = "1 week" if self.weeks == 1 else f"{self.weeks} weeks"
        of = "1 artifact" if self.estimate.artifacts == 1 else f"{self.estimate.artifacts} artifacts"
        return f"{self.estimate.source}: reaches {far}; {weeks}, {self.first} to {self.last}, of {of}"


def reaches_of(settings: Settings, catalog: Catalog, selection: Selection, span: Span) -> list[Reach]:
    """Return how far each source would go today; none where there is nothing to do."""
    today = settings.clock().date()
    try:
        with Ledger.open(settings.db) as ledger, ledger.reading() as connection:
            days = _days(catalog, selection, span, today, Coverage(connection))
    except LedgerMissing:
        days = _days(catalog, selection, span, today, None)
    found = []
    for one in estimate(plan_past(days, "", settings, catalog, present=True), settings):
        oldest = oldest_day(SOURCES[one.source], today)
        listed = sorted({day for of in days[one.source].values() for day in of})
        found.append(Reach(None if oldest == date.min else oldest, listed[0], listed[-1], len(listed), one))
    return found


def _removed(coverage: Coverage, plan: Plan) -> list[str]:
    """Say of which artifacts more was counted on a day than is left of that day now, and how much."""
    lines = []
    for name, artifacts in plan.artifacts.items():
        metric = metric_of(SOURCES[name])
        measured = [s.name for s in SOURCES.values() if metric in s.metrics and s.past is None]
        if METRICS[metric].type != "gauge" or not measured:
            continue
        days = [day for part in plan.parts if part.source == name for of in part.days or () for day in of]
        held = Holdings.read(coverage, artifacts)
        names = {number: artifact for artifact, number in (held.numbers or {}).items()}
        found = coverage.differences(names.keys(), metric, (measured[0], name), min(days), max(days))
        lines += [
            f"{names[one.artifact]}: {one.one - one.other:,.0f} {METRICS[metric].unit} of {one.day} were removed since "
            f"(measured {one.one:,.0f}, reconstructed {one.other:,.0f})"
            for one in found
            if one.one > one.other
        ]
    more = len(lines) - _MOST_DIFFERENCES
    return [*lines[:_MOST_DIFFERENCES], *([f"and {more} more with counts removed since"] if more > 0 else [])]
