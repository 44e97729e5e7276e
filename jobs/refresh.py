"""The refresh: asks the services what the plan says of the present, and appends what is new to the ledger."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collector.catalog import Catalog
from collector.model import Artifact, Request
from collector.sources import SOURCES
from jobs.collection import Collection, Progress, Work
from jobs.lifecycle import Errand
from jobs.plan import Selection, ask_of, make_plan
from jobs.report import Report
from jobs.settings import Settings
from jobs.weeks import scope
from storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh to be made: of what, under which settings; `stop` ends it early, `progress` is told how it goes."""

    settings: Settings
    catalog: Catalog
    selection: Selection
    stop: threading.Event
    progress: Progress

    def run(self) -> Report:
        """Make the refresh, or go on with one of the same scope that died today.

        Raises LedgerError and its kinds (RunInProgress among them), PlanError and RecordingError.
        """
        work = Work(make_plan(self.catalog, self.selection), self._requests)
        errand = Errand("refresh", scope(self.selection.projects, self.selection.sources))
        collection = Collection(self.settings, self.catalog, self.stop, self.progress)
        with Ledger.open_or_create(self.settings.db) as ledger, ledger.run_lock():
            return collection.run(ledger, errand, lambda _run: work)

    def _requests(self, source: str, artifacts: Sequence[Artifact]) -> Iterable[Request]:
        return SOURCES[source].requests(artifacts, ask_of(SOURCES[source], self.settings))
