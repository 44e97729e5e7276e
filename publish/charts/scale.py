"""Where the axes of a chart begin and end, where their ticks stand, and labels that keep apart."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import ceil, floor, log10
from typing import Final

_ROOM: Final = 0.06
"""Share of the values' range that is left free above and below."""
_NEAR_ZERO: Final = 0.4
"""The axis begins at nothing where the smallest value is less than this share of the largest."""
_STEPS: Final = (1, 2, 2.5, 5)
_UNITS: Final = ((10**9, "B"), (10**6, "M"), (10**3, "k"))
_WEEK: Final = 7
_MONTHS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
"""How far apart, in months, ticks may stand."""
_DAYS_FOR_MONTHS: Final = 200
_DAYS_FOR_YEARS: Final = 1500


def domain(values: Sequence[float], least: float = 0.0) -> tuple[float, float]:
    """Give the ends of the value axis: around the values, from nothing on where that costs little; never below it.

    It covers at least the share `least` of the largest value, so that nothing looks like a storm that is none.
    """
    low, high = min(values), max(values)
    if high - low < least * high:
        low, high = calm(values, least)
    if high == low:
        return max(0.0, low - max(1.0, low * _ROOM)), high + max(1.0, high * _ROOM)
    room = (high - low) * _ROOM
    return (0.0 if low < _NEAR_ZERO * high else max(0.0, low - room)), high + room


def calm(values: Sequence[float], least: float) -> tuple[float, float]:
    """Give the smallest and the largest value, or ends as far apart as the share `least` of the largest."""
    low, high = min(values), max(values)
    lacking = max(0.0, least * high - (high - low))
    return max(0.0, low - lacking / 2), high + lacking / 2


def ticks(low: float, high: float, most: int) -> list[float]:
    """Give round numbers from `low` to `high`, evenly spaced: about `most` of them, two if they can be whole."""
    # 2.5 is no whole number; 25 is one.
    steps = [step for power in range(16) for size in _STEPS if (step := size * 10.0**power).is_integer()]
    fits = (step for step in steps if step * most >= (high - low) * 0.999)
    step = next(fits, steps[-1])
    if floor(high / step) <= ceil(low / step) and step > 1:
        step = steps[steps.index(step) - 1]
    return [number * step for number in range(ceil(low / step), floor(high / step) + 1)]


def log_domain(values: Sequence[float]) -> tuple[float, float]:
    """Give the ends of a logarithmic axis around values above nothing, at least as far apart as 1 and 2."""
    low, high = min(values), max(values)
    room = max((high / low) ** _ROOM, (2 * low / high) ** 0.5)
    return low / room, high * room


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Give round numbers on a logarithmic axis: 1, 2 and 5 times powers of ten, or powers only if these are many."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [size * 10.0**power for power in powers for size in steps if low <= size * 10.0**power <= high]
        if len(found) <= most:
            break
    found = found[:: ceil(len(found) / most) if found else 1]
    # Between 103 and 107 there is none of these.
    return found if len(found) > 1 else ticks(low, high, most)


def tick_label(value: float) -> str:
    """Write a round number with as many digits as it has: `0`, `250`, `15.65k`, `1.5M`, `2B`."""
    for size, unit in _UNITS:
        if value >= size:
            return f"{value / size:.6g}{unit}"
    return f"{value:.6g}"


def day_ticks(first: date, last: date, most: int) -> list[date]:
    """Give days from `first` to `last`, evenly spaced, at most `most` of them or a single one.

    They are whole weeks from the first day; over a long time, the first days of months or years.
    """
    span = (last - first).days
    if span <= _DAYS_FOR_MONTHS:
        step = max(1, ceil(span / max(1, most - 1)))
        step = step if span <= _WEEK else ceil(step / _WEEK) * _WEEK
        return [first + timedelta(days=days) for days in range(0, span + 1, step)]
    spaced = (_month_starts(first, last, months) for months in _MONTHS if span <= _DAYS_FOR_YEARS or months % 12 == 0)
    return next((days for days in spaced if 0 < len(days) <= most), [first])


def _month_starts(first: date, last: date, every: int) -> list[date]:
    """Give the first days of every n-th month, counted from the beginning of the era so that January is among them."""
    begun = first.year * 12 + first.month - 1 + (first.day > 1)
    ended = last.year * 12 + last.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(begun + -begun % every, ended + 1, every)]


def day_format(first: date, last: date) -> str:
    """Give the strftime format (d3 knows the same) in which the days of a time axis are told apart."""
    span = (last - first).days
    if span <= _DAYS_FOR_MONTHS:
        return "%Y-%m-%d"
    return "%Y-%m" if span <= _DAYS_FOR_YEARS else "%Y"


def apart(places: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Move the middles of labels as little as it takes so that none covers another, within `low` and `high`.

    They keep their order. If they do not fit, they stand as close as it takes.
    """
    order = sorted(range(len(places)), key=lambda at: places[at])
    squeezed = min(1.0, (high - low) / (sum(heights) or 1.0))
    halves = [height * squeezed / 2 for height in heights]
    moved = list(places)
    free = low
    for at in order:
        moved[at] = max(moved[at], free + halves[at])
        free = moved[at] + halves[at]
    free = high
    for at in reversed(order):
        moved[at] = min(moved[at], free - halves[at])
        free = moved[at] - halves[at]
    return moved
