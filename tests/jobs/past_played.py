"""A short way to play weekly runs by source, as the gaps look at them; knows no assertion."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import pandas as pd

from collector.model import Artifact
from collector.sources import SOURCES
from storage.append.readings import COLUMNS
from storage.model import OutcomeRow, ProjectEntry
from tests.ledgers import Ledger

MONDAY = date(2026, 4, 27)
WEEK = timedelta(days=7)
REPOSITORY, PACKAGE, LIST, TERM = (
    Artifact.parse(name) for name in ("github:o/r", "pypi:kfp", "docker:ns/*", "search:P")
)
IMAGE = Artifact("docker", "ns/a")
LIVE = {"github": "github", "pypi": "pypistats", "docker": "dockerhub"}

Values = Mapping[Artifact, float | Mapping[date, float]]
"""What a run learns: a value as of its own day, or values by day."""


def entry(project: str, *artifacts: Artifact) -> ProjectEntry:
    """Make a project of a catalog."""
    return ProjectEntry(project, project.title(), tuple((one.kind, one.name) for one in artifacts))


def play(
    ledger: Ledger,
    day: date,
    values: Values,
    projects: tuple[ProjectEntry, ...],
    *,
    said: tuple[OutcomeRow, ...] = (),
    source: str = "",
    kind: str = "refresh",
    born: date | None = None,
) -> None:
    """Play a whole run of a day: what it learned, by the live sources or the one named, and what else it said."""
    now = datetime.combine(day, time(5), UTC)
    catalog = ledger.keep_catalog(repr(projects), "monday", projects, now)
    run = ledger.begin(kind=kind, scope="{}", day=day, now=now, catalog_id=catalog, version="0")
    rows = []
    for artifact, told in values.items():
        by = SOURCES[source or LIVE[artifact.kind]]
        (metric, definition), *_ = by.metrics.items()
        series = artifact.kind, artifact.name, metric, by.name, definition
        for on, value in (told if isinstance(told, Mapping) else {day: told}).items():
            rows.append((*series, on, float(value), "observed", "", "", "", born))
    ledger.append(run, pd.DataFrame(rows, columns=list(COLUMNS)), (), said)
    ledger.close(run, state="done", now=now)


def outcome(artifact: Artifact, state: str, cause: str = "", detail: str = "", source: str = "") -> OutcomeRow:
    """Make what a run says of an artifact beside values."""
    by = SOURCES[source or LIVE[artifact.kind]]
    (metric, definition), *_ = by.metrics.items()
    return OutcomeRow(artifact.kind, artifact.name, metric, by.name, definition, state, cause, detail)
