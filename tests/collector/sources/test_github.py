"""Tests of the GitHub source."""

import json
from datetime import date
from typing import Any

import pytest

from collector.errors import BAD_PAYLOAD, BAD_REQUEST, CREDENTIALS, GONE, LIMIT, REFUSED, TOO_BIG, TRANSIENT
from collector.model import Answer, Artifact, Reading, Request
from collector.sources.github import ALIASES, SOURCE
from collector.sources.protocol import How
from tests.collector.payloads import graphql, graphql_error, node, repository, response
from tests.collector.playing import Played, play, reply
from tests.collector.sources.conversations import repositories

BASE = "https://api.github.com"
ONE = Artifact("github", "ns/one")
BORN = date(2012, 2, 25)
FORKS = frozenset({"github_forks"})


def some(count: int) -> tuple[Artifact, ...]:
    return tuple(Artifact("github", f"ns/r{number}") for number in range(count))


def rest(body: Any = None, metrics: frozenset[str] = frozenset(), **more: Any) -> Played:
    return play(SOURCE, [ONE], How(BASE, metrics=metrics), reply(body, **more))


def query(count: int, body: Any = None, metrics: frozenset[str] = frozenset(), **more: Any) -> Played:
    """Ask for some repositories by a query that has one answer, and good ones to all that come after it."""
    how = How(BASE, authenticated=True, metrics=metrics)
    return play(SOURCE, some(count), how, reply(body, **more), lambda r: response(r, repositories(r)))


def cause_of(request: Request, body: Any = None, **more: Any) -> str:
    refused = SOURCE.refusal(request, response(request, body, **more))
    return refused.cause if refused else ""


# What is asked


@pytest.mark.parametrize(("count", "queries"), [(0, 0), (1, 1), (50, 1), (51, 2), (1000, 20)])
def test_with_a_token_fifty_repositories_go_into_one_query(count: int, queries: int) -> None:
    tasks = list(SOURCE.tasks(some(count), How(BASE, authenticated=True)))
    assert len(tasks) == queries
    assert tuple(artifact for task in tasks for artifact in task.artifacts) == some(count)
    assert len(list(SOURCE.tasks(some(count), How(BASE)))) == count
    assert ALIASES == 50


def test_names_travel_as_variables_and_never_in_the_text_of_the_query() -> None:
    artifacts = (Artifact("github", "o-1/n.1"), Artifact("github", 'o"2/n}2'), Artifact("github", "a/b#31"))
    (request,) = play(SOURCE, artifacts, How(BASE, authenticated=True), reply(graphql(*[node()] * 3))).requests
    assert (request.method, request.url, request.bucket) == ("POST", f"{BASE}/graphql", "graphql")
    body = json.loads(request.body)
    assert body["variables"] == {"o0": "o-1", "n0": "n.1", "o1": 'o"2', "n1": "n}2", "o2": "a", "n2": "b"}
    for part in ("o-1", "n.1", 'o"2', "n}2", "stargazers {", "forkCount"):
        assert part not in body["query"]
    for part in ("r1: repository(owner: $o1, name: $n1)", "$n1: String!", "databaseId", "stargazerCount", "createdAt"):
        assert part in body["query"]


def test_without_a_token_each_repository_is_a_request() -> None:
    (request,) = play(SOURCE, [ONE], How(f"{BASE}/mirror"), reply(repository())).requests
    assert request == Request("GET", f"{BASE}/mirror/repos/ns/one", bucket="core")


def test_a_pinned_repository_is_asked_for_by_its_name_and_told_of_as_it_was_asked_for() -> None:
    pinned = Artifact("github", "ns/one#31")
    for how, body in ((How(BASE), repository()), (How(BASE, authenticated=True), graphql(node()))):
        played = play(SOURCE, [pinned], how, reply(body))
        assert "#" not in played.requests[0].url + played.requests[0].body.decode()
        assert [(r.artifact, r.number, r.called) for r in played.answer.readings] == [(pinned, "31", "ns/one")]


# Forks


def test_forks_come_with_the_same_requests_where_they_are_wanted() -> None:
    by_rest = rest(repository("ns/one", 7001, 31), FORKS)
    by_query = query(1, graphql(node("ns/r0", 7001, 31) | {"forkCount": 1804}), FORKS)
    for played in (by_rest, by_query):
        assert len(played.requests) == 1
        assert [(r.metric, r.value) for r in played.answer.readings] == [
            ("github_stars", 7001),
            ("github_forks", 1804),
        ]
    assert [r.metric for r in rest(repository()).answer.readings] == ["github_stars"]
    assert b"forkCount" in by_query.requests[0].body


def test_a_metric_that_cannot_be_read_costs_no_other() -> None:
    for played in (rest(repository() | {"forks_count": None}, FORKS), query(1, graphql(node()), FORKS)):
        assert [r.metric for r in played.answer.readings] == ["github_stars"]
        assert [(p.metric, p.cause) for p in played.answer.problems] == [("github_forks", BAD_PAYLOAD)]


# REST


def test_a_repository_has_its_stars_its_number_and_the_name_it_answers_to() -> None:
    assert rest(repository("ns/one", 7001, 31)).answer == Answer(
        (Reading(ONE, "github_stars", 7001, "31", "ns/one", BORN),)
    )


def test_a_repository_without_a_star_has_none() -> None:
    assert rest(repository(stars=0)).answer.readings[0].value == 0


def test_a_renamed_repository_says_its_new_name_after_the_redirect() -> None:
    moved = reply({"message": "Moved Permanently"}, status=301, headers={"location": f"{BASE}/repositories/31"})
    played = play(SOURCE, [ONE], How(BASE), moved, reply(repository("new/name", 7001, 31)))
    assert [request.url for request in played.requests] == [f"{BASE}/repos/ns/one", f"{BASE}/repositories/31"]
    (reading,) = played.answer.readings
    assert (reading.artifact.name, reading.called, reading.number) == ("ns/one", "new/name", "31")


@pytest.mark.parametrize("name", ["one", "a/b/c", "ns/", "/one", "ns/o ne", "ns/one\n", "<b>/x", "ns/\ud800", ""])
def test_a_name_that_no_repository_can_have_is_a_bad_payload(name: str) -> None:
    assert rest(repository() | {"full_name": name}).causes == [("ns/one", "failed", BAD_PAYLOAD)]


BLOCKED = {"message": "Repository access blocked", "block": {"reason": "tos", "html_url": "https://github.com/tos"}}


@pytest.mark.parametrize(
    ("status", "body", "headers", "expected"),
    [
        (404, {"message": "Not Found", "status": "404"}, {}, ("missing", GONE)),
        (451, BLOCKED, {}, ("missing", GONE)),
        (403, BLOCKED, {}, ("missing", GONE)),
        (403, {"message": "API rate limit exceeded for 1.2.3.4."}, {}, ("failed", LIMIT)),
        (403, {"message": "Sorry"}, {"x-ratelimit-remaining": "0"}, ("failed", LIMIT)),
        (429, {"message": "API rate limit exceeded for x."}, {}, ("failed", LIMIT)),
        (403, {"message": "Sorry"}, {"retry-after": "60"}, ("failed", LIMIT)),
        (403, {"message": "You have exceeded a secondary rate limit."}, {}, ("failed", LIMIT)),
        (403, {"message": "You have triggered an abuse detection mechanism."}, {}, ("failed", LIMIT)),
        (403, {"message": "Resource not accessible by personal access token"}, {}, ("failed", CREDENTIALS)),
        (403, {"message": "Resource protected by SAML"}, {"x-github-sso": "x"}, ("failed", REFUSED)),
        (403, {"message": "Sorry"}, {"x-ratelimit-remaining": "17"}, ("failed", REFUSED)),
        (422, {"message": "Validation Failed", "errors": []}, {}, ("failed", BAD_REQUEST)),
        (502, {"message": "Server Error"}, {}, ("failed", TRANSIENT)),
    ],
)
def test_each_refusal_has_its_cause(
    status: int, body: dict[str, Any], headers: dict[str, str], expected: tuple[str, str]
) -> None:
    assert rest(body, status=status, headers=headers).cause == expected


def test_a_blocked_repository_is_missing_with_its_reason_with_a_token_and_without() -> None:
    without = rest(BLOCKED, status=403)
    blocked = graphql(None, errors=[graphql_error("FORBIDDEN", "r0", "Repository access blocked")])
    assert without.cause == query(1, blocked).cause == ("missing", GONE)
    assert "tos" in without.answer.problems[0].detail
    saml = "Resource protected by organization SAML enforcement."
    assert query(1, graphql(None, errors=[graphql_error("FORBIDDEN", "r0", saml)])).cause == ("failed", REFUSED)


def test_a_refusal_in_plain_text_is_told_as_it_is() -> None:
    played = rest(raw=b"Missing or invalid User Agent string.\n", status=403)
    assert played.answer.problems[0].detail == "HTTP 403: Missing or invalid User Agent string."


def test_an_answer_with_nothing_remaining_is_still_good() -> None:
    assert rest(repository(), headers={"x-ratelimit-remaining": "0"}).answer.readings


# Queries


def test_of_a_query_each_alias_is_read_for_itself() -> None:
    errors = [
        graphql_error("NOT_FOUND", "r1", "Could not resolve to a Repository with the name 'ns/r1'."),
        graphql_error("FORBIDDEN", "r2", "SAML"),
        graphql_error("SURPRISE", "r4"),
        {"type": "NOT_FOUND", "path": ["r5", "issues"], "message": "below the alias"},
    ]
    body = graphql(node("ns/r0", 1, 11), None, None, None, None, node("ns/r5", 6, 16), errors=errors)
    played = query(7, body)
    assert [(r.artifact.name, r.value, r.number) for r in played.answer.readings] == [
        ("ns/r0", 1, "11"),
        ("ns/r5", 6, "16"),
    ]
    assert played.causes == [
        ("ns/r1", "missing", GONE),
        ("ns/r2", "failed", REFUSED),
        ("ns/r3", "failed", BAD_PAYLOAD),
        ("ns/r4", "failed", BAD_PAYLOAD),
        ("ns/r6", "failed", BAD_PAYLOAD),
    ]


def sizes(played: Played) -> list[int]:
    return [len(json.loads(request.body)["variables"]) // 2 for request in played.requests]


def test_a_query_that_was_too_heavy_is_split_for_what_it_left_out() -> None:
    errors = [graphql_error("RESOURCE_LIMITS_EXCEEDED", f"r{number}") for number in range(2, 7)]
    played = query(7, graphql(node("ns/r0"), node("ns/r1"), *[None] * 5, errors=errors))
    assert sizes(played) == [7, 3, 2]
    assert {reading.artifact for reading in played.answer.readings} == set(some(7))
    assert played.answer.problems == ()


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [graphql_error("RESOURCE_LIMITS_EXCEEDED")]},
        {"data": None, "errors": [graphql_error("RESOURCE_LIMITS_EXCEEDED", "r0")]},
    ],
)
def test_a_query_without_any_data_for_its_weight_is_split(body: dict[str, Any]) -> None:
    assert sizes(query(50, body)) == [50, 25, 25]


@pytest.mark.parametrize("status", [502, 504])
def test_a_query_that_took_too_long_is_split_and_never_repeated_unchanged(status: int) -> None:
    played = query(3, raw=b"<html>", status=status)
    assert sizes(played) == [3, 2, 1]
    assert cause_of(played.requests[0], raw=b"<html>", status=status) == TOO_BIG
    assert cause_of(played.requests[2], raw=b"<html>", status=status) == TRANSIENT


def test_splitting_comes_to_its_end_at_a_single_repository() -> None:
    error = graphql(None, errors=[graphql_error("RESOURCE_LIMITS_EXCEEDED", "r0")])
    assert query(1, error).causes == [("ns/r0", "failed", TOO_BIG)]
    how = How(BASE, authenticated=True)
    endless = play(SOURCE, some(8), how, reply(raw=b"<html>", status=502))
    assert len(endless.requests) == 15
    assert endless.cause == ("failed", TRANSIENT)


def test_a_half_that_fails_costs_the_other_nothing() -> None:
    how = How(BASE, authenticated=True)
    too_big, lost = reply(raw=b"", status=502), reply({"message": "no"}, status=422)
    played = play(SOURCE, some(4), how, too_big, lost, lambda r: response(r, repositories(r)))
    assert [name for name, _, _ in played.causes] == ["ns/r0", "ns/r1"]
    assert [reading.artifact.name for reading in played.answer.readings] == ["ns/r2", "ns/r3"]


LIMITS = (
    {"errors": [graphql_error("RATE_LIMITED", text="API rate limit exceeded for user ID 1.")]},
    {"errors": [{"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": "API rate limit already exceeded"}]},
    {"data": None, "errors": [{"type": "RATE_LIMITED", "message": "no"}]},
    {"errors": [{"message": "You have exceeded a secondary rate limit."}]},
    {"message": "You have exceeded a secondary rate limit. Please wait.", "errors": []},
    {"errors": [{"message": "API rate limit exceeded"}]},
)


@pytest.mark.parametrize("body", LIMITS)
def test_a_limit_that_comes_with_status_200_is_one(body: dict[str, Any]) -> None:
    played = query(2, body)
    assert cause_of(played.requests[0], body) == LIMIT
    assert played.causes == [("ns/r0", "failed", LIMIT), ("ns/r1", "failed", LIMIT)]


def test_data_that_came_with_a_limit_is_good() -> None:
    body = graphql(node("ns/r0"), None, errors=[graphql_error("RATE_LIMITED", "r1")])
    played = query(2, body)
    assert cause_of(played.requests[0], body) == ""
    assert len(played.answer.readings) == 1
    assert played.causes == [("ns/r1", "failed", LIMIT)]


def test_a_wrong_query_is_our_fault_and_what_is_neither_data_nor_error_is_theirs() -> None:
    undefined = {"path": ["query", "nope"], "extensions": {"code": "undefinedField"}, "message": "Field 'nope'"}
    played = query(1, {"errors": [undefined]})
    assert played.cause == ("failed", BAD_REQUEST)
    assert "Field 'nope'" in played.answer.problems[0].detail
    empty: list[dict[str, Any]] = [{}, {"data": None}, {"data": []}, {"data": None, "errors": []}, {"errors": [7]}]
    for body in empty:
        assert query(1, body).cause == ("failed", BAD_PAYLOAD)


@pytest.mark.parametrize(
    ("status", "body"), [(404, {"message": "Not Found"}), (410, {}), (451, BLOCKED), (403, BLOCKED)]
)
def test_a_404_of_the_query_itself_does_not_say_that_any_repository_is_gone(status: int, body: dict[str, Any]) -> None:
    assert query(2, body, status=status).causes == [("ns/r0", "failed", REFUSED), ("ns/r1", "failed", REFUSED)]


def test_a_query_without_a_token_is_refused_for_its_credentials() -> None:
    played = query(2, {"message": "This endpoint requires you to be authenticated."}, status=401)
    assert played.cause == ("failed", CREDENTIALS)
    assert "requires you to be authenticated" in played.answer.problems[0].detail


def test_the_budget_leaves_a_reserve_and_knows_the_hour_without_a_token() -> None:
    assert SOURCE.budget.keep_reserve
    assert SOURCE.budget.hourly == 60


@pytest.mark.parametrize(
    ("created", "born"),
    [
        ("2012-02-25T23:30:00Z", date(2012, 2, 25)),
        ("2012-02-25T23:30:00-05:00", date(2012, 2, 26)),
        ("2999-01-01T00:00:00Z", None),
        (None, None),
        (7, None),
    ],
)
def test_a_query_tells_the_utc_day_of_creation_and_an_odd_one_costs_nothing_else(
    created: Any, born: date | None
) -> None:
    answer = query(1, graphql(node() | {"createdAt": created})).answer
    assert [(reading.value, reading.born) for reading in answer.readings] == [(7001, born)]
