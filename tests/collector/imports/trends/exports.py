"""Exports of Google Trends for the tests, made up in the two formats in which they come."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from collector.imports.model import File

SUNDAY = date(2026, 4, 19)
"""Begins the last whole week before the exports of these tests, which are of Sunday a week later."""
EXPORTED = date(2026, 4, 26)
NEW_NAME = "time_series_Worldwide_20210426-0000_20260426-0915.csv"


def weeks(count: int, last: date = SUNDAY) -> list[date]:
    """List the Sundays of some weeks, oldest first."""
    return [last - timedelta(weeks=back) for back in reversed(range(count))]


def old(
    columns: Mapping[str, Sequence[object]],
    starts: Sequence[date] | None = None,
    name: str = "multiTimeline.csv",
    place: str = "Worldwide",
) -> File:
    """Write an export as it was until early 2026: a preamble, and the place behind each term."""
    days = starts or weeks(len(next(iter(columns.values()))))
    header = ",".join(["Week", *(f"{term}: ({place})" for term in columns)])
    rows = (
        ",".join([day.isoformat(), *(str(values[at]) for values in columns.values())]) for at, day in enumerate(days)
    )
    return file("\n".join(["Category: All categories", "", header, *rows, ""]), name)


def new(columns: Mapping[str, Sequence[object]], starts: Sequence[date] | None = None, name: str = NEW_NAME) -> File:
    """Write an export as it is since: quoted, without a preamble, the place in the file's name only."""
    days = starts or weeks(len(next(iter(columns.values()))))
    header = ",".join(['"Time"', *(f'"{term}"' for term in columns)])
    rows = (
        ",".join([f'"{day.isoformat()}"', *(str(values[at]) for values in columns.values())])
        for at, day in enumerate(days)
    )
    return file("\n".join([header, *rows, ""]), name)


def file(text: str, name: str = "multiTimeline.csv") -> File:
    """Give a text as a file that was last changed on the day of the export."""
    return File(name, text.encode(), datetime(2026, 4, 26, 12, tzinfo=UTC))
