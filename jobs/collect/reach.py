"""How far a backfill goes by source, and what that takes: weeks, requests, quota, time; sends nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from collector.model import Artifact, Window
from collector.sources import SOURCES
from collector.sources.protocol import Source
from jobs.collect.past import PastPlan, is_limited, oldest_day
from jobs.collect.plan import Estimate, ask_of, cost
from jobs.settings import Settings


@dataclass(frozen=True, slots=True)
class Reach:
    """What a source is asked for: so many cadence days from `first` to `last`; `oldest` is the first it could tell.

    `oldest` is None where a source goes back to each artifact's creation.
    """

    oldest: date | None
    first: date
    last: date
    weeks: int
    estimate: Estimate

    def __str__(self) -> str:
        far = "as far back as each artifact goes" if self.oldest is None else f"back to {self.oldest}"
        weeks = "1 week" if self.weeks == 1 else f"{self.weeks} weeks"
        of = "1 artifact" if self.estimate.artifacts == 1 else f"{self.estimate.artifacts} artifacts"
        return f"{self.estimate.source}: reaches {far}; {weeks}, {self.first} to {self.last}, of {of}"


def reaches_of(plan: PastPlan, settings: Settings, today: date) -> list[Reach]:
    """Return how far each source of a plan goes."""
    return [_reach(SOURCES[name], wanted, settings, today) for name, wanted in plan.items()]


def _reach(source: Source, wanted: Mapping[Artifact, Sequence[date]], settings: Settings, today: date) -> Reach:
    ask = ask_of(source, settings)
    count = sum(
        sum(1 for _ in source.requests(alike, replace(ask, window=window))) + len(alike) * _pages(source, window, today)
        for window, alike in windows(source, wanted).items()
    )
    days = sorted({day for of in wanted.values() for day in of})
    oldest = oldest_day(source, today)
    estimate = cost(source, settings, len(wanted), count)
    return Reach(None if oldest == date.min else oldest, days[0], days[-1], len(days), estimate)


def _pages(source: Source, window: Window, today: date) -> int:
    """Return how many pages an artifact's past comes in: the newest first, as far back as the window begins."""
    weeks = source.past.page_weeks if source.past is not None else 0
    return -(-(today - window.first).days // (7 * weeks)) if weeks else 0


def windows(source: Source, wanted: Mapping[Artifact, Sequence[date]]) -> dict[Window, list[Artifact]]:
    """Return the artifacts by the window that spans their days; a source that tells all it has anyway gets one."""
    if is_limited(source):
        return {span(wanted): list(wanted)} if wanted else {}
    grouped: dict[Window, list[Artifact]] = {}
    for artifact, days in wanted.items():
        grouped.setdefault(Window(min(days), max(days)), []).append(artifact)
    return grouped


def span(wanted: Mapping[Artifact, Sequence[date]]) -> Window:
    """Return the window that spans all days of all artifacts; raises ValueError if there is none."""
    return Window(min(min(days) for days in wanted.values()), max(max(days) for days in wanted.values()))
