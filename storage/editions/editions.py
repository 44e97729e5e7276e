"""Editions: what was published, as a document and as the bytes of its files, with what was known and the rules."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, text

from storage.database.errors import LedgerBusy, NothingKnown
from storage.database.schema import catalog, edition, edition_file, run
from storage.model import Edition, Known, Listed
from storage.runs.catalogs import newest_catalog
from storage.runs.runs import known


def present(connection: Connection) -> tuple[Known, int]:
    """Return what is known now, and the highest number of a run. Raises NothingKnown."""
    now = known(connection, None)
    return now, int(connection.scalar(select(func.max(run.c.id))) or 0)


def keep(connection: Connection, made: Edition, files: Mapping[str, bytes]) -> Edition:
    """Store an edition with its files by name; return it as stored, or the one that is there already.

    That is the newest of the same page and day if it has the same document.

    Raises LedgerBusy if a run was put into its past since it was made: what it shows would not be derived again.
    """
    if connection.dialect.name == "postgresql":
        # Where two publish at once, SQLite keeps the writers apart by itself.
        connection.execute(text("LOCK TABLE edition IN EXCLUSIVE MODE"))
    if _late(connection, made):
        raise LedgerBusy("a run was put into the past while the tables were made: run the same command again")
    newest = newest_of(connection, made.day, made.page)
    if newest is not None and newest.digest == made.digest:
        return newest
    kept = replace(made, id=1 + int(connection.scalar(select(func.max(edition.c.id))) or 0))
    connection.execute(insert(edition), {column.name: getattr(kept, column.name) for column in edition.columns})
    rows = [
        {"edition_id": kept.id, "name": name, "digest": sha256(content), "content": content}
        for name, content in files.items()
    ]
    if rows:
        connection.execute(insert(edition_file), rows)
    return kept


def sha256(content: bytes) -> str:
    """Return the digest by which documents and files are kept."""
    return hashlib.sha256(content).hexdigest()


def listed(connection: Connection, day: date | None = None) -> list[Listed]:
    """Return the editions, all or of a day: by day, by page, and in the order in which they were made."""
    columns = edition.c.id, edition.c.page, edition.c.day, edition.c.made_at, run.c.id.label("run"), edition.c.digest
    query = select(*columns).outerjoin(run, run.c.known_seq == edition.c.known_seq)
    rows = connection.execute(query if day is None else query.where(edition.c.day == day)).all()
    # Sorted here, for databases differ in how they sort text.
    return sorted((Listed(**row._asdict()) for row in rows), key=lambda one: (one.day, one.page, one.id))


def edition_by(connection: Connection, number: int) -> Edition:
    """Return an edition by its number. Raises LookupError if there is none."""
    row = connection.execute(select(edition).where(edition.c.id == number)).one_or_none()
    if row is None:
        raise LookupError(f"there is no edition {number}")
    return _edition(row)


def newest_of(connection: Connection, day: date, page: str) -> Edition | None:
    """Return the newest edition of a day and page, if there is one."""
    of_both = select(edition).where(edition.c.page == page, edition.c.day == day)
    row = connection.execute(of_both.order_by(edition.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _edition(row)


def files(connection: Connection, number: int) -> dict[str, bytes]:
    """Return the files of an edition by name, as they were published."""
    rows = connection.execute(_files(number)).all()
    return {row.name: bytes(row.content) for row in rows}


def changed_files(connection: Connection, number: int) -> Iterator[str]:
    """Yield the names of the files of an edition that are not as they were published."""
    yield from (row.name for row in connection.execute(_files(number)) if sha256(bytes(row.content)) != row.digest)


def known_of(connection: Connection, published: Edition) -> Known:
    """Return what was known when an edition was made, without the runs that were put into its past since.

    Raises NothingKnown if its run is gone, as in a ledger that was damaged or changed by hand.
    """
    row = connection.execute(select(run.c.id, run.c.known_at).where(run.c.known_seq == published.known_seq)).first()
    if row is None:
        raise NothingKnown(
            f"the run that the edition of {published.day.isoformat()} was made after is not in the ledger: "
            "`tallybook verify` says what else is amiss"
        )
    return Known(published.known_seq, row.id, row.known_at, tuple(_late(connection, published)))


def catalog_of(connection: Connection, by: Known) -> tuple[int | None, float]:
    """Return the number of the catalog as known, and how much it lets be stale; None and 0 if no run had one."""
    query = select(catalog.c.id, catalog.c.max_stale).where(catalog.c.id.in_(newest_catalog(by)))
    row = connection.execute(query).first()
    return (None, 0.0) if row is None else (row.id, row.max_stale)


def _files(number: int) -> Select[Any]:
    return select(edition_file).where(edition_file.c.edition_id == number).order_by(edition_file.c.name)


def _late(connection: Connection, made: Edition) -> Sequence[int]:
    """Return the places of the runs that came after an edition was made, and have their place before it."""
    later = run.c.id > made.newest_run, run.c.known_seq <= made.known_seq
    return connection.scalars(select(run.c.known_seq).where(*later).order_by(run.c.known_seq)).all()


def _edition(row: Row[Any]) -> Edition:
    return Edition(**row._asdict())
