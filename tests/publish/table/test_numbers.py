"""Numbers as people read them."""

import math
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.table.numbers import grouped, index, plain, short, utc

COUNTS = st.integers(0, 2**60) | st.floats(0, 2.0**60)
UNITS = {"": 1, "k": 10**3, "M": 10**6, "B": 10**9}


def read(text: str) -> float:
    """Read a short number back; `<1` stands between nothing and one."""
    if text == "<1":
        return 0.5
    digits, unit = re.fullmatch(r"([0-9.]+)([kMB]?)", text).groups()  # type: ignore[union-attr]
    return float(digits) * UNITS[unit]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (0.04, "<1"),
        (0.5, "<1"),
        (1, "1"),
        (12.34, "12.3"),
        (999, "999"),
        (999.94, "999.9"),
        (999.95, "1.0k"),
        (1000, "1.0k"),
        (1049, "1.0k"),
        (1050, "1.1k"),
        (10_123, "10.1k"),
        (10_250, "10.3k"),
        (15_618, "15.6k"),
        (153_800, "153.8k"),
        (367_013, "367.0k"),
        (950_000, "950.0k"),
        (999_949, "999.9k"),
        (999_950, "1.0M"),
        (3_104_000, "3.1M"),
        (999_949_999, "999.9M"),
        (999_950_000, "1.0B"),
        (2**53, "9007199.3B"),
    ],
)
def test_numbers_are_short_with_one_decimal_and_a_unit(value: float, text: str) -> None:
    assert short(value) == text


@given(COUNTS)
def test_no_unit_below_billions_ever_reaches_a_thousand(value: float) -> None:
    text = short(value)
    assert re.fullmatch(r"<1|\d{1,3}(\.\d)?|\d{1,3}\.\d[kM]|\d+\.\dB", text), text
    assert text[-1] == "B" or read(text[:-1] if text[-1] in "kM" else text) < 1000


@given(COUNTS, COUNTS)
def test_rounding_keeps_the_order(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert read(short(low)) <= read(short(high))


@given(st.integers(1, 2**60))
def test_a_short_number_is_within_half_a_tenth_of_its_unit(value: int) -> None:
    text = short(value)
    unit = UNITS.get(text[-1], 1)
    assert abs(read(text) - value) <= 0.05 * unit * (1 + 1e-9)


@given(COUNTS)
def test_only_nothing_is_shown_as_zero(value: float) -> None:
    assert (read(short(value)) == 0) == (value == 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (0.04, "<1"),
        (0.5, "<1"),
        (0.99, "<1"),
        (1, "1"),
        (1.49, "1"),
        (2.5, "3"),
        (3.5, "4"),
        (2.8, "3"),
        (99.5, "100"),
        (1234.5, "1235"),
    ],
)
def test_an_index_is_a_whole_number_or_below_one(value: float, text: str) -> None:
    assert index(value) == text


@pytest.mark.parametrize("value", [-1, -0.1, math.nan, math.inf, -math.inf])
def test_what_is_no_count_is_refused(value: float) -> None:
    for written in (short, index):
        with pytest.raises(ValueError, match="is not a count"):
            written(value)


def test_whole_numbers_are_integers_in_files() -> None:
    assert [repr(plain(value)) for value in (10123.0, 0.5, 0.0, -0.0)] == ["10123", "0.5", "0", "0"]
    assert grouped(1234567.0) == "1,234,567"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.75, "2.75"),
        (8.333333333333334, "8.3333"),
        (1234.5, "1,234.5"),
        (0.00012345678, "0.0001"),
        (1e-7 / 3, "0.00000003333"),
    ],
)
def test_a_fraction_in_full_has_as_many_places_as_tell_it_from_nothing(value: float, text: str) -> None:
    assert grouped(value) == text


def test_a_moment_is_written_in_utc_with_whole_seconds() -> None:
    assert utc(datetime(2026, 4, 27, 5, 0, 12, 900_000, tzinfo=UTC)) == "2026-04-27T05:00:12Z"
    assert utc(datetime(2026, 4, 27, 1, 0, tzinfo=timezone(timedelta(hours=2)))) == "2026-04-26T23:00:00Z"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        utc(datetime(2026, 4, 27))  # noqa: DTZ001
