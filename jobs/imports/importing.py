"""The import: reads files that others kept into the ledger, with a copy of each in the run's recording."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain
from pathlib import Path

import pandas as pd

from collector.catalog.schema import Catalog
from collector.imports.formats import Format
from collector.imports.model import Batch, File, Options, Refused
from collector.recording.warc import Recorder
from jobs.imports.files import FilesError, Publication, find
from jobs.imports.git_history import publications
from jobs.imports.oddities import Oddities
from jobs.imports.report import ImportReport
from jobs.ingest.lifecycle import IMPORT, discard_import, free_name, keep_catalog, settle
from jobs.settings import VERSION, Settings
from jobs.weeks import scope
from storage.ledger import Ledger
from storage.model import ResponseRow, Run

CHECKPOINT_ROWS = 100_000
"""How many observations are appended at once: fewer would cost time, more memory."""

Progress = Callable[[str, int, int | None], None]
"""Called with the format's name, how many files are read, and how many there are, if that is known."""


@dataclass(frozen=True, slots=True)
class Import:
    """An import to be made. The files became public at `public` (UTC), or when `by_git` says, or else now.

    `catalog` None leaves the ledger's catalog as it is.
    """

    settings: Settings
    catalog: Catalog | None
    paths: tuple[Path, ...]
    format: Format
    options: Options
    stop: threading.Event
    progress: Progress
    public: datetime | None = None
    by_git: bool = False

    def run(self) -> ImportReport:
        """Make the import. Raises FilesError, RecordingError, LedgerError and its kinds (RunInProgress among them)."""
        found = self._publications()
        report, oddities = ImportReport(self.format.name), Oddities(self.settings.clock().date())
        with Ledger.open_or_create(self.settings.db) as ledger, ledger.run_lock():
            discard_import(ledger, self.settings)
            for publication in found:
                run = begin_import(ledger, self.settings, self.catalog, self.format.name, publication.at)
                _Reading(self, ledger, run, publication, report, oddities).read()
                if self.stop.is_set():
                    report.interrupted = True
                    break
        return report

    def _publications(self) -> Iterator[Publication]:
        """Find the files, as far as that needs no reading, before a ledger is made for them."""
        if not self.by_git:
            return iter([find(self.paths, self.format.suffix, self.public)])
        each = chain.from_iterable(publications(path, self.format.suffix) for path in self.paths)
        first = next(each, None)
        return chain([first] if first else [], each)


def begin_import(
    ledger: Ledger,
    settings: Settings,
    catalog: Catalog | None,
    name: str,
    public: datetime | None,
    day: date | None = None,
) -> Run:
    """Open a run for an import, as of a day (None: when it was public).

    Its catalog is kept, but not for a time past if the ledger has one already.
    """
    now = settings.clock()
    if (dead := ledger.open_run()) is not None:
        settle(ledger, dead, now)
    kept = catalog if public is None or not ledger.cadence() else None
    return ledger.begin(
        kind=IMPORT,
        scope=scope(of=f"{IMPORT} {name}"),
        day=day or (public or now).date(),
        now=now,
        catalog_id=None if kept is None else keep_catalog(ledger, kept, now),
        version=VERSION,
        public=public,
    )


@dataclass(slots=True)
class _Reading:
    """Reads the files of one run into the ledger, a checkpoint at a time."""

    of: Import
    ledger: Ledger
    run: Run
    publication: Publication
    report: ImportReport
    oddities: Oddities
    new: int = 0
    _frames: list[pd.DataFrame] = field(default_factory=list)
    _rows: list[ResponseRow] = field(default_factory=list)

    def read(self) -> None:
        """Read all, and close the run if it brought something new; else, or if ended early, it leaves no trace."""
        settings, now = self.of.settings, self.of.settings.clock()
        name = free_name(settings.recordings, f"{now:%Y%m%dT%H%M%SZ}-{IMPORT}-{self.run.id}")
        self.run = self.ledger.set_recording(self.run, name)
        try:
            with Recorder(settings.recordings / name, name=name, software=f"tallybook/{VERSION}", at=now) as recorder:
                for name, batch in self._batches(recorder):
                    self._take(name, batch)
                self._append()
                digest = recorder.digest()
        except FilesError:
            discard_import(self.ledger, settings)
            raise
        if not self.new or self.of.stop.is_set():
            discard_import(self.ledger, settings)
            return
        public = self.publication.at
        self.ledger.close(self.run, state="done", now=now, recording_digest=digest, public=public)
        self.report.runs.append(self.run.id)
        self.report.new += self.new

    def _batches(self, recorder: Recorder) -> Iterator[tuple[str, Batch]]:
        """Yield what was read of each file, after the file was put into the recording if anything was taken of it."""
        for files in self._files(recorder):
            unkept = {file.record: file for file in files}
            for batch in self.of.format.read(files, self.of.options):
                # Files that are read together make their values together, those too that only tie the others.
                taken = set(batch.frame["response"].tolist())
                for record in sorted(unkept if taken and self.of.format.together else unkept.keys() & taken):
                    self._keep(recorder, unkept.pop(record))
                yield ", ".join(file.name for file in files), batch

    def _keep(self, recorder: Recorder, file: File) -> None:
        k = recorder.keep(file.name, file.content, file.record, self.of.settings.clock())
        self._rows.append(ResponseRow(k.record, k.status, k.at, k.offset, k.length, k.digest))

    def _files(self, recorder: Recorder) -> Iterator[Sequence[File]]:
        """Yield the files as the format wants them, one by one or all together, each with its record's id."""
        files = self._named(recorder)
        if not self.of.format.together:
            for file in files:
                yield (file,)
        elif together := tuple(files):
            yield together

    def _named(self, recorder: Recorder) -> Iterator[File]:
        for number, found in enumerate(self.publication.files, 1):
            if self.of.stop.is_set():
                return
            self.report.files += 1
            if isinstance(found, Refused):
                self.report.refused.append(found)
            else:
                yield replace(found, record=recorder.record_id(f"file-{number}"))
            total = self.publication.count if len(self.of.paths) == 1 or not self.of.by_git else None
            self.of.progress(self.of.format.name, self.report.files, total)

    def _take(self, name: str, batch: Batch) -> None:
        self.report.rows += batch.rows
        self.report.refused += batch.refused
        self.report.odd += batch.odd
        if batch.frame.empty:
            return
        self.report.odd += self.oddities.find(batch.frame, self.publication.at, name)
        self._frames.append(batch.frame)
        if sum(map(len, self._frames)) >= CHECKPOINT_ROWS:
            self._append()

    def _append(self) -> None:
        if not self._frames:
            return
        frame = pd.concat(self._frames, ignore_index=True)
        outcomes = self.ledger.append(self.run, frame, self._rows)
        new = sum(outcome.new_rows for outcome in outcomes)
        self.new += new
        self.report.unchanged += len(frame) - new
        self.report.odd += [outcome.detail for outcome in outcomes if outcome.state == "failed"]
        self._frames, self._rows = [], []
