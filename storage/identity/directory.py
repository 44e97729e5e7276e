"""Which artifact a name or a registry's number leads to, and what each was called when.

An artifact is a registry's numeric id. Its names are aliases of it, each since a day: what was renamed keeps its
series, and a name that passed to another artifact leads to whose it was on the day asked for.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update

from storage.database.as_known import chunks, ids, visible
from storage.database.schema import alias, artifact
from storage.database.text import folded, unpinned
from storage.model import Known


class Alias(NamedTuple):
    """What an artifact is called since a UTC day, as learned in the run of `known_seq`; sorts by time."""

    day: date
    known_seq: int
    artifact: int
    name: str


@dataclass(slots=True)
class Directory:
    """Some artifacts with all their names. What is resolved anew is noted in it, to be stored by `keep`."""

    kinds: dict[int, str] = field(default_factory=dict)
    numbers: dict[int, str] = field(default_factory=dict)
    """The registry's number by artifact, where it is known."""
    aliases: dict[int, list[Alias]] = field(default_factory=lambda: defaultdict(list))
    """What each artifact was called, the oldest day first."""
    free: int = 1
    """The id of the next artifact to be made."""
    made: list[int] = field(default_factory=list)
    numbered: list[int] = field(default_factory=list)
    learned: list[Alias] = field(default_factory=list)
    _by_name: dict[tuple[str, str], list[Alias]] = field(default_factory=lambda: defaultdict(list))
    _by_number: dict[tuple[str, str], int] = field(default_factory=dict)
    _in_order: list[tuple[str, str]] = field(default_factory=list)

    def add(self, number: int, kind: str, registry_number: str = "") -> None:
        """Take in an artifact."""
        self.kinds[number] = kind
        if registry_number:
            self.numbers[number] = registry_number
            self._by_number[kind, registry_number] = number

    def call(self, row: Alias) -> None:
        """Take in a name."""
        for of in self.aliases[row.artifact], self._by_name[self._key(row)]:
            of.append(row)
            of.sort()

    def make(self, kind: str, name: str, day: date, known_seq: int) -> int:
        """Make an artifact under a name, which may be pinned, of a UTC day."""
        number, self.free = self.free, self.free + 1
        base, pin = unpinned(kind, name)
        self.add(number, kind, pin)
        self.made.append(number)
        self.learn(Alias(day, known_seq, number, base))
        return number

    def learn(self, row: Alias) -> None:
        """Note a name learned now, unless the same run has noted it already."""
        key = self._key(row)
        if all(known.known_seq != row.known_seq or self._key(known) != key for known in self.aliases[row.artifact]):
            self.call(row)
            self.learned.append(row)

    def learn_number(self, artifact_id: int, registry_number: str) -> None:
        """Note the registry's number of an artifact."""
        self.add(artifact_id, self.kinds[artifact_id], registry_number)
        self.numbered.append(artifact_id)

    def find(self, kind: str, name: str, day: date = date.max) -> int | None:
        """Return the artifact that a name, or the number it is pinned to, led to on a day."""
        base, pin = unpinned(kind, name)
        if pin and (kind, pin) in self._by_number:
            return self._by_number[kind, pin]
        called = self._by_name.get((kind, folded(kind, base)), ())
        if called and self.numbers.get(called[-1].artifact):
            # What had no number when it was called so turned out to be what has one now; two numbers are two things.
            called = [row for row in called if row.artifact in self.numbers]
        by_then = [row for row in called if row.day <= day] or called[:1]
        found = by_then[-1].artifact if by_then else None
        return None if pin and found is not None and found in self.numbers else found

    def find_number(self, kind: str, registry_number: str) -> int | None:
        """Return the artifact that a registry's number belongs to."""
        return self._by_number.get((kind, registry_number))

    def name(self, artifact_id: int, day: date = date.max) -> str:
        """Return what an artifact was called on a day, as far as is known."""
        called = self.aliases[artifact_id]
        return next((row.name for row in reversed(called) if row.day <= day), called[0].name)

    def beginning(self, kind: str, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the names of a kind that begin so, folded, each with the artifact that it leads to by now."""
        if len(self._in_order) != len(self._by_name):
            self._in_order = sorted(self._by_name)
        begin = kind, folded(kind, prefix)
        for of_kind, name in islice(self._in_order, bisect_left(self._in_order, begin), None):
            if of_kind != kind or not name.startswith(begin[1]):
                return
            if (found := self.find(kind, name)) is not None:
                yield name, found

    def _key(self, row: Alias) -> tuple[str, str]:
        kind = self.kinds[row.artifact]
        return kind, folded(kind, row.name)


def load(
    connection: Connection,
    names: Mapping[str, Collection[str]],
    *,
    numbers: Collection[str] = (),
    prefixes: Collection[tuple[str, str]] = (),
    known: Known | None = None,
) -> Directory:
    """Read the artifacts that names by kind, numbers or prefixes (kind, text) lead to, with all their names.

    With `known`, by the names that were known then.
    """
    found: set[int] = set()
    asked = [(*unpinned(kind, name), kind) for kind, of_kind in names.items() for name in of_kind]
    # Names of other kinds may come along: they do no harm, and a join would make SQLite read all artifacts of the kind.
    for chunk in chunks({folded(kind, name) for name, _, kind in asked}):
        found.update(connection.scalars(select(alias.c.artifact_id).where(alias.c.folded.in_(chunk))))
    for chunk in chunks(({number for _, number, _ in asked} | set(numbers)) - {""}):
        found.update(connection.scalars(select(artifact.c.id).where(artifact.c.number.in_(chunk))))
    for some in chunks(prefixes):
        # As a range, which an index can find.
        begins = (folded(kind, text) for kind, text in some)
        ranges = (and_(alias.c.folded >= text, alias.c.folded < text[:-1] + chr(ord(text[-1]) + 1)) for text in begins)
        found.update(connection.scalars(select(alias.c.artifact_id).where(or_(*ranges))))
    return load_ids(connection, found, known)


def load_ids(connection: Connection, artifacts: Collection[int], known: Known | None = None) -> Directory:
    """Read artifacts by their ids, with all their names; `known` as for `load`."""
    directory = Directory()
    if not artifacts:
        return directory
    query = (
        select(artifact.c.id, artifact.c.kind, artifact.c.number, alias.c.day, alias.c.known_seq, alias.c.name)
        .join(alias, alias.c.artifact_id == artifact.c.id)
        .where(artifact.c.id.in_(ids(artifacts)))
    )
    for row in connection.execute(query if known is None else query.where(visible(alias.c.known_seq, known))):
        directory.add(row.id, row.kind, row.number or "")
        directory.call(Alias(row.day, row.known_seq, row.id, row.name))
    return directory


def keep(connection: Connection, directory: Directory) -> None:
    """Store what was resolved anew: the artifacts that were made, and what was learned of names and numbers."""
    changed = {*directory.numbered, *(row.artifact for row in directory.learned)}
    rows = [
        {
            "id": number,
            "kind": directory.kinds[number],
            "number": directory.numbers.get(number),
            "name": directory.name(number),
        }
        for number in sorted(changed)
    ]
    made = set(directory.made)
    if new := [row for row in rows if row["id"] in made]:
        connection.execute(insert(artifact), new)
    if old := [{"of": row["id"], **row} for row in rows if row["id"] not in made]:
        connection.execute(update(artifact).where(artifact.c.id == bindparam("of")), old)
    names = [
        {
            "artifact_id": row.artifact,
            "known_seq": row.known_seq,
            "folded": folded(directory.kinds[row.artifact], row.name),
            "name": row.name,
            "day": row.day,
        }
        for row in directory.learned
    ]
    if names:
        connection.execute(insert(alias), names)
