"""Plays a task against answers in their order, and notes what was asked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from collector.errors import NoValue
from collector.model import Answer, Artifact, Request, Response
from collector.sources.protocol import How, Source
from collector.sources.reading import attempt
from tests.collector.payloads import response

Reply = Callable[[Request], Response]


def reply(body: Any = None, **more: Any) -> Reply:
    """Return what answers any request with a body given as data, `raw` as bytes, a `status`, `headers`, a time `at`."""
    return lambda request: response(request, body, **more)


@dataclass(frozen=True)
class Played:
    """What came of a task, and what it asked."""

    answer: Answer
    requests: tuple[Request, ...]

    @property
    def causes(self) -> list[tuple[str, str, str]]:
        """Each problem as the artifact's name, the state and the cause."""
        return [(problem.artifact.name, problem.state, problem.cause) for problem in self.answer.problems]

    @property
    def cause(self) -> tuple[str, str]:
        """The state and cause that all problems have."""
        ((state, cause),) = {(problem.state, problem.cause) for problem in self.answer.problems}
        return state, cause


def play(
    source: Source, artifacts: Sequence[Artifact], how: How, *replies: Reply | NoValue | Callable[[Request], Response]
) -> Played:
    """Ask the way a source asks; the replies come in their order, the last one as often as it is needed."""
    asking = attempt(artifacts, source.ask(artifacts, how))
    requests: list[Request] = []
    following: Iterator[Any] = iter(replies)
    last: Any = None
    try:
        request = next(asking)
        while True:
            requests.append(request)
            assert len(requests) < 500, "it asks without end"
            last = next(following, last)
            request = asking.throw(last) if isinstance(last, NoValue) else asking.send(last(request))
    except StopIteration as done:
        return Played(done.value, tuple(requests))
