"""Why an artifact has no value of a metric in a week: what the runs say of it, judged; asks no service."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from collector.errors import HOLE
from collector.sources import SOURCES
from jobs.collect.past import is_limited, oldest_day, with_past
from storage.model import Told, Tracked, Withheld
from storage.query.coverage import Coverage

DUE = "due today"
NO_RUN = "no run"
NOT_ASKED = "not asked for"
OF_EARLIER_DAYS = "only earlier days came"
BEFORE = "before the first refresh"
NO_SOURCE = "no source tells it"
FAILED = "failed"
UPSTREAM_HOLE = "upstream hole"
MISSING = "missing at the source"
HELD = "held for review"
REJECTED = "rejected in review"
UNBORN = "before it existed"
NO_PAST = "the source has no past"

WEEK = timedelta(days=6)
"""A value of a day fills the week that ends on a cadence day if it is not older than this."""

Reason = tuple[str, str]
"""One of the reasons above, and what there is to be said of it in detail."""


def remedy(reason: str, sources: Sequence[str]) -> str:
    """Say what can still be done about a gap: who can tell the value, or which command does something about it."""
    if sources:
        return f"{' or '.join(sources)} can tell"
    return _REMEDIES.get(reason, "nobody can tell")


_REMEDIES = {
    DUE: "`tallybook refresh` collects it",
    HELD: "`tallybook review` decides",
    UPSTREAM_HOLE: "a refresh takes it in if the source mends it",
    UNBORN: "there is nothing to tell",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What runs said of the artifacts that lack a metric in the week that ends on `day`, by their numbers.

    `live` is whether a source tells the metric at all. `told` and `lists` are of the runs of that week; `holes` are
    artifacts of which a source that reaches the week has answered since without telling it. `withheld` are values of
    the week that do not count.
    """

    day: date
    live: bool
    any_run: bool
    told: Mapping[int, Told]
    lists: Mapping[int, Told]
    holes: Collection[int]
    withheld: Mapping[int, Withheld]

    @classmethod
    def read(
        cls, coverage: Coverage, metric: str, lacking: Sequence[Tracked], day: date, withheld: Collection[int]
    ) -> "Evidence":
        """Ask the ledger; `withheld` are artifacts that have values, none of which counts."""
        numbers = {one.artifact for one in lacking if one.artifact is not None}
        listings = {one.listing for one in lacking if one.listing is not None}
        known_seqs = coverage.known_seqs(day - WEEK, day)
        told, lists = (coverage.said(of, metric, known_seqs) for of in (numbers, listings))
        older = coverage.learned(numbers, metric, known_seqs, day - 2 * WEEK, day)
        told = {number: Told(source, "recorded", "", "") for number, source in older} | told
        live = any(metric in source.metrics for source in SOURCES.values())
        why = coverage.withheld(withheld, metric, day - WEEK, day)
        return cls(day, live, bool(known_seqs), told, lists, _holes(coverage, metric, numbers, day), why)

    def judge(self, one: Tracked, today: date, began: date) -> Reason:
        """Return the reason for a gap; `began` is the first week that a refresh could have filled."""
        return (
            self._withheld(one)
            or self._unborn(one)
            or self._said(one)
            or self._hole(one)
            or self._unlisted(one)
            or ((DUE, "") if self.live and self.day == today else None)
            or (self._silence(one, began), "")
        )

    def rejected_of(self, one: Tracked) -> str:
        """Return the source whose value of an artifact was rejected; "" where none was."""
        found = None if one.artifact is None else self.withheld.get(one.artifact)
        return found.source if found is not None and found.rejected else ""

    def _withheld(self, one: Tracked) -> Reason | None:
        found = None if one.artifact is None else self.withheld.get(one.artifact)
        return None if found is None else (REJECTED if found.rejected else HELD, f"{found.source}: {found.reason}")

    def _unborn(self, one: Tracked) -> Reason | None:
        return (UNBORN, f"since {one.born}") if one.born is not None and one.born > self.day else None

    def _said(self, one: Tracked) -> Reason | None:
        told = self._told(one)
        if told is None or told.state in _ANSWERED:
            return None
        if told.state == "failed" and told.cause == HOLE:
            return UPSTREAM_HOLE, told.detail
        why = f"{told.cause}: {told.detail}" if told.state == "failed" else told.detail
        return FAILED if told.state == "failed" else MISSING, f"{told.source}: {why}"

    def _hole(self, one: Tracked) -> Reason | None:
        return (UPSTREAM_HOLE, "the answers since then lack days of it") if one.artifact in self.holes else None

    def _unlisted(self, one: Tracked) -> Reason | None:
        """Judge what a list says by what it does not hold: nothing at all, or not yet this one."""
        listed = self.lists.get(one.listing) if one.listing is not None else None
        if listed is None or listed.state not in _ANSWERED:
            return None
        if one.listing == one.artifact:
            return MISSING, f"{listed.source}: nothing is listed"
        return UNBORN, "not in its namespace's list then"

    def _silence(self, one: Tracked, began: date) -> str:
        if self._told(one) is not None:
            return OF_EARLIER_DAYS
        if not self.live:
            return NO_SOURCE
        if self.day < began:
            return BEFORE
        return NOT_ASKED if self.any_run else NO_RUN

    def _told(self, one: Tracked) -> Told | None:
        return None if one.artifact is None else self.told.get(one.artifact)


_ANSWERED = frozenset({"recorded", "unchanged", "quarantined"})


def _holes(coverage: Coverage, metric: str, numbers: Collection[int], day: date) -> set[int]:
    found: set[int] = set()
    for source in with_past(metric):
        if is_limited(source):
            last = day + (day - oldest_day(source, day))
            later = coverage.known_seqs(day, last)
            found |= coverage.answered(numbers, source.name, later, or_for=HOLE)
            learned = coverage.learned(numbers, metric, later, day - WEEK, last)
            found |= {number for number, by in learned if by == source.name}
    return found
