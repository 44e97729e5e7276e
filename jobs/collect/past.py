"""What of the past can be asked of whom: which cadence days, by source and artifact. Sends nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from collector.calendar import cadence_days
from collector.catalog.schema import Catalog, Project
from collector.model import Artifact, Window
from collector.sources import SOURCES
from collector.sources.protocol import Source
from jobs.collect.plan import Selection, artifacts_of, catalog_digest, how_of
from jobs.ingest.plan import BACKFILL, Part, Plan
from jobs.metrics import METRICS
from jobs.settings import Settings
from storage.query.coverage import Coverage

PastDays = Mapping[str, Mapping[Artifact, tuple[date, ...]]]
"""The days as of which values are wanted, oldest first, by source name and artifact; what has none is not there."""

_DAYS_BACK = timedelta(days=6)
_IMPORTS = {
    "docker": "Docker Hub tells the present count only; counts that others kept can be imported: `tallybook import`",
    "search": "no service is asked for search interest; an export of Google Trends can be imported: `tallybook import`",
}
"""What can be done for the kinds of artifact of which no source knows the past."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days of the past that are meant, both included; without `last`, up to today."""

    first: date
    last: date | None = None

    def __str__(self) -> str:
        return f"{self.first}..{self.last or ''}"

    def weeks(self, today: date, cadence: str) -> tuple[date, ...]:
        """Return the cadence days in it, oldest first, none after today."""
        return cadence_days(self.first, min(self.last or today, today), cadence)


def metric_of(source: Source) -> str:
    """Return the metric of which a source tells the past."""
    return source.measures[0].metric.key


def oldest_day(source: Source, today: date) -> date:
    """Return the first day as of which a source can tell a value when asked today.

    date.min stands for as long as the artifact exists, date.max for a source that has no past at all.
    """
    if source.past is None:
        return date.max
    if source.past.days is None:
        return date.min
    metric = source.measures[0].metric
    whole = metric.days if metric.type == "window" else 0
    return today - timedelta(days=source.past.days - whole)


def reaches(source: Source, day: date, today: date) -> bool:
    """Return whether a source, asked today, can tell a value as of a day."""
    return oldest_day(source, today) <= day <= today


def is_limited(source: Source) -> bool:
    """Return whether a source knows the last so many days only, all of which it tells in every answer."""
    return source.past is not None and source.past.days is not None


def with_past(metric: str) -> list[Source]:
    """Return the sources that know the past of a metric, the preferred first."""
    found = [source for source in SOURCES.values() if source.past is not None and metric_of(source) == metric]
    return sorted(found, key=lambda source: METRICS[metric].preference(source.name))


def wanted_days(
    catalog: Catalog, selection: Selection, weeks: Sequence[date], today: date, held: "Holdings"
) -> PastDays:
    """Return the days to ask for.

    Without sources named, each week of an artifact is asked of the preferred source that reaches it only, and not at
    all if a preferred one, that reached it once, has told a value of that week. Sources named are each asked for all
    that they reach. Nothing is asked for before an artifact came into being. Where the past comes in pages, what was
    told once is not asked for again: counted back anew, it would only have shrunk.
    """
    chosen = chosen_sources(catalog, selection)
    found: dict[str, Mapping[Artifact, tuple[date, ...]]] = {}
    for source, artifacts in chosen.items():
        metric, born = metric_of(source), held.births(artifacts)
        order = METRICS[metric].preference
        rivals = [one for one in chosen if metric_of(one) == metric and order(one.name) < order(source.name)]
        days: dict[Artifact, list[date]] = {artifact: [] for artifact in artifacts}
        for day in weeks:
            asked = [] if selection.sources else rivals
            if not reaches(source, day, today) or any(reaches(rival, day, today) for rival in asked):
                continue
            left: Sequence[Artifact] = artifacts
            for rival in asked:
                left = held.lacking(left, metric, day - _DAYS_BACK, day, rival.name)
            for artifact in left:
                if born.get(artifact, day) <= day:
                    days[artifact].append(day)
        if source.past is not None and source.past.page_weeks:
            lacking = _first_lacking(source, days, held)
            days = {one: [day for day in of if one in lacking and day >= lacking[one]] for one, of in days.items()}
        found[source.name] = {artifact: tuple(of) for artifact, of in days.items() if of}
    return {name: of for name, of in found.items() if of}


def chosen_sources(catalog: Catalog, selection: Selection) -> dict[Source, list[Artifact]]:
    """Return the sources selected that have a past, with their artifacts."""
    past = tuple(name for name in selection.sources if SOURCES[name].past is not None)
    if selection.sources and not past:
        return {}

    def asks(source: Source, project: Project) -> bool:
        # Of two sources of downloads the catalog has chosen one, which the other would be in the way of.
        rival = source.kind == "pypi" and source.weekly and source.name != project.pypi_source
        return source.past is not None and not rival

    listed = artifacts_of(catalog, Selection(selection.projects, past), asks)
    return {SOURCES[name]: artifacts for name, artifacts in listed.items()}


def plan_past(days: PastDays, asked: str, settings: Settings, catalog: Catalog, *, present: bool) -> Plan:
    """Return the plan that asks for past days, of a scope. With `present`, counts of today are kept too."""
    now, parts = settings.clock(), []
    for name, of in days.items():
        source = SOURCES[name]
        how = how_of(source, settings, catalog)
        grouped: dict[Window, list[Artifact]] = defaultdict(list)
        whole = Window(min(map(min, of.values())), max(map(max, of.values())))
        for artifact, listed in of.items():
            # A source that tells all that it has anyway need not be told of each artifact's days.
            grouped[whole if is_limited(source) else Window(listed[0], listed[-1])].append(artifact)
        for window, alike in grouped.items():
            parts.append(Part(name, replace(how, window=window), tuple(alike), tuple(of[one] for one in alike)))
    return Plan(BACKFILL, asked, now.date(), now, catalog_digest(catalog), tuple(parts), present)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a ledger has of some artifacts, by the names that the catalog calls them; without a ledger, nothing."""

    coverage: Coverage | None = None
    numbers: Mapping[Artifact, int] | None = None

    @classmethod
    def read(cls, coverage: Coverage, artifacts: Iterable[Artifact]) -> "Holdings":
        """Look up which of the artifacts the ledger knows."""
        names: dict[str, set[str]] = defaultdict(set)
        for artifact in artifacts:
            names[artifact.kind].add(artifact.name)
        return cls(coverage, {Artifact(*name): number for name, number in coverage.numbers(names).items()})

    def lacking(
        self, artifacts: Sequence[Artifact], metric: str, first: date, last: date, source: str
    ) -> list[Artifact]:
        """Return those without a value of a metric by a source in some days, both included."""
        if self.coverage is None or self.numbers is None:
            return list(artifacts)
        asked = {self.numbers[artifact] for artifact in artifacts if artifact in self.numbers}
        lacking = self.coverage.lacking(asked, metric, first, last, source)
        return [one for one in artifacts if one not in self.numbers or self.numbers[one] in lacking]

    def births(self, artifacts: Sequence[Artifact]) -> dict[Artifact, date]:
        """Return the UTC day on which each came into being, where that is known."""
        if self.coverage is None or self.numbers is None:
            return {}
        born = self.coverage.births({self.numbers[one] for one in artifacts if one in self.numbers})
        return {one: born[self.numbers[one]] for one in artifacts if self.numbers.get(one) in born}


def _first_lacking(source: Source, wanted: Mapping[Artifact, Sequence[date]], held: Holdings) -> dict[Artifact, date]:
    """Return for each artifact the first of the days wanted that a source has not told; none if it has told all."""
    by_day: dict[date, list[Artifact]] = defaultdict(list)
    for artifact, days in wanted.items():
        for day in days:
            by_day[day].append(artifact)
    first: dict[Artifact, date] = {}
    for day in sorted(by_day):
        for artifact in held.lacking(by_day[day], metric_of(source), day, day, source.name):
            first.setdefault(artifact, day)
    return first


def no_past(catalog: Catalog, selection: Selection) -> list[str]:
    """Return a line for each source or kind of artifact selected that has no past, and what can be done instead."""
    if selection.sources:
        named = [SOURCES[name] for name in dict.fromkeys(selection.sources) if name in SOURCES]
        return [_no_past(source) for source in named if source.past is None]
    projects = [p for p in catalog.projects if not selection.projects or p.id in selection.projects]
    kinds = dict.fromkeys(artifact.kind for project in projects for artifact in project.artifacts)
    lines = []
    for kind in kinds:
        sources = [source for source in SOURCES.values() if source.kind == kind]
        if kind in _IMPORTS and all(source.past is None for source in sources):
            lines.append(f"{sources[0].name if sources else kind}: has no past: {_IMPORTS[kind]}")
    return lines


def _no_past(source: Source) -> str:
    others = " or ".join(other.name for other in with_past(metric_of(source)))
    if others:
        return f"{source.name}: has no past, it tells the present only; --source {others} does"
    return f"{source.name}: has no past: {_IMPORTS.get(source.kind, 'it tells the present only')}"
