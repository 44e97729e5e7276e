"""One collection: a run begun or taken up, its requests sent, recorded and taken in, the run closed; not what for."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date

from collector.catalog.schema import Catalog
from collector.http.client import Http, HttpOptions
from collector.http.workers import collect
from collector.model import Answer, Artifact, Exchange, Request
from collector.recording.warc import Recorder
from collector.sources import SOURCES
from jobs.collect.plan import Plan, ask_of, without
from jobs.ingest.intake import Intake
from jobs.ingest.lifecycle import Errand, begin, finish, settle
from jobs.ingest.report import Report
from jobs.settings import VERSION, Settings
from storage.ledger import Ledger
from storage.model import Run

OUTAGE = 2
"""A service that is silent altogether is waited for as long as so many of its answers may take."""

Progress = Callable[[str, int, int], None]
"""Called with a source's name, how many of its artifacts are settled, and how many there are."""


@dataclass(frozen=True, slots=True)
class Work:
    """The artifacts to ask for, by source, and `requests(source, artifacts)`, which yields what to send for some.

    Of values for other `days` than those, by source and artifact, nothing is taken in, but for counts of the `present`
    from which the past was counted back. None stands for all days. `notes` are what the report should say of it.
    """

    plan: Plan
    requests: Callable[[str, Sequence[Artifact]], Iterable[Request]]
    days: Mapping[str, Mapping[Artifact, Sequence[date]]] | None = None
    present: bool = True
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """How to collect: under which settings and catalog; `stop` ends it early, `progress` is told how it goes."""

    settings: Settings
    catalog: Catalog
    stop: threading.Event
    progress: Progress

    def run(self, ledger: Ledger, errand: Errand, work: Callable[[Run], Work]) -> Report:
        """Do an errand, or go on with the same one that died; the caller holds the ledger's lock.

        Raises LedgerError and its kinds, RecordingError, and whatever `work` raises.
        """
        run, resumed = self._begin(ledger, errand)
        path, keep = self.settings.recordings / (run.recording or ""), ledger.recorded_length(run)
        software = f"tallybook/{VERSION}"
        with Recorder(path, name=path.name, software=software, at=run.started_at, keep=keep) as recorder:
            report = self._collect(ledger, run, work(run), recorder)
            digest = recorder.digest()
        return replace(finish(ledger, run, report, self.settings, digest, path), resumed=resumed)

    def _begin(self, ledger: Ledger, errand: Errand) -> tuple[Run, bool]:
        """Begin, or take up a run whose recording is still there: without it, what it has could not be explained."""
        run, resumed = begin(ledger, self.settings, self.catalog, errand)
        path, keep = self.settings.recordings / (run.recording or ""), ledger.recorded_length(run)
        if resumed and keep and (not path.exists() or path.stat().st_size < keep):
            settle(ledger, run, self.settings.clock())
            run, resumed = begin(ledger, self.settings, self.catalog, errand)
        return run, resumed

    def _collect(self, ledger: Ledger, run: Run, work: Work, recorder: Recorder) -> Report:
        settings = self.settings
        intake = Intake(
            ledger,
            run,
            SOURCES,
            self.catalog.cadence,
            days=work.days,
            present=work.present,
            sync=recorder.sync,
            keeps_etags=True,
        )
        for outcome in ledger.settled(run):
            intake.tally.add(outcome)
        rest = without(work.plan, ledger.done_series(run))
        asked = {name: artifacts for name, artifacts in rest.items() if artifacts}
        progress = _Settled(asked, self.progress)
        requests = {name: work.requests(name, listed) for name, listed in asked.items()}
        with closing(Http(http_options(settings, self.catalog), clock=settings.clock, stop=self.stop)) as http:
            patience, paced = OUTAGE * settings.timeout, settings.budgets
            for exchange, answer in collect(requests, SOURCES, http, paced=paced, patience=patience, stop=self.stop):
                intake.take(exchange, answer, recorder.write(exchange))
                progress.take(exchange, answer)
            refused = [
                f"token {name} was refused and is not used: renew or remove it" for name in http.tokens.refused()
            ]
        intake.tally.warnings += [*work.notes, *refused]
        intake.checkpoint()
        recording = recorder.path.name if intake.responses else ""
        sources = [name for name, artifacts in work.plan.items() if artifacts]
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


def http_options(settings: Settings, catalog: Catalog) -> HttpOptions:
    """Return how to behave towards the services under these settings."""
    return HttpOptions(
        user_agent=settings.user_agent,
        bases={source.service: ask_of(source, settings).base for source in SOURCES.values()},
        tokens={"github": (settings.github_token,)} if settings.github_token else {},
        timeout=settings.timeout,
        max_wait=settings.max_wait,
        paced=settings.budgets,
        reserve=catalog.reserve,
    )
