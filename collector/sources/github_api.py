"""What GitHub's answers have in common: its metrics, its limits and refusals, and who a repository is."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.errors import BAD_PAYLOAD, CREDENTIALS, GONE, LIMIT, REFUSED, TOO_BIG, BadPayload, NoValue
from collector.model import Answer, Artifact, Metric, Problem, Reading, Request, Response
from collector.sources import reading
from collector.sources.protocol import Budget
from collector.sources.reading import birth, count, excerpt, shown, text

BASE = "https://api.github.com"
BUDGET = Budget(rates=((15, 1.0), (900, 60.0)), connections=8, keep_reserve=True, hourly=60)
STARS = Metric("github_stars", "GitHub stars", "stars", "gauge")
FORKS = Metric("github_forks", "GitHub forks", "forks", "gauge")
GRAPHQL = "graphql"
"""The quota of queries; all else draws on `core`."""
_TOO_LONG = frozenset({502, 504})
_LIMIT_TYPES = frozenset({"RATE_LIMITED", "RATE_LIMIT"})
_FULL_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_LIMIT_WORDS = re.compile(r"rate limit|abuse detection", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Members:
    """What a kind of answer calls the members of a repository; `counts` by metric."""

    number: str
    name: str
    created: str
    counts: Mapping[str, str]


REST_MEMBERS = Members("id", "full_name", "created_at", {STARS.key: "stargazers_count", FORKS.key: "forks_count"})
QUERY_MEMBERS = Members(
    "databaseId", "nameWithOwner", "createdAt", {STARS.key: "stargazerCount", FORKS.key: "forkCount"}
)


def read_repository(
    artifact: Artifact, node: Mapping[str, Any], members: Members, metrics: Sequence[str], response: Response
) -> Answer:
    """Read the counts of a repository. Raises BadPayload if it does not say who it is."""
    number, name = identity(node, members)
    born = birth(node.get(members.created), response.at.date())
    readings: list[Reading] = []
    problems: list[Problem] = []
    for metric in metrics:
        member = members.counts[metric]
        try:
            value = count(node.get(member), member)
            readings.append(Reading(artifact, metric, value, number, name, born, response.record))
        except BadPayload as error:
            problems.append(Problem(artifact, "failed", BAD_PAYLOAD, error.detail, metric))
    return Answer(tuple(readings), problems=tuple(problems))


def identity(node: Mapping[str, Any], members: Members) -> tuple[str, str]:
    """Return the number and the full name of a repository. Raises BadPayload."""
    name = text(node.get(members.name), members.name)
    if not _FULL_NAME.fullmatch(name):
        raise BadPayload(f"{members.name} is {shown(name)}, not owner/name")
    return str(count(node.get(members.number), members.number)), name


def refusal(request: Request, response: Response) -> NoValue | None:
    """Judge as for any JSON service, and know GitHub's own: limits as 403 or as 200, blocked repositories."""
    if request.bucket == GRAPHQL:
        if response.status in _TOO_LONG and b" r1: " in request.body:
            return NoValue(TOO_BIG, f"HTTP {response.status}: many repositories took too long")
        if response.status == 200 and b'"errors"' in response.body:  # noqa: PLR2004
            return _query_limit(response)
    if response.status not in {401, 403, 451}:
        return reading.refusal(request, response)
    words = response.body.decode(errors="replace")
    body = _object(words)
    told = f"HTTP {response.status}: {excerpt(message_of(body) or words)}"
    if response.status == 401:  # noqa: PLR2004
        # Queries are sent with a token only.
        sent = request.bucket == GRAPHQL or "Bad credentials" in words
        do = "GITHUB_TOKEN was refused; give one that is valid, or none" if sent else "give a GITHUB_TOKEN"
        return NoValue(CREDENTIALS, f"{told}: {do}")
    remaining = response.headers.get("x-ratelimit-remaining", "").strip()
    # The 403s told apart in the documented order: a limit, a blocked repository, a refusal.
    if response.status == 403 and (  # noqa: PLR2004
        "retry-after" in response.headers or remaining == "0" or _LIMIT_WORDS.search(words)
    ):
        return NoValue(LIMIT, told)
    if isinstance(body.get("block"), dict):
        return NoValue(GONE, f"{told} ({shown(body['block'].get('reason'))})", "missing")
    if response.status == 451:  # noqa: PLR2004
        return NoValue(GONE, told, "missing")
    return NoValue(CREDENTIALS if "Resource not accessible" in words else REFUSED, told)


def errors_of(body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a query's errors by the alias they concern; those of the whole query under the empty name."""
    errors: dict[str, dict[str, Any]] = {}
    listed = body.get("errors") or []
    for error in listed if isinstance(listed, list) else []:
        if isinstance(error, dict):
            path = error.get("path")
            alias = path[0] if isinstance(path, list) and path and str(path[0]).startswith("r") else ""
            errors.setdefault(str(alias), error)
    return errors


def kind_of(error: Mapping[str, Any]) -> str:
    """Return the type of an error, "" if there is none."""
    kind = error.get("type")
    return excerpt(kind) if isinstance(kind, str) else ""


def message_of(error: Mapping[str, Any]) -> str:
    """Return the message of an error as one line; "" if there is none."""
    message = error.get("message")
    return excerpt(message) if isinstance(message, str) else ""


def is_limit(error: Mapping[str, Any]) -> bool:
    """Tell whether an error of a query announces a limit."""
    return kind_of(error) in _LIMIT_TYPES or _LIMIT_WORDS.search(message_of(error)) is not None


def _query_limit(response: Response) -> NoValue | None:
    body = _object(response.body.decode(errors="replace"))
    if isinstance(body.get("data"), dict):
        return None  # what it has is good; the refusal comes with the next request
    # A secondary limit may come in the shape of REST.
    limits = [error for error in (body, *errors_of(body).values()) if is_limit(error)]
    return NoValue(LIMIT, message_of(limits[0]) or kind_of(limits[0])) if limits else None


def _object(words: str) -> dict[str, Any]:
    try:
        body = json.loads(words)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
