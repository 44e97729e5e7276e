"""Which artifact a name or an upstream's number leads to, and what it was called when; knows no series and no value."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Final

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, and_, insert, or_, select

from storage.database.as_known import chunks, ids, visible
from storage.database.schema import artifact, identity, run
from storage.model import Known

APART: Final = "#"
"""Between the name and the number of an artifact that stands under another one's name."""
REVIEW: Final = "review"
"""The kind of run whose names are given by a person, and so from their day on only."""

_BLIND_TO_CASE: Final = frozenset({"github"})


def folded(kind: str, name: str) -> str:
    """Return a name as its registry compares it: GitHub's names do not mind case."""
    return name.lower() if kind in _BLIND_TO_CASE else name


@dataclass(frozen=True, slots=True)
class Called:
    """One row of the table identity: what an artifact was called, and its number, as learned in the run of `tick`.

    If it is `given` by a review, the name leads to the artifact from `day` on only, before to whose it was.
    """

    artifact: int
    tick: int
    name: str
    number: str
    day: date
    given: bool = False


@dataclass(slots=True)
class Directory:
    """Artifacts with all their names. What is resolved anew is noted in `made` and `learned`, to be stored."""

    names: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Kind and first name by artifact id."""
    calls: dict[int, list[Called]] = field(default_factory=lambda: defaultdict(list))
    """Identity rows by artifact id, in the order in which they were learned."""
    free: int = 1
    """The id of the next artifact to be made."""
    made: list[int] = field(default_factory=list)
    learned: list[Called] = field(default_factory=list)
    _by_name: dict[tuple[str, str], int] = field(default_factory=dict)
    _by_number: dict[tuple[str, str], int] = field(default_factory=dict)
    _in_order: list[tuple[str, str]] = field(default_factory=list)
    _lost: dict[tuple[str, str], list[tuple[date, int]]] = field(default_factory=lambda: defaultdict(list))
    """By name, whose it was before a review gave it to another from a day on, in the order of the reviews."""

    def add(self, number: int, kind: str, name: str) -> None:
        """Take in an artifact under its first name."""
        self.names[number] = (kind, name)
        self._by_name.setdefault((kind, folded(kind, name)), number)

    def call(self, row: Called) -> None:
        """Take in an identity row, newer than those before."""
        kind, _ = self.names[row.artifact]
        self.calls[row.artifact].append(row)
        key = kind, folded(kind, row.name)
        if row.given and key in self._by_name:
            self._lost[key].append((row.day, self._by_name[key]))
        self._by_name[key] = row.artifact
        if row.number:
            self._by_number[kind, row.number] = row.artifact

    def make(self, kind: str, name: str) -> int:
        """Make an artifact under a name that leads to none."""
        number, self.free = self.free, self.free + 1
        self.add(number, kind, name)
        self.made.append(number)
        return number

    def learn(self, row: Called) -> None:
        """Note a name or number learned now, unless the same run has noted that name already."""
        if all((known.tick, known.name) != (row.tick, row.name) for known in self.calls[row.artifact]):
            self.call(row)
            self.learned.append(row)

    def find(self, kind: str, name: str, day: date = date.max) -> int | None:
        """Return the artifact that a name leads to by now; where a review gave it to another, as of a day."""
        key = kind, folded(kind, name)
        found = self._by_name.get(key)
        for since, before in reversed(self._lost.get(key, ())):
            if day < since:
                found = before
        return found

    def former(self, kind: str, name: str) -> list[int]:
        """Return the artifacts that lost a name by a review, the last one last."""
        return [number for _, number in self._lost.get((kind, folded(kind, name)), ())]

    def find_number(self, kind: str, number: str) -> int | None:
        """Return the artifact that an upstream's number belongs to."""
        return self._by_number.get((kind, number))

    def name(self, number: int, day: date = date.max) -> str:
        """Return what an artifact was called on a day, as far as is known."""
        called = [row.name for row in self.calls.get(number, ()) if row.day <= day]
        return called[-1] if called else self.names[number][1]

    def title(self, number: int) -> str:
        """Return an artifact's newest name, with its number where that name leads to another one by now."""
        name = self.name(number)
        own = self.find(self.names[number][0], name) == number or not self.number(number)
        return name if own else f"{name}{APART}{self.number(number)}"

    def number(self, artifact_id: int) -> str:
        """Return the upstream's number of an artifact, "" if it is not known."""
        return next((row.number for row in reversed(self.calls.get(artifact_id, ())) if row.number), "")

    def all_names(self, artifact_id: int) -> set[str]:
        """Return every name that leads to an artifact by now."""
        kind, first = self.names[artifact_id]
        names = {first, *(row.name for row in self.calls.get(artifact_id, ()))}
        return {name for name in names if self.find(kind, name) == artifact_id}

    def beginning(self, kind: str, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the names of a kind that begin so, folded, each with the artifact that it leads to by now."""
        if len(self._in_order) != len(self._by_name):
            self._in_order = sorted(self._by_name)
        begin = kind, folded(kind, prefix)
        for key in islice(self._in_order, bisect_left(self._in_order, begin), None):
            if key[0] != kind or not key[1].startswith(begin[1]):
                return
            yield key[1], self._by_name[key]


def load(
    connection: Connection,
    names: Mapping[str, Collection[str]],
    *,
    numbers: Collection[str] = (),
    prefixes: Collection[tuple[str, str]] = (),
    known: Known | None = None,
) -> Directory:
    """Read the artifacts that names by kind, numbers or prefixes (kind, text) lead to, with all their names.

    With `known`, by what closed runs had said by then; without, all that is stored.
    """
    found: set[int] = set()
    wanted = {kind: {folded(kind, name) for name in of_kind} for kind, of_kind in names.items()}
    for kind, of_kind in wanted.items():
        for chunk in chunks(of_kind):
            found.update(connection.scalars(_own(kind, chunk)))
    # Names of other kinds may come along: they do no harm, and a join would make SQLite read all artifacts of the kind.
    for chunk in chunks(set().union(*wanted.values())):
        found.update(connection.scalars(select(identity.c.artifact_id).where(identity.c.folded.in_(chunk))))
    for chunk in chunks(numbers):
        found.update(connection.scalars(select(identity.c.artifact_id).where(identity.c.number.in_(chunk))))
    for some in chunks(prefixes):
        own = or_(*(and_(artifact.c.kind == kind, _begins(artifact.c.folded, kind, text)) for kind, text in some))
        later = or_(*(_begins(identity.c.folded, kind, text) for kind, text in some))
        found.update(connection.scalars(select(artifact.c.id).where(own)))
        found.update(connection.scalars(select(identity.c.artifact_id).where(later)))
    return load_ids(connection, found, known)


def load_ids(connection: Connection, artifacts: Collection[int], known: Known | None = None) -> Directory:
    """Read artifacts by their ids, with all their names; `known` as for `load`."""
    directory = Directory()
    if not artifacts:
        return directory
    seen = visible(identity.c.tick, known) if known is not None else identity.c.tick.is_not(None)
    rows = connection.execute(
        select(artifact.c.id, artifact.c.kind, artifact.c.name.label("first"), identity, run.c.kind.label("of"))
        .select_from(artifact)
        .outerjoin(identity, and_(identity.c.artifact_id == artifact.c.id, seen))
        .outerjoin(run, run.c.tick == identity.c.tick)
        .where(artifact.c.id.in_(ids(artifacts)))
        .order_by(identity.c.tick, artifact.c.id, identity.c.name)
    ).all()
    _fill(directory, rows)
    return directory


def _fill(directory: Directory, rows: Iterable[Row[tuple[int, str, str]]]) -> None:
    listed = list(rows)
    for row in listed:
        directory.add(row.id, row.kind, row.first)
    for row in listed:
        if row.tick is not None:
            directory.call(Called(row.id, row.tick, row.name, row.number, row.day, given=row.of == REVIEW))


def keep(connection: Connection, directory: Directory) -> None:
    """Store what was resolved anew: the artifacts that were made, and what was learned of names and numbers."""
    named = [(number, *directory.names[number]) for number in directory.made]
    made = [{"id": number, "kind": kind, "name": name, "folded": folded(kind, name)} for number, kind, name in named]
    learned = [
        {
            "artifact_id": row.artifact,
            "tick": row.tick,
            "name": row.name,
            "folded": folded(directory.names[row.artifact][0], row.name),
            "number": row.number,
            "day": row.day,
        }
        for row in directory.learned
    ]
    if made:
        connection.execute(insert(artifact), made)
    if learned:
        connection.execute(insert(identity), learned)


def _own(kind: str, names: Collection[str]) -> Select[int]:
    return select(artifact.c.id).where(artifact.c.kind == kind, artifact.c.folded.in_(names))


def _begins(column: Column[str], kind: str, prefix: str) -> ColumnElement[bool]:
    """Return the condition that a name begins so, as a range, which an index can find."""
    first = folded(kind, prefix)
    return and_(column >= first, column < first[:-1] + chr(ord(first[-1]) + 1))
