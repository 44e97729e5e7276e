"""What was known of projects as of many days, in one pass: each observation is read once, whatever the number of days.

A table asks for one day and seeks; a history, a chart and a site ask for hundreds, of all projects at once.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, func, or_, select

from storage.database.as_known import counts, ids, visible
from storage.database.schema import observation, run, series
from storage.identity.directory import Directory
from storage.identity.members import Member, directory, resolve_members
from storage.identity.membership import Membership
from storage.model import Known, Part, ProjectEntry
from storage.quarantine.holds import withheld_values
from storage.query.asof import listed_whole, newest_listed, parts_of_members, series_query

_BATCH: Final = 5000
_MONTH: Final = timedelta(days=31)
"""How much older than the first day a value may be that is told to be restated."""


@dataclass(frozen=True, slots=True)
class Column:
    """Projects and their parts as of a day, exactly as a table of that day has them.

    `first_known` gives, by the number of a series, what was known of its part's day at first, where that is another
    value. Of a day that was still going on it is what was known at its end. Of values that were more than a month old
    on the first of the days it tells nothing.
    """

    day: date
    projects: Sequence[ProjectEntry]
    parts: Sequence[Part]
    first_known: Mapping[int, float]


class _Newest(NamedTuple):
    """The newest observation of a series that counts, as of a day."""

    day: date
    known_seq: int
    value: float
    method: str
    response_id: int | None
    run: int
    first: float


class _Row(NamedTuple):
    """A series as of a day, with the columns of `series_query`."""

    id: int
    artifact_id: int
    metric: str
    source: str
    definition: str
    day: date | None
    known_seq: int | None
    value: float | None
    method: str | None
    response_id: int | None
    run: int | None
    state: str
    cause: str
    detail: str
    asked: date


def columns(
    connection: Connection,
    days: Collection[date],
    known: Known,
    membership: Membership,
    metrics: Collection[str] | None = None,
) -> Iterator[Column]:
    """Yield the projects of `membership` as of UTC days, the oldest first, all as known; of all or some metrics."""
    ordered = sorted(set(days))
    if not ordered:
        return
    entries = [membership.on(day) for day in ordered]
    called = directory(connection, {one for of_day in entries for entry in of_day for one in entry.members}, known)
    members = list(_members(entries, called, ordered))
    artifacts = {member.artifact for of_day in members for member in of_day if member.artifact is not None}
    # The newest outcomes are those of every day. Sorted here, for databases differ in how they sort text.
    query = series_query(connection.dialect.name, artifacts, ordered[0], known)
    lists = {member.artifact for of_day in members for member in of_day if member.listing} - {None}
    if metrics is not None:
        # Whether a list was read whole is said in a series of it.
        of_lists = series.c.artifact_id.in_(ids([one for one in lists if one is not None]))
        query = query.where(or_(series.c.metric.in_(sorted(metrics)), of_lists))
    told = connection.execute(query).all() if artifacts else []
    told = sorted(told, key=lambda row: (row.artifact_id, row.metric, row.source, row.definition))
    numbers = {row.id for row in told}
    newest = _sweep(connection, told, ordered, known)
    held = withheld_values(connection, numbers, ordered[-1], known)
    whole = listed_whole(connection, [row.id for row in told if row.artifact_id in lists], known)
    # Taken apart once, as looking into a row by name is slow; the columns of the series come first.
    lines = [(newest[row.id], row[: len(series.c)], (row.state, row.cause, row.detail, row.asked)) for row in told]
    for at, day in enumerate(ordered):
        rows: dict[int, list[_Row]] = defaultdict(list)
        first_known = {}
        for line, of_series, said in lines:
            one = line[at]
            if one is None:
                rows[of_series[1]].append(_Row._make((*of_series, None, None, None, None, None, None, *said)))
                continue
            rows[of_series[1]].append(_Row._make((*of_series, *one[:-1], *said)))
            if one.first != one.value:
                first_known[of_series[0]] = one.first
        by_then = {number: [one for one in found if one[1].day <= day] for number, found in held.items()}
        parts = parts_of_members(members[at], rows, called, newest_listed(whole, day), day, by_then)
        yield Column(day, entries[at], parts, first_known)


def oldest_day(
    connection: Connection, known: Known, membership: Membership, metrics: Collection[str] | None = None
) -> date | None:
    """Return the day of the oldest observation of projects that counts, of all or some metrics; None without any."""
    entries = membership.ever()
    called = directory(connection, {one for entry in entries for one in entry.members}, known)
    artifacts = {member.artifact for entry in entries for member in resolve_members(entry, called)} - {None}
    query = (
        select(func.min(observation.c.day))
        .join(series, series.c.id == observation.c.series_id)
        .where(series.c.artifact_id.in_(ids([number for number in artifacts if number is not None])))
        .where(visible(observation.c.known_seq, known), counts(observation, known))
    )
    if metrics:
        query = query.where(series.c.metric.in_(sorted(metrics)))
    found: date | None = connection.scalar(query)
    return found


def _members(
    entries: Sequence[Sequence[ProjectEntry]], called: Directory, days: Sequence[date]
) -> Iterator[Sequence[Member]]:
    """Yield the members of each day; they are resolved anew only where the catalog changed or a name passed on."""
    passed = sorted({row.day for of in called.aliases.values() for row in of})
    key: tuple[object, ...] = ()
    found: list[Member] = []
    for of_day, day in zip(entries, days, strict=True):
        same = tuple(entry.members for entry in of_day), bisect_right(passed, day)
        if same != key:
            key, found = same, [member for entry in of_day for member in resolve_members(entry, called, day)]
        yield found


def _sweep(
    connection: Connection, told: Sequence[Row[Any]], days: Sequence[date], known: Known
) -> dict[int, list[_Newest | None]]:
    """Return for series their newest observation that counts as of each of the days.

    `told` has them as of the first day, so that what is much older need not be read.
    """
    found: dict[int, list[_Newest | None]] = {row.id: [None] * len(days) for row in told}
    for row in told:
        if row.day is not None:
            place = row.day, row.known_seq
            found[row.id][0] = _Newest(*place, row.value, row.method, row.response_id, row.run, row.value)
    if not found:
        return found
    closed = select(run.c.known_seq, run.c.id, run.c.known_at).where(visible(run.c.known_seq, known))
    runs = {known_seq: (number, at.date()) for known_seq, number, at in connection.execute(closed)}
    query = (
        select(observation)
        .where(observation.c.series_id.in_(ids(found)), observation.c.day.between(days[0] - _MONTH, days[-1]))
        .where(visible(observation.c.known_seq, known), counts(observation, known))
        .order_by(observation.c.series_id, observation.c.day, observation.c.known_seq)
    )
    before, first = (0, date.min), 0.0
    rows = connection.execute(query, execution_options={"yield_per": _BATCH})
    for number, day, known_seq, value, method, response_id in rows:
        by, known_on = runs[known_seq]
        # A count that is read twice on one day is not restated: its day was not over.
        if (number, day) != before or known_on <= day:
            before, first = (number, day), value
        found[number][bisect_left(days, day)] = _Newest(day, known_seq, value, method, response_id, by, first)
    for line in found.values():
        for at in range(1, len(line)):
            line[at] = line[at] or line[at - 1]
    return found
