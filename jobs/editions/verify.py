"""The verification: every edition derived again, every recording read and hashed, the ledger's rows held together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from jobs.editions.editions import derive, read
from jobs.ingest.checking import check_recording, noted
from jobs.settings import Settings
from publish.formats.document import cell_object
from publish.table.cells import Table
from storage.database.errors import LedgerError
from storage.editions.editions import changed_files, edition_by, listed, sha256
from storage.editions.soundness import clock_put_back, faults
from storage.ledger import Connection, Ledger
from storage.runs.recordings import recordings

_MOST_CELLS = 3
"""How many cells of one edition are named; the rest are counted."""

Progress = Callable[[str, int, int], None]
"""Called with what is checked (editions or recordings), how many are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that differs: what kind of thing (edition, recording, ledger), which one, and how."""

    kind: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.detail}"


@dataclass(slots=True)
class Verification:
    """Checks all that was published and stored, and counts what it has checked; changes nothing.

    `notes` are what is odd but no difference.
    """

    settings: Settings
    progress: Progress
    editions: int = 0
    recordings: int = 0
    responses: int = 0
    found: int = 0
    notes: list[str] = field(default_factory=list)

    def run(self) -> Iterator[Finding]:
        """Yield what differs, as it is found. Raises LedgerError and its kinds if the ledger cannot be opened."""
        with Ledger.open(self.settings.db) as ledger:
            for part in (self._ledger, self._editions, self._recordings):
                for finding in _guarded(part(ledger)):
                    self.found += 1
                    yield finding

    @property
    def summary(self) -> str:
        """What was checked and how many differences there are, in one line."""
        recordings = f"{_counted(self.recordings, 'recording')} with {_counted(self.responses, 'response')}"
        differ = _counted(self.found, "difference") if self.found else "nothing differs"
        return f"checked the ledger, {_counted(self.editions, 'edition')} and {recordings}: {differ}"

    def _ledger(self, ledger: Ledger) -> Iterator[Finding]:
        # Imported late: alembic is slow to load, and by now the ledger is known to be one.
        from storage.database import migrate

        yield from (Finding("ledger", "the ledger", line) for line in migrate.check(self.settings.db))
        with ledger.reading() as connection:
            yield from (Finding("ledger", "the ledger", line) for line in faults(connection))
            self.notes += clock_put_back(connection)

    def _editions(self, ledger: Ledger) -> Iterator[Finding]:
        with ledger.reading() as connection:
            kept = listed(connection)
            for one in kept:
                self.progress("editions", self.editions, len(kept))
                for detail in _edition(connection, one.id):
                    yield Finding("edition", f"edition of {one.day.isoformat()}, page {one.page}", detail)
                self.editions += 1
            self.progress("editions", self.editions, len(kept))

    def _recordings(self, ledger: Ledger) -> Iterator[Finding]:
        with ledger.reading() as connection:
            pruned = noted(self.settings.recordings)
            gone = {name for name in pruned if not (self.settings.recordings / name).exists()}
            files = [file for file in recordings(connection) if file.name not in gone]
            if gone:
                self.notes.append(f"{_counted(len(gone), 'recording')} removed by `tallybook prune`, and not checked")
            for file in files:
                self.progress("recordings", self.recordings, len(files))
                for detail in check_recording(connection, file, self.settings.recordings):
                    yield Finding("recording", str(self.settings.recordings / file.name), detail)
                self.recordings += 1
                self.responses += file.responses
            self.progress("recordings", self.recordings, len(files))


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _guarded(part: Iterator[Finding]) -> Iterator[Finding]:
    """Let the other parts be checked, even if the ledger cannot be read where one looks."""
    try:
        yield from part
    except LedgerError as error:
        yield Finding("ledger", "the ledger", str(error))


def _edition(connection: Connection, number: int) -> Iterator[str]:
    """Yield how an edition differs from what was published: its document, its files, what its values come to."""
    edition = edition_by(connection, number)
    if sha256(edition.document.encode()) != edition.digest:
        yield "its document is not as it was published: its SHA-256 differs"
    for name in changed_files(connection, number):
        yield f"its file {name} is not as it was published: its SHA-256 differs"
    try:
        published = read(edition)
        derived = derive(connection, edition, published)
    except LedgerError as error:
        yield f"cannot be derived again: {error}"
    else:
        yield from _cells(published.table, derived)


def _cells(published: Table, derived: Table) -> Iterator[str]:
    """Say which cells come to something else than was published."""
    kept = published.cells()
    differ = [
        f"{project}, {metric}: {old.text if old else 'nothing'}, now {new.text}"
        for (project, metric), new in derived.cells().items()
        if (old := kept.get((project, metric))) is None or cell_object(old) != cell_object(new)
    ]
    if differ:
        more = f" and {len(differ) - _MOST_CELLS} more" if len(differ) > _MOST_CELLS else ""
        yield (
            f"comes out otherwise than it was published, by its own rules ({'; '.join(differ[:_MOST_CELLS])}{more}): "
            "the ledger was changed by something else"
        )
