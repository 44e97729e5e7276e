"""Editions: found, shown as they were published, derived again, and compared with what is known since."""

from dataclasses import dataclass
from datetime import date, datetime

from jobs.settings import Settings
from publish.differences import Difference, differences, learned_in
from publish.formats import SUFFIXES, document, render
from publish.formats.document import Document
from publish.table.cells import Table
from publish.table.make import make_table
from publish.table.numbers import utc
from publish.table.rules import Rules
from storage.database.errors import LedgerError
from storage.editions.editions import edition_by, files, known_of, listed
from storage.ledger import Connection, read_ledger
from storage.model import Edition, Known, Listed
from storage.runs.runs import known as known_then
from storage.runs.runs import runs_by_number

_NEAR = 3


class UnknownEdition(Exception):
    """There is no such edition, or several could be meant; the message names those that there are."""


class TooEarly(Exception):
    """What was known then is older than the edition, so that nothing can have changed since."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An edition with its document, what it is compared with, and the cells that differ."""

    edition: Edition
    published: Document
    known: Known
    differences: tuple[Difference, ...]


def list_editions(settings: Settings) -> list[Listed]:
    """Return all editions by day and page. Raises LedgerError and its kinds."""
    with read_ledger(settings.db) as connection:
        return listed(connection)


def published_text(settings: Settings, day: date, page: str | None, form: str) -> str:
    """Return the newest edition of a day and page: the file as it was published, or written from its document.

    Raises UnknownEdition, LedgerError and its kinds.
    """
    with read_ledger(settings.db) as connection:
        edition = find(connection, day, page)
        kept = files(connection, edition.id).get(f"{day.isoformat()}.{SUFFIXES[form]}")
    return render(read(edition).table, form) if kept is None else kept.decode()


def compare(settings: Settings, day: date, page: str | None, known_at: int | date | datetime | None) -> Comparison:
    """Compare the newest edition of a day and page with what is known now, or was at `known_at`, by its own rules.

    Raises UnknownEdition, TooEarly, LedgerError and its kinds.
    """
    with read_ledger(settings.db) as connection:
        edition = find(connection, day, page)
        published, known = read(edition), known_then(connection, known_at)
        if known.known_seq < edition.known_seq:
            then = published.table.known
            raise TooEarly(
                f"what was known at run {known.run} ({utc(known.at)}) is older than the edition of {day.isoformat()}, "
                f"which knew run {then.run} ({utc(then.at)}): give a later --known-at"
            )
        projects = [entry.id for entry in published.table.projects]
        now = make_table(connection, day, known, projects, published.table.rules)
        runs = runs_by_number(connection, learned_in(now))
        found = differences(published.table, derive(connection, edition, published), now, runs)
    return Comparison(edition, published, known, found)


def find(connection: Connection, day: date, page: str | None) -> Edition:
    """Return the newest edition of a day, of the page if one is named. Raises UnknownEdition."""
    of_day = {one.page: one for one in listed(connection, day)}
    if not of_day:
        raise UnknownEdition(f"no edition of {day.isoformat()}: {_near(listed(connection), day)}")
    if page is None and len(of_day) > 1:
        *others, last = of_day
        choice = f"{', '.join(others)} or {last}"
        raise UnknownEdition(f"there are {len(of_day)} editions of {day.isoformat()}: give --page {choice}")
    found = of_day.get(page) if page is not None else next(iter(of_day.values()))
    if found is None:
        raise UnknownEdition(f"no edition of {day.isoformat()} of the page {page!r}: there is {', '.join(of_day)}")
    return edition_by(connection, found.id)


def read(edition: Edition) -> Document:
    """Return the document of an edition. Raises LedgerError if it, or its rules, cannot be read."""
    rules = Rules.from_json(edition.rules)
    try:
        return document.read(edition.document, edition.known_seq, rules)
    except (ValueError, LookupError, TypeError) as error:
        raise LedgerError(f"the document of the edition of {edition.day} cannot be read: {error!r}") from error


def derive(connection: Connection, edition: Edition, published: Document) -> Table:
    """Make the table of an edition from the observations that were known by then, by its own rules.

    Raises NothingKnown, UnknownProject.
    """
    projects = [entry.id for entry in published.table.projects]
    return make_table(connection, edition.day, known_of(connection, edition), projects, published.table.rules)


def _near(editions: list[Listed], day: date) -> str:
    if not editions:
        return "nothing was published yet; `tallybook publish` does"
    days = sorted({one.day for one in editions}, key=lambda other: abs(other - day))[:_NEAR]
    return f"the nearest {'are' if len(days) > 1 else 'is'} {', '.join(other.isoformat() for other in sorted(days))}"
