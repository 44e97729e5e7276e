"""What the options of `import` mean, checked against each other and the catalog; reads no file."""

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from collector.calendar import WEEKDAYS
from collector.catalog.schema import Catalog
from collector.imports.formats import FORMATS
from collector.imports.model import DEFINITION, BadCell, Counted, Marks, Options, Table
from collector.imports.sheet import moment, name
from collector.model import Artifact
from collector.sources import SOURCES
from jobs.metrics import METRICS
from jobs.settings import SettingsError

RECORDINGS = "warc"
KINDS = (*FORMATS, RECORDINGS)
"""What `--from` takes."""
_MARKS = (".", ",", " ", "'", "_")

KnownAt = date | datetime | Literal["git"] | None


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a table is read, as the command line says it: `COLUMN=KIND:NAME` for each column, or a column of names."""

    date_column: str | None = None
    date_format: str | None = None
    metric: str | None = None
    columns: tuple[str, ...] = ()
    artifact_column: str | None = None
    value_column: str | None = None
    thousands: str | None = None
    decimal: str | None = None
    definition: str | None = None

    def given(self) -> list[str]:
        """Return the options that were given."""
        named = {"columns": "map"}
        given = (named.get(one.name, one.name) for one in fields(self) if getattr(self, one.name))
        return [f"--{option.replace('_', '-')}" for option in given]


NO_MAPPING = Mapping()


def make_options(
    kind: str,
    catalog: Catalog | None,
    now: datetime,
    *,
    exported: date | None = None,
    anchor: str | None = None,
    mapping: Mapping = NO_MAPPING,
) -> Options:
    """Return what the readers are told. Raises SettingsError for options that do not go together."""
    if kind != "google-trends" and (exported or anchor):
        raise SettingsError(f"{'--exported' if exported else '--anchor'}: for exports of Google Trends, not for {kind}")
    if exported and exported - now.date() > timedelta(days=1):
        raise SettingsError(f"--exported {exported}: is still to come")
    if kind != "csv" and (given := mapping.given()):
        raise SettingsError(f"{', '.join(given)}: only for --from csv, not --from {kind}")
    artifacts = [artifact for project in catalog.projects for artifact in project.artifacts] if catalog else []
    definitions = {(s.name, metric): text for s in SOURCES.values() for metric, text in s.metrics.items()}
    for form in FORMATS.values():
        definitions |= form.definitions
    return Options(
        now=now,
        exported=exported,
        anchor=anchor or "",
        terms=tuple(dict.fromkeys(artifact.name for artifact in artifacts if artifact.kind == "search")),
        cadence=catalog.cadence if catalog else WEEKDAYS[0],
        table=_table(mapping),
        marks=_marks(mapping),
        metrics={key: Counted(metric.kind, relative=metric.type == "index") for key, metric in METRICS.items()},
        definitions=definitions,
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


def _table(mapping: Mapping) -> Table | None:
    """Check the mapping of a table; None if the file is a history. Raises SettingsError."""
    if set(mapping.given()) <= {"--thousands", "--decimal"}:
        return None
    if not mapping.date_column or bool(mapping.columns) == bool(mapping.artifact_column):
        raise SettingsError(
            "a table needs --date-column, and --map 'COLUMN=KIND:NAME' for a column of numbers, or --artifact-column "
            "if each row names its artifact"
        )
    if mapping.value_column and mapping.columns:
        raise SettingsError("--value-column: goes with --artifact-column, not with --map")
    columns = dict(map(_column, mapping.columns))
    metric = mapping.metric or _usual({artifact.kind for artifact in columns.values()})
    if metric not in METRICS:
        raise SettingsError(f"--metric: {metric!r} is none of {', '.join(METRICS)}")
    for text, artifact in zip(mapping.columns, columns.values(), strict=False):
        if artifact.kind != METRICS[metric].kind:
            raise SettingsError(f"--map {text!r}: is not COLUMN={METRICS[metric].kind}:NAME, as {metric} is of")
    if len(columns) < len(mapping.columns) or len(set(columns.values())) < len(columns):
        raise SettingsError(f"--map: a column or an artifact is there twice: {', '.join(map(repr, mapping.columns))}")
    if METRICS[metric].type == "index" and not mapping.definition:
        raise SettingsError(f"--metric {metric}: says nothing without its scale; name that with --definition")
    return Table(
        mapping.date_column.strip(),
        metric,
        columns,
        (mapping.artifact_column or "").strip(),
        (mapping.value_column or "").strip(),
        _date_format(mapping.date_format or ""),
        mapping.definition or DEFINITION,
    )


def _usual(kinds: set[str]) -> str:
    """Return what is counted of a kind of artifact if nothing else is said. Raises SettingsError."""
    for key, metric in METRICS.items():
        # Of downloads there are those of a day, a week and a month: nobody can guess which.
        if {metric.kind} == kinds and metric.type in {"gauge", "counter"}:
            return key
    raise SettingsError(f"--metric: say what is counted, one of {', '.join(METRICS)}")


def _column(text: str) -> tuple[str, Artifact]:
    column, _, artifact = text.rpartition("=")
    kind, _, called = artifact.partition(":")
    if not column.strip() or kind not in {metric.kind for metric in METRICS.values()}:
        raise SettingsError(f"--map {text!r}: is not COLUMN=KIND:NAME, such as 'stars=github:kubeflow/kubeflow'")
    try:
        return column.strip(), Artifact(kind, name(kind, called))
    except BadCell as error:
        raise SettingsError(f"--map {text!r}: {error}") from error


def _date_format(form: str) -> str:
    """Check that a format of `strptime` tells a day. Raises SettingsError."""
    day = datetime(2026, 11, 28, tzinfo=UTC)
    try:
        if not form or moment(format(day, form), form).day == day.date():
            return form
    except BadCell:
        pass
    raise SettingsError(f"--date-format {form!r}: does not tell year, month and day, as '%d.%m.%Y' does")


def _marks(mapping: Mapping) -> Marks | None:
    """Return how numbers are written; None if nothing was said. Raises SettingsError."""
    if mapping.thousands is None and mapping.decimal is None:
        return None
    thousands = mapping.thousands or ""
    decimal = mapping.decimal or ("," if thousands == "." else ".")
    for option, mark, allowed in (("--thousands", thousands, ("", *_MARKS)), ("--decimal", decimal, (".", ","))):
        if mark not in allowed:
            raise SettingsError(f"{option} {mark!r}: is none of {', '.join(repr(one) for one in allowed if one)}")
    if thousands == decimal:
        raise SettingsError(f"--thousands {thousands!r}, --decimal {decimal!r}: one mark cannot be both")
    return Marks(thousands, decimal)
