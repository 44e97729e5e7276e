"""In which order a refresh asks: the longest unseen first, and of a day's work only what is left; sends nothing."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from collector.errors import LIMIT
from collector.model import Artifact
from jobs.collect.plan import Plan
from storage.database.errors import LedgerMissing
from storage.ledger import Ledger
from storage.query.coverage import Coverage
from storage.runs.turns import Answered, Undertaking

_NEVER = Answered(-1, -1)


@dataclass(frozen=True, slots=True)
class Turns:
    """A plan in its order, less what earlier runs of the day's same work have, which ended for a limit: so many."""

    plan: Plan
    answered: int = 0

    @property
    def notes(self) -> list[str]:
        """Return what a person should know of it."""
        if not self.answered:
            return []
        return [f"goes on with a refresh of today that ended for a limit: {self.answered} are there already"]


def in_turn(plan: Plan, coverage: Coverage, undertaking: Undertaking) -> Turns:
    """Put those first that were answered the longest ago, or never; what was answered together keeps its order.

    If the newest runs of this undertaking ended for a limit, what they found is left out; what they were told is not
    there is asked for again, last: it may have been a passing fault.
    """
    earlier = coverage.broken_off(undertaking, LIMIT)
    ordered: dict[str, list[Artifact]] = {}
    answered = 0
    for source, artifacts in plan.items():
        seen = _seen(coverage, source, artifacts)
        left = [one for one in artifacts if seen[one].found not in earlier]
        answered += len(artifacts) - len(left)
        ordered[source] = sorted(left, key=lambda one: seen[one].at)
    return Turns(ordered, answered)


def stored_turn(plan: Plan, db: str, undertaking: Undertaking) -> Turns:
    """Do the same where there may be no ledger yet."""
    try:
        ledger = Ledger.open(db)
    except LedgerMissing:
        return Turns(plan)
    with ledger, ledger.coverage() as coverage:
        return in_turn(plan, coverage, undertaking)


def _seen(coverage: Coverage, source: str, artifacts: Sequence[Artifact]) -> dict[Artifact, Answered]:
    names: dict[str, set[str]] = defaultdict(set)
    for artifact in artifacts:
        names[artifact.kind].add(artifact.name)
    known = coverage.last_answered(names, source)
    return {one: known.get((one.kind, one.name), _NEVER) for one in artifacts}
