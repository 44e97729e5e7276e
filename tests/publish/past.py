"""A short way to make the points of a history, and what is drawn of them; knows no assertion."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from jobs.metrics import METRICS
from publish.charts.lines import Panel, panels
from publish.history.periods import Period
from publish.history.points import Point
from storage.model import HistoryRow, ProjectEntry
from tests.publish.sample import AS_OF, KUBEFLOW

WEEK = timedelta(days=7)
START = AS_OF - 4 * WEEK
OLDER = HistoryRow(
    project="kubeflow",
    metric="github_stars",
    artifact="github:kubeflow/kubeflow",
    source="github",
    definition="stargazers_count",
    day=date(2026, 4, 20),
    value=15_600.0,
    method="observed",
    run=2,
    known_at=datetime(2026, 4, 20, 5, 0, 9, tzinfo=UTC),
)
NEWER = replace(
    OLDER, day=date(2026, 4, 27), value=15_618.0, run=3, known_at=datetime(2026, 4, 27, 5, 0, 12, tzinfo=UTC)
)


def point(
    week: int,
    value: float | None,
    *,
    project: ProjectEntry = KUBEFLOW,
    metric: str = "github_stars",
    method: str = "observed",
    source: str = "github",
    definition: str = "counted",
    restated_from: float | None = None,
) -> Point:
    """Make the point of a week, counted from START; without a value, of a week that has none."""
    last = START + week * WEEK
    known = None if value is None else last
    return Point(
        project=project,
        metric=METRICS[metric],
        period=Period(last - WEEK + timedelta(days=1), last),
        value=value,
        day=known,
        state="missing" if value is None else "fresh",
        source=None if value is None else source,
        method=None if value is None else method,
        basis={} if value is None else {"kubeflow/kubeflow": (source, definition)},
        restated_from=restated_from,
    )


def carried(week: int, value: float, since: date) -> Point:
    """Make the point of a week that shows an older day's value."""
    return replace(point(week, value), day=since, state="carried")


def project(name: str) -> ProjectEntry:
    """Make a project by its name, which is its id too."""
    return ProjectEntry(name, name, (("github", f"{name}/{name}"),))


def panel(*points: Point) -> Panel:
    """Give the one panel of points of one metric."""
    (only,) = panels(points)
    return only


def rising(count: int, first: float = 100.0, *, of: ProjectEntry = KUBEFLOW) -> Sequence[Point]:
    """Make the points of so many weeks, each ten above the one before."""
    return [point(week, first + 10 * week, project=of) for week in range(count)]
