"""The replay: makes the observations of a recording again, without a network, by the same reading as a refresh."""

import hashlib
import threading
from dataclasses import replace
from pathlib import Path

from collector.catalog.schema import Catalog
from collector.errors import NOT_ASKED
from collector.model import Answer, Exchange, Failure, Problem, Request
from collector.recording.disk import copy_whole
from collector.recording.warc import RecordingError, read_exchanges, unread
from collector.sources import SOURCES
from collector.sources.protocol import read_answer
from jobs.collect.plan import Plan, Selection, make_plan, wanted, without
from jobs.ingest.intake import Intake
from jobs.ingest.lifecycle import Errand, begin, finish
from jobs.ingest.report import Report
from jobs.settings import Settings
from jobs.weeks import scope
from storage.ledger import Ledger


def replay(
    recording: Path, settings: Settings, catalog: Catalog, selection: Selection, stop: threading.Event
) -> Report:
    """Read a recording into the ledger, as of the days on which its responses came; return what that brought.

    The file is kept beside the ledger's own recordings, unless it stands there already. Raises RecordingError,
    PlanError, LedgerError and its kinds.
    """
    plan = make_plan(catalog, selection)
    digest = digest_of(recording)
    # Whatever is no recording is refused here, before it is kept beside the others or a run is begun.
    next(read_exchanges(recording), None)
    with Ledger.open_or_create(settings.db) as ledger, ledger.run_lock():
        errand = Errand("replay", scope(selection.projects, selection.sources, digest))
        run, resumed = begin(ledger, settings, catalog, errand)
        kept = keep_copy(recording, settings.recordings, digest)
        run = ledger.set_recording(run, kept.name)
        intake = Intake(ledger, run, SOURCES, catalog.cadence, wanted(plan))
        read_in(kept, intake, stop)
        if broken := unread(kept):
            intake.tally.warnings.append(f"{kept}: {broken}")
        _note_unanswered(intake, without(plan, ledger.done_series(run)))
        sources = [name for name, artifacts in plan.items() if artifacts]
        recorded = kept.name if intake.responses else ""
        report = intake.tally.report(run.id, recorded, sources, interrupted=stop.is_set())
        return replace(finish(ledger, run, report, settings, digest, None), resumed=resumed)


def read_in(path: Path, intake: Intake, stop: threading.Event) -> None:
    """Read the answers that others are read by first: in the file they may stand behind them."""
    for context in (True, False):
        for exchange, kept in read_exchanges(path):
            if stop.is_set():
                break
            source = SOURCES.get(exchange.request.source)
            if source is not None and exchange.request.context is context and exchange.answer is not None:
                intake.take(exchange, read_answer(source, exchange.request, exchange.answer), [kept])
    intake.checkpoint()


def _note_unanswered(intake: Intake, rest: Plan) -> None:
    detail = "the recording has no answer for it"
    for name, artifacts in rest.items():
        left = [a for a in artifacts if (name, a.kind, a.name) not in intake.tally.outcomes]
        problems = tuple(Problem(artifact, "failed", NOT_ASKED, detail) for artifact in left)
        exchange = Exchange(Request(name, "", tuple(left)), failure=Failure(NOT_ASKED, detail))
        intake.take(exchange, Answer(problems=problems), [])
    intake.checkpoint()


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file. Raises RecordingError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {error.strerror or error}") from error


def keep_copy(recording: Path, folder: Path, digest: str) -> Path:
    """Return the recording's place among the ledger's own, where it is copied if it is not there yet."""
    own = folder / recording.name
    number = 2
    while own.exists() and digest_of(own) != digest:
        own, number = folder / f"{number}-{recording.name}", number + 1
    if not own.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            copy_whole(recording, own)
        except OSError as error:
            raise RecordingError(f"{own}: cannot be written: {error.strerror or error}") from error
    return own
