"""Tests of the GitHub source."""

import json
from datetime import date
from typing import Any

import pytest

from collector.errors import BAD_PAYLOAD, BAD_REQUEST, CREDENTIALS, GONE, LIMIT, REFUSED, TOO_BIG, TRANSIENT
from collector.model import Answer, Artifact, ETag, Mark, Reading, Request
from collector.sources.github import ALIASES, SOURCE
from collector.sources.protocol import Ask, Verdict, read_answer
from tests.collector.payloads import graphql, graphql_error, node, repository, response

BASE = "https://api.github.com"
URL = f"{BASE}/repos/ns/one"
MARK = 'W/"5f3a"'


def repositories(count: int) -> tuple[Artifact, ...]:
    return tuple(Artifact("github", f"ns/r{number}") for number in range(count))


def query(count: int) -> Request:
    (request,) = SOURCE.requests(repositories(count), Ask(BASE, authenticated=True))
    return request


def rest(said: str = "") -> Request:
    marks = {URL: (Mark(URL, "", ETag(MARK, said)),)} if said else {}
    (request,) = SOURCE.requests([Artifact("github", "ns/one")], Ask(BASE, marks=marks))
    return request


def read(request: Request, body: Any = None, **more: Any) -> Answer:
    return read_answer(SOURCE, request, response(request, body, **more))


def verdict(request: Request, body: Any = None, **more: Any) -> Verdict:
    return SOURCE.verdict(request, response(request, body, **more))


def causes(answer: Answer) -> list[tuple[str, str, str]]:
    return [(problem.artifact.name, problem.state, problem.cause) for problem in answer.problems]


# What is asked


@pytest.mark.parametrize(("count", "queries"), [(0, 0), (1, 1), (50, 1), (51, 2), (1000, 20)])
def test_with_a_token_fifty_repositories_go_into_one_query(count: int, queries: int) -> None:
    artifacts = repositories(count)
    requests = list(SOURCE.requests(artifacts, Ask(BASE, authenticated=True)))
    assert len(requests) == queries
    assert tuple(artifact for request in requests for artifact in request.artifacts) == artifacts
    assert {(r.method, r.url, r.bucket) for r in requests} <= {("POST", f"{BASE}/graphql", "graphql")}
    assert SOURCE.batch == ALIASES == 50


def test_names_travel_as_variables_and_never_in_the_text_of_the_query() -> None:
    artifacts = (Artifact("github", "o-1/n.1"), Artifact("github", 'o"2/n}2'))
    (request,) = SOURCE.requests(artifacts, Ask(BASE, authenticated=True))
    body = json.loads(request.body)
    assert body["variables"] == {"o0": "o-1", "n0": "n.1", "o1": 'o"2', "n1": "n}2"}
    for part in ("o-1", "n.1", 'o"2', "n}2", "stargazers {"):
        assert part not in body["query"]
    for part in ("r1: repository(owner: $o1, name: $n1)", "$n1: String!", "databaseId", "stargazerCount"):
        assert part in body["query"]


def test_without_a_token_each_repository_is_a_request() -> None:
    requests = list(SOURCE.requests(repositories(3), Ask(f"{BASE}/mirror")))
    assert [r.url for r in requests] == [f"{BASE}/mirror/repos/ns/r{number}" for number in range(3)]
    assert {(r.method, r.body, r.bucket) for r in requests} == {("GET", b"", "core")}


# REST


def test_a_repository_has_its_stars_its_number_and_the_name_it_answers_to() -> None:
    answer = read(rest(), repository("ns/one", 7001, 31))
    born = date(2012, 2, 25)
    assert answer == Answer((Reading(Artifact("github", "ns/one"), 7001, "31", "ns/one", born),))


def test_a_repository_without_a_star_has_none() -> None:
    assert read(rest(), repository(stars=0)).readings[0].value == 0


def test_a_renamed_repository_says_its_new_name_after_the_redirect() -> None:
    moved = {"message": "Moved Permanently", "url": f"{BASE}/repositories/31"}
    (follow_up,) = read(rest(), moved, status=301, headers={"location": f"{BASE}/repositories/31"}).follow_ups
    (reading,) = read(follow_up, repository("new/name", 7001, 31)).readings
    assert (reading.artifact.name, reading.called, reading.number) == ("ns/one", "new/name", "31")


def test_without_a_token_a_repository_that_has_not_changed_is_told_by_its_etag() -> None:
    whole = read(rest(), repository("ns/one", 7001, 31), headers={"etag": MARK})
    (said,) = (etag.said for etag in whole.etags.values())
    assert whole.etags == {URL: ETag(MARK, said)}
    conditional = rest(said)
    assert [mark.etag.text for mark in conditional.marks] == [MARK]
    assert read(conditional, status=304, raw=b"", headers={"etag": MARK}) == whole
    assert read(conditional, status=304, raw=b"").readings == whole.readings
    assert read(conditional, repository(stars=7002)).readings[0].value == 7002, "it has changed"


def test_a_304_to_what_was_not_asked_conditionally_is_no_answer() -> None:
    assert causes(read(rest(), status=304, raw=b"")) == [("ns/one", "failed", BAD_PAYLOAD)]
    said = read(rest(), repository(), headers={"etag": MARK}).etags[URL].said
    (moved,) = read(rest(said), status=301, headers={"location": f"{BASE}/repositories/31"}).follow_ups
    assert causes(read(moved, status=304, raw=b"")) == [("ns/one", "failed", BAD_PAYLOAD)]
    assert read(moved, repository(), headers={"etag": MARK}).etags == {}, "its address is another one's next time"
    for damaged in ("{", "[]", '{"stargazers_count": -1}'):
        assert causes(read(rest(damaged), status=304, raw=b"")) == [("ns/one", "failed", BAD_PAYLOAD)]


@pytest.mark.parametrize("odd", ["", "5f3a", '"a\nb"', 'W/"' + "x" * 300 + '"'])
def test_of_an_answer_without_a_usable_etag_or_a_value_none_is_kept(odd: str) -> None:
    assert read(rest(), repository(), headers={"etag": odd}).etags == {}
    assert read(rest(), repository(stars=-1), headers={"etag": MARK}).etags == {}
    endless = repository() | {"created_at": "x" * 10_000}
    assert read(rest(), endless, headers={"etag": MARK}).etags == {}, "the ledger is not to keep all that"


def test_with_a_token_no_etag_is_asked_for() -> None:
    assert SOURCE.marked("ns/one", Ask(BASE, authenticated=True)) == ""
    assert SOURCE.marked("ns/one", Ask(BASE)) == URL


@pytest.mark.parametrize("name", ["one", "a/b/c", "ns/", "/one", "ns/o ne", "ns/one\n", "<b>/x", "ns/\ud800", ""])
def test_a_name_that_no_repository_can_have_is_a_bad_payload(name: str) -> None:
    answer = read(rest(), repository() | {"full_name": name})
    assert causes(answer) == [("ns/one", "failed", BAD_PAYLOAD)]


SPENT = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1777266000"}
BLOCKED = {"message": "Repository access blocked", "block": {"reason": "tos", "html_url": "https://github.com/tos"}}


@pytest.mark.parametrize(
    ("status", "body", "headers", "expected"),
    [
        (404, {"message": "Not Found", "status": "404"}, {}, ("missing", GONE, Verdict.FINAL)),
        (451, BLOCKED, {}, ("missing", GONE, Verdict.FINAL)),
        (403, BLOCKED, {}, ("missing", GONE, Verdict.FINAL)),
        (403, {"message": "API rate limit exceeded for 1.2.3.4."}, {}, ("failed", LIMIT, Verdict.LIMITED)),
        (403, {"message": "Sorry"}, {"x-ratelimit-remaining": "0"}, ("failed", LIMIT, Verdict.LIMITED)),
        (403, {"message": "Sorry"}, SPENT, ("failed", LIMIT, Verdict.SPENT)),
        (429, {"message": "API rate limit exceeded for x."}, SPENT, ("failed", LIMIT, Verdict.SPENT)),
        (403, {"message": "Sorry"}, SPENT | {"retry-after": "60"}, ("failed", LIMIT, Verdict.LIMITED)),
        (403, {"message": "You have exceeded a secondary rate limit."}, SPENT, ("failed", LIMIT, Verdict.LIMITED)),
        (403, {"message": "Sorry"}, {"retry-after": "60"}, ("failed", LIMIT, Verdict.LIMITED)),
        (403, {"message": "You have exceeded a secondary rate limit."}, {}, ("failed", LIMIT, Verdict.LIMITED)),
        (403, {"message": "You have triggered an abuse detection mechanism."}, {}, ("failed", LIMIT, Verdict.LIMITED)),
        (
            403,
            {"message": "Resource not accessible by personal access token"},
            {},
            ("failed", CREDENTIALS, Verdict.FINAL),
        ),
        (403, {"message": "Resource protected by SAML"}, {"x-github-sso": "x"}, ("failed", REFUSED, Verdict.FINAL)),
        (403, {"message": "Sorry"}, {"x-ratelimit-remaining": "17"}, ("failed", REFUSED, Verdict.FINAL)),
        (422, {"message": "Validation Failed", "errors": []}, {}, ("failed", BAD_REQUEST, Verdict.FINAL)),
        (502, {"message": "Server Error"}, {}, ("failed", TRANSIENT, Verdict.TRANSIENT)),
    ],
)
def test_each_refusal_has_its_cause(
    status: int, body: dict[str, Any], headers: dict[str, str], expected: tuple[str, str, Verdict]
) -> None:
    request = rest()
    ((_, state, cause),) = causes(read(request, body, status=status, headers=headers))
    assert (state, cause, verdict(request, body, status=status, headers=headers)) == expected


def test_a_refusal_in_plain_text_is_told_as_it_is() -> None:
    answer = read(rest(), raw=b"Missing or invalid User Agent string.\n", status=403)
    assert answer.problems[0].detail == "HTTP 403: Missing or invalid User Agent string."


def test_an_answer_with_nothing_remaining_is_still_good() -> None:
    headers = {"x-ratelimit-remaining": "0"}
    assert read(rest(), repository(), headers=headers).readings
    assert verdict(rest(), repository(), headers=headers) is Verdict.FINAL


# GraphQL


def test_of_a_query_each_alias_is_read_for_itself() -> None:
    errors = [
        graphql_error("NOT_FOUND", "r1", "Could not resolve to a Repository with the name 'ns/r1'."),
        graphql_error("FORBIDDEN", "r2", "blocked"),
        graphql_error("SURPRISE", "r4"),
        {"type": "NOT_FOUND", "path": ["r5", "issues"], "message": "below the alias"},
    ]
    body = graphql(node("ns/r0", 1, 11), None, None, None, None, node("ns/r5", 6, 16), errors=errors)
    answer = read(query(7), body)
    assert [(r.artifact.name, r.value, r.number) for r in answer.readings] == [("ns/r0", 1, "11"), ("ns/r5", 6, "16")]
    assert causes(answer) == [
        ("ns/r1", "missing", GONE),
        ("ns/r2", "failed", REFUSED),
        ("ns/r3", "failed", BAD_PAYLOAD),
        ("ns/r4", "failed", BAD_PAYLOAD),
        ("ns/r6", "failed", BAD_PAYLOAD),
    ]


def test_a_query_that_was_too_heavy_is_split_for_what_it_left_out() -> None:
    errors = [graphql_error("RESOURCE_LIMITS_EXCEEDED", f"r{number}") for number in range(2, 7)]
    answer = read(query(7), graphql(node("ns/r0"), node("ns/r1"), *[None] * 5, errors=errors))
    assert [reading.artifact.name for reading in answer.readings] == ["ns/r0", "ns/r1"]
    assert answer.problems == ()
    assert [[a.name for a in r.artifacts] for r in answer.follow_ups] == [
        ["ns/r2", "ns/r3", "ns/r4"],
        ["ns/r5", "ns/r6"],
    ]
    for request in answer.follow_ups:
        assert request == query_of(request.artifacts)


def query_of(artifacts: tuple[Artifact, ...]) -> Request:
    (request,) = SOURCE.requests(artifacts, Ask(BASE, authenticated=True))
    return request


WHOLE_TOO_BIG = (
    {"errors": [graphql_error("RESOURCE_LIMITS_EXCEEDED")]},
    {"data": None, "errors": [graphql_error("RESOURCE_LIMITS_EXCEEDED", "r0")]},
)


@pytest.mark.parametrize("body", WHOLE_TOO_BIG)
def test_a_query_without_any_data_for_its_weight_is_split(body: dict[str, Any]) -> None:
    answer = read(query(50), body)
    assert [len(request.artifacts) for request in answer.follow_ups] == [25, 25]
    assert answer.problems == ()


@pytest.mark.parametrize("status", [502, 504])
def test_a_query_that_took_too_long_is_split_and_never_repeated_unchanged(status: int) -> None:
    request = query(3)
    assert verdict(request, raw=b"<html>", status=status) is Verdict.FINAL
    assert [len(half.artifacts) for half in read(request, raw=b"<html>", status=status).follow_ups] == [2, 1]


def test_splitting_comes_to_its_end_at_a_single_repository() -> None:
    request = query(1)
    error = graphql(None, errors=[graphql_error("RESOURCE_LIMITS_EXCEEDED", "r0")])
    assert causes(read(request, error)) == [("ns/r0", "failed", TOO_BIG)]
    assert verdict(request, raw=b"<html>", status=502) is Verdict.TRANSIENT
    assert causes(read(request, raw=b"<html>", status=502)) == [("ns/r0", "failed", TRANSIENT)]


PRIMARY = (
    {"errors": [graphql_error("RATE_LIMITED", text="API rate limit exceeded for user ID 1.")]},
    {"errors": [{"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": "API rate limit already exceeded"}]},
    {"data": None, "errors": [{"type": "RATE_LIMITED", "message": "no"}]},
)
SECONDARY = (
    {"errors": [{"message": "You have exceeded a secondary rate limit."}]},
    {"errors": [{"type": "RATE_LIMITED", "message": "You have exceeded a secondary rate limit."}]},
    {"message": "You have exceeded a secondary rate limit. Please wait.", "documentation_url": "https://x.example"},
)


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        *((body, {}, Verdict.SPENT) for body in PRIMARY),
        *((body, {"retry-after": "60"}, Verdict.LIMITED) for body in PRIMARY),
        *((body, {}, Verdict.LIMITED) for body in SECONDARY),
        *((body, SPENT, Verdict.LIMITED) for body in SECONDARY),
        ({"errors": [{"message": "API rate limit exceeded"}]}, {}, Verdict.LIMITED),
        ({"errors": [{"message": "API rate limit exceeded"}]}, SPENT, Verdict.SPENT),
    ],
)
def test_a_limit_that_comes_with_status_200_is_one_of_the_account_or_of_the_service(
    body: dict[str, Any], headers: dict[str, str], expected: Verdict
) -> None:
    request = query(2)
    assert verdict(request, body, headers=headers) is expected
    answer = read(request, body)
    assert causes(answer) == [("ns/r0", "failed", LIMIT), ("ns/r1", "failed", LIMIT)]
    assert answer.halt


def test_data_that_came_with_a_limit_is_good_and_the_refusal_will_come_with_the_next() -> None:
    body = graphql(node("ns/r0"), None, errors=[graphql_error("RATE_LIMITED", "r1")])
    assert verdict(query(2), body) is Verdict.FINAL
    answer = read(query(2), body)
    assert len(answer.readings) == 1
    assert causes(answer) == [("ns/r1", "failed", LIMIT)]


def test_a_wrong_query_is_our_fault_and_what_is_neither_data_nor_error_is_theirs() -> None:
    undefined = {
        "path": ["query", "nope"],
        "extensions": {"code": "undefinedField"},
        "message": "Field 'nope' doesn't exist",
    }
    answer = read(query(1), {"errors": [undefined]})
    assert causes(answer) == [("ns/r0", "failed", BAD_REQUEST)]
    assert "Field 'nope'" in answer.problems[0].detail
    assert not answer.halt
    empty: list[dict[str, Any]] = [{}, {"data": None}, {"data": []}, {"data": None, "errors": []}, {"errors": [7]}]
    for body in empty:
        assert causes(read(query(1), body)) == [("ns/r0", "failed", BAD_PAYLOAD)]


@pytest.mark.parametrize(
    ("status", "body"), [(404, {"message": "Not Found"}), (410, {}), (451, BLOCKED), (403, BLOCKED)]
)
def test_a_404_of_the_query_itself_does_not_say_that_any_repository_is_gone(status: int, body: dict[str, Any]) -> None:
    answer = read(query(2), body, status=status)
    assert causes(answer) == [("ns/r0", "failed", REFUSED), ("ns/r1", "failed", REFUSED)]


def test_a_query_without_a_token_is_refused_for_its_credentials() -> None:
    answer = read(query(2), {"message": "This endpoint requires you to be authenticated."}, status=401)
    assert {cause for _, _, cause in causes(answer)} == {CREDENTIALS}
    assert "requires you to be authenticated" in answer.halt


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
    answer = read(query(1), graphql(node() | {"createdAt": created}))
    assert [(reading.value, reading.born) for reading in answer.readings] == [(7001, born)]
    assert b"createdAt" in query(1).body
