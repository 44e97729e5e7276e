"""What a refresh would ask: artifacts by source, requests by service, and the time that takes; sends nothing."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from collector.catalog.schema import Catalog
from collector.model import Artifact
from collector.sources import SOURCES
from collector.sources.protocol import Ask, Source
from jobs.settings import Settings, SettingsError


class PlanError(Exception):
    """A project or source was named that is not there; the message lists those that are."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which projects (by id) and sources (by name) are meant; empty means all."""

    projects: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a source's part of a refresh needs: requests, of which quota, and the least seconds under its budget."""

    source: str
    host: str
    artifacts: int
    requests: int
    quota: str
    seconds: float


_HOUR = 3600.0

Plan = Mapping[str, Sequence[Artifact]]
"""The artifacts to ask for, by source name, in the order of the catalog and each once."""


def make_plan(catalog: Catalog, selection: Selection) -> dict[str, list[Artifact]]:
    """Return what to ask of whom. Raises PlanError if the selection names what is not there."""
    _check("project", selection.projects, [project.id for project in catalog.projects])
    _check("source", selection.sources, list(SOURCES))
    projects = [p for p in catalog.projects if not selection.projects or p.id in selection.projects]
    artifacts = list(dict.fromkeys(artifact for project in projects for artifact in project.artifacts))
    named = set(selection.sources) or {source.name for source in SOURCES.values() if _is_ordinary(source, catalog)}
    chosen = [source for source in SOURCES.values() if source.name in named]
    return {source.name: [artifact for artifact in artifacts if artifact.kind == source.kind] for source in chosen}


def _is_ordinary(source: Source, catalog: Catalog) -> bool:
    """Tell whether a refresh asks a source that nobody named; for downloads that is the catalog's choice."""
    return source.name == catalog.pypi_source if source.kind == "pypi" else source.weekly


def without(plan: Plan, done: Collection[tuple[str, str, str]]) -> dict[str, list[Artifact]]:
    """Return the plan less the (kind, name, source) that are done already."""
    return {
        source: [artifact for artifact in artifacts if (artifact.kind, artifact.name, source) not in done]
        for source, artifacts in plan.items()
    }


def wanted(plan: Plan) -> Callable[[Artifact], bool]:
    """Return the test whether a plan asks for an artifact, by its name or by a pattern."""
    names = {artifact for artifacts in plan.values() for artifact in artifacts}
    patterns = [artifact for artifact in names if artifact.is_pattern]

    def test(artifact: Artifact) -> bool:
        return artifact in names or any(
            pattern.kind == artifact.kind and fnmatchcase(artifact.name, pattern.name) for pattern in patterns
        )

    return test


def ask_of(source: Source, settings: Settings) -> Ask:
    """Return how a source is asked under these settings."""
    authenticated = source.service == "github" and bool(settings.github_token)
    if source.service == "github" and settings.bad_token:
        raise SettingsError(settings.bad_token)
    return Ask(settings.bases.get(source.service, source.base), authenticated)


def estimate(plan: Plan, settings: Settings, known: Callable[[Artifact], int], reserve: float = 0.0) -> list[Estimate]:
    """Return what each source's part needs; `known(pattern)` is how many artifacts a list has held so far.

    `reserve` is the share of an announced quota that is left to others.
    """
    parts = ((SOURCES[name], artifacts) for name, artifacts in plan.items() if artifacts)
    return [_estimate(source, artifacts, settings, known, reserve) for source, artifacts in parts]


def _estimate(
    source: Source, artifacts: Sequence[Artifact], settings: Settings, known: Callable[[Artifact], int], reserve: float
) -> Estimate:
    asked = source.requests(artifacts, ask_of(source, settings))
    count = sum(_pages(source, request.artifacts, known) for request in asked)
    return cost(source, settings, len(artifacts), count, reserve)


def cost(source: Source, settings: Settings, artifacts: int, requests: int, reserve: float = 0.0) -> Estimate:
    """Return what so many requests to a source need; `reserve` as for `estimate`."""
    ask = ask_of(source, settings)
    host = ask.base.split("://", 1)[-1].split("/", 1)[0]
    quota = f"rates: {_rates(source)}"
    seconds = source.budget.seconds(requests) if settings.budgets else 0.0
    if source.budget.hourly and ask.authenticated:
        quota = f"quota: about {requests} of the token's points an hour (5,000 for a user)"
    elif source.budget.hourly:
        hourly = source.budget.within(source.budget.hourly, reserve)
        hours = (requests - 1) // max(1, hourly)
        quota = f"quota: {requests} of the {source.budget.hourly} requests an hour without a token"
        if hours:
            quota += f": {hours + 1} hours, {hourly} in each"
        if hours and settings.max_wait < _HOUR:
            quota += "; a run ends at the limit, and the same command goes on an hour later"
        if settings.budgets:
            seconds = max(seconds, hours * _HOUR)
    first = source.budget.within_pauses(requests, settings.max_wait) if settings.budgets else requests
    if first < requests:
        pause = source.budget.seconds(first + 1) - source.budget.seconds(first)
        quota += f"; a run ends after about {first} requests, where a pause of {pause:g} s would be longer than "
        quota += "TALLYBOOK_MAX_WAIT, and the same command goes on after it"
    return Estimate(source.name, host, artifacts, requests, quota, seconds)


def _pages(source: Source, artifacts: Iterable[Artifact], known: Callable[[Artifact], int]) -> int:
    held = max((known(artifact) for artifact in artifacts if artifact.is_pattern), default=0)
    newest = 1 if source.past is not None and source.past.page_weeks else 0
    return max(1, -(-held // source.batch)) + newest


def _rates(source: Source) -> str:
    return " and ".join(f"{count} in {seconds:g} s" for count, seconds in source.budget.rates)


def _check(what: str, named: Iterable[str], there: Sequence[str]) -> None:
    unknown = [name for name in named if name not in there]
    if unknown:
        shown = ", ".join(there[:20]) + (f" and {len(there) - 20} more" if len(there) > 20 else "")  # noqa: PLR2004
        raise PlanError(f"no such {what}: {', '.join(unknown)}; there are: {shown}")
