"""How unusual a value is beside its own series' past: robust statistics of one series."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import expm1, log, sqrt
from operator import itemgetter
from statistics import median

from jobs.guard.thresholds import LIMIT, NEARLY_A_WEEK, SCALES, STEPS, YOUNG
from publish.table.metrics import Type
from publish.table.numbers import grouped

Dated = tuple[date, float]
"""A day and the value of that day."""

TO_SIGMA = 1.4826
"""What the median absolute deviation of normally distributed values is multiplied by to give their standard one."""
_WEEK = timedelta(days=7)
_value = itemgetter(1)


@dataclass(frozen=True, slots=True)
class Measure:
    """A value beside the last good one. `change` and `expected` are log ratios, `calm` is the size of a calm change.

    `usual` is the series' own middle change of a week as a log ratio, without sign; None if it is too short for habits.
    `within` says that it had such values lately.
    """

    before: Dated
    after: float
    change: float
    expected: float
    calm: float
    usual: float | None
    within: bool

    @property
    def score(self) -> float:
        """How many times its calm size the change is."""
        return abs(self.change - self.expected) / self.calm

    @property
    def fell(self) -> bool:
        """Whether the value is below the last good one."""
        return self.after < self.before[1]


def weekly(past: Sequence[Dated], day: date) -> list[Dated]:
    """Thin past values to one a week, the newest first kept: at most STEPS and one, none after `day`; oldest first."""
    kept: list[Dated] = []
    for one in reversed(past):
        if one[0] <= day and (not kept or kept[-1][0] - one[0] >= NEARLY_A_WEEK):
            kept.append(one)
        if len(kept) > STEPS:
            break
    return kept[::-1]


def moves(values: Sequence[Dated], damping: float) -> list[float]:
    """Return the log ratios of neighbours, each for a week."""
    return [
        log((after + damping) / (before + damping)) / weeks(earlier, later)
        for (earlier, before), (later, after) in pairwise(values)
    ]


def weeks(earlier: date, later: date) -> float:
    """Return how many weeks lie between two days, one at the least."""
    return max(1.0, (later - earlier) / _WEEK)


def measure(kind: Type, past: Sequence[Dated], day: date, value: float, *, restated: bool = False) -> Measure | None:
    """Compare a day's value with the good ones before it (oldest first); None if there is none.

    A past value of the same day was accepted in a review: what comes after it on that day is compared with it. A value
    that is `restated` has less room than one of a new week.
    """
    values = weekly(past, day)
    if not values:
        return None
    scale, before = SCALES[kind], values[-1]
    span = weeks(before[0], day)
    change = log((value + scale.damping) / (before[1] + scale.damping))
    habits = moves(values, scale.damping)
    young = len(values) < YOUNG
    middle = 0.0 if young else median(habits)
    spread = 0.0 if young else TO_SIGMA * median(abs(habit - middle) for habit in habits)
    floor = scale.restated if restated else scale.rise if change > 0 else scale.fall
    return Measure(
        before=before,
        after=value,
        change=change,
        expected=middle * span,
        # Chance adds up by the square root of time; what is gross does not become likelier by waiting.
        calm=log(scale.gross) / LIMIT if young else max(spread, floor) * sqrt(span),
        usual=None if young else median(map(abs, habits)),
        within=min(map(_value, values)) <= value <= max(map(_value, values)),
    )


def doubt(kind: Type, measured: Measure) -> str:
    """Say what is implausible about a value; "" if nothing is.

    A counter never falls. A gauge may come back to what it was, a window to whatever it was lately.
    """
    if kind == "counter" and measured.fell:
        return "a counter never falls"
    returned = measured.within and (kind != "gauge" or not measured.fell)
    small = abs(measured.after - measured.before[1]) <= SCALES[kind].least
    if returned or small or measured.score <= LIMIT:
        return ""
    return usual(measured.usual)


def doubt_restated(kind: Type, known: Sequence[Dated], day: date, value: float) -> str:
    """Say what is implausible about another value for a day whose value is `known` among those before and after it.

    It must be so beside that value and beside the nearest on either side, each by the habits of the whole series: what
    a service mends comes nearer to its neighbours.
    """
    # Read from its end, a counter falls all the time.
    kind = "gauge" if kind == "counter" else kind
    mirrored = [(day - (on - day), told) for on, told in reversed(known)]
    before, after = _up_to(known, day), _up_to(mirrored, day)
    of_day = [one for one in known if one[0] == day]
    pasts = (before, after, [*(before or after), *of_day])
    measured = [measure(kind, past, day, value, restated=True) for past in pasts]
    doubts = [doubt(kind, one) for one in measured if one is not None]
    return doubts[-1] if all(doubts) else ""


def _up_to(known: Sequence[Dated], day: date) -> list[Dated]:
    """Return what is before a day, and in front of it what is after it: so nothing is lost of a series' habits."""
    before = [one for one in known if one[0] < day]
    after = [one for one in known if one[0] > day]
    if not before or not after:
        return before
    back = after[-1][0] - before[0][0] + _WEEK
    return [*((on - back, value) for on, value in after), *before]


def usual(change: float | None) -> str:
    """Say what is usual for a series, in a reader's scale."""
    if change is None:
        return f"in a series of less than {YOUNG} weeks"
    share = percent(change)
    if 0 < share < 0.05:  # noqa: PLR2004
        return "usual: less than 0.1 % a week"
    return f"usual: {share:.0f} % a week" if share >= 1 or not share else f"usual: {share:.1f} % a week"


def told(before: float, after: float, why: str, on: date | None = None) -> str:
    """Say what happened to a value, e.g. `53,817 on 2026-04-20, now 18,331 (-65.9 %; usual: 0.2 % a week)`."""
    when = f" on {on.isoformat()}" if on else ""
    share = f"{(after / before - 1) * 100:+,.1f} %; " if before else ""
    return f"{grouped(before)}{when}, now {grouped(after)} ({share}{why})"


def percent(change: float) -> float:
    """Return a log ratio in percent."""
    return expm1(change) * 100
