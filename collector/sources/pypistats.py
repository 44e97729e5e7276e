"""PyPI downloads without mirrors, by day, from pypistats.org; documented in apis.md section 2.1."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from packaging.utils import canonicalize_name

from collector.errors import GONE, BadPayload
from collector.http.limits import Budget
from collector.model import Answer, Artifact, DailyCounts, Request, Response
from collector.sources.protocol import (
    Ask,
    Past,
    Source,
    all_fail,
    count,
    json_body,
    read_window,
    refusal,
    shown,
    window_text,
)

ALL = Artifact("pypi", "__all__")
"""The sum of all packages: it has a row for each day that pypistats has loaded, so it tells zeros from holes."""
KEPT = 180
"""Days that pypistats keeps; it sends them all whatever is asked."""
OLDEST = 366
"""Days back at most: a date far out would make a table of all the days between."""
CATEGORY = "without_mirrors"
_CATEGORIES = (CATEGORY, "with_mirrors")


def requests(artifacts: Sequence[Artifact], ask: Ask) -> Iterator[Request]:
    """Yield the request for all of PyPI, by which the others are read, then one for each package."""
    if artifacts:
        yield _overall(ALL, ask, context=True)
    for artifact in artifacts:
        yield _overall(artifact, ask)


def read(request: Request, response: Response) -> Answer:
    """Read the daily counts of one package."""
    refused = refusal(request, response)
    if refused is not None:
        return refused
    (artifact,) = request.artifacts
    body = json_body(response)
    rows, package = body.get("data"), body.get("package")
    if not isinstance(rows, list):
        raise BadPayload(f"data is {shown(rows)}, not a list")
    if not isinstance(package, str) or _plain(package) != _plain(artifact.name):
        raise BadPayload(f"the answer is about {shown(package)}, not {artifact.name}")
    counts = _counts(rows)
    today = response.at.date()
    oldest = today - timedelta(days=OLDEST)
    odd = [day for day in counts if not oldest <= day <= today]
    if odd:
        raise BadPayload(f"a row for {odd[0]}, which pypistats cannot have on {today}")
    if not counts:
        return all_fail(request, GONE, "no downloads in the 180 days that pypistats keeps", state="missing")
    window = read_window(json.loads(request.carry)) if request.carry else None
    return Answer(daily=(DailyCounts(artifact, counts),), window=window)


def _overall(artifact: Artifact, ask: Ask, *, context: bool = False) -> Request:
    url = f"{ask.base}/api/packages/{artifact.name}/overall?mirrors=false"
    carry = json.dumps(window_text(ask.window)) if ask.window else ""
    return Request("pypistats", url, (artifact,), context=context, carry=carry)


def _counts(rows: list[Any]) -> dict[date, int]:
    counts: dict[date, int] = {}
    for row in rows:
        if row["category"] not in _CATEGORIES:
            raise BadPayload(f"a row of the category {shown(row['category'])}")
        if row["category"] != CATEGORY:
            continue
        day = date.fromisoformat(row["date"])
        if day in counts:
            raise BadPayload(f"two rows for {day}")
        counts[day] = count(row["downloads"], f"downloads of {row['date']}")
    return counts


def _plain(name: str) -> str:
    return name if name == ALL.name else canonicalize_name(name)


SOURCE = Source(
    name="pypistats",
    service="pypistats",
    kind="pypi",
    metric="pypi_downloads_7d",
    definition="downloads without mirrors, summed over the 7 whole UTC days before the day",
    base="https://pypistats.org",
    budget=Budget(rates=((5, 1.0), (30, 60.0)), connections=4),
    requests=requests,
    read=read,
    past=Past(KEPT),
)
