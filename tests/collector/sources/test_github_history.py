"""Tests of the star history source, page by page as a chain."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from collector.errors import BAD_PAYLOAD, GONE, LIMIT, REFUSED
from collector.model import Answer, Artifact, ETag, Mark, Request, Window
from collector.sources import SOURCES
from collector.sources.github_history import PAGE_WEEKS, SOURCE, marked
from collector.sources.protocol import Ask, Verdict, read_answer
from tests.collector.payloads import TODAY, repository, response, star_weeks

BASE = "https://api.example/gh"
ONE = Artifact("github", "ns/one")
BORN = date(2012, 2, 25)
WINDOW = Window(TODAY - timedelta(days=14), TODAY - timedelta(days=1))
ETAG = 'W/"abc123"'
OTHER_ETAG = 'W/"def456"'


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


def asked(window: Window | None = WINDOW, etag: str = "") -> Request:
    page = marked("ns/one", Ask(BASE))
    marks = {page: (Mark(page, "one", ETag(etag)), Mark(page, "two", ETag(OTHER_ETAG)))} if etag else {}
    (request,) = SOURCE.requests([ONE], Ask(BASE, window=window, marks=marks))
    return request


def read(request: Request, body: Any = None, **more: Any) -> Answer:
    return read_answer(SOURCE, request, response(request, body, **more))


def page_one(stars: int = 100, *, window: Window | None = WINDOW, etag: str = "", **more: Any) -> Request:
    (follow_up,) = read(asked(window, etag), repository(stars=stars) | more).follow_ups
    return follow_up


def link(page: int, host: str = "https://api.github.com") -> dict[str, str]:
    url = f"{host}/repositories/31/stargazers/history?per_page=30&page={page}"
    return {"link": f'<{url}>; rel="next", <{url}9>; rel="last"'}


def counts(answer: Answer) -> Mapping[date, int]:
    (past,) = answer.past
    return past.counts


def cause(answer: Answer) -> tuple[str, str]:
    (problem,) = answer.problems
    return problem.state, problem.cause


# The repository


def test_the_repository_comes_first_and_is_an_observation_of_today() -> None:
    request = asked()
    assert request.url == f"{BASE}/repos/ns/one"
    answer = read(request, repository("ns/new", 100))
    (reading,) = answer.readings
    assert (reading.value, reading.number, reading.called, reading.born) == (100, "31", "ns/new", BORN)
    (follow_up,) = answer.follow_ups
    assert follow_up.url == f"{BASE}/repos/ns/new/stargazers/history?per_page=30&page=1", "by the name answered"


def test_a_window_that_begins_today_needs_no_past() -> None:
    assert read(asked(Window(TODAY, TODAY)), repository()).follow_ups == ()


@pytest.mark.parametrize(
    "odd", [None, "", "then", 7, "2999-01-01T00:00:00Z", "2012-02-25", "0001-01-01T00:00:00+23:59"]
)
def test_a_creation_that_is_odd_is_not_known(odd: object) -> None:
    (reading,) = read(asked(), repository() | {"created_at": odd}).readings
    assert reading.born is None


def test_a_repository_that_is_gone_is_missing() -> None:
    assert cause(read(asked(), {"message": "Not Found"}, status=404)) == ("missing", GONE)


# Its past


def test_the_count_of_a_day_is_todays_less_all_stars_of_later_days() -> None:
    given = {TODAY: 3, back(1): 5, back(2): 0, back(3): 7}
    found = counts(read(page_one(), star_weeks(given)))
    assert [found[back(ago)] for ago in (1, 2, 3, 4)] == [97, 92, 92, 85]
    assert max(found) == back(1), "today's is the one that was observed"


def test_pages_are_read_until_the_windows_first_day_is_covered() -> None:
    """Each page hands on what the next needs, and the sums of all are those over the whole past."""
    given = {back(ago): ago % 5 for ago in range(900)}
    total = 10_000
    window = Window(back(500), back(1))
    request = page_one(total, window=window)
    found: dict[date, int] = {}
    urls: list[str] = []
    while True:
        page = len(urls) + 1
        urls.append(request.url)
        newest = TODAY - timedelta(weeks=PAGE_WEEKS * (page - 1))
        answer = read(request, star_weeks(given, newest=newest, weeks=PAGE_WEEKS), headers=link(page + 1))
        found |= dict(counts(answer))
        if not answer.follow_ups:
            break
        (request,) = answer.follow_ups
    assert [url.rpartition("page=")[2] for url in urls] == ["1", "2", "3"]
    assert all(url.startswith(f"{BASE}/repos/ns/one/stargazers/history?") for url in urls)
    for ago in range(1, 501):
        assert found[back(ago)] == total - sum(count for day, count in given.items() if day > back(ago))


def test_without_a_window_the_newest_page_is_enough() -> None:
    answer = read(page_one(window=None), star_weeks({}), headers=link(2))
    assert (answer.follow_ups, answer.window) == ((), None)
    assert len(counts(answer)) == 9


def test_a_week_that_began_between_two_pages_is_not_counted_twice() -> None:
    given = {back(ago): 1 for ago in range(60)}
    window = Window(back(50), back(1))
    (second,) = read(page_one(1000, window=window), star_weeks(given, weeks=3), headers=link(2)).follow_ups
    shifted = star_weeks(given, newest=back(14), weeks=6)
    found = counts(read(second, shifted, headers=link(3)))
    assert found[back(30)] == 1000 - 30


def test_a_list_that_ends_with_every_star_explained_has_zeros_from_the_birth_to_the_first_star() -> None:
    born = back(30)
    request = page_one(5, window=Window(back(60), back(1)), created_at=f"{born}T12:00:00Z")
    answer = read(request, star_weeks({back(2): 5}))
    assert counts(answer)[back(2)] == 5
    assert {day for day, count in counts(answer).items() if count == 0} == {back(ago) for ago in range(3, 31)}
    assert (answer.past[0].born, answer.notes) == (born, ())


def test_a_repository_without_a_star_has_an_empty_list() -> None:
    request = page_one(0, created_at=f"{back(10)}T12:00:00Z")
    answer = read(request, [])
    assert counts(answer) == {back(ago): 0 for ago in range(1, 11)}


def test_stars_that_no_day_explains_are_told_of_and_no_zero_is_made_of_them() -> None:
    request = page_one(100, window=Window(back(60), back(1)), created_at=f"{back(30)}T12:00:00Z")
    answer = read(request, star_weeks({back(2): 60}))
    (note,) = answer.notes
    assert "60" in note
    assert "100" in note
    assert (min(counts(answer)), counts(answer)[back(3)]) == (back(9), 40)


def test_more_stars_than_there_are_make_no_count_below_zero() -> None:
    answer = read(page_one(10), star_weeks({TODAY: 4, back(1): 9, back(3): 2}))
    assert counts(answer) == {back(1): 6}
    assert answer.notes


# What is not as documented

GOOD = star_weeks({TODAY: 3, back(1): 5, back(9): 2})
LATEST, BEFORE = GOOD


@pytest.mark.parametrize(
    "weeks",
    [
        [LATEST | {"week": LATEST["week"] + 86_400}, BEFORE],
        [LATEST | {"week": LATEST["week"] + 1}, BEFORE],
        [LATEST | {"week": 2**52}, BEFORE],
        [LATEST | {"total": 9}, BEFORE],
        [LATEST | {"days": [8, 0, 0, 0, 0, 0]}, BEFORE],
        [LATEST | {"days": [5, 3, 0, 0, 0, 0, 0, 0]}, BEFORE],
        [LATEST | {"days": [5, 4, -1, 0, 0, 0, 0]}, BEFORE],
        [LATEST | {"days": [5, 2, 0, 0, 1, 0, 0]}, BEFORE],
        [BEFORE, LATEST],
        [LATEST, LATEST],
        [LATEST, BEFORE | {"week": BEFORE["week"] - 7 * 86_400}],
        star_weeks({}, newest=back(9)),
        star_weeks({}, newest=TODAY + timedelta(days=8)),
        [LATEST, None],
        [],
    ],
    ids=[
        *("monday", "a second late", "far", "total", "six days", "eight days", "negative", "to come", "oldest first"),
        *("twice", "a gap", "out of date", "next week", "null", "empty with stars"),
    ],
)
def test_weeks_that_are_not_as_documented_make_no_number(weeks: list[Any]) -> None:
    answer = read(page_one(), weeks)
    assert (cause(answer), answer.past, answer.follow_ups) == (("failed", BAD_PAYLOAD), (), ())


@pytest.mark.parametrize("page", [1, 3, 0, -1, 10**9])
def test_a_link_to_any_page_but_the_next_is_bad(page: int) -> None:
    request = page_one(window=Window(back(100), back(1)))
    assert cause(read(request, GOOD, headers=link(page))) == ("failed", BAD_PAYLOAD)


def test_of_the_link_only_the_number_is_taken() -> None:
    request = page_one(window=Window(back(100), back(1)))
    (follow_up,) = read(request, GOOD, headers=link(2, "https://evil.example")).follow_ups
    assert follow_up.url == f"{BASE}/repos/ns/one/stargazers/history?per_page=30&page=2"


def test_a_404_of_the_past_does_not_say_that_the_repository_is_gone() -> None:
    assert cause(read(page_one(), {"message": "Not Found"}, status=404)) == ("failed", REFUSED)


def test_a_403_that_is_a_limit_is_one() -> None:
    request = page_one()
    sent = response(request, {"message": "API rate limit exceeded for x"}, status=403)
    assert SOURCE.verdict(request, sent) is Verdict.LIMITED
    assert cause(read_answer(SOURCE, request, sent)) == ("failed", LIMIT)


# Conditional requests


def marks_of(request: Request) -> list[tuple[str, str]]:
    """Return the marks that go with a request, by account: those of its own address."""
    return [(mark.account, mark.etag.text) for mark in request.marks if mark.url == request.url]


def test_the_newest_page_is_asked_for_conditionally_only_if_its_etag_is_known() -> None:
    assert marks_of(page_one()) == []
    assert marks_of(asked(etag=ETAG)) == [], "the repository itself is always read: it is today's count"
    assert marks_of(page_one(etag=ETAG)) == [("one", ETAG), ("two", OTHER_ETAG)]
    assert marks_of(page_one(etag=ETAG, full_name="ns/new")) == [], "it marks another address"


def test_who_asks_is_in_nothing_that_is_recorded() -> None:
    assert "two" not in asked(etag=ETAG).carry + page_one(etag=ETAG).carry


def test_a_304_says_that_nothing_is_new() -> None:
    request = page_one(etag=ETAG)
    sent = response(request, raw=b"", status=304)
    assert SOURCE.verdict(request, sent) is Verdict.FINAL
    answer = read_answer(SOURCE, request, sent)
    assert (answer.unchanged, answer.past, answer.problems, answer.follow_ups) == ((ONE,), (), (), ())


def test_a_304_that_nobody_asked_for_is_bad() -> None:
    assert cause(read(page_one(), raw=b"", status=304)) == ("failed", BAD_PAYLOAD)


def test_the_second_page_is_never_conditional() -> None:
    request = page_one(window=Window(back(100), back(1)), etag=ETAG)
    (second,) = read(request, GOOD, headers=link(2)).follow_ups
    assert marks_of(second) == []
    older = star_weeks({}, newest=back(14), weeks=9)
    assert cause(read(second, raw=b"", status=304)) == ("failed", BAD_PAYLOAD)
    assert read(second, older, headers=link(3) | {"etag": ETAG}).etags == {}


def test_the_etag_of_the_newest_page_is_worth_keeping() -> None:
    request = page_one()
    assert read(request, GOOD, headers={"etag": ETAG}).etags == {marked("ns/one", Ask(BASE)): ETag(ETAG)}
    for odd in ("", "abc", '"a\r\nX: y"', '"' + "a" * 999 + '"'):
        assert read(request, GOOD, headers={"etag": odd}).etags == {}


def test_it_shares_githubs_limits_and_reaches_back_to_the_creation() -> None:
    assert (SOURCE.service, SOURCE.budget) == (SOURCES["github"].service, SOURCES["github"].budget)
    assert SOURCE.past is not None
    assert (SOURCE.past.days, SOURCE.past.page_weeks, SOURCE.weekly) == (None, 30, False)


def test_what_is_handed_on_can_be_told_apart_from_rubbish() -> None:
    page = page_one()
    for carry in ("", "null", "[]", "{}", '{"base": 1}', '{"base": "", "window": "x", "page": 1, "day": "y"}'):
        broken = Request("github-history", page.url, page.artifacts, carry=carry)
        assert cause(read(broken, GOOD)) == ("failed", BAD_PAYLOAD)
