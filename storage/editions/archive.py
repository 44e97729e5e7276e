"""What was published and how it is checked, on an open ledger; knows no SQL of its own."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Engine

from storage.database.connection import reading, writing
from storage.editions import editions, soundness
from storage.model import Edition, Known, RecordedFile, Run
from storage.runs import recorded


class Archive:
    """The part of a ledger that holds what was published to what is stored; `Ledger.archive` gives it.

    Every method raises LedgerError's kinds, as the ledger's own do.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def present(self) -> tuple[Known, int]:
        """Return what is known now, and the highest number of a closed run. Raises NothingKnown."""
        with reading(self._engine) as connection:
            return editions.present(connection)

    def keep(self, made: Sequence[Edition]) -> list[tuple[Edition, bool]]:
        """Store editions, all or none; return each as stored and True, or False if it was there already.

        It was if the newest of its page and day is the same table.
        Raises LedgerBusy if a run was put into their past since they were made.
        """
        with writing(self._engine) as connection:
            return editions.keep_editions(connection, made)

    def editions(self) -> list[Edition]:
        """Return all editions by day, page, and the order in which they were made."""
        with reading(self._engine) as connection:
            return editions.editions(connection)

    def known_of(self, edition: Edition) -> Known:
        """Return what was known when an edition was made, whatever was put into its past since. Raises NothingKnown."""
        with reading(self._engine) as connection:
            return editions.known_of(connection, edition)

    def catalog(self, known: Known) -> tuple[int | None, str]:
        """Return the number and the text of the catalog as known; None and "" if no run had one."""
        with reading(self._engine) as connection:
            return editions.catalog_text(connection, known)

    def runs(self, numbers: Collection[int]) -> dict[int, Run]:
        """Return closed runs by their numbers, those that are there."""
        with reading(self._engine) as connection:
            return recorded.runs_by_number(connection, numbers)

    def recordings(self) -> list[RecordedFile]:
        """Return the files that closed runs were recorded in, by name, each with what it should be."""
        with reading(self._engine) as connection:
            return recorded.recordings(connection)

    def records(self, file: RecordedFile) -> Iterator[tuple[str, int, int, str]]:
        """Yield record id, offset, length and sha256 of the responses in a file, in the order in which they lie."""
        with reading(self._engine) as connection:
            yield from recorded.records(connection, file)

    def faults(self) -> Iterator[str]:
        """Yield what does not fit together among the ledger's rows, one line each."""
        with reading(self._engine) as connection:
            yield from soundness.faults(connection)

    def clock_put_back(self) -> list[str]:
        """Return where the second clock was put back, one line each: what cannot be mended, and costs nothing."""
        with reading(self._engine) as connection:
            return list(soundness.clock_put_back(connection))
