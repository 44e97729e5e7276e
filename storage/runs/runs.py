"""The runs, and the second clock that they make: each becomes known by one commit, whole."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from storage.database.as_known import ids
from storage.database.errors import NoRoom, NothingKnown, UnknownRun
from storage.database.schema import observation, outcome, run
from storage.model import Known, Run

STATES = ("done", "partial", "failed")
_LAST_SECOND = time(23, 59, 59)


def begin(
    connection: Connection,
    *,
    kind: str,
    scope: str,
    day: date,
    started: datetime,
    now: datetime,
    catalog_id: int | None,
    version: str,
    public: datetime | None = None,
) -> Run:
    """Insert a run, at the end of the second clock even if the computer's was put back; `end` says how it went.

    What was `public` earlier (UTC) gets its place among the runs of that time. Raises NoRoom if there is none.
    """
    stored, known_at = _whole(now), _whole(now if public is None else public)
    begun = Run(
        id=1 + (connection.scalar(select(func.max(run.c.id))) or 0),
        known_seq=_known_seq(connection, known_at, placed=public is not None),
        kind=kind,
        scope=scope,
        day=day,
        started_at=_whole(started),
        closed_at=stored,
        known_at=known_at,
        state="done",
        catalog_id=catalog_id,
        version=version,
        note="",
    )
    connection.execute(insert(run), asdict(begun))
    return begun


def end(connection: Connection, begun: Run, *, state: str, note: str = "") -> Run:
    """Say how a run went, within the transaction that stores it. Raises ValueError for a state that is none."""
    if state not in STATES:
        raise ValueError(f"a run does not end in the state {state!r}; it is one of {', '.join(STATES)}")
    connection.execute(update(run).where(run.c.id == begun.id).values(state=state, note=note))
    return _run(connection.execute(select(run).where(run.c.id == begun.id)).one())


def known(connection: Connection, when: int | date | datetime | None = None) -> Known:
    """Return what was known by a time, a day (the whole of it), or now (None); or after a run, by its number.

    A time without a zone is taken as UTC. Raises UnknownRun, NothingKnown.
    """
    found = connection.execute(_known(when).order_by(run.c.known_seq.desc()).limit(1)).one_or_none()
    if found is not None:
        return Known(found.known_seq, found.id, found.known_at)
    if isinstance(when, int):
        raise UnknownRun(f"there is no run {when}: `tallybook runs` lists them")
    if when is None:
        raise NothingKnown("no run is stored yet: `tallybook refresh` makes the first")
    raise NothingKnown(f"no run was stored by {when.isoformat()}: nothing was known then; `tallybook runs` lists them")


def runs(connection: Connection, limit: int) -> list[Run]:
    """Return the newest runs, the newest first."""
    return [_run(row) for row in connection.execute(select(run).order_by(run.c.known_seq.desc()).limit(limit))]


def brought(connection: Connection, of: Collection[Run]) -> dict[int, tuple[int, dict[str, int]]]:
    """Return by the number of a run how many values it stored, and how many series it said what of."""
    numbers = {one.known_seq: one.id for one in of}
    if not numbers:
        return {}
    found: dict[int, tuple[int, dict[str, int]]] = {number: (0, {}) for number in numbers.values()}
    stored = select(observation.c.known_seq, func.count()).where(observation.c.known_seq.in_(sorted(numbers)))
    for known_seq, values in connection.execute(stored.group_by(observation.c.known_seq)):
        found[numbers[known_seq]] = values, {}
    said = select(outcome.c.known_seq, outcome.c.state, func.count()).where(outcome.c.known_seq.in_(sorted(numbers)))
    for known_seq, state, number in connection.execute(said.group_by(outcome.c.known_seq, outcome.c.state)):
        found[numbers[known_seq]][1][state] = number
    return found


def same_day(connection: Connection, of: Run) -> list[Run]:
    """Return the other runs of a run's day and kind, the newest first."""
    query = select(run).where(run.c.day == of.day, run.c.kind == of.kind, run.c.id != of.id)
    return [_run(row) for row in connection.execute(query.order_by(run.c.known_seq.desc()))]


def runs_by_number(connection: Connection, numbers: Collection[int]) -> dict[int, Run]:
    """Return runs by their numbers, those that are there."""
    rows = connection.execute(select(run).where(run.c.id.in_(ids(numbers)))) if numbers else ()
    return {row.id: _run(row) for row in rows}


def refresh_days(connection: Connection, scope: str | None = None) -> list[date]:
    """Return the days of the refreshes that succeeded wholly or in part, or of those of a scope."""
    wanted = select(run.c.day).where(run.c.kind == "refresh", run.c.state.in_(("done", "partial")))
    if scope is not None:
        wanted = wanted.where(run.c.scope == scope)
    return sorted(set(connection.scalars(wanted)))


def _known(when: int | date | datetime | None) -> Select[Any]:
    query = select(run)
    if isinstance(when, int):
        return query.where(run.c.id == when)
    if isinstance(when, datetime):
        return query.where(run.c.known_at <= (when if when.tzinfo else when.replace(tzinfo=UTC)))
    if when is None:
        return query
    return query.where(run.c.known_at <= datetime.combine(when, _LAST_SECOND, UTC))


def _known_seq(connection: Connection, at: datetime, *, placed: bool) -> int:
    """Return a free place for a time: after all runs, or `placed` between those known by then and later ones."""
    wanted = int(at.timestamp())
    after = connection.scalar(select(func.min(run.c.known_seq)).where(run.c.known_at > at)) if placed else None
    before = select(func.max(run.c.known_seq))
    last = connection.scalar(before if after is None else before.where(run.c.known_seq < after)) or 0
    found = max(wanted, last + 1)
    if after is None or found < after:
        return found
    if last + 1 < after:
        return int(after) - 1
    raise NoRoom(f"between two runs of the ledger there is no room for one known at {at:%Y-%m-%dT%H:%M:%SZ}")


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _run(row: Row[Any]) -> Run:
    return Run(**row._asdict())
