"""The refresh: asks the services what the plan says of the present, and appends what is new to the ledger."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from collector.catalog.schema import Catalog
from collector.model import Artifact, Request
from collector.sources import SOURCES
from jobs.collect.collection import Collection, Progress, Work
from jobs.collect.marks import marks_of
from jobs.collect.plan import Selection, ask_of, make_plan
from jobs.collect.turns import in_turn
from jobs.ingest.lifecycle import Errand
from jobs.ingest.report import Report
from jobs.settings import Settings
from jobs.weeks import scope
from storage.ledger import Ledger
from storage.runs.turns import Undertaking


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh to be made: of what, under which settings; `stop` ends it early, `progress` is told how it goes."""

    settings: Settings
    catalog: Catalog
    selection: Selection
    stop: threading.Event
    progress: Progress

    def run(self) -> Report:
        """Make the refresh, or go on with one of the same scope that died today, or that ended for a limit.

        Raises LedgerError and its kinds (RunInProgress among them), PlanError and RecordingError.
        """
        plan, of = make_plan(self.catalog, self.selection), undertaking(self.settings, self.catalog, self.selection)
        errand = Errand(of.kind, of.scope)
        collection = Collection(self.settings, self.catalog, self.stop, self.progress)
        with Ledger.open_or_create(self.settings.db) as ledger, ledger.run_lock():
            with ledger.coverage() as coverage:
                turns = in_turn(plan, coverage, of)
            work = Work(turns.plan, partial(self._requests, ledger), notes=turns.notes)
            return collection.run(ledger, errand, lambda _run: work)

    def _requests(self, ledger: Ledger, name: str, artifacts: Sequence[Artifact]) -> Iterable[Request]:
        source = SOURCES[name]
        ask = replace(ask_of(source, self.settings), marks=marks_of(source, artifacts, self.settings, ledger))
        return source.requests(artifacts, ask)


def undertaking(settings: Settings, catalog: Catalog, selection: Selection) -> Undertaking:
    """Return what makes today's refreshes of a selection the same."""
    asked = scope(selection.projects, selection.sources)
    return Undertaking("refresh", asked, settings.clock().date(), catalog.text)
