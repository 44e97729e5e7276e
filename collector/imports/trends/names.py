"""What the names in an export of Google Trends tell: terms and place by its columns, place and day by its file name."""

import re
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime

from collector.sources.kinds import BadName, display_name

_OF_COLUMN = re.compile(r"(?P<term>.*): \((?P<place>.*)\)", re.DOTALL)
_BARE = re.compile(r"(?P<term>.*) \((?P<place>[^()]*)\)", re.DOTALL)
_OF_FILE = re.compile(r"time_series_(?P<place>.+)_2\d{7}-\d{4}_(?P<until>2\d{7}-\d{4})(?!\d).*", re.ASCII)


def columns(names: Sequence[str], named: str, known: Collection[str]) -> tuple[str, list[str]]:
    """Return the place, "" if none is named, and the terms of columns such as `flask: (Worldwide)` or `flask`.

    `named` is the place by the file's name; `known` are terms (casefolded) whose brackets are their own. Raises
    ValueError, with what is wrong and what to do, for several places, a term that is there twice, or no name.
    """
    names = [name.strip() for name in names]
    found = [one for name in names if (one := _OF_COLUMN.fullmatch(name))]
    pairs = [(one["term"], one["place"]) for one in found] if len(found) == len(names) else _bare(names, named, known)
    try:
        read = [(display_name(term), display_name(place) if place else "") for term, place in pairs]
    except BadName as error:
        raise ValueError(f"has a column whose name {error}") from None
    places = {place.casefold(): place for _, place in read}
    if len(places) > 1:
        raise ValueError(f"compares places ({', '.join(places.values())}); export the terms for one place")
    seen: set[str] = set()
    for term, _ in read:
        if term.casefold() in seen:
            raise ValueError(f"has the term {term!r} twice; export each term once")
        seen.add(term.casefold())
    return read[0][1], [term for term, _ in read]


def place_of(file: str) -> str:
    """Return the place that a file's name gives, or ""."""
    found = _OF_FILE.fullmatch(file)
    return found["place"].replace("_", " ").strip() if found else ""


def day_of(file: str) -> date | None:
    """Return the day on which the range of an export ends, by its file's name: that of the export, as a rule."""
    found = _OF_FILE.fullmatch(file)
    try:
        return datetime.strptime(found["until"], "%Y%m%d-%H%M").replace(tzinfo=UTC).date() if found else None
    except ValueError:
        return None


def _bare(names: Sequence[str], named: str, known: Collection[str]) -> list[tuple[str, str]]:
    """Read columns `term` and `term (Place)`: in brackets is a place if it is the file's, or the same for all."""
    found = {name: one for name in names if name.casefold() not in known and (one := _BARE.fullmatch(name))}
    alike = len(found) == len(names) and len({one["place"] for one in found.values()}) == 1
    pairs = []
    for name in names:
        place = found[name]["place"] if name in found else ""
        placed = place.casefold() == named.casefold() if named else alike
        pairs.append((found[name]["term"], place) if place and placed else (name, named))
    return pairs
