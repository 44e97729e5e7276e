"""What an answer says of an artifact's identity: the same, renamed, or another under its name; pure, stores nothing."""

from dataclasses import dataclass
from datetime import date

from storage.identity import Called, Directory, folded

APART = "#"
"""Between the name and the number of an artifact that stands under another one's name."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """An artifact as asked for, and what the upstream answered: its name and its number ("" where it does not say)."""

    kind: str
    asked: str
    called: str
    number: str
    day: date


@dataclass(frozen=True, slots=True)
class Resolved:
    """The artifact that is meant, the name it was found to have got, and why nothing of it may be counted ("" each).

    In a conflict, `other` is the artifact that stands under the name now: its values are kept apart.
    """

    artifact: int
    renamed_to: str = ""
    conflict: str = ""
    other: int | None = None


def resolve(directory: Directory, sighting: Sighting, tick: int) -> Resolved:
    """Find the artifact that is meant, or make it, and note in the directory what was learned of its identity."""
    conflict = _conflict(directory, sighting)
    if conflict:
        holder = find_or_make(directory, sighting.kind, sighting.asked)
        other = _other(directory, sighting, tick)
        apart = f", kept apart as {sighting.kind}:{directory.name(other)}"
        return Resolved(holder, conflict=conflict + apart, other=other)
    before = directory.find(sighting.kind, sighting.asked)
    meant = _known(directory, sighting)
    if meant is None:
        meant = find_or_make(directory, sighting.kind, sighting.asked)
    return Resolved(meant, _learn(directory, sighting, meant, tick, by_name=before is not None))


def find_or_make(directory: Directory, kind: str, name: str) -> int:
    """Find an artifact by a name, or make it under that name."""
    found = directory.find(kind, name)
    return directory.make(kind, name) if found is None else found


def _known(directory: Directory, sighting: Sighting) -> int | None:
    """Find the artifact by its number, else by the name asked, else by the name that answered."""
    kind = sighting.kind
    found = directory.find_number(kind, sighting.number) if sighting.number else None
    if found is None:
        found = directory.find(kind, sighting.asked)
    if found is None and sighting.called:
        found = directory.find(kind, sighting.called)
    return found


def _conflict(directory: Directory, sighting: Sighting) -> str:
    """Say what is wrong if the name asked, or a redirect of a new one, leads to another number than it did."""
    kind, found = sighting.kind, sighting.number
    if not found:
        return ""
    name, holder = sighting.asked, directory.find(kind, sighting.asked)
    if holder is None and sighting.called and directory.find_number(kind, found) is None:
        name, holder = sighting.called, directory.find(kind, sighting.called)
    known = "" if holder is None else directory.number(holder)
    if known in {"", found}:
        return ""
    return f"{kind}:{name} had the number {known} and now has {found}: another one under the old name, not counted"


def _other(directory: Directory, sighting: Sighting, tick: int) -> int:
    """Find or make the artifact that has taken a name over; with its number, which no name at a registry holds."""
    known = directory.find_number(sighting.kind, sighting.number)
    if known is not None:
        return known
    name = f"{sighting.asked}{APART}{sighting.number}"
    made = find_or_make(directory, sighting.kind, name)
    directory.learn(Called(made, tick, name, sighting.number, sighting.day))
    return made


def _learn(directory: Directory, sighting: Sighting, meant: int, tick: int, *, by_name: bool) -> str:
    """Note the name and number if either is new; return the name if it is new and not the one that was asked."""
    kind, current = sighting.kind, directory.name(meant)
    name = sighting.called or (sighting.asked if sighting.number and not by_name else current)
    renamed = folded(kind, name) != folded(kind, current)
    known = directory.number(meant)
    first = not directory.calls.get(meant) and bool(sighting.called)
    if renamed or first or (sighting.number and sighting.number != known):
        directory.learn(Called(meant, tick, name, sighting.number or known, sighting.day))
    return name if renamed and folded(kind, name) != folded(kind, sighting.asked) else ""
