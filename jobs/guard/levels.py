"""The levels that the values of many series stand at: what the guards with hindsight compare values with."""

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from jobs.guard.series import TO_SIGMA
from jobs.guard.thresholds import AROUND, LIMIT, SCALES, YOUNG
from publish.table.metrics import Type

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Values:
    """Values of one metric of a source, in the order of series, days and runs; those that do not count are left out.

    `day` is days since 1970; `own` says which the run brought: only those are judged.
    """

    series: Ints
    day: Ints
    value: Floats
    own: Bools

    def at(self, places: Ints) -> "Values":
        """Return only those at some places."""
        return Values(self.series[places], self.day[places], self.value[places], self.own[places])


@dataclass(frozen=True, slots=True)
class Level:
    """The newest value of each series and day, in order, as logarithms, with what the guards compare it with.

    `place` is where it stands in `values`. `before` and `after` are the medians of the values around it, NaN where
    there are none. `usual` is a series' middle change from value to value, and `weekly` what that makes in a week; of a
    series that `has_habits`, for in a short one a single value decides what is usual.
    """

    kind: Type
    values: Values
    place: Ints
    series: Ints
    day: Ints
    log: Floats
    before: Floats
    after: Floats
    usual: Floats
    weekly: Floats
    has_habits: Bools

    @classmethod
    def of(cls, kind: Type, values: Values) -> "Level":
        """Find the levels of values."""
        of_day = (values.series[1:] != values.series[:-1]) | (values.day[1:] != values.day[:-1])
        place = np.flatnonzero(np.r_[of_day, True])
        series, day = values.series[place], values.day[place]
        logs = np.log(values.value[place] + SCALES[kind].damping)
        before = _median_around(logs, series, -1)
        after = _median_around(logs, series, 1)
        numbers = np.cumsum(firsts(series)) - 1
        moved, apart = np.abs(np.diff(logs, prepend=np.nan)), np.diff(day, prepend=0).astype(float)
        moved[firsts(series)] = apart[firsts(series)] = np.nan
        usual, step = (medians(numbers, of_step)[numbers] for of_step in (moved, apart))
        has_habits = np.bincount(numbers)[numbers] >= 2 * YOUNG
        return cls(kind, values, place, series, day, logs, before, after, usual, usual * 7 / step, has_habits)

    def limit(self, calm: float) -> Floats:
        """Return the change of each series that is implausible, where `calm` is one that is nothing unusual."""
        limit: Floats = LIMIT * np.fmax(TO_SIGMA * self.usual, calm)
        return np.where(self.has_habits, limit, log(SCALES[self.kind].gross))

    def stretches(self, length: int) -> Ints:
        """Return the first rows of all stretches of a length with a value of the same series on either side."""
        first: Ints = np.arange(1, max(1, len(self.log) - length))
        within: Bools = self.series[first - 1] == self.series[first + length]
        found: Ints = first[within]
        return found

    def extremes(self, first: Ints, length: int) -> tuple[Floats, Floats]:
        """Return the lowest and the highest value of each stretch."""
        stretch = np.stack([self.log[first + step] for step in range(length)])
        return stretch.min(axis=0), stretch.max(axis=0)

    def is_large(self, rows: Ints, other: Floats) -> Bools:
        """Say whether values are so far from another that the counts themselves are not just small."""
        large: Bools = np.abs(np.exp(self.log[rows]) - np.exp(other)) > SCALES[self.kind].damping
        return large


def _median_around(logs: Floats, series: Ints, direction: int) -> Floats:
    """Return the median of up to AROUND values of the same series in a direction."""
    found = np.full((AROUND, len(logs)), np.nan)
    for distance in range(1, min(AROUND, len(logs) - 1) + 1):
        one, other = slice(distance, None), slice(None, -distance)
        here, there = (one, other) if direction < 0 else (other, one)
        found[distance - 1, here] = np.where(series[here] == series[there], logs[there], np.nan)
    found.sort(axis=0)
    count = (~np.isnan(found)).sum(axis=0)
    columns = np.arange(len(logs))
    middle: Floats = (found[np.maximum(count - 1, 0) // 2, columns] + found[count // 2 % AROUND, columns]) / 2
    return middle


def medians(group: Ints, values: Floats) -> Floats:
    """Return the median of the values of each group; groups are numbered from 0 without a gap. Of no value, NaN."""
    ordered = values[np.lexsort((values, group))]
    sizes = np.bincount(group)
    start, count = np.cumsum(sizes) - sizes, np.bincount(group, weights=~np.isnan(values)).astype(int)
    middle: Floats = (ordered[start + np.maximum(count - 1, 0) // 2] + ordered[start + count // 2]) / 2
    return middle


def firsts(series: Ints) -> Bools:
    """Say which rows are the first of their series."""
    first: Bools = np.r_[True, series[1:] != series[:-1]][: len(series)]
    return first
