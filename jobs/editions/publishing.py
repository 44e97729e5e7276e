"""The publication: each page's table as files and as an edition, unless too much in it is old."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from collector.calendar import cadence_day_on_or_before
from collector.catalog.problems import Problem
from collector.sources import SOURCES
from jobs.editions.staging import staged
from jobs.metrics import METRICS, RULES
from jobs.pages import PageError, find_pages
from jobs.settings import Settings
from publish.formats import SUFFIXES, document, render
from publish.history.points import growth_4w, year_before
from publish.site import prose
from publish.site.pages import Page
from publish.table.cells import Cell, Table
from publish.table.make import make_table
from publish.table.rules import Rules
from storage.editions.editions import catalog_of, files, keep, newest_of, present, sha256
from storage.ledger import Connection, Ledger, read_ledger
from storage.model import Edition, Known, ProjectEntry
from storage.runs.catalogs import cadence, projects

PAGES = Path("comparisons")
SITE = Path("site")
PUBLISHED = ("json", "markdown")
"""The formats that files are written in, in the order of the files' names."""

_MOST_DETAILS = 3
"""So many cells that are not fresh are told of with their artifacts and causes."""
_YEAR = timedelta(days=365)
_WORD = 3
"""Shorter parts of a name stand in any address."""
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
    problems: tuple[Problem, ...] = ()
    """What is wrong with the numbers in the page's text."""

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
            problems += tuple(problem for one in tried for problem in one.draft.problems)
            tried = [one for one in tried if not one.draft.problems]
            if problems and not tried:
                raise PageError(problems)
        going = [one for one in tried if not one.refused]
        if going:
            places = {path: one.draft.files[path.name] for one in going for path in one.files}
            with staged(places), ledger.writing() as connection:
                tried = [_record(connection, one) for one in tried]
    return Publication(day, weekday, tuple(tried), problems)


def check(settings: Settings, order: Order) -> tuple[list[Problem], list[Problem]]:
    """Look at pages without publishing: what would keep them back, and which cells somebody should look at again.

    Those are of sources that were read more than a year ago, or are not the project's own. Raises as `publish`.
    """
    found, now = find_pages(order.pages, order.names), settings.clock()
    with read_ledger(settings.db) as connection:
        moment = Moment.read(connection, now)
        entries = {entry.id: entry for entry in projects(connection, moment.known, None)}
        day = order.as_of or cadence_day_on_or_before(now.date(), cadence(connection, moment.known))
        wrong = list(found.problems)
        odd: list[Problem] = []
        for page in found.pages:
            unknown = [name for name in page.projects if name not in entries]
            wrong += [_lacking(page, name) for name in unknown]
            if not unknown:
                wrong += draft(connection, page, day, moment, order.rules).problems
            odd += _odd(page, entries, now.date())
    return wrong, odd


def _odd(page: Page, entries: Mapping[str, ProjectEntry], today: date) -> Iterator[Problem]:
    """Yield the cells whose source is old, or is somewhere that does not look like the project's own."""
    for claim in page.claims:
        if claim.source is None or claim.checked is None:
            continue
        subject = f"'{claim.about}' of '{claim.project}'"
        if claim.checked < (today - _YEAR).isoformat():
            yield Problem(page.path, claim.line, f"{subject} was checked on {claim.checked}, more than a year ago")
        entry = entries.get(claim.project)
        names = [claim.project, *(name for _, name in entry.members)] if entry else [claim.project]
        words = {word for name in names for word in re.split(r"[^a-z0-9]+", name.casefold()) if len(word) >= _WORD}
        place = urlsplit(claim.source.casefold())
        # On a host of many projects it is the path that says whose page it is.
        if not any(word in f"{place.netloc}/{'/'.join(place.path.split('/')[1:3])}" for word in words):
            yield Problem(page.path, claim.line, f"{subject} has a source that is not its own: {claim.source}")


def draft(connection: Connection, page: Page, day: date, moment: Moment, rules: Rules = RULES) -> Draft:
    """Make a page's table as of a day, in all that is kept and written of it. Raises UnknownProject."""
    table = replace(make_table(connection, day, moment.known, page.projects, rules), page=page.slug, title=page.title)
    numbers = _numbers(connection, page, table)
    text, more = prose.resolve(page.text, numbers), prose.resolve(page.said, numbers)
    said = document.write(page.slug, page.title, text, table, more)
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
    words = {metric.key: (metric.unit,) for metric in rules.metrics if metric.type != "index"}
    wrong = (*prose.unresolved(page.source, numbers), *prose.drifted(page.source, numbers, words))
    problems = tuple(Problem(page.path, line, told) for line, told in sorted(wrong))
    return Draft(edition, written, table, len(expected), tuple(_stale(table, expected)), moment.most_stale, problems)


def _numbers(connection: Connection, page: Page, table: Table) -> prose.Numbers:
    """Give the cells of a table as the page's prose may name them; changes are looked up only where it asks for one."""
    changes: dict[tuple[str, str], float] = {}
    if "growth_4w" in page.source:
        changes = growth_4w(year_before(connection, page.projects, table.as_of, table.known, table.rules), table.as_of)
    names = {entry.id: (entry.id, entry.name) for entry in table.projects}
    return {
        (project, metric): prose.Number(
            metric, cell.text, cell.value, cell.day, changes.get((project, metric)), names[project]
        )
        for (project, metric), cell in table.cells().items()
    }


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
