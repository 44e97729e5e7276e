"""Makes the tidy frame of answers: one row an observation, in documented columns; no I/O, no clock."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from collector.calendar import cadence_day_on_or_before
from collector.http.workers import Told
from collector.model import DailyCounts, PastCounts, Reading, Window
from collector.sources.reading import LARGEST_COUNT

_OF_VALUE = ("kind", "name", "metric", "source", "definition", "day", "value", "method", "response")
COLUMNS = (*_OF_VALUE, "number", "called", "born")
"""kind, name, metric, source, definition, method: text; day: date (UTC); value: float, whole; response: WARC-Record-ID;
number: the upstream's id, called: the name it answered with (each "" if it does not say); born: the UTC date on which
the artifact came into being, or None."""

Counts = npt.NDArray[np.int64]


class _Daily(NamedTuple):
    """Daily counts, what was told with them, and the record and UTC day of the response that they were read from."""

    told: Told
    item: DailyCounts
    record: str
    day: date


def normalize(told: Iterable[Told], *, cadence: str) -> pd.DataFrame:
    """Return the observations in answers as a frame with COLUMNS.

    A count is as of the day of its response. Daily counts become sums over as many whole days as the metric says before
    each cadence day that they cover completely, and before the newest day possible; the newest is `observed`, the
    others are `derived`.

    Where days of the past were asked for, as the task says, only the cadence days among them become observations,
    `derived` all of them. Past counts become `reconstructed` on cadence days, none before the artifact's birth.
    """
    rows: list[tuple[Any, ...]] = []
    daily: dict[int, list[_Daily]] = {}
    for one in told:
        answer = one.answer
        for reading in answer.readings:
            record, day = _response(one, reading)
            rows.append((*_series(one, reading), day, float(reading.value), "observed", record, *_who(reading)))
        for past in answer.past:
            rows.extend(_past(one, past, cadence))
        for item in answer.daily:
            if item.counts:
                length = one.task.source.lengths[item.metric]
                daily.setdefault(length, []).append(_Daily(one, item, *_response(one, item)))
    for length, of_length in daily.items():
        rows.extend(_windows(of_length, length, cadence))
    # As plain objects: to guess the types and to turn text into Arrow's and back costs more than all the rest here.
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype="object").astype({"value": "float64"})
    return frame.drop_duplicates(["kind", "name", "metric", "source", "day"], keep="last", ignore_index=True)


def _response(told: Told, item: Reading | DailyCounts | PastCounts) -> tuple[str, date]:
    """Return the record of the response that a value was read from, and its UTC day."""
    if item.record:
        for kept in told.kept:
            if kept.record == item.record:
                return kept.record, kept.at.date()
    if told.kept:
        return told.kept[-1].record, told.kept[-1].at.date()
    return item.record, told.day or date.min


def _series(told: Told, item: Reading | DailyCounts | PastCounts) -> tuple[str, str, str, str, str]:
    source, artifact = told.task.source, item.artifact
    return artifact.kind, artifact.name, item.metric, source.name, source.metrics[item.metric]


def _who(item: Reading | PastCounts) -> tuple[str, str, date | None]:
    return item.number, item.called, item.born


def _past(told: Told, past: PastCounts, cadence: str) -> Iterator[tuple[Any, ...]]:
    series, record, window = _series(told, past), _response(told, past)[0], told.task.how.window
    for day, value in past.counts.items():
        born = past.born is None or past.born <= day
        if born and _within(day, window) and cadence_day_on_or_before(day, cadence) == day:
            yield (*series, day, float(value), "reconstructed", record, *_who(past))


def _within(day: date, window: Window | None) -> bool:
    return window is None or window.first <= day <= window.last


def _windows(daily: Sequence[_Daily], length: int, cadence: str) -> Iterator[tuple[Any, ...]]:
    """Sum the daily counts of many artifacts at once, over `length` days, as one table of days by artifacts."""
    counts, present, first = _table(daily)
    sums, complete = _sums(counts, length), _sums(present.astype(np.int64), length) == length
    complete &= sums <= LARGEST_COUNT
    days = [date.fromordinal(first + row) for row in range(len(sums))]
    due = np.array([cadence_day_on_or_before(day, cadence) == day for day in days], dtype=bool)
    for column, (told, item, record, _) in enumerate(daily):
        whole = np.flatnonzero(complete[:, column])
        if whole.size == 0:
            continue
        series, window = _series(told, item), told.task.how.window
        newest = whole[-1] if window is None else None
        for row in whole[due[whole] | (whole == newest)]:
            if _within(days[row], window):
                method = "observed" if row == newest else "derived"
                yield (*series, days[row], float(sums[row, column]), method, record, "", "", None)


def _table(daily: Sequence[_Daily]) -> tuple[Counts, npt.NDArray[np.bool_], int]:
    """Return the counts by day and artifact, which of them are known, and the ordinal of the first row's day.

    Days that are not over when the response came are left out.
    """
    first = min(min(each.item.counts) for each in daily).toordinal()
    end = max(each.day for each in daily).toordinal()
    counts: Counts = np.zeros((max(0, end - first), len(daily)), dtype=np.int64)
    present = np.zeros(counts.shape, dtype=bool)
    for column, each in enumerate(daily):
        days = np.fromiter(map(date.toordinal, each.item.counts), np.int64, len(each.item.counts)) - first
        values = np.fromiter(each.item.counts.values(), np.int64, len(each.item.counts))
        over = days < each.day.toordinal() - first
        counts[days[over], column] = values[over]
        present[days[over], column] = True
    return counts, present, first


def _sums(table: Counts, length: int) -> Counts:
    """Return, for row D, the sum of the `length` rows before it: exact, as differences of whole running sums."""
    running = np.vstack([np.zeros((length + 1, table.shape[1]), dtype=np.int64), table.cumsum(axis=0)])
    sums: Counts = running[length:] - running[: len(running) - length]
    return sums
