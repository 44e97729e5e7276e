"""What passes between an import and the readers of files: the file, and what was read of it; frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from collector.model import Artifact

if TYPE_CHECKING:
    import pandas as pd

MOST_TERMS = 5
"""So many terms Google Trends compares in one export."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be imported: its base name, its bytes, and the record under which these are kept.

    `modified` is when it was last changed (UTC), where that is known.
    """

    name: str
    content: bytes
    record: str = ""
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A row, or with `line` None a whole file, of which nothing is taken, and why; lines count from 1."""

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read of a file: a frame with collector.normalize.COLUMNS, the rows read, those refused, and what is odd.

    What is odd was taken all the same, and is only reported.
    """

    frame: "pd.DataFrame"
    rows: int
    refused: tuple[Refused, ...] = ()
    odd: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wide:
    """How a table with a column an artifact is to be read: its date column, what is counted, and whose each column is.

    `columns` maps a column's name to an artifact; `definition` says in words what the numbers are.
    """

    date_column: str
    metric: str
    columns: Mapping[str, Artifact]
    definition: str


@dataclass(frozen=True, slots=True)
class Options:
    """What a reader is told beside the files; each takes what concerns it.

    `exported` is the day of an export, `anchor` the term by which several are joined, `terms` are the catalog's search
    terms and `cadence` is its weekday; `wide` is the mapping of a wide table. `metrics` maps each metric that tables
    know to the kind of its artifacts, `relative` are those of them that say nothing without their scale, `definitions`
    maps a source and a metric to the definition under which that source's values are kept.
    """

    exported: date | None = None
    anchor: str = ""
    terms: tuple[str, ...] = ()
    cadence: str = "monday"
    wide: Wide | None = None
    metrics: Mapping[str, str] = field(default_factory=dict)
    relative: frozenset[str] = frozenset()
    definitions: Mapping[tuple[str, str], str] = field(default_factory=dict)
