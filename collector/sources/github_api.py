"""What GitHub's answers have in common: its limits, its refusals, and who a repository is; knows no metric."""

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from collector.errors import CREDENTIALS, GONE, LIMIT, REFUSED, BadPayload
from collector.http.limits import Budget
from collector.model import Answer, Request, Response
from collector.sources.protocol import Verdict, all_fail, birth, count, excerpt, judge, refusal, shown, text

BASE = "https://api.github.com"
BUDGET = Budget(rates=((15, 1.0), (900, 60.0)), connections=8, keep_reserve=True, hourly=60)
_ETAG = re.compile(r'(W/)?"[\x21\x23-\x7e]{1,200}"')
_FULL_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_LIMIT_WORDS = re.compile(r"rate limit|abuse detection", re.IGNORECASE)
_SECONDARY_WORDS = re.compile(r"secondary rate limit|abuse detection", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as an answer has it: its stars, its number, its name, and the UTC day of its creation if told."""

    stars: int
    number: str
    name: str
    born: date | None


def repository(node: dict[str, Any], keys: tuple[str, str, str, str], by: date) -> Repository:
    """Read a repository by the keys of stars, number, name and creation, on the day `by`; raises BadPayload."""
    stars, number, name, created = keys
    value, identity = count(node.get(stars), stars), count(node.get(number), number)
    return Repository(value, str(identity), _full_name(node.get(name), name), birth(node.get(created), by))


REST = ("stargazers_count", "id", "full_name", "created_at")
GRAPHQL = ("stargazerCount", "databaseId", "nameWithOwner", "createdAt")


def refusal_of(request: Request, response: Response) -> Answer | None:
    """Tell GitHub's 403s apart in the documented order: a limit, a blocked repository, a refusal; None for a 200."""
    if response.status != 403:  # noqa: PLR2004
        return refusal(request, response)
    body = response.body.decode(errors="replace")
    told = f"HTTP 403: {excerpt(_message(body))}"
    if is_limit(response):
        return all_fail(request, LIMIT, told, halt=True)
    if '"block"' in body:
        return all_fail(request, GONE, told, state="missing")
    if "Resource not accessible" in body:
        return all_fail(request, CREDENTIALS, told, halt=True)
    return all_fail(request, REFUSED, told)


def rest_verdict(request: Request, response: Response) -> Verdict:
    """Judge as for any JSON service, and know GitHub's limits, which come as 403."""
    limited = response.status == 403 and is_limit(response)  # noqa: PLR2004
    judged = Verdict.LIMITED if limited else judge(request, response)
    return Verdict.SPENT if judged is Verdict.LIMITED and is_spent(response) else judged


def etag_of(response: Response) -> str:
    """Return the ETag of an answer, as it is to be sent back; "" if there is none that a header can hold."""
    etag = response.headers.get("etag", "")
    return etag if _ETAG.fullmatch(etag) else ""


def is_limit(response: Response) -> bool:
    """Tell whether a 403 is a limit."""
    headers = response.headers
    told = "retry-after" in headers or headers.get("x-ratelimit-remaining", "").strip() == "0"
    return told or speaks_of_limit(response.body.decode(errors="replace"))


def is_spent(response: Response) -> bool:
    """Tell whether a limit is the hourly one of the account; a `Retry-After` comes with those of the whole service."""
    headers = response.headers
    told = headers.get("x-ratelimit-remaining", "").strip() == "0" and "x-ratelimit-reset" in headers
    return told and "retry-after" not in headers and not speaks_of_secondary(response.body.decode(errors="replace"))


def speaks_of_secondary(words: str) -> bool:
    """Tell whether a text announces the limit that concerns all of the service, whatever is left of the hour."""
    return _SECONDARY_WORDS.search(words) is not None


def speaks_of_limit(words: str) -> bool:
    """Tell whether a text is one of those by which GitHub announces a limit."""
    return _LIMIT_WORDS.search(words) is not None


def message_of(error: dict[str, Any]) -> str:
    """Return the message of an error as one line; "" if there is none."""
    message = error.get("message")
    return excerpt(message) if isinstance(message, str) else ""


def _full_name(value: object, what: str) -> str:
    name = text(value, what)
    if not _FULL_NAME.fullmatch(name):
        raise BadPayload(f"{what} is {shown(name)}, not owner/name")
    return name


def _message(body: str) -> str:
    try:
        decoded = json.loads(body)
    except (ValueError, RecursionError):
        return body
    return message_of(decoded) or body if isinstance(decoded, dict) else body
