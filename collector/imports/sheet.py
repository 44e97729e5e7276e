"""A CSV file as rows of text with their lines; and what a cell of it may hold: a day, a count, a name."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar

from collector.imports.model import BadCell, File, Marks, NotUnderstood
from collector.sources import KINDS
from collector.sources.kinds import BadName
from collector.sources.reading import LARGEST_COUNT, shown

__all__ = [
    "BadCell",
    "Moment",
    "NotUnderstood",
    "cell",
    "count",
    "header",
    "moment",
    "name",
    "number",
    "places",
    "rows",
]

Got = TypeVar("Got")

_DAY = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_TIME = re.compile(
    r"[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?) ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?", re.ASCII | re.IGNORECASE
)
_PLAIN = re.compile(r"\d{1,15}(\.0{0,2})?", re.ASCII)
_DIGITS = re.compile(r"\d{1,16}", re.ASCII)
_NUMBER = re.compile(r"\d{1,16}(\.\d{0,20})?(e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:([.,'’_ \u00a0\u202f])\d{3})(?:\1\d{3})*", re.ASCII)
_SPACES = str.maketrans("\u00a0\u202f’", "  '")
_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.)?(?:github\.com|pypi\.org/project|hub\.docker\.com/(?:r|_))/", re.IGNORECASE
)
_LONGEST_ROW = 1024 * 1024
"""More characters no row has, with the blank lines before it: in memory each of its cells is many bytes."""
_MOST_SHOWN = 12
_FOREIGN = (
    (b"\xff\xfe\0\0", "UTF-32 text; save it as UTF-8"),
    (b"\xff\xfe", "UTF-16 text; save it as UTF-8, or turn it into that: iconv -f UTF-16 -t UTF-8"),
    (b"\xfe\xff", "UTF-16 text; save it as UTF-8, or turn it into that: iconv -f UTF-16 -t UTF-8"),
    (b"PK\x03\x04", "a workbook or a zip file; save its sheet as CSV, or unpack it"),
    (b"\xd0\xcf\x11\xe0", "a workbook of an old Excel; save its sheet as CSV"),
    (b"\x1f\x8b", "packed with gzip; unpack it first"),
    (b"PAR1", "a Parquet file; write it as CSV"),
)
"""What a file is by its first bytes, if it is no CSV."""


def rows(file: File) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, the header among them, each with the line on which it ends.

    Raises NotUnderstood where the bytes are no UTF-8 or no CSV, or a row has no end.
    """
    _check_encoding(file.content)
    text = io.TextIOWrapper(io.BytesIO(file.content), encoding="utf-8-sig", newline="")
    first = file.content[:_LONGEST_ROW].partition(b"\n")[0].removeprefix(b"\xef\xbb\xbf").rstrip()
    # A spreadsheet in a country that writes 0,5 divides by semicolons; one comma in the header decides for commas.
    delimiter = next((mark for mark in ",;\t" if mark.encode() in first), ",")
    lines = _Lines(text)
    if first == b"sep=" + delimiter.encode():
        # Excel says so itself, and shows the line to nobody.
        next(lines)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if row:
                lines.room = _LONGEST_ROW
            # A spreadsheet writes the rows below its last one, and those between two tables, as separators alone.
            if any(map(str.strip, row)):
                yield lines.number, row
    except csv.Error as error:
        raise NotUnderstood(f"line {lines.number} is not CSV: {error}") from error


def _check_encoding(content: bytes) -> None:
    """Say which encoding a file has that cannot be read. Raises NotUnderstood."""
    for begin, what in _FOREIGN:
        if content.startswith(begin):
            raise NotUnderstood(f"is {what}")
    if b"\0" in content:
        if content[:200].count(0) * 3 > len(content[:200]):
            raise NotUnderstood("is UTF-16 text without a mark; save it as UTF-8: iconv -f UTF-16LE -t UTF-8")
        raise NotUnderstood("is not text, for it holds zero bytes")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line, byte = content.count(b"\n", 0, error.start) + 1, content[error.start]
        raise NotUnderstood(
            f"is not UTF-8 text: line {line} has the byte 0x{byte:02X}, as in Latin-1 (Windows-1252) or another old "
            "encoding; save it as UTF-8, or turn it into that: iconv -f WINDOWS-1252 -t UTF-8"
        ) from error


class _Lines:
    """The lines of a text one by one; up to the end of a row, which quotes may put off, `room` characters are left."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.number = 0
        self.room = _LONGEST_ROW

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self.room + 1)
        self.room -= len(line)
        self.number += 1
        if self.room < 0:
            told = f"more than {_LONGEST_ROW:,} characters up to line {self.number}"
            raise NotUnderstood(f"has {told} in which no row ends")
        if not line:
            raise StopIteration
        return line


def header(lines: Iterator[tuple[int, list[str]]]) -> list[str]:
    """Take the first row. Raises NotUnderstood if there is none."""
    first = next(lines, None)
    if first is None:
        raise NotUnderstood("is empty")
    return [name.strip() for name in first[1]]


def places(top: Sequence[str], wanted: Sequence[str], rule: str) -> dict[str, int]:
    """Find columns by their names as written. Raises NotUnderstood if one is not there, or there twice."""
    if lost := [column for column in wanted if top.count(column) != 1]:
        there = ", ".join(shown(column) for column in top[:_MOST_SHOWN])
        raise NotUnderstood(f"does not have the column {', '.join(map(shown, lost))} once: {rule}; it has {there}")
    return {column: top.index(column) for column in wanted}


def fitting(row: Sequence[str], width: int) -> Sequence[str]:
    """Return a row that is as wide as the header; empty cells at its end may be too many. Raises BadCell."""
    if len(row) == width or (len(row) > width and not any(cell.strip() for cell in row[width:])):
        return row
    raise BadCell(f"has {len(row)} cell{'' if len(row) == 1 else 's'} where the header has {width}")


def cell(column: str, reader: Callable[[str], Got], text: str) -> Got:
    """Read a cell, and name its column if it is not what it should be. Raises BadCell."""
    try:
        return reader(text.strip())
    except BadCell as error:
        raise BadCell(f"{column} {error}") from error


class Moment(NamedTuple):
    """A UTC day, and the moment in it, if that was told."""

    day: date
    at: datetime | None


@lru_cache(maxsize=65536)
def moment(text: str, form: str = "") -> Moment:
    """Read a day, year first, with or without a time of day; or as a format of `strptime` says.

    A time without an offset from UTC is taken as UTC. Raises BadCell.
    """
    try:
        if form:
            read = datetime.strptime(text, form)  # noqa: DTZ007 - the next line gives it a zone
            return _moment(read if read.tzinfo else read.replace(tzinfo=UTC), timed=bool(re.search("%[HIsT]", form)))
        if found := _DAY.match(text):
            day = date(int(found[1]), int(found[3]), int(found[4]))
            if found.end() == len(text):
                return Moment(day, None)
            if time := _TIME.fullmatch(text, found.end()):
                zone = (time[2] or "Z").upper().replace("UTC", "Z").replace("GMT", "Z")
                clock = time[1].replace(",", ".")
                return _moment(datetime.fromisoformat(f"{day}T{clock}{zone}"), timed=True)
    except (ValueError, OverflowError):
        pass
    raise BadCell(
        f"{shown(text)} is not a day such as {f'{datetime(2026, 4, 27, tzinfo=UTC):{form}}' if form else '2026-04-27'}"
    )


def _moment(read: datetime, *, timed: bool) -> Moment:
    at = read.astimezone(UTC)
    return Moment(at.date(), at if timed else None)


def count(text: str, marks: Marks | None = None) -> float:
    """Read a count, which is whole and may be written as `83340.0`. Raises BadCell."""
    if marks is None and _PLAIN.fullmatch(text):
        return float(text)
    whole, _, fraction = _parts(text, marks)
    # Where nobody said what a dot is, `67.000` may be 67 thousand.
    grouped = marks is None and len(fraction) == 3 and len(whole) <= 3  # noqa: PLR2004
    if not _DIGITS.fullmatch(whole) or fraction.strip("0") or grouped or (value := float(whole)) > LARGEST_COUNT:
        raise BadCell(f"{shown(text)} is not a whole number, zero or above{_hint(text) if marks is None else ''}")
    return value


def number(text: str, marks: Marks | None = None) -> float:
    """Read a number that is not below zero, whole or not. Raises BadCell."""
    plain = "".join(_parts(text, marks)) if marks else text
    if not _NUMBER.fullmatch(plain) or (value := float(plain)) > LARGEST_COUNT:
        raise BadCell(f"{shown(text)} is not a number, zero or above")
    return value


def _parts(text: str, marks: Marks | None) -> tuple[str, str, str]:
    """Return what stands before the decimal mark, without what groups its digits, a dot, and what stands behind."""
    marks = marks or Marks()
    whole, mark, fraction = text.translate(_SPACES).partition(marks.decimal)
    groups = whole.split(marks.thousands) if marks.thousands else [whole]
    if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:])):  # noqa: PLR2004
        raise BadCell(f"{shown(text)} is not grouped by three digits")
    return "".join(groups), "." if mark else "", fraction


def _hint(text: str) -> str:
    """Propose the option that reads a number, if it looks as if its digits are grouped."""
    found = _GROUPED.fullmatch(text)
    return f"; if {found[1]!r} groups its digits, a CSV is read by --thousands '{found[1]}'" if found else ""


@lru_cache(maxsize=65536)
def name(kind: str, text: str) -> str:
    """Read the name of one artifact of a kind as it is stored. Raises BadCell.

    An address and a slash at its end are common, and leave no doubt of what is meant; Docker's official images are
    written without their namespace.
    """
    plain = text.strip()
    if found := _ADDRESS.match(plain):
        plain = plain[found.end() :]
    plain = plain.rstrip("/")
    if kind == "github":
        plain = plain.removesuffix(".git")
    if kind == "docker" and plain and "/" not in plain:
        plain = f"library/{plain}"
    try:
        read = KINDS[kind].read(plain)
    except BadName as error:
        raise BadCell(f"{shown(text)} {error}") from error
    if "*" in read and kind == "docker":
        raise BadCell(f"{shown(text)} stands for many; a value is of one")
    return read
