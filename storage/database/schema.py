"""The ledger's tables, and how values are kept in them; the same on SQLite and PostgreSQL; knows no query."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import (
    REAL,
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

REVISIONS: Final = ("0001_ledger", "0002_editions", "0003_evident", "0004_guards", "0005_rejected", "0006_said")
"""The migrations in their order, so that opening a ledger need not load alembic."""
HEAD: Final = REVISIONS[-1]

EPOCH: Final = date(1970, 1, 1)
METHODS: Final = {"observed": 1, "derived": 2, "reconstructed": 3, "imported": 4}


class Day(TypeDecorator[date]):
    """A UTC date, kept as whole days since 1970-01-01: sorts, subtracts, and takes little room in the key."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> int | None:  # noqa: ARG002, D102
        return None if value is None else (value - EPOCH).days

    def process_result_value(self, value: int | None, dialect: Dialect) -> date | None:  # noqa: ARG002, D102
        return None if value is None else EPOCH + timedelta(days=value)


class Time(TypeDecorator[datetime]):
    """An aware UTC time in whole seconds, kept as text `YYYY-MM-DDTHH:MM:SSZ`: sorts, and people can read it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002, D102
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone: the ledger takes aware times")
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, D102
        return None if value is None else datetime.fromisoformat(value)


class Method(TypeDecorator[str]):
    """How a value is known, kept as one of the numbers of METHODS."""

    impl = SmallInteger().with_variant(Integer, "sqlite")
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:  # noqa: ARG002, D102
        return None if value is None else METHODS[value]

    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:  # noqa: ARG002, D102
        return None if value is None else _METHOD_NAMES[value]


_METHOD_NAMES: Final = {number: name for name, number in METHODS.items()}

# STRICT tables of SQLite know INTEGER and REAL only. PostgreSQL must compare names by their code points for a
# pattern's range, as SQLite does.
BIG: Final = BigInteger().with_variant(Integer, "sqlite")
VALUE: Final[Double[float]] = Double().with_variant(REAL, "sqlite")
NAME: Final = Text().with_variant(Text(collation="C"), "postgresql")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

catalog = Table(
    "catalog",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("cadence", Text, nullable=False),
    Column("first_seen", Time, nullable=False),
    sqlite_strict=True,
)

project = Table(
    "project",
    metadata,
    Column("catalog_id", ForeignKey("catalog.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("id", Text, nullable=False),
    Column("name", Text, nullable=False),
    PrimaryKeyConstraint("catalog_id", "id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

member = Table(
    "member",
    metadata,
    Column("catalog_id", Integer, nullable=False),
    Column("project_id", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    PrimaryKeyConstraint("catalog_id", "project_id", "position"),
    ForeignKeyConstraint(["catalog_id", "project_id"], ["project.catalog_id", "project.id"]),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("tick", BIG, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("day", Day, nullable=False),
    Column("started_at", Time, nullable=False),
    Column("closed_at", Time),
    Column("known_at", Time),
    Column("state", Text, nullable=False),
    Column("catalog_id", ForeignKey("catalog.id")),
    Column("recording", Text),
    Column("recording_digest", Text),
    Column("version", Text, nullable=False),
    Column("note", Text, nullable=False),
    CheckConstraint("state IN ('open', 'done', 'partial', 'failed')", name="state"),
    CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
    CheckConstraint("(state = 'open') = (known_at IS NULL)", name="known"),
    sqlite_strict=True,
)


artifact = Table(
    "artifact",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", NAME, nullable=False),
    Column("born", Day),
    UniqueConstraint("kind", "folded"),
    sqlite_strict=True,
)

identity = Table(
    "identity",
    metadata,
    Column("artifact_id", ForeignKey("artifact.id"), nullable=False),
    Column("tick", ForeignKey("run.tick"), nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", NAME, nullable=False, index=True),
    Column("number", Text, nullable=False, index=True),
    Column("day", Day, nullable=False),
    PrimaryKeyConstraint("artifact_id", "tick", "name"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

series = Table(
    "series",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("artifact_id", ForeignKey("artifact.id"), nullable=False),
    Column("metric", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("definition", Text, nullable=False),
    UniqueConstraint("artifact_id", "metric", "source", "definition"),
    sqlite_strict=True,
)

response = Table(
    "response",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("tick", ForeignKey("run.tick"), nullable=False, index=True),
    Column("record", Text, nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("at", Time, nullable=False),
    Column("offset", BIG, nullable=False),
    Column("length", BIG, nullable=False),
    Column("digest", Text, nullable=False),
    sqlite_strict=True,
)

# No foreign keys from tick and response_id: without an index of their own, and these would double the table, taking
# back a single run or response would read all observations.
observation = Table(
    "observation",
    metadata,
    Column("series_id", ForeignKey("series.id"), nullable=False),
    Column("day", Day, nullable=False),
    Column("tick", BIG, nullable=False),
    Column("value", VALUE, nullable=False),
    Column("method", Method, nullable=False),
    Column("response_id", BIG),
    PrimaryKeyConstraint("series_id", "day", "tick"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

outcome = Table(
    "outcome",
    metadata,
    Column("series_id", ForeignKey("series.id"), nullable=False),
    Column("tick", ForeignKey("run.tick"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("response_id", BIG),
    PrimaryKeyConstraint("series_id", "tick"),
    CheckConstraint("state IN ('recorded', 'unchanged', 'missing', 'failed', 'held')", name="state"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

etag = Table(
    "etag",
    metadata,
    Column("url", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("said", Text, nullable=False, server_default=""),
    Column("tick", BIG, nullable=False),
    PrimaryKeyConstraint("url", "account"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

edition = Table(
    "edition",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("page", Text, nullable=False),
    Column("day", Day, nullable=False),
    Column("title", Text, nullable=False),
    Column("projects", Text, nullable=False),
    Column("made_at", Time, nullable=False),
    Column("tick", ForeignKey("run.tick"), nullable=False),
    Column("newest_run", Integer, nullable=False),
    Column("catalog_id", ForeignKey("catalog.id")),
    Column("rules", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Index("ix_edition_day_page", "day", "page"),
    sqlite_strict=True,
)

hold = Table(
    "hold",
    metadata,
    Column("series_id", ForeignKey("series.id"), nullable=False),
    Column("day", Day, nullable=False),
    Column("tick", ForeignKey("run.tick"), nullable=False),
    Column("guard", Text, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("series_id", "day", "tick"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

decision = Table(
    "decision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("series_id", ForeignKey("series.id"), nullable=False),
    Column("day", Day, nullable=False),
    Column("tick", ForeignKey("run.tick"), nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Time, nullable=False),
    CheckConstraint("verdict IN ('accept', 'reject', 'reopen', 'note')", name="verdict"),
    Index("ix_decision_series_id_day", "series_id", "day"),
    sqlite_strict=True,
)
