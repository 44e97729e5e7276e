"""Cron expressions as crontab reads them, made triggers of the scheduler, whose numbers of weekdays are others."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from apscheduler.triggers.cron import CronTrigger

_FIELDS: Final = 5
_NAMES: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY: Final = f"[0-7]|{'|'.join(_NAMES)}"
_OTHER: Final = re.compile(r"[0-9*,/-]+|[a-z,-]{3,}", re.ASCII)
"""What may stand in the other fields: numbers, or names of months; the scheduler knows more, crontab does not."""
_PART: Final = re.compile(rf"(?:\*|(?P<first>{_DAY})(?:-(?P<last>{_DAY}))?)(?:/(?P<step>[1-9]))?")


def trigger(expression: str, now: datetime) -> CronTrigger:
    """Return the trigger of five cron fields, in UTC.

    Raises ValueError, also where they name no time after `now`, or days in two ways: crontab then means either of them,
    the scheduler both.
    """
    fields = expression.lower().split()
    if len(fields) != _FIELDS:
        raise ValueError(f"there are {len(fields)} fields")
    *others, weekdays = fields
    if odd := [field for field in others if not _OTHER.fullmatch(field) or "last" in field]:
        raise ValueError(f"{odd[0]!r} is nothing that crontab knows")
    if not others[2].startswith("*") and not weekdays.startswith("*"):
        raise ValueError("give a day of the month or a day of the week, not both")
    found = CronTrigger.from_crontab(" ".join([*others, _named(weekdays)]), timezone=UTC)
    if found.get_next_fire_time(None, now) is None:
        raise ValueError("there is no such day")
    return found


def calendar_event(expression: str) -> str:
    """Return five cron fields, which `trigger` takes, as systemd's OnCalendar has them, in UTC."""
    minute, hour, day, month, weekdays = expression.lower().split()
    days = "" if weekdays == "*" else f"{_named(weekdays).title()} "
    return f"{days}*-{_event(month)}-{_event(day)} {_event(hour)}:{_event(minute)}:00 UTC"


def later(expression: str, hours: int) -> str:
    """Return cron fields of the same day some hours later, at the most in its last hour; else of each hour of it."""
    minute, hour, *rest = expression.split()
    return " ".join([minute, str(min(int(hour) + hours, 23)) if hour.isdecimal() else hour, *rest])


def _event(field: str) -> str:
    """Write a field as systemd does: ranges with two dots, months as numbers, two digits."""
    for number, name in enumerate(_MONTHS, 1):
        field = field.replace(name, str(number))
    field = re.sub(r"[0-9]+", lambda found: found[0].zfill(2), field.replace("-", ".."))
    return re.sub(r"/0*", "/", re.sub(r"^\*/", "00/", field))


def _named(weekdays: str) -> str:
    """Write a field of weekdays by their names: to crontab 0 and 7 are Sunday, to the scheduler 0 is Monday."""
    if weekdays == "*":
        return weekdays
    numbers = {number % len(_NAMES) for part in weekdays.split(",") for number in _numbers(part)}
    return ",".join(_NAMES[number] for number in sorted(numbers))


def _numbers(part: str) -> Iterator[int]:
    found = _PART.fullmatch(part)
    if found is None:
        raise ValueError(f"{part!r} is no day of the week, such as mon, 1 or mon-fri")
    first = _number(found["first"] or "sun")
    last = _number(found["last"] or found["first"] or "sat")
    # A week that is said to end on Sunday ends on its seventh day.
    last = last or (len(_NAMES) if first else 0)
    if last < first:
        raise ValueError(f"{part!r} ends before it begins")
    yield from range(first, last + 1, int(found["step"] or 1))


def _number(day: str) -> int:
    return int(day) if day.isdecimal() else _NAMES.index(day)
