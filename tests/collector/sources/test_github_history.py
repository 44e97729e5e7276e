"""Tests of the star history source."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from collector.errors import BAD_PAYLOAD, GONE, LIMIT, REFUSED
from collector.model import Artifact, Request, Window
from collector.sources import SOURCES
from collector.sources.github_history import PAGE_WEEKS, SOURCE
from collector.sources.protocol import How
from tests.collector.payloads import TODAY, repository, response, star_weeks
from tests.collector.playing import Played, Reply, play, reply

BASE = "https://api.example/gh"
ONE = Artifact("github", "ns/one")
BORN = date(2012, 2, 25)
WINDOW = Window(TODAY - timedelta(days=14), TODAY - timedelta(days=1))
FAR = Window(TODAY - timedelta(days=100), TODAY - timedelta(days=1))


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


def asked(*replies: Reply, window: Window | None = WINDOW) -> Played:
    return play(SOURCE, [ONE], How(BASE, window=window), *replies)


def read(*replies: Reply, stars: int = 100, window: Window | None = WINDOW, **more: Any) -> Played:
    """Ask for a repository of so many stars and then for pages of its past."""
    return asked(reply(repository(stars=stars) | more), *replies, window=window)


def link(page: int, host: str = "https://api.github.com") -> dict[str, str]:
    url = f"{host}/repositories/31/stargazers/history?per_page=30&page={page}"
    return {"link": f'<{url}>; rel="next", <{url}9>; rel="last"'}


def counts(played: Played) -> Mapping[date, int]:
    assert not played.answer.problems
    return {day: count for past in played.answer.past for day, count in past.counts.items()}


# The repository


def test_the_repository_comes_first_and_is_an_observation_of_today() -> None:
    played = asked(reply(repository("ns/new", 100)), reply(star_weeks({})))
    (reading,) = played.answer.readings
    assert (reading.value, reading.number, reading.called, reading.born) == (100, "31", "ns/new", BORN)
    assert [request.url for request in played.requests] == [
        f"{BASE}/repos/ns/one",
        f"{BASE}/repos/ns/new/stargazers/history?per_page=30&page=1",
    ], "by the name answered"


def test_a_pinned_repository_is_asked_for_by_its_name() -> None:
    pinned = Artifact("github", "ns/one#31")
    played = play(SOURCE, [pinned], How(BASE, window=WINDOW), reply(repository()), reply(star_weeks({})))
    assert played.requests[0].url == f"{BASE}/repos/ns/one"
    assert played.answer.past[0].artifact == pinned


def test_a_window_that_begins_today_needs_no_past() -> None:
    assert len(asked(reply(repository()), window=Window(TODAY, TODAY)).requests) == 1


@pytest.mark.parametrize(
    "odd", [None, "", "then", 7, "2999-01-01T00:00:00Z", "2012-02-25", "0001-01-01T00:00:00+23:59"]
)
def test_a_creation_that_is_odd_is_not_known(odd: object) -> None:
    (reading,) = read(reply(star_weeks({})), created_at=odd).answer.readings
    assert reading.born is None


def test_a_repository_that_is_gone_is_missing() -> None:
    assert asked(reply({"message": "Not Found"}, status=404)).cause == ("missing", GONE)


# Its past


def test_the_count_of_a_day_is_todays_less_all_stars_of_later_days() -> None:
    given = {TODAY: 3, back(1): 5, back(2): 0, back(3): 7}
    found = counts(read(reply(star_weeks(given))))
    assert [found[back(ago)] for ago in (1, 2, 3, 4)] == [97, 92, 92, 85]
    assert max(found) == back(1), "today's is the one that was observed"


def test_pages_are_read_until_the_windows_first_day_is_covered() -> None:
    """The sums of all pages are those over the whole past."""
    given = {back(ago): ago % 5 for ago in range(900)}
    total = 10_000
    pages = [
        reply(
            star_weeks(given, newest=TODAY - timedelta(weeks=PAGE_WEEKS * page), weeks=PAGE_WEEKS),
            headers=link(page + 2),
        )
        for page in range(9)
    ]
    played = read(*pages, stars=total, window=Window(back(500), back(1)))
    assert [request.url.rpartition("page=")[2] for request in played.requests[1:]] == ["1", "2", "3"]
    assert len(played.answer.past) == 3
    found = counts(played)
    for ago in range(1, 501):
        assert found[back(ago)] == total - sum(count for day, count in given.items() if day > back(ago))


def test_each_page_names_the_response_it_was_read_from() -> None:
    def kept(page: int) -> Reply:
        weeks = star_weeks({}, newest=TODAY - timedelta(weeks=2 * page))
        headers = link(page + 2) if page < 2 else {}
        sent = reply(weeks, headers=headers)
        return lambda request: replace(sent(request), record=f"record-{page}")

    played = read(kept(0), kept(1), kept(2), stars=0, window=FAR)
    assert [past.record for past in played.answer.past] == ["record-0", "record-1", "record-2"]


def test_without_a_window_the_newest_page_is_enough() -> None:
    played = read(reply(star_weeks({}), headers=link(2)), window=None)
    assert (len(played.requests), len(counts(played))) == (2, 9)


def test_a_week_that_began_between_two_pages_is_not_counted_twice() -> None:
    given = {back(ago): 1 for ago in range(60)}
    first = reply(star_weeks(given, weeks=3), headers=link(2))
    shifted = reply(star_weeks(given, newest=back(14), weeks=6), headers=link(3))
    assert counts(read(first, shifted, stars=1000, window=Window(back(50), back(1))))[back(30)] == 1000 - 30


def test_a_list_that_ends_with_every_star_explained_has_zeros_from_the_birth_to_the_first_star() -> None:
    born, window = back(30), Window(back(60), back(1))
    played = read(reply(star_weeks({back(2): 5})), stars=5, window=window, created_at=f"{born}T12:00:00Z")
    assert counts(played)[back(2)] == 5
    assert {day for day, count in counts(played).items() if count == 0} == {back(ago) for ago in range(3, 31)}
    assert (played.answer.past[0].born, played.answer.warnings) == (born, ())


def test_a_repository_without_a_star_has_an_empty_list() -> None:
    played = read(reply([]), stars=0, created_at=f"{back(10)}T12:00:00Z")
    assert counts(played) == {back(ago): 0 for ago in range(1, 11)}


def test_stars_that_no_day_explains_are_told_of_and_no_zero_is_made_of_them() -> None:
    window = Window(back(60), back(1))
    played = read(reply(star_weeks({back(2): 60})), window=window, created_at=f"{back(30)}T12:00:00Z")
    (warning,) = played.answer.warnings
    assert "60" in warning
    assert "100" in warning
    assert (min(counts(played)), counts(played)[back(3)]) == (back(9), 40)


def test_more_stars_than_there_are_make_no_count_below_zero() -> None:
    played = read(reply(star_weeks({TODAY: 4, back(1): 9, back(3): 2})), stars=10)
    assert counts(played) == {back(1): 6}
    assert played.answer.warnings


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
    played = read(reply(weeks))
    assert (played.cause, played.answer.past, played.answer.readings) == (("failed", BAD_PAYLOAD), (), ())


@pytest.mark.parametrize("page", [1, 3, 0, -1, 10**9])
def test_a_link_to_any_page_but_the_next_is_bad(page: int) -> None:
    assert read(reply(GOOD, headers=link(page)), window=FAR).cause == ("failed", BAD_PAYLOAD)


def test_of_the_link_only_the_number_is_taken() -> None:
    first = reply(GOOD, headers=link(2, "https://evil.example"))
    played = read(first, reply(star_weeks({}, newest=back(14), weeks=20)), window=FAR)
    assert played.requests[2].url == f"{BASE}/repos/ns/one/stargazers/history?per_page=30&page=2"


def test_a_page_that_fails_leaves_no_part_of_the_past() -> None:
    """A part alone would pass for all that could be had."""
    played = read(reply(GOOD, headers=link(2)), reply(raw=b"", status=500), window=FAR)
    assert (played.answer.past, played.answer.readings, len(played.causes)) == ((), (), 1)


def test_a_404_of_the_past_does_not_say_that_the_repository_is_gone() -> None:
    assert read(reply({"message": "Not Found"}, status=404)).cause == ("failed", REFUSED)


def test_a_403_that_is_a_limit_is_one() -> None:
    limited = reply({"message": "API rate limit exceeded for x"}, status=403)
    assert read(limited).cause == ("failed", LIMIT)
    request = Request("GET", BASE)
    refused = SOURCE.refusal(request, response(request, {"message": "API rate limit exceeded for x"}, status=403))
    assert refused is not None
    assert refused.cause == LIMIT


def test_it_shares_githubs_limits_and_reaches_back_to_the_creation() -> None:
    assert (SOURCE.service, SOURCE.budget) == (SOURCES["github"].service, SOURCES["github"].budget)
    assert SOURCE.past is not None
    assert (SOURCE.past.days, SOURCE.past.page_weeks, SOURCE.weekly) == (None, 30, False)
