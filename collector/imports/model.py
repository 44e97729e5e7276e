"""What passes between an import and the readers of files: the file, and what was read of it; frozen data."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


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
