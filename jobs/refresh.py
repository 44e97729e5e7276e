"""The refresh: asks the services what the plan says, records every response, and appends what is new to the ledger."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from collector.catalog import Catalog
from collector.collect import collect
from collector.http import Http, HttpOptions
from collector.model import Answer, Artifact, Exchange
from collector.recording import Recorder
from collector.sources import SOURCES
from jobs.exits import FAILED, PARTLY
from jobs.guarding import guard, guard_dead
from jobs.intake import Intake
from jobs.plan import Plan, Selection, ask_of, make_plan, without
from jobs.report import Report
from jobs.settings import VERSION, Settings
from jobs.weeks import scope
from storage.ledger import Ledger
from storage.model import ProjectEntry, Run

Progress = Callable[[str, int, int], None]
"""Called with a source's name, how many of its artifacts are settled, and how many there are."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh to be made: of what, under which settings; `stop` ends it early, `progress` is told how it goes."""

    settings: Settings
    catalog: Catalog
    selection: Selection
    stop: threading.Event
    progress: Progress

    def run(self) -> Report:
        """Make the refresh, or go on with one of the same scope that died today.

        Raises LedgerError and its kinds (RunInProgress among them), PlanError and RecordingError.
        """
        plan = make_plan(self.catalog, self.selection)
        with Ledger.open_or_create(self.settings.db) as ledger, ledger.run_lock():
            run, resumed = self._begin(ledger)
            path, keep = self.settings.recordings / (run.recording or ""), ledger.recorded_length(run)
            software = f"tallybook/{VERSION}"
            with Recorder(path, name=path.name, software=software, at=run.started_at, keep=keep) as recorder:
                report = self._collect(ledger, run, plan, recorder)
                digest = recorder.digest()
            return replace(finish(ledger, run, report, self.settings, digest, path), resumed=resumed)

    def _begin(self, ledger: Ledger) -> tuple[Run, bool]:
        """Begin, or take up a run whose recording is still there: without it, what it has could not be explained."""
        run, resumed = begin(ledger, self.settings, self.catalog, "refresh", self.selection)
        path, keep = self.settings.recordings / (run.recording or ""), ledger.recorded_length(run)
        if resumed and keep and (not path.exists() or path.stat().st_size < keep):
            guard_dead(ledger, run)
            ledger.close(run, state="partial", now=self.settings.clock())
            run, resumed = begin(ledger, self.settings, self.catalog, "refresh", self.selection)
        return run, resumed

    def _collect(self, ledger: Ledger, run: Run, plan: Plan, recorder: Recorder) -> Report:
        settings = self.settings
        intake = Intake(ledger, run, SOURCES, self.catalog.cadence, sync=recorder.sync)
        for outcome in ledger.settled(run):
            intake.tally.add(outcome)
        rest = without(plan, ledger.done_series(run))
        asked = {name: artifacts for name, artifacts in rest.items() if artifacts}
        progress = _Settled(asked, self.progress)
        requests = {
            name: SOURCES[name].requests(listed, ask_of(SOURCES[name], settings)) for name, listed in asked.items()
        }
        with closing(Http(http_options(settings, self.catalog), clock=settings.clock, stop=self.stop)) as http:
            for exchange, answer in collect(requests, SOURCES, http, paced=settings.budgets):
                intake.take(exchange, answer, recorder.write(exchange))
                progress.take(exchange, answer)
            refused = [
                f"token {name} was refused and is not used: renew or remove it" for name in http.tokens.refused()
            ]
        intake.tally.warnings += refused
        intake.checkpoint()
        recording = recorder.path.name if intake.responses else ""
        sources = [name for name, artifacts in plan.items() if artifacts]
        return intake.tally.report(run.id, recording, sources, interrupted=self.stop.is_set())


class _Settled:
    """Counts the artifacts that have their outcome, for the progress display."""

    def __init__(self, asked: Mapping[str, Sequence[Artifact]], progress: Progress) -> None:
        self._totals = {source: len(artifacts) for source, artifacts in asked.items()}
        self._settled = dict.fromkeys(asked, 0)
        self._progress = progress
        for source, total in self._totals.items():
            progress(source, 0, total)

    def take(self, exchange: Exchange, answer: Answer) -> None:
        """Count an exchange's artifacts once it has led to no further request."""
        source = exchange.request.source
        if exchange.request.context:
            return
        open_still = {artifact for request in answer.follow_ups for artifact in request.artifacts}
        self._settled[source] += len(set(exchange.request.artifacts) - open_still)
        self._progress(source, self._settled[source], self._totals[source])


def begin(
    ledger: Ledger, settings: Settings, catalog: Catalog, kind: str, selection: Selection, *, extra: str = ""
) -> tuple[Run, bool]:
    """Open a run, or take up one of the same kind, scope, catalog and day that died; any other that died is closed."""
    now = settings.clock()
    entries = [ProjectEntry(p.id, p.name, tuple((a.kind, a.name) for a in p.artifacts)) for p in catalog.projects]
    asked = scope(selection.projects, selection.sources, extra)
    dead = ledger.open_run()
    catalog_id = ledger.keep_catalog(catalog.text, catalog.cadence, entries, now)
    if dead is not None:
        if (dead.kind, dead.scope, dead.day, dead.catalog_id) == (kind, asked, now.date(), catalog_id):
            return dead, True
        guard_dead(ledger, dead)
        ledger.close(dead, state="partial", now=now)
    run = ledger.begin(kind=kind, scope=asked, day=now.date(), now=now, catalog_id=catalog_id, version=VERSION)
    name = f"{now:%Y%m%dT%H%M%SZ}-run-{run.id}"
    return ledger.set_recording(run, _free_name(settings.recordings, name)), False


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
    ledger.close(run, state=state, now=settings.clock(), recording_digest=digest)
    return guarded


def http_options(settings: Settings, catalog: Catalog) -> HttpOptions:
    """Return how to behave towards the services under these settings."""
    return HttpOptions(
        user_agent=settings.user_agent,
        bases={source.service: ask_of(source, settings).base for source in SOURCES.values()},
        tokens={"github": settings.github_tokens} if settings.github_tokens else {},
        timeout=settings.timeout,
        max_wait=settings.max_wait,
        paced=settings.budgets,
        reserve=catalog.reserve,
    )


def _free_name(folder: Path, name: str) -> str:
    """Return a file name that no recording in the folder bears: another ledger may keep its recordings there."""
    found, number = f"{name}.warc.gz", 2
    while (folder / found).exists():
        found, number = f"{name}-{number}.warc.gz", number + 1
    return found
