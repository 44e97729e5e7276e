"""A CSV file as rows of text with their lines, its days and its numbers; does not know what they mean."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from collector.imports.model import File
from collector.sources import KINDS
from collector.sources.kinds import BadName
from collector.sources.protocol import LARGEST_COUNT, shown

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE = re.compile(r"[0-9]{1,16}(\.0*)?")
_NUMBER = re.compile(r"[0-9]{1,16}(\.[0-9]{0,20})?(e[+-]?[0-9]{1,2})?", re.IGNORECASE)
_LONGEST_ROW = 1024 * 1024
"""More characters no row has, with the blank lines before it: in memory each of its cells is many bytes."""


class NotUnderstood(Exception):
    """A file of which nothing can be taken; the message says why."""


class BadCell(ValueError):
    """A cell that is not what its column should hold; the message says what it is."""


def rows(file: File) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, the header among them, each with the line on which it ends.

    Raises NotUnderstood where the bytes are no UTF-8 or no CSV, or a row has no end.
    """
    if b"\0" in file.content:
        raise NotUnderstood("is not text, for it holds zero bytes")
    text = io.TextIOWrapper(io.BytesIO(file.content), encoding="utf-8-sig", newline="")
    lines = _Lines(text)
    reader = csv.reader(lines, strict=True)
    try:
        for row in reader:
            if row:
                lines.room = _LONGEST_ROW
                yield reader.line_num, row
    except UnicodeDecodeError as error:
        raise NotUnderstood("is not UTF-8 text; save it in that encoding") from error
    except csv.Error as error:
        raise NotUnderstood(f"line {reader.line_num} is not CSV: {error}") from error


class _Lines:
    """The lines of a text one by one; up to the end of a row, which quotes may put off, `room` characters are left."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._number = 0
        self.room = _LONGEST_ROW

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self.room + 1)
        self.room -= len(line)
        self._number += 1
        if self.room < 0:
            told = f"more than {_LONGEST_ROW:,} characters up to line {self._number}"
            raise NotUnderstood(f"has {told} in which no row ends")
        if not line:
            raise StopIteration
        return line


def header(lines: Iterator[tuple[int, list[str]]]) -> list[str]:
    """Take the first row. Raises NotUnderstood if there is none."""
    first = next(lines, None)
    if first is None:
        raise NotUnderstood("is empty")
    return first[1]


@lru_cache(maxsize=4096)
def day(text: str) -> date:
    """Read a day YYYY-MM-DD, as it stands or before a time of day. Raises BadCell."""
    try:
        if _DAY.fullmatch(text[:10]) and text[10:11] in {"", "T", " "}:
            return date.fromisoformat(text[:10])
    except ValueError:
        pass
    raise BadCell(f"{shown(text)} is not a day such as 2026-04-27")


def whole(text: str) -> float:
    """Read a count, which may be written as `83340.0`. Raises BadCell."""
    if not _WHOLE.fullmatch(text) or (value := float(text)) > LARGEST_COUNT:
        raise BadCell(f"{shown(text)} is not a count")
    return value


def number(text: str) -> float:
    """Read a number that is not below zero, whole or not. Raises BadCell."""
    if not _NUMBER.fullmatch(text) or (value := float(text)) > LARGEST_COUNT:
        raise BadCell(f"{shown(text)} is not a number, zero or above")
    return value


@lru_cache(maxsize=65536)
def name(kind: str, text: str) -> str:
    """Read the name of one artifact of a kind as it is stored. Raises BadCell."""
    try:
        read = KINDS[kind].read(text)
    except BadName as error:
        raise BadCell(f"{shown(text)} {error}") from error
    if "*" in read and kind == "docker":
        raise BadCell(f"{shown(text)} stands for many; a value is of one")
    return read
