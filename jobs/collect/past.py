"""Which past days can be asked of whom, by source and artifact; sends nothing, and asks the ledger what is there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from collector.calendar import WINDOW, cadence_days
from collector.catalog.schema import Catalog
from collector.model import Artifact
from collector.sources import SOURCES
from collector.sources.protocol import Source
from jobs.collect.plan import Selection, make_plan
from jobs.collect.stored import Holdings
from jobs.metrics import METRICS

PastPlan = Mapping[str, Mapping[Artifact, tuple[date, ...]]]
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


def oldest_day(source: Source, today: date) -> date:
    """Return the first day as of which a source can tell a value when asked today.

    date.min stands for as long as the artifact exists, date.max for a source that has no past at all.
    """
    if source.past is None:
        return date.max
    if source.past.days is None:
        return date.min
    whole = WINDOW if METRICS[source.metric].type == "window" else 0
    return today - timedelta(days=source.past.days - whole)


def reaches(source: Source, day: date, today: date) -> bool:
    """Return whether a source, asked today, can tell a value as of a day."""
    return oldest_day(source, today) <= day <= today


def is_limited(source: Source) -> bool:
    """Return whether a source knows the last so many days only, all of which it tells in every answer."""
    return source.past is not None and source.past.days is not None


def is_paged(source: Source) -> bool:
    """Return whether a source tells an artifact's past in pages, the newest first."""
    return source.past is not None and source.past.page_weeks > 0


def with_past(metric: str) -> list[Source]:
    """Return the sources that know the past of a metric, the preferred first."""
    found = [source for source in SOURCES.values() if source.metric == metric and source.past is not None]
    return sorted(found, key=lambda source: METRICS[metric].preference(source.name))


def plan_past(catalog: Catalog, selection: Selection, weeks: Sequence[date], today: date, held: Holdings) -> PastPlan:
    """Return the days to ask for. Raises PlanError if the selection names what is not there.

    Without sources named, each week of an artifact is asked of the preferred source that reaches it only, and not at
    all if a preferred one, that reached it once, has told a value of that week. Sources named are each asked for all
    that they reach. Nothing is asked for before an artifact came into being; of a past that comes in pages, what was
    told once is not asked for again beyond the newest page.
    """
    chosen = choose(catalog, selection)
    plan: dict[str, Mapping[Artifact, tuple[date, ...]]] = {}
    for source, artifacts in chosen.items():
        born = held.births(artifacts)
        rivals = [] if selection.sources else _preferred(source, chosen)
        days: dict[Artifact, list[date]] = {artifact: [] for artifact in artifacts}
        for day in weeks:
            if not reaches(source, day, today) or any(reaches(rival, day, today) for rival in rivals):
                continue
            for artifact in _without_value(artifacts, rivals, day, held):
                if born.get(artifact, day) <= day:
                    days[artifact].append(day)
        wanted = {artifact: tuple(listed) for artifact, listed in days.items() if listed}
        plan[source.name] = _untold(source, wanted, today, held) if is_paged(source) else wanted
    return {name: wanted for name, wanted in plan.items() if wanted}


def choose(catalog: Catalog, selection: Selection) -> dict[Source, Sequence[Artifact]]:
    """Return the sources selected that have a past, with their artifacts. Raises PlanError as `make_plan` does."""
    make_plan(catalog, selection)
    named = selection.sources or [name for name in SOURCES if not _is_left_out(SOURCES[name], catalog)]
    chosen = [SOURCES[name] for name in named if SOURCES[name].past is not None]
    asked = make_plan(catalog, Selection(selection.projects, tuple(source.name for source in chosen)))
    return {source: asked[source.name] for source in chosen}


def first_lacking(source: Source, wanted: Mapping[Artifact, Sequence[date]], held: Holdings) -> dict[Artifact, date]:
    """Return for each artifact the first of the days wanted that a source has not told; none if it has told all."""
    by_day: dict[date, list[Artifact]] = {}
    for artifact, days in wanted.items():
        for day in days:
            by_day.setdefault(day, []).append(artifact)
    first: dict[Artifact, date] = {}
    for day in sorted(by_day):
        for artifact in held.lacking(by_day[day], source.metric, day, day, source.name):
            first.setdefault(artifact, day)
    return first


def _untold(
    source: Source, wanted: Mapping[Artifact, tuple[date, ...]], today: date, held: Holdings
) -> dict[Artifact, tuple[date, ...]]:
    """Leave out the days before the newest page that were told: counted back again, they would only have shrunk."""
    weeks = source.past.page_weeks if source.past is not None else 0
    newest, lacking = today - timedelta(weeks=weeks - 1), first_lacking(source, wanted, held)
    begin = {artifact: min(lacking.get(artifact, newest), newest) for artifact in wanted}
    left = {artifact: tuple(day for day in days if day >= begin[artifact]) for artifact, days in wanted.items()}
    return {artifact: days for artifact, days in left.items() if days}


def _is_left_out(source: Source, catalog: Catalog) -> bool:
    """Tell whether the catalog chose another source for an ordinary refresh, of which this one would be in the way."""
    return source.kind == "pypi" and source.weekly and source.name != catalog.pypi_source


def _preferred(source: Source, chosen: Iterable[Source]) -> list[Source]:
    """Return the sources of the same metric that are asked before this one."""
    order = METRICS[source.metric].preference
    return [s for s in chosen if s.metric == source.metric and order(s.name) < order(source.name)]


def _without_value(
    artifacts: Sequence[Artifact], rivals: Sequence[Source], day: date, held: Holdings
) -> Sequence[Artifact]:
    left = artifacts
    for rival in rivals:
        left = held.lacking(left, rival.metric, day - _DAYS_BACK, day, rival.name)
    return left


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
    others = " or ".join(other.name for other in with_past(source.metric))
    if others:
        return f"{source.name}: has no past, it tells the present only; --source {others} does"
    return f"{source.name}: has no past: {_IMPORTS.get(source.kind, 'it tells the present only')}"
