"""How unusual a value is, held against its series' own past by robust statistics; pure, knows no run and no source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import exp, expm1, log, sqrt
from statistics import median
from types import MappingProxyType

from publish.table.metrics import Type

Dated = tuple[date, float]
"""A day and the value of that day."""

STEPS = 12
"""How many past weeks a value is held against."""
YOUNG = 4
"""With fewer values than this a series has no habits yet, and only gross factors count."""
LIMIT = 6.0
"""A change of so many of the usual ones is implausible."""
_WEEK = timedelta(days=7)
_SHORT_OF_A_WEEK = timedelta(days=6)
_TO_SIGMA = 1.4826
"""What the median absolute deviation of normally distributed values is multiplied by to give their standard one."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What counts as calm for a metric's type: floors of the weekly change (log ratio) of a fall and of a rise.

    Small counts must not alarm: `damping` is added to every value, and a change of at most `least` is never
    implausible. `gross` is the factor that a young series may change by.
    """

    fall: float
    rise: float
    damping: float
    least: float
    gross: float


SCALES: Mapping[Type, Scale] = MappingProxyType(
    {
        "gauge": Scale(fall=0.01, rise=0.15, damping=20, least=100, gross=8),
        "counter": Scale(fall=0.01, rise=0.15, damping=1000, least=1000, gross=20),
        "window": Scale(fall=0.3, rise=0.3, damping=200, least=500, gross=20),
        "index": Scale(fall=0.3, rise=0.3, damping=20, least=20, gross=20),
    }
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A value beside the last good one: `change` and `expected` are log ratios, `usual` is the size of a usual one.

    `young` says that the series is too short for habits of its own; `within` that it had such values lately.
    """

    before: Dated
    after: float
    change: float
    expected: float
    usual: float
    young: bool
    within: bool

    @property
    def score(self) -> float:
        """How many times its usual size the change is."""
        return abs(self.change - self.expected) / self.usual

    @property
    def fell(self) -> bool:
        """Whether the value is below the last good one."""
        return self.after < self.before[1]


def weekly(past: Sequence[Dated], day: date) -> list[Dated]:
    """Thin past values to one a week, the newest first kept: at most STEPS and one, none after `day`; oldest first."""
    kept: list[Dated] = []
    for one in reversed(past):
        if one[0] <= day and (not kept or kept[-1][0] - one[0] >= _SHORT_OF_A_WEEK):
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


def measure(kind: Type, past: Sequence[Dated], day: date, value: float) -> Measure | None:
    """Hold a day's value against the good ones before it (oldest first); None if there is none.

    One of the same day among them was looked at before: what comes after it on that day is held against it.
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
    spread = 0.0 if young else _TO_SIGMA * median(abs(habit - middle) for habit in habits)
    floor = scale.rise if change > 0 else scale.fall
    return Measure(
        before=before,
        after=value,
        change=change,
        expected=middle * span,
        # Chance adds up by the square root of time; what is gross does not become likelier by waiting.
        usual=log(scale.gross) / LIMIT if young else max(spread, floor) * sqrt(span),
        young=young,
        within=min(values, key=_value)[1] <= value <= max(values, key=_value)[1],
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
    if measured.young:
        factor = exp(abs(measured.change))
        return f"{factor:.0f} times {'less' if measured.fell else 'more'}, in a series of less than {YOUNG} weeks"
    return f"{measured.score:.0f} times its usual weekly change"


def doubt_restated(kind: Type, known: Sequence[Dated], day: date, value: float) -> str:
    """Say what is implausible about another value for a day whose value is `known` among those before and after it.

    It must be so beside that value and beside the nearest on either side, each by the habits of the whole series: what
    a service mends comes nearer to its neighbours.
    """
    mirrored = [(day - (on - day), told) for on, told in reversed(known)]
    before, after = _up_to(known, day), _up_to(mirrored, day)
    of_day = [one for one in known if one[0] == day]
    measured = [measure(kind, past, day, value) for past in (before, after, [*(before or after), *of_day])]
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


def shift(medians: Sequence[float], now: float, floor: float) -> float:
    """Return how many times the usual size the median change of a whole source is, by its own past ones."""
    middle = median(medians) if medians else 0.0
    spread = _TO_SIGMA * median(abs(one - middle) for one in medians) if medians else 0.0
    return (now - middle) / max(spread, floor)


def percent(change: float) -> float:
    """Return a log ratio in percent."""
    return expm1(change) * 100


def _value(one: Dated) -> float:
    return one[1]
