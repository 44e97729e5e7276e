"""One CSV export of Google Trends, in either of its two formats, read strictly; knows neither metric nor cadence."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice, pairwise
from typing import Literal

from collector.imports.model import MOST_TERMS, File, Refused
from collector.imports.sheet import NotUnderstood
from collector.imports.sheet import rows as sheet
from collector.imports.trends.names import columns, day_of, place_of
from collector.sources.kinds import BadName, display_name
from collector.sources.protocol import shown

Step = Literal["day", "week", "month"]

BELOW_ONE = 0.5
"""What `<1` counts as: above nothing and below one."""

_ISO = re.compile(r"(2\d{3})-(\d{2})(?:-(\d{2}))?", re.ASCII)
_HOUR = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}\b.*", re.ASCII)
_AMBIGUOUS = re.compile(r"\d{1,2}[-./]\d{1,2}[-./]\d{2,4}", re.ASCII)
_VALUE = re.compile(r"(<\s*1)|\d{1,3}", re.ASCII)
_LARGEST = 100
_MOST_ROWS = 20_000
"""A day a row since the first year that Google tells of would be 8,000."""
_SHORTEST_MONTH = 28
_WEEK = 7
CHANGED = "its time of change says"
_GIVE_DAY = "give the day of the export with --exported D"
_DOWNLOAD_AGAIN = "export it again and import the file as it was downloaded"

Row = tuple[int, Sequence[str]]
"""A row's cells, behind the number of the line on which it ends."""


@dataclass(frozen=True, slots=True)
class Export:
    """What an export says of its complete periods; a running one at its end is left out.

    `place` and `category` are as the file has them, "" where it is silent. `terms` are as the file spells them;
    `values` are of 100, by term (casefolded) and first day of the period, without the cells that are empty.
    """

    file: File
    place: str
    category: str
    exported: date
    step: Step
    terms: tuple[str, ...]
    values: Mapping[str, Mapping[date, float]]
    first: date
    last: date
    """The first and the last day that the complete periods cover."""
    rows: int
    refused: tuple[Refused, ...] = ()
    odd: tuple[str, ...] = ()


def read_export(file: File, *, exported: date | None = None, known: Collection[str] = ()) -> Export:
    """Read a file that was exported on a day, or when its name or else its time of change says.

    `known` are search terms (casefolded): a column named like one of them is that term, brackets and all. A row that
    is not understood is refused and the others are taken. Raises NotUnderstood.
    """
    rows = _rows(file)
    header = _header(rows)
    preamble, (_, names), body = rows[:header], rows[header], rows[header + 1 :]
    try:
        place, terms = columns(names[1:], place_of(file.name), known)
    except ValueError as error:
        raise NotUnderstood(str(error)) from None
    read, refused = _body(file.name, body, len(terms))
    step = _step(sorted(read))
    made, by = _export_day(file, exported)
    over = _over(read, step, made, by)
    return Export(
        file=file,
        place=place,
        category=_category(preamble),
        exported=made,
        step=step,
        terms=tuple(terms),
        values={
            term.casefold(): {day: value for day, cells in over if (value := cells[column]) is not None}
            for column, term in enumerate(terms)
        },
        first=over[0][0],
        last=_last_day(over[-1][0], step),
        rows=len(body),
        refused=tuple(refused),
        odd=tuple(_odd(file.name, terms, place, made, by)),
    )


def _rows(file: File) -> list[Row]:
    """Return the rows in which something stands. Raises NotUnderstood for more than Google gives."""
    rows: list[Row] = list(islice((row for row in sheet(file) if any(cell.strip() for cell in row[1])), _MOST_ROWS + 1))
    if len(rows) > _MOST_ROWS:
        raise NotUnderstood(f"has more than {_MOST_ROWS:,} rows, which no export has; {_DOWNLOAD_AGAIN}")
    return rows


def _header(rows: Sequence[Row]) -> int:
    """Find the row of the column names by its shape, for its words are in any language."""
    for place, ((_, names), (line, cells)) in enumerate(pairwise(rows)):
        first = cells[0].strip()
        if len(names) < 2 or not _dated(first) or _dated(names[0].strip()):  # noqa: PLR2004 - a date and a term
            continue
        if _AMBIGUOUS.fullmatch(first):
            raise NotUnderstood(
                f"has the date {shown(first)} in line {line}, which may be read in two ways, as after saving it in a "
                f"spreadsheet; {_DOWNLOAD_AGAIN}"
            )
        if _HOUR.fullmatch(first):
            raise NotUnderstood("has a row an hour; export a longer range, such as the past 5 years, for a row a week")
        return place
    raise NotUnderstood(
        "has no row of column names, with a term at least, above a row that begins with a date such as 2026-04-19; "
        f"is it an export of Google Trends' chart over time? If so, {_DOWNLOAD_AGAIN}"
    )


def _dated(cell: str) -> bool:
    return any(form.fullmatch(cell) for form in (_ISO, _HOUR, _AMBIGUOUS))


def _body(name: str, body: Sequence[Row], width: int) -> tuple[dict[date, list[float | None]], list[Refused]]:
    """Return the values by the first day of their period, and the rows that are refused."""
    read: dict[date, list[float | None]] = {}
    refused = []
    for line, cells in body:
        try:
            day, values = _row(cells, width)
        except ValueError as error:
            refused.append(Refused(name, line, str(error)))
            continue
        if day in read:
            raise NotUnderstood(f"has two rows of {day}, the second in line {line}; {_DOWNLOAD_AGAIN}")
        read[day] = values
    if not read:
        raise NotUnderstood(f"has no row that is understood: the one in line {refused[0].line} {refused[0].reason}")
    return read, refused


def _row(cells: Sequence[str], width: int) -> tuple[date, list[float | None]]:
    if len(cells) != width + 1:
        raise ValueError(f"has {len(cells) - 1} values under {width} terms")
    return _day(cells[0].strip()), [_value(cell.strip()) for cell in cells[1:]]


def _day(text: str) -> date:
    found = _ISO.fullmatch(text)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        pass
    raise ValueError(f"begins with {shown(text)}, which is no date such as 2026-04-19")


def _value(text: str) -> float | None:
    if not text:
        return None
    found = _VALUE.fullmatch(text)
    if not found or (not found[1] and int(text) > _LARGEST):
        raise ValueError(f"has the value {shown(text)}, which is neither a whole number from 0 to 100 nor <1")
    return BELOW_ONE if found[1] else float(text)


def _step(days: Sequence[date]) -> Step:
    gaps = {(later - earlier).days for earlier, later in pairwise(days)}
    if gaps and min(gaps) >= _SHORTEST_MONTH and all(day.day == 1 for day in days):
        return "month"
    if 1 in gaps:
        return "day"
    if min(gaps, default=0) == _WEEK and not any(gap % _WEEK for gap in gaps):
        return "week"
    raise NotUnderstood(f"has no rows that follow one another by days, weeks or months; {_DOWNLOAD_AGAIN}")


def _last_day(first: date, step: Step) -> date:
    if step == "month":
        return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first + timedelta(days=6) if step == "week" else first


def _export_day(file: File, exported: date | None) -> tuple[date, str]:
    """Return the day of the export, and what says so."""
    if exported is not None:
        return exported, "--exported says"
    named = day_of(file.name)
    if named is not None:
        return named, "its name says"
    if file.modified is None:
        raise NotUnderstood(f"does not tell when it was exported; {_GIVE_DAY}")
    return file.modified.date(), CHANGED


def _over(
    read: Mapping[date, list[float | None]], step: Step, made: date, by: str
) -> list[tuple[date, list[float | None]]]:
    """Return what was over when the export was made, oldest first; the running period is left out."""
    # The day of the export is of the exporter's own time zone, the rows are of UTC: they may be a day ahead.
    if max(read) - made > timedelta(days=1):
        raise NotUnderstood(f"has a row of {max(read)}, but was exported on {made}, as {by}; {_GIVE_DAY}")
    over = [(day, values) for day, values in sorted(read.items()) if _last_day(day, step) < made]
    if not over:
        raise NotUnderstood(f"has no {step} that was over on {made}, when it was exported, as {by}; {_GIVE_DAY}")
    return over


def _category(preamble: Sequence[Row]) -> str:
    """Return what stands behind the colon, of either width, in the line above the columns, if that is there."""
    for _, cells in preamble:
        _, colon, category = cells[0].replace("\uff1a", ":").partition(":")
        if colon and len(cells) == 1:
            try:
                return display_name(category)
            except BadName:
                return ""
    return ""


def _odd(name: str, terms: Sequence[str], place: str, made: date, by: str) -> Iterator[str]:
    if by == CHANGED:
        yield f"{name}: taken as exported on {made}, when it was last changed; --exported D says it for sure"
    if not place:
        yield f"{name}: does not say of which place it is; exports named as they were downloaded do"
    if len(terms) > MOST_TERMS:
        yield f"{name}: has {len(terms)} terms, more than the {MOST_TERMS} that Google compares: was it put together?"
