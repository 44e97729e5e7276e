"""PyPI downloads without mirrors, by day, from pypistats.org; documented in apis.md section 2.1."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from packaging.utils import canonicalize_name

from collector.errors import ENDS_THE_SOURCE, GONE, HOLE, BadPayload, NoValue
from collector.model import Answer, Artifact, Asking, DailyCounts, Request
from collector.sources.protocol import Budget, How, Measure, Past, Source
from collector.sources.pypi import DOWNLOADS, MONTHLY, with_zeros
from collector.sources.reading import LARGEST_COUNT, NOT_AS_DOCUMENTED, count, failed, get, json_body, shown

ALL = "__all__"
"""The sum of all packages: it has a row for each day that pypistats has loaded, so it tells zeros from holes."""
KEPT = 180
"""Days that pypistats keeps; it sends them all whatever is asked."""
OLDEST = 366
"""Days back at most: a date far out would make a table of all the days between."""
CATEGORY = "without_mirrors"
_CATEGORIES = (CATEGORY, "with_mirrors")


def ask(artifacts: Sequence[Artifact], how: How) -> Asking[Answer]:
    """Ask which days are loaded, once for all packages, then for the days of one package."""
    (artifact,) = artifacts
    loaded: Mapping[date, int] | None = None
    warnings: tuple[str, ...] = ()
    try:
        response = yield from get(_overall(ALL, how, shared=True))
        loaded = _loaded(response.body, response.at.date())
    except NOT_AS_DOCUMENTED as error:
        (problem,) = failed(artifacts, error).problems
        if problem.cause in ENDS_THE_SOURCE:
            raise
        unknown = f"which days it has loaded is not known ({problem.cause}: {problem.detail})"
        warnings = (f"{unknown}, so a day without downloads cannot be told from a hole; sums over such are left out",)
    response = yield from get(_overall(artifact.name, how))
    counts = _days(json_body(response), artifact.name, response.at.date())
    if not counts:
        raise NoValue(GONE, "no downloads in the 180 days that pypistats keeps", "missing")
    if loaded is not None:
        counts = with_zeros(counts, loaded)
    elif how.window is None and len(counts) < (response.at.date() - min(counts)).days:
        said = "days without downloads cannot be told from a hole, as it is not known which days the service has loaded"
        return failed(artifacts, NoValue(HOLE, said)) + Answer(warnings=warnings)
    return Answer(daily=tuple(DailyCounts(artifact, key, counts) for key in SOURCE.asked(how)), warnings=warnings)


def _overall(package: str, how: How, *, shared: bool = False) -> Request:
    return Request("GET", f"{how.base}/api/packages/{package}/overall?mirrors=false", shared=shared)


@lru_cache(maxsize=2)
def _loaded(body: bytes, today: date) -> Mapping[date, int]:
    """Read the days of all packages; kept, for each package is read by them."""
    return _days(json_body(body), ALL, today)


def _days(body: Mapping[str, Any], package: str, today: date) -> dict[date, int]:
    rows, named = body.get("data"), body.get("package")
    if not isinstance(rows, list):
        raise BadPayload(f"data is {shown(rows)}, not a list")
    if not isinstance(named, str) or _plain(named) != _plain(package):
        raise BadPayload(f"the answer is about {shown(named)}, not {package}")
    counts: dict[date, int] = {}
    oldest = today - timedelta(days=OLDEST)
    for row in rows:
        if row["category"] != CATEGORY:
            if row["category"] not in _CATEGORIES:
                raise BadPayload(f"a row of the category {shown(row['category'])}")
            continue
        day, number = date.fromisoformat(row["date"]), row["downloads"]
        if day in counts:
            raise BadPayload(f"two rows for {day}")
        if not oldest <= day <= today:
            raise BadPayload(f"a row for {day}, which pypistats cannot have on {today}")
        # Nearly all are plain numbers, and there are 180 of each package: the words for an odd one are not made before.
        is_plain = type(number) is int and 0 <= number <= LARGEST_COUNT
        counts[day] = number if is_plain else count(number, f"downloads of {day}")
    return counts


def _plain(name: str) -> str:
    return name if name == ALL else canonicalize_name(name)


SOURCE = Source(
    name="pypistats",
    service="pypistats",
    kind="pypi",
    measures=(
        Measure(DOWNLOADS, "downloads without mirrors, summed over the 7 whole UTC days before the day"),
        Measure(MONTHLY, "downloads without mirrors, summed over the 30 whole UTC days before the day", optional=True),
    ),
    base="https://pypistats.org",
    budget=Budget(rates=((5, 1.0), (30, 60.0)), connections=4),
    ask=ask,
    shared=1,
    past=Past(KEPT),
)
