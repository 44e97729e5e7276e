"""Judges with hindsight what an import or a backfill brought, and stores what is held."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from jobs.guard.hindsight import EPOCH, judge_past
from jobs.guard.levels import Values
from jobs.metrics import METRICS
from storage.ledger import Connection
from storage.model import Run
from storage.quarantine.held import Hold
from storage.quarantine.holds import keep_holds
from storage.quarantine.judged import PastValues, past_values

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class HeldGroup:
    """What one guard holds of a metric of a source: how many values, of which days, and why some of them."""

    source: str
    metric: str
    guard: str
    count: int
    first: date
    last: date
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        """Say it in one line."""
        days = f"of {self.first}" if self.first == self.last else f"between {self.first} and {self.last}"
        values = "value" if self.count == 1 else "values"
        shown, more = self.reasons[:_EXAMPLES], "; …" if len(self.reasons) > _EXAMPLES else ""
        return f"{self.source}: {self.count:,} {values} of {self.metric} {days} held ({self.guard}): " + (
            "; ".join(shown) + more
        )


@dataclass(frozen=True, slots=True)
class HeldPast:
    """What is held of an import: the number of values, and a line on each guard's."""

    count: int = 0
    groups: tuple[HeldGroup, ...] = ()


def guard_import(connection: Connection, runs: Sequence[Run]) -> HeldPast:
    """Judge what all runs of an import brought, and store what is held.

    The runs may be closed already: what is held is seen with its own run.
    """
    by_seq = {run.known_seq: run for run in runs}
    holds: dict[int, list[Hold]] = {}
    groups: list[HeldGroup] = []
    for past in past_values(connection, runs) if runs else ():
        found = list(judge_values(past, by_seq.keys()))
        groups += _groups(past, [hold for _, hold in found])
        for seq, hold in found:
            holds.setdefault(seq, []).append(hold)
    for seq, of_run in sorted(holds.items()):
        keep_holds(connection, by_seq[seq], of_run, only_newest=True)
    return HeldPast(sum(group.count for group in groups), tuple(groups))


def judge_values(past: PastValues, own: Collection[int]) -> Iterator[tuple[int, Hold]]:
    """Yield what is to be held of the runs by their known_seqs, each with that of its own."""
    if past.metric not in METRICS:
        return
    series, day, seq, value = (np.array(column) for column in zip(*past.values, strict=True))
    brought = np.isin(seq, list(own))
    for doubt in judge_past(METRICS[past.metric].type, Values(series, day, value.astype(float), brought)):
        number, on, known_seq, _ = past.values[doubt.place]
        yield known_seq, Hold(number, EPOCH + timedelta(days=on), doubt.guard, doubt.reason)


def _groups(past: PastValues, holds: Sequence[Hold]) -> Iterator[HeldGroup]:
    for guard in sorted(Counter(hold.guard for hold in holds)):
        of_guard = [hold for hold in holds if hold.guard == guard]
        days = [hold.day for hold in of_guard]
        reasons = tuple(dict.fromkeys(hold.reason for hold in of_guard))
        yield HeldGroup(past.source, past.metric, guard, len(of_guard), min(days), max(days), reasons)
