"""What answers bring, on its way into the ledger: normalized as they come, so that the end need only append it."""

import pickle
import threading
import weakref
from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from typing import IO

from collector.errors import HOLE
from collector.http.workers import Told
from collector.model import Artifact, Recorded
from jobs.ingest.plan import Plan
from jobs.ingest.report import Report, Tally
from storage.model import OutcomeRow, Piece, ResponseRow, SeriesOutcome

PIECE = 300
"""So many artifacts are normalized at once: fewer would cost time, more memory."""
MOST_ROWS = 100_000
"""So many observations wait in memory; what is more waits in a file."""


class Gathered:
    """Takes what a plan's tasks were told and keeps it until the run is committed, in bounded memory.

    `wanted(source, artifact)` says of what anything is kept. Days are UTC dates, on cadence days of `cadence`.
    """

    def __init__(
        self, plan: Plan, cadence: str, wanted: Callable[[str, Artifact], bool] = lambda _source, _artifact: True
    ) -> None:
        self.plan = plan
        self.warnings: dict[str, None] = {}
        self.responses = 0
        self.read: set[tuple[str, Artifact]] = set()
        """By source, the artifacts of which a value came."""
        self.listed: dict[tuple[str, Artifact], str] = {}
        """The lists that were read whole, by source and artifact or pattern, with the record of the response."""
        self._cadence = cadence
        self._wanted = wanted
        self._days = plan.wanted_days()
        self._told: list[Told] = []
        self._size = 0
        self._rows = 0
        self._pieces: list[Piece] = []
        self._file: IO[bytes] | None = None
        # pandas takes a while to load, and by the first answer it should be there.
        threading.Thread(target=_load_normalizing, daemon=True).start()

    def take(self, told: Told) -> None:
        """Take what one task was told."""
        self._told.append(told)
        self.responses += len(told.kept)
        self.warnings.update(dict.fromkeys(f"{told.task.source.name}: {one}" for one in told.answer.warnings))
        self._size += len(told.task.artifacts) + len(told.answer.readings)
        if self._size >= PIECE:
            self.normalize()

    def pieces(self) -> Iterator[Piece]:
        """Yield all that was taken, in the order in which it came; it can be asked for once more."""
        self.normalize()
        if self._file is not None:
            end = self._file.tell()
            self._file.seek(0)
            while self._file.tell() < end:
                # A file of our own without a name: nobody else has written to it.
                yield pickle.load(self._file)  # noqa: S301
        yield from self._pieces

    def report(self) -> Report:
        """Return what came, of a run that is not stored."""
        tally = Tally()
        self.normalize()
        for source, artifact in self.read:
            tally.add(SeriesOutcome(artifact.kind, artifact.name, "", source, "recorded"))
        for piece in self.pieces():
            for row in piece.outcomes:
                tally.add(SeriesOutcome(row.kind, row.name, row.metric, row.source, row.state, row.cause, row.detail))
        return tally.report(self.sources, self.notes)

    @property
    def sources(self) -> list[str]:
        """The sources that were asked for anything that is wanted."""
        asked = self.plan.artifacts.items()
        return [name for name, artifacts in asked if any(self._wanted(name, one) for one in artifacts)]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of the plan and of the answers, each once."""
        return (*self.plan.notes, *self.warnings)

    def normalize(self) -> None:
        """Normalize what was taken so far."""
        if not self._told:
            return
        from jobs.ingest.frames import make_frame

        told, self._told, self._size = self._told, [], 0
        frame, lacks = make_frame(told, self._cadence, self._wanted, self._days, present=self.plan.present)
        outcomes = [
            row
            for one in told
            for problem in one.answer.problems
            if self._wanted(one.task.source.name, problem.artifact)
            for row in _outcomes(one, problem.artifact, problem.metric, problem.state, problem.cause, problem.detail)
        ]
        outcomes += [
            row
            for one, artifact, metric, state, detail in lacks
            for row in _outcomes(one, artifact, metric, state, HOLE, detail)
        ]
        kept = [_response(kept) for one in told for kept in one.kept]
        for one in told:
            source, record = one.task.source.name, _record(one)
            self.listed.update({(source, each): record for each in one.answer.listed if self._wanted(source, each)})
        rows = zip(frame["source"], frame["kind"], frame["name"], strict=True)
        self.read.update((source, Artifact(kind, name)) for source, kind, name in set(rows))
        self._keep(Piece(frame, kept, outcomes), len(frame) + len(outcomes))

    def _keep(self, piece: Piece, rows: int) -> None:
        self._pieces.append(piece)
        self._rows += rows
        if self._rows > MOST_ROWS:
            if self._file is None:
                self._file = TemporaryFile()  # noqa: SIM115 - it goes with this object
                weakref.finalize(self, self._file.close)
            for waiting in self._pieces:
                pickle.dump(waiting, self._file)
            self._pieces, self._rows = [], 0


def _outcomes(told: Told, artifact: Artifact, metric: str, state: str, cause: str, detail: str) -> Iterator[OutcomeRow]:
    """Yield what is to be said of an artifact's series: of one metric, or of all that were asked for."""
    source = told.task.source
    for name in [metric] if metric else source.asked(told.task.how):
        series = artifact.kind, artifact.name, name, source.name, source.metrics[name]
        yield OutcomeRow(*series, state, cause, detail, _record(told))


def _record(told: Told) -> str:
    return told.kept[-1].record if told.kept else ""


def _response(kept: Recorded) -> ResponseRow:
    return ResponseRow(kept.file, kept.record, kept.status, kept.at, kept.offset, kept.length, kept.digest)


def _load_normalizing() -> None:
    import jobs.ingest.frames  # noqa: F401
