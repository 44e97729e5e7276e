"""What the options of `import` mean, checked against each other and the catalog; reads no file."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

from collector import sources
from collector.calendar import WEEKDAYS
from collector.catalog.schema import Catalog
from collector.imports import best_of
from collector.imports.formats import FORMATS
from collector.imports.model import Options, Wide
from collector.imports.tidy_csv import DEFINITION
from collector.model import Artifact
from collector.sources import SOURCES
from collector.sources.kinds import BadName
from jobs.settings import SettingsError
from publish.table.metrics import METRICS

RECORDINGS = "warc"
KINDS = (*FORMATS, RECORDINGS)
"""What `--from` takes."""

KnownAt = date | datetime | Literal["git"] | None


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a wide table is read, as the command line says it: `COLUMN=KIND:NAME` for each column."""

    date_column: str | None
    metric: str | None
    columns: tuple[str, ...]
    definition: str | None

    @property
    def given(self) -> bool:
        """Whether any of it was said."""
        return any((self.date_column, self.metric, self.columns, self.definition))


NO_MAPPING = Mapping(None, None, (), None)


def make_options(
    kind: str, catalog: Catalog | None, exported: date | None, mapping: Mapping, anchor: str | None = None
) -> Options:
    """Return what the readers are told. Raises SettingsError for options that do not go together."""
    if exported is not None and kind != "google-trends":
        raise SettingsError(f"--exported: only exports of Google Trends have such a day, not --from {kind}")
    if anchor is not None and kind != "google-trends":
        raise SettingsError(f"--anchor: only exports of Google Trends are joined by a term, not --from {kind}")
    if mapping.given and kind != "csv":
        raise SettingsError(f"--date-column, --metric, --map, --definition: only for --from csv, not --from {kind}")
    artifacts = [artifact for project in catalog.projects for artifact in project.artifacts] if catalog else []
    return Options(
        exported=exported,
        anchor=anchor or "",
        terms=tuple(dict.fromkeys(artifact.name for artifact in artifacts if artifact.kind == "search")),
        cadence=catalog.cadence if catalog else WEEKDAYS[0],
        wide=_wide(mapping) if mapping.given else None,
        metrics={key: metric.kind for key, metric in METRICS.items()},
        relative=frozenset(key for key, metric in METRICS.items() if metric.type == "index"),
        definitions={(s.name, s.metric): s.definition for s in SOURCES.values()} | dict(best_of.DEFINITIONS),
    )


def public_since(known_at: KnownAt, kind: str, now: datetime) -> datetime | None:
    """Return when the files became public: a day counts as its last second, and today as now, which is None.

    Raises SettingsError for a time to come, and for `git` where files cannot be taken by themselves.
    """
    if known_at == "git":
        if kind not in FORMATS or FORMATS[kind].together:
            raise SettingsError(f"--known-at git: not for --from {kind}; give a day or a time")
        return None
    if known_at is None or known_at == now.date():
        return None
    at = known_at if isinstance(known_at, datetime) else datetime.combine(known_at, time(23, 59, 59), UTC)
    if at > now:
        raise SettingsError(f"--known-at {known_at.isoformat()}: is still to come")
    return at


def _wide(mapping: Mapping) -> Wide:
    if not mapping.date_column or not mapping.metric or not mapping.columns:
        raise SettingsError("a wide table needs --date-column, --metric and at least one --map 'COLUMN=KIND:NAME'")
    if mapping.metric not in METRICS:
        raise SettingsError(f"--metric: {mapping.metric!r} is none of {', '.join(METRICS)}")
    if METRICS[mapping.metric].type == "index" and not mapping.definition:
        raise SettingsError(f"--metric {mapping.metric}: says nothing without its scale; name that with --definition")
    columns = dict(_column(text, METRICS[mapping.metric].kind) for text in mapping.columns)
    if len(columns) < len(mapping.columns) or len(set(columns.values())) < len(columns):
        raise SettingsError("--map: a column or an artifact is there twice")
    return Wide(mapping.date_column, mapping.metric, columns, mapping.definition or DEFINITION)


def _column(text: str, kind: str) -> tuple[str, Artifact]:
    column, _, artifact = text.rpartition("=")
    given, _, name = artifact.partition(":")
    if not column or given != kind:
        raise SettingsError(f"--map {text!r}: is not COLUMN={kind}:NAME, as the metric is of {kind}")
    try:
        return column.strip(), Artifact(kind, sources.KINDS[kind].read(name))
    except BadName as error:
        raise SettingsError(f"--map {text!r}: {name!r} {error}") from error
