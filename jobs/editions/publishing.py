"""The publication: each page's table as files and as an edition, unless too much in it is old."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from collector.calendar import cadence_day_on_or_before
from collector.catalog.problems import Problem
from collector.sources import SOURCES
from jobs.editions.staging import staged
from jobs.metrics import METRICS, RULES
from jobs.pages import PageError, find_pages
from jobs.settings import Settings
from publish.formats import SUFFIXES, document, render
from publish.site.pages import Page
from publish.table.cells import Cell, Table
from publish.table.make import make_table
from publish.table.rules import Rules
from storage.editions.editions import catalog_of, files, keep, newest_of, present, sha256
from storage.ledger import Connection, Ledger
from storage.model import Edition, Known
from storage.runs.catalogs import cadence, projects

PAGES = Path("comparisons")
SITE = Path("site")
PUBLISHED = ("json", "markdown")
"""The formats that files are written in, in the order of the files' names."""

_MOST_DETAILS = 3
"""So many cells that are not fresh are told of with their artifacts and causes."""
_ALL = "all"
"""The page of all projects, where nobody has written one."""
_COLLECTED = frozenset(
    key for key, metric in METRICS.items() if metric.expected and not SOURCES.keys().isdisjoint(metric.sources)
)
"""What every refresh asks for. Of anything else nobody has to have a number."""


class PublishError(Exception):
    """What was asked to be published cannot be; the message says why and what would be right."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to publish: which pages (by name, empty: all) of which folder, as of which day, where to, how strictly."""

    names: Sequence[str] = ()
    as_of: date | None = None
    output: Path = SITE
    allow_stale: bool = False
    pages: Path = PAGES
    rules: Rules = RULES


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known at the time of a publication: up to which run, by which catalog, and how much may be stale."""

    known: Known
    newest_run: int
    catalog_id: int | None
    most_stale: float
    made_at: datetime

    @classmethod
    def read(cls, connection: Connection, now: datetime) -> "Moment":
        """Read it from the ledger. Raises NothingKnown."""
        known, newest = present(connection)
        return cls(known, newest, *catalog_of(connection, known), now)


@dataclass(frozen=True, slots=True)
class Stale:
    """Cells that are not fresh for the same reason: which (project and metric), and why in words."""

    cells: tuple[tuple[str, str], ...]
    why: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A page as it would be published: its edition and files by name, and what is not fresh of the `expected` cells."""

    edition: Edition
    files: Mapping[str, bytes]
    table: Table
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
class Published:
    """What came of a page: its files, and whether they are a `new` edition; no files if it was refused as too stale.

    `instead` is a later day for which it would not be, if nobody had chosen the day.
    """

    page: Page
    draft: Draft
    files: tuple[Path, ...] = ()
    new: bool = False
    instead: date | None = None

    @property
    def refused(self) -> bool:
        """Whether nothing of the page was published."""
        return not self.files


@dataclass(frozen=True, slots=True)
class Publication:
    """What came of each page that can be used, as of the day that was tried, and what is wrong with the others."""

    day: date
    weekday: str
    """The cadence, if it chose the day; else ""."""
    pages: tuple[Published, ...]
    problems: tuple[Problem, ...] = field(default=())


def publish(settings: Settings, order: Order) -> Publication:
    """Publish pages. One that is too stale, or has a mistake, keeps no other back.

    The files are safe on the disk before the editions are recorded, and in their places after that. Raises PageError
    if no page can be used, PublishError, LedgerError and its kinds, OSError.
    """
    found, now = find_pages(order.pages, order.names), settings.clock()
    with Ledger.open(settings.db) as ledger:
        with ledger.reading() as connection:
            moment = Moment.read(connection, now)
            weekday = cadence(connection, moment.known) if order.as_of is None else ""
            day = order.as_of or cadence_day_on_or_before(now.date(), weekday)
            if day > now.date():
                raise PublishError(f"--as-of {day} is in the future: today is {now.date()} (UTC)")
            ids = dict.fromkeys(entry.id for entry in projects(connection, moment.known, None))
            unknown = {page: [name for name in page.projects if name not in ids] for page in found.pages}
            problems = (*found.problems, *(_lacking(page, name) for page, names in unknown.items() for name in names))
            pages = [page for page, names in unknown.items() if not names]
            if problems and not pages:
                raise PageError(problems)
            pages = pages or [Page(_ALL, "All projects", tuple(ids), "")]
            tried = [_try(connection, page, day, moment, order) for page in pages]
        going = [one for one in tried if not one.refused]
        if going:
            places = {path: one.draft.files[path.name] for one in going for path in one.files}
            with staged(places), ledger.writing() as connection:
                tried = [_record(connection, one) for one in tried]
    return Publication(day, weekday, tuple(tried), problems)


def draft(connection: Connection, page: Page, day: date, moment: Moment, rules: Rules = RULES) -> Draft:
    """Make a page's table as of a day, in all that is kept and written of it. Raises UnknownProject."""
    table = replace(make_table(connection, day, moment.known, page.projects, rules), page=page.slug, title=page.title)
    said = document.write(page.slug, page.title, page.text, table)
    edition = Edition(
        page=page.slug,
        day=day,
        made_at=moment.made_at,
        known_seq=moment.known.known_seq,
        newest_run=moment.newest_run,
        catalog_id=moment.catalog_id,
        rules=rules.to_json(),
        document=said,
        digest=sha256(said.encode()),
    )
    written = {f"{day.isoformat()}.{SUFFIXES[form]}": render(table, form).encode() for form in PUBLISHED}
    expected = {place: cell for place, cell in table.cells().items() if _is_expected(place[1], cell)}
    return Draft(edition, written, table, len(expected), tuple(_stale(table, expected)), moment.most_stale)


def _is_expected(metric: str, cell: Cell) -> bool:
    """Whether somebody should have a number: not of search interest that nobody has imported, nor of what has ended."""
    if cell.state == "none":
        return False
    if cell.shares and all(share.ended for share in cell.shares):
        # What every refresh asks for and was only imported so far waits for the first one.
        return metric in _COLLECTED and any(share.part.outcome != "missing" for share in cell.shares)
    return metric in _COLLECTED or any(share.part.metric for share in cell.shares)


def _lacking(page: Page, name: str) -> Problem:
    told = "is not in the catalog of the newest run: put it into catalog.toml and `tallybook refresh`, or take it off"
    return Problem(page.path, page.line, f"project '{name}' {told}")


def _stale(table: Table, expected: Mapping[tuple[str, str], Cell]) -> list[Stale]:
    """Group the cells that are not fresh by the footnotes that explain them."""
    found = []
    for note in table.footnotes:
        places = [(project, metric) for metric, project in note.places]
        cells = tuple(place for place in places if place in expected and expected[place].state != "fresh")
        if cells:
            said = dict.fromkeys(note.details)
            found.append(Stale(cells, f"{note.text} ({'; '.join(said)})" if len(said) <= _MOST_DETAILS else note.text))
    return found


def _try(connection: Connection, page: Page, day: date, moment: Moment, order: Order) -> Published:
    """Make a page's draft; if it is too stale for a day that nobody chose, look whether today would do."""
    made = draft(connection, page, day, moment, order.rules)
    if order.allow_stale or not made.too_stale:
        same = newest_of(connection, day, page.slug)
        if same is not None and same.digest == made.edition.digest:
            # What was published stays as it was to the byte, though this version might write it otherwise.
            made = replace(made, edition=same, files=files(connection, same.id))
        return Published(page, made, tuple(order.output / page.slug / name for name in made.files))
    today = moment.made_at.date()
    if order.as_of is None and day < today and not draft(connection, page, today, moment, order.rules).too_stale:
        return Published(page, made, instead=today)
    return Published(page, made)


def _record(connection: Connection, one: Published) -> Published:
    if one.refused or one.draft.edition.id:
        return one
    kept = keep(connection, one.draft.edition, one.draft.files)
    return replace(one, draft=replace(one.draft, edition=kept), new=kept.made_at == one.draft.edition.made_at)
