"""A short way to play runs on a ledger: what was asked, what came, closed or left open; knows no assertion."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

import pandas as pd

from storage.append.readings import COLUMNS
from storage.model import OutcomeRow, Part, ProjectEntry, ResponseRow, Run, SeriesOutcome
from tests.ledgers import Ledger

START = datetime(2026, 4, 27, 5, tzinfo=UTC)
MONDAY = START.date()
WEEK = timedelta(days=7)
METRICS = {
    "github": ("github_stars", "github"),
    "pypi": ("pypi_downloads_7d", "pypistats"),
    "docker": ("dockerhub_pulls", "dockerhub"),
}
DEFINITION = "as asked"

KFP = "pypi:kfp"

Row = tuple[str, date, float]
"""Artifact as kind:name, day, value."""


def frame(rows: Iterable[Row], *, number: str = "", called: str = "", record: str = "") -> pd.DataFrame:
    """Make the tidy frame of some observations."""
    cells, of = [], record_id(record)
    for artifact, day, value in rows:
        kind, _, name = artifact.partition(":")
        metric, source = METRICS[kind]
        cells.append((kind, name, metric, source, DEFINITION, day, value, "observed", of, number, called, None))
    return pd.DataFrame(cells, columns=list(COLUMNS))


def entry(name: str, *members: str) -> ProjectEntry:
    """Make a project of artifacts given as kind:name."""
    pairs = tuple((kind, rest) for kind, _, rest in (member.partition(":") for member in members))
    return ProjectEntry(name, name.title(), pairs)


def begin(ledger: Ledger, projects: Sequence[ProjectEntry] = (), *, at: datetime = START, text: str = "") -> Run:
    """Open a refresh of projects."""
    catalog = ledger.keep_catalog(text or repr(projects), "monday", projects, at) if projects else None
    return ledger.begin(kind="refresh", scope="{}", day=at.date(), now=at, catalog_id=catalog, version="0")


def learn(
    ledger: Ledger,
    rows: Iterable[Row] = (),
    projects: Sequence[ProjectEntry] = (),
    *,
    at: datetime = START,
    number: str = "",
    called: str = "",
    outcomes: Sequence[OutcomeRow] = (),
    state: str = "done",
) -> list[SeriesOutcome]:
    """Play a whole run: begun, appended, closed."""
    run = begin(ledger, projects, at=at)
    told = ledger.append(run, frame(rows, number=number, called=called), (), outcomes)
    ledger.close(run, state=state, now=at)
    return told


def outcome(artifact: str, state: str, cause: str = "gone", detail: str = "why") -> OutcomeRow:
    """Make the outcome of an artifact given as kind:name."""
    kind, _, name = artifact.partition(":")
    return OutcomeRow(kind, name, *METRICS[kind], DEFINITION, state, cause, detail)


def record_id(name: str) -> str:
    """Make the id of a record of a name; "" stands for none."""
    return name if not name or name.startswith("<") else f"<urn:uuid:{uuid5(NAMESPACE_URL, name)}>"


def response(name: str, offset: int = 0) -> ResponseRow:
    """Make a response of 100 bytes, recorded in r.warc.gz."""
    return ResponseRow("r.warc.gz", record_id(name), 200, START, offset, 100, "0" * 64)


def values(ledger: Ledger, day: date = MONDAY, when: int | None = None) -> dict[str, float | None]:
    """Return the as-of values of all artifacts, by their present names."""
    return {part.artifact: part.value for part in parts(ledger, day, when)}


def parts(ledger: Ledger, day: date = MONDAY, when: int | None = None) -> list[Part]:
    """Return the parts of all projects."""
    return ledger.parts(day, ledger.known(when))


ONE = (entry("kubeflow", KFP),)
"""A catalog of one project with one package."""
