"""The verification: every edition made again, every recording read and hashed, the ledger's rows held together."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from collector.recording.warc import RecordingError, readable_length
from jobs.editions.editions import remake
from jobs.settings import Settings
from publish.table.rules import RulesError
from storage.database.errors import LedgerError, NothingKnown, UnknownProject
from storage.ledger import Ledger
from storage.model import Edition, RecordedFile

_CHUNK = 1024 * 1024
_MOST_RECORDS = 5
"""How many records of one recording are named; the rest are counted."""

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

        for line in (*migrate.check(self.settings.db), *ledger.archive.faults()):
            yield Finding("ledger", "the ledger", line)
        self.notes += ledger.archive.clock_put_back()

    def _editions(self, ledger: Ledger) -> Iterator[Finding]:
        editions = ledger.archive.editions()
        for edition in editions:
            self.progress("editions", self.editions, len(editions))
            if (detail := _edition(ledger, edition)) is not None:
                yield Finding("edition", f"edition of {edition.day.isoformat()}, page {edition.page}", detail)
            self.editions += 1
        self.progress("editions", self.editions, len(editions))

    def _recordings(self, ledger: Ledger) -> Iterator[Finding]:
        files = ledger.archive.recordings()
        for file in files:
            self.progress("recordings", self.recordings, len(files))
            path = self.settings.recordings / file.name
            for detail in _recording(path, file, ledger.archive.records(file)):
                yield Finding("recording", str(path), detail)
            self.recordings += 1
            self.responses += file.records
        self.progress("recordings", self.recordings, len(files))


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _guarded(part: Iterator[Finding]) -> Iterator[Finding]:
    """Let the other parts be checked, even if the ledger cannot be read where one looks."""
    try:
        yield from part
    except LedgerError as error:
        yield Finding("ledger", "the ledger", str(error))


def _edition(ledger: Ledger, edition: Edition) -> str | None:
    """Return how an edition differs from what was published, None if it does not."""
    try:
        if remake(ledger, edition).same:
            return None
    except (NothingKnown, UnknownProject, RulesError) as error:
        return f"cannot be made again: {error}"
    return "comes out otherwise than it was published, by its own rules: the ledger was changed by something else"


def _recording(path: Path, file: RecordedFile, records: Iterable[tuple[str, int, int, str]]) -> Iterator[str]:
    """Yield how a recording differs from what the ledger says of it; a tail that no run refers to is nobody's."""
    needed = bool(file.digests or file.records)
    if not path.exists():
        if needed:
            yield f"is not there; the ledger refers to {file.records} responses in it: put the file back"
        return
    try:
        with path.open("rb") as opened:
            whole = hashlib.file_digest(opened, "sha256").hexdigest() if file.digests else ""
            if any(digest != whole for digest in file.digests):
                yield "is not the file as it was when its run was closed: its SHA-256 differs"
            yield from _few(_changed(opened, records))
        size, readable = path.stat().st_size, readable_length(path)
    except (OSError, RecordingError) as error:
        yield str(error).removeprefix(f"{path}: ")
        return
    if readable < (size if file.digests else file.end):
        yield f"can be read up to byte {readable} of {size} only: the record there is damaged, cut off or too large"


def _changed(opened: BinaryIO, records: Iterable[tuple[str, int, int, str]]) -> Iterator[str]:
    """Yield the records whose bytes are not those that were recorded."""
    for record, offset, length, digest in records:
        opened.seek(offset)
        found, left = hashlib.sha256(), length
        while left > 0 and (data := opened.read(min(left, _CHUNK))):
            found.update(data)
            left -= len(data)
        if left:
            yield f"record {record} at byte {offset} is cut off"
        elif found.hexdigest() != digest:
            yield f"record {record} at byte {offset} is not as it was recorded"


def _few(lines: Iterator[str]) -> Iterator[str]:
    """Pass on the first lines and count the others."""
    yield from islice(lines, _MOST_RECORDS)
    if others := sum(1 for _ in lines):
        yield f"{others} more records are not as they were recorded"
