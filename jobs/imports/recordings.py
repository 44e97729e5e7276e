"""The import of recordings that other machines made: each collection becomes the run that it was meant to be."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from collector.catalog.schema import Catalog
from collector.imports.model import Refused
from collector.model import Artifact
from collector.recording.warc import RecordingError
from jobs.collect.plan import Selection, artifacts_of, plan_of_recording, wanted
from jobs.imports.files import listed
from jobs.imports.importing import Progress
from jobs.imports.options import RECORDINGS
from jobs.imports.report import ImportReport
from jobs.ingest.ingest import ingest
from jobs.ingest.plan import Plan
from jobs.settings import Settings
from storage.database.errors import LedgerMissing, RecordConflict
from storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class ImportRecordings:
    """Recordings to be imported; what the catalog does not want is left out of them, without one nothing is.

    Those of one plan, as several machines made them, are one run. They became public at `public` (UTC), or now.
    """

    settings: Settings
    catalog: Catalog | None
    paths: tuple[Path, ...]
    stop: threading.Event
    progress: Progress
    public: datetime | None = None

    def run(self) -> ImportReport:
        """Make the import. Raises FilesError, LedgerError and its kinds."""
        files = [file for path in self.paths for file in listed(path, ".warc.gz")]
        report = ImportReport(RECORDINGS, files=len(files))
        together: dict[tuple[object, ...], dict[Path, Plan]] = {}
        for file in files:
            # Whatever is no recording is refused before it is kept beside the others.
            try:
                plan = plan_of_recording(file, self.catalog)
            except RecordingError as error:
                self._refuse(file, error, report)
            else:
                together.setdefault((plan.kind, plan.scope, plan.day, plan.catalog), {})[file] = plan
        if not together:
            # No ledger is made for nothing.
            return report
        done = len(files) - sum(map(len, together.values()))
        made = self._is_new()
        with Ledger.open_or_create(self.settings.db) as ledger, ledger.run_lock():
            for group in together.values():
                self._read(ledger, group, report)
                done += len(group)
                self.progress(RECORDINGS, done, len(files))
                if self.stop.is_set():
                    report.interrupted = True
                    break
            if made:
                ledger.withdraw()
        return report

    def _is_new(self) -> bool:
        try:
            Ledger.open(self.settings.db).dispose()
        except LedgerMissing:
            return True
        return False

    def _read(self, ledger: Ledger, recorded: Mapping[Path, Plan], report: ImportReport) -> None:
        """Make a run of recordings, unless they bring nothing new."""
        settings, public = self.settings, self.public
        try:
            came = ingest(
                recorded, settings, ledger, self.catalog, self._wanted(), self.stop, public=public, only_news=True
            )
        except (RecordingError, RecordConflict) as error:
            for file in recorded:
                self._refuse(file, error, report)
            return
        report.rows += came.responses
        report.cut += came.cut
        unchanged = sum(states.get("unchanged", 0) for states in came.counts.values())
        report.unchanged += unchanged
        if came.run is None and not unchanged:
            report.empty += [file.name for file in recorded]
        report.odd += [*map(str, came.troubles), *came.warnings]
        if came.run is not None:
            report.runs.append(came.run)
            report.new += came.observations

    def _wanted(self) -> Callable[[str, Artifact], bool]:
        return wanted(artifacts_of(self.catalog, Selection()), ()) if self.catalog else lambda *_: True

    def _refuse(self, file: Path, error: Exception, report: ImportReport) -> None:
        report.empty.append(file.name)
        report.refused.append(Refused(file.name, None, str(error).removeprefix(f"{file}: ")))
