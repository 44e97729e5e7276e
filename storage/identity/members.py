"""Which artifacts the members of a project are, by all their names and by patterns."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from sqlalchemy import Connection

from storage.database.text import folded
from storage.identity.directory import Directory, load
from storage.model import Known, ProjectEntry


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a project and an artifact that it stands for, None if nobody has asked for it.

    A pattern comes first with the artifact of its list (`listing`), then with each artifact that it matches.
    """

    project: str
    kind: str
    name: str
    artifact: int | None
    listing: bool = False


def is_pattern(name: str) -> bool:
    """Return whether a member's name stands for many."""
    return "*" in name


def prefix(pattern: str) -> str:
    """Return what all that a pattern matches begin with."""
    return pattern.split("*", 1)[0]


def directory(connection: Connection, members: Collection[tuple[str, str]], known: Known) -> Directory:
    """Read what is known of the artifacts that members (kind, name) lead to."""
    names: dict[str, set[str]] = {}
    for kind, name in members:
        names.setdefault(kind, set()).add(name)
    prefixes = {(kind, prefix(name)) for kind, name in members if is_pattern(name)}
    return load(connection, names, prefixes=prefixes, known=known)


def resolve_members(entry: ProjectEntry, known: Directory, day: date = date.max) -> Iterator[Member]:
    """Yield the artifacts of a project as of a day in catalog order, each once, whatever leads to it."""
    seen: set[int] = set()
    for kind, name in entry.members:
        found = known.find(kind, name, day)
        if found is None or found not in seen:
            yield Member(entry.id, kind, name, found, listing=is_pattern(name))
        if found is not None:
            seen.add(found)
        if is_pattern(name):
            matched = [number for number in matching(known, kind, name) if number not in seen]
            yield from (Member(entry.id, kind, name, number) for number in matched)
            seen.update(matched)


def matching(known: Directory, kind: str, pattern: str) -> list[int]:
    """Return the artifacts that a pattern matches by a name that leads to them, in the order of their newest names."""
    pattern = folded(kind, pattern)
    names = known.beginning(kind, prefix(pattern))
    found = {number for name, number in names if fnmatchcase(name, pattern) and not is_pattern(name)}
    return sorted(found, key=known.name)
