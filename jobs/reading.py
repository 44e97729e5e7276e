"""Reads a table from the ledger, or where one of its numbers comes from."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from jobs.metrics import RULES
from jobs.settings import Settings
from publish.explain import Doubts, explain, responses, series
from publish.table.cells import Table
from publish.table.make import make_table
from storage.ledger import read_ledger
from storage.model import Known, Origin
from storage.quarantine.decisions import decisions_of
from storage.quarantine.holds import holds_of
from storage.runs.catalogs import projects as catalogued
from storage.runs.provenance import origin
from storage.runs.runs import known as known_then


def read_table(
    settings: Settings, projects: Sequence[str], as_of: date | None, known_at: int | date | datetime | None
) -> Table:
    """Return the table of the projects (empty: all) as of a day, known then or now.

    Without a day, today, or the day of `known_at` if that is given. Raises LedgerError and its kinds.
    """
    with read_ledger(settings.db) as connection:
        known = known_then(connection, known_at)
        return make_table(connection, _day(settings, as_of, known_at, known), known, projects or None, RULES)


def read_lineage(
    settings: Settings, project: str, metric: str, as_of: date | None, known_at: int | date | datetime | None
) -> str:
    """Tell where the number of a project and a metric (key) comes from, as of a day as `read_table` has it.

    Raises LedgerError and its kinds.
    """
    with read_ledger(settings.db) as connection:
        known = known_then(connection, known_at)
        day = _day(settings, as_of, known_at, known)
        # An index stands on the scale that all projects share.
        others = catalogued(connection, known, None) if RULES.by_key[metric].type == "index" else []
        table = make_table(connection, day, known, list(dict.fromkeys([project, *(one.id for one in others)])), RULES)
        of = table.projects[0].id
        origins = {number: origin(connection, number) for number in responses(table, of, metric)}
        seen = series(table, of, metric), day, known
        doubts = Doubts(holds_of(connection, *seen), decisions_of(connection, *seen)) if seen[0] else Doubts()
    asked = {number: replace(one, url=_url(settings.recordings, one)) for number, one in origins.items()}
    return explain(table, of, metric, asked, doubts)


def _day(settings: Settings, as_of: date | None, known_at: int | date | datetime | None, known: Known) -> date:
    return as_of or (settings.clock().date() if known_at is None else known.at.date())


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
