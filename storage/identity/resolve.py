"""What an answer says of an artifact's identity: the same, renamed, or another under its name; pure, stores nothing."""

from dataclasses import dataclass
from datetime import date

from storage.identity.directory import APART, Called, Directory, folded


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

    In a conflict, `other` is for what stands under the name now: its values are kept apart, and held for review.
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
        other = find_or_make(directory, sighting.kind, claimed(sighting.asked, sighting.number))
        apart = f", kept apart as {sighting.kind}:{directory.names[other][1]}"
        return Resolved(holder, conflict=conflict + apart, other=other)
    before = directory.find(sighting.kind, sighting.asked)
    meant = _known(directory, sighting)
    if meant is None:
        meant = find_or_make(directory, sighting.kind, sighting.asked)
    return Resolved(meant, _learn(directory, sighting, meant, tick, by_name=before is not None))


def claimed(name: str, number: str) -> str:
    """Return what is called so that answered under another one's name; no name at a registry is like it.

    It is no name of what has the number: that may be known, and asked for, under a name of its own.
    """
    return f"{name}{APART}{number}"


def numbers(conflict: str) -> str:
    """Return what a conflict says of the numbers: it comes first, for a footnote may be cut off."""
    return conflict.partition(":")[0]


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
    known = "" if holder is None else directory.number(holder)
    if not known and sighting.called and directory.find_number(kind, found) is None:
        name, holder = sighting.called, directory.find(kind, sighting.called)
        known = "" if holder is None else directory.number(holder)
    if known in {"", found}:
        return ""
    return f"the number was {known} and is now {found}: another one stands under the name {kind}:{name}"


def _learn(directory: Directory, sighting: Sighting, meant: int, tick: int, *, by_name: bool) -> str:
    """Note the name and number if either is new; return the name if it is new and not the one that was asked."""
    kind, current = sighting.kind, directory.name(meant)
    name = sighting.called or (sighting.asked if sighting.number and not by_name else current)
    renamed = folded(kind, name) != folded(kind, current)
    known = directory.number(meant)
    first = not directory.calls.get(meant) and bool(sighting.called)
    if renamed and _is_anothers(directory, sighting, meant, name):
        return name
    if renamed or first or (sighting.number and sighting.number != known):
        directory.learn(Called(meant, tick, name, sighting.number or known, sighting.day))
    return name if renamed and folded(kind, name) != folded(kind, sighting.asked) else ""


def _is_anothers(directory: Directory, sighting: Sighting, meant: int, name: str) -> bool:
    """Whether a name is known to be another one's: whose it is by now is seen, and decided, when it is asked for."""
    holder = directory.find(sighting.kind, name)
    if holder is None or holder == meant or directory.number(holder) in {"", sighting.number}:
        return False
    return folded(sighting.kind, directory.name(holder)) == folded(sighting.kind, name)
