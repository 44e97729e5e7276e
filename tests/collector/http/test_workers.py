"""Tests of many tasks at once, with a transport that needs no network."""

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from collector.errors import CREDENTIALS, LIMIT, NOT_ASKED, TOO_BIG, TRANSIENT, NoValue
from collector.http.workers import AHEAD, SILENCE, Told, collect
from collector.model import Answer, Artifact, Asking, Exchange, Failure, Reading, Recorded, Request, Response
from collector.sources import SOURCES
from collector.sources.protocol import Budget, How, Source, Task
from collector.sources.reading import attempt, get
from tests.collector.payloads import AT, response

Fetch = Callable[[Request], Exchange]
Ask = Callable[[Sequence[Artifact], How], Asking[Answer]]


def good(request: Request) -> Exchange:
    return Exchange(request, (response(request, {}),))


def status(code: int) -> Fetch:
    return lambda request: Exchange(request, (response(request, {}, status=code),))


def down(request: Request) -> Exchange:
    return Exchange(request, (), Failure(TRANSIENT, "no connection"))


def number_of(request: Request) -> int:
    return int(request.url.rpartition("/")[2])


def ask_one(artifacts: Sequence[Artifact], how: How) -> Asking[Answer]:
    """Ask for one thing at `BASE/NUMBER`."""
    yield from get(Request("GET", f"{how.base}/{artifacts[0].name}"))
    return Answer((Reading(artifacts[0], "dockerhub_pulls", 1),))


def source(name: str = "a", width: int = 2, ask: Ask = ask_one) -> Source:
    budget = Budget(connections=width, unlimited_connections=3 * width)
    return replace(SOURCES["dockerhub"], name=name, service=name, budget=budget, ask=ask)


def tasks(numbers: Iterable[int], of: Source | None = None) -> Iterator[Task]:
    of = of or source()
    for number in numbers:
        yield Task(of, (Artifact("docker", f"{number}"),), How(f"https://{of.name}.example"))


@dataclass
class Wire:
    """A transport that answers by a function, and notes what was asked and how many at once."""

    fetched: Fetch = good
    network: bool = True
    asked: list[Request] = field(default_factory=list)
    most: int = 0
    busy: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, _source: Source, request: Request) -> Exchange:
        with self._lock:
            self.asked.append(request)
            self.busy += 1
            self.most = max(self.most, self.busy)
        try:
            return self.fetched(request)
        finally:
            with self._lock:
                self.busy -= 1


def run(listed: Iterable[Task], wire: Wire, **more: Any) -> list[Told]:
    return list(collect({"a": listed}, wire, **more))


def causes(got: Iterable[Told]) -> list[str]:
    return [problem.cause for told in got for problem in told.answer.problems]


def values(got: Iterable[Told]) -> int:
    return sum(len(told.answer.readings) for told in got)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()


def test_every_task_is_asked_once_and_comes_back_with_its_answer() -> None:
    got = run(tasks(range(50)), wire := Wire())
    assert sorted(map(number_of, wire.asked)) == list(range(50))
    assert sorted(int(told.task.artifacts[0].name) for told in got) == list(range(50))
    assert all(told.answer.readings[0].artifact == told.task.artifacts[0] for told in got)


def test_nothing_asked_is_nothing_done() -> None:
    assert run([], Wire()) == []
    assert list(collect({}, Wire())) == []


def test_what_is_told_says_where_the_responses_are_kept_and_of_which_day_they_are() -> None:
    def fetched(request: Request) -> Exchange:
        kept = [
            Recorded(f"{request.url}-{day}", request.url, 200, datetime(2026, 4, day, tzinfo=UTC), 0, 9, "")
            for day in (26, 27)
        ]
        return replace(good(request), kept=tuple(kept))

    def ask(_artifacts: Sequence[Artifact], how: How) -> Asking[Answer]:
        yield Request("GET", f"{how.base}/1")
        yield Request("GET", f"{how.base}/2")
        return Answer()

    (told,) = run(tasks([7], source(ask=ask)), Wire(fetched))
    assert [kept.record for kept in told.kept] == ["https://a.example/1-27", "https://a.example/2-27"]
    assert told.day == datetime(2026, 4, 27, tzinfo=UTC).date()


def test_a_service_gets_as_many_requests_at_once_as_its_budget_says_and_no_more() -> None:
    """Each request waits until all that may run are running."""
    for paced, width in ((True, 2), (False, 6)):
        meeting = threading.Barrier(width)

        def fetched(request: Request, meeting: threading.Barrier = meeting) -> Exchange:
            meeting.wait(5)
            return good(request)

        wire = Wire(fetched)
        assert len(run(tasks(range(width * 5)), wire, paced=paced)) == width * 5
        assert wire.most == width


def test_sources_do_not_wait_for_one_another() -> None:
    b_is_done = threading.Event()

    def fetched(request: Request) -> Exchange:
        if "//a." in request.url:
            assert b_is_done.wait(5)
        return good(request)

    order = []
    for told in collect({"a": tasks([1]), "b": tasks(range(20), source("b"))}, Wire(fetched)):
        order.append(told.task.source.name)
        if len(order) == 20:
            b_is_done.set()
    assert order == ["b"] * 20 + ["a"]


def test_what_is_not_taken_is_not_asked_for_without_end() -> None:
    """Memory stays bounded however long the list is and however slow the taker."""
    wire = Wire()
    got = collect({"a": tasks(itertools.count())}, wire)
    for _ in range(10):
        next(got)
    cast("Any", got).close()
    assert len(wire.asked) <= 10 + (AHEAD + 1) * 2 + 1


# Requests that several tasks share


def ask_shared(artifacts: Sequence[Artifact], how: How) -> Asking[Answer]:
    try:
        yield from get(Request("GET", f"{how.base}/all", shared=True))
        warnings: tuple[str, ...] = ()
    except NoValue as error:
        warnings = (error.detail,)
    return (yield from ask_one(artifacts, how)) + Answer(warnings=warnings)


def test_a_shared_request_is_sent_once_and_all_wait_for_it() -> None:
    release = threading.Event()

    def fetched(request: Request) -> Exchange:
        if request.shared:
            assert release.wait(5)
        return replace(good(request), kept=(Recorded(request.url, request.url, 200, AT, 0, 9, ""),))

    wire = Wire(fetched)
    threading.Timer(0.02, release.set).start()
    got = run(tasks(range(9), source(ask=ask_shared)), wire)
    assert [request.shared for request in wire.asked] == [True] + [False] * 9
    assert values(got) == 9
    records = [kept.record for told in got for kept in told.kept]
    assert len(records) == len(set(records)) == 10, "each response is told of once"


def test_a_shared_request_without_an_answer_is_not_repeated() -> None:
    wire = Wire(lambda request: down(request) if request.shared else good(request))
    got = run(tasks(range(9), source(ask=ask_shared)), wire)
    assert len(wire.asked) == 10
    assert {told.answer.warnings for told in got} == {("no connection",)}


def test_a_shared_request_that_breaks_the_program_hangs_nobody() -> None:
    def fetched(_request: Request) -> Exchange:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(tasks(range(9), source(ask=ask_shared)), Wire(fetched))


# Ends


def test_an_answer_that_ends_the_source_leaves_every_other_task_reported_and_unsent() -> None:
    got = run(tasks(range(40)), wire := Wire(status(401)))
    assert len({told.task.artifacts for told in got}) == len(got) == 40
    assert len(wire.asked) <= 4, "what threads had begun to send"
    assert set(causes(got)) == {CREDENTIALS}
    assert {p.detail for told in got for p in told.answer.problems} == {"HTTP 401"}


def test_the_end_of_one_source_is_not_that_of_another() -> None:
    wire = Wire(lambda request: (status(401) if "//a." in request.url else good)(request))
    got = list(collect({"a": tasks(range(9)), "b": tasks(range(9), source("b"))}, wire))
    assert (values(got), len(got)) == (9, 18)


def test_a_source_that_has_ended_sends_no_further_request_of_a_task_begun() -> None:
    def ask(artifacts: Sequence[Artifact], how: How) -> Asking[Answer]:
        answer = Answer()
        for number in range(5):
            answer += yield from attempt(artifacts, ask_one([Artifact("docker", f"{number}")], how))
        return answer

    def fetched(request: Request) -> Exchange:
        return Exchange(request, (), Failure("bad payload", "no certificates"))

    run(tasks(range(4), source(ask=ask, width=1)), wire := Wire(fetched))
    assert len(wire.asked) == SILENCE


@pytest.mark.parametrize("cause", [LIMIT, NOT_ASKED])
def test_a_limit_that_cannot_be_waited_for_ends_the_source(cause: str) -> None:
    wire = Wire(lambda request: Exchange(request, (), Failure(cause, "used up")))
    got = run(tasks(range(30)), wire)
    assert len(got) == 30
    assert len(wire.asked) <= 4
    assert set(causes(got)) == {cause}, "what is left is left for the same reason"


@pytest.mark.parametrize("code", [401, 429, 500])
def test_a_recording_ends_for_nothing(code: int) -> None:
    """It answers no better or worse for what it said before."""
    wire = Wire(lambda request: (status(code) if number_of(request) % 2 else good)(request), network=False)
    assert values(run(tasks(range(40)), wire)) == 20
    assert (len(wire.asked), wire.most) == (40, 1)


def test_a_service_that_is_silent_is_given_up_and_the_reason_is_told() -> None:
    got = run(tasks(range(60)), wire := Wire(down))
    assert len(got) == 60
    assert SILENCE <= len(wire.asked) <= SILENCE + 2
    assert got[-1].answer.problems[0].detail == "gave up after 5 requests in a row without an answer (no connection)"


def test_server_errors_are_silence_too_but_only_in_a_row() -> None:
    wire = Wire(lambda request: (good if number_of(request) % SILENCE == 0 else status(500))(request))
    assert NOT_ASKED not in causes(run(tasks(range(60), source(width=1)), wire))
    assert NOT_ASKED in causes(run(tasks(range(60)), Wire(status(500))))


@dataclass
class Outage:
    """Answers nothing from the start until a time; each request takes a second, of all together."""

    until: float
    code: int = 0
    now: float = 0.0

    def fetch(self, request: Request) -> Exchange:
        self.now += 1
        if self.now > self.until:
            return good(request)
        return status(self.code)(request) if self.code else down(request)

    def run(self, listed: Iterable[Task], patience: float) -> tuple[list[Told], Wire]:
        wire = Wire(self.fetch)
        return run(listed, wire, patience=patience, monotonic=lambda: self.now), wire


@pytest.mark.parametrize("code", [0, 503])
def test_an_outage_shorter_than_the_patience_costs_few_values(code: int) -> None:
    """What fails by itself looks the same at first; what comes after that is asked again when the service is back."""
    got, _ = Outage(until=30, code=code).run(tasks(range(60)), 50)
    assert len(got) == 60
    assert set(causes(got)) == {TRANSIENT}
    assert len(causes(got)) <= SILENCE - 1


def test_a_list_shorter_than_an_outage_is_asked_again_and_again() -> None:
    got, wire = Outage(until=30).run(tasks(range(8)), 50)
    assert len(got) == 8
    assert len(wire.asked) == 30 + values(got)


def test_an_outage_longer_than_the_patience_ends_the_source_and_every_task_is_told_of_once() -> None:
    outage = Outage(until=1000)
    got, _ = outage.run(tasks(range(200)), 50)
    assert 50 <= outage.now <= 54
    told = [problem.artifact for one in got for problem in one.answer.problems]
    assert len(told) == len(set(told)) == 200
    assert causes(got).count(NOT_ASKED) > 190


def test_a_silent_service_is_asked_one_thing_at_a_time() -> None:
    at_once: list[int] = []

    def fetched(request: Request) -> Exchange:
        at_once.append(wire.busy)
        return down(request)

    wire, ticks = Wire(fetched), iter(range(1000))
    run(tasks(range(60), source(width=4)), wire, patience=60, monotonic=lambda: next(ticks))
    assert len(at_once) > 20
    assert set(at_once[SILENCE + 4 :]) == {1}


def test_what_will_not_pass_is_not_waited_for() -> None:
    wire = Wire(lambda request: Exchange(request, (), Failure("bad payload", "no certificates")))
    got = run(tasks(range(60)), wire, patience=1000)
    assert len(wire.asked) <= SILENCE + 2
    assert NOT_ASKED in causes(got)


def test_a_task_that_had_an_answer_before_the_silence_is_not_asked_again() -> None:
    """What was answered is not sent again; the task has failed for this time."""

    def ask(artifacts: Sequence[Artifact], how: How) -> Asking[Answer]:
        yield from get(Request("GET", f"{how.base}/first"))
        return (yield from ask_one(artifacts, how))

    wire = Wire(lambda request: good(request) if request.url.endswith("first") else down(request))
    got = run(tasks(range(9), source(ask=ask, width=1)), wire, patience=50)
    assert (len(wire.asked), causes(got)) == (18, [TRANSIENT] * 9)


def test_a_404_is_an_answer() -> None:
    wire = Wire(status(404))
    assert len(run(tasks(range(30)), wire)) == len(wire.asked) == 30


def halving(artifacts: Sequence[Artifact], how: How) -> Asking[Answer]:
    try:
        yield from get(Request("GET", f"{how.base}/{len(artifacts)}"), too_big)
        return Answer(tuple(Reading(one, "dockerhub_pulls", 1) for one in artifacts))
    except NoValue as error:
        if error.cause != TOO_BIG:
            raise
    middle = len(artifacts) // 2
    first = yield from attempt(artifacts[:middle], halving(artifacts[:middle], how))
    return first + (yield from attempt(artifacts[middle:], halving(artifacts[middle:], how)))


def too_big(request: Request, answer: Response) -> NoValue | None:
    if answer.status != 502:
        return None
    return NoValue(TRANSIENT if number_of(request) == 1 else TOO_BIG, "HTTP 502")


def batches(size: int, count: int) -> Iterator[Task]:
    of = replace(source(ask=halving), refusal=too_big)
    for start in range(0, size * count, size):
        names = range(start, start + size)
        yield Task(of, tuple(Artifact("docker", f"ns/{n}") for n in names), How("https://a.example"))


def test_batches_that_are_too_big_are_halved_however_many_there_are_in_a_row() -> None:
    wire = Wire(lambda request: (status(502) if number_of(request) > 4 else good)(request))
    got = run(batches(16, 20), wire)
    assert (causes(got), values(got)) == ([], 320)


def test_a_service_that_fails_for_small_batches_as_for_large_ones_is_given_up_soon() -> None:
    wire = Wire(status(502))
    got = run(batches(50, 20), wire)
    assert len(wire.asked) < 80
    assert len({problem.artifact for told in got for problem in told.answer.problems}) == 1000


def test_when_the_taker_stops_the_threads_end() -> None:
    """Nothing is sent any more but what was on the way; the fixture sees the threads end."""
    got = collect({"a": tasks(range(100))}, wire := Wire())
    next(got)
    cast("Any", got).close()
    assert len(wire.asked) <= 1 + (AHEAD + 1) * 2 + 1


def test_when_the_end_is_asked_for_what_hangs_is_not_waited_for_long() -> None:
    """Every task is told of, the hanging ones too; what was answered meanwhile is taken."""
    stop, release, sent = threading.Event(), threading.Event(), threading.Semaphore(0)

    def fetched(request: Request) -> Exchange:
        if request.url.endswith(("/2", "/3")):
            sent.release()
            release.wait(20)
        return good(request)

    def end() -> None:
        for _ in range(2):
            sent.acquire(timeout=5)
        stop.set()

    threading.Thread(target=end).start()
    ticks = itertools.count()
    got = run(tasks(range(40)), Wire(fetched), stop=stop, monotonic=lambda: next(ticks))
    release.set()
    assert len(got) == len({told.task.artifacts for told in got}) == 40
    assert values(got) == 2
    assert {p.detail for told in got for p in told.answer.problems} == {"the run was ended"}


def test_when_the_end_is_asked_for_what_is_soon_answered_is_taken_and_nothing_more_is_asked() -> None:
    stop = threading.Event()

    def fetched(request: Request) -> Exchange:
        stop.set()
        return good(request)

    got = run(tasks(range(9), source(width=1)), wire := Wire(fetched), stop=stop)
    assert (values(got), len(wire.asked), len(got)) == (1, 1, 9)


def test_a_fault_of_the_program_in_a_thread_is_raised_where_all_meets_and_hangs_nothing() -> None:
    def fetched(_request: Request) -> Exchange:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(tasks(range(9)), Wire(fetched))


def test_a_body_that_is_not_as_documented_is_a_problem_and_the_rest_goes_on() -> None:
    def ask(artifacts: Sequence[Artifact], how: How) -> Asking[Answer]:
        if artifacts[0].name == "3":
            raise KeyError("pull_count")
        return (yield from ask_one(artifacts, how))

    got = run(tasks(range(6), source(ask=ask)), Wire())
    assert causes(got) == ["bad payload"]
    assert values(got) == 5
