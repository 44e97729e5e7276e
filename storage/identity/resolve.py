"""What an answer says of an artifact's identity: the same, renamed, or another one under its name; stores nothing."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from storage.database.text import folded, unpinned
from storage.identity.directory import Alias, Directory

IDENTITY: Final = "identity"
"""The cause of the outcome of what answered under a name that is another one's."""


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
    """The artifact that is meant, the name it was found to have got, and why nothing of it may be counted ("" each)."""

    artifact: int
    renamed_to: str = ""
    conflict: str = ""


def resolve(directory: Directory, sighting: Sighting, known_seq: int) -> Resolved:
    """Find the artifact that is meant, or make it, and note in the directory what was learned of its identity."""
    kind, asked = sighting.kind, sighting.asked
    if conflict := _conflict(directory, sighting):
        return Resolved(find_or_make(directory, kind, asked, sighting.day, known_seq), conflict=conflict)
    by_name = directory.find(kind, asked)
    # The number is what it is; a name may have passed to another.
    meant = directory.find_number(kind, sighting.number) if sighting.number else None
    if meant is None:
        meant = by_name
    if meant is None and sighting.called and not unpinned(kind, asked)[1]:
        meant = directory.find(kind, sighting.called)
    if meant is None:
        # What answers by another name at once was called as it was asked for before that day.
        is_renamed = sighting.called and folded(kind, sighting.called) != folded(kind, unpinned(kind, asked)[0])
        since = sighting.day - timedelta(days=1) if is_renamed else sighting.day
        meant = directory.make(kind, asked, since, known_seq)
    return Resolved(meant, _learn(directory, sighting, meant, known_seq, is_new=by_name is None))


def find_or_make(directory: Directory, kind: str, name: str, day: date, known_seq: int) -> int:
    """Find an artifact by a name, or make it under that name as of a UTC day."""
    found = directory.find(kind, name)
    if found is None:
        return directory.make(kind, name, day, known_seq)
    _be_known(directory, found, unpinned(directory.kinds[found], name)[0], day, known_seq)
    return found


def _be_known(directory: Directory, artifact: int, name: str, day: date, known_seq: int) -> None:
    """Let what comes by a run put into the past be found there: so far the artifact was first known later."""
    if all(row.known_seq > known_seq for row in directory.aliases[artifact]):
        directory.learn(Alias(day, known_seq, artifact, name))


def _conflict(directory: Directory, sighting: Sighting) -> str:
    """Say what is wrong if the name asked, or a redirect of a new one, leads to another number than it did."""
    kind, found = sighting.kind, sighting.number
    name, pin = unpinned(kind, sighting.asked)
    if not found or found == pin:
        return ""
    if pin:
        return f"the number is {found}, and the catalog pins {pin}: another one stands under the name {kind}:{name}"
    holder = directory.find(kind, name)
    known = "" if holder is None else directory.numbers.get(holder, "")
    if not known and sighting.called and directory.find_number(kind, found) is None:
        name, holder = sighting.called, directory.find(kind, sighting.called)
        known = "" if holder is None else directory.numbers.get(holder, "")
    if known in {"", found}:
        return ""
    return f"the number was {known} and is now {found}: another one stands under the name {kind}:{name}"


def _learn(directory: Directory, sighting: Sighting, meant: int, known_seq: int, *, is_new: bool) -> str:
    """Note the name and number if either is new; return the name if it is new and not the one that was asked."""
    kind, day = sighting.kind, sighting.day
    asked, pin = unpinned(kind, sighting.asked)
    if sighting.number and meant not in directory.numbers:
        directory.learn_number(meant, sighting.number)
    current = directory.name(meant, day)
    name = sighting.called or (asked if is_new else current)
    _be_known(directory, meant, name, day, known_seq)
    if folded(kind, name) == folded(kind, current):
        return ""
    if pin or not _is_anothers(directory, sighting, meant, name):
        directory.learn(Alias(day, known_seq, meant, name))
    is_newest = day >= directory.aliases[meant][-1].day
    return name if is_newest and folded(kind, name) != folded(kind, asked) else ""


def _is_anothers(directory: Directory, sighting: Sighting, meant: int, name: str) -> bool:
    """Whether a name is known to be another one's: whose it is by now is seen, and decided, when it is asked for."""
    holder = directory.find(sighting.kind, name)
    if holder is None or holder == meant or directory.numbers.get(holder, "") in {"", sighting.number}:
        return False
    return folded(sighting.kind, directory.name(holder)) == folded(sighting.kind, name)
