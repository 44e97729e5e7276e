"""Holds an edition against what is known of the same projects and day now, or was at another time; writes nothing."""

from dataclasses import dataclass
from datetime import date, datetime

from jobs.editions.editions import Remade, find, remake
from jobs.settings import Settings
from publish.differences import Difference, differences, learned_in
from publish.table.make import make_table
from publish.table.numbers import utc
from storage.ledger import Ledger
from storage.model import Known


class TooEarly(Exception):
    """What was known then is older than the edition, so that nothing can have changed since."""

    def __init__(self, remade: Remade, known: Known) -> None:
        edition, published = remade.edition, remade.table.known
        super().__init__(
            f"what was known at run {known.run} ({utc(known.at)}) is older than the edition of "
            f"{edition.day.isoformat()}, which knew run {published.run} ({utc(published.at)}): give a later --known-at"
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """An edition made again, what it is held against, and the cells that differ."""

    remade: Remade
    known: Known
    differences: tuple[Difference, ...]


def compare(settings: Settings, day: date, page: str | None, known_at: int | date | datetime | None) -> Comparison:
    """Compare the newest edition of a day and page with what is known now, or was at `known_at`.

    Raises UnknownEdition, TooEarly, LedgerError and its kinds.
    """
    with Ledger.open(settings.db) as ledger:
        remade = remake(ledger, find(ledger.archive.editions(), day, page))
        known = ledger.known(known_at)
        if known.known_seq < remade.edition.known_seq:
            raise TooEarly(remade, known)
        with ledger.reading() as connection:
            now = make_table(connection, day, known, remade.edition.projects, remade.table.rules)
        runs = ledger.archive.runs(learned_in(now))
        return Comparison(remade, known, differences(remade.table, now, runs))
