"""What was known of projects as of a day: one part for each series of their artifacts; adds nothing up."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Exists, Row, Select, and_, func, select

from storage.append.evident import what_was_said
from storage.database.as_known import ids, visible
from storage.database.schema import observation, outcome, run, series
from storage.identity.claims import Claims, newest_claims
from storage.identity.directory import Directory, load
from storage.identity.members import Member, directory, is_pattern, matching, prefix, resolve_members
from storage.identity.membership import dated
from storage.model import Known, Part, ProjectEntry
from storage.quarantine.held import Held
from storage.quarantine.holds import withheld_at
from storage.quarantine.withheld import touched
from storage.query.seek import newest_asked, newest_observation, newest_tick

_READ_WHOLE = ("recorded", "unchanged")


@dataclass(frozen=True, slots=True)
class _Found:
    """A series with what was last said of it, its newest value that counts, and what is withheld that is newer."""

    row: Row[Any]
    counted: Row[Any]
    held: Held | None = None


def parts(connection: Connection, day: date, known: Known, wanted: Sequence[str] | None) -> list[Part]:
    """Return the parts of projects (by id, None: all) as of a day, in catalog order. Raises UnknownProject."""
    return parts_of(connection, day, known, dated(connection, day, known, wanted))


def parts_of(connection: Connection, day: date, known: Known, entries: Sequence[ProjectEntry]) -> list[Part]:
    """Return the parts of projects, given as they were on a day, in their order."""
    called = directory(connection, [member for entry in entries for member in entry.members], known)
    members = [member for entry in entries for member in resolve_members(entry, called, day)]
    rows = _series(connection, {member.artifact for member in members if member.artifact is not None}, day, known)
    listings = [found.row.id for member in members if member.listing for found in rows.get(member.artifact or 0, ())]
    listed = _listed(connection, listings, day, known)
    claims = newest_claims(connection, day, known)
    return [part for member in members for part in _parts(member, rows, called, listed, day, claims)]


def known_artifacts(connection: Connection, kind: str, pattern: str) -> list[str]:
    """Return the newest names of the artifacts that match a pattern `ns/*` and have a value from a closed run."""
    called = load(connection, {}, prefixes=[(kind, prefix(pattern))])
    found = matching(called, kind, pattern)
    query = select(series.c.artifact_id).where(series.c.artifact_id.in_(ids(found))).where(_any_value())
    valued = set(connection.scalars(query))
    return [called.name(number) for number in found if number in valued]


def last_day(connection: Connection, known: Known) -> date:
    """Return the last day of a run that is known; values without an outcome are of no later one."""
    found = connection.scalar(select(func.max(run.c.day)).where(visible(run.c.tick, known)))
    return date.min if found is None else found


def series_query(
    dialect: str, artifacts: Collection[int], day: date, known: Known, last: date, *, counted: Collection[int] = ()
) -> Select[Any]:
    """Return the query for the series of artifacts: newest value up to a day, and newest outcome, as known.

    `last` is the last day of a run that is known. If series are named that are to be `counted`, it is for these only,
    and passes over values that are withheld. A series of which no closed run has said anything is not there.
    """
    newest, of_series = newest_observation(dialect, day, known, counted=bool(counted))
    asked, learned = run.alias("asked"), run.alias("learned")
    learned_in = newest.c.tick if day >= last else newest_tick(last, known)
    by_run, of_run = newest_asked(dialect, asked, learned_in, known)
    wanted = series.c.id.in_(ids(counted)) if counted else series.c.artifact_id.in_(ids(artifacts))
    return (
        select(
            series,
            newest.c.day,
            newest.c.tick,
            newest.c.value,
            newest.c.method,
            newest.c.response_id,
            learned.c.id.label("run"),
            *what_was_said(),
            asked.c.day.label("asked"),
        )
        .select_from(series)
        .outerjoin(newest, of_series)
        .join(by_run, of_run)
        .outerjoin(outcome, and_(outcome.c.series_id == series.c.id, outcome.c.tick == asked.c.tick))
        .outerjoin(learned, learned.c.tick == newest.c.tick)
        .where(wanted)
    )


def _series(connection: Connection, artifacts: Collection[int], day: date, known: Known) -> Mapping[int, list[_Found]]:
    grouped: dict[int, list[_Found]] = defaultdict(list)
    if artifacts:
        last = last_day(connection, known)
        rows = connection.execute(series_query(connection.dialect.name, artifacts, day, known, last)).all()
        found = _counted(connection, {row.id: row for row in rows}, day, known, last)
        # Sorted here, for databases differ in how they sort text.
        for one in sorted(found, key=lambda one: (one.row.metric, one.row.source, one.row.definition)):
            grouped[one.row.artifact_id].append(one)
    return grouped


def _counted(connection: Connection, rows: Mapping[int, Row[Any]], day: date, known: Known, last: date) -> list[_Found]:
    """Seek again for the few series whose newest value may be withheld."""
    few = touched(connection, rows, known)
    if not few:
        return [_Found(row, row) for row in rows.values()]
    again = connection.execute(series_query(connection.dialect.name, (), day, known, last, counted=few))
    counted = dict(rows) | {row.id: row for row in again}
    places = {number: (row.id, row.day, row.tick) for number, row in rows.items()}
    passed = [places[row.id] for row in counted.values() if (row.id, row.day, row.tick) != places[row.id]]
    held = withheld_at(connection, passed, known)
    return [_Found(row, counted[number], held.get(places[number])) for number, row in rows.items()]


def _parts(
    member: Member,
    rows: Mapping[int, list[_Found]],
    called: Directory,
    listed: Mapping[int, date],
    day: date,
    claims: Claims,
) -> Iterator[Part]:
    found = rows.get(member.artifact or 0, [])
    place = member.project, member.kind, member.name
    if not found:
        # An artifact that only a pattern brings in is nothing until somebody has said something of it.
        if member.listing or not is_pattern(member.name):
            yield Part(*place, "" if member.listing else member.name)
        return
    name = called.name(found[0].row.artifact_id, day)
    for one in found:
        row = one.row
        said = row.metric, row.source, row.definition
        told = row.state, row.cause, row.detail, row.asked
        if member.listing:
            yield Part(*place, name, *said, listed.get(row.id), None, None, None, None, *told)
        else:
            counted = one.counted
            value = counted.day, counted.value, counted.method, counted.run, counted.response_id
            claim = claims.newer(member, said, counted.day, counted.tick)
            held = one.held if claim is None or (claim.rejected and one.held is not None) else claim
            yield Part(*place, name, *said, *value, *told, held, row.id)


def _listed(connection: Connection, listings: Collection[int], day: date, known: Known) -> dict[int, date]:
    """Return for the series of patterns the day, up to `day`, of the newest run that read the list whole."""
    if not listings:
        return {}
    whole = and_(visible(outcome.c.tick, known), outcome.c.state.in_(_READ_WHOLE))
    query = (
        select(outcome.c.series_id, func.max(run.c.day))
        .join(run, run.c.tick == outcome.c.tick)
        .where(outcome.c.series_id.in_(ids(listings)), run.c.day <= day, whole)
        .group_by(outcome.c.series_id)
    )
    return dict(connection.execute(query).all())


def _any_value() -> Exists:
    seen = and_(observation.c.series_id == series.c.id, visible(observation.c.tick, None))
    return select(observation.c.series_id).where(seen).correlate(series).exists()
