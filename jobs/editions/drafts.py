"""A page's table before it is published: what it would be, and what in it is too old to go out; writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from collector.catalog.problems import Problem
from collector.catalog.schema import read_catalog
from collector.sources import SOURCES
from jobs.editions.editions import digest, renderings
from jobs.metrics import RULES
from jobs.pages import PageError
from publish.formats import document
from publish.site.pages import Page
from publish.table.cells import Cell, Table
from publish.table.make import make_table
from storage.ledger import Ledger
from storage.model import Edition, Known

_COLLECTED = frozenset(source.metric for source in SOURCES.values())
_REMEDY = "put it into catalog.toml and `tallybook refresh`, or take it off the page"


@dataclass(frozen=True, slots=True)
class Stale:
    """Cells that are not fresh for the same reason: which (project and metric), and why in words."""

    cells: tuple[tuple[str, str], ...]
    why: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition that is not stored yet, as it would be written, with what is not fresh among the `expected` cells."""

    edition: Edition
    written: tuple[str, ...]
    expected: int
    stale: tuple[Stale, ...]
    most_stale: float

    @property
    def not_fresh(self) -> int:
        """How many of the expected cells are not fresh."""
        return sum(len(one.cells) for one in self.stale)

    @property
    def too_stale(self) -> bool:
        """Whether more is not fresh than the catalog allows."""
        return self.not_fresh > self.most_stale * self.expected


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known at the time of a publication: up to which run, by which catalog, and how much may be stale."""

    known: Known
    newest_run: int
    catalog_id: int | None
    most_stale: float
    made_at: datetime

    @classmethod
    def read(cls, ledger: Ledger, now: datetime) -> "Moment":
        """Read it from the ledger. Raises NothingKnown, CatalogError."""
        known, newest = ledger.archive.present()
        number, text = ledger.archive.catalog(known)
        return cls(known, newest, number, read_catalog(text, f"the catalog of run {known.run}").max_stale, now)


def drafts(ledger: Ledger, pages: Sequence[Page], day: date, moment: Moment) -> list[Draft]:
    """Make the table of each page as of a day. Raises PageError for projects that the catalog does not have."""
    known = {entry.id for entry in ledger.projects(moment.known)}
    problems = [
        Problem(page.path, page.line, f"project '{name}' is not in the catalog of the newest run: {_REMEDY}")
        for page in pages
        for name in page.projects
        if name not in known
    ]
    if problems:
        raise PageError(problems)
    with ledger.reading() as connection:
        tables = [make_table(connection, day, moment.known, page.projects, RULES) for page in pages]
    return [_draft(page, table, moment) for page, table in zip(pages, tables, strict=True)]


def _draft(page: Page, table: Table, moment: Moment) -> Draft:
    edition = Edition(
        page=page.slug,
        day=table.as_of,
        title=page.title,
        projects=page.projects,
        made_at=moment.made_at,
        known_seq=moment.known.known_seq,
        newest_run=moment.newest_run,
        catalog_id=moment.catalog_id,
        rules=RULES.to_json(),
        digest=digest(document.write(page.slug, page.title, "", table)),
    )
    expected = _expected(table)
    return Draft(edition, renderings(table), len(expected), tuple(_stale(table, expected)), moment.most_stale)


def _expected(table: Table) -> dict[tuple[str, str], Cell]:
    """Return the cells that should have a number, by project and metric, shown or not.

    Search interest that nobody has imported yet is not expected: no refresh could bring it.
    """
    cells = {
        (entry.id, row.metric.key): cell
        for row in (*table.rows, *table.left_out)
        for entry, cell in zip(table.projects, row.cells, strict=True)
        if cell.state != "none"
    }
    return {place: cell for place, cell in cells.items() if place[1] in _COLLECTED or _asked(cell)}


def _asked(cell: Cell) -> bool:
    return any(share.part.metric is not None for share in cell.shares)


def _stale(table: Table, expected: dict[tuple[str, str], Cell]) -> list[Stale]:
    """Group the cells that are not fresh by the footnotes that explain them."""
    found = []
    for note in table.footnotes:
        places = [(project, metric) for metric, project in note.places]
        cells = tuple(place for place in places if place in expected and expected[place].state != "fresh")
        if cells:
            found.append(Stale(cells, note.text))
    return found
