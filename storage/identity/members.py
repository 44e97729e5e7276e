"""Which artifacts the members of a project are, by all their names and by patterns; knows no series and no value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from sqlalchemy import Connection

from storage.identity.directory import APART, Directory, folded, load
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


def directory(
    connection: Connection, members: Sequence[tuple[str, str]], known: Known, *, apart: bool = False
) -> Directory:
    """Read what is known of the artifacts that members (kind, name) lead to; `apart` for `kept_apart` as well."""
    names: dict[str, set[str]] = {}
    for kind, name in members:
        names.setdefault(kind, set()).add(name)
    prefixes = {(kind, prefix(name)) for kind, name in members if is_pattern(name)}
    if apart:
        prefixes |= {(kind, name + APART) for kind, name in members if not is_pattern(name)}
    return load(connection, names, prefixes=prefixes, known=known)


def kept_apart(known: Directory, kind: str, name: str) -> list[int]:
    """Return the artifacts that stood under a name when it was another one's, or did before it became another's."""
    apart = {number for _, number in known.beginning(kind, name + APART)}
    return sorted(apart | set(known.former(kind, name)), key=known.name)


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
    found = {number for name, number in known.beginning(kind, prefix(pattern)) if _matches(name, folded(kind, pattern))}
    return sorted(found, key=known.name)


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) and not is_pattern(name)


def prefix(pattern: str) -> str:
    """Return what all that a pattern matches begin with."""
    return pattern.split("*", 1)[0]
