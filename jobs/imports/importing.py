"""The import: files that others kept become runs of the ledger, with a copy of each in a recording."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from collector.catalog.schema import Catalog
from collector.imports.formats import Format
from collector.imports.gather import Gathering
from collector.imports.model import File, Options, Read, Refused
from collector.model import Artifact
from collector.recording.writer import Recorder
from collector.sources import KINDS
from jobs.guard.past import guard_import
from jobs.imports.files import Publication, find
from jobs.imports.git_history import publications
from jobs.imports.report import ImportReport
from jobs.ingest.ingest import store_catalog
from jobs.ingest.unfinished import free_path
from jobs.settings import VERSION, Settings
from jobs.weeks import scope
from storage.append.append import append
from storage.ledger import Connection, Ledger
from storage.model import Piece, ResponseRow, Run
from storage.runs import runs
from storage.runs.recordings import add_recording

if TYPE_CHECKING:
    import pandas as pd

IMPORT = "import"
"""The kind of a run that brought history kept by others."""
Progress = Callable[[str, int, int | None], None]
"""Called with the format's name, how many files are read, and how many there are, if that is known."""


@dataclass(frozen=True, slots=True)
class Import:
    """An import to be made. The files became public at `public` (UTC), or when `by_git` says, or else now.

    `catalog` None leaves the ledger's catalog as it is. `trust` takes the values as they are; else the guards judge
    them with hindsight, but for those of another ledger's history, which have been judged there.
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
    trust: bool = False

    def run(self) -> ImportReport:
        """Make the import. Raises FilesError, RecordingError, LedgerError and its kinds (RunInProgress among them).

        All is read before a ledger is opened or made: what cannot be taken leaves no trace.
        """
        report, copies = ImportReport(self.format.name), _Copies(self.settings)
        try:
            brought = list(self._read(copies, report))
            if brought and not report.interrupted:
                self._store(brought, copies, report)
        finally:
            copies.close(kept=bool(report.new))
        return report

    def _read(self, copies: "_Copies", report: ImportReport) -> Iterator["_Brought"]:
        """Yield what becomes a run each, oldest first. Of each file that something was taken of a copy is kept."""
        unclaimed: set[str] = set()
        for publication in self._publications():
            gathering = Gathering(self.options, publication.at or self.options.now, self.format.snapshot)
            for files in self._files(publication, report):
                reads = list(self.format.read(files, self.options))
                taken = any(read.values for read in reads)
                for read in reads:
                    report.rows += read.rows
                    report.odd += read.notes
                    self._note_empty(read, report, taken=taken)
                    # Files that are read together make their values together, those too that only tie the others.
                    kept = read.values or (taken and self.format.together)
                    gathering.add(_as_public(read, publication), copies.keep(read.file) if kept else "")
            if self.stop.is_set():
                report.interrupted = True
                return
            settled = gathering.settle()
            report.refused += settled.refused
            report.odd += settled.notes
            unclaimed |= self._unclaimed(settled.artifacts)
            for known, count in settled.values.items():
                public, judged = known[0] if known else publication.at, known is None and not self.trust
                yield _Brought(public, judged, count, gathering.frames(known))
        report.unclaimed = sorted(unclaimed)

    def _publications(self) -> Iterator[Publication]:
        if self.by_git:
            return publications(self.paths, self.format.suffix, self.options.now)
        return iter([find(self.paths, self.format.suffix, self.public)])

    def _files(self, publication: Publication, report: ImportReport) -> Iterator[Sequence[File]]:
        """Yield the files as the format wants them, one by one or all together."""
        together = []
        for found in publication.files:
            if self.stop.is_set():
                return
            report.files += 1
            if isinstance(found, Refused):
                report.refused.append(found)
                report.empty.append(found.file)
            elif self.format.together:
                together.append(found)
            else:
                yield (found,)
            self.progress(self.format.name, report.files, publication.count)
        if together:
            yield together

    def _note_empty(self, read: Read, report: ImportReport, *, taken: bool) -> None:
        """Note a file of which nothing is taken, with the reason if its reader gave none."""
        if read.values or (taken and self.format.together):
            return
        report.empty.append(read.file.label)
        if not read.refused:
            read.refuse(None, "has rows, but not one value" if read.rows else "has a header, but no rows")

    def _unclaimed(self, artifacts: Collection[Artifact]) -> set[str]:
        """Return the artifacts that belong to no project of the catalog, if there is one."""
        if self.catalog is None:
            return set()
        keys: set[tuple[str, str]] = set()
        patterns: dict[tuple[str, str], list[str]] = defaultdict(list)
        for artifact in (one for project in self.catalog.projects for one in project.artifacts):
            keys.update((artifact.kind, key) for key in KINDS[artifact.kind].keys(artifact.name))
            if artifact.is_pattern:
                # The namespace of a pattern is literal.
                patterns[artifact.kind, artifact.name.partition("/")[0]].append(artifact.name)
        return {
            str(one)
            for one in artifacts
            if not any((one.kind, key) in keys for key in KINDS[one.kind].keys(one.name))
            and not any(fnmatchcase(one.name, pattern) for pattern in patterns[one.kind, one.name.partition("/")[0]])
        }

    def _store(self, brought: Sequence["_Brought"], copies: "_Copies", report: ImportReport) -> None:
        """Make the runs, all in one transaction; one that brought nothing new leaves no trace."""
        settings, digest = self.settings, copies.digest()
        with Ledger.open_or_create(settings.db) as ledger, ledger.run_lock(), ledger.writing() as connection:
            judged: list[Run] = []
            for one in brought:
                # Taken back by itself if there is nothing new in it.
                savepoint = connection.begin_nested()
                run = self._begin(connection, one.public)
                add_recording(connection, run, copies.name, digest)
                outcomes = append(connection, run, (Piece(frame, copies.rows) for frame in one.frames))
                new = sum(outcome.new_rows for outcome in outcomes)
                report.odd += [outcome.detail for outcome in outcomes if outcome.state == "failed"]
                report.unchanged += one.count - new
                if not new:
                    savepoint.rollback()
                    continue
                savepoint.commit()
                report.runs.append(run.id)
                report.new += new
                if one.judged:
                    judged.append(run)
            held = guard_import(connection, judged)
            report.held, report.held_for = held.count, [str(group) for group in held.groups]

    def _begin(self, connection: Connection, public: datetime | None) -> Run:
        now = self.options.now
        return runs.begin(
            connection,
            kind=IMPORT,
            scope=scope(of=f"{IMPORT} {self.format.name}"),
            day=(public or now).date(),
            started=now,
            now=now,
            catalog_id=None if self.catalog is None else store_catalog(connection, self.catalog, now, public),
            version=VERSION,
            public=public,
        )


@dataclass(frozen=True, slots=True)
class _Brought:
    """What becomes a run: so many values, when they became public (UTC; None: now), and whether they are judged."""

    public: datetime | None
    judged: bool
    count: int
    frames: Iterator["pd.DataFrame"]


def _as_public(read: Read, publication: Publication) -> Read:
    """Let the user's word count more than the file's, which is then only an order of its values."""
    if publication.at is not None:
        read.values = [value._replace(at=value.known[0], known=None) if value.known else value for value in read.values]
    return read


@dataclass(slots=True)
class _Copies:
    """The recording in which a copy of each file is kept; there is none before the first."""

    settings: Settings
    name: str = ""
    rows: list[ResponseRow] = field(default_factory=list)
    _recorder: Recorder | None = None

    def keep(self, file: File) -> str:
        """Keep a copy of a file, and return its record. Raises RecordingError."""
        now = self.settings.clock()
        if self._recorder is None:
            path = free_path(self.settings.recordings, f"{now:%Y%m%dT%H%M%SZ}-{IMPORT}")
            self.name = path.name
            self._recorder = Recorder(path, software=f"tallybook/{VERSION}", at=now)
        record = self._recorder.record_id(f"file-{len(self.rows) + 1}")
        kept = self._recorder.keep(file.name, file.content, record, now)
        self.rows.append(ResponseRow(self.name, record, kept.status, kept.at, kept.offset, kept.length, kept.digest))
        return record

    def digest(self) -> str:
        """Return the SHA-256 of the recording as it stands. Raises RecordingError."""
        return self._recorder.digest() if self._recorder else ""

    def close(self, *, kept: bool) -> None:
        """Close the recording; one that no run refers to goes."""
        if self._recorder is not None:
            with self._recorder:
                pass
            if not kept:
                self._recorder.path.unlink(missing_ok=True)
