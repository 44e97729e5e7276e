"""The weekly schedule: when to refresh, what was missed, and the loop in the foreground; knows no source."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler

from collector.calendar import cadence_day_on_or_before
from collector.catalog.schema import Catalog, CatalogError, load_catalog
from collector.errors import BAD_PAYLOAD, NOT_ASKED, TRANSIENT
from collector.recording.warc import RecordingError
from jobs.collect.plan import Selection
from jobs.collect.record import Job as Collecting
from jobs.collect.refresh import refresh
from jobs.cron import trigger
from jobs.ingest.report import Report
from jobs.monitor import Monitored
from jobs.settings import Settings, SettingsError
from jobs.weeks import missing_weeks, say_missed
from storage.database.errors import LedgerError

HOUR = 5
"""pypistats loads a day's downloads at 01:00 UTC of the next; asked after 03:00, yesterday is there."""
LATE = timedelta(days=6)
"""A run that the machine slept through is still made this long after its time."""
AGAIN = timedelta(hours=1)
"""What a limit left, or what failed, is asked for after this time: the quotas that can leave much are by the hour."""
TRIES = 3
"""So many times what failed is asked for again: what has not passed by then waits for the next refresh."""

_PASSING = frozenset({TRANSIENT, NOT_ASKED, BAD_PAYLOAD})
"""Failures that may not come again in an hour."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When to refresh: five cron fields in UTC, and the cadence of the catalog by which weeks are counted."""

    settings: Settings
    catalog: Catalog
    fields: str

    @classmethod
    def read(cls, settings: Settings, cron: str | None) -> "Schedule":
        """Make the schedule of a catalog, or of a cron expression. Raises CatalogError, SettingsError."""
        catalog = load_catalog(settings.catalog)
        fields = cron or f"0 {HOUR} * * {catalog.cadence[:3]}"
        try:
            trigger(fields, datetime.now(UTC))
        except ValueError as error:
            raise SettingsError(f"--cron {fields!r}: no time in five cron fields: {error}") from error
        return cls(settings, catalog, fields)

    def run(self, stop: threading.Event, say: Say) -> None:
        """Refresh when it is due, until `stop` is set; one that is under way then can be gone on with."""
        scheduler = BackgroundScheduler(timezone=UTC)
        job: Job = scheduler.add_job(
            lambda tries: self._go_on(job, tries, stop, say),
            trigger(self.fields, datetime.now(UTC)),
            args=[TRIES],
            coalesce=True,
            max_instances=1,
            misfire_grace_time=int(LATE.total_seconds()),
        )
        behind = self._behind(say)
        if behind:
            job.modify(next_run_time=datetime.now(UTC))
        scheduler.start()
        if not behind:
            say(_next(job))
        stop.wait()
        scheduler.shutdown(wait=True)
        say("ended")

    def _behind(self, say: Say) -> bool:
        """Say which weeks have no refresh, and whether the running one is among them."""
        weeks = missing_weeks(self.settings, self.catalog.cadence)
        running = cadence_day_on_or_before(self.settings.clock().date(), self.catalog.cadence)
        if missed := [week for week in weeks if week != running]:
            say(say_missed(missed))
        if running in weeks:
            say(f"the week of {running} has no refresh yet: catching up now")
        return running in weeks

    def _go_on(self, job: Job, tries: int, stop: threading.Event, say: Say) -> None:
        """Refresh, and do so again soon if a limit has left something; if something failed, up to so many times."""
        report = self._refresh(stop, say)
        if stop.is_set():
            return
        left = report is not None and bool(report.left)
        failed = not left and (report is None or any(trouble.cause in _PASSING for trouble in report.troubles))
        if not left and not (failed and tries):
            job.modify(args=[TRIES])
            say(_next(job))
            return
        job.modify(args=[tries - failed], next_run_time=min(datetime.now(UTC) + AGAIN, job.next_run_time))
        what = "going on with what is left" if left else "asking again for what failed"
        say(f"{what}: {job.next_run_time:%Y-%m-%d %H:%M} UTC")

    def _refresh(self, stop: threading.Event, say: Say) -> Report | None:
        """Refresh once, and say what came of it; None if nothing could be begun."""
        try:
            with Monitored(self.settings, say) as monitor:
                # The catalog is read anew, so that an edit counts from the next refresh on.
                catalog = load_catalog(self.settings.catalog)
                report = refresh(Collecting(self.settings, catalog, stop, lambda *_: None), Selection())
                monitor.code = report.exit_code
        except (CatalogError, LedgerError, RecordingError, OSError) as error:
            say(f"refresh failed: {error}")
            return None
        for line in (*report.messages(), *report.lines()):
            say(line)
        return report


def _next(job: Job) -> str:
    return f"next refresh: {job.next_run_time:%Y-%m-%d %H:%M} UTC"
