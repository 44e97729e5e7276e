"""Backups of a SQLite ledger, made while others read and write it, and put back only when they are sound."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, func, select

from storage.database.connection import copy_file, make_engine, parse_url, reading, shown, sqlite_file
from storage.database.errors import LedgerError, LedgerFull, LedgerUnreadable
from storage.database.lock import run_lock
from storage.database.revision import require_known, require_place, revision
from storage.database.schema import run


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: the newest run in it, None without any, and where the ledger that was there is kept."""

    run: int | None
    before: Path | None


def backup(url: str, target: Path) -> int:
    """Copy a SQLite ledger to a file, which is there whole or not at all; return its bytes.

    A refresh may run meanwhile: the copy is the ledger as it was at one moment. Raises LedgerError and its kinds.
    """
    parsed = parse_url(url)
    ledger = _file(parsed, f"`pg_dump -Fc -f {target} '{shown(parsed)}'` makes a backup of it")
    require_place(parsed, existing=True)
    if target.exists():
        if target.samefile(ledger):
            raise LedgerError(f"{target}: is the ledger itself: give another file")
        # Last week's backup is replaced; anything else that bears the name was not meant.
        _newest(target)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    engine = make_engine(parsed)
    try:
        with reading(engine) as connection:
            require_known(revision(connection), parsed)
        copy_file(engine, part)
        _settle(part)
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise LedgerFull(f"{target}: the backup could not be written: {error}") from error
    finally:
        engine.dispose()
        part.unlink(missing_ok=True)
    return target.stat().st_size


def restore(url: str, source: Path, *, force: bool = False) -> Restored:
    """Put a backup in the place of a SQLite ledger, once a copy of it has passed every check of `db check`.

    The ledger that was there is kept beside it. One that has newer runs is replaced with `force` only. Raises
    LedgerUnreadable for a backup that is not sound, RunInProgress, LedgerError and other kinds of it.
    """
    # Imported late, as alembic is: a backup needs neither.
    from storage.database.migrate import check

    parsed = parse_url(url)
    ledger = _file(parsed, f"`pg_restore --clean --if-exists -d '{shown(parsed)}' {source}` puts a backup of it back")
    require_place(parsed)
    if ledger.exists() and source.samefile(ledger):
        raise LedgerError(f"{source}: is the ledger itself: give a backup")
    part = ledger.with_name(f".{ledger.name}.{os.getpid()}.part")
    engine, place = make_engine(parsed), make_engine(parsed.set(database=str(part)))
    try:
        with run_lock(engine):
            newest = _newest(source)
            with closing(_read_only(source)) as read, closing(sqlite3.connect(part)) as written:
                read.backup(written)
            if problems := check(place.url.render_as_string()):
                raise LedgerUnreadable(f"{source}: is not sound, so nothing was changed: {'; '.join(problems)}")
            place.dispose()
            _settle(part)
            if ledger.exists() and not force:
                _require_older(ledger, newest, source)
            before = _set_aside(ledger) if ledger.exists() else None
            part.replace(ledger)
            return Restored(newest, before)
    except (sqlite3.Error, OSError) as error:
        raise LedgerFull(f"{ledger}: the backup could not be put here: {error}") from error
    finally:
        engine.dispose()
        place.dispose()
        for suffix in ("", "-wal", "-shm"):
            part.with_name(part.name + suffix).unlink(missing_ok=True)


def _file(url: URL, instead: str) -> Path:
    file = sqlite_file(url)
    if file is None:
        raise LedgerError(f"{shown(url)}: PostgreSQL has its own tools: {instead}")
    return file


def _read_only(file: Path) -> sqlite3.Connection:
    # A backup is not to be changed by being read, not even by a log beside it.
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


def _newest(file: Path) -> int | None:
    """Return the place of the newest run in a file. Raises LedgerUnreadable if it is no ledger."""
    try:
        with closing(_read_only(file)) as connection:
            query = str(select(func.max(run.c.known_seq)))
            found: int | None = connection.execute(query).fetchone()[0]
            return found
    except sqlite3.Error as error:
        raise LedgerUnreadable(f"{file}: is not a ledger, or it is damaged ({error})") from error


def _require_older(ledger: Path, newest: int | None, source: Path) -> None:
    try:
        present = _newest(ledger)
    except LedgerUnreadable as error:
        raise LedgerError(f"{error}: --force puts the backup in its place, and keeps it beside") from error
    if (present or 0) > (newest or 0):
        raise LedgerError(f"{ledger}: has newer runs than {source}: --force puts the backup in its place nevertheless")


def _set_aside(ledger: Path) -> Path:
    """Rename the ledger together with its log, without which it is not whole."""
    kept, number = ledger.with_name(f"{ledger.name}.before-restore"), 2
    while kept.exists():
        kept, number = ledger.with_name(f"{ledger.name}.before-restore-{number}"), number + 1
    for suffix in ("-wal", "-shm", ""):
        part = ledger.with_name(ledger.name + suffix)
        if part.exists():
            part.rename(kept.with_name(kept.name + suffix))
    return kept


def _settle(file: Path) -> None:
    """Make one file of a ledger and its log, and hand it to the disk."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").close()
    with file.open("rb") as written:
        os.fsync(written.fileno())
