"""The guards: what of the values that a run brought is held for review, and what is said of its sources.

A guard is a function in one of two tuples. Those of a series judge it by itself, those of a source all that a run
brought of one of its metrics. What a guard holds does not count until a person decides.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from heapq import nlargest

from jobs.guard import thresholds
from jobs.guard.series import Dated, doubt, doubt_restated, measure, told
from jobs.guard.thresholds import FEWEST, NEARLY_A_WEEK
from jobs.guard.whole import Step, any_moved, moved_as_a_whole, nothing_moved, step_of
from jobs.metrics import METRICS
from publish.table.metrics import Type
from publish.table.numbers import grouped
from storage.quarantine.held import Hold, RunSeries

IMPLAUSIBLE, RESTATED = "implausible", "restated"
FROZEN, SHIFTED, COLLAPSED, STALE = "frozen", "shifted", "collapsed", "stale"
_MOST_MOVES = 3

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
    """What the guards make of a run: the values that are held, and the findings on whole sources.

    Of what counts, `moves` are the largest steps, and `restated` how many other values came for each day past.
    """

    holds: tuple[Hold, ...] = ()
    findings: tuple[Finding, ...] = ()
    moves: tuple[Step, ...] = ()
    restated: Mapping[date, int] = field(default_factory=dict)


@dataclass(slots=True)
class Source:
    """The little that is kept of one metric of a source while its series go by, to judge it as a whole.

    `expected` series had a value of late, `lost` of them got no answer; `told` are the newest days of the series of
    windows that did; `holds` what is held of its series by themselves.
    """

    name: str
    type: Type
    day: date
    earlier: Callable[[], Iterable[RunSeries]]
    expected: int = 0
    lost: int = 0
    told: list[date] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    restated: Counter[date] = field(default_factory=Counter)

    def take(self, one: RunSeries) -> None:
        """Judge one series by itself, and keep what is needed of it."""
        if one.past and self.day - one.past[-1][0] <= thresholds.OF_LATE:
            self.expected += 1
            self.lost += not one.answered
        if self.type == "window" and one.answered and not one.doubted:
            newest = max((on for on, _ in (*one.past, *one.news)), default=date.min)
            self.told += [newest] if self.day - newest <= thresholds.OF_LATE else []
        for guard in OF_A_SERIES:
            holds = list(guard(self.type, one))
            self.holds += holds
            one = _without(one, holds)
        if step := step_of(self.type, one):
            self.steps.append(step)
        own = {hold.day for hold in self.holds if hold.series == one.series} if one.restated else set()
        self.restated.update(day for day, was, _ in one.restated if was is not None and day not in own)


def judge(
    run: Iterable[RunSeries], day: date, earlier: Earlier = lambda _source, _metric: (), *, whole: bool = True
) -> Verdict:
    """Judge the series of a run as of a day, whose own values are not yet among what counts.

    What `earlier` runs of the day brought is asked for where the run has too few series to say of them that none moved.
    If not `whole`, the run says nothing of its sources as a whole.
    """
    sources: dict[tuple[str, str], Source] = {}
    for one in run:
        if one.metric in METRICS:
            key = one.source, one.metric
            if key not in sources:
                sources[key] = Source(one.source, METRICS[one.metric].type, day, partial(earlier, *key))
            sources[key].take(one)
    holds: list[Hold] = []
    findings: list[Finding] = []
    moves: list[Step] = []
    restated: Counter[date] = Counter()
    for _, source in sorted(sources.items(), key=lambda item: item[0]):
        said = [each for guard in OF_A_SOURCE for each in guard(source)] if whole else []
        of_source = [each for each in said if isinstance(each, Hold)]
        # A decision on a whole source is on all of its values that moved with it.
        held = {(hold.series, hold.day): hold for hold in (*source.holds, *of_source)}
        holds += held.values()
        findings += [each for each in said if isinstance(each, Finding)]
        moved = (step for step in source.steps if abs(step.change) >= thresholds.TO_TELL)
        free = (step for step in moved if (step.series, step.after[0]) not in held)
        moves = nlargest(_MOST_MOVES, (*moves, *free), key=lambda step: abs(step.change))
        restated += source.restated
    return Verdict(tuple(holds), tuple(findings), tuple(moves), restated)


# Guards of a series.


def restated(kind: Type, one: RunSeries) -> Iterator[Hold]:
    """Hold another value for a past day, or one for a day that had none, if it fits nothing around it."""
    before = {day: was for day, was, _ in one.restated}
    known = _as_known(one.past, before)
    for day, was, now in one.restated:
        if why := doubt_restated(kind, known, day, now):
            text = f"told later on as {grouped(now)} ({why})" if was is None else f"restated: {told(was, now, why)}"
            yield Hold(one.series, day, RESTATED, text)


def implausible(kind: Type, one: RunSeries) -> Iterator[Hold]:
    """Hold a value that is implausible for its series."""
    for day, value in one.news:
        measured = measure(kind, one.past, day, value)
        if measured is not None:
            why = doubt(kind, measured)
            text = why and told(measured.before[1], value, why, measured.before[0])
        else:
            # Else whatever is held would count after some months, only because nobody looked.
            text = f"{grouped(value)}, with nothing before it that counts but values that are held"
            text = text if one.doubted and one.imported is None else ""
        if text:
            yield from _with(one.along if day == one.newest else (), Hold(one.series, day, IMPLAUSIBLE, text))


def joined(kind: Type, one: RunSeries) -> Iterator[Hold]:
    """Hold all of a series that is measured for the first time, if it does not go on from what was imported before."""
    for day, value in one.news if one.imported else ():
        measured = measure(kind, one.imported.values, day, value) if one.imported else None
        if one.imported and measured is not None and (why := doubt(kind, measured)):
            change = told(measured.before[1], value, why, measured.before[0])
            text = f"{one.source} does not go on from {one.imported.source}: {change}"
            rest = [on for on in one.imported.brought if on not in dict(one.news)] if day == one.newest else []
            yield from _with(rest, Hold(one.series, day, IMPLAUSIBLE, text))


# Guards of a source.


def collapsed(source: Source) -> Iterator[Hold | Finding]:
    """Say that a source brought far fewer values than in its last weeks; what it did bring counts."""
    if source.expected >= FEWEST and source.lost > thresholds.LOST * source.expected:
        came = source.expected - source.lost
        text = f"{came} of the {source.expected} series that had a value in the last weeks were answered"
        yield Finding(source.name, COLLAPSED, text, held=False)


def frozen(source: Source) -> Iterator[Hold | Finding]:
    """Hold all of a source of which nothing moved in a week, but what is held for its own sake."""
    if text := _stands_still(source):
        own = {(hold.series, hold.day) for hold in source.holds}
        steps = [step for step in source.steps if (step.series, step.after[0]) not in own]
        yield Finding(source.name, FROZEN, f"{text}; the {len(steps)} of this run are held for review", held=True)
        for step in steps:
            for hold in _with(step.along, Hold(step.series, step.after[0], FROZEN, text)):
                if (hold.series, hold.day) not in own:
                    yield hold


def shifted(source: Source) -> Iterator[Hold | Finding]:
    """Hold what moved with a source that moved as a whole as it never does."""
    if len(source.steps) < FEWEST or _stands_still(source):
        return
    if moved := moved_as_a_whole(source.type, source.steps):
        text, direction = moved
        steps = [step for step in source.steps if step.change * direction > 0]
        yield Finding(source.name, SHIFTED, f"{text}; the {len(steps)} that did so are held for review", held=True)
        for step in steps:
            why = told(step.before[1], step.after[1], text, step.before[0])
            yield from _with(step.along, Hold(step.series, step.after[0], SHIFTED, why))


def stale(source: Source) -> Iterator[Hold | Finding]:
    """Say that a source of windows, which tells its newest day itself, has told none for about a week."""
    newest = max(source.told, default=source.day)
    if len(source.told) >= FEWEST and source.day - newest >= NEARLY_A_WEEK:
        text = f"none of the {len(source.told)} series that were answered has a day after {newest.isoformat()}"
        yield Finding(source.name, STALE, text, held=False)


OF_A_SERIES = (restated, joined, implausible)
"""In this order: each judges without what those before it hold."""
OF_A_SOURCE = (collapsed, frozen, shifted, stale)


# What the guards share.


def _as_known(past: Iterable[Dated], before: Mapping[date, float | None]) -> list[Dated]:
    """Put back what was known `before` of some days, which may be nothing."""
    return sorted((day, value) for day, value in {**dict(past), **before}.items() if value is not None)


def _without(one: RunSeries, holds: Sequence[Hold]) -> RunSeries:
    """Put back what was known of the past days that are held."""
    before = {day: was for day, was, _ in one.restated}
    past = {hold.day: before[hold.day] for hold in holds if hold.day in before}
    return replace(one, past=tuple(_as_known(one.past, past))) if past else one


def _with(along: Iterable[date], newest: Hold) -> Iterator[Hold]:
    """Hold what stands and falls with the newest value of a series: else it would be shown as the last good one."""
    yield newest
    for day in along:
        yield replace(newest, day=day, reason=f"told together with that of {newest.day.isoformat()}: {newest.reason}")


def _stands_still(source: Source) -> str:
    """Say that nothing moved in a week, whether the run brought enough to see that or only a part."""
    if not source.steps or any_moved(source.steps):
        return ""
    if len(source.steps) >= FEWEST:
        return nothing_moved(source.steps)
    # What was asked for a part of the catalog at a time is judged with what the day's other runs brought.
    before = {step.series: step for one in source.earlier() if (step := step_of(source.type, one))}
    steps = before | {step.series: step for step in source.steps}
    text = nothing_moved(list(steps.values()))
    return text and f"{text}, {len(steps) - len(source.steps)} of them brought by earlier runs of the day"
