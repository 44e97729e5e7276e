"""Turns a good JSON body into one with wrong values of the right shape; knows no service."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.integration.message import Reply

Mangle = Callable[[Any], Any]
"""Gives the value that stands in place of a member's value; the value itself where it leaves it alone."""

_DIGITS = "@digits@"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def mangled(good: Reply, mangle: Mangle, keys: str) -> Reply:
    """Mangle the members whose name matches `keys`; a body that is not JSON is left alone."""
    try:
        raw = json.loads(good.body)
    except ValueError:
        return good
    text = json.dumps(_walk(raw, mangle, re.compile(keys)), separators=(",", ":"))
    return replace(good, body=text.replace(f'"{_DIGITS}"', "9" * 5000).encode())


def _walk(raw: Any, mangle: Mangle, keys: re.Pattern[str], key: str = "") -> Any:
    if isinstance(raw, dict):
        members = {name: _walk(value, mangle, keys, name) for name, value in raw.items()}
        return {name: value for name, value in members.items() if value is not _NOTHING}
    if isinstance(raw, list):
        items = [walked for item in raw if (walked := _walk(item, mangle, keys, key)) is not _NOTHING]
        return items * 2 if mangle is _twice and items else items
    return mangle(raw) if keys.search(key) else raw


def _numbers(change: Callable[[int], Any]) -> Mangle:
    def mangle(value: Any) -> Any:
        return change(value) if isinstance(value, int) and not isinstance(value, bool) else value

    return mangle


def _days(day: Any) -> Mangle:
    def mangle(value: Any) -> Any:
        return day if isinstance(value, str) and _DAY.fullmatch(value) else value

    return mangle


def _a_week_ahead(value: Any) -> Any:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return value
    return (date.fromisoformat(value) + timedelta(days=7)).isoformat()


def _twice(value: Any) -> Any:
    return value


_NOTHING = object()

MANGLES: dict[str, Mangle] = {
    "number-string": _numbers(str),
    "number-words": _numbers(lambda _: "many"),
    "number-commas": _numbers(lambda value: f"{value:,}"),
    "number-null": _numbers(lambda _: None),
    "number-negative": _numbers(lambda value: -value - 1),
    "number-huge": _numbers(lambda _: 2**70),
    "number-digits": _numbers(lambda _: _DIGITS),
    "number-float": _numbers(lambda value: value + 0.5),
    "number-bool": _numbers(lambda _: True),
    "number-nan": _numbers(lambda _: float("nan")),
    "number-infinite": _numbers(lambda _: float("inf")),
    "number-list": _numbers(lambda value: [value]),
    "number-missing": _numbers(lambda _: _NOTHING),
    "day-rubbish": _days("2026-13-45"),
    "day-future": _days("2999-01-01"),
    "day-ahead": _a_week_ahead,
    "day-null": _days(None),
    "rows-twice": _twice,
}
"""The kinds of fault that keep the body's shape."""
