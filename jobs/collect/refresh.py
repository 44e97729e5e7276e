"""The refresh: plan, collect into a recording, ingest it, let the guards judge, commit.

The recording is the run's write-ahead log. Killed at any moment, the ledger is as it was, and the same command reads
what the recording holds and asks for the rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from collector.catalog.schema import Catalog
from collector.model import Artifact
from collector.recording.warc import RecordingError
from jobs.collect.plan import (
    Estimate,
    Selection,
    artifacts_of,
    estimate,
    is_same_work,
    plan_of_recording,
    plan_refresh,
    wanted,
)
from jobs.collect.record import Job, record
from jobs.ingest.gathered import Gathered
from jobs.ingest.ingest import Recording, commit, digest_of, ingest
from jobs.ingest.plan import REFRESH, Plan, plan_of, scope
from jobs.ingest.report import Report
from jobs.ingest.unfinished import broken_off, held, taken_in, unfinished
from jobs.settings import Settings
from storage.database.errors import LedgerMissing
from storage.ledger import Ledger
from storage.query.asof import known_artifacts


def refresh(job: Job, selection: Selection) -> Report:
    """Ask the services about the present, and append what is new to the ledger.

    One that was broken off today is gone on with: what was answered is not asked again. One of an earlier day is taken
    in as it is, for its own week. Raises LedgerError and its kinds (RunInProgress among them) and RecordingError.
    """
    settings, catalog = job.settings, job.catalog
    asked, today = scope(selection.projects, selection.sources), settings.clock().date()
    with Ledger.open_or_create(settings.db) as ledger, ledger.run_lock():

        def is_same(plan: Plan) -> bool:
            return plan.day == today and is_same_work(plan, REFRESH, asked, settings, catalog)

        def is_over(plan: Plan) -> bool:
            return plan.kind == REFRESH and not is_same(plan) and (plan.day != today or plan.scope == asked)

        def make() -> Plan:
            with ledger.reading() as connection:
                return plan_refresh(catalog, selection, settings, connection)

        told = _take_in(job, ledger, is_over)
        report = carry_out(job, ledger, is_same, make)
    return replace(report, warnings=(*told, *report.warnings))


def replay(job: Job, selection: Selection, files: Sequence[Path]) -> Report:
    """Make one run of recordings, of what the catalog and the selection want. Raises as `refresh` does."""
    asked = artifacts_of(job.catalog, selection)
    # Before a ledger is made, so that none is for what is no recording.
    recorded = {file: plan_of_recording(file, job.catalog) for file in files}
    with Ledger.open_or_create(job.settings.db) as ledger, ledger.run_lock():
        return ingest(recorded, job.settings, ledger, job.catalog, wanted(asked, selection.sources), job.stop)


def estimate_refresh(
    settings: Settings, catalog: Catalog, selection: Selection
) -> tuple[Sequence[str], list[Estimate]]:
    """Return what a refresh now would ask, by source, and what is to be said of it."""
    try:
        ledger = Ledger.open(settings.db)
    except LedgerMissing:
        plan = plan_refresh(catalog, selection, settings, None)
        return plan.notes, estimate(plan, settings, reserve=catalog.reserve)
    with ledger, ledger.reading() as connection:
        plan = plan_refresh(catalog, selection, settings, connection)

        def known(pattern: Artifact) -> int:
            return len(known_artifacts(connection, pattern.kind, pattern.name))

        return plan.notes, estimate(plan, settings, known, catalog.reserve)


def carry_out(job: Job, ledger: Ledger, is_same: Callable[[Plan], bool], make: Callable[[], Plan]) -> Report:
    """Collect what a plan asks for into a recording, and make a run of that in one commit.

    The plan is that of a recording that was broken off and `is_same`, else a new one. A run that was ended early, or in
    which no service answered at all, is not stored. Raises RecordingError, LedgerError's kinds, and what `make` raises.
    """
    with unfinished(job.settings.recordings, is_same, make) as recording:
        gathered = Gathered(recording.plan, job.catalog.cadence)
        for told in record(job, recording):
            gathered.take(told)
        if job.stop.is_set():
            return replace(gathered.report(), interrupted=True, resumed=recording.resumed)
        if not gathered.responses:
            recording.path.unlink()
            taken_in(recording.path)
            return gathered.report()
        kept = Recording(recording.path, digest_of(recording.path))
        report = commit(ledger, gathered, [kept], job.catalog, job.settings.clock())
        taken_in(recording.path)
        return replace(report, resumed=recording.resumed)


def _take_in(job: Job, ledger: Ledger, is_over: Callable[[Plan], bool]) -> list[str]:
    """Make runs of the recordings of refreshes that were broken off and will not be gone on with; say so."""
    told = []
    for path in broken_off(job.settings.recordings):
        with held(path) as ours:
            plan = plan_of(path) if ours else None
            if plan is None or not is_over(plan):
                continue
            try:
                report = ingest({path: plan}, job.settings, ledger, job.catalog, lambda *_: True, job.stop)
            except RecordingError as error:
                told.append(f"a refresh of {plan.day} was broken off and cannot be taken in: {error}")
                continue
        told.append(f"a refresh of {plan.day} was broken off; what it has is run {report.run} now")
        told += [f"run {report.run}: {line}" for line in report.lines()]
    return told
