"""The guards: judge what a run brought before it counts, value by value and source by source; pure, stores nothing.

A value is held if its source is frozen upstream or has shifted as a whole, or if it is implausible for its own series.
So is another value for a day past, if it fits neither what was known of it nor the days around it.
A source that brought far fewer values than in its last weeks, or no newer day, is a finding; what it did bring counts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from itertools import zip_longest
from math import log, prod, sqrt
from statistics import median, mode

from jobs.guard.plausibility import SCALES, Dated, doubt, doubt_restated, measure, moves, percent, shift, weekly, weeks
from publish.table.metrics import METRICS, Type
from publish.table.numbers import grouped
from storage.quarantine.held import Hold, RunSeries

FROZEN, SHIFTED, COLLAPSED, STALE, IMPLAUSIBLE = "frozen", "shifted", "collapsed", "stale", "implausible"
RESTATED = "restated"

FEWEST = 20
"""A source with fewer series is not judged as a whole."""
_BY_CHANCE = 1e-5
"""A week in which nothing moves is believed if it is likelier than this, by the series' own habits."""
_UNSURE = 0.5
"""Each series' past weeks are counted as if there had been one more, in which it half moved."""
_LOST = 0.25
"""The share of a source's series without an answer above which it has collapsed."""
_FALLING = 0.4
"""The share of a gauge's or counter's series that fall in the same week above which the source has shifted."""
_SHIFTED = 5.0
"""How many times the usual size a source's median change may be."""
_CALM = {"gauge": 0.01, "counter": 0.01, "window": 0.03, "index": 0.03}
"""By type, the median change of a whole source (log ratio of a week) that is nothing unusual."""
_OF_LATE = timedelta(days=35)
_NEARLY_A_WEEK = timedelta(days=6)

Earlier = Callable[[str, str], Iterable[RunSeries]]
"""Gives the series of a source and metric that earlier runs of the same day brought."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a guard says of a source as a whole; `held` if its values are held for it."""

    source: str
    guard: str
    text: str
    held: bool

    def __str__(self) -> str:
        return f"{self.source}: {self.guard}: {self.text}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guards make of a run: the values that are held, and the findings on whole sources."""

    holds: tuple[Hold, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Step:
    """A series' newest value beside that of the week before, each with its day.

    `change` is their log ratio, and `weekly` that of several weeks put down as one of a week: chance adds up by the
    square root. `habits` are those of the past weeks, newest first; `along` the days that go with the newest. It
    is a `long` one if values of the week before are withheld, and then says nothing of this week alone.
    """

    series: int
    before: Dated
    after: Dated
    change: float
    weekly: float
    habits: tuple[float, ...]
    along: tuple[date, ...]
    long: bool


@dataclass(slots=True)
class _Source:
    """What is gathered of a metric of a source while its series go by."""

    kind: Type
    expected: int = 0
    lost: int = 0
    told: list[date] = field(default_factory=list)
    """The newest day of each series of windows that was answered."""
    steps: list[_Step] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)


def _none(_source: str, _metric: str) -> Iterable[RunSeries]:
    return ()


def judge(run: Iterable[RunSeries], day: date, earlier: Earlier = _none) -> Verdict:
    """Judge the series of a run as of a day, whose own values are not yet among what counts.

    What `earlier` runs of the day brought is asked for where the run has too few series to say of them that none moved.
    """
    sources: dict[tuple[str, str], _Source] = {}
    for one in run:
        if one.metric not in METRICS:
            continue
        key = one.source, one.metric
        _take(sources.setdefault(key, _Source(METRICS[one.metric].type)), one, day)
    holds: list[Hold] = []
    findings: list[Finding] = []
    for (name, metric), source in sorted(sources.items()):
        whole, found = _whole(name, source, partial(earlier, name, metric))
        findings += [*found, *_stale(name, source, day)]
        kept: dict[tuple[int, date], Hold] = {}
        for hold in (*whole, *source.holds):
            kept.setdefault((hold.series, hold.day), hold)
        holds += kept.values()
    return Verdict(tuple(holds), tuple(findings))


def _take(source: _Source, one: RunSeries, day: date) -> None:
    """Judge one series by itself, and keep the little that is needed to judge its source."""
    if one.past and day - one.past[-1][0] <= _OF_LATE:
        source.expected += 1
        source.lost += not one.answered
    restated: list[Hold] = []
    if source.kind == "window" and one.restated:
        one, restated = _restated(one)
    if source.kind == "window" and one.answered and not one.doubted:
        source.told += [newest for newest in [_newest(one)] if day - newest <= _OF_LATE]
    for on, value in one.news:
        if why := _implausible(source.kind, one, on, value):
            source.holds += _with(one.along if on == one.newest else (), Hold(one.series, on, IMPLAUSIBLE, why))
    source.holds += restated
    if one.newest is not None and (step := _step(source.kind, one)) is not None:
        source.steps.append(step)


def _restated(one: RunSeries) -> tuple[RunSeries, list[Hold]]:
    """Judge what a run tells of days past; return the series as known without what is held, and the holds.

    Only sums over days are told again later on; whether one is right the other days show, as they were known.
    """
    before = {day: was for day, was, _ in one.restated}
    known = _as_known(one.past, before)
    why = {
        day: f"{'told later on as' if was is None else f'restated from {grouped(was)} to'} {grouped(told)}: {doubtful}"
        for day, was, told in one.restated
        if (doubtful := doubt_restated("window", known, day, told))
    }
    past = _as_known(one.past, {day: before[day] for day in why})
    return replace(one, past=tuple(past)), [Hold(one.series, day, RESTATED, text) for day, text in why.items()]


def _as_known(past: Iterable[Dated], before: Mapping[date, float | None]) -> list[Dated]:
    """Put back what was known `before` of some days, which may be nothing."""
    return sorted((day, value) for day, value in {**dict(past), **before}.items() if value is not None)


def _newest(one: RunSeries) -> date:
    return max((on for on, _ in (*one.past, *one.news)), default=date.min)


def _implausible(kind: Type, one: RunSeries, day: date, value: float) -> str:
    """Say why a value is implausible for its series; "" if it is not, or if nobody can know."""
    measured = measure(kind, one.past, day, value)
    if measured is None:
        # Else whatever is held would count after some months, only because nobody looked.
        return (
            f"{grouped(value)}, with nothing before it that counts but values that are withheld" if one.doubted else ""
        )
    why = doubt(kind, measured)
    return f"{_told(measured.before, value)}: {why}" if why else ""


def _step(kind: Type, one: RunSeries) -> _Step | None:
    """Compare the newest value with the newest of at least a week before, so that a run the day after is no week.

    If one since then was accepted, there is no such week: the step to it has been looked at.
    """
    after = one.news[-1]
    week_before = after[0] - _NEARLY_A_WEEK
    values = weekly(one.past, week_before)
    if not values or (one.accepted is not None and one.accepted > week_before):
        return None
    damping, before = SCALES[kind].damping, values[-1]
    change = log((after[1] + damping) / (before[1] + damping))
    habits = tuple(reversed(moves(values, damping)))
    of_week = change / sqrt(weeks(before[0], after[0]))
    long = one.doubted and after[0] - before[0] >= 2 * _NEARLY_A_WEEK
    return _Step(one.series, before, after, change, of_week, habits, one.along, long)


def _whole(name: str, source: _Source, earlier: Callable[[], Iterable[RunSeries]]) -> tuple[list[Hold], list[Finding]]:
    """Judge a source as a whole: what of it is held, and what is to be said."""
    findings = list(_collapsed(name, source))
    if text := _frozen(source.steps) if len(source.steps) >= FEWEST else _frozen_in_parts(source, earlier):
        # What is held for its own sake is not to be decided on with the source.
        own = {(hold.series, hold.day) for hold in source.holds}
        steps = [step for step in source.steps if (step.series, step.after[0]) not in own]
        found = [hold for step in steps for hold in _held(step, FROZEN, text)]
        holds = [hold for hold in found if (hold.series, hold.day) not in own]
        said = f"{text}; the {len(steps)} of this run are held for review"
        return holds, [*findings, Finding(name, FROZEN, said, held=True)]
    if len(source.steps) < FEWEST:
        return [], findings
    text, direction = _shifted(source)
    if text:
        moved = [step for step in source.steps if step.change * direction > 0]
        holds = [
            hold for step in moved for hold in _held(step, SHIFTED, f"{_told(step.before, step.after[1])}: {text}")
        ]
        said = f"{text}; the {len(moved)} that did so are held for review"
        return holds, [*findings, Finding(name, SHIFTED, said, held=True)]
    return [], findings


def _held(step: _Step, guard: str, why: str) -> Iterator[Hold]:
    return _with(step.along, Hold(step.series, step.after[0], guard, why))


def _with(along: Iterable[date], newest: Hold) -> Iterator[Hold]:
    """Hold what stands and falls with the newest value of a series: else it would be shown as the last good one."""
    yield newest
    for day in along:
        yield replace(newest, day=day, reason=f"told together with that of {newest.day.isoformat()}: {newest.reason}")


def _collapsed(name: str, source: _Source) -> Iterator[Finding]:
    if source.expected >= FEWEST and source.lost > _LOST * source.expected:
        came = source.expected - source.lost
        text = f"{came} of the {source.expected} series that had a value in the last weeks were answered"
        yield Finding(name, COLLAPSED, text, held=False)


def _stale(name: str, source: _Source, day: date) -> Iterator[Finding]:
    """Say that a source of windows, which tells its newest day itself, has told none for about a week."""
    newest = max(source.told, default=day)
    if len(source.told) >= FEWEST and day - newest >= _NEARLY_A_WEEK:
        text = f"none of the {len(source.told)} series that were answered has a day after {newest.isoformat()}"
        yield Finding(name, STALE, text, held=False)


def _frozen(steps: Sequence[_Step]) -> str:
    """Say that nothing moved, if that is not likely for series that move as often as these did."""
    same = [step for step in steps if step.before[1] == step.after[1]]
    if len(same) < FEWEST or _moved(steps):
        return ""
    still = ((sum(not habit for habit in step.habits) + _UNSURE) / (len(step.habits) + 1) for step in same)
    day = mode(step.before[0] for step in same)
    return f"all {len(same)} values equal those of {day.isoformat()}" if prod(still) < _BY_CHANCE else ""


def _moved(steps: Sequence[_Step]) -> bool:
    return any(step.before[1] != step.after[1] and not step.long for step in steps)


def _frozen_in_parts(source: _Source, earlier: Callable[[], Iterable[RunSeries]]) -> str:
    """Say the same of what several runs of a day brought together, where the last one brought too little for that.

    Else a source would pass that is asked for a part of the catalog at a time.
    """
    if not source.steps or _moved(source.steps):
        return ""
    before = {step.series: step for one in earlier() if one.newest for step in [_step(source.kind, one)] if step}
    steps = before | {step.series: step for step in source.steps}
    text = _frozen(list(steps.values()))
    return text and f"{text}, {len(steps) - len(source.steps)} of them brought by earlier runs of the day"


def _shifted(source: _Source) -> tuple[str, int]:
    """Say whether a source moved as a whole as it never does, and which way."""
    steps = source.steps
    falling = sum(step.change < 0 for step in steps)
    if source.kind in {"gauge", "counter"} and falling > _FALLING * len(steps):
        return f"{falling} of {len(steps)} values fell in the same week", -1
    now = median(step.weekly for step in steps)
    past = [median(of_week) for of_week in _by_week(steps)]
    if abs(shift(past, now, _CALM[source.kind])) <= _SHIFTED:
        return "", 0
    middle = percent(median(step.change for step in steps))
    return f"the {len(steps)} values of the source changed by {middle:+.0f} % in the middle", 1 if now > 0 else -1


def _by_week(steps: Sequence[_Step]) -> Iterator[list[float]]:
    """Yield the changes of each past week, for as many weeks as enough series have."""
    for of_week in zip_longest(*(step.habits for step in steps)):
        known = [change for change in of_week if change is not None]
        if len(known) >= FEWEST:
            yield known


def _told(before: Dated, after: float) -> str:
    """Say what happened to a value."""
    ratio = f" ({(after / before[1] - 1) * 100:+,.1f} %)" if before[1] else ""
    return f"{grouped(before[1])} on {before[0].isoformat()}, now {grouped(after)}{ratio}"
