"""A run's life: begun, closed, or discarded without a trace; and the runs that were. Knows no observation's value."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, exists, func, insert, select, update

from storage.database.as_known import ids
from storage.database.errors import NoRoom, NothingKnown, RunHasLearned, RunInProgress, RunNotOpen, UnknownRun
from storage.database.schema import (
    alias,
    artifact,
    catalog,
    decision,
    etag,
    hold,
    member,
    observation,
    outcome,
    project,
    recording,
    response,
    run,
    series,
)
from storage.model import Known, Run

CLOSED = ("done", "partial", "failed")
_OFRUN = recording.c.known_seq == run.c.known_seq
RUN = select(
    run,
    select(recording.c.name).where(_OFRUN).order_by(recording.c.id).limit(1).scalar_subquery().label("recording"),
    select(recording.c.digest)
    .where(_OFRUN)
    .order_by(recording.c.id)
    .limit(1)
    .scalar_subquery()
    .label("recording_digest"),
)
_LAST_SECOND = time(23, 59, 59)


def open_run(connection: Connection) -> Run | None:
    """Return the run that is not closed, if there is one."""
    row = connection.execute(RUN.where(run.c.state == "open")).one_or_none()
    return None if row is None else of_row(row)


def begin(
    connection: Connection,
    *,
    kind: str,
    scope: str,
    day: date,
    now: datetime,
    catalog_id: int | None,
    recording_name: str | None,
    version: str,
    note: str,
    public: datetime | None = None,
) -> Run:
    """Open a run: the next number, and a known_seq after all others even if the clock was put back.

    What was `public` earlier (UTC) gets a known_seq among those of its time. Raises RunInProgress if a run is open,
    NoRoom if there is no known_seq left at that time.
    """
    if (other := open_run(connection)) is not None:
        raise RunInProgress(other)
    started = _whole(now)
    begun = Run(
        id=(connection.scalar(select(func.max(run.c.id))) or 0) + 1,
        known_seq=_known_seq(connection, started if public is None else _whole(public), placed=public is not None),
        kind=kind,
        scope=scope,
        day=day,
        started_at=started,
        closed_at=None,
        known_at=None,
        state="open",
        catalog_id=catalog_id,
        recording=None,
        recording_digest=None,
        version=version,
        note=note,
    )
    row = asdict(begun)
    connection.execute(insert(run), {name: row[name] for name in run.c.keys()})  # noqa: SIM118
    return begun if recording_name is None else set_recording(connection, begun, recording_name)


def set_recording(connection: Connection, of: Run, name: str) -> Run:
    """Note the file name of an open run's recording. Raises RunNotOpen."""
    require_open(connection, of.id)
    connection.execute(delete(recording).where(recording.c.known_seq == of.known_seq))
    number = 1 + (connection.scalar(select(func.max(recording.c.id))) or 0)
    connection.execute(insert(recording), {"id": number, "known_seq": of.known_seq, "name": name, "digest": None})
    return of_row(connection.execute(RUN.where(run.c.id == of.id)).one())


def _known_seq(connection: Connection, at: datetime, *, placed: bool) -> int:
    """Return a free known_seq for a time: after all others, or `placed` between runs known by then and later ones."""
    wanted = int(at.timestamp())
    later = select(func.min(run.c.known_seq)).where(run.c.known_at > at)
    after = connection.scalar(later) if placed else None
    before = select(func.max(run.c.known_seq))
    last = connection.scalar(before if after is None else before.where(run.c.known_seq < after)) or 0
    known_seq = max(wanted, last + 1)
    if after is None or known_seq < after:
        return known_seq
    if last + 1 < after:
        return int(after) - 1
    raise NoRoom(f"between two runs of the ledger there is no room for one known at {at:%Y-%m-%dT%H:%M:%SZ}")


def change(connection: Connection, number: int, **values: object) -> Run:
    """Change an open run and return it as it is then. Raises RunNotOpen."""
    require_open(connection, number)
    connection.execute(update(run).where(run.c.id == number).values(values))
    return of_row(connection.execute(RUN.where(run.c.id == number)).one())


def close(
    connection: Connection,
    number: int,
    *,
    state: str,
    now: datetime,
    digest: str | None,
    public: datetime | None = None,
) -> Run:
    """Close an open run: from here on its rows are known, or were since they were `public` (UTC).

    Raises RunNotOpen, ValueError for a state that is no end.
    """
    if state not in CLOSED:
        raise ValueError(f"a run does not end in the state {state!r}; its end is one of {', '.join(CLOSED)}")
    at = _whole(now)
    known_at = at if public is None else _whole(public)
    of = select(run.c.known_seq).where(run.c.id == number).scalar_subquery()
    connection.execute(update(recording).where(recording.c.known_seq == of).values(digest=digest))
    return change(connection, number, state=state, closed_at=at, known_at=known_at)


def require_open(connection: Connection, number: int) -> None:
    """Check that a run can be written to. Raises RunNotOpen."""
    state = connection.scalar(select(run.c.state).where(run.c.id == number))
    if state != "open":
        raise RunNotOpen(f"run {number} is {state or 'gone'}, so nothing can be added to it: begin a new run")


def discard(connection: Connection, doomed: Run, *, learned: bool = False) -> None:
    """Take an open run back with all that it brought.

    Raises RunNotOpen, and RunHasLearned if it did learn something, unless `learned` says that this is to go too, as
    with an import, which can be read again.
    """
    require_open(connection, doomed.id)
    succeeded = (
        select(func.count())
        .select_from(outcome)
        .where(outcome.c.known_seq == doomed.known_seq, outcome.c.state != "failed")
    )
    if not learned and (count := connection.scalar(succeeded)):
        raise RunHasLearned(f"run {doomed.id} has learned {count} outcomes and cannot be discarded: close it instead")
    touched = set(connection.scalars(select(outcome.c.series_id).where(outcome.c.known_seq == doomed.known_seq)))
    if learned:
        of_run = observation.c.series_id.in_(ids(touched)), observation.c.known_seq == doomed.known_seq
        connection.execute(delete(observation).where(*of_run))
    own = select(recording.c.id).where(recording.c.known_seq == doomed.known_seq)
    connection.execute(delete(response).where(response.c.recording_id.in_(own)))
    for table in (outcome, recording, alias, etag, hold, decision):
        connection.execute(delete(table).where(table.c.known_seq == doomed.known_seq))
    _drop_unused(connection, touched)
    connection.execute(delete(run).where(run.c.id == doomed.id))
    _drop_catalog(connection, doomed.catalog_id)


def known(connection: Connection, when: int | date | datetime | None) -> Known:
    """Return the newest closed run by a time, a day (the whole of it), or now (None); or a run by its number.

    A time without a zone is taken as UTC. Raises UnknownRun, NothingKnown.
    """
    found = connection.execute(_closed(when).order_by(run.c.known_seq.desc()).limit(1)).one_or_none()
    if found is not None:
        return Known(found.known_seq, found.id, found.known_at)
    if isinstance(when, int):
        raise UnknownRun(f"there is no closed run {when}: `tallybook status` lists the runs")
    until = "" if when is None else f" by {when.isoformat()}"
    raise NothingKnown(f"no run was closed{until}: nothing was known then; `tallybook status` lists the runs")


def runs(connection: Connection, limit: int) -> list[Run]:
    """Return the newest runs, the newest first, one that is open among them."""
    return [of_row(row) for row in connection.execute(RUN.order_by(run.c.known_seq.desc()).limit(limit))]


def same_day(connection: Connection, of: Run) -> list[Run]:
    """Return the closed runs of the day and kind of an open one, the newest first."""
    query = RUN.where(run.c.day == of.day, run.c.kind == of.kind, run.c.state != "open")
    return [of_row(row) for row in connection.execute(query.order_by(run.c.known_seq.desc()))]


def refresh_days(connection: Connection, scope: str | None) -> list[date]:
    """Return the days of the refreshes, replayed ones too, that succeeded wholly or in part, or of those of a scope."""
    wanted = select(run.c.day).where(run.c.kind.in_(("refresh", "replay")), run.c.state.in_(("done", "partial")))
    if scope is not None:
        wanted = wanted.where(run.c.scope == scope)
    return sorted(set(connection.scalars(wanted)))


def _closed(when: int | date | datetime | None) -> Select[Any]:
    query = RUN.where(run.c.state != "open")
    if isinstance(when, int):
        return query.where(run.c.id == when)
    if isinstance(when, datetime):
        return query.where(run.c.known_at <= (when if when.tzinfo else when.replace(tzinfo=UTC)))
    if when is None:
        return query
    return query.where(run.c.known_at <= datetime.combine(when, _LAST_SECOND, UTC))


def _drop_unused(connection: Connection, touched: Sequence[int] | set[int]) -> None:
    """Delete series that nothing speaks of any more, and artifacts of theirs that have nothing left."""
    if not touched:
        return
    unused = [~exists().where(table.c.series_id == series.c.id) for table in (outcome, observation)]
    owners = set(connection.scalars(select(series.c.artifact_id).where(series.c.id.in_(ids(touched)), *unused)))
    connection.execute(delete(series).where(series.c.id.in_(ids(touched)), *unused))
    kept: list[ColumnElement[bool]] = [
        select(table.c.artifact_id).where(table.c.artifact_id == artifact.c.id).exists() for table in (series, alias)
    ]
    connection.execute(delete(artifact).where(artifact.c.id.in_(ids(owners)), *(~held for held in kept)))


def _drop_catalog(connection: Connection, number: int | None) -> None:
    if number is None or connection.scalar(select(run.c.id).where(run.c.catalog_id == number).limit(1)) is not None:
        return
    for table in (member, project):
        connection.execute(delete(table).where(table.c.catalog_id == number))
    connection.execute(delete(catalog).where(catalog.c.id == number))


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def of_row(row: Row[Any]) -> Run:
    """Make a run of a row of RUN."""
    return Run(**row._asdict())
