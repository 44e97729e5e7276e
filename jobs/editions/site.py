"""The site: made of the ledger's editions and numbers, beside the tables that were published."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from collector.sources import SOURCES
from jobs.editions.editions import read
from jobs.editions.staging import staged
from jobs.metrics import METRICS, RULES
from jobs.review import waiting
from jobs.settings import Settings
from jobs.weeks import weeks_without_refresh
from publish.history import frames
from publish.history.points import Point, Wanted, read_points, year_before
from publish.site import render
from publish.table.cells import build
from publish.table.numbers import grouped, utc
from publish.table.rules import PERIOD_DAYS
from storage.editions.editions import edition_by, known_of, listed
from storage.identity.membership import Membership
from storage.ledger import Connection, read_ledger
from storage.model import Known, Listed
from storage.query.asof import parts_of
from storage.query.freshness import freshness
from storage.runs.catalogs import cadence
from storage.runs.runs import known as known_at


@dataclass(frozen=True, slots=True)
class Built:
    """Where the site begins, how many files were made, and how many of them were not there or were otherwise."""

    start: Path
    files: int
    changed: int


def build_site(settings: Settings, output: Path) -> Built:
    """Write the pages of all editions and projects. What is there and the same is left alone, an old edition always.

    Raises LedgerError and its kinds, OSError.
    """
    with read_ledger(settings.db) as connection:
        made = {output / name: content for name, content in _pages(connection, output)}
    changed = {path: content for path, content in made.items() if not _same(path, content)}
    with staged(changed):
        pass
    return Built(output / "index.html", len(made), len(changed))


def _same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _pages(connection: Connection, output: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each file that may have changed, by its name below the output."""
    known = known_at(connection, None)
    # A page of the site is of the newest run's day: the day on which it is built says nothing of its numbers.
    day = known.at.date()
    of_page: dict[str, list[Listed]] = defaultdict(list)
    for one in listed(connection):
        of_page[one.page].append(one)
    comparisons: list[dict[str, str]] = []
    compared: dict[str, list[dict[str, str]]] = defaultdict(list)
    for page, of_this in sorted(of_page.items()):
        places = _places(of_this)
        newest = of_this[-1]
        for one in of_this:
            frozen = not _written(output, page, one, places)
            if frozen or one is newest:
                yield from _edition(connection, page, one, places[one.id], frozen=frozen, newest=one is newest)
        document = read(edition_by(connection, newest.id))
        yield f"{page}/editions/index.html", render.editions(document.title, _rows(of_this, places))
        told = {
            "page": page,
            "title": document.title,
            "description": document.said.get("description", ""),
            "day": newest.day.isoformat(),
            "freshness": render.freshness(document.table),
        }
        comparisons.append(told)
        for entry in document.table.projects:
            compared[entry.id].append(told)
    yield from _projects(connection, known, compared)
    entries = Membership(connection, known, None).on(day)
    yield "index.html", render.index(comparisons, entries)
    yield "style.css", render.stylesheet()
    yield "states.html", render.states()
    yield "metrics.html", render.metrics(_definitions())
    sources = freshness(connection)
    fresh_since = day - timedelta(days=PERIOD_DAYS - 1)
    late = [one.source for one in sources if one.source in SOURCES and (one.newest_day or day) < fresh_since]
    owners, held = waiting(connection, known, day)
    lines = [
        f"{owners[one.artifact].project.name}, {METRICS[one.metric].label} by {one.source}: "
        f"{grouped(one.value)} of {one.place.day}, {one.reason}"
        for one in held
    ]
    missed = weeks_without_refresh(connection, cadence(connection, known), day)
    yield "status.html", render.status(known, sources, late, lines, missed)


def _edition(
    connection: Connection, page: str, one: Listed, place: str, *, frozen: bool, newest: bool
) -> Iterator[tuple[str, bytes]]:
    """Yield an edition's own page, if it is not there yet, and if it is the newest one the page itself."""
    edition = edition_by(connection, one.id)
    document = read(edition)
    projects = [entry.id for entry in document.table.projects]
    known = known_of(connection, edition)
    entries = Membership(connection, known, projects).on(edition.day)
    points = year_before(connection, projects, edition.day, known, document.table.rules)
    if frozen:
        yield f"{page}/{place}index.html", render.comparison(edition, document, entries, points, place)
    if newest:
        yield f"{page}/index.html", render.comparison(edition, document, entries, points, "")


def _places(editions: list[Listed]) -> Mapping[int, str]:
    """Give the folder of each edition below its page: the newest of a day has the day, earlier ones a number in it."""
    of_day: dict[str, list[Listed]] = defaultdict(list)
    for one in editions:
        of_day[one.day.isoformat()].append(one)
    return {
        one.id: f"{day}/" if one is same[-1] else f"{day}/{number}/"
        for day, same in of_day.items()
        for number, one in enumerate(same, 1)
    }


def _written(output: Path, page: str, one: Listed, places: Mapping[int, str]) -> bool:
    """Whether an edition's page is there for good: an edition that replaced another of its day may not be yet."""
    earlier = [places[number] for number in places if places[number].startswith(f"{one.day}/")]
    return all((output / page / place / "index.html").is_file() for place in earlier)


def _rows(editions: list[Listed], places: Mapping[int, str]) -> list[dict[str, object]]:
    return [
        {
            "day": one.day.isoformat(),
            "nth": places[one.id].removeprefix(f"{one.day}/").rstrip("/"),
            "place": places[one.id],
            "made_at": utc(one.made_at),
            "digest": one.digest,
        }
        for one in reversed(editions)
    ]


def _projects(
    connection: Connection, known: Known, compared: Mapping[str, list[dict[str, str]]]
) -> Iterator[tuple[str, bytes]]:
    """Yield the page and the history of each project, all read in one pass."""
    day = known.at.date()
    entries = Membership(connection, known, None).on(day)
    parts = parts_of(connection, day, known, entries)
    of_project: dict[str, list[Point]] = defaultdict(list)
    for point in read_points(connection, Wanted(None, (), None, None, known), "week", RULES):
        of_project[point.project.id].append(point)
    for entry in entries:
        table = build((part for part in parts if part.project == entry.id), [entry], day, known, RULES)
        points, folder = of_project[entry.id], f"projects/{entry.id}"
        yield f"{folder}/index.html", render.project(table, entry, points, compared.get(entry.id, []), day)
        history = frames.FORMATS["csv"](frames.points(points))
        yield f"{folder}/history.csv", history if isinstance(history, bytes) else history.encode()


def _definitions() -> list[render.Definition]:
    """Give every metric with what each source says that it counts."""
    said = defaultdict(list)
    for source in SOURCES.values():
        for measure in source.measures:
            said[measure.metric.key].append((source.name, measure.definition))
    return [render.Definition(metric, said[key]) for key, metric in METRICS.items()]
