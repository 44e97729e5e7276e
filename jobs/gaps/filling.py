"""Fills gaps: the backfill of exactly the weeks that lack and that a source can still tell, and of nothing else."""

import threading
from collections.abc import Sequence
from datetime import date

from collector.catalog.schema import Catalog
from jobs.collect.backfill import collect_past, past_errand
from jobs.collect.collection import Collection, Progress
from jobs.collect.past import PastPlan
from jobs.collect.plan import Selection
from jobs.gaps.gaps import find_gaps, plan_filling, weeks_of
from jobs.ingest.report import Report
from jobs.settings import Settings
from storage.ledger import Ledger


def fill(
    settings: Settings,
    catalog: Catalog,
    projects: Sequence[str],
    first: date | None,
    last: date | None,
    stop: threading.Event,
    progress: Progress,
) -> Report | None:
    """Fill the gaps of projects (empty: all) between two days; None if no source could fill any.

    Raises LedgerError and its kinds (RunInProgress, UnknownProject, NothingKnown among them) and RecordingError.
    """
    errand = past_errand(Selection(tuple(projects)), f"gaps {first or ''}..{last or ''}")
    collection = Collection(settings, catalog, stop, progress)
    with Ledger.open(settings.db) as ledger, ledger.run_lock():

        def plan(today: date) -> PastPlan:
            return plan_filling(find_gaps(ledger, weeks_of(ledger, first, last, today), projects))

        if not plan(settings.clock().date()):
            return None
        return collect_past(collection, ledger, errand, plan, present=False)
