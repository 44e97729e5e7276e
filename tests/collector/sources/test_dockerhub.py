"""Tests of the Docker Hub source."""

from datetime import date
from typing import Any

import pytest

from collector.errors import BAD_PAYLOAD, BAD_REQUEST, GONE, LIMIT, TRANSIENT
from collector.model import Artifact, Reading
from collector.sources.dockerhub import MOST_PAGES, SOURCE
from collector.sources.protocol import How
from tests.collector.payloads import image, page
from tests.collector.playing import Played, Reply, play, reply

BASE = "https://hub.docker.com"
APP, OTHER, ALL = (Artifact("docker", name) for name in ("ns/app", "ns/other", "ns/*"))
UNKNOWN = {"message": "object not found", "errinfo": {}}


def asked(*replies: Reply, of: tuple[Artifact, ...] = (ALL,)) -> Played:
    return play(SOURCE, of, How(BASE), *replies)


def one(body: Any = None, **more: Any) -> Played:
    return asked(reply(body, **more), of=(APP,))


def values(played: Played) -> list[tuple[str, int]]:
    return [(reading.artifact.name, reading.value) for reading in played.answer.readings]


def following(number: int) -> str:
    return f"{BASE}/v2/namespaces/ns/repositories?page={number}&page_size=100&ordering=name"


# What is asked


def test_an_image_is_one_request_and_official_images_are_of_the_namespace_library() -> None:
    urls = []
    for name in ("ns/app", "library/postgres"):
        played = play(SOURCE, [Artifact("docker", name)], How(f"{BASE}/mirror"), reply(image(name)))
        urls += [request.url for request in played.requests]
    assert urls == [
        f"{BASE}/mirror/v2/namespaces/ns/repositories/app",
        f"{BASE}/mirror/v2/namespaces/library/repositories/postgres",
    ]


def test_a_pattern_is_one_list_which_answers_for_the_single_images_of_its_namespace_too() -> None:
    artifacts = [APP, ALL, Artifact("docker", "ns/app-*"), Artifact("docker", "else/x")]
    listed, single = SOURCE.tasks(artifacts, How(BASE))
    assert listed.artifacts == tuple(artifacts[:3])
    assert single.artifacts == (artifacts[3],)
    (request,) = asked(reply(page(image())), of=listed.artifacts).requests
    assert request.url == f"{BASE}/v2/namespaces/ns/repositories?page_size=100&page=1&ordering=name"


# One image


def test_an_image_has_its_pulls_beyond_32_bits() -> None:
    assert one(image(pulls=2**40)).answer.readings == (Reading(APP, "dockerhub_pulls", 2**40),)


@pytest.mark.parametrize(
    "other", [{"name": "other"}, {"namespace": "else"}, {"name": None}, {"namespace": 7}, {"name": "app/x"}]
)
def test_an_answer_about_another_image_is_bad(other: dict[str, Any]) -> None:
    assert one(image() | other).causes == [("ns/app", "failed", BAD_PAYLOAD)]


def test_an_unknown_or_private_image_is_missing_at_once() -> None:
    played = one(UNKNOWN, status=404)
    assert (played.causes, len(played.requests)) == ([("ns/app", "missing", GONE)], 1)


def test_an_empty_body_is_a_passing_fault() -> None:
    """Seen twice in 4,875 answers."""
    assert one(raw=b"").causes == [("ns/app", "failed", TRANSIENT)]


def test_the_limit_in_front_of_the_service_is_one_and_a_wrong_question_our_fault() -> None:
    limited = one(raw=b"Too Many Requests (HAP429).\n", status=429, headers={"retry-after": "60"})
    assert limited.causes == [("ns/app", "failed", LIMIT)]
    body = {"fields": {"ordering": ["Invalid ordering value..."]}, "text": "Invalid ordering value"}
    wrong = one(body, status=400)
    assert wrong.causes == [("ns/app", "failed", BAD_REQUEST)]
    assert wrong.answer.problems[0].detail == "HTTP 400: Invalid ordering value"


# Lists


def test_a_list_on_one_page_gives_every_image_that_is_wanted_and_says_that_it_is_whole() -> None:
    of = (Artifact("docker", "ns/app*"), OTHER)
    images = [image("ns/app", 1), image("ns/app-two", 2), image("ns/other", 3), image("ns/unwanted", 4)]
    played = asked(reply(page(*images)), of=of)
    assert values(played) == [("ns/app", 1), ("ns/app-two", 2), ("ns/other", 3)]
    assert (played.answer.listed, played.answer.problems) == (of, ())


def test_pages_are_followed_to_the_end_at_the_place_where_they_began() -> None:
    """Of the service's link only the page's number is taken: it may name another host than a mirror's."""
    pages = [
        reply(page(image(f"ns/a{number}", number), total=3, following=following(number + 1) if number < 3 else None))
        for number in (1, 2, 3)
    ]
    played = play(SOURCE, [ALL], How("https://mirror.example/hub"), *pages)
    assert values(played) == [("ns/a1", 1), ("ns/a2", 2), ("ns/a3", 3)]
    url = "https://mirror.example/hub/v2/namespaces/ns/repositories?page_size=100&page={}&ordering=name"
    assert [request.url for request in played.requests] == [url.format(number) for number in (1, 2, 3)]
    assert played.answer.listed == (ALL,)


def test_a_list_that_ends_before_its_count_is_not_whole_but_what_it_has_is_good() -> None:
    played = asked(reply(page(image("ns/app", 1), total=3)), of=(ALL, APP))
    assert values(played) == [("ns/app", 1)]
    assert played.answer.listed == ()
    assert played.causes == [("ns/*", "failed", TRANSIENT)], "the single image was in it"
    assert "1 of 3" in played.answer.problems[0].detail


FIRST = reply(page(image(), total=200, following=following(2)))


@pytest.mark.parametrize(
    ("second", "cause"),
    [(reply(UNKNOWN, status=404), TRANSIENT), (reply(raw=b"", status=500), TRANSIENT), (reply([]), BAD_PAYLOAD)],
)
def test_a_page_that_cannot_be_read_breaks_the_list_off_and_what_was_read_is_kept(second: Reply, cause: str) -> None:
    played = asked(FIRST, second)
    assert values(played) == [("ns/app", 231874)]
    assert (played.causes, played.answer.listed) == ([("ns/*", "failed", cause)], ())


def test_an_unknown_namespace_is_an_empty_list_and_missing() -> None:
    assert asked(reply(page()), of=(ALL, APP)).causes == [("ns/*", "missing", GONE), ("ns/app", "missing", GONE)]


@pytest.mark.parametrize(
    "link", [following(1), following(2), "https://hub.docker.com/v2/x", "", 7, {}, "?page=x", "?page=-1"]
)
def test_a_next_page_that_does_not_go_on_is_bad(link: Any) -> None:
    played = asked(FIRST, reply(page(image("ns/b"), total=200, following=link)))
    assert played.causes == [("ns/*", "failed", BAD_PAYLOAD)]


def test_a_list_without_end_is_left_after_some_pages() -> None:
    pages = [reply(page(image(f"ns/a{n}"), total=10**9, following=following(n + 1))) for n in range(1, MOST_PAGES + 9)]
    played = asked(*pages)
    assert len(played.requests) == MOST_PAGES
    assert played.causes == [("ns/*", "failed", TRANSIENT)]


def test_an_image_without_a_count_is_its_own_problem() -> None:
    played = asked(reply(page(image("ns/app") | {"pull_count": None}, image("ns/other", 3))))
    assert values(played) == [("ns/other", 3)]
    assert played.causes == [("ns/app", "failed", BAD_PAYLOAD)]


@pytest.mark.parametrize(
    "item",
    [{"name": "no name"}, {"name": "a/b"}, {"name": ""}, {"name": None}, {"namespace": "else"}, {"namespace": None}],
)
def test_an_image_that_cannot_be_of_this_list_spoils_the_page(item: dict[str, Any]) -> None:
    played = asked(reply(page(image("ns/app") | item, image("ns/other", 3))))
    assert (played.causes, values(played)) == ([("ns/*", "failed", BAD_PAYLOAD)], [])


def test_the_budget_is_what_was_seen() -> None:
    assert SOURCE.budget.rates == ((180, 60.0),)
    assert not SOURCE.budget.keep_reserve


@pytest.mark.parametrize(
    ("told", "born"), [("2018-06-28T02:51:42.494457Z", date(2018, 6, 28)), ("", None), ("soon", None), (7, None)]
)
def test_an_image_tells_the_day_of_its_registration_alone_or_in_a_list(told: Any, born: date | None) -> None:
    registered = image() | {"date_registered": told}
    for played in (one(registered), asked(reply(page(registered)))):
        assert [(reading.value, reading.born) for reading in played.answer.readings] == [(231874, born)]
