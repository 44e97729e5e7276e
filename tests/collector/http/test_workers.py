"""Tests of many requests at once, with a fetcher that needs no network."""

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from collector.errors import CREDENTIALS, LIMIT, NOT_ASKED, TRANSIENT
from collector.http.client import Http
from collector.http.lane import AHEAD, SILENCE
from collector.http.limits import Budget
from collector.http.workers import collect
from collector.model import Answer, Artifact, Exchange, Failure, Reading, Request
from collector.sources import SOURCES
from collector.sources.protocol import Source, all_fail
from tests.collector.payloads import response

Fetch = Callable[[Request], Exchange]


def asked(number: int, source: str = "a", **more: Any) -> Request:
    return Request(source, f"https://{source}.example/{number}", (Artifact("docker", f"ns/{number}"),), **more)


def good(request: Request) -> Exchange:
    return Exchange(request, (response(request, {}),))


def down(request: Request) -> Exchange:
    return Exchange(request, (), Failure(TRANSIENT, "no connection"))


def read_one(request: Request, _response: object) -> Answer:
    return Answer((Reading(request.artifacts[0], 1),))


def source(name: str = "a", width: int = 2, read: Callable[..., Answer] = read_one) -> Source:
    budget = Budget(connections=width, unlimited_connections=3 * width)
    return replace(SOURCES["dockerhub"], name=name, service=name, budget=budget, read=read)


@dataclass
class Wire:
    """Stands where Http stands: answers by a function, and notes what was asked, by whom and how many at once."""

    fetched: Fetch = good
    asked: list[Request] = field(default_factory=list)
    most: int = 0
    _busy: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fetch(self, _source: Source, request: Request) -> Exchange:
        with self._lock:
            self.asked.append(request)
            self._busy += 1
            self.most = max(self.most, self._busy)
        try:
            return self.fetched(request)
        finally:
            with self._lock:
                self._busy -= 1


def run(
    requests: Iterable[Request] | dict[str, Iterable[Request]],
    wire: Wire,
    *sources: Source,
    paced: bool = True,
    patience: float = 0.0,
) -> Iterator[tuple[Exchange, Answer]]:
    plan = requests if isinstance(requests, dict) else {"a": requests}
    declared = {each.name: each for each in sources or (source(),)}
    return collect(plan, declared, cast("Http", wire), paced=paced, patience=patience)


def causes(got: Iterable[tuple[Exchange, Answer]]) -> list[str]:
    return [problem.cause for _, answer in got for problem in answer.problems]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()


def test_every_request_is_sent_once_and_comes_back_with_its_answer() -> None:
    requests = [asked(number) for number in range(50)]
    got = list(run(requests, wire := Wire()))
    assert sorted(e.request.url for e, _ in got) == sorted(r.url for r in requests) == sorted(r.url for r in wire.asked)
    assert all(answer.readings[0].artifact == exchange.request.artifacts[0] for exchange, answer in got)


def test_nothing_asked_is_nothing_done() -> None:
    assert list(run([], Wire())) == []
    assert list(run({}, Wire())) == []


def test_a_service_gets_as_many_requests_at_once_as_its_budget_says_and_no_more() -> None:
    """Each fetch waits until all that may run are running."""
    for paced, width in ((True, 2), (False, 6)):
        meeting = threading.Barrier(width)

        def fetched(request: Request, meeting: threading.Barrier = meeting) -> Exchange:
            meeting.wait(5)
            return good(request)

        wire = Wire(fetched)
        assert len(list(run([asked(n) for n in range(width * 5)], wire, paced=paced))) == width * 5
        assert wire.most == width


def test_sources_do_not_wait_for_one_another() -> None:
    b_is_done = threading.Event()

    def fetched(request: Request) -> Exchange:
        if request.source == "a":
            assert b_is_done.wait(5)
        return good(request)

    plan: dict[str, Iterable[Request]] = {"a": [asked(1)], "b": [asked(n, "b") for n in range(20)]}
    order = []
    for exchange, _ in run(plan, Wire(fetched), source("a"), source("b")):
        order.append(exchange.request.source)
        if len(order) == 20:
            b_is_done.set()
    assert order == ["b"] * 20 + ["a"]


def test_what_is_not_taken_is_not_asked_for_without_end() -> None:
    """Memory stays bounded however long the list is and however slow the taker."""
    drawn = []

    def endless() -> Iterator[Request]:
        while True:
            drawn.append(1)
            yield asked(len(drawn))

    got = run(endless(), Wire())
    for _ in range(10):
        next(got)
    assert len(drawn) <= 10 + AHEAD * 2
    cast("Any", got).close()


def test_the_others_wait_for_a_request_that_gives_the_context() -> None:
    release, wire = threading.Event(), Wire()

    def fetched(request: Request) -> Exchange:
        if request.context:
            assert release.wait(5)
            assert len(wire.asked) == 1
        return good(request)

    wire.fetched = fetched
    got = run([asked(0, context=True), *(asked(n) for n in range(1, 6))], wire)
    threading.Timer(0.02, release.set).start()
    first, _ = next(got)
    assert first.request.context
    assert len(list(got)) == 5


def test_a_context_that_was_redirected_is_waited_for_to_its_end() -> None:
    def read(request: Request, _response: object) -> Answer:
        if request.context and request.hops < 2:
            return Answer(follow_ups=(replace(request, hops=request.hops + 1),))
        return read_one(request, _response)

    wire = Wire()
    assert len(list(run([asked(0, context=True), *(asked(n) for n in range(1, 6))], wire, source(read=read)))) == 8
    assert [request.context for request in wire.asked] == [True] * 3 + [False] * 5


def test_a_context_without_an_answer_does_not_hold_the_others_back() -> None:
    wire = Wire(lambda request: down(request) if request.context else good(request))
    got = list(run([asked(0, context=True), asked(1), asked(2)], wire))
    assert causes(got) == [TRANSIENT]
    assert len(got) == 3


def test_what_follows_from_an_answer_is_asked_before_the_rest() -> None:
    def read(request: Request, _response: object) -> Answer:
        number = int(request.url.rpartition("/")[2])
        return Answer(follow_ups=(asked(100 + number), asked(200 + number))) if number < 3 else Answer()

    wire = Wire()
    list(run([asked(n) for n in range(8)], wire, source(width=1, read=read)))
    order = [int(request.url.rpartition("/")[2]) for request in wire.asked]
    assert max(order.index(number) for number in (100, 101, 102, 200, 201, 202)) < order.index(5)
    assert sorted(order) == sorted([*range(8), 100, 101, 102, 200, 201, 202])


# Ends


def test_an_answer_that_ends_the_source_leaves_every_other_request_reported_and_unsent() -> None:
    def read(request: Request, _response: object) -> Answer:
        return all_fail(request, CREDENTIALS, "HTTP 401: Bad credentials", halt=True)

    requests = [asked(n) for n in range(40)]
    got = list(run(requests, wire := Wire(), source(read=read)))
    assert {e.request.url for e, _ in got} == {r.url for r in requests}
    assert len(got) == 40
    assert len(wire.asked) <= AHEAD * 2, "what threads had begun to send"
    assert causes(got).count(NOT_ASKED) == 40 - len(wire.asked)
    unsent = [e for e, a in got if a.problems[0].cause == NOT_ASKED]
    assert {e.failure.detail for e in unsent if e.failure} == {"HTTP 401: Bad credentials"}


def test_the_end_of_one_source_is_not_that_of_another() -> None:
    def read(request: Request, _response: object) -> Answer:
        return all_fail(request, CREDENTIALS, "no", halt=True)

    plan: dict[str, Iterable[Request]] = {"a": [asked(n) for n in range(9)], "b": [asked(n, "b") for n in range(9)]}
    got = list(run(plan, Wire(), source("a", read=read), source("b")))
    assert len([e for e, a in got if a.readings]) == 9
    assert len(got) == 18


@pytest.mark.parametrize("cause", [LIMIT, NOT_ASKED])
def test_a_limit_that_cannot_be_waited_for_ends_the_source(cause: str) -> None:
    wire = Wire(lambda request: Exchange(request, (), Failure(cause, "used up")))
    got = list(run([asked(n) for n in range(30)], wire))
    assert len(got) == 30
    assert len(wire.asked) <= AHEAD * 2
    assert set(causes(got)) == {cause}, "what is left is left for the same reason"


def test_a_service_that_is_silent_is_given_up_and_the_reason_is_told() -> None:
    got = list(run([asked(n) for n in range(60)], wire := Wire(down)))
    assert len(got) == 60
    assert SILENCE <= len(wire.asked) <= SILENCE + AHEAD * 2
    assert got[-1][1].problems[0].detail == ("gave up after 5 requests in a row without an answer (no connection)")


def test_server_errors_are_silence_too_but_only_in_a_row() -> None:
    def fetched(request: Request) -> Exchange:
        number = int(request.url.rpartition("/")[2])
        return Exchange(request, (response(request, {}, status=200 if number % SILENCE == 0 else 500),))

    assert NOT_ASKED not in causes(run([asked(n) for n in range(60)], Wire(fetched), source(width=1)))
    wire = Wire(lambda request: Exchange(request, (response(request, {}, status=500),)))
    assert NOT_ASKED in causes(run([asked(n) for n in range(60)], wire))


@dataclass
class Outage:
    """Answers nothing from the start until a time; each request takes a second, of all together."""

    until: float
    status: int = 0
    now: float = 0.0

    def fetch(self, request: Request) -> Exchange:
        self.now += 1
        if self.now > self.until:
            return good(request)
        return Exchange(request, (response(request, {}, status=self.status),)) if self.status else down(request)

    def run(
        self, requests: Iterable[Request], patience: float, *, read: Callable[..., Answer] = read_one
    ) -> tuple[list[tuple[Exchange, Answer]], Wire]:
        wire = Wire(self.fetch)
        sources = {"a": source(read=read)}
        http = cast("Http", wire)
        return list(collect({"a": requests}, sources, http, patience=patience, monotonic=lambda: self.now)), wire


def read_or_fail(request: Request, answer: Any) -> Answer:
    return all_fail(request, TRANSIENT, "503") if answer.status == 503 else read_one(request, answer)


@pytest.mark.parametrize("status", [0, 503])
def test_an_outage_shorter_than_the_patience_costs_few_values(status: int) -> None:
    """What fails by itself looks the same at first; what comes after that is asked again when the service is back."""
    got, _ = Outage(until=30, status=status).run([asked(n) for n in range(60)], 50, read=read_or_fail)
    assert causes(got) == [TRANSIENT] * (SILENCE - 1)
    assert len([answer for _, answer in got if answer.readings]) == 60 - (SILENCE - 1)


def test_a_list_shorter_than_an_outage_is_asked_again_and_again() -> None:
    got, wire = Outage(until=30).run([asked(n) for n in range(8)], 50)
    assert causes(got) == [TRANSIENT] * (SILENCE - 1)
    assert len(wire.asked) == 30 + 8 - (SILENCE - 1)


def test_an_outage_longer_than_the_patience_ends_the_source_and_every_request_is_told_of_once() -> None:
    outage = Outage(until=1000)
    got, _ = outage.run([asked(n) for n in range(200)], 50)
    assert 50 <= outage.now <= 50 + AHEAD * 2
    told = [problem.artifact for _, answer in got for problem in answer.problems]
    assert len(told) == len(set(told)) == 200
    assert causes(got).count(NOT_ASKED) > 190


def test_a_silent_service_is_asked_one_thing_at_a_time() -> None:
    at_once = []

    def fetched(request: Request) -> Exchange:
        at_once.append(wire._busy)
        return down(request)

    wire, ticks = Wire(fetched), iter(range(1000))
    plan = {"a": [asked(n) for n in range(60)]}
    list(collect(plan, {"a": source(width=4)}, cast("Http", wire), patience=30, monotonic=lambda: next(ticks)))
    assert len(at_once) > 20
    assert set(at_once[SILENCE + 4 :]) == {1}


def test_what_will_not_pass_is_not_waited_for() -> None:
    wire = Wire(lambda request: Exchange(request, (), Failure("bad payload", "no certificates")))
    got = list(run([asked(n) for n in range(60)], wire, patience=1000))
    assert len(wire.asked) <= SILENCE + AHEAD * 2
    assert NOT_ASKED in causes(got)


def test_a_part_of_a_chain_is_not_asked_again() -> None:
    """Those who read the recording take a part that fails for the end of the chain."""
    got, wire = Outage(until=12).run([asked(n, carry="so far") for n in range(40)], 50)
    assert len(wire.asked) == 40
    assert len(causes(got)) == 12


def test_a_404_is_an_answer() -> None:
    wire = Wire(lambda request: Exchange(request, (response(request, {}, status=404),)))
    assert len(list(run([asked(n) for n in range(30)], wire))) == len(wire.asked) == 30


def wide(numbers: range) -> Request:
    return Request("a", "https://a.example/", tuple(Artifact("docker", f"ns/{n}") for n in numbers))


def halved(request: Request, answer: Any) -> Answer:
    if answer.status == 502 and len(request.artifacts) > 1:
        middle = len(request.artifacts) // 2
        halves = (request.artifacts[:middle], request.artifacts[middle:])
        return Answer(follow_ups=tuple(replace(request, artifacts=half) for half in halves))
    return all_fail(request, TRANSIENT, "502") if answer.status == 502 else read_one(request, answer)


def test_batches_that_are_too_big_are_halved_however_many_there_are_in_a_row() -> None:
    def fetched(request: Request) -> Exchange:
        return Exchange(request, (response(request, {}, status=502 if len(request.artifacts) > 4 else 200),))

    got = list(run([wide(range(n, n + 16)) for n in range(0, 320, 16)], Wire(fetched), source(read=halved)))
    assert causes(got) == []
    assert sum(len(e.request.artifacts) for e, a in got if a.readings) == 320


def test_a_service_that_fails_for_small_batches_as_for_large_ones_is_given_up_soon() -> None:
    wire = Wire(lambda request: Exchange(request, (response(request, {}, status=502),)))
    got = list(run([wide(range(n, n + 50)) for n in range(0, 1000, 50)], wire, source(read=halved)))
    assert len(wire.asked) < 80
    reported = {artifact.name for e, a in got if a.problems for artifact in e.request.artifacts}
    assert len(reported) == 1000


def test_when_the_taker_stops_the_threads_end() -> None:
    """Nothing is sent any more but what was on the way; the fixture sees the threads end."""
    got = run([asked(n) for n in range(100)], wire := Wire())
    next(got)
    cast("Any", got).close()
    assert len(wire.asked) <= AHEAD * 2 + 1


def test_when_the_end_is_asked_for_what_hangs_is_not_waited_for_long() -> None:
    """Every request is told of, the hanging ones too; what was answered meanwhile is taken."""
    stop, release, sent = threading.Event(), threading.Event(), threading.Semaphore(0)

    def fetched(request: Request) -> Exchange:
        if stop.is_set():
            return Exchange(request, (), Failure(NOT_ASKED, "the run was ended"))
        if request.url.endswith(("/2", "/3")):
            sent.release()
            release.wait(20)
        return good(request)

    def end() -> None:
        for _ in range(2):
            sent.acquire(timeout=5)
        stop.set()

    threading.Thread(target=end).start()
    plan = {"a": [asked(n) for n in range(40)]}
    ticks = itertools.count()
    got = list(collect(plan, {"a": source()}, cast("Http", Wire(fetched)), stop=stop, monotonic=lambda: next(ticks)))
    release.set()
    assert len(got) == len({exchange.request.url for exchange, _ in got}) == 40
    assert len([answer for _, answer in got if answer.readings]) == 2
    assert set(causes(got)) == {NOT_ASKED}
    assert {e.failure.detail for e, _ in got if e.failure} == {"the run was ended"}


def test_when_the_end_is_asked_for_what_is_soon_answered_is_taken() -> None:
    stop = threading.Event()
    stop.set()
    got = list(collect({"a": [asked(1), asked(2)]}, {"a": source()}, cast("Http", Wire()), stop=stop))
    assert len([answer for _, answer in got if answer.readings]) == 2


def test_a_fault_of_the_program_in_a_thread_is_raised_where_all_meets_and_hangs_nothing() -> None:
    def fetched(_request: Request) -> Exchange:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(run([asked(n) for n in range(9)], Wire(fetched)))


def test_a_body_that_is_not_as_documented_is_a_problem_and_the_rest_goes_on() -> None:
    def read(request: Request, _response: object) -> Answer:
        if request.url.endswith("/3"):
            raise KeyError("pull_count")
        return read_one(request, None)

    got = list(run([asked(n) for n in range(6)], Wire(), source(read=read)))
    assert causes(got) == ["bad payload"]
    assert len([a for _, a in got if a.readings]) == 5
