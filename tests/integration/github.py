"""Plays GitHub: repositories over REST and GraphQL with budgets per token; knows no faults."""

import re
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from json import JSONDecodeError, loads
from typing import Any

from tests.integration.budgets import Budget, Budgets
from tests.integration.graphql import Field, QuerySyntaxError, parse
from tests.integration.message import Reply, Request, reply_json
from tests.integration.world import CREATED, Repository, World

_DOCS = "https://docs.github.com/rest"
_HISTORY = "/stargazers/history"
_PAGE_WEEKS, _MOST_PAGES = 30, 100
_BY_NAME = re.compile(r"/repos/([^/]+/[^/]+)")
_BY_NUMBER = re.compile(r"/repositories/(\d+)")


def answer(request: Request, world: World, budgets: Budgets, *, now: float, busy: int) -> Reply:
    """Answer a request; `busy` is the number of GitHub's requests that wait for an answer now."""
    token = _token(request)
    limits = budgets.limits
    minute = budgets.of(f"points {token}", limits.points, 60)
    if refusal := _refusal(request, token):
        return refusal
    if (limits.concurrent and busy > limits.concurrent) or not minute.spend(now):
        return secondary()
    kind = "graphql" if request.path == "/graphql" else "core"
    limit = limits.graphql if kind == "graphql" else limits.core if token else limits.anonymous
    budget = budgets.of(f"{kind} {token}", limit, limits.hour)
    if request.path == "/rate_limit":
        return reply_json({"resources": {kind: _rate(budget)}})
    if not budget.spend(now):
        return _primary(kind).adding(*headers(kind, budget))
    reply = _graphql(request, world, budgets, budget) if kind == "graphql" else _rest(request, world, token)
    if reply.status == 304 and token:
        budget.used -= 1
    return reply.adding(*headers(kind, budget))


def _refusal(request: Request, token: str) -> Reply | None:
    if not request.headers.get("user-agent"):
        return Reply(403, b"Missing or invalid User Agent string.", "application/octet-stream")
    if token.startswith("bad"):
        return message(401, "Bad credentials")
    if request.path == "/graphql" and not token:
        return message(401, "This endpoint requires you to be authenticated.")
    return None


def message(status: int, text: str, **members: Any) -> Reply:
    """Give a reply in the shape in which REST refuses."""
    return reply_json({"message": text, "documentation_url": _DOCS, "status": str(status), **members}, status)


def secondary(status: int = 403) -> Reply:
    return message(status, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")


def headers(kind: str, budget: Budget) -> tuple[tuple[str, str], ...]:
    """Give the rate limit headers of a budget."""
    shown = {name: str(value) for name, value in _rate(budget).items()} | {"resource": kind}
    return tuple((f"x-ratelimit-{name}", value) for name, value in shown.items())


def _rate(budget: Budget) -> dict[str, int]:
    used, remaining = budget.used, budget.remaining()
    return {"limit": budget.limit, "remaining": remaining, "used": used, "reset": int(budget.reset) + 1}


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").partition(" ")[2]


def _primary(kind: str) -> Reply:
    if kind == "core":
        return message(403, "API rate limit exceeded for user ID 1.")
    text = "API rate limit already exceeded for user ID 1."
    return reply_json({"errors": [{"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": text}]})


# REST


def _rest(request: Request, world: World, token: str) -> Reply:
    if request.method != "GET":
        return message(404, "Not Found")
    path = request.path.removesuffix(_HISTORY)
    below = request.path.removeprefix(path)
    if match := _BY_NUMBER.fullmatch(path):
        found = world.numbered(int(match[1]))
        return _repository(request, world, found, token)
    match = _BY_NAME.fullmatch(path)
    found = world.repository(match[1]) if match else None
    if match and found and found.name.casefold() != match[1].casefold():
        url = f"{request.base}/repositories/{found.number}{below}"
        url += f"?{request.query_text}" if request.query_text else ""
        return reply_json({"message": "Moved Permanently", "url": url, "documentation_url": _DOCS}, 301).adding(
            ("Location", url)
        )
    return _repository(request, world, found, token)


def _repository(request: Request, world: World, found: Repository | None, token: str) -> Reply:
    if found is None or f"github:{found.name}" in world.gone:
        return message(404, "Not Found")
    if f"github:{found.name}" in world.blocked:
        return blocked()
    if request.path.endswith(_HISTORY):
        reply = _star_history(request, world, found)
        if reply.status != 200:
            return reply
    else:
        reply = reply_json(_members(world, found))
    etag = f'W/"{zlib.crc32(reply.body + token.encode()):08x}"'
    if request.headers.get("if-none-match") == etag:
        return Reply(304, type="", headers=(("ETag", etag),))
    return reply.adding(("ETag", etag))


def _star_history(request: Request, world: World, found: Repository) -> Reply:
    """Give a page of weeks, the newest first, of the stars that still stand."""
    query = request.query()
    size, page = min(int(query.get("per_page", _PAGE_WEEKS)), _PAGE_WEEKS), int(query.get("page", 1))
    if page > _MOST_PAGES:
        return message(422, "Validation Failed")
    newest, oldest = _sunday(world.today), _sunday(CREATED)
    last = -(-((newest - oldest).days // 7 + 1) // size)
    starts = [newest - timedelta(weeks=back) for back in range((page - 1) * size, page * size)]
    weeks = [_week(world, found, start) for start in starts if start >= oldest]
    url = f"{request.base}/repositories/{found.number}{_HISTORY}?per_page={size}"
    named = {"next": page + 1, "last": last} if page < last else {}
    named |= {"prev": page - 1, "first": 1} if page > 1 else {}
    links = ", ".join(f'<{url}&page={number}>; rel="{name}"' for name, number in named.items())
    return reply_json(weeks, 200, *((("Link", links),) if links else ()))


def _week(world: World, found: Repository, start: date) -> dict[str, Any]:
    counts = [world.standing(found.name, start + timedelta(days=day)) for day in range(-1, 7)]
    ahead = (world.today - start).days
    given = [later - earlier if day <= ahead else 0 for day, (earlier, later) in enumerate(pairwise(counts))]
    epoch = int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp())
    return {"week": epoch, "total": sum(given), "days": given}


def _sunday(day: date) -> date:
    return day - timedelta(days=(day.weekday() + 1) % 7)


def blocked(status: int = 403, reason: str = "tos") -> Reply:
    block = {"reason": reason, "created_at": "2023-02-02T15:50:17Z", "html_url": "https://github.com/tos"}
    return reply_json({"message": "Repository access blocked", "block": block}, status)


def _members(world: World, found: Repository) -> dict[str, Any]:
    owner, _, name = found.name.partition("/")
    stars = world.stars(found.name, world.today)
    return {
        "id": found.number,
        "name": name,
        "full_name": found.name,
        "private": False,
        "owner": {"login": owner, "id": 1, "type": "Organization"},
        "description": None,
        "fork": False,
        "created_at": "2015-01-01T00:00:00Z",
        "stargazers_count": stars,
        "watchers_count": stars,
        "forks_count": stars // 7,
        "open_issues_count": 3,
        "archived": False,
        "license": None,
        "topics": [],
        "watchers": stars,
        "subscribers_count": 11,
    }


# GraphQL

_SCALARS: dict[str, Callable[[World, Repository], Any]] = {
    "databaseId": lambda _, found: found.number,
    "nameWithOwner": lambda _, found: found.name,
    "stargazerCount": lambda world, found: world.stars(found.name, world.today),
    "forkCount": lambda world, found: world.stars(found.name, world.today) // 7,
    "name": lambda _, found: found.name.partition("/")[2],
    "isArchived": lambda *_: False,
    "createdAt": lambda *_: "2015-01-01T00:00:00Z",
    "__typename": lambda *_: "Repository",
}


def _graphql(request: Request, world: World, budgets: Budgets, budget: Budget) -> Reply:
    try:
        sent = loads(request.body)
        fields = parse(sent["query"], sent.get("variables") or {})
    except (JSONDecodeError, TypeError, KeyError):
        return message(400, "Problems parsing JSON")
    except QuerySyntaxError as error:
        return reply_json({"errors": [{"message": f"Parse error: {error}", "locations": []}]})
    asked = [field for field in fields if field.name == "repository"]
    if unknown := _unknown(fields):
        return reply_json({"errors": [unknown]})
    data: dict[str, Any] = {}
    errors: list[dict[str, Any]] = []
    for number, field in enumerate(asked):
        data[field.key], problem = _aliased(field, world, heavy=number >= budgets.limits.aliases)
        errors += [problem] if problem else []
    data |= {field.key: _quota(field, budget) for field in fields if field.name == "rateLimit"}
    return reply_json({"data": data, "errors": errors} if errors else {"data": data})


def _unknown(fields: tuple[Field, ...]) -> dict[str, Any] | None:
    for field in fields:
        below = _SCALARS if field.name == "repository" else {"limit", "cost", "remaining", "used", "resetAt"}
        wrong = [part.name for part in field.selected if part.name not in below]
        if field.name not in {"repository", "rateLimit"} or wrong:
            name, on = (wrong[0], field.name) if wrong else (field.name, "Query")
            text = f"Field '{name}' doesn't exist on type '{on}'"
            return {"path": ["query", field.key], "extensions": {"code": "undefinedField"}, "message": text}
    return None


def _aliased(field: Field, world: World, *, heavy: bool) -> tuple[Any, dict[str, Any] | None]:
    asked = f"{field.arguments['owner']}/{field.arguments['name']}"
    found = world.repository(asked)
    if heavy:
        return None, error("RESOURCE_LIMITS_EXCEEDED", field.key, "Resource limits for this query exceeded.")
    if found and not field.arguments.get("followRenames", True) and found.name.casefold() != asked.casefold():
        found = None
    if found is None or f"github:{found.name}" in world.gone:
        return None, error("NOT_FOUND", field.key, f"Could not resolve to a Repository with the name '{asked}'.")
    if f"github:{found.name}" in world.blocked:
        return None, error("FORBIDDEN", field.key, "Repository access blocked")
    return {part.key: _SCALARS[part.name](world, found) for part in field.selected}, None


def error(kind: str, key: str, text: str) -> dict[str, Any]:
    """Give an error of GraphQL about one alias."""
    return {"type": kind, "path": [key], "locations": [{"line": 1, "column": 1}], "message": text}


def _quota(field: Field, budget: Budget) -> dict[str, Any]:
    known = {**_rate(budget), "cost": 1, "resetAt": datetime.fromtimestamp(int(budget.reset) + 1, UTC).isoformat()}
    known["resetAt"] = str(known["resetAt"]).replace("+00:00", "Z")
    return {part.key: known[part.name] for part in field.selected}
