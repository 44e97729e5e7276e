"""What passes between an import and the readers of files: the file, the options, and what was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from collector.model import Artifact

MOST_TERMS = 5
"""So many terms Google Trends compares in one export."""
METHOD = "imported"
DEFINITION = "imported"
"""What is said of numbers of which nobody says what they are."""
_MOST_REFUSED = 1_000_000
"""More refusals would need more memory than all that can be taken of a file."""


class NotUnderstood(Exception):
    """A file of which nothing can be taken; the message goes on after the file's name."""


class BadCell(ValueError):
    """A cell that is not what its column should hold; the message says what it is."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be imported: its base name, its bytes, and when it was last changed (UTC), where that is known.

    `path` is where it lies, if another file has the same name.
    """

    name: str
    content: bytes
    modified: datetime | None = None
    path: str = ""

    @property
    def label(self) -> str:
        """What a person knows it by."""
        return self.path or self.name


@dataclass(frozen=True, slots=True)
class Refused:
    """What is not taken, and why: a row (lines count from 1), or without a line a file or a part of it."""

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.reason}"


class Value(NamedTuple):
    """A value of a series for a UTC day, and the line it stands on.

    `at` is the moment at which it was read, if the file tells more than the day. `called` is the newer name under
    which the artifact was found, "" if it is the same. `known` is when another ledger came to know it, and in which of
    its runs.
    """

    artifact: Artifact
    metric: str
    source: str
    definition: str
    day: date
    value: float
    line: int
    at: datetime | None = None
    called: str = ""
    known: tuple[datetime, int] | None = None
    method: str = METHOD


@dataclass(slots=True)
class Read:
    """What was read of a file, filled by its reader; `notes` are on what was taken all the same."""

    file: File
    rows: int = 0
    values: list[Value] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, line: int | None, reason: str) -> None:
        """Note what is not taken. Raises NotUnderstood if that is too much."""
        if len(self.refused) == _MOST_REFUSED:
            first = f"line {self.refused[0].line}: {self.refused[0].reason}"
            raise NotUnderstood(f"has more than {_MOST_REFUSED:,} rows that are not understood, the first in {first}")
        self.refused.append(Refused(self.file.label, line, reason))


def nothing_of(file: File, reason: str) -> Read:
    """Return what was read of a file of which nothing is taken."""
    return Read(file, refused=[Refused(file.label, None, reason)])


@dataclass(frozen=True, slots=True)
class Marks:
    """How the numbers of a file are written: what groups their digits ("" nothing), and what begins a fraction."""

    thousands: str = ""
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is read that has a column an artifact, or one artifact a row.

    `columns` maps the name of a column to its artifact; where it is empty, `artifact_column` names the artifact of a
    row and `value_column` holds its number ("": the only other column). `date_format` is one of `strptime`, "" for ISO
    dates.
    """

    date_column: str
    metric: str
    columns: Mapping[str, Artifact] = field(default_factory=dict)
    artifact_column: str = ""
    value_column: str = ""
    date_format: str = ""
    definition: str = DEFINITION


@dataclass(frozen=True, slots=True)
class Counted:
    """What a metric counts: the kind of its artifacts, and whether it is `relative`, an index without a unit.

    A metric that is not relative is a count, so that its values are whole.
    """

    kind: str
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """What a reader is told beside the files; each takes what concerns it.

    `now` is the time of the import (UTC). `exported` is the day of an export, `anchor` the term by which several are
    joined, `terms` are the catalog's search terms and `cadence` is its weekday. `marks` is None where nothing was said
    of how numbers are written. `definitions` maps a source and a metric to the definition under which its values are
    kept.
    """

    now: datetime
    exported: date | None = None
    anchor: str = ""
    terms: tuple[str, ...] = ()
    cadence: str = "monday"
    table: Table | None = None
    marks: Marks | None = None
    metrics: Mapping[str, Counted] = field(default_factory=dict)
    definitions: Mapping[tuple[str, str], str] = field(default_factory=dict)
