"""Plays Docker Hub: one image or a namespace's paged list, on documented and old paths; knows no faults."""

import re
from typing import Any
from urllib.parse import urlencode

from tests.integration.budgets import Budgets
from tests.integration.message import Reply, Request, reply_json
from tests.integration.world import World

_ONE = re.compile(r"/v2/(?:namespaces/([^/]+)/repositories|repositories/([^/]+))/([^/]+)/?")
_LIST = re.compile(r"/v2/(?:namespaces/([^/]+)/repositories|repositories/([^/]+))/?")
_ORDERINGS = {"name", "last_updated", "pull_count"}
_UPDATED = "2025-11-05T18:25:13.998775Z"


def answer(request: Request, world: World, budgets: Budgets, *, now: float) -> Reply:
    """Answer a request, or refuse it with Retry-After once the window's budget is spent."""
    limits = budgets.limits
    budget = budgets.of("hub", limits.hub, limits.hub_window)
    allowed = budget.spend(now)
    announced = (
        ("X-RateLimit-Limit", str(budget.limit)),
        ("X-RateLimit-Remaining", str(budget.remaining())),
        ("X-RateLimit-Reset", str(int(budget.reset) + 1)),
    )
    if not allowed:
        return limited(("Retry-After", str(int(budget.reset - now) + 1))).adding(*announced)
    return _found(request, world).adding(*announced)


def limited(*headers: tuple[str, str]) -> Reply:
    return Reply(429, b"Too Many Requests (HAP429).\n", "text/plain", headers)


def missing() -> Reply:
    return reply_json({"message": "object not found", "errinfo": {}}, 404)


def _found(request: Request, world: World) -> Reply:
    if match := _LIST.fullmatch(request.path):
        return _page(request, world, match[1] or match[2])
    match = _ONE.fullmatch(request.path)
    name = f"{match[1] or match[2]}/{match[3]}" if match else ""
    if not match or not world.has_image(name) or f"docker:{name}" in world.gone:
        return missing()
    more = {"user": name.partition("/")[0], "full_description": "long", "collaborator_count": 0}
    return reply_json(_members(world, name) | more)


def _page(request: Request, world: World, namespace: str) -> Reply:
    query = request.query()
    ordering = query.get("ordering", "-last_updated")
    page, size = int(query.get("page", 1)), min(int(query.get("page_size", 10)), 100)
    if ordering.removeprefix("-") not in _ORDERINGS:
        fields = {"ordering": ["Invalid ordering value"]}
        return reply_json({"fields": fields, "text": "Invalid ordering value"}, 400)
    names = [name for name in world.listed(namespace) if query.get("name", "") in name.partition("/")[2]]
    if ordering.endswith("pull_count"):
        names.sort(key=lambda name: world.pulls(name, world.today))
    if ordering.startswith("-"):
        names.reverse()
    shown = names[(page - 1) * size : page * size]
    if page < 1 or (page > 1 and not shown):
        return missing()
    following = page + 1 if page * size < len(names) else None
    return reply_json(
        {
            "count": len(names),
            "next": _page_url(request, query, following),
            "previous": _page_url(request, query, page - 1),
            "results": [_members(world, name) for name in shown],
        }
    )


def _page_url(request: Request, query: dict[str, str], page: int | None) -> str | None:
    return f"{request.base}{request.path}?{urlencode(query | {'page': str(page)})}" if page else None


def _members(world: World, image: str) -> dict[str, Any]:
    namespace, _, name = image.partition("/")
    return {
        "name": name,
        "namespace": namespace,
        "repository_type": "image",
        "status": 1,
        "status_description": "active",
        "description": "",
        "is_private": False,
        "star_count": 15,
        "pull_count": world.pulls(image, world.today),
        "last_updated": _UPDATED,
        "date_registered": "2018-06-28T02:51:42.494457Z",
        "affiliation": None,
        "media_types": [],
        "content_types": ["image"],
        "categories": [],
        "storage_size": 9106287451,
    }
