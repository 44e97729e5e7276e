"""What several commands take on their lines: a type for each kind of word, and the options that are the same."""

import calendar
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import click

from jobs.names import UnknownName, did_you_mean, metric_key
from jobs.settings import Settings, SettingsError, read_time

EARLIEST = date(2000, 1, 1)
"""Before it none of the services was there."""
_LONGEST_NUMBER = 9
"""The digits of a run's number; the databases know no number without end."""


class Day(click.ParamType[date]):
    """A day as YYYY-MM-DD, or one of the words `today` and `yesterday`."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the day, or say what would be one."""
        if isinstance(value, date):
            return value
        if value in {"today", "yesterday"}:
            return _today(ctx) - timedelta(days=value == "yesterday")
        try:
            return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2026-04-27, today or yesterday", param, ctx)


class AsOf(Day):
    """A day; or `last`, the newest day of the cadence; or a month, which stands for its last day."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the day; `last` looks into the ledger for the cadence."""
        if value == "last":
            return _last_cadence_day(ctx)
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value) and value[:4] != "0000":
            year, month = int(value[:4]), int(value[5:])
            # Of the running month it is today, for its last day is still to come.
            end, today = date(year, month, calendar.monthrange(year, month)[1]), _today(ctx)
            return today if (year, month) == (today.year, today.month) else end
        return super().convert(value, param, ctx)


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
        if value in {"today", "yesterday"}:
            return Day().convert(value, param, ctx)
        try:
            return date.fromisoformat(value) if len(value) == len("2026-04-27") else read_time("--known-at", value)
        except (ValueError, SettingsError):
            self.fail(f"{value!r} is not a run such as 12, a day such as 2026-04-27, or an ISO time", param, ctx)


class MetricName(click.ParamType[str]):
    """A metric by its key, or by what it counts: stars, downloads, pulls."""

    name = "metric"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the metric's key, or say which is near."""
        try:
            return metric_key(str(value))
        except UnknownName as error:
            self.fail(str(error), param, ctx)


class Form(click.Choice[str]):
    """One of the forms of an output; `md` is markdown."""

    def __init__(self, choices: Sequence[str]) -> None:
        super().__init__(choices, case_sensitive=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read the form, or say which is near."""
        if value == "md" and "markdown" in self.choices:
            return "markdown"
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            self.fail(f"{error.message}{did_you_mean(str(value), self.choices)}", param, ctx)


def check_days(first: date | None, last: date | None, today: date) -> None:
    """Refuse days of the past that cannot be meant, as errors of usage."""
    if first is not None and first > today:
        raise click.BadParameter(f"{first} is in the future; today is {today}", param_hint="--from")
    if first is not None and first < EARLIEST:
        raise click.BadParameter(f"{first} is before {EARLIEST}, when none of this existed", param_hint="--from")
    if first is not None and last is not None and last < first:
        raise click.BadParameter(f"{last} is before --from {first}", param_hint="--to")


def _today(ctx: click.Context | None) -> date:
    settings = ctx.find_object(Settings) if ctx else None
    return (settings or Settings()).clock().date()


def _last_cadence_day(ctx: click.Context | None) -> date:
    # Imported here: only this word needs the ledger before the command does.
    from collector.calendar import WEEKDAYS, cadence_day_on_or_before
    from storage.ledger import Ledger
    from storage.runs.catalogs import cadence

    settings = (ctx.find_object(Settings) if ctx else None) or Settings()
    with Ledger.open(settings.db) as ledger, ledger.reading() as connection:
        return cadence_day_on_or_before(_today(ctx), cadence(connection, None) or WEEKDAYS[0])


known_at: Callable[[Any], Any] = click.option(
    "--known-at", type=KnownAt(), metavar="D|TIME|RUN", help="As it was known then, instead of now."
)
as_of: Callable[[Any], Any] = click.option(
    "--as-of",
    type=AsOf(),
    metavar="D",
    help="The day the numbers are of: also yesterday, a month such as 2026-03, or last, the newest day of the cadence."
    "  [today]",
)
