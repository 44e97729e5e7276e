"""Makes the tidy frame of what was read: one row an observation, in documented columns; no I/O, no clock."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from collector.calendar import WINDOW, cadence_day_on_or_before
from collector.model import Artifact, DailyCounts, PastCounts, Reading, Window
from collector.sources.protocol import LARGEST_COUNT, Read, Source

_OF_VALUE = ("kind", "name", "metric", "source", "definition", "day", "value", "method", "response")
COLUMNS = (*_OF_VALUE, "number", "called", "born")
"""kind, name, metric, source, definition, method: text; day: date (UTC); value: float, whole; response: WARC-Record-ID;
number: the upstream's id, called: the name it answered with (each "" if it does not say); born: the UTC date on which
the artifact came into being, or None."""

Counts = npt.NDArray[np.int64]


def normalize(reads: Iterable[Read], *, cadence: str, loaded: Collection[date] | None) -> pd.DataFrame:
    """Return the observations in `reads` as a frame with COLUMNS.

    A count is as of the day of its response. Daily counts become sums over the WINDOW whole days before each cadence
    day that they cover completely, and before the newest day possible; the newest is `observed`, the others are
    `derived`. A day without a row is zero if it is among the days that the service has `loaded` for all packages, else
    it is a hole and no window over it is formed; with `loaded` None only days with a row count.

    Where days of the past were asked for, as an answer says, only the cadence days among them become
    observations, `derived` all of them. Past counts become `reconstructed` on cadence days, none before the artifact's
    birth.
    """
    rows: list[tuple[Any, ...]] = []
    daily: list[tuple[Read, DailyCounts]] = []
    for read in reads:
        rows.extend(_row(read, reading) for reading in read.answer.readings)
        rows.extend(row for past in read.answer.past for row in _past(read, past, cadence))
        daily.extend((read, counts) for counts in read.answer.daily)
    if daily and (loaded or any(item.counts for _, item in daily)):
        rows.extend(_windows(daily, cadence, loaded))
    # As plain objects: to guess the types and to turn text into Arrow's and back costs more than all the rest here.
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype="object").astype({"value": "float64"})
    return frame.drop_duplicates(["kind", "name", "metric", "source", "day"], keep="last", ignore_index=True)


def _row(read: Read, reading: Reading) -> tuple[Any, ...]:
    source = read.source
    return (
        *_series(source, reading.artifact),
        read.day,
        float(reading.value),
        "observed",
        read.response,
        reading.number,
        reading.called,
        reading.born,
    )


def _past(read: Read, past: PastCounts, cadence: str) -> Iterator[tuple[Any, ...]]:
    series, window = _series(read.source, past.artifact), read.answer.window
    for day, value in past.counts.items():
        born = past.born is None or past.born <= day
        if born and _within(day, window) and cadence_day_on_or_before(day, cadence) == day:
            told = past.number, past.called, past.born
            yield (*series, day, float(value), "reconstructed", read.response, *told)


def _within(day: date, window: Window | None) -> bool:
    return window is None or window.first <= day <= window.last


def _series(source: Source, artifact: Artifact) -> tuple[str, str, str, str, str]:
    return artifact.kind, artifact.name, source.metric, source.name, source.definition


def _windows(
    daily: Sequence[tuple[Read, DailyCounts]], cadence: str, loaded: Collection[date] | None
) -> Iterator[tuple[Any, ...]]:
    """Sum the daily counts of many artifacts at once, as one table of days by artifacts."""
    counts, present, first = _table(daily, loaded)
    sums, complete = _sums(counts), _sums(present.astype(np.int64)) == WINDOW
    complete &= sums <= LARGEST_COUNT
    days = [date.fromordinal(first + row) for row in range(len(sums))]
    due = np.array([cadence_day_on_or_before(day, cadence) == day for day in days], dtype=bool)
    for column, (read, item) in enumerate(daily):
        whole = np.flatnonzero(complete[:, column])
        if whole.size == 0:
            continue
        series, window = _series(read.source, item.artifact), read.answer.window
        newest = whole[-1] if window is None else None
        for row in whole[due[whole] | (whole == newest)]:
            if _within(days[row], window):
                method = "observed" if row == newest else "derived"
                yield (*series, days[row], float(sums[row, column]), method, read.response, "", "", None)


def _table(
    daily: Sequence[tuple[Read, DailyCounts]], loaded: Collection[date] | None
) -> tuple[Counts, npt.NDArray[np.bool_], int]:
    """Return the counts by day and artifact, which of them are known, and the ordinal of the first row's day.

    Days that are not over when the response came are left out.
    """
    known = [days for days in (loaded, *(item.counts for _, item in daily)) if days]
    first, end = min(min(days) for days in known).toordinal(), max(read.day for read, _ in daily).toordinal()
    counts: Counts = np.zeros((max(0, end - first), len(daily)), dtype=np.int64)
    present = np.zeros(counts.shape, dtype=bool)
    over_by = np.array([read.day.toordinal() - first for read, _ in daily])
    rows = np.array([day.toordinal() - first for day in loaded or () if day.toordinal() < end], dtype=np.int64)
    present[rows, :] = rows[:, np.newaxis] < over_by
    for column, (_, item) in enumerate(daily):
        days = np.fromiter(map(date.toordinal, item.counts), np.int64, len(item.counts)) - first
        values = np.fromiter(item.counts.values(), np.int64, len(item.counts))
        over = days < over_by[column]
        counts[days[over], column] = values[over]
        present[days[over], column] = True
    return counts, present, first


def _sums(table: Counts) -> Counts:
    """Return, for row D, the sum of the rows D-7 … D-1: exact, as differences of whole running sums."""
    running = np.vstack([np.zeros((WINDOW + 1, table.shape[1]), dtype=np.int64), table.cumsum(axis=0)])
    sums: Counts = running[WINDOW:] - running[: len(running) - WINDOW]
    return sums
