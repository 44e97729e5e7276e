"""Reads a table from the ledger, or where one of its numbers comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.metrics import RULES
from jobs.settings import Settings
from publish.explain import Doubts, explain, responses, series
from publish.table.cells import Table
from publish.table.make import Change, Span, changes, day_before, make_table
from storage.ledger import Connection, read_ledger
from storage.model import Known, Origin
from storage.quarantine.decisions import decisions_of
from storage.quarantine.holds import holds_of
from storage.query.history import earlier
from storage.runs.catalogs import projects as catalogued
from storage.runs.provenance import origin
from storage.runs.runs import known as known_then

if TYPE_CHECKING:
    from collector.recording.warc import Record


@dataclass(frozen=True, slots=True)
class Asked:
    """Which table is asked for: projects and metrics (empty: all), its day, what was known, how far back to compare."""

    projects: Sequence[str] = ()
    as_of: date | None = None
    known_at: int | date | datetime | None = None
    metrics: Sequence[str] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A table, and how its cells have changed by project (id) and metric (key) `since` a day."""

    table: Table
    since: date
    changes: Mapping[tuple[str, str], Change]


def read_table(
    settings: Settings, projects: Sequence[str], as_of: date | None, known_at: int | date | datetime | None
) -> Table:
    """Return the table of the projects (empty: all) as of a day, known then or now.

    Without a day, today, or the day of `known_at` if that is given. Raises LedgerError and its kinds.
    """
    return read_compared(settings, Asked(projects, as_of, known_at)).table


def read_compared(settings: Settings, asked: Asked) -> Compared:
    """Return a table as `read_table` does, with its changes if any are asked for. Raises LedgerError and its kinds."""
    rules = replace(RULES, metrics=tuple(RULES.by_key[key] for key in asked.metrics)) if asked.metrics else RULES
    with read_ledger(settings.db) as connection:
        known = known_then(connection, asked.known_at)
        day = _day(settings, asked.as_of, asked.known_at, known)
        table = make_table(connection, day, known, asked.projects or None, rules)
        if asked.span is None:
            return Compared(table, day, {})
        since = day_before(day, asked.span)
        return Compared(table, since, changes(connection, table, since))


def read_lineage(
    settings: Settings, project: str, metric: str, as_of: date | None, known_at: int | date | datetime | None
) -> str:
    """Tell where the number of a project and a metric (key) comes from, as of a day as `read_table` has it.

    Raises LedgerError and its kinds.
    """
    with read_ledger(settings.db) as connection:
        table, of = _table_of(connection, settings, project, metric, as_of, known_at)
        origins = {number: origin(connection, number) for number in responses(table, of, metric)}
        seen = series(table, of, metric), table.as_of, table.known
        doubts = Doubts(holds_of(connection, *seen), decisions_of(connection, *seen)) if seen[0] else Doubts()
        parts = [share.part for share in table.cell(of, metric).shares if not share.listing]
        days = {part.series: part.day for part in parts if part.series is not None and part.day is not None}
        before = earlier(connection, days, table.known)
    asked = {number: replace(one, url=_url(settings.recordings, one)) for number, one in origins.items()}
    return explain(table, of, metric, asked, doubts, before)


def read_raw(
    settings: Settings, project: str, metric: str, as_of: date | None, known_at: int | date | datetime | None
) -> list[tuple[Origin, bytes]]:
    """Return each response behind a number, with its body; of what was imported from a file, that file.

    Raises RecordingError if a recording is not there or is another one, LedgerError and its kinds.
    """
    from collector.recording.warc import RecordingError

    with read_ledger(settings.db) as connection:
        table, of = _table_of(connection, settings, project, metric, as_of, known_at)
        origins = [origin(connection, number) for number in responses(table, of, metric)]
    found = []
    for one in origins:
        record = _record(settings.recordings, one)
        if record is None:
            raise RecordingError(f"{settings.recordings / one.recording}: is not there, or has no record {one.record}")
        body = record.http()[2] if record.kind == "response" else record.block
        found.append((replace(one, url=record.url), body))
    return found


def _table_of(
    connection: Connection,
    settings: Settings,
    project: str,
    metric: str,
    as_of: date | None,
    known_at: int | date | datetime | None,
) -> tuple[Table, str]:
    """Return a table with a project's cell of a metric, and the project's id."""
    known = known_then(connection, known_at)
    # An index stands on the scale that all projects share.
    others = catalogued(connection, known, None) if RULES.by_key[metric].type == "index" else []
    wanted = list(dict.fromkeys([project, *(one.id for one in others)]))
    table = make_table(connection, _day(settings, as_of, known_at, known), known, wanted, RULES)
    return table, table.projects[0].id


def _day(settings: Settings, as_of: date | None, known_at: int | date | datetime | None, known: Known) -> date:
    return as_of or (settings.clock().date() if known_at is None else known.at.date())


def _url(recordings: Path, origin: Origin) -> str:
    """Read from its recording what was requested; "" if the recording is not there, or is another one."""
    record = _record(recordings, origin)
    return record.url if record else ""


def _record(recordings: Path, origin: Origin) -> "Record | None":
    """Read a response's record; None if the recording is not there, or is another one."""
    # Imported here: a table needs no recording.
    import zlib

    from collector.recording.warc import unpack

    try:
        with (recordings / origin.recording).open("rb") as file:
            file.seek(origin.offset)
            record = unpack(file.read(origin.length), origin.offset)
    except (OSError, ValueError, zlib.error):
        return None
    return record if record.identity == origin.record else None
