"""What is asked of whom: the plan of a refresh, and what it takes. Sends nothing."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from collector.catalog.schema import Catalog, Project
from collector.errors import LIMIT
from collector.model import Artifact
from collector.recording.reader import read_answered
from collector.recording.warc import RecordingError
from collector.sources import BROKEN, SOURCES
from collector.sources.protocol import How, Source, Task
from jobs.ingest.plan import REFRESH, NoPlan, Part, Plan, plan_of, scope
from jobs.names import project_ids, source_name
from jobs.settings import Settings

if TYPE_CHECKING:
    from storage.ledger import Connection


@dataclass(frozen=True, slots=True)
class Selection:
    """Which projects (by id) and sources (by name) are meant; empty means all."""

    projects: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def selected(catalog: Catalog, projects: Iterable[str], sources: Iterable[str] = ()) -> Selection:
    """Return what is meant by the names of projects (or their ids) and of sources. Raises UnknownName."""
    ids = project_ids(projects, {project.id: project.name for project in catalog.projects})
    return Selection(ids, tuple(source_name(name) for name in sources))


def is_ordinary(source: Source, project: Project) -> bool:
    """Tell whether a refresh asks a source that nobody named; who is asked for downloads, each project chooses."""
    return source.name == project.pypi_source if source.kind == "pypi" else source.weekly


def artifacts_of(
    catalog: Catalog, selection: Selection, asks: Callable[[Source, Project], bool] = is_ordinary
) -> dict[str, list[Artifact]]:
    """Return the artifacts to ask for, by source in the registry's order, in the order of the catalog and each once.

    Without sources selected, each is asked for the projects for which `asks` says so.
    """
    named, only = set(selection.sources), set(selection.projects)
    found: dict[str, dict[Artifact, None]] = {name: {} for name in SOURCES if not named or name in named}
    for project in catalog.projects:
        if only and project.id not in only:
            continue
        for name, artifacts in found.items():
            source = SOURCES[name]
            if named or asks(source, project):
                artifacts.update((one, None) for one in project.artifacts if one.kind == source.kind)
    return {name: list(artifacts) for name, artifacts in found.items() if artifacts}


def plan_refresh(catalog: Catalog, selection: Selection, settings: Settings, connection: "Connection | None") -> Plan:
    """Return the plan of a refresh now.

    Those come first that were answered the longest ago, or never. If the day's last refreshes of the same scope and
    catalog ended for a limit, what they found is left out: the same command asks for the rest. `connection` is of the
    ledger, None if there is none yet.
    """
    now, asked = settings.clock(), scope(selection.projects, selection.sources)
    digest = catalog_digest(catalog)
    left = artifacts_of(catalog, selection)
    left_out = 0
    if connection is not None:
        # Here, for `tallybook collect` has no ledger and needs no library for one.
        from storage.query.turns import NEVER, broken_off, last_answered

        found = broken_off(connection, REFRESH, asked, now.date(), digest, LIMIT)
        for name, artifacts in left.items():
            answered = last_answered(connection, [(one.kind, one.name) for one in artifacts], name)
            turns = {one: answered.get((one.kind, one.name), NEVER) for one in artifacts}
            rest = [one for one in artifacts if turns[one].found not in found]
            left_out += len(artifacts) - len(rest)
            left[name] = sorted(rest, key=lambda one: turns[one].at)
    parts = [
        Part(name, how_of(SOURCES[name], settings, catalog), tuple(listed)) for name, listed in left.items() if listed
    ]
    goes_on = f"goes on with a refresh of today that ended for a limit: {left_out} are there already"
    notes = (goes_on, *BROKEN) if left_out else BROKEN
    return Plan(REFRESH, asked, now.date(), now, digest, tuple(parts), notes=notes)


def is_same_work(plan: Plan, kind: str, asked: str, settings: Settings, catalog: Catalog) -> bool:
    """Tell whether a plan is of a kind, scope and catalog, and its sources would be asked in the same manner now."""
    manners = all(
        replace(part.how, window=None) == how_of(SOURCES[part.source], settings, catalog) for part in plan.parts
    )
    return manners and (plan.kind, plan.scope, plan.catalog) == (kind, asked, catalog_digest(catalog))


def plan_of_recording(path: Path, catalog: Catalog | None) -> Plan:
    """Return what a recording was made for.

    One that does not say was a refresh of the catalog, of the sources that it has answers of, on the day of its first
    response. Raises RecordingError if that cannot be read, or if there is neither a plan nor a catalog.
    """
    try:
        return plan_of(path)
    except NoPlan as error:
        recorded = list(read_answered(path))
        first = next((one.kept.at for one in recorded if one.kept is not None), None)
        if first is None:
            raise RecordingError(f"{path}: holds no answer to a request of tallybook's") from error
        if catalog is None:
            raise RecordingError(f"{error}: give the catalog that it was recorded by, with --catalog") from error
    told = {one.source for one in recorded}
    token = any(one.request.method == "POST" and one.request.url.endswith("/graphql") for one in recorded)
    parts = tuple(
        Part(name, How(SOURCES[name].base, token and SOURCES[name].service == "github"), tuple(artifacts))
        for name, artifacts in artifacts_of(catalog, Selection(sources=tuple(told))).items()
    )
    asked = scope() if told >= artifacts_of(catalog, Selection()).keys() else scope(sources=sorted(told))
    note = f"{path.name}: does not say what it was recorded for: read as a refresh of what the catalog has now"
    return Plan(REFRESH, asked, first.date(), first, catalog_digest(catalog), parts, notes=(note,))


def how_of(source: Source, settings: Settings, catalog: Catalog) -> How:
    """Return how a source is asked about the present."""
    authenticated = source.service == "github" and bool(settings.github_token)
    optional = frozenset(catalog.metrics) & source.metrics.keys()
    return How(settings.bases.get(source.service, source.base), authenticated, metrics=optional)


def catalog_digest(catalog: Catalog) -> str:
    """Return the SHA-256 (hex) of a catalog's text."""
    return hashlib.sha256(catalog.text.encode()).hexdigest()


def wanted(artifacts: Mapping[str, Sequence[Artifact]], sources: Collection[str]) -> Callable[[str, Artifact], bool]:
    """Return the test whether an artifact is wanted of a source: one of these, by its name or by a pattern `ns/*`.

    Without `sources`, whoever tells of an artifact may do so.
    """
    names = {artifact for listed in artifacts.values() for artifact in listed}
    patterns: dict[tuple[str, str], list[str]] = {}
    for one in names:
        if one.is_pattern:
            patterns.setdefault((one.kind, one.name.partition("/")[0]), []).append(one.name)

    def test(source: str, artifact: Artifact) -> bool:
        listed = patterns.get((artifact.kind, artifact.name.partition("/")[0]), ())
        known = artifact in names or any(fnmatchcase(artifact.name, pattern) for pattern in listed)
        return known and (not sources or source in sources)

    return test


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a source's part of a run needs: requests, of which quota, and the least seconds under its budget."""

    source: str
    host: str
    artifacts: int
    requests: int
    quota: str
    seconds: float


_HOUR = 3600.0


def estimate(
    plan: Plan, settings: Settings, known: Callable[[Artifact], int] = lambda _pattern: 0, reserve: float = 0.0
) -> list[Estimate]:
    """Return what each source's part of a plan needs; `known(pattern)` is how many artifacts a list has held so far.

    `reserve` is the share of an announced quota that is left to others.
    """
    found = []
    for name, artifacts in plan.artifacts.items():
        source, parts = SOURCES[name], [part for part in plan.parts if part.source == name]
        requests = source.shared + sum(_requests(task, plan.day, known) for part in parts for task in part.tasks())
        found.append(_cost(source, parts[0].how, settings, len(artifacts), requests, reserve))
    return found


def _requests(task: Task, today: date, known: Callable[[Artifact], int]) -> int:
    """Return how many requests a task takes: the pages of a list as it was, the pages of a past as far as it goes."""
    listed = max((known(artifact) for artifact in task.artifacts if artifact.is_pattern), default=0)
    requests, past, window = max(1, -(-listed // task.source.batch)), task.source.past, task.how.window
    if past is not None and past.page_weeks:
        weeks = 1 if window is None else (today - window.first).days / 7
        requests += len(task.artifacts) * max(1, ceil(weeks / past.page_weeks))
    return requests


def _cost(source: Source, how: How, settings: Settings, artifacts: int, requests: int, reserve: float) -> Estimate:
    host = how.base.split("://", 1)[-1].split("/", 1)[0]
    quota = f"rates: {_rates(source)}"
    seconds = source.budget.seconds(requests) if settings.budgets else 0.0
    if source.budget.hourly and how.authenticated:
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


def _rates(source: Source) -> str:
    return " and ".join(f"{count} in {seconds:g} s" for count, seconds in source.budget.rates)
