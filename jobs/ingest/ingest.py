"""Ingest: what was gathered becomes a run in one commit, and recordings become one, whoever made them."""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path

from collector.catalog.schema import Catalog
from collector.errors import GONE
from collector.http.workers import collect
from collector.model import Artifact
from collector.recording.disk import copy_whole
from collector.recording.transport import Recordings
from collector.recording.warc import RecordingError, unread
from collector.sources import SOURCES
from jobs.exits import FAILED, PARTLY
from jobs.guard.guarding import guard
from jobs.ingest.gathered import Gathered
from jobs.ingest.plan import Plan, joint_scope
from jobs.ingest.report import Report, Tally
from jobs.ingest.unfinished import COPY, copied, drop_copies, held, taken_in
from jobs.metrics import METRICS
from jobs.settings import VERSION, Settings
from storage.append.append import append
from storage.database.connection import analyze
from storage.ledger import Connection, Ledger
from storage.model import OutcomeRow, Piece, ProjectEntry
from storage.query.asof import known_artifacts
from storage.runs import runs
from storage.runs.catalogs import cadence, keep_catalog, keep_metrics
from storage.runs.recordings import add_recording

_CADENCE = "monday"
"""Where neither a catalog nor the ledger says it."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A file among the ledger's recordings that a run was read from, and its SHA-256 (hex) as it was then."""

    path: Path
    digest: str


def ingest(
    recorded: Mapping[Path, Plan],
    settings: Settings,
    ledger: Ledger,
    catalog: Catalog | None,
    wanted: Callable[[str, Artifact], bool],
    stop: threading.Event,
    *,
    public: datetime | None = None,
    only_news: bool = False,
) -> Report:
    """Make one run of recordings, each with its plan, as if the requests were sent now and answered as they were then.

    It is the run that was planned: of the plan's kind, day and scope. Of what is not `wanted`, by source and artifact,
    nothing is taken. Each file is kept beside the ledger's own recordings. With `only_news`, a run that brings no new
    observation leaves no trace. `public` is since when it is known (UTC). Raises RecordingError, LedgerError's kinds.
    """
    # The newest first: of two values of a day, one run keeps the first that it meets.
    plans = sorted(recorded.items(), key=lambda one: (one[1].begun, one[0].name), reverse=True)
    with ledger.reading() as connection:
        weekday = catalog.cadence if catalog else cadence(connection, None) or _CADENCE
    gathered = Gathered(merged([plan for _, plan in plans]), weekday, wanted)
    drop_copies(settings.recordings)
    before = set(settings.recordings.glob("*"))
    kept: list[Recording] = []
    cut: list[str] = []
    report = None
    with ExitStack() as locks:
        try:
            for file, plan in plans:
                kept.append(keep_copy(file, settings.recordings, locks))
                path = kept[-1].path
                for told in collect(plan.tasks(), Recordings([path]), stop=stop):
                    gathered.take(told)
                if rest := unread(path):
                    cut.append(f"{path}: {rest}")
            if stop.is_set():
                report = gathered.report()
            else:
                report = commit(ledger, gathered, kept, catalog, settings.clock(), public, only_news=only_news)
        finally:
            for recording in kept:
                if report is not None and report.run is not None:
                    taken_in(recording.path)
                elif recording.path not in before:
                    recording.path.unlink(missing_ok=True)
                    copied(recording.path)
    return replace(report, cut=tuple(cut), interrupted=stop.is_set())


def merged(plans: Sequence[Plan]) -> Plan:
    """Return the plan of a run that was collected in several parts. Raises RecordingError if they cannot be one."""
    if len({plan.kind for plan in plans}) > 1:
        raise RecordingError("one run cannot be a refresh and a backfill: give their recordings one by one")
    return replace(
        max(plans, key=lambda plan: plan.begun),
        scope=joint_scope([plan.scope for plan in plans]),
        begun=min(plan.begun for plan in plans),
        parts=tuple(part for plan in plans for part in plan.parts),
        present=any(plan.present for plan in plans),
        notes=tuple(dict.fromkeys(note for plan in plans for note in plan.notes)),
    )


def commit(
    ledger: Ledger,
    gathered: Gathered,
    recordings: Sequence[Recording],
    catalog: Catalog | None,
    now: datetime,
    public: datetime | None = None,
    *,
    only_news: bool = False,
) -> Report:
    """Store what was gathered as a run, judged by the guards: all of it in one transaction. Return what it did.

    The other arguments are as for `ingest`, `now` is when it is stored (UTC).
    """
    plan, tally = gathered.plan, Tally()
    gathered.normalize()
    names = tuple(recording.path.name for recording in recordings)
    with ledger.writing() as connection:
        savepoint = connection.begin_nested()
        odd = _clock_put_back(connection, now)
        run = runs.begin(
            connection,
            kind=plan.kind,
            scope=plan.scope,
            day=plan.day,
            started=plan.begun,
            now=now,
            catalog_id=None if catalog is None else store_catalog(connection, catalog, now, public),
            version=VERSION,
            public=public,
        )
        for recording in recordings:
            add_recording(connection, run, recording.path.name, recording.digest)
        listed = Piece(None, (), _listed(connection, gathered))
        for outcome in append(connection, run, chain(gathered.pieces(), [listed])):
            tally.add(outcome)
        report = tally.report(gathered.sources, (*gathered.notes, *odd), run.id)
        if only_news and not tally.observations:
            savepoint.rollback()
            return replace(report, run=None)
        judged = guard(connection, run)
        state = {FAILED: "failed", PARTLY: "partial"}.get(report.exit_code, "done")
        runs.end(connection, run, state=state, note="; ".join(map(str, judged.findings)))
        if plan.kind != "refresh":  # years at once
            analyze(connection)
        for recording in recordings:
            # Not after the commit: what the ledger refers to must not look like what a killed import left.
            copied(recording.path)
    report = report.with_held(judged.held, judged.findings)
    return replace(report, recordings=names, responses=gathered.responses, changes=tuple(judged.changes))


def store_catalog(connection: Connection, catalog: Catalog, now: datetime, public: datetime | None) -> int | None:
    """Store a catalog with its projects, unless its text is there already; return its id in the ledger.

    A run of a time past has none if the ledger has one already: it would be of another time.
    """
    # What tables show belongs to it: SQL's views and notebooks read it from the ledger.
    keep_metrics(connection, list(METRICS.values()))
    if public is not None and cadence(connection, None):
        return None
    entries = [ProjectEntry(p.id, p.name, tuple((a.kind, a.name) for a in p.artifacts)) for p in catalog.projects]
    return keep_catalog(connection, catalog.text, catalog.cadence, entries, now, catalog.max_stale)


def _listed(connection: Connection, gathered: Gathered) -> list[OutcomeRow]:
    """Say of lists that were read whole that they were, and of what is not in them any more that it is missing."""
    rows = []

    def note(source: str, artifact: Artifact, state: str, detail: str, record: str) -> None:
        for metric, definition in SOURCES[source].metrics.items():
            series = artifact.kind, artifact.name, metric, source, definition
            rows.append(OutcomeRow(*series, state, GONE if detail else "", detail, record))

    for (source, listed), record in gathered.listed.items():
        names, absent = [listed.name], "is not in the namespace's list"
        if listed.is_pattern:
            note(source, listed, "recorded", "", record)
            names, absent = known_artifacts(connection, listed.kind, listed.name), f"{absent} any more"
        for name in names:
            if (source, Artifact(listed.kind, name)) not in gathered.read:
                note(source, Artifact(listed.kind, name), "missing", absent, record)
    return rows


def _clock_put_back(connection: Connection, now: datetime) -> tuple[str, ...]:
    """Say if something became known later than now."""
    newest = max((run.known_at for run in runs.runs(connection, 2)), default=now)
    if newest <= now:
        return ()
    stands, before = (f"{at:%Y-%m-%d %H:%M} UTC" for at in (now, newest))
    return (f"the clock was put back, or was ahead: it stands at {stands}, and the run before is of {before}",)


def digest_of(path: Path) -> str:
    """Return the SHA-256 (hex) of a file. Raises RecordingError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {error.strerror or error}") from error


def keep_copy(file: Path, folder: Path, locks: ExitStack) -> Recording:
    """Copy a recording beside the ledger's own, unless it is there already; a copy is locked as long as `locks`."""
    digest = digest_of(file)
    own, number = folder / file.name, 2
    while own.exists() and digest_of(own) != digest:
        own, number = folder / f"{number}-{file.name}", number + 1
    if not own.exists():
        if not locks.enter_context(held(own, COPY)):
            raise RecordingError(f"{own}: is being written by another process")
        try:
            copy_whole(file, own)
        except OSError as error:
            copied(own)
            raise RecordingError(f"{own}: cannot be written: {error.strerror or error}") from error
    return Recording(own, digest)
