"""PyPI downloads by all installers, many packages a query, from ClickPy's public ClickHouse; apis.md section 2.2."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from collector.errors import GONE, HOLE, TOO_BIG, BadPayload, NoValue
from collector.model import Answer, Artifact, Asking, DailyCounts, Problem, Request, Response, Window
from collector.sources import clickhouse
from collector.sources.clickhouse import THROW, ForbiddenSetting
from collector.sources.protocol import Budget, How, Measure, Past, Source
from collector.sources.pypi import DOWNLOADS, check_age
from collector.sources.reading import NOT_AS_DOCUMENTED, attempt, count, failed, get, json_body, of_whole_query, shown

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
class _Days:
    """A project's counts by day, and the first and last day that the service has of it at all."""

    oldest: date
    newest: date
    counts: Mapping[date, int]


def batches(artifacts: Sequence[Artifact], how: How) -> Iterator[Sequence[Artifact]]:
    """Part the packages by what an answer and a request line can hold; the witness is in each part."""
    days = (how.window.last - how.window.first + _WINDOW).days if how.window else RECENT_DAYS
    most = min(MOST_PROJECTS, max(2, MOST_COUNTS // max(1, days))) - 1
    part: list[Artifact] = []
    length = 0
    for artifact in artifacts:
        if part and (len(part) == most or length + len(artifact.name) > LONGEST_LIST):
            yield part
            part, length = [], 0
        part.append(artifact)
        length += len(artifact.name) + len("%27%27%2C")
    if part:
        yield part


def ask(artifacts: Sequence[Artifact], how: How) -> Asking[Answer]:
    """Ask for the days of many packages."""
    return (yield from _ask(artifacts, how.base, how.window))


def _ask(artifacts: Sequence[Artifact], base: str, window: Window | None, *, throw: bool = True) -> Asking[Answer]:
    """Ask; what was too much is asked for again in halves of the packages, of a single one in halves of the window."""
    request = _query(f"{base}/", artifacts, window, throw=throw)
    try:
        response = yield from get(request, clickhouse.refusal)
        return _read(artifacts, window, response)
    except ForbiddenSetting:
        if not throw:
            raise
        return (yield from _ask(artifacts, base, window, throw=False))
    except NoValue as error:
        if error.cause != TOO_BIG:
            raise of_whole_query(error) from None
        if len(artifacts) > 1:
            middle = (len(artifacts) + 1) // 2
            first = yield from attempt(artifacts[:middle], _ask(artifacts[:middle], base, window, throw=throw))
            other = yield from attempt(artifacts[middle:], _ask(artifacts[middle:], base, window, throw=throw))
            return first + other
        if window is None or (window.last - window.first).days < SHORTEST_WINDOW:
            raise
    middle_day = window.first + (window.last - window.first) // 2
    earlier = yield from _ask(artifacts, base, Window(window.first, middle_day), throw=throw)
    later = yield from _ask(artifacts, base, Window(middle_day + _DAY, window.last), throw=throw)
    both = earlier + later
    # What is missing of one half only is not missing.
    return Answer(daily=both.daily) if both.daily else earlier


def _read(artifacts: Sequence[Artifact], window: Window | None, response: Response) -> Answer:
    today = response.at.date()
    # The days of downloads that may be in the answer: the present by a clock that may not be ours.
    recent = Window(today - timedelta(days=RECENT_DAYS) - _DAY, today)
    span, rows = _downloads(window) if window else recent, _rows(artifacts, json_body(response))
    loaded = _days(rows[WITNESS], span, today).counts
    if not loaded:
        raise NoValue(HOLE, f"the service has no day from {span.first} to {span.last}")
    daily: list[DailyCounts] = []
    problems: list[Problem] = []
    for artifact in artifacts:
        if artifact.name not in rows:
            problems.append(Problem(artifact, "missing", GONE, "no download of it on any day"))
            continue
        try:
            days = _days(rows[artifact.name], span, today)
            _check_reach(days, span)
            if window is None:
                check_age(days.oldest, max(loaded))
        except NOT_AS_DOCUMENTED as error:
            problems += failed([artifact], error).problems
        else:
            daily.append(DailyCounts(artifact, DOWNLOADS.key, _with_zeros(days, loaded)))
    return Answer(daily=tuple(daily), problems=tuple(problems))


def _downloads(window: Window) -> Window:
    """Return the days whose downloads the sums as of a window's days are made of."""
    return Window(window.first - _WINDOW, window.last - _DAY)


def _query(address: str, artifacts: Sequence[Artifact], window: Window | None, *, throw: bool) -> Request:
    names = list(dict.fromkeys([*(artifact.name for artifact in artifacts), WITNESS]))
    odd = [name for name in names if not _NAME.fullmatch(name)]
    if odd:
        raise ValueError(f"{shown(odd[0])} is not the name of a package")
    bound = {"param_witness": WITNESS, "param_projects": "[" + ",".join(f"'{name}'" for name in names) + "]"}
    if window is not None:
        days = _downloads(window)
        bound |= {"param_first": days.first.isoformat(), "param_last": days.last.isoformat()}
    settings = {"user": "demo", "default_format": "JSON"} | (THROW if throw else {})
    text = _SQL_OF_PRESENT if window is None else _SQL_OF_WINDOW
    return Request("POST", f"{address}?{urlencode(settings | bound)}", text.encode())


def _rows(artifacts: Sequence[Artifact], body: dict[str, Any]) -> dict[str, Any]:
    """Return the rows by project, the witness's among them."""
    if "exception" in body:
        raise BadPayload(f"the answer holds an exception: {shown(body['exception'])}")
    rows = body.get("data")
    if not isinstance(rows, list):
        raise BadPayload(f"data is {shown(rows)}, not a list")
    if count(body.get("rows"), "rows") != len(rows):
        raise BadPayload(f"rows says {shown(body['rows'])}, but there are {len(rows)}")
    by_name: dict[str, Any] = {}
    wanted = {WITNESS, *(artifact.name for artifact in artifacts)}
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
    """Read a project's row; raises what stands in NOT_AS_DOCUMENTED."""
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


def _check_reach(days: _Days, span: Window) -> None:
    """Raise NoValue (missing) if a project can have no count in the span."""
    if days.newest < span.first:
        raise NoValue(GONE, f"no downloads after {days.newest}", "missing")
    if days.oldest > span.last:
        raise NoValue(GONE, f"no downloads before {days.oldest}", "missing")


def _with_zeros(days: _Days, loaded: Mapping[date, int]) -> dict[date, int]:
    """Fill the days without a row that the service has loaded and that lie within the project's own data."""
    return {day: 0 for day in loaded if days.oldest <= day <= days.newest} | dict(days.counts)


SOURCE = Source(
    name="clickpy",
    service="clickpy",
    kind="pypi",
    measures=(
        Measure(
            DOWNLOADS, "downloads by all installers, mirrors included, summed over the 7 whole UTC days before the day"
        ),
    ),
    base="https://sql-clickhouse.clickhouse.com",
    budget=Budget(rates=((55, 3600.0),), connections=2, unlimited_connections=2, untold_wait=3600.0),
    ask=ask,
    batch=MOST_PROJECTS - 1,
    batches=batches,
    refusal=clickhouse.refusal,
    past=Past(None),
    weekly=False,
)
