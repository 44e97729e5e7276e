"""One value of each series and day, of all that the files of an import say: what contradicts itself is told."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from collector.imports.model import Options, Read, Refused
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
_ROWS = 100_000
"""So many values a frame: fewer would cost time, more memory."""

Known = tuple[datetime, int] | None
"""When another ledger came to know values, and in which of its runs; None if the file does not say."""


class _Reading(NamedTuple):
    """What a file says of a series and a day; of hundreds of thousands, so it is kept small."""

    value: float
    line: int
    at: datetime | None
    name: str
    called: str
    method: str
    file: int


class _Series(NamedTuple):
    """A series, under the key by which all spellings of its artifact are one."""

    kind: str
    key: str
    metric: str
    source: str
    definition: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What is taken: how many values by when they were known, the oldest first, and the artifacts that they are of."""

    values: Mapping[Known, int]
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
    _files: list[tuple[str, str]] = field(default_factory=list)
    _taken: dict[Known, dict[_Series, dict[date, _Reading]]] = field(default_factory=dict)
    _several: dict[tuple[Known, _Series, date], list[_Reading]] = field(default_factory=lambda: defaultdict(list))

    def add(self, read: Read, record: str) -> None:
        """Take what was read of a file that is kept under a record."""
        self._files.append((read.file.label, record))
        self.refused += read.refused
        file, ahead = len(self._files) - 1, self._ahead()
        for value in read.values:
            by = (value.known[0] if value.known else self.public).date()
            if value.day.year < _FIRST_YEAR:
                told = f"day {value.day} is before the year {_FIRST_YEAR}"
                self.refused.append(Refused(read.file.label, value.line or None, told))
            elif value.day - by > ahead.get(value.metric, _AHEAD):
                told = f"day {value.day} was still to come on {by}, when its value was known"
                self.refused.append(Refused(read.file.label, value.line or None, told))
            else:
                kind, name = value.artifact.kind, value.artifact.name
                key = KINDS[kind].keys(value.called or name)[0]
                series = _Series(kind, key, value.metric, value.source, value.definition)
                reading = _Reading(value.value, value.line, value.at, name, value.called, value.method, file)
                days = self._taken.setdefault(value.known, {}).setdefault(series, {})
                if days.setdefault(value.day, reading) is not reading:
                    self._several[value.known, series, value.day].append(reading)

    def _ahead(self) -> dict[str, timedelta]:
        return {metric: _AHEAD_RELATIVE for metric, counted in self.options.metrics.items() if counted.relative}

    def settle(self) -> Settled:
        """Decide between the readings of each day."""
        notes, later = [], 0
        for (known, series, day), others in self._several.items():
            days = self._taken[known][series]
            readings = sorted([days[day], *others], key=lambda one: (self._files[one.file], one.line))
            newest = _newest(readings)
            values = {one.value for one in newest}
            if len(values) == 1:
                days[day] = newest[0]
                later += len({one.value for one in readings}) > 1
            elif self.snapshot and max(values) - min(values) <= max(_FEW, _CLOSE * max(values)):
                days[day] = max(newest, key=lambda one: one.value)
                notes.append(f"{self._named(series, day, newest)}, read at about the same time; the largest is taken")
            else:
                del days[day]
                self._contradiction(series, day, newest)
        self._several.clear()
        if later:
            times = "time" if later == 1 else "times"
            notes.append(f"several readings of one day, of which the latest is taken: {later} {times}")
        counts = {known: sum(map(len, of.values())) for known, of in self._taken.items()}
        artifacts = {
            Artifact(series.kind, one.called or one.name)
            for of in self._taken.values()
            for series, days in of.items()
            for one in days.values()
        }
        ordered = sorted((known for known, count in counts.items() if count), key=lambda known: known or ())
        return Settled({known: counts[known] for known in ordered}, tuple(self.refused), tuple(notes), artifacts)

    def frames(self, known: Known) -> Iterator["pd.DataFrame"]:
        """Yield what was settled of what was known at a time, in tidy frames with collector.normalize.COLUMNS."""
        of = self._taken.get(known, {})
        rows = ((series, day, one) for series, days in of.items() for day, one in days.items())
        while part := list(islice(rows, _ROWS)):
            yield self._frame(part)

    def _frame(self, part: Sequence[tuple[_Series, date, _Reading]]) -> "pd.DataFrame":
        """Make a frame of plain objects: turning text into pandas' own and back costs more than all."""
        # Imported late: `import --help` needs no frames.
        import pandas as pd

        series, days, readings = zip(*part, strict=True)
        columns = {
            "kind": [one.kind for one in series],
            "name": [one.name for one in readings],
            "metric": [one.metric for one in series],
            "source": [one.source for one in series],
            "definition": [one.definition for one in series],
            "day": list(days),
            "value": [one.value for one in readings],
            "method": [one.method for one in readings],
            "response": [self._files[one.file][1] for one in readings],
            "number": [""] * len(part),
            "called": [one.called for one in readings],
            "born": [None] * len(part),
        }
        return pd.DataFrame(columns, columns=list(COLUMNS), dtype=object).astype({"value": "float64"})

    def _contradiction(self, series: _Series, day: date, readings: Sequence[_Reading]) -> None:
        """Refuse readings that differ, and say what to do."""
        several = len({one.file for one in readings}) > 1
        advice = "; import the right file by itself" if several else ""
        told = f"{self._named(series, day, readings)} contradict each other; none is taken{advice}"
        self.refused.append(Refused(self._files[readings[0].file][0], readings[0].line or None, told))

    def _named(self, series: _Series, day: date, readings: Sequence[_Reading]) -> str:
        """Name the values that were read for a day and where they stand."""
        found: dict[float, str] = {}
        for one in readings:
            found.setdefault(one.value, ":".join(filter(None, (self._files[one.file][0], str(one.line or "")))))
        told = [f"{value:.15g} ({place})" for value, place in found.items()]
        more = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
        called = f"{series.kind}:{readings[0].called or readings[0].name}"
        return f"{called} {series.metric} of {day}: {', '.join(told[:_MOST_NAMED])}{more}"


def _newest(readings: Sequence[_Reading]) -> Sequence[_Reading]:
    """Return the readings that nothing is later than; all of them if one does not tell its time."""
    told = [one.at for one in readings if one.at is not None]
    return readings if len(told) < len(readings) else [one for one in readings if one.at == max(told)]
