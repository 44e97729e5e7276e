"""Takes answers into the ledger as they come, in small checkpoints; knows neither where they come from nor SQL."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from collector.errors import GONE, HOLE
from collector.model import Answer, Artifact, ETag, Exchange
from collector.recording.warc import Recorded
from collector.sources.protocol import Read, Source
from jobs.ingest.chains import Chains
from jobs.ingest.report import Tally
from storage.ledger import Ledger
from storage.model import OutcomeRow, ResponseRow, Run

if TYPE_CHECKING:
    import pandas as pd

CHECKPOINT_SECONDS = 0.1, 0.5
"""What a killed run asks again is what came in during this time, at the least and at the most, and was on the way."""
_APART = 4
"""A checkpoint holds up what comes meanwhile: the next one is due after this many times what the last one took."""


def until_next(took: float) -> float:
    """Return the seconds from one checkpoint to the next, by those that the one took."""
    soonest, latest = CHECKPOINT_SECONDS
    return min(max(soonest, _APART * took), latest)


@dataclass(slots=True)
class Intake:
    """Collects answers and appends them to the ledger at each checkpoint, together with the outcome of each series.

    `sync` makes the recording durable before the ledger refers to it; `wanted(artifact)` says whether the catalog
    wants an artifact that an answer brought. Of values for other `days` than those, by source and
    artifact, nothing is taken, but for counts of the `present`.
    `keeps_etags` says whether those of answers are kept, under the account that asked.
    """

    ledger: Ledger
    run: Run
    sources: Mapping[str, Source]
    cadence: str
    wanted: Callable[[Artifact], bool] = lambda _artifact: True
    days: Mapping[str, Mapping[Artifact, Collection[date]]] | None = None
    present: bool = True
    sync: Callable[[], None] = lambda: None
    keeps_etags: bool = False
    tally: Tally = field(default_factory=Tally)
    responses: int = 0
    _loaded: dict[str, frozenset[date]] = field(default_factory=dict)
    _unsure: set[str] = field(default_factory=set)
    _seen: set[tuple[str, Artifact]] = field(default_factory=set)
    _chains: Chains = field(default_factory=Chains)
    _etags: dict[str, dict[str, ETag]] = field(default_factory=dict)
    _reads: list[Read] = field(default_factory=list)
    _rows: list[ResponseRow] = field(default_factory=list)
    _outcomes: list[OutcomeRow] = field(default_factory=list)
    _loading: "Future[None] | None" = None
    _due: float = field(default_factory=lambda: time.monotonic() + CHECKPOINT_SECONDS[0])

    def take(self, exchange: Exchange, answer: Answer, kept: Sequence[Recorded]) -> None:
        """Take one exchange with its answer and where its responses are kept; now and then, make a checkpoint."""
        source = self.sources[exchange.request.source]
        self._rows.extend(ResponseRow(k.record, k.status, k.at, k.offset, k.length, k.digest) for k in kept)
        self.responses += len(kept)
        record = kept[-1].record if kept and exchange.answer is not None else ""
        if exchange.request.context:
            self._take_context(source, answer)
        else:
            self._take_answer(source, exchange, answer, record)
        self._loading = self._loading or _load_normalizing()
        if time.monotonic() >= self._due and self._loading.done():
            self.checkpoint()

    def checkpoint(self) -> None:
        """Append all that was taken since the last checkpoint in one transaction."""
        began = time.monotonic()
        if self._reads or self._rows or self._outcomes:
            frame = self._frame()
            self.sync()
            for outcome in self.ledger.append(self.run, frame, self._rows, self._outcomes):
                self.tally.add(outcome)
        # Only now: an ETag without what it marks would keep that from being asked for again.
        for account, etags in self._etags.items():
            self.ledger.keep_etags(self.run, account, etags)
        self._reads, self._rows, self._outcomes, self._etags = [], [], [], {}
        ended = time.monotonic()
        self._due = ended + until_next(ended - began)

    def _frame(self) -> "pd.DataFrame":
        from jobs.ingest.frames import Scope, make_frame

        scope = Scope(self.cadence, self.days, self.present, self._loaded, self._unsure)
        frame, holes = make_frame(self._reads, scope)
        for read, artifact, detail in holes:
            self._note(read.source, artifact, "failed", HOLE, detail, read.response)
        return frame

    def _take_context(self, source: Source, answer: Answer) -> None:
        for daily in answer.daily:
            self._loaded[source.name] = frozenset(daily.counts)
        for problem in answer.problems:
            self._unsure.add(source.name)
            self.tally.warnings.append(
                f"{source.name}: which days it has loaded is not known ({problem.cause}: {problem.detail}), so a day "
                "without downloads cannot be told from a hole; sums over such a day are left out"
            )

    def _take_answer(self, source: Source, exchange: Exchange, answer: Answer, record: str) -> None:
        sent = exchange.answer
        day, account = (sent.at.date(), sent.account) if sent is not None else (date.min, "")
        for read in self._chains.take(exchange.request, Read(source, answer, record, day, account)):
            self._take_read(read)

    def _take_read(self, read: Read) -> None:
        source, answer, record = read.source, read.answer, read.response
        readings = tuple(reading for reading in answer.readings if self.wanted(reading.artifact))
        daily = tuple(counts for counts in answer.daily if self.wanted(counts.artifact))
        past = tuple(counts for counts in answer.past if self.wanted(counts.artifact))
        self._seen.update((source.name, reading.artifact) for reading in readings)
        if readings or daily or past:
            self._reads.append(replace(read, answer=replace(answer, readings=readings, daily=daily, past=past)))
        for problem in answer.problems:
            if (source.name, problem.artifact) not in self._seen and self.wanted(problem.artifact):
                self._note(source, problem.artifact, problem.state, problem.cause, problem.detail, record)
        for artifact in answer.unchanged:
            self._note(source, artifact, "unchanged", "", "", record)
        for artifact in answer.listed:
            self._take_listed(source, artifact, record)
        self.tally.warnings.extend(f"{source.name}: {note}" for note in answer.notes)
        if self.keeps_etags and answer.etags:
            self._etags.setdefault(read.account, {}).update(answer.etags)

    def _take_listed(self, source: Source, artifact: Artifact, record: str) -> None:
        """Settle what a list that was read whole says by what it does not hold."""
        absent = "is not in the namespace's list any more"
        if artifact.is_pattern:
            self._note(source, artifact, "recorded", "", "", record)
            names = self.ledger.known_artifacts(artifact.kind, artifact.name)
        else:
            names, absent = [artifact.name], "is not in the namespace's list"
        for name in names:
            known = Artifact(artifact.kind, name)
            if (source.name, known) not in self._seen:
                self._note(source, known, "missing", GONE, absent, record)

    def _note(self, source: Source, artifact: Artifact, state: str, cause: str, detail: str, record: str) -> None:
        self._outcomes.append(
            OutcomeRow(
                artifact.kind,
                artifact.name,
                source.metric,
                source.name,
                source.definition,
                state,
                cause,
                detail,
                record,
            )
        )


def _load_normalizing() -> "Future[None]":
    """Load what is slow to load, pandas, while answers are waited for."""

    def load() -> None:
        import jobs.ingest.frames  # noqa: F401

    loader = ThreadPoolExecutor(1)
    loading = loader.submit(load)
    loader.shutdown(wait=False)
    return loading
