"""How a source moved in a week as a whole: statistics of the newest steps of all its series."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from math import log, prod, sqrt
from statistics import median, mode

from jobs.guard import thresholds
from jobs.guard.series import TO_SIGMA, Dated, moves, percent, weekly, weeks
from jobs.guard.thresholds import FEWEST, NEARLY_A_WEEK, SCALES
from publish.table.metrics import Type
from storage.quarantine.held import RunSeries


@dataclass(frozen=True, slots=True)
class Step:
    """A series' newest value beside that of the week before.

    `change` is their log ratio, and `weekly` that of several weeks put down as one of a week: chance adds up by the
    square root. `habits` are those of the past weeks, newest first; `along` the days that go with the newest. It
    is a `long` one if values of the week before are held, and then says nothing of this week alone.
    """

    series: int
    before: Dated
    after: Dated
    change: float
    weekly: float
    habits: tuple[float, ...]
    along: tuple[date, ...]
    long: bool


def step_of(kind: Type, one: RunSeries) -> Step | None:
    """Compare the newest value with the newest of at least a week before, so that a run the day after is no week.

    If one since then was accepted, there is no such week: the step to it has been looked at.
    """
    if one.newest is None:
        return None
    after = one.news[-1]
    week_before = after[0] - NEARLY_A_WEEK
    values = weekly(one.past, week_before)
    if not values or (one.accepted is not None and one.accepted > week_before):
        return None
    damping, before = SCALES[kind].damping, values[-1]
    change = log((after[1] + damping) / (before[1] + damping))
    habits = tuple(reversed(moves(values, damping)))
    of_week = change / sqrt(weeks(before[0], after[0]))
    long = one.doubted and after[0] - before[0] >= 2 * NEARLY_A_WEEK
    return Step(one.series, before, after, change, of_week, habits, one.along, long)


def nothing_moved(steps: Sequence[Step]) -> str:
    """Say that nothing moved in a week, if that is unlikely for series that move as often as these do."""
    same = [step for step in steps if step.before[1] == step.after[1]]
    if len(same) < FEWEST or any_moved(steps):
        return ""
    # Each series' past weeks are counted as if there had been one more, in which it half moved.
    still = ((sum(not habit for habit in step.habits) + 0.5) / (len(step.habits) + 1) for step in same)
    day = mode(step.before[0] for step in same)
    return f"all {len(same)} values equal those of {day.isoformat()}" if prod(still) < thresholds.BY_CHANCE else ""


def any_moved(steps: Sequence[Step]) -> bool:
    """Say whether any series moved in this week."""
    return any(step.before[1] != step.after[1] and not step.long for step in steps)


def moved_as_a_whole(kind: Type, steps: Sequence[Step]) -> tuple[str, int] | None:
    """Say how a source moved, and which way, if its middle series moved as it never does."""
    falling = sum(step.change < 0 for step in steps)
    if kind in {"gauge", "counter"} and falling > thresholds.FALLING * len(steps):
        return f"{falling} of {len(steps)} values fell in the same week", -1
    now = median(step.weekly for step in steps)
    past = [median(of_week) for of_week in _by_week(steps)]
    if is_calm(kind, past, now, mode(step.after[0] for step in steps)):
        return None
    middle = percent(median(step.change for step in steps))
    return f"the {len(steps)} values of the source changed by {middle:+.0f} % in the middle", 1 if now > 0 else -1


def is_calm(kind: Type, medians: Sequence[float], now: float, day: date) -> bool:
    """Say whether the median change of a whole source is nothing unusual beside its past ones (log ratios)."""
    middle = median(medians) if medians else 0.0
    spread = TO_SIGMA * median(abs(one - middle) for one in medians) if medians else 0.0
    if kind == "window" and is_holiday(day) and abs(now) < thresholds.HOLIDAYS:
        return True
    return abs(now - middle) <= thresholds.SHIFTED * max(spread, SCALES[kind].whole)


def is_holiday(day: date) -> bool:
    """Say whether the week before a day has any of the days of Christmas and New Year, or follows on them."""
    return (day.month, day.day) >= (12, 22) or (day.month, day.day) <= (1, 15)


def _by_week(steps: Sequence[Step]) -> Iterator[list[float]]:
    """Yield the changes of each past week, for as many weeks as enough series have."""
    for of_week in zip_longest(*(step.habits for step in steps)):
        known = [change for change in of_week if change is not None]
        if len(known) >= FEWEST:
            yield known
