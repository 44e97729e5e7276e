"""Makes ledgers of any size, week by week: through the ledger itself, or by the same rows in the same order, faster."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pandas as pd

from benchmarks.world import BATCH, DEFINITION, EPOCH, KINDS, Week, World
from storage.append.append import append
from storage.append.readings import COLUMNS
from storage.database.schema import STATES
from storage.ledger import Ledger
from storage.model import OutcomeRow, Piece, ProjectEntry, ResponseRow
from storage.runs.catalogs import keep_catalog
from storage.runs.recordings import add_recording
from storage.runs.runs import begin, end

_TAKES: Final = timedelta(minutes=2)
_METHODS: Final = ("", "observed", "derived")
_TOLD: Final = "transient", "502 Bad Gateway"


def fill(file: Path, world: World, *, whole: bool = False) -> None:
    """Make the ledger of a world: the first week through the ledger's own interface, or the `whole` of it.

    The other weeks are then put into a copy in memory by plain SQL, in the same order: the tables are the same to the
    last row, and so are the pages.
    """
    file.unlink(missing_ok=True)
    with Ledger.open_or_create(f"sqlite:///{file}") as ledger:
        with ledger.writing() as connection:
            catalog = keep_catalog(connection, "benchmark", "monday", _projects(world), world.at(0), 0.2)
        for week in world:
            if whole or week.number == 0:
                _refresh(ledger, world, week, catalog)
    if not whole:
        _put(file, world)


def _projects(world: World) -> list[ProjectEntry]:
    return [
        ProjectEntry(f"p{number}", f"Project {number}", tuple((kind, _name(number)) for kind, *_ in KINDS))
        for number in range(world.projects)
    ]


def _name(project: int) -> str:
    return f"owner-{project}/thing-{project}"


def _asked(series: int) -> tuple[str, str, str, str, str]:
    kind, metric, source = KINDS[(series - 1) % len(KINDS)]
    return kind, _name((series - 1) // len(KINDS)), metric, source, DEFINITION


def _record(number: int) -> str:
    return f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>"


def _refresh(ledger: Ledger, world: World, week: Week, catalog: int) -> None:
    """Play one refresh as jobs do."""
    at = world.at(week.number)
    name = f"{at:%Y%m%d}.warc.gz"
    rows = zip(week.series, week.day, week.value, week.method, week.response, strict=True)
    cells = [
        (*_asked(int(series)), EPOCH + timedelta(int(day)), value, _METHODS[method], _record(response), "", "", None)
        for series, day, value, method, response in rows
    ]
    failed = [OutcomeRow(*_asked(int(series)), "failed", *_TOLD) for series in week.failed]
    responses = [ResponseRow(name, *row) for row in _responses(world, week.number)]
    with ledger.writing() as connection:
        run = begin(
            connection,
            kind="refresh",
            scope="{}",
            day=at.date(),
            started=at - _TAKES,
            now=at,
            catalog_id=catalog,
            version="0",
        )
        add_recording(connection, run, name, None)
        append(connection, run, [Piece(pd.DataFrame(cells, columns=list(COLUMNS)), responses, failed)])
        end(connection, run, state="partial" if failed else "done")


def _responses(world: World, week: int) -> list[tuple[Any, ...]]:
    numbers = range(1 + week * world.responses, 1 + (week + 1) * world.responses)
    return [(_record(number), 200, world.at(week), *_place(number)) for number in numbers]


def _place(number: int) -> tuple[int, int, str]:
    return number * BATCH * 20, BATCH * 20, f"{number:064x}"


def _put(file: Path, world: World) -> None:
    """Put all weeks but the first into a ledger, in memory, and write that back page by page."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        with closing(sqlite3.connect(file)) as ledger:
            ledger.backup(memory)
        memory.execute("BEGIN")
        for week in world:
            if week.number:
                _put_week(memory, world, week)
        memory.execute("COMMIT")
        file.unlink()
        with closing(sqlite3.connect(file)) as ledger:
            memory.backup(ledger)


def _put_week(memory: sqlite3.Connection, world: World, week: Week) -> None:
    at, state = world.at(week.number), "partial" if len(week.failed) else "done"
    begun, ended = (f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in (at - _TAKES, at))
    days = (at.date() - EPOCH).days
    run = (week.number + 1, week.known_seq, "refresh", "{}", days, begun, ended, ended, state, 1, "0", "")
    memory.execute("INSERT INTO run VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", run)
    recording = (week.number + 1, week.known_seq, f"{at:%Y%m%d}.warc.gz", None)
    memory.execute("INSERT INTO recording VALUES (?,?,?,?)", recording)
    first = 1 + week.number * world.responses
    memory.executemany(
        "INSERT INTO response VALUES (?,?,?,?,?,?,?,?)",
        (
            (
                number,
                week.number + 1,
                _bytes(record),
                status,
                week.known_seq,
                *place,
                bytes.fromhex(digest),
            )
            for number, (record, status, _, *place, digest) in enumerate(_responses(world, week.number), first)
        ),
    )
    columns = (column.tolist() for column in (week.series, week.day, week.value, week.method, week.response))
    series, day, value, method, response = columns
    memory.executemany(
        f"INSERT INTO observation VALUES (?,?,{week.known_seq},?,?,?)",
        zip(series, day, value, method, response, strict=True),
    )
    recorded = dict(zip(series, response, strict=True))
    told = ((number, week.known_seq, STATES["recorded"], "", "", of) for number, of in recorded.items())
    memory.executemany("INSERT INTO outcome VALUES (?,?,?,?,?,?)", told)
    failed = ((number, week.known_seq, STATES["failed"], *_TOLD, None) for number in week.failed.tolist())
    memory.executemany("INSERT INTO outcome VALUES (?,?,?,?,?,?)", failed)


def _bytes(record: str) -> bytes:
    return UUID(record.strip("<>")).bytes
