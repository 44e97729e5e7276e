"""What sources share: asking with redirects, what a status means, and numbers and names out of foreign JSON."""

import json
import re
import reprlib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from collector.errors import (
    BAD_PAYLOAD,
    BAD_REQUEST,
    CREDENTIALS,
    GONE,
    LIMIT,
    REFUSED,
    TRANSIENT,
    BadPayload,
    NoValue,
)
from collector.model import Answer, Artifact, Asking, Problem, Request, Response

LARGEST_COUNT = 2**53 - 1
"""Counts above it are refused: no service is near it, and a double, which stores them, is exact up to here."""
MOST_HOPS = 3
NOT_AS_DOCUMENTED = (NoValue, LookupError, TypeError, ValueError, AttributeError, RecursionError)
"""What reading raises for a body that is not what the service documents."""
_URL_CHARACTERS = "%/:?#[]@!$&'()*+,;="
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def refusal(_request: Request, response: Response) -> NoValue | None:
    """Say why a response of a JSON service is no answer, by the rules that hold for every service; None if it is one.

    A body that cannot be JSON comes of a proxy, or of a fault that passes.
    """
    status = response.status
    if status == 200:  # noqa: PLR2004
        start = response.body.lstrip()[:1]
        kind = "an empty body" if not start else "HTML" if start == b"<" else ""
        return NoValue(TRANSIENT, f"got {kind} where JSON was expected") if kind else None
    said = f"HTTP {status}{_message(response)}"
    if status in {404, 410, 451}:
        return NoValue(GONE, said, "missing")
    # Proxies in front of a service have statuses of their own above 500, such as 520.
    causes = {401: CREDENTIALS, 403: REFUSED, 408: TRANSIENT, 429: LIMIT} | dict.fromkeys(_REDIRECTS, REFUSED)
    other = TRANSIENT if status >= 500 else BAD_REQUEST if status >= 400 else BAD_PAYLOAD  # noqa: PLR2004
    return NoValue(causes.get(status, other), said)


def get(request: Request, refuse: Callable[[Request, Response], NoValue | None] = refusal) -> Asking[Response]:
    """Ask, and return a response that can be read; raises NoValue for any other.

    Redirects within the service are followed as requests of their own, so that they are recorded and noticed.
    """
    asked = request
    for _ in range(MOST_HOPS + 1):
        response = yield asked
        if response.status not in _REDIRECTS:
            refused = refuse(asked, response)
            if refused is not None:
                raise refused
            return response
        # Quoted like the URLs that we make ourselves: a header may hold any character.
        target = quote(urljoin(asked.url, response.headers.get("location", "")), safe=_URL_CHARACTERS)
        if urlsplit(target)[:2] != urlsplit(asked.url)[:2] or target == asked.url:
            raise NoValue(REFUSED, f"HTTP {response.status}: redirected to {excerpt(target)}, not followed")
        asked = Request(asked.method, target, asked.body, asked.bucket, asked.shared)
    raise NoValue(REFUSED, f"HTTP {response.status}: more than {MOST_HOPS} redirects in a row")


def attempt(artifacts: Sequence[Artifact], asking: Asking[Answer]) -> Asking[Answer]:
    """Return the answer; whatever there is instead becomes a problem of every artifact, never a number."""
    try:
        return (yield from asking)
    except NOT_AS_DOCUMENTED as error:
        return failed(artifacts, error)


def failed(artifacts: Sequence[Artifact], error: Exception) -> Answer:
    """Return the answer in which every artifact has the same problem: one of NOT_AS_DOCUMENTED."""
    if not isinstance(error, NoValue):
        error = BadPayload(f"unexpected shape ({type(error).__name__}: {excerpt(str(error))})")
    return Answer(problems=tuple(Problem(one, error.state, error.cause, error.detail) for one in artifacts))


def of_whole_query(error: NoValue) -> NoValue:
    """Take a 404 of an address that serves every artifact for no word about the ones asked for."""
    return NoValue(REFUSED, error.detail) if error.state == "missing" else error


def json_body(response: Response | bytes, expected: type[dict[str, Any]] | type[list[Any]] = dict) -> Any:
    """Decode a body that must be a JSON object (or array, if `expected` is list); raise BadPayload otherwise."""
    try:
        body = json.loads(response if isinstance(response, bytes) else response.body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadPayload(f"got no JSON where a JSON {expected.__name__} was expected") from error
    if not isinstance(body, expected):
        raise BadPayload(f"got a JSON {type(body).__name__} where a {expected.__name__} was expected")
    return body


def count(value: object, what: str) -> int:
    """Return a count that may have come as a number or as its digits; refuse all else by BadPayload, naming `what`."""
    if type(value) is int and 0 <= value <= LARGEST_COUNT:
        # Most are plain numbers, and there are hundreds in an answer.
        return value
    number = value
    if (isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value)) or (
        isinstance(value, float) and value.is_integer()
    ):
        number = int(value)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= LARGEST_COUNT:
        raise BadPayload(f"{what} is {shown(value)}, not a count")
    return number


def text(value: object, what: str) -> str:
    """Return a non-empty, printable text of at most 300 characters; raise BadPayload naming `what` otherwise."""
    if not isinstance(value, str) or not 0 < len(value) <= 300 or not value.isprintable():  # noqa: PLR2004
        raise BadPayload(f"{what} is {shown(value)}, not a name")
    return value


def birth(value: object, by: date) -> date | None:
    """Return the UTC day of an ISO time, on or before the day `by`; None if it says no such thing."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        day = at.astimezone(UTC).date() if at is not None and at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
    return day if day is not None and day <= by else None


def shown(value: object) -> str:
    """Return how a value from outside looks, however large or deep it is, as one line of bounded length."""
    return excerpt(reprlib.repr(value))


def excerpt(said: str, length: int = 160) -> str:
    """Return text from outside as one printable line of bounded length."""
    line = "".join(c if c.isprintable() else " " for c in said[: length * 2])
    line = " ".join(line.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def _message(response: Response) -> str:
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return ""
    said = next((body[key] for key in ("message", "detail", "text") if isinstance(body, dict) and body.get(key)), "")
    return f": {excerpt(said)}" if isinstance(said, str) and said else ""


def _no_constant(name: str) -> Any:
    raise BadPayload(f"the body holds {name}, which is not a number")
