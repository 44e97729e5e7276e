"""GitHub stars of the past, counted back from today's by the stars of each day since; apis.md section 1.8.

A repository is asked for first, then pages of 30 weeks, the newest first. Of the past there are only the stars that
still stand, so what is counted back lies below what was shown at the time.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from collector.errors import BadPayload, NoValue
from collector.model import Answer, Artifact, Asking, PastCounts, Request, Response
from collector.sources.github_api import BASE, BUDGET, REST_MEMBERS, STARS, read_repository, refusal
from collector.sources.protocol import How, Measure, Past, Source
from collector.sources.reading import count, get, json_body, of_whole_query, shown

PAGE_WEEKS = 30
MOST_PAGES = 100
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_SECONDS, _DAYS = 86_400, 7
_FIRST_SUNDAY = 3
"""Days from 1970-01-01 to the first Sunday."""
_EPOCH = date(1970, 1, 1)
_LATE = timedelta(days=1)
"""Days are not said to be UTC's: the newest week may begin, and the last day end, a day off."""

Week = Sequence[tuple[date, int]]
"""The seven days of a week, the newest first, with the stars that were given on them and still stand."""


def ask(artifacts: Sequence[Artifact], how: How) -> Asking[Answer]:
    """Ask for a repository, then for its weeks, page by page as far back as the window begins."""
    (artifact,) = artifacts
    window = how.window
    first = yield from get(Request("GET", f"{how.base}/repos/{artifact.unpinned}", bucket="core"), refusal)
    known = read_repository(artifact, json_body(first), REST_MEMBERS, (STARS.key,), first)
    if known.problems:
        raise BadPayload(known.problems[0].detail)
    (reading,) = known.readings
    today, stars, born = first.at.date(), reading.value, reading.born
    if window is not None and window.first >= today:
        return known

    past: list[PastCounts] = []
    warnings: tuple[str, ...] = ()
    oldest, later = None, 0  # the first day that was read of, and the stars given from it on
    for page in range(1, MOST_PAGES + 1):
        url = f"{how.base}/repos/{reading.called}/stargazers/history?per_page={PAGE_WEEKS}&page={page}"
        try:
            response = yield from get(Request("GET", url, bucket="core"), refusal)
        except NoValue as error:
            raise of_whole_query(error) from None
        weeks = [_week(item) for item in json_body(response, list)]
        if oldest is None:
            _check_newest(weeks, today, stars)
        elif weeks and weeks[0][-1][0] == oldest:
            weeks = weeks[1:]  # a new week has begun since the page before
        counts: dict[date, int] = {}
        for week in weeks:
            if oldest is not None and week[0][0] != oldest - _DAY:
                raise BadPayload(f"the week of {week[-1][0]} stands where that of {oldest - _WEEK} should be")
            for day, given in week:
                later += given
                if day <= today and later <= stars:
                    counts[day - _DAY] = stars - later
            oldest = week[-1][0]
        is_last = _is_last(response, page)
        if is_last and born and later == stars and window is not None:
            # All stars are explained: before the first of them there was none.
            begin = max(window.first, born)
            counts |= {begin + ago * _DAY: 0 for ago in range(((oldest or today) - begin).days)}
        if is_last and later != stars:
            told = f"the stars of all days sum up to {later}, but on {today} it had {stars}"
            warnings = (f"{reading.called}: {told}; what is counted back may be off by {abs(stars - later)}",)
        past.append(
            PastCounts(artifact, STARS.key, counts, reading.number, reading.called, born, record=response.record)
        )
        if is_last or window is None or (oldest or today) <= window.first + _DAY:
            break
    return Answer(known.readings, past=tuple(past), warnings=warnings)


def _week(item: Any) -> Week:
    start, days = count(item["week"], "week"), item["days"]
    if not isinstance(days, list) or len(days) != _DAYS:
        raise BadPayload(f"days are {shown(days)}, not seven")
    number = start // _SECONDS
    if start % _SECONDS or number % _DAYS != _FIRST_SUNDAY or number > (date.max - _EPOCH).days - _DAYS:
        raise BadPayload(f"week is {start}, not the beginning of a Sunday")
    given = [count(stars, "the stars of a day") for stars in days]
    if count(item["total"], "total") != sum(given):
        raise BadPayload(f"total is {item['total']}, but the days sum up to {sum(given)}")
    sunday = _EPOCH + timedelta(days=number)
    return [(sunday + timedelta(days=weekday), given[weekday]) for weekday in reversed(range(_DAYS))]


def _check_newest(weeks: Sequence[Week], day: date, stars: int) -> None:
    """Check that the past goes up to the day, and not beyond it."""
    if not weeks and stars:
        raise BadPayload(f"there is no week, though there are {stars} stars")
    if weeks and weeks[0][0][0] < day - _LATE:
        raise BadPayload(f"the newest week ends on {weeks[0][0][0]}, before {day}")
    ahead = [each for each, given in weeks[0] if each > day + _LATE and given] if weeks else []
    if ahead or (weeks and weeks[0][-1][0] > day + _LATE):
        raise BadPayload(f"stars or weeks after {day}")


def _is_last(response: Response, page: int) -> bool:
    """Say whether no page comes after this one; of the service's link only its number is taken."""
    links = re.findall(r'<([^<>]*)>\s*;\s*rel="?next"?', response.headers.get("link", ""))
    if not links:
        return True
    if parse_qs(urlsplit(links[0]).query).get("page", []) != [str(page + 1)] or page >= MOST_PAGES:
        raise BadPayload(f"after page {page} comes {shown(links[0])}")
    return False


SOURCE = Source(
    name="github-history",
    service="github",
    kind="github",
    measures=(Measure(STARS, "stars that still stand, counted back from the day of asking"),),
    base=BASE,
    budget=BUDGET,
    ask=ask,
    refusal=refusal,
    past=Past(None, PAGE_WEEKS),
    weekly=False,
)
