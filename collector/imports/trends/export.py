"""One CSV export of Google Trends, in either of its formats or as pytrends writes it, in any language."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Literal

from collector.imports.model import MOST_TERMS, BadCell, File, NotUnderstood, Read
from collector.imports.sheet import fitting, rows
from collector.sources.kinds import BadName, display_name
from collector.sources.reading import shown

Step = Literal["day", "week", "month"]
Values = Mapping[date, float]
_Row = tuple[int, Sequence[str]]
"""A row's cells, behind the number of the line on which it ends."""
_Period = tuple[date, int, Sequence[str]]
"""The first day of a period, its line and its cells."""

BELOW_ONE = 0.5
"""What `<1` counts as: above nothing and below one."""

_ISO = re.compile(r"(2\d{3})-(\d{2})(?:-(\d{2})(?:[T ](\d{2})(?::?00)*)?)?", re.ASCII)
_AMBIGUOUS = re.compile(r"\d{1,2}[-./]\d{1,2}[-./]\d{2,4}", re.ASCII)
_VALUE = re.compile(r"(<\s*1)|(\d{1,3})(?:\.0)?", re.ASCII)
_OF_COLUMN = re.compile(r"(?P<term>.*)[:\uff1a] ?[(\uff08](?P<place>.*)[)\uff09]", re.DOTALL)
_BARE = re.compile(r"(?P<term>.*) \((?P<place>[^()]*)\)", re.DOTALL)
_OF_FILE = re.compile(r"time_series_(?P<place>.+)_2\d{7}-\d{4}_(?P<until>2\d{7}-\d{4})(?!\d).*", re.ASCII)
_RUNNING = "ispartial"
"""The column in which pytrends says whether a period is still running."""
_LARGEST = 100
_MOST_ROWS = 20_000
"""A day a row since the first year that Google tells of would be 8,000."""
_SHORTEST_MONTH = 28
_WEEK = 7
_GIVE_DAY = "give the day of the export with --exported D"
_AGAIN = "export it again and import the file as it was downloaded"


@dataclass(frozen=True, slots=True)
class Export:
    """What an export says of its complete periods; a running one at its end is left out.

    `place` and `category` are as the file has them, "" where it is silent. `values` are of 100, by term as the file
    spells it and first day of the period, without the cells that are empty. `first` and `last` are the days that the
    complete periods cover. `read` has what is refused and noted, and no values yet.
    """

    file: File
    read: Read
    place: str
    category: str
    exported: date
    step: Step
    values: Mapping[str, Values]
    first: date
    last: date


def read_export(file: File, *, exported: date | None = None, known: Collection[str] = ()) -> Export:
    """Read a file that was exported on a day, or when its name or else its time of change says.

    `known` are search terms: a column named like one of them is that term, brackets and all. What is not understood is
    refused, a cell, a row or a column, and the others are taken. Raises NotUnderstood.
    """
    read = Read(file)
    lines = [(line, cells) for line, cells in rows(file) if any(cell.strip() for cell in cells)]
    if len(lines) > _MOST_ROWS:
        raise NotUnderstood(f"has more than {_MOST_ROWS:,} rows, which no export has; {_AGAIN}")
    head, dates = _header(lines)
    names = [name.strip() for name in lines[head][1]]
    read.rows = len(lines) - head - 1
    periods = _periods(read, names, dates, lines[head + 1 :])
    columns = _columns(read, names, dates, periods)
    days = sorted({day for day, _, _ in periods})
    step = _step(days)
    made, by = _export_day(file, exported)
    # The day of the export is of the exporter's own time zone, the rows are of UTC: they may be a day ahead.
    if days[-1] - made > timedelta(days=1):
        raise NotUnderstood(f"has a row of {days[-1]}, but was exported on {made}, as {by}; {_GIVE_DAY}")
    over = [day for day in days if _last_day(day, step) < made]
    if not over:
        raise NotUnderstood(f"has no {step} that was over on {made}, when it was exported, as {by}; {_GIVE_DAY}")
    place, terms = _terms(list(columns), _place_of(file.name), known)
    values = _apart(read, [(term, columns[name]) for name, term in terms.items()], known)
    read.notes += _notes(file.label, place, len(values), made, by)
    kept = {term: {day: of[day] for day in over if day in of} for term, of in values.items()}
    return Export(file, read, place, _category(lines[:head]), made, step, kept, over[0], _last_day(over[-1], step))


def _header(lines: Sequence[_Row]) -> tuple[int, int]:
    """Find the row of the column names and the column of the dates by their shape, for words are in any language."""
    for place, ((_, names), (line, cells)) in enumerate(pairwise(lines)):
        if len(names) < 2 or any(_dated(name) for name in names):  # noqa: PLR2004 - a date and a term
            continue
        for column, cell in enumerate(cells[: len(names)]):
            if _AMBIGUOUS.fullmatch(cell.strip()):
                raise NotUnderstood(
                    f"has the date {shown(cell)} in line {line}, which may be read in two ways, as after saving it in "
                    f"a spreadsheet; {_AGAIN}"
                )
            if _dated(cell):
                return place, column
    raise NotUnderstood(
        "has no row of column names, with a term at least, above a row with a date such as 2026-04-19; is it an export "
        f"of Google Trends' chart over time? If so, {_AGAIN}"
    )


def _dated(cell: str) -> bool:
    return bool(_ISO.fullmatch(cell.strip()) or _AMBIGUOUS.fullmatch(cell.strip()))


def _periods(read: Read, names: Sequence[str], dates: int, body: Iterable[_Row]) -> list[_Period]:
    """Return the rows whose date is understood, without what pytrends says is still running. Raises NotUnderstood."""
    running = next((place for place, name in enumerate(names) if name.casefold() == _RUNNING), None)
    periods = []
    for line, row in body:
        try:
            cells = fitting(row, len(names))
            day = _day(cells[dates].strip())
        except BadCell as error:
            read.refuse(line, str(error))
            continue
        if running is None or cells[running].strip().casefold() != "true":
            periods.append((day, line, cells))
    if not periods:
        told = f": the one in line {read.refused[0].line} {read.refused[0].reason}" if read.refused else ""
        raise NotUnderstood(f"has no row that is understood{told}")
    return periods


def _columns(read: Read, names: Sequence[str], dates: int, periods: Sequence[_Period]) -> dict[str, dict[date, float]]:
    """Return the values of each column that holds search interest, by its name. Raises NotUnderstood if none does."""
    taken: dict[str, dict[date, float]] = {}
    for place, name in enumerate(names):
        if place == dates or name.casefold() == _RUNNING:
            continue
        values, bad = _column(periods, place)
        if not name or (bad and not values):
            read.notes.append(f"{read.file.label}: the column {shown(name)} is no search interest, and is left out")
        elif name in taken:
            raise NotUnderstood(f"has the column {shown(name)} twice; export each term once")
        else:
            taken[name] = values
            for line, reason in bad:
                read.refuse(line, f"{name} {reason}")
    if not taken:
        raise NotUnderstood(f"has no column of search interest, whole numbers from 0 to 100; {_AGAIN}")
    return taken


def _column(periods: Sequence[_Period], place: int) -> tuple[dict[date, float], list[tuple[int, str]]]:
    """Return the values of a column, and the lines on which it is not understood."""
    values: dict[date, float] = {}
    bad, seen = [], dict[date, int]()
    for day, line, cells in periods:
        try:
            value = _value(cells[place].strip())
        except BadCell as error:
            bad.append((line, str(error)))
            continue
        if value is None or values.get(day) == value:
            continue
        if day in seen:
            bad.append((line, f"has another value of {day} than line {seen[day]}; none is taken"))
            values.pop(day, None)
        else:
            values[day] = value
            seen[day] = line
    return values, bad


def _day(text: str) -> date:
    try:
        if found := _ISO.fullmatch(text):
            if int(found[4] or 0):
                raise NotUnderstood(
                    "has a row an hour; export a longer range, such as the past 5 years, for a row a week"
                )
            return date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        pass
    raise BadCell(f"begins with {shown(text)}, which is no date such as 2026-04-19")


def _value(text: str) -> float | None:
    if not text:
        return None
    found = _VALUE.fullmatch(text)
    if not found or (not found[1] and int(found[2]) > _LARGEST):
        raise BadCell(f"has the value {shown(text)}, which is neither a whole number from 0 to 100 nor <1")
    return BELOW_ONE if found[1] else float(found[2])


def _step(days: Sequence[date]) -> Step:
    gaps = {(later - earlier).days for earlier, later in pairwise(days)}
    if gaps and min(gaps) >= _SHORTEST_MONTH and all(day.day == 1 for day in days):
        return "month"
    if 1 in gaps:
        return "day"
    if min(gaps, default=0) == _WEEK and not any(gap % _WEEK for gap in gaps):
        return "week"
    raise NotUnderstood(f"has no rows that follow one another by days, weeks or months; {_AGAIN}")


def _last_day(first: date, step: Step) -> date:
    if step == "month":
        return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first + timedelta(days=6) if step == "week" else first


def _export_day(file: File, exported: date | None) -> tuple[date, str]:
    """Return the day of the export, and what says so."""
    if exported is not None:
        return exported, "--exported says"
    found = _OF_FILE.fullmatch(file.name)
    try:
        if found:
            return datetime.strptime(found["until"], "%Y%m%d-%H%M").replace(tzinfo=UTC).date(), "its name says"
    except ValueError:
        pass
    if file.modified is None:
        raise NotUnderstood(f"does not tell when it was exported; {_GIVE_DAY}")
    return file.modified.date(), "its time of change says"


def _place_of(file: str) -> str:
    """Return the place that a file's name gives, or ""."""
    found = _OF_FILE.fullmatch(file)
    return found["place"].replace("_", " ").strip() if found else ""


def _terms(names: Sequence[str], named: str, known: Collection[str]) -> tuple[str, dict[str, str]]:
    """Return the place, "" if none is named, and the term of each column, such as `flask: (Worldwide)` or `flask`.

    `named` is the place by the file's name; `known` are terms whose brackets are their own.
    """
    own = {term.casefold() for term in known}
    found = {name: one for name in names if (one := _OF_COLUMN.fullmatch(name))}
    if len(found) < len(names):
        found = {name: one for name in names if name.casefold() not in own and (one := _BARE.fullmatch(name))}
        # In brackets is a place if it is the file's, or the same for all.
        alike = len(found) == len(names) and len({one["place"] for one in found.values()}) == 1
        found = {
            name: one
            for name, one in found.items()
            if one["place"] and (one["place"].casefold() == named.casefold() if named else alike)
        }
    try:
        terms = {name: display_name(found[name]["term"] if name in found else name) for name in names}
        places = [display_name(one["place"]) for one in found.values()] if found else [named]
    except BadName as error:
        raise NotUnderstood(f"has a column whose name {error}") from None
    if len({place.casefold() for place in places}) > 1:
        raise NotUnderstood(f"compares places ({', '.join(dict.fromkeys(places))}); export the terms for one place")
    return places[0], terms


def _apart(
    read: Read, columns: Sequence[tuple[str, dict[date, float]]], known: Collection[str]
) -> dict[str, dict[date, float]]:
    """Return the values by term. Of terms that differ by a capital the catalog's own spelling is the one meant."""
    alike: dict[str, list[tuple[str, dict[date, float]]]] = defaultdict(list)
    for term, values in columns:
        alike[term.casefold()].append((term, values))
    taken = {}
    for spelled in alike.values():
        chosen = spelled
        if len(spelled) > 1:
            # A topic and a word, as `Flask` and `flask`: what one of them says is nothing of the other.
            chosen = [one for one in spelled if one[0] in known]
            told = " and ".join(shown(term) for term, _ in spelled)
            if len(chosen) == 1:
                read.notes.append(
                    f"{read.file.label}: of the columns {told} only the catalog's {shown(chosen[0][0])} is taken"
                )
            elif all(values == spelled[0][1] for _, values in spelled):
                chosen = spelled[:1]
            else:
                read.refuse(
                    None,
                    f"the columns {told} differ by a capital only; none is taken: "
                    "give a project its `search` spelled as one of them",
                )
                continue
        taken[chosen[0][0]] = chosen[0][1]
    if not taken:
        raise NotUnderstood("has no column whose term is sure: " + read.refused[-1].reason)
    return taken


def _category(preamble: Sequence[_Row]) -> str:
    """Return what stands behind the colon, of either width, in the line above the columns, if that is there."""
    for _, cells in preamble:
        _, colon, category = cells[0].replace("\uff1a", ":").partition(":")
        if colon and len(cells) == 1:
            try:
                return display_name(category)
            except BadName:
                return ""
    return ""


def _notes(name: str, place: str, terms: int, made: date, by: str) -> Iterator[str]:
    if "change" in by:
        yield f"{name}: taken as exported on {made}, when it was last changed; --exported D says it for sure"
    if not place:
        yield f"{name}: does not say of which place it is; exports named as they were downloaded do"
    if terms > MOST_TERMS:
        yield f"{name}: has {terms} terms, more than the {MOST_TERMS} that Google compares: was it put together?"
