"""What a source is, and the reading rules that all of them share; pure, it knows no service."""

import enum
import json
import re
import reprlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
)
from collector.http.limits import Budget
from collector.model import Answer, Artifact, Mark, Problem, Request, Response, Window

LARGEST_COUNT = 2**53 - 1
"""Counts above it are refused: no service is near it, and a double, which stores them, is exact up to here."""
MOST_HOPS = 3
_URL_CHARACTERS = "%/:?#[]@!$&'()*+,;="
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Verdict(enum.Enum):
    """What a response asks for next: to be read, to be asked again soon, or to wait for a limit.

    LIMITED is a limit of the whole service, SPENT says that the account that asked is of no use for now: another one
    may go on.
    """

    FINAL = enum.auto()
    TRANSIENT = enum.auto()
    LIMITED = enum.auto()
    SPENT = enum.auto()


@dataclass(frozen=True, slots=True)
class Ask:
    """How to ask: the service's base URL without a trailing slash, and whether credentials will be sent.

    `window` are the days of the past that are wanted, None for the present; `marks` those of answers that we have, by
    URL.
    """

    base: str
    authenticated: bool = False
    window: Window | None = None
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Past:
    """How far back a source answers: so many `days`, or since each artifact's creation (None).

    `page_weeks`: after a first request for an artifact its past comes in pages of so many weeks, the newest first; 0
    if it comes with the first answer.
    """

    days: int | None = None
    page_weeks: int = 0


def judge(_request: Request, response: Response) -> Verdict:
    """Judge a response of a JSON service by its status, and by whether it can be JSON at all."""
    if response.status == 429:  # noqa: PLR2004
        return Verdict.LIMITED
    if _passes(response.status) or (response.status == 200 and not _may_be_json(response.body)):  # noqa: PLR2004
        return Verdict.TRANSIENT
    return Verdict.FINAL


@dataclass(frozen=True, slots=True)
class Source:
    """A service and one way of asking it for one metric of one kind of artifact, as a declaration and pure functions.

    `service` names whose limits and credentials apply, `batch` how many artifacts one request can answer for.
    `requests(artifacts, ask)` yields what to send; `read(request, response)` turns one response into an answer
    and raises BadPayload or LookupError or TypeError or ValueError if the body is not what the service documents;
    `verdict(request, response)` tells limits and passing faults apart from answers. `past` says how far back it
    answers for days gone by (None: not at all), and `weekly` whether an ordinary refresh asks it. `marked(name, ask)`
    is the URL of the answer about an artifact whose ETag is worth keeping, "" where there is none.
    """

    name: str
    service: str
    kind: str
    metric: str
    definition: str
    base: str
    budget: Budget
    requests: Callable[[Sequence[Artifact], Ask], Iterator[Request]]
    read: Callable[[Request, Response], Answer]
    verdict: Callable[[Request, Response], Verdict] = judge
    batch: int = 1
    past: Past | None = None
    weekly: bool = True
    marked: Callable[[str, Ask], str] = lambda _name, _ask: ""


@dataclass(frozen=True, slots=True)
class Read:
    """An answer with its source, the record id of its response, the UTC day of that, and the account that asked."""

    source: Source
    answer: Answer
    response: str
    day: date
    account: str = ""


def read_answer(source: Source, request: Request, response: Response) -> Answer:
    """Read a response; whatever is not as documented becomes a problem of every artifact asked for, never a number."""
    try:
        return source.read(request, response)
    except BadPayload as error:
        detail = str(error)
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        detail = f"unexpected shape ({type(error).__name__}: {excerpt(str(error))})"
    return all_fail(request, BAD_PAYLOAD, f"{detail}; status {response.status}, {len(response.body)} bytes")


def all_fail(request: Request, cause: str, detail: str, *, state: str = "failed", halt: bool = False) -> Answer:
    """Return the answer in which every artifact of the request has the same problem."""
    problems = tuple(Problem(artifact, state, cause, detail) for artifact in request.artifacts)
    return Answer(problems=problems, halt=detail if halt else "")


def refusal(request: Request, response: Response) -> Answer | None:  # noqa: PLR0911
    """Return what a status other than 200 means, by the rules that hold for every service; None for a 200."""
    status = response.status
    if status == 200:  # noqa: PLR2004
        return None
    said = f"HTTP {status}{_message(response)}"
    if status in _REDIRECTS:
        return _redirected(request, response)
    if status in {404, 410, 451}:
        return all_fail(request, GONE, said, state="missing")
    if status == 401:  # noqa: PLR2004
        return all_fail(request, CREDENTIALS, said, halt=True)
    if status == 429:  # noqa: PLR2004
        return all_fail(request, LIMIT, said, halt=True)
    if status == 403:  # noqa: PLR2004
        return all_fail(request, REFUSED, said)
    if _passes(status):
        return all_fail(request, TRANSIENT, said)
    return all_fail(request, BAD_REQUEST if status >= 400 else BAD_PAYLOAD, said)  # noqa: PLR2004


def window_text(window: Window | None) -> str:
    """Return a window as text to be carried by a request; "" for the present."""
    return f"{window.first}/{window.last}" if window else ""


def read_window(said: str) -> Window | None:
    """Return the window that `window_text` wrote; raises ValueError for anything else."""
    if not said:
        return None
    first, _, last = said.partition("/")
    return Window(date.fromisoformat(first), date.fromisoformat(last))


def of_whole_query(request: Request, refused: Answer) -> Answer:
    """Take a 404 of an address that serves every artifact for no word about the ones asked for."""
    gone = [problem.detail for problem in refused.problems if problem.state == "missing"]
    return all_fail(request, REFUSED, gone[0]) if gone else refused


def _redirected(request: Request, response: Response) -> Answer:
    """Follow a redirect within the service as a new request, so that it is recorded and noticed; else refuse it."""
    # Quoted like the URLs that we make ourselves: a header may hold any character.
    target = quote(urljoin(response.url, response.headers.get("location", "")), safe=_URL_CHARACTERS)
    if request.hops >= MOST_HOPS:
        return all_fail(request, REFUSED, f"HTTP {response.status}: more than {MOST_HOPS} redirects in a row")
    if urlsplit(target)[:2] != urlsplit(response.url)[:2] or target == response.url:
        return all_fail(request, REFUSED, f"HTTP {response.status}: redirected to {excerpt(target)}, not followed")
    return Answer(follow_ups=(replace(request, url=target, hops=request.hops + 1),))


def json_body(response: Response, expected: type[dict[str, Any]] | type[list[Any]] = dict) -> Any:
    """Decode a body that must be a JSON object (or array, if `expected` is list); raise BadPayload otherwise."""
    try:
        body = json.loads(response.body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        kind = "HTML" if response.body.lstrip()[:1] == b"<" else "an empty body" if not response.body else "no JSON"
        raise BadPayload(f"got {kind} where a JSON {expected.__name__} was expected") from error
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


def _passes(status: int) -> bool:
    """Tell whether a status is a passing fault; proxies in front of a service have 5xx of their own, such as 520."""
    return status == 408 or status >= 500  # noqa: PLR2004


def _may_be_json(body: bytes) -> bool:
    return body.lstrip()[:1] not in (b"", b"<")


def _no_constant(name: str) -> Any:
    raise BadPayload(f"the body holds {name}, which is not a number")
