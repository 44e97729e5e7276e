"""Reviews: what is held, with the evidence, and the decisions on it, each made by a run of its own; knows no format."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from jobs.guard.series import measure
from jobs.ingest.lifecycle import settle
from jobs.metrics import RULES
from jobs.reading import UnknownMetric
from jobs.settings import VERSION, Settings
from publish.site.links import links
from publish.table.cells import Cell
from publish.table.make import make_table
from publish.table.metrics import METRICS, Metric
from publish.table.shares import PERIOD_DAYS
from storage.ledger import Ledger
from storage.model import Known, Part, ProjectEntry
from storage.quarantine.held import Decision, Held, HeldValue, Place


class ReviewError(Exception):
    """What was to be decided is not there or not clear; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which values are meant: of a project and a metric, of one artifact or a day of theirs, or all held of a source.

    Without a day, those that are held.
    """

    project: str = ""
    metric: str = ""
    source: str = ""
    artifact: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Other:
    """Another metric of the project: its cell as of the held day and as of the week before."""

    metric: Metric
    before: Cell
    now: Cell


@dataclass(frozen=True, slots=True)
class Case:
    """A value that is held, with the evidence.

    `part` has the last good value; `score` is how many of its usual weekly changes the change is, None if nothing is
    there to compare; `since` is the first day held after the last good one. If it is `overtaken`, there are good values
    of later days. `notes` are the remarks on it, oldest first.
    """

    project: ProjectEntry
    metric: Metric
    part: Part
    held: Held
    since: date
    score: float | None
    others: tuple[Other, ...]
    links: tuple[str, ...]
    overtaken: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a review decided: its run, and the values (part and day) that it is about."""

    run: int
    verdict: str
    values: tuple[tuple[Part, date], ...]


def cases(settings: Settings) -> list[Case]:
    """Return what is held as of today, by metric and in the order of the catalog. Raises LedgerError and its kinds."""
    with Ledger.open(settings.db) as ledger:
        known, today = ledger.known(), settings.clock().date()
        entries = {entry.id: entry for entry in ledger.projects(known, day=today)}
        now, overtaken = waiting(ledger, known, today)
        files, tables = _files(ledger, [*now, *overtaken], known), _Tables.around(ledger, [*now, *overtaken], known)
        found = [
            _case(ledger, entries[part.project], part, files, tables, overtaken=late)
            for parts, late in ((now, False), (overtaken, True))
            for part in parts
        ]
    order = list(METRICS)
    return sorted(found, key=lambda one: order.index(one.metric.key))


def waiting(ledger: Ledger, known: Known, today: date) -> tuple[list[Part], list[Part]]:
    """Return the parts that are held as of today; and those of which good values of later days have come since.

    The latter are each as of the newest day that is held before those came. Raises LedgerError's kinds.
    """
    parts = [part for part in ledger.parts(today, known) if part.metric in METRICS and part.series is not None]
    now = [part for part in parts if _is_held(part)]
    # What is held since then is told with the part.
    told = {part.series: part.day or date.min for part in now}
    owners: dict[int | None, set[str]] = {}
    for part in parts:
        owners.setdefault(part.series, set()).add(part.project)
    held: dict[date, set[int | None]] = {}
    for one in ledger.reviews.undecided([series for series in owners if series is not None], known):
        held.setdefault(one.day, set()).add(one.series)
    overtaken = []
    for day in sorted(held, reverse=True):
        if not any(day <= told.get(series, date.max) for series in held[day]):
            continue
        projects = {project for series in held[day] for project in owners[series]}
        for part in ledger.parts(day, known, sorted(projects)):
            if part.series in held[day] and part.held is not None and part.held.day == day and _is_held(part):
                if day <= told.get(part.series, date.max):
                    overtaken.append(part)
                told[part.series] = part.day or date.min
    return now, overtaken


def decide(settings: Settings, verdict: str, choice: Choice, reason: str) -> Decided:
    """Append one verdict on the values that are meant, as a run of its own; without any, nothing is stored.

    A run that died is closed, as any other command does. Raises ReviewError, UnknownMetric, UnknownProject,
    RunInProgress and other kinds of LedgerError.
    """
    now = settings.clock()
    with Ledger.open(settings.db) as ledger, ledger.run_lock():
        known = ledger.known()
        values = _meant(ledger, choice, verdict, now.date(), known)
        if not values:
            return Decided(0, verdict, ())
        if (dead := ledger.open_run()) is not None:
            settle(ledger, dead, now)
        scope = json.dumps(
            {"verdict": verdict, "project": choice.project, "metric": choice.metric, "of": choice.source}
        )
        run = ledger.begin(kind="review", scope=scope, day=now.date(), now=now, catalog_id=None, version=VERSION)
        ledger.reviews.decide(run, [place for _, place in values], verdict=verdict, reason=reason, now=now)
        ledger.close(run, state="done", now=now)
        return Decided(run.id, verdict, tuple(dict.fromkeys((part, place.day) for part, place in values)))


def _meant(ledger: Ledger, choice: Choice, verdict: str, today: date, known: Known) -> list[tuple[Part, Place]]:
    """Return the values that are meant: those held of the series, or whatever they have of a day."""
    parts = _parts(ledger, choice, today, known)
    series = [part.series for part in parts if part.series is not None]
    if choice.day is not None:
        places = ledger.reviews.meant(series, choice.day, verdict, known)
        if not places:
            raise ReviewError(f"there is no value of {choice.day.isoformat()}: `tallybook history` lists the days")
    else:
        places = [one.place for one in ledger.reviews.undecided(series, known)]
    of_series: dict[int, list[Place]] = {}
    for place in places:
        of_series.setdefault(place.series, []).append(place)
    return [(part, place) for part in parts for place in of_series.get(part.series or 0, ())]


def _parts(ledger: Ledger, choice: Choice, today: date, known: Known) -> list[Part]:
    if choice.metric and choice.metric not in METRICS:
        raise UnknownMetric(choice.metric)
    parts = ledger.parts(today, known, [choice.project] if choice.project else None)
    wanted: Mapping[str, Callable[[Part], str]] = {
        choice.metric: lambda part: part.metric or "",
        choice.source: lambda part: part.source or "",
        choice.artifact: lambda part: f"{part.member_kind}:{part.artifact}",
    }
    for name, of in wanted.items():
        there = sorted({of(part) for part in parts if part.series is not None})
        parts = [part for part in parts if not name or of(part) == name]
        if name and not parts:
            raise ReviewError(f"there is no {name} to decide on; there are: {', '.join(there) or 'no values at all'}")
    return parts


def _is_held(part: Part) -> bool:
    return part.held is not None and not part.held.rejected and part.series is not None


@dataclass(frozen=True, slots=True)
class _File:
    """What is known of a series that waits: its values that are held, and what was decided on any."""

    holds: list[HeldValue] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


def _files(ledger: Ledger, parts: Iterable[Part], known: Known) -> Mapping[int, _File]:
    files = {of: _File() for part in parts if (of := part.series) is not None}
    for one in ledger.reviews.undecided(files, known):
        files[one.series].holds.append(one)
    for decision in ledger.reviews.decisions(files, date.max, known):
        files[decision.series].decisions.append(decision)
    return files


@dataclass(frozen=True, slots=True)
class _Tables:
    """The tables of the days around held values, with the projects of those; each is made once."""

    ledger: Ledger
    known: Known
    projects: Mapping[date, set[str]]
    _made: dict[date, dict[tuple[str, str], Cell]] = field(default_factory=dict)

    @classmethod
    def around(cls, ledger: Ledger, parts: Iterable[Part], known: Known) -> "_Tables":
        """Plan the tables of each held value's day and of the week before."""
        projects: dict[date, set[str]] = {}
        for part in parts:
            for day in _week_to(part.held.day) if part.held is not None else ():
                projects.setdefault(day, set()).add(part.project)
        return cls(ledger, known, projects)

    def of(self, day: date) -> Mapping[tuple[str, str], Cell]:
        """Return the cells of the projects as of a day, by project and metric."""
        if day not in self._made:
            with self.ledger.reading() as connection:
                table = make_table(connection, day, self.known, sorted(self.projects[day]), RULES)
            rows = (*table.rows, *table.left_out)
            places = ((row.metric.key, *pair) for row in rows for pair in zip(table.projects, row.cells, strict=True))
            self._made[day] = {(entry.id, metric): cell for metric, entry, cell in places}
        return self._made[day]


def _case(
    ledger: Ledger,
    project: ProjectEntry,
    part: Part,
    files: Mapping[int, _File],
    tables: _Tables,
    *,
    overtaken: bool,
) -> Case:
    held, series, metric = part.held, part.series, METRICS[part.metric or ""]
    if held is None or series is None:
        raise ValueError(f"{part.artifact} is not held")
    past = ledger.reviews.past(series, held.day, tables.known)
    measured = measure(metric.type, past, held.day, held.value)
    file, after = files[series], part.day or date.min
    since = min((one.day for one in file.holds if after < one.day <= held.day), default=held.day)
    remarks = [one.reason for one in file.decisions if one.verdict == "note" and since <= one.day <= held.day]
    return Case(
        project,
        metric,
        part,
        held,
        since,
        None if measured is None else measured.score,
        tuple(_others(project, metric, held.day, tables)),
        links(part.member_kind, part.artifact),
        overtaken,
        tuple(dict.fromkeys(remarks)),
    )


def _others(project: ProjectEntry, metric: Metric, day: date, tables: _Tables) -> Iterator[Other]:
    before, now = map(tables.of, _week_to(day))
    for other in METRICS.values():
        if other.key != metric.key:
            cells = [table.get((project.id, other.key)) for table in (before, now)]
            known = [cell for cell in cells if cell is not None]
            if len(known) == len(cells) and any(cell.value is not None for cell in known):
                yield Other(other, *known)


def _week_to(day: date) -> tuple[date, date]:
    return date.fromordinal(day.toordinal() - PERIOD_DAYS), day
