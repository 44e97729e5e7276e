"""Fills gaps: the backfill of exactly the weeks that lack and that a source can still tell, and of nothing else."""

from collections.abc import Sequence
from datetime import date

from jobs.collect.backfill import backfill_scope, collect_past
from jobs.collect.past import PastDays
from jobs.collect.plan import Selection
from jobs.collect.record import Job
from jobs.gaps.gaps import find_gaps, plan_filling, weeks_of
from jobs.ingest.report import Report
from storage.ledger import Ledger


def fill(job: Job, projects: Sequence[str], first: date | None, last: date | None) -> Report | None:
    """Fill the gaps of projects (empty: all) between two days; None if no source could fill any.

    Raises LedgerError and its kinds (RunInProgress, UnknownProject, NothingKnown among them) and RecordingError.
    """
    asked = backfill_scope(Selection(tuple(projects)), f"gaps {first or ''}..{last or ''}")
    with Ledger.open(job.settings.db) as ledger, ledger.run_lock():

        def days() -> PastDays:
            today = job.settings.clock().date()
            with ledger.reading() as connection:
                return plan_filling(find_gaps(connection, weeks_of(connection, first, last, today), projects))

        if not days():
            return None
        return collect_past(job, ledger, asked, days, present=False)
