"""How a moment is written; knows no clock."""

from datetime import UTC, datetime


def utc(moment: datetime) -> str:
    """Write an aware time as `2026-04-27T05:00:12Z`. Raises `ValueError` for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: times here are in UTC and say so")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
