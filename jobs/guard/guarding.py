"""Guards put to work: a run is judged in the transaction that stores it, and what is held is stored with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from jobs.guard.guards import Finding, judge
from jobs.guard.past import judge_values
from storage.ledger import Connection
from storage.model import Run, SeriesOutcome
from storage.quarantine.held import Hold
from storage.quarantine.holds import keep_holds
from storage.quarantine.judged import earlier_series, past_values, run_series

REFRESH, BACKFILL = "refresh", "backfill"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the guards made of a run: the outcomes of the series whose values are held, and what they say of sources."""

    held: Sequence[SeriesOutcome] = ()
    findings: Sequence[Finding] = ()


def guard(connection: Connection, run: Run) -> Judged:
    """Judge what a refresh or a backfill brought, and store what is held; an import is judged by `guard_import`."""
    if run.kind not in {REFRESH, BACKFILL}:
        return Judged()
    # A backfill is of single values: it says nothing of its sources as they are now.
    verdict = judge(
        run_series(connection, run), run.day, partial(earlier_series, connection, run), whole=run.kind == REFRESH
    )
    holds: Iterable[Hold] = verdict.holds
    if run.kind == BACKFILL:
        past = (hold for each in past_values(connection, [run]) for _, hold in judge_values(each, [run.known_seq]))
        holds = {(hold.series, hold.day): hold for hold in (*past, *verdict.holds)}.values()
    return Judged(keep_holds(connection, run, list(holds)), verdict.findings)
