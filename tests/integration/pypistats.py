"""Plays pypistats.org: a package's daily downloads of the last 180 days; knows no faults."""

import re
from functools import lru_cache

from tests.integration.budgets import Budgets
from tests.integration.message import HTML, Reply, Request, reply_json
from tests.integration.world import World

_PATH = re.compile(r"/api/packages/([^/]+)/(overall|recent)/?")
_WITHOUT, _WITH = "without_mirrors", "with_mirrors"


def answer(request: Request, world: World, budgets: Budgets, *, now: float) -> Reply:
    """Answer a request: rows for `overall`, sums for `recent`, 404 as text for what is unknown."""
    limits = budgets.limits
    second, minute = budgets.of("second", limits.per_second, 1), budgets.of("minute", limits.per_minute, 60)
    if not (second.spend(now) and minute.spend(now)):
        return limited()
    match = _PATH.fullmatch(request.path)
    if match is None:
        return text(404)
    package = re.sub(r"[._]", "-", match[1]) if match[1] != "__all__" else match[1]
    if not world.has_package(package) or f"pypi:{package}" in world.gone:
        return text(404)
    return _recent(package, world) if match[2] == "recent" else _overall(package, world, request.query().get("mirrors"))


def limited() -> Reply:
    return Reply(429, b'<a href="/api/#etiquette">429 RATE LIMIT EXCEEDED</a>', HTML)


def text(status: int, more: str = "") -> Reply:
    """Give a reply in the shape in which the service refuses: the bare number."""
    return Reply(status, f"{status}{more}".encode(), HTML)


@lru_cache(maxsize=4096)
def _overall(package: str, world: World, mirrors: str | None) -> Reply:
    wanted = {"true": [_WITH], "false": [_WITHOUT]}.get(mirrors or "", [_WITH, _WITHOUT])
    counts = [(day.isoformat(), world.downloads(package, day)) for day in world.loaded()]
    rows = ",".join(
        f'{{"category":"{category}","date":"{day}","downloads":{count + count // 3 if category == _WITH else count}}}'
        for category in wanted
        for day, count in counts
        if count
    )
    return Reply(200, f'{{"data":[{rows}],"package":"{package}","type":"overall_downloads"}}'.encode())


def _recent(package: str, world: World) -> Reply:
    counts = [world.downloads(package, day) for day in world.loaded()]
    data = {"last_day": counts[-1], "last_month": sum(counts[-30:]), "last_week": sum(counts[-7:])}
    return reply_json({"data": data, "package": package, "type": "recent_downloads"})
