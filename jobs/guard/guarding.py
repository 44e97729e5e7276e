"""Guards put to work: a run is judged in the transaction that stores it, and what is held is stored with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from jobs.guard.guards import Finding, judge
from storage.ledger import Connection
from storage.model import Run, SeriesOutcome
from storage.quarantine.holds import keep_holds
from storage.quarantine.judged import earlier_series, run_series

REFRESH, BACKFILL = "refresh", "backfill"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the guards made of a run: the outcomes of the series whose values are held, and what they say of sources."""

    held: Sequence[SeriesOutcome] = ()
    findings: Sequence[Finding] = ()


def guard(connection: Connection, run: Run) -> Judged:
    """Judge what a run brought, and store what is held."""
    if run.kind not in {REFRESH, BACKFILL}:
        return Judged()
    verdict = judge(run_series(connection, run), run.day, partial(earlier_series, connection, run))
    held = keep_holds(connection, run, verdict.holds)
    # A backfill is of single values: it says nothing of its sources as a whole.
    return Judged(held, verdict.findings if run.kind == REFRESH else ())
