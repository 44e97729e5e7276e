"""Runs many requests at once over threads, each source in a lane of its own, and hands over answers as they come."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from collector.errors import LIMIT, NOT_ASKED
from collector.http import Http
from collector.model import Answer, Exchange, Failure, Request
from collector.source import Source, all_fail, read_answer

SILENCE = 5
"""After so many requests in a row without an answer, a source is not asked further in this run."""

AHEAD = 4
"""So many times a source's connections are on the way or answered: what takes the answers in now and then pauses."""

_Done = tuple["_Lane", tuple[Exchange, Answer] | BaseException]
"""What a thread hands back: an answer, or the fault of this program that would else end the thread in silence."""

_ENDING = frozenset({LIMIT, NOT_ASKED})
"""Failures of one request that end its source: the same would come of the next one."""


@dataclass(slots=True)
class _Lane:
    """One source's requests: those to come, the follow-ups before them, and how many are on the way."""

    source: Source
    requests: Iterator[Request]
    width: int
    todo: "SimpleQueue[Request | None]" = field(default_factory=SimpleQueue)
    follow_ups: deque[Request] = field(default_factory=deque)
    in_flight: int = 0
    holding: bool = False
    silent: int = 0
    halted: str = ""
    cause: str = NOT_ASKED

    def next(self) -> Request | None:
        """Return the next request to send now, if there is one and none must be waited for."""
        if self.holding or self.halted:
            return None
        request = self.follow_ups.popleft() if self.follow_ups else next(self.requests, None)
        self.holding = request is not None and request.context
        return request

    def rest(self) -> Iterator[Request]:
        """Yield all that will not be sent any more."""
        yield from self.follow_ups
        self.follow_ups.clear()
        yield from self.requests


def collect(
    requests: Mapping[str, Iterable[Request]],
    sources: Mapping[str, Source],
    http: Http,
    *,
    paced: bool = True,
) -> Iterator[tuple[Exchange, Answer]]:
    """Send every source's requests and yield each exchange with its answer, in the order of arrival.

    Follow-ups (next pages, halves, redirects) are sent before the rest. A source that must not or cannot be asked
    further ends with the requests not sent, each as an exchange that failed. At most AHEAD times a source's connections
    are on the way or waiting to be taken, so memory is bounded however long the lists are.
    """
    done: SimpleQueue[_Done] = SimpleQueue()
    lanes = [_open_lane(sources[name], iter(listed), http, done, paced=paced) for name, listed in requests.items()]
    try:
        for lane in lanes:
            _fill(lane)
        while any(lane.in_flight for lane in lanes):
            lane, got = done.get()
            if isinstance(got, BaseException):
                raise got
            exchange, answer = got
            _settle(lane, exchange, answer)
            _fill(lane)
            yield exchange, answer
        for lane in lanes:
            yield from _unsent(lane)
    finally:
        for lane in lanes:
            lane.halted = lane.halted or NOT_ASKED
            _close(lane)


def _open_lane(
    source: Source, requests: Iterator[Request], http: Http, done: "SimpleQueue[_Done]", *, paced: bool
) -> _Lane:
    width = source.budget.connections if paced else source.budget.unlimited_connections
    lane = _Lane(source, requests, width)
    for number in range(width):
        # Daemons, so that a request that hangs cannot keep an ended program alive.
        threading.Thread(target=_work, args=(lane, http, done), name=f"{source.name}-{number}", daemon=True).start()
    return lane


def _work(lane: _Lane, http: Http, done: "SimpleQueue[_Done]") -> None:
    while (request := lane.todo.get()) is not None:
        try:
            exchange = http.fetch(lane.source, request)
            # Read here, for the thread where all meets is the one that the others wait for.
            done.put((lane, (exchange, _read(lane.source, exchange))))
        except BaseException as error:  # noqa: BLE001 - the outermost edge of a thread: raised again where all meets
            done.put((lane, error))


def _fill(lane: _Lane) -> None:
    while lane.in_flight < AHEAD * lane.width and (request := lane.next()) is not None:
        lane.in_flight += 1
        lane.todo.put(request)


def _settle(lane: _Lane, exchange: Exchange, answer: Answer) -> None:
    """Draw from an exchange and what it says what the lane does next."""
    lane.in_flight -= 1
    if exchange.request.context:
        lane.holding = False
    # The newest first: of batches that are halved, one gets to the bottom of it before the others are tried.
    lane.follow_ups.extendleft(reversed(answer.follow_ups))
    answered = exchange.answer is not None and exchange.answer.status < 500  # noqa: PLR2004
    if answered or not answer.follow_ups:
        lane.silent = 0 if answered else lane.silent + 1
    if answer.halt:
        lane.halted = lane.halted or answer.halt
        # What a limit leaves is left for later, whether it was sent or not.
        lane.cause = LIMIT if any(problem.cause == LIMIT for problem in answer.problems) else lane.cause
    elif lane.silent >= SILENCE:
        reason = "; ".join(problem.detail for problem in answer.problems[:1])
        lane.halted = lane.halted or f"gave up after {SILENCE} requests in a row without an answer ({reason})"
    if lane.halted:
        _take_back(lane)


def _read(source: Source, exchange: Exchange) -> Answer:
    if exchange.answer is not None:
        return read_answer(source, exchange.request, exchange.answer)
    failure = exchange.failure or Failure(NOT_ASKED, "never sent")
    return all_fail(exchange.request, failure.cause, failure.detail, halt=failure.cause in _ENDING)


def _unsent(lane: _Lane) -> Iterator[tuple[Exchange, Answer]]:
    for request in lane.rest():
        detail = f"not asked: {lane.halted}"
        yield Exchange(request, failure=Failure(lane.cause, detail)), all_fail(request, lane.cause, detail)


def _close(lane: _Lane) -> None:
    """Let the threads end, once what is on the way has come back."""
    _take_back(lane)
    for _ in range(lane.width):
        lane.todo.put(None)


def _take_back(lane: _Lane) -> None:
    """Take back the requests that no thread has begun to send."""
    while True:
        try:
            request = lane.todo.get_nowait()
        except Empty:
            return
        if request is not None:
            lane.in_flight -= 1
            lane.follow_ups.append(request)
