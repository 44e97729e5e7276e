"""PyPI downloads by all installers, many packages a query, from ClickPy's public ClickHouse; apis.md section 2.2."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from collector.errors import BAD_PAYLOAD, BAD_REQUEST, GONE, HOLE, LIMIT, TOO_BIG, TRANSIENT, BadPayload
from collector.http.limits import Budget
from collector.model import Answer, Artifact, DailyCounts, Problem, Request, Response, Window
from collector.sources import clickhouse
from collector.sources.clickhouse import FORBIDDEN_SETTING, NOT_UNDERSTOOD, QUOTA, THROW, exception, verdict
from collector.sources.protocol import (
    Ask,
    Past,
    Source,
    all_fail,
    count,
    excerpt,
    json_body,
    of_whole_query,
    read_window,
    refusal,
    shown,
    window_text,
)

WITNESS = "pip"
"""A package that is downloaded every day. The days that it has are loaded; being last, it shows an answer whole."""
MOST_PROJECTS = 500
"""Result rows stay well below 1,000, the least limit that was seen, above which an answer may be cut off in silence."""
MOST_COUNTS = 150_000
"""Projects times days: some 4 MB of JSON, where the service's limit is 10 MB and ours 16."""
LONGEST_LIST = 6_000
"""Characters of the projects in the URL: servers and proxies take request lines of 8 kB."""
RECENT_DAYS = 35
SHORTEST_WINDOW = 28
"""A window of this many days is not halved further."""
_WINDOW = timedelta(days=7)
_DAY = timedelta(days=1)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_NOT_AS_DOCUMENTED = (BadPayload, LookupError, TypeError, ValueError)

# One row a project however many days there are; its days outside of the window tell how far its data reach.
_SQL = """\
SELECT project, min(day) AS oldest, max(day) AS newest,
    groupArrayIf(day, wanted) AS days, groupArrayIf(downloads, wanted) AS counts
FROM (
    SELECT project, date AS day, sum(count) AS downloads, day BETWEEN FIRST AND LAST AS wanted
    FROM pypi.pypi_downloads_per_day
    WHERE project IN {projects:Array(String)}
    GROUP BY project, date
)
GROUP BY project
ORDER BY project = {witness:String}, project"""
_SQL_OF_WINDOW = _SQL.replace("FIRST", "{first:Date}").replace("LAST", "{last:Date}")
_TODAY = "toDate(now('UTC'))"
_SQL_OF_PRESENT = _SQL.replace("FIRST", f"{_TODAY} - {RECENT_DAYS}").replace("LAST", f"{_TODAY} - 1")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request asks beside its projects; `throw` is whether what is too big is to be refused, not cut off."""

    window: Window | None
    throw: bool = True

    @classmethod
    def parse(cls, carry: str) -> "_Asked":
        asked = json.loads(carry)
        return cls(read_window(asked["window"]), asked["throw"] is True)

    def text(self) -> str:
        return json.dumps({"window": window_text(self.window), "throw": self.throw})

    def span(self, today: date) -> Window:
        """Return the days of downloads that may be in the answer: the present by a clock that may not be ours."""
        if self.window is None:
            return Window(today - timedelta(days=RECENT_DAYS + 1), today)
        return _downloads(self.window)


@dataclass(frozen=True, slots=True)
class _Days:
    """A project's counts by day within the window, and the first and last day that the service has of it at all."""

    oldest: date
    newest: date
    counts: Mapping[date, int]


def requests(artifacts: Sequence[Artifact], ask: Ask) -> Iterator[Request]:
    """Yield a query for each slice of the packages that is sure to be answered whole."""
    asked = _Asked(ask.window)
    for part in _slices(artifacts, asked):
        yield _query(f"{ask.base}/", part, asked)


def read(request: Request, response: Response) -> Answer:
    """Read the daily counts of many packages."""
    asked = _Asked.parse(request.carry)
    failed = exception(response)
    if failed is not None:
        return _refused(request, asked, *failed)
    refused = refusal(request, response)
    if refused is not None:
        return of_whole_query(request, refused)
    today = response.at.date()
    span, rows = asked.span(today), _rows(request, json_body(response))
    loaded = _days(rows[WITNESS], span, today).counts
    if not loaded:
        return all_fail(request, HOLE, f"the service has no day from {span.first} to {span.last}")
    daily: list[DailyCounts] = []
    problems: list[Problem] = []
    for artifact in request.artifacts:
        if artifact.name not in rows:
            problems.append(Problem(artifact, "missing", GONE, "no download of it on any day"))
            continue
        try:
            days = _days(rows[artifact.name], span, today)
        except _NOT_AS_DOCUMENTED as error:
            problems.append(Problem(artifact, "failed", BAD_PAYLOAD, excerpt(str(error)) or type(error).__name__))
            continue
        outside = _outside(days, span)
        if outside:
            problems.append(Problem(artifact, "missing", GONE, outside))
        else:
            daily.append(DailyCounts(artifact, _with_zeros(days, loaded)))
    return Answer(daily=tuple(daily), problems=tuple(problems), window=asked.window)


def _downloads(window: Window) -> Window:
    """Return the days whose downloads the sums as of a window's days are made of."""
    return Window(window.first - _WINDOW, window.last - _DAY)


def _slices(artifacts: Sequence[Artifact], asked: _Asked) -> Iterator[tuple[Artifact, ...]]:
    """Part the packages by what an answer and a request line can hold; the witness is in each part."""
    days = (asked.window.last - asked.window.first + _WINDOW).days if asked.window else RECENT_DAYS
    most = min(MOST_PROJECTS, max(2, MOST_COUNTS // max(1, days))) - 1
    part: list[Artifact] = []
    length = 0
    for artifact in artifacts:
        if part and (len(part) == most or length + len(artifact.name) > LONGEST_LIST):
            yield tuple(part)
            part, length = [], 0
        part.append(artifact)
        length += len(artifact.name) + len("%27%27%2C")
    if part:
        yield tuple(part)


def _query(address: str, artifacts: tuple[Artifact, ...], asked: _Asked) -> Request:
    names = list(dict.fromkeys([*(artifact.name for artifact in artifacts), WITNESS]))
    odd = [name for name in names if not _NAME.fullmatch(name)]
    if odd:
        raise ValueError(f"{shown(odd[0])} is not the name of a package")
    bound = {"param_witness": WITNESS, "param_projects": "[" + ",".join(f"'{name}'" for name in names) + "]"}
    if asked.window is not None:
        days = _downloads(asked.window)
        bound |= {"param_first": days.first.isoformat(), "param_last": days.last.isoformat()}
    settings = {"user": "demo", "default_format": "JSON"} | (THROW if asked.throw else {})
    text = _SQL_OF_PRESENT if asked.window is None else _SQL_OF_WINDOW
    url = f"{address}?{urlencode(settings | bound)}"
    return Request("clickpy", url, artifacts, "POST", text.encode(), carry=asked.text())


def _again(request: Request, artifacts: tuple[Artifact, ...], asked: _Asked) -> Request:
    """Return a request for a part of what another one asked, or for the same in another way."""
    return replace(_query(request.url.partition("?")[0], artifacts, asked), hops=request.hops)


def _refused(request: Request, asked: _Asked, code: int, said: str) -> Answer:
    if code == QUOTA:
        return all_fail(request, LIMIT, said, halt=True)
    if code in clickhouse.TOO_BIG:
        return _split(request, asked, said)
    if code == FORBIDDEN_SETTING and asked.throw:
        return Answer(follow_ups=(_again(request, request.artifacts, replace(asked, throw=False)),))
    return all_fail(request, BAD_REQUEST if code in NOT_UNDERSTOOD | {FORBIDDEN_SETTING} else TRANSIENT, said)


def _split(request: Request, asked: _Asked, said: str) -> Answer:
    """Ask for half of the packages at a time; of a single one, for half of the window."""
    artifacts, window = request.artifacts, asked.window
    if len(artifacts) > 1:
        middle = (len(artifacts) + 1) // 2
        return Answer(
            follow_ups=tuple(_again(request, half, asked) for half in (artifacts[:middle], artifacts[middle:]))
        )
    if window is None or (window.last - window.first).days < SHORTEST_WINDOW:
        return all_fail(request, TOO_BIG, said)
    middle_day = window.first + (window.last - window.first) // 2
    halves = Window(window.first, middle_day), Window(middle_day + _DAY, window.last)
    return Answer(follow_ups=tuple(_again(request, artifacts, replace(asked, window=half)) for half in halves))


def _rows(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    """Return the rows by project, the witness's among them."""
    if "exception" in body:
        raise BadPayload(f"the answer holds an exception: {shown(body['exception'])}")
    rows = body.get("data")
    if not isinstance(rows, list):
        raise BadPayload(f"data is {shown(rows)}, not a list")
    if count(body.get("rows"), "rows") != len(rows):
        raise BadPayload(f"rows says {shown(body['rows'])}, but there are {len(rows)}")
    by_name: dict[str, Any] = {}
    wanted = {WITNESS, *(artifact.name for artifact in request.artifacts)}
    for row in rows:
        name = row["project"]
        if not isinstance(name, str) or name not in wanted:
            raise BadPayload(f"a row of {shown(name)}, which was not asked for")
        if name in by_name:
            raise BadPayload(f"two rows of {name}")
        by_name[name] = row
    if next(reversed(by_name), "") != WITNESS:
        raise BadPayload(f"the last row is not that of {WITNESS}: the answer is not whole")
    return by_name


def _days(row: dict[str, Any], span: Window, today: date) -> _Days:
    """Read a project's row; raises what stands in _NOT_AS_DOCUMENTED."""
    oldest, newest = date.fromisoformat(row["oldest"]), date.fromisoformat(row["newest"])
    if not oldest <= newest <= today + _DAY:
        raise BadPayload(f"days from {oldest} to {newest}")
    days, counts = row["days"], row["counts"]
    if not isinstance(days, list) or not isinstance(counts, list) or len(days) != len(counts):
        raise BadPayload(f"days are {shown(days)} and counts {shown(counts)}")
    found: dict[date, int] = {}
    first, last = max(oldest, span.first), min(newest, span.last)
    for said, number in zip(days, counts, strict=True):
        day = date.fromisoformat(said)
        if day in found or not first <= day <= last:
            raise BadPayload(f"a count of {day}, not one for each day from {first} to {last}")
        found[day] = count(number, f"downloads of {day}")
    return _Days(oldest, newest, found)


def _outside(days: _Days, span: Window) -> str:
    """Say why a project can have no count in the span."""
    if days.newest < span.first:
        return f"no downloads after {days.newest}"
    return f"no downloads before {days.oldest}" if days.oldest > span.last else ""


def _with_zeros(days: _Days, loaded: Mapping[date, int]) -> dict[date, int]:
    """Fill the days without a row that the service has loaded and that lie within the project's own data."""
    return {day: 0 for day in loaded if days.oldest <= day <= days.newest} | dict(days.counts)


SOURCE = Source(
    name="clickpy",
    service="clickpy",
    kind="pypi",
    metric="pypi_downloads_7d",
    definition="downloads by all installers, mirrors included, summed over the 7 whole UTC days before the day",
    base="https://sql-clickhouse.clickhouse.com",
    budget=Budget(rates=((55, 3600.0),), connections=2, unlimited_connections=2, untold_wait=3600.0),
    requests=requests,
    read=read,
    verdict=verdict,
    batch=MOST_PROJECTS - 1,
    past=Past(None),
    weekly=False,
)
