"""Makes, migrates and checks the ledger's tables; the only module that knows alembic."""

import sqlite3
from importlib.resources import files
from io import StringIO
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text

from storage.database import views
from storage.database.connection import analyze, copy_file, make_engine, parse_url, reading, sqlite_file, writing
from storage.database.errors import LedgerFull
from storage.database.lock import run_lock
from storage.database.revision import require_known, require_place, revision
from storage.database.schema import HEAD, metadata
from storage.model import UpgradeReport


def upgrade(url: str) -> UpgradeReport:
    """Bring a ledger's tables up to this version, or make a ledger if there is none.

    A SQLite ledger that is to be changed is copied first, to a file beside it. All migrations take place or none.
    Raises LedgerTooNew, LedgerUnreadable, RunInProgress, LedgerFull and other kinds of LedgerError.
    """
    parsed = parse_url(url)
    require_place(parsed)
    engine = make_engine(parsed)
    try:
        with run_lock(engine):
            return _upgrade(engine)
    finally:
        engine.dispose()


def check(url: str) -> list[str]:
    """Return what is wrong with a ledger, one line each; nothing if it is sound. Raises LedgerMissing and its like."""
    parsed = parse_url(url)
    require_place(parsed, existing=True)
    engine = make_engine(parsed)
    try:
        with reading(engine) as connection:
            found = revision(connection)
            require_known(found, parsed)
            if found != HEAD:
                return [f"the tables are those of {found}, not {HEAD}: run `tallybook db upgrade`"]
            return [*_differences(connection), *_damages(connection)]
    finally:
        engine.dispose()


def config(connection: Connection | None = None, output: StringIO | None = None) -> Config:
    """Return alembic's configuration for the shipped migrations, to be run on `connection`."""
    made = Config(output_buffer=output)
    made.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def _upgrade(engine: Engine) -> UpgradeReport:
    with reading(engine) as connection:
        before = revision(connection)
    if before is not None:
        require_known(before, engine.url)
    backup = None if before in {None, HEAD} else _backup(engine)
    with writing(engine) as connection:
        views.drop(connection)
        if before != HEAD:
            command.upgrade(config(connection), "head")
        views.make(connection)
        analyze(connection)
    return UpgradeReport(before, HEAD, backup)


def _backup(engine: Engine) -> Path | None:
    ledger = sqlite_file(engine.url)
    if ledger is None:
        return None
    copy, number = ledger.with_name(f"{ledger.name}.before-{HEAD}"), 2
    while copy.exists():
        copy, number = ledger.with_name(f"{ledger.name}.before-{HEAD}-{number}"), number + 1
    part = copy.with_name(f"{copy.name}.part")
    try:
        copy_file(engine, part)
    except (sqlite3.Error, OSError) as error:
        part.unlink(missing_ok=True)
        raise LedgerFull(f"{copy}: the backup copy could not be made, so nothing was changed: {error}") from error
    part.replace(copy)
    return copy


def _differences(connection: Connection) -> list[str]:
    """Compare the tables as they are with those that this version expects."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    differences = [
        f"the tables are not as they should be: {change!r}" for change in compare_metadata(context, metadata)
    ]
    lost = set(views.NAMES) - set(inspect(connection).get_view_names())
    return differences + [f"the view {name} is not there: run `tallybook db upgrade`" for name in sorted(lost)]


def _damages(connection: Connection) -> list[str]:
    """Let SQLite look for damage; PostgreSQL's checks are its administrator's, and need rights of theirs."""
    if connection.dialect.name != "sqlite":
        return []
    said = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
    lost = connection.execute(text("PRAGMA foreign_key_check")).all()
    damages = [f"the file is damaged: {line}" for line in said if line != "ok"]
    return damages + [f"a row of {row[0]} refers to a row of {row[2]} that is not there" for row in lost]
