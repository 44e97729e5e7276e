"""What holds for every source: whatever a service sends, a typed problem or a number that it sent. For tests.

A package that brings a source tests it in a few lines:

    CASE = Case(SOURCE, [Artifact("npm", "react")], answer={"/downloads/": {"downloads": [...]}})

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_conformance(check):
        check(CASE)
"""

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

from collector import errors
from collector.errors import CREDENTIALS, GONE, HOLE, LIMIT, REFUSED, TOO_BIG, TRANSIENT, NoValue
from collector.model import Answer, Artifact, Request, Response
from collector.sources.protocol import How, Source
from collector.sources.reading import MOST_HOPS, attempt

BASE = "https://mirror.example/base"
AT = datetime(2026, 4, 27, 5, 0, 0, tzinfo=UTC)
"""When all responses arrive: a Monday."""
CAUSES = frozenset(value for name, value in vars(errors).items() if name.isupper() and isinstance(value, str))
_MOST_REQUESTS = 300

Point: TypeAlias = tuple[Artifact, str, date | None, int]
"""A number of an answer: the artifact, the metric, the day if it is not the response's own, and the value."""


Reply: TypeAlias = Callable[[Request], Response]


def reply(
    body: Any = None, *, raw: bytes | None = None, status: int = 200, headers: Mapping[str, str] | None = None
) -> Reply:
    """Return what answers any request with a body given as data, or as bytes."""
    content = raw if raw is not None else json.dumps(body).encode()
    named = {"content-type": "application/json"} | dict(headers or {})
    return lambda request: Response(request.url, status, named, content, AT)


@dataclass(frozen=True)
class Case:
    """A task, and the JSON that the service answers well: a function of the request, or bodies by a part of its URL."""

    source: Source
    artifacts: Sequence[Artifact]
    answer: Mapping[str, Any] | Callable[[Request], Any]
    how: How = field(default_factory=lambda: How(BASE))

    def good(self, request: Request) -> Response:
        """Return the good response to a request."""
        if callable(self.answer):
            body = self.answer(request)
        else:
            body = next(body for part, body in self.answer.items() if part in request.url)
        return reply(body)(request)

    def play(self, *, nth: int = -1, answer: Reply | NoValue | None = None) -> "Played":
        """Let the source ask; its `nth` request gets another answer, NoValue for none at all, the others good ones."""
        asking = attempt(self.artifacts, self.source.ask(self.artifacts, self.how))
        requests: list[Request] = []
        try:
            request = next(asking)
            while True:
                requests.append(request)
                assert len(requests) < _MOST_REQUESTS, "it asks without end"
                other = answer if len(requests) - 1 == nth else None
                got = other if isinstance(other, NoValue) else other(request) if other else self.good(request)
                request = asking.throw(got) if isinstance(got, NoValue) else asking.send(got)
        except StopIteration as done:
            return Played(done.value, tuple(requests))

    @property
    def turns(self) -> range:
        """The requests of the good conversation, by their place in it."""
        return range(len(self.play().requests))


@dataclass(frozen=True)
class Played:
    """What came of a conversation."""

    answer: Answer
    requests: tuple[Request, ...]

    @property
    def points(self) -> set[Point]:
        """Every number in the answer."""
        answer = self.answer
        found = {(one.artifact, one.metric, None, one.value) for one in answer.readings}
        days = {(one.artifact, one.metric, *each) for one in answer.daily for each in one.counts.items()}
        return found | days | {(one.artifact, one.metric, *each) for one in answer.past for each in one.counts.items()}

    @property
    def causes(self) -> set[str]:
        """The causes of all problems."""
        return {problem.cause for problem in self.answer.problems}


def a_source_declares_itself_whole(case: Case) -> None:
    """Its name, its base URL, its limits, and each metric with a label, a unit and a definition."""
    source = case.source
    assert re.fullmatch(r"[a-z0-9-]+", source.name)
    assert re.fullmatch(r"[a-z0-9_]+", source.service), "its base URL is TALLYBOOK_<SERVICE>_URL"
    assert source.base.startswith("https://")
    assert not source.base.endswith("/")
    assert source.budget.rates, "a service that nobody limits is asked too fast"
    for measure in source.measures:
        assert re.fullmatch(r"[a-z0-9_]+", measure.metric.key)
        assert all((measure.metric.label, measure.definition))


def a_task_asks_for_each_artifact_once(case: Case) -> None:
    """The tasks have every artifact that was given, and no other; of none there is no task."""
    tasks = list(case.source.tasks(case.artifacts, case.how))
    assert sorted(one for task in tasks for one in task.artifacts) == sorted(case.artifacts)
    assert list(case.source.tasks([], case.how)) == []


def a_good_answer_is_read_whole(case: Case) -> None:
    """There are numbers of every artifact, of the metrics asked for, and no problem; only the service is asked."""
    played = case.play()
    assert not played.answer.problems, played.answer.problems
    assert {metric for _, metric, _, _ in played.points} == set(case.source.asked(case.how))
    _check(case, played)
    assert all(request.url.startswith(f"{case.how.base}/") for request in played.requests)


def rubbish_is_a_typed_problem_and_never_a_number(case: Case) -> None:
    """Empty bodies, HTML, JSON of another shape, depth, broken UTF-8."""
    for nth, body in itertools.product(case.turns, RUBBISH):
        _told(case, nth, reply(raw=body))


def a_status_other_than_200_is_never_read_for_numbers(case: Case) -> None:
    """Be the body good or rubbish."""
    for nth, status in itertools.product(case.turns, STATUSES):
        for body in (_good_body(case, nth), *RUBBISH[:6]):
            _told(case, nth, reply(raw=body, status=status))


def a_404_is_told_and_is_no_zero(case: Case) -> None:
    """It is missing, or where the address serves all artifacts, refused."""
    for nth in case.turns:
        assert _told(case, nth, reply({"message": "Not Found"}, status=404)).causes <= {GONE, REFUSED, TRANSIENT}


def a_limit_is_waited_for_and_then_ends_the_source(case: Case) -> None:
    """In whatever shape the 429 comes."""
    for nth, (headers, body) in itertools.product(case.turns, LIMITS):
        limited = reply(raw=body, status=429, headers=headers)
        assert _judged(case, nth, limited) == LIMIT
        assert LIMIT in _told(case, nth, limited).causes


def a_refused_token_ends_the_source(case: Case) -> None:
    """A 401 is a matter of credentials."""
    for nth in case.turns:
        assert CREDENTIALS in _told(case, nth, reply({"message": "Bad credentials"}, status=401)).causes


def a_server_error_is_a_passing_fault(case: Case) -> None:
    """So it is asked again, or in smaller parts, and is nothing that the service says of an artifact."""
    for nth, status in itertools.product(case.turns, (500, 502, 503, 504, 520)):
        failing = reply(raw=b"<html>", status=status)
        assert _judged(case, nth, failing) in {TRANSIENT, TOO_BIG}
        assert all(problem.state == "failed" for problem in _told(case, nth, failing).answer.problems)


def a_request_without_an_answer_is_a_problem_of_its_cause(case: Case) -> None:
    """A lost connection, or a limit before the request was sent."""
    for nth, cause in itertools.product(case.turns, (TRANSIENT, LIMIT)):
        causes = _told(case, nth, NoValue(cause, "no connection")).causes
        assert causes <= {cause, *({HOLE} if case.source.shared else ())}


def a_redirect_away_from_the_service_is_refused(case: Case) -> None:
    """Or to nowhere."""
    for nth, target in itertools.product(case.turns, ELSEWHERE):
        played = _told(case, nth, reply(status=301, headers={"location": target}))
        assert all(request.url.startswith(f"{case.how.base}/") for request in played.requests)


def a_redirect_within_the_service_is_followed_as_a_request_of_its_own(case: Case) -> None:
    """And ends at some time, if it goes in a circle."""
    for nth in case.turns:
        target = f"{case.how.base}/moved"
        requests = case.play(nth=nth, answer=reply(status=301, headers={"location": target})).requests
        assert requests[nth + 1] == replace(requests[nth], url=target)
    circling = _Circling(case.source, case.artifacts, case.answer, case.how).play()
    assert not circling.points
    assert len(circling.requests) <= (MOST_HOPS + 1) * (1 + case.source.shared)


def a_number_that_is_none_makes_a_problem_or_was_not_needed(case: Case) -> None:
    """Each number of a good answer in turn: as text, with a sign, negative, too large, a fraction, null, a list."""
    good = case.play().points
    for nth in case.turns:
        body = json.loads(_good_body(case, nth))
        ways = [way for way, leaf in leaves(body) if isinstance(leaf, int) and not isinstance(leaf, bool)]
        for way, wrong in itertools.product(ways, NOT_A_COUNT):
            played = case.play(nth=nth, answer=reply(put(body, way, wrong)))
            _check(case, played)
            assert played.points <= good, "a number that the service did not send"
            told = played.answer.problems or played.answer.warnings
            assert len(played.points) == len(good) or told


def a_body_cut_off_anywhere_is_never_a_number(case: Case) -> None:
    """As by a proxy that ends an answer early."""
    for nth in case.turns:
        whole = _good_body(case, nth)
        for length in range(0, len(whole), max(1, len(whole) // 50)):
            _told(case, nth, reply(raw=whole[:length]))


CHECKS: tuple[Callable[[Case], None], ...] = (
    a_source_declares_itself_whole,
    a_task_asks_for_each_artifact_once,
    a_good_answer_is_read_whole,
    rubbish_is_a_typed_problem_and_never_a_number,
    a_status_other_than_200_is_never_read_for_numbers,
    a_404_is_told_and_is_no_zero,
    a_limit_is_waited_for_and_then_ends_the_source,
    a_refused_token_ends_the_source,
    a_server_error_is_a_passing_fault,
    a_request_without_an_answer_is_a_problem_of_its_cause,
    a_redirect_away_from_the_service_is_refused,
    a_redirect_within_the_service_is_followed_as_a_request_of_its_own,
    a_number_that_is_none_makes_a_problem_or_was_not_needed,
    a_body_cut_off_anywhere_is_never_a_number,
)

RUBBISH: tuple[bytes, ...] = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b"<!DOCTYPE html><html><body><h1>987654321</h1></body></html>",
    b"987654321",
    b" \n ",
    b"true",
    b'"987654321"',
    b"[987654321, 987654322]",
    b"Too Many Requests (HAP429).\n",
    b"[" * 100_000,
    b'{"data":' * 100_000,
    b'{"data": "\xff\xfe"}',
    b'{"data": ' + b"9" * 10_000 + b"}",
    b"\0" * 100,
    b'{"data": null}',
    b'{"data": [1, 2], "results": 5, "count": 1}',
    b'{"data": {"last_day": 987654321}, "results": {}, "count": 1, "package": "kfp"}',
    b'{"errors": "no"}',
    b'{"errors": [null, 7, {"type": [], "path": {}, "message": {"a": 1}}, {"path": [[]]}]}',
    b'{"type": {}, "message": 987654321}',
    b'{"count": 3, "next": null, "results": [null, 7, "a", [], {}]}',
    b'{"data": [null, 7, "a", []], "package": "kfp"}',
)
STATUSES = (
    *(100, 201, 202, 204, 206, 300, 304, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 418, 421, 422, 425),
    *(429, 431, 451, 500, 501, 502, 503, 504, 505, 520, 524, 599),
)
LIMITS: tuple[tuple[Mapping[str, str], bytes], ...] = (
    ({}, b""),
    ({"retry-after": "60"}, b'{"message": "slow down"}'),
    ({}, b'<a href="/api/#etiquette">429 RATE LIMIT EXCEEDED</a>'),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1777266000"}, b"{}"),
)
ELSEWHERE = (
    "https://evil.example/base/x",
    "//evil.example/base/x",
    "http://mirror.example/base/x",
    "https://mirror.example:8443/base/x",
    "https://user:password@mirror.example/base/x",
    "https://mirror.example@evil.example/",
    "https://mirror.example\\@evil.example/",
    "https://mirror.example.evil.example/",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://[",
    "",
)
NOT_A_COUNT: tuple[Any, ...] = (
    *("many", "12k", "+12", "١٢", "", "-1", "12.5", str(2**70)),
    *(None, -1, 2**70, 12.5, 1e300, True, False, float("nan"), float("inf"), [987654321], {"count": 987654321}),
)


def leaves(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield every scalar of a payload with the way to it."""
    members = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else None
    if members is None:
        yield path, body
    else:
        for key, member in members:
            yield from leaves(member, (*path, key))


def put(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of a payload with another value in one place."""
    if not path:
        return value
    copy = body.copy()
    copy[path[0]] = put(body[path[0]], path[1:], value)
    return copy


def _check(case: Case, played: Played) -> None:
    """Check that every artifact has a value or a typed problem, in words that can be printed."""
    for problem in played.answer.problems:
        assert problem.state in {"missing", "failed"}
        assert problem.cause in CAUSES
        assert problem.detail.isprintable()
        assert 0 < len(problem.detail) < 400  # noqa: PLR2004
    settled = {artifact for artifact, _, _, _ in played.points} | {
        problem.artifact for problem in played.answer.problems
    }
    assert settled | set(played.answer.listed) >= set(case.artifacts)


def _told(case: Case, nth: int, answer: Reply | NoValue) -> Played:
    """Play with another answer, check that it brought no number and was told of; return what came of it."""
    whole, played = case.play(), case.play(nth=nth, answer=answer)
    _check(case, played)
    assert played.points <= whole.points, "a number that the service did not send"
    asked_again = len(played.requests) > len(whole.requests)
    assert asked_again or played.answer.problems or played.answer.warnings
    return played


def _judged(case: Case, nth: int, answer: Reply) -> str:
    """Return why a response is no answer to a request, "" if it is one."""
    request = case.play().requests[nth]
    refused = case.source.refusal(request, answer(request))
    return refused.cause if refused is not None else ""


def _good_body(case: Case, nth: int) -> bytes:
    return case.good(case.play().requests[nth]).body


class _Circling(Case):
    """A service that redirects every request to another address of its own."""

    def good(self, request: Request) -> Response:
        number = request.url.removeprefix(f"{self.how.base}/")
        further = int(number) + 1 if number.isdigit() else 0
        return reply(status=301, headers={"location": f"{self.how.base}/{further}"})(request)
