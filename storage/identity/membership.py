"""Which artifacts a project had on a day: by the catalog in force then, for an edit must not rewrite older tables.

Nor may a review that gave a name to another artifact, which is told beside the edits.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection, select

from storage.database.as_known import visible
from storage.database.schema import artifact, identity, member, run
from storage.identity.directory import APART, REVIEW, Directory, folded, load
from storage.identity.members import directory
from storage.model import Change, Known, ProjectEntry
from storage.runs.catalogs import entries_of, projects

LOOK_BACK = timedelta(days=28)
"""How far back from a day a change of a project's artifacts is looked for."""

_Spans = Sequence[tuple[date, int]]
"""The catalogs in the order in which runs used them: day of the first such run, and the catalog's id."""


def dated(connection: Connection, day: date, known: Known, wanted: Sequence[str] | None) -> list[ProjectEntry]:
    """Return projects (by id, None: all of the newest catalog) as they were on a UTC day, with their latest changes.

    Name and artifacts are those of the catalog in force on that day. A kind of artifact that a project got later, and
    a project that came later, count as they were at first: they were only not tracked yet. Raises UnknownProject.
    """
    now = projects(connection, known, wanted)
    spans = _spans(connection, known)
    given = _given(connection, day, known)
    if len({number for _, number in spans}) <= 1:
        return [_with_given(entry, given) for entry in now]
    catalogs = _Catalogs(connection, spans, wanted)
    place = catalogs.in_force(day)
    then = [_as_of(entry, catalogs, place) for entry in now]
    edited = (replace(entry, changes=_changes(connection, entry, catalogs, place, day, known)) for entry in then)
    return [_with_given(entry, given) for entry in edited]


def every_member(
    connection: Connection, known: Known, entries: Iterable[ProjectEntry]
) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return all members (kind, name) that projects ever had, by project, those of `entries` first."""
    found = {entry.id: dict.fromkeys(entry.members) for entry in entries}
    numbers = {number for _, number in _spans(connection, known)}
    if len(numbers) > 1:
        query = select(member.c.project_id, member.c.kind, member.c.name).where(member.c.catalog_id.in_(numbers))
        rows = connection.execute(query.order_by(member.c.catalog_id.desc(), member.c.project_id, member.c.position))
        for project_id, kind, name in rows:
            if project_id in found:
                found[project_id].setdefault((kind, name))
    return {project_id: tuple(members) for project_id, members in found.items()}


class _Catalogs:
    """The catalogs of a ledger by their place in time, each read when it is first asked for."""

    def __init__(self, connection: Connection, spans: _Spans, wanted: Sequence[str] | None) -> None:
        self.spans = spans
        self._connection = connection
        self._wanted = wanted
        self._read: dict[int, dict[str, ProjectEntry]] = {}

    def in_force(self, day: date) -> int:
        """Return the place of the catalog that the newest run up to a day used, else of the first one."""
        return max((place for place, (first, _) in enumerate(self.spans) if first <= day), default=0)

    def entry(self, place: int, project: str) -> ProjectEntry | None:
        """Return a project as the catalog at a place has it."""
        number = self.spans[place][1]
        if number not in self._read:
            read = entries_of(self._connection, number, self._wanted)
            self._read[number] = {entry.id: entry for entry in read}
        return self._read[number].get(project)

    def after(self, place: int, project: str) -> Iterator[ProjectEntry]:
        """Yield a project as the later catalogs have it, oldest first."""
        later = (self.entry(other, project) for other in range(place + 1, len(self.spans)))
        return (entry for entry in later if entry is not None)


def _spans(connection: Connection, known: Known) -> list[tuple[date, int]]:
    query = select(run.c.day, run.c.catalog_id).where(visible(run.c.tick, known), run.c.catalog_id.is_not(None))
    spans: list[tuple[date, int]] = []
    for day, number in connection.execute(query.order_by(run.c.tick)):
        if not spans or spans[-1][1] != number:
            spans.append((day, number))
    return spans


def _as_of(now: ProjectEntry, catalogs: _Catalogs, place: int) -> ProjectEntry:
    then = catalogs.entry(place, now.id)
    if then is None:
        return next(catalogs.after(place, now.id), now)
    lacking = {kind for kind, _ in now.members} - {kind for kind, _ in then.members}
    for later in catalogs.after(place, now.id) if lacking else ():
        came = tuple(one for one in later.members if one[0] in lacking)
        then = replace(then, members=(*then.members, *came))
        lacking -= {kind for kind, _ in came}
    return then


def _changes(
    connection: Connection, entry: ProjectEntry, catalogs: _Catalogs, place: int, day: date, known: Known
) -> tuple[Change, ...]:
    """Find the newest exchange of artifacts of each kind in the days before `day`; a mere rename is none."""
    found: dict[str, Change] = {}
    for at in range(place, 0, -1):
        since = catalogs.spans[at][0]
        if since <= day - LOOK_BACK:
            break
        after, before = _by_kind(catalogs.entry(at, entry.id)), _by_kind(catalogs.entry(at - 1, entry.id))
        for kind in after.keys() & before.keys() - found.keys():
            if set(after[kind]) != set(before[kind]) and _differ(connection, kind, before[kind], after[kind], known):
                found[kind] = Change(since, kind, before[kind], after[kind])
    return tuple(found[kind] for kind in sorted(found))


def _given(connection: Connection, day: date, known: Known) -> dict[tuple[str, str], Change]:
    """Return by name (kind, folded) what reviews made of whose it is, in the days before `day`."""
    query = (
        select(artifact.c.kind, identity.c.name, identity.c.day)
        .join(artifact, artifact.c.id == identity.c.artifact_id)
        .join(run, run.c.tick == identity.c.tick)
        .where(run.c.kind == REVIEW, identity.c.day > day - LOOK_BACK, identity.c.day <= day)
        .where(visible(identity.c.tick, known))
        .order_by(identity.c.day)
    )
    rows = connection.execute(query).all()
    names: dict[str, set[str]] = {}
    for row in rows:
        names.setdefault(row.kind, set()).add(row.name)
    called = load(connection, names, known=known) if rows else Directory()
    found = {}
    for kind, name, since in rows:
        before, after = (called.find(kind, name, on) for on in (since - timedelta(days=1), since))
        if before is not None and after is not None and before != after:
            told = (f"{name}{APART}{called.number(number)}" for number in (before, after))
            found[kind, folded(kind, name)] = Change(since, kind, *((one,) for one in told))
    return found


def _with_given(entry: ProjectEntry, given: Mapping[tuple[str, str], Change]) -> ProjectEntry:
    """Add what became of a project's names, of each kind the newest change."""
    mine = [given[place] for kind, name in entry.members if (place := (kind, folded(kind, name))) in given]
    if not mine:
        return entry
    newest = {change.kind: change for change in sorted([*entry.changes, *mine], key=lambda one: one.day)}
    return replace(entry, changes=tuple(newest[kind] for kind in sorted(newest)))


def _by_kind(entry: ProjectEntry | None) -> Mapping[str, tuple[str, ...]]:
    named: dict[str, tuple[str, ...]] = {}
    for kind, name in entry.members if entry else ():
        named[kind] = (*named.get(kind, ()), name)
    return named


def _differ(connection: Connection, kind: str, before: Iterable[str], after: Iterable[str], known: Known) -> bool:
    """Whether names lead to other artifacts, and not to the same ones under their new names."""
    called = directory(connection, [(kind, name) for name in (*before, *after)], known)
    return _led_to(called, kind, before) != _led_to(called, kind, after)


def _led_to(called: Directory, kind: str, names: Iterable[str]) -> set[int | str]:
    found = ((called.find(kind, name), name) for name in names)
    return {name if number is None else number for number, name in found}
