"""Finds what was published and makes it again from the ledger; writes nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from jobs.settings import Settings
from publish.formats import document, render
from publish.table.cells import Table
from publish.table.make import make_table
from publish.table.rules import Rules
from storage.editions.editions import known_of
from storage.ledger import Ledger
from storage.model import Edition

FORMATS = ("markdown", "json")
"""What an edition is written in, in the order of its digest."""

_NEAR = 3


class UnknownEdition(Exception):
    """There is no such edition, or several could be meant; the message names those that there are."""


@dataclass(frozen=True, slots=True)
class Remade:
    """An edition made again: what it was to be, and the table that came out; `same` if every byte is as published."""

    edition: Edition
    table: Table
    same: bool

    @property
    def remark(self) -> str:
        """What to tell a reader who sees the table: "" where nothing stands between it and what was published."""
        return "" if self.same else "this is not what was published: `tallybook verify` says more"


def read_edition(settings: Settings, day: date, page: str | None) -> Remade:
    """Make the newest edition of a day and a page again. Raises UnknownEdition, LedgerError and its kinds."""
    with Ledger.open(settings.db) as ledger:
        return remake(ledger, find(ledger.archive.editions(), day, page))


def remake(ledger: Ledger, edition: Edition) -> Remade:
    """Make an edition again, of what was known by then. Raises LedgerError and its kinds."""
    with ledger.reading() as connection:
        known, rules = known_of(connection, edition), Rules.from_json(edition.rules)
        table = make_table(connection, edition.day, known, edition.projects, rules)
    return Remade(edition, table, digest(document.write(edition.page, edition.title, "", table)) == edition.digest)


def digest(text: str) -> str:
    """Return the SHA-256 of a document."""
    return hashlib.sha256(text.encode()).hexdigest()


def renderings(table: Table) -> tuple[str, ...]:
    """Write a table in each of `FORMATS`."""
    return tuple(render(table, form) for form in FORMATS)


def find(editions: Sequence[Edition], day: date, page: str | None) -> Edition:
    """Return the newest edition of a day, of the page if one is named. Raises UnknownEdition.

    `editions` are in the order of the ledger: of a page and a day the newest comes last.
    """
    of_day = {one.page: one for one in editions if one.day == day}
    if not of_day:
        raise UnknownEdition(f"no edition of {day.isoformat()}: {_near(editions, day)}")
    if page is None and len(of_day) > 1:
        raise UnknownEdition(f"there are {len(of_day)} editions of {day.isoformat()}: give --page {_choice(of_day)}")
    found = of_day.get(page) if page is not None else next(iter(of_day.values()))
    if found is None:
        raise UnknownEdition(f"no edition of {day.isoformat()} of the page {page!r}: there is {', '.join(of_day)}")
    return found


def _near(editions: Sequence[Edition], day: date) -> str:
    if not editions:
        return "nothing was published yet; `tallybook publish` does"
    days = sorted({one.day for one in editions}, key=lambda other: abs(other - day))[:_NEAR]
    return f"the nearest {'are' if len(days) > 1 else 'is'} {', '.join(other.isoformat() for other in sorted(days))}"


def _choice(pages: Sequence[str] | dict[str, Edition]) -> str:
    *others, last = pages
    return f"{', '.join(others)} or {last}"
