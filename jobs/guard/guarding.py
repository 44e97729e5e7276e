"""Guards put to work: judges a run before it is closed, and stores what is held; knows no threshold."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from jobs.guard.guards import IMPLAUSIBLE, RESTATED, STALE, Verdict, judge
from jobs.ingest.report import Report, Trouble
from storage.ledger import Ledger
from storage.model import Run, SeriesOutcome

REPLAY = "replay"
GUARDED = frozenset({"refresh", REPLAY})
"""The kinds of runs that are judged whole; what is imported is kept as it comes."""
BACKFILL = "backfill"
"""The kind of run of which single values are judged, as far as there is something to judge them by."""


def guard(ledger: Ledger, run: Run, report: Report) -> Report:
    """Judge an open run and store what is held; return its report with that in it."""
    if run.kind not in {*GUARDED, BACKFILL}:
        return report
    verdict = judge(ledger.reviews.judged(run), run.day, partial(ledger.reviews.earlier, run))
    if run.kind == BACKFILL:
        verdict = Verdict(verdict.holds)
    if run.kind == REPLAY:
        # A recording is as old as it is.
        verdict = replace(verdict, findings=tuple(one for one in verdict.findings if one.guard != STALE))
    if not verdict.holds and not verdict.findings and not run.note:
        return report
    note = "; ".join(map(str, verdict.findings))
    held = ledger.reviews.hold(run, verdict.holds, note)
    troubles = [_trouble(outcome) for outcome in held if outcome.cause in {IMPLAUSIBLE, RESTATED}]
    by_source = Counter(outcome.source for outcome in held)
    counts = {source: _counted(states, by_source[source]) for source, states in report.counts.items()}
    return replace(report, counts=counts, troubles=(*report.troubles, *troubles), findings=verdict.findings)


def _trouble(outcome: SeriesOutcome) -> Trouble:
    return Trouble(outcome.source, f"{outcome.kind}:{outcome.name}", "held", outcome.detail)


def _counted(states: Mapping[str, int], held: int) -> dict[str, int]:
    """Count what is held, which was counted as recorded, or as quarantined when a broken-off run was judged before."""
    came = states.get("recorded", 0) + states.get("quarantined", 0)
    counts = {**states, "recorded": came - min(held, came), "quarantined": min(held, came)}
    return {state: number for state, number in counts.items() if number}
