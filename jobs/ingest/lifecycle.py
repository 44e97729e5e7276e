"""A run's life in the ledger: begun or taken up, with its catalog and its recording's name, and ended; asks nobody."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from collector.catalog.schema import Catalog
from jobs.exits import FAILED, PARTLY
from jobs.guard.guarding import guard
from jobs.ingest.report import Report
from jobs.metrics import METRICS
from jobs.settings import VERSION, Settings
from storage.ledger import Ledger
from storage.model import ProjectEntry, Run
from storage.runs import catalogs

IMPORT = "import"
"""The kind of a run that brought history kept by others."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a run is for: its kind, and its scope, by which the same command knows it again.

    One that died is taken up on the day on which it was begun, or if it is `lasting` on any later one.
    """

    kind: str
    scope: str
    lasting: bool = False


def begin(ledger: Ledger, settings: Settings, catalog: Catalog, errand: Errand) -> tuple[Run, bool]:
    """Open a run, or take up one of the same errand and catalog that died; any other that died is settled."""
    now = settings.clock()
    discard_import(ledger, settings)
    dead = ledger.open_run()
    catalog_id = keep_catalog(ledger, catalog, now)
    if dead is not None:
        same = (dead.kind, dead.scope, dead.catalog_id) == (errand.kind, errand.scope, catalog_id)
        if same and (errand.lasting or dead.day == now.date()):
            # It may have died before it had the name of its recording.
            return dead if dead.recording else _with_recording(ledger, settings, dead), True
        settle(ledger, dead, now)
    kind, asked = errand.kind, errand.scope
    run = ledger.begin(kind=kind, scope=asked, day=now.date(), now=now, catalog_id=catalog_id, version=VERSION)
    return _with_recording(ledger, settings, run), False


def _with_recording(ledger: Ledger, settings: Settings, run: Run) -> Run:
    name = f"{run.started_at:%Y%m%dT%H%M%SZ}-run-{run.id}"
    return ledger.set_recording(run, free_name(settings.recordings, name))


def settle(ledger: Ledger, dead: Run, now: datetime) -> None:
    """Close a run that died, with what it brought; that is judged by the guards before it counts."""
    guard(ledger, dead, Report(dead.id, "", {}, 0))
    ledger.close(dead, state="partial", now=now)


def keep_catalog(ledger: Ledger, catalog: Catalog, now: datetime) -> int:
    """Store a catalog with its projects and return its id in the ledger."""
    entries = [ProjectEntry(p.id, p.name, tuple((a.kind, a.name) for a in p.artifacts)) for p in catalog.projects]
    with ledger.writing() as connection:
        catalogs.keep_metrics(connection, list(METRICS.values()))
        return catalogs.keep_catalog(connection, catalog.text, catalog.cadence, entries, now)


def discard_import(ledger: Ledger, settings: Settings) -> None:
    """Take back an import that died, with its recording: its files can be read again."""
    dead = ledger.open_run()
    if dead is None or dead.kind != IMPORT:
        return
    ledger.discard(dead, learned=True)
    # What bears no name of ours is a recording that was imported; it may have stood there before.
    if dead.recording and re.fullmatch(rf"\d{{8}}T\d{{6}}Z-import-{dead.id}(-\d+)?\.warc\.gz", dead.recording):
        (settings.recordings / dead.recording).unlink(missing_ok=True)


def finish(ledger: Ledger, run: Run, report: Report, settings: Settings, digest: str, path: Path | None) -> Report:
    """Close a run by what it brought; one that had no response at all leaves no trace; one that was ended stays open.

    What it brought is judged by the guards before it counts.
    `path` is the run's own recording, which goes with a run that leaves no trace.
    """
    if report.interrupted:
        return report
    if not report.recording and not ledger.recorded_length(run):
        ledger.discard(run)
        if path is not None:
            path.unlink(missing_ok=True)
        return replace(report, run=None)
    state = {FAILED: "failed", PARTLY: "partial"}.get(report.exit_code, "done")
    guarded = guard(ledger, run, report)
    odd = _clock_put_back(ledger, run)
    ledger.close(run, state=state, now=settings.clock(), recording_digest=digest)
    return replace(guarded, warnings=(*guarded.warnings, *odd))


def _clock_put_back(ledger: Ledger, run: Run) -> tuple[str, ...]:
    """Say if a run was begun before a time at which something was known already."""
    known = max((other.known_at for other in ledger.runs(2) if other.known_at is not None), default=run.started_at)
    if known <= run.started_at:
        return ()
    begun, before = (f"{at:%Y-%m-%d %H:%M} UTC" for at in (run.started_at, known))
    return (f"the clock was put back, or was ahead: it stands at {begun}, and the run before is of {before}",)


def free_name(folder: Path, name: str) -> str:
    """Return a file name that no recording in the folder bears: another ledger may keep its recordings there."""
    found, number = f"{name}.warc.gz", 2
    while (folder / found).exists():
        found, number = f"{name}-{number}.warc.gz", number + 1
    return found
