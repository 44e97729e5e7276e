"""The requests of one source: what is to come, what is on the way, and whether the service is silent; sends nothing."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from collector.errors import NOT_ASKED
from collector.model import Request
from collector.sources.protocol import Source

SILENCE = 5
"""After so many requests in a row without an answer, a source is asked one thing at a time, and given up in the end."""

AHEAD = 4
"""So many times a source's connections are on the way or answered: what takes the answers in now and then pauses."""

AHEAD_OF_PAGES = 2
"""The same of a source that answers in pages: what is begun is lost if the run is killed before the last of them."""

_Sent = tuple[int, Request]
"""A request with its number in its lane."""


@dataclass(slots=True)
class Silence:
    """How many requests in a row a source has left without an answer, and since when."""

    patience: float
    monotonic: Callable[[], float]
    count: int = 0
    since: float = 0.0

    def go_on(self) -> None:
        """Count one more request without an answer."""
        self.since = self.since if self.count else self.monotonic()
        self.count += 1

    @property
    def is_deep(self) -> bool:
        """Whether it is more than some requests that fail by themselves."""
        return self.count >= SILENCE

    @property
    def is_over_long(self) -> bool:
        """Whether it has lasted for longer than the service is waited for."""
        return self.is_deep and self.monotonic() - self.since >= self.patience


@dataclass(slots=True)
class Lane:
    """A source's requests: those to come, the follow-ups before them, and those on the way by their numbers.

    At the end come those `again` that were sent while the service was silent altogether.
    """

    source: Source
    requests: Iterator[Request]
    width: int
    silence: Silence
    todo: "SimpleQueue[_Sent | None]" = field(default_factory=SimpleQueue)
    follow_ups: deque[Request] = field(default_factory=deque)
    again: deque[Request] = field(default_factory=deque)
    on_way: dict[int, Request] = field(default_factory=dict)
    sent: int = 0
    holding: bool = False
    halted: str = ""
    cause: str = NOT_ASKED

    def send(self, request: Request) -> None:
        """Give a request to the threads."""
        self.sent += 1
        self.on_way[self.sent] = request
        self.todo.put((self.sent, request))

    def next(self) -> Request | None:
        """Return the next request to send now, if there is one and none must be waited for."""
        if self.holding or self.halted:
            return None
        request = self.follow_ups.popleft() if self.follow_ups else next(self.requests, None)
        if request is None and self.again:
            request = self.again.popleft()
        self.holding = request is not None and request.context
        return request

    @property
    def most(self) -> int:
        """Return how many requests may be on the way or answered: of a silent service, one shows when it is back."""
        past = self.source.past
        ahead = AHEAD_OF_PAGES if past is not None and past.page_weeks else AHEAD
        return 1 if self.silence.is_deep else ahead * self.width

    def take_back(self) -> None:
        """Take back the requests that no thread has begun to send."""
        while True:
            try:
                sent = self.todo.get_nowait()
            except Empty:
                return
            # Those that are not on the way any more are told of already: nobody waited for them.
            if sent is not None and self.on_way.pop(sent[0], None) is not None:
                self.holding = self.holding and not sent[1].context
                self.follow_ups.append(sent[1])

    def rest(self) -> Iterator[Request]:
        """Yield all that will not be sent any more, or not waited for."""
        yield from self.on_way.values()
        self.on_way.clear()
        yield from self.follow_ups
        self.follow_ups.clear()
        yield from self.requests
        yield from self.again
        self.again.clear()
