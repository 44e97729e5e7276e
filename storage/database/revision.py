"""Which version's tables are at a URL, and whether this one can work with them; and a new ledger's tables."""

from sqlalchemy import URL, Column, Connection, MetaData, String, Table, insert, inspect, text

from storage.database import views
from storage.database.connection import make_engine, reading, shown, sqlite_file, writing
from storage.database.errors import LedgerError, LedgerMissing, LedgerOutdated, LedgerTooNew, LedgerUnreadable
from storage.database.lock import run_lock
from storage.database.schema import HEAD, REVISIONS, metadata

_version = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
"""Where alembic looks up of which revision the tables are."""
_version.primary_key.name = "alembic_version_pkc"
_UPGRADE = "run `tallybook db upgrade`, which keeps a copy of a SQLite ledger as it was"


def require_place(url: URL, *, existing: bool = False) -> None:
    """Check that a SQLite ledger can be at a URL, or with `existing` that its file is there; PostgreSQL's tells itself.

    Looked up beforehand, for SQLite makes an empty file of whatever it is asked to read. Raises LedgerMissing,
    LedgerUnreadable.
    """
    file = sqlite_file(url)
    if file is None:
        return
    if file.is_dir():
        raise LedgerUnreadable(f"{file}: is a folder, not a ledger: name a file in the URL")
    if not file.parent.is_dir():
        raise LedgerMissing(f"{file}: there is no folder {file.parent}: make it, or give another --db or TALLYBOOK_DB")
    if existing and not file.exists():
        raise missing(url)


def missing(url: URL) -> LedgerMissing:
    """Return the error for a place where no ledger is."""
    place = sqlite_file(url) or shown(url)
    return LedgerMissing(
        f"{place}: no ledger yet: `tallybook refresh` makes it; another place is given by TALLYBOOK_DB"
    )


def revision(connection: Connection) -> str | None:
    """Return the revision of the tables, None if there are none. Raises LedgerUnreadable if they are no ledger's."""
    place = inspect(connection)
    if place.has_table("alembic_version"):
        versions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        if len(versions) == 1:
            return str(versions[0])
        if versions:
            raise _foreign(connection.engine.url)
    # Others may live in the same PostgreSQL schema, while a file with foreign tables is somebody else's.
    tables = set(place.get_table_names()) - {"alembic_version"}
    if tables & set(metadata.tables) or (tables and connection.dialect.name == "sqlite"):
        raise _foreign(connection.engine.url)
    return None


def require_known(found: str | None, url: URL) -> None:
    """Check that this version knows a revision. Raises LedgerMissing, LedgerTooNew."""
    if found is None:
        raise missing(url)
    if found not in REVISIONS:
        raise LedgerTooNew(
            f"the ledger {shown(url)} is of a newer tallybook, revision {found}, and this one knows up to {HEAD}: "
            "install the newer version"
        )


def require_current(found: str | None, url: URL) -> None:
    """Check that this version can read and write a revision. Raises LedgerMissing, LedgerTooNew, LedgerOutdated."""
    require_known(found, url)
    if found != HEAD:
        raise LedgerOutdated(f"the ledger {shown(url)} is of an older version ({found}, now {HEAD}): {_UPGRADE}")


def create(url: URL) -> None:
    """Make a ledger's tables, unless another process has made them meanwhile. Raises LedgerError's kinds.

    They are made of the schema itself: only migrations need alembic, which is slow to load.
    """
    engine = make_engine(url)
    try:
        with run_lock(engine):
            with reading(engine) as connection:
                found = revision(connection)
            if found is None:
                with writing(engine) as connection:
                    metadata.create_all(connection)
                    _version.create(connection)
                    connection.execute(insert(_version), {"version_num": HEAD})
                    views.make(connection)
    finally:
        engine.dispose()


def _foreign(url: URL) -> LedgerError:
    return LedgerUnreadable(f"{shown(url)} holds tables that are not a ledger's: give another --db or TALLYBOOK_DB")
