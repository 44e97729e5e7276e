"""Drives tasks over threads, each source in a lane of its own, and tells of each task when it has its answer."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from math import inf
from queue import Empty, Full, Queue
from typing import Protocol

from collector.errors import ENDS_THE_SOURCE, LIMIT, NOT_ASKED, TRANSIENT, NoValue
from collector.model import Answer, Exchange, Failure, Problem, Recorded, Request
from collector.sources.protocol import Source, Task
from collector.sources.reading import attempt

SILENCE = 5
"""After so many requests in a row without an answer, a source is asked one thing at a time, and given up in the end."""
GRACE = 3.0
"""When the end is asked for, what is on the way has so many seconds to be answered: a hanging one takes far longer."""
AHEAD = 2
"""So many times a source's connections may wait, answered, to be taken: whoever takes them now and then pauses."""
_TICK = 0.2


class Transport(Protocol):
    """What answers requests; `network` says whether it asks services, which may fall silent or end for a limit."""

    @property
    def network(self) -> bool:
        """Whether services are asked."""

    def send(self, source: Source, request: Request) -> Exchange:
        """Return what came of a request. Called by many threads."""


@dataclass(frozen=True, slots=True)
class Told:
    """A task with its answer, and where the responses are kept that this was read from; each of those is told once.

    `day` is the UTC day of the newest response, None where there is none.
    """

    task: Task
    answer: Answer
    kept: tuple[Recorded, ...] = ()
    day: date | None = None


def collect(
    tasks: Mapping[str, Iterable[Task]],
    transport: Transport,
    *,
    paced: bool = True,
    patience: float = 0.0,
    stop: threading.Event | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[Told]:
    """Ask what the tasks of each source ask, and yield each with its answer, in the order of arrival.

    A source that must not or cannot be asked further ends; what it was not asked is told of as failed. Answers wait to
    be taken, a few of each source, so memory is bounded however many tasks there are.

    A service that falls silent is waited for: for `patience` seconds it is asked one thing at a time, and tasks that
    found no answer meanwhile are asked again at the end. Once `stop` is set, which the transport heeds by itself, what
    hangs is not waited for.
    """
    stop = stop or threading.Event()
    lanes = [_Lane(name, iter(listed), transport, patience, stop, monotonic) for name, listed in tasks.items()]
    told: Queue[_Put] = Queue(maxsize=AHEAD * max(1, sum(lane.set_up(paced=paced) for lane in lanes)))
    working = sum(lane.width for lane in lanes)
    end = inf
    try:
        for lane in lanes:
            lane.start(told)
        while working and (monotonic() < end or not told.empty()):
            try:
                lane, one = told.get(timeout=_TICK)
            except Empty:
                end = monotonic() + GRACE if stop.is_set() and end == inf else end
                continue
            if isinstance(one, BaseException):
                raise one
            if one is None:
                working -= 1
                continue
            del lane.open[id(one.task)]
            yield one
        for lane in lanes:
            yield from lane.rest()
    finally:
        for lane in lanes:
            lane.close()


@dataclass
class _Lane:
    """The tasks of one source: those to come, those that are asked `again` at the end, and those not yet told of.

    `silent` counts the requests in a row without an answer, since a time; `ended` says why the source is not asked
    further.
    """

    name: str
    tasks: Iterator[Task]
    transport: Transport
    patience: float
    stop: threading.Event
    monotonic: Callable[[], float]
    width: int = 0
    again: deque[Task] = field(default_factory=deque)
    open: dict[int, Task] = field(default_factory=dict)
    shared: dict[Request, "Future[Exchange]"] = field(default_factory=dict)
    active: int = 0
    silent: int = 0
    since: float = 0.0
    ended: str = ""
    cause: str = NOT_ASKED
    closed: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)

    def set_up(self, *, paced: bool) -> int:
        """Find out how many threads the source may have; return it."""
        first = next(self.tasks, None)
        if first is not None:
            self.tasks, budget = chain([first], self.tasks), first.source.budget
            wide = budget.connections if paced else budget.unlimited_connections
            self.width = wide if self.transport.network else 1
        return self.width

    def start(self, told: "Queue[_Put]") -> None:
        """Start the threads."""
        for number in range(self.width):
            # Daemons, so that a request that hangs cannot keep an ended program alive.
            threading.Thread(target=self._work, args=(told,), name=f"{self.name}-{number}", daemon=True).start()

    def close(self) -> None:
        """Let the threads end; what they still bring is not taken."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def rest(self) -> Iterator[Told]:
        """Yield all that will not be asked any more, or not waited for."""
        self.close()
        detail = self.ended or "the run was ended"
        for task in chain(list(self.open.values()), self.tasks, self.again):
            yield Told(
                task, Answer(problems=tuple(Problem(one, "failed", self.cause, detail) for one in task.artifacts))
            )

    def _work(self, told: "Queue[_Put]") -> None:
        last: BaseException | None = None
        try:
            while (task := self._next()) is not None:
                one = self._drive(task)
                if one is not None:
                    self._put(told, one)
        except BaseException as error:  # noqa: BLE001 - the outermost edge of a thread: raised again where all meets
            last = error
        self._put(told, last)

    def _put(self, told: "Queue[_Put]", one: Told | BaseException | None) -> None:
        while not self.closed:
            try:
                told.put((self, one), timeout=_TICK)
            except Full:
                continue
            return

    def _next(self) -> Task | None:
        """Return the task to ask for now, None if there is none left; a silent service is asked for one at a time."""
        with self.changed:
            while not (self.ended or self.closed or self.stop.is_set()):
                if self.silent < SILENCE or not self.active:
                    task = next(self.tasks, None) or (self.again.popleft() if self.again else None)
                    if task is not None:
                        self.open[id(task)] = task
                        self.active += 1
                        return task
                    if not self.active:
                        break
                self.changed.wait(_TICK)
            self.changed.notify_all()
            return None

    def _drive(self, task: Task) -> Told | None:
        """Ask what a task asks; None if it is to be asked again, because the service is silent."""
        kept: list[Recorded] = []
        answered, asking = False, attempt(task.artifacts, task.asking())
        try:
            request = next(asking)
            while True:
                exchange, fresh = self._send(task.source, request)
                if exchange.answer is not None:
                    answered = answered or (exchange.answer.status < 500 and not request.shared)  # noqa: PLR2004
                    kept += exchange.kept[-1:] if fresh else ()
                    request = asking.send(exchange.answer)
                else:
                    failure = exchange.failure or Failure(NOT_ASKED, "never sent")
                    request = asking.throw(NoValue(failure.cause, failure.detail))
        except StopIteration as done:
            answer: Answer = done.value
        with self.changed:
            self.active -= 1
            self.changed.notify_all()
            ends = next((p for p in answer.problems if p.cause in ENDS_THE_SOURCE or p.cause == NOT_ASKED), None)
            if ends is not None and self.transport.network and not self.ended:
                # What a limit leaves is left for later, and a bad token is bad for all, whether it was sent or not.
                self.ended, self.cause = ends.detail, ends.cause
            passing = answer.problems and all(problem.cause == TRANSIENT for problem in answer.problems)
            if passing and not answered and self.silent >= SILENCE and not self.ended:
                self.again.append(self.open.pop(id(task)))
                return None
        return Told(task, answer, tuple(kept), max((one.at.date() for one in kept), default=None))

    def _send(self, source: Source, request: Request) -> tuple[Exchange, bool]:
        """Return what came of a request, and whether it was sent for this one; of a shared one only the first is."""
        if not request.shared:
            return self._ask(source, request), True
        with self.changed:
            sent = self.shared.get(request)
            if sent is None:
                mine = self.shared[request] = Future()
        if sent is not None:
            return sent.result(), False
        try:
            mine.set_result(self._ask(source, request))
        except BaseException as error:
            mine.set_exception(error)
            raise
        return mine.result(), True

    def _ask(self, source: Source, request: Request) -> Exchange:
        if self.ended:
            return Exchange(request, failure=Failure(self.cause, self.ended))
        exchange = self.transport.send(source, request)
        if self.transport.network:
            self._listen(exchange, source)
        return exchange

    def _listen(self, exchange: Exchange, source: Source) -> None:
        """Count requests without an answer; give the source up where that will not pass, or has not for too long."""
        answer, no = exchange.answer, exchange.failure
        if answer is not None and answer.status >= 500:  # noqa: PLR2004
            refused = source.refusal(exchange.request, answer)
            if refused is None or refused.cause != TRANSIENT:
                return  # what was too big is asked again in parts, by which it shows whether that was it
            no = Failure(TRANSIENT, refused.detail)
        with self.changed:
            if no is None or no.cause in {LIMIT, NOT_ASKED}:
                self.silent = 0
                return
            self.since = self.since if self.silent else self.monotonic()
            self.silent += 1
            over = no.cause != TRANSIENT or self.monotonic() - self.since >= self.patience
            if self.silent >= SILENCE and over and not self.ended:
                self.ended = f"gave up after {self.silent} requests in a row without an answer ({no.detail})"


_Put = tuple[_Lane, Told | BaseException | None]
"""What a thread hands over: what is told of a task, None at its end, or the fault of this program that ended it."""
