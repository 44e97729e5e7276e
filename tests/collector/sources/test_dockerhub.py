"""Tests of the Docker Hub source."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from collector.errors import BAD_PAYLOAD, BAD_REQUEST, GONE, LIMIT, TRANSIENT
from collector.model import Answer, Artifact, Reading, Request
from collector.sources.dockerhub import MOST_PAGES, PAGE_SIZE, SOURCE
from collector.sources.protocol import Ask, Verdict, read_answer
from tests.collector.payloads import image, page, response

BASE = "https://hub.docker.com"
APP, OTHER, ALL = (Artifact("docker", name) for name in ("ns/app", "ns/other", "ns/*"))
UNKNOWN = {"message": "object not found", "errinfo": {}}


def asked(*artifacts: Artifact) -> Request:
    (request,) = SOURCE.requests(artifacts, Ask(BASE))
    return request


def read(request: Request, body: Any = None, **more: Any) -> Answer:
    return read_answer(SOURCE, request, response(request, body, **more))


def causes(answer: Answer) -> list[tuple[str, str, str]]:
    return [(problem.artifact.name, problem.state, problem.cause) for problem in answer.problems]


def following(number: int) -> str:
    return f"{BASE}/v2/namespaces/ns/repositories?page={number}&page_size=100&ordering=name"


# What is asked


def test_an_image_is_one_request_and_official_images_are_of_the_namespace_library() -> None:
    requests = list(SOURCE.requests([APP, Artifact("docker", "library/postgres")], Ask(f"{BASE}/mirror")))
    assert [request.url for request in requests] == [
        f"{BASE}/mirror/v2/namespaces/ns/repositories/app",
        f"{BASE}/mirror/v2/namespaces/library/repositories/postgres",
    ]


def test_a_pattern_is_one_list_which_answers_for_the_single_images_of_its_namespace_too() -> None:
    two = [APP, ALL, Artifact("docker", "ns/app-*"), Artifact("docker", "else/x")]
    listed, single = SOURCE.requests(two, Ask(BASE))
    assert listed.artifacts == tuple(two[:3])
    assert listed.url == f"{BASE}/v2/namespaces/ns/repositories?page_size=100&page=1&ordering=name"
    assert single.artifacts == (two[3],)


# One image


def test_an_image_has_its_pulls_beyond_32_bits() -> None:
    assert read(asked(APP), image(pulls=2**40)).readings == (Reading(APP, 2**40),)


@pytest.mark.parametrize(
    "other", [{"name": "other"}, {"namespace": "else"}, {"name": None}, {"namespace": 7}, {"name": "app/x"}]
)
def test_an_answer_about_another_image_is_bad(other: dict[str, Any]) -> None:
    assert causes(read(asked(APP), image() | other)) == [("ns/app", "failed", BAD_PAYLOAD)]


def test_an_unknown_or_private_image_is_missing_at_once() -> None:
    answer = read(asked(APP), UNKNOWN, status=404)
    assert causes(answer) == [("ns/app", "missing", GONE)]
    assert answer.follow_ups == ()


@pytest.mark.parametrize("status", [404, 405, 410])
def test_where_the_documented_path_is_gone_the_old_one_is_asked_once(status: int) -> None:
    for artifacts, url in (
        ((APP,), f"{BASE}/v2/repositories/ns/app/"),
        ((ALL,), f"{BASE}/v2/repositories/ns/?page_size=100&page=1&ordering=name"),
    ):
        request = asked(*artifacts)
        answer = read(request, raw=b"<html>404 page not found", status=status)
        assert answer.follow_ups == (replace(request, url=url),)
        assert answer.problems == ()
        again = read(answer.follow_ups[0], raw=b"<html>404 page not found", status=status)
        assert again.follow_ups == ()
        assert len(again.problems) == 1


def test_the_old_path_is_read_like_the_documented_one() -> None:
    old = read(asked(APP), raw=b"gone", status=410).follow_ups[0]
    assert read(old, image()).readings == (Reading(APP, 231874),)
    old = read(asked(ALL), raw=b"gone", status=410).follow_ups[0]
    assert read(old, page(image("ns/other", 9))).readings == (Reading(OTHER, 9),)


def test_an_empty_body_is_asked_again_and_then_bad() -> None:
    """Seen twice in 4,875 answers."""
    empty = response(asked(APP), raw=b"")
    assert SOURCE.verdict(asked(APP), empty) is Verdict.TRANSIENT
    assert causes(read(asked(APP), raw=b"")) == [("ns/app", "failed", BAD_PAYLOAD)]


def test_the_limit_in_front_of_the_service_is_one_and_a_wrong_question_our_fault() -> None:
    answer = read(asked(APP), raw=b"Too Many Requests (HAP429).\n", status=429, headers={"retry-after": "60"})
    assert causes(answer) == [("ns/app", "failed", LIMIT)]
    body = {"fields": {"ordering": ["Invalid ordering value..."]}, "text": "Invalid ordering value"}
    answer = read(asked(APP), body, status=400)
    assert causes(answer) == [("ns/app", "failed", BAD_REQUEST)]
    assert answer.problems[0].detail == "HTTP 400: Invalid ordering value"


# Lists


def test_a_list_on_one_page_gives_every_image_that_is_wanted_and_says_that_it_is_whole() -> None:
    request = asked(Artifact("docker", "ns/app*"), OTHER)
    images = [image("ns/app", 1), image("ns/app-two", 2), image("ns/other", 3), image("ns/unwanted", 4)]
    answer = read(request, page(*images))
    assert [(r.artifact.name, r.value) for r in answer.readings] == [("ns/app", 1), ("ns/app-two", 2), ("ns/other", 3)]
    assert answer.listed == request.artifacts
    assert answer.problems == ()


def test_pages_are_followed_to_the_end_at_the_place_where_they_began() -> None:
    """Of the service's link only the page's number is taken: it may name another host than a mirror's."""
    (request,) = SOURCE.requests([ALL], Ask("https://mirror.example/hub"))
    names, urls = [], []
    for number in (1, 2, 3):
        urls.append(request.url)
        more = following(number + 1) if number < 3 else None
        answer = read(request, page(image(f"ns/a{number}", number), total=3, following=more))
        names += [reading.artifact.name for reading in answer.readings]
        if more:
            assert answer.listed == ()
            (request,) = answer.follow_ups
    assert names == ["ns/a1", "ns/a2", "ns/a3"]
    assert [url.replace(f"page={n}&", "page=N&") for n, url in enumerate(urls, 1)] == [
        urls[0].replace("page=1&", "page=N&")
    ] * 3
    assert answer.listed == (ALL,)


def test_a_list_that_ends_before_its_count_is_not_whole_but_what_it_has_is_good() -> None:
    answer = read(asked(ALL), page(image("ns/app", 1), total=3))
    assert len(answer.readings) == 1
    assert answer.listed == ()
    assert causes(answer) == [("ns/*", "failed", TRANSIENT)]
    assert "1 of 3" in answer.problems[0].detail


def test_a_page_past_the_end_breaks_the_list_off_and_is_not_a_namespace_that_is_gone() -> None:
    (second,) = read(asked(ALL), page(image(), total=200, following=following(2))).follow_ups
    assert causes(read(second, UNKNOWN, status=404)) == [("ns/*", "failed", TRANSIENT)]


def test_an_unknown_namespace_is_an_empty_list_and_missing() -> None:
    assert causes(read(asked(ALL, APP), page())) == [("ns/*", "missing", GONE), ("ns/app", "missing", GONE)]


@pytest.mark.parametrize(
    "link", [following(1), following(2), "https://hub.docker.com/v2/x", "", 7, {}, "?page=x", "?page=-1"]
)
def test_a_next_page_that_does_not_go_on_is_bad(link: Any) -> None:
    (second,) = read(asked(ALL), page(image(), total=200, following=following(2))).follow_ups
    answer = read(second, page(image("ns/b"), total=200, following=link))
    assert causes(answer) == [("ns/*", "failed", BAD_PAYLOAD)]


def test_a_list_without_end_is_left_after_some_pages() -> None:
    far = replace(asked(ALL), seen=MOST_PAGES * PAGE_SIZE)
    answer = read(far, page(image(), total=10**9, following=following(9)))
    assert answer.follow_ups == ()
    assert causes(answer) == [("ns/*", "failed", TRANSIENT)]


def test_an_image_without_a_count_is_its_own_problem() -> None:
    answer = read(asked(ALL), page(image("ns/app") | {"pull_count": None}, image("ns/other", 3)))
    assert [reading.artifact for reading in answer.readings] == [OTHER]
    assert causes(answer) == [("ns/app", "failed", BAD_PAYLOAD)]


@pytest.mark.parametrize(
    "item",
    [{"name": "no name"}, {"name": "a/b"}, {"name": ""}, {"name": None}, {"namespace": "else"}, {"namespace": None}],
)
def test_an_image_that_cannot_be_of_this_list_spoils_the_page(item: dict[str, Any]) -> None:
    answer = read(asked(ALL), page(image("ns/app") | item, image("ns/other", 3)))
    assert causes(answer) == [("ns/*", "failed", BAD_PAYLOAD)]
    assert answer.readings == ()


def test_the_budget_is_what_was_seen() -> None:
    assert SOURCE.budget.rates == ((180, 60.0),)
    assert not SOURCE.budget.keep_reserve


@pytest.mark.parametrize(
    ("told", "born"), [("2018-06-28T02:51:42.494457Z", date(2018, 6, 28)), ("", None), ("soon", None), (7, None)]
)
def test_an_image_tells_the_day_of_its_registration_alone_or_in_a_list(told: Any, born: date | None) -> None:
    registered = image() | {"date_registered": told}
    for answer in (read(asked(APP), registered), read(asked(ALL), page(registered))):
        assert [(reading.value, reading.born) for reading in answer.readings] == [(231874, born)]
