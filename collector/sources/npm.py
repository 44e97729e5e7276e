"""npm downloads by day, up to 128 packages a request; documented in apis.md section 5."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from collector.errors import GONE, BadPayload, NoValue
from collector.model import Answer, Artifact, Asking, DailyCounts, Metric, Request, Window
from collector.sources.kinds import BadName, Kind
from collector.sources.protocol import Budget, How, Measure, Past, Source
from collector.sources.reading import NOT_AS_DOCUMENTED, count, failed, get, json_body, of_whole_query, shown

DOWNLOADS = Metric("npm_downloads_7d", "npm weekly downloads", "downloads", "window")
MOST_NAMES = 128
MOST_DAYS = 365
LATE = 3
"""So many of the newest days may show a zero because they are not ready."""
_NAME = re.compile(r"(@[A-Za-z0-9~-][A-Za-z0-9._~-]*/)?[A-Za-z0-9~-][A-Za-z0-9._~-]*")
_LONGEST = 214
_DAY = timedelta(days=1)


def read_name(text: str) -> str:
    """Return the name of a package as it stands. Raises BadName."""
    if len(text) > _LONGEST or not _NAME.fullmatch(text):
        raise BadName("is not the name of an npm package, such as 'react' or '@angular/core'")
    return text


def batches(artifacts: Sequence[Artifact], _how: How) -> Iterator[Sequence[Artifact]]:
    """Yield packages with a scope alone, for a request of several may have none, and 128 of the others together."""
    scoped = [artifact for artifact in artifacts if artifact.name.startswith("@")]
    plain = [artifact for artifact in artifacts if not artifact.name.startswith("@")]
    yield from ([artifact] for artifact in scoped)
    yield from (plain[start : start + MOST_NAMES] for start in range(0, len(plain), MOST_NAMES))


def ask(artifacts: Sequence[Artifact], how: How) -> Asking[Answer]:
    """Ask for the days of some packages, of a long past in several requests."""
    names = quote(",".join(artifact.name for artifact in artifacts), safe="@/,~")
    told: dict[Artifact, dict[date, int]] = {artifact: {} for artifact in artifacts}
    answer = Answer()
    for period in _periods(how.window):
        try:
            response = yield from get(Request("GET", f"{how.base}/downloads/range/{period}/{names}"))
        except NoValue as error:
            raise (of_whole_query(error) if len(artifacts) > 1 else error) from None
        body, today = json_body(response), response.at.date()
        for artifact in list(told):
            try:
                said = body if len(artifacts) == 1 else body[artifact.name]
                if said is None:
                    raise NoValue(GONE, "npm knows no package of this name", "missing")
                told[artifact] |= _read(said, artifact.name, today)
            except NOT_AS_DOCUMENTED as error:
                del told[artifact]
                answer += failed([artifact], error)
    for artifact, counts in told.items():
        try:
            answer += Answer(daily=(DailyCounts(artifact, DOWNLOADS.key, _known(counts, today)),))
        except NoValue as error:
            answer += failed([artifact], error)
    return answer


def _periods(window: Window | None) -> Iterator[str]:
    """Yield the days to ask for: the last 30, or those of the past whose sums are wanted."""
    if window is None:
        yield "last-month"
        return
    first, last = window.first - DOWNLOADS.days * _DAY, window.last - _DAY
    while first <= last:
        end = min(last, first + (MOST_DAYS - 1) * _DAY)
        yield f"{first}:{end}"
        first = end + _DAY


def _read(said: Mapping[str, Any], name: str, today: date) -> dict[date, int]:
    if said["package"] != name:
        raise BadPayload(f"the answer is about {shown(said['package'])}, not {name}")
    first, last = date.fromisoformat(said["start"]), date.fromisoformat(said["end"])
    counts: dict[date, int] = {}
    for row in said["downloads"]:
        day = date.fromisoformat(row["day"])
        if day in counts or not first <= day <= min(last, today):
            raise BadPayload(f"a count of {day}, not one for each day from {first} to {last}")
        counts[day] = count(row["downloads"], f"downloads of {day}")
    return counts


def _known(counts: Mapping[date, int], today: date) -> dict[date, int]:
    """Leave out the zeros that may be none: before the first download, and on days that may not be ready."""
    days = [day for day, number in counts.items() if number]
    if not days:
        raise NoValue(GONE, "no downloads on any of the days asked for", "missing")
    if max(days) - min(days) < timedelta(days=DOWNLOADS.days - 1) and today - min(days) <= timedelta(
        days=DOWNLOADS.days + LATE
    ):
        raise NoValue(GONE, f"its first downloads are of {min(days)}, less than {DOWNLOADS.days} days ago", "missing")
    ready = max(*days, today - (LATE + 1) * _DAY)
    return {day: number for day, number in counts.items() if min(days) <= day <= ready}


SOURCE = Source(
    name="npm",
    service="npm",
    kind="npm",
    names=Kind("npm", "Packages of npm; one with a scope is @scope/name.", "react", read_name),
    measures=(Measure(DOWNLOADS, "downloads, summed over the 7 whole UTC days before the day"),),
    base="https://api.npmjs.org",
    budget=Budget(rates=((2, 1.0),), connections=2),
    ask=ask,
    batch=MOST_NAMES,
    batches=batches,
    past=Past(),
)
