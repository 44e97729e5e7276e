"""One value of each series and day, of all that the files of an import say: what contradicts itself is told."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from collector.imports.model import Options, Read, Refused, Value
from collector.model import Artifact
from collector.normalize import COLUMNS
from collector.sources import KINDS

if TYPE_CHECKING:
    import pandas as pd

_FIRST_YEAR = 2000
"""Before it none of the services was there."""
_AHEAD = timedelta(days=1)
"""So far the day of whoever wrote a date may be ahead of UTC."""
_AHEAD_RELATIVE = timedelta(days=7)
"""An index as of a day is made of whole weeks before it, so that it can be told some days ahead."""
_CLOSE, _FEW = 0.01, 10
"""Two readings of one snapshot may be that far apart: a share, or so many."""
_MOST_NAMED = 3

Known = tuple[datetime, int] | None
"""When another ledger came to know values, and in which of its runs; None if the file does not say."""


class _Reading(NamedTuple):
    """A value, the name of the file that it stands in, and the record under which that is kept."""

    value: Value
    file: str
    record: str

    @property
    def place(self) -> tuple[str, int]:
        return self.file, self.value.line


@dataclass(frozen=True, slots=True)
class Settled:
    """What is taken: tidy frames with collector.normalize.COLUMNS by when they were known, the oldest first.

    `artifacts` are those that the values are of.
    """

    frames: Mapping[Known, "pd.DataFrame"]
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]
    artifacts: Collection[Artifact]


@dataclass(slots=True)
class Gathering:
    """The readings of one import, or of one commit, `public` since a time (UTC), in whatever order they come.

    Of several readings of a day the latest by its time is taken. Readings without a time, or of the same time, must
    agree, else none is taken. Where the readings are of one snapshot (`snapshot`), which visits an artifact more than
    once within minutes, the largest of values that are close is taken.
    """

    options: Options
    public: datetime
    snapshot: bool = False
    refused: list[Refused] = field(default_factory=list)
    _first: dict[tuple[object, ...], _Reading] = field(default_factory=dict)
    _others: dict[tuple[object, ...], list[_Reading]] = field(default_factory=lambda: defaultdict(list))

    def add(self, read: Read, record: str) -> None:
        """Take what was read of a file that is kept under a record."""
        relative = {metric for metric, counted in self.options.metrics.items() if counted.relative}
        for value in read.values:
            if value.day.year < _FIRST_YEAR:
                self._refuse(read, value, f"day {value.day} is before the year {_FIRST_YEAR}")
            elif value.day - (by := (value.known[0] if value.known else self.public).date()) > (
                _AHEAD_RELATIVE if value.metric in relative else _AHEAD
            ):
                self._refuse(read, value, f"day {value.day} was still to come on {by}, when its value was known")
            else:
                kind, name = value.artifact.kind, value.called or value.artifact.name
                key = (
                    kind,
                    KINDS[kind].keys(name)[0],
                    value.metric,
                    value.source,
                    value.definition,
                    value.day,
                    value.known,
                )
                reading = _Reading(value, read.file.name, record)
                if self._first.setdefault(key, reading) is not reading:
                    self._others[key].append(reading)
        self.refused += read.refused

    def _refuse(self, read: Read, value: Value, reason: str) -> None:
        self.refused.append(Refused(read.file.name, value.line or None, reason))

    def settle(self) -> Settled:
        """Decide between the readings of each day."""
        taken, notes, later = self._first, [], 0
        for key, others in self._others.items():
            readings = sorted([self._first[key], *others], key=lambda one: one.place)
            newest = _newest(readings)
            values = {one.value.value for one in newest}
            if len(values) == 1:
                taken[key] = newest[0]
                later += len({one.value.value for one in readings}) > 1
            elif self.snapshot and max(values) - min(values) <= max(_FEW, _CLOSE * max(values)):
                taken[key] = max(newest, key=lambda one: one.value.value)
                notes.append(f"{_named(newest)}, read at about the same time; the largest is taken")
            else:
                del taken[key]
                self._contradiction(newest)
        if later:
            notes.append(f"several readings of one day, of which the latest is taken: {later} times")
        frames: dict[Known, list[_Reading]] = defaultdict(list)
        for reading in taken.values():
            frames[reading.value.known].append(reading)
        return Settled(
            {known: _frame(frames[known]) for known in sorted(frames, key=lambda known: known or ())},
            tuple(self.refused),
            tuple(notes),
            {Artifact(kind, called or name) for kind, name, called in {_meant(one.value) for one in taken.values()}},
        )

    def _contradiction(self, readings: list[_Reading]) -> None:
        """Refuse readings that differ, and say what to do."""
        first = readings[0]
        several = len({one.file for one in readings}) > 1
        advice = "; import the right file by itself" if several else ""
        told = f"{_named(readings)} contradict each other; none is taken{advice}"
        self.refused.append(Refused(first.file, first.value.line or None, told))


def _meant(value: Value) -> tuple[str, str, str]:
    return value.artifact.kind, value.artifact.name, value.called


def _newest(readings: list[_Reading]) -> list[_Reading]:
    """Return the readings that nothing is later than; all of them if one does not tell its time."""
    times = [one.value.at for one in readings]
    told = [at for at in times if at is not None]
    return readings if len(told) < len(times) else [one for one in readings if one.value.at == max(told)]


def _named(readings: list[_Reading]) -> str:
    """Name the values that were read for a day and where they stand."""
    value = readings[0].value
    found: dict[float, _Reading] = {}
    for one in readings:
        found.setdefault(one.value.value, one)
    told = [f"{number:.15g} ({_place(one)})" for number, one in found.items()]
    more = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
    return f"{value.artifact} {value.metric} of {value.day}: {', '.join(told[:_MOST_NAMED])}{more}"


def _place(reading: _Reading) -> str:
    return f"{reading.file}:{reading.value.line}" if reading.value.line else reading.file


def _frame(readings: Iterable[_Reading]) -> "pd.DataFrame":
    """Make the frame column by column, of plain objects: turning text into pandas' own and back costs more than all."""
    # Imported late: `import --help` needs no frames.
    import pandas as pd

    values, _, records = zip(*readings, strict=True)
    count = len(values)
    columns = {
        "kind": [value.artifact.kind for value in values],
        "name": [value.artifact.name for value in values],
        "metric": [value.metric for value in values],
        "source": [value.source for value in values],
        "definition": [value.definition for value in values],
        "day": [value.day for value in values],
        "value": [value.value for value in values],
        "method": [value.method for value in values],
        "response": list(records),
        "number": [""] * count,
        "called": [value.called for value in values],
        "born": [None] * count,
    }
    return pd.DataFrame(columns, columns=list(COLUMNS), dtype=object).astype({"value": "float64"})
