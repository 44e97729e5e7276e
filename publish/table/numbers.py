"""How numbers and moments are written, for people and in files."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from math import floor, log10

_TENTH = Decimal("0.1")
_ONE = Decimal(1)
_THOUSAND = 1000
_PLACES = 4


def short(value: float) -> str:
    """Write a count in short: bare below 1,000, then one decimal and k, M or B, halves rounded up.

    What is above nothing is never shown as 0 but as `<1`. Raises `ValueError` for what is no count: below zero,
    infinite or not a number.
    """
    exact = _count(value)
    if 0 < exact < 1:
        return "<1"
    if exact < _THOUSAND and exact == int(exact):
        return str(int(exact))
    # The first unit in which the *rounded* number stays below 1,000: 999,950 is 1.0M, never 1000.0k.
    for size, unit in ((1, ""), (10**3, "k"), (10**6, "M")):
        rounded = _to_tenths(exact / size)
        if rounded < _THOUSAND:
            return f"{rounded}{unit}"
    return f"{_to_tenths(exact / 10**9)}B"


def index(value: float) -> str:
    """Write an index as a whole number, halves rounded up.

    What is above nothing and below one is `<1`. Raises `ValueError` as `short` does.
    """
    exact = _count(value)
    return "<1" if 0 < exact < 1 else str(int(exact.quantize(_ONE, ROUND_HALF_UP)))


def grouped(value: float) -> str:
    """Write a number in full, with commas between thousands; a fraction to four places, or to its first four digits."""
    if value == int(value):
        return f"{int(value):,}"
    places = _PLACES if abs(value) >= 10**-_PLACES else _PLACES - 1 - floor(log10(abs(value)))
    return f"{value:,.{places}f}".rstrip("0").rstrip(".")


def signed(value: float) -> str:
    """Write a difference in full with its sign; none is `±0`."""
    rounded = round(value, 6)
    return f"{'+' if rounded > 0 else '−'}{grouped(abs(rounded))}" if rounded else "±0"


def percent(value: float) -> str:
    """Write a growth, e.g. `+2.3 %`; what is no growth to one place is `±0.0 %`."""
    rounded = round(value, 1)
    return f"{'+' if rounded > 0 else '−'}{abs(rounded):,.1f} %" if rounded else "±0.0 %"


def plain(value: float) -> int | float:
    """Give a whole number as `int`, so that no file says `10123.0`; any other as it is."""
    return int(value) if value == int(value) else value


def utc(moment: datetime) -> str:
    """Write an aware time as `2026-04-27T05:00:12Z`. Raises `ValueError` for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: times here are in UTC and say so")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _count(value: float) -> Decimal:
    exact = Decimal(value)
    if not exact.is_finite() or exact < 0:
        raise ValueError(f"{value!r} is not a count: give a finite number, zero or above")
    return exact


def _to_tenths(exact: Decimal) -> Decimal:
    return exact.quantize(_TENTH, ROUND_HALF_UP)
