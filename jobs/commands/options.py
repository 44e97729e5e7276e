"""Options that several commands share, and how their values are read."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import click

from jobs.settings import SettingsError, read_time

EARLIEST = date(2000, 1, 1)
"""Before it none of the services was there."""
_LONGEST_NUMBER = 9
"""The digits of a run's number; the databases know no number without end."""


class Day(click.ParamType[date]):
    """A day as YYYY-MM-DD."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the day, or say what would be one."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2026-04-27", param, ctx)


class KnownAt(click.ParamType[int | date | datetime]):
    """A run's number, a day (which counts whole) or a time."""

    name = "run, day or time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | date | datetime:
        """Read whichever of the three it is."""
        if not isinstance(value, str):
            given: int | date | datetime = value
            return given
        if value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER:
            return int(value)
        try:
            return date.fromisoformat(value) if len(value) == len("2026-04-27") else read_time("--known-at", value)
        except (ValueError, SettingsError):
            self.fail(f"{value!r} is not a run such as 12, a day such as 2026-04-27, or an ISO time", param, ctx)


def check_days(first: date | None, last: date | None, today: date) -> None:
    """Refuse days of the past that cannot be meant, as errors of usage."""
    if first is not None and first > today:
        raise click.BadParameter(f"{first} is in the future; today is {today}", param_hint="--from")
    if first is not None and first < EARLIEST:
        raise click.BadParameter(f"{first} is before {EARLIEST}, when none of this existed", param_hint="--from")
    if first is not None and last is not None and last < first:
        raise click.BadParameter(f"{last} is before --from {first}", param_hint="--to")


known_at: Callable[[Any], Any] = click.option(
    "--known-at", type=KnownAt(), metavar="D|TIME|RUN", help="As it was known then, instead of now."
)
as_of: Callable[[Any], Any] = click.option(
    "--as-of", type=Day(), metavar="D", help="The day the numbers are of.  [today]"
)
