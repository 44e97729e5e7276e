"""Holds back what the parts of a chain of requests say until the last one was answered; knows no ledger."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from collector.model import Answer, Artifact, Request
from collector.sources.protocol import Read

_Link = tuple[str, bytes, str]
"""What tells a chain's requests apart."""


@dataclass(slots=True)
class _Chain:
    """One artifact's chain: what is still to be answered, and what the answers so far said."""

    open: set[_Link] = field(default_factory=set)
    reads: list[Read] = field(default_factory=list)

    def end(self) -> Iterator[Read]:
        """Yield all parts; of a chain with a failure only that, and no word of what is missing where another has it."""
        answers = [read.answer for read in self.reads]
        failed = [problem for answer in answers for problem in answer.problems if problem.state == "failed"]
        known = any(answer.readings or answer.daily or answer.past for answer in answers)
        for read in self.reads:
            if failed:
                yield replace(read, answer=Answer(problems=read.answer.problems))
            else:
                yield replace(read, answer=replace(read.answer, problems=() if known else read.answer.problems))


@dataclass(slots=True)
class Chains:
    """Joins the answers to requests that hand something on (`carry`), artifact by artifact.

    A part of a chain alone would settle its series though the rest is missing, and a run that was killed in between
    would not ask for it again.
    """

    _open: dict[tuple[str, Artifact], _Chain] = field(default_factory=dict)

    def take(self, request: Request, read: Read) -> Iterator[Read]:
        """Take an answer; yield what may be stored now: what is of no chain, and the chains that end here, whole."""
        going_on: dict[Artifact, set[_Link]] = {}
        for follow_up in read.answer.follow_ups if request.carry else ():
            for artifact in follow_up.artifacts:
                going_on.setdefault(artifact, set()).add(_link(follow_up))
        alone = set(request.artifacts)
        for artifact in request.artifacts if going_on or self._open else ():
            chain = self._continued(request, artifact, going_on.get(artifact, set()))
            if chain is None:
                continue
            alone.discard(artifact)
            chain.reads.append(replace(read, answer=_only(read.answer, {artifact})))
            if not chain.open:
                del self._open[request.source, artifact]
                yield from chain.end()
        if len(alone) == len(request.artifacts):
            yield read
        elif alone:
            yield replace(read, answer=_only(read.answer, alone))

    def _continued(self, request: Request, artifact: Artifact, going_on: set[_Link]) -> _Chain | None:
        """Return an artifact's chain with this request taken off and what follows put on; None if it is in none.

        A request that no chain waits for begins anew, as in the recording of a run that was taken up again.
        """
        key, link = (request.source, artifact), _link(request)
        chain = self._open.get(key)
        if chain is None or link not in chain.open:
            self._open.pop(key, None)
            if not going_on:
                return None
            chain = self._open[key] = _Chain()
        chain.open = (chain.open - {link}) | going_on
        return chain


def _link(request: Request) -> _Link:
    return request.url, request.body, request.carry


def _only(answer: Answer, artifacts: Collection[Artifact]) -> Answer:
    """Return what an answer says of some artifacts."""
    return replace(
        answer,
        readings=tuple(reading for reading in answer.readings if reading.artifact in artifacts),
        daily=tuple(daily for daily in answer.daily if daily.artifact in artifacts),
        past=tuple(past for past in answer.past if past.artifact in artifacts),
        problems=tuple(problem for problem in answer.problems if problem.artifact in artifacts),
        unchanged=tuple(artifact for artifact in answer.unchanged if artifact in artifacts),
    )
