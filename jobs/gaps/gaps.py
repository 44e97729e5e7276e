"""The gaps: which weeks of which artifact have no value, why, and which source could still tell one; prints nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from collector.calendar import WEEKDAYS, cadence_day_on_or_before, cadence_days, next_cadence_day
from collector.model import Artifact
from collector.sources import SOURCES
from jobs.collect.past import PastDays, is_limited, reaches, with_past
from jobs.gaps.reasons import BEFORE, DUE, HELD, NO_PAST, UNBORN, UPSTREAM_HOLE, WEEK, Evidence
from jobs.metrics import METRICS
from jobs.settings import Settings
from publish.table.metrics import Metric
from storage.ledger import Connection, read_ledger
from storage.model import Tracked
from storage.query.coverage import Coverage
from storage.runs import catalogs, runs

DAYS_IN_WEEK = 7


@dataclass(frozen=True, slots=True)
class Gap:
    """A week, by its cadence day, in which an artifact of a project has no value; why; and who could still tell it."""

    project: str
    metric: str
    artifact: Artifact
    day: date
    reason: str
    detail: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weeks:
    """The cadence days looked at, oldest first, today, and the first of them that a refresh could have filled."""

    days: tuple[date, ...]
    today: date
    began: date


def weeks_of(connection: Connection, first: date | None, last: date | None, today: date) -> Weeks:
    """Return the weeks from a day, or from the first refresh, to a day, or to the one that ended last.

    A week is looked at from its cadence day on: what is due on that day may still come. Raises LedgerError's kinds.
    """
    cadence = catalogs.cadence(connection, runs.known(connection)) or WEEKDAYS[0]
    refreshes = runs.refresh_days(connection)
    began = min(refreshes, default=today)
    began = began if cadence_day_on_or_before(began, cadence) == began else next_cadence_day(began, cadence)
    return Weeks(cadence_days(first or began, min(last or today, today), cadence), today, began)


def read_gaps(
    settings: Settings, projects: Sequence[str], first: date | None, last: date | None
) -> tuple[Weeks, list[Gap]]:
    """Return the weeks looked at and their gaps. Raises LedgerError's kinds, UnknownProject among them."""
    with read_ledger(settings.db) as connection:
        weeks = weeks_of(connection, first, last, settings.clock().date())
        return weeks, find_gaps(connection, weeks, projects)


def find_gaps(connection: Connection, weeks: Weeks, projects: Sequence[str]) -> list[Gap]:
    """Return the gaps of projects (empty: all), as known now, in the order of the catalog, metrics and weeks.

    Raises UnknownProject, NothingKnown.
    """
    coverage = Coverage(connection)
    tracked, doubted = coverage.tracked(runs.known(connection), list(projects) or None), coverage.doubted()
    found = [
        (place, gap)
        for metric in _collected()
        for day in weeks.days
        for place, gap in _of_week(coverage, metric, tracked, day, weeks, doubted)
    ]
    return [gap for _, gap in sorted(found, key=lambda one: (one[0], _order(one[1].metric), one[1].day))]


def plan_filling(gaps: Sequence[Gap]) -> PastDays:
    """Return exactly the weeks that lack and can be asked for, each of the first source that could tell it."""
    days: dict[str, dict[Artifact, set[date]]] = {}
    for gap in gaps:
        if gap.sources:
            days.setdefault(gap.sources[0], {}).setdefault(gap.artifact, set()).add(gap.day)
    return {name: {one: tuple(sorted(of)) for one, of in wanted.items()} for name, wanted in days.items()}


@dataclass(frozen=True, slots=True)
class Summary:
    """What lacks in a week for one reason, or in consecutive weeks in which that is the same.

    `counts` are how many artifacts lack each metric, with the sources that can still tell them.
    """

    first: date
    last: date
    weeks: int
    reason: str
    counts: tuple[tuple[str, tuple[str, ...], int], ...]


def summaries(gaps: Sequence[Gap]) -> list[Summary]:
    """Return the gaps by week and reason, oldest first."""
    lacking = Counter((gap.day, gap.reason, gap.metric, gap.sources) for gap in gaps)
    of_week: dict[tuple[str, date], list[tuple[str, tuple[str, ...], int]]] = {}
    for (day, reason, metric, sources), number in lacking.items():
        of_week.setdefault((reason, day), []).append((metric, sources, number))
    found: list[Summary] = []
    for (reason, day), counts in sorted(of_week.items()):
        one = Summary(day, day, 1, reason, tuple(sorted(counts, key=lambda each: (_order(each[0]), each[1]))))
        before = found[-1] if found else one
        if (before.reason, before.counts) == (reason, one.counts) and (day - before.last).days == DAYS_IN_WEEK:
            found[-1] = replace(before, last=day, weeks=before.weeks + 1)
        else:
            found.append(one)
    return sorted(found, key=lambda one: one.first)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive weeks of which the same is to be said of the same artifacts; the detail is the newest one's."""

    project: str
    metric: str
    artifacts: tuple[Artifact, ...]
    first: date
    last: date
    weeks: int
    reason: str
    detail: str
    sources: tuple[str, ...]


def stretches(gaps: Sequence[Gap]) -> list[Stretch]:
    """Return the gaps put together: consecutive weeks, and artifacts that lack the same ones for the same reason."""
    alike: dict[Stretch, list[Artifact]] = {}
    for (project, metric, artifact), group in groupby(gaps, key=lambda gap: (gap.project, gap.metric, gap.artifact)):
        for run in _consecutive(list(group)):
            last = run[-1]
            days = run[0].day, last.day, len(run)
            stretch = Stretch(project, metric, (), *days, last.reason, last.detail, last.sources)
            alike.setdefault(stretch, []).append(artifact)
    return [replace(stretch, artifacts=tuple(artifacts)) for stretch, artifacts in alike.items()]


def _consecutive(gaps: Sequence[Gap]) -> Iterator[list[Gap]]:
    run: list[Gap] = []
    for gap in gaps:
        follows = run and (gap.day - run[-1].day).days == DAYS_IN_WEEK
        if run and not (follows and (gap.reason, gap.sources) == (run[-1].reason, run[-1].sources)):
            yield run
            run = []
        run.append(gap)
    if run:
        yield run


def _collected() -> list[Metric]:
    """Return the metrics that are expected every week: those that a source tells, or that come by import only."""
    told = {one.metric.key for source in SOURCES.values() for one in source.measures if not one.optional}
    kinds = {source.kind for source in SOURCES.values()}
    return [metric for metric in METRICS.values() if metric.key in told or metric.kind not in kinds]


def _order(metric: str) -> int:
    return list(METRICS).index(metric)


def _of_week(
    coverage: Coverage, metric: Metric, tracked: Sequence[Tracked], day: date, weeks: Weeks, doubted: set[int]
) -> Iterator[tuple[int, Gap]]:
    """Yield the gaps of one metric and week, each with its artifact's place among those tracked.

    Values that do not count are looked for among the `doubted` artifacts only: that takes longer.
    """
    of_kind = [(place, one) for place, one in enumerate(tracked) if one.kind == metric.kind]
    numbers = {one.artifact for _, one in of_kind if one.artifact is not None}
    lacking = coverage.lacking(numbers, metric.key, day - WEEK, day)
    withheld = coverage.without_good((numbers & doubted) - lacking, metric.key, day - WEEK, day)
    lacking |= withheld
    gaps = [(place, one) for place, one in of_kind if one.artifact is None or one.artifact in lacking]
    if not gaps:
        return
    evidence = Evidence.read(coverage, metric.key, [one for _, one in gaps], day, withheld)
    for place, one in gaps:
        reason, detail = evidence.judge(one, weeks.today, weeks.began)
        sources = _sources(metric, day, weeks.today, reason, evidence.rejected_of(one))
        if reason == BEFORE and not sources:
            reason, detail = NO_PAST, ""
        yield place, Gap(one.project, metric.key, Artifact(one.kind, one.name), day, reason, detail, sources)


def _sources(metric: Metric, day: date, today: date, reason: str, rejected: str) -> tuple[str, ...]:
    """Return who could still tell the value: not whoever has answered without it, and none where there was nothing.

    Nor is the one asked whose value was `rejected`: it would tell that again. While a value waits for review, nobody
    is: no other would be shown in its place.
    """
    if reason in {UNBORN, DUE, HELD}:
        return ()
    able = [source for source in with_past(metric.key) if source.name != rejected and reaches(source, day, today)]
    return tuple(source.name for source in able if not (reason == UPSTREAM_HOLE and is_limited(source)))
