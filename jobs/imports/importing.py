"""The import: files that others kept become runs of the ledger, with a copy of each in a recording."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
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
from jobs.ingest.plan import scope
from jobs.ingest.unfinished import COPY, copied, free_path, held
from jobs.settings import VERSION, Settings
from storage.append.append import append
from storage.database.connection import analyze
from storage.identity.directory import load
from storage.ledger import Connection, Ledger
from storage.model import OutcomeRow, Piece, ResponseRow, Run
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
                copies.kept = bool(report.new)
        finally:
            copies.close()
        return report

    def _read(self, copies: "_Copies", report: ImportReport) -> Iterator["_Brought"]:
        """Yield what becomes a run each, oldest first. Of each file that something was taken of a copy is kept."""
        for publication in self._publications():
            before = len(copies.rows)
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
            for known, count in settled.values.items():
                public, rows = known[0] if known else publication.at, copies.rows[before:]
                yield _Brought(public, known is not None, count, gathering.frames(known), rows, settled.artifacts)

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
                outcomes = append(connection, run, self._pieces(one))
                new = sum(outcome.new_rows for outcome in outcomes)
                report.odd += [outcome.detail for outcome in outcomes if outcome.state == "failed"]
                report.unchanged += one.count - new
                if not new:
                    savepoint.rollback()
                    continue
                savepoint.commit()
                report.runs.append(run.id)
                report.new += new
                if not one.elsewhere and not self.trust:
                    judged.append(run)
            doubted = guard_import(connection, judged)
            if report.new:
                analyze(connection)
            report.held, report.held_for = doubted.count, [str(group) for group in doubted.groups]
            artifacts = {artifact for one in brought for artifact in one.artifacts}
            report.unclaimed = sorted(map(str, self._unclaimed(connection, artifacts)))
            if report.new:
                copied(settings.recordings / copies.name)

    def _pieces(self, one: "_Brought") -> Iterator[Piece]:
        """Yield what a run brought. A run of another ledger that counted images of a pattern had read their list."""
        patterns = _patterns(self.catalog) if one.elsewhere else {}
        lists: dict[OutcomeRow, None] = {}
        for frame in one.frames:
            yield Piece(frame, one.copies)
            if patterns:
                columns = ("kind", "name", "metric", "source", "definition", "response", "method")
                rows = zip(*(frame[column].tolist() for column in columns), strict=True)
                for kind, name, metric, source, definition, response, method in rows:
                    for pattern in _matching(patterns, Artifact(kind, name)) if method == "observed" else ():
                        row = OutcomeRow(kind, pattern, metric, source, definition, "recorded", response=response)
                        lists[row] = None
        yield Piece(None, (), tuple(lists))

    def _unclaimed(self, connection: Connection, artifacts: Collection[Artifact]) -> set[Artifact]:
        """Return the artifacts that belong to no project of the catalog, if there is one, under any of their names."""
        if self.catalog is None:
            return set()
        ours = {artifact for project in self.catalog.projects for artifact in project.artifacts}
        keys = {(one.kind, key) for one in ours for key in KINDS[one.kind].keys(one.name)}
        patterns = _patterns(self.catalog)
        rest = {
            one
            for one in artifacts
            if not any((one.kind, key) in keys for key in KINDS[one.kind].keys(one.name))
            and not any(_matching(patterns, one))
        }
        names: dict[str, set[str]] = defaultdict(set)
        for one in (*ours, *rest):
            names[one.kind].add(one.name)
        directory = load(connection, names)
        known = {directory.find(one.kind, one.name) for one in ours}
        return {one for one in rest if directory.find(one.kind, one.name) not in known}

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
    """What becomes a run: so many values of artifacts, and the copies of their files.

    They became public at a time (UTC), or now if that is None; `elsewhere`: another ledger knew them then.
    """

    public: datetime | None
    elsewhere: bool
    count: int
    frames: Iterator["pd.DataFrame"]
    copies: Sequence[ResponseRow]
    artifacts: Collection[Artifact]


_Patterns = Mapping[tuple[str, str], Sequence[str]]


def _patterns(catalog: Catalog | None) -> _Patterns:
    """Return the patterns of a catalog by kind and namespace, which is literal in each."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for artifact in (one for project in catalog.projects for one in project.artifacts) if catalog else ():
        if artifact.is_pattern:
            found[artifact.kind, artifact.name.partition("/")[0]].append(artifact.name)
    return found


def _matching(patterns: _Patterns, artifact: Artifact) -> Iterator[str]:
    of_namespace = patterns.get((artifact.kind, artifact.name.partition("/")[0]), ())
    return (pattern for pattern in of_namespace if fnmatchcase(artifact.name, pattern))


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
    kept: bool = False
    """Whether a run refers to it; else it goes."""
    _recorder: Recorder | None = None
    _open: ExitStack = field(default_factory=ExitStack)

    def keep(self, file: File) -> str:
        """Keep a copy of a file, and return its record. Raises RecordingError."""
        now = self.settings.clock()
        if self._recorder is None:
            path = free_path(self.settings.recordings, f"{now:%Y%m%dT%H%M%SZ}-{IMPORT}")
            # What is left by an import that was killed goes with the next run.
            self._open.enter_context(held(path, COPY))
            self._recorder = self._open.enter_context(Recorder(path, software=f"tallybook/{VERSION}", at=now))
            self.name = path.name
        record = self._recorder.record_id(f"file-{len(self.rows) + 1}")
        kept = self._recorder.keep(file.name, file.content, record, now)
        self.rows.append(ResponseRow(self.name, record, kept.status, kept.at, kept.offset, kept.length, kept.digest))
        return record

    def digest(self) -> str:
        """Return the SHA-256 of the recording as it stands. Raises RecordingError."""
        return self._recorder.digest() if self._recorder else ""

    def close(self) -> None:
        """Close the recording."""
        with self._open:
            pass
        if self._recorder is not None:
            if not self.kept:
                self._recorder.path.unlink(missing_ok=True)
            copied(self._recorder.path)
