"""What holds for every source in the registry: whatever a service sends, a typed problem or a number that it sent."""

import dataclasses
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector import errors
from collector.model import Answer, Artifact, Request, Response, Window
from collector.sources import SOURCES
from collector.sources.protocol import MOST_HOPS, Ask, Verdict, read_answer
from tests.collector.payloads import (
    TODAY,
    clickhouse,
    graphql,
    image,
    node,
    overall,
    page,
    repository,
    response,
    star_weeks,
)

BASE = "https://mirror.example/base"
CAUSES = {value for name, value in vars(errors).items() if name.isupper()}
GITHUB = tuple(Artifact("github", name) for name in ("ns/one", "ns/two", "ns/three"))
PYPI = (Artifact("pypi", "kfp"),)
DOCKER = (Artifact("docker", "ns/app"),)
TWO_PACKAGES = (Artifact("pypi", "kfp"), Artifact("pypi", "metaflow"))
LIST = (Artifact("docker", "ns/*"), Artifact("docker", "ns/app"))


@dataclass(frozen=True)
class Shape:
    """A kind of request that a source sends, and a good answer to it; `own` are numbers that its reader may add."""

    source: str
    artifacts: tuple[Artifact, ...]
    good: Any
    authenticated: bool = False
    nth: int = 0
    turn: Callable[[Request], Request] = lambda request: request
    window: Window | None = None
    own: frozenset[int] = frozenset()

    @property
    def ask(self) -> Ask:
        return Ask(BASE, self.authenticated, self.window)

    @property
    def request(self) -> Request:
        asked = list(SOURCES[self.source].requests(self.artifacts, self.ask))
        return self.turn(asked[self.nth])

    def read(self, answer: Response) -> Answer:
        return read_answer(SOURCES[self.source], self.request, answer)


def old_path(request: Request) -> Request:
    """Return the request that follows where the documented path is gone."""
    (follow_up,) = read_answer(SOURCES["dockerhub"], request, response(request, raw=b"gone", status=404)).follow_ups
    return follow_up


def second_page(request: Request) -> Request:
    """Return the request that follows a first page."""
    first = page(image("ns/first", 88), total=3, following="https://hub.docker.com/v2/x?page=2&page_size=100")
    (follow_up,) = read_answer(SOURCES["dockerhub"], request, response(request, first)).follow_ups
    return follow_up


def stars_page(request: Request) -> Request:
    """Return the request for the newest page of a repository's past."""
    first = response(request, repository(stars=ANCHOR))
    (follow_up,) = read_answer(SOURCES["github-history"], request, first).follow_ups
    return follow_up


ANCHOR = 7001
STAR_WEEKS = star_weeks({TODAY - timedelta(days=back): 40 + back for back in range(9)})
DAYS = [TODAY - timedelta(days=back) for back in range(10, 0, -1)]
DOWNLOADS = clickhouse(
    {
        name: {day: first + index for index, day in enumerate(DAYS)}
        for name, first in (("kfp", 5000), ("metaflow", 6000), ("pip", 7000))
    }
)
PAST = Window(TODAY - timedelta(days=3), TODAY)
ZEROS = frozenset({0})
THREE_NODES = graphql(node("ns/one", 7001, 31), node("ns/two", 7002, 32), node("ns/three", 7003, 33))
TWO_IMAGES = page(image("ns/app", 231874), image("ns/other", 501))
SHAPES = {
    "github REST": Shape("github", GITHUB[:1], repository()),
    "github GraphQL": Shape("github", GITHUB, THREE_NODES, authenticated=True),
    "github GraphQL of one": Shape("github", GITHUB[:1], graphql(node()), authenticated=True),
    "github-history": Shape("github-history", GITHUB[:1], repository()),
    "github-history page": Shape("github-history", GITHUB[:1], STAR_WEEKS, turn=stars_page),
    "pypistats all": Shape("pypistats", PYPI, overall("__all__")),
    "pypistats package": Shape("pypistats", PYPI, overall(), nth=1),
    "clickpy": Shape("clickpy", TWO_PACKAGES, DOWNLOADS, own=ZEROS),
    "clickpy past": Shape("clickpy", TWO_PACKAGES, DOWNLOADS, window=PAST, own=ZEROS),
    "dockerhub image": Shape("dockerhub", DOCKER, image()),
    "dockerhub image, old path": Shape("dockerhub", DOCKER, image(), turn=old_path),
    "dockerhub list": Shape("dockerhub", LIST, TWO_IMAGES),
    "dockerhub list, old path": Shape("dockerhub", LIST, TWO_IMAGES, turn=old_path),
    "dockerhub second page": Shape("dockerhub", LIST, TWO_IMAGES | {"count": 3}, turn=second_page),
}
every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())


def values(answer: Answer) -> list[int]:
    """Return the numbers of an answer; of counts of the past by how much each differs from that of the day after."""
    found = [r.value for r in answer.readings] + [n for d in answer.daily for n in d.counts.values()]
    for past in answer.past:
        counts = [ANCHOR, *(past.counts[day] for day in sorted(past.counts, reverse=True))]
        found += [later - earlier for later, earlier in itertools.pairwise(counts)]
    return found


def is_settled(shape: Shape, answer: Answer) -> bool:
    """Tell whether each artifact asked for has a value, a typed problem or a request that goes on."""
    for problem in answer.problems:
        assert problem.state in {"missing", "failed"}
        assert problem.cause in CAUSES
        assert problem.detail
        assert problem.detail.isprintable()
        assert len(problem.detail) < 400
    for request in answer.follow_ups:
        assert request.url.startswith("https://mirror.example/")
    settled = {problem.artifact for problem in answer.problems} | {reading.artifact for reading in answer.readings}
    settled |= {daily.artifact for daily in answer.daily} | set(answer.listed)
    settled |= {past.artifact for past in answer.past}
    settled |= {artifact for request in answer.follow_ups for artifact in request.artifacts}
    return settled >= set(shape.request.artifacts)


def is_refused(shape: Shape, answer: Answer) -> bool:
    """Tell whether nothing of a response was taken for a number."""
    return values(answer) == [] and not answer.listed and is_settled(shape, answer)


def test_every_source_has_shapes_here_for_all_it_sends() -> None:
    """A new source is not done before its requests stand in SHAPES."""
    for name, source in SOURCES.items():
        own = [shape for shape in SHAPES.values() if shape.source == name]
        assert own, f"{name} has no shapes"
        for authenticated in (False, True):
            wanted = tuple(dict.fromkeys(artifact for shape in own for artifact in shape.artifacts))
            for request in source.requests(wanted, Ask(BASE, authenticated)):
                kinds = {(shape.request.method, shape.request.bucket, shape.request.context) for shape in own}
                assert (request.method, request.bucket, request.context) in kinds


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_a_source_declares_itself_whole_and_asks_only_under_its_base(source: Any) -> None:
    assert source.name in SOURCES
    assert source.base.startswith("https://")
    assert not source.base.endswith("/")
    assert source.budget.rates
    assert source.definition
    shapes = [shape for shape in SHAPES.values() if shape.source == source.name]
    for shape in shapes:
        for request in source.requests(shape.artifacts, shape.ask):
            assert request.url.startswith(f"{BASE}/")
            assert request.source == source.name
    assert list(source.requests([], Ask(BASE))) == []


@every_shape
def test_a_good_answer_is_read_whole(shape: Shape) -> None:
    answer = shape.read(response(shape.request, shape.good))
    assert values(answer)
    assert not answer.problems
    assert is_settled(shape, answer)


RUBBISH = {
    "empty": b"",
    "blank": b" \n ",
    "null": b"null",
    "true": b"true",
    "number": b"404",
    "text": b'"7001"',
    "empty list": b"[]",
    "list of numbers": b"[7001, 7002]",
    "empty object": b"{}",
    "HTML": b"<!DOCTYPE html><html><body><h1>7001</h1></body></html>",
    "plain text": b"Too Many Requests (HAP429).\n",
    "deep": b"[" * 100_000,
    "deep object": b'{"data":' * 100_000,
    "no UTF-8": b'{"data": "\xff\xfe"}',
    "long number": b'{"data": ' + b"9" * 10_000 + b"}",
    "zeros": b"\0" * 100,
    "data null": b'{"data": null}',
    "data a list": b'{"data": [1, 2], "results": 5, "count": 1}',
    "data an object": b'{"data": {"last_day": 7001}, "results": {}, "count": 1, "package": "kfp"}',
    "errors a text": b'{"errors": "no"}',
    "errors odd": b'{"errors": [null, 7, {"type": [], "path": {}, "message": {"a": 1}}, {"path": [[]]}]}',
    "type odd": b'{"type": {}, "message": 7001}',
    "results odd": b'{"count": 3, "next": null, "results": [null, 7, "a", [], {}]}',
    "rows odd": b'{"data": [null, 7, "a", []], "package": "kfp"}',
}


@every_shape
@pytest.mark.parametrize("body", RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_is_a_typed_problem_and_never_a_number(shape: Shape, body: bytes) -> None:
    answer = response(shape.request, raw=body)
    assert is_refused(shape, shape.read(answer))
    assert isinstance(SOURCES[shape.source].verdict(shape.request, answer), Verdict)


STATUSES: tuple[int, ...] = (
    100,
    201,
    202,
    204,
    206,
    300,
    304,
    400,
    401,
    402,
    403,
    404,
    405,
    406,
    407,
    408,
    409,
    410,
    418,
    421,
    422,
)
STATUSES += (425, 429, 431, 451, 500, 501, 502, 503, 504, 505, 520, 524, 599)


@every_shape
def test_a_status_other_than_200_is_never_read_for_numbers_though_the_body_be_good(shape: Shape) -> None:
    for status in STATUSES:
        assert is_refused(shape, shape.read(response(shape.request, shape.good, status=status))), status


@every_shape
def test_no_pair_of_status_and_body_raises(shape: Shape) -> None:
    request = shape.request
    for status, body in itertools.product(STATUSES, RUBBISH.values()):
        answer = response(request, raw=body, status=status)
        assert is_refused(shape, read_answer(SOURCES[shape.source], request, answer)), (status, body)
        assert isinstance(SOURCES[shape.source].verdict(request, answer), Verdict)


def causes(answer: Answer) -> set[tuple[str, str]]:
    return {(problem.state, problem.cause) for problem in answer.problems}


@every_shape
def test_a_wrong_token_ends_the_source(shape: Shape) -> None:
    answer = shape.read(response(shape.request, {"message": "Bad credentials"}, status=401))
    assert causes(answer) == {("failed", errors.CREDENTIALS)}
    assert answer.halt


LIMITS = {
    "plain": ({}, b""),
    "seconds": ({"retry-after": "60"}, b'{"message": "slow down"}'),
    "html": ({}, b'<a href="/api/#etiquette">429 RATE LIMIT EXCEEDED</a>'),
    "text": ({"retry-after": "60"}, b"Too Many Requests (HAP429).\n"),
    "spent": ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1777266000"}, b"{}"),
}


@every_shape
@pytest.mark.parametrize(("headers", "body"), LIMITS.values(), ids=LIMITS.keys())
def test_a_429_of_any_kind_is_waited_for_and_then_ends_the_source(
    shape: Shape, headers: dict[str, str], body: bytes
) -> None:
    answer = response(shape.request, raw=body, status=429, headers=headers)
    assert SOURCES[shape.source].verdict(shape.request, answer) in {Verdict.LIMITED, Verdict.SPENT}
    assert causes(shape.read(answer)) == {("failed", errors.LIMIT)}
    assert shape.read(answer).halt


@every_shape
@pytest.mark.parametrize("status", [500, 503, 520])
def test_a_server_error_is_a_passing_fault_and_neither_missing_nor_the_end_of_the_source(
    shape: Shape, status: int
) -> None:
    answer = response(shape.request, raw=b"<html>", status=status)
    assert SOURCES[shape.source].verdict(shape.request, answer) is Verdict.TRANSIENT
    assert causes(shape.read(answer)) == {("failed", errors.TRANSIENT)}
    assert not shape.read(answer).halt


REDIRECTS = (301, 302, 303, 307, 308)
ELSEWHERE = (
    "https://evil.example/base/x",
    "//evil.example/base/x",
    "http://mirror.example/base/x",
    "https://mirror.example:8443/base/x",
    "https://user:password@mirror.example/base/x",
    "https://mirror.example@evil.example/",
    "https://mirror.example\\@evil.example/",
    "https://mirror.example.evil.example/",
    "ftp://mirror.example/base/x",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://[",
    "",
)


@every_shape
@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_redirect_away_from_the_service_is_refused(shape: Shape, target: str) -> None:
    for status in REDIRECTS:
        answer = shape.read(response(shape.request, shape.good, status=status, headers={"location": target}))
        assert is_refused(shape, answer)
        assert answer.follow_ups == ()


@every_shape
def test_a_redirect_without_a_target_or_to_itself_is_refused(shape: Shape) -> None:
    request = shape.request
    for status, target in itertools.product(REDIRECTS, ("", request.url)):
        headers = {"location": target} if target else {}
        answer = shape.read(response(request, shape.good, status=status, headers=headers))
        assert is_refused(shape, answer)
        assert answer.follow_ups == ()


@every_shape
@pytest.mark.parametrize(
    "target", ["/base/repositories/31", "https://mirror.example/base/repositories/31", "other?a=1"]
)
def test_a_redirect_within_the_service_is_a_request_of_its_own(shape: Shape, target: str) -> None:
    answer = shape.read(response(shape.request, status=301, headers={"location": target}))
    (follow_up,) = answer.follow_ups
    assert values(answer) == []
    assert follow_up.hops == shape.request.hops + 1
    assert dataclasses.replace(follow_up, url=shape.request.url, hops=shape.request.hops) == shape.request


@every_shape
def test_redirects_in_a_circle_come_to_an_end(shape: Shape) -> None:
    todo, sent = [shape.request], 0
    while todo:
        request = todo.pop()
        sent += 1
        location = {"location": f"/base/{sent % 2}/{request.url.rpartition('/base/')[2]}"}
        answer = read_answer(SOURCES[shape.source], request, response(request, status=302, headers=location))
        todo.extend(answer.follow_ups)
    assert sent == MOST_HOPS + 1
    assert causes(answer) == {("failed", errors.REFUSED)}


def test_a_path_that_is_gone_and_redirects_back_from_the_old_one_come_to_an_end() -> None:
    shape = SHAPES["dockerhub list"]
    todo, sent = [shape.request], 0
    while todo:
        request = todo.pop()
        sent += 1
        documented = "/v2/namespaces/" in request.url
        headers = {} if documented else {"location": shape.request.url}
        answer = response(request, raw=b"gone", status=404 if documented else 301, headers=headers)
        todo.extend(read_answer(SOURCES["dockerhub"], request, answer).follow_ups)
    assert sent <= 2 * (MOST_HOPS + 1)


# Numbers


def leaves(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield every scalar of a payload with the way to it."""
    members = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else None
    if members is None:
        yield path, body
    else:
        for key, member in members:
            yield from leaves(member, (*path, key))


def numbers(body: Any) -> set[int]:
    """Return all counts that stand in a payload, as numbers or as digits."""
    found = [leaf for _, leaf in leaves(body) if not isinstance(leaf, bool)]
    digits = {int(leaf) for leaf in found if isinstance(leaf, str) and leaf.isascii() and leaf.isdigit()}
    return digits | {int(leaf) for leaf in found if isinstance(leaf, int | float) and leaf == leaf // 1}


def put(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of a payload with another value in one place."""
    if not path:
        return value
    copy = body.copy()
    copy[path[0]] = put(body[path[0]], path[1:], value)
    return copy


NOT_A_COUNT = {
    "text": "many",
    "digits and more": "12k",
    "number with a sign": "+12",
    "foreign digits": "١٢",
    "empty text": "",
    "null": None,
    "negative": -1,
    "negative digits": "-1",
    "too large": 2**70,
    "too many digits": str(2**70),
    "fraction": 12.5,
    "fraction as text": "12.5",
    "huge fraction": 1e300,
    "true": True,
    "false": False,
    "NaN": float("nan"),
    "infinite": float("inf"),
    "minus infinite": float("-inf"),
    "list": [7001],
    "object": {"count": 7001},
}
not_a_count = pytest.mark.parametrize("wrong", NOT_A_COUNT.values(), ids=NOT_A_COUNT.keys())


@every_shape
@not_a_count
def test_each_number_in_turn_that_is_none_makes_a_problem_or_was_not_needed(shape: Shape, wrong: Any) -> None:
    good = values(shape.read(response(shape.request, shape.good)))
    lost = 0
    for path, number in leaves(shape.good):
        if isinstance(number, int) and not isinstance(number, bool):
            answer = shape.read(response(shape.request, put(shape.good, path, wrong)))
            assert is_settled(shape, answer)
            assert set(values(answer)) <= set(good), "a number that the service did not send"
            assert len(values(answer)) == len(good) or answer.problems
            lost += len(values(answer)) < len(good)
    assert lost >= len(good), "each value hangs on at least one number"


@every_shape
def test_digits_and_whole_fractions_are_the_numbers_they_say(shape: Shape) -> None:
    good = sorted(values(shape.read(response(shape.request, shape.good))))
    for turn in (str, float):
        body = shape.good
        for path, number in leaves(shape.good):
            if isinstance(number, int) and not isinstance(number, bool):
                body = put(body, path, turn(number))
        assert sorted(values(shape.read(response(shape.request, body)))) == good


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["r0", "next", "ns/one"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def branches(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every part of a payload, the whole included."""
    yield path
    members = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, member in members:
        yield from branches(member, (*path, key))


@every_shape
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_payload_changed_anywhere_never_raises_and_never_brings_a_number_of_its_own(
    shape: Shape, data: st.DataObject
) -> None:
    body: Any = shape.good
    for _ in range(data.draw(st.integers(1, 3))):
        body = put(body, data.draw(st.sampled_from(list(branches(body)))), data.draw(ANYTHING))
    status = data.draw(st.sampled_from([200, 200, 200, 403, 404, 502]))
    sent = response(shape.request, body, status=status)
    answer = shape.read(sent)
    assert is_settled(shape, answer)
    assert set(values(answer)) <= numbers(body) | shape.own
    assert all(reading.called.isprintable() for reading in answer.readings)
    assert isinstance(SOURCES[shape.source].verdict(shape.request, sent), Verdict)


@every_shape
def test_a_body_cut_off_anywhere_is_never_a_number(shape: Shape) -> None:
    whole = json.dumps(shape.good).encode()
    for length in range(0, len(whole), 7):
        assert is_refused(shape, shape.read(response(shape.request, raw=whole[:length])))


def deep(levels: int) -> bytes:
    return b"[" * levels + b"1" + b"]" * levels


@every_shape
def test_a_depth_just_below_what_the_parser_bears_raises_nowhere(shape: Shape) -> None:
    """What can be parsed may still be too deep to be shown in a message."""
    text = json.dumps(shape.good)
    for _, leaf in leaves(shape.good):
        for levels in (300, 700, 800, 850, 900, 950):
            body = text.replace(json.dumps(leaf), deep(levels).decode(), 1).encode()
            answer = response(shape.request, raw=body)
            assert is_settled(shape, shape.read(answer))
            SOURCES[shape.source].verdict(shape.request, answer)
