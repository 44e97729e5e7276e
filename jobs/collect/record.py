"""Recording: a plan's requests are sent, and every exchange recorded; what was recorded before is not sent again."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from collector.catalog.schema import Catalog
from collector.errors import CREDENTIALS, NoValue
from collector.http.client import Http, HttpOptions
from collector.http.workers import Told, collect
from collector.recording.transport import Live, Recordings, Resuming
from collector.recording.writer import Recorder
from collector.sources import SOURCES
from collector.sources.reading import failed
from jobs.ingest.unfinished import Unfinished
from jobs.settings import VERSION, Settings

OUTAGE = 2
"""A service that is silent altogether is waited for as long as so many of its answers may take."""

Progress = Callable[[str, int, int], None]
"""Called with a source's name, how many of its artifacts are settled, and how many there are."""


@dataclass(frozen=True, slots=True)
class Job:
    """What every collection works with; `stop` ends it early, `progress` is told how it goes."""

    settings: Settings
    catalog: Catalog
    stop: threading.Event
    progress: Progress


def record(job: Job, recording: Unfinished) -> Iterator[Told]:
    """Do a plan's tasks, record what comes, and yield each task with its answer. Raises RecordingError."""
    settings, plan = job.settings, recording.plan
    with (
        Recorder(recording.path, software=f"tallybook/{VERSION}", at=plan.begun) as recorder,
        closing(Http(_options(job), clock=settings.clock, stop=job.stop)) as http,
    ):
        live = Live(http, recorder)
        transport: Live | Resuming = live
        if recording.resumed:
            transport = Resuming(Recordings([recording.path]), live)
        else:
            recorder.plan(plan.as_json(), plan.begun)
        tasks = plan.tasks()
        totals = {name: len(artifacts) for name, artifacts in plan.artifacts.items()}
        settled = dict.fromkeys(totals, 0)
        for name, total in totals.items():
            job.progress(name, 0, total)
        if settings.bad_token:
            refused = NoValue(CREDENTIALS, settings.bad_token)
            for name in [name for name in tasks if SOURCES[name].service == "github"]:
                yield from (Told(task, failed(task.artifacts, refused)) for task in tasks.pop(name))
        patience = OUTAGE * settings.timeout
        for told in collect(tasks, transport, paced=settings.budgets, patience=patience, stop=job.stop):
            name = told.task.source.name
            settled[name] += len(told.task.artifacts)
            job.progress(name, settled[name], totals[name])
            yield _warned(told, recorder)
        recorder.sync()


def _warned(told: Told, recorder: Recorder) -> Told:
    """Return what was told with a warning if the end of the recording had to be cut off."""
    if not recorder.cut:
        return told
    warning = f"the last {recorder.cut} bytes of {recorder.path} were damaged: what they told is asked for again"
    return replace(told, answer=replace(told.answer, warnings=(*told.answer.warnings, warning)))


def _options(job: Job) -> HttpOptions:
    settings = job.settings
    return HttpOptions(
        user_agent=settings.user_agent,
        bases={source.service: settings.bases.get(source.service, source.base) for source in SOURCES.values()},
        tokens={"github": settings.github_token} if settings.github_token else {},
        timeout=settings.timeout,
        max_wait=settings.max_wait,
        paced=settings.budgets,
        reserve=job.catalog.reserve,
    )
