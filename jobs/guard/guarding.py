"""Guards put to work: a run is judged in the transaction that stores it, and what is held is stored with it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from jobs.guard.guards import Finding, Verdict, judge
from jobs.guard.past import judge_values
from publish.table.numbers import grouped
from publish.table.rules import PERIOD_DAYS
from storage.editions.editions import listed
from storage.ledger import Connection
from storage.model import Run, SeriesOutcome
from storage.quarantine.evidence import names_of
from storage.quarantine.held import Hold
from storage.quarantine.holds import keep_holds
from storage.quarantine.judged import earlier_series, past_values, run_series

REFRESH, BACKFILL = "refresh", "backfill"
_MOST_WEEKS = 30
"""No source tells a longer past again."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the guards made of a run: the outcomes of the series whose values are held, and what they say of sources.

    `changes` are lines on what counts: the largest moves, and the published weeks of which values were restated.
    """

    held: Sequence[SeriesOutcome] = ()
    findings: Sequence[Finding] = ()
    changes: Sequence[str] = ()


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
    held = keep_holds(connection, run, list(holds))
    return Judged(held, verdict.findings, (*_moves(connection, verdict), *_restated(connection, verdict)))


def _moves(connection: Connection, verdict: Verdict) -> Iterator[str]:
    names = names_of(connection, [step.series for step in verdict.moves])
    for step in verdict.moves:
        (name, metric), (before, was), (_, now) = names[step.series], step.before, step.after
        share = f" ({(now / was - 1) * 100:+,.0f} %)" if was else ""
        yield f"moved: {metric} of {name} from {grouped(was)} on {before} to {grouped(now)}{share}"


def _restated(connection: Connection, verdict: Verdict) -> Iterator[str]:
    """Tell how many values of each published week are others now: those that its table was made of."""
    if not verdict.restated:
        return
    for published in sorted({one.day for one in listed(connection)}, reverse=True)[:_MOST_WEEKS]:
        week = (published - timedelta(days=back) for back in range(PERIOD_DAYS))
        if count := sum(verdict.restated.get(day, 0) for day in week):
            values = "value" if count == 1 else "values"
            yield f"{count:,} {values} of a published week restated, see `tallybook diff {published}`"
