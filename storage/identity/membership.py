"""Which artifacts a project had on a day: by the catalog in force then, for an edit must not rewrite older tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection, select

from storage.database.as_known import ids, visible
from storage.database.schema import member, run
from storage.identity.directory import Directory
from storage.identity.members import directory
from storage.model import Change, Known, ProjectEntry
from storage.runs.catalogs import entries_of, projects

_DAY = timedelta(days=1)
LOOK_BACK = timedelta(days=28)
"""How far back from a day a change of a project's artifacts is looked for."""


class Membership:
    """The projects of a ledger as known, asked for any number of days; each catalog is read once.

    `now` are the projects (by id, None: all of the newest catalog) as they are by now. Raises UnknownProject.
    """

    def __init__(self, connection: Connection, known: Known, wanted: Sequence[str] | None) -> None:
        self.now = projects(connection, known, wanted)
        self._connection = connection
        self._known = known
        self._ids = None if wanted is None else [entry.id for entry in self.now]
        self._spans = _spans(connection, known)
        self._catalogs: dict[int, dict[str, ProjectEntry]] = {}
        self._entries: dict[int, list[ProjectEntry]] = {}
        self._changes: dict[int, Mapping[str, Mapping[str, Change]]] = {}

    def on(self, day: date) -> list[ProjectEntry]:
        """Return the projects as they were on a UTC day, with their latest changes.

        Name and artifacts are those of the catalog in force on that day. A kind of artifact that a project got later,
        and a project that came later, count as they were at first: they were only not tracked yet.
        """
        place = max((at for at, (first, _) in enumerate(self._spans) if first <= day), default=0)
        if place not in self._entries:
            self._entries[place] = [self._as_of(entry, place) for entry in self.now]
        changes: dict[str, dict[str, Change]] = {}
        for at in range(place, 0, -1):
            if self._spans[at][0] <= day - LOOK_BACK:
                break
            for project, of_kind in self._exchanged(at).items():
                changes[project] = {**of_kind, **changes.get(project, {})}
        if not changes:
            return self._entries[place]
        return [
            replace(entry, changes=tuple(changes[entry.id][kind] for kind in sorted(changes[entry.id])))
            if entry.id in changes
            else entry
            for entry in self._entries[place]
        ]

    def ever(self) -> list[ProjectEntry]:
        """Return the projects with all members that they ever had, those that they have now first."""
        found = {entry.id: dict.fromkeys(entry.members) for entry in self.now}
        numbers = {number for _, number in self._spans}
        if len(numbers) > 1:
            query = select(member.c.project_id, member.c.kind, member.c.name).where(
                member.c.catalog_id.in_(ids(numbers))
            )
            newest_first = member.c.catalog_id.desc(), member.c.project_id, member.c.position
            for project, kind, name in self._connection.execute(query.order_by(*newest_first)):
                if project in found:
                    found[project].setdefault((kind, name))
        return [replace(entry, members=tuple(found[entry.id])) for entry in self.now]

    def _as_of(self, now: ProjectEntry, place: int) -> ProjectEntry:
        # With one catalog there is nothing to look up: `now` is of it.
        then = self._entry(place, now.id) if len(self._spans) > 1 else now
        lacking = {kind for kind, _ in now.members} - {kind for kind, _ in (then.members if then else ())}
        for at in range(place + 1, len(self._spans)) if lacking or then is None else ():
            later = self._entry(at, now.id)
            if then is None or later is None:
                then = later
            else:
                then = replace(then, members=(*then.members, *(one for one in later.members if one[0] in lacking)))
            lacking -= {kind for kind, _ in (then.members if then else ())}
        return then or now

    def _exchanged(self, at: int) -> Mapping[str, Mapping[str, Change]]:
        """Return by project and kind the artifacts that the catalog at a place exchanged; a mere rename is none."""
        if at not in self._changes:
            found = {}
            for entry in self.now:
                after, before = (_by_kind(self._entry(place, entry.id)) for place in (at, at - 1))
                kinds = [kind for kind in after.keys() & before.keys() if set(after[kind]) != set(before[kind])]
                since = self._spans[at][0]
                found[entry.id] = {kind: Change(since, kind, before[kind], after[kind]) for kind in kinds}
            changes = [change for of_kind in found.values() for change in of_kind.values()]
            names = [(one.kind, name) for one in changes for name in (*one.before, *one.after)]
            called = directory(self._connection, names, self._known) if names else Directory()
            self._changes[at] = {
                project: {
                    kind: one
                    for kind, one in of_kind.items()
                    if _led_to(called, kind, one.before, one.day - _DAY) != _led_to(called, kind, one.after, one.day)
                }
                for project, of_kind in found.items()
                if of_kind
            }
        return self._changes[at]

    def _entry(self, place: int, project: str) -> ProjectEntry | None:
        number = self._spans[place][1]
        if number not in self._catalogs:
            self._catalogs[number] = {entry.id: entry for entry in entries_of(self._connection, number, self._ids)}
        return self._catalogs[number].get(project)


def _spans(connection: Connection, known: Known) -> list[tuple[date, int]]:
    """Return the catalogs in the order in which runs used them: day of the first such run, and the catalog's id."""
    query = select(run.c.day, run.c.catalog_id).where(visible(run.c.known_seq, known), run.c.catalog_id.is_not(None))
    spans: list[tuple[date, int]] = []
    for day, number in connection.execute(query.order_by(run.c.known_seq)):
        if not spans or spans[-1][1] != number:
            spans.append((day, number))
    return spans


def _by_kind(entry: ProjectEntry | None) -> Mapping[str, tuple[str, ...]]:
    named: dict[str, tuple[str, ...]] = {}
    for kind, name in entry.members if entry else ():
        named[kind] = (*named.get(kind, ()), name)
    return named


def _led_to(called: Directory, kind: str, names: Iterable[str], day: date) -> set[int | str]:
    found = ((called.find(kind, name, day), name) for name in names)
    return {name if number is None else number for number, name in found}
