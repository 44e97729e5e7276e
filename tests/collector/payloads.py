"""Payloads of our own in the shapes that the services document, and responses that carry them."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from collector.model import Request, Response

AT = datetime(2026, 4, 27, 5, 0, 0, tzinfo=UTC)
"""When the responses arrive: a Monday."""
TODAY = AT.date()


def response(
    request: Request,
    body: Any = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    raw: bytes | None = None,
    at: datetime = AT,
) -> Response:
    """Answer a request with a body given as data, or `raw` as bytes."""
    content = raw if raw is not None else json.dumps(body).encode()
    named = {"content-type": "application/json"} | dict(headers or {})
    return Response(request.url, status, named, content, at)


def repository(name: str = "ns/one", stars: int = 7001, number: int = 31) -> dict[str, Any]:
    """Make what GitHub's REST says of a repository."""
    owner, _, short = name.partition("/")
    return {
        "id": number,
        "node_id": "R_kg",
        "name": short,
        "full_name": name,
        "private": False,
        "owner": {"login": owner, "id": 901, "type": "Organization"},
        "description": None,
        "fork": False,
        "created_at": "2012-02-25T12:53:47Z",
        "size": 18003,
        "stargazers_count": stars,
        "watchers_count": stars,
        "forks_count": 1804,
        "open_issues_count": 305,
        "archived": False,
        "license": {"key": "mit", "spdx_id": "MIT"},
        "topics": [],
        "watchers": stars,
        "subscribers_count": 116,
    }


def node(name: str = "ns/one", stars: int = 7001, number: int = 31) -> dict[str, Any]:
    """Make what GraphQL says of a repository."""
    return {"databaseId": number, "nameWithOwner": name, "stargazerCount": stars}


def graphql(*nodes: Any, errors: list[Any] | None = None) -> dict[str, Any]:
    """Make the answer to a query for the repositories r0 and so on."""
    body: dict[str, Any] = {"data": {f"r{index}": each for index, each in enumerate(nodes)}}
    return body if errors is None else body | {"errors": errors}


def graphql_error(kind: str, alias: str = "", text: str = "Something is wrong.") -> dict[str, Any]:
    """Make an error of GraphQL about one alias, or about the whole query."""
    error: dict[str, Any] = {"type": kind, "message": text}
    return error | {"path": [alias], "locations": [{"line": 1, "column": 8}]} if alias else error


def rows(counts: Mapping[date, int], category: str = "without_mirrors") -> list[dict[str, Any]]:
    """Make pypistats' rows of daily downloads."""
    return [{"category": category, "date": f"{day}", "downloads": count} for day, count in counts.items()]


def overall(package: str = "kfp", counts: Mapping[date, int] | None = None) -> dict[str, Any]:
    """Make pypistats' answer for a package; by default of the ten days up to yesterday, a different count a day."""
    days = [TODAY - timedelta(days=back) for back in range(10, 0, -1)]
    known = counts if counts is not None else {day: 4000 + index for index, day in enumerate(days)}
    return {"data": rows(known), "package": package, "type": "overall_downloads"}


def image(name: str = "ns/app", pulls: int = 231874) -> dict[str, Any]:
    """Make what Docker Hub says of an image."""
    namespace, _, short = name.partition("/")
    return {
        "user": namespace,
        "name": short,
        "namespace": namespace,
        "repository_type": None,
        "status": 1,
        "status_description": "active",
        "description": "",
        "is_private": False,
        "star_count": 15,
        "pull_count": pulls,
        "last_updated": "2025-11-05T18:25:13.998775Z",
        "categories": [],
        "storage_size": 9106287451,
        "source": None,
    }


def page(*images: dict[str, Any], total: int | None = None, following: str | None = None) -> dict[str, Any]:
    """Make a page of a namespace's list on Docker Hub."""
    count = len(images) if total is None else total
    return {"count": count, "next": following, "previous": None, "results": list(images)}


def clickhouse(projects: Mapping[str, Mapping[date, int]], **ends: tuple[date, date]) -> dict[str, Any]:
    """Make ClickPy's answer, a row a project in the order given; `ends` are first and last days beyond the counts."""
    data = []
    for project, counts in projects.items():
        oldest, newest = ends.get(project) or (min(counts), max(counts))
        row = {"project": project, "oldest": f"{oldest}", "newest": f"{newest}"}
        data.append(row | {"days": [f"{day}" for day in counts], "counts": list(counts.values())})
    types = {"project": "String", "oldest": "Date", "newest": "Date", "days": "Array(Date)", "counts": "Array(Int64)"}
    meta = [{"name": name, "type": kind} for name, kind in types.items()]
    statistics = {"elapsed": 0.015036102, "rows_read": 81923, "bytes_read": 3000007}
    return {"meta": meta, "data": data, "rows": len(data), "statistics": statistics}


def star_weeks(stars: Mapping[date, int], *, newest: date = TODAY, weeks: int = 2) -> list[dict[str, Any]]:
    """Make GitHub's star history from the week of `newest` back; days that are not named have no star."""
    sunday = newest - timedelta(days=(newest.weekday() + 1) % 7)
    made = []
    for back in range(weeks):
        first = sunday - timedelta(days=7 * back)
        given = [stars.get(first + timedelta(days=day), 0) for day in range(7)]
        week = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
        made.append({"week": week, "total": sum(given), "days": given})
    return made


def npm_range(package: str = "react", counts: Mapping[date, int] | None = None) -> dict[str, Any]:
    """Make npm's answer for the days of a package; by default of the thirty up to yesterday."""
    days = [TODAY - timedelta(days=back) for back in range(30, 0, -1)]
    known = counts if counts is not None else {day: 9000 + index for index, day in enumerate(days)}
    rows_of_days = [{"day": f"{day}", "downloads": number} for day, number in known.items()]
    return {"start": f"{min(known)}", "end": f"{max(known)}", "package": package, "downloads": rows_of_days}
