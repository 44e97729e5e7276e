"""Reads a table from the ledger, with the origins of its numbers if they are wanted."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from jobs.metrics import RULES
from jobs.settings import Settings
from publish.explain import Doubts
from publish.table.cells import Table
from publish.table.make import make_table
from storage.ledger import read_ledger
from storage.model import Origin
from storage.quarantine.decisions import decisions_of
from storage.quarantine.holds import holds_of
from storage.runs.catalogs import projects as catalogued
from storage.runs.provenance import origin
from storage.runs.runs import known as known_then


@dataclass(frozen=True, slots=True)
class Found:
    """A table, and the responses behind it by their ids, and what was held or decided, as far as it was wanted."""

    table: Table
    origins: Mapping[int, Origin] = field(default_factory=dict)
    doubts: Doubts = field(default_factory=Doubts)


def read_table(
    settings: Settings,
    projects: Sequence[str],
    as_of: date | None,
    known_at: int | date | datetime | None,
    *,
    origins_of: Callable[[Table], Iterable[int]] = lambda _table: (),
    doubts_of: Callable[[Table], Collection[int]] = lambda _table: (),
    among_all: bool = False,
) -> Found:
    """Return the table of the projects (empty: all) as of a day, known then or now; `among_all`: with the others too.

    Without a day, today, or the day of `known_at` if that is given. Raises LedgerError and its kinds.
    """
    with read_ledger(settings.db) as connection:
        known = known_then(connection, known_at)
        day = as_of or (settings.clock().date() if known_at is None else known.at.date())
        others = [entry.id for entry in catalogued(connection, known, None)] if among_all else []
        table = make_table(connection, day, known, list(dict.fromkeys([*projects, *others])) or None, RULES)
        found = {number: origin(connection, number) for number in origins_of(table)}
        origins = {number: replace(one, url=_url(settings.recordings, one)) for number, one in found.items()}
        if not (series := doubts_of(table)):
            return Found(table, origins)
        seen = series, day, known
        return Found(table, origins, Doubts(holds_of(connection, *seen), decisions_of(connection, *seen)))


def _url(recordings: Path, origin: Origin) -> str:
    """Read from its recording what was requested; "" if the recording is not there, or is another one."""
    # Imported here: a table needs no recording.
    import zlib

    from collector.recording.warc import unpack

    try:
        with (recordings / origin.recording).open("rb") as file:
            file.seek(origin.offset)
            record = unpack(file.read(origin.length), origin.offset)
    except (OSError, ValueError, zlib.error):
        return ""
    return record.url if record.identity == origin.record else ""
