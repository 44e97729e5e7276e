"""The ledger's tables, the same on SQLite and PostgreSQL, and how values are kept in them.

Every row of a fact carries the `known_seq` of the run that brought it: the order in which runs became known, which is
the ledger's second clock. Facts are appended and never changed.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

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
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

REVISIONS: Final = ("0001_ledger",)
"""The migrations in their order, so that opening a ledger need not load alembic."""
HEAD: Final = REVISIONS[-1]

EPOCH: Final = date(1970, 1, 1)
METHODS: Final = {"observed": 1, "derived": 2, "reconstructed": 3, "imported": 4}
"""How a value is known, each with its number in `observation.method`."""
STATES: Final = {"recorded": 1, "unchanged": 2, "missing": 3, "failed": 4, "quarantined": 5}
"""What a run says of a series, each with its number in `outcome.state`."""


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


class Code(TypeDecorator[str]):
    """A word out of a fixed few, kept as its number from 1: there is one in every observation and every outcome."""

    impl = SmallInteger().with_variant(Integer, "sqlite")
    cache_ok = True

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:  # noqa: ARG002, D102
        return None if value is None else self.words.index(value) + 1

    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:  # noqa: ARG002, D102
        return None if value is None else self.words[value - 1]


class Second(TypeDecorator[datetime]):
    """An aware UTC time in whole seconds, kept as their number since 1970: for tables of millions of rows."""

    impl = BigInteger().with_variant(Integer, "sqlite")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002, D102
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, D102
        return None if value is None else datetime.fromtimestamp(value, UTC)


class RecordId(TypeDecorator[str]):
    """A WARC-Record-ID `<urn:uuid:...>`, kept as its 16 bytes."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002, D102
        return None if value is None else UUID(value.strip("<>")).bytes

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002, D102
        return None if value is None else f"<urn:uuid:{UUID(bytes=bytes(value))}>"


class Digest(TypeDecorator[str]):
    """A SHA-256 in hexadecimal, kept as its 32 bytes."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002, D102
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002, D102
        return None if value is None else bytes(value).hex()


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
    Column("max_stale", VALUE, nullable=False),
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

# `name` is as the catalog has it, `folded` as names are compared, `number` what it is pinned to.
member = Table(
    "member",
    metadata,
    Column("catalog_id", Integer, nullable=False),
    Column("project_id", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", NAME, nullable=False),
    Column("number", Text),
    PrimaryKeyConstraint("catalog_id", "project_id", "position"),
    ForeignKeyConstraint(["catalog_id", "project_id"], ["project.catalog_id", "project.id"]),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# What tables show, in the order of their rows, and of which sources first: as the last run knew it.
metric = Table(
    "metric",
    metadata,
    Column("key", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("combine", Text),
    sqlite_strict=True,
)

metric_source = Table(
    "metric_source",
    metadata,
    Column("metric", ForeignKey("metric.key"), nullable=False),
    Column("source", Text, nullable=False),
    Column("position", Integer, nullable=False),
    PrimaryKeyConstraint("metric", "source"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("known_seq", BIG, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("day", Day, nullable=False),
    Column("started_at", Time, nullable=False),
    Column("closed_at", Time, nullable=False),
    Column("known_at", Time, nullable=False),
    Column("state", Text, nullable=False),
    Column("catalog_id", ForeignKey("catalog.id")),
    Column("version", Text, nullable=False),
    Column("note", Text, nullable=False),
    CheckConstraint("state IN ('done', 'partial', 'failed')", name="state"),
    sqlite_strict=True,
)

# The files that a run was read from. Several runs may have read one file: then each has a row of it.
recording = Table(
    "recording",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("known_seq", ForeignKey("run.known_seq"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("digest", Text),
    UniqueConstraint("name", "known_seq"),
    sqlite_strict=True,
)

# `number` is the registry's, where it gives one: it is what the artifact is. `name` is the newest, for SQL.
artifact = Table(
    "artifact",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("number", Text),
    Column("name", Text, nullable=False, index=True),
    Column("born", Day),
    UniqueConstraint("number", "kind"),
    sqlite_strict=True,
)

# What an artifact is called since a day: a slowly changing dimension of type 2.
alias = Table(
    "alias",
    metadata,
    Column("artifact_id", ForeignKey("artifact.id"), nullable=False),
    Column("known_seq", ForeignKey("run.known_seq"), nullable=False),
    Column("folded", NAME, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("day", Day, nullable=False),
    PrimaryKeyConstraint("artifact_id", "known_seq", "folded"),
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

# Where each response lies. Its URL is read from the recording: here it would be most of the table.
response = Table(
    "response",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("recording_id", ForeignKey("recording.id"), nullable=False, index=True),
    Column("record", RecordId, nullable=False, unique=True),
    Column("status", Integer, nullable=False),
    Column("at", Second, nullable=False),
    Column("offset", BIG, nullable=False),
    Column("length", BIG, nullable=False),
    Column("digest", Digest, nullable=False),
    sqlite_strict=True,
)

# No foreign keys from known_seq and response_id: without an index of their own, and these would double the table,
# PostgreSQL would read all observations to check a single run or response.
observation = Table(
    "observation",
    metadata,
    Column("series_id", ForeignKey("series.id"), nullable=False),
    Column("day", Day, nullable=False),
    Column("known_seq", BIG, nullable=False),
    Column("value", VALUE, nullable=False),
    Column("method", Code(tuple(METHODS)), nullable=False),
    Column("response_id", BIG),
    PrimaryKeyConstraint("series_id", "day", "known_seq"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

outcome = Table(
    "outcome",
    metadata,
    Column("series_id", ForeignKey("series.id"), nullable=False),
    Column("known_seq", ForeignKey("run.known_seq"), nullable=False, index=True),
    Column("state", Code(tuple(STATES)), nullable=False),
    Column("cause", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("response_id", BIG),
    PrimaryKeyConstraint("series_id", "known_seq"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

edition = Table(
    "edition",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("page", Text, nullable=False),
    Column("day", Day, nullable=False),
    Column("made_at", Time, nullable=False),
    Column("known_seq", ForeignKey("run.known_seq"), nullable=False),
    Column("newest_run", Integer, nullable=False),
    Column("catalog_id", ForeignKey("catalog.id")),
    Column("rules", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Index("ix_edition_day_page", "day", "page"),
    sqlite_strict=True,
)

edition_file = Table(
    "edition_file",
    metadata,
    Column("edition_id", ForeignKey("edition.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("edition_id", "name"),
    sqlite_strict=True,
)

hold = Table(
    "hold",
    metadata,
    Column("series_id", ForeignKey("series.id"), nullable=False),
    Column("day", Day, nullable=False),
    Column("known_seq", ForeignKey("run.known_seq"), nullable=False),
    Column("guard", Text, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("series_id", "day", "known_seq"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# `known_seq` is that of the observation decided on, `decided_seq` that of the review.
decision = Table(
    "decision",
    metadata,
    Column("series_id", ForeignKey("series.id"), nullable=False),
    Column("day", Day, nullable=False),
    Column("known_seq", ForeignKey("run.known_seq"), nullable=False),
    Column("decided_seq", ForeignKey("run.known_seq"), nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Time, nullable=False),
    PrimaryKeyConstraint("series_id", "day", "known_seq", "decided_seq"),
    CheckConstraint("verdict IN ('accept', 'reject', 'reopen', 'note')", name="verdict"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
