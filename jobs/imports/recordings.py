"""The import of recordings: other machines' exchanges, by the same reading as a replay, each file a run of its own."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from collector.catalog.schema import Catalog
from collector.imports.model import Refused
from collector.model import Artifact
from collector.recording.warc import RecordingError, read_exchanges, unread
from collector.sources import SOURCES
from jobs.collect.plan import Selection, make_plan, wanted
from jobs.imports.files import listed
from jobs.imports.importing import Progress, begin_import
from jobs.imports.options import RECORDINGS
from jobs.imports.report import ImportReport
from jobs.ingest.intake import Intake
from jobs.ingest.lifecycle import discard_import
from jobs.ingest.replay import digest_of, keep_copy, read_in
from jobs.settings import Settings
from storage.ledger import Ledger

_CADENCE = "monday"
"""Where neither a catalog nor the ledger says it."""


@dataclass(frozen=True, slots=True)
class ImportRecordings:
    """Recordings to be imported; what the catalog does not want is left out of them, without one nothing is.

    They became public at `public` (UTC), or now.
    """

    settings: Settings
    catalog: Catalog | None
    paths: tuple[Path, ...]
    stop: threading.Event
    progress: Progress
    public: datetime | None = None

    def run(self) -> ImportReport:
        """Make the import. Raises FilesError, RecordingError, LedgerError and its kinds."""
        files = [file for path in self.paths for file in listed(path, ".warc.gz")]
        report = ImportReport(RECORDINGS)
        with Ledger.open_or_create(self.settings.db) as ledger, ledger.run_lock():
            discard_import(ledger, self.settings)
            for number, file in enumerate(files, 1):
                report.files += 1
                try:
                    # Whatever is no recording is refused before it is kept beside the others or a run is begun.
                    first = next(read_exchanges(file), None)
                except RecordingError as error:
                    report.refused.append(Refused(file.name, None, str(error).removeprefix(f"{file}: ")))
                else:
                    answer = first[0].answer if first else None
                    self._read(ledger, file, report, answer.at.date() if answer else None)
                self.progress(RECORDINGS, number, len(files))
                if self.stop.is_set():
                    report.interrupted = True
                    break
        return report

    def _read(self, ledger: Ledger, file: Path, report: ImportReport, day: date | None) -> None:
        """Read one recording, begun on a day, and close its run if it brought something new; else none is left."""
        settings, digest = self.settings, digest_of(file)
        run = begin_import(ledger, settings, self.catalog, RECORDINGS, self.public, day)
        before = set(settings.recordings.glob("*"))
        kept = keep_copy(file, settings.recordings, digest)
        run = ledger.set_recording(run, kept.name)
        cadence = self.catalog.cadence if self.catalog else ledger.cadence() or _CADENCE
        intake = Intake(ledger, run, SOURCES, cadence, self._wanted())
        read_in(kept, intake, self.stop)
        if broken := unread(kept):
            report.cut.append(f"{file.name}: {broken}")
        report.rows += intake.responses
        report.unchanged += sum(one.state == "unchanged" for one in intake.tally.outcomes.values())
        report.odd += [str(trouble) for trouble in intake.tally.troubles()] + intake.tally.warnings
        if not intake.tally.observations or self.stop.is_set():
            discard_import(ledger, settings)
            if kept not in before:
                kept.unlink(missing_ok=True)
            return
        ledger.close(run, state="done", now=settings.clock(), recording_digest=digest, public=self.public)
        report.runs.append(run.id)
        report.new += intake.tally.observations

    def _wanted(self) -> Callable[[Artifact], bool]:
        return wanted(make_plan(self.catalog, Selection())) if self.catalog else lambda _artifact: True
