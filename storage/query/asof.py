"""What was known of projects as of a day: one part for each series of their artifacts."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from storage.database.as_known import ids, visible
from storage.database.schema import observation, outcome, run, series
from storage.identity.directory import Directory, load
from storage.identity.members import Member, directory, is_pattern, matching, prefix, resolve_members
from storage.identity.membership import Membership
from storage.model import Held, Known, Part, ProjectEntry
from storage.quarantine.holds import withheld_values
from storage.query.seek import newest_observation, newest_outcome

_READ_WHOLE = ("recorded", "unchanged")


def parts(connection: Connection, day: date, known: Known, wanted: Sequence[str] | None) -> list[Part]:
    """Return the parts of projects (by id, None: all) as of a day, in catalog order. Raises UnknownProject."""
    return parts_of(connection, day, known, Membership(connection, known, wanted).on(day))


def parts_of(connection: Connection, day: date, known: Known, entries: Sequence[ProjectEntry]) -> list[Part]:
    """Return the parts of projects, given as they were on a day, in their order."""
    called = directory(connection, [member for entry in entries for member in entry.members], known)
    members = [member for entry in entries for member in resolve_members(entry, called, day)]
    artifacts = {member.artifact for member in members if member.artifact is not None}
    rows: dict[int, list[Row[Any]]] = defaultdict(list)
    if artifacts:
        found = connection.execute(series_query(connection.dialect.name, artifacts, day, known)).all()
        # Sorted here, for databases differ in how they sort text.
        for row in sorted(found, key=lambda one: (one.metric, one.source, one.definition)):
            rows[row.artifact_id].append(row)
    listings = [row.id for member in members if member.listing for row in rows.get(member.artifact or 0, ())]
    listed = newest_listed(listed_whole(connection, listings, known), day)
    held = withheld_values(connection, [row.id for of in rows.values() for row in of], day, known)
    return parts_of_members(members, rows, called, listed, day, held)


def known_artifacts(connection: Connection, kind: str, pattern: str) -> list[str]:
    """Return the newest names of the artifacts that match a pattern `ns/*` and have a value."""
    called = load(connection, {}, prefixes=[(kind, prefix(pattern))])
    found = matching(called, kind, pattern)
    any_value = select(observation.c.series_id).where(observation.c.series_id == series.c.id).correlate(series).exists()
    valued = set(
        connection.scalars(select(series.c.artifact_id).where(series.c.artifact_id.in_(ids(found)), any_value))
    )
    return [called.name(number) for number in found if number in valued]


def series_query(dialect: str, artifacts: Collection[int], day: date, known: Known) -> Select[Any]:
    """Return the query for the series of artifacts: newest value up to a day that counts, and newest outcome, as known.

    A series of which no run has said anything is not there.
    """
    newest, is_newest = newest_observation(dialect, day, known)
    told, is_told = newest_outcome(dialect, known)
    learned, asked = run.alias("learned"), run.alias("asked")
    return (
        select(
            series,
            newest.c.day,
            newest.c.known_seq,
            newest.c.value,
            newest.c.method,
            newest.c.response_id,
            learned.c.id.label("run"),
            told.c.state,
            told.c.cause,
            told.c.detail,
            asked.c.day.label("asked"),
        )
        .select_from(series)
        .outerjoin(newest, is_newest)
        .join(told, is_told)
        .join(asked, asked.c.known_seq == told.c.known_seq)
        .outerjoin(learned, learned.c.known_seq == newest.c.known_seq)
        .where(series.c.artifact_id.in_(ids(artifacts)))
    )


def parts_of_members(
    members: Iterable[Member],
    rows: Mapping[int, Sequence[Any]],
    called: Directory,
    listed: Mapping[int, date],
    day: date,
    held: Mapping[int, Sequence[tuple[int, Held]]],
) -> list[Part]:
    """Make the parts of members as of a day, of rows with the columns of `series_query` by artifact.

    `listed` are the days on which lists were read whole, and `held` what does not count, both by series.
    """
    return [part for member in members for part in _parts(member, rows, called, listed, day, held)]


def _parts(
    member: Member,
    rows: Mapping[int, Sequence[Any]],
    called: Directory,
    listed: Mapping[int, date],
    day: date,
    held: Mapping[int, Sequence[tuple[int, Held]]],
) -> Iterator[Part]:
    found = rows.get(member.artifact or 0, [])
    place = member.project, member.kind, member.name
    if not found:
        # An artifact that only a pattern brings in is nothing until somebody has said something of it.
        if member.listing or not is_pattern(member.name):
            yield Part(*place, "" if member.listing else member.name)
        return
    name = called.name(found[0].artifact_id, day)
    for row in found:
        said = row.metric, row.source, row.definition
        told = row.state, row.cause, row.detail, row.asked
        if member.listing:
            yield Part(*place, name, *said, listed.get(row.id), None, None, None, None, *told)
        else:
            value = row.day, row.value, row.method, row.run, row.response_id
            yield Part(*place, name, *said, *value, *told, _newer(held.get(row.id, ()), row), row.id)


def _newer(held: Sequence[tuple[int, Held]], counted: Row[Any]) -> Held | None:
    """Return the newest of what is withheld of a series, if it is newer than what counts."""
    if not held:
        return None
    known_seq, newest = held[-1]
    is_newer = counted.day is None or (newest.day, known_seq) > (counted.day, counted.known_seq)
    return newest if is_newer else None


def listed_whole(connection: Connection, listings: Collection[int], known: Known) -> dict[int, list[date]]:
    """Return for the series of patterns the days of the runs that read the list whole, as known, the oldest first."""
    found: dict[int, list[date]] = defaultdict(list)
    query = (
        select(outcome.c.series_id, run.c.day)
        .join(run, run.c.known_seq == outcome.c.known_seq)
        .where(outcome.c.series_id.in_(ids(listings)), outcome.c.state.in_(_READ_WHOLE))
        .where(visible(outcome.c.known_seq, known))
        .order_by(outcome.c.series_id, run.c.day)
    )
    for number, day in connection.execute(query) if listings else ():
        found[number].append(day)
    return found


def newest_listed(whole: Mapping[int, Sequence[date]], day: date) -> dict[int, date]:
    """Return for the series of patterns the newest day up to `day` on which the list was read whole."""
    return {number: read[at - 1] for number, read in whole.items() if (at := bisect_right(read, day))}
