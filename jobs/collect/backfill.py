"""The backfill: asks the sources that know the past for one value a cadence day, and says what has changed since."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from collector.catalog.schema import Catalog
from collector.model import Artifact, Request
from collector.sources import SOURCES
from jobs.collect.collection import Collection, Progress, Work
from jobs.collect.marks import marks_of
from jobs.collect.past import PastPlan, Span, choose, first_lacking, is_paged, plan_past
from jobs.collect.plan import Selection, ask_of
from jobs.collect.reach import Reach, reaches_of, span, windows
from jobs.collect.stored import Holdings, holdings
from jobs.ingest.lifecycle import Errand
from jobs.ingest.report import Report
from jobs.metrics import METRICS
from jobs.settings import Settings
from jobs.weeks import scope
from storage.ledger import Ledger
from storage.model import Run

_MOST_DIFFERENCES = 5


@dataclass(frozen=True, slots=True)
class Backfill:
    """A backfill to be made: of what and which days; `stop` ends it early, `progress` is told how it goes."""

    settings: Settings
    catalog: Catalog
    selection: Selection
    span: Span

    def reaches(self) -> list[Reach]:
        """Return how far each source would go today; none where there is nothing to do. Raises PlanError."""
        today = self.settings.clock().date()
        with holdings(self.settings.db, self._artifacts()) as held:
            return reaches_of(self._plan(today, held), self.settings, today)

    def run(self, stop: threading.Event, progress: Progress) -> Report:
        """Make the backfill, or go on with the same one that died, as of the day on which that was begun.

        Raises LedgerError and its kinds (RunInProgress among them), PlanError and RecordingError.
        """
        errand = past_errand(self.selection, str(self.span))
        collection = Collection(self.settings, self.catalog, stop, progress)
        with Ledger.open_or_create(self.settings.db) as ledger, ledger.run_lock():
            return collect_past(collection, ledger, errand, partial(self._plan_by, ledger), present=True)

    def _plan_by(self, ledger: Ledger, today: date) -> PastPlan:
        with ledger.coverage() as coverage:
            return self._plan(today, Holdings.read(coverage, self._artifacts()))

    def _plan(self, today: date, held: Holdings) -> PastPlan:
        weeks = self.span.weeks(today, self.catalog.cadence)
        return plan_past(self.catalog, self.selection, weeks, today, held)

    def _artifacts(self) -> list[Artifact]:
        return [one for artifacts in choose(self.catalog, self.selection).values() for one in artifacts]


def past_errand(selection: Selection, of: str) -> Errand:
    """Return the errand of a backfill of so many days, in words that are the same the next time."""
    return Errand("backfill", scope(selection.projects, selection.sources, of), lasting=True)


def collect_past(
    collection: Collection, ledger: Ledger, errand: Errand, plan_of: Callable[[date], PastPlan], *, present: bool
) -> Report:
    """Collect what `plan_of` the run's day wants, and say where measured counts have shrunk since.

    With `present`, counts of today from which the past is counted back are kept too.
    """
    made: list[PastPlan] = []

    def work(run: Run) -> Work:
        plan = plan_of(run.day)
        made.append(plan)
        artifacts = [one for wanted in plan.values() for one in wanted]
        with ledger.coverage() as coverage:
            covered = _covered(plan, Holdings.read(coverage, artifacts))
        requests = _Requests(plan, covered, collection.settings, ledger)
        return Work({name: list(wanted) for name, wanted in plan.items()}, requests.of, plan, present)

    report = collection.run(ledger, errand, work)
    if report.interrupted or report.run is None:
        return report
    return replace(report, warnings=(*report.warnings, *_removed(ledger, made[-1])))


@dataclass(frozen=True, slots=True)
class _Requests:
    """What to send for a plan, by source; of those `covered`, the ledger has every day that is wanted."""

    plan: PastPlan
    covered: frozenset[Artifact]
    settings: Settings
    ledger: Ledger

    def of(self, name: str, artifacts: Sequence[Artifact]) -> Iterator[Request]:
        """Yield a source's requests for some of its artifacts, those of the same window together."""
        source = SOURCES[name]
        # The newest page is asked for conditionally only where no older one has to be asked for after it.
        covered = [one for one in artifacts if one in self.covered] if is_paged(source) else []
        ask = replace(ask_of(source, self.settings), marks=marks_of(source, covered, self.settings, self.ledger))
        for window, alike in windows(source, {one: self.plan[name][one] for one in artifacts}).items():
            yield from source.requests(alike, replace(ask, window=window))


def _covered(plan: PastPlan, held: Holdings) -> frozenset[Artifact]:
    """Return the artifacts of which a source whose past comes in pages has told every day that is wanted."""
    paged = {name: wanted for name, wanted in plan.items() if is_paged(SOURCES[name])}
    return frozenset(
        artifact
        for name, wanted in paged.items()
        for artifact in wanted.keys() - first_lacking(SOURCES[name], wanted, held).keys()
    )


def _removed(ledger: Ledger, plan: PastPlan) -> list[str]:
    """Say of which artifacts more was counted on a day than is left of that day now, and how much."""
    lines = []
    for name, wanted in plan.items():
        source = SOURCES[name]
        measured = [s.name for s in SOURCES.values() if s.metric == source.metric and s.past is None]
        if METRICS[source.metric].type != "gauge" or not measured:
            continue
        window = span(wanted)
        with ledger.coverage() as coverage:
            held = Holdings.read(coverage, wanted)
            names = {number: artifact for artifact, number in held.numbers.items()}
            found = coverage.differences(names.keys(), source.metric, (measured[0], name), window.first, window.last)
        unit = METRICS[source.metric].unit
        lines += [
            f"{names[one.artifact]}: {one.one - one.other:,.0f} {unit} of {one.day} were removed since "
            f"(measured {one.one:,.0f}, reconstructed {one.other:,.0f})"
            for one in found
            if one.one > one.other
        ]
    more = len(lines) - _MOST_DIFFERENCES
    return [*lines[:_MOST_DIFFERENCES], *([f"and {more} more with counts removed since"] if more > 0 else [])]
