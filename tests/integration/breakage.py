"""What each kind of fault makes of a good reply; knows neither when nor how often."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache, partial
from json import loads
from typing import Any

from tests.integration import clickpy, dockerhub, github, pypistats
from tests.integration.faults import Fault
from tests.integration.mangling import MANGLES, mangled
from tests.integration.message import HTML, JSON, TEXT, Manner, Reply, Request, reply_json

_PAGE = b"<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>12345</h1><p>Try later.</p></body></html>"
_TOO_BIG = 17 * 1024 * 1024
_BOMB = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Case:
    """A request that is to go wrong, its good reply, the time (epoch seconds), another host's URL of the service."""

    fault: Fault
    request: Request
    good: Reply
    now: float
    elsewhere: str

    def is_graphql(self) -> bool:
        return self.request.service == "github" and self.request.path == "/graphql"


def broken(case: Case) -> Reply:
    """Give the reply that the fault makes; raises KeyError for an unknown kind."""
    if case.fault.kind in MANGLES:
        return mangled(case.good, MANGLES[case.fault.kind], case.fault.keys)
    return _KINDS[case.fault.kind](case)


def kinds() -> list[str]:
    """Name every kind of fault."""
    return [*_KINDS, *MANGLES]


# statuses, each in the shape of the service that sends it


def _refused(status: int, text: str, case: Case) -> Reply:
    if case.request.service == "pypistats":
        return pypistats.text(status)
    if case.request.service == "dockerhub":
        return dockerhub.missing() if status == 404 else reply_json({"detail": text}, status)
    return github.message(status, text)


def _gone(case: Case) -> Reply:
    """Say that there is no such thing: over GraphQL of every alias, with status 200."""
    if not case.is_graphql():
        return _refused(404, "Not Found", case)
    return _aliases(case, "NOT_FOUND", "Could not resolve to a Repository with the name 'a/b'.")


def _aliases(case: Case, kind: str, text: str) -> Reply:
    """Make every alias null with an error; leave what is not GraphQL alone."""
    if not case.is_graphql():
        return case.good
    raw = loads(case.good.body)
    keys = [key for key in raw.get("data", {}) if key != "rateLimit"]
    data = raw.get("data", {}) | dict.fromkeys(keys)
    return reply_json({"data": data, "errors": [github.error(kind, key, text) for key in keys]})


def _whole_query(errors: list[dict[str, Any]], case: Case) -> Reply:
    return reply_json({"errors": errors}) if case.is_graphql() else case.good


def _blocked(status: int, reason: str, case: Case) -> Reply:
    return _aliases(case, "FORBIDDEN", "blocked") if case.is_graphql() else github.blocked(status, reason)


def _primary(status: int, case: Case) -> Reply:
    reset = str(int(case.now + case.fault.seconds))
    spent = (("x-ratelimit-limit", "5000"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset))
    return github.message(status, "API rate limit exceeded for user ID 1.").adding(*spent)


def _secondary(case: Case, *, after: bool) -> Reply:
    reply = github.secondary()
    return reply.adding(("Retry-After", f"{case.fault.seconds:g}")) if after else reply


def _limited(case: Case, *headers: tuple[str, str]) -> Reply:
    if case.request.service == "pypistats":
        return pypistats.limited().adding(*headers)
    if case.request.service == "dockerhub":
        return dockerhub.limited(*headers)
    if case.request.service == "clickpy":
        return clickpy.refused(201, 429).adding(*headers)
    return github.secondary(429).adding(*headers)


def _limited_until(case: Case, name: str) -> Reply:
    until = case.now + case.fault.seconds
    as_date = format_datetime(datetime.fromtimestamp(int(until) + 1, UTC), usegmt=True)
    return _limited(case, (name, str(int(until) + 1)) if name == "X-Retry-After" else (name, as_date))


def _page(status: int, _: Case) -> Reply:
    return Reply(status, _PAGE, HTML)


def _server_error(status: int, case: Case) -> Reply:
    if case.request.service == "pypistats":
        return pypistats.text(status, " TEMPORARILY DISABLED" if status == 503 else "")
    return reply_json({"message": "Server Error"}, status)


def _exception(code: int, status: int, case: Case, *, as_json: bool = False) -> Reply:
    """Refuse as ClickHouse does; any other service answers as ever."""
    return clickpy.refused(code, status, as_json=as_json) if case.request.service == "clickpy" else case.good


def _exception_behind(code: int, case: Case) -> Reply:
    """Break off the data for an error that came to light after the header of a good answer was sent."""
    if case.request.service != "clickpy":
        return case.good
    return replace(case.good, body=case.good.body[: len(case.good.body) // 2] + clickpy.refused(code).body)


# bodies


def _body(body: bytes, case: Case, kind: str = JSON) -> Reply:
    return replace(case.good, status=200, body=body, type=kind)


def _half(case: Case) -> Reply:
    return _body(case.good.body[: len(case.good.body) // 2], case)


def _too_big(case: Case) -> Reply:
    return _body(b" " * _TOO_BIG + case.good.body, case)


def _bomb(case: Case) -> Reply:
    packer = _packed_blanks().copy()
    body = _first_bytes() + packer.compress(case.good.body) + packer.flush()
    return replace(case.good, body=body).adding(("Content-Encoding", "gzip"))


@lru_cache(maxsize=1)
def _packing() -> tuple[bytes, Any]:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(b" " * _BOMB), packer


def _first_bytes() -> bytes:
    return _packing()[0]


def _packed_blanks() -> Any:
    return _packing()[1]


def _not_gzip(case: Case) -> Reply:
    return case.good.adding(("Content-Encoding", "gzip"))


# the line


def _manner(manner: Manner, case: Case) -> Reply:
    return replace(case.good, manner=manner, pause=case.fault.seconds)


def _to(url: str) -> Reply:
    return Reply(302, b"", TEXT, (("Location", url),))


def _loop(case: Case) -> Reply:
    return _to(f"{case.request.base}{case.request.target()}")


def _away(case: Case) -> Reply:
    return _to(f"{case.elsewhere}{case.request.target()}")


def _away_keeping_method(case: Case) -> Reply:
    return replace(_away(case), status=307)


_KINDS: dict[str, Callable[[Case], Reply]] = {
    "404": _gone,
    "404-whole": partial(_refused, 404, "Not Found"),
    "401": partial(_refused, 401, "Bad credentials"),
    "400": partial(_refused, 400, "Problems parsing JSON"),
    "422": partial(_refused, 422, "Validation Failed"),
    "403-primary": partial(_primary, 403),
    "429-primary": partial(_primary, 429),
    "403-secondary": partial(_secondary, after=False),
    "403-secondary-after": partial(_secondary, after=True),
    "403-blocked": partial(_blocked, 403, "tos"),
    "403-refused": partial(_refused, 403, "Resource not accessible by personal access token"),
    "403-agent": lambda _: Reply(403, b"Missing or invalid User Agent string.", "application/octet-stream"),
    "403-html": partial(_page, 403),
    "451": partial(_blocked, 451, "dmca"),
    "429": _limited,
    "429-seconds": lambda case: _limited(case, ("Retry-After", f"{case.fault.seconds:g}")),
    "429-date": lambda case: _limited_until(case, "Retry-After"),
    "429-epoch": lambda case: _limited_until(case, "X-Retry-After"),
    "429-rubbish": lambda case: _limited(case, ("Retry-After", "soon")),
    "graphql-heavy": lambda case: _aliases(case, "RESOURCE_LIMITS_EXCEEDED", "Resource limits exceeded."),
    "graphql-limited": partial(_whole_query, [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for x"}]),
    "graphql-secondary": partial(_whole_query, [{"message": "You have exceeded a secondary rate limit."}]),
    "graphql-undefined": partial(
        _whole_query, [{"extensions": {"code": "undefinedField"}, "message": "Field 'x' doesn't exist"}]
    ),
    "clickhouse-201": partial(_exception, 201, 500),
    "clickhouse-201-200": partial(_exception, 201, 200),
    "clickhouse-201-json": partial(_exception, 201, 403, as_json=True),
    "clickhouse-201-behind": partial(_exception_behind, 201),
    "clickhouse-158": partial(_exception, 158, 500, as_json=True),
    "clickhouse-158-200": partial(_exception, 158, 200),
    "clickhouse-159-behind": partial(_exception_behind, 159),
    "clickhouse-396": partial(_exception, 396, 404),
    "clickhouse-452": partial(_exception, 452, 500),
    "clickhouse-62": partial(_exception, 62, 400),
    "clickhouse-60": partial(_exception, 60, 404),
    "clickhouse-202": partial(_exception, 202, 500),
    "500": partial(_server_error, 500),
    "502-html": partial(_page, 502),
    "503": partial(_server_error, 503),
    "504": partial(_page, 504),
    "204": lambda _: Reply(204, type=""),
    "html-200": lambda case: _body(_PAGE, case, HTML),
    "empty-200": lambda case: _body(b"", case),
    "half-json": _half,
    "json-list": lambda case: _body(b"[]", case),
    "json-null": lambda case: _body(b"null", case),
    "json-number": lambda case: _body(b"404", case),
    "json-empty": lambda case: _body(b"{}", case),
    "json-deep": lambda case: _body(b"[" * 100_000, case),
    "not-utf8": lambda case: _body(b'{"data": "\xff\xfe"}', case),
    "huge": _too_big,
    "gzip-bomb": _bomb,
    "gzip-not": _not_gzip,
    "reset": partial(_manner, "reset"),
    "reset-midway": partial(_manner, "reset-midway"),
    "hang": partial(_manner, "hang"),
    "drip": partial(_manner, "drip"),
    "truncated": partial(_manner, "truncated"),
    "redirect-loop": _loop,
    "redirect-host": _away,
    "redirect-host-307": _away_keeping_method,
}
