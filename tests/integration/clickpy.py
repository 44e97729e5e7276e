"""Plays ClickPy's HTTP interface for one query, downloads by day of many packages; knows no faults."""

import re
from datetime import date, timedelta
from typing import Any

from tests.integration.budgets import Budgets
from tests.integration.message import Reply, Request, reply_json
from tests.integration.world import WITNESS, World

_NAMES = {
    60: "UNKNOWN_TABLE",
    62: "SYNTAX_ERROR",
    158: "TOO_MANY_ROWS",
    159: "TIMEOUT_EXCEEDED",
    201: "QUOTA_EXCEEDED",
    202: "TOO_MANY_SIMULTANEOUS_QUERIES",
    396: "TOO_MANY_ROWS_OR_BYTES",
    452: "SETTING_CONSTRAINT_VIOLATION",
    456: "UNKNOWN_QUERY_PARAMETER",
    516: "AUTHENTICATION_FAILED",
}
_NEEDED = (
    "SELECT project, min(day) AS oldest, max(day) AS newest,",
    "sum(count) AS downloads",
    "FROM pypi.pypi_downloads_per_day",
    "WHERE project IN {projects:Array(String)}",
    "GROUP BY project, date",
    "ORDER BY project = {witness:String}, project",
)
_OF_WINDOW = "BETWEEN {first:Date} AND {last:Date}"
_OF_PRESENT = re.compile(r"BETWEEN toDate\(now\('UTC'\)\) - (\d+) AND toDate\(now\('UTC'\)\) - (\d+)")
_ARRAY = re.compile(r"\['[^']*'(,'[^']*')*\]")
_OVERFLOW = ("read_overflow_mode", "result_overflow_mode")


def answer(request: Request, world: World, budgets: Budgets, *, now: float) -> Reply:
    """Answer a query, or refuse it by a code; what is too much is cut off unless the query says `throw`."""
    query, text = request.query(), " ".join(request.body.decode().split())
    span = _span(text, query, world)
    if refusal := _refusal(request, query, budgets, now):
        return refusal
    return refused(62, 400) if span is None else _answered(query, span, world, budgets)


def _refusal(request: Request, query: dict[str, str], budgets: Budgets, now: float) -> Reply | None:
    if query.get("user") != "demo":
        return refused(516, 403)
    if not budgets.of("queries", budgets.limits.queries, 3600).spend(now):
        return refused(201)
    if budgets.limits.locked and any(name in query for name in _OVERFLOW):
        return refused(452)
    if request.method != "POST" or query.get("default_format") != "JSON":
        return refused(62, 400)
    well_put = _ARRAY.fullmatch(query.get("param_projects", "")) and query.get("param_witness") == WITNESS
    return None if well_put else refused(456, 400)


def _answered(query: dict[str, str], span: tuple[date, date], world: World, budgets: Budgets) -> Reply:
    limits = budgets.limits
    days = [span[0] + timedelta(days=ahead) for ahead in range((span[1] - span[0]).days + 1)]
    asked = sorted(set(re.findall(r"'([^']*)'", query["param_projects"])), key=lambda name: (name == WITNESS, name))
    read_throws, result_throws = (query.get(name) == "throw" for name in _OVERFLOW)
    if limits.counts and len(asked) * len(days) > limits.counts:
        if read_throws:
            return refused(158, as_json=True)
        asked = asked[: limits.counts // len(days)]
    rows = [row for name in asked if (row := _row(name, days, world))]
    if len(rows) > limits.rows and result_throws:
        return refused(396)
    shown = rows[: limits.rows]
    statistics = {"elapsed": 0.01, "rows_read": len(asked) * 8192, "bytes_read": 300_000}
    return reply_json({"meta": [], "data": shown, "rows": len(shown), "statistics": statistics})


def refused(code: int, status: int = 500, *, as_json: bool = False) -> Reply:
    """Refuse by a code, as the text alone or as JSON."""
    text = f"Code: {code}. DB::Exception: This is why. ({_NAMES[code]}) (version 26.2.1.1 (official build))\n"
    return reply_json({"exception": text}, status) if as_json else Reply(status, text.encode(), "text/plain")


def _span(text: str, query: dict[str, str], world: World) -> tuple[date, date] | None:
    """Give the days that a query asks for; None if it is not understood."""
    if any(part not in text for part in _NEEDED):
        return None
    if _OF_WINDOW in text:
        return date.fromisoformat(query["param_first"]), date.fromisoformat(query["param_last"])
    found = _OF_PRESENT.search(text)
    if found is None:
        return None
    first, last = (world.today - timedelta(days=int(back)) for back in found.groups())
    return first, last


def _row(name: str, days: list[date], world: World) -> dict[str, Any] | None:
    """Give a package's row: its days have no particular order, and counts are text, as the service has shown them."""
    ends = world.counted(name)
    if ends is None:
        return None
    known = [day for day in reversed(days) if ends[0] <= day <= ends[1] and day not in world.unloaded]
    counts = {day.isoformat(): count for day in known if (count := world.installs(name, day))}
    row = {"project": name, "oldest": ends[0].isoformat(), "newest": ends[1].isoformat()}
    return row | {"days": list(counts), "counts": [str(count) for count in counts.values()]}
