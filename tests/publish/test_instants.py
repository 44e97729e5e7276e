"""Moments in text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from publish.instants import utc


def test_a_moment_is_written_in_utc_with_whole_seconds() -> None:
    assert utc(datetime(2026, 4, 27, 5, 0, 12, 900_000, tzinfo=UTC)) == "2026-04-27T05:00:12Z"
    assert utc(datetime(2026, 4, 27, 1, 0, tzinfo=timezone(timedelta(hours=2)))) == "2026-04-26T23:00:00Z"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        utc(datetime(2026, 4, 27))  # noqa: DTZ001
