"""Guards with hindsight, for values that come with their own future, as those of an import or a backfill do.

A value, or a few in a row, that leaves the level before and comes back to it is held; a level that stays is taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import log

import numpy as np

from jobs.guard import thresholds
from jobs.guard.guards import FROZEN, IMPLAUSIBLE, RESTATED, SHIFTED
from jobs.guard.levels import Bools, Floats, Level, Values, firsts, medians
from jobs.guard.series import TO_SIGMA, told, usual
from jobs.guard.thresholds import COME_BACK, EDGE, FEWEST, IN_A_ROW, LIMIT, SCALES
from jobs.guard.whole import is_holiday
from publish.table.metrics import Type
from publish.table.numbers import grouped

EPOCH = date(1970, 1, 1)
_SPAN = 1 << 20
"""More days than any series has, so that two days make one number."""

_WATCHED = 35
"""Days: two values that are no further apart tell what is usual between them."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """That the value at a place among Values is to be held, by which guard and why."""

    place: int
    guard: str
    reason: str


def judge_past(kind: Type, values: Values) -> list[Doubt]:
    """Judge values by those before and after them; each guard judges without what those before it hold."""
    held = np.zeros(len(values.series), dtype=bool)
    found: list[Doubt] = []
    for guards, passes in GUARDS:
        places = np.flatnonzero(~held)
        for _ in range(passes if values.own.any() else 0):
            level = Level.of(kind, values.at(places))
            doubts = [replace(doubt, place=int(places[doubt.place])) for guard in guards for doubt in guard(level)]
            new = {one.place: one for one in reversed(doubts) if values.own[one.place]}
            if not new:
                break
            found += new.values()
            held[list(new)] = True
            # What hides among values that are held shows once those are out of the way.
            places = np.flatnonzero(np.isin(values.series, values.series[list(new)]) & ~held)
    return sorted(found, key=lambda one: one.place)


# The guards: of those that are asked together, the first that holds a value says why.


def frozen(level: Level) -> Iterator[Doubt]:
    """Hold a day on which nothing of a source moved since about a week before, as series that move do not."""
    same, back = np.diff(level.log, prepend=np.nan) == 0, np.diff(level.day, prepend=0)
    rows = np.flatnonzero(~firsts(level.series))
    _, number = np.unique(level.series, return_inverse=True)
    # As for weekly values, one week more is counted for each series, in which it half moved.
    still = (np.bincount(number, weights=same) + 0.5) / np.bincount(number)
    days, of_day = np.unique(level.day[rows], return_inverse=True)
    stood = np.bincount(of_day, weights=same[rows]) == np.bincount(of_day)
    unlikely = np.bincount(of_day, weights=np.log(np.minimum(still[number[rows]], 1))) < log(thresholds.BY_CHANCE)
    a_week = medians(of_day, back[rows].astype(float)) >= thresholds.NEARLY_A_WEEK.days
    for index in np.flatnonzero(stood & unlikely & a_week & (np.bincount(of_day) >= FEWEST)):
        found = rows[of_day == index]
        for row in found:
            text = f"all {len(found)} values of {_date(days[index])} equal those before"
            yield Doubt(int(level.place[row]), FROZEN, text)


def shifted(level: Level) -> Iterator[Doubt]:
    """Hold what left its level together with most of its source, for up to a few days, and came back with it."""
    _, of_day = np.unique(level.day, return_inverse=True)
    moves = np.where(firsts(level.series), np.nan, np.diff(level.log, prepend=np.nan))
    # Where each series has one value, nothing has ever moved.
    usual = np.abs(medians(of_day, moves)) if np.isfinite(moves).any() else np.zeros(1)
    calm = thresholds.SHIFTED * max(TO_SIGMA * float(np.nanmedian(usual)), SCALES[level.kind].whole)
    for length in range(1, IN_A_ROW + 1):
        first = level.stretches(length)
        lowest, highest = level.extremes(first, length)
        before, after = level.log[first - 1], level.log[first + length]
        days, of_days = np.unique(level.day[first] * _SPAN + level.day[first + length - 1], return_inverse=True)
        count = np.bincount(of_days)
        for away, fell in (((before + after) / 2 - highest, True), (lowest - (before + after) / 2, False)):
            whole = np.bincount(of_days, weights=away > calm) > count / 2
            if fell and level.kind in {"gauge", "counter"}:
                below = highest < np.minimum(before, after)
                whole |= np.bincount(of_days, weights=below) > thresholds.FALLING * count
            for number in np.flatnonzero(whole & (count >= FEWEST)):
                together = np.flatnonzero(of_days == number)
                middle = float(np.median(away[together]))
                gone = float(np.median((after - before)[together]))
                if fell and level.kind in {"gauge", "counter"}:
                    # These grow: what is above the level before has come back.
                    gone = min(gone, 0.0)
                if abs(gone) > COME_BACK * middle:
                    continue
                if level.kind == "window" and is_holiday(_date(days[number] // _SPAN)) and middle < thresholds.HOLIDAYS:
                    continue
                why = f"as most of the {len(together)} values of the source"
                for index in together:
                    stretch = level.log[first[index] : first[index] + length]
                    nearest = min(before[index], after[index]) if fell else max(before[index], after[index])
                    moved = stretch < nearest if fell else stretch > nearest
                    yield from _doubts(level, SHIFTED, int(first[index]), length, why, moved=moved)


def left_and_came_back(level: Level) -> Iterator[Doubt]:
    """Hold up to a few values in a row that leave the level of their series, which then goes on as before."""
    limit = level.limit(SCALES[level.kind].amid)
    for length in range(1, IN_A_ROW + 1):
        first = level.stretches(length)
        lowest, highest = level.extremes(first, length)
        low, high = _sorted(level.before[first], level.after[first + length - 1])
        away = np.maximum(low - highest, lowest - high)
        jump = np.minimum(np.abs(np.diff(level.log)[first - 1]), np.abs(np.diff(level.log)[first + length - 1]))
        left = (np.minimum(away, jump) > limit[first]) & (high - low <= COME_BACK * away)
        left &= level.is_large(first, (low + high) / 2)
        for row in first[left]:
            yield from _doubts(level, IMPLAUSIBLE, int(row), length)


def fell_back(level: Level) -> Iterator[Doubt]:
    """Hold up to a few values in a row by which a counter falls, and without which it does not.

    What it falls to for good is a level that stays: it was made anew.
    """
    below = np.zeros(len(level.log), dtype=bool)
    for above in (False, True) if level.kind == "counter" else ():
        for length in range(1, IN_A_ROW + 1):
            first = level.stretches(length)
            lowest, highest = level.extremes(first, length)
            before, after = level.log[first - 1], level.log[first + length]
            far_above = (lowest - after > LIMIT * SCALES[level.kind].amid) & ~below[first + length]
            wrong = (before <= after) & (far_above if above else highest < before)
            for row in first[wrong]:
                below[row : row + length] |= not above
                yield from _doubts(level, IMPLAUSIBLE, int(row), length)


def newest_left(level: Level) -> Iterator[Doubt]:
    """Hold the newest values of a series that are implausible by its past: nothing tells yet whether they stay."""
    scale = SCALES[level.kind]
    ends = np.flatnonzero(np.r_[firsts(level.series)[1:], True])
    for length in range(1, EDGE + 1):
        first = ends - length + 1
        first = first[(first > 0) & (level.series[np.maximum(first - 1, 0)] == level.series[ends])]
        lowest, highest = level.extremes(first, length)
        before = level.log[first - 1]
        rise, fall = (level.limit(calm)[first] for calm in (scale.rise, scale.fall))
        # After weeks without a value a rise is growth that nobody watched, as between the points of a sparse history.
        watched = level.day[first] - level.day[first - 1] <= _WATCHED
        left = (((lowest - before > rise) & watched) | (before - highest > fall)) & level.is_large(first, before)
        if level.kind == "counter":
            left |= highest < before
        for row in first[left]:
            yield from _doubts(level, IMPLAUSIBLE, int(row), length, ended=True)


def first_above_all(level: Level) -> Iterator[Doubt]:
    """Hold the first value of a count that is far above what follows: to begin small is usual, to lose all is not."""
    rows = np.flatnonzero(firsts(level.series) & np.isfinite(level.after))
    if level.kind in {"gauge", "counter"}:
        above = level.log[rows] - np.maximum(level.after[rows], level.log[rows + 1]) > log(SCALES[level.kind].gross)
        for row in rows[above & level.is_large(rows, level.after[rows])]:
            first, then = (grouped(float(level.values.value[level.place[at]])) for at in (row, row + 1))
            text = f"{first} at first, then {then} on {_date(level.day[row + 1])}"
            yield Doubt(int(level.place[row]), IMPLAUSIBLE, text)


def restated(level: Level) -> Iterator[Doubt]:
    """Hold one of two values of a day that differ much, if it fits nothing around it either."""
    values, scale = level.values, SCALES[level.kind]
    later = 1 + np.flatnonzero((np.diff(values.series) == 0) & (np.diff(values.day) == 0))
    row = np.searchsorted(level.place, later)
    logs = [np.log(values.value[at] + scale.damping) for at in (later - 1, later)]
    limit = level.limit(scale.restated)[row]
    differ = (np.abs(logs[1] - logs[0]) > limit) & (np.abs(np.diff(values.value)[later - 1]) > scale.damping)
    for place, told_as in ((later - 1, logs[0]), (later, logs[1])):
        # What has no neighbour on a side does not fit there.
        away = [np.nan_to_num(np.abs(told_as - side[row]), nan=np.inf) for side in (level.before, level.after)]
        for index in np.flatnonzero(differ & (np.minimum(*away) > limit) & np.isfinite(np.fmin(*away))):
            first, then = (float(values.value[later[index] - back]) for back in (1, 0))
            text = told(first, then, usual(float(level.weekly[row[index]]) if level.has_habits[row[index]] else None))
            yield Doubt(int(place[index]), RESTATED, f"restated: {text}")


GUARDS = (((frozen, shifted), 1), ((left_and_came_back, fell_back, restated), 4), ((newest_left, first_above_all), 1))
"""The guards that are asked together, and how many times at the most, each time without what they held before."""


def _doubts(
    level: Level, guard: str, first: int, length: int, why: str = "", *, moved: Bools | None = None, ended: bool = False
) -> Iterator[Doubt]:
    """Yield a doubt of each value of a stretch, or those that `moved`, with the values before and after it.

    If the series `ended` with it, there is none after.
    """
    value, end = level.values.value[level.place], first + length
    habit = why or usual(float(level.weekly[first]) if level.has_habits[first] else None)
    for row in range(first, end) if moved is None else first + np.flatnonzero(moved):
        text = told(float(value[first - 1]), float(value[row]), habit, _date(level.day[first - 1]))
        then = "" if ended else f", then {grouped(float(value[end]))} on {_date(level.day[end])}"
        yield Doubt(int(level.place[row]), guard, text + then)


def _sorted(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    return np.minimum(one, other), np.maximum(one, other)


def _date(day: float) -> date:
    return EPOCH + timedelta(days=int(day))
