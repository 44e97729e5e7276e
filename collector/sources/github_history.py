"""GitHub stars of the past, counted back from today's by the stars of each day since; apis.md section 1.8.

A repository is asked for first, then pages of 30 weeks, the newest first. Of the past there are only the stars that
still stand, so what is counted back lies below what was shown at the time.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from collector.errors import BadPayload
from collector.model import Answer, Artifact, ETag, PastCounts, Reading, Request, Response, Window
from collector.sources.github_api import BASE, BUDGET, REST, etag_of, refusal_of, repository, rest_verdict
from collector.sources.protocol import (
    Ask,
    Past,
    Source,
    count,
    json_body,
    of_whole_query,
    read_window,
    shown,
    window_text,
)

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

Days = Sequence[tuple[date, int]]
"""Days with the stars that were given on them and still stand, the newest first."""


@dataclass(frozen=True, slots=True)
class _State:
    """What a chain has come to: first what is asked, then the repository as answered, then how far its past is read.

    `window` is the text of the days wanted; with an `etag` the first page is one that we have. `day` is the day of the
    answer, `after` the stars of all days from `oldest` on.
    """

    base: str
    window: str
    etag: str = ""
    day: str = ""
    stars: int = 0
    number: str = ""
    name: str = ""
    born: str = ""
    page: int = 0
    after: int = 0
    oldest: str = ""

    @classmethod
    def parse(cls, carry: str) -> "_State":
        return cls(**json.loads(carry))

    def text(self) -> str:
        return json.dumps({name: value for name, value in asdict(self).items() if value or name in ("base", "window")})


def marked(name: str, ask: Ask) -> str:
    """Return the URL whose ETag marks a repository's newest weeks; the service may answer it that nothing is new."""
    return _page_url(ask.base, name, 1)


def requests(artifacts: Sequence[Artifact], ask: Ask) -> Iterator[Request]:
    """Yield the request for each repository, from which its past is counted back.

    Without a window the newest page is enough. Where the ETag of that is known, it is asked for conditionally: its
    marks go along from here, and are those of no other address.
    """
    for artifact in artifacts:
        marks = ask.marks.get(marked(artifact.name, ask), ())
        state = _State(ask.base, window_text(ask.window), marks[0].etag.text if marks else "")
        url = f"{ask.base}/repos/{artifact.name}"
        yield Request("github-history", url, (artifact,), bucket="core", marks=marks, carry=state.text())


def read(request: Request, response: Response) -> Answer:
    """Read the repository, or a page of its past."""
    state = _State.parse(request.carry)
    return _read_page(request, response, state) if state.page else _read_repository(request, response, state)


def _read_repository(request: Request, response: Response, state: _State) -> Answer:
    refused = refusal_of(request, response)
    if refused is not None:
        return refused
    (artifact,) = request.artifacts
    today = response.at.date()
    found = repository(json_body(response), REST, today)
    reading = Reading(artifact, found.stars, found.number, found.name, found.born)
    window = read_window(state.window)
    known = replace(
        state,
        etag=state.etag if found.name == artifact.name else "",
        day=today.isoformat(),
        stars=found.stars,
        number=found.number,
        name=found.name,
        born=found.born.isoformat() if found.born else "",
    )
    follow_ups = () if window is not None and window.first >= today else (_page(request, known),)
    return Answer((reading,), follow_ups=follow_ups, window=window)


def _read_page(request: Request, response: Response, state: _State) -> Answer:
    window, asked_before = read_window(state.window), bool(state.etag) and state.page == 1
    if response.status == 304 and asked_before:  # noqa: PLR2004
        return Answer(unchanged=request.artifacts, window=window)
    refused = refusal_of(request, response)
    if refused is not None:
        return of_whole_query(request, refused)
    days, following = _days(json_body(response, list), state), _following(response, state)
    counts, read_on = _counted_back(days, state)
    is_whole = following is None
    enough = window is None or date.fromisoformat(read_on.oldest) <= window.first + _DAY
    follow_ups = () if enough or following is None else (_page(request, read_on),)
    if is_whole:
        counts |= _before_the_first_star(read_on, window)
    return Answer(
        past=(_past(request, read_on, counts),),
        follow_ups=follow_ups,
        window=window,
        etags=_etags(request, response, state),
        notes=_notes(read_on) if is_whole else (),
    )


def _page(request: Request, state: _State) -> Request:
    """Return the request for the page after the one that a state has come to."""
    following = replace(state, page=state.page + 1)
    url = _page_url(state.base, state.name, following.page)
    return replace(request, url=url, hops=0, carry=following.text())


def _page_url(base: str, name: str, page: int) -> str:
    return f"{base}/repos/{name}/stargazers/history?per_page={PAGE_WEEKS}&page={page}"


def _days(items: list[Any], state: _State) -> Days:
    """Read a page's weeks as days, without a week that was on the page before, as when a new one has begun between."""
    weeks = [_week(item) for item in items]
    day, oldest = date.fromisoformat(state.day), date.fromisoformat(state.oldest) if state.oldest else None
    if oldest is not None and weeks and weeks[0][-1][0] == oldest:
        weeks = weeks[1:]
    if oldest is None:
        _check_newest(weeks, day, state.stars)
    for week in weeks:
        if oldest is not None and week[0][0] != oldest - _DAY:
            raise BadPayload(f"the week of {week[-1][0]} stands where that of {oldest - _WEEK} should be")
        oldest = week[-1][0]
    return [each for week in weeks for each in week]


def _check_newest(weeks: Sequence[Days], day: date, stars: int) -> None:
    """Check that the past goes up to the day, and not beyond it."""
    if not weeks and stars:
        raise BadPayload(f"there is no week, though there are {stars} stars")
    if weeks and weeks[0][0][0] < day - _LATE:
        raise BadPayload(f"the newest week ends on {weeks[0][0][0]}, before {day}")
    ahead = [each for each, given in weeks[0] if each > day + _LATE and given] if weeks else []
    if ahead or (weeks and weeks[0][-1][0] > day + _LATE):
        raise BadPayload(f"stars or weeks after {day}")


def _week(item: Any) -> Days:
    """Read a week, the newest day first."""
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


def _counted_back(days: Days, state: _State) -> tuple[dict[date, int], _State]:
    """Return the counts as of the day before each of the days, and the state after them."""
    counts: dict[date, int] = {}
    today, after = date.fromisoformat(state.day), state.after
    for day, given in days:
        after += given
        if day <= today and after <= state.stars:
            counts[day - _DAY] = state.stars - after
    oldest = days[-1][0].isoformat() if days else state.oldest or state.day
    return counts, replace(state, after=after, oldest=oldest)


def _before_the_first_star(state: _State, window: Window | None) -> dict[date, int]:
    """Return the zeros from the birth to the beginning of a past that explains every star of today."""
    if not state.born or state.after != state.stars or window is None:
        return {}
    first = max(window.first, date.fromisoformat(state.born))
    days = (date.fromisoformat(state.oldest) - first).days
    return {first + timedelta(days=ago): 0 for ago in range(days)}


def _past(request: Request, state: _State, counts: Mapping[date, int]) -> PastCounts:
    born = date.fromisoformat(state.born) if state.born else None
    return PastCounts(request.artifacts[0], counts, state.number, state.name, born)


def _notes(state: _State) -> tuple[str, ...]:
    """Say it if the stars of all days are not as many as there are today."""
    if state.after == state.stars:
        return ()
    told = f"the stars of all days sum up to {state.after}, but on {state.day} it had {state.stars}"
    return (f"{state.name}: {told}; what is counted back may be off by {abs(state.stars - state.after)}",)


def _following(response: Response, state: _State) -> int | None:
    """Return the page that comes next; of the service's link only its number is taken."""
    links = re.findall(r'<([^<>]*)>\s*;\s*rel="?next"?', response.headers.get("link", ""))
    if not links:
        return None
    pages = parse_qs(urlsplit(links[0]).query).get("page", [])
    if pages != [str(state.page + 1)] or state.page >= MOST_PAGES:
        raise BadPayload(f"after page {state.page} comes {shown(links[0])}")
    return state.page + 1


def _etags(request: Request, response: Response, state: _State) -> dict[str, ETag]:
    etag = etag_of(response)
    return {request.url: ETag(etag)} if state.page == 1 and etag else {}


SOURCE = Source(
    name="github-history",
    service="github",
    kind="github",
    metric="github_stars",
    definition="stars that still stand, counted back from the day of asking",
    base=BASE,
    budget=BUDGET,
    requests=requests,
    read=read,
    verdict=rest_verdict,
    past=Past(None, PAGE_WEEKS),
    weekly=False,
    marked=marked,
)
