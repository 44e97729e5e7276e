"""Gathers what was read of a file, a value for each series and day, into a batch; does not know how it was written."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import pandas as pd

from collector.imports.model import Batch, File, Refused
from collector.imports.sheet import NotUnderstood
from collector.model import Artifact
from collector.normalize import COLUMNS
from collector.sources import KINDS

METHOD = "imported"
_MOST_REFUSED = 1_000_000
"""More refusals would need more memory than all that can be taken of a file."""
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
"""Before it none of the services was there; and whoever counts weeks up to a day needs it to be in sight."""


class Value(NamedTuple):
    """One value of a series for a day, the line it stands on, and what the artifact was called ("" if not said)."""

    artifact: Artifact
    metric: str
    source: str
    definition: str
    day: date
    value: float
    line: int
    called: str = ""


@dataclass(slots=True)
class Rows:
    """The values of one file. Of two that differ for a series and day neither is taken, or the `last_counts`."""

    file: File
    last_counts: bool = False
    read: int = 0
    refused: list[Refused] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    replaced: int = 0
    _values: dict[tuple[object, ...], Value] = field(default_factory=dict)
    _disputed: set[tuple[object, ...]] = field(default_factory=set)

    def refuse(self, line: int, reason: str) -> None:
        """Note a row, or a part of it, of which nothing is taken. Raises NotUnderstood if there are too many."""
        if len(self.refused) == _MOST_REFUSED:
            first = f"line {self.refused[0].line}: {self.refused[0].reason}"
            raise NotUnderstood(f"has more than {_MOST_REFUSED:,} rows that are not understood, the first in {first}")
        self.refused.append(Refused(self.file.name, line, reason))

    def add(self, value: Value) -> None:
        """Take a value, unless another stands for the same series and day, or the day cannot be meant."""
        if not _FIRST_YEAR <= value.day.year <= _LAST_YEAR:
            self.refuse(value.line, f"day {value.day} is not of the years {_FIRST_YEAR} to {_LAST_YEAR}")
            return
        meant = Artifact(value.artifact.kind, value.called or value.artifact.name)
        called = KINDS[meant.kind].keys(meant.name)[0]
        key = (meant.kind, called, value.metric, value.source, value.definition, value.day)
        other = self._values.get(key)
        if other is None or (self.last_counts and other.value != value.value):
            self._values[key] = value
            self.replaced += other is not None
        elif other.value != value.value:
            self._disputed.add(key)
            self._dispute(value, other)

    def batch(self) -> Batch:
        """Return what was gathered."""
        values = [value for key, value in self._values.items() if key not in self._disputed]
        return Batch(_frame(values, self.file.record), self.read, tuple(self.refused), tuple(self.odd))

    def _dispute(self, value: Value, other: Value) -> None:
        numbers = f"{value.value:.15g} and, on line {other.line}, {other.value:.15g}"
        self.refuse(value.line, f"{value.artifact} has two values of {value.metric}: {numbers}; neither is taken")


def refusal(file: File, reason: str) -> Batch:
    """Return the batch of a file of which nothing is taken."""
    return Batch(_frame([], ""), 0, (Refused(file.name, None, reason),))


def _frame(values: list[Value], record: str) -> pd.DataFrame:
    """Make the frame column by column, of plain objects: turning text into pandas' own and back costs more than all."""
    count = len(values)
    columns = {
        "kind": [value.artifact.kind for value in values],
        "name": [value.artifact.name for value in values],
        "metric": [value.metric for value in values],
        "source": [value.source for value in values],
        "definition": [value.definition for value in values],
        "day": [value.day for value in values],
        "value": [value.value for value in values],
        "method": [METHOD] * count,
        "response": [record] * count,
        "number": [""] * count,
        "called": [value.called for value in values],
        "born": [None] * count,
    }
    return pd.DataFrame(columns, columns=list(COLUMNS), dtype=object).astype({"value": "float64"})
