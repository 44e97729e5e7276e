"""Runs many requests at once over threads, each source in a lane of its own, and hands over answers as they come."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from queue import Empty, SimpleQueue

from collector.errors import LIMIT, NOT_ASKED, TRANSIENT
from collector.http.client import Http
from collector.http.lane import Lane, Silence
from collector.model import Answer, Exchange, Failure, Request
from collector.sources.protocol import Source, all_fail, read_answer

GRACE = 3.0
"""When the end is asked for, what is on the way has so many seconds to be answered: a hanging one takes far longer."""
_TICK = 0.2

_Done = tuple[Lane, int, tuple[Exchange, Answer] | BaseException]
"""What a thread hands back: an answer, or the fault of this program that would else end the thread in silence."""

_ENDING = frozenset({LIMIT, NOT_ASKED})
"""Failures of one request that end its source: the same would come of the next one."""


@dataclass(slots=True)
class _Grace:
    """The time that is left for what is on the way since the end was asked for."""

    stop: threading.Event
    monotonic: Callable[[], float]
    end: float = inf

    @property
    def is_over(self) -> bool:
        """Whether nothing is waited for any more."""
        if self.stop.is_set() and self.end == inf:
            self.end = self.monotonic() + GRACE
        return self.monotonic() >= self.end


def collect(
    requests: Mapping[str, Iterable[Request]],
    sources: Mapping[str, Source],
    http: Http,
    *,
    paced: bool = True,
    patience: float = 0.0,
    stop: threading.Event | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[tuple[Exchange, Answer]]:
    """Send every source's requests and yield each exchange with its answer, in the order of arrival.

    Follow-ups (next pages, halves, redirects) are sent before the rest. A source that must not or cannot be asked
    further ends with the requests not sent, each as an exchange that failed. At most AHEAD times a source's connections
    are on the way or waiting to be taken, so memory is bounded however long the lists are.

    A service that falls silent is waited for: for `patience` seconds it is asked one thing at a time, and what that
    left without an answer follows from itself, at the end. Once `stop` is set, which the fetching heeds by itself, what
    hangs is not waited for.
    """
    grace = _Grace(stop or threading.Event(), monotonic)
    done: SimpleQueue[_Done] = SimpleQueue()
    lanes = []
    for name, listed in requests.items():
        width = sources[name].budget.connections if paced else sources[name].budget.unlimited_connections
        lanes.append(Lane(sources[name], iter(listed), width, Silence(patience, monotonic)))
    try:
        for lane in lanes:
            _start(lane, http, done)
        for lane in lanes:
            _fill(lane)
        while any(lane.on_way for lane in lanes) and (came := _next_done(done, grace)) is not None:
            lane, number, got = came
            if isinstance(got, BaseException):
                raise got
            exchange, said = got
            del lane.on_way[number]
            answer = _settle(lane, exchange, said)
            _fill(lane)
            yield exchange, answer
        for lane in lanes:
            yield from _unsent(lane)
    finally:
        for lane in lanes:
            lane.halted = lane.halted or NOT_ASKED
            _close(lane)


def _start(lane: Lane, http: Http, done: "SimpleQueue[_Done]") -> None:
    for number in range(lane.width):
        # Daemons, so that a request that hangs cannot keep an ended program alive.
        name = f"{lane.source.name}-{number}"
        threading.Thread(target=_work, args=(lane, http, done), name=name, daemon=True).start()


def _next_done(done: "SimpleQueue[_Done]", grace: _Grace) -> _Done | None:
    """Wait for what a thread hands back next; None if there is no more time for that."""
    while True:
        try:
            return done.get(timeout=_TICK)
        except Empty:
            if grace.is_over:
                return None


def _work(lane: Lane, http: Http, done: "SimpleQueue[_Done]") -> None:
    while (sent := lane.todo.get()) is not None:
        number, request = sent
        try:
            exchange = http.fetch(lane.source, request)
            # Read here, for the thread where all meets is the one that the others wait for.
            done.put((lane, number, (exchange, _read(lane.source, exchange))))
        except BaseException as error:  # noqa: BLE001 - the outermost edge of a thread: raised again where all meets
            done.put((lane, number, error))


def _fill(lane: Lane) -> None:
    while len(lane.on_way) < lane.most and (request := lane.next()) is not None:
        lane.send(request)


def _settle(lane: Lane, exchange: Exchange, answer: Answer) -> Answer:
    """Draw from an exchange and what it says what the lane does next; return what of it is to be told."""
    if exchange.request.context:
        lane.holding = False
    # The newest first: of batches that are halved, one gets to the bottom of it before the others are tried.
    lane.follow_ups.extendleft(reversed(answer.follow_ups))
    if exchange.answer is not None and exchange.answer.status < 500:  # noqa: PLR2004
        lane.silence.count = 0
    elif not answer.follow_ups:
        answer = _unanswered(lane, exchange.request, answer)
    if answer.halt:
        lane.halted = lane.halted or answer.halt
        # What a limit leaves is left for later, whether it was sent or not.
        lane.cause = LIMIT if any(problem.cause == LIMIT for problem in answer.problems) else lane.cause
    if lane.halted or lane.silence.is_deep:
        lane.take_back()
    return answer


def _unanswered(lane: Lane, request: Request, answer: Answer) -> Answer:
    """Count on the silence of a source; give it up if that lasts, and before that ask once more what is lost by it."""
    lane.silence.go_on()
    if lane.halted or answer.halt or not lane.silence.is_deep:
        return answer
    passing = all(problem.cause == TRANSIENT for problem in answer.problems)
    if lane.silence.is_over_long or not passing:
        reason = "; ".join(problem.detail for problem in answer.problems[:1])
        lane.halted = f"gave up after {lane.silence.count} requests in a row without an answer ({reason})"
        return answer
    if request.context or request.carry:
        # A part of a chain that fails is the end of the chain, also for those who read it in the recording.
        return answer
    lane.again.append(request)
    return Answer(follow_ups=(request,))


def _read(source: Source, exchange: Exchange) -> Answer:
    if exchange.answer is not None:
        return read_answer(source, exchange.request, exchange.answer)
    failure = exchange.failure or Failure(NOT_ASKED, "never sent")
    return all_fail(exchange.request, failure.cause, failure.detail, halt=failure.cause in _ENDING)


def _unsent(lane: Lane) -> Iterator[tuple[Exchange, Answer]]:
    for request in lane.rest():
        why = lane.halted or "the run was ended"
        # Messages name the cause before the detail, which is this one's own unless a limit is the cause.
        detail = why if lane.cause == NOT_ASKED else f"{NOT_ASKED}: {why}"
        yield Exchange(request, failure=Failure(lane.cause, detail)), all_fail(request, lane.cause, detail)


def _close(lane: Lane) -> None:
    """Let the threads end, once what is on the way has come back."""
    lane.take_back()
    for _ in range(lane.width):
        lane.todo.put(None)
