"""Editions: what was published, and what was known when it was; kept for good; knows no cell and no format."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text

from storage.database.errors import LedgerBusy, NothingKnown
from storage.database.schema import catalog, edition, run
from storage.model import Edition, Known
from storage.runs.catalogs import newest_catalog
from storage.runs.runs import known

_CLOSED = run.c.state != "open"


def present(connection: Connection) -> tuple[Known, int]:
    """Return what is known now, and the highest number of a closed run. Raises NothingKnown."""
    now = known(connection, None)
    return now, int(connection.scalar(select(func.max(run.c.id)).where(_CLOSED)) or 0)


def keep_editions(connection: Connection, made: Sequence[Edition]) -> list[tuple[Edition, bool]]:
    """Store editions; return each with its number and True, or with False the one that is there already.

    That is the newest of the same page and day if it is the same table.

    Raises LedgerBusy if a run was put into their past since they were made: what they show would not be found again.
    """
    if connection.dialect.name == "postgresql":
        # Where two publish at once, SQLite keeps the writers apart by itself.
        connection.execute(text("LOCK TABLE edition IN EXCLUSIVE MODE"))
    return [_keep(connection, one) for one in made]


def editions(connection: Connection) -> list[Edition]:
    """Return all editions, the oldest day first, of a day by page, of a page in the order in which they were made."""
    rows = connection.execute(select(edition).order_by(edition.c.day, edition.c.id)).all()
    return sorted(map(_edition, rows), key=lambda one: (one.day, one.page, one.id))


def known_of(connection: Connection, published: Edition) -> Known:
    """Return what was known when an edition was made, without the runs that were put into its past since.

    Raises NothingKnown if its run is gone, as in a ledger that was damaged or changed by hand.
    """
    row = connection.execute(
        select(run.c.id, run.c.known_at).where(run.c.known_seq == published.known_seq, _CLOSED)
    ).first()
    if row is None:
        raise NothingKnown(
            f"the run that the edition of {published.day.isoformat()} was made after is not in the ledger: "
            "`tallybook verify` says what else is amiss"
        )
    return Known(published.known_seq, row.id, row.known_at, tuple(_late(connection, published)))


def catalog_text(connection: Connection, by: Known) -> tuple[int | None, str]:
    """Return the number and the text of the catalog as known; None and "" if no run had one."""
    row = connection.execute(select(catalog.c.id, catalog.c.text).where(catalog.c.id.in_(newest_catalog(by)))).first()
    return (None, "") if row is None else (row.id, row.text)


def _keep(connection: Connection, made: Edition) -> tuple[Edition, bool]:
    if _late(connection, made):
        raise LedgerBusy("a run was put into the past while the tables were made: run the same command again")
    same_place = edition.c.page == made.page, edition.c.day == made.day
    newest = connection.execute(select(edition).where(*same_place).order_by(edition.c.id.desc()).limit(1)).first()
    if newest is not None and newest.digest == made.digest:
        return _edition(newest), False
    number = 1 + int(connection.scalar(select(func.max(edition.c.id))) or 0)
    kept = replace(made, id=number)
    connection.execute(insert(edition), _values(kept))
    return kept, True


def _late(connection: Connection, made: Edition) -> Sequence[int]:
    """Return the known_seqs of the runs that were closed after an edition was made, and have their place before it."""
    later = _CLOSED, run.c.id > made.newest_run, run.c.known_seq <= made.known_seq
    return connection.scalars(select(run.c.known_seq).where(*later).order_by(run.c.known_seq)).all()


def _values(made: Edition) -> dict[str, Any]:
    plain = {column.name: getattr(made, column.name) for column in edition.columns if column.name != "document"}
    return plain | {"document": json.dumps({"title": made.title, "projects": made.projects})}


def _edition(row: Row[Any]) -> Edition:
    kept = row._asdict()
    document = json.loads(kept.pop("document"))
    return Edition(**kept, title=document["title"], projects=tuple(document["projects"]))
