"""Reviews: what is held, with the evidence beside it, and the decisions on it, each kept as a run of its own."""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from jobs.metrics import METRICS
from jobs.names import UnknownName
from jobs.settings import VERSION, Settings
from publish.site.links import links
from publish.table.metrics import Metric
from publish.table.rules import PERIOD_DAYS
from publish.table.shares import WHOLE
from storage.identity.members import directory, resolve_members
from storage.identity.membership import Membership
from storage.ledger import Connection, Ledger, read_ledger
from storage.model import Known, ProjectEntry
from storage.quarantine import decisions, evidence
from storage.quarantine.evidence import SeriesOf, Values, Waiting
from storage.quarantine.held import Place
from storage.runs import runs

REACH = timedelta(days=100)
"""How far back the last good value is looked for."""
_EPOCH = date(1970, 1, 1)


class ReviewError(Exception):
    """What was to be decided is not there or not clear; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which values are meant: of a project and a metric, of one artifact of theirs, or of a source.

    Without days, those that are held. With days, both included, whatever there is of them; of a source what is or was
    held.
    """

    project: str = ""
    metric: str = ""
    source: str = ""
    artifact: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """An artifact as a project has it: its project, its kind and its newest name."""

    project: ProjectEntry
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Other:
    """Another metric of the project: its sum as of the week before the held day, and as of that day."""

    metric: Metric
    before: float | None
    now: float | None


@dataclass(frozen=True, slots=True)
class Case:
    """Values of a series that are held, in a row: no day between them has a good one; oldest first.

    `before` is the last good value with its day. If it is `overtaken`, there are good values of later days. It is the
    `only` one if nothing else is held of the project's metric, so that a decision needs no more than their names.
    """

    owner: Owner
    metric: Metric
    held: tuple[Waiting, ...]
    before: tuple[date, float] | None = None
    others: tuple[Other, ...] = ()
    overtaken: bool = False
    only: bool = True

    @property
    def newest(self) -> Waiting:
        """The newest of the values."""
        return self.held[-1]

    @property
    def whole(self) -> bool:
        """Whether the source was held as a whole."""
        return self.newest.guard in WHOLE

    @property
    def links(self) -> tuple[str, ...]:
        """Where people can look at the artifact."""
        return links(self.owner.kind, self.owner.name)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noted on any of the values, each once, oldest first."""
        return tuple(dict.fromkeys(note for one in self.held for note in one.notes))


@dataclass(frozen=True, slots=True)
class Decided:
    """What a review decided: its run, and the values that it is about as artifact, metric and day."""

    run: int
    verdict: str
    values: tuple[tuple[str, str, date], ...]


def read_cases(settings: Settings) -> list[Case]:
    """Return what waits for review, by metric and in the order of the catalog. Raises LedgerError and its kinds."""
    with read_ledger(settings.db) as connection:
        return cases(connection, runs.known(connection, None), settings.clock().date())


def cases(connection: Connection, known: Known, today: date) -> list[Case]:
    """Return what waits for review as of today, as known; what no project has any more is nobody's case."""
    owners, held = waiting(connection, known, today)
    if not held:
        return []
    # Of a source that is held as a whole nobody looks at each value, so that only the others need evidence.
    single = [one for one in held if one.guard not in WHOLE]
    projects = {owners[one.artifact].project.id for one in single}
    beside = evidence.series_of(connection, [number for number, of in owners.items() if of.project.id in projects])
    first = min((one.place.day for one in single), default=today) - REACH
    values = evidence.values_around(connection, [one.series for one in beside], first, today, known)
    of_project: dict[str, list[SeriesOf]] = {}
    for series in beside:
        of_project.setdefault(owners[series.artifact].project.id, []).append(series)
    found = [
        _case(owners[rows[0].artifact], rows, values, of_project)
        for _, group in groupby(held, key=lambda one: one.place.series)
        for rows in _in_a_row(list(group), values)
    ]
    return _in_order(found, owners)


def waiting(connection: Connection, known: Known, today: date) -> tuple[dict[int, Owner], list[Waiting]]:
    """Return the artifacts of today's projects by number, and what waits for review of them, by series and day."""
    found = [one for one in evidence.waiting(connection, known) if one.metric in METRICS]
    owners = _owners(connection, known, today, None) if found else {}
    return owners, [one for one in found if one.artifact in owners]


def _owners(connection: Connection, known: Known, today: date, wanted: Sequence[str] | None) -> dict[int, Owner]:
    """Return whose each artifact is, by its number: that of the first project that has it. Raises UnknownProject."""
    entries = Membership(connection, known, wanted).on(today)
    called = directory(connection, [member for entry in entries for member in entry.members], known)
    owners: dict[int, Owner] = {}
    for entry in entries:
        for member in resolve_members(entry, called, today):
            if member.artifact is not None and not member.listing:
                owners.setdefault(member.artifact, Owner(entry, member.kind, called.name(member.artifact)))
    return owners


def _in_a_row(held: Sequence[Waiting], values: Values) -> Iterator[tuple[Waiting, ...]]:
    """Part the values of a series where a good one lies between them; those held with their source stand alone."""
    good = values.get(held[0].place.series, ())

    def part(one: Waiting) -> tuple[bool, int]:
        return (True, one.place.day.toordinal()) if one.guard in WHOLE else (False, _up_to(good, one.place.day))

    for _, row in groupby(held, key=part):
        yield tuple(row)


def _case(
    owner: Owner, held: tuple[Waiting, ...], values: Values, of_project: Mapping[str, Sequence[SeriesOf]]
) -> Case:
    newest, metric = held[-1], METRICS[held[-1].metric]
    if newest.guard in WHOLE:
        return Case(owner, metric, held)
    good = values.get(newest.place.series, [])
    place = _up_to(good, newest.place.day)
    before = (_EPOCH + timedelta(days=good[place - 1][0]), good[place - 1][1]) if place else None
    others = tuple(_others(metric, newest.place.day, of_project[owner.project.id], values))
    return Case(owner, metric, held, before, others, overtaken=place < len(good))


def _up_to(good: Sequence[tuple[int, float]], day: date) -> int:
    """Return how many values are of days up to one."""
    return bisect_right(good, ((day - _EPOCH).days, float("inf")))


def _others(metric: Metric, day: date, series: Sequence[SeriesOf], values: Values) -> Iterator[Other]:
    """Yield the project's other metrics with a value as of the day or the week before."""
    for other in METRICS.values():
        of_metric = [one for one in series if one.metric == other.key]
        if other.key != metric.key and of_metric:
            sums = [_sum(other, of_metric, values, on) for on in (day - timedelta(days=PERIOD_DAYS), day)]
            if sums != [None, None]:
                yield Other(other, *sums)


def _sum(metric: Metric, series: Sequence[SeriesOf], values: Values, day: date) -> float | None:
    """Add up the artifacts' values of the week up to a day, each by the first source that has one."""
    found: dict[int, float] = {}
    for one in sorted(series, key=lambda one: metric.preference(one.source)):
        good = values.get(one.series, [])
        place = _up_to(good, day)
        if place and good[place - 1][0] > (day - _EPOCH).days - PERIOD_DAYS:
            found.setdefault(one.artifact, good[place - 1][1])
    return sum(found.values()) if found else None


def _in_order(found: Sequence[Case], owners: Iterable[int]) -> list[Case]:
    """Put cases in the order of metrics and of the catalog, and say which are alone of their project and metric."""
    counts: dict[tuple[str, str], int] = {}
    for case in found:
        key = case.owner.project.id, case.metric.key
        counts[key] = counts.get(key, 0) + 1
    order, places = list(METRICS), {number: place for place, number in enumerate(owners)}
    told = [replace(case, only=counts[case.owner.project.id, case.metric.key] == 1) for case in found]
    return sorted(told, key=lambda one: (order.index(one.metric.key), places[one.newest.artifact], one.newest.place))


def decide(settings: Settings, verdict: str, choice: Choice, reason: str) -> Decided:
    """Append one verdict on the values that are meant, as a run of its own; without any, nothing is stored.

    Raises ReviewError, UnknownName, UnknownProject and other kinds of LedgerError.
    """
    now = settings.clock()
    with Ledger.open(settings.db) as ledger, ledger.writing() as connection:
        known = runs.known(connection, None)
        chosen = _chosen(connection, choice, known, now.date())
        places = _meant(connection, choice, verdict, list(chosen), known)
        if not places:
            return Decided(0, verdict, ())
        scope = json.dumps(
            {"verdict": verdict, "project": choice.project, "metric": choice.metric, "of": choice.source}
        )
        run = runs.begin(
            connection,
            kind="review",
            scope=scope,
            day=now.date(),
            started=now,
            now=now,
            catalog_id=None,
            version=VERSION,
        )
        decisions.decide(connection, run, places, verdict, reason, now)
        return Decided(run.id, verdict, tuple((*chosen[place.series], place.day) for place in places))


def _chosen(connection: Connection, choice: Choice, known: Known, today: date) -> dict[int, tuple[str, str]]:
    """Return the series that are meant, each with its artifact and metric."""
    if choice.metric and choice.metric not in METRICS:
        raise UnknownName("metric", [choice.metric], METRICS)
    owners = _owners(connection, known, today, [choice.project] if choice.project else None)
    series = evidence.series_of(connection, list(owners))
    wanted: list[tuple[str, Callable[[SeriesOf], str]]] = [
        (choice.metric, lambda one: one.metric),
        (choice.source, lambda one: one.source),
        (choice.artifact, lambda one: str(owners[one.artifact])),
    ]
    for name, of in wanted:
        there = sorted({of(one) for one in series})
        series = [one for one in series if not name or of(one) == name]
        if name and not series:
            raise ReviewError(f"there is no {name} to decide on; there are: {', '.join(there) or 'no values at all'}")
    return {one.series: (str(owners[one.artifact]), one.metric) for one in series}


def _meant(connection: Connection, choice: Choice, verdict: str, series: Sequence[int], known: Known) -> list[Place]:
    """Return the observations that are meant: those that wait, or what there is of the days."""
    chosen = set(series)
    if choice.first is None or choice.last is None:
        return [one.place for one in evidence.waiting(connection, known) if one.place.series in chosen]
    if choice.source:
        if verdict in {"accept", "reject"}:
            held = [one.place for one in evidence.waiting(connection, known) if one.place.series in chosen]
            return [place for place in held if choice.first <= place.day <= choice.last]
        return decisions.held_within(connection, series, choice.first, choice.last, known)
    found = decisions.meant(connection, series, choice.first, choice.last, verdict, known)
    if not found:
        days = str(choice.first) if choice.first == choice.last else f"{choice.first} to {choice.last}"
        raise ReviewError(f"there is no value of {days}: `tallybook history` lists the days")
    return found
