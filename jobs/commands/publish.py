"""`tallybook publish`: the pages as editions that stay, their tables as files, and the site."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs.commands.options import AsOf
from jobs.exits import DONE, HELD, PARTLY
from jobs.settings import Settings

if TYPE_CHECKING:
    from jobs.editions.publishing import Publication, Published


@click.command()
@click.argument("pages", nargs=-1, metavar="[PAGE]...")
@click.option("--as-of", type=AsOf(), metavar="D", help="The day the numbers are of.  [the last day of the cadence]")
@click.option(
    "-o",
    "output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("site"),
    show_default=True,
    metavar="DIR",
    help="Where to write.",
)
@click.option("--allow-stale", is_flag=True, help="Publish even if more is not fresh than the catalog allows.")
@click.option("--check", is_flag=True, help="Only say what is wrong with the pages, and which cells are worth a look.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def command(
    settings: Settings,
    pages: tuple[str, ...],
    as_of: date | None,
    output: Path,
    allow_stale: bool,
    check: bool,
    as_json: bool,
) -> int:
    """Publish the pages in comparisons/, or those named.

    Without any page, one table of all projects. Each becomes DIR/PAGE/D.md and D.json, and an edition in the ledger,
    which `table --edition D` prints as it was. Beside them stands the site, DIR/index.html, for a web server or as
    files. Exit 3 if a page has a mistake, 5 if one was held back, as more than `max_stale` of its numbers is not fresh;
    the others are published.

    --check publishes nothing. It names what is wrong with the pages (exit 3), and the cells whose source was read more
    than a year ago or is not the project's own.
    """
    from jobs.editions.publishing import Order, publish
    from jobs.editions.publishing import check as look_at

    if check:
        wrong, odd = look_at(settings, Order(pages, as_of, output, allow_stale))
        for problem in (*wrong, *odd):
            click.echo(str(problem))
        return PARTLY if wrong else DONE
    done = publish(settings, Order(pages, as_of, output, allow_stale))
    for line in _warnings(done):
        click.echo(line, err=True)
    if any(not one.refused for one in done.pages):
        from jobs.editions.site import build_site

        site = build_site(settings, output)
        click.echo(f"site: {site.start} ({site.changed} of {site.files} pages and files changed)", err=as_json)
    if as_json:
        click.echo(json.dumps([_object(one) for one in done.pages], indent=2))
    else:
        for one in done.pages:
            if not one.refused:
                what = "published" if one.new else "was published already, its files are written again,"
                click.echo(f"{one.page.slug}: {what} as of {done.day}: {', '.join(map(str, one.files))}")
    if done.problems:
        return PARTLY
    return HELD if any(one.refused for one in done.pages) else DONE


def _warnings(done: "Publication") -> Iterator[str]:
    yield from (f"not published: {problem}" for problem in done.problems)
    for one in done.pages:
        yield from _staleness(done, one)


def _staleness(done: "Publication", one: "Published") -> Iterator[str]:
    from publish.table.escape import printable

    draft = one.draft
    if not draft.too_stale:
        return
    told = f"{draft.not_fresh} of {draft.expected} numbers are not fresh, max_stale allows {draft.most_stale:.0%}"
    yield f"{one.page.slug}: {'not published' if one.refused else 'published with marks'}: {told}"
    if one.refused:
        chosen = f", the last {done.weekday.capitalize()}" if done.weekday else ""
        nothing = all(cell.value is None for cell in draft.table.cells().values())
        yield f"  tried as of {done.day}{chosen}{', for which nothing was collected' if nothing else ''}"
        if one.instead:
            yield f"  `tallybook publish --as-of {one.instead}` would publish it: its numbers are fresh as of that day"
        yield "  --allow-stale publishes it with marks"
    yield from (f"  {printable(stale.why)}" for stale in draft.stale)


def _object(one: "Published") -> dict[str, object]:
    draft = one.draft
    return {
        "page": one.page.slug,
        "title": one.page.title,
        "day": draft.edition.day.isoformat(),
        "published": not one.refused,
        "edition": draft.edition.id or None,
        "new": one.new,
        "files": [str(path) for path in one.files],
        "expected": draft.expected,
        "not_fresh": [
            {"project": project, "metric": metric, "reason": stale.why}
            for stale in draft.stale
            for project, metric in stale.cells
        ],
        "instead": None if one.instead is None else one.instead.isoformat(),
    }
